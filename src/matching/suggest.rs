//! What to do next: the smallest single change to the question for each gain, and the providers gained.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::coverage::TermsId;
use crate::discharge::{Discharge, WIDEST};
use crate::evidence::Tristate;
use crate::matching::candidate::{Candidate, CandidateQuery, LineId};
use crate::matching::evaluate::EvaluatedCandidates;
use crate::matching::network::days_between;
use crate::matching::ranking::CandidateEvaluator;
use crate::matching::report::{SuggestedChange, Suggestion};
use crate::matching::requirement::Requirement;
use crate::matching::search::search;
use crate::place::Miles;
use crate::text::count_text::counted;

/// A radius is suggested at most this many miles wider where somebody is in reach, and at most this many where nobody is. Our choice.
const WIDER: f64 = 25.0;
const MUCH_WIDER: f64 = 225.0;
/// Where so many are in reach, a wider search is no remedy: ask what they accept. Our choice; it keeps the widest searches short.
const CROWDED: usize = 1000;
/// A later date is suggested at most this many days later: a bed is not held longer. Our choice.
const LATER: i64 = 14;
/// At most this many things to confirm are suggested. Our choice.
const CONFIRMATIONS: usize = 3;
/// A confirmation names at most this many providers to call, the best first. Our choice.
const MOST_CALLS: usize = 50;

/// Everything worth suggesting: what to confirm always, farther or later only while few meet the requirements.
pub(crate) fn suggest(judged: &EvaluatedCandidates<'_>, meets: u32) -> Vec<Suggestion> {
    let mut suggestions = suggest_confirmations(judged);
    if meets < judged.evaluator.discharge.profile.enough {
        suggestions.extend(suggest_wider_radius(&judged.evaluator, judged.candidates.len()));
        suggestions.extend(suggest_later_date(&judged.evaluator, &judged.candidates));
    }
    suggestions
}

fn suggest_confirmations(judged: &EvaluatedCandidates<'_>) -> Vec<Suggestion> {
    let suggestion = |(asked, all, lines): (Requirement, usize, Vec<LineId>)| {
        let gains = lines.len();
        let text = if gains < all {
            format!("Confirm {} with the first {gains} of {all} who have not said", asked.label())
        } else {
            format!("Confirm {} with {gains}: each that says yes meets the requirements", asked.label())
        };
        named(&judged.evaluator, SuggestedChange::Confirm(asked), &lines, text)
    };
    judged.lacking_one_answer(CONFIRMATIONS, MOST_CALLS).into_iter().map(suggestion).collect()
}

/// The smallest wider radius, in whole miles, that gains anything.
fn suggest_wider_radius(evaluator: &CandidateEvaluator<'_>, in_reach: usize) -> Option<Suggestion> {
    let within = evaluator.discharge.within.filter(|_| in_reach < CROWDED)?;
    let wider = if in_reach == 0 { MUCH_WIDER } else { WIDER };
    let widest = (within.value() + wider).min(WIDEST);
    let found = meeting_between(evaluator, within, widest);
    let nearest = found.iter().map(|(miles, _)| *miles).min()?;
    let radius = nearest.value().ceil();
    if radius > widest {
        return None;
    }
    let lines: Vec<LineId> = found.iter().filter(|(miles, _)| miles.value() <= radius).map(|(_, line)| *line).collect();
    let text = format!("Radius {radius} miles: {}", more_meet(lines.len()));
    Some(named(evaluator, SuggestedChange::WithinMiles(radius), &lines, text))
}

/// "2 more meet the requirements".
fn more_meet(count: usize) -> String {
    if count == 1 { "1 more meets the requirements".to_owned() } else { format!("{count} more meet the requirements") }
}

/// The lines that would meet the requirements if the radius were `widest` and do not now, each with how far it is.
fn meeting_between(evaluator: &CandidateEvaluator<'_>, within: Miles, widest: f64) -> Vec<(Miles, LineId)> {
    let Some(horizon) = Miles::new(widest) else { return Vec::new() };
    let wider = Discharge { within: Some(horizon), ..evaluator.discharge.clone() };
    let search = search(&wider, horizon);
    // A line that no network lists does not meet the requirements.
    let search = CandidateQuery { beyond: Some(within), listed_only: !search.networks.is_empty(), ..search };
    let evaluator = evaluator.of_changed(&wider);
    let found = evaluator.directory.candidates(&search);
    let meeting = found.iter().filter(|candidate| evaluator.meets_requirements(candidate));
    meeting.filter_map(|candidate| Some((candidate.distance?, candidate.line))).collect()
}

/// The first day within [`LATER`] days on which more meet the requirements than on the date asked: an affiliation begins, a provider is
/// no longer full, or payment for new admissions is no longer denied.
fn suggest_later_date(evaluator: &CandidateEvaluator<'_>, candidates: &[Candidate]) -> Option<Suggestion> {
    let on = evaluator.discharge.on;
    let soon = |day: &Date| (1..=LATER).contains(&days_between(on, *day));
    let days: BTreeSet<Date> =
        candidates.iter().flat_map(|candidate| days_of_change(evaluator, candidate)).filter(soon).collect();
    if days.is_empty() {
        return None;
    }
    let now: Vec<bool> = candidates.iter().map(|candidate| evaluator.meets_requirements(candidate)).collect();
    days.into_iter().find_map(|day| {
        let moved = Discharge { on: day, ..evaluator.discharge.clone() };
        let then = evaluator.of_changed(&moved);
        let (mut gained, mut lost) = (Vec::new(), 0);
        for (candidate, now) in candidates.iter().zip(&now) {
            match (now, then.meets_requirements(candidate)) {
                (false, true) => gained.push(candidate.line),
                (true, false) => lost += 1,
                _ => {}
            }
        }
        if gained.len() <= lost {
            return None;
        }
        let wait = counted(days_between(on, day).unsigned_abs(), "day");
        let text = format!("Discharge {wait} later: {}", more_meet(gained.len()));
        Some(named(evaluator, SuggestedChange::DischargeOn(day), &gained, text))
    })
}

/// The days on which a candidate may begin to meet the requirements.
fn days_of_change<'a>(evaluator: &'a CandidateEvaluator<'_>, candidate: &'a Candidate) -> impl Iterator<Item = Date> + 'a {
    let (on, plans) = (evaluator.discharge.on, evaluator.directory.plans());
    let begins = candidate.terms.iter().filter_map(|key: &TermsId| plans.terms(*key).and_then(|terms| terms.begin));
    let free = (candidate.room_on(on) == Tristate::No).then(|| candidate.room_from(on)).flatten();
    let denied = candidate.published.payment_denial.filter(|_| candidate.published.denies_payment_on(on));
    let paid = denied.and_then(|(_, until)| until.tomorrow().ok());
    begins.chain(free).chain(paid)
}

/// A suggestion with the ids of the providers it gains.
fn named(evaluator: &CandidateEvaluator<'_>, change: SuggestedChange, lines: &[LineId], text: String) -> Suggestion {
    let providers = lines.iter().filter_map(|line| evaluator.directory.provider_id(*line)).collect();
    Suggestion { change, providers, text }
}
