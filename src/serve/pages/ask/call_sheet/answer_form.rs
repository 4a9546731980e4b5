//! The form of one line of the call sheet: what to answer, and what is recorded already.

use std::sync::Arc;

use jiff::civil::Date;

use crate::discharge::Discharge;
use crate::evidence::Tristate;
use crate::matching::report::{Match, NetworkStatus};
use crate::matching::requirement::Requirement;
use crate::overlay::LiveDirectory;
use crate::provider::ProviderId;
use crate::serve::observation_records::version_of;
use crate::serve::pages::form::{HEARD, SubmittedForm};
use crate::statements::observation::{ContactRole, Observation, ObservedAnswer, ObservedQuestion};
use crate::statements::observation_parse::coverage_question;

/// The form of one provider.
#[derive(Debug)]
pub(crate) struct AnswerForm {
    /// The provider.
    pub(crate) id: String,
    /// The version of its records when the page was made.
    pub(crate) version: String,
    /// The questions with yes or no.
    pub(crate) groups: Vec<AnswerGroup>,
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

/// One possible value of a field.
#[derive(Debug)]
pub(crate) struct AnswerOption {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) checked: bool,
}

/// What was sent for one provider and not recorded, shown again with the reasons.
#[derive(Debug)]
pub(crate) struct RefusedAnswers<'a> {
    pub(crate) form: &'a SubmittedForm,
    pub(crate) faults: Vec<String>,
}

/// The answers to a question, with their words.
const ANSWERS: [(&str, &str); 3] = [("yes", "Yes"), ("no", "No"), ("unknown", "Unknown")];
const ROOM: [(&str, &str); 3] = [("room", "Room"), ("no_room", "No room"), ("", "Not asked")];
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
        let groups = HEARD.iter().zip(questions(discharge, found, &today)).map(|(name, question)| {
            let (subject, legend, asked) = question;
            let answer = recorded(&asked).map_or("unknown", ObservedAnswer::code);
            let current = entered(name).unwrap_or_else(|| format!("{subject}={answer}"));
            let value = ANSWERS.map(|(answer, label)| (format!("{subject}={answer}"), label));
            let options = options(value.iter().map(|(value, label)| (value.as_str(), *label)), &current);
            AnswerGroup { name, legend, options }
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
            room: options(ROOM, &entered("heard_room").unwrap_or_else(|| code(room))),
            day: entered("heard_room").and(sent("heard_day")).or(day).unwrap_or_default(),
            reached: options(REACHED, &entered("heard_call").unwrap_or_else(|| code(recorded(&ObservedQuestion::Call)))),
            roles: options(ContactRole::ALL.map(|role| (role.code(), role.label())), &role),
            units: options([("", "the hospital")].into_iter().chain(named), &chosen("heard_unit")),
            saved: today.iter().map(|heard| in_words(heard)).collect(),
            faults: refused.map(|refused| refused.faults.clone()).unwrap_or_default(),
        }
    }
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

/// The questions with yes or no, in the order in which they are asked: the plan, then what is open of
/// the needs; each with the beginning of its field, its words and what it is about. What was answered
/// today stays, so that it can be corrected.
fn questions(discharge: &Discharge, found: &Match, today: &[&Observation]) -> Vec<(String, String, ObservedQuestion)> {
    let is_heard = |asked: &ObservedQuestion| today.iter().any(|heard| heard.asked == *asked);
    let is_confirmed = matches!(found.network.status, NetworkStatus::InNetwork | NetworkStatus::NotAsked);
    let plan = discharge.coverage.as_ref().filter(|_| !discharge.deciding_payer().certifies());
    let plan = plan.and_then(|coverage| Some(("coverage".to_owned(), coverage.name(), coverage_question(coverage)?)));
    let plan = plan.filter(|(_, _, asked)| !is_confirmed || is_heard(asked));
    let required = found.acceptance.answers.iter().filter(|answer| answer.required);
    let needs = required.filter_map(|answer| {
        let Requirement::Need(need) = answer.asked else { return None };
        let asked = ObservedQuestion::Need(need);
        let is_open = answer.answer != Tristate::Yes || is_heard(&asked);
        is_open.then(|| (format!("need:{}", need.code()), need.label().to_owned(), asked))
    });
    plan.into_iter().chain(needs).collect()
}

/// "Ventilator: yes", "Room: no room through Dec 24, 2026".
pub(crate) fn in_words(heard: &Observation) -> String {
    let day = |day: Date| day.strftime("%b %-d, %Y").to_string();
    let answer = match heard.answer {
        ObservedAnswer::Yes => "yes".to_owned(),
        ObservedAnswer::No => "no".to_owned(),
        ObservedAnswer::Value(value) => value.to_string(),
        ObservedAnswer::Room(None) => "room".to_owned(),
        ObservedAnswer::Room(Some(from)) => format!("room from {}", day(from)),
        ObservedAnswer::NoRoom(None) => "no room".to_owned(),
        ObservedAnswer::NoRoom(Some(through)) => format!("no room through {}", day(through)),
        ObservedAnswer::NoAnswer => "no answer".to_owned(),
        ObservedAnswer::LeftMessage => "left a message".to_owned(),
        ObservedAnswer::Withdrawn => "withdrawn".to_owned(),
    };
    let what = match &heard.asked {
        ObservedQuestion::Need(need) => need.label(),
        ObservedQuestion::Limit(limit) => limit.entry().map_or(limit.code(), |entry| entry.label.as_str()),
        ObservedQuestion::Coverage(_, name) => name,
        ObservedQuestion::Room => "Room",
        ObservedQuestion::Call => "Call",
    };
    format!("{what}: {answer}")
}
