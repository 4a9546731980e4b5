//! Field types for the vocabularies of care: services, needs and limits by code.

use crate::fuzzy::{did_you_mean, nearest};
use crate::input::declare::vocabulary;
use crate::input::errors::FieldErrors;
use crate::input::place::FieldPlace;
use crate::service::{Limit, Need, Service};

vocabulary! {
    /// A kind of post-acute care; `GET /v1/services` describes each.
    Service as "Service": Service::ALL.map(Service::code), |code| code.parse().ok(), refuse_service;
    /// A clinical or practical need; `GET /v1/needs` describes each.
    Need as "Need": Need::all().map(Need::code), |code| code.parse().ok(), refuse_need;
}

vocabulary! {
    /// A number that a provider may set a bound on; `GET /v1/needs` describes each.
    Limit as "Limit" of Limit::ALL, Limit::code, "no_such_limit", |code| format!("there is no limit \"{code}\"");
}

fn refuse_service(typed: &str, at: FieldPlace, faults: &mut FieldErrors) {
    let detail = format!("there is no service \"{typed}\"");
    match abbreviation(typed).map(Service::code) {
        Some(known) => faults.add(at, "no_such_service", detail, Some(format!("did you mean {known}?"))),
        None => faults.unknown(at, "no_such_service", detail, typed, Service::ALL.map(Service::code)),
    }
}

/// Common abbreviations of services. Only offered as hints, because two hospitals may use one for
/// different services.
fn abbreviation(typed: &str) -> Option<Service> {
    match typed.to_ascii_lowercase().as_str() {
        "hh" | "hha" | "home care" => Some(Service::HomeHealth),
        "snf" | "nursing_home" | "nursing home" | "subacute" => Some(Service::SkilledNursing),
        "irf" | "aru" | "rehab" | "acute rehab" => Some(Service::InpatientRehab),
        "ltac" | "ltach" | "ltch" => Some(Service::LongTermAcute),
        "gip" => Some(Service::HospiceInpatient),
        "hit" | "infusion" => Some(Service::HomeInfusion),
        "dme" | "hme" | "equipment" => Some(Service::MedicalEquipment),
        "esrd" | "hd" => Some(Service::Dialysis),
        "alf" => Some(Service::AssistedLiving),
        _ => None,
    }
}

fn refuse_need(code: &str, at: FieldPlace, faults: &mut FieldErrors) {
    faults.add_with(at, "no_such_need", || (format!("there is no need \"{code}\""), did_you_mean(&alike(code))));
}

/// The need codes most similar to `typed`. Labels are compared too, because users type what they
/// say: "wound vac" is the label of wound.npwt.
fn alike(typed: &str) -> Vec<&'static str> {
    let labelled = |label: &&str| Need::all().find(|need| need.label() == *label).map(Need::code);
    let mut alike: Vec<&str> = nearest(typed, Need::all().map(Need::label), 3).iter().filter_map(labelled).collect();
    for known in nearest(typed, Need::all().map(Need::code), 3) {
        if !alike.contains(&known) {
            alike.push(known);
        }
    }
    alike.truncate(3);
    alike
}
