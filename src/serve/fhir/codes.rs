//! The code systems of resources, and the codes of each service.

use crate::serve::fhir::search_params::PLAN_NET;
use crate::service::{DeliveryMode, Service};

/// The taxonomy of the National Uniform Claim Committee.
pub(crate) const NUCC: &str = "http://nucc.org/provider-taxonomy";
/// National Provider Identifiers.
pub(crate) const NPI: &str = "http://hl7.org/fhir/sid/us-npi";
/// CMS Certification Numbers.
pub(crate) const CCN: &str = "urn:oid:2.16.840.1.113883.4.336";
/// Ids of providers as the program writes them elsewhere, such as `ccn:425003`.
pub(crate) const PROVIDER: &str = "urn:placement:provider";
/// Services as the program names them elsewhere, such as `home_health`.
pub(crate) const SERVICE: &str = "urn:placement:service";
/// Certifications: `medicare` and `medicaid`.
pub(crate) const CERTIFICATION: &str = "urn:placement:certification";
/// HL7's reasons for absent data.
const ABSENT_REASON: &str = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
/// HL7's types of identifiers.
const IDENTIFIER_TYPE: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";
/// HL7's kinds of places.
pub(crate) const PLACE_TYPE: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";

/// A code with its system and its display text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FhirCode {
    /// Its system.
    pub system: String,
    /// The code.
    pub code: &'static str,
    /// The text for people.
    pub display: &'static str,
}

fn plan_net(system: &str, (code, display): (&'static str, &'static str)) -> FhirCode {
    FhirCode { system: format!("{PLAN_NET}/CodeSystem/{system}"), code, display }
}

/// The type of an organization.
pub(crate) fn organization_type(code: &'static str) -> FhirCode {
    let display = match code {
        "fac" => "Facility",
        "prvgrp" => "Provider Group",
        "payer" => "Payer",
        _ => "Network",
    };
    plan_net("OrgTypeCS", (code, display))
}

/// The type of a provider by its service: a facility if patients travel to it, a group if it comes
/// to them.
pub(crate) fn provider_type(service: Service) -> FhirCode {
    organization_type(match service.geography() {
        DeliveryMode::PatientTravels => "fac",
        DeliveryMode::ProviderComes => "prvgrp",
    })
}

/// The broad category of a service.
pub(crate) fn category(service: Service) -> FhirCode {
    plan_net(
        "HealthcareServiceCategoryCS",
        match service {
            Service::HomeHealth | Service::Hospice => ("home", "Home Health"),
            // "A hospital or other inpatient setting."
            Service::SkilledNursing | Service::InpatientRehab | Service::LongTermAcute | Service::HospiceInpatient => {
                ("hosp", "Hospital")
            }
            Service::HomeInfusion => ("pharm", "Pharmacy"),
            Service::MedicalEquipment => ("dme", "DME/Medical Supplies"),
            Service::Dialysis => ("outpat", "Clinic or Outpatient Facility"),
            Service::AssistedLiving => ("other", "Other"),
        },
    )
}

/// The service as the program names it. None of the service types that Plan-Net suggests is as
/// narrow.
pub(crate) fn service_type(service: Service) -> FhirCode {
    FhirCode { system: SERVICE.to_owned(), code: service.code(), display: service.label() }
}

/// The NUCC codes of the service.
pub(crate) fn specialties(service: Service) -> impl Iterator<Item = FhirCode> {
    let display = |code: &str| match code {
        "251E00000X" => "Home Health Agency",
        "314000000X" => "Skilled Nursing Facility",
        "283X00000X" => "Rehabilitation Hospital",
        "273Y00000X" => "Rehabilitation Hospital Unit",
        "282E00000X" => "Long Term Care Hospital",
        "251G00000X" => "Community Based Hospice Care Agency",
        "315D00000X" => "Inpatient Hospice",
        "251F00000X" => "Home Infusion Agency",
        "3336H0001X" => "Home Infusion Therapy Pharmacy",
        "332B00000X" => "Durable Medical Equipment & Medical Supplies",
        "261QE0700X" => "End-Stage Renal Disease (ESRD) Treatment Clinic/Center",
        "310400000X" => "Assisted Living Facility",
        _ => "",
    };
    service.taxonomy().iter().map(move |code| FhirCode { system: NUCC.to_owned(), code, display: display(code) })
}

/// The role of a provider in a network by its service.
pub(crate) fn role(service: Service) -> FhirCode {
    plan_net(
        "OrganizationAffiliationRoleCS",
        match service {
            Service::HomeHealth => ("home", "Home Health Provider"),
            Service::SkilledNursing => ("nurseCustodial", "Nursing and Custodial Care Facility"),
            Service::InpatientRehab | Service::LongTermAcute => ("hospital", "Hospital"),
            Service::Hospice | Service::HospiceInpatient => ("hospice", "Hospice"),
            Service::HomeInfusion => ("pharmacy", "Pharmacy"),
            Service::MedicalEquipment => ("dme", "DME/Medical Supplier"),
            Service::Dialysis => ("outpatient", "Clinic or Outpatient Facility"),
            Service::AssistedLiving => ("other", "Other"),
        },
    )
}

/// The kind of place of a service, if HL7 has a code with exactly that meaning.
pub(crate) fn place_type(service: Service) -> Option<FhirCode> {
    let code = FhirCode { system: PLACE_TYPE.to_owned(), code: "SNF", display: "Skilled nursing facility" };
    (service == Service::SkilledNursing).then_some(code)
}

/// In place of a code that a profile requires and the directory does not know.
pub(crate) fn unknown() -> FhirCode {
    FhirCode { system: ABSENT_REASON.to_owned(), code: "unknown", display: "Unknown" }
}

/// How a service is delivered, if it is known. All are where the patient is together with the
/// provider; whether equipment is delivered to the patient or fetched is not known.
pub(crate) fn delivery(service: Service) -> Option<FhirCode> {
    (service != Service::MedicalEquipment).then(|| plan_net("DeliveryMethodCS", ("physical", "Physical")))
}

/// The type of an identifier.
pub(crate) fn identifier_type(system: &str) -> FhirCode {
    let (code, display) = match system {
        NPI => ("NPI", "National provider identifier"),
        CCN => ("FI", "Facility ID"),
        _ => ("RI", "Resource identifier"),
    };
    FhirCode { system: IDENTIFIER_TYPE.to_owned(), code, display }
}

/// The certification of a service, which the program names as the payer that certified it.
pub(crate) fn certification(code: &'static str) -> FhirCode {
    let display = if code == "medicare" { "Medicare-certified" } else { "Medicaid-certified" };
    FhirCode { system: CERTIFICATION.to_owned(), code, display }
}

/// Whether new patients are accepted.
pub(crate) fn new_patients(taken: bool) -> FhirCode {
    plan_net("AcceptingPatientsCS", if taken { ("newpt", "Accepting") } else { ("nopt", "Not Accepting") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nucc_code_of_a_service_has_a_name() {
        for service in Service::ALL {
            assert!(specialties(service).all(|code| !code.display.is_empty()), "{service}");
        }
    }
}
