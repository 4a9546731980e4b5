//! Each folder of inputs that once failed has a test that names it; the ones here have none elsewhere.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use jiff::Timestamp;
use placement::provider::quality::RatingGap;
use placement::refresh::error::RefreshError;
use placement::refresh::options::RefreshOptions;
use placement::run_report::gate_check::CheckVerdict;
use placement::service::Service;

use crate::cases_files::{case, files_of, read_case};
use crate::directories::shared;
use crate::folder::{read, run_when_free};

/// Cases that no test of this program can hold: of the web service's own clients, with the reason.
const ELSEWHERE: [(&str, &str); 1] = [("payer-and-input-37", "a request to the CDS Hooks interface")];

#[test]
fn each_case_is_named_by_a_test() {
    let Some(cases) = shared("cases") else { return };
    let mut texts = String::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it")).unwrap().map(Result::unwrap) {
        if entry.path().extension().is_some_and(|extension| extension == "rs") && !entry.path().ends_with("cases_listed.rs") {
            texts.push_str(&fs::read_to_string(entry.path()).unwrap());
        }
    }
    texts.push_str(include_str!("cases_listed.rs").split_once("#[test]").unwrap().1);
    let folders = fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let of_files = folders.filter(|name| name.starts_with("file-") || name.starts_with("payer-and-input-"));
    // The number ends at the first hyphen behind it: `file-01` of `file-01-hospitals-as-nursing-homes`.
    let short = |name: &str| {
        let digits = name.find(|c: char| c.is_ascii_digit()).unwrap();
        name[digits..].find('-').map_or(name, |end| &name[..digits + end]).to_owned()
    };
    let is_named = |name: &String| [short(name), name.clone()].iter().any(|name| texts.contains(&format!("\"{name}\"")));
    let is_elsewhere = |name: &String| ELSEWHERE.iter().any(|(elsewhere, _)| short(name) == *elsewhere);
    let unnamed: BTreeSet<String> = of_files.filter(|name| !is_named(name) && !is_elsewhere(name)).collect();
    assert!(unnamed.is_empty(), "no test names {unnamed:?}");
}

#[test]
fn a_special_focus_facility_has_a_notice_and_no_neutral_quality() {
    let Some(read) = read_case("file-00", &[]) else { return };
    let line = read.line("ccn:425302", Service::SkilledNursing);
    let notices: Vec<&str> = line.safety.iter().map(|fact| fact.value.code()).collect();
    assert!(notices.contains(&"special_focus_facility") && notices.contains(&"abuse_icon"), "{notices:?}");
    // Matching counts a withheld rating as quality 0.
    assert_eq!((line.rating.as_ref(), line.rating_gap.as_ref().map(|gap| gap.value)), (None, Some(RatingGap::Withheld)));
}

#[test]
fn a_month_without_telephones_and_certifications_is_refused() {
    let Some(nights) = case("file-13") else { return };
    let index = tempfile::tempdir().unwrap();
    let refresh = |night: &str, day: i64| {
        let built_at = Timestamp::from_second(1_795_300_000 + 86_400 * day).unwrap();
        run_when_free(&RefreshOptions::new(nights.join(night), index.path(), built_at), &mut |_| {})
    };
    refresh("night1", 0).unwrap();
    let Err(RefreshError::Refused(checks)) = refresh("night2", 1) else { panic!("the second month is published") };
    let refused: Vec<String> =
        checks.iter().filter(|check| check.verdict == CheckVerdict::Refuse).map(|check| check.words.clone()).collect();
    for fact in ["telephone", "Medicare certification"] {
        let of_fact = refused.iter().find(|words| words.contains(fact));
        assert!(of_fact.is_some_and(|words| words.contains("39")), "{fact}: {refused:?}");
    }
}

#[test]
fn a_table_of_ccns_and_npis_is_read_like_enrollments() {
    const HOMES: &str = "CMS Certification Number (CCN),Provider Name,Provider Address,City/Town,State,ZIP Code,Provider Type,Legal Business Name,Special Focus Status,Abuse Icon,Overall Rating,Processing Date\n345500,WINDSOR POINT,1221 BROAD STREET,FUQUAY-VARINA,NC,27526,Medicare,L,,N,4,2026-07-01\n375417,WESTHAVEN,1215 S WESTERN,STILLWATER,OK,74074,Medicare,L,,N,4,2026-07-01\n";
    let npis = |files: &[(&str, &[u8])]| -> Vec<Vec<String>> {
        let mut all = vec![("homes.csv", HOMES.as_bytes())];
        all.extend(files);
        let read = read(&all);
        assert!(read.report.unread.is_empty() && read.rejects().is_empty(), "{:?} {:?}", read.report.unread, read.rejects());
        ["ccn:345500", "ccn:375417"]
            .map(|id| read.provider(id).npis.iter().map(ToString::to_string).collect::<Vec<String>>())
            .into()
    };
    let expected = vec![vec!["1346210291".to_owned()], vec!["1912906694".to_owned()]];
    for table in [
        "ccn,npi\n345500,1346210291\n375417,1912906694\n",
        "NPI,CCN\n1346210291,345500\n1912906694,375417\n1912906694,375417\n",
        "npi,ccn,name\n1346210291,345500,WINDSOR POINT\n1912906694,375417,WESTHAVEN\n",
    ] {
        assert_eq!(npis(&[("table.csv", table.as_bytes())]), expected, "{table}");
    }
    let Some(files) = files_of("file-14") else { return };
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    assert_eq!(files.len(), 2);
    for file in &files {
        assert_eq!(npis(&[*file]), expected, "{}", file.0);
    }
    assert_eq!(npis(&files), expected);
}
