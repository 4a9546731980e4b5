//! FHIR R4 resources as servers write them: every field optional, and only those that are used. No field names a person.
//! Where FHIR wants a text, a number is taken for one, and the other way round: servers write both.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A text; a number or a truth value is read as it would be written.
fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Option::<Value>::deserialize(from)? {
        Some(Value::String(text)) => Some(text),
        Some(other @ (Value::Number(_) | Value::Bool(_))) => Some(other.to_string()),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => None,
    })
}

/// A number, be it written as a text.
fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    Ok(text(from)?.and_then(|text| text.trim().parse().ok()))
}

/// A link to another resource. Its display text is not the truth and is not read.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Reference {
    pub reference: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Coding {
    #[serde(deserialize_with = "text")]
    pub code: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Concept {
    pub coding: Vec<Coding>,
    pub text: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Identifier {
    pub system: Option<String>,
    #[serde(deserialize_with = "text")]
    pub value: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Contact {
    pub system: Option<String>,
    #[serde(deserialize_with = "text")]
    pub value: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Address {
    pub line: Vec<String>,
    pub city: Option<String>,
    pub state: Option<String>,
    #[serde(deserialize_with = "text")]
    pub postal_code: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Position {
    #[serde(deserialize_with = "number")]
    pub latitude: Option<f64>,
    #[serde(deserialize_with = "number")]
    pub longitude: Option<f64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Period {
    pub start: Option<String>,
    pub end: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Attachment {
    pub data: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Extension {
    pub url: String,
    #[serde(rename = "extension")]
    pub parts: Vec<Extension>,
    pub value_reference: Option<Reference>,
    pub value_codeable_concept: Option<Concept>,
    pub value_code: Option<String>,
    pub value_attachment: Option<Attachment>,
}

impl Extension {
    /// Whether it is the Plan-Net extension of that name, whatever its version.
    pub fn is(&self, name: &str) -> bool {
        self.url.rsplit('/').next().and_then(|url| url.split('|').next()) == Some(name)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Meta {
    pub last_updated: Option<String>,
}

/// What every resource has.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Common {
    pub id: Option<String>,
    pub meta: Meta,
    pub contained: Vec<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Organization {
    pub active: Option<bool>,
    #[serde(rename = "type")]
    pub kind: Vec<Concept>,
    pub name: Option<String>,
    pub alias: Vec<String>,
    pub identifier: Vec<Identifier>,
    pub telecom: Vec<Contact>,
    pub address: Vec<Address>,
    pub part_of: Option<Reference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Location {
    pub status: Option<String>,
    pub extension: Vec<Extension>,
    pub name: Option<String>,
    pub telecom: Vec<Contact>,
    pub address: Option<Address>,
    pub position: Option<Position>,
    pub communication: Vec<Concept>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HealthcareService {
    pub active: Option<bool>,
    pub extension: Vec<Extension>,
    pub specialty: Vec<Concept>,
    pub location: Vec<Reference>,
    pub coverage_area: Vec<Reference>,
    pub communication: Vec<Concept>,
    pub telecom: Vec<Contact>,
}

/// An affiliation of an organisation, or a role: of the role everything but the person.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Affiliation {
    pub active: Option<bool>,
    pub period: Period,
    pub extension: Vec<Extension>,
    pub organization: Option<Reference>,
    pub participating_organization: Option<Reference>,
    pub network: Vec<Reference>,
    pub specialty: Vec<Concept>,
    pub location: Vec<Reference>,
    pub healthcare_service: Vec<Reference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InsurancePlan {
    pub status: Option<String>,
    pub identifier: Vec<Identifier>,
    pub name: Option<String>,
    pub period: Period,
    pub owned_by: Option<Reference>,
    pub administered_by: Option<Reference>,
    pub network: Vec<Reference>,
    pub plan: Vec<SubPlan>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SubPlan {
    pub identifier: Vec<Identifier>,
    #[serde(rename = "type")]
    pub kind: Option<Concept>,
    pub network: Vec<Reference>,
}
