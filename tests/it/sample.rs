//! The synthetic directories: the built-in one is the output of the generator, in the formats of
//! CMS, with the errors of real files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jiff::civil::date;
use placement::coverage::TermsId;
use placement::evidence::Tristate;
use placement::place::{Miles, Zip, ZipTable};
use placement::provider::quality::{RatingGap, SupportingMeasure};
use placement::provider::safety::SafetyFact;
use placement::provider::{Ccn, OperatingStatus, Phone};
use placement::sample::error::SampleError;
use placement::sample::options::{DAY, SampleOptions};
use placement::sample::{FILES, generate, unpack};
use placement::service::Service;

use crate::directories::real_folder;
use crate::folder::read_folder;

/// The rows of a built-in file by column.
fn rows(file: &str) -> Vec<BTreeMap<String, String>> {
    let bytes = FILES.iter().find(|(name, _)| *name == file).expect(file).1;
    csv::Reader::from_reader(bytes).deserialize().collect::<Result<_, _>>().expect(file)
}

/// Number of rows by value of a column.
fn tally(file: &str, column: &str) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for row in rows(file) {
        *tally.entry(row[column].clone()).or_default() += 1;
    }
    tally
}

fn bytes_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    files.map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap())).collect()
}

#[test]
fn the_built_in_sample_is_what_its_plan_makes() {
    let folder = tempfile::tempdir().unwrap();
    let made = generate(&SampleOptions::built_in(), folder.path()).unwrap();
    assert_eq!(made.providers.iter().map(|(_, count)| count).sum::<u32>(), 427, "400, and 27 lines that CMS does not list");
    let made = bytes_of(folder.path());
    assert_eq!(made.len(), FILES.len());
    for (name, bytes) in FILES {
        assert!(made[*name] == *bytes, "{name} differs: make data/sample again as its README says");
    }
}

#[test]
fn unpacked_files_are_of_the_day_they_are_unpacked_for() {
    let folder = tempfile::tempdir().unwrap();
    unpack(folder.path(), DAY).unwrap();
    assert!(bytes_of(folder.path()).iter().all(|(name, bytes)| FILES.contains(&(name.as_str(), bytes))));
    unpack(folder.path(), date(2027, 6, 10)).unwrap();
    let sources = fs::read_to_string(folder.path().join("sources.toml")).unwrap();
    assert!(sources.contains("synthetic = true"), "{sources}");
    assert!(sources.contains("[files.\"payer_roster.csv\"]\nas_of = \"2027-06-04\""), "{sources}");
}

#[test]
fn another_seed_makes_other_providers() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let plan = SampleOptions { providers: 60, ..SampleOptions::built_in() };
    generate(&plan, one.path()).unwrap();
    generate(&SampleOptions { seed: 2, ..plan }, two.path()).unwrap();
    assert_ne!(bytes_of(one.path())["nursing_homes.csv"], bytes_of(two.path())["nursing_homes.csv"]);
}

#[test]
fn a_place_nobody_can_be_put_in_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let around = |zip: &str, radius| SampleOptions {
        around: Some((zip.parse().unwrap(), Miles::new(radius).unwrap())),
        ..SampleOptions::built_in()
    };
    let nowhere = generate(&around("00000", 60.0), folder.path()).unwrap_err();
    assert!(matches!(nowhere, SampleError::NoSuchZip(_)), "{nowhere}");
    // A post-office box ZIP in Kansas City has no population.
    let nobody = generate(&around("64141", 0.0), folder.path()).unwrap_err();
    assert_eq!(nobody.to_string(), "nobody lives within 0.0 miles of 64141, so no provider can be placed there");
}

#[test]
fn the_sample_spans_two_states_and_every_service_cms_lists() {
    for file in ["home_health_agencies.csv", "nursing_homes.csv", "hospice_general.csv", "dialysis_facilities.csv"] {
        let states = tally(file, "State");
        assert!(states.len() == 2 && states["KS"] > 20 && states["MO"] > 20, "{file} {states:?}");
    }
    assert!(rows("irf_general.csv").len() >= 8 && rows("ltch_general.csv").len() >= 3);
    let services: BTreeSet<Service> = tally("payer_roster.csv", "service").keys().map(|code| code.parse().unwrap()).collect();
    assert_eq!(services.len(), 10);
}

#[test]
fn there_is_somebody_for_every_story() {
    let with_beds = |column: &str| rows("facility_characteristics.csv").iter().filter(|row| row[column] != "0").count();
    for (column, least) in [
        ("Number of Ventilator Beds", 3),
        ("Number of Dialysis Beds", 3),
        ("Number of Alzheimer's Disease Beds", 8),
        ("Number of Hospice Beds", 1),
    ] {
        assert!(with_beds(column) >= least, "{column}");
    }
    let strokes = rows("irf_conditions.csv").into_iter().filter(|row| row["Condition"] == "Stroke");
    assert!(strokes.filter(|row| row["Count"].parse::<u32>().is_ok()).count() >= 5);
    assert!(tally("irf_conditions.csv", "Count").contains_key("Less than 11"));
    let (agencies, areas) = (rows("home_health_agencies.csv"), tally("home_health_zips.csv", CCN));
    assert!(areas.len() < agencies.len() - 1, "some agencies publish no service area");
    assert!(rows("payer_roster.csv").iter().any(|row| row["tier"] == "2"));
    assert!(rows("payer_roster.csv").iter().any(|row| row["end"].as_str() == "2026-06-30"));
    assert!(rows("payer_roster.csv").iter().any(|row| row["begin"].as_str() == "2027-01-01"));
    assert_eq!(tally("payer_roster.csv", "network").len(), 7, "six, and one whose only row is refused");
}

#[test]
fn there_is_somebody_for_every_notice_and_every_service() {
    assert!(FILES.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() < 1_000_000, "a fresh checkout stays small");
    let read = read_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sample")).unwrap();
    let lines = || read.night.providers.iter().flat_map(|provider| &provider.lines);
    let told: BTreeSet<&str> = lines().flat_map(|line| &line.safety).map(|fact| fact.value.code()).collect();
    let never: Vec<&str> = SafetyFact::CODES.into_iter().filter(|code| !told.contains(code)).collect();
    assert_eq!(never, ["not_in_newest_list"], "the sample has one list of each service");
    assert!(lines().any(|line| line.safety.iter().any(|fact| fact.value.denies_payment_on(DAY))));
    let gaps: BTreeSet<RatingGap> = lines().filter_map(|line| line.rating_gap.as_ref()).map(|fact| fact.value).collect();
    assert_eq!(gaps.into_iter().collect::<Vec<_>>(), RatingGap::ALL);
    let groups: BTreeSet<&str> = lines().flat_map(|line| &line.serves).map(|fact| fact.value.code()).collect();
    assert_eq!(groups.into_iter().collect::<Vec<_>>(), ["children", "residents", "veterans"]);
    for (service, least) in [
        (Service::HomeInfusion, 6),
        (Service::MedicalEquipment, 6),
        (Service::AssistedLiving, 6),
        (Service::HospiceInpatient, 3),
    ] {
        let of = || read.night.providers.iter().filter(|provider| provider.line(service).is_some());
        let terms = of().map(|provider| read.night.listed.of(&provider.id, service).len()).sum::<usize>();
        let all = of().count() * read.night.plans.networks.len();
        assert!(of().count() >= least && (1..all).contains(&terms), "{service}: {terms} of {all} memberships");
    }
    let tenths = |service| {
        let rated = lines().filter(move |line| line.service == service).filter_map(|line| line.rating.as_ref());
        rated.map(|fact| fact.value.tenths).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
    };
    assert_eq!((tenths(Service::InpatientRehab), tenths(Service::LongTermAcute)), (vec![0, 5, 10], vec![0, 5, 10]));
    assert!(lines().any(|line| line.measures.contains_key(&SupportingMeasure::FamilyCaregiverStar)));
    assert_eq!(lines().filter(|line| line.standing == OperatingStatus::ExcludedByOig).count(), 1);
    let profiles = rows("provider_profiles.csv");
    assert!(
        profiles.iter().any(|row| row["verified_at"].is_empty()) && profiles.iter().any(|row| !row["verified_at"].is_empty())
    );
    let answers: BTreeSet<Tristate> =
        (0..).map_while(|key| read.night.plans.terms(TermsId(key))).map(|terms| terms.new_patients).collect();
    assert_eq!(answers.len(), 3, "yes, no and unknown");
}

const CCN: &str = "CMS Certification Number (CCN)";

#[test]
fn what_is_wrong_in_the_sample_is_wrong_on_purpose() {
    for (file, bad) in [("home_health_agencies.csv", 1), ("nursing_homes.csv", 1), ("hospice_general.csv", 0)] {
        let rows = rows(file);
        assert_eq!(rows.iter().filter(|row| row[CCN].parse::<Ccn>().is_err()).count(), bad, "{file}");
        for row in &rows {
            let zip: Zip = row["ZIP Code"].parse().unwrap();
            assert!(ZipTable::curated().get(zip).is_some(), "{file} {zip}");
            let phone = &row["Telephone Number"];
            assert!(["", "-"].contains(&phone.as_str()) || phone.parse::<Phone>().is_ok(), "{file} {phone}");
        }
    }
    assert!(tally("home_health_agencies.csv", "Offers Speech Pathology Services")["-"] >= 2);
    assert!(tally("home_health_agencies.csv", "Quality of patient care star rating")["-"] >= 10);
    assert!(tally("nursing_homes.csv", "Overall Rating")[""] >= 1);
}

#[test]
fn no_certification_number_is_given_twice() {
    let files = ["home_health_agencies.csv", "nursing_homes.csv", "irf_general.csv", "ltch_general.csv"];
    let files = files.iter().chain(&["hospice_general.csv", "dialysis_facilities.csv"]);
    let all: Vec<String> = files.flat_map(|file| rows(file)).map(|row| row[CCN].clone()).collect();
    // 400 providers and the two rows with a damaged number.
    assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (402, 402));
}

/// Compares with the real headers, if real files of a dataset are available.
#[test]
fn headers_are_those_of_the_real_files() {
    let Some(real) = real_folder() else { return };
    for (sample, file) in [
        ("home_health_agencies.csv", "hh_provider_sample_2026.csv"),
        ("nursing_homes.csv", "nh_provider_info_SC_2024-06.csv"),
    ] {
        let header = |bytes: &[u8]| csv::Reader::from_reader(bytes).headers().unwrap().clone();
        let ours = FILES.iter().find(|(name, _)| *name == sample).unwrap().1;
        assert_eq!(header(ours), header(&fs::read(real.join("cms").join(file)).unwrap()), "{sample}");
    }
}
