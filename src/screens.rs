//! Is this the right level of care? For one discharge and what is known, each rule of `data/curated/screens` gives one entry: met, not
//! met, unknown or not applicable, with why, what would change it, and the citation.
//!
//! This is decision support: an entry says what a rule asks, never that something is covered. What is missing is `unknown` and is
//! asked about; it never counts as no. Nothing here changes a match, an order or a count.

use crate::coverage::Coverage;
use crate::discharge::screen_facts::ScreenFacts;
use crate::discharge::screen_values::ScreenPayer;
use crate::discharge::{Discharge, Question};
use crate::screens::input_table::input_named;
use crate::screens::judgment::{Judgment, ScreenCase, ScreenStatus};
use crate::screens::rule::{RuleJudge, ScreenRule, rules};
use crate::text::us_date::us_date;

pub(crate) mod input_table;
pub(crate) mod judges;
pub(crate) mod judgment;
pub(crate) mod rule;

/// What one rule gives for one discharge.
#[derive(Debug, Clone)]
pub struct ScreenEntry {
    /// The rule.
    pub(crate) rule: &'static ScreenRule,
    /// The payer it was judged for.
    pub(crate) payer: ScreenPayer,
    /// The result.
    pub(crate) status: ScreenStatus,
    /// The code of the sentence.
    pub(crate) reason: &'static str,
    /// Why, in words.
    pub(crate) why: String,
    /// What would change the result.
    pub(crate) change: String,
    /// The inputs that would decide it and are missing.
    pub(crate) missing: Vec<&'static str>,
    /// What the rule asks.
    pub(crate) question: String,
    /// The questions to ask a person.
    pub(crate) asks: Vec<String>,
    /// Whether and when the entry was reviewed, in words.
    pub(crate) review: String,
    /// Whether its review date has passed.
    pub(crate) is_overdue: bool,
}

/// The entries of each discharge of `question`; `None` if the screens are not asked for.
pub fn screen_question(question: &Question) -> Option<Vec<Vec<ScreenEntry>>> {
    let facts = question.screens.as_ref()?;
    Some(question.discharges.iter().map(|discharge| screen(discharge, facts)).collect())
}

/// The entries for `discharge`, in the order of the tables.
pub(crate) fn screen(discharge: &Discharge, facts: &ScreenFacts) -> Vec<ScreenEntry> {
    let case = ScreenCase { discharge, facts, payer: facts.payer_of(discharge.coverage.as_ref()) };
    let mut entries: Vec<ScreenEntry> = Vec::new();
    for rule in rules().iter().filter(|rule| is_listed(rule, &case)) {
        let judgment = judge(rule, &case, &entries);
        entries.push(entry(rule, &case, judgment));
    }
    entries
}

/// Whether the rule is about the service and, if it is not judged here, applies to the patient.
fn is_listed(rule: &ScreenRule, case: &ScreenCase<'_>) -> bool {
    let discharge = case.discharge;
    if !rule.services.is_empty() && !rule.services.contains(&discharge.service) {
        return false;
    }
    if rule.judge != RuleJudge::Ask {
        return true;
    }
    let is_eligible = rule.eligible.is_some_and(|group| discharge.patient.eligible.contains(&group.0));
    let fits_payer = rule.payers.is_empty() || rule.payers.contains(&case.payer) || is_eligible;
    let is_of_age = |age: u32| rule.min_age.is_none_or(|least| age >= least) && rule.max_age.is_none_or(|most| age <= most);
    let asks_age = rule.min_age.is_some() || rule.max_age.is_some();
    let fits_age = !asks_age || discharge.patient.age.is_some_and(is_of_age);
    let mut asked = (discharge.required | discharge.preferred).iter();
    let fits_needs = rule.needs.is_empty() || asked.any(|need| rule.needs.iter().any(|begin| need.code().starts_with(begin)));
    fits_payer && fits_age && fits_needs
}

fn judge(rule: &ScreenRule, case: &ScreenCase<'_>, before: &[ScreenEntry]) -> Judgment {
    if case.discharge.on < rule.effective {
        return Judgment::unknown(WRITTEN_FOR_LATER);
    }
    if rule.judge == RuleJudge::Ask {
        return Judgment::unknown("ask");
    }
    if !rule.payers.is_empty() && !rule.payers.contains(&case.payer) {
        return match case.payer {
            ScreenPayer::Unknown => Judgment::lacks(PAYER_UNKNOWN, vec!["payer_class"]),
            _ => Judgment::not_applicable(OTHER_PAYER),
        };
    }
    if rule.judge == RuleJudge::SameCriteria {
        let criteria = before.iter().filter(|entry| entry.is_criterion()).map(|entry| entry.status);
        return judges::medicare_advantage::same_criteria(&criteria.collect::<Vec<_>>());
    }
    rule.judge.judge(rule, case)
}

/// Why the rules of another payer decide.
const OTHER_PAYER: &str = "other_payer";
/// Why a rule cannot be judged without the payer.
const PAYER_UNKNOWN: &str = "payer_unknown";
/// Why a rule cannot be judged for an earlier day.
const WRITTEN_FOR_LATER: &str = "written_for_later_days";

fn entry(rule: &'static ScreenRule, case: &ScreenCase<'_>, judgment: Judgment) -> ScreenEntry {
    let Judgment { status, reason, missing, values } = judgment;
    let found = rule.reasons.get(reason);
    let state = match case.discharge.coverage {
        Some(Coverage::Medicaid(state)) => state,
        _ => case.discharge.near.state,
    };
    let filled = |text: &str| {
        let text = text.replace("{state}", state.as_str());
        values.iter().fold(text, |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    };
    let labels: Vec<&str> = missing.iter().filter_map(|name| Some(input_named(name)?.label.as_str())).collect();
    let why = match (found, reason) {
        (Some(found), _) => filled(&found.why),
        (None, OTHER_PAYER) => format!("A rule for another payer. Here: {}.", case.payer.label()),
        (None, PAYER_UNKNOWN) => "The rule depends on the payer, and its class is not known.".to_owned(),
        (None, WRITTEN_FOR_LATER) => format!("This entry is written for days from {} on.", us_date(rule.effective)),
        (None, _) => format!("Not known: {}.", labels.join("; ")),
    };
    let question = filled(&rule.question);
    let asks = missing.iter().filter_map(|name| Some(input_named(name)?.question.clone()));
    let own = (rule.judge == RuleJudge::Ask).then(|| question.clone());
    ScreenEntry {
        rule,
        payer: case.payer,
        status,
        reason,
        why,
        change: filled(found.and_then(|found| found.change.as_deref()).unwrap_or(&rule.change)),
        asks: asks.chain(own).collect(),
        question,
        missing,
        review: rule.review().words(case.discharge.asked_on),
        is_overdue: rule.review().is_overdue(case.discharge.asked_on),
    }
}

impl ScreenEntry {
    /// Whether it is a criterion of the level of care, and not a question of another kind.
    pub(crate) fn is_criterion(&self) -> bool {
        self.rule.judge.is_criterion() && self.status != ScreenStatus::NotApplicable
    }
}
