//! FHIR R4 resources as servers write them: every field optional, and only the used ones. No field names a person.
//! Texts and numbers are accepted for each other, because servers write both.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A text; a number or a boolean becomes its text.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Option::<Value>::deserialize(from)? {
        Some(Value::String(text)) => Some(text),
        Some(other @ (Value::Number(_) | Value::Bool(_))) => Some(other.to_string()),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => None,
    })
}

/// A number, possibly written as a text.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    Ok(text(from)?.and_then(|text| text.trim().parse().ok()))
}

/// A part that is used only if it has the right structure.
fn lenient<'de, T: DeserializeOwned + Default, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(from)?).unwrap_or_default())
}

/// A link to another resource: by its address, or by an identifier of it. Its display text is unreliable and links nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FhirReference {
    #[serde(deserialize_with = "text")]
    pub reference: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub identifier: FhirIdentifier,
    #[serde(deserialize_with = "text")]
    pub display: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FhirCoding {
    #[serde(deserialize_with = "text")]
    pub system: Option<String>,
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FhirConcept {
    pub coding: Vec<FhirCoding>,
    pub text: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FhirIdentifier {
    pub system: Option<String>,
    #[serde(deserialize_with = "text")]
    pub value: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FhirContact {
    pub system: Option<String>,
    #[serde(deserialize_with = "text")]
    pub value: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct FhirAddress {
    pub line: Vec<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    #[serde(deserialize_with = "text")]
    pub postal_code: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FhirPosition {
    #[serde(deserialize_with = "number")]
    pub latitude: Option<f64>,
    #[serde(deserialize_with = "number")]
    pub longitude: Option<f64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FhirPeriod {
    pub start: Option<String>,
    pub end: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FhirAttachment {
    pub data: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct FhirExtension {
    pub url: String,
    #[serde(rename = "extension")]
    pub parts: Vec<FhirExtension>,
    pub value_reference: Option<FhirReference>,
    pub value_codeable_concept: Option<FhirConcept>,
    pub value_code: Option<String>,
    pub value_attachment: Option<FhirAttachment>,
}

impl FhirExtension {
    /// Whether this is the Plan-Net extension of that name, in any version.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.url.rsplit('/').next().and_then(|url| url.split('|').next()) == Some(name)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct FhirMeta {
    pub last_updated: Option<String>,
}

/// The fields of every resource.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FhirCommon {
    pub id: Option<String>,
    pub meta: FhirMeta,
    pub contained: Vec<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct FhirOrganization {
    pub active: Option<bool>,
    #[serde(rename = "type")]
    pub kind: Vec<FhirConcept>,
    pub name: Option<String>,
    pub alias: Vec<String>,
    pub identifier: Vec<FhirIdentifier>,
    pub telecom: Vec<FhirContact>,
    pub address: Vec<FhirAddress>,
    pub part_of: Option<FhirReference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct FhirLocation {
    pub status: Option<String>,
    pub extension: Vec<FhirExtension>,
    pub name: Option<String>,
    pub telecom: Vec<FhirContact>,
    pub address: Option<FhirAddress>,
    pub position: Option<FhirPosition>,
    pub communication: Vec<FhirConcept>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct HealthcareService {
    pub active: Option<bool>,
    pub extension: Vec<FhirExtension>,
    pub specialty: Vec<FhirConcept>,
    pub location: Vec<FhirReference>,
    pub coverage_area: Vec<FhirReference>,
    pub communication: Vec<FhirConcept>,
    pub telecom: Vec<FhirContact>,
}

/// An affiliation of an organization, or a role without its person.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct FhirAffiliation {
    pub active: Option<bool>,
    pub period: FhirPeriod,
    pub extension: Vec<FhirExtension>,
    pub organization: Option<FhirReference>,
    pub participating_organization: Option<FhirReference>,
    pub network: Vec<FhirReference>,
    #[serde(deserialize_with = "lenient")]
    pub code: Vec<FhirConcept>,
    pub specialty: Vec<FhirConcept>,
    pub location: Vec<FhirReference>,
    pub healthcare_service: Vec<FhirReference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct InsurancePlan {
    pub status: Option<String>,
    pub identifier: Vec<FhirIdentifier>,
    pub name: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub alias: Vec<String>,
    pub period: FhirPeriod,
    pub owned_by: Option<FhirReference>,
    pub administered_by: Option<FhirReference>,
    pub network: Vec<FhirReference>,
    pub coverage: Vec<PlanCoverage>,
    pub plan: Vec<SubPlan>,
}

/// A kind of benefit of a plan; its networks are the plan's.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PlanCoverage {
    pub network: Vec<FhirReference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SubPlan {
    pub identifier: Vec<FhirIdentifier>,
    #[serde(rename = "type")]
    pub kind: Option<FhirConcept>,
    pub network: Vec<FhirReference>,
}
