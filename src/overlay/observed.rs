//! What a hospital heard by telephone or answer link, as far as it counts on a day: below the provider's own
//! statements, and above the directory.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use crate::evidence::Evidence;
use crate::ledger::event::Sequence;
use crate::ledger::observation_log::ObservationLog;
use crate::ledger::state::LedgerState;
use crate::matching::coverage_report::CoverageReport;
use crate::overlay::line_statements::LineStatements;
use crate::provider::ProviderId;
use crate::statements::observation::{OBSERVED_ROOM_DAYS, Observation, ObservedAnswer, ObservedQuestion, after, day_before};
use crate::statements::referral_request::change::BY_LINK;
use crate::statements::{RoomStatement, StatementValue};

/// The name of an observation as a source: "told to 4 West by telephone", or "by answer link". With few reports of a need
/// the unit is not named, because it could identify a patient.
pub fn source_name(ledger_state: &LedgerState, heard: &Observation) -> String {
    let unit = listener(ledger_state, heard);
    format!("told to {unit} by {}", if is_by_link(heard) { "answer link" } else { "telephone" })
}

/// Whether the provider wrote it itself, by an answer link.
pub fn is_by_link(heard: &Observation) -> bool {
    heard.principal == BY_LINK
}

/// Who heard it, as the hospital of `ledger_state` may read it: the unit, the hospital, or another hospital of its group.
pub fn listener<'a>(ledger_state: &'a LedgerState, heard: &'a Observation) -> &'a str {
    let other = ledger_state.group.name(&heard.hospital);
    other.or_else(|| shown_unit(ledger_state, heard)).unwrap_or("the hospital")
}

/// The unit that may be named as the source of `heard`; never one of another hospital.
pub fn shown_unit<'a>(ledger_state: &LedgerState, heard: &'a Observation) -> Option<&'a str> {
    let unit = heard.unit.as_deref().filter(|_| !ledger_state.group.has(&heard.hospital))?;
    match &heard.asked {
        ObservedQuestion::Need(need) => ledger_state.may_name(unit, *need).then_some(unit),
        _ => Some(unit),
    }
}

/// The newest record of every question in the logs of one provider under its ids, oldest first.
pub(crate) fn newest_of_each<'a>(
    logs: impl Iterator<Item = &'a Arc<ObservationLog>>,
) -> Vec<&'a (Sequence, Arc<Observation>)> {
    let mut current: Vec<_> = logs.flat_map(|log| log.current()).collect();
    current.sort_by_key(|(sequence, _)| *sequence);
    let is_replaced = |at: usize, heard: &Observation| {
        current.iter().skip(at + 1).any(|(_, later): &&(Sequence, Arc<Observation>)| {
            // A hospital withdraws what it heard itself.
            let is_of_another = later.hospital != heard.hospital && later.answer == ObservedAnswer::Withdrawn;
            later.is_about_same(heard) && !is_of_another
        })
    };
    current.iter().enumerate().filter(|(at, (_, heard))| !is_replaced(*at, heard)).map(|(_, record)| *record).collect()
}

/// Adds `heard` to what is stated of its line, if it counts on `today`.
pub(crate) fn apply(
    word: &mut LineStatements,
    record: &(Sequence, Arc<Observation>),
    ledger_state: &LedgerState,
    ids: &BTreeSet<ProviderId>,
    today: Date,
) {
    let heard = &record.1;
    let Some(until) = heard.holds_until().filter(|until| today <= *until) else { return };
    let by =
        |until| Evidence { holds_until: Some(until), ..Evidence::new(source_name(ledger_state, heard), Some(heard.said_on)) };
    match (&heard.asked, heard.answer) {
        (ObservedQuestion::Need(need), ObservedAnswer::Yes | ObservedAnswer::No) => {
            word.hears(StatementValue::Need(*need, heard.answer == ObservedAnswer::Yes), by(until));
        }
        (ObservedQuestion::Limit(limit), ObservedAnswer::Value(value)) => {
            word.hears(StatementValue::Limit(*limit, value), by(until));
        }
        (ObservedQuestion::Coverage(field, name), ObservedAnswer::Yes | ObservedAnswer::No) => {
            let takes = heard.answer == ObservedAnswer::Yes;
            let (named_by, name) = (field.code(), name.clone());
            word.hears_of_coverage(CoverageReport { named_by, name, takes, evidence: by(until) });
        }
        (ObservedQuestion::Room, _) => {
            let is_taken = is_taken(record, ledger_state, ids);
            for room in rooms(heard, today) {
                // An acceptance after the call has taken the bed.
                if !(room.room && is_taken) {
                    let ends = if room.room { after(heard.said_on, OBSERVED_ROOM_DAYS) } else { room.until };
                    word.hears_of_room(room, by(ends));
                }
            }
        }
        _ => {}
    }
}

/// Whether a referral was accepted after the answer "room", so that the bed is taken.
pub(crate) fn is_taken(
    (sequence, heard): &(Sequence, Arc<Observation>),
    ledger_state: &LedgerState,
    ids: &BTreeSet<ProviderId>,
) -> bool {
    let accepted = |id: &ProviderId| ledger_state.acceptances.get(&(id.clone(), heard.service));
    matches!(heard.answer, ObservedAnswer::Room(_)) && ids.iter().filter_map(accepted).any(|accepted| accepted > sequence)
}

/// The days of which an answer about room speaks.
fn rooms(heard: &Observation, today: Date) -> Vec<RoomStatement> {
    let (said_on, soon) = (heard.said_on, after(heard.said_on, OBSERVED_ROOM_DAYS));
    let period = |from, until, room| RoomStatement { service: heard.service, from, until, room, beds: None };
    match heard.answer {
        ObservedAnswer::Room(None) => vec![period(said_on, soon, true)],
        ObservedAnswer::Room(Some(from)) => {
            let full = period(said_on, day_before(from), false);
            // That there is room then is believed as long as any room.
            let free = (today <= soon).then(|| period(from, soon.max(from), true));
            [full].into_iter().chain(free).collect()
        }
        ObservedAnswer::NoRoom(through) => vec![period(said_on, through.unwrap_or(soon), false)],
        _ => Vec::new(),
    }
}
