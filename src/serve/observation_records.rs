//! Records what hospital units heard by telephone, for the API and the call sheet.

use std::sync::Arc;

use crate::api_keys::Principal;
use crate::hospital_id::HospitalId;
use crate::input::errors::FieldErrors;
use crate::ledger::event::{LedgerEvent, Sequence};
use crate::ledger::stored_observation::group_of;
use crate::ledger::write::{ExpectedRecord, LedgerReceipt, LedgerWrite, RepeatKey};
use crate::overlay::LiveDirectory;
use crate::provider::ProviderId;
use crate::serve::counted_write::{append_counted, check_read, find_repetition};
use crate::serve::http::extract::field_error;
use crate::serve::http::problem::{Problem, RecordConflict};
use crate::serve::http::write_conditions::{NO_RECORDS, WriteConditions};
use crate::serve::json::observation::ObservationJson;
use crate::serve::list_page::{ListPage, MOST_LISTED, read_cursor, stale_cursor};
use crate::serve::random_bytes::random;
use crate::serve::state::AppState;
use crate::service::Service;
use crate::statements::observation::{Observation, ObservationId, ObservedAnswer};
use crate::statements::observation_parse::{HeardAnswer, ObservationContext};
use crate::statements::parse::OutcomeRejection;

/// The hospital that a caller works for: its records carry this id.
pub(crate) fn hospital_of<'a>(app: &'a AppState, _caller: &Principal) -> &'a HospitalId {
    &app.hospital.id
}

/// Reads answers with `read`, checked against the directory and the hospital.
pub(crate) fn read_heard<T>(app: &AppState, served: &LiveDirectory, read: impl FnOnce(&ObservationContext<'_>) -> T) -> T {
    let known = |id: &ProviderId, service: Option<Service>| {
        let provider = served.base().provider_of(id).ok_or(OutcomeRejection::NoSuchProvider)?;
        if service.is_some_and(|service| provider.line(service).is_none()) {
            return Err(OutcomeRejection::OtherService);
        }
        Ok(provider.id.clone())
    };
    let plans = crate::matching::candidate::Directory::plans(&**served.base());
    read(&ObservationContext { today: served.today(), units: &app.hospital.units, plans, known: &known })
}

/// The version of what is recorded of a provider: the id of its newest record. Records under an earlier id of the provider are of
/// another group and do not count.
pub(crate) fn version_of(served: &LiveDirectory, own: &ProviderId) -> String {
    let is_own = |heard: &&Arc<Observation>| heard.provider == *own && heard.hospital == served.ledger_state().hospital;
    let newest = served.observations_of(own).into_iter().rev().find(is_own);
    newest.map_or_else(|| NO_RECORDS.to_owned(), |heard| heard.id.to_string())
}

/// What was heard of a provider after `cursor`, newest first.
///
/// # Errors
/// No record of the provider has that cursor.
pub(crate) fn heard_of<'a>(
    served: &'a LiveDirectory,
    own: &ProviderId,
    cursor: Option<&str>,
) -> Result<ListPage<&'a Observation>, Problem> {
    let mut records = served.observations_of(own).into_iter().rev().map(Arc::as_ref);
    if let Some(last) = read_cursor::<ObservationId>(cursor)? {
        records.find(|heard| heard.id == last).ok_or_else(stale_cursor)?;
    }
    Ok(ListPage::first_of(records, |heard| heard.id.to_string()))
}

/// Records `heard`, or finds what the same request recorded before.
///
/// # Errors
/// The records of the provider have changed, the key was used for another request, the caller has
/// reached its daily limit, or the ledger is missing or failed.
pub(crate) async fn record(
    app: &AppState,
    caller: &Principal,
    heard: Vec<HeardAnswer>,
    conditions: &WriteConditions,
    repeat: Option<RepeatKey>,
) -> Result<Vec<Arc<Observation>>, Problem> {
    let served = app.served()?;
    let expected = expected(hospital_of(app, caller), &heard, conditions)?;
    let records: Vec<Observation> =
        heard.into_iter().map(|heard| complete(app, &served, caller, heard)).collect::<Result<_, _>>()?;
    let entries: Vec<LedgerEvent> = records.iter().cloned().map(LedgerEvent::Observation).collect();
    match append_counted(app, caller, &LedgerWrite { hospital: None, entries: &entries, expected, repeat }).await? {
        LedgerReceipt::Written(_) => Ok(records.into_iter().map(Arc::new).collect()),
        LedgerReceipt::Repeated(sequences) => recorded_under(app, &sequences),
        LedgerReceipt::KeyReused => Err(Problem::KeyReused),
        LedgerReceipt::Changed => Err(Problem::Changed(conflict(&*app.served()?, &records))),
    }
}

/// A version is of one provider.
fn expected(
    hospital: &HospitalId,
    heard: &[HeardAnswer],
    conditions: &WriteConditions,
) -> Result<Option<ExpectedRecord>, Problem> {
    let Some(provider) = heard.first().map(|heard| &heard.provider) else { return Ok(None) };
    let expected = conditions.expected(|| group_of(hospital, provider));
    if expected.is_some() && heard.iter().any(|heard| heard.provider != *provider) {
        let detail = "the version is of one provider, but the answers are of several";
        let fault = field_error("If-Match", "does_not_apply", detail, Some("send one request a provider".to_owned()));
        return Err(Problem::Invalid(FieldErrors::from(fault)));
    }
    Ok(expected)
}

/// The record of an answer.
pub(crate) fn complete(
    app: &AppState,
    served: &LiveDirectory,
    caller: &Principal,
    heard: HeardAnswer,
) -> Result<Observation, Problem> {
    let HeardAnswer { provider, service, unit, said_by, asked, answer } = heard;
    let said_on = served.today();
    let record = Observation {
        id: ObservationId(random()?),
        hospital: hospital_of(app, caller).clone(),
        unit,
        principal: caller.name.clone(),
        provider,
        service,
        said_on,
        said_by,
        asked,
        answer,
        counts_through: match answer {
            ObservedAnswer::Room(_) | ObservedAnswer::NoRoom(_) => answer.holds_until(said_on).unwrap_or(said_on),
            _ => said_on,
        },
    };
    // It is read as long as what it replaces, or that would count again.
    let known = served.observations_of(&record.provider).into_iter().rev().find(|known| known.is_about_same(&record));
    let counts_through = known.map_or(record.counts_through, |known| known.counts_through.max(record.counts_through));
    Ok(Observation { counts_through, ..record })
}

/// What the same request recorded before; `None` if it has no key or is a new one.
///
/// # Errors
/// The key was used for another request, or the ledger is missing or failed.
pub(crate) async fn find_repeated(
    app: &AppState,
    repeat: Option<RepeatKey>,
) -> Result<Option<Vec<Arc<Observation>>>, Problem> {
    match find_repetition(app, repeat).await? {
        Some(LedgerReceipt::Repeated(sequences)) => recorded_under(app, &sequences).map(Some),
        Some(_) => Err(Problem::KeyReused),
        None => Ok(None),
    }
}

fn recorded_under(app: &AppState, sequences: &[Sequence]) -> Result<Vec<Arc<Observation>>, Problem> {
    check_read(app, sequences)?;
    let told = app.ledger_state();
    let logs = told.observations.values();
    let mut found: Vec<_> = logs.flat_map(|log| log.records()).filter(|(at, _)| sequences.contains(at)).collect();
    found.sort_by_key(|(at, _)| *at);
    Ok(found.into_iter().map(|(_, heard)| Arc::clone(heard)).collect())
}

/// What is recorded now of the provider, and what the caller wanted to record.
fn conflict(served: &LiveDirectory, records: &[Observation]) -> RecordConflict {
    let own = records.first().map(|heard| &heard.provider);
    let current = own.map(|own| served.observations_of(own)).unwrap_or_default();
    let json = |heard: &Observation| serde_json::to_value(ObservationJson::new(served, heard)).unwrap_or_default();
    RecordConflict {
        version: own.map_or_else(|| NO_RECORDS.to_owned(), |own| version_of(served, own)),
        current: current.into_iter().rev().take(MOST_LISTED).map(|heard| json(heard)).collect(),
        yours: records.iter().map(json).collect(),
    }
}

/// The withdrawal of the record `id`: a later record to the same question that decides nothing.
///
/// # Errors
/// There is no such record, or it is already withdrawn or replaced.
pub(crate) fn withdrawal_of(served: &LiveDirectory, id: ObservationId, unit: Option<String>) -> Result<HeardAnswer, Problem> {
    let mut logs = served.ledger_state().observations.values();
    // What another hospital of the group shares is read, and withdrawn only there.
    let is_own = |heard: &&Arc<Observation>| heard.hospital == served.ledger_state().hospital;
    let heard = logs.find_map(|log| log.find(id)).filter(is_own).cloned().ok_or(Problem::NoSuchObservation)?;
    let own = served.base().provider_of(&heard.provider).map_or_else(|| heard.provider.clone(), |own| own.id.clone());
    let records = served.observations_of(&own);
    let newest = records.iter().rev().find(|known| known.hospital == heard.hospital && known.is_about_same(&heard));
    if heard.answer == ObservedAnswer::Withdrawn || newest.is_some_and(|newest| newest.id != id) {
        let current = records.iter().rev().take(MOST_LISTED).map(|known| ObservationJson::new(served, known));
        let current = current.map(|json| serde_json::to_value(json).unwrap_or_default()).collect();
        let yours = vec![serde_json::to_value(ObservationJson::new(served, &heard)).unwrap_or_default()];
        return Err(Problem::Changed(RecordConflict { version: version_of(served, &own), current, yours }));
    }
    Ok(HeardAnswer {
        provider: own,
        service: heard.service,
        unit,
        said_by: None,
        asked: heard.asked.clone(),
        answer: ObservedAnswer::Withdrawn,
    })
}
