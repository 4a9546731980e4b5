//! The routes of the counts of choice lists, for a manager.

use RouteAudience::{Person, Program};
use utoipa_axum::routes;

use crate::api_keys::Scope;
use crate::serve::api::manager_reports;
use crate::serve::http::problem::ProblemKind::NoLedger;
use crate::serve::http::registered_route::RegisteredRoute;
use crate::serve::http::route::{DirectoryUse, RouteAudience, RoutePolicy, RouteSlot, RouteWork};
use crate::serve::pages;

/// For programs and people.
pub(crate) fn for_list_counts() -> Vec<RegisteredRoute> {
    let count = |audience| {
        let counted = RoutePolicy::scoped(Scope::Reports, audience).directory(DirectoryUse::Unused);
        counted.slot(RouteSlot::Ledger).work(RouteWork::InParts).problems(&[NoLedger])
    };
    vec![
        RegisteredRoute::new(routes!(manager_reports::lists), count(Program).audited("report.read")),
        RegisteredRoute::new(routes!(pages::manager::exports::lists_csv), count(Person).audited("report.export")),
    ]
}
