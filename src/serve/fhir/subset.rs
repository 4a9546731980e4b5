//! Which elements of resources an answer has: `_summary` and `_elements`.

use serde_json::{Map, Value, json};

use crate::serve::fhir::search_params::ResourceType;

/// The elements of a resource in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum ResourceSubset {
    /// All of them.
    #[default]
    Whole,
    /// Those that FHIR marks as the summary of the type.
    Summary,
    /// The text for people, which no resource of the view has, and what is always sent.
    Text,
    /// No resources, only their number.
    Count,
    /// These, and what is always sent.
    Elements(Vec<String>),
}

/// The values of `_summary`.
pub(crate) const SUMMARIES: [(&str, ResourceSubset); 5] = [
    ("true", ResourceSubset::Summary),
    ("text", ResourceSubset::Text),
    // Everything but the text.
    ("data", ResourceSubset::Whole),
    ("count", ResourceSubset::Count),
    ("false", ResourceSubset::Whole),
];

/// What is always sent: the first two say whether a resource is in use.
const ALWAYS: [&str; 5] = ["active", "status", "resourceType", "id", "meta"];

/// The elements that every resource may have; clients name its type, too.
const COMMON: [&str; 9] =
    ["resourceType", "id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension"];

/// The elements of a type in FHIR R4: those of its summary, and the others.
fn elements(kind: ResourceType) -> [&'static str; 2] {
    match kind {
        ResourceType::Organization => ["identifier active type name partOf", "alias telecom address contact endpoint"],
        ResourceType::Location => [
            "identifier status operationalStatus name description mode type physicalType managingOrganization",
            "alias telecom address position partOf hoursOfOperation availabilityExceptions endpoint",
        ],
        ResourceType::HealthcareService => [
            "identifier active providedBy category type specialty location name comment photo",
            "extraDetails telecom coverageArea serviceProvisionCode eligibility program characteristic communication \
             referralMethod appointmentRequired availableTime notAvailable availabilityExceptions endpoint",
        ],
        ResourceType::OrganizationAffiliation => [
            "identifier active period organization participatingOrganization network code specialty location telecom",
            "healthcareService endpoint",
        ],
        ResourceType::InsurancePlan => [
            "identifier status type name ownedBy administeredBy coverageArea",
            "alias period contact endpoint network coverage plan",
        ],
        ResourceType::Practitioner => {
            ["identifier active name telecom address gender birthDate", "photo qualification communication"]
        }
        ResourceType::PractitionerRole => [
            "identifier active period practitioner organization code specialty location telecom",
            "healthcareService availableTime notAvailable availabilityExceptions endpoint",
        ],
        ResourceType::Endpoint => [
            "identifier status connectionType name managingOrganization period payloadType payloadMimeType address",
            "contact header",
        ],
    }
}

/// The names of the elements that a resource of `kind` may have.
pub(crate) fn names(kind: ResourceType) -> impl Iterator<Item = &'static str> {
    COMMON.into_iter().chain(elements(kind).into_iter().flat_map(str::split_whitespace))
}

impl ResourceSubset {
    /// `resource` with these elements only; then its tags say that it is incomplete.
    pub(crate) fn of(&self, kind: ResourceType, resource: Value) -> Value {
        let [summary, _] = elements(kind);
        let is_kept = |name: &str| match self {
            Self::Whole => true,
            Self::Summary => summary.split_whitespace().any(|kept| kept == name),
            Self::Text | Self::Count => name == "text",
            Self::Elements(names) => names.iter().any(|kept| kept == name),
        };
        let Value::Object(fields) = resource else { return resource };
        if *self == Self::Whole {
            return Value::Object(fields);
        }
        // `_alias` holds the extensions of `alias`.
        let kept = |name: &str| ALWAYS.contains(&name) || is_kept(name.trim_start_matches('_'));
        let mut fields: Map<String, Value> = fields.into_iter().filter(|(name, _)| kept(name)).collect();
        if let Some(meta) = fields.get_mut("meta").and_then(Value::as_object_mut) {
            let tag = json!({
                "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
                "code": "SUBSETTED",
                "display": "subsetted",
            });
            match meta.get_mut("tag").and_then(Value::as_array_mut) {
                Some(tags) => tags.push(tag),
                None => drop(meta.insert("tag".to_owned(), json!([tag]))),
            }
        }
        Value::Object(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subset_keeps_what_says_what_it_is_and_says_that_it_is_incomplete() {
        let whole = json!({"resourceType": "Organization", "id": "a", "meta": {}, "active": false, "name": "A",
            "alias": ["B"], "_alias": [{"extension": []}], "address": [{}]});
        let names = |subset: &ResourceSubset| -> Vec<String> {
            let kept = subset.of(ResourceType::Organization, whole.clone());
            let is_marked = kept["meta"]["tag"][0]["code"] == "SUBSETTED";
            assert_eq!(is_marked, *subset != ResourceSubset::Whole, "{subset:?}");
            kept.as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(names(&ResourceSubset::Whole).len(), 8);
        assert_eq!(names(&ResourceSubset::Summary), ["active", "id", "meta", "name", "resourceType"]);
        assert_eq!(names(&ResourceSubset::Text), ["active", "id", "meta", "resourceType"]);
        let alias = ResourceSubset::Elements(vec!["alias".to_owned()]);
        assert_eq!(names(&alias), ["_alias", "active", "alias", "id", "meta", "resourceType"]);
    }
}
