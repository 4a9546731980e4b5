//! Makes referral requests and records what happens to them, for the API, the pages and the answer
//! links.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api_keys::Principal;
use crate::ledger::event::{LedgerEvent, Sequence};
use crate::ledger::stored_referral::changes_of;
use crate::ledger::write::{ExpectedRecord, LedgerReceipt, LedgerWrite, RepeatKey};
use crate::overlay::LiveDirectory;
use crate::provider::ProviderId;
use crate::serve::counted_write::{append_counted, check_read};
use crate::serve::http::problem::{Problem, RecordConflict};
use crate::serve::http::write_conditions::WriteConditions;
use crate::serve::json::referral_request::{ReferralRequestJson, ReferralView};
use crate::serve::list_page::{ListPage, read_cursor, stale_cursor};
use crate::serve::observation_records::{complete, hospital_of};
use crate::serve::random_bytes::random;
use crate::serve::state::AppState;
use crate::service::Service;
use crate::statements::observation::{ObservedAnswer, ObservedQuestion};
use crate::statements::observation_parse::HeardAnswer;
use crate::statements::referral_request::change::{BY_LINK, ReferralAction, ReferralChange, ReferralDetails, ReferralStep};
use crate::statements::referral_request::learned::learn;
use crate::statements::referral_request::parse::{AddedProviders, RequestedStep};
use crate::statements::referral_request::record::ReferralRequest;
use crate::statements::referral_request::transition::StepRefusal;
use crate::statements::referral_request::{MissingInfo, ReferralId, ReferralParty, ReferralState};
use crate::statements::{DeclineReason, Outcome};

/// How often a write without a version is tried again when another one came first. Our choice.
const TRIES: usize = 5;
/// No change has this id, so a write that expects it is refused.
const NO_CHANGE: &str = "-";

/// Who records something about a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReferralRecorder<'a> {
    /// The principal; of an answer link [`link_principal`].
    pub(crate) principal: &'a Principal,
    /// On which side it is.
    pub(crate) party: ReferralParty,
}

impl<'a> ReferralRecorder<'a> {
    /// Staff of the hospital.
    pub(crate) fn desk(principal: &'a Principal) -> Self {
        Self { principal, party: ReferralParty::Hospital }
    }
}

/// The principal of an answer by a link. It has no name, and no address of a client is recorded.
pub(crate) fn link_principal() -> Principal {
    Principal { name: BY_LINK.to_owned(), ..Principal::anyone() }
}

/// The request with that id, as it is now.
///
/// # Errors
/// The hospital has none, or it is older than requests are kept.
pub(crate) fn find(served: &LiveDirectory, id: ReferralId) -> Result<Arc<ReferralRequest>, Problem> {
    served.ledger_state().referrals.get(id).cloned().ok_or(Problem::NoSuchReferral)
}

/// The open requests, oldest first, of one unit or of all.
pub(crate) fn open_requests(served: &LiveDirectory, unit: Option<&str>) -> Vec<Arc<ReferralRequest>> {
    let is_listed =
        |request: &&Arc<ReferralRequest>| request.is_open() && (unit.is_none() || request.details.unit.as_deref() == unit);
    let mut open: Vec<Arc<ReferralRequest>> = served.ledger_state().referrals.all().filter(is_listed).cloned().collect();
    open.sort_by_key(|request| place_in_list(request));
    open
}

/// A page of the open requests, from the one after `cursor`.
///
/// # Errors
/// No request has that cursor.
pub(crate) fn open_requests_page(
    served: &LiveDirectory,
    unit: Option<&str>,
    cursor: Option<&str>,
) -> Result<ListPage<Arc<ReferralRequest>>, Problem> {
    // The request of the cursor may have ended since.
    let place = |id| served.ledger_state().referrals.get(id).map(|last| place_in_list(last)).ok_or_else(stale_cursor);
    let after = read_cursor(cursor)?.map(place).transpose()?;
    let open = open_requests(served, unit).into_iter();
    let following = open.filter(|request| after.is_none_or(|after| place_in_list(request) > after));
    Ok(ListPage::first_of(following, |request| request.id.to_string()))
}

fn place_in_list(request: &ReferralRequest) -> (Timestamp, ReferralId) {
    (request.made_at, request.id)
}

/// Makes a request, or finds the one that the same call made before.
///
/// # Errors
/// The key was used for another call, the caller has reached its daily limit, or the ledger is
/// missing or failed.
pub(crate) async fn make(
    app: &AppState,
    caller: &Principal,
    details: ReferralDetails,
    repeat: Option<RepeatKey>,
) -> Result<Arc<ReferralRequest>, Problem> {
    let now = (app.now)();
    let id = ReferralId(random()?);
    let change = ReferralChange {
        id,
        request: id,
        hospital: hospital_of(app, caller).clone(),
        principal: caller.name.clone(),
        made_on: now.date(),
        at: now.timestamp(),
        what: ReferralAction::Made(details),
    };
    let made = ReferralRequest::made(&change).ok_or(Problem::Internal)?;
    let entries = [LedgerEvent::Referral(change)];
    match append_counted(app, caller, &LedgerWrite { hospital: None, entries: &entries, expected: None, repeat }).await? {
        // If the ledger could not be read after it was written, this is what it has.
        LedgerReceipt::Written(_) => Ok(app.ledger_state().referrals.get(id).cloned().unwrap_or_else(|| Arc::new(made))),
        LedgerReceipt::Repeated(sequences) => {
            check_read(app, &sequences)?;
            app.ledger_state().referrals.made_under(&sequences).cloned().ok_or(Problem::NoSuchReferral)
        }
        LedgerReceipt::KeyReused | LedgerReceipt::Changed => Err(Problem::KeyReused),
    }
}

/// Records a step of one provider, and what the directory learns from it, in one write.
///
/// # Errors
/// The step is not allowed, the request has changed since the caller read it, the key was used for
/// another call, or the ledger is missing or failed.
pub(crate) async fn record_step(
    app: &AppState,
    who: ReferralRecorder<'_>,
    (id, provider): (ReferralId, &ProviderId),
    requested: RequestedStep,
    conditions: &WriteConditions,
    repeat: Option<RepeatKey>,
) -> Result<Arc<ReferralRequest>, Problem> {
    let step = requested.step;
    let attempt = ReferralWrite { id, conditions, repeat, sent: step_json(step) };
    record_changes(app, who, attempt, |served, request, now| {
        request.check(provider, step.to, who.party, now).map_err(refused)?;
        entries(app, served, who, request, provider, requested, now)
    })
    .await
}

/// Records a change of the link of one provider. `action` makes it from the request as it is now. A
/// link that may still be used is replaced only by a caller that has seen it.
///
/// # Errors
/// `action` refuses, the request has changed since the caller read it, the key was used for another
/// call, or the ledger is missing or failed.
pub(crate) async fn record_link(
    app: &AppState,
    who: ReferralRecorder<'_>,
    id: ReferralId,
    (conditions, repeat): (&WriteConditions, Option<RepeatKey>),
    action: impl Fn(&ReferralRequest, Timestamp) -> Result<ReferralAction, Problem>,
) -> Result<Arc<ReferralRequest>, Problem> {
    let sent = match action(&*find(&*app.served()?, id)?, (app.now)().timestamp()) {
        Ok(action) => link_json(&action),
        Err(refused) if repeat.is_none() => return Err(refused),
        // It is only a repetition if the first call succeeded; otherwise it is refused again.
        Err(_) => Value::Null,
    };
    let attempt = ReferralWrite { id, conditions, repeat, sent };
    record_changes(app, who, attempt, |served, request, now| {
        let action = action(request, now)?;
        if conditions.seen.is_none() && ends_open_link(request, &action, now) {
            return Err(changed(app, served, request, link_json(&action)));
        }
        Ok(vec![LedgerEvent::Referral(change(who, request, now, action)?)])
    })
    .await
}

/// Asks further providers.
///
/// # Errors
/// One of them is asked already, the request has ended or would have too many, it has changed since
/// the caller read it, the key was used for another call, or the ledger is missing or failed.
pub(crate) async fn add_providers(
    app: &AppState,
    caller: &Principal,
    (id, added): (ReferralId, &AddedProviders),
    conditions: &WriteConditions,
    repeat: Option<RepeatKey>,
) -> Result<Arc<ReferralRequest>, Problem> {
    let who = ReferralRecorder::desk(caller);
    let names: Vec<&str> = added.providers.iter().map(ProviderId::as_str).collect();
    let attempt = ReferralWrite { id, conditions, repeat, sent: json!({ "providers": names }) };
    record_changes(app, who, attempt, |_, request, now| {
        added.check(request).map_err(refused)?;
        let AddedProviders { providers, reply_due } = added.clone();
        let what = ReferralAction::ProvidersAdded { providers, reply_due };
        Ok(vec![LedgerEvent::Referral(change(who, request, now, what)?)])
    })
    .await
}

/// Closes a request without a place: the providers are no longer asked.
///
/// # Errors
/// It has ended, it has changed since the caller read it, the key was used for another call, or the
/// ledger is missing or failed.
pub(crate) async fn close(
    app: &AppState,
    caller: &Principal,
    id: ReferralId,
    conditions: &WriteConditions,
    repeat: Option<RepeatKey>,
) -> Result<Arc<ReferralRequest>, Problem> {
    let who = ReferralRecorder::desk(caller);
    let attempt = ReferralWrite { id, conditions, repeat, sent: json!({ "close": true }) };
    record_changes(app, who, attempt, |served, request, now| {
        if !request.is_open() {
            return Err(refused(StepRefusal::Ended));
        }
        let mut entries = closing_entries(app, served, who, request, None, now)?;
        entries.push(LedgerEvent::Referral(change(who, request, now, ReferralAction::Closed)?));
        Ok(entries)
    })
    .await
}

/// A write about one request.
struct ReferralWrite<'a> {
    id: ReferralId,
    conditions: &'a WriteConditions,
    repeat: Option<RepeatKey>,
    /// What the caller sent, to show it beside what another caller has recorded.
    sent: Value,
}

/// Records what `made` makes of the request as it is now, once more if another write came first and
/// the caller has not sent a version.
async fn record_changes(
    app: &AppState,
    who: ReferralRecorder<'_>,
    attempt: ReferralWrite<'_>,
    made: impl Fn(&LiveDirectory, &ReferralRequest, Timestamp) -> Result<Vec<LedgerEvent>, Problem>,
) -> Result<Arc<ReferralRequest>, Problem> {
    let ReferralWrite { id, conditions, repeat, sent } = attempt;
    for _ in 0..TRIES {
        let served = app.served()?;
        let request = find(&served, id)?;
        let now = (app.now)().timestamp();
        let seen = conditions.seen.clone().unwrap_or_else(|| request.version.to_string());
        let is_current = seen == request.version.to_string();
        let made = if is_current { made(&served, &request, now) } else { Err(changed(app, &served, &request, sent.clone())) };
        let (entries, refused) = match made {
            Ok(entries) => (entries, None),
            // Only a repetition is looked for, because its first call has changed the request.
            Err(refused) => (Vec::new(), Some(refused)),
        };
        if let (Some(refused), None) = (&refused, &repeat) {
            return Err(refused.clone());
        }
        let newest = if refused.is_none() { seen } else { NO_CHANGE.to_owned() };
        let expected = ExpectedRecord::Newest { about: changes_of(&request.hospital, id), newest: Some(newest) };
        match append(app, who, &LedgerWrite { hospital: None, entries: &entries, expected: Some(expected), repeat }).await? {
            LedgerReceipt::Written(sequences) => return Ok(as_recorded(app, &request, &entries, &sequences)),
            LedgerReceipt::Repeated(sequences) => {
                check_read(app, &sequences)?;
                return find(&*app.served()?, id);
            }
            LedgerReceipt::KeyReused => return Err(Problem::KeyReused),
            LedgerReceipt::Changed => {
                if let Some(refused) = refused {
                    return Err(refused);
                }
                if conditions.seen.is_some() {
                    let served = app.served()?;
                    let current = find(&served, id)?;
                    return Err(changed(app, &served, &current, sent.clone()));
                }
            }
        }
    }
    Err(Problem::Busy)
}

/// Whether a new link ends one that may still be used.
fn ends_open_link(request: &ReferralRequest, action: &ReferralAction, now: Timestamp) -> bool {
    let ReferralAction::LinkMade { provider, .. } = action else { return false };
    request.asked(provider).is_some_and(|asked| asked.open_link(now).is_some())
}

/// Appends for `who`. What a link records is bounded by the link itself.
async fn append(app: &AppState, who: ReferralRecorder<'_>, write: &LedgerWrite<'_>) -> Result<LedgerReceipt, Problem> {
    match who.party {
        ReferralParty::Hospital => append_counted(app, who.principal, write).await,
        ReferralParty::Provider => app.append(write).await,
    }
}

/// The request after `entries`, which were recorded under `sequences`. If the ledger could not be
/// read after it was written, they are applied to what was known before.
fn as_recorded(
    app: &AppState,
    before: &ReferralRequest,
    entries: &[LedgerEvent],
    sequences: &[Sequence],
) -> Arc<ReferralRequest> {
    let known = app.ledger_state().referrals.get(before.id).cloned();
    if let Some(known) = known.filter(|_| check_read(app, sequences).is_ok()) {
        return known;
    }
    let mut request = before.clone();
    for entry in entries {
        if let LedgerEvent::Referral(change) = entry {
            request.apply(change);
        }
    }
    Arc::new(request)
}

/// The step, the steps that follow from it, and what is learned from each.
fn entries(
    app: &AppState,
    served: &LiveDirectory,
    who: ReferralRecorder<'_>,
    request: &ReferralRequest,
    provider: &ProviderId,
    requested: RequestedStep,
    now: Timestamp,
) -> Result<Vec<LedgerEvent>, Problem> {
    let mut entries = Vec::new();
    if requested.step.to == ReferralState::Confirmed {
        entries = closing_entries(app, served, who, request, Some(provider), now)?;
    }
    entries.extend(step_entries(app, served, who, request, provider, requested, now)?);
    Ok(entries)
}

/// The steps of the providers that are no longer asked, all but `kept`.
fn closing_entries(
    app: &AppState,
    served: &LiveDirectory,
    who: ReferralRecorder<'_>,
    request: &ReferralRequest,
    kept: Option<&ProviderId>,
    now: Timestamp,
) -> Result<Vec<LedgerEvent>, Problem> {
    let mut entries = Vec::new();
    for (provider, step) in request.closing_steps(kept, now) {
        let requested = RequestedStep { step, reply_due: None };
        entries.extend(step_entries(app, served, who, request, &provider, requested, now)?);
    }
    Ok(entries)
}

/// One step, and what is learned from it.
fn step_entries(
    app: &AppState,
    served: &LiveDirectory,
    who: ReferralRecorder<'_>,
    request: &ReferralRequest,
    provider: &ProviderId,
    RequestedStep { step, reply_due }: RequestedStep,
    now: Timestamp,
) -> Result<Vec<LedgerEvent>, Problem> {
    let mut entries = learned(app, served, who, request, provider, step)?;
    let reply_due = reply_due.filter(|_| step.to == ReferralState::Asked);
    let what = ReferralAction::Moved { provider: provider.clone(), step, by: who.party, reply_due };
    entries.push(LedgerEvent::Referral(change(who, request, now, what)?));
    Ok(entries)
}

/// The outcome and the observations of one reply.
fn learned(
    app: &AppState,
    served: &LiveDirectory,
    who: ReferralRecorder<'_>,
    request: &ReferralRequest,
    provider: &ProviderId,
    step: ReferralStep,
) -> Result<Vec<LedgerEvent>, Problem> {
    let learned = learn(request, provider, step);
    // A refresh may have given the provider another id since it was asked.
    let current = served.base().provider_of(provider).map_or_else(|| provider.clone(), |known| known.id.clone());
    let service = request.details.service;
    let asked_at = request.asked(provider).map(|asked| asked.asked_at);
    let asked_on = asked_at.map_or(served.today(), |at| at.to_zoned((app.now)().time_zone().clone()).date());
    let payer_class = request.details.payer_class;
    let outcome = learned.reply.map(|(reply, origin)| {
        let (hospital, provider) = (request.hospital.clone(), current.clone());
        LedgerEvent::Outcome(Outcome { hospital, provider, service, asked_on, reply, payer_class, origin })
    });
    let mut entries: Vec<LedgerEvent> = Vec::new();
    for (asked, answer) in learned.answers {
        if answer == ObservedAnswer::Withdrawn && !is_yes(served, &current, service, &asked) {
            continue;
        }
        let (provider, unit) = (current.clone(), request.details.unit.clone());
        let heard = HeardAnswer { provider, service, unit, said_by: None, asked, answer };
        entries.push(LedgerEvent::Observation(complete(app, served, who.principal, heard)?));
    }
    // After the answers: an acceptance ends an earlier "room".
    Ok(entries.into_iter().chain(outcome).collect())
}

/// Whether the newest record of a question is a yes. Another answer came later, or was withdrawn already, and stays.
fn is_yes(served: &LiveDirectory, own: &ProviderId, service: Service, asked: &ObservedQuestion) -> bool {
    let records = served.observations_of(own);
    let newest = records.iter().rev().find(|heard| heard.service == service && heard.asked == *asked);
    newest.is_some_and(|heard| heard.answer == ObservedAnswer::Yes)
}

fn change(
    who: ReferralRecorder<'_>,
    request: &ReferralRequest,
    at: Timestamp,
    what: ReferralAction,
) -> Result<ReferralChange, Problem> {
    Ok(ReferralChange {
        id: ReferralId(random()?),
        request: request.id,
        hospital: request.hospital.clone(),
        principal: who.principal.name.clone(),
        made_on: request.made_on,
        at,
        what,
    })
}

fn refused(refusal: StepRefusal) -> Problem {
    match refusal {
        StepRefusal::NotAsked => Problem::NoSuchReferral,
        other => Problem::StepRefused { why: other.to_string() },
    }
}

/// What is recorded now, and what the caller wanted to record.
fn changed(app: &AppState, served: &LiveDirectory, request: &ReferralRequest, yours: Value) -> Problem {
    let view = ReferralView { served, now: (app.now)().timestamp() };
    let current = serde_json::to_value(ReferralRequestJson::new(view, request)).unwrap_or_default();
    let version = request.version.to_string();
    Problem::Changed(RecordConflict { version, current: vec![current], yours: vec![yours] })
}

fn step_json(step: ReferralStep) -> Value {
    json!({
        "state": step.to.code(),
        "why": step.why.map(DeclineReason::code),
        "missing": step.missing.map(MissingInfo::code),
    })
}

/// A change of a link, without its token.
fn link_json(action: &ReferralAction) -> Value {
    match action {
        ReferralAction::LinkMade { provider, link } => json!({
            "provider": provider.as_str(),
            "link": {"expires_at": link.expires_at, "has_pin": link.pin.is_some()},
        }),
        ReferralAction::LinkRevoked { provider } => json!({"provider": provider.as_str(), "revoke": true}),
        ReferralAction::Made(_)
        | ReferralAction::Moved { .. }
        | ReferralAction::PinMissed { .. }
        | ReferralAction::ProvidersAdded { .. }
        | ReferralAction::Closed => json!({}),
    }
}
