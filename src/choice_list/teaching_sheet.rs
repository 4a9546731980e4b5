//! A teaching sheet: one page about one level of care in plain words, printed behind a choice list or alone. It holds
//! nothing about a patient or a provider.

use jiff::civil::Date;

use crate::choice_list::document::{ListBlock, ListDocument, ListSection, SectionKind, TextLine};
use crate::choice_list::language::Language;
use crate::choice_list::teaching_text::{SheetPart, SheetRule, TeachingTexts, rule_named};
use crate::choice_list::translations::{Translations, fill};
use crate::hospital::Hospital;
use crate::service::Service;

/// The sheet of one level of care in one language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TeachingSheet {
    /// The level of care.
    pub(crate) service: Service,
    /// The language.
    pub(crate) language: Language,
}

impl TeachingSheet {
    fn texts(self) -> &'static TeachingTexts {
        TeachingTexts::of(self.language)
    }

    /// Its title.
    pub(crate) fn title(self) -> &'static str {
        &self.texts().sheet(self.service).title
    }

    /// The version of its texts.
    pub(crate) fn version(self) -> u32 {
        self.texts().version
    }

    /// The day on which a named person reviewed its texts; `None` if none has.
    pub(crate) fn reviewed_on(self) -> Option<Date> {
        self.texts().reviewed_on()
    }

    /// The rules it cites, in the order of their numbers.
    pub(crate) fn rules(self) -> Vec<&'static SheetRule> {
        let mut rules: Vec<&SheetRule> = Vec::new();
        for part in SheetPart::ALL {
            for id in self.texts().sentences(self.service, part).filter_map(|sentence| sentence.rule.as_deref()) {
                if let Some(rule) = rule_named(id).filter(|rule| rules.iter().all(|known| known.id != rule.id)) {
                    rules.push(rule);
                }
            }
        }
        rules
    }

    /// The sheet as a section, printed on `today`.
    pub(crate) fn section(self, today: Date) -> ListSection {
        let (texts, rules) = (self.texts(), self.rules());
        let mut blocks = Vec::new();
        if self.reviewed_on().is_none() {
            blocks.push(ListBlock::Text(texts.words.sheet_not_reviewed.clone()));
        }
        for part in SheetPart::ALL {
            blocks.push(ListBlock::Heading(part.heading(&texts.words).to_owned()));
            let mut lines = texts.sentences(self.service, part).map(|sentence| {
                let cited = sentence.rule.as_deref().and_then(|id| rules.iter().position(|rule| rule.id == id));
                cited.map_or_else(|| sentence.text.clone(), |at| format!("{} [{}]", sentence.text, at + 1))
            });
            if part.is_list() {
                blocks.push(ListBlock::Points(lines.map(TextLine::from).collect()));
            } else if let Some(first) = lines.next() {
                blocks.push(ListBlock::Text(lines.fold(first, |text, line| format!("{text} {line}"))));
            }
            if part == SheetPart::Pays {
                blocks.push(ListBlock::Text(texts.words.general.clone()));
            }
        }
        blocks.push(ListBlock::Heading(texts.words.rules.clone()));
        blocks.push(ListBlock::Text(self.rules_in_words(&rules, today)));
        ListSection { kind: SectionKind::TeachingSheet, service: Some(self.service), title: self.title().to_owned(), blocks }
    }

    /// The rules with their numbers; those with the same day and review together.
    fn rules_in_words(self, rules: &[&SheetRule], today: Date) -> String {
        let words = &self.texts().words;
        let day = |day| Translations::of(self.language).day(day);
        let mut groups: Vec<(String, String, Vec<String>)> = Vec::new();
        for (at, rule) in rules.iter().enumerate() {
            let reviewed = rule.reviewed_on().map(|on| fill(&words.reviewed, &[("day", &day(on))]));
            let mut review = reviewed.unwrap_or_else(|| words.not_reviewed.clone());
            if today > rule.review_by {
                review = format!("{review}, {}", words.overdue);
            }
            let (effective, cited) = (day(rule.effective), format!("[{}] {}", at + 1, rule.citation));
            match groups.iter_mut().find(|(since, how, _)| *since == effective && *how == review) {
                Some((_, _, citations)) => citations.push(cited),
                None => groups.push((effective, review, vec![cited])),
            }
        }
        let line = |(effective, review, citations): (String, String, Vec<String>)| {
            fill(&words.rule, &[("citations", &citations.join("; ")), ("day", &effective), ("review", &review)])
        };
        let lines = groups.into_iter().map(line).chain([fill(&words.version, &[("version", &self.version().to_string())])]);
        lines.collect::<Vec<_>>().join(" ")
    }

    /// The sheet as a document of its own.
    pub(crate) fn document(self, hospital: &Hospital, today: Date) -> ListDocument {
        let (texts, words) = (self.texts(), Translations::of(self.language));
        let phone = hospital.phone.as_ref().map(|phone| fill(&words.questions, &[("phone", phone)]));
        let foot = [Some(self.title().to_owned()), hospital.name.clone(), phone];
        ListDocument {
            language: self.language,
            title: texts.words.heading.clone(),
            watermark: self.reviewed_on().is_none().then(|| words.draft.mark.clone()),
            notices: Vec::new(),
            head: Vec::new(),
            sections: vec![self.section(today)],
            again: Vec::new(),
            foot: foot.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_sheet_cites_each_rule_by_number_with_its_day_and_its_review() {
        for language in Language::ALL {
            for service in Service::ALL {
                let sheet = TeachingSheet { service, language };
                let printed = |today| format!("{:?}", sheet.section(today).blocks);
                let early = printed(date(2026, 1, 1));
                for (at, rule) in sheet.rules().iter().enumerate() {
                    assert!(early.contains(&format!("[{}] {}", at + 1, rule.citation)), "{service}: {}", rule.id);
                    let mark = format!(" [{}]", at + 1);
                    assert!(early.matches(&mark).count() >= 1, "{service}: {mark}");
                }
                let words = &sheet.texts().words;
                assert!(early.contains(&words.not_reviewed) && early.contains(&words.sheet_not_reviewed), "{service}");
                assert!(!early.contains(&words.overdue) && printed(date(2028, 1, 1)).contains(&words.overdue), "{service}");
            }
        }
    }
}
