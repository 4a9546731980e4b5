//! The service that a question names.

use serde_json::Value;

use crate::discharge::fields::{FieldErrors, text};
use crate::service::Service;

/// The service that text names.
pub(crate) fn read_service(value: &Value, pointer: &str, faults: &mut FieldErrors) -> Option<Service> {
    let code = text(value, pointer, faults)?;
    let service = code.parse().ok();
    if service.is_none() {
        let detail = format!("there is no service \"{code}\"");
        let by_abbreviation = abbreviation(code).map(Service::code);
        match by_abbreviation {
            Some(known) => faults.add(pointer, "no_such_service", detail, Some(format!("did you mean {known}?"))),
            None => faults.unknown(pointer, "no_such_service", detail, code, Service::ALL.map(Service::code)),
        }
    }
    service
}

/// What wards call a service for short; offered in hints, not accepted, because two hospitals may mean two things.
pub(crate) fn abbreviation(typed: &str) -> Option<Service> {
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
