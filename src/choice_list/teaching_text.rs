//! The texts of the teaching sheets and the rules of law that they cite, from `data/curated/teaching`, so that reviewers read
//! files, not code.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

use crate::choice_list::language::Language;
use crate::service::Service;

/// All texts of the sheets in one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TeachingTexts {
    /// Raised with every change of the texts.
    pub(crate) version: u32,
    reviewed_by: String,
    reviewed_on: String,
    /// Headings and other words of every sheet.
    pub(crate) words: SheetWords,
    /// Sentences that several sheets have.
    shared: BTreeMap<String, SheetSentence>,
    sheet: BTreeMap<String, SheetParts>,
}

/// Headings and other words of every sheet.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SheetWords {
    pub(crate) heading: String,
    pub(crate) what: String,
    pub(crate) pays: String,
    pub(crate) ask: String,
    pub(crate) stars: String,
    pub(crate) appeal: String,
    pub(crate) rules: String,
    pub(crate) rule: String,
    pub(crate) reviewed: String,
    pub(crate) not_reviewed: String,
    pub(crate) overdue: String,
    pub(crate) sheet_not_reviewed: String,
    pub(crate) general: String,
    pub(crate) version: String,
}

/// The parts of the sheet of one level of care.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SheetParts {
    pub(crate) title: String,
    what: Vec<SheetEntry>,
    pays: Vec<SheetEntry>,
    ask: Vec<SheetEntry>,
    stars: Vec<SheetEntry>,
    appeal: Vec<SheetEntry>,
}

/// A part of a sheet, in the order of the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SheetPart {
    /// What the care is.
    What,
    /// Who pays for it.
    Pays,
    /// What to ask on a call or a visit.
    Ask,
    /// What its stars mean.
    Stars,
    /// How to appeal.
    Appeal,
}

impl SheetPart {
    /// Every part.
    pub(crate) const ALL: [Self; 5] = [Self::What, Self::Pays, Self::Ask, Self::Stars, Self::Appeal];

    /// Whether its sentences are printed as a list.
    pub(crate) fn is_list(self) -> bool {
        matches!(self, Self::Pays | Self::Ask | Self::Appeal)
    }

    /// Its heading.
    pub(crate) fn heading(self, words: &SheetWords) -> &str {
        match self {
            Self::What => &words.what,
            Self::Pays => &words.pays,
            Self::Ask => &words.ask,
            Self::Stars => &words.stars,
            Self::Appeal => &words.appeal,
        }
    }
}

/// Text of a sheet, and the rule of law behind it if it states law.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SheetSentence {
    pub(crate) text: String,
    pub(crate) rule: Option<String>,
}

/// A sentence of a sheet, or the name of a shared one.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum SheetEntry {
    Own(SheetSentence),
    Shared(SharedSentence),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SharedSentence {
    shared: String,
}

/// A rule of law that sheets cite.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SheetRule {
    /// Its name in the texts.
    pub(crate) id: String,
    /// How it is cited.
    pub(crate) citation: String,
    /// The first day for which the entry is written.
    pub(crate) effective: Date,
    /// The day by which it must be reviewed again.
    pub(crate) review_by: Date,
    reviewed_by: String,
    reviewed_on: String,
}

impl SheetRule {
    /// The day on which a named person reviewed the entry; `None` if none has.
    pub(crate) fn reviewed_on(&self) -> Option<Date> {
        self.reviewed_on.parse().ok().filter(|_| !self.reviewed_by.is_empty())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SheetRuleFile {
    rule: Vec<SheetRule>,
}

const ENGLISH: &str = include_str!("../../data/curated/teaching/en.toml");
const SPANISH: &str = include_str!("../../data/curated/teaching/es.toml");
const LAW: &str = include_str!("../../data/curated/teaching/law.toml");

// A unit test parses the same files, so the empty defaults are never used.
static IN_ENGLISH: LazyLock<TeachingTexts> = LazyLock::new(|| toml::from_str(ENGLISH).unwrap_or_default());
static IN_SPANISH: LazyLock<TeachingTexts> = LazyLock::new(|| toml::from_str(SPANISH).unwrap_or_default());
static RULES: LazyLock<Vec<SheetRule>> = LazyLock::new(|| toml::from_str::<SheetRuleFile>(LAW).unwrap_or_default().rule);

impl TeachingTexts {
    /// The texts in `language`.
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &IN_ENGLISH,
            Language::Spanish => &IN_SPANISH,
        }
    }

    /// The day on which a named person reviewed the texts; `None` if none has.
    pub(crate) fn reviewed_on(&self) -> Option<Date> {
        self.reviewed_on.parse().ok().filter(|_| !self.reviewed_by.is_empty())
    }

    /// The parts of the sheet of `service`.
    pub(crate) fn sheet(&self, service: Service) -> &SheetParts {
        static MISSING: LazyLock<SheetParts> = LazyLock::new(SheetParts::default);
        self.sheet.get(service.code()).unwrap_or(&MISSING)
    }

    /// The sentences of one part of the sheet of `service`, in order.
    pub(crate) fn sentences(&self, service: Service, part: SheetPart) -> impl Iterator<Item = &SheetSentence> {
        let parts = self.sheet(service);
        let entries = match part {
            SheetPart::What => &parts.what,
            SheetPart::Pays => &parts.pays,
            SheetPart::Ask => &parts.ask,
            SheetPart::Stars => &parts.stars,
            SheetPart::Appeal => &parts.appeal,
        };
        entries.iter().filter_map(|entry| match entry {
            SheetEntry::Own(sentence) => Some(sentence),
            SheetEntry::Shared(SharedSentence { shared }) => self.shared.get(shared),
        })
    }
}

/// The rule with this name.
pub(crate) fn rule_named(id: &str) -> Option<&'static SheetRule> {
    RULES.iter().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Words that a sentence about law has; such a sentence must name its rule.
    const LAW_WORDS: [&str; 19] = [
        "medicare pays",
        "not pay for",
        "you pay",
        "you do not pay",
        "must",
        "right",
        "the qio",
        "medicaid",
        "part b",
        "part d",
        "you may stop",
        "can appeal",
        "medicare paga",
        "no paga",
        "usted paga",
        "debe ",
        "derecho",
        "parte b",
        "puede apelar",
    ];
    /// Sentences with such a word that state no law: what to ask, and advice.
    const NO_LAW: [&str; 4] = ["If not, you may pay more", "Si no, puede pagar más", "Most people pay", "La mayoría paga"];

    fn texts() -> [(Language, TeachingTexts); 2] {
        [(Language::English, ENGLISH), (Language::Spanish, SPANISH)]
            .map(|(language, text)| (language, toml::from_str(text).unwrap()))
    }

    fn all(texts: &TeachingTexts) -> Vec<(Service, SheetPart, &SheetSentence)> {
        let of_part = |service, part| texts.sentences(service, part).map(move |sentence| (service, part, sentence));
        Service::ALL
            .into_iter()
            .flat_map(|service| SheetPart::ALL.into_iter().flat_map(move |part| of_part(service, part)))
            .collect()
    }

    #[test]
    fn every_level_of_care_has_every_part_in_every_language() {
        for (language, texts) in texts() {
            assert_eq!(texts.sheet.len(), Service::ALL.len());
            assert_eq!(texts.reviewed_by.is_empty(), texts.reviewed_on.is_empty(), "{language:?}");
            assert_eq!(texts.reviewed_on().is_some(), !texts.reviewed_by.is_empty(), "{language:?}");
            for service in Service::ALL {
                assert!(!texts.sheet(service).title.is_empty(), "{service}");
                for part in SheetPart::ALL {
                    let count = texts.sentences(service, part).count();
                    let least = if matches!(part, SheetPart::What | SheetPart::Stars) { 1 } else { 3 };
                    assert!(count >= least, "{language:?}, {service}, {part:?}: {count}");
                }
            }
        }
    }

    #[test]
    fn every_shared_sentence_is_there_and_used() {
        for (language, texts) in texts() {
            let named = texts
                .sheet
                .values()
                .flat_map(|parts| [&parts.what, &parts.pays, &parts.ask, &parts.stars, &parts.appeal].into_iter().flatten());
            let named: BTreeSet<&str> = named
                .filter_map(|entry| match entry {
                    SheetEntry::Shared(sentence) => Some(sentence.shared.as_str()),
                    SheetEntry::Own(_) => None,
                })
                .collect();
            assert_eq!(named, texts.shared.keys().map(String::as_str).collect(), "{language:?}");
        }
    }

    #[test]
    fn every_sentence_of_law_names_a_rule_with_its_citation_and_dates() {
        let mut used = BTreeSet::new();
        for (language, texts) in texts() {
            for (service, part, sentence) in all(&texts) {
                let said = sentence.text.to_lowercase();
                let asks = part == SheetPart::Ask || NO_LAW.iter().any(|text| sentence.text.contains(text));
                if !asks && LAW_WORDS.iter().any(|word| said.contains(word)) {
                    assert!(sentence.rule.is_some(), "{language:?}, {service}: {}", sentence.text);
                }
                if part == SheetPart::Ask {
                    assert_eq!(sentence.rule, None, "a question states no law: {}", sentence.text);
                }
                if let Some(id) = &sentence.rule {
                    assert!(rule_named(id).is_some(), "{language:?}, {service}: there is no rule {id}");
                    used.insert(id.clone());
                }
            }
        }
        for rule in &*RULES {
            assert!(used.contains(&rule.id), "no sheet cites {}", rule.id);
            assert!(rule.citation.contains(char::is_numeric), "{}", rule.id);
            assert!(rule.effective < rule.review_by, "{}", rule.id);
            assert_eq!(rule.reviewed_by.is_empty(), rule.reviewed_on.is_empty(), "{}", rule.id);
            assert_eq!(rule.reviewed_on().is_some(), !rule.reviewed_by.is_empty(), "{}", rule.id);
        }
        assert_eq!(used.len(), RULES.len());
    }

    #[test]
    fn both_languages_say_the_same_in_the_same_order() {
        let [(_, english), (_, spanish)] = texts();
        let outline = |texts: &TeachingTexts| -> Vec<(Service, SheetPart, Option<String>)> {
            all(texts).into_iter().map(|(service, part, sentence)| (service, part, sentence.rule.clone())).collect()
        };
        assert_eq!(outline(&english), outline(&spanish));
        assert_eq!(english.version, spanish.version);
    }
}
