//! The statements of a list about providers, the hospital and itself are true: interests,
//! exclusions, and the point from which miles are measured.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use placement::hospital::{FinancialInterest, Hospital};
use placement::provider::ProviderId;
use placement::service::Service;
use placement::text::proper_case::proper_case;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{publish, question};
use crate::choice_lists::{Desk, home_health, made, text_of};

/// The sample with three nursing homes with profiles, the agency [`AGENCY`] with the additional NPI
/// [`NPI`], and one with a right-to-left name.
static TOWN: LazyLock<TempDir> = LazyLock::new(|| {
    let (root, folder) = (Path::new(env!("CARGO_MANIFEST_DIR")), TempDir::new().unwrap());
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    let sample = fs::read_dir(root.join("data/sample")).unwrap().map(|entry| entry.unwrap().path());
    for file in sample.chain([root.join("data/curated/quality/profiles.csv")]) {
        fs::copy(&file, files.join(file.file_name().unwrap())).unwrap();
    }
    let change = |name: &str, change: &dyn Fn(String) -> String| {
        let text = fs::read_to_string(files.join(name)).unwrap();
        fs::write(files.join(name), change(text)).unwrap();
    };
    let row = format!("Larkwater Mutual,Larkwater Choice HMO,Larkwater Choice Core,{},{NPI},home_health,,,\n", &AGENCY[4..]);
    change("payer_roster.csv", &|text| text.trim_end().to_owned() + "\n" + &row);
    change("home_health_agencies.csv", &|text| text.replace("HERONWICK", "\u{202e}HERONWICK\u{200b}"));
    publish(&files, &folder.path().join("index"), "2026-11-21T12:00:00Z");
    folder
});

/// An agency that serves 64108.
const AGENCY: &str = "ccn:177001";
const NPI: &str = "1234567893";

async fn in_town(hospital: Hospital) -> Desk {
    Desk::of(&TOWN.path().join("index"), hospital).await
}

/// The paragraphs about what a list covers, as one text.
fn shown(list: &Value) -> String {
    let section = list["printed"]["sections"].as_array().unwrap().iter().find(|s| s["title"] == "What this list shows");
    let blocks = section.unwrap()["blocks"].as_array().unwrap();
    blocks.iter().map(|block| block["text"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn an_npi_is_as_good_as_a_ccn() {
    let id = |text: &str| text.parse::<ProviderId>().unwrap();
    let (agency, npi, nobody) = (id(AGENCY), id(&format!("npi:{NPI}")), id("ccn:999999"));
    let interest =
        |provider: &ProviderId, says: &str| FinancialInterest { provider: provider.clone(), says: says.to_owned() };
    let desk = in_town(Hospital {
        interests: vec![interest(&npi, "Half of it."), interest(&nobody, "All of it.")],
        asked_to_be_listed: Some(vec![nobody.clone(), npi.clone()]),
        ..Hospital::default()
    })
    .await;
    let list = made(&desk, &json!({"discharge": home_health(), "providers": [npi.as_str()]})).await;
    let selected: Vec<&Value> =
        list["providers"].as_array().unwrap().iter().filter(|listed| listed["selected"] == true).collect();
    assert_eq!(selected.len(), 1);
    let listed = selected[0];
    assert_eq!(listed["provider"]["id"], AGENCY);
    let name = listed["provider"]["name"].as_str().unwrap();
    assert_eq!((&listed["interest"], &listed["asked_to_be_listed"]), (&json!("Half of it."), &json!(true)));
    assert_eq!(list["interests"], json!({"told": true, "list": [{"provider": AGENCY, "says": "Half of it."}]}));
    let body = json!({"discharge": home_health()});
    let page = text_of(&desk.make("text/html", &body).await.text);
    assert!(page.contains(&format!("come to your home: {}", proper_case(name))), "{page}");
    assert!(page.contains("The hospital named a place that we cannot find."), "{page}");
    assert!(!page.contains("ccn:999999") && !page.contains("No home health agency that comes"), "{page}");

    let twice = json!({"discharge": home_health(), "providers": [npi.as_str(), agency.as_str()]});
    let answer = desk.make("application/json", &twice).await;
    assert_eq!(answer.faults(), [("/providers/1".to_owned(), "repeated".to_owned())]);

    let only_elsewhere = Hospital { interests: vec![interest(&nobody, "All of it.")], ..Hospital::default() };
    let page = text_of(&in_town(only_elsewhere).await.make("text/html", &body).await.text);
    assert!(page.contains("a place that we cannot find") && !page.contains("The hospital has not said."), "{page}");
}

#[tokio::test]
async fn where_miles_begin_is_said() {
    let desk = Desk::new(Hospital::default()).await;
    let of_zip = shown(&made(&desk, &json!({"discharge": question()})).await);
    assert!(of_zip.contains("in a straight line, from the middle of ZIP code 64108."), "{of_zip}");
    assert!(of_zip.contains("If two are the same distance away, they go by name, from A to Z."), "{of_zip}");
    let point = json!({"service": "skilled_nursing", "near": {"latitude": 39.083, "longitude": -94.578}});
    let list = made(&desk, &json!({"discharge": point})).await;
    let of_point = shown(&list);
    assert!(of_point.contains("within 25 miles of the place you named."), "{of_point}");
    assert!(of_point.contains("from the place you named.") && !of_point.contains("ZIP code"), "{of_point}");
    let agencies = shown(&made(&desk, &json!({"discharge": home_health()})).await);
    assert!(!agencies.contains("miles"), "{agencies}");
}

#[tokio::test]
async fn what_was_left_off_is_told_in_general_and_only_if_it_was() {
    const KINDS: [(&str, &[&str]); 3] = [
        ("Some have closed.", &["closed"]),
        ("Some are not certified, or are barred from Medicare.", &["not_certified", "excluded_by_oig"]),
        ("or that their limits rule it out.", &["declines:", "limit:"]),
    ];
    let desk = in_town(Hospital::default()).await;
    let asked = |changes: Value| {
        let mut asked = json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "include": ["left_out"]});
        for (name, value) in changes.as_object().unwrap() {
            asked[name] = value.clone();
        }
        asked
    };
    for (changes, is_unfit) in [
        (json!({}), false),
        (json!({"needs": ["resp.vent"]}), true),
        (json!({"patient": {"weight_lb": 450}}), true),
        (json!({"patient": {"sex": "male"}}), true),
        (json!({"patient": {"languages": ["ko"]}}), true),
        // A refusal of this treatment is unlawful, so it excludes nobody.
        (json!({"needs": ["sud.methadone"]}), false),
    ] {
        let asked = asked(changes);
        let report = desk.api.post("/v1/matches", &asked).await.json();
        let reasons: Vec<String> = report["left_out"].to_string().split('"').map(str::to_owned).collect();
        let list = made(&desk, &json!({"discharge": asked})).await;
        let says = shown(&list);
        assert!(says.contains("A place may be missing if we do not know where it is."), "{says}");
        assert!(says.contains("places we know of that may be able to help you."), "{says}");
        for (sentence, kinds) in KINDS {
            let occurred = reasons.iter().any(|reason| kinds.iter().any(|kind| reason.starts_with(kind)));
            assert_eq!(says.contains(sentence), occurred, "{sentence} of {reasons:?}: {says}");
        }
        assert_eq!(says.contains("or that their limits rule it out."), is_unfit, "{asked}: {says}");
        // The sections about the question and its places; every list speaks of interpreters and languages elsewhere.
        let sections = list["printed"]["sections"].as_array().unwrap().iter();
        let about: Vec<String> =
            sections.filter(|section| section["service"].is_string()).map(|s| s.to_string().to_lowercase()).collect();
        assert!(about.len() > 1);
        for telling in ["ventilator", "language", "methadone", "unlawful"] {
            assert!(about.iter().all(|section| !section.contains(telling)), "{telling}: {about:?}");
        }
    }
}

#[tokio::test]
async fn the_law_is_named_only_where_it_speaks_of_the_service() {
    let desk = Desk::new(Hospital::default()).await;
    for service in Service::ALL {
        let discharge = json!({"service": service.code(), "near": {"zip": "64108"}});
        let page = text_of(&desk.make("text/html", &json!({"discharge": discharge})).await.text);
        let named = ["home_health", "skilled_nursing", "inpatient_rehab", "long_term_acute"].contains(&service.code());
        assert_eq!(page.contains("42 CFR 482.43(c)"), named, "{service}");
        assert!(page.contains("You have the right to choose") && page.contains("Your coverage: not specified."), "{page}");
        assert!(!page.contains("This hospital") && !page.contains("We must"), "{page}");
        if page.contains("We know of no place that fits.") {
            assert!(!page.contains("The order does not show"), "{page}");
        }
    }
}

#[tokio::test]
async fn what_the_hospital_wrote_cannot_turn_the_line_and_keeps_its_language() {
    let id = AGENCY.parse().unwrap();
    let desk = in_town(Hospital {
        name: Some("St.\u{202e} Luke\u{200b}".to_owned()),
        interests: vec![FinancialInterest { provider: id, says: "\u{202e}It owns half.\u{2066}".to_owned() }],
        ..Hospital::default()
    })
    .await;
    let body = json!({"discharge": home_health(), "language": "es"});
    let page = desk.make("text/html", &body).await.text;
    assert!(page.contains("<p lang=\"en\">It owns half.</p>"), "{page}");
    assert!(page.contains("St. Luke<"), "{page}");
    assert!(page.contains("<h3>Heronwick Home Nursing, LLC</h3>"), "{page}");
    let json = desk.make("application/json", &body).await.text;
    for text in [page, json] {
        for mark in ['\u{202e}', '\u{200b}', '\u{2066}'] {
            assert!(!text.contains(mark), "{mark:?}");
        }
    }
}
