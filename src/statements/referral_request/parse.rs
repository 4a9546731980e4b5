//! Second stage of parsing referral requests: checks their fields against each other, the directory,
//! the units of the hospital and the date.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use crate::input::errors::FieldErrors;
use crate::input::field::{Field, InputType};
use crate::input::place::FieldPlace;
use crate::provider::ProviderId;
use crate::service::{Limit, Service};
use crate::statements::DeclineReason;
use crate::statements::observation::{CoverageField, after};
use crate::statements::observation_parse::{NamedCoverage, ObservationContext, known_unit, read_coverage};
use crate::statements::parse::OutcomeRejection;
use crate::statements::referral_request::answer_link::LinkPin;
use crate::statements::referral_request::body::USUAL_REPLY_HOURS;
use crate::statements::referral_request::body::{
    AddProvidersBody, AnswerLinkBody, CloseBody, ReferralBody, ReferralStepBody, RevokeLinkBody,
};
use crate::statements::referral_request::change::{ReferralDetails, ReferralStep};
use crate::statements::referral_request::label::RequestLabel;
use crate::statements::referral_request::record::ReferralRequest;
use crate::statements::referral_request::region::ReferralRegion;
use crate::statements::referral_request::transition::StepRefusal;
use crate::statements::referral_request::weight_band::{BAND_LB, WeightBand};
use crate::statements::referral_request::{MOST_ASKED, REQUEST_DAYS, ReferralState};

/// Parses a request that is made at `now`.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn request(raw: &Value, context: &ObservationContext<'_>, now: Timestamp) -> Result<ReferralDetails, FieldErrors> {
    let mut faults = FieldErrors::default();
    let body = ReferralBody::read(raw, FieldPlace::ROOT, &mut faults);
    let details = body.and_then(|body| read_request(&body, context, now, &mut faults));
    let faults = faults.in_order_of(ReferralBody::NAMES);
    match details {
        Some(details) => faults.or(details),
        None => Err(faults),
    }
}

fn read_request(
    body: &ReferralBody,
    context: &ObservationContext<'_>,
    now: Timestamp,
    faults: &mut FieldErrors,
) -> Option<ReferralDetails> {
    check_agreed(&body.patient_agreed, faults);
    let providers = read_providers(&body.providers, body.service.given().copied(), context, faults);
    let needs = distinct(&body.needs, faults);
    let limits = distinct(&body.limits, faults);
    let weight = read_weight(&body.weight_up_to, &limits, faults);
    let unit = known_unit(&body.unit, context.units, faults);
    let label = read_label(&body.label, unit.as_ref().ok().and_then(Option::as_deref), context.units, faults);
    let discharge_on = read_discharge_day(&body.discharge_on, context.today, faults);
    let coverage = read_named_coverage(body, context, faults);
    let region = if body.region.is_present() { Some(*body.region.given()?) } else { None };
    let payer_class = if body.payer_class.is_present() { Some(*body.payer_class.given()?) } else { None };
    Some(ReferralDetails {
        unit: unit.ok()?,
        label: label?,
        service: *body.service.given()?,
        needs,
        limits,
        payer_class,
        coverage: coverage?,
        discharge_on: discharge_on?,
        region: region.and_then(|digits| ReferralRegion::of_digits(digits.0.into())),
        has_substance_use_consent: body.substance_use_consent.given_or(false)?,
        weight: weight?,
        reply_due: in_hours(now, *body.reply_hours.given()?),
        providers: providers?,
    })
}

/// The band of the weight, with the limit it is about.
#[expect(clippy::option_option, reason = "not given and refused are different")]
fn read_weight(typed: &Field<u32>, limits: &[Limit], faults: &mut FieldErrors) -> Option<Option<WeightBand>> {
    if !typed.is_present() {
        return Some(None);
    }
    let band = WeightBand::up_to(*typed.given()?);
    if band.is_none() {
        let detail = format!("a band ends at a multiple of {BAND_LB} lb");
        faults.add(typed.at, "not_a_band", detail, Some("500 for 451 to 500 lb".to_owned()));
    } else if !limits.contains(&Limit::MaxWeight) {
        let detail = format!("only with the limit {}", Limit::MaxWeight.code());
        faults.add(typed.at, "does_not_apply", detail, None);
    }
    band.map(Some)
}

/// The label, made of the words of the unit, or of any unit of the hospital if none is named. An error does not repeat it: it may
/// name a patient.
#[expect(clippy::option_option, reason = "not given and refused are different")]
fn read_label(
    typed: &Field<String>,
    unit: Option<&str>,
    units: &[String],
    faults: &mut FieldErrors,
) -> Option<Option<RequestLabel>> {
    if !typed.is_present() {
        return Some(None);
    }
    let text = typed.given()?;
    let others = units.iter().filter(|_| unit.is_none());
    let by_other = || others.clone().find_map(|other| RequestLabel::parse(text, Some(other)).ok());
    match RequestLabel::parse(text, unit).or_else(|why| by_other().ok_or(why)) {
        Ok(label) => Some(Some(label)),
        Err(why) => {
            let example = RequestLabel::example(unit.or_else(|| units.first().map(String::as_str)));
            let hint = match (unit, units) {
                (None, []) => format!("type a number of at most three digits, such as {example:?}"),
                _ => format!("type the unit or its initials and a number, such as {example:?}"),
            };
            faults.add(typed.at, why.code(), why.to_string(), Some(hint));
            None
        }
    }
}

fn check_agreed(agreed: &Field<bool>, faults: &mut FieldErrors) {
    if agreed.given() == Some(&false) {
        let detail = "no request is sent before the patient has the list and agreed";
        faults.add(agreed.at, "not_agreed", detail, None);
    }
}

/// The providers by their ids in the directory, each once.
fn read_providers(
    typed: &Field<Vec<Field<ProviderId>>>,
    service: Option<Service>,
    context: &ObservationContext<'_>,
    faults: &mut FieldErrors,
) -> Option<Vec<ProviderId>> {
    let mut own: Vec<ProviderId> = Vec::new();
    for (at, id) in typed.items() {
        match (context.known)(id, service) {
            Ok(known) if own.contains(&known) => faults.add(at, "repeated", "this provider is already asked", None),
            Ok(known) => own.push(known),
            Err(OutcomeRejection::NoSuchProvider) => {
                faults.add(at, "no_such_provider", "the directory has no provider with that id", None);
            }
            Err(OutcomeRejection::OtherService) => {
                let detail = "the directory does not list this service for the provider";
                faults.add(at, "does_not_apply", detail, None);
            }
        }
    }
    (own.len() == typed.given()?.len()).then_some(own)
}

/// The items, of which each may be given once.
fn distinct<T: Copy + PartialEq>(list: &Field<Vec<Field<T>>>, faults: &mut FieldErrors) -> Vec<T> {
    let mut known: Vec<T> = Vec::new();
    for (at, item) in list.items() {
        if known.contains(item) {
            faults.add(at, "repeated", "this is already in the list", None);
        } else {
            known.push(*item);
        }
    }
    known
}

fn read_discharge_day(typed: &Field<Date>, today: Date, faults: &mut FieldErrors) -> Option<Date> {
    let day = typed.given_or(today)?;
    let last = after(today, REQUEST_DAYS);
    if day < today {
        faults.add(typed.at, "in_the_past", format!("today is {today}"), None);
        return None;
    }
    if day > last {
        faults.add(typed.at, "too_far_ahead", format!("the day may be at most {last}"), None);
        return None;
    }
    Some(day)
}

#[expect(clippy::option_option, reason = "not given and not known are different")]
fn read_named_coverage(
    body: &ReferralBody,
    context: &ObservationContext<'_>,
    faults: &mut FieldErrors,
) -> Option<Option<(CoverageField, String)>> {
    let named = NamedCoverage { plan: &body.plan, network: &body.network, payer: &body.payer };
    let given = [&body.plan, &body.network, &body.payer].into_iter().filter(|field| field.is_present());
    let mut given = given.map(|field| field.at);
    match (given.next(), given.next()) {
        (None, _) => Some(None),
        (Some(_), None) => read_coverage(named, context.plans, faults).map(Some),
        (_, Some(second)) => {
            faults.add(second, "conflict", "give one of plan, network and payer", None);
            None
        }
    }
}

/// Further providers that a request asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AddedProviders {
    /// The providers.
    pub(crate) providers: Vec<ProviderId>,
    /// When their replies are due.
    pub(crate) reply_due: Timestamp,
}

impl AddedProviders {
    /// Whether `request` may ask them.
    ///
    /// # Errors
    /// Why it may not.
    pub(crate) fn check(&self, request: &ReferralRequest) -> Result<(), StepRefusal> {
        if request.is_confirmed() {
            return Err(StepRefusal::OtherConfirmed);
        }
        if self.providers.iter().any(|provider| request.asked(provider).is_some()) {
            return Err(StepRefusal::AskedAlready);
        }
        if request.providers.len() + self.providers.len() > MOST_ASKED {
            return Err(StepRefusal::TooMany);
        }
        Ok(())
    }
}

/// Parses the providers that are added to a request for `service` at `now`.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn added(
    raw: &Value,
    service: Service,
    context: &ObservationContext<'_>,
    now: Timestamp,
) -> Result<AddedProviders, FieldErrors> {
    let mut faults = FieldErrors::default();
    let body = AddProvidersBody::read(raw, FieldPlace::ROOT, &mut faults);
    let added = body.and_then(|body| {
        check_agreed(&body.patient_agreed, &mut faults);
        let providers = read_providers(&body.providers, Some(service), context, &mut faults)?;
        Some(AddedProviders { providers, reply_due: in_hours(now, *body.reply_hours.given()?) })
    });
    let faults = faults.in_order_of(AddProvidersBody::NAMES);
    match added {
        Some(added) => faults.or(added),
        None => Err(faults),
    }
}

/// Parses the order to close a request.
///
/// # Errors
/// It is not one.
pub(crate) fn closing(raw: &Value) -> Result<(), FieldErrors> {
    let mut faults = FieldErrors::default();
    let body = CloseBody::read(raw, FieldPlace::ROOT, &mut faults);
    if let Some(field) = body.map(|body| body.close).filter(|field| field.given() == Some(&false)) {
        faults.add(field.at, "does_not_apply", "a request that is not closed needs no call", None);
    }
    faults.or(())
}

/// A step of one provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestedStep {
    /// The state with its reason.
    pub(crate) step: ReferralStep,
    /// For [`ReferralState::Asked`]: when the reply is due.
    pub(crate) reply_due: Option<Timestamp>,
}

/// Parses a step of `request`.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn step(raw: &Value, request: &ReferralRequest, now: Timestamp) -> Result<RequestedStep, FieldErrors> {
    let mut faults = FieldErrors::default();
    let body = ReferralStepBody::read(raw, FieldPlace::ROOT, &mut faults);
    let step = body.and_then(|body| read_step(&body, request, now, &mut faults));
    let faults = faults.in_order_of(ReferralStepBody::NAMES);
    match step {
        Some(step) => faults.or(step),
        None => Err(faults),
    }
}

fn read_step(
    body: &ReferralStepBody,
    request: &ReferralRequest,
    now: Timestamp,
    faults: &mut FieldErrors,
) -> Option<RequestedStep> {
    let to = *body.state.given()?;
    let only_for = [
        (body.why.is_present(), body.why.at, ReferralState::Declined),
        (body.missing.is_present(), body.missing.at, ReferralState::NeedMore),
        (body.patient_chose.is_present(), body.patient_chose.at, ReferralState::Confirmed),
        (body.reply_hours.is_present(), body.reply_hours.at, ReferralState::Asked),
    ];
    for (_, at, state) in only_for.into_iter().filter(|(is_given, _, state)| *is_given && *state != to) {
        faults.add(at, "does_not_apply", format!("only the state {} has this", state.code()), None);
    }
    if to == ReferralState::Confirmed && body.patient_chose.given() != Some(&true) {
        let hint = Some("true, once the patient has chosen".to_owned());
        faults.add(body.patient_chose.at, "missing", "only the patient's choice confirms a provider", hint);
    }
    if to == ReferralState::NeedMore && !body.missing.is_present() {
        faults.add(body.missing.at, "missing", "what does the provider need to know?", None);
    }
    let why = match to {
        ReferralState::Declined => Some(body.why.given_or(DeclineReason::NotSaid)?),
        _ => None,
    };
    if why.is_some_and(|why| !is_of(request, why)) {
        faults.add(body.why.at, "does_not_apply", "the request does not have this need or limit", None);
    }
    let missing = body.missing.given().copied().filter(|_| to == ReferralState::NeedMore);
    let hours = body.reply_hours.given().copied().unwrap_or(USUAL_REPLY_HOURS);
    let reply_due = (to == ReferralState::Asked).then(|| in_hours(now, hours));
    Some(RequestedStep { step: ReferralStep { to, why, missing }, reply_due })
}

/// Whether a reason is about this request.
pub(crate) fn is_of(request: &ReferralRequest, why: DeclineReason) -> bool {
    match why {
        DeclineReason::Need(need) => request.details.needs.contains(&need),
        DeclineReason::Limit(limit) => request.details.limits.contains(&limit),
        _ => true,
    }
}

/// Parses how long a link is valid, and its PIN.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn link(raw: &Value, now: Timestamp) -> Result<(Timestamp, Option<LinkPin>), FieldErrors> {
    let mut faults = FieldErrors::default();
    let body = AnswerLinkBody::read(raw, FieldPlace::ROOT, &mut faults);
    match body.and_then(|body| Some((*body.hours.given()?, body.pin.given().cloned()))) {
        Some((hours, pin)) => faults.or((in_hours(now, hours), pin)),
        None => Err(faults),
    }
}

/// Parses the order to revoke a link.
///
/// # Errors
/// It is not one.
pub(crate) fn revocation(raw: &Value) -> Result<(), FieldErrors> {
    let mut faults = FieldErrors::default();
    let body = RevokeLinkBody::read(raw, FieldPlace::ROOT, &mut faults);
    if let Some(field) = body.map(|body| body.revoke).filter(|field| field.given() == Some(&false)) {
        faults.add(field.at, "does_not_apply", "a link that is not revoked needs no request", None);
    }
    faults.or(())
}

fn in_hours(now: Timestamp, hours: u32) -> Timestamp {
    now.saturating_add(i64::from(hours).hours()).unwrap_or(now)
}
