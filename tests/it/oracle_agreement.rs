//! Matching and the brute-force oracle give equal answers, on random towns in which rare
//! combinations are frequent.

use std::collections::BTreeMap;
use std::sync::Arc;

use placement::discharge::parse::parse;
use placement::discharge::{Discharge, ParseContext};
use placement::evidence::Tristate;
use placement::matching::candidate::Directory;
use placement::matching::rank;
use placement::matching::report::{AcceptanceVerdict, Match, Report};
use placement::place::{Miles, ZipTable};
use placement::provider::Provider;
use placement::service::Service;
use proptest::prelude::*;

use crate::directories::{self, Known, TODAY};
use crate::full_size::times;
use crate::oracle::{Answered, Found, TIERS, World, answer, newest_ratings};
use crate::oracle_answers::Verdict;
use crate::questions::question;
use crate::random_town;
use crate::seeded_random::SeededRandom;
use crate::small_directory::SmallDirectory;

/// Notices on how exact or old something is, which the oracle does not give.
const OF_PRECISION: [&str; 4] = ["service_area_not_published", "position_not_exact", "undated_evidence", "old_evidence"];

/// A match in the words of the oracle.
fn found(found: &Match) -> Found {
    let mut warned: Vec<&str> = found.notices.iter().map(|notice| notice.code).collect();
    warned.retain(|code| !OF_PRECISION.contains(code));
    warned.sort_unstable();
    Found {
        id: found.provider.id.to_string(),
        fit: found.fit.code(),
        status: found.network.status.code(),
        verdict: match found.acceptance.verdict {
            AcceptanceVerdict::Accepts => Verdict::Accepts,
            AcceptanceVerdict::Ask => Verdict::Ask,
            AcceptanceVerdict::Declines => panic!("{} declines and is on the list", found.provider.id),
        },
        open: found.chance.questions.iter().map(|question| question.asked.code()).collect(),
        score: found.score.0,
        parts: found
            .parts
            .iter()
            .map(|part| (part.part, (!part.unknown).then(|| part.value.millionths()), part.points.0))
            .collect(),
        chances: [found.chance.likelihood, found.chance.room, found.chance.chance]
            .map(placement::profile::Fraction::millionths),
        worth: found.worth.0,
        miles: found.distance.map(Miles::value),
        room: match found.availability.answer {
            Tristate::Yes => Some(true),
            Tristate::No => Some(false),
            Tristate::Unknown => None,
        },
        room_from: found.availability.room_from,
        warned,
    }
}

/// Where the report of a discharge and the oracle's answer differ, if they do. Distances are compared apart, because their last bits
/// may differ.
pub(crate) fn difference(report: &Report, oracle: &Answered) -> Option<String> {
    let (ours, theirs) = (report.matches.iter().map(found).collect::<Vec<_>>(), &oracle.found);
    for (at, (one, other)) in ours.iter().zip(theirs).enumerate() {
        let near = match (one.miles, other.miles) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-6,
            (a, b) => a == b,
        };
        let alike = Found { miles: other.miles, ..one.clone() } == *other;
        if !near || !alike {
            return Some(format!("rank {}:\nmatching {one:?}\noracle   {other:?}", at + 1));
        }
    }
    let counted: BTreeMap<&str, usize> = report.counts.iter().map(|(fit, count)| (fit.code(), *count as usize)).collect();
    let expected = TIERS.map(|tier| (tier, theirs.iter().filter(|found| found.fit == tier).count())).into();
    if counted != expected {
        return Some(format!("matching counts {counted:?}, the oracle {expected:?}; {:?}", oracle.left_out));
    }
    let shown = theirs.len().min(report.discharge.limit as usize);
    if ours.len() != shown {
        return Some(format!("matching shows {}, the oracle {shown}", ours.len()));
    }
    differently_left_out(report, oracle)
}

fn differently_left_out(report: &Report, oracle: &Answered) -> Option<String> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for reason in oracle.left_out.values() {
        *counts.entry(reason.clone()).or_default() += 1;
    }
    let counted = report.left_out.iter().filter(|(_, n)| **n > 0).map(|(reason, n)| (reason.code(), *n));
    let counted: BTreeMap<String, u32> = counted.collect();
    if counted != counts {
        return Some(format!("left out: matching counts {counted:?}, the oracle {counts:?}"));
    }
    let listed = report.left_out_list.as_deref().unwrap_or_default();
    for left_out in listed {
        let expected = oracle.left_out.get(left_out.provider.id.as_str());
        if expected != Some(&left_out.bar.reason.code()) {
            return Some(format!("{}: matching says {:?}, the oracle {expected:?}", left_out.provider.id, left_out.bar));
        }
    }
    let whole = report.left_out_list.is_none() || listed.len() == oracle.left_out.len().min(1000);
    (!whole).then(|| format!("matching lists {} left out, the oracle {}", listed.len(), oracle.left_out.len()))
}

/// What the oracle must know of a town.
pub(crate) fn world(shelf: &SmallDirectory) -> World<'_> {
    World {
        plans: shelf.plans(),
        listed: &shelf.listed,
        newest: shelf.newest.clone(),
        stated: None,
        everywhere: BTreeMap::new(),
    }
}

/// Asks both.
pub(crate) fn compare(
    asked: &Discharge,
    directory: &dyn Directory,
    world: &World<'_>,
    providers: &[Arc<Provider>],
) -> Option<String> {
    let report = rank(asked, directory, &[]);
    let oracle = answer(asked, world, providers.iter().map(Arc::as_ref));
    difference(&report, &oracle).map(|what| format!("{}\n{what}", asked.canonical_line()))
}

proptest! {
    #![proptest_config(random_town::cases(times(2_000, 10_000).try_into().unwrap()))]

    #[test]
    fn matching_agrees_with_brute_force_on_any_town(
        seeds in prop::collection::vec(any::<u64>(), 0..40),
        asked in any::<u64>(),
    ) {
        let shelf = random_town::shelf(&seeds);
        let difference = compare(&random_town::discharge(asked), &shelf, &world(&shelf), &shelf.providers);
        prop_assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }
}

/// Compares both on random questions drawn from `seed`.
fn agree(known: &Known, questions: usize, seed: u64) {
    let (choices, plans) = (known.choices(), known.plans());
    let words = ParseContext { zips: ZipTable::curated(), plans, generation: known.catalog.generation() };
    let by_service: BTreeMap<Service, Vec<Arc<Provider>>> = Service::ALL
        .into_iter()
        .map(|service| (service, known.providers.iter().filter(|p| p.line(service).is_some()).cloned().collect()))
        .collect();
    let newest = newest_ratings(known.providers.iter().map(Arc::as_ref));
    let world = World { plans, listed: &known.listed, newest, stated: None, everywhere: BTreeMap::new() };
    let random = &mut SeededRandom::seeded(seed);
    let mut found: BTreeMap<Service, usize> = BTreeMap::new();
    for asked in 0..questions {
        let raw = question(&choices, random);
        let (question, _) = parse(&raw, &words, TODAY).unwrap_or_else(|faults| panic!("{raw}: {faults:?}"));
        for discharge in &question.discharges {
            let report = rank(discharge, known.catalog.as_ref(), &[]);
            let oracle = answer(discharge, &world, by_service[&discharge.service].iter().map(Arc::as_ref));
            if let Some(difference) = difference(&report, &oracle) {
                panic!("question {asked}: {raw}\n{difference}");
            }
            *found.entry(discharge.service).or_default() += oracle.found.len();
        }
    }
    assert!(found.values().sum::<usize>() > 2 * questions, "{found:?} in {questions} questions prove little");
    let enough = questions / 10;
    // A service of a handful of providers is met rarely.
    let many = |service: &Service| by_service[service].len() > 20;
    for service in choices.services.into_iter().filter(many) {
        assert!(found[&service] > enough, "{found:?} in {questions} questions prove little of {service}");
    }
}

#[test]
fn matching_agrees_with_brute_force_on_questions_about_the_sample() {
    agree(directories::sample(), times(2_000, 10_000), 1);
}

#[test]
fn matching_agrees_with_brute_force_on_questions_about_the_real_directory() {
    if let Some(known) = directories::real() {
        agree(known, times(1_000, 5_000), 2);
    }
}
