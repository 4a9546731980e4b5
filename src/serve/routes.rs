//! Every route in one table: its handler, and the policy that the middleware, the audit and the
//! OpenAPI document use. The method, the path and the schemas of an operation are in the
//! `#[utoipa::path]` of its handler.

use std::sync::{Arc, LazyLock, OnceLock};

use ProblemKind::{
    Changed, DailyLimit, Forbidden, KeyReused, ListNotRead, ListTooLong, NoKeys, NoLedger, NoSuchFormat, NoSuchList,
    NoSuchObservation, NoSuchProvider, NoSuchRoute, NoSuchSheet, Stopping,
};
use RouteAudience::{Either, Person, Program};
use RouteWork::{Heavy, InParts};
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::api_keys::Scope;
use crate::serve::api::{batch, differences, lookup, matches, outcomes, ready, service_plans, statements};
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::middleware::pipeline_state::RouteLookup;
use crate::serve::http::problem::{Problem, ProblemKind};
use crate::serve::http::registered_route::RegisteredRoute;
use crate::serve::http::route::LARGEST_SAVED_ANSWER;
use crate::serve::http::route::{DirectoryUse, Route, RouteAudience, RouteBody, RoutePolicy, RouteSlot, RouteWork};
use crate::serve::near_paths::near_paths;
use crate::serve::openapi::api_document::ApiDocument;
use crate::serve::openapi::document_kind::DocumentKind;
use crate::serve::openapi::examples::DocumentExample;
use crate::serve::pages::{
    ask, assets, choice_list, compare, directory, export, how_ranking_works, logo, look_up, provider, saved_answer,
    service_plan, session, teaching_sheet,
};
use crate::serve::routes::manager_routes::{for_managers, for_workbooks};
use crate::serve::routes::referral_routes::{for_invites, for_observations, for_referral_pages, for_referrals};
use crate::serve::state::AppState;
use crate::serve::{choice_lists, metrics, openapi, teaching_sheets};

pub(crate) mod coverage_routes;
pub(crate) mod ehr_routes;
pub(crate) mod gap_packets;
pub(crate) mod list_count_routes;
pub(crate) mod manager_routes;
pub(crate) mod referral_routes;

/// Every route.
pub(crate) static ROUTES: LazyLock<Vec<RegisteredRoute>> = LazyLock::new(|| {
    let programs = for_programs().into_iter().chain(for_observations()).chain(for_referrals()).chain(for_invites());
    programs
        .chain(for_fhir())
        .chain(coverage_routes::for_coverage())
        .chain(for_operators())
        .chain(ehr_routes::all())
        .chain(for_people())
        .chain(for_referral_pages())
        .chain(for_managers())
        .chain(gap_packets::routes())
        .chain(list_count_routes::for_list_counts())
        .chain(for_workbooks())
        .collect()
});

fn register(handler: UtoipaMethodRouter<Arc<AppState>>, policy: RoutePolicy) -> RegisteredRoute {
    RegisteredRoute::new(handler, policy)
}

fn for_programs() -> Vec<RegisteredRoute> {
    let question = RoutePolicy::scoped(Scope::Match, Program).with_body();
    let saved = RouteBody::Whole(LARGEST_SAVED_ANSWER);
    let list = RoutePolicy::scoped(Scope::List, Either);
    let sheet = list.work(Heavy).directory(DirectoryUse::Unused).audited("sheet.read");
    let directory = RoutePolicy::scoped(Scope::DirectoryRead, Program).audited("directory.read").tagged();
    let statement = RoutePolicy::scoped(Scope::DirectoryRead, Program).audited("statement.read");
    let speak = RoutePolicy::scoped(Scope::ProviderWrite, Program).with_body().slot(RouteSlot::Ledger);
    let outcome = RoutePolicy::scoped(Scope::OutcomeWrite, Program).with_body().slot(RouteSlot::Ledger);
    let files = RoutePolicy::scoped(Scope::Match, Either).with_body().work(InParts);
    let streamed = files.body(RouteBody::Streamed);
    vec![
        // Questions are in the body, never in the URL.
        register(routes!(matches::matches), question.audited("match")),
        register(routes!(batch::matches), streamed.audited("match.batch")),
        register(routes!(matches::explain), question.audited("explain")),
        // Several services for one patient, and who pays.
        register(routes!(service_plans::plan), files.audited("service_plan").problems(&[NoSuchFormat])),
        // A saved answer, compared with the answer of now.
        register(routes!(differences::differences), question.body(saved).work(Heavy).audited("differences")),
        register(routes!(differences::batch), streamed.audited("differences.batch")),
        // The patient's choice list, and the same list again by the id printed on it.
        register(
            routes!(choice_lists::create),
            list.with_body().work(InParts).records("list.make").problems(&[
                NoLedger,
                DailyLimit,
                ListTooLong,
                NoSuchFormat,
                KeyReused,
            ]),
        ),
        register(
            routes!(choice_lists::again),
            list.slot(RouteSlot::Ledger).directory(DirectoryUse::Unused).audited("list.read").problems(&[
                NoLedger,
                NoSuchList,
                ListNotRead,
                NoSuchFormat,
            ]),
        ),
        register(routes!(teaching_sheets::read), sheet.problems(&[NoSuchSheet, NoSuchFormat])),
        // The directory: its providers, its sources, and the vocabulary of questions.
        register(routes!(lookup::providers), directory.work(Heavy)),
        register(routes!(lookup::provider), directory),
        register(routes!(lookup::directory), directory),
        register(routes!(lookup::services), directory),
        register(routes!(lookup::needs), directory),
        register(routes!(lookup::networks), directory),
        register(routes!(lookup::plans), directory.work(Heavy)),
        // Statements and outcomes between refreshes.
        register(routes!(statements::availability), statement),
        register(
            routes!(statements::set_availability),
            speak.records("statement.availability").problems(&[NoLedger, DailyLimit, Changed, KeyReused]),
        ),
        register(routes!(statements::statements), statement),
        register(
            routes!(statements::set_statements),
            speak.records("statement.accepts").problems(&[NoLedger, DailyLimit, Changed, KeyReused]),
        ),
        register(
            routes!(outcomes::report),
            outcome.directory(DirectoryUse::Needed).records("outcome").problems(&[NoLedger, DailyLimit, KeyReused]),
        ),
    ]
}

/// The directory as FHIR Plan-Net.
#[cfg(feature = "fhir")]
fn for_fhir() -> Vec<RegisteredRoute> {
    use ProblemKind::{ExportGone, NoSuchResource, NoSuchType, PageGone};
    use RouteAudience::Fhir;

    use crate::serve::fhir;

    let read = RoutePolicy::scoped(Scope::DirectoryRead, Fhir).work(InParts);
    vec![
        register(routes!(fhir::capabilities), RoutePolicy::open(Fhir)),
        register(routes!(fhir::search), read.audited("fhir.search").problems(&[NoSuchType, PageGone])),
        register(routes!(fhir::search_by_form), read.with_body().audited("fhir.search").problems(&[NoSuchType, PageGone])),
        // All resources as files.
        register(routes!(fhir::export::start), read.audited("fhir.export")),
        register(routes!(fhir::export::status), read.audited("fhir.export").problems(&[ExportGone])),
        register(routes!(fhir::export::publish), read.audited("fhir.export")),
        register(routes!(fhir::export::file), read.tagged().audited("fhir.export").problems(&[ExportGone, NoSuchResource])),
        register(routes!(fhir::read), read.tagged().audited("fhir.read").problems(&[NoSuchType, NoSuchResource])),
    ]
}

#[cfg(not(feature = "fhir"))]
fn for_fhir() -> Vec<RegisteredRoute> {
    Vec::new()
}

/// The document, health checks and metrics.
fn for_operators() -> Vec<RegisteredRoute> {
    let health = RoutePolicy::open(Program).uncounted().slot(RouteSlot::Unlimited);
    let figures = RoutePolicy::scoped(Scope::Metrics, Either).slot(RouteSlot::Unlimited).directory(DirectoryUse::Unused);
    vec![
        register(routes!(openapi_document), RoutePolicy::open(Program).tagged()),
        register(routes!(openapi_pages_document), RoutePolicy::open(Program).tagged()),
        register(routes!(docs_page), RoutePolicy::open(Person)),
        register(routes!(ready::livez), health),
        register(routes!(ready::readyz), health.directory(DirectoryUse::Needed).problems(&[Forbidden, Stopping, NoKeys])),
        register(routes!(metrics::page), figures),
    ]
}

fn for_people() -> Vec<RegisteredRoute> {
    let page = RoutePolicy::scoped(Scope::Pages, Person);
    let form = page.with_body().work(Heavy);
    let session = RoutePolicy::open(Person);
    let list_form = page.with_body();
    vec![
        // Signing in and out.
        register(routes!(session::form), session.uncounted()),
        register(routes!(session::begin), session.with_body().uncounted().slot(RouteSlot::Ledger).records("session.begin")),
        register(routes!(session::end), session.with_body().slot(RouteSlot::Ledger).records("session.end")),
        // The question and its answer, on one page; and what belongs to the answer.
        register(routes!(ask::form), page),
        register(routes!(ask::submit), page.with_body().audited("match.ask")),
        register(routes!(ask::answer), page.work(InParts).audited("match")),
        register(routes!(ask::explain_provider::page), form.audited("explain")),
        register(routes!(ask::call_sheet::submit), page.with_body().audited("match.ask")),
        register(routes!(ask::call_sheet::page), page.work(InParts).audited("match")),
        register(
            routes!(ask::call_sheet::answers::save),
            list_form.slot(RouteSlot::Ledger).work(InParts).records("observation").problems(&[
                NoLedger,
                DailyLimit,
                NoSuchProvider,
            ]),
        ),
        register(routes!(ask::autocomplete::plans), form.audited("directory.read")),
        register(routes!(ask::autocomplete::providers), form.audited("directory.read")),
        register(routes!(export::csv), form.audited("export")),
        register(routes!(saved_answer::save), form.audited("export")),
        register(routes!(saved_answer::form), page),
        register(
            routes!(saved_answer::differences),
            form.body(RouteBody::Whole(LARGEST_SAVED_ANSWER)).audited("differences"),
        ),
        // Several levels of care, who may pay, and a worksheet.
        register(routes!(service_plan::submit), page.with_body().audited("service_plan")),
        register(routes!(service_plan::page), page.work(InParts).audited("service_plan")),
        #[cfg(feature = "pdf")]
        register(routes!(service_plan::pdf), page.with_body().work(InParts).audited("service_plan.export")),
        #[cfg(feature = "xlsx")]
        register(routes!(service_plan::xlsx), page.with_body().work(InParts).audited("service_plan.export")),
        // The patient's list.
        register(routes!(choice_list::find), page),
        register(
            routes!(choice_list::make),
            list_form.work(InParts).records("list.make").problems(&[NoLedger, DailyLimit, ListTooLong]),
        ),
        register(
            routes!(choice_list::again),
            list_form.slot(RouteSlot::Ledger).directory(DirectoryUse::Unused).audited("list.read").problems(&[
                NoLedger,
                NoSuchList,
                ListNotRead,
            ]),
        ),
        register(
            routes!(teaching_sheet::page),
            page.directory(DirectoryUse::Unused).audited("sheet.read").problems(&[NoSuchSheet]),
        ),
        // The directory: one provider, a comparison of several, and the sources.
        register(routes!(provider::page), page.audited("directory.read")),
        register(
            routes!(provider::history::withdraw),
            list_form.slot(RouteSlot::Ledger).records("observation.withdraw").problems(&[
                NoLedger,
                DailyLimit,
                Changed,
                NoSuchObservation,
            ]),
        ),
        register(routes!(look_up::submit), page.with_body().audited("directory.ask")),
        register(routes!(look_up::page), page.work(InParts).audited("directory.read")),
        register(routes!(compare::submit), page.with_body().audited("match.ask")),
        register(routes!(compare::page), page.work(InParts).audited("match")),
        register(routes!(directory::page), page.work(Heavy).audited("directory.read")),
        // The logo of the hospital, on every page and so on the page to sign in.
        register(routes!(logo::logo), RoutePolicy::open(Person).uncounted().tagged().problems(&[NoSuchRoute])),
        // The rules of ranking; they depend on no question.
        register(routes!(how_ranking_works::page), session),
        // Styles and scripts of the pages.
        register(
            routes!(assets::asset),
            RoutePolicy::open(Person).uncounted().tagged().with_any_query().problems(&[NoSuchRoute]),
        ),
    ]
}

/// Every route, without its handler.
pub fn all() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().map(|registered| &registered.route)
}

/// The route with that method and path, as the router spells it.
pub fn find_route(method: &Method, path: &str) -> Option<&'static Route> {
    all().find(|route| route.path == path && route.method.admits(method))
}

/// How the middleware looks among the routes.
pub(crate) const LOOKUP: RouteLookup = RouteLookup { find: find_route, near: |path| near_paths(path, all()) };

/// The OpenAPI document with these examples as JSON, as it is stored and sent.
pub fn document_text(examples: &[DocumentExample]) -> String {
    ApiDocument::new(DocumentKind::Api, &ROUTES, examples).text()
}

/// The OpenAPI document of the pages as JSON, as it is stored and sent.
pub fn pages_document_text() -> String {
    pages_document().text()
}

/// The document with the built-in examples, made on first use.
fn document() -> &'static ApiDocument {
    static DOCUMENT: OnceLock<ApiDocument> = OnceLock::new();
    DOCUMENT.get_or_init(|| ApiDocument::new(DocumentKind::Api, &ROUTES, &openapi::examples::all()))
}

/// The document of the pages, made on first use.
fn pages_document() -> &'static ApiDocument {
    static DOCUMENT: OnceLock<ApiDocument> = OnceLock::new();
    DOCUMENT.get_or_init(|| ApiDocument::new(DocumentKind::Pages, &ROUTES, &[]))
}

/// This document, as JSON
///
/// OpenAPI 3.1, generated by the running program. `/docs` shows it as a page.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi_document",
    tag = "document",
    responses((status = 200, description = "The document", content_type = "application/json", body = serde_json::Value)),
)]
async fn openapi_document(_: StrictQuery<()>, headers: HeaderMap) -> Result<Response, Problem> {
    document().as_json(&headers)
}

/// The document of the pages, as JSON
///
/// OpenAPI 3.1 for the pages that people use in a browser.
#[utoipa::path(
    get,
    path = "/openapi-pages.json",
    operation_id = "openapi_pages_document",
    tag = "document",
    responses((status = 200, description = "The document", content_type = "application/json", body = serde_json::Value)),
)]
async fn openapi_pages_document(_: StrictQuery<()>, headers: HeaderMap) -> Result<Response, Problem> {
    pages_document().as_json(&headers)
}

/// This document, as a page
///
/// Every operation and schema with its examples, for people.
#[utoipa::path(get, path = "/docs", operation_id = "page_docs", tag = "document")]
async fn docs_page(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    document().as_page(&app)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::http::route::{RouteAccess, RouteMethod, RouteRate};

    #[test]
    fn no_route_is_registered_twice() {
        let mut known = std::collections::HashSet::new();
        for route in all() {
            assert!(known.insert((route.method, &route.path)), "{} {}", route.method.name(), route.path);
        }
    }

    #[test]
    fn everything_that_is_guarded_is_audited_but_figures_and_empty_forms() {
        for route in all().filter(|route| route.policy.access != RouteAccess::Open) {
            let is_left_out = [
                "/metrics",
                "/",
                "/choice-list",
                "/differences",
                "/batch",
                "/batch/example.csv",
                "/gap-packet",
                "/prior-authorizations",
            ]
            .contains(&route.path.as_str())
                && route.method == RouteMethod::Get;
            assert_eq!(route.policy.audit.is_none(), is_left_out, "{}", route.path);
        }
    }

    #[test]
    fn bodies_are_read_where_something_is_sent() {
        for route in all() {
            assert_eq!(route.policy.body == RouteBody::Empty, route.method == RouteMethod::Get, "{}", route.path);
        }
    }

    #[test]
    fn what_waits_on_the_ledger_takes_no_place_of_a_question_but_a_list_is_made_first() {
        let ledger = |route: &&Route| route.policy.slot == RouteSlot::Ledger;
        let labels: Vec<_> = all().filter(ledger).filter_map(|route| route.policy.audit).collect();
        let known = [
            "list.read",
            "statement.availability",
            "statement.accepts",
            "outcome",
            "observation",
            "observation.withdraw",
            "referral.make",
            "referral.state",
            "referral.add",
            "referral.close",
            "referral.link",
            "referral.link_revoke",
            "invite.make",
            "invite.revoke",
            "session.begin",
            "session.end",
            "observation",
            "list.read",
            "observation.withdraw",
            "invite.change",
            "referral.make",
            "referral.change",
            "referral.answer",
            "provider_update.save",
            "provider_update.save",
            "packet.read",
            "packet.read",
            "report.read",
            "report.export",
        ];
        assert_eq!(labels, known);
    }

    #[test]
    fn what_changes_the_ledger_runs_to_its_end() {
        let paths: Vec<_> = all().filter(|route| route.policy.runs_to_end).map(|route| route.path.as_str()).collect();
        let known = [
            "/v1/choice-lists",
            "/v1/providers/{id}/availability",
            "/v1/providers/{id}/statements",
            "/v1/outcomes",
            "/v1/observations",
            "/v1/observations/{id}/withdraw",
            "/v1/referral-requests",
            "/v1/referral-requests/{id}/providers/{provider}",
            "/v1/referral-requests/{id}/providers",
            "/v1/referral-requests/{id}/close",
            "/v1/referral-requests/{id}/providers/{provider}/link",
            "/v1/referral-requests/{id}/providers/{provider}/link/revoke",
            "/v1/providers/{id}/invites",
            "/v1/providers/{id}/invites/{invite}/revoke",
            "/sign-in/return",
            "/launch/return",
            "/sign-in",
            "/sign-out",
            "/call-sheet/answers",
            "/choice-list",
            "/providers/{id}/withdraw",
            "/providers/{id}/invites",
            "/referral-requests",
            "/referral-requests/{id}",
            "/r/{token}",
            "/provider-update/{token}",
            "/providers/{id}/update",
            "/v1/gap-packets",
            "/gap-packet",
        ];
        assert_eq!(paths, known);
    }

    #[test]
    fn health_and_signing_in_are_never_refused_for_asking_often() {
        let uncounted: Vec<_> =
            all().filter(|route| route.policy.rate == RouteRate::Uncounted).map(|route| &route.path).collect();
        assert_eq!(
            uncounted,
            [
                "/livez",
                "/readyz",
                "/sign-in/start",
                "/sign-in/return",
                "/launch",
                "/launch/return",
                "/sign-in",
                "/sign-in",
                "/logo",
                "/assets/{name}",
                "/r/{token}",
                "/r/{token}",
                "/provider-update/{token}",
                "/provider-update/{token}"
            ]
        );
    }
}
