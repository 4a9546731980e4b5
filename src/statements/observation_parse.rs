//! Second stage of parsing observations: checks their fields against each other, the directory, the
//! units of the hospital and the date.

use jiff::civil::Date;
use serde_json::Value;

use crate::coverage::names::{PlanLookup, plan_with_payer, resolve_plan};
use crate::coverage::{Coverage, PlanDirectory};
use crate::fuzzy::did_you_mean;
use crate::input::errors::FieldErrors;
use crate::input::field::{Field, InputType};
use crate::input::place::FieldPlace;
use crate::provider::ProviderId;
use crate::service::Service;
use crate::statements::observation::{
    ContactRole, CoverageField, FARTHEST_ROOM_DAYS, ObservedAnswer, ObservedQuestion, after,
};
use crate::statements::observation_request::{ObservationRequest, ObservationsRequest, WithdrawRequest};
use crate::statements::parse::OutcomeRejection;
use crate::statements::request::largest;

/// What observations are checked against.
pub(crate) struct ObservationContext<'a> {
    /// The day they are recorded.
    pub(crate) today: Date,
    /// The units of the hospital.
    pub(crate) units: &'a [String],
    /// The plans, networks and payers of the directory.
    pub(crate) plans: &'a PlanDirectory,
    /// Returns the directory's id of a provider that offers the service.
    pub(crate) known: ProviderFinder<'a>,
}

/// Returns the directory's id of a provider that offers the service.
pub(crate) type ProviderFinder<'a> = &'a dyn Fn(&ProviderId, Option<Service>) -> Result<ProviderId, OutcomeRejection>;

/// An answer that was heard, before it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeardAnswer {
    /// The provider, by its id in the directory.
    pub(crate) provider: ProviderId,
    /// The service.
    pub(crate) service: Service,
    /// The unit that asked.
    pub(crate) unit: Option<String>,
    /// Who answered.
    pub(crate) said_by: Option<ContactRole>,
    /// What was asked.
    pub(crate) asked: ObservedQuestion,
    /// The answer.
    pub(crate) answer: ObservedAnswer,
}

/// Parses `{"observations": […]}`.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn observations(raw: &Value, context: &ObservationContext<'_>) -> Result<Vec<HeardAnswer>, FieldErrors> {
    let mut faults = FieldErrors::default();
    let request = ObservationsRequest::read(raw, FieldPlace::ROOT, &mut faults);
    let mut heard: Vec<(HeardAnswer, FieldPlace)> = Vec::new();
    for (at, item) in request.iter().flat_map(|request| request.observations.items()) {
        let Some(answer) = read_observation(item, context, &mut faults) else { continue };
        let same = |known: &HeardAnswer| {
            (&known.provider, known.service, &known.asked) == (&answer.provider, answer.service, &answer.asked)
        };
        if let Some((_, other)) = heard.iter().find(|(known, _)| same(known)) {
            let hint = Some("report each question once".to_owned());
            faults.add(at, "repeated", format!("this is already answered at {other}"), hint);
        }
        heard.push((answer, at));
    }
    faults.in_order_of(ObservationsRequest::NAMES).or(heard.into_iter().map(|(answer, _)| answer).collect())
}

/// Parses the body of a withdrawal: the unit that withdraws.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn withdrawal(raw: &Value, units: &[String]) -> Result<Option<String>, FieldErrors> {
    let mut faults = FieldErrors::default();
    let request = WithdrawRequest::read(raw, FieldPlace::ROOT, &mut faults);
    let unit = request.and_then(|request| known_unit(&request.unit, units, &mut faults).ok()?);
    faults.or(unit)
}

fn read_observation(
    request: &ObservationRequest,
    context: &ObservationContext<'_>,
    faults: &mut FieldErrors,
) -> Option<HeardAnswer> {
    let ObservationRequest { provider, service, .. } = request;
    let own = provider.given().and_then(|id| match (context.known)(id, service.given().copied()) {
        Ok(own) => Some(own),
        Err(OutcomeRejection::NoSuchProvider) => {
            faults.add(provider.at, "no_such_provider", "the directory has no provider with that id", None);
            None
        }
        Err(OutcomeRejection::OtherService) => {
            let detail = "the directory does not list this service for the provider";
            faults.add(service.at, "does_not_apply", detail, None);
            None
        }
    });
    let unit = known_unit(&request.unit, context.units, faults);
    let heard = read_answer(request, context, faults);
    let (asked, answer) = heard?;
    if answer.holds_until(context.today).is_some() && !request.said_by.is_present() {
        let hint = format!("one of {}", ContactRole::ALL.map(ContactRole::code).join(", "));
        faults.add(request.said_by.at, "missing", "who at the provider said so?", Some(hint));
    }
    let said_by = if request.said_by.is_present() { Some(*request.said_by.given()?) } else { None };
    Some(HeardAnswer { provider: own?, service: *service.given()?, unit: unit.ok()?, said_by, asked, answer })
}

/// The unit, if one is given; an error, which is reported, if it is not one of the hospital's.
pub(crate) fn known_unit(unit: &Field<String>, units: &[String], faults: &mut FieldErrors) -> Result<Option<String>, ()> {
    if !unit.is_present() {
        return Ok(None);
    }
    let typed = unit.given().ok_or(())?;
    if let Some(known) = units.iter().find(|known| *known == typed) {
        return Ok(Some(known.clone()));
    }
    // The text may be anything, so the error does not repeat it.
    let detail = "hospital.toml has no such unit".to_owned();
    faults.unknown(unit.at, "no_such_unit", detail, typed, units.iter().map(String::as_str));
    Err(())
}

/// What was asked and answered.
fn read_answer(
    request: &ObservationRequest,
    context: &ObservationContext<'_>,
    faults: &mut FieldErrors,
) -> Option<(ObservedQuestion, ObservedAnswer)> {
    let ObservationRequest { need, limit, plan, network, payer, answer, .. } = request;
    days_apply(request, faults);
    if request.value.is_present() && !limit.is_present() {
        faults.add(request.value.at, "does_not_apply", "only a limit has a value", None);
    }
    let subjects = [
        (need.is_present(), need.at),
        (limit.is_present(), limit.at),
        (plan.is_present(), plan.at),
        (network.is_present(), network.at),
        (payer.is_present(), payer.at),
    ];
    let mut given = subjects.into_iter().filter(|(is_given, _)| *is_given).map(|(_, at)| at);
    let subject = given.next();
    if let Some(second) = given.next() {
        faults.add(second, "conflict", "give one of need, limit, plan, network and payer", None);
        return None;
    }
    if limit.is_present() {
        return read_limit(request, faults);
    }
    if !answer.is_present() {
        let hint = r#"such as {"need": "resp.vent", "answer": "yes"} or {"answer": "no_room", "through": "2026-12-24"}"#;
        faults.add(answer.at, "missing", "what was the answer?", Some(hint.to_owned()));
    }
    let said = *answer.given()?;
    let decides = matches!(said, ObservedAnswer::Yes | ObservedAnswer::No);
    match subject {
        Some(at) if !decides => {
            faults.add(at, "does_not_apply", "this answer is not about a need or a plan", None);
            None
        }
        Some(_) if need.is_present() => Some((ObservedQuestion::Need(*need.given()?), said)),
        Some(_) => {
            let named = NamedCoverage { plan, network, payer };
            let (field, name) = read_coverage(named, context.plans, faults)?;
            Some((ObservedQuestion::Coverage(field, name), said))
        }
        None if decides => {
            let hint = Some("add need, plan, network or payer; for room answer room or no_room".to_owned());
            faults.add(answer.at, "missing", "yes or no to what?", hint);
            None
        }
        None => read_room(request, said, context.today, faults),
    }
}

fn days_apply(request: &ObservationRequest, faults: &mut FieldErrors) {
    let said = request.answer.given();
    if request.from.is_present() && !matches!(said, Some(ObservedAnswer::Room(_))) {
        faults.add(request.from.at, "does_not_apply", "only the answer room has a first day", None);
    }
    if request.through.is_present() && !matches!(said, Some(ObservedAnswer::NoRoom(_))) {
        faults.add(request.through.at, "does_not_apply", "only the answer no_room has a last day", None);
    }
}

fn read_limit(request: &ObservationRequest, faults: &mut FieldErrors) -> Option<(ObservedQuestion, ObservedAnswer)> {
    let ObservationRequest { limit, value, answer, .. } = request;
    if answer.is_present() {
        faults.add(answer.at, "does_not_apply", "a limit takes a value, not an answer", None);
    }
    if !value.is_present() {
        faults.add(value.at, "missing", "give the limit of the provider, not the number of a patient", None);
    }
    let (limit, number) = (*limit.given()?, *value.given()?);
    let most = largest(limit);
    if number > most {
        faults.add(value.at, "out_of_range", format!("expected a whole number from 0 to {most}"), None);
        return None;
    }
    Some((ObservedQuestion::Limit(limit), ObservedAnswer::Value(number)))
}

/// Room with its days, or a call that nobody answered.
fn read_room(
    request: &ObservationRequest,
    said: ObservedAnswer,
    today: Date,
    faults: &mut FieldErrors,
) -> Option<(ObservedQuestion, ObservedAnswer)> {
    let mut day = |field: &Field<Date>| {
        if !field.is_present() {
            return Some(None);
        }
        let (day, last) = (*field.given()?, after(today, FARTHEST_ROOM_DAYS));
        if day < today {
            faults.add(field.at, "in_the_past", format!("{day} is past; today is {today}"), None);
        } else if day > last {
            faults.add(field.at, "out_of_range", format!("the day may be at most {last}"), None);
        }
        Some(Some(day))
    };
    match said {
        // Room from today on is room.
        ObservedAnswer::Room(_) => {
            let from = day(&request.from)?.filter(|from| *from > today);
            Some((ObservedQuestion::Room, ObservedAnswer::Room(from)))
        }
        ObservedAnswer::NoRoom(_) => Some((ObservedQuestion::Room, ObservedAnswer::NoRoom(day(&request.through)?))),
        other => Some((ObservedQuestion::Call, other)),
    }
}

/// The fields of which one names a coverage.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NamedCoverage<'a> {
    pub(crate) plan: &'a Field<String>,
    pub(crate) network: &'a Field<String>,
    pub(crate) payer: &'a Field<String>,
}

/// The plan, network or payer by its name in the directory.
pub(crate) fn read_coverage(
    request: NamedCoverage<'_>,
    plans: &PlanDirectory,
    faults: &mut FieldErrors,
) -> Option<(CoverageField, String)> {
    let unknown = "the directory has none with that name";
    if request.plan.is_present() {
        let typed = request.plan.given()?;
        let offer = |found: Vec<usize>| {
            let names: Vec<String> =
                found.into_iter().filter_map(|at| plans.plans.get(at)).map(|plan| plan_with_payer(plan, plans)).collect();
            did_you_mean(&names.iter().map(String::as_str).collect::<Vec<_>>())
        };
        return match resolve_plan(typed, plans) {
            PlanLookup::One(at) => {
                let name = &plans.plans.get(at)?.name;
                // A question knows its plan by name alone, so the answer could be read as one about another payer's plan.
                if plans.plans.iter().filter(|plan| plan.name.eq_ignore_ascii_case(name)).count() > 1 {
                    let hint = Some("report the network or the payer".to_owned());
                    faults.add(request.plan.at, "ambiguous", "two payers have a plan with that name", hint);
                    return None;
                }
                Some((CoverageField::Plan, name.clone()))
            }
            PlanLookup::Several(found) => {
                faults.add(request.plan.at, "ambiguous", "more than one plan matches that name", offer(found));
                None
            }
            PlanLookup::None(alike) => {
                faults.add(request.plan.at, "no_such_coverage", unknown, offer(alike));
                None
            }
        };
    }
    let (field, typed, names): (_, _, Vec<&str>) = if request.network.is_present() {
        (CoverageField::Network, request.network, plans.networks.iter().map(|network| network.name.as_str()).collect())
    } else {
        (CoverageField::Payer, request.payer, plans.payers.iter().map(|payer| payer.name.as_str()).collect())
    };
    let name = typed.given()?.trim();
    if let Some(known) = names.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        return Some((field, (*known).to_owned()));
    }
    faults.unknown(typed.at, "no_such_coverage", unknown.to_owned(), name, names);
    None
}

/// The question about `coverage`, if the directory knows it by name.
pub(crate) fn coverage_question(coverage: &Coverage) -> Option<ObservedQuestion> {
    let Coverage::Networks { named_by, name, .. } = coverage else { return None };
    let field = CoverageField::ALL.into_iter().find(|field| field.code() == *named_by)?;
    Some(ObservedQuestion::Coverage(field, name.clone()))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    fn read(raw: &Value) -> Result<Vec<HeardAnswer>, FieldErrors> {
        let units = ["4 West".to_owned()];
        let known = |id: &ProviderId, _: Option<Service>| Ok(id.clone());
        let plans = PlanDirectory::default();
        observations(raw, &ObservationContext { today: date(2026, 11, 21), units: &units, plans: &plans, known: &known })
    }

    fn faults(items: &Value) -> Vec<String> {
        let faults = read(&json!({"observations": items})).unwrap_err();
        faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.code)).collect()
    }

    #[test]
    fn each_form_is_read() {
        let base = json!({"provider": "ccn:425003", "service": "skilled_nursing", "said_by": "admissions", "unit": "4 West"});
        let with = |more: Value| {
            let mut item = base.clone();
            item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            item
        };
        let items = json!([
            with(json!({"need": "resp.vent", "answer": "no"})),
            with(json!({"limit": "size.max_lb", "value": 350})),
            with(json!({"answer": "room", "from": "2026-12-01"})),
            json!({"provider": "ccn:425003", "service": "hospice", "answer": "left_message"}),
        ]);
        let heard = read(&json!({"observations": items})).unwrap();
        let answers: Vec<_> = heard.iter().map(|heard| heard.answer).collect();
        let room = ObservedAnswer::Room(Some(date(2026, 12, 1)));
        assert_eq!(answers, [ObservedAnswer::No, ObservedAnswer::Value(350), room, ObservedAnswer::LeftMessage]);
        assert_eq!((heard[0].unit.as_deref(), heard[3].said_by), (Some("4 West"), None));
    }

    #[test]
    fn everything_wrong_is_reported_at_once_and_no_text_is_taken() {
        let items = json!([
            {"provider": "ccn:425003", "service": "skilled_nursing", "need": "resp.vent", "answer": "yes"},
            {"provider": "ccn:425003", "service": "skilled_nursing", "answer": "yes", "said_by": "Mrs. Smith"},
            {"provider": "ccn:425003", "service": "skilled_nursing", "answer": "room", "through": "2026-12-01",
                "said_by": "nursing", "unit": "room 4", "patient": "A. Smith"},
            {"provider": "ccn:425003", "service": "skilled_nursing", "answer": "no_room", "through": "2026-11-20", "said_by": "nursing"},
            {"provider": "ccn:425003", "service": "skilled_nursing", "need": "resp.vent", "plan": "Gold", "answer": "no", "said_by": "nursing"},
        ]);
        assert_eq!(
            faults(&items),
            [
                "/observations/0/said_by missing",
                "/observations/1/said_by no_such_role",
                "/observations/1/answer missing",
                "/observations/2/patient unknown_field",
                "/observations/2/unit no_such_unit",
                "/observations/2/through does_not_apply",
                "/observations/3/through in_the_past",
                "/observations/4/plan conflict",
            ]
        );
        assert_eq!(read(&json!({"observations": []})).unwrap_err().reported()[0].code, "missing");
    }
}
