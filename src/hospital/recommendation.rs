//! `[recommendation]`: a sentence of the hospital about providers with which it has a sharing arrangement, printed below the complete list.
//!
//! No rule gives its text, so the hospital writes it, and a named person reviews it before it can be printed. It is off unless switched on.

use jiff::civil::Date;
use serde::Deserialize;
use toml::de::DeTable;

use crate::hospital::values::{day, words};
use crate::toml_reader::{TomlLocation, TomlReader};

/// The sentence, and who reviewed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HospitalRecommendation {
    /// The sentence, in the hospital's words.
    pub says: String,
    /// The person who reviewed it.
    pub reviewed_by: String,
    /// The day of the review.
    pub reviewed_on: Date,
}

/// The keys of the section.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RecommendationSection {
    is_on: bool,
    #[serde(deserialize_with = "words")]
    says: Option<String>,
    #[serde(deserialize_with = "words")]
    reviewed_by: Option<String>,
    #[serde(deserialize_with = "day")]
    reviewed_on: Option<Date>,
}

/// Reads the section; `None` unless it is switched on and whole. `has_sharing` is false without any `[[sharing]]`.
pub(crate) fn recommendation(
    reader: &mut TomlReader<'_>,
    section: Option<DeTable<'_>>,
    has_sharing: bool,
) -> Option<HospitalRecommendation> {
    let section = section?;
    let at_switch = TomlLocation::of(&section, "recommendation", "is_on");
    reader.require("recommendation", &section, &["is_on", "says", "reviewed_by", "reviewed_on"]);
    let RecommendationSection { is_on, says, reviewed_by, reviewed_on } = reader.read("recommendation", section)?;
    if is_on && !has_sharing {
        reader.fault(&at_switch, "is true, but the file has no [[sharing]]; add one or set it to false");
    }
    let (says, reviewed_by, reviewed_on) = (says?, reviewed_by?, reviewed_on?);
    is_on.then_some(HospitalRecommendation { says, reviewed_by, reviewed_on })
}
