//! Recognizes a JSON file by its first keys. The file name is never used.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::refresh::dataset::{DatasetSpec, DocumentSpec};
use crate::refresh::read::DATASETS;

/// The keys of a document's first object, as far as it was read ahead.
#[derive(Debug, Default)]
struct JsonShape {
    keys: Vec<String>,
    resource_type: Option<String>,
}

impl JsonShape {
    /// Reads the beginning of a document. A syntax error ends the reading, but keys found so far
    /// are kept.
    fn of(beginning: &[u8]) -> Self {
        let mut outline = Self::default();
        // The text may be cut off anywhere, so an error is expected.
        let _ = ShapeProbe(&mut outline).deserialize(&mut serde_json::Deserializer::from_slice(beginning));
        outline
    }
}

impl JsonShape {
    /// The keys that it has not.
    fn lacks(&self, keys: &[&'static str]) -> Vec<&'static str> {
        keys.iter().copied().filter(|key| !self.keys.iter().any(|known| known == key)).collect()
    }

    /// Why it is no known document, with the dataset of which it has the most keys.
    fn unknown(&self) -> String {
        if self.keys.is_empty() {
            return "its JSON does not begin with an object that has fields".to_owned();
        }
        // FHIR has a resource type, and `type` alone says nothing.
        let documents = DATASETS.iter().filter_map(|dataset| Some((dataset.name, dataset.document.as_ref()?)));
        let documents = documents.filter(|(_, document)| document.resource_types.is_empty());
        let sets = documents.flat_map(|(name, document)| document.keys.iter().map(move |keys| (name, *keys)));
        let nearest = sets
            .map(|(name, keys)| (name, keys.len(), self.lacks(keys)))
            .reduce(|best, next| if next.1 - next.2.len() > best.1 - best.2.len() { next } else { best });
        let unknown = "its JSON matches no known dataset".to_owned();
        match nearest.filter(|(_, of, lacking)| lacking.len() < *of) {
            Some((name, of, lacking)) => {
                let missing: Vec<String> = lacking.iter().map(|key| format!("\"{key}\"")).collect();
                let there = of - lacking.len();
                format!(
                    "{unknown}; the nearest is {name}: {there} of its {of} keys are there; missing: {}",
                    missing.join(", ")
                )
            }
            None => unknown,
        }
    }
}

/// Collects the keys of the first object: the document itself or the first element of a list.
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

/// A recognized JSON file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecognizedDocument {
    /// The dataset.
    pub dataset: &'static DatasetSpec,
    /// Its JSON format.
    pub document: &'static DocumentSpec,
}

/// Recognizes a document by its beginning.
///
/// # Errors
/// The document belongs to no known dataset; the message says why.
pub(crate) fn recognize(beginning: &[u8]) -> Result<RecognizedDocument, String> {
    let outline = JsonShape::of(beginning);
    let mut all =
        DATASETS.iter().filter_map(|dataset| Some(RecognizedDocument { dataset, document: dataset.document.as_ref()? }));
    if let Some(of_type) = outline.resource_type.as_deref() {
        let found = all.find(|found| found.document.resource_types.contains(&of_type));
        return found.ok_or_else(|| format!("it is a FHIR {of_type}, which is not used"));
    }
    let has_all = |keys: &&'static [&'static str]| outline.lacks(keys).is_empty();
    all.find(|found| found.document.keys.iter().any(has_all)).ok_or_else(|| outline.unknown())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_known_by_the_keys_it_begins_with() {
        for (text, expected) in [
            (r#"{"id":"1","meta":{"a":[1]},"resourceType":"Organization"}"#, Some("FHIR Plan-Net directory")),
            (r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceTy"#, Some("FHIR Plan-Net directory")),
            ("{\"resourceType\":\"Location\"}\n{\"resourceType\":\"Location\"}\n", Some("FHIR Plan-Net directory")),
            (r#"[{"plan_id_type":"HIOS-PLAN-ID","plan_id":"1","marketing_"#, Some("marketplace plans")),
            (r#"[{"npi":"1","type":"FACILITY","facility_name":"x","plans":[{"#, Some("marketplace providers")),
            (r#"[{"npi":"1","type":"Facility","plans":[],"facilityName":"x"}]"#, Some("Medicare Advantage directory")),
            (r#"{"transactionTime":"2026-11-01","output":[]}"#, Some("bulk manifest")),
            (r#"{"count":1,"next":null,"previous":null,"results":[{"resourceType":"Org"#, Some("FHIR Plan-Net directory")),
            (r#"{"provider_urls":[],"plan_urls":[]}"#, Some("index of provider files")),
            (r#"{"reporting_entity_name":"x","in_network":[]}"#, Some("price transparency file")),
            (r#"{"reporting_entity_name":"x","plan_id":"1","marketing_name":"y","in_net"#, Some("price transparency file")),
            (r#"{"profiles":[{"ccn":"425003"}]}"#, Some("provider profiles")),
            (r#"[{"npi":"1","servise":"hospice","needs_yes":["resp.o2"]}]"#, Some("provider profiles")),
            (r#"{"resourceType":"CodeSystem"}"#, None),
            (r#"{"hook":"encounter-discharge","prefetch":{"resourceType":"Bundle"}}"#, None),
            ("[1, 2]", None),
            ("{", None),
        ] {
            assert_eq!(recognize(text.as_bytes()).ok().map(|found| found.dataset.name), expected, "{text}");
        }
    }
}
