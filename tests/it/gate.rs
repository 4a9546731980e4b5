//! The guards of the gate, one by one: from which figure on each warns, and from which it refuses.

use std::collections::BTreeMap;

use jiff::civil::date;
use placement::catalog::census::{Census, SourceCount};
use placement::refresh::gate::Verdict::{Good, Refuse, Warn};
use placement::refresh::gate::{Check, Guards, Verdict, judge};

const AGENCIES: &str = "CMS Home Health Care Agencies";

/// A thousand providers, of two states and two services, in two networks, from two sources.
fn usual() -> Census {
    let counts = |counts: &[(&str, u64)]| counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    let source = |dataset: &str, rows| SourceCount {
        dataset: dataset.to_owned(),
        files: 1,
        rows,
        rejected: 0,
        as_of: Some(date(2026, 10, 1)),
    };
    Census {
        synthetic: false,
        providers: 1000,
        without_place: 0,
        services: counts(&[("home_health", 600), ("skilled_nursing", 400)]),
        states: counts(&[("SC", 700), ("GA", 300)]),
        networks: counts(&[("Harbor Choice", 400), ("Small", 3)]),
        sources: BTreeMap::from([
            (AGENCIES.to_owned(), source(AGENCIES, 600)),
            ("payer roster harbor".to_owned(), source("payer roster", 400)),
        ]),
    }
}

fn changed(change: impl FnOnce(&mut Census)) -> Census {
    let mut census = usual();
    change(&mut census);
    census
}

fn set(counts: &mut BTreeMap<String, u64>, name: &str, count: u64) {
    counts.insert(name.to_owned(), count);
}

/// What is not good, by guard and subject.
fn told(checks: &[Check]) -> Vec<(&'static str, &str, Verdict)> {
    let bad = checks.iter().filter(|check| check.verdict != Good);
    bad.map(|check| (check.guard, check.subject.as_str(), check.verdict)).collect()
}

fn weighed(now: &Census) -> Vec<Check> {
    judge(Some(&usual()), now, &Guards::default())
}

#[test]
fn a_night_like_the_one_before_is_good_in_every_guard() {
    let checks = weighed(&usual());
    assert_eq!(told(&checks), []);
    let words: Vec<String> = checks.iter().map(|check| format!("{}: {}", check.guard, check.words)).collect();
    insta::assert_snapshot!(words.join("\n"), @r"
    minimum: 2 minimums reached
    rejected_rows: less than 0.5 % of the rows rejected
    without_place: 0 of 1,000 providers without a usable place
    synthetic: real providers, as before
    providers: 1,000 providers before, 1,000 now
    service: 2 services: fewer than 10 % of the lines lost
    state: 2 states: fewer than 10 % of the providers lost
    network: 2 networks: fewer than 10 % of the lines lost
    source: 2 sources: fewer than 10 % of the rows lost
    older_source: 2 sources: no day is older than before
    ");
}

#[test]
fn every_guard_warns_and_refuses_at_its_figure_and_not_before() {
    type Change = fn(&mut Census);
    let table: [(&str, &str, Change, Verdict); 39] = [
        ("providers", "", |c| c.providers = 951, Good),
        ("providers", "", |c| c.providers = 950, Warn),
        ("providers", "", |c| c.providers = 901, Warn),
        ("providers", "", |c| c.providers = 900, Refuse),
        ("providers", "", |c| c.providers = 1999, Good),
        ("providers", "", |c| c.providers = 2000, Warn),
        ("service", "home_health", |c| set(&mut c.services, "home_health", 541), Good),
        ("service", "home_health", |c| set(&mut c.services, "home_health", 540), Warn),
        ("service", "home_health", |c| set(&mut c.services, "home_health", 481), Warn),
        ("service", "home_health", |c| set(&mut c.services, "home_health", 480), Refuse),
        ("service", "skilled_nursing", |c| _ = c.services.remove("skilled_nursing"), Refuse),
        ("state", "GA", |c| set(&mut c.states, "GA", 271), Good),
        ("state", "GA", |c| set(&mut c.states, "GA", 270), Warn),
        ("state", "GA", |c| set(&mut c.states, "GA", 241), Warn),
        ("state", "GA", |c| set(&mut c.states, "GA", 240), Refuse),
        ("state", "GA", |c| _ = c.states.remove("GA"), Refuse),
        ("network", "Harbor Choice", |c| set(&mut c.networks, "Harbor Choice", 361), Good),
        ("network", "Harbor Choice", |c| set(&mut c.networks, "Harbor Choice", 360), Warn),
        ("network", "Harbor Choice", |c| set(&mut c.networks, "Harbor Choice", 320), Refuse),
        ("network", "Harbor Choice", |c| _ = c.networks.remove("Harbor Choice"), Refuse),
        // Of three one may go, and even two; all may not.
        ("network", "Small", |c| set(&mut c.networks, "Small", 2), Warn),
        ("network", "Small", |c| set(&mut c.networks, "Small", 1), Warn),
        ("network", "Small", |c| set(&mut c.networks, "Small", 0), Refuse),
        ("source", AGENCIES, |c| source(c).rows = 541, Good),
        ("source", AGENCIES, |c| source(c).rows = 540, Warn),
        ("source", AGENCIES, |c| source(c).rows = 480, Refuse),
        ("source", AGENCIES, |c| drop(c.sources.remove(AGENCIES)), Refuse),
        ("older_source", AGENCIES, |c| source(c).as_of = Some(date(2026, 10, 2)), Good),
        ("older_source", AGENCIES, |c| source(c).as_of = Some(date(2026, 9, 30)), Refuse),
        ("older_source", AGENCIES, |c| source(c).as_of = None, Warn),
        ("rejected_rows", AGENCIES, |c| source(c).rejected = 2, Good),
        ("rejected_rows", AGENCIES, |c| source(c).rejected = 3, Warn),
        ("rejected_rows", AGENCIES, |c| source(c).rejected = 12, Refuse),
        ("rejected_rows", "", |c| source(c).rejected = 20, Refuse),
        ("without_place", "", |c| c.without_place = 4, Good),
        ("without_place", "", |c| c.without_place = 5, Warn),
        ("without_place", "", |c| c.without_place = 10, Refuse),
        ("minimum", "home_health", |c| set(&mut c.services, "home_health", 0), Refuse),
        ("synthetic", "", |c| c.synthetic = true, Refuse),
    ];
    for (guard, subject, change, expected) in table {
        let now = changed(change);
        let checks = weighed(&now);
        let found = checks.iter().find(|check| check.guard == guard && check.subject == subject);
        let verdict = found.map_or(Good, |check| check.verdict);
        assert_eq!(verdict, expected, "{guard} {subject}: {found:?}");
        if verdict != Good {
            assert!(found.unwrap().words.contains(char::is_alphabetic), "{found:?}");
        }
    }
}

fn source(census: &mut Census) -> &mut SourceCount {
    census.sources.get_mut(AGENCIES).unwrap()
}
