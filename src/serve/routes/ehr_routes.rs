//! The routes between an EHR, the hospital's identity provider and the pages: cards, their links, launches, and
//! signing in elsewhere.

use utoipa_axum::routes;

use crate::api_keys::Scope;
use crate::serve::api::manager_reports;
use crate::serve::http::problem::ProblemKind::{NoPrefetch, NoSuchRoute};
use crate::serve::http::registered_route::RegisteredRoute;
use crate::serve::http::route::RouteAudience::{Person, Program};
use crate::serve::http::route::RouteWork::{Heavy, InParts};
use crate::serve::http::route::{DirectoryUse, LARGEST_CALL, RouteAccess, RouteBody, RoutePolicy};
use crate::serve::{cds_hooks, pages};

/// Every one of them.
pub(crate) fn all() -> Vec<RegisteredRoute> {
    let call = RoutePolicy::ehr().access(RouteAccess::Ehr);
    let card = call.body(RouteBody::Whole(LARGEST_CALL)).work(InParts).directory(DirectoryUse::Answered);
    let card = card.audited("cds.card").problems(&[NoPrefetch]);
    let feedback = call.with_body().audited("cds.feedback");
    let report = RoutePolicy::scoped(Scope::Reports, Program).work(Heavy).audited("report.read");
    let page = RoutePolicy::scoped(Scope::Reports, Person).work(Heavy).audited("report.read");
    let open = RoutePolicy::open(Person);
    let away = open.uncounted();
    let back = away.with_any_query().problems(&[NoSuchRoute]);
    vec![
        // CDS Hooks, called by EHRs.
        RegisteredRoute::new(routes!(cds_hooks::services), RoutePolicy::ehr()),
        RegisteredRoute::new(routes!(cds_hooks::card), card),
        RegisteredRoute::new(routes!(cds_hooks::order_select), card),
        RegisteredRoute::new(routes!(cds_hooks::order_sign), card),
        RegisteredRoute::new(routes!(cds_hooks::feedback), feedback),
        RegisteredRoute::new(routes!(cds_hooks::order_select_feedback), feedback),
        RegisteredRoute::new(routes!(cds_hooks::order_sign_feedback), feedback),
        RegisteredRoute::new(routes!(manager_reports::ehr_codes), report.directory(DirectoryUse::Unused)),
        RegisteredRoute::new(routes!(pages::ehr_codes::page), page),
        // The link of a card; the handler sends a user who is not signed in to sign in.
        RegisteredRoute::new(routes!(pages::card_link::page), open),
        RegisteredRoute::new(routes!(pages::card_link::open), open.with_body().audited("match.ask")),
        // Signing in at the hospital's identity provider, and launches from the EHR.
        RegisteredRoute::new(routes!(pages::sign_in_provider::begin), away.problems(&[NoSuchRoute])),
        RegisteredRoute::new(routes!(pages::sign_in_provider::finish), back.records("session.begin")),
        RegisteredRoute::new(routes!(pages::launch::begin), back),
        RegisteredRoute::new(routes!(pages::launch::finish), back.records("session.launch")),
    ]
}
