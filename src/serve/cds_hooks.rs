//! CDS Hooks 2.0: the card an EHR shows when a patient is to be discharged, or when a referral is
//! ordered.
//!
//! Discovery is in this file: the hooks offered, and the prefetch that each asks the EHR to send.
//!
//! The EHR sends the prefetch it was asked for; its FHIR server is never called, and a token sent
//! for that purpose is not read. From the prefetch, [`prefetch`] reads codes, who pays and the
//! postal code of a place. The link of a card leads to the ranked answer: its question is sealed for
//! five minutes, see [`card_links`]; nothing else of a call is stored, logged or shown. Steps to a
//! card: [`call`], [`request`], the code of `POST /v1/matches`, [`mod@card`].

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::api_keys::Principal;
use crate::config::server::ServerConfig;
use crate::matching::candidate::Directory;
use crate::query;
use crate::serve::answer_summary::AnswerSummary;
use crate::serve::api::matches::answer_metadata;
use crate::serve::card_links;
use crate::serve::cds_hooks::call::{CdsHook, HookCall};
use crate::serve::cds_hooks::card::{Card, CardAddresses, CardContext, Cards};
use crate::serve::cds_hooks::feedback::CardFeedbackCounts;
use crate::serve::cds_hooks::request::{COVERAGE, CallResources, CardRequest, ENCOUNTER, NoCard, SERVICE_REQUEST};
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{CurrentPrincipal, StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::openapi::body_schemas::{
    CardFeedback, CdsServices, DischargeCall, FeedbackCounted, OrderSelectCall, OrderSignCall,
};
use crate::serve::own_address::own_address;
use crate::serve::state::AppState;

pub(crate) mod call;
pub(crate) mod card;
pub(crate) mod feedback;
pub(crate) mod form_body;
pub(crate) mod orders;
pub(crate) mod payer;
pub(crate) mod prefetch;
pub(crate) mod request;
pub(crate) mod suggestion;

/// Discover the CDS services
///
/// The supported hooks, and the prefetch that each asks the EHR to send.
#[utoipa::path(
    get,
    path = "/cds-services",
    operation_id = "list_cds_services",
    tag = "cds-hooks",
    responses((status = 200, description = "The services", body = CdsServices)),
)]
pub(crate) async fn services(_: State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let body = rendered(&json!({"services": CdsHook::ALL.map(service)}))?;
    Ok(([(CACHE_CONTROL, "no-cache")], json_body(body)).into_response())
}

/// A service, with the prefetch it asks for: within the subset of queries that the standard
/// recommends.
fn service(hook: CdsHook) -> Value {
    let mut prefetch = json!({ COVERAGE: "Coverage?patient={{context.patientId}}&status=active" });
    if hook == CdsHook::EncounterDischarge {
        prefetch[ENCOUNTER] = "Encounter/{{context.encounterId}}".into();
        prefetch[SERVICE_REQUEST] = "ServiceRequest?patient={{context.patientId}}&status=active".into();
    }
    let when = match hook {
        CdsHook::EncounterDischarge => "at discharge",
        CdsHook::OrderSelect => "while a referral is ordered",
        CdsHook::OrderSign => "before a referral is signed",
    };
    json!({
        "hook": hook.name(),
        "id": hook.service(),
        "title": format!("Post-acute placement {when}"),
        "description": "How many post-acute providers near the hospital are in the patient's network and will take what was ordered.",
        "prefetch": prefetch,
        "usageRequirements": "Requires the prefetch: this service never calls the FHIR server, and answers 412 if no card can be made without what is missing. \
                              Send the hospital's Location under the key location if its ZIP code is not configured in hospital.toml."
    })
}

/// Request the card of a discharge
///
/// The hook `encounter-discharge`: one card with counts for one ordered service, which names the
/// others; no card if there is nothing to report. From the prefetch, codes, who pays and a postal
/// code are read. The link leads to the ranked answer, once, within five minutes: until then its
/// question is stored encrypted. The EHR's server is never called. At most 1 MiB.
#[utoipa::path(
    post,
    path = "/cds-services/placement",
    operation_id = "discharge_card",
    tag = "cds-hooks",
    request_body = DischargeCall,
    responses((status = 200, description = "The card, or none", body = Cards)),
)]
pub(crate) async fn card(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    headers: HeaderMap,
    body: StrictJson,
) -> Result<Response, Problem> {
    answer(&app, &caller, &headers, body, CdsHook::EncounterDischarge).await
}

/// Request the card of an order that is being written
///
/// The hook `order-select`: the card of a selected order that asks for a post-acute service; no card
/// for other orders.
#[utoipa::path(
    post,
    path = "/cds-services/placement-order-select",
    operation_id = "order_select_card",
    tag = "cds-hooks",
    request_body = OrderSelectCall,
    responses((status = 200, description = "The card, or none", body = Cards)),
)]
pub(crate) async fn order_select(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    headers: HeaderMap,
    body: StrictJson,
) -> Result<Response, Problem> {
    answer(&app, &caller, &headers, body, CdsHook::OrderSelect).await
}

/// Request the card of orders that are to be signed
///
/// The hook `order-sign`: the card of an order that asks for a post-acute service; no card for other
/// orders.
#[utoipa::path(
    post,
    path = "/cds-services/placement-order-sign",
    operation_id = "order_sign_card",
    tag = "cds-hooks",
    request_body = OrderSignCall,
    responses((status = 200, description = "The card, or none", body = Cards)),
)]
pub(crate) async fn order_sign(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    headers: HeaderMap,
    body: StrictJson,
) -> Result<Response, Problem> {
    answer(&app, &caller, &headers, body, CdsHook::OrderSign).await
}

/// The card of a call, made in the pool for long work, with its links.
async fn answer(
    app: &Arc<AppState>,
    caller: &Principal,
    headers: &HeaderMap,
    body: StrictJson,
    hook: CdsHook,
) -> Result<Response, Problem> {
    let working = Arc::clone(app);
    let made = app.heavy.run(caller, move || made(&working, &body, hook)).await??;
    with_links(app, headers, made).await
}

/// A card without its links, and the question that its link opens.
struct MadeCard {
    /// `None` if there is nothing to report.
    card: Option<(Card, String)>,
    told: AnswerMetadata,
}

/// The card of a call of `hook`.
fn made(app: &AppState, body: &StrictJson, hook: CdsHook) -> Result<MadeCard, Problem> {
    let raw = body.read()?;
    let call = HookCall::read(&raw, hook).map_err(Problem::Invalid)?;
    let served = app.served()?;
    let (catalog, today, told) = (served.base(), served.today(), answer_metadata(&served));
    let sent = match hook {
        CdsHook::EncounterDischarge => CallResources::of_discharge(call.prefetch, call.encounter()),
        CdsHook::OrderSelect | CdsHook::OrderSign => CallResources::of_orders(call.prefetch, call.drafts()),
    };
    app.note_unread_codes(sent.unread_codes(&app.hospital, &**catalog, today), today);
    let understood = match CardRequest::of(&sent, &app.hospital, &**catalog, today) {
        Ok(understood) => understood,
        Err(NoCard::NothingToSay) => return Ok(MadeCard { card: None, told }),
        Err(NoCard::Missing(missing)) => return Err(Problem::NoPrefetch { missing }),
    };
    let (question, remarks) = query::read(catalog, &understood.question(), today).map_err(|faults| {
        let codes: Vec<&str> = faults.iter().map(|fault| fault.code).collect();
        tracing::error!(?codes, "a hook call produced an invalid question");
        Problem::Internal
    })?;
    let reports = query::reports(&served, &question, &remarks);
    let (manifest, now) = (catalog.manifest(), (app.now)().timestamp());
    let form = form_body::of_card(&understood, Directory::plans(&**catalog)).to_body();
    let has_task = app.hospital.ehr_words.suggests_task;
    // One service was asked for, so there is one report.
    let ground = reports.first().map(|report| CardContext { understood: &understood, report, manifest, now });
    let card = ground.map(|ground| (Card::new(&ground, has_task), form));
    Ok(MadeCard { card, told: AnswerMetadata { tally: Some(AnswerSummary::of(&reports)), ..told } })
}

/// The answer to a call: the card with its links. The question of the link is sealed first.
async fn with_links(app: &AppState, headers: &HeaderMap, made: MadeCard) -> Result<Response, Problem> {
    let MadeCard { card, told } = made;
    let Some((card, form)) = card else { return answered(&Cards::default(), told) };
    let addresses = match page(&app.edge, headers) {
        None => CardAddresses::default(),
        Some(start) => {
            let token = card_links::seal(app, form.as_bytes()).await?;
            CardAddresses { answer: Some(format!("{start}open#{token}")), start: Some(start) }
        }
    };
    answered(&Cards { cards: vec![card.leading_to(addresses)] }, told)
}

/// Report feedback on cards of a discharge
///
/// Feedback is counted and not stored; comments are not read.
#[utoipa::path(
    post,
    path = "/cds-services/placement/feedback",
    operation_id = "card_feedback",
    tag = "cds-hooks",
    request_body = CardFeedback,
    responses((status = 200, description = "The feedback was counted", body = FeedbackCounted)),
)]
pub(crate) async fn feedback(_: State<Arc<AppState>>, _: StrictQuery<()>, body: StrictJson) -> Result<Response, Problem> {
    counted(&body)
}

/// Report feedback on cards of selected orders
///
/// Feedback is counted and not stored; comments are not read.
#[utoipa::path(
    post,
    path = "/cds-services/placement-order-select/feedback",
    operation_id = "order_select_feedback",
    tag = "cds-hooks",
    request_body = CardFeedback,
    responses((status = 200, description = "The feedback was counted", body = FeedbackCounted)),
)]
pub(crate) async fn order_select_feedback(
    _: State<Arc<AppState>>,
    _: StrictQuery<()>,
    body: StrictJson,
) -> Result<Response, Problem> {
    counted(&body)
}

/// Report feedback on cards of orders to be signed
///
/// Feedback is counted and not stored; comments are not read.
#[utoipa::path(
    post,
    path = "/cds-services/placement-order-sign/feedback",
    operation_id = "order_sign_feedback",
    tag = "cds-hooks",
    request_body = CardFeedback,
    responses((status = 200, description = "The feedback was counted", body = FeedbackCounted)),
)]
pub(crate) async fn order_sign_feedback(
    _: State<Arc<AppState>>,
    _: StrictQuery<()>,
    body: StrictJson,
) -> Result<Response, Problem> {
    counted(&body)
}

/// Counts feedback in one line of the log.
fn counted(body: &StrictJson) -> Result<Response, Problem> {
    let feedback = CardFeedbackCounts::read(&body.read()?).map_err(Problem::Invalid)?;
    tracing::info!(
        accepted = feedback.accepted,
        overridden = feedback.overridden,
        reasons = feedback.reasons.join(","),
        "feedback on cards"
    );
    answered(&json!({"counted": feedback.accepted + feedback.overridden}), AnswerMetadata::default())
}

/// An answer to a call, marked so that no cache stores it.
fn answered(wire: &impl Serialize, told: AnswerMetadata) -> Result<Response, Problem> {
    let mut response = ([(CACHE_CONTROL, "no-store")], json_body(rendered(wire)?)).into_response();
    if !told.generation.is_empty() {
        response.extensions_mut().insert(told);
    }
    Ok(response)
}

/// The absolute URL of the start page, which asks nothing by itself: from `public_url` if it is
/// set, else from the host of this call.
fn page(edge: &ServerConfig, headers: &HeaderMap) -> Option<String> {
    own_address(edge, headers).map(|own| format!("{}/", own.url))
}
