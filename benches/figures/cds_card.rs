//! The CDS Hooks card: how long an EHR waits at discharge.

use std::time::Duration;

use placement::service::Service;
use serde_json::{Value, json};

use crate::nation::{Nation, child, end};
use crate::questions;
use crate::service::{Connection, started};
use crate::timing::{Figure, Times, show};

/// Response time recommended by the standard (CDS Hooks 2.0, "Response time").
const AIM: Duration = Duration::from_millis(500);

/// Makes `count` calls of `encounter-discharge` for the questions that programs ask.
pub(crate) fn measure(nation: &Nation, count: usize) {
    let catalog = nation.catalog();
    let calls: Vec<String> = questions::bodies(&catalog, count, 19).iter().map(call).collect();
    drop(catalog);
    let (server, address) = started(child("serve", &[&nation.index]));
    let mut connection = Connection::open(&address);
    while connection.ask("GET", "/readyz", "").0 != 200 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let times = Times::of(&calls, |call| {
        assert_eq!(connection.ask("POST", "/cds-services/placement", call).0, 200, "{call}");
    });
    end(server);
    for share in [0.5, 0.99, 1.0] {
        let time = times.at(share);
        Figure {
            what: format!("the card of an EHR's call, national size, p{:.0}", share * 100.0),
            ours: show(time),
            limit: String::new(),
            ratio: None,
            aim: Some((format!("at most {} ms", AIM.as_millis()), time <= AIM)),
        }
        .print();
    }
}

/// The EHR call that corresponds to the question.
pub(crate) fn call(question: &Value) -> String {
    let service = question["service"].as_str().and_then(|code| code.parse::<Service>().ok());
    let taxonomy = service.and_then(|service| service.taxonomy().first().copied());
    let coded = |system: &str, code: Value| json!({"coding": [{"system": system, "code": code}]});
    let order = json!({"resourceType": "ServiceRequest", "status": "active",
        "performerType": coded("http://nucc.org/provider-taxonomy", taxonomy.into())});
    let coverage = json!({"resourceType": "Coverage", "status": "active",
        "class": [{"type": coded("http://terminology.hl7.org/CodeSystem/coverage-class", "plan".into()),
                   "name": question["coverage"]["plan"]}]});
    let location = json!({"resourceType": "Location", "address": {"postalCode": question["near"]["zip"]}});
    json!({
        "hook": "encounter-discharge", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/1", "patientId": "2", "encounterId": "3"},
        "prefetch": {"encounter": null, "serviceRequest": order, "coverage": coverage, "location": location}
    })
    .to_string()
}
