//! CDS Hooks: the answer to each call, and that nothing about a patient passes through.

use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use placement::catalog::SharedCatalog;
use placement::hospital::Hospital;
use placement::serve::state::AppState;
use placement::service::Need;
use serde_json::{Value, json};

use crate::api::{Answer, Api, sample_app};
use crate::api_misuse::{heard, listen_to_the_log};
use crate::safety_surfaces::two_nights;
use crate::seeded_random::SeededRandom;

/// A server of a hospital in the center of the sample.
pub(crate) fn hospital() -> Api {
    Api::new(AppState { hospital: Hospital::parse("[defaults]\nzip = \"64108\"\n").unwrap(), ..sample_app() })
}

pub(crate) async fn call(api: &Api, body: &Value) -> Answer {
    api.post("/cds-services/placement", body).await
}

/// A call of an EHR with `prefetch`.
pub(crate) fn hook(prefetch: impl Into<Value>) -> Value {
    let prefetch = prefetch.into();
    json!({
        "hook": "encounter-discharge",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": "2", "encounterId": "3"},
        "prefetch": prefetch
    })
}

pub(crate) fn coded(system: &str, code: &str) -> Value {
    json!({"coding": [{"system": system, "code": code}]})
}

pub(crate) fn order(system: &str, code: &str) -> Value {
    json!({"resourceType": "ServiceRequest", "status": "active", "intent": "order", "code": coded(system, code)})
}

/// An order for a skilled nursing facility.
pub(crate) fn nursing() -> Value {
    order("http://snomed.info/sct", "449411000124106")
}

pub(crate) fn goes(system: &str, code: &str) -> Value {
    json!({"resourceType": "Encounter", "hospitalization": {"dischargeDisposition": coded(system, code)}})
}

pub(crate) fn insured(payer: &str) -> Value {
    json!({"resourceType": "Coverage", "status": "active", "payor": [{"display": payer}]})
}

pub(crate) fn bundle(resources: &[Value]) -> Value {
    let entries: Vec<Value> = resources.iter().map(|resource| json!({ "resource": resource })).collect();
    json!({"resourceType": "Bundle", "type": "searchset", "total": entries.len(), "entry": entries})
}

/// The only card of an answer.
pub(crate) fn card(answer: &Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let cards = answer.json()["cards"].clone();
    assert_eq!(cards.as_array().unwrap().len(), 1, "{}", answer.text);
    cards[0].clone()
}

/// The folder of real calls; `None` if it is missing, which fails if `CI` is set.
fn shared() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("PLACEMENT_SHARED").map_or_else(default, PathBuf::from).join("data/real/cds_hooks");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is not there", folder.display());
    println!("skipped: {} is not there", folder.display());
    None
}

fn read(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

pub(crate) const SCT: &str = "http://snomed.info/sct";
pub(crate) const HL7: &str = "http://terminology.hl7.org/CodeSystem/discharge-disposition";
pub(crate) const HCPCS: &str = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets";

#[tokio::test]
async fn an_ehr_learns_what_there_is_and_what_to_send() {
    let answer = hospital().get("/cds-services").await;
    assert_eq!(answer.status, StatusCode::OK);
    let services = answer.json();
    let coverage = "Coverage?patient={{context.patientId}}&status=active";
    for (at, hook, id) in [
        (0, "encounter-discharge", "placement"),
        (1, "order-select", "placement-order-select"),
        (2, "order-sign", "placement-order-sign"),
    ] {
        let service = &services["services"][at];
        assert_eq!((&service["hook"], &service["id"]), (&json!(hook), &json!(id)));
        for text in ["title", "description", "usageRequirements"] {
            assert!(service[text].as_str().is_some_and(|text| text.len() > 10), "{text}");
        }
        assert_eq!(service["prefetch"]["coverage"], coverage);
        // The recommended subset: reads by id, and searches by patient and by tokens.
        for template in service["prefetch"].as_object().unwrap().values() {
            let template = template.as_str().unwrap();
            let is_read = !template.contains('?') && template.ends_with("/{{context.encounterId}}");
            let is_search = template.contains("?patient={{context.patientId}}&status=active");
            assert!(is_read || is_search, "{template}");
        }
    }
    assert_eq!(services["services"][0]["prefetch"].as_object().unwrap().len(), 3);
}

#[tokio::test]
async fn the_shared_call_is_told_what_is_missing_and_with_it_gets_a_card() {
    let Some(folder) = shared() else { return };
    let mut asked = read(&folder, "encounter_discharge_hook_request.json");
    let refused = call(&hospital(), &asked).await;
    assert_eq!((refused.status, &refused.json()["code"]), (StatusCode::PRECONDITION_FAILED, &json!("no_prefetch")));
    assert_eq!(
        refused.json()["detail"],
        "Send in prefetch: encounter, serviceRequest. This service never calls the FHIR server."
    );

    asked["prefetch"] = json!({
        "encounter": read(&folder, "crd_encounter_example.json"),
        "coverage": bundle(&[read(&folder, "crd_coverage_example.json")]),
        "serviceRequest": bundle(&[nursing()])
    });
    let mut found = card(&call(&hospital(), &asked).await);
    assert!(found["uuid"].as_str().unwrap().parse::<uuid::Uuid>().is_ok());
    found["uuid"] = "[uuid]".into();
    let detail = found["detail"].as_str().unwrap();
    let generation = detail.split("directory ").nth(1).unwrap().split(',').next().unwrap();
    found["detail"] = detail.replace(generation, "[generation]").into();
    insta::assert_json_snapshot!("cds_card", found);
}

#[tokio::test]
async fn the_place_of_the_shared_call_counts_where_the_hospital_has_not_said_where_it_is() {
    let Some(folder) = shared() else { return };
    let mut asked = read(&folder, "encounter_discharge_hook_request.json");
    asked["prefetch"] = json!({"encounter": read(&folder, "crd_encounter_example.json"), "serviceRequest": nursing()});
    let refused = call(&Api::sample(), &asked).await;
    assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED);
    assert!(refused.text.contains("location"), "{}", refused.text);

    asked["prefetch"]["location"] = bundle(&[read(&folder, "crd_location_example.json")]);
    let found = card(&call(&Api::sample(), &asked).await);
    // The sample has nobody in California; the card says so rather than nothing.
    assert_eq!(found["summary"], "Skilled nursing facility near 94107: none found; coverage not checked");
    assert!(found["detail"].as_str().unwrap().contains("The ZIP code is from a location that the EHR sent"));
    let own = card(&call(&hospital(), &asked).await);
    assert!(own["summary"].as_str().unwrap().contains("64108"), "the hospital's own word goes first");
}

/// A summary of the answer to a call.
fn short(answer: &Answer) -> String {
    let json = answer.json();
    match json["cards"].as_array().map(Vec::as_slice) {
        Some([]) => "no card".to_owned(),
        Some([card]) => card["summary"].as_str().unwrap().split(':').next().unwrap().to_owned(),
        Some(_) => "several cards".to_owned(),
        None => json["detail"].as_str().unwrap().split(". ").next().unwrap().to_owned(),
    }
}

#[tokio::test]
async fn the_service_is_that_of_the_orders_and_of_where_the_patient_goes() {
    let home = goes(HL7, "home");
    let none = Value::Null;
    let failed = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "security"}]});
    let over = json!({"resourceType": "ServiceRequest", "status": "completed", "code": coded(SCT, "449411000124106")});
    let walker = order(HCPCS, "E0143");
    let x_ray = order(SCT, "168537006");
    let by_type =
        json!({"resourceType": "ServiceRequest", "performerType": coded("http://nucc.org/provider-taxonomy", "283X00000X")});
    let by_category = json!({"resourceType": "ServiceRequest", "category": [coded(SCT, "3457005"), coded(SCT, "417511005")],
                             "code": {"text": "home health"}});
    let snf = "Skilled nursing facility near 64108";
    let api = hospital();
    for (encounter, orders, says) in [
        (home.clone(), nursing(), snf),
        (none.clone(), bundle(&[nursing()]), snf),
        (goes(HL7, "snf"), none.clone(), snf),
        (goes(SCT, "306694006"), bundle(&[]), snf),
        (home.clone(), by_type, "Inpatient rehabilitation near 64108"),
        (home.clone(), by_category, "Home health for 64108"),
        (home.clone(), bundle(&[x_ray.clone(), order(HCPCS, "S9131"), nursing()]), "Home health for 64108"),
        (home.clone(), bundle(&[walker.clone(), nursing()]), "Medical equipment for 64108"),
        (home.clone(), walker.clone(), "Medical equipment for 64108"),
        // A clear discharge destination decides; an unclear one has lower priority than an order.
        (goes(HL7, "snf"), bundle(std::slice::from_ref(&walker)), snf),
        (goes(HL7, "hosp"), bundle(&[order(HCPCS, "T2045")]), "Inpatient hospice near 64108"),
        (goes(HL7, "rehab"), bundle(&[order(HCPCS, "S9131")]), "Home health for 64108"),
        (goes(HL7, "rehab"), none.clone(), "Inpatient rehabilitation near 64108"),
        (goes(HL7, "hosp"), none.clone(), "Hospice at home for 64108"),
        // No post-acute service.
        (home.clone(), none.clone(), "no card"),
        (home.clone(), bundle(std::slice::from_ref(&x_ray)), "no card"),
        (home.clone(), over, "no card"),
        (goes(HL7, "exp"), nursing(), "no card"),
        (goes(HL7, "aadvice"), nursing(), "no card"),
        (goes(SCT, "225928004"), nursing(), "no card"),
        (goes("http://example.org/local", "snf"), none.clone(), "no card"),
        (goes(HL7, "long"), none.clone(), "no card"),
        // Data that could have named a service was not sent.
        (home.clone(), bundle(std::slice::from_ref(&failed)), "Send in prefetch: serviceRequest"),
        (failed.clone(), failed.clone(), "Send in prefetch: encounter, serviceRequest"),
        (home, failed, "Send in prefetch: serviceRequest"),
    ] {
        let prefetch = json!({"encounter": encounter, "coverage": none, "serviceRequest": orders});
        assert_eq!(short(&call(&api, &hook(prefetch.clone())).await), says, "{prefetch}");
    }
    // A directory that knows nobody who delivers equipment, nor beds of a hospice.
    let homes = two_nights();
    let catalog = SharedCatalog::new(homes.path().join("index"));
    catalog.reload().unwrap();
    let hospital = Hospital::parse("[defaults]\nzip = \"64108\"\n").unwrap();
    let without = Api::new(AppState { catalog: catalog.into(), hospital, ..sample_app() });
    for (encounter, orders, says) in [
        (goes(HL7, "home"), bundle(&[walker.clone(), nursing()]), snf),
        (goes(HL7, "home"), walker, "no card"),
        (goes(HL7, "hosp"), bundle(&[order(HCPCS, "T2045")]), "no card"),
    ] {
        let prefetch = json!({"encounter": encounter, "coverage": none, "serviceRequest": orders});
        assert_eq!(short(&call(&without, &hook(prefetch.clone())).await), says, "{prefetch}");
    }
}

#[tokio::test]
async fn the_card_counts_what_the_same_question_is_answered_with() {
    let api = hospital();
    for (orders, coverage, question) in [
        (
            bundle(&[order(HCPCS, "S9131"), order(HCPCS, "S9129"), order(HCPCS, "E2402")]),
            insured("Medicare"),
            json!({"service": "home_health", "near": {"zip": "64108"}, "coverage": {"program": "medicare"},
                   "needs": ["rehab.pt", "rehab.ot"]}),
        ),
        (
            nursing(),
            insured("Larkwater Choice HMO"),
            json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"plan": "Larkwater Choice HMO"}}),
        ),
        (nursing(), insured("Payer XYZ"), json!({"service": "skilled_nursing", "near": {"zip": "64108"}})),
    ] {
        let found = card(&call(&api, &hook(json!({"coverage": coverage, "serviceRequest": orders}))).await);
        let counts = api.post("/v1/matches", &question).await.json()["counts"].clone();
        let summary = found["summary"].as_str().unwrap();
        assert!(summary.chars().count() < 140 && !summary.contains(" 0 "), "{summary}");
        if question.get("coverage").is_none() {
            let all: u64 = counts.as_object().unwrap().values().filter_map(Value::as_u64).sum();
            let says = format!(": {all} in the search area; plan not recognized: Payer XYZ");
            assert!(summary.ends_with(&says), "nobody is counted in a tier: {summary}");
            assert!(!summary.contains("ready") && !found["detail"].as_str().unwrap().contains("ready"), "{found}");
            continue;
        }
        let certified = question["coverage"].get("program").is_some();
        let words = [
            ("ready", "ready"),
            ("meets", "meet the requirements"),
            ("ask_provider", "to call"),
            ("ask_plan", "to verify coverage"),
            ("no_room", "with no room"),
            ("out_of_network", if certified { "not certified" } else { "out of network" }),
        ];
        let counted: Vec<String> = words
            .into_iter()
            .filter(|(fit, _)| counts[fit].as_u64() > Some(0))
            .map(|(fit, word)| format!("{} {word}", counts[fit]))
            .collect();
        assert!(summary.contains(&format!(": {}", counted.join(", "))), "{summary}: {counts}");
    }
}

#[tokio::test]
async fn what_was_not_understood_is_said_and_never_guessed() {
    let api = hospital();
    let second = json!({"resourceType": "Coverage", "payor": [{"display": "Medicaid MO"}]});
    let ended = json!({"resourceType": "Coverage", "payor": [{"display": "Medicare"}], "period": {"end": "2012-05-23"}});
    for (coverage, says) in [
        (None, "Coverage was not checked: none was sent."),
        (Some(Value::Null), "Coverage was not checked: the EHR has none in force."),
        (Some(ended), "Coverage was not checked: the one sent has ended."),
        (
            Some(bundle(&[insured("Medicare"), second])),
            "Coverage was not checked: several are in force, and none is marked as the first.",
        ),
        (
            Some(insured("Payer XYZ")),
            "Coverage was not checked: what was sent is not the full name of a plan here, nor a program with its state.",
        ),
        // A person who types it sees what it is taken for; an EHR may mean a plan that is not here.
        (Some(insured("HMO")), "Coverage was not checked: what was sent is not the full name of a plan here"),
        (Some(insured("Larkwater Mutual")), "Coverage was not checked: what was sent matches several: "),
    ] {
        let mut prefetch =
            json!({"encounter": goes(HL7, "snf"), "serviceRequest": bundle(&[order(HCPCS, "E2402"), order(SCT, "1")])});
        if let Some(coverage) = &coverage {
            prefetch["coverage"] = coverage.clone();
        }
        let found = card(&call(&api, &hook(prefetch)).await);
        let detail = found["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{coverage:?}: {detail}");
        assert!(detail.contains("Also ordered, not counted here: Medical equipment"), "{detail}");
        assert!(detail.contains("1 order has no known code"), "{detail}");
        let calls_it = detail.contains("- The EHR calls it: Payer XYZ");
        assert_eq!(calls_it, coverage.as_ref().is_some_and(|coverage| *coverage == insured("Payer XYZ")), "{detail}");
    }
}

#[tokio::test]
async fn orders_in_words_are_named_by_the_vocabulary_or_counted_and_never_taken() {
    let in_words = |text: &str| {
        let mut order = order(SCT, "1");
        order["code"]["text"] = text.into();
        order
    };
    let orders =
        bundle(&[nursing(), in_words("Wound VAC"), in_words("service dog CANARY"), in_words("vent"), in_words("PT/OT")]);
    let found = card(&call(&hospital(), &hook(json!({"coverage": insured("Medicare"), "serviceRequest": orders}))).await);
    let detail = found["detail"].as_str().unwrap();
    let labels: Vec<&str> = ["wound.npwt", "rehab.pt", "rehab.ot"].map(|code| code.parse::<Need>().unwrap().label()).into();
    assert!(detail.contains(&format!("Ordered in words only, not counted here: {}", labels.join(", "))), "{detail}");
    assert!(detail.contains("2 orders have no known code."), "{detail}");
    assert!(!detail.contains("CANARY") && !detail.contains("service dog"), "{detail}");
    let heading = detail.lines().next().unwrap();
    assert!(labels.iter().all(|label| !heading.contains(label)), "what was ordered in words is not required: {heading}");
}

#[tokio::test]
async fn a_plan_counts_only_under_its_own_payer_and_is_shown_with_it() {
    let api = hospital();
    let plan = |payor: &str, plan: &str| {
        let mut coverage = insured(payor);
        coverage["class"] = json!([{"type": coded("x", "plan"), "name": plan}]);
        coverage
    };
    let counted = "Larkwater Choice HMO (Larkwater Mutual)";
    let foreign = "Coverage was not checked: its plan is known here, but not with the payer that was sent.";
    let unknown = "Coverage was not checked: what was sent is not the full name of a plan here";
    for (coverage, says) in [
        (plan("Larkwater Mutual", "Larkwater Choice HMO"), counted),
        (plan("LARKWATER MUTUAL, Inc.", "Larkwater Choice HMO"), counted),
        (plan("Medicare", "Larkwater Choice HMO"), counted),
        (plan("Aetna", "Larkwater Choice HMO"), foreign),
        (plan("Vetchfold Health Plan", "Larkwater Choice HMO"), foreign),
        (plan("Aetna", "2026"), unknown),
        (insured("Larkwater Choice HMO"), counted),
    ] {
        let found = card(&call(&api, &hook(json!({"coverage": coverage, "serviceRequest": nursing()}))).await);
        let detail = found["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{coverage}: {detail}");
        assert_eq!(detail.contains("The EHR calls it: "), says != counted, "{detail}");
    }
}

#[tokio::test]
async fn a_coverage_that_begins_later_is_not_counted_and_that_is_said() {
    let api = hospital();
    let from = |payer: &str, period: Value| {
        let mut coverage = insured(payer);
        coverage["period"] = period;
        coverage
    };
    let medicare = from("Medicare", json!({"end": "2026-12-31"}));
    let medicaid = from("Medicaid MO", json!({"start": "2027-01-01"}));
    for (coverages, says) in [
        (vec![medicare, medicaid.clone()], ["· Original Medicare**", "A coverage that begins later was not checked."]),
        (
            vec![medicaid],
            ["coverage not checked**", "Coverage was not checked: none that was sent is in force today; one begins later."],
        ),
    ] {
        let asked = hook(json!({"coverage": bundle(&coverages), "serviceRequest": nursing()}));
        let found = card(&call(&api, &asked).await);
        let detail = found["detail"].as_str().unwrap();
        assert!(says.iter().all(|says| detail.contains(says)), "{detail}");
    }
}

#[tokio::test]
async fn a_directory_that_never_heard_of_the_service_gives_no_card() {
    let equipment = hook(json!({"encounter": null, "serviceRequest": order(HCPCS, "S9348")}));
    let asked = json!({"service": "home_infusion", "near": {"zip": "64108"}});
    let answer = hospital().post("/v1/matches", asked).await.json();
    let loaded = answer["remarks"].as_array().unwrap().iter().all(|remark| remark["code"] != "service_not_loaded");
    let cards = call(&hospital(), &equipment).await.json()["cards"].as_array().unwrap().len();
    assert_eq!(cards, usize::from(loaded));
}

#[tokio::test]
async fn a_call_that_is_none_says_what_is_wrong() {
    let api = hospital();
    let whole = hook(json!({"serviceRequest": nursing()}));
    let changed = |name: &str, value: Value| {
        let mut call = whole.clone();
        call[name] = value;
        call
    };
    for (body, faults) in [
        (json!([]), vec![("", "wrong_type")]),
        (json!({}), vec![("/hook", "missing"), ("/hookInstance", "missing"), ("/context", "missing")]),
        (changed("hook", json!("patient-view")), vec![("/hook", "does_not_apply")]),
        (changed("hookInstance", json!(7)), vec![("/hookInstance", "wrong_type")]),
        (changed("hookInstance", json!(" ")), vec![("/hookInstance", "missing")]),
        (changed("context", json!("3")), vec![("/context", "wrong_type")]),
        (
            changed("context", json!({"userId": "Practitioner/1"})),
            vec![("/context/patientId", "missing"), ("/context/encounterId", "missing")],
        ),
        (changed("prefetch", json!([nursing()])), vec![("/prefetch", "wrong_type")]),
    ] {
        let answer = call(&api, &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {}", answer.text);
        let told = answer.faults();
        let told: Vec<(&str, &str)> = told.iter().map(|(at, code)| (at.as_str(), code.as_str())).collect();
        assert_eq!(told, faults, "{body}");
    }
    for allowed in [
        changed("extension", json!({"com.example.x": 1})),
        changed("fieldOfALaterVersion", json!({"x": [1]})),
        changed("fhirServer", json!("https://ehr.example/r4")),
        changed("fhirAuthorization", json!({"access_token": "x"})),
    ] {
        assert_eq!(call(&api, &allowed).await.status, StatusCode::OK, "{allowed}");
    }
}

#[tokio::test]
async fn big_bodies_are_read_and_bigger_ones_refused() {
    let api = hospital();
    let narrative = |bytes: usize| {
        let mut order = nursing();
        order["text"] = json!({"status": "generated", "div": "x".repeat(bytes)});
        hook(json!({"serviceRequest": bundle(&[order])}))
    };
    assert_eq!(call(&api, &narrative(900 * 1024)).await.status, StatusCode::OK);
    assert_eq!(call(&api, &narrative(1024 * 1024)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let many: Vec<Value> = (0..2000).map(|_| order(SCT, "168537006")).chain([nursing()]).collect();
    let found = card(&call(&api, &hook(json!({"serviceRequest": bundle(&many)}))).await);
    assert!(found["detail"].as_str().unwrap().contains("2000 orders have no known code"));

    let named = |payers: usize, length: usize| {
        let payer = json!({"display": "x".repeat(length)});
        hook(json!({"serviceRequest": nursing(), "coverage": {"resourceType": "Coverage", "payor": vec![payer; payers]}}))
    };
    for (payers, length) in [(10_000, 20), (1, 900_000)] {
        let found = card(&call(&api, &named(payers, length)).await);
        assert!(found["detail"].as_str().unwrap().contains("not the full name of a plan"));
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in [deep.as_str(), "", "{", "\u{feff}\u{feff}{}", "nothing"] {
        let answer = api.post("/cds-services/placement", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
    }
    let plain = Request::post("/cds-services/placement").body(Body::from("{}")).unwrap();
    assert_eq!(api.send(plain).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

/// All locations in `value`, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut below = |step: &str, value: &Value| places(value, &format!("{at}/{step}"), found);
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| below(name, value)),
        Value::Array(list) => list.iter().enumerate().for_each(|(at, value)| below(&at.to_string(), value)),
        _ => {}
    }
    found.push(at.to_owned());
}

#[tokio::test]
async fn no_shape_of_foreign_data_is_more_than_refused() {
    let (api, random) = (hospital(), &mut SeededRandom::seeded(6));
    let whole = hook(json!({
        "encounter": goes(HL7, "snf"),
        "coverage": bundle(&[json!({"resourceType": "Coverage", "order": 1, "period": {"end": "2027-01-01"}, "type": coded("x", "y"),
            "payor": [{"reference": "Organization/1", "display": "Larkwater"}], "class": [{"type": coded("x", "plan"), "name": "Choice"}]})]),
        "serviceRequest": bundle(&[nursing(), order(HCPCS, "S9131")]),
        "location": {"resourceType": "Location", "address": {"postalCode": "64108"}}
    }));
    let mut everywhere = Vec::new();
    places(&whole, "", &mut everywhere);
    let shapes = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("\u{0}\u{202e}"),
        json!([]),
        json!({}),
        json!([[{}]]),
        json!({"coding": [[]]}),
        json!("x".repeat(5000)),
    ];
    for _ in 0..600 {
        let mut call_with = whole.clone();
        for _ in 0..=random.below(3) {
            if let Some(place) = call_with.pointer_mut(random.pick::<String>(&everywhere)) {
                *place = random.pick(&shapes).clone();
            }
        }
        let status = call(&api, &call_with).await.status;
        assert!(!status.is_server_error(), "{status}: {call_with}");
    }
}

#[tokio::test]
async fn nothing_about_a_patient_comes_through() {
    listen_to_the_log();
    let api = hospital();
    let person = json!({"reference": "Patient/CANARY", "display": "CANARY, Jane", "identifier": {"value": "CANARY"}});
    let mark = |mut resource: Value| {
        for name in ["subject", "beneficiary", "subscriber", "patient", "requester"] {
            resource[name] = person.clone();
        }
        resource["id"] = "CANARY".into();
        resource["identifier"] = json!([{"value": "CANARY"}]);
        resource["text"] = json!({"status": "generated", "div": "<div>CANARY</div>"});
        resource["note"] = json!([{"text": "CANARY"}]);
        resource["code"]["text"] = "CANARY".into();
        resource["contained"] =
            json!([{"resourceType": "Patient", "name": [{"text": "CANARY"}], "address": [{"postalCode": "CANARY"}]}]);
        resource
    };
    // What the payer and the plan are called may be on the card, so the EHR gets it back; the number of a member may not.
    let group = json!([{"type": coded("x", "group"), "name": "CANARY"}, {"type": coded("x", "plan"), "name": "a plan"}]);
    let mut coverages = vec![insured("a payer"), insured("Medicare"), json!({"resourceType": "Coverage", "payor": [person]})];
    coverages[0]["class"] = group;
    coverages[0]["subscriberId"] = "CANARY".into();
    let mut told = String::new();
    for coverage in coverages {
        let mut asked = hook(json!({
            "encounter": mark(goes(HL7, "home")),
            "coverage": bundle(&[mark(coverage)]),
            "serviceRequest": bundle(&[mark(nursing()), mark(order(SCT, "CANARY"))]),
            "patient": {"resourceType": "Patient", "name": [{"family": "CANARY"}]}
        }));
        asked["context"] = json!({"userId": "CANARY", "patientId": "CANARY", "encounterId": "CANARY"});
        asked["fhirServer"] = "https://CANARY.example".into();
        asked["fhirAuthorization"] = json!({"access_token": "CANARY", "subject": "CANARY"});
        told.push_str(&card(&call(&api, &asked).await).to_string());
        asked["context"]["patientId"] = json!(["CANARY"]);
        told.push_str(&call(&api, &asked).await.text);
    }
    let feedback = json!({"feedback": [{"card": "4e0a3a1e-3283-4575-ab82-028d55fe2719", "outcome": "overridden",
        "outcomeTimestamp": "2026-11-21T13:00:00Z",
        "overrideReason": {"reason": {"code": "CANARY", "system": "CANARY", "display": "CANARY"}, "userComment": "CANARY"}}]});
    told.push_str(&api.post("/cds-services/placement/feedback", &feedback).await.text);
    told.push_str(&api.get("/metrics").await.text);
    let log = heard();
    assert!(log.matches("\"answered\"").count() >= 8 && log.contains("feedback on cards"), "{log}");
    assert!(!told.contains("CANARY"), "{told}");
    assert!(!log.contains("CANARY") && !log.contains("449411000124106") && !log.contains("skilled_nursing"), "{log}");
}

#[tokio::test]
async fn feedback_is_taken_as_the_standard_words_it() {
    let api = hospital();
    let entry = |changes: Value| {
        let mut entry = json!({"card": "4e0a3a1e-3283-4575-ab82-028d55fe2719", "outcome": "accepted",
                               "outcomeTimestamp": "2026-11-21T13:00:00Z"});
        for (name, value) in changes.as_object().unwrap() {
            entry[name] = value.clone();
        }
        json!({ "feedback": [entry] })
    };
    for (body, faults) in [
        (entry(json!({})), vec![]),
        (entry(json!({"acceptedSuggestions": [{"id": "1"}], "extension": {}})), vec![]),
        (entry(json!({"outcome": "overridden", "overrideReason": {"userComment": "x"}})), vec![]),
        (json!({"feedback": []}), vec![("/feedback", "missing")]),
        (json!({}), vec![("/feedback", "missing")]),
        (json!({"feedback": "x"}), vec![("/feedback", "wrong_type")]),
        (json!({"feedback": [1]}), vec![("/feedback/0", "wrong_type")]),
        (entry(json!({"outcome": "ignored"})), vec![("/feedback/0/outcome", "no_such_outcome")]),
        (
            entry(json!({"card": "1", "outcomeTimestamp": "today"})),
            vec![("/feedback/0/card", "not_a_uuid"), ("/feedback/0/outcomeTimestamp", "not_a_time")],
        ),
        (entry(json!({"comment": "x"})), vec![("/feedback/0/comment", "unknown_field")]),
    ] {
        let answer = api.post("/cds-services/placement/feedback", &body).await;
        if faults.is_empty() {
            assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!({"counted": 1})), "{body}");
            continue;
        }
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {}", answer.text);
        let told = answer.faults();
        let told: Vec<(&str, &str)> = told.iter().map(|(at, code)| (at.as_str(), code.as_str())).collect();
        assert_eq!(told, faults, "{body}");
    }
}

#[tokio::test]
async fn without_a_directory_the_door_says_so() {
    let nothing = tempfile::TempDir::new().unwrap();
    let answer = call(&Api::of(nothing.path()), &hook(json!({"serviceRequest": nursing()}))).await;
    assert_eq!((answer.status, &answer.json()["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("no_directory")));
}
