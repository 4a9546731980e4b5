//! What to do next: single changes to the question, and what each gains.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::coverage::TermsId;
use crate::discharge::{Discharge, WIDEST};
use crate::matching::candidate::{Candidate, CandidateQuery};
use crate::matching::network;
use crate::matching::network::networks;
use crate::matching::ranking::CandidateEvaluator;
use crate::matching::report::{Requirement, SuggestedChange, Suggestion};
use crate::place::Miles;

/// Radii are suggested in steps of this many miles.
const STEP: f64 = 5.0;
/// A radius is suggested at most this much wider where somebody is in reach, and at most this much where nobody is.
const WIDER: f64 = 25.0;
const MUCH_WIDER: f64 = 225.0;
/// Where so many are in reach, more of them are no remedy: what they accept must be asked. Our choice; it keeps the widest
/// searches short.
const CROWDED: usize = 1000;
/// A start is suggested at most this many days later: a bed is not held longer. Our choice.
const LATER: i64 = 14;
/// At most this many things to confirm are suggested.
const CONFIRMATIONS: usize = 3;

/// Everything worth suggesting: what to confirm always, farther or later only while few are ready.
pub(crate) fn suggest(
    judge: &CandidateEvaluator<'_>,
    candidates: &[Candidate],
    ready: u32,
    silent: &BTreeMap<Requirement, u32>,
) -> Vec<Suggestion> {
    let mut suggestions = suggest_confirmations(silent);
    if ready < judge.discharge.profile.enough_ready {
        suggestions.extend(suggest_wider_radius(judge, candidates.len()));
        suggestions.extend(suggest_later_date(judge, candidates, ready));
    }
    suggestions
}

fn suggest_confirmations(silent: &BTreeMap<Requirement, u32>) -> Vec<Suggestion> {
    let mut by_gain: Vec<(Requirement, u32)> = silent.iter().map(|(asked, count)| (*asked, *count)).collect();
    by_gain.sort_by_key(|(asked, count)| (std::cmp::Reverse(*count), *asked));
    by_gain.truncate(CONFIRMATIONS);
    let suggestion = |(asked, ready): (Requirement, u32)| {
        let text = format!("Confirm {} with {ready}: {ready} more ready if they say yes", asked.label());
        Suggestion { change: SuggestedChange::Confirm(asked), ready, text }
    };
    by_gain.into_iter().map(suggestion).collect()
}

/// The smallest wider radius that gains anything, and the widest if it gains more.
fn suggest_wider_radius(judge: &CandidateEvaluator<'_>, in_reach: usize) -> Vec<Suggestion> {
    let Some(within) = judge.discharge.within.filter(|_| in_reach < CROWDED) else { return Vec::new() };
    let wider = if in_reach == 0 { MUCH_WIDER } else { WIDER };
    let widest = (within.value() + wider).min(WIDEST);
    let distances = ready_between(judge, within, widest);
    let step_to = |miles: Miles| {
        let steps = ((miles.value() - within.value()) / STEP).ceil().max(1.0);
        (within.value() + steps * STEP).min(widest)
    };
    let Some(nearest) = distances.iter().min() else { return Vec::new() };
    let gain = |radius: f64| distances.iter().filter(|miles| miles.value() <= radius).count();
    let smallest = step_to(*nearest);
    let mut radii = vec![smallest];
    let wide = (within.value() + WIDER).min(WIDEST);
    if gain(wide) > gain(smallest) {
        radii.push(wide);
    }
    let suggestion = |radius: f64| {
        let ready = u32::try_from(gain(radius)).unwrap_or(u32::MAX);
        let text = format!("+{} miles: {ready} more ready", radius - within.value());
        Suggestion { change: SuggestedChange::WithinMiles(radius), ready, text }
    };
    radii.into_iter().map(suggestion).collect()
}

/// How far each line is that would be ready if the radius were `widest` and is not now.
fn ready_between(judge: &CandidateEvaluator<'_>, within: Miles, widest: f64) -> Vec<Miles> {
    let Some(horizon) = Miles::new(widest) else { return Vec::new() };
    let wider = Discharge { within: Some(horizon), ..judge.discharge.clone() };
    let search = search(&wider, horizon);
    // Nobody is ready whom none of the networks lists.
    let search = CandidateQuery { beyond: Some(within), listed_only: !search.networks.is_empty(), ..search };
    let judge = CandidateEvaluator::new(&wider, judge.directory);
    let found = judge.directory.candidates(&search);
    let ready = found.iter().filter(|candidate| judge.is_ready(candidate));
    ready.filter_map(|candidate| candidate.distance).collect()
}

/// The first day within [`LATER`] days on which an affiliation begins and more are ready than on the day asked.
fn suggest_later_date(judge: &CandidateEvaluator<'_>, candidates: &[Candidate], ready: u32) -> Option<Suggestion> {
    let on = judge.discharge.on;
    let plans = judge.directory.plans();
    let begins = |key: &TermsId| plans.terms(*key).and_then(|terms| terms.begin);
    let soon = |day: &Date| (1..=LATER).contains(&network::days_between(on, *day));
    let days: BTreeSet<Date> = candidates.iter().flat_map(|c| c.terms.iter().filter_map(begins)).filter(soon).collect();
    days.into_iter().find_map(|day| {
        let moved = Discharge { on: day, ..judge.discharge.clone() };
        let judge = CandidateEvaluator::new(&moved, judge.directory);
        let count = candidates.iter().filter(|candidate| judge.is_ready(candidate)).count();
        let more = u32::try_from(count).unwrap_or(u32::MAX).checked_sub(ready).filter(|more| *more > 0)?;
        let text = match network::days_between(on, day) {
            1 => format!("Start one day later: {more} more ready"),
            wait => format!("Start {wait} days later: {more} more ready"),
        };
        Some(Suggestion { change: SuggestedChange::DischargeOn(day), ready: more, text })
    })
}

/// The search for a discharge, looking as far as `horizon`.
pub(crate) fn search(discharge: &Discharge, horizon: Miles) -> CandidateQuery<'_> {
    CandidateQuery {
        service: discharge.service,
        center: discharge.near.point,
        zip: discharge.near.zip,
        horizon,
        beyond: None,
        networks: networks(discharge),
        listed_only: false,
    }
}
