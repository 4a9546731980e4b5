//! The routes about payers: until when they must decide, and what they are sent.

use RouteAudience::{Either, Person, Program};
use utoipa_axum::routes;

use crate::api_keys::Scope;
use crate::serve::api::prior_authorization;
use crate::serve::http::problem::ProblemKind::{Forbidden, NoSuchFormat};
use crate::serve::http::registered_route::RegisteredRoute;
use crate::serve::http::route::{DirectoryUse, RouteAudience, RoutePolicy, RouteWork};
use crate::serve::{pages, payer_updates};

/// For programs and people.
pub(crate) fn for_coverage() -> Vec<RegisteredRoute> {
    let question = RoutePolicy::scoped(Scope::Match, Program).with_body().directory(DirectoryUse::Unused);
    let update = RoutePolicy::scoped(Scope::Match, Either).with_body().work(RouteWork::Heavy);
    let page = RoutePolicy::scoped(Scope::Pages, Person);
    let times = page.directory(DirectoryUse::Unused);
    vec![
        // Until when a payer must decide, and what comes next.
        RegisteredRoute::new(routes!(prior_authorization::deadlines), question.audited("prior_authorization")),
        RegisteredRoute::new(routes!(pages::prior_authorization::form), times),
        RegisteredRoute::new(
            routes!(pages::prior_authorization::deadlines),
            times.with_body().audited("prior_authorization"),
        ),
        // What a payer is sent, without the patient.
        RegisteredRoute::new(
            routes!(payer_updates::write),
            update.audited("payer_update").problems(&[NoSuchFormat, Forbidden]),
        ),
        RegisteredRoute::new(routes!(pages::payer_update::save), page.with_body().work(RouteWork::Heavy).audited("export")),
    ]
}
