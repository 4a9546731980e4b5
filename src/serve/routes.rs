//! Every route in one table: its handler, and the policy that the middleware, the audit and the
//! OpenAPI document use. The method, the path and the schemas of an operation are in the
//! `#[utoipa::path]` of its handler.

use std::sync::{Arc, LazyLock, OnceLock};

use ProblemKind::{
    Changed, DailyLimit, Forbidden, KeyReused, ListNotRead, ListTooLong, NoLedger, NoPrefetch, NoSuchFormat, NoSuchInvite,
    NoSuchList, NoSuchObservation, NoSuchProvider, NoSuchReferral, NoSuchRoute, StepRefused,
};
use RouteAudience::{Either, Person, Program};
use RouteWork::{Heavy, InParts};
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use utoipa_axum::router::UtoipaMethodRouter;
use utoipa_axum::routes;

use crate::api_keys::Scope;
use crate::serve::api::{
    batch, board, differences, lookup, manager_reports, matches, observations, outcomes, provider_invites, ready,
    referral_answers, referral_changes, referral_requests, statements,
};
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::{Problem, ProblemKind};
use crate::serve::http::registered_route::RegisteredRoute;
#[cfg(feature = "xlsx")]
use crate::serve::http::route::LARGEST_BODY;
use crate::serve::http::route::{
    DirectoryUse, Route, RouteAccess, RouteAudience, RouteBody, RoutePolicy, RouteSlot, RouteWork,
};
use crate::serve::http::route::{LARGEST_CALL, LARGEST_SAVED_ANSWER};
use crate::serve::openapi::api_document::ApiDocument;
use crate::serve::openapi::examples::DocumentExample;
use crate::serve::pages::{
    answer_link, ask, assets, choice_list, compare, directory, export, how_ranking_works, logo, look_up, provider,
    provider_invite_form, provider_reminders, provider_update, referral_form, referral_page, saved_answer, session,
};
use crate::serve::state::AppState;
use crate::serve::{cds_hooks, choice_lists, metrics, openapi, pages};

/// Every route.
pub(crate) static ROUTES: LazyLock<Vec<RegisteredRoute>> = LazyLock::new(|| {
    let programs = for_programs().into_iter().chain(for_observations()).chain(for_referrals()).chain(for_invites());
    programs
        .chain(for_fhir())
        .chain(for_operators())
        .chain(for_people())
        .chain(for_referral_pages())
        .chain(for_managers())
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
    let directory = RoutePolicy::scoped(Scope::DirectoryRead, Program).audited("directory.read").tagged();
    let statement = RoutePolicy::scoped(Scope::DirectoryRead, Program).audited("statement.read");
    let speak = RoutePolicy::scoped(Scope::ProviderWrite, Program).with_body().slot(RouteSlot::Ledger);
    let outcome = RoutePolicy::scoped(Scope::OutcomeWrite, Program).with_body().slot(RouteSlot::Ledger);
    let ehr = RoutePolicy::ehr().access(RouteAccess::Ehr);
    let streamed = RoutePolicy::scoped(Scope::Match, Either).body(RouteBody::Streamed).work(InParts);
    vec![
        // Questions are in the body, never in the URL.
        register(routes!(matches::matches), question.audited("match")),
        register(routes!(batch::matches), streamed.audited("match.batch")),
        register(routes!(matches::explain), question.audited("explain")),
        // A saved answer, compared with the answer of now.
        register(routes!(differences::differences), question.body(saved).work(Heavy).audited("differences")),
        register(routes!(differences::batch), streamed.audited("differences.batch")),
        // The patient's choice list, and the same list again by the id printed on it.
        register(
            routes!(choice_lists::create),
            list.with_body().work(InParts).records("list.make").problems(&[NoLedger, DailyLimit, ListTooLong, NoSuchFormat]),
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
            speak.records("statement.availability").problems(&[NoLedger, DailyLimit]),
        ),
        register(routes!(statements::statements), statement),
        register(routes!(statements::set_statements), speak.records("statement.accepts").problems(&[NoLedger, DailyLimit])),
        register(
            routes!(outcomes::report),
            outcome.directory(DirectoryUse::Needed).records("outcome").problems(&[NoLedger, DailyLimit, KeyReused]),
        ),
        // CDS Hooks, called by EHRs.
        register(routes!(cds_hooks::services), RoutePolicy::ehr()),
        register(
            routes!(cds_hooks::card),
            ehr.body(RouteBody::Whole(LARGEST_CALL))
                .work(Heavy)
                .directory(DirectoryUse::Answered)
                .audited("cds.card")
                .problems(&[NoPrefetch]),
        ),
        register(routes!(cds_hooks::feedback), ehr.with_body().audited("cds.feedback")),
    ]
}

/// What units of the hospital heard by telephone.
fn for_observations() -> Vec<RegisteredRoute> {
    let read = RoutePolicy::scoped(Scope::DirectoryRead, Program);
    let observe = RoutePolicy::scoped(Scope::ObservationWrite, Program).with_body().slot(RouteSlot::Ledger);
    vec![
        register(routes!(observations::read), read.work(Heavy).audited("observation.read").problems(&[NoSuchProvider])),
        register(
            routes!(observations::report),
            observe.records("observation").problems(&[NoLedger, DailyLimit, Changed, KeyReused]),
        ),
        register(
            routes!(observations::withdraw),
            observe.records("observation.withdraw").problems(&[NoLedger, DailyLimit, Changed, KeyReused, NoSuchObservation]),
        ),
    ]
}

/// Referral requests.
fn for_referrals() -> Vec<RegisteredRoute> {
    let read = RoutePolicy::scoped(Scope::Referral, Program).problems(&[NoSuchReferral]);
    let follow = RoutePolicy::scoped(Scope::Referral, Either).slot(RouteSlot::Unlimited).directory(DirectoryUse::Needed);
    let write = RoutePolicy::scoped(Scope::Referral, Program).with_body().slot(RouteSlot::Ledger);
    vec![
        register(
            routes!(referral_requests::create),
            write.records("referral.make").problems(&[NoLedger, DailyLimit, KeyReused]),
        ),
        register(routes!(referral_requests::list), read.work(Heavy).audited("referral.list").problems(&[])),
        register(routes!(board::read), read.work(Heavy).audited("referral.list").problems(&[])),
        register(routes!(referral_requests::read), read.audited("referral.read")),
        register(routes!(referral_requests::events), follow.audited("referral.follow").problems(&[NoSuchReferral])),
        register(
            routes!(referral_answers::step),
            write.records("referral.state").problems(&[
                NoLedger,
                DailyLimit,
                Changed,
                KeyReused,
                NoSuchReferral,
                StepRefused,
            ]),
        ),
        register(
            routes!(referral_changes::add_providers),
            write.records("referral.add").problems(&[NoLedger, DailyLimit, Changed, KeyReused, NoSuchReferral, StepRefused]),
        ),
        register(
            routes!(referral_changes::close),
            write.records("referral.close").problems(&[
                NoLedger,
                DailyLimit,
                Changed,
                KeyReused,
                NoSuchReferral,
                StepRefused,
            ]),
        ),
        register(
            routes!(referral_answers::make_link),
            write.records("referral.link").problems(&[NoLedger, DailyLimit, Changed, NoSuchReferral, StepRefused]),
        ),
        register(
            routes!(referral_answers::revoke_link),
            write.records("referral.link_revoke").problems(&[NoLedger, DailyLimit, Changed, NoSuchReferral]),
        ),
    ]
}

/// Invites of providers.
fn for_invites() -> Vec<RegisteredRoute> {
    let read = RoutePolicy::scoped(Scope::Referral, Program).problems(&[NoSuchProvider]);
    let write = RoutePolicy::scoped(Scope::Referral, Program).with_body().slot(RouteSlot::Ledger);
    vec![
        register(routes!(provider_invites::list), read.audited("invite.list")),
        register(
            routes!(provider_invites::create),
            write.records("invite.make").problems(&[NoLedger, DailyLimit, NoSuchProvider]),
        ),
        register(
            routes!(provider_invites::revoke),
            write.records("invite.revoke").problems(&[NoLedger, DailyLimit, NoSuchInvite]),
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

/// The pages of referral requests: made from the answer, followed, and answered by a link.
fn for_referral_pages() -> Vec<RegisteredRoute> {
    let page = RoutePolicy::scoped(Scope::Pages, Person);
    let form = page.with_body().work(Heavy);
    let list_form = page.with_body();
    let session = RoutePolicy::open(Person);
    let own = RoutePolicy::scoped(Scope::ProviderWrite, Person);
    vec![
        register(routes!(referral_form::prepare), form.audited("referral.prepare")),
        register(routes!(pages::board::page), page.work(Heavy).audited("referral.list")),
        register(
            routes!(pages::board::events),
            page.slot(RouteSlot::Unlimited).directory(DirectoryUse::Needed).audited("referral.follow"),
        ),
        register(
            routes!(referral_form::create),
            list_form.slot(RouteSlot::Ledger).records("referral.make").problems(&[
                NoLedger,
                DailyLimit,
                NoSuchReferral,
                StepRefused,
            ]),
        ),
        register(routes!(referral_page::page), page.audited("referral.read").problems(&[NoSuchReferral])),
        register(
            routes!(referral_page::events),
            page.slot(RouteSlot::Unlimited)
                .directory(DirectoryUse::Needed)
                .audited("referral.follow")
                .problems(&[NoSuchReferral]),
        ),
        register(
            routes!(referral_page::change),
            list_form.slot(RouteSlot::Ledger).records("referral.change").problems(&[
                NoLedger,
                DailyLimit,
                NoSuchReferral,
                StepRefused,
                Changed,
            ]),
        ),
        // The page of an answer link, for a provider without an account.
        register(routes!(answer_link::open), session.uncounted().audited("referral.open").directory(DirectoryUse::Needed)),
        register(
            routes!(answer_link::answer),
            session
                .with_body()
                .uncounted()
                .slot(RouteSlot::Ledger)
                .directory(DirectoryUse::Needed)
                .records("referral.answer")
                .problems(&[NoLedger]),
        ),
        // The page of a provider, by an invite.
        register(
            routes!(provider_update::open),
            session.uncounted().audited("provider_update.open").directory(DirectoryUse::Needed),
        ),
        register(
            routes!(provider_update::save),
            session
                .with_body()
                .uncounted()
                .slot(RouteSlot::Ledger)
                .directory(DirectoryUse::Needed)
                .records("provider_update.save")
                .problems(&[NoLedger, DailyLimit]),
        ),
        // The same page, with a key of the provider.
        register(routes!(provider_update::by_key::open), own.audited("provider_update.open")),
        register(
            routes!(provider_update::by_key::save),
            own.with_body().slot(RouteSlot::Ledger).records("provider_update.save").problems(&[NoLedger, DailyLimit]),
        ),
    ]
}

/// What a manager reads.
fn for_managers() -> Vec<RegisteredRoute> {
    let read = RoutePolicy::scoped(Scope::Reports, Program).directory(DirectoryUse::Needed).work(Heavy);
    let page = RoutePolicy::scoped(Scope::Reports, Person).work(Heavy);
    let file = page.directory(DirectoryUse::Needed);
    vec![
        register(routes!(manager_reports::avoidable_days), read.audited("report.read")),
        register(routes!(manager_reports::unmet_needs), read.directory(DirectoryUse::Unused).audited("report.read")),
        register(routes!(pages::manager::page), page.audited("report.read")),
        register(routes!(pages::manager::exports::days_csv), file.audited("report.export")),
        register(routes!(pages::manager::exports::unmet_csv), file.audited("report.export")),
        #[cfg(feature = "xlsx")]
        register(routes!(pages::manager::exports::unmet_xlsx), file.audited("report.export")),
        #[cfg(feature = "xlsx")]
        register(routes!(pages::manager::exports::days_xlsx), file.audited("report.export")),
    ]
}

/// An answer as a workbook, and a file of questions with a workbook of answers.
#[cfg(feature = "xlsx")]
fn for_workbooks() -> Vec<RegisteredRoute> {
    use crate::serve::pages::batch_upload;
    use crate::serve::pages::batch_upload::table::LARGEST_FILE;

    let page = RoutePolicy::scoped(Scope::Pages, Person);
    let (form, button) = (page.with_body().work(Heavy), page.with_body().work(InParts));
    vec![
        register(routes!(export::xlsx), form.audited("export")),
        register(routes!(batch_upload::form), page),
        register(routes!(batch_upload::example), page),
        register(
            routes!(batch_upload::upload),
            page.body(RouteBody::Whole(LARGEST_FILE + LARGEST_BODY)).work(InParts).audited("match.batch"),
        ),
        register(routes!(batch_upload::progress), page.work(InParts).audited("match.batch.read")),
        register(routes!(batch_upload::download), button.audited("export")),
        register(routes!(batch_upload::delete), page.with_body().audited("match.batch.delete")),
    ]
}

#[cfg(not(feature = "xlsx"))]
fn for_workbooks() -> Vec<RegisteredRoute> {
    Vec::new()
}

/// The document, health checks and metrics.
fn for_operators() -> Vec<RegisteredRoute> {
    let health = RoutePolicy::open(Program).uncounted().slot(RouteSlot::Unlimited);
    let figures = RoutePolicy::scoped(Scope::Metrics, Either).slot(RouteSlot::Unlimited).directory(DirectoryUse::Unused);
    vec![
        register(routes!(openapi_document), RoutePolicy::open(Program).tagged()),
        register(routes!(docs_page), RoutePolicy::open(Person)),
        register(routes!(ready::livez), health),
        register(routes!(ready::readyz), health.directory(DirectoryUse::Needed).problems(&[Forbidden])),
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
        register(
            routes!(provider_invite_form::change),
            list_form.slot(RouteSlot::Ledger).records("invite.change").problems(&[NoLedger, DailyLimit, NoSuchInvite]),
        ),
        register(routes!(provider_reminders::page), page.work(Heavy).audited("directory.read")),
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

/// The OpenAPI document with these examples as JSON, as it is stored and sent.
pub fn document_text(examples: &[DocumentExample]) -> String {
    ApiDocument::new(&ROUTES, examples).text()
}

/// The document with the built-in examples, made on first use.
fn document() -> &'static ApiDocument {
    static DOCUMENT: OnceLock<ApiDocument> = OnceLock::new();
    DOCUMENT.get_or_init(|| ApiDocument::new(&ROUTES, &openapi::examples::all()))
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

/// This document, as a page
#[utoipa::path(get, path = "/docs", operation_id = "page_docs", tag = "document")]
async fn docs_page(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    document().as_page(&app)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::http::route::{RouteMethod, RouteRate};

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
            let is_left_out = ["/metrics", "/", "/choice-list", "/differences", "/batch", "/batch/example.csv"]
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
