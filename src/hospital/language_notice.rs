//! `[[language_notice]]`: the notice of free language help (45 CFR 92.11) in further languages, in
//! the hospital's own texts.

use jiff::civil::Date;
use serde::Deserialize;
use toml::de::DeTable;

use crate::hospital::values::{NamedLanguage, day, language, words};
use crate::languages;
use crate::toml_reader::{TomlLocation, TomlReader};

/// The notice in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanguageNotice {
    /// The language, as an ISO 639-1 code.
    pub language: &'static str,
    /// The text, in that language.
    pub text: String,
    /// The qualified person who reviewed the translation, and the day; `None` until then (45 CFR
    /// 92.201(c)).
    pub reviewed: Option<(String, Date)>,
}

impl LanguageNotice {
    /// The English name of the language.
    pub fn language_name(&self) -> &'static str {
        languages::name(self.language).unwrap_or(self.language)
    }
}

/// The keys of a section.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NoticeSection {
    #[serde(deserialize_with = "language")]
    language: Option<NamedLanguage>,
    #[serde(deserialize_with = "words")]
    text: Option<String>,
    #[serde(deserialize_with = "words")]
    reviewed_by: Option<String>,
    #[serde(deserialize_with = "day")]
    reviewed_on: Option<Date>,
}

/// The languages of the notice that the program has itself.
const BUILT_IN: [&str; 2] = ["en", "es"];

/// Reads all sections.
pub(crate) fn notices(reader: &mut TomlReader<'_>, sections: Vec<DeTable<'_>>) -> Vec<LanguageNotice> {
    let mut found: Vec<LanguageNotice> = Vec::new();
    for section in sections {
        let place = |key| TomlLocation::of(&section, "language_notice", key);
        let (at_language, at_name, at_day) = (place("language"), place("reviewed_by"), place("reviewed_on"));
        reader.require("language_notice", &section, &["language", "text"]);
        let Some(NoticeSection { language, text, reviewed_by, reviewed_on }) = reader.read("language_notice", section) else {
            continue;
        };
        match (&reviewed_by, reviewed_on) {
            (Some(_), None) => reader.fault(&at_day, "is missing; a review has a name and a day"),
            (None, Some(_)) => reader.fault(&at_name, "is missing; a review has a name and a day"),
            _ => {}
        }
        let (Some(NamedLanguage(language)), Some(text)) = (language, text) else { continue };
        if BUILT_IN.contains(&language) {
            reader.fault(&at_language, "the program has this notice in English and Spanish; remove the section");
        } else if found.iter().any(|known| known.language == language) {
            reader.fault(&at_language, &format!("\"{language}\" has two [[language_notice]] sections; keep one"));
        } else {
            found.push(LanguageNotice { language, text, reviewed: reviewed_by.zip(reviewed_on) });
        }
    }
    found
}
