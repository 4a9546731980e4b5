//! The form of one line of the call sheet: what to answer, and what is recorded already.

use std::sync::Arc;

use jiff::civil::Date;

use crate::coverage::Coverage;
use crate::discharge::Discharge;
use crate::discharge::deciding_payer::DecidingPayer;
use crate::matching::questions::is_to_ask;
use crate::matching::report::{Match, NetworkStatus};
use crate::matching::requirement::Requirement;
use crate::overlay::LiveDirectory;
use crate::phrases::has_beds;
use crate::provider::ProviderId;
use crate::serve::observation_records::version_of;
use crate::serve::pages::form::{HEARD, HEARD_LIMITS, SubmittedForm};
use crate::service::{Limit, Service};
use crate::statements::observation::{ContactRole, Observation, ObservedAnswer, ObservedQuestion};
use crate::statements::observation_parse::coverage_question;
use crate::statements::request::largest;

/// The form of one provider.
#[derive(Debug)]
pub(crate) struct AnswerForm {
    /// The provider.
    pub(crate) id: String,
    /// The version of its records when the page was made.
    pub(crate) version: String,
    /// The questions with yes or no.
    pub(crate) groups: Vec<AnswerGroup>,
    /// The limits to ask for.
    pub(crate) limits: Vec<LimitField>,
    /// What is asked and has no field, so that it is written down by hand.
    pub(crate) by_hand: Vec<String>,
    /// What room is called at this level of care.
    pub(crate) room_legend: &'static str,
    /// Whether there is room.
    pub(crate) room: Vec<AnswerOption>,
    /// The day room begins, or the last day without it.
    pub(crate) day: String,
    /// Whether anybody answered.
    pub(crate) reached: Vec<AnswerOption>,
    /// Roles at the provider.
    pub(crate) roles: Vec<AnswerOption>,
    /// Units of the hospital.
    pub(crate) units: Vec<AnswerOption>,
    /// What was recorded today, in words.
    pub(crate) saved: Vec<String>,
    /// Why the answers were not recorded.
    pub(crate) faults: Vec<String>,
}

/// One question with its possible answers.
#[derive(Debug)]
pub(crate) struct AnswerGroup {
    /// The name of its field.
    pub(crate) name: &'static str,
    /// What is asked, in a few words.
    pub(crate) legend: String,
    /// The answers.
    pub(crate) options: Vec<AnswerOption>,
}

/// One limit, to be answered with a number.
#[derive(Debug)]
pub(crate) struct LimitField {
    /// The name of its field.
    pub(crate) name: &'static str,
    /// What is asked, in a few words.
    pub(crate) legend: &'static str,
    /// The words before the number: "Up to" or "From".
    pub(crate) before: &'static str,
    /// The unit of the number.
    pub(crate) unit: &'static str,
    /// The largest number that is taken.
    pub(crate) most: u32,
    /// What was entered or recorded.
    pub(crate) value: String,
}

/// One possible value of a field.
#[derive(Debug)]
pub(crate) struct AnswerOption {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) checked: bool,
}

impl AnswerOption {
    /// Whether it says that nothing was answered, so that it has no box on paper.
    pub(crate) fn is_neutral(&self) -> bool {
        self.value.is_empty() || self.value.ends_with("=unknown")
    }
}

/// What was sent for one provider and not recorded, shown again with the reasons.
#[derive(Debug)]
pub(crate) struct RefusedAnswers<'a> {
    pub(crate) form: &'a SubmittedForm,
    pub(crate) faults: Vec<String>,
}

/// The answers to a question, with their words.
const ANSWERS: [(&str, &str); 3] = [("yes", "Yes"), ("no", "No"), ("unknown", "Unknown")];
const REACHED: [(&str, &str); 3] = [("", "Reached"), ("no_answer", "No answer"), ("left_message", "Left message")];

impl AnswerForm {
    /// The form for the match `found` on the sheet of `form`; `units` are those of the hospital.
    /// `refused` is set if its answers were sent and not recorded.
    pub(crate) fn new(
        served: &LiveDirectory,
        discharge: &Discharge,
        found: &Match,
        form: &SubmittedForm,
        units: &[String],
        refused: Option<&RefusedAnswers<'_>>,
    ) -> Self {
        let today = heard_today(served, &found.provider.id, discharge);
        let recorded = |asked: &ObservedQuestion| today.iter().find(|heard| heard.asked == *asked).map(|heard| heard.answer);
        let sent = |name: &str| refused.map(|refused| refused.form.one(name).to_owned());
        // Where nothing was entered, what another desk recorded stands, so that saving again does not withdraw it.
        let entered = |name: &str| sent(name).filter(|sent| !sent.is_empty() && !sent.ends_with("=unknown"));
        let code = |answer: Option<ObservedAnswer>| answer.map_or("", ObservedAnswer::code).to_owned();
        let mut questions = questions(discharge, found, &today);
        let more = questions.split_off(questions.len().min(HEARD.len())).into_iter().map(|(_, legend, _)| legend);
        let by_hand = more.chain(by_hand(discharge, found)).collect();
        let groups = HEARD.iter().zip(questions).map(|(name, question)| {
            let (subject, legend, asked) = question;
            let answer = recorded(&asked).map_or("unknown", ObservedAnswer::code);
            let current = entered(name).unwrap_or_else(|| format!("{subject}={answer}"));
            let value = ANSWERS.map(|(answer, label)| (format!("{subject}={answer}"), label));
            let options = options(value.iter().map(|(value, label)| (value.as_str(), *label)), &current);
            AnswerGroup { name, legend, options }
        });
        let limits = limits(discharge, found, &today).map(|(name, limit)| {
            let value = match recorded(&ObservedQuestion::Limit(limit)) {
                Some(ObservedAnswer::Value(value)) => value.to_string(),
                _ => String::new(),
            };
            LimitField::new(name, limit, entered(name).unwrap_or(value))
        });
        let room = recorded(&ObservedQuestion::Room);
        let day = match room {
            Some(ObservedAnswer::Room(day) | ObservedAnswer::NoRoom(day)) => day.map(|day| day.to_string()),
            _ => None,
        };
        let chosen = |name: &str| sent(name).unwrap_or_else(|| form.one(name).to_owned());
        let role = Some(chosen("heard_by")).filter(|role| !role.is_empty());
        let role = role.unwrap_or_else(|| ContactRole::Admissions.code().to_owned());
        let named = units.iter().map(|unit| (unit.as_str(), unit.as_str()));
        Self {
            id: found.provider.id.to_string(),
            version: version_of(served, &found.provider.id),
            groups: groups.collect(),
            limits: limits.collect(),
            by_hand,
            room_legend: room_words(discharge.service).0,
            room: options(room_words(discharge.service).1, &entered("heard_room").unwrap_or_else(|| code(room))),
            day: entered("heard_room").and(sent("heard_day")).or(day).unwrap_or_default(),
            reached: options(REACHED, &entered("heard_call").unwrap_or_else(|| code(recorded(&ObservedQuestion::Call)))),
            roles: options(ContactRole::ALL.map(|role| (role.code(), role.label())), &role),
            units: options([("", "the hospital")].into_iter().chain(named), &chosen("heard_unit")),
            saved: today.iter().map(|heard| in_words(heard)).collect(),
            faults: refused.map(|refused| refused.faults.clone()).unwrap_or_default(),
        }
    }
}

impl LimitField {
    fn new(name: &'static str, limit: Limit, value: String) -> Self {
        let (legend, unit) = limit.entry().map_or((limit.code(), ""), |entry| (entry.label.as_str(), entry.unit.as_str()));
        let before = if limit == Limit::MinAge { "From" } else { "Up to" };
        Self { name, legend, before, unit, most: largest(limit), value }
    }
}

/// What room is called at a level of care, and the answers with their words.
fn room_words(service: Service) -> (&'static str, [(&'static str, &'static str); 3]) {
    let (legend, yes, no) = match service {
        Service::Dialysis => ("Chair", "Chair", "No chair"),
        _ if has_beds(service) => ("Bed", "Bed", "No bed"),
        Service::MedicalEquipment => ("Delivery", "Can deliver", "Cannot deliver"),
        _ => ("Start of care", "Can start", "Cannot start"),
    };
    (legend, [("room", yes), ("no_room", no), ("", "Not asked")])
}

fn options<'a>(all: impl IntoIterator<Item = (&'a str, &'a str)>, current: &str) -> Vec<AnswerOption> {
    let option = |(value, label): (&str, &str)| {
        let checked = value == current;
        AnswerOption { value: value.to_owned(), label: label.to_owned(), checked }
    };
    all.into_iter().map(option).collect()
}

/// What was heard today of the service in question, the newest answer to each question.
pub(crate) fn heard_today<'a>(served: &'a LiveDirectory, own: &ProviderId, discharge: &Discharge) -> Vec<&'a Observation> {
    let mut newest: Vec<&Observation> = Vec::new();
    for heard in served.observations_of(own).into_iter().rev().map(Arc::as_ref) {
        if heard.service == discharge.service && newest.iter().all(|known| known.asked != heard.asked) {
            newest.push(heard);
        }
    }
    newest.retain(|heard| heard.said_on == served.today() && heard.answer != ObservedAnswer::Withdrawn);
    newest.reverse();
    newest
}

/// The questions with yes or no, in the order in which they are asked: the plan, then what is open or old of
/// the needs; each with the beginning of its field, its words and what it is about. What was answered
/// today stays, so that it can be corrected.
fn questions(discharge: &Discharge, found: &Match, today: &[&Observation]) -> Vec<(String, String, ObservedQuestion)> {
    let is_heard = |asked: &ObservedQuestion| today.iter().any(|heard| heard.asked == *asked);
    let is_confirmed = matches!(found.network.status, NetworkStatus::InNetwork | NetworkStatus::NotAsked);
    let plan = plan_question(discharge).filter(|(_, _, asked)| !is_confirmed || is_heard(asked));
    let needs = found.acceptance.answers.iter().filter_map(|answer| {
        let Requirement::Need(need) = answer.asked else { return None };
        let asked = ObservedQuestion::Need(need);
        let is_shown = is_to_ask(answer, discharge.asked_on) || (answer.required && is_heard(&asked));
        is_shown.then(|| (format!("need:{}", need.code()), need.label().to_owned(), asked))
    });
    plan.into_iter().chain(needs).collect()
}

/// The question about the plan, where an answer to it can be recorded.
fn plan_question(discharge: &Discharge) -> Option<(String, String, ObservedQuestion)> {
    let coverage = discharge.coverage.as_ref().filter(|_| !discharge.deciding_payer().certifies())?;
    Some(("coverage".to_owned(), coverage.name(), coverage_question(coverage)?))
}

/// The limits that are open, old or were answered today, each with its field.
fn limits(discharge: &Discharge, found: &Match, today: &[&Observation]) -> impl Iterator<Item = (&'static str, Limit)> {
    let is_shown = |limit: Limit| {
        let answer = found.acceptance.answers.iter().find(|answer| answer.asked == Requirement::Limit(limit));
        let is_heard = today.iter().any(|heard| heard.asked == ObservedQuestion::Limit(limit));
        answer.is_some_and(|answer| is_heard || is_to_ask(answer, discharge.asked_on))
    };
    HEARD_LIMITS.iter().copied().zip(Limit::ALL).filter(move |(_, limit)| is_shown(*limit))
}

/// What a call asks and no record can hold: whether a public payer certifies it, and conditions that are neither a need nor a limit.
fn by_hand(discharge: &Discharge, found: &Match) -> Vec<String> {
    let is_asked = !found.network.status.is_covered() && plan_question(discharge).is_none();
    let payer = is_asked.then(|| match discharge.deciding_payer() {
        DecidingPayer::Medicare => Coverage::Medicare.name(),
        _ => discharge.coverage.as_ref().map(Coverage::name).unwrap_or_default(),
    });
    let open = found.acceptance.answers.iter().filter(|answer| is_to_ask(answer, discharge.asked_on));
    let other = open.filter(|answer| !matches!(answer.asked, Requirement::Need(_) | Requirement::Limit(_)));
    payer.into_iter().chain(other.map(|answer| answer.asked.label().to_owned())).collect()
}

/// "Ventilator: yes", "Bed: no bed through Dec 24, 2026", "Maximum weight: up to 500 lb".
pub(crate) fn in_words(heard: &Observation) -> String {
    let day = |day: Date| day.strftime("%b %-d, %Y").to_string();
    let (room_legend, [(_, room), (_, no_room), _]) = room_words(heard.service);
    let (room, no_room) = (room.to_lowercase(), no_room.to_lowercase());
    let answer = match heard.answer {
        ObservedAnswer::Yes => "yes".to_owned(),
        ObservedAnswer::No => "no".to_owned(),
        ObservedAnswer::Value(value) => limit_in_words(heard, value),
        ObservedAnswer::Room(None) => room,
        ObservedAnswer::Room(Some(from)) => format!("{room} from {}", day(from)),
        ObservedAnswer::NoRoom(None) => no_room,
        ObservedAnswer::NoRoom(Some(through)) => format!("{no_room} through {}", day(through)),
        ObservedAnswer::NoAnswer => "no answer".to_owned(),
        ObservedAnswer::LeftMessage => "left a message".to_owned(),
        ObservedAnswer::Withdrawn => "withdrawn".to_owned(),
    };
    let what = match &heard.asked {
        ObservedQuestion::Need(need) => need.label(),
        ObservedQuestion::Limit(limit) => limit.entry().map_or(limit.code(), |entry| entry.label.as_str()),
        ObservedQuestion::Coverage(_, name) => name,
        ObservedQuestion::Room => room_legend,
        ObservedQuestion::Call => "Call",
    };
    format!("{what}: {answer}")
}

/// "up to 500 lb", "from 18 years".
fn limit_in_words(heard: &Observation, value: u32) -> String {
    let ObservedQuestion::Limit(limit) = heard.asked else { return value.to_string() };
    let LimitField { before, unit, .. } = LimitField::new("", limit, String::new());
    format!("{} {value} {unit}", before.to_lowercase())
}
