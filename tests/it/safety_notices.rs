//! What official sources publish about the safety and the quality of a provider, from the files to the directory.

use std::path::{Path, PathBuf};
use std::{env, fs};

use jiff::civil::date;
use placement::provider::ServiceArea;
use placement::provider::quality::{QualityMeasure, SupportingMeasure};
use placement::provider::safety::{SafetyFact, ServedGroup};
use placement::service::Service;

use crate::folder::{Read, read};

pub(crate) const HOMES: &str = "CMS Certification Number (CCN),Provider Name,Provider Address,City/Town,State,ZIP Code,Provider Type,Legal Business Name,Date First Approved to Provide Medicare and Medicaid Services,Special Focus Status,Abuse Icon,Overall Rating,Overall Rating Footnote,Number of Fines,Total Amount of Fines in Dollars,Processing Date\n";
const RATINGS: &str = "Provider Number,Overall Rating,Latitude,Longitude\n";
pub(crate) const PENALTIES: &str = "CMS Certification Number (CCN),Penalty Date,Penalty Type,Fine ID,Fine Amount,Payment Denial Start Date,Payment Denial Length in Days,Processing Date\n";

/// A row of Provider Information: the CCN, the name, and the cells from the day of first approval to the sum of fines.
fn home(ccn: &str, name: &str, cells: &str, day: &str) -> String {
    format!("{ccn},{name},1 A ST,CHARLESTON,SC,29401,Medicare,L,{cells},{day}\n")
}

fn list(rows: &[String]) -> String {
    format!("{HOMES}{}", rows.concat())
}

fn notices(read: &Read, id: &str) -> Vec<&'static str> {
    read.line(id, Service::SkilledNursing).safety.iter().map(|fact| fact.value.code()).collect()
}

/// The stars of a home, or why it has none.
fn rated(read: &Read, id: &str) -> String {
    let line = read.line(id, Service::SkilledNursing);
    assert!(line.rating.is_none() || line.rating_gap.is_none(), "{id} has a rating and a reason for having none");
    let rating = line.rating.as_ref().map(|fact| fact.value.to_string());
    rating.or(line.rating_gap.as_ref().map(|fact| fact.value.code().to_owned())).unwrap_or_default()
}

#[test]
fn the_newest_list_decides_both_ways() {
    let focus = "1978-07-01,SFF,Y,,18,4,64075,";
    let good = "1978-07-01,,N,5,,0,0,";
    for (before, after, stars, codes) in
        [(focus, good, "5", Vec::new()), (good, focus, "withheld", vec!["special_focus_facility", "abuse_icon", "fines"])]
    {
        let row = |cells: &str, day| list(&[home("425003", "LARKWATER", cells.trim_end_matches(','), day)]);
        let read = read(&[("nh_2026-05.csv", row(before, "2026-05-01")), ("nh_2026-08.csv", row(after, "2026-08-01"))]);
        assert_eq!(rated(&read, "ccn:425003"), stars);
        assert_eq!(notices(&read, "ccn:425003"), codes);
    }
}

#[test]
fn a_cut_with_old_stars_does_not_outlive_a_withheld_rating() {
    let homes = list(&[home("425003", "LARKWATER", "1978-07-01,SFF,N,,18,0,0", "2026-08-01")]);
    let read = read(&[("nh.csv", homes), ("ratings_2025-12.csv", format!("{RATINGS}425003,4,32.78,-79.93\n"))]);
    assert_eq!(rated(&read, "ccn:425003"), "withheld");
    assert_eq!(read.report.conflicts["rating"], 1, "the report counts that the older file says otherwise");
}

#[test]
fn a_missing_rating_is_judged_by_how_long_the_home_is_known() {
    for (certified, footnote, reads) in [
        ("2025-06-01", "", "too_new"),
        ("2025-06-01", "2", "too_new"),
        ("2025-01-31", "", "unexplained"),
        ("1978-07-01", "", "unexplained"),
        ("1978-07-01", "1", "too_new"),
        ("1978-07-01", "20", "too_small"),
        ("", "", ""),
    ] {
        let homes = list(&[home("425003", "LARKWATER", &format!("{certified},,N,,{footnote},0,0"), "2026-08-01")]);
        assert_eq!(rated(&read(&[("nh.csv", homes)]), "ccn:425003"), reads, "{certified} {footnote}");
    }
    // A cut without stars and without reasons: the older list, which is not a reason, says since when the home is known.
    let older = list(&[home("425003", "LARKWATER", "1978-07-01,,N,3,,0,0", "2024-06-01")]);
    let cut = format!("{RATINGS}425003,,32.78,-79.93\n");
    let read = read(&[("nh_2024-06.csv", older), ("ratings_2026-08.csv", cut)]);
    assert_eq!(rated(&read, "ccn:425003"), "unexplained");
}

#[test]
fn penalties_add_to_the_homes_of_another_file() {
    let homes = list(&[home("425003", "LARKWATER", "1978-07-01,,N,3,,0,0", "2026-05-01")]);
    let rows = "425003,2025-05-06,Fine,1,17345,,,2026-06-01\n\
                425003,2023-09-01,Payment Denial,,,2023-09-28,7,2026-06-01\n\
                425003,2023-09-01,Denial of All Payment,,,2023-09-28,7,2026-06-01\n\
                425009,2023-09-01,Fine,2,1,,,2026-06-01\n";
    let read = read(&[("nh.csv", homes), ("penalties.csv", format!("{PENALTIES}{rows}"))]);
    let line = read.line("ccn:425003", Service::SkilledNursing);
    let said: Vec<String> = line.safety.iter().map(|fact| fact.value.sentence()).collect();
    assert_eq!(
        said,
        [
            "Payment for new admissions was denied from Sep 28, 2023 to Oct 4, 2023.",
            "Payment for new admissions was denied once in three years.",
            "1 fine in three years: $17,345."
        ]
    );
    assert_eq!(line.safety[2].evidence.as_of, Some(date(2026, 6, 1)), "newer than the list that knows of no fine");
    assert_eq!(read.rejects(), ["penalties.csv:4 Penalty Type: it is neither Fine nor Payment Denial"]);
    assert_eq!(read.report.without_name, ["ccn:425009"]);
}

#[test]
fn who_only_an_older_list_names_is_not_in_the_newest() {
    let row = |ccn: &str, day| home(ccn, "LARKWATER", "1978-07-01,,N,3,,0,0", day);
    let older = list(&[row("425003", "2026-05-01"), row("425004", "2026-05-01")]);
    let newer = list(&[row("425003", "2026-08-01")]);
    let both = [("nh_2026-05.csv", older.clone()), ("nh_2026-08.csv", newer.clone())];
    let lists = read(&both);
    assert_eq!(notices(&lists, "ccn:425003"), [""; 0]);
    assert_eq!(notices(&lists, "ccn:425004"), ["not_in_newest_list"]);
    let evidence = &lists.line("ccn:425004", Service::SkilledNursing).safety[0].evidence;
    assert_eq!(evidence.to_string(), "CMS Nursing Home Provider Information, 2026-08-01");
    // A list of another state, or one that is less than half of a state, says nothing.
    let elsewhere = newer.replace("CHARLESTON,SC,29401", "KANSAS CITY,MO,64108");
    let part = list(&[row("425003", "2026-05-01"), row("425004", "2026-05-01"), row("425005", "2026-05-01")]);
    for (older, newer) in [(older.clone(), elsewhere), (part, newer.clone())] {
        let lists = read(&[("nh_2026-05.csv", older), ("nh_2026-08.csv", newer)]);
        assert_eq!(notices(&lists, "ccn:425004"), [""; 0]);
    }
    // Nor does one of the same day, or one that sources.toml calls a part.
    let told = "[files.\"nh_2026-08.csv\"]\nwhole = false\n".to_owned();
    let lists = read(&[&both[..], &[("sources.toml", told)]].concat());
    assert_eq!(notices(&lists, "ccn:425004"), [""; 0]);
}

#[test]
fn whom_a_place_is_for_is_said_by_its_profile_or_suggested_by_its_name() {
    let row = |ccn: &str, name: &str| home(ccn, name, "1978-07-01,,N,3,,0,0", "2026-08-01");
    let homes = list(&[
        row("425003", "LARKWATER STATE VETERANS HOME"),
        row("425004", "LARKWATER CHILDREN'S CENTER"),
        row("425005", "LARKWATER MANOR"),
        row("425006", "VETERANS HOUSE"),
    ]);
    let profiles = "ccn,service,serves,as_of\n\
                    425005,skilled_nursing,religious|residents,2026-07-01\n\
                    425006,skilled_nursing,residents|sailors,2026-07-01\n";
    let read = read(&[("nh.csv", homes), ("larkwater.csv", profiles.to_owned())]);
    let groups = |id: &str| {
        let line = read.line(id, Service::SkilledNursing);
        let fact = |fact: &placement::evidence::Fact<ServedGroup>| (fact.value.code(), fact.evidence.to_string());
        line.serves.iter().map(fact).collect::<Vec<_>>()
    };
    let suggested = || "its name suggests, 2026-08-01".to_owned();
    let said = || "profile larkwater.csv, 2026-07-01".to_owned();
    assert_eq!(groups("ccn:425003"), [("veterans", suggested())]);
    assert_eq!(groups("ccn:425004"), [("children", suggested())]);
    assert_eq!(groups("ccn:425005"), [("religious", said()), ("residents", said())]);
    assert_eq!(groups("ccn:425006"), [("residents", said())], "its own word comes before its name");
    assert_eq!(read.rejects(), ["larkwater.csv:3 serves: there is no such group of people"]);
}

#[test]
fn half_a_service_area_is_none() {
    let agencies = "State,CMS Certification Number (CCN),Provider Name,Address,City/Town,ZIP Code,Telephone Number,Type of Ownership,Offers Nursing Care Services,Offers Physical Therapy Services,Offers Occupational Therapy Services,Offers Speech Pathology Services,Offers Medical Social Services,Offers Home Health Aide Services,Certification Date,Quality of patient care star rating\n\
        MO,267044,LARKWATER,1 A ST,KANSAS CITY,64106,8165550100,X,Yes,Yes,Yes,Yes,Yes,Yes,07/01/1966,4\n\
        MO,267045,BRAMBLE,1 A ST,KANSAS CITY,64106,8165550100,X,Yes,Yes,Yes,Yes,Yes,Yes,07/01/1966,4\n";
    let zips = "State,CMS Certification Number (CCN),ZIP Code\nMO,267044,64106\nMO,267044,641?8\nMO,267045,64106\n";
    let profile = "ccn,service,zips,as_of\n267045,home_health,64106|6410?,2026-07-01\n";
    let read_with = |profile: &str| read(&[("hh.csv", agencies), ("zips.csv", zips), ("larkwater.csv", profile)]);
    let area = |read: &Read, id: &str| read.line(id, Service::HomeHealth).area.clone();
    let read = read_with("ccn,service,needs_yes,as_of\n267045,home_health,inf.abx,2026-07-01\n");
    assert_eq!(area(&read, "ccn:267044"), ServiceArea::NotPublished);
    assert!(matches!(area(&read, "ccn:267045"), ServiceArea::Zips(_)));
    let told = "zips.csv: 1 provider with a row that cannot be read count as without a published area: ccn:267044";
    assert!(read.report.remarks.iter().any(|remark| remark == told), "{:?}", read.report.remarks);
    assert_eq!(area(&read_with(profile), "ccn:267045"), ServiceArea::NotPublished, "its own word, half of which is lost");
}

/// The folder of public files of 2026, as [`crate::directories::real_folder`] finds that of older ones.
fn public_files() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = env::var_os("PLACEMENT_SHARED").map_or_else(beside, PathBuf::from).join("data/sources_2026");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(env::var_os("CI").is_none(), "{} is missing", folder.display());
    println!("skipped: there are no files of 2026 in {}", folder.display());
    None
}

#[test]
fn the_notices_of_public_files_are_found() {
    let Some(folder) = public_files() else { return };
    let files = [
        ("nh.csv", "cms_retyped/nh_provider_info_SC_TX_AL_2026-08.csv"),
        ("penalties.csv", "cms_safety/nh_penalties_SC_KS_2026-06.csv"),
        ("ltch.csv", "cms_quality/ltch_provider_data_SC_MO_KS_2026-06.csv"),
    ];
    let read = read(&files.map(|(name, path)| (name, fs::read(folder.join(path)).unwrap())));
    assert_eq!(read.rejects(), [""; 0], "every cell is understood");
    for (id, stars, codes) in [
        ("ccn:425302", "withheld", vec!["special_focus_facility", "payment_denial", "payment_denials", "fines"]),
        ("ccn:425289", "5", vec![]),
        ("ccn:425291", "3", vec!["fines", "retirement_community"]),
        ("ccn:425301", "5", vec![]),
        ("ccn:425310", "1", vec!["abuse_icon", "payment_denial", "payment_denials", "fines"]),
        ("ccn:015019", "1", vec!["special_focus_candidate", "abuse_icon", "payment_denials", "fines"]),
        ("ccn:455678", "1", vec!["abuse_icon", "fines", "ownership_change"]),
        ("ccn:455713", "1", vec!["fines", "no_registered_nurse"]),
    ] {
        assert_eq!((rated(&read, id), notices(&read, id)), (stars.to_owned(), codes), "{id}");
    }
    let facts: Vec<SafetyFact> =
        read.line("ccn:425302", Service::SkilledNursing).safety.iter().map(|fact| fact.value).collect();
    let denial = SafetyFact::PaymentDenial { from: date(2023, 9, 28), until: date(2023, 10, 4) };
    assert!(facts.contains(&denial) && facts.contains(&SafetyFact::Fines { count: 4, dollars: 64_075 }), "{facts:?}");
    let serves = &read.line("ccn:425301", Service::SkilledNursing).serves;
    assert_eq!(serves.iter().map(|fact| fact.value.code()).collect::<Vec<_>>(), ["veterans"]);

    let hospitals: Vec<_> =
        read.night.providers.iter().filter_map(|provider| provider.line(Service::LongTermAcute)).collect();
    let better = hospitals.iter().filter(|line| {
        line.rating
            .as_ref()
            .is_some_and(|fact| fact.value.measure == QualityMeasure::DischargeToCommunity && fact.value.tenths == 10)
    });
    assert_eq!((hospitals.len(), better.count()), (16, 2));
    let measured = |measure| {
        let line = read.line("ccn:262020", Service::LongTermAcute);
        line.measures.get(&measure).map(|fact| fact.value.to_string())
    };
    assert_eq!(measured(SupportingMeasure::BloodstreamInfection).as_deref(), Some("worse than the national rate"));
    assert!(measured(SupportingMeasure::MedicareSpending).is_some_and(|value| value.starts_with(['0', '1'])));
}
