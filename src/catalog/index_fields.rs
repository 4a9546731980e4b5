//! The fields of the index: terms to find lines by, and columns to decide on them. Nothing is stored.

use tantivy::schema::{Field, IndexRecordOption, NumericOptions, Schema, SchemaBuilder, TextFieldIndexing, TextOptions};

use crate::place::Zip;
use crate::service::Service;
use crate::text::fold_words;

/// The column the index is sorted by: [`crate::catalog::spatial::SpatialKey`].
pub(crate) const PLACE: &str = "place";
/// The provider's half of the tie-break hash.
pub(crate) const LOT: &str = "lot";
/// The needs answered yes, bits 0 to 63 and 64 to 127.
pub(crate) const YES: [&str; 2] = ["yes_low", "yes_high"];
/// The needs answered no, bits 0 to 63 and 64 to 127.
pub(crate) const NO: [&str; 2] = ["no_low", "no_high"];
/// The packed flags: [`crate::catalog::line_flags::PackedLineFlags`].
pub(crate) const STATED_FLAGS: &str = "told";
/// What official sources publish of quality and safety, packed: [`crate::catalog::published_flags`].
pub(crate) const PUBLISHED: &str = "published";
/// The provider's record number, which is also the order of names.
pub(crate) const RECORD: &str = "record";

/// The terms that find lines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TermFields {
    /// The provider's id, CCN and NPIs, each written as an id.
    pub id: Field,
    /// The words of the provider's name.
    pub name: Field,
    /// A ZIP of the published service area, with the service: [`area_term`].
    pub area: Field,
}

/// The schema and its term fields.
pub(crate) fn schema() -> (Schema, TermFields) {
    let mut schema = SchemaBuilder::new();
    for column in [PLACE, LOT, YES[0], YES[1], NO[0], NO[1], STATED_FLAGS, PUBLISHED, RECORD] {
        schema.add_u64_field(column, NumericOptions::default().set_fast());
    }
    let whole =
        TextFieldIndexing::default().set_tokenizer("raw").set_fieldnorms(false).set_index_option(IndexRecordOption::Basic);
    let text = TextOptions::default().set_indexing_options(whole);
    let number = NumericOptions::default().set_indexed();
    let fields = TermFields {
        id: schema.add_text_field("id", text.clone()),
        name: schema.add_text_field("name", text),
        area: schema.add_u64_field("area", number),
    };
    (schema.build(), fields)
}

/// The term for a ZIP in the published area of a line of `service`.
pub(crate) fn area_term(service: Service, zip: Zip) -> u64 {
    (service as u64) << 32 | u64::from(zip.number())
}

/// The words of a name as indexed and searched: lower case, apostrophes dropped, other punctuation as spaces.
pub(crate) fn words(name: &str) -> Vec<String> {
    fold_words(name).split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_name_forgive_case_and_punctuation() {
        for (name, expected) in [
            ("ST. MARY'S HOME-HEALTH, LLC", "st marys home health llc"),
            ("  O’Neil  ", "oneil"),
            ("Casa San José", "casa san josé"),
            ("***", ""),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }
}
