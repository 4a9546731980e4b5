//! CDS Hooks 2.0: the card an EHR shows when a patient is to be discharged.
//!
//! The EHR sends the prefetch it was asked for; its FHIR server is never called, and a token sent
//! for that purpose is not read. From the prefetch, [`prefetch`] reads codes, who pays and the
//! postal code of a place; nothing of it is stored, logged or shown. Steps to a card: [`call`],
//! [`request`], the code of `POST /v1/matches`, [`mod@card`].

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, HOST};
use axum::http::uri::Authority;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};

use crate::config::server::ServerConfig;
use crate::hospital::Hospital;
use crate::query;
use crate::serve::answer_summary::AnswerSummary;
use crate::serve::api::matches::answer_metadata;
use crate::serve::cds_hooks::call::HOOK;
use crate::serve::cds_hooks::card::{Card, CardContext, Cards};
use crate::serve::cds_hooks::feedback::CardFeedbackCounts;
use crate::serve::cds_hooks::request::{COVERAGE, CardRequest, ENCOUNTER, LOCATION, NoCard, SERVICE_REQUEST};
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::body::{json_body, rendered};
use crate::serve::http::extract::{StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::openapi::body_schemas::{CardFeedback, CdsServices, DischargeCall, FeedbackCounted};
use crate::serve::state::AppState;

pub(crate) mod call;
pub(crate) mod card;
pub(crate) mod feedback;
pub(crate) mod orders;
pub(crate) mod payer;
pub(crate) mod prefetch;
pub(crate) mod request;

/// Discover the CDS service
///
/// The supported hook, and the prefetch it asks the EHR to send.
#[utoipa::path(
    get,
    path = "/cds-services",
    operation_id = "list_cds_services",
    tag = "cds-hooks",
    responses((status = 200, description = "The service", body = CdsServices)),
)]
pub(crate) async fn services(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let body = rendered(&json!({"services": [service(&app.hospital)]}))?;
    Ok(([(CACHE_CONTROL, "no-cache")], json_body(body)).into_response())
}

/// The service, with the prefetch it asks for.
fn service(hospital: &Hospital) -> Value {
    let mut prefetch = json!({
        ENCOUNTER: "Encounter/{{context.encounterId}}",
        COVERAGE: "Coverage?beneficiary={{context.patientId}}&status=active",
        SERVICE_REQUEST: "ServiceRequest?encounter={{context.encounterId}}&status=active"
    });
    if hospital.defaults.zip.is_none() {
        prefetch[LOCATION] = "Location?_has:Encounter:location:_id={{context.encounterId}}".into();
    }
    json!({
        "hook": HOOK,
        "id": "placement",
        "title": "Post-acute placement",
        "description": "How many post-acute providers near the hospital are in the patient's network and will take what was ordered.",
        "prefetch": prefetch,
        "usageRequirements": "Requires the prefetch: this service never calls the FHIR server, and answers 412 if no card can be made without what is missing. \
                              Send Location too if the hospital's ZIP code is not configured."
    })
}

/// Request the card of a discharge
///
/// The hook `encounter-discharge`: one card with counts for one ordered service, which names the
/// others; no card if there is nothing to report. From the prefetch, codes, who pays and a postal
/// code are read; nothing of it is stored, and the EHR's server is never called. At most 1 MiB.
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
    headers: HeaderMap,
    body: StrictJson,
) -> Result<Response, Problem> {
    let raw = body.read()?;
    let prefetch = call::prefetch(&raw).map_err(Problem::Invalid)?;
    let served = app.served()?;
    let (catalog, today, told) = (served.base(), served.today(), answer_metadata(&served));
    let understood = match CardRequest::of(prefetch, &app.hospital, &**catalog, today) {
        Ok(understood) => understood,
        Err(NoCard::NothingToSay) => return answered(&Cards::default(), told),
        Err(NoCard::Missing(missing)) => return Err(Problem::NoPrefetch { missing }),
    };
    let (question, remarks) = query::read(catalog, &understood.question(), today).map_err(|faults| {
        let codes: Vec<&str> = faults.iter().map(|fault| fault.code).collect();
        tracing::error!(?codes, "a hook call produced an invalid question");
        Problem::Internal
    })?;
    let reports = query::reports(&served, &question, &remarks);
    let (manifest, now) = (catalog.manifest(), (app.now)().timestamp());
    let ground = |report| CardContext { understood: &understood, report, manifest, now };
    let page = page(&app.edge, &headers);
    let cards = reports.iter().map(|report| Card::new(&ground(report), page.clone())).collect();
    answered(&Cards { cards }, AnswerMetadata { tally: Some(AnswerSummary::of(&reports)), ..told })
}

/// Report feedback on cards
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
    if let Some(url) = &edge.public_url {
        return Some(format!("{}/", url.trim_end_matches('/')));
    }
    let host: Authority = headers.get(HOST)?.to_str().ok()?.parse().ok()?;
    let host = Some(host).filter(|host| !host.as_str().contains('@'))?;
    let scheme = if edge.tls.is_some() || edge.behind_proxy { "https" } else { "http" };
    Some(format!("{scheme}://{host}/"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_link_is_the_public_address_or_the_host_that_was_called() {
        let public = |url: &str| ServerConfig { public_url: Some(url.to_owned()), ..ServerConfig::default() };
        let proxied = ServerConfig { behind_proxy: true, ..ServerConfig::default() };
        for (edge, host, page_is) in [
            (public("https://placement.mercy.example"), Some("10.0.0.1"), Some("https://placement.mercy.example/")),
            (public("https://mercy.example/placement/"), None, Some("https://mercy.example/placement/")),
            (ServerConfig::default(), Some("127.0.0.1:8080"), Some("http://127.0.0.1:8080/")),
            (proxied, Some("placement.mercy.example"), Some("https://placement.mercy.example/")),
            (ServerConfig::default(), Some("a b"), None),
            (ServerConfig::default(), Some("x/?y"), None),
            (ServerConfig::default(), Some("placement@example.com"), None),
            (ServerConfig::default(), None, None),
        ] {
            let host = host.map(|host| (HOST, HeaderValue::from_str(host).unwrap()));
            assert_eq!(page(&edge, &host.into_iter().collect()).as_deref(), page_is);
        }
    }
}
