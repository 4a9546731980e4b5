//! Creates a packet in every format and records it before it is returned.

use std::sync::Arc;

use uuid::Uuid;

use crate::api_keys::Principal;
use crate::choice_list::{MOST_PLACES, TooLong};
use crate::coverage::{Coverage, Network};
use crate::discharge::Discharge;
use crate::gap_packet::letter::{PacketMetadata, letter};
use crate::gap_packet::plan_kind::PlanKind;
use crate::gap_packet::{GapPacket, clean_names};
use crate::ledger::packet_id::PacketId;
use crate::ledger::recorded_list::RecordedList;
use crate::matching::candidate::Directory;
use crate::matching::gap_evidence::{NoGapEvidence, gap_evidence};
use crate::overlay::LiveDirectory;
use crate::phrases;
use crate::serve::choice_lists::create::{NewRecord, in_formats, record_new};
use crate::serve::choice_lists::format::ListFormat;
use crate::serve::counted_write;
use crate::serve::gap_packets::find_packet::recorded;
use crate::serve::gap_packets::{packet_json, packet_table};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::SecretRequest;
use crate::serve::state::AppState;
use crate::text::count_text::counted;
use crate::text::us_date::us_date;

/// A recorded packet.
#[derive(Debug)]
pub(crate) struct CreatedPacket {
    /// The packet id.
    pub id: PacketId,
    /// The packet in every format.
    pub documents: RecordedList,
}

/// Creates and records a packet for `discharge`, which is of a plan of that kind.
///
/// # Errors
/// There is no evidence of a gap, `caller` has used up its daily limit, or the ledger is missing or failed.
pub(crate) async fn record(
    app: &Arc<AppState>,
    served: &Arc<LiveDirectory>,
    caller: &Principal,
    discharge: Discharge,
    plan_kind: Option<PlanKind>,
) -> Result<CreatedPacket, Problem> {
    record_as(app, served, caller, (discharge, plan_kind), None).await
}

/// The same, or finds the packet that the same request made before.
///
/// # Errors
/// As [`record`], or the key was used for another request.
pub(crate) async fn record_once(
    app: &Arc<AppState>,
    served: &Arc<LiveDirectory>,
    caller: &Principal,
    asked: (Discharge, Option<PlanKind>),
    SecretRequest { secret, repeat }: SecretRequest,
) -> Result<CreatedPacket, Problem> {
    let id = repeat.is_some().then(|| PacketId::draw(&["request with a key"], secret));
    counted_write::record_once(app, repeat, find(app, id), record_as(app, served, caller, asked, id)).await
}

async fn find(app: &AppState, id: Option<PacketId>) -> Result<CreatedPacket, Problem> {
    let id = id.ok_or(Problem::Internal)?;
    recorded(app, id).await.map(|documents| CreatedPacket { id, documents })
}

async fn record_as(
    app: &Arc<AppState>,
    served: &Arc<LiveDirectory>,
    caller: &Principal,
    (discharge, plan_kind): (Discharge, Option<PlanKind>),
    id: Option<PacketId>,
) -> Result<CreatedPacket, Problem> {
    let (writing, served) = (Arc::clone(app), Arc::clone(served));
    let make = move || write(&writing, &served, &discharge, plan_kind, id);
    match record_new(app, caller, make, |made| (made.id.sealed_under(), &made.documents)).await? {
        NewRecord::Recorded(made) => Ok(made),
        // The same request was sent at the same time, or was interrupted after it had recorded the packet.
        NewRecord::Exists(_) => find(app, id).await,
    }
}

fn write(
    app: &AppState,
    served: &LiveDirectory,
    discharge: &Discharge,
    plan_kind: Option<PlanKind>,
    id: Option<PacketId>,
) -> Result<CreatedPacket, Problem> {
    let directory = served.as_of(discharge.on);
    let mut evidence = gap_evidence(discharge, &directory, MOST_PLACES).map_err(|refused| problem(refused, discharge))?;
    clean_names(&mut evidence);
    let lists = lists(served, discharge);
    let (counties, hospital) = (served.base().counties(), &app.hospital);
    let packet = GapPacket { discharge, evidence: &evidence, plan_kind, lists: &lists, counties, hospital };
    let id = id.unwrap_or_else(|| draw(served, discharge, plan_kind));
    Ok(CreatedPacket { id, documents: written(app, served, &packet, id)? })
}

/// The lists of the plan of `discharge`.
fn lists<'a>(served: &'a LiveDirectory, discharge: &Discharge) -> Vec<&'a Network> {
    let plans = served.base().plans();
    match &discharge.coverage {
        Some(Coverage::Networks { networks, .. }) => networks.iter().filter_map(|key| plans.network(*key)).collect(),
        _ => Vec::new(),
    }
}

/// Why no packet is made, as a problem.
fn problem(refused: NoGapEvidence, discharge: &Discharge) -> Problem {
    match refused {
        // Checked before: the coverage is a plan.
        NoGapEvidence::NoPlan => Problem::Internal,
        NoGapEvidence::NoSource(what) => Problem::NoSource { what },
        NoGapEvidence::PlanNotLoaded(_) => Problem::PlanNotLoaded,
        NoGapEvidence::NothingChecked => Problem::NothingChecked,
        NoGapEvidence::NetworkMeets(count, first) => {
            let named: Vec<String> = first.iter().map(|provider| phrases::name_and_town(provider)).collect();
            let verb = if count == 1 { "meets" } else { "meet" };
            let providers = counted(count.into(), "provider");
            Problem::NetworkMeets { who: format!("{providers} in network {verb} the question: {}", named.join("; ")) }
        }
        NoGapEvidence::DirectoryOld(network, day, days) => {
            let age =
                day.map_or_else(|| "has no date".to_owned(), |day| format!("is of {}, over {days} days ago", us_date(day)));
            Problem::DirectoryOld { what: format!("The directory of {network} {age}") }
        }
        NoGapEvidence::DirectoryIncomplete(network) => Problem::DirectoryIncomplete { network },
        NoGapEvidence::TooMany(distances) => Problem::ListTooLong(TooLong::of_all(discharge, &distances)),
    }
}

/// Draws an unguessable id from the inputs of the packet and the 122 random bits of a UUID (RFC 9562, 5.4).
fn draw(served: &LiveDirectory, discharge: &Discharge, plan_kind: Option<PlanKind>) -> PacketId {
    let sequence = served.sequence().map(|told| told.to_string()).unwrap_or_default();
    let made_from = [
        served.base().manifest().generation.as_str(),
        &sequence,
        env!("CARGO_PKG_VERSION"),
        plan_kind.map(PlanKind::code).unwrap_or_default(),
        &discharge.canonical_line(),
    ];
    PacketId::draw(&made_from, Uuid::new_v4().into_bytes())
}

/// Renders the packet in every format. Nothing here reads anything but its arguments, so that equal inputs give equal bytes.
fn written(app: &AppState, served: &LiveDirectory, packet: &GapPacket<'_>, id: PacketId) -> Result<RecordedList, Problem> {
    let (manifest, now) = (served.base().manifest(), (app.now)());
    let about = PacketMetadata {
        id,
        made_on: now.date(),
        directory_on: manifest.built_at.to_zoned(now.time_zone().clone()).date(),
        synthetic: manifest.synthetic,
    };
    let paper = letter(packet, &about);
    in_formats(app, &paper, ListFormat::OF_PACKET, |format, pages| match format {
        ListFormat::Json => packet_json::written(packet, &paper, &about, pages, served),
        ListFormat::Csv => packet_table::written(packet, &about, manifest),
        ListFormat::Html | ListFormat::Pdf => Err(Problem::Internal),
    })
}
