//! When must a payer decide a prior authorization, and what comes next? From the class of the payer, the kind of the request and when it
//! was received: until when the decision is due, what a denial must say, and the steps after a denial, before a hospital discharge and at
//! the end of services, each with its citation and time.
//!
//! This is decision support: a time is what the cited rule asks, by what was entered. Without a rule the answer is to ask. Nothing is
//! stored, and there is no field for a patient.

use jiff::Zoned;
use jiff::civil::Date;

use crate::prior_authorization::clock::{DueTime, days_until, days_words, due};
use crate::prior_authorization::facts::{AuthorizationFacts, ClockStart};
use crate::prior_authorization::rule::{AuthorizationRule, RulePart, RuleResult, rules_of};
use crate::prior_authorization::values::AppealPath;

pub(crate) mod clock;
pub(crate) mod facts;
pub(crate) mod moment;
pub(crate) mod request;
pub(crate) mod rule;
pub(crate) mod time_zone;
pub(crate) mod values;

/// What a rule gives for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeadlineStatus {
    /// The time runs.
    Running,
    /// The time has passed.
    Passed,
    /// The time that holds if the payer extends it.
    Possible,
    /// The time that holds only for another fact, which is not known.
    Depends,
    /// The fact from which it is counted is not known.
    FactMissing,
    /// No rule is known: ask.
    Ask,
    /// The rule does not allow it.
    NotAllowed,
    /// The rule has no time.
    NoTime,
}

impl DeadlineStatus {
    /// Every result.
    pub(crate) const ALL: [Self; 8] = [
        Self::Running,
        Self::Passed,
        Self::Possible,
        Self::Depends,
        Self::FactMissing,
        Self::Ask,
        Self::NotAllowed,
        Self::NoTime,
    ];

    /// The code in the API.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Passed => "passed",
            Self::Possible => "possible",
            Self::Depends => "depends",
            Self::FactMissing => "fact_missing",
            Self::Ask => "ask",
            Self::NotAllowed => "not_allowed",
            Self::NoTime => "no_time",
        }
    }

    /// The display name.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Running => "Due",
            Self::Passed => "Passed",
            Self::Possible => "Possible",
            Self::Depends => "Depends",
            Self::FactMissing => "Time not entered",
            Self::Ask => "Ask",
            Self::NotAllowed => "Not allowed",
            Self::NoTime => "No time limit",
        }
    }
}

/// One rule with its time.
#[derive(Debug, Clone)]
pub(crate) struct Deadline {
    pub(crate) rule: &'static AuthorizationRule,
    pub(crate) status: DeadlineStatus,
    pub(crate) due: Option<DueTime>,
    /// What is left, in words; empty without a time.
    pub(crate) left: String,
    /// The field of the request that decides it and is missing.
    pub(crate) missing: Option<&'static str>,
    /// Whether and when the entry was reviewed, in words.
    pub(crate) review: String,
    /// Whether its review date has passed.
    pub(crate) is_overdue: bool,
}

/// The steps of one path.
#[derive(Debug, Clone)]
pub(crate) struct AppealSteps {
    pub(crate) path: AppealPath,
    pub(crate) steps: Vec<Deadline>,
}

/// A day of an approval, and what is left.
#[derive(Debug, Clone)]
pub(crate) struct ApprovalDay {
    pub(crate) on: Date,
    pub(crate) days_left: i32,
    pub(crate) left: String,
}

/// The answer to one request.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationDeadlines {
    pub(crate) facts: AuthorizationFacts,
    /// The moment of the answer, in the time zone of the request.
    pub(crate) now: Zoned,
    /// Until when the payer must decide, and by how much it may extend that; empty without a request.
    pub(crate) decisions: Vec<Deadline>,
    /// What a denial must say.
    pub(crate) denial_reasons: Vec<Deadline>,
    /// What to do next.
    pub(crate) paths: Vec<AppealSteps>,
    pub(crate) valid_through: Option<ApprovalDay>,
    pub(crate) next_review_on: Option<ApprovalDay>,
}

impl AuthorizationDeadlines {
    /// The times for `facts` at the moment `now`.
    pub(crate) fn new(facts: AuthorizationFacts, now: &Zoned) -> Self {
        let now = now.with_time_zone(facts.zone.zone.clone());
        let received = facts.start("received_at").map(ClockStart::day);
        let decisions = received.map(|day| decisions(&facts, day, &now)).unwrap_or_default();
        let today = received.unwrap_or_else(|| now.date());
        let paths = facts.paths.iter().map(|path| AppealSteps { path: *path, steps: steps(*path, &facts, &now) }).collect();
        let reasons = rules_of(RulePart::DenialReason, &facts, today);
        let day = |on: Option<Date>| {
            on.map(|on| {
                let days_left = days_until(on, now.date());
                ApprovalDay { on, days_left, left: days_words(days_left) }
            })
        };
        let asks_denial = received.is_some() || facts.paths.contains(&AppealPath::Denial);
        Self {
            decisions,
            denial_reasons: reasons.into_iter().filter(|_| asks_denial).map(|rule| undated(rule, &now)).collect(),
            paths,
            valid_through: day(facts.valid_through),
            next_review_on: day(facts.next_review_on),
            facts,
            now,
        }
    }
}

/// The time of the decision, and the one after an extension. There are several if they depend on what is not known.
fn decisions(facts: &AuthorizationFacts, received: Date, now: &Zoned) -> Vec<Deadline> {
    let mut entries = Vec::new();
    for rule in rules_of(RulePart::Decision, facts, received) {
        let decision = deadline(rule, facts, now);
        let depends = rule.depends_on_rating_period(facts);
        let extensions = match &decision.due {
            Some(_) => rules_of(RulePart::Extension, facts, received),
            None => Vec::new(),
        };
        let base = decision.due.clone();
        entries.push(if depends { depending(decision) } else { decision });
        for rule in extensions {
            let mut entry = match base.as_ref().and_then(|base| base.at.clone()) {
                Some(at) if rule.from.is_some() => timed(rule, &ClockStart::Moment(at), facts, now),
                _ => undated(rule, now),
            };
            if !facts.is_extended && matches!(entry.status, DeadlineStatus::Running | DeadlineStatus::Passed) {
                entry.status = DeadlineStatus::Possible;
            }
            entries.push(if depends && entry.due.is_some() { depending(entry) } else { entry });
        }
    }
    entries
}

/// The same, if it depends on the rating period.
fn depending(entry: Deadline) -> Deadline {
    Deadline { status: DeadlineStatus::Depends, missing: Some("rating_period_began_on"), ..entry }
}

/// The steps of `path`. A rule must be in force on the day from which its time is counted.
fn steps(path: AppealPath, facts: &AuthorizationFacts, now: &Zoned) -> Vec<Deadline> {
    let day = path.facts().iter().find_map(|name| facts.start(name)).map_or_else(|| now.date(), ClockStart::day);
    rules_of(RulePart::Steps(path), facts, day).into_iter().map(|rule| deadline(rule, facts, now)).collect()
}

fn deadline(rule: &'static AuthorizationRule, facts: &AuthorizationFacts, now: &Zoned) -> Deadline {
    let Some(from) = rule.from.as_deref() else { return undated(rule, now) };
    match facts.start(from) {
        Some(start) => timed(rule, start, facts, now),
        None => Deadline { status: DeadlineStatus::FactMissing, missing: fact_named(from), ..undated(rule, now) },
    }
}

/// The name of a field of the request.
fn fact_named(name: &str) -> Option<&'static str> {
    request::DeadlinesRequest::NAMES.iter().copied().find(|known| *known == name)
}

fn timed(rule: &'static AuthorizationRule, start: &ClockStart, facts: &AuthorizationFacts, now: &Zoned) -> Deadline {
    let entry = undated(rule, now);
    let Some(due) = due(rule, start, &facts.zone.zone) else { return entry };
    let status = if due.has_passed(now) { DeadlineStatus::Passed } else { DeadlineStatus::Running };
    Deadline { status, left: due.left_words(now), due: Some(due), ..entry }
}

fn undated(rule: &'static AuthorizationRule, now: &Zoned) -> Deadline {
    let status = match rule.gives {
        RuleResult::Ask => DeadlineStatus::Ask,
        RuleResult::NotAllowed => DeadlineStatus::NotAllowed,
        RuleResult::Time | RuleResult::NoTime => DeadlineStatus::NoTime,
    };
    let today = now.date();
    Deadline {
        rule,
        status,
        due: None,
        left: String::new(),
        missing: None,
        review: rule.review().words(today),
        is_overdue: rule.review().is_overdue(today),
    }
}
