//! The order of results: `_sort`.

use std::cmp::Ordering;

use crate::place::Miles;
use crate::serve::fhir::context::FhirContext;
use crate::serve::fhir::search_params::{ParamType, SearchField};
use crate::serve::fhir::view::ResourceRef;

/// How many results are sorted; a search with more must be narrowed. Our choice: each takes about
/// 100 bytes while they are sorted.
pub(crate) const MOST_SORTED: u64 = 100_000;

/// What results are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SortParam {
    /// The field.
    pub field: SearchField,
    /// Whether the last comes first.
    pub is_descending: bool,
}

/// Sorts `items` by `keys`. Resources without a value come last in either direction, and those with
/// the same values keep their order.
pub(crate) fn sort(ground: FhirContext<'_>, items: &mut [(ResourceRef, Option<Miles>)], keys: &[SortParam]) {
    // All resources have the same `_lastUpdated`.
    let keys: Vec<SortParam> = keys.iter().copied().filter(|key| key.field != SearchField::LastUpdated).collect();
    items.sort_by_cached_key(|(item, _)| -> Vec<SortValue> {
        let value = |key: &SortParam| SortValue { text: text(ground, *item, key.field), is_descending: key.is_descending };
        keys.iter().map(value).collect()
    });
}

/// The value of one key.
#[derive(Debug, PartialEq, Eq)]
struct SortValue {
    text: Option<String>,
    is_descending: bool,
}

impl Ord for SortValue {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.text, &other.text) {
            (Some(own), Some(other)) if self.is_descending => other.cmp(own),
            (Some(own), Some(other)) => own.cmp(other),
            // None after all values.
            (own, other) => other.is_some().cmp(&own.is_some()),
        }
    }
}

impl PartialOrd for SortValue {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The first value of a field, in the form in which it is compared.
fn text(ground: FhirContext<'_>, item: ResourceRef, field: SearchField) -> Option<String> {
    match field.compared() {
        ParamType::String => {
            let mut first = None;
            ground.any_text(item, field, &mut |text| {
                first = Some(text.folded.to_owned());
                true
            });
            first
        }
        ParamType::Token if field == SearchField::Id => Some(ground.id(item)),
        ParamType::Token => ground.codes(item, field).first().map(|code| code.code.to_owned()),
        ParamType::Reference | ParamType::Date | ParamType::Special => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_value_comes_last_in_either_direction() {
        for (is_descending, expected) in [(false, [Some("a"), Some("b"), None]), (true, [Some("b"), Some("a"), None])] {
            let value = |text: Option<&str>| SortValue { text: text.map(str::to_owned), is_descending };
            let mut values: Vec<SortValue> = [None, Some("b"), Some("a")].map(value).into();
            values.sort();
            assert_eq!(values, expected.map(value), "{is_descending}");
        }
    }
}
