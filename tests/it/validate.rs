//! `placement validate` and `placement template`: the output for people who maintain a roster or a
//! profile.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use jiff::civil::{Date, date};
use placement::cli::validate::page;
use placement::refresh::validate::{ValidationReport, validate};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::folder::{read, read_folder, write};
use crate::seeded_random::SeededRandom;

const TODAY: Date = date(2026, 11, 21);

const PROFILE: &str = "ccn,npi,service,name,street,city,state,zip,phone,needs_yes,needs_no,max_weight_lb,min_age,max_age,zips,radius_miles,area_geojson,languages,only_sex,as_of,verified_at,stated_by\n";

fn placement(arguments: &str) -> Command {
    let mut command = Command::cargo_bin("placement").unwrap();
    command.args(arguments.split_whitespace()).env("NO_COLOR", "1");
    command
}

/// The findings in a file with this name and content.
fn checked(name: &str, content: &str) -> ValidationReport {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    validate(&path, name, TODAY).unwrap()
}

/// The printed text for a file with this name and content.
fn reads(name: &str, content: &str) -> String {
    anstream::adapter::strip_str(page(&checked(name, content)).as_str()).to_string()
}

/// Each error or remark as one line.
fn told(name: &str, content: &str) -> Vec<String> {
    let ValidationReport { faults, doubts, .. } = checked(name, content);
    let line = |mark: &str, r: &placement::run_report::rejects::RejectedRow| {
        let advice = r.advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
        format!("{mark}{} {} [{}] {}{advice}", r.line, r.field, r.value, r.reason)
    };
    faults.iter().map(|r| line("", r)).chain(doubts.iter().map(|r| line("? ", r))).collect()
}

#[test]
fn a_table_of_profiles_full_of_faults_is_told_whole() {
    let rows = [
        // The first row is valid.
        "267001,1234567893,home_health,,,,,,,inf.abx,,,,,64108|64111,,,es,,2026-11-01,2026-11-02,desk",
        "67001,1234567890,home_helth,,,,,,,,,,,,,,,,,last week,,",
        ",,,,,,,,,,,,,,,,,,,,,",
        "267002,,home_health,A,1 B ST,KANSAS CITY,Missouri,8755,555-01,inf.abz|wound vac|inf.abx|inf.abx,inf.abx,400 lb,65,18,6410|64180|64108,,,Spanich|Klingon,women,2027-01-01,2026-01-01,",
        "267003,,home_health,A,1 B ST,,MO,,,,,,,,99999|00001,,,,,,,",
        "267004,,home_health,,,,,,,,,2500,,,64108,10,,,,,,",
        "267005,,home_health,,,,,,,,,,,,,0,,,,,,",
        "267006,,home_health,,,,,,,,,,,,,,\"{\"\"type\"\":\"\"Point\"\",\"\"coordinates\"\":[1,2]}\",,,,,",
        "267007,,home_health,,,,,,,,,,,,,,circle,,,,,",
        "265001,,skilled_nursing,,,,,,,,,,,,64108,,,,,,,",
        "267001,,home_health,,,,,,,inf.pca,,,,,,,,,,,,",
        "267006,,home_health,short",
    ];
    insta::assert_snapshot!(reads("larkwater.csv", &format!("{PROFILE}{}\n", rows.join("\n"))));
}

#[test]
fn a_roster_full_of_faults_is_told_whole() {
    let roster = "payer,plan,network,ccn,npi,service,tier,begin,end,comment\n\
        Acme,Gold,Acme Wide,265001,1234567893,skilled_nursing,1,2026-01-01,2026-12-31,\n\
        Acme,Gold,Acme Wide,265001,,skilled_nursing,2,2026-06-01,,\n\
        Acme,Gold,Acme Wide,265001,,skilled_nursing,1,2027-01-01,,\n\
        Acme,Gold,Acme Wide,265002,,,,,,\n\
        Acme,Gold,Acme Wide,265002,,,,,,\n\
        Acme,Gold,,5001,1234567890,skiled_nursing,1,soon,never,\n\
        Acme,Gold,Acme Wide,,,,,2026-12-31,2026-01-01,\n\
        Best,Gold,Acme Wide,265003,,,,,,\n";
    insta::assert_snapshot!(reads("acme.csv", roster));
}

#[test]
fn json_is_told_by_pointer_and_line() {
    let text = r#"{
  "profiles": [
    {"ccn": "267001", "service": "home_health",
     "needs_yes": ["inf.abx",
                   "inf.abz", 7],
     "max_weight_lb": "350",
     "zip": 64108},
    {"ccn": 267002, "service": "home_health", "languages": ["es", "Spanich"],
     "area_geojson": {"type": "Polygon", "coordinates": [[[39.0, -94.7], [1, 2]]]},
     "colour": "red", "needs_no": ["inf.abx"], "needs_no": ["inf.pca"]},
    {"ccn": "267003",
     "service": "home_health", "languages": ["es",
       "Spanich"], "need_yes": []},
    "267004"
  ],
  "version": 1
}
"#;
    insta::assert_snapshot!(reads("larkwater.json", text));
}

#[test]
fn each_wrong_file_says_what_it_should_be() {
    for (name, content, says) in [
        (
            "a.csv",
            "ccn,servise,need_yes,needs_no\n267001,home_health,inf.abx,\n",
            &[
                "1 servise [] there is no column \"servise\"; did you mean service or serves?",
                "1 need_yes [] there is no column \"need_yes\"; did you mean needs_yes?",
                "1 service [] the column is missing; did you mean \"servise\"?",
            ][..],
        ),
        (
            "b.csv",
            "netwrk,ccn,tier\nAcme,265001,\n",
            &[
                "1 netwrk [] there is no column \"netwrk\"; did you mean network?",
                "1 network [] the column is missing; did you mean \"netwrk\"?",
            ],
        ),
        ("c.csv", "service,needs_yes\nhome_health,inf.abx\n", &["1 ccn [] the column is missing, and so is npi"]),
        (
            "l.csv",
            "record,provider,same\nnpi:1234567893,ccn:425003,maybe\n,425003,yes\n",
            &["2 same [maybe] it is neither yes nor no", "3 record [] it is missing"],
        ),
        (
            "m.csv",
            "record,provider,same\nnpi:1234567893,ccn:425003,yes\nnpi:1234567893,ccn:425003,no\n",
            &["3 same [no] line 2 of m.csv decides the opposite; neither is used"],
        ),
        ("n.csv", "record;provider;same\nnpi:1234567893;ccn:425003;yes\n", &["? 1  [] cells are separated by semicolons"]),
        ("o.csv", "network\tccn\ttier\nAcme\t265001\t\n", &["? 1  [] cells are separated by tabs"]),
        ("p.json", "{\"ccn\": \"267001\", \"service\": \"home_health\", \"needs_yes\": [\"inf.abx\"]}", &[]),
        (
            "q.json",
            "[{\"ccn\": \"267001\", \"service\": \"home_health\", \"needs_yes\": [],\n\"needs_yes\": [\"inf.abx\"]}]",
            &["2 /0/needs_yes [] this field is given more than once, so the profile is not used"],
        ),
        ("r.json", "[]", &["1  [] its JSON does not begin with an object that has fields"]),
        ("s.json", "[null]", &["1  [] its JSON does not begin with an object that has fields"]),
        ("d.csv", "red,green\n1,2\n", &["1  [] its header matches no known dataset, and none of its columns is known"]),
        ("e.csv", "", &["1  [] it is empty"]),
        ("f.json", "{\"profiles\": [{\"ccn\": \"267001\",}]}", &["1  [] it is not JSON: trailing comma at line 1 column 32"]),
        ("g.json", "{\"profiles\": {}}", &["1  [] there is no list of profiles"]),
        ("h.json", "{\"hello\": 1}", &["1  [] its JSON matches no known dataset"]),
        ("i.csv", "ccn,service,needs_yes\n", &["? 1  [] it has no rows below the header"]),
        (
            "j.csv",
            "ccn,service,needs_yes,needs_yes\n267001,home_health,inf.abx,inf.pca\n",
            &["1 needs_yes [] the duplicate column \"needs_yes\" is ignored"],
        ),
        (
            "k.csv",
            "ccn,service,as_of,zips\n267001,home_health,2026-12-01,64108|99999\n267001,home_health,2026-12-01,64108|99999\n",
            &[
                "? 2 as_of [2026-12-01] it is in the future",
                "? 2 zips [99999] this ZIP code is not in use; did you mean 99929, 99919 or 99599?",
                "? 3 as_of [2026-12-01] it is in the future",
                "? 3 zips [99999] this ZIP code is not in use; did you mean 99929, 99919 or 99599?",
                "? 3  [] line 2 says the same",
            ],
        ),
    ] {
        assert_eq!(told(name, content), says, "{name}");
    }
}

#[test]
fn what_validates_is_what_loads() {
    let table = format!(
        "{PROFILE}267001,,home_health,A,,KANSAS CITY,MO,64108,,inf.abx|inf.abz,,,,,,,,,,,,\nx,,home_health,B,,,,,,,,,,,,,,,,,,\n"
    );
    let found = checked("larkwater.csv", &table);
    let loaded = read(&[("larkwater.csv", &table)]);
    assert_eq!(found.faults, loaded.report.rejects.listed);
    assert_eq!((found.rows, found.rejected), (2, loaded.report.rejects.rows));
}

#[test]
fn a_zip_of_another_state_is_to_be_looked_at() {
    let profile = |zip: &str| {
        told("springfield.csv", &format!("{PROFILE}267001,,home_health,A,,SPRINGFIELD,MO,{zip},,inf.abx,,,,,,,,,,,,\n"))
    };
    assert_eq!(profile("01103"), ["? 2 zip [01103] it lies in Springfield, MA, and the state is MO"]);
    assert_eq!(profile("65806"), [""; 0]);
}

#[test]
fn exit_codes_and_json_serve_scripts() {
    let folder = TempDir::new().unwrap();
    write(
        folder.path(),
        &[
            ("good.csv", "ccn,service,needs_yes\n267001,home_health,inf.abx\n"),
            ("bad.csv", "ccn,service,needs_yes\n267001,home_health,inf.abz\n"),
        ],
    );
    let at = |name: &str| folder.path().join(name).display().to_string();
    for (line, code) in [
        (format!("validate {}", at("good.csv")), 0),
        (format!("validate {}", at("bad.csv")), 65),
        (format!("validate {}", at("none.csv")), 66),
        (format!("validate {}", folder.path().display()), 66),
        ("template roster --json".to_owned(), 2),
        ("template plan".to_owned(), 2),
    ] {
        assert_eq!(placement(&line).output().unwrap().status.code(), Some(code), "{line}");
    }
    let found = placement(&format!("validate --json {}", at("bad.csv"))).output().unwrap();
    assert_eq!((found.status.code(), found.stderr.as_slice()), (Some(65), &b""[..]), "what is wrong has been told");
    let found: Value = serde_json::from_slice(&found.stdout).unwrap();
    assert_eq!(found["dataset"], "provider profiles");
    assert_eq!((&found["rows"], &found["rejected"]), (&json!(1), &json!(0)));
    let fault = &found["faults"][0];
    assert_eq!((&fault["line"], &fault["field"], &fault["value"]), (&json!(2), &json!("needs_yes"), &json!("inf.abz")));
    assert!(fault["advice"].as_str().unwrap().contains("inf.abx"), "{fault}");
}

#[test]
fn no_file_is_too_broken_to_be_told_of() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    let mut random = SeededRandom::seeded(0x5eed);
    let kept = ["roster.csv", "profile.csv", "profile.json"]
        .map(|name| fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/curated/templates").join(name)).unwrap());
    for _ in 0..600 {
        let mut bytes = random.pick(&kept).clone();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = *random.pick(b"\",|{}[]\n\r\0\xff9-"),
                2 => drop(bytes.drain(at..(at + 20).min(bytes.len()))),
                _ => bytes.insert(at, *random.pick(b"\",|{}[]\n\r0")),
            }
            if bytes.is_empty() {
                bytes.push(b' ');
            }
        }
        fs::write(&path, &bytes).unwrap();
        let checked = validate(&path, "file", TODAY).unwrap();
        let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() as u64 + 1;
        for reject in checked.faults.iter().chain(&checked.doubts) {
            assert!((1..=lines).contains(&reject.line) && !reject.reason.is_empty(), "{reject:?}");
        }
        assert!(checked.rejected <= checked.rows.max(1), "{checked:?}");
    }
}

/// The output of `placement template`.
fn template(line: &str) -> Vec<u8> {
    let printed = placement(&format!("template {line}")).output().unwrap();
    assert!(printed.status.success());
    printed.stdout
}

#[test]
fn a_template_is_clean_and_loads() {
    for line in ["roster", "profile", "profile --json"] {
        let mut command = placement("validate -");
        let found = command.write_stdin(template(line)).output().unwrap();
        let page = String::from_utf8(found.stdout).unwrap();
        assert!(found.status.success() && page.ends_with("\nno errors\n"), "{line}: {page}");
    }
    let mut nights = Vec::new();
    for (name, line) in [("profile.csv", "profile"), ("profile.json", "profile --json")] {
        let folder = TempDir::new().unwrap();
        write(folder.path(), &[(name, template(line)), ("roster.csv", template("roster"))]);
        let night = read_folder(Path::new(folder.path())).unwrap();
        assert_eq!((night.night.providers.len(), night.rejects().len()), (5, 0));
        assert_eq!((night.report.networks, night.report.affiliations), (2, 4), "{:?}", night.report.unknown_members);
        nights.push(night.report.services);
    }
    assert_eq!(nights[0], nights[1]);
}

#[test]
fn a_template_has_every_column_and_the_documentation_describes_each() {
    let docs = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/files.md")).unwrap();
    for (line, columns) in [("roster", 10), ("profile", 26)] {
        let text = String::from_utf8(template(line)).unwrap();
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let header = rows.headers().unwrap().clone();
        assert_eq!(header.len(), columns, "{line}");
        let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
        for (at, column) in header.iter().enumerate() {
            assert!(rows.iter().any(|row| !row[at].is_empty()), "{line}: no example of {column}");
            assert!(docs.contains(&format!("| `{column}` |")), "{column} is not described");
        }
    }
}
