//! What a JSON file is: told by the keys it begins with. Never by its name.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::refresh::dataset::Dataset;

/// The keys of a document's first object, as far as it was looked at.
#[derive(Debug, Default)]
struct JsonShape {
    keys: Vec<String>,
    resource_type: Option<String>,
}

impl JsonShape {
    /// Reads as far as the text goes; where it breaks off, what was seen until then is kept.
    fn of(beginning: &[u8]) -> Self {
        let mut outline = Self::default();
        // The text may have been cut anywhere, so an error at its end says nothing.
        let _ = ShapeProbe(&mut outline).deserialize(&mut serde_json::Deserializer::from_slice(beginning));
        outline
    }

    fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known == key)
    }
}

/// Notes the keys of the first object it is shown, be it the document or the first of a list.
struct ShapeProbe<'a>(&'a mut JsonShape);

impl<'de> DeserializeSeed<'de> for ShapeProbe<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ShapeProbe<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let is_type = key == "resourceType";
            self.0.keys.push(key);
            if is_type {
                self.0.resource_type = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        list.next_element_seed(self).map(|_| ())
    }
}

/// The FHIR resource types a Plan-Net directory is made of, and the bundle they may come in.
const PLAN_NET: [&str; 10] = [
    "Bundle",
    "Organization",
    "OrganizationAffiliation",
    "HealthcareService",
    "Location",
    "InsurancePlan",
    "PractitionerRole",
    "Practitioner",
    "Endpoint",
    "Network",
];

/// What a document that begins so is.
///
/// # Errors
/// It is of no known dataset; the sentence says why.
pub(crate) fn recognise(beginning: &[u8]) -> Result<Dataset, String> {
    let outline = JsonShape::of(beginning);
    let has = |key| outline.has(key);
    match outline.resource_type.as_deref() {
        Some(known) if PLAN_NET.contains(&known) => return Ok(Dataset::PlanNet),
        Some(other) => return Err(format!("it is a FHIR {other}, which no directory is made of")),
        None => {}
    }
    // A long resource may hide its type behind the part that was looked at.
    if has("entry") && has("type") {
        Ok(Dataset::PlanNet)
    } else if has("marketing_name") || (has("plan_id") && has("plan_id_type")) {
        Ok(Dataset::MarketplacePlans)
    } else if has("npi") && (has("plans") || has("facility_name") || has("addresses")) {
        Ok(Dataset::MarketplaceProviders)
    } else if has("provider_urls") {
        Ok(Dataset::MarketplaceIndex)
    } else if has("in_network") || has("reporting_structure") {
        Ok(Dataset::PriceTransparency)
    } else if has("profiles") || has("needs_yes") || has("needs_no") || (has("service") && (has("ccn") || has("npi"))) {
        Ok(Dataset::ProviderProfiles)
    } else if outline.keys.is_empty() {
        Err("its JSON begins with no object that has a field, so nothing tells what it is".to_owned())
    } else {
        Err("its JSON is of no known dataset".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_known_by_the_keys_it_begins_with() {
        for (text, expected) in [
            (r#"{"id":"1","meta":{"a":[1]},"resourceType":"Organization"}"#, Some(Dataset::PlanNet)),
            (r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceTy"#, Some(Dataset::PlanNet)),
            ("{\"resourceType\":\"Location\"}\n{\"resourceType\":\"Location\"}\n", Some(Dataset::PlanNet)),
            (r#"[{"plan_id_type":"HIOS-PLAN-ID","plan_id":"1","marketing_"#, Some(Dataset::MarketplacePlans)),
            (r#"[{"npi":"1","type":"FACILITY","facility_name":"x","plans":[{"#, Some(Dataset::MarketplaceProviders)),
            (r#"{"provider_urls":[],"plan_urls":[]}"#, Some(Dataset::MarketplaceIndex)),
            (r#"{"reporting_entity_name":"x","in_network":[]}"#, Some(Dataset::PriceTransparency)),
            (r#"{"profiles":[{"ccn":"425003"}]}"#, Some(Dataset::ProviderProfiles)),
            (r#"[{"npi":"1","servise":"hospice","needs_yes":["resp.o2"]}]"#, Some(Dataset::ProviderProfiles)),
            (r#"{"resourceType":"CodeSystem"}"#, None),
            (r#"{"hook":"encounter-discharge","prefetch":{"resourceType":"Bundle"}}"#, None),
            ("[1, 2]", None),
            ("{", None),
        ] {
            assert_eq!(recognise(text.as_bytes()).ok(), expected, "{text}");
        }
    }
}
