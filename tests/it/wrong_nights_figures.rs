//! The thresholds of the checks on facts, values, unreadable cells, slow losses and exclusion lists.

use std::collections::BTreeMap;

use placement::catalog::fact_counts::FactCount;
use placement::catalog::stats::{CatalogStats, SourceStats};
use placement::refresh::error::RefreshError;
use placement::refresh::gate::{GateConfig, evaluate};
use placement::run_report::RunReport;
use placement::run_report::gate_check::CheckVerdict;
use placement::run_report::gate_check::CheckVerdict::{Good, Refuse, Warn};

use crate::gate_nights::{HOMES, Town, home};

const LIST: &str = "CMS Home Health Care Agencies";

/// A directory of one list of a thousand rows, with one fact of these values.
fn with_fact(fact: &str, records: u64, known: u64, values: &[(&str, u64)]) -> CatalogStats {
    let values = values.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect();
    let source = SourceStats {
        dataset: LIST.to_owned(),
        rows: 1000,
        newest_rows: 1000,
        facts: BTreeMap::from([(fact.to_owned(), FactCount { records, known, values })]),
        ..SourceStats::default()
    };
    CatalogStats {
        providers: 1000,
        services: BTreeMap::from([("home_health".to_owned(), 1000)]),
        sources: BTreeMap::from([(LIST.to_owned(), source)]),
        ..CatalogStats::default()
    }
}

/// The verdict of a guard on a fact.
fn verdict(before: &CatalogStats, now: &CatalogStats, guard: &str) -> CheckVerdict {
    let checks = evaluate(Some(before), now, &GateConfig::default());
    let found = checks.iter().filter(|check| check.guard == guard && !check.subject.is_empty());
    found.map(|check| check.verdict).max().unwrap_or(Good)
}

#[test]
fn a_fact_of_fewer_rows_warns_at_ten_percent_and_refuses_at_twenty() {
    let before = with_fact("telephone", 1000, 1000, &[]);
    for (records, known, expected) in [
        (1000, 901, Good),
        (1000, 900, Warn),
        (1000, 801, Warn),
        (1000, 800, Refuse),
        // It is a share: of twice as many rows twice as many must have it.
        (2000, 1800, Warn),
        (2000, 1600, Refuse),
        (1000, 0, Refuse),
        (4, 0, Warn),
    ] {
        assert_eq!(verdict(&before, &with_fact("telephone", records, known, &[]), "fact"), expected, "{known} of {records}");
    }
    let few = with_fact("telephone", 6, 6, &[]);
    assert_eq!(verdict(&few, &with_fact("telephone", 6, 2, &[]), "fact"), Good, "four are few");
    assert_eq!(verdict(&few, &with_fact("telephone", 6, 1, &[]), "fact"), Refuse);
}

#[test]
fn other_values_warn_at_ten_percent_and_refuse_at_twenty() {
    let yes = |yes: u64| with_fact("rehab.pt", 1000, 1000, &[("yes", yes), ("no", 1000 - yes)]);
    for (now, expected) in [(599, Good), (600, Warn), (699, Warn), (700, Refuse), (400, Warn), (300, Refuse)] {
        assert_eq!(verdict(&yes(500), &yes(now), "distribution"), expected, "{now}");
    }
}

#[test]
fn rows_with_unreadable_cells_weigh_like_rejected_rows() {
    let clean = with_fact("telephone", 1000, 1000, &[]);
    for (rejected, faulty, expected) in
        [(4, 0, Good), (2, 2, Good), (2, 3, Warn), (0, 19, Warn), (0, 20, Refuse), (10, 10, Refuse)]
    {
        let mut now = clean.clone();
        let source = now.sources.get_mut(LIST).unwrap();
        (source.rejected, source.faulty) = (rejected, faulty);
        let checks = evaluate(Some(&clean), &now, &GateConfig::default());
        let found = checks.iter().filter(|check| check.guard == "rejected_rows").map(|check| check.verdict).max();
        assert_eq!(found, Some(expected), "{rejected} rejected, {faulty} faulty");
    }
}

/// The results of the slow-loss check.
fn slow(report: &RunReport) -> Vec<(&str, CheckVerdict)> {
    let found = report.checks.iter().filter(|check| check.guard == "slow_loss" && check.verdict != Good);
    found.map(|check| (check.subject.as_str(), check.verdict)).collect()
}

#[test]
fn a_loss_of_one_percent_in_each_refresh_is_warned_about_and_then_refused() {
    let mut town = Town::new();
    town.remove("acme.csv");
    for left in (96..=100_usize).rev() {
        town.rated((0..left).map(|at| (at, 4)), "2026-06-01");
        assert!(slow(&town.night(|_| {}).unwrap()).iter().all(|(subject, _)| !subject.is_empty()), "{left}");
    }
    for left in (91..=95_usize).rev() {
        town.rated((0..left).map(|at| (at, 4)), "2026-06-01");
        assert!(slow(&town.night(|_| {}).unwrap()).contains(&("", Warn)), "{left}");
    }
    town.rated((0..90).map(|at| (at, 4)), "2026-06-01");
    let refused = town.night(|_| {}).unwrap_err();
    assert!(matches!(refused, RefreshError::Refused(_)));
    let told =
        "the directory: 100 providers on 2026-06-08, 90 now: slow loss of 10 % fewer than then; refused at 10 % or more";
    assert!(refused.to_string().contains(told), "{refused}");

    let forced = town.night(|options| options.force = Some("they closed".to_owned())).unwrap();
    assert!(slow(&forced).contains(&("", Refuse)));
    assert_eq!(slow(&town.night(|_| {}).unwrap()), [], "what was forced is what later ones are compared with");
}

#[test]
fn telephones_lost_one_by_one_are_refused_after_twenty() {
    let mut town = Town::new();
    town.remove("acme.csv");
    let homes = |blank: u32| {
        let home = |at: u32| if at < blank { home(at, 32.7).replace("8435550100", "") } else { home(at, 32.7) };
        format!("{HOMES}{}", (0..100).map(home).collect::<String>())
    };
    town.put("homes.csv", homes(0));
    town.night(|_| {}).unwrap();
    for blank in [8, 16] {
        town.put("homes.csv", homes(blank));
        town.night(|_| {}).unwrap();
    }
    town.put("homes.csv", homes(20));
    let refused = town.night(|_| {}).unwrap_err().to_string();
    let told = "CMS Nursing Home Provider Information (homes.csv), telephone: 100 of 100 rows on 2026-06-08, 80 of 100 now: slow loss";
    assert!(refused.contains(told), "{refused}");
}

#[test]
fn a_history_that_cannot_be_read_is_said_and_hinders_nothing() {
    let mut town = Town::new();
    town.night(|_| {}).unwrap();
    std::fs::write(town.index().join("gate_history.json"), "{").unwrap();
    assert_eq!(slow(&town.night(|_| {}).unwrap()), [("", Warn)]);
    assert_eq!(slow(&town.night(|_| {}).unwrap()), [], "it is written again");
}

#[test]
fn an_exclusion_list_with_an_npi_that_cannot_be_read_is_refused_unless_forced() {
    let list = |npi: &str| {
        format!(
            "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,\
             REINDATE,WAIVERDATE,WVRSTATE\n,,,A BUSINESS,DME COMPANY,DME,,{npi},,1 A ST,CHARLESTON,SC,29401,1128b8,20240320,\
             00000000,00000000,\n"
        )
    };
    let mut town = Town::new();
    town.put("exclusions.csv", list("0000000000"));
    town.night(|_| {}).unwrap();
    town.put("exclusions.csv", list("1.23E+09"));
    let refused = town.night(|_| {}).unwrap_err();
    let RefreshError::Refused(checks) = &refused else { panic!("{refused}") };
    let unidentified = checks.iter().find(|check| check.guard == "unidentified").unwrap();
    assert_eq!(unidentified.verdict, Refuse);
    assert!(
        unidentified.words.starts_with("exclusions.csv: 1 of 1 row cannot be read, or their NPI cannot"),
        "{unidentified:?}"
    );
    assert!(town.night(|options| options.force = Some("checked by hand".to_owned())).is_ok());
}
