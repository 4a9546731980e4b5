//! An update for a payer as a FHIR R4 Claim in the shape of Da Vinci PAS. It names no patient, so it is a shape to start from and no
//! submission: a system that holds the record adds patient, coverage and codes.

use serde_json::{Map, Value, json};

use crate::prior_authorization::values::RequestSpeed;
use crate::screens::ScreenEntry;
use crate::serve::fhir::codes;
use crate::serve::payer_updates::content::{AskedOption, NOTICE, PayerUpdate};
use crate::service::Service;

/// The extension that says why an element has no value.
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
/// HL7's code systems.
const TERMINOLOGY: &str = "http://terminology.hl7.org/CodeSystem";
/// The kinds of supporting information of Da Vinci PAS.
const SUPPORTING: &str = "http://hl7.org/fhir/us/davinci-pas/CodeSystem/PASSupportingInfoType";
/// The rules about the level of care, as the program names them elsewhere.
const RULE: &str = "urn:placement:screen";
/// The states of a referral request, as the program names them elsewhere.
const STATE: &str = "urn:placement:referral-state";

/// `update` as a Claim.
pub(crate) fn claim(update: &PayerUpdate) -> Value {
    let rules = update.screens.iter().map(rule);
    let options = update.options.iter().flatten().map(option);
    let supporting: Vec<Value> = rules.chain(options).enumerate().map(|(at, info)| numbered(at, info)).collect();
    let plan = update.plan.clone().unwrap_or_else(|| update.payer.label().to_owned());
    let provider = update.hospital.as_ref().map_or_else(|| absent("unknown"), |name| json!({"display": name}));
    let mut claim = json!({
        "resourceType": "Claim",
        "language": "en",
        "text": {"status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{NOTICE}</div>")},
        "status": "draft",
        "type": {"coding": [{"system": format!("{TERMINOLOGY}/claim-type"), "code": claim_type(update.service)}]},
        "use": "preauthorization",
        "patient": absent("masked"),
        "created": update.now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        "insurer": {"display": plan},
        "provider": provider,
        "priority": update.speed.map_or_else(|| absent("unknown"), priority),
        "insurance": [{"sequence": 1, "focal": true, "coverage": absent("masked")}],
        "item": [{
            "sequence": 1,
            "productOrService": {
                "coding": [{"system": codes::SERVICE, "code": update.service.code(), "display": update.service.label()}],
            },
            "servicedDate": update.discharge_on,
        }],
    });
    if let (Some(claim), false) = (claim.as_object_mut(), supporting.is_empty()) {
        claim.insert("supportingInfo".to_owned(), supporting.into());
    }
    claim
}

/// An element without a value.
fn absent(why: &str) -> Value {
    json!({"extension": [{"url": ABSENT, "valueCode": why}]})
}

/// Facilities bill as institutions; equipment and infusion as professionals.
fn claim_type(service: Service) -> &'static str {
    match service {
        Service::HomeInfusion | Service::MedicalEquipment => "professional",
        _ => "institutional",
    }
}

fn priority(speed: RequestSpeed) -> Value {
    let code = match speed {
        RequestSpeed::Standard => "normal",
        RequestSpeed::Expedited => "stat",
    };
    json!({"coding": [{"system": format!("{TERMINOLOGY}/processpriority"), "code": code}]})
}

fn info(system: &str, code: &str, text: &str, value: String) -> Map<String, Value> {
    let mut info = Map::new();
    info.insert("category".to_owned(), json!({"coding": [{"system": SUPPORTING, "code": "additionalInformation"}]}));
    info.insert("code".to_owned(), json!({"coding": [{"system": system, "code": code}], "text": text}));
    info.insert("valueString".to_owned(), value.into());
    info
}

fn rule(entry: &ScreenEntry) -> Map<String, Value> {
    let says = format!("{}. {} ({}; {})", entry.status.label(), entry.why, entry.rule.citation, entry.review);
    info(RULE, &entry.rule.id, &entry.question, says)
}

fn option(option: &AskedOption) -> Map<String, Value> {
    let code = option.reason.as_ref().map(|(code, _)| format!(" [{code}]")).unwrap_or_default();
    let says = format!("{} ({}): {}{code}", option.name, option.provider, option.result());
    let mut info = info(STATE, option.state.code(), "Provider that was asked", says);
    info.insert("timingDate".to_owned(), json!(option.asked_at.date()));
    info
}

fn numbered(at: usize, info: Map<String, Value>) -> Value {
    let sequence = [("sequence".to_owned(), json!(at + 1))];
    sequence.into_iter().chain(info).collect::<Map<String, Value>>().into()
}
