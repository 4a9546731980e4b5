//! `placement validate` for the files of every publisher: what a file is, which facts it holds, and what is wrong.

use std::collections::BTreeMap;
use std::fs;

use placement::cli::validate::page;
use placement::refresh::validate::{ValidationReport, validate};
use placement::sample::FILES;
use serde_json::{Value, json};

use crate::cli::run_in;

fn checked(name: &str, bytes: &[u8]) -> ValidationReport {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    validate(&path, name, jiff::civil::date(2026, 11, 21)).unwrap()
}

/// How many records of a kind state each fact.
fn stated(found: &ValidationReport, records: &str) -> (u64, BTreeMap<&'static str, u64>) {
    let kind =
        found.facts.iter().find(|kind| kind.records == records).unwrap_or_else(|| panic!("no {records}: {:?}", found.facts));
    (kind.count, kind.facts.iter().map(|fact| (fact.fact, fact.stated)).collect())
}

#[test]
fn each_file_of_the_sample_is_said_to_be_what_it_is_with_its_facts() {
    for (name, bytes) in FILES.iter().filter(|(name, _)| *name != "sources.toml") {
        let found = checked(name, bytes);
        assert!(found.dataset.is_some() && found.rows > 0, "{name}");
        assert!(found.facts.iter().any(|kind| !kind.facts.is_empty()), "{name}: {:?}", found.facts);
        let words = anstream::adapter::strip_str(page(&found).as_str()).to_string();
        for kind in &found.facts {
            assert!(words.contains(&format!("{} {}", kind.count, kind.records)), "{name}: {words}");
        }
    }
    let of = |name: &str| checked(name, FILES.iter().find(|(file, _)| *file == name).unwrap().1);
    let (homes, facts) = stated(&of("nursing_homes.csv"), "providers");
    assert!(
        homes > 50 && facts["telephone"] > homes / 2 && facts["rating"] < homes && facts["rating"] > 0,
        "{homes} {facts:?}"
    );
    assert!(facts["Medicare certification"] <= homes && facts["safety facts"] > 0, "{facts:?}");
    let (agencies, facts) = stated(&of("home_health_zips.csv"), "providers");
    assert_eq!((facts.keys().copied().collect::<Vec<_>>(), facts["service area"] <= agencies), (vec!["service area"], true));
    let roster = of("payer_roster.csv");
    assert!(stated(&roster, "network memberships").0 > stated(&roster, "networks").0);
    assert_eq!(stated(&of("exclusions.csv"), "excluded businesses").1["NPI"], 1);
    assert!(stated(&of("plan_net.ndjson"), "providers in networks").1["NPI"] > 0);
}

#[test]
fn lists_of_other_publishers_say_whom_they_name() {
    let npi = "NPI,Entity Type Code,Provider Organization Name (Legal Business Name),Provider First Line Business Practice Location Address,Provider Business Practice Location Address City Name,Provider Business Practice Location Address State Name,Provider Business Practice Location Address Postal Code,Provider Business Practice Location Address Telephone Number,Healthcare Provider Taxonomy Code_1\n1234567893,2,DUNMERE,5 QUEEN ST,CHARLESTON,SC,29401,8435550140,251F00000X\n1999991015,2,OAK,6 QUEEN ST,CHARLESTON,SC,29401,,251F00000X\n1999992021,1,,,,,,,\n";
    let (count, facts) = stated(&checked("npi.csv", npi.as_bytes()), "organizations of the registry");
    assert_eq!((count, facts["telephone"], facts["ZIP code"]), (2, 1, 2));
    let plans =
        json!([{"plan_id_type": "HIOS-PLAN-ID", "plan_id": "99999MO0010001", "marketing_name": "Acme", "years": [2026]}]);
    let found = checked("plans.json", plans.to_string().as_bytes());
    assert_eq!(found.dataset.as_deref(), Some("marketplace plans"));
}

#[test]
fn what_is_wrong_with_a_whole_file_is_said_and_is_no_error() {
    let header = "State,CMS Certification Number (CCN),Provider Name,Address,City/Town,ZIP Code,Offers Nursing Care Services,Offers Physical Therapy Services,Offers Occupational Therapy Services,Offers Speech Pathology Services,Offers Medical Social Services,Offers Home Health Aide Services,Type of Ownership\n";
    let row = |at: u32| format!("KS,17700{at},A{at},5 ELM ST,LAWRENCE,66047,Yes,Yes,Yes,Yes,Yes,Yes,\n");
    let text = format!("{header}{}{}{}", row(1), row(2), row(3));
    let found = checked("hh.csv", text.as_bytes());
    let said = |words: &str| found.remarks.iter().any(|remark| remark.contains(words));
    assert!(said("column \"Telephone Number\" is missing") && said("\"Type of Ownership\" is blank"), "{:?}", found.remarks);
    assert!(found.faults.is_empty(), "{:?}", found.faults);
}

#[test]
fn exit_codes_are_those_of_the_documentation() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| FILES.iter().find(|(file, _)| *file == name).unwrap().1;
    for (name, bytes, code) in [
        ("hospices.csv", file("hospice_general.csv"), 0),
        ("zips.csv", file("hospice_zips.csv"), 0),
        ("leie.csv", file("exclusions.csv"), 0),
        ("torn.csv", b"State,CMS Certification Number (CCN),ZIP Code\nSC,2.67E+05,29401\nSC,427001,29401\n", 65),
        ("strange.csv", b"red,green\n1,2\n", 65),
        ("unused.csv", b"Code,Grouping,Classification,Specialization\n1,2,3,4\n", 65),
        ("page.csv", b"<!DOCTYPE html><p>503</p>", 65),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
        let ended = run_in(folder.path(), &format!("validate {name} --json"));
        assert_eq!(ended.code, code, "{name}: {} {}", ended.out, ended.err);
        let found: Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(found["faults"].as_array().unwrap().is_empty(), code == 0, "{name}");
        assert!(found["facts"].is_array() && found["remarks"].is_array(), "{name}");
    }
    assert_eq!(run_in(folder.path(), "validate nothing.csv").code, 66);
}
