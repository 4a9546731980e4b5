//! Complete refresh runs with the gate: what is published, what is refused, and what users see.

use std::fs;
use std::path::PathBuf;

use jiff::Timestamp;
use placement::catalog::generation::GenerationStore;
use placement::refresh::error::RefreshError;
use placement::refresh::options::{RefreshOptions, RefreshProgress};
use placement::refresh::settings::RefreshConfig;
use placement::run_report::RunReport;
use placement::run_report::gate_check::CheckVerdict;

use crate::folder::{run_when_free, write};

pub(crate) const HOMES: &str = "CMS Certification Number (CCN),Provider Name,Provider Address,City/Town,State,ZIP Code,Telephone Number,Ownership Type,Number of Certified Beds,Provider Type,Legal Business Name,Special Focus Status,Abuse Icon,Overall Rating,Latitude,Longitude,Geocoding Footnote,Processing Date\n";
/// A nursing home in Charleston at that latitude.
pub(crate) fn home(at: u32, latitude: f64) -> String {
    let ccn = 425_000 + at;
    format!(
        "{ccn},HOME {at},{at} A ST,CHARLESTON,SC,29401,8435550100,Y,100,Medicare,L,,N,4,{latitude:.6},-79.93,,2026-06-01\n"
    )
}

const ROSTER: &str = "payer,plan,network,ccn,npi,service,tier,begin,end\n";

/// A folder of files, and its index.
pub(crate) struct Town {
    pub folder: tempfile::TempDir,
    nights: i64,
}

impl Town {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("in")).unwrap();
        let town = Self { folder, nights: 0 };
        town.homes(100);
        town.roster(50);
        town
    }

    /// `count` homes of four stars, seven of ten in South Carolina and the others in Georgia.
    fn homes(&self, count: usize) {
        self.rated((0..count).map(|at| (at, 4)), "2026-06-01");
    }

    /// These homes with these stars, as of a day.
    pub(crate) fn rated(&self, homes: impl IntoIterator<Item = (usize, u8)>, day: &str) {
        let home = |(at, stars): (usize, u8)| {
            let (state, city, zip) = if at % 10 < 7 { ("SC", "CHARLESTON", "29401") } else { ("GA", "SAVANNAH", "31401") };
            format!(
                "{:06},HOME {at},{at} A ST,{city},{state},{zip},8435550100,Y,100,Medicare,L,,N,{stars},,,,{day}\n",
                425_000 + at
            )
        };
        self.put("homes.csv", format!("{HOMES}{}", homes.into_iter().map(home).collect::<String>()));
    }

    /// The first `count` homes in Acme's network.
    fn roster(&self, count: usize) {
        self.listed("acme.csv", 0..count);
    }

    /// These homes in Acme's network.
    pub(crate) fn listed(&self, name: &str, homes: impl IntoIterator<Item = usize>) {
        let row = |at: usize| format!("Acme,Gold,Acme Wide,{:06},,,,,\n", 425_000 + at);
        self.put(name, format!("{ROSTER}{}", homes.into_iter().map(row).collect::<String>()));
    }

    pub(crate) fn put(&self, name: &str, text: String) {
        write(&self.folder.path().join("in"), &[(name, text)]);
    }

    pub(crate) fn index(&self) -> PathBuf {
        self.folder.path().join("index")
    }

    pub(crate) fn store(&self) -> GenerationStore {
        GenerationStore::new(self.index())
    }

    /// The generations on disk, and other paths named after a generation.
    pub(crate) fn on_disk(&self) -> Vec<String> {
        let entries = fs::read_dir(self.index()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = entries.filter(|name| name.starts_with("20")).collect();
        names.sort();
        names
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.folder.path().join("in").join(name)).unwrap();
    }

    /// The next refresh, a day after the last one.
    pub(crate) fn night(&mut self, change: impl FnOnce(&mut RefreshOptions)) -> Result<RunReport, RefreshError> {
        self.watched_night(change, &mut |_| {})
    }

    /// The next refresh, observed at each stage.
    fn watched_night(
        &mut self,
        change: impl FnOnce(&mut RefreshOptions),
        watch: &mut dyn FnMut(RefreshProgress),
    ) -> Result<RunReport, RefreshError> {
        self.nights += 1;
        let built_at = Timestamp::from_second(1_780_864_000 + 86_400 * self.nights).unwrap();
        let mut options = RefreshOptions::new(self.folder.path().join("in"), self.index(), built_at);
        change(&mut options);
        run_when_free(&options, watch)
    }

    /// A refresh that must be refused, and its message; nothing served or kept changes.
    fn refused(&mut self, change: impl FnOnce(&mut RefreshOptions)) -> String {
        let (served, before) = (self.store().current().ok(), self.on_disk());
        let refused = self.night(change).unwrap_err();
        assert!(matches!(refused, RefreshError::Refused(_)), "{refused}");
        assert_eq!((self.store().current().ok(), self.on_disk()), (served, before));
        refused.to_string()
    }
}

/// The warnings and refusals only.
fn looked_at(report: &RunReport) -> Vec<&str> {
    report.checks.iter().filter(|check| check.verdict != CheckVerdict::Good).map(|check| check.words.as_str()).collect()
}

#[test]
fn a_night_that_lost_a_third_is_refused_and_nothing_changes() {
    let mut town = Town::new();
    town.night(|_| {}).unwrap();
    let served = town.store().current().unwrap();
    let before = town.on_disk();

    town.homes(70);
    let refused = town.night(|_| {}).unwrap_err();
    insta::assert_snapshot!(refused, @r"
    the gate refused the new directory; the one being served is unchanged
      the directory: 100 providers, 70 now: 30 % fewer; refused at 10 % or more
      Skilled nursing facility: 100 lines, 70 now: 30 % fewer; refused at 20 % or more
      state GA: 30 providers, 21 now: 30 % fewer; refused at 20 % or more
      state SC: 70 providers, 49 now: 30 % fewer; refused at 20 % or more
      CMS Nursing Home Provider Information: 100 rows, 70 now: 30 % fewer; refused at 20 % or more
    ");
    assert_eq!(town.store().current().unwrap(), served);
    assert_eq!(town.on_disk(), before, "what was refused is not kept");
    assert!(town.store().previous().is_err(), "and nobody can go back to it");

    let report = town.night(|options| options.force = Some("thirty homes closed".to_owned())).unwrap();
    let manifest = town.store().verify(&town.store().current().unwrap()).unwrap();
    assert_eq!((manifest.providers, manifest.forced.as_deref()), (70, Some("thirty homes closed")));
    assert_eq!(report.forced.as_deref(), Some("thirty homes closed"));
    let page = report.to_string();
    let different = page.split_once("Changes since").unwrap().1.split("\n\n").next().unwrap();
    let lines: Vec<&str> = different.lines().skip(1).take(2).chain(different.lines().last()).map(str::trim).collect();
    assert_eq!(lines, ["30  providers removed", "ccn:425070 Home 70, SC: skilled_nursing", "and 20 more"]);
}

#[test]
fn a_payers_list_that_is_empty_or_missing_is_refused() {
    let mut town = Town::new();
    town.night(|_| {}).unwrap();
    town.roster(0);
    let refused = town.refused(|_| {});
    for words in ["network Acme Wide (Acme): 50 lines, none now", "payer roster acme: 50 rows, none now"] {
        assert!(refused.contains(words), "{refused}");
    }
    town.remove("acme.csv");
    let refused = town.refused(|_| {});
    assert!(refused.contains("network Acme Wide (Acme): 50 lines, none now; a drop to zero is always refused"), "{refused}");
    let report = town.night(|options| options.force = Some("Acme has left".to_owned())).unwrap();
    assert_eq!(looked_at(&report).len(), 2);
    assert_eq!(looked_at(&town.night(|_| {}).unwrap()), [""; 0], "what was forced is what the next night is weighed against");
}

#[test]
fn a_payers_list_whose_terms_have_all_ended_is_refused_and_told() {
    let mut town = Town::new();
    let until = |end: &str| {
        let row = |at: usize| format!("Acme,Gold,Acme Wide,{:06},,,,2026-01-01,{end}\n", 425_000 + at);
        format!("{ROSTER}{}", (0..50).map(row).collect::<String>())
    };
    town.put("acme.csv", until(""));
    town.night(|_| {}).unwrap();
    town.put("acme.csv", until("2026-05-31"));
    let refused = town.refused(|_| {});
    let told = "network Acme Wide (Acme), terms in force: 50 lines, none now; a drop to zero is always refused";
    assert!(refused.contains(told), "{refused}");
    let report = town.night(|options| options.force = Some("Acme has left".to_owned())).unwrap();
    assert_eq!(looked_at(&report), [told], "as many rows and lines are listed as before");
    let page = report.to_string();
    for words in ["Acme Wide (Acme): 0 begun, 50 ended", "50  lines that left a network"] {
        assert!(page.contains(words), "{page}");
    }
    assert_eq!(looked_at(&town.night(|_| {}).unwrap()), [""; 0]);
}

#[test]
fn the_last_day_of_terms_is_one_of_them_and_the_day_after_is_told_though_no_file_has_changed() {
    let mut town = Town::new();
    // The first refresh is on 2026-06-08 UTC.
    let row = |at: usize| format!("Acme,Gold,Acme Wide,{:06},,,,,2026-06-09\n", 425_000 + at);
    town.put("acme.csv", format!("{ROSTER}{}", (0..50).map(row).collect::<String>()));
    town.night(|_| {}).unwrap();
    let on_the_last = town.night(|_| {}).unwrap();
    assert_eq!((looked_at(&on_the_last), on_the_last.changes.as_ref().unwrap().is_empty()), (vec![], true));
    assert!(town.refused(|_| {}).contains("terms in force: 50 lines, none now"));
}

#[test]
fn payers_whose_files_have_one_name_are_sources_of_their_own() {
    let mut town = Town::new();
    town.remove("acme.csv");
    let rows = |payer: &str, homes: std::ops::Range<usize>| {
        let row = |at: usize| format!("{payer},Gold,{payer} Wide,{:06},,,,,\n", 425_000 + at);
        format!("{ROSTER}{}", homes.map(row).collect::<String>())
    };
    town.put("a/roster.csv", rows("Acme", 0..50));
    town.put("b/roster.csv", rows("Beta", 50..100));
    town.put(
        "sources.toml",
        "files.\"a/roster.csv\".as_of = 2026-05-01\nfiles.\"b/roster.csv\".as_of = 2026-05-20\n".to_owned(),
    );
    let report = town.night(|_| {}).unwrap();
    let sources: Vec<&str> = report.files.iter().map(|file| file.status.source.as_str()).collect();
    assert_eq!(sources, ["payer roster a", "payer roster b", "CMS Nursing Home Provider Information"]);
    town.put("a/roster.csv", rows("Acme", 0..39));
    town.put(
        "sources.toml",
        "files.\"a/roster.csv\".as_of = 2026-04-01\nfiles.\"b/roster.csv\".as_of = 2026-05-20\n".to_owned(),
    );
    let refused = town.refused(|_| {});
    for words in ["payer roster a: 50 rows, 39 now", "payer roster a: dated 2026-04-01, previously 2026-05-01"] {
        assert!(refused.contains(words), "{refused}");
    }
}

#[test]
fn a_folder_of_a_source_that_is_declared_no_more_is_told() {
    let declared = |name: &str| {
        RefreshConfig::parse(&format!("[sources.{name}]\nkind = \"file\"\nurl = \"https://payer.example/a.csv\"\n"))
    };
    let mut town = Town::new();
    let old = town.folder.path().join("in/old");
    fs::create_dir(&old).unwrap();
    fs::rename(town.folder.path().join("in/acme.csv"), old.join("acme.csv")).unwrap();
    assert_eq!(looked_at(&town.night(|_| {}).unwrap()), [""; 0], "what is kept by hand is nobody's to declare");
    town.put(".old.fetch/kept.json", "{}".to_owned());
    let told = |town: &mut Town, name: &str| {
        let report = town.night(|options| options.settings = declared(name).unwrap()).unwrap();
        looked_at(&report).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(told(&mut town, "old"), [""; 0]);
    let folder = old.display();
    assert_eq!(
        told(&mut town, "new"),
        [format!(
            "{folder} was fetched for the source \"old\", which is no longer declared; it is read but never updated; \
             remove the folder, or declare the source again"
        )]
    );
}

#[test]
fn two_files_of_one_list_are_told_to_be_read_together() {
    let mut town = Town::new();
    town.night(|_| {}).unwrap();
    let text = fs::read_to_string(town.folder.path().join("in/homes.csv")).unwrap();
    town.put("more/homes.csv", text.lines().take(90).flat_map(|line| [line, "\n"]).collect());
    assert_eq!(
        looked_at(&town.night(|_| {}).unwrap()),
        [
            "CMS Nursing Home Provider Information: homes.csv, more/homes.csv are read together, so providers of each are in the \
          directory; if one replaces another, remove the older"
        ]
    );
}

#[test]
fn the_roster_of_the_next_month_is_the_same_source_under_another_name() {
    let mut town = Town::new();
    town.remove("acme.csv");
    town.listed("acme_2026-05.csv", 0..50);
    town.night(|_| {}).unwrap();
    town.listed("acme_2026-06.csv", 0..49);
    let both = town.night(|_| {}).unwrap();
    assert_eq!(looked_at(&both), [""; 0]);
    town.remove("acme_2026-05.csv");
    assert_eq!(looked_at(&town.night(|_| {}).unwrap()), [""; 0]);
    town.remove("acme_2026-06.csv");
    town.listed("acme_2026-05.csv", 0..50);
    let refused = town.refused(|_| {});
    assert!(refused.contains("payer roster acme: dated 2026-05-01, previously 2026-06-01"), "{refused}");
}

#[test]
fn a_file_older_than_the_one_published_is_refused() {
    let mut town = Town::new();
    town.night(|_| {}).unwrap();
    town.rated((0..100).map(|at| (at, 4)), "2026-05-01");
    let refused = town.refused(|_| {});
    let words =
        "CMS Nursing Home Provider Information: dated 2026-05-01, previously 2026-06-01; an older file is always refused";
    assert!(refused.contains(words), "{refused}");
}

#[test]
fn a_sample_never_takes_the_place_of_a_real_directory_by_accident() {
    let mut town = Town::new();
    town.night(|_| {}).unwrap();
    town.put("sources.toml", "synthetic = true\n".to_owned());
    let refused = town.refused(|_| {});
    assert!(refused.contains("the published directory has real providers, this one synthetic ones"), "{refused}");
}

#[test]
fn a_first_night_is_held_to_the_minimum_of_the_settings() {
    let mut town = Town::new();
    let least =
        |options: &mut RefreshOptions| options.settings.gate = toml::from_str("minimum = { providers = 101 }").unwrap();
    fs::create_dir(town.index()).unwrap();
    let refused = town.refused(least);
    assert!(refused.contains("the directory: 100 providers; the settings require at least 101"), "{refused}");
    town.homes(101);
    assert!(town.night(least).is_ok());
}

#[test]
fn a_directory_of_an_older_version_is_no_hindrance_and_said() {
    let mut town = Town::new();
    town.night(|_| {}).unwrap();
    let manifest = town.store().generation_path(&town.store().current().unwrap()).unwrap().join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replacen("\"format\": ", "\"format\": 9", 1)).unwrap();
    town.homes(10);
    town.roster(10);
    let report = town.night(|_| {}).unwrap();
    let [told] = looked_at(&report)[..] else { panic!("{:?}", report.checks) };
    assert!(told.starts_with("the published directory cannot be compared: generation 2026"), "{told}");
}

const CANARIES: &str = r#"{"directory": "ours", "questions": [{
    "story": "A home in Charleston for a patient of Acme Gold",
    "checked": "acme.csv by hand",
    "ask": {"service": "skilled_nursing", "near": {"zip": "29401"}, "coverage": {"plan": "Gold"}, "limit": 100},
    "expect": {"counts": {"meets": {"at_least": 35}}, "among": {"ccn:425000": ["in_network"]}}
}]}"#;

#[test]
fn a_question_of_the_hospitals_own_that_misses_is_refused_by_its_story() {
    let mut town = Town::new();
    let folder = town.folder.path().join("canaries");
    let own = {
        let folder = folder.clone();
        move |options: &mut RefreshOptions| options.settings.gate.canaries = Some(folder.clone())
    };
    fs::create_dir_all(town.index()).unwrap();
    let missing = town.refused(&own);
    assert!(missing.contains(", set as canaries in [gate], cannot be read: "), "{missing}");
    assert!(missing.contains("create the folder, or correct or remove the key"), "{missing}");
    assert_eq!(town.on_disk(), [""; 0], "what could not be asked is not kept");
    let forced = town.night(|options| {
        own(options);
        options.force = Some("no questions yet".to_owned());
    });
    assert!(forced.is_ok(), "force lets everything pass");
    fs::create_dir(&folder).unwrap();
    assert!(town.refused(&own).contains("contains no .json file of canary questions"));
    fs::write(folder.join("wards.json"), CANARIES).unwrap();
    // A roster without a date confirms nothing.
    town.remove("acme.csv");
    town.listed("acme_2026-05.csv", 0..50);
    town.night(&own).unwrap();

    // No count changes: other homes of the same state are listed.
    town.listed("acme_2026-05.csv", (0..100).filter(|at| at % 10 < 7).skip(20));
    let refused = town.refused(&own);
    let told = "wards.json: \"A home in Charleston for a patient of Acme Gold\": ccn:425000: in_network expected, but found out_of_network, ";
    assert!(refused.contains(told), "{refused}");

    fs::write(folder.join("wards.json"), CANARIES.replace("\"at_least\"", "\"at_leest\"")).unwrap();
    let refused = town.refused(&own);
    assert!(refused.contains("wards.json is not a valid file of canary questions: "), "{refused}");
    assert!(refused.contains("line 5"), "{refused}");
    fs::write(folder.join("wards.json"), CANARIES.replace("\"counts\": {\"meets\"", "\"counts\": {\"meats\"")).unwrap();
    assert!(town.refused(&own).contains("counts.meats is not matches, left_out or a fit"));
}

#[test]
fn a_file_of_questions_that_does_not_read_is_told_as_people_speak() {
    let mut town = Town::new();
    let folder = town.folder.path().join("canaries");
    let own = {
        let folder = folder.clone();
        move |options: &mut RefreshOptions| options.settings.gate.canaries = Some(folder.clone())
    };
    fs::create_dir_all(town.index()).unwrap();
    fs::create_dir(&folder).unwrap();
    let asked = |ask: &str, expect: &str| {
        let (story, checked) = (r#""story": "s""#, r#""checked": "by hand""#);
        format!(
            "{{\"directory\": \"ours\", \"questions\": [\n{{{story}, {checked}, \"ask\": {ask}, \"expect\": {expect}}}]}}"
        )
    };
    let home = r#"{"service": "skilled_nursing", "near": {"zip": "29401"}}"#;
    for (text, told) in [
        ("[]".to_owned(), "line 1: invalid length 0, expected an object with directory, questions and optionally asked_on"),
        ("{\"directory\": \"ours\",\n\"questions\": [".to_owned(), "line 2: the file is incomplete"),
        (asked(home, r#"{"count": {}}"#), "line 2: unknown field `count`, expected one of `counts`, "),
        (asked(home, r#"{"counts": {"ready": "6"}}"#), "line 2: a count is a number, or an object with at_least or at_most"),
        (
            asked(r#"{"service": "snf?", "near": {"zip": "29401"}}"#, r#"{"counts": {"ready": 1}}"#),
            "w.json: \"s\": an answer expected, a refusal for no_such_service at /service found (",
        ),
        (asked(home, r#"{"remarks": ["odd"]}"#), "remark odd expected, but found nothing"),
        (asked(home, r#"{"first": ["ccn:425099"]}"#), "first: ccn:425099 expected, but found ccn:4250"),
        (asked(home, r#"{"errors": [{"pointer": "/near", "code": "missing"}]}"#), "the question is not rejected"),
    ] {
        fs::write(folder.join("w.json"), &text).unwrap();
        let refused = town.refused(&own);
        assert!(refused.contains(told), "{text}: {refused}");
        assert!(!refused.contains("struct") && !refused.contains("[\""), "{refused}");
    }
}

#[test]
fn questions_that_are_not_asked_for_their_name_or_place_are_told() {
    let mut town = Town::new();
    let folder = town.folder.path().join("canaries");
    fs::create_dir_all(folder.join("wards")).unwrap();
    fs::create_dir(folder.join("..data")).unwrap();
    let question = CANARIES.replace(r#", "among": {"ccn:425000": ["in_network"]}"#, "").replace("meets", "matches");
    for name in ["good.json", "WARDS.JSON", "README.md"] {
        fs::write(folder.join(name), &question).unwrap();
    }
    let report = town.night(|options| options.settings.gate.canaries = Some(folder.clone())).unwrap();
    let shown = folder.display();
    assert_eq!(
        looked_at(&report),
        [
            format!("{shown}/WARDS.JSON is ignored because its name does not end in .json"),
            format!("{shown}/wards is a folder; its questions are not asked"),
        ]
    );
}

#[test]
fn who_goes_back_while_a_refresh_runs_is_not_overruled() {
    let mut town = Town::new();
    let oldest = town.night(|_| {}).unwrap().manifest.unwrap().generation;
    town.night(|_| {}).unwrap();
    let newest = town.store().current().unwrap();
    for moment in ["read", "reconcile", "build", "gate"] {
        let (store, kept) = (town.store(), town.on_disk());
        store.set_current(&newest).unwrap();
        let overtaken = town.watched_night(|_| {}, &mut |progress| {
            if matches!(progress, RefreshProgress::Done { stage, .. } if stage == moment) {
                store.set_current(&oldest).unwrap();
            }
        });
        assert!(matches!(overtaken, Err(RefreshError::Overtaken { .. })), "after {moment}: {overtaken:?}");
        assert_eq!((store.current().unwrap(), town.on_disk()), (oldest.clone(), kept), "neither served nor kept");
    }
    let report = town.night(|_| {}).unwrap();
    assert_eq!(report.changes.unwrap().from, oldest, "the next night is weighed against what is served");
}

#[test]
fn a_lost_name_of_what_is_served_opens_no_gate() {
    let mut town = Town::new();
    let served = town.night(|_| {}).unwrap().manifest.unwrap().generation;
    let current = town.index().join("current");
    town.homes(60);
    for how in ["gone", "a link to nothing", "a folder"] {
        fs::remove_file(&current).unwrap();
        match how {
            "a link to nothing" => std::os::unix::fs::symlink("nowhere", &current).unwrap(),
            "a folder" => fs::create_dir(&current).unwrap(),
            _ => {}
        }
        let refused = town.night(|_| {}).unwrap_err();
        assert!(matches!(refused, RefreshError::Refused(_)), "{how}: {refused}");
        town.store().set_current(&served).unwrap();
    }
}
