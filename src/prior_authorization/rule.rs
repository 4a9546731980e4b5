//! The rules about times, from the tables of `data/curated/prior_authorizations`.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::evidence::legal_review::LegalReview;
use crate::prior_authorization::facts::AuthorizationFacts;
use crate::prior_authorization::values::{AppealPath, AuthorizationPayer, RequestSpeed, RequestedItem};

/// One rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthorizationRule {
    /// The name in the API.
    pub(crate) id: String,
    /// Where it is written.
    pub(crate) citation: String,
    /// The first day for which the entry is written.
    pub(crate) effective: Date,
    /// The last day for which it is in force; `None` if it still is.
    pub(crate) ended_on: Option<Date>,
    reviewed_on: String,
    reviewed_by: String,
    review_by: Date,
    /// The payers it binds; empty for those that no other entry of the same part names.
    #[serde(deserialize_with = "coded")]
    pub(crate) payers: Vec<AuthorizationPayer>,
    /// The kinds of request; empty for all.
    #[serde(default, deserialize_with = "coded")]
    requests: Vec<RequestSpeed>,
    /// What is requested; empty for all.
    #[serde(default, deserialize_with = "coded")]
    items: Vec<RequestedItem>,
    /// The first day of a rating period from which on it is in force.
    pub(crate) rating_period_from: Option<Date>,
    /// The first day of a rating period before which it is in force.
    pub(crate) rating_period_before: Option<Date>,
    /// What it is about, in a few words.
    pub(crate) title: String,
    /// What it asks, and what to do.
    pub(crate) text: String,
    /// The fact from which its time is counted.
    pub(crate) from: Option<String>,
    /// The hours, which are elapsed hours.
    pub(crate) hours: Option<i32>,
    /// The calendar days; before the fact if negative.
    pub(crate) days: Option<i32>,
    /// The hour of the day.
    pub(crate) at: Option<DueHour>,
    /// What it gives; a time if left out.
    #[serde(default)]
    pub(crate) gives: RuleResult,
}

/// The hour of a day at which a time ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DueHour {
    Noon,
    EndOfDay,
    /// An hour that the rule does not name.
    CloseOfBusiness,
}

/// What a rule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RuleResult {
    #[default]
    Time,
    /// No rule is known: a person is asked.
    Ask,
    /// It rules something out.
    NotAllowed,
    /// It has no time.
    NoTime,
}

impl AuthorizationRule {
    /// Whether a person reviewed it.
    pub(crate) fn review(&self) -> LegalReview<'_> {
        LegalReview { by: &self.reviewed_by, on: &self.reviewed_on, until: self.review_by }
    }

    /// Whether it is about the payer and the request, and in force on `day`. An unknown rating period rules out nothing.
    fn is_about(&self, facts: &AuthorizationFacts, day: Date) -> bool {
        let fits_payer = self.payers.contains(&facts.payer);
        let fits_request = self.requests.is_empty() || facts.speed.is_some_and(|speed| self.requests.contains(&speed));
        let fits_item = self.items.is_empty() || self.items.contains(&facts.item);
        let in_force = self.effective <= day && self.ended_on.is_none_or(|last| day <= last);
        let fits_period = facts.rating_period_began_on.is_none_or(|began| {
            self.rating_period_from.is_none_or(|from| began >= from)
                && self.rating_period_before.is_none_or(|before| began < before)
        });
        fits_payer && fits_request && fits_item && in_force && fits_period
    }

    /// Whether it depends on the rating period, which is not known.
    pub(crate) fn depends_on_rating_period(&self, facts: &AuthorizationFacts) -> bool {
        let depends = self.rating_period_from.is_some() || self.rating_period_before.is_some();
        depends && facts.rating_period_began_on.is_none()
    }
}

/// A list of codes.
fn coded<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let codes = Vec::<String>::deserialize(deserializer)?;
    let read = |code: &String| code.parse().map_err(|error| D::Error::custom(format!("{code}: {error}")));
    codes.iter().map(read).collect()
}

/// A part of the answer: each has one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RulePart {
    /// Until when the payer must decide.
    Decision,
    /// By how much it may extend the time.
    Extension,
    /// What a denial must say.
    DenialReason,
    /// The steps of a path.
    Steps(AppealPath),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthorizationRuleFile {
    rule: Vec<AuthorizationRule>,
}

/// The tables, in the order of an answer.
const TABLES: [(RulePart, &str); 6] = [
    (RulePart::Decision, include_str!("../../data/curated/prior_authorizations/decisions.toml")),
    (RulePart::Extension, include_str!("../../data/curated/prior_authorizations/extensions.toml")),
    (RulePart::DenialReason, include_str!("../../data/curated/prior_authorizations/denial_reasons.toml")),
    (RulePart::Steps(AppealPath::Denial), include_str!("../../data/curated/prior_authorizations/denial.toml")),
    (
        RulePart::Steps(AppealPath::HospitalDischarge),
        include_str!("../../data/curated/prior_authorizations/hospital_discharge.toml"),
    ),
    (
        RulePart::Steps(AppealPath::EndOfServices),
        include_str!("../../data/curated/prior_authorizations/end_of_services.toml"),
    ),
];

// A unit test parses the same files, so the empty default is never used.
static RULES: LazyLock<Vec<(RulePart, AuthorizationRule)>> = LazyLock::new(|| {
    let rules = TABLES.iter().flat_map(|(part, text)| {
        let file = toml::from_str::<AuthorizationRuleFile>(text).unwrap_or_default();
        file.rule.into_iter().map(|rule| (*part, rule))
    });
    rules.collect()
});

/// The rules of `part` for the request, in force on `day`; those for other payers if none is.
pub(crate) fn rules_of(part: RulePart, facts: &AuthorizationFacts, day: Date) -> Vec<&'static AuthorizationRule> {
    let of_part = || RULES.iter().filter(move |(known, _)| *known == part).map(|(_, rule)| rule);
    let found: Vec<_> = of_part().filter(|rule| rule.is_about(facts, day)).collect();
    if found.is_empty() { of_part().filter(|rule| rule.payers.is_empty()).collect() } else { found }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::prior_authorization::request::DeadlinesRequest;

    #[test]
    fn every_rule_has_a_citation_a_day_a_review_that_is_whole_or_missing_and_a_time_or_a_reason_for_none() {
        let mut ids = BTreeSet::new();
        for (part, text) in TABLES {
            let file: AuthorizationRuleFile = toml::from_str(text).unwrap_or_else(|error| panic!("{part:?}: {error}"));
            assert!(file.rule.iter().any(|rule| rule.payers.is_empty()), "{part:?} says nothing for other payers");
            for rule in file.rule {
                let id = &rule.id;
                assert!(ids.insert(id.clone()), "{id} occurs twice");
                assert!(rule.citation.contains(char::is_numeric), "{id}");
                assert!(rule.effective < rule.review_by && rule.ended_on.is_none_or(|end| rule.effective < end), "{id}");
                assert_eq!(rule.reviewed_by.is_empty(), rule.reviewed_on.is_empty(), "{id}");
                assert_eq!(rule.review().reviewed().is_some(), !rule.reviewed_by.is_empty(), "{id}");
                assert!(!rule.title.ends_with('.') && rule.text.ends_with(['.', '?']) && !rule.text.contains("  "), "{id}");
                let has_time = rule.hours.is_some() || rule.days.is_some();
                assert_eq!(has_time, rule.gives == RuleResult::Time, "{id}");
                assert_eq!(has_time, rule.from.is_some(), "{id}");
                assert!(rule.hours.is_none() || rule.days.is_none() && rule.at.is_none(), "{id}: hours end by themselves");
                let known = |from: &String| DeadlinesRequest::NAMES.contains(&from.as_str()) || from == "decision_due";
                assert!(rule.from.as_ref().is_none_or(known), "{id}: {:?}", rule.from);
                assert_eq!(part == RulePart::Extension && has_time, rule.from.as_deref() == Some("decision_due"), "{id}");
                let managed = |payer: &AuthorizationPayer| payer.has_rating_periods();
                let depends = rule.rating_period_from.is_some() || rule.rating_period_before.is_some();
                assert!(!depends || rule.payers.iter().all(managed), "{id}");
            }
        }
        assert_eq!(ids.len(), RULES.len());
    }

    #[test]
    fn every_payer_request_and_item_has_a_decision_an_extension_and_steps_on_every_day() {
        for payer in AuthorizationPayer::ALL {
            for speed in RequestSpeed::ALL {
                for item in RequestedItem::ALL {
                    let body = serde_json::json!({
                        "payer_class": payer.code(), "time_zone": "America/Chicago", "request": speed.code(), "item": item.code(),
                        "received_at": "2026-11-30T14:20",
                    });
                    let facts = AuthorizationFacts::read(&body).unwrap();
                    for (part, _) in TABLES {
                        for day in [Date::constant(2025, 6, 30), Date::constant(2026, 11, 30)] {
                            let found = rules_of(part, &facts, day);
                            assert!(!found.is_empty(), "{part:?} {body} {day}");
                            let certain = found.iter().filter(|rule| !rule.depends_on_rating_period(&facts)).count();
                            let is_single = matches!(part, RulePart::Decision | RulePart::Extension);
                            assert!(!is_single || certain <= 1, "{part:?} {body} {day} has several");
                        }
                    }
                }
            }
        }
    }
}
