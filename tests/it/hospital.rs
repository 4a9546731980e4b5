//! `hospital.toml`: its content, and all errors reported together.

use std::fs;
use std::path::Path;

use axum::http::StatusCode;
use placement::hospital::logo::HospitalLogo;
use placement::hospital::{EXAMPLE, Hospital, HospitalKind};
use placement::serve::state::AppState;
use serde_json::json;
use tempfile::TempDir;

use crate::api::{Api, sample_app};
use crate::cli::{Server, run_in};

#[test]
fn the_example_says_everything_a_hospital_can_say() {
    let hospital = Hospital::parse(EXAMPLE).unwrap();
    assert_eq!(hospital.name.as_deref(), Some("Larkwater General Hospital"));
    assert_eq!(hospital.phone.as_deref(), Some("816-555-0100"));
    assert_eq!(hospital.defaults.zip.unwrap().to_string(), "64108");
    assert_eq!(hospital.defaults.service.unwrap().code(), "skilled_nursing");
    assert_eq!(hospital.defaults.coverage.as_deref(), Some("Medicare"));
    assert_eq!(hospital.interests.len(), 2);
    assert!(!hospital.no_interests);
    assert_eq!(hospital.asked_to_be_listed.unwrap().len(), 2);
    assert_eq!(hospital.kind, HospitalKind::Acute);
    assert_eq!(hospital.sharing.len(), 1);
    assert_eq!((hospital.sharing[0].model.code(), hospital.sharing[0].since.to_string()), ("team", "2026-01-01".to_owned()));
}

#[test]
fn what_is_not_said_stays_unsaid() {
    assert_eq!(Hospital::parse("").unwrap(), Hospital::default());
    assert_eq!(Hospital::parse("asked_to_be_listed = []").unwrap().asked_to_be_listed, Some(Vec::new()));
    assert!(Hospital::parse("no_interests = true").unwrap().no_interests);
}

#[test]
fn every_fault_is_told_at_once_with_its_line_and_a_way_out() {
    let told = Hospital::parse(
        "name = 3\nphone = \" \"\nno_interests = \"yes\"\nadress = \"x\"\n\
         asked_to_be_listed = [\"ccn:267001\", \"267001\", 5, \"ccn:267001\"]\n\
         [defaults]\nzip = \"6410\"\nservice = \"skilled_nursng\"\nplan = \"Gold\"\n\
         [[interest]]\nprovider = \"ccn:265001\"\n\
         [[interest]]\nprovider = \"ccn:265001\"\nsays = \"x\"\nsay = \"y\"\n",
    )
    .unwrap_err();
    let expected = [
        "line 1: name: invalid type: integer `3`, expected a text in quotes",
        "line 2: phone: is empty; fill it in or remove it",
        "line 3: no_interests: invalid type: string \"yes\", expected true or false",
        "line 4: adress: there is no setting \"adress\"; there are name, logo, phone, kind, id, hosts, claim, issuers, group, units, count_unmet_needs, no_interests, asked_to_be_listed, defaults, interest, sharing, recommendation, language_notice, cds",
        "line 5: asked_to_be_listed: \"267001\" is not a provider ID such as \"ccn:425003\" or \"npi:1234567893\"",
        "line 5: asked_to_be_listed: invalid type: integer `5`, expected a text in quotes",
        "line 5: asked_to_be_listed: ccn:267001 is given twice",
        "line 7: defaults.zip: a ZIP code is five digits in quotes",
        "line 8: defaults.service: there is no service \"skilled_nursng\"; did you mean skilled_nursing?",
        "line 9: defaults.plan: there is no setting \"plan\"; there are zip, service, coverage",
        "line 11: interest.says: is missing",
        "line 13: interest.provider: ccn:265001 has two [[interest]] sections; combine them into one",
        "line 15: interest.say: there is no setting \"say\"; did you mean says?",
    ];
    assert_eq!(told.lines().collect::<Vec<_>>(), expected, "{told}");
}

#[test]
fn every_fault_of_kind_sharing_and_notices_is_told_at_once() {
    let told = Hospital::parse(
        "kind = \"critical\"\n\
         [[sharing]]\nprovider = \"ccn:265001\"\nmodel = \"tem\"\n\
         [[sharing]]\nprovider = \"ccn:265001\"\nmodel = \"aco\"\nsince = \"2026-02-30\"\n\
         [[sharing]]\nprovider = \"ccn:265001\"\nmodel = \"aco\"\nsince = \"2026-02-01\"\nuntil = \"2026-01-01\"\n\
         [[sharing]]\nprovider = \"ccn:265001\"\nmodel = \"aco\"\nsince = \"2026-03-01\"\n\
         [[language_notice]]\nlanguage = \"Vietnamise\"\ntext = \"x\"\n\
         [[language_notice]]\nlanguage = \"es\"\ntext = \"x\"\n\
         [[language_notice]]\nlanguage = \"vi\"\ntext = \"x\"\nreviewed_by = \"A. Reviewer\"\n\
         [[language_notice]]\nlanguage = \"Vietnamese\"\ntext = \"x\"\n",
    )
    .unwrap_err();
    let expected = [
        "line 1: kind: there is no kind \"critical\"; did you mean critical_access?",
        "line 3: sharing.since: is missing",
        "line 4: sharing.model: there is no model \"tem\"; did you mean team?",
        "line 8: sharing.since: \"2026-02-30\" is not a date such as \"2026-01-31\"",
        "line 13: sharing.until: 2026-01-01 is before since, 2026-02-01",
        "line 15: sharing.provider: ccn:265001 has two [[sharing]] sections of aco; combine them into one",
        "line 19: language_notice.language: there is no language \"Vietnamise\"; did you mean Vietnamese?",
        "line 22: language_notice.language: the program has this notice in English and Spanish; remove the section",
        "line 25: language_notice.reviewed_on: is missing; a review has a name and a day",
        "line 29: language_notice.language: \"vi\" has two [[language_notice]] sections; keep one",
    ];
    assert_eq!(told.lines().collect::<Vec<_>>(), expected, "{told}");
    let told = Hospital::parse(
        "kind = \"critical_access\"\n[[sharing]]\nprovider = \"ccn:265001\"\nmodel = \"team\"\nsince = \"2026-01-01\"\n",
    );
    assert!(told.unwrap_err().starts_with("line 4: sharing.model: a critical_access hospital cannot take part in TEAM"));
}

#[test]
fn what_contradicts_itself_or_is_no_toml_is_refused() {
    for (text, says) in [
        (
            "no_interests = true\n[[interest]]\nprovider = \"ccn:265001\"\nsays = \"x\"",
            "line 1: no_interests: is true, but the file has an [[interest]]; remove one of the two",
        ),
        ("defaults = 3", "line 1: defaults: expected a section, written [defaults] with its keys below it"),
        ("interest = \"x\"", "line 1: interest: expected sections, each written [[interest]] with its keys below it"),
        (
            "asked_to_be_listed = \"ccn:267001\"",
            "line 1: asked_to_be_listed: invalid type: string \"ccn:267001\", expected a list",
        ),
        ("name = \"x\"\nname = \"y\"", "line 2: duplicate key"),
        ("name = ", "line 1: "),
    ] {
        let told = Hospital::parse(text).unwrap_err();
        assert!(told.contains(says), "{text}: {told}");
    }
}

#[test]
fn a_server_starts_with_what_a_hospital_says_or_tells_all_that_is_wrong_with_it() {
    let folder = TempDir::new().unwrap();
    assert_eq!(run_in(folder.path(), "template hospital").out, EXAMPLE);
    assert_eq!(run_in(folder.path(), "template hospital --json").code, 2);
    fs::write(folder.path().join("hospital.toml"), "nane = \"x\"\nphone = 3\n").unwrap();
    let ended = run_in(folder.path(), "serve --sample --hospital hospital.toml");
    assert_eq!(ended.code, 78);
    for line in [
        "line 1: nane: there is no setting \"nane\"; did you mean name?",
        "line 2: phone: invalid type: integer `3`, expected a text",
    ] {
        assert!(ended.err.contains(line), "{}", ended.err);
    }
    fs::write(folder.path().join("placement.toml"), "hospital = \"elsewhere.toml\"\n").unwrap();
    let ended = run_in(folder.path(), "serve --sample");
    assert!(ended.code == 78 && ended.err.contains("elsewhere.toml: No such file"), "{}", ended.err);
}

#[test]
fn a_ledger_that_cannot_be_opened_stops_only_the_lists() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("hospital.toml"), EXAMPLE).unwrap();
    fs::write(folder.path().join("placement.toml"), "hospital = \"hospital.toml\"\nledger = \"hospital.toml/x\"\n").unwrap();
    let body = json!({"discharge": {"service": "home_health", "near": {"zip": "64108"}}}).to_string();
    let asked = |line: &str| {
        let server = Server::start(folder.path(), line);
        server.wait_for("/readyz", "\"ready\"");
        let told = server.ask("GET", "/readyz?verbose", "");
        (told, server.ask("POST", "/v1/choice-lists", &body), server.ask("GET", "/", ""))
    };
    run_in(folder.path(), "sample files --near 64108 --within-miles 20");
    assert_eq!(run_in(folder.path(), "refresh --from files").code, 0);
    let (told, list, page) = asked("serve");
    assert!(told.contains("\"ledger\":\"not_open\"") && list.contains("no_ledger"), "{list}");
    assert!(page.contains("Larkwater General Hospital"), "everything else works");
    let (told, list, _) = asked("serve --ledger kept.sqlite");
    assert!(told.contains("\"ledger\":\"open\"") && list.contains("201 Created"), "{list}");
    assert!(list.contains("Larkwater General Hospital") && folder.path().join("kept.sqlite").is_file());
    assert!(!folder.path().join("data").exists(), "nothing was put where nobody asked for it");
}

const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><path d=\"M0 0h9v9z\"/></svg>";

#[tokio::test]
async fn the_logo_is_on_every_page_and_can_run_nothing() {
    let logo = HospitalLogo::of(SVG.as_bytes().to_vec()).unwrap();
    let named =
        |name: Option<&str>| Hospital { logo: Some(logo.clone()), name: name.map(str::to_owned), ..Hospital::default() };
    for (name, alt) in [(Some("Larkwater General"), ""), (None, "Logo of the hospital")] {
        let api = Api::new(AppState { hospital: named(name), ..sample_app() });
        for path in ["/", "/directory", "/choice-list", "/providers/ccn:265015"] {
            let page = crate::provider_pages::page(&api.get(path).await);
            let picture = page.classed("logo")[0];
            assert_eq!((picture.attribute("src"), picture.attribute("alt")), (Some("/logo"), Some(alt)), "{path}");
        }
        let sent = api.get("/logo").await;
        assert_eq!((sent.status, sent.header("content-type"), &*sent.text), (StatusCode::OK, "image/svg+xml", SVG));
        let policy = sent.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("sandbox") && !policy.contains("script"),
            "{policy}"
        );
        assert_eq!(sent.header("x-content-type-options"), "nosniff");
    }
    let without = Api::sample();
    assert_eq!(without.get("/logo").await.status, StatusCode::NOT_FOUND);
    assert!(!without.get("/").await.text.contains("/logo"));
}

#[test]
fn a_wrong_logo_stops_the_start_and_is_named() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("hospital.toml"), "logo = \"mark.svg\"").unwrap();
    let start = || run_in(folder.path(), "serve --sample --hospital hospital.toml");
    let missing = start();
    assert!(missing.code == 78 && missing.err.contains("logo: mark.svg: "), "{}", missing.err);
    fs::write(folder.path().join("mark.svg"), SVG.replace("<path", "<script/><path")).unwrap();
    let active = start();
    fs::write(folder.path().join("mark.svg"), vec![b' '; 256 * 1024 + 1]).unwrap();
    let large = start();
    assert!(large.code == 78 && large.err.contains("at most 262144 bytes"), "{}", large.err);
    assert!(active.code == 78 && active.err.contains("<script"), "{}", active.err);
}

#[test]
fn a_folder_of_hospitals_is_checked_as_a_whole() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.toml", "id = \"a\"\nname = \"Mercy\"\nhosts = [\"a.example\"]\n");
    write("b.toml", "id = \"b\"\nhosts = [\"b.example\"]\n");
    write("notes.txt", "not a hospital");
    let validate = || {
        let folder = folder.path().to_str().unwrap();
        crate::cli::placement(Path::new(folder)).args(["validate", folder]).output().unwrap()
    };
    let good = validate();
    let said = String::from_utf8_lossy(&good.stdout).into_owned();
    assert!(good.status.success() && said.contains("2 hospitals") && said.contains("Mercy"), "{said}");
    write("b.toml", "id = \"a\"\nhosts = [\"A.example\", \"https://b\"]\nlogo = \"none.png\"\n");
    write("c.toml", "hosts = [\"A.example\"]\nid = \"a\"\nnam = \"Mercy\"\n");
    write("d.toml", "id = \"a\"\nhosts = [\"a.example\"]\n");
    let bad = validate();
    let said = String::from_utf8_lossy(&bad.stderr).into_owned();
    assert_eq!(bad.status.code(), Some(78), "{said}");
    for fault in ["b.toml:", "https://", "c.toml:", "\"nam\"", "d.toml:", "it can belong to one hospital only"] {
        assert!(said.contains(fault), "{fault}: {said}");
    }
}
