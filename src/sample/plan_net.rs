//! A payer's own directory as FHIR Plan-Net: a network of some nursing homes and infusion pharmacies, which says who takes new patients.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::regular_file;
use crate::sample::error::SampleError;
use crate::sample::facility::SampleFacility;
use crate::service::Service;

const PAYER: &str = "Pewtermarch";
const PLAN_NET: &str = "http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition";
/// The NUCC code of a service.
const CODES: [(Service, &str); 2] = [(Service::SkilledNursing, "314000000X"), (Service::HomeInfusion, "251F00000X")];

/// Writes the directory: every sixth nursing home and every infusion pharmacy; one member in three takes no new patients.
pub(crate) fn write(folder: &Path, facilities: &[SampleFacility]) -> Result<(), SampleError> {
    let of = |service| facilities.iter().filter(move |facility| facility.service == service);
    let members = of(Service::SkilledNursing).step_by(6).chain(of(Service::HomeInfusion));
    let mut text = String::new();
    for resource in payer().into_iter().chain(members.enumerate().flat_map(|(at, facility)| member(at, facility))) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{resource}");
    }
    let path = folder.join("plan_net.ndjson");
    regular_file::write(&path, text.as_bytes()).map_err(|error| SampleError::Disk { path, error })
}

fn payer() -> [Value; 3] {
    let kind = |code: &str| json!([{"coding": [{"code": code}]}]);
    [
        json!({"resourceType": "Organization", "id": "payer", "active": true, "type": kind("payer"), "name": PAYER}),
        json!({"resourceType": "Organization", "id": "network", "active": true, "type": kind("ntwk"),
            "name": format!("{PAYER} Neighbor Network"), "partOf": link("Organization/payer")}),
        json!({"resourceType": "InsurancePlan", "id": "plan", "status": "active", "name": format!("{PAYER} Neighbor Plan"),
            "ownedBy": link("Organization/payer"), "network": [link("Organization/network")]}),
    ]
}

fn member(at: usize, facility: &SampleFacility) -> [Value; 4] {
    let [organization, place, service] =
        ["Organization", "Location", "HealthcareService"].map(|kind| format!("{kind}/m{at}"));
    let identifier = match &facility.npi {
        Some(npi) => json!({"system": "http://hl7.org/fhir/sid/us-npi", "value": npi}),
        None => json!({"system": "urn:oid:2.16.840.1.113883.4.336", "value": facility.ccn}),
    };
    let address = json!({"line": [facility.street], "city": facility.place.city, "state": facility.place.state.as_str(),
        "postalCode": facility.zip(), "country": "US"});
    let code = CODES.iter().find(|(service, _)| *service == facility.service).map_or("", |(_, code)| *code);
    let specialty = json!([{"coding": [{"system": "http://nucc.org/provider-taxonomy", "code": code}]}]);
    let taken = if at % 3 == 2 { "nopt" } else { "newpt" };
    let new_patients = json!({"url": format!("{PLAN_NET}/newpatients"), "extension": [
        {"url": "acceptingPatients", "valueCodeableConcept": {"coding": [{"code": taken}]}},
        {"url": "fromNetwork", "valueReference": link("Organization/network")},
    ]});
    [
        json!({"resourceType": "Organization", "id": format!("m{at}"), "active": true,
            "type": [{"coding": [{"code": "prvgrp"}]}], "identifier": [identifier], "name": facility.name, "address": [address]}),
        json!({"resourceType": "Location", "id": format!("m{at}"), "status": "active", "name": facility.name, "address": address,
            "managingOrganization": link(&organization)}),
        json!({"resourceType": "HealthcareService", "id": format!("m{at}"), "active": true, "providedBy": link(&organization),
            "specialty": specialty, "location": [link(&place)], "extension": [new_patients]}),
        json!({"resourceType": "OrganizationAffiliation", "id": format!("m{at}"), "active": true,
            "organization": link("Organization/payer"), "participatingOrganization": link(&organization),
            "network": [link("Organization/network")], "location": [link(&place)], "healthcareService": [link(&service)],
            "specialty": specialty}),
    ]
}

fn link(to: &str) -> Value {
    json!({"reference": to})
}
