//! The checks of the gate, one by one: the values from which each warns and refuses.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use placement::catalog::stats::{CatalogStats, SourceStats};
use placement::refresh::gate::{GateConfig, evaluate};
use placement::refresh::settings::RefreshConfig;
use placement::run_report::gate_check::CheckVerdict::{Good, Refuse, Warn};
use placement::run_report::gate_check::{CheckVerdict, GateCheck};
use proptest::prelude::*;

const AGENCIES: &str = "CMS Home Health Care Agencies";

/// A thousand providers in two states, with two services, two networks and two sources.
fn usual() -> CatalogStats {
    let counts = |counts: &[(&str, u64)]| counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect();
    let source = |dataset: &str, rows| SourceStats {
        dataset: dataset.to_owned(),
        files: 1,
        rows,
        newest_rows: rows,
        as_of: Some(date(2026, 10, 1)),
        as_of_from: "date column".to_owned(),
        sha256s: BTreeSet::from(["first".to_owned()]),
        ..SourceStats::default()
    };
    CatalogStats {
        synthetic: false,
        providers: 1000,
        without_place: 0,
        services: counts(&[("home_health", 600), ("skilled_nursing", 400)]),
        states: counts(&[("SC", 700), ("GA", 300)]),
        networks: counts(&[("Harbor Choice", 400), ("Small", 3)]),
        in_force: counts(&[("Harbor Choice", 300), ("Small", 3)]),
        sources: BTreeMap::from([
            (AGENCIES.to_owned(), source(AGENCIES, 600)),
            ("payer roster harbor".to_owned(), source("payer roster", 400)),
        ]),
    }
}

fn changed(change: impl FnOnce(&mut CatalogStats)) -> CatalogStats {
    let mut census = usual();
    change(&mut census);
    census
}

fn set(counts: &mut BTreeMap<String, u64>, name: &str, count: u64) {
    counts.insert(name.to_owned(), count);
}

/// Failed checks, by check and subject.
fn told(checks: &[GateCheck]) -> Vec<(&'static str, &str, CheckVerdict)> {
    let bad = checks.iter().filter(|check| check.verdict != Good);
    bad.map(|check| (check.guard, check.subject.as_str(), check.verdict)).collect()
}

fn weighed(now: &CatalogStats) -> Vec<GateCheck> {
    evaluate(Some(&usual()), now, &GateConfig::default())
}

#[test]
fn a_night_like_the_one_before_is_good_in_every_guard() {
    let checks = weighed(&usual());
    assert_eq!(told(&checks), []);
    let words: Vec<String> = checks.iter().map(|check| format!("{}: {}", check.guard, check.words)).collect();
    insta::assert_snapshot!(words.join("\n"), @r"
    minimum: 2 minimums reached
    rejected_rows: less than 0.5 % of the rows rejected
    without_place: 0 of 1,000 providers without a usable location
    synthetic: real providers, as before
    providers: 1,000 providers before, 1,000 now
    service: 2 services: less than 10 % of the lines lost
    state: 2 states: less than 10 % of the providers lost
    network: 2 networks: less than 10 % of the lines lost, listed and in force
    source: 2 sources: less than 10 % of the rows lost
    older_source: 2 sources: no date is earlier than before
    ");
}

#[test]
fn every_guard_warns_and_refuses_at_its_figure_and_not_before() {
    type Change = fn(&mut CatalogStats);
    let table: [(&str, &str, Change, CheckVerdict); 43] = [
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
        // Equal numbers are listed, but fewer on terms in force.
        ("network", "Harbor Choice", |c| set(&mut c.in_force, "Harbor Choice", 271), Good),
        ("network", "Harbor Choice", |c| set(&mut c.in_force, "Harbor Choice", 270), Warn),
        ("network", "Harbor Choice", |c| set(&mut c.in_force, "Harbor Choice", 240), Refuse),
        ("network", "Harbor Choice", |c| set(&mut c.in_force, "Harbor Choice", 0), Refuse),
        // Of three, one or two may be lost, but not all.
        ("network", "Small", |c| set(&mut c.networks, "Small", 2), Warn),
        ("network", "Small", |c| set(&mut c.networks, "Small", 1), Warn),
        ("network", "Small", |c| set(&mut c.networks, "Small", 0), Refuse),
        ("source", AGENCIES, |c| source(c).rows = 541, Good),
        ("source", AGENCIES, |c| source(c).rows = 540, Warn),
        ("source", AGENCIES, |c| source(c).rows = 480, Refuse),
        ("source", AGENCIES, |c| drop(c.sources.remove(AGENCIES)), Refuse),
        ("older_source", AGENCIES, |c| _ = another_file(c, Some(date(2026, 10, 2))), Good),
        ("older_source", AGENCIES, |c| _ = another_file(c, Some(date(2026, 9, 30))), Refuse),
        ("older_source", AGENCIES, |c| _ = another_file(c, None), Warn),
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

/// Replaces a file with another one of a given date.
fn another_file(census: &mut CatalogStats, day: Option<Date>) -> &mut SourceStats {
    let source = source(census);
    (source.as_of, source.sha256s) = (day, BTreeSet::from(["another".to_owned()]));
    source
}

/// A change of a source between two refreshes.
type Change = fn(&mut SourceStats);

#[test]
fn only_another_file_of_an_earlier_day_by_the_same_sign_is_older() {
    let (may, october, far) = (Some(date(2026, 5, 1)), Some(date(2026, 10, 1)), Some(date(2099, 1, 1)));
    let ahead: Change = |source| source.ahead = true;
    let by_its_name: Change = |source| source.as_of_from = "file name".to_owned();
    let same_bytes: Change = |source| source.sha256s = BTreeSet::from(["first".to_owned()]);
    let plain: Change = |_| {};
    for ((day, before), (other_day, now), verdict, words) in [
        ((october, plain), (may, plain), Refuse, "dated 2026-05-01, previously 2026-10-01; an older file is always refused"),
        ((october, plain), (may, same_bytes), Good, ""),
        ((october, plain), (None, same_bytes), Good, ""),
        ((october, plain), (None, plain), Warn, "dated 2026-10-01 before, date unknown now"),
        (
            (october, plain),
            (may, by_its_name),
            Warn,
            "dated 2026-05-01 by its file name, previously 2026-10-01 by its date column; check whether the file is older",
        ),
        ((may, plain), (october, by_its_name), Good, ""),
        (
            (far, ahead),
            (october, plain),
            Warn,
            "dated 2026-10-01; previously 2099-01-01, which was in the future and counts as unknown",
        ),
        (
            (october, plain),
            (far, ahead),
            Warn,
            "dated 2099-01-01, which is in the future and counts as unknown; previously 2026-10-01",
        ),
        ((far, ahead), (far, same_bytes), Good, ""),
    ] {
        let of_day = |day: Option<Date>, change: Change| changed(|census| change(another_file(census, day)));
        let was = changed(|census| {
            source(census).as_of = day;
            before(source(census));
        });
        let checks = evaluate(Some(&was), &of_day(other_day, now), &GateConfig::default());
        let found = checks.iter().find(|check| check.guard == "older_source" && check.subject == AGENCIES);
        let expected = (verdict, format!("{AGENCIES}: {words}"));
        match found {
            None => assert_eq!(verdict, Good, "{expected:?}"),
            Some(found) => assert_eq!((found.verdict, found.words.clone()), expected),
        }
    }
}

fn source(census: &mut CatalogStats) -> &mut SourceStats {
    census.sources.get_mut(AGENCIES).unwrap()
}

#[test]
fn what_is_found_is_told_with_its_figures_and_its_limit() {
    let now = changed(|c| {
        c.providers = 900;
        set(&mut c.services, "home_health", 431);
        set(&mut c.states, "GA", 660);
        set(&mut c.networks, "Small", 2);
        _ = c.networks.remove("Harbor Choice");
        source(c).rejected = 40;
        another_file(c, Some(date(2026, 9, 1)));
        c.without_place = 6;
        c.synthetic = true;
    });
    let checks = weighed(&now);
    let words: Vec<String> = checks
        .iter()
        .filter(|check| check.verdict != Good)
        .map(|check| format!("{:?} {}: {}", check.verdict, check.guard, check.words))
        .collect();
    insta::assert_snapshot!(words.join("\n"), @r"
    Refuse rejected_rows: all sources together: 40 of 1,000 rows rejected, 4 %; refused at 2 % or more
    Refuse rejected_rows: CMS Home Health Care Agencies: 40 of 600 rows rejected, 6.66 %; refused at 2 % or more
    Warn without_place: 6 of 900 providers have no usable location, 0.66 %; warned at 0.5 % or more
    Refuse synthetic: the published directory has real providers, this one synthetic ones; always refused
    Refuse providers: the directory: 1,000 providers, 900 now: 10 % fewer; refused at 10 % or more
    Refuse service: Home health: 600 lines, 431 now: 28.16 % fewer; refused at 20 % or more
    Warn state: state GA: 300 providers, 660 now: 120 % more; warned at 100 % or more
    Refuse network: network Harbor Choice: 400 lines, none now; a drop to zero is always refused
    Warn network: network Small: 3 lines, 2 now: 33.33 % fewer; refused at 20 % or more, but not for fewer than 5
    Refuse older_source: CMS Home Health Care Agencies: dated 2026-09-01, previously 2026-10-01; an older file is always refused
    ");
}

#[test]
fn a_first_night_must_hold_something_of_every_service_its_files_are_about() {
    let minimum = |now: &CatalogStats, guards: &GateConfig| {
        let checks = evaluate(None, now, guards);
        let refused = checks.into_iter().filter(|check| check.verdict == Refuse);
        refused.map(|check| check.words).collect::<Vec<_>>()
    };
    assert_eq!(minimum(&usual(), &GateConfig::default()), [""; 0]);
    let empty = changed(|c| {
        c.providers = 0;
        c.services.clear();
    });
    assert_eq!(
        minimum(&empty, &GateConfig::default()),
        [
            "the directory: 0 providers; every directory needs at least 1",
            "Home health: 0 lines; CMS Home Health Care Agencies requires at least 1",
        ]
    );
    let asked: GateConfig = toml::from_str("minimum = { providers = 40000, home_health = 600, hospice = 10 }").unwrap();
    assert_eq!(
        minimum(&usual(), &asked),
        [
            "the directory: 1,000 providers; the settings require at least 40,000",
            "Hospice at home: 0 lines; the settings require at least 10",
        ]
    );
}

#[test]
fn a_roster_counts_by_its_newest_file_and_everything_else_by_all_its_files() {
    let two_files = |dataset: &str| {
        let before = changed(|c| {
            let source =
                SourceStats { dataset: dataset.to_owned(), files: 2, rows: 200, newest_rows: 100, ..source(c).clone() };
            c.sources.insert("theirs".to_owned(), source);
        });
        let now = changed(|c| {
            let source =
                SourceStats { dataset: dataset.to_owned(), files: 1, rows: 100, newest_rows: 100, ..source(c).clone() };
            c.sources.insert("theirs".to_owned(), source);
        });
        let checks = evaluate(Some(&before), &now, &GateConfig::default());
        told(&checks).into_iter().map(|(guard, subject, verdict)| (guard, subject.to_owned(), verdict)).collect::<Vec<_>>()
    };
    assert_eq!(two_files("payer roster"), [], "the older one was cleared away");
    assert_eq!(two_files("FHIR Plan-Net directory"), [("source", "theirs".to_owned(), Refuse)], "half of it is missing");
}

#[test]
fn limits_are_read_strictly_and_stand_in_for_the_defaults_one_by_one() {
    let read = |text: &str| toml::from_str::<GateConfig>(text);
    assert_eq!(read("").unwrap(), GateConfig::default());
    let strict = read("providers = { warn = 1, refuse = 2.25 }\nfew = 0\ngrowth = 50").unwrap();
    assert_eq!((strict.few, strict.network), (0, GateConfig::default().network));
    let now = changed(|c| c.providers = 977);
    assert_eq!(told(&evaluate(Some(&usual()), &now, &strict)), [("providers", "", Refuse)]);
    for (text, fault) in [
        ("provider = { warn = 1, refuse = 2 }", "unknown field `provider`"),
        ("providers = { warn = 1 }", "missing field `refuse`"),
        ("providers = { warn = 3, refuse = 2 }", "warn (3 %) is more than refuse (2 %)"),
        ("state = { warn = 3, refuse = 200 }", "refuse (200 %) is more than 100 %"),
        ("state = { warn = 0, refuse = 20 }", "0 is not a valid percentage; use at least 0.01, such as 20"),
        ("state = { warn = -1, refuse = 20 }", "-1 is not a valid percentage"),
        ("state = { warn = 0.123, refuse = 20 }", "0.123 has more than two decimal places"),
        ("state = { warn = nan, refuse = 20 }", "NaN is not a valid percentage"),
        ("minimum = { nursing = 3 }", "nursing is not providers or one of home_health, skilled_nursing"),
        ("minimum = { hospice = -3 }", "-3"),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(fault), "{text}: {error}");
    }
}

#[test]
fn the_example_of_the_settings_shows_the_usual_limits() {
    let example = include_str!("../../docs/refresh.example.toml");
    assert_eq!(RefreshConfig::parse(example).unwrap().gate, GateConfig::default());
    let examples_too = RefreshConfig::parse(&example.replace("#: ", "")).unwrap().gate;
    assert!(examples_too.canaries.is_some() && examples_too.minimum.len() == 2);
}

/// Random statistics; their sources are as good as possible.
fn any_census() -> impl Strategy<Value = CatalogStats> {
    let counts = || proptest::collection::vec(0_u64..400, 4);
    (1_u64..2000, counts(), counts(), counts(), counts()).prop_map(|(providers, services, states, networks, rows)| {
        let named = |names: [&str; 4], counts: Vec<u64>| names.map(str::to_owned).into_iter().zip(counts).collect();
        let sources = ["a", "b", "c", "d"].map(str::to_owned).into_iter().zip(rows);
        let source = |(name, rows)| (name, SourceStats { rows, newest_rows: rows, ..SourceStats::default() });
        CatalogStats {
            providers,
            services: named(["home_health", "hospice", "dialysis", "skilled_nursing"], services),
            states: named(["SC", "GA", "NC", "FL"], states),
            networks: named(["N1", "N2", "N3", "N4"], networks.clone()),
            in_force: named(["N1", "N2", "N3", "N4"], networks),
            sources: sources.map(source).collect(),
            ..CatalogStats::default()
        }
    })
}

/// The counts that may shrink, as mutable references.
const SHRINKING: [fn(&mut CatalogStats) -> &mut u64; 7] = [
    |census| &mut census.providers,
    |census| census.services.get_mut("home_health").unwrap(),
    |census| census.states.get_mut("SC").unwrap(),
    |census| census.networks.get_mut("N1").unwrap(),
    |census| census.in_force.get_mut("N1").unwrap(),
    |census| &mut census.sources.get_mut("a").unwrap().rows,
    |census| census.services.get_mut("hospice").unwrap(),
];

fn worst(checks: &[GateCheck]) -> CheckVerdict {
    checks.iter().map(|check| check.verdict).max().unwrap_or(Good)
}

proptest! {
    #![proptest_config(crate::random_town::cases(256))]

    #[test]
    fn a_directory_is_never_refused_for_what_it_was_before(census in any_census()) {
        prop_assert_eq!(worst(&evaluate(Some(&census), &census, &GateConfig::default())), Good);
    }

    #[test]
    fn to_lose_more_is_never_better(census in any_census(), what in 0..SHRINKING.len(), less in 0_u64..400, yet_less in 0_u64..400) {
        let shrunk = |by: u64| {
            let mut now = census.clone();
            let count = SHRINKING[what](&mut now);
            *count = count.saturating_sub(by);
            worst(&evaluate(Some(&census), &now, &GateConfig::default()))
        };
        prop_assert!(shrunk(less.max(yet_less)) >= shrunk(less.min(yet_less)));
    }

    #[test]
    fn nothing_left_is_always_refused(census in any_census(), what in 0..SHRINKING.len()) {
        let mut now = census.clone();
        let was = std::mem::take(SHRINKING[what](&mut now));
        let verdict = worst(&evaluate(Some(&census), &now, &GateConfig::default()));
        prop_assert_eq!(verdict == Refuse, was > 0);
    }
}
