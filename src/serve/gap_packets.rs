//! `POST /v1/gap-packets` makes and records a network-gap packet; `GET /v1/gap-packets/{id}` returns it again, byte for byte.
//!
//! Like a choice list, a packet is sealed under its id, which is never logged.

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::discharge::Discharge;
use crate::discharge::deciding_payer::DecidingPayer;
use crate::discharge::request::MatchRequest;
use crate::gap_packet::plan_kind::PlanKind;
use crate::input::declare::input;
use crate::input::errors::FieldErrors;
use crate::input::field::InputType;
use crate::input::place::FieldPlace;
use crate::ledger::packet_id::PacketId;
use crate::ledger::recorded_list::RecordedList;
use crate::serve::choice_lists::create::discharges;
use crate::serve::choice_lists::format::ListFormat;
use crate::serve::choice_lists::{created_at, document_named, number_in_path};
use crate::serve::gap_packets::create::record_once;
use crate::serve::gap_packets::find_packet::recorded;
use crate::serve::gap_packets::packet_json::PacketJson;
use crate::serve::http::extract::{CurrentPrincipal, StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::WriteConditions;
use crate::serve::observation_records::hospital_of;
use crate::serve::state::AppState;

pub(crate) mod create;
pub(crate) mod find_packet;
pub(crate) mod packet_json;
pub(crate) mod packet_table;

/// Make a network-gap packet
///
/// The evidence that a plan's network has nobody who meets the question, with a letter that asks the plan for an exception: each
/// provider in network with why it does not meet, the nearest out of network that can take the patient, the sources with their
/// days, and the rules cited. Refused with 409 if there is no such evidence. The packet is recorded before it is returned,
/// encrypted under its number: without the number nobody can read it again.
#[utoipa::path(
    post,
    path = "/v1/gap-packets",
    operation_id = "make_gap_packet",
    tag = "lists",
    params(("Idempotency-Key" = Option<String>, Header, description = "Identifies the request for 24 hours: the same request with the same key is recorded once, and gets the same secret. A UUID, or at least 20 characters."),),
    request_body = PacketRequest,
    responses(
        (status = 201, description = "The packet, in the format that Accept asks for", content(
            (PacketJson = "application/json"),
            (String = "text/html"),
            (String = "application/pdf"),
            (String = "text/csv"),
        ), headers(("Location" = String, description = "Where to read it again.")), links(
            ("ReadGapPacket" = (operation_id = "read_gap_packet", parameters(("id" = "$response.body#/id")), description = "The same packet again.")),
        )),
    ),
)]
pub(crate) async fn create(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    headers: HeaderMap,
    CurrentPrincipal(caller): CurrentPrincipal,
    conditions: WriteConditions,
    body: StrictJson,
) -> Result<Response, Problem> {
    let format = ListFormat::requested(&headers, ListFormat::OF_PACKET)?;
    let served = app.served()?;
    let mut faults = FieldErrors::default();
    let request = PacketRequest::read(&body.read()?, FieldPlace::ROOT, &mut faults);
    let asked = request.as_ref().and_then(|request| request.discharge.given());
    let asked = asked.and_then(|asked| discharges(&served, asked, &mut faults));
    let discharge = asked.and_then(|discharges| one_of_plan(discharges, "/discharge", &mut faults));
    let Some(discharge) = discharge.filter(|_| faults.is_empty()) else { return Err(Problem::Invalid(faults)) };
    let plan_kind = request.as_ref().and_then(|request| request.plan_kind.given().copied());
    conditions.without_version()?;
    let now = (app.now)().timestamp().as_second();
    let once = conditions.with_secret(hospital_of(&app, &caller), &caller, "gap-packets", &body.0, now)?;
    let made = record_once(&app, &served, &caller, (discharge, plan_kind), once).await?;
    let place = format!("/v1/gap-packets/{}", made.id);
    created_at(&place, served.base().manifest(), document(StatusCode::CREATED, made.documents, format)?)
}

/// The one discharge of a packet: of one service, and of a plan whose network decides. `at` is where the question is in the body.
pub(crate) fn one_of_plan(discharges: Vec<Discharge>, at: &str, faults: &mut FieldErrors) -> Option<Discharge> {
    let mut discharges = discharges.into_iter();
    let (first, more) = (discharges.next()?, discharges.next());
    if more.is_some() {
        let hint = "send service, and one packet for each service".to_owned();
        faults.add(format_args!("{at}/services"), "does_not_apply", "a packet is about one service", Some(hint));
    }
    let place = format!("{at}/coverage");
    match first.deciding_payer() {
        DecidingPayer::Networks | DecidingPayer::UnknownPlan => return Some(first).filter(|_| more.is_none()),
        DecidingPayer::NotAsked => {
            faults.add(place, "missing", "which plan is asked for the exception?", Some("name it in plan".to_owned()));
        }
        _ if first.is_hospice_under_plan() => {
            let detail = "Original Medicare pays hospice for a member of a Medicare Advantage plan, so no network decides";
            faults.add(place, "does_not_apply", detail, None);
        }
        _ => {
            let detail = "an exception is asked of a plan with a network";
            faults.add(place, "does_not_apply", detail, Some("name the plan in plan".to_owned()));
        }
    }
    None
}

/// Read a network-gap packet again
///
/// The packet as it was recorded, byte for byte, in the requested format.
#[utoipa::path(
    get,
    path = "/v1/gap-packets/{id}",
    operation_id = "read_gap_packet",
    tag = "lists",
    params(("id" = String, Path, description = "The number on the letter: 26 letters and digits, in any case, with or without hyphens; O is read as 0, I and L as 1.")),
    responses(
        (status = 200, description = "The packet, in the format that Accept asks for", content(
            (PacketJson = "application/json"),
            (String = "text/html"),
            (String = "application/pdf"),
            (String = "text/csv"),
        )),
    ),
)]
pub(crate) async fn again(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    headers: HeaderMap,
    PacketPath(id): PacketPath,
) -> Result<Response, Problem> {
    let format = ListFormat::requested(&headers, ListFormat::OF_PACKET)?;
    document(StatusCode::OK, recorded(&app, id).await?, format)
}

/// One format of a packet as a response that no cache may store.
pub(crate) fn document(status: StatusCode, documents: RecordedList, format: ListFormat) -> Result<Response, Problem> {
    document_named(status, documents, format, "network-gap")
}

/// The packet id in a path.
#[derive(Debug)]
pub(crate) struct PacketPath(PacketId);

impl<S: Send + Sync> FromRequestParts<S> for PacketPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        number_in_path(parts, state).await.map(Self).ok_or(Problem::NoSuchPacket)
    }
}

input! {
    /// The discharge of a network-gap packet, with one service and a plan, and the kind of the plan.
    pub(crate) struct PacketRequest as "PacketWish" {
        /// The discharge. No more of the patient is kept than the ZIP, the plan, the needs and the day.
        discharge: MatchRequest,
            required("discharge is missing", || Some("the same fields as the body of /v1/matches".to_owned()));
        /// The kind of the plan, which decides the rules that the letter cites; if omitted, it cites those of every kind.
        plan_kind: PlanKind;
    }
}
