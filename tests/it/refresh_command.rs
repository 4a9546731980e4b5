//! Complete refresh runs through the command line, fetching real files from servers that behave
//! like the public sites.

use std::fs;
use std::io::Write;
use std::path::Path;

use jiff::civil::date;
use serde_json::Value;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use crate::cli::{Ended, run_in};
use crate::directories::real_folder;
use crate::gate_nights::HOMES;
use crate::public_sites::Sites;

/// A hospital's folder with its settings, and the sites it fetches from.
struct Hospital {
    folder: TempDir,
    sites: Sites,
}

impl Hospital {
    /// `None` if the real files are missing.
    fn open() -> Option<Self> {
        let sites = Sites::of(&real_folder()?);
        let folder = TempDir::new().unwrap();
        let origin = &sites.server.origin;
        let cms = |name: &str, id: &str| {
            format!(
                "[sources.{name}]\nkind = \"cms\"\ndataset = \"{id}\"\n\
                 catalogue = \"{origin}/provider-data/api/1/metastore/schemas/dataset/items\"\n"
            )
        };
        let settings = [
            "[outbound]\nallow = [\"127.0.0.0/8\"]\n".to_owned(),
            cms("nursing_homes", "4pq5-n9py"),
            cms("home_health", "6jpm-sxkc"),
            cms("hospice_measures", "252m-zfp9"),
            format!("[sources.characteristics]\nkind = \"file\"\nurl = \"{origin}/files/CMS-671.csv\"\n"),
            // The form does not give addresses, so the homes of other states come from a list that does.
            format!("[sources.locations]\nkind = \"file\"\nurl = \"{origin}/files/locations.csv\"\n"),
            format!("[sources.exclusions]\nkind = \"file\"\nurl = \"{origin}/exclusions/downloadables/UPDATED.csv\"\n"),
            format!("[sources.harbor]\nkind = \"plan_net\"\nurl = \"{origin}/fhir\"\n"),
        ];
        fs::write(folder.path().join("refresh.toml"), settings.join("\n")).unwrap();
        Some(Self { folder, sites })
    }

    fn run(&self, line: &str) -> Ended {
        run_in(self.folder.path(), line)
    }

    /// Runs a refresh and returns its report, whatever the result.
    fn night(&self, more: &str) -> (i32, Value, String) {
        let ended = self.run(&format!("refresh --json {more}"));
        let report = serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended:?}"));
        (ended.code, report, ended.err)
    }

    /// The served directory according to `directory show`.
    fn served(&self) -> Value {
        serde_json::from_str(&self.run("directory show --json").out).unwrap()
    }

    /// The text report of the last run.
    fn page(&self) -> String {
        fs::read_to_string(self.folder.path().join("index/reports/last.txt")).unwrap()
    }

    fn has(&self, path: &str) -> bool {
        Path::new(self.folder.path()).join(path).exists()
    }
}

/// The fetch result of each source, by name.
fn outcomes(report: &Value) -> Vec<(&str, &str)> {
    let fetched = report["fetched"].as_array().unwrap().iter();
    fetched.map(|one| (one["source"].as_str().unwrap(), one["outcome"].as_str().unwrap())).collect()
}

const SOURCES: [&str; 7] =
    ["characteristics", "exclusions", "harbor", "home_health", "hospice_measures", "locations", "nursing_homes"];
const NURSING_HOMES: &str = "4pq5-n9py";
const AGENCIES: &str = "6jpm-sxkc";

#[test]
fn a_week_of_nights() {
    let Some(hospital) = Hospital::open() else { return };
    let sites = &hospital.sites;
    let (homes, agencies) = (sites.dataset(NURSING_HOMES).rows(), sites.dataset(AGENCIES).rows());
    let column = |rows: &[Vec<String>], name: &str| rows[0].iter().position(|cell| cell == name).unwrap();

    // Monday: everything is new.
    let (code, report, err) = hospital.night("");
    assert_eq!((code, report["outcome"].as_str()), (0, Some("published")), "{err}\n{report}");
    assert_eq!(outcomes(&report), SOURCES.map(|name| (name, "new")));
    let monday = hospital.served();
    assert_eq!(monday["services"]["home_health"], 69);
    let told = monday["sources"].as_array().unwrap().iter();
    let told: Vec<_> = told.filter(|source| source["file"].as_str().unwrap().starts_with("nursing_homes/")).collect();
    assert_eq!((told.len(), &told[0]["as_of"], &told[0]["rows"]), (1, &"2024-06-01".into(), &189.into()));

    // Tuesday: nothing is new, no file is sent again, and the directory is equal.
    let before = sites.server.heard().len();
    let (code, report, err) = hospital.night("");
    assert_eq!(code, 0, "{err}");
    let quiet = SOURCES.map(|name| (name, if name == "harbor" { "new" } else { "unchanged" }));
    assert_eq!(outcomes(&report), quiet, "a FHIR server is asked for everything each time");
    let asked = sites.asked_since(before);
    assert!(!asked.iter().any(|path| path.contains("/resources/")), "{asked:?}");
    assert!(
        hospital.page().contains(&format!("Changes since {}\n  nothing\n", monday["generation"].as_str().unwrap())),
        "{}",
        hospital.page()
    );

    // Wednesday: a home has lost a star, and an agency has closed.
    let mut changed = homes.clone();
    let stars = column(&homes, "Overall Rating");
    assert_eq!((changed[2][0].as_str(), changed[2][stars].as_str()), ("425004", "4"));
    changed[2][stars] = "3".to_owned();
    sites.publish(NURSING_HOMES, date(2024, 7, 1), &changed);
    let (last, open) = agencies.split_last().unwrap();
    sites.publish(AGENCIES, date(2024, 8, 1), open);
    let (code, report, err) = hospital.night("");
    assert_eq!(code, 0, "{err}");
    assert_eq!((outcomes(&report)[3], outcomes(&report)[6]), (("home_health", "new"), ("nursing_homes", "new")));
    let closed = format!("ccn:{}", last[column(&agencies, "CMS Certification Number (CCN)")]);
    let page = hospital.page();
    assert!(page.contains(&closed) && page.contains("ccn:425004"), "{page}");
    let wednesday = hospital.served();

    // Thursday: three homes in ten are missing from the file. The run is refused with the reason.
    sites.publish(NURSING_HOMES, date(2024, 8, 1), &changed[..=132]);
    let (code, report, err) = hospital.night("");
    assert_eq!((code, report["outcome"].as_str()), (3, Some("refused")), "{report}");
    let why = "CMS Nursing Home Provider Information: 189 rows, 132 now: 30.15 % fewer; refused at 20 % or more";
    assert!(err.contains(why) && hospital.page().contains(why), "{err}\n{}", hospital.page());
    assert_eq!(hospital.served(), wednesday);
    assert!(!hospital.has(&format!("index/{}", report["manifest"]["generation"].as_str().unwrap())));

    // Friday: the homes are back, and a required column of the agencies has been renamed.
    sites.publish(NURSING_HOMES, date(2024, 9, 1), &changed);
    let mut renamed = agencies.clone();
    let name = column(&agencies, "Provider Name");
    renamed[0][name] = "Agency".to_owned();
    sites.publish(AGENCIES, date(2024, 9, 1), &renamed);
    let (code, report, err) = hospital.night("");
    assert_eq!((code, report["outcome"].as_str()), (65, Some("failed")), "{report}");
    // The error is JSON too.
    assert!(err.contains(r#"the column \"Provider Name\" is missing"#), "{err}");
    assert_eq!(hospital.served(), wednesday);

    // Saturday: the column is corrected, and the payer and the OIG do not answer. Their last files
    // stay, with their ages.
    sites.publish(AGENCIES, date(2024, 10, 1), &agencies);
    sites.take_down(&["/fhir/", "/exclusions/"]);
    let (code, report, err) = hospital.night("");
    assert_eq!((code, report["outcome"].as_str()), (0, Some("published")), "{err}");
    assert_eq!((outcomes(&report)[1], outcomes(&report)[2]), (("exclusions", "kept"), ("harbor", "kept")));
    assert!(hospital.page().contains("503"), "{}", hospital.page());
    let saturday = hospital.served();
    assert_eq!((&saturday["services"]["home_health"], &saturday["networks"]), (&69.into(), &monday["networks"]));

    // Sunday: a rollback to Wednesday's directory, which then answers a question.
    let id = wednesday["generation"].as_str().unwrap();
    assert_eq!(hospital.run(&format!("directory rollback {id}")).code, 0);
    assert_eq!(hospital.served(), wednesday);
    let asked = hospital.run("match --json --service home_health --zip 29401 --medicare");
    assert_eq!(serde_json::from_str::<Value>(&asked.out).unwrap()["directory"]["generation"], id);
}

/// An archive of these files.
fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn what_an_archive_calls_its_files_says_nothing_of_the_night_and_steers_no_terminal() {
    let folder = TempDir::new().unwrap();
    let home = "425001,HOME,1 A ST,CHARLESTON,SC,29401,8435550100,Y,100,Medicare,L,,N,4,,,,2026-06-01\n";
    let homes = format!("{HOMES}{home}");
    fs::create_dir(folder.path().join("in")).unwrap();
    let packed = archive(&[
        ("ev\u{1b}[31mil\n.csv", homes.as_str()),
        ("sources.toml", "synthetic = true\n[files.\"a.csv\"]\nas_of = \"2026-11-01\"\n"),
    ]);
    fs::write(folder.path().join("in/homes.zip"), packed).unwrap();
    let ended = run_in(folder.path(), "refresh --from in --json");
    assert_eq!(ended.code, 0, "{}", ended.err);
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&report["synthetic"], &report["unread"][0]["file"]), (&false.into(), &"homes.zip/sources.toml".into()));
    let page = fs::read_to_string(folder.path().join("index/reports/last.txt")).unwrap();
    assert!(page.lines().any(|line| line.trim() == "homes.zip/ev\u{fffd}[31mil\u{fffd}.csv"), "{page:?}");
    assert!(!page.contains('\u{1b}'));
}

#[test]
fn settings_that_lead_nowhere_do_not_pass_for_none() {
    let folder = TempDir::new().unwrap();
    std::os::unix::fs::symlink("unmounted/refresh.toml", folder.path().join("refresh.toml")).unwrap();
    fs::create_dir_all(folder.path().join("data/fetched")).unwrap();
    let ended = run_in(folder.path(), "refresh");
    assert_eq!(ended.code, 78, "{}", ended.err);
    assert!(ended.err.contains("refresh.toml: No such file or directory"), "{}", ended.err);
    fs::remove_file(folder.path().join("refresh.toml")).unwrap();
    let ended = run_in(folder.path(), "refresh");
    assert!(ended.err.contains("nothing to fetch: no refresh.toml declares a source"), "{}", ended.err);
}

#[test]
fn a_first_night_without_an_answer_says_who_did_not_answer() {
    let folder = TempDir::new().unwrap();
    let settings =
        "[outbound]\nallow = [\"127.0.0.0/8\"]\n[sources.leie]\nkind = \"file\"\nurl = \"http://127.0.0.1:9/UPDATED.csv\"\n";
    fs::write(folder.path().join("refresh.toml"), settings).unwrap();
    let ended = run_in(folder.path(), "refresh");
    assert_eq!(ended.code, 69, "{}", ended.err);
    assert!(
        ended.err.contains("error: no source could be fetched, and there are no earlier files\n  leie: http://127.0.0.1:9/"),
        "{}",
        ended.err
    );
}
