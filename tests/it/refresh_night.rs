//! Several sources of one provider, payers' rosters, and a refresh run from lock to publication.

use std::fs::{self, File};
use std::path::Path;

use jiff::Timestamp;
use placement::catalog::generation::GenerationStore;
use placement::coverage::AffiliationTerms;
use placement::evidence::Tristate::{No, Yes};
use placement::place::Precision;
use placement::provider::stated;
use placement::refresh::error::RefreshError;
use placement::refresh::options::{RefreshOptions, RefreshProgress};
use placement::refresh::run;
use placement::service::Service;

use crate::folder::{Read, read, run_when_free, try_read, write};

const DIRECTORY: &str =
    "CCN,Provider_Name,Provider_Address,City_Town,State,Zip,Location,Telephone,County,Beds,Latitude,Longitude\n";
const RATINGS: &str = "Provider Number,Overall Rating,Latitude,Longitude\n";
const HOMES: &str = "CMS Certification Number (CCN),Provider Name,Provider Address,City/Town,State,ZIP Code,Telephone Number,Ownership Type,Number of Certified Beds,Provider Type,Legal Business Name,Special Focus Status,Abuse Icon,Overall Rating,Latitude,Longitude,Geocoding Footnote,Processing Date\n";
const ROSTER: &str = "payer,plan,network,ccn,npi,service,tier,begin,end\n";

/// A home in the directory extract, at a location.
fn cut(ccn: &str, point: &str) -> String {
    format!("{DIRECTORY}{ccn},OLD NAME,9 B ST,CHARLESTON,SC,29401,x,8435550199,X,90,{point}\n")
}

/// A home as CMS publishes it, at a location.
fn home(ccn: &str, point: &str) -> String {
    format!("{ccn},NEW NAME,1 A ST,CHARLESTON,SC,29401,8435550100,Y,100,Medicare,L,,N,4,{point},,2026-06-01\n")
}

#[test]
fn cms_is_believed_before_cuts_and_the_newer_of_two_ratings() {
    let read = read(&[
        ("cut_2026-08.csv", cut("425001", "32.7801,-79.9301")),
        ("homes.csv", format!("{HOMES}{}", home("425001", "32.78,-79.93"))),
        ("ratings_2026-10.csv", format!("{RATINGS}425001,2.0,32.7802,-79.9302\n425999,3.0,32.78,-79.93\n")),
    ]);
    let provider = read.provider("ccn:425001");
    assert_eq!((provider.name.value.as_str(), provider.name.others[0].0.as_str()), ("NEW NAME", "OLD NAME"));
    assert_eq!(provider.address.as_ref().unwrap().value.street, "1 A ST");
    let rating = read.line("ccn:425001", Service::SkilledNursing).rating.as_ref().unwrap();
    assert_eq!((rating.value.to_string().as_str(), rating.evidence.as_of.unwrap().to_string().as_str()), ("2", "2026-10-01"));
    assert_eq!(rating.others[0].0.to_string(), "4");
    let position = provider.position.as_ref().unwrap();
    assert_eq!((position.value.point.latitude_micro(), position.others.len()), (32_780_200, 2));
    assert_eq!(read.report.conflicts["name"], 1);
    assert_eq!(read.report.conflicts["rating"], 1);
    assert!(!read.report.conflicts.keys().any(|field| field.contains("position")), "200 feet are no disagreement");
    assert_eq!(read.report.without_name, ["ccn:425999"], "a rating without a name is no provider");
}

#[test]
fn the_order_of_files_decides_nothing() {
    let (homes, cut) = (format!("{HOMES}{}", home("425001", "32.78,-79.93")), cut("425001", "32.7801,-79.9301"));
    let one = read(&[("a_2026-01.csv", &homes), ("b_2026-01.csv", &cut)]);
    let other = read(&[("b_2026-01.csv", &homes), ("a_2026-01.csv", &cut)]);
    assert_eq!(one.night.providers, other.night.providers);
}

#[test]
fn a_point_far_from_its_zip_gives_way() {
    // The newer location is in Columbia, a hundred miles from Charleston; the older one in
    // Charleston.
    let far = format!("{RATINGS}425001,2.0,34.0007,-81.0348\n425002,2.0,34.0007,-81.0348\n");
    let read = read(&[
        ("homes.csv", format!("{HOMES}{}{}", home("425001", "32.78,-79.93"), home("425002", ","))),
        ("ratings_2026-10.csv", far),
    ]);
    let place = |id: &str| {
        let position = read.provider(id).position.as_ref().unwrap();
        (position.value.precision, position.evidence.source.to_string())
    };
    assert_eq!(place("ccn:425001"), (Precision::Address, "CMS Nursing Home Provider Information".to_owned()));
    assert_eq!(place("ccn:425002"), (Precision::Zip, "ZIP code table".to_owned()));
    let corrected: Vec<&str> = read.report.corrections.iter().map(|c| c.provider.as_str()).collect();
    assert_eq!(corrected, ["ccn:425001", "ccn:425002"]);
    assert!(read.report.corrections.iter().all(|c| (90.0..120.0).contains(&c.miles)));
}

/// The networks that list a nursing facility.
fn networks(read: &Read, id: &str) -> Vec<String> {
    let name = |terms: &AffiliationTerms| read.night.plans.network(terms.network).unwrap().name.clone();
    read.terms(id, Service::SkilledNursing).into_iter().map(name).collect()
}

fn roster(rows: &str) -> Read {
    let homes = format!("{HOMES}{}{}", home("425001", "32.78,-79.93"), home("425002", "32.78,-79.93"));
    read(&[("homes.csv", homes), ("acme_2026-10.csv", format!("{ROSTER}{rows}"))])
}

#[test]
fn a_roster_says_who_is_in_which_network_on_what_terms() {
    let read = roster(
        "Acme,Gold|Silver,Acme Wide,425001,,,Preferred,2026-01-01,12/31/2026\n\
         Acme,Gold,Acme Narrow,425001,1234567893,skilled_nursing,,,\n\
         ,Bronze,Acme Wide,,1234567893,,Preferred,2026-01-01,2026-12-31\n\
         Beta,,Beta Net,,1999999984,,,,\n\
         Acme,Gold,Acme Wide,425002,,home_health,,,\n",
    );
    let plans = &read.night.plans;
    let mut named = networks(&read, "ccn:425001");
    named.sort();
    assert_eq!(named, ["Acme Narrow", "Acme Wide"], "the same terms said twice are said once");
    assert_eq!(read.provider("ccn:425001").npis[0].to_string(), "1234567893");
    let terms = read.terms("ccn:425001", Service::SkilledNursing);
    let wide = terms.into_iter().find(|terms| terms.tier.is_some()).unwrap();
    assert_eq!(wide.tier.as_deref(), Some("Preferred"));
    assert_eq!(
        (wide.begin.unwrap().to_string(), wide.end.unwrap().to_string()),
        ("2026-01-01".to_owned(), "2026-12-31".to_owned())
    );
    assert_eq!(
        (wide.evidence.source.as_ref(), wide.evidence.as_of.unwrap().to_string().as_str()),
        ("payer roster acme", "2026-10-01")
    );
    assert!(plans.networks.iter().all(|network| network.whole));
    let shown: Vec<(&str, Option<&str>, usize)> = plans
        .plans
        .iter()
        .map(|plan| {
            (plan.name.as_str(), plan.payer.map(|payer| plans.payers[payer as usize].name.as_str()), plan.networks.len())
        })
        .collect();
    assert_eq!(shown, [("Bronze", Some("Acme"), 1), ("Gold", Some("Acme"), 2), ("Silver", Some("Acme"), 1)]);
    assert!(networks(&read, "ccn:425002").is_empty());
    assert_eq!(read.report.unknown_members, ["ccn:425002 as home_health", "npi:1999999984"]);
}

#[test]
fn a_roster_row_on_wrong_terms_is_refused() {
    let read = roster(
        "Acme,,Wide,425001,,,,,\n\
         Acme,,Wide,,,,,,\n\
         Acme,,,425001,,,,,\n\
         Acme,,Wide,425001,,nursing,,,\n\
         Acme,,Wide,425001,,,,soon,\n\
         Acme,,Wide,425001,,,,2026-02-01,2026-01-01\n",
    );
    let reasons = [
        (3, "it is missing, and so is the NPI; one of them is required"),
        (4, "it is missing"),
        (5, "there is no such service"),
        (6, "it is not a date"),
        (7, "it is before the begin date, 2026-02-01"),
    ];
    let listed: Vec<(u64, &str)> = read.report.rejects.listed.iter().map(|r| (r.line, r.reason.as_str())).collect();
    assert_eq!(listed, reasons);
    assert_eq!(read.report.affiliations, 1);
}

#[test]
fn networks_of_one_name_are_told_apart_by_their_payers() {
    for (what, rows, expected) in [
        ("one payer, and rows without it", ",,Wide,425001\nAcme,,Wide,425002\n", "Wide: 425001 425002"),
        ("two payers", "Acme,,Wide,425001\nBeta,,Wide,425002\n", "Wide (Acme): 425001; Wide (Beta): 425002"),
        (
            "two payers, and rows of neither",
            ",,Wide,425001\nAcme,,Wide,425002\nBeta,,Wide,425002\n",
            "Wide: 425001; Wide (Acme): 425002; Wide (Beta): 425002",
        ),
    ] {
        let homes = format!("{HOMES}{}{}", home("425001", "32.78,-79.93"), home("425002", "32.78,-79.93"));
        let read = read(&[("homes.csv", homes), ("roster_2026-10.csv", format!("payer,plan,network,ccn\n{rows}"))]);
        let in_network = |name: &str| {
            let listed = |ccn: &&str| networks(&read, &format!("ccn:{ccn}")).iter().any(|network| *network == name);
            format!("{name}: {}", ["425001", "425002"].into_iter().filter(listed).collect::<Vec<_>>().join(" "))
        };
        let all = read.night.plans.networks.iter().map(|network| in_network(&network.name)).collect::<Vec<_>>();
        assert_eq!(all.join("; "), expected, "{what}");
        assert!(read.report.rejects.listed.is_empty(), "{what}");
    }
}

#[test]
fn who_is_missing_from_the_newest_roster_has_left() {
    let homes = format!("{HOMES}{}{}", home("425001", "32.78,-79.93"), home("425002", "32.78,-79.93"));
    let read = read(&[
        ("homes.csv", homes),
        ("old_2026-01.csv", format!("{ROSTER}Acme,,Wide,425001,,,,,\nAcme,,Wide,425002,,,,,\n")),
        ("new_2026-06.csv", format!("{ROSTER}Acme,,Wide,425002,,,,,\n")),
    ]);
    assert!(networks(&read, "ccn:425001").is_empty());
    assert_eq!(networks(&read, "ccn:425002").len(), 1);
    assert_eq!(read.report.remarks.len(), 1);
    assert!(read.report.remarks[0].starts_with("old_2026-01.csv"), "{:?}", read.report.remarks);
}

#[test]
fn sources_toml_dates_files_and_owns_up_to_invention() {
    let homes = format!("{HOMES}{}", home("425001", "32.78,-79.93"));
    let toml = "synthetic = true\n[files.\"homes_2024-01.csv\"]\nas_of = \"2026-11-01\"\n[files.\"gone.csv\"]\nas_of = \"2026-11-01\"\n";
    let read = read(&[("homes_2024-01.csv", homes.as_str()), ("sources.toml", toml)]);
    let status = &read.report.files[0].status;
    assert_eq!((status.as_of.unwrap().to_string().as_str(), status.as_of_from.as_str()), ("2026-11-01", "sources.toml"));
    assert!(read.night.synthetic && read.report.to_string().contains("synthetic"));
    assert_eq!(read.report.remarks, ["sources.toml lists gone.csv, which does not exist"]);
    assert!(read.report.unread.is_empty());
    let wrong = try_read(&[("homes.csv", homes.as_str()), ("sources.toml", "synthetik = true\n")]);
    assert!(matches!(wrong, Err(RefreshError::Sources { what, .. }) if what.contains("synthetik")));
}

fn options(folder: &Path, seconds: i64) -> RefreshOptions {
    let built_at = Timestamp::from_second(1_800_000_000 + seconds).unwrap();
    RefreshOptions::new(folder.join("in"), folder.join("index"), built_at)
}

#[test]
fn a_night_publishes_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    fs::create_dir(&input).unwrap();
    write(&input, &[("homes.csv", format!("{HOMES}{}oops,A\n", home("425001", "32.78,-79.93")))]);
    let mut stages = Vec::new();
    let report = run(&options(folder.path(), 0), &mut |progress| {
        if let RefreshProgress::Done { stage, .. } = progress {
            stages.push(stage);
        }
    })
    .unwrap();
    assert_eq!(stages, ["read", "reconcile", "build", "verify", "gate", "publish", "prune"]);
    let manifest = report.manifest.unwrap();
    let store = GenerationStore::new(folder.path().join("index"));
    assert_eq!(store.current().unwrap(), manifest.generation);
    assert_eq!((manifest.sources[0].rows, manifest.sources[0].rejected), (2, 1));
    let rejects = folder.path().join("index/reports").join(format!("{}.rejects.ndjson", manifest.generation));
    assert_eq!(fs::read_to_string(rejects).unwrap().lines().count(), 1);
    assert!(folder.path().join("index/reports").join(format!("{}.json", manifest.generation)).exists());

    // A file that lost a column does not change what is served.
    write(&input, &[("homes.csv", HOMES.replace("Overall Rating", "Rating Overall"))]);
    let again = run_when_free(&options(folder.path(), 60), &mut |_| {});
    assert!(matches!(again, Err(RefreshError::MissingColumns(_))));
    assert_eq!(store.current().unwrap(), manifest.generation);
    let last = |ending: &str| fs::read_to_string(folder.path().join("index/reports/last.").with_extension(ending)).unwrap();
    let told: serde_json::Value = serde_json::from_str(&last("json")).unwrap();
    assert_eq!((&told["outcome"], &told["manifest"]), (&"failed".into(), &serde_json::Value::Null));
    assert!(last("txt").starts_with("FAILED: the published directory is unchanged\n"), "{}", last("txt"));
    assert!(last("txt").contains("the column \"Overall Rating\" is missing"), "{}", last("txt"));
}

#[test]
fn two_nights_at_once_are_one_too_many() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("in")).unwrap();
    fs::create_dir_all(folder.path().join("index")).unwrap();
    write(&folder.path().join("in"), &[("homes.csv", format!("{HOMES}{}", home("425001", "32.78,-79.93")))]);
    let other = File::create(folder.path().join("index/.lock")).unwrap();
    other.lock().unwrap();
    assert!(matches!(run(&options(folder.path(), 0), &mut |_| {}), Err(RefreshError::Locked)));
    let dry = RefreshOptions { dry_run: true, ..options(folder.path(), 0) };
    assert_eq!(run(&dry, &mut |_| {}).unwrap().providers, 1, "a dry run disturbs nobody");
    drop(other);
    let report = run_when_free(&options(folder.path(), 0), &mut |_| {}).unwrap();
    assert!(report.manifest.is_some());
}

#[test]
fn a_home_only_medicaid_pays_takes_no_medicare_stay() {
    let rows = home("425001", "32.78,-79.93").replace(",Medicare,", ",Medicaid,");
    let read = read(&[("homes.csv", format!("{HOMES}{rows}"))]);
    let line = read.line("ccn:425001", Service::SkilledNursing);
    assert_eq!((stated(line.medicare.as_ref()), stated(line.medicaid.as_ref())), (No, Yes));
}

#[test]
fn a_header_without_rows_publishes_nothing() {
    let (from, index) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(from.path().join("homes.csv"), HOMES).unwrap();
    let options = RefreshOptions::new(from.path(), index.path(), Timestamp::UNIX_EPOCH);
    assert!(matches!(run(&options, &mut |_| ()), Err(RefreshError::NoProviders(_))));
    assert!(GenerationStore::new(index.path()).current().is_err(), "nothing is there to serve");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_to_an_end_is_listed_and_not_waited_for() {
    let (from, index) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(from.path().join("homes.csv"), format!("{HOMES}{}", home("425001", "32.78,-79.93"))).unwrap();
    std::os::unix::fs::symlink(index.path(), from.path().join("linked")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(from.path().join("pipe.csv")).status().unwrap();
    assert!(made.success());
    let options = RefreshOptions { dry_run: true, ..RefreshOptions::new(from.path(), index.path(), Timestamp::UNIX_EPOCH) };
    let report = run(&options, &mut |_| ()).unwrap();
    let unread: Vec<&str> = report.unread.iter().map(|unread| unread.file.as_str()).collect();
    assert_eq!((report.providers, unread), (1, vec!["linked", "pipe.csv"]));
}

#[test]
fn a_file_of_a_day_yet_to_come_is_told() {
    let rows = format!("{HOMES}{}", home("425001", "32.78,-79.93"));
    for (day, told) in [("2030-03-18", false), ("2030-03-20", true)] {
        let dated = format!("[files.\"homes.csv\"]\nas_of = \"{day}\"\n");
        let read = read(&[("homes.csv", rows.as_str()), ("sources.toml", dated.as_str())]);
        let words = format!("homes.csv is dated {day} by its sources.toml, a future date that counts as unknown");
        assert_eq!(read.report.remarks.contains(&words), told, "{day}: {:?}", read.report.remarks);
        let status = &read.report.files[0].status;
        let (as_of, from) = if told { ("2026-06-01", "date column") } else { (day, "sources.toml") };
        assert_eq!((status.as_of.unwrap().to_string().as_str(), status.as_of_from.as_str()), (as_of, from), "{day}");
    }
}

/// The sources of a date, each with a future date, and the resulting date of the file.
#[test]
fn a_day_yet_to_come_is_unknown_from_every_source() {
    let homes = |day: &str| format!("{HOMES}{}", home("425001", "32.78,-79.93").replace("2026-06-01", day));
    let roster = "payer,plan,network,ccn,npi,service,tier,begin,end\nAcme,Gold,Acme Wide,425001,,,,,\n".to_owned();
    let sources = "[files.\"roster.csv\"]\nas_of = \"2031-01-01\"\n".to_owned();
    for (what, files, as_of, told) in [
        ("a date column", vec![("homes.csv", homes("2031-06-01"))], None, "homes.csv: 1 row dated in the future by the date column, up to 2031-06-01"),
        (
            "a slip in one row",
            vec![("homes.csv", homes("2026-06-01") + &home("425002", "32.78,-79.93").replace("2026", "2062"))],
            Some("2026-06-01"),
            "homes.csv: 1 row dated in the future by the date column, up to 2062-06-01",
        ),
        ("a file name", vec![("acme_2031-01.csv", roster.clone())], None, "acme_2031-01.csv is dated 2031-01-01 by its file name"),
        ("the end of a range", vec![("acme_2029-01_2031-01.csv", roster.clone())], None, "is dated 2031-01-31 by its file name"),
        ("a range that is over", vec![("acme_2029-01_2029-03.csv", roster.clone())], Some("2029-03-31"), ""),
        ("sources.toml", vec![("roster.csv", roster), ("sources.toml", sources)], None, "roster.csv is dated 2031-01-01 by its sources.toml"),
        (
            "FHIR",
            vec![("payer/Organization.ndjson", "{\"resourceType\":\"Organization\",\"id\":\"a\",\"meta\":{\"lastUpdated\":\"2031-06-01T00:00:00Z\"},\"name\":\"A\"}\n".to_owned())],
            None,
            "1 row dated in the future",
        ),
    ] {
        let read = read(&files);
        let status = &read.report.files[0].status;
        assert_eq!(status.as_of.map(|day| day.to_string()).as_deref(), as_of, "{what}");
        assert_eq!(status.as_of_from == "unknown", as_of.is_none(), "{what}");
        let remarks = read.report.remarks.join("\n");
        assert!(remarks.contains(told) && remarks.contains("future") != told.is_empty(), "{what}: {remarks}");
    }
}

#[test]
fn what_a_profile_says_of_a_day_yet_to_come_is_of_an_unknown_day() {
    let profile =
        |as_of: &str| format!("ccn,service,needs_yes,as_of,verified_at\n425001,skilled_nursing,inf.abx,{as_of},{as_of}\n");
    for (day, known) in [("2026-11-01", true), ("2031-01-01", false)] {
        let homes = format!("{HOMES}{}", home("425001", "32.78,-79.93"));
        let read = read(&[("homes.csv", homes), ("profiles.csv", profile(day))]);
        let line = read.line("ccn:425001", Service::SkilledNursing);
        let answer = line.answers.iter().find(|(need, _)| need.code() == "inf.abx").unwrap().1;
        assert_eq!(answer.evidence.as_of.is_some(), known, "{day}");
        assert_eq!(answer.evidence.verified_at.is_some(), known, "{day}");
        assert_eq!(read.report.rejects.doubts > 0, !known, "{day}: it is told");
    }
}

#[test]
fn the_reports_of_two_months_of_nights_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let reports = folder.path().join("index/reports");
    fs::create_dir_all(folder.path().join("in")).unwrap();
    fs::create_dir_all(&reports).unwrap();
    for second in 10..75 {
        fs::write(reports.join(format!("202601010000{second}Z.json").replacen("20260101", "20260101T", 1)), "").unwrap();
    }
    fs::write(reports.join("notes of mine.txt"), "").unwrap();
    write(&folder.path().join("in"), &[("homes.csv", format!("{HOMES}{}", home("425001", "32.78,-79.93")))]);
    let report = run(&options(folder.path(), 0), &mut |_| {}).unwrap();
    let kept = |name: &str| reports.join(name).exists();
    let newest = report.manifest.unwrap().generation;
    assert!(["json", "txt", "rejects.ndjson", "review.csv"].iter().all(|ending| kept(&format!("{newest}.{ending}"))));
    assert!(kept("notes of mine.txt"), "what no run left is not touched");
    assert!(!kept("20260101T000015Z.json") && kept("20260101T000016Z.json"));
    assert_eq!(report.remarks, [""; 0]);
}
