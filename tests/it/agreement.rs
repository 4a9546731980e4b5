//! Matching and the brute-force oracle give equal answers, on random towns in which rare
//! combinations are frequent.

use std::collections::BTreeMap;
use std::sync::Arc;

use placement::catalog::network_bitmap::NetworkBitmap;
use placement::discharge::parse::parse;
use placement::discharge::{Discharge, ParseContext};
use placement::evidence::Tristate;
use placement::matching::candidate::Directory;
use placement::matching::rank;
use placement::matching::report::{ExclusionReason, FitTier, Report};
use placement::place::ZipTable;
use placement::provider::Provider;
use placement::service::Service;
use proptest::prelude::*;

use crate::dice::Dice;
use crate::directories::{self, Known, TODAY};
use crate::oracle::{Answered, Found, Lists, answer};
use crate::questions::question;
use crate::town;

/// The notices that the oracle also computes.
const WARNINGS: [&str; 3] = ["no_new_patients", "low_confidence", "possible_exclusion"];

/// A report in the terms of the oracle. Distances are compared separately, because their last bits
/// may differ.
fn said(report: &Report) -> Vec<Found> {
    let found = |m: &placement::matching::report::Match| Found {
        id: m.provider.id.to_string(),
        fit: m.fit,
        status: m.network.status,
        verdict: m.acceptance.verdict,
        score: m.score.0,
        parts: m
            .parts
            .iter()
            .map(|part| (part.part, (!part.unknown).then(|| part.value.millionths()), part.points.0))
            .collect(),
        miles: m.distance.map(placement::place::Miles::value),
        room: match m.availability.answer {
            Tristate::Yes => Some(true),
            Tristate::No => Some(false),
            Tristate::Unknown => None,
        },
        warned: m.notices.iter().map(|notice| notice.code).filter(|code| WARNINGS.contains(code)).collect(),
    };
    report.matches.iter().map(found).collect()
}

/// The first difference between the report and the oracle's answer, if any.
pub(crate) fn difference(report: &Report, oracle: &Answered) -> Option<String> {
    let (ours, theirs) = (said(report), &oracle.found);
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
    let mut counts: BTreeMap<FitTier, u32> = BTreeMap::new();
    for found in theirs {
        *counts.entry(found.fit).or_default() += 1;
    }
    for fit in FitTier::ALL {
        let expected = counts.get(&fit).copied().unwrap_or(0);
        if report.count(fit) != expected {
            let kept_out = &oracle.left_out;
            return Some(format!("{fit:?}: {} by matching, {expected} by the oracle; {kept_out:?}", report.count(fit)));
        }
    }
    let shown = theirs.len().min(report.discharge.limit as usize);
    if ours.len() != shown {
        return Some(format!("matching shows {}, the oracle {shown}", ours.len()));
    }
    differently_left_out(report, oracle)
}

fn differently_left_out(report: &Report, oracle: &Answered) -> Option<String> {
    let mut counts: BTreeMap<ExclusionReason, u32> = BTreeMap::new();
    for reason in oracle.left_out.values() {
        *counts.entry(*reason).or_default() += 1;
    }
    let counted: BTreeMap<ExclusionReason, u32> =
        report.left_out.iter().filter(|(_, n)| **n > 0).map(|(reason, n)| (*reason, *n)).collect();
    if counted != counts {
        return Some(format!("left out: matching counts {counted:?}, the oracle {counts:?}"));
    }
    let listed = report.left_out_list.as_deref().unwrap_or_default();
    for left_out in listed {
        let expected = oracle.left_out.get(left_out.provider.id.as_str());
        if expected != Some(&left_out.bar.reason) {
            return Some(format!("{}: matching says {:?}, the oracle {expected:?}", left_out.provider.id, left_out.bar));
        }
    }
    let whole = report.left_out_list.is_none() || listed.len() == oracle.left_out.len().min(1000);
    (!whole).then(|| format!("matching lists {} left out, the oracle {}", listed.len(), oracle.left_out.len()))
}

/// Asks both and compares.
pub(crate) fn compare(
    asked: &Discharge,
    directory: &dyn Directory,
    listed: &NetworkBitmap,
    providers: &[Arc<Provider>],
) -> Option<String> {
    let report = rank(asked, directory, &[]);
    let oracle = answer(asked, Lists { plans: directory.plans(), listed }, providers.iter().map(Arc::as_ref));
    difference(&report, &oracle).map(|what| format!("{}\n{what}", asked.canonical_line()))
}

proptest! {
    #![proptest_config(town::cases(10_000))]

    #[test]
    fn matching_agrees_with_brute_force_on_any_town(
        seeds in prop::collection::vec(any::<u64>(), 0..40),
        asked in any::<u64>(),
    ) {
        let shelf = town::shelf(&seeds);
        let difference = compare(&town::discharge(asked), &shelf, &shelf.listed, &shelf.providers);
        prop_assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }
}

/// Compares both on random questions drawn from `seed`.
fn agree(known: &Known, questions: u64, seed: u64) {
    let (choices, plans) = (known.choices(), known.plans());
    let words = ParseContext { zips: ZipTable::curated(), plans, generation: known.catalog.generation() };
    let by_service: BTreeMap<Service, Vec<Arc<Provider>>> = Service::ALL
        .into_iter()
        .map(|service| (service, known.providers.iter().filter(|p| p.line(service).is_some()).cloned().collect()))
        .collect();
    let dice = &mut Dice::seeded(seed);
    let (mut asked, mut found) = (0, 0);
    while asked < questions {
        let raw = question(&choices, dice);
        let (question, _) = parse(&raw, &words, TODAY).unwrap_or_else(|faults| panic!("{raw}: {faults:?}"));
        for discharge in &question.discharges {
            let report = rank(discharge, known.catalog.as_ref(), &[]);
            let oracle = answer(
                discharge,
                Lists { plans, listed: &known.listed },
                by_service[&discharge.service].iter().map(Arc::as_ref),
            );
            if let Some(difference) = difference(&report, &oracle) {
                panic!("question {asked}: {raw}\n{difference}");
            }
            found += oracle.found.len();
        }
        asked += 1;
    }
    assert!(found as u64 > 2 * questions, "{found} matches in {asked} questions prove little");
}

#[test]
fn matching_agrees_with_brute_force_on_10_000_questions_about_the_sample() {
    agree(directories::sample(), 10_000, 1);
}

#[test]
fn matching_agrees_with_brute_force_on_1_000_questions_about_the_real_directory() {
    if let Some(known) = directories::real() {
        agree(known, 1_000, 2);
    }
}
