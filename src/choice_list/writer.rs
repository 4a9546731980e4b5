//! Writes a list in its language, section by section.

use std::collections::BTreeSet;

use crate::choice_list::coverage_group::CoverageGroup;
use crate::choice_list::document::{
    BlankField, DocumentMetadata, ListBlock, ListDocument, ListSection, SectionKind, TextLine, TranslatedNotice,
};
use crate::choice_list::draft::DraftReason;
use crate::choice_list::entry_writer::EntryWriter;
use crate::choice_list::language::Language;
use crate::choice_list::law::LegalRule;
use crate::choice_list::scope_writer::{ScopeWriter, coverage};
use crate::choice_list::translations::{Translations, fill};
use crate::choice_list::{ChoiceList, ListedProvider, ServiceChoices};
use crate::coverage::Coverage;
use crate::hospital::sharing::SharingModel;
use crate::hospital::{FinancialInterest, HospitalKind};
use crate::phrases;
use crate::provider::ProviderId;
use crate::provider::quality::SupportingMeasure;
use crate::service::Service;
use crate::text::printable;
use crate::text::proper_case::proper_case;

impl ListDocument {
    /// Writes `list` in its language.
    pub(crate) fn of(list: &ChoiceList<'_>, imprint: &DocumentMetadata<'_>) -> Self {
        let writer = DocumentWriter { list, words: Translations::of(list.language), imprint };
        let words = writer.words;
        let number = fill(&words.number, &[("id", &imprint.id.to_string())]);
        let phone = list.hospital.phone.as_ref().map(|phone| fill(&words.questions, &[("phone", phone)]));
        let made = fill(&words.made, &[("day", &words.day(imprint.made_on))]);
        let facts = fill(&words.directory, &[("day", &words.day(imprint.directory_on))]);
        let services: Vec<&str> = list.services.iter().map(|choices| words.services(choices.discharge.service)).collect();
        let drafts = DraftReason::of(list);
        Self {
            language: list.language,
            title: fill(&words.title, &[("services", &services.join(", "))]),
            watermark: (!drafts.is_empty()).then(|| words.draft.mark.clone()),
            notices: notices(list.language, &drafts, imprint.synthetic),
            head: list.hospital.name.clone().into_iter().chain([made, number.clone()]).chain(phone).collect(),
            sections: writer.sections(),
            again: again(list.language, !drafts.is_empty(), imprint.synthetic),
            foot: format!("{number} · {facts}"),
        }
    }
}

/// The language of the list and English, once each.
fn in_both(language: Language) -> impl Iterator<Item = (Language, &'static Translations)> {
    let english = (language != Language::English).then_some(Language::English);
    [Some(language), english].into_iter().flatten().map(|language| (language, Translations::of(language)))
}

/// Why the list is a draft, and that it is of sample data, in the list's language and in English.
fn notices(language: Language, drafts: &[DraftReason], synthetic: bool) -> Vec<(Language, String)> {
    let draft = |(language, words): (Language, &'static Translations)| {
        let reasons: Vec<&str> = drafts.iter().map(|reason| draft_reason(words, *reason)).collect();
        (language, fill(&words.draft.because, &[("reasons", &reasons.join(" "))]))
    };
    let drafts = in_both(language).filter(|_| !drafts.is_empty()).map(draft);
    let sample = in_both(language).filter(|_| synthetic).map(|(language, words)| (language, words.sample.clone()));
    drafts.chain(sample).collect()
}

/// The notices in short, one line a language.
fn again(language: Language, is_draft: bool, synthetic: bool) -> Vec<(Language, String)> {
    let short = |(language, words): (Language, &'static Translations)| {
        let parts = [is_draft.then_some(&words.draft.short), synthetic.then_some(&words.sample)];
        let text = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some((language, text))
    };
    in_both(language).filter_map(short).collect()
}

fn draft_reason(words: &Translations, reason: DraftReason) -> &str {
    match reason {
        DraftReason::WordsNotReviewed => &words.draft.words_not_reviewed,
        DraftReason::NoticeNotReviewed => &words.draft.notice_not_reviewed,
        DraftReason::InterestsNotStated => &words.draft.interests_not_stated,
        DraftReason::SheetNotReviewed => &words.draft.sheet_not_reviewed,
        DraftReason::SelectionOnly => &words.draft.selection_only,
    }
}

/// The rules that hold for `list`.
pub(crate) fn rules_of(list: &ChoiceList<'_>) -> Vec<LegalRule> {
    let services = list.services.iter().map(|choices| choices.discharge.service);
    LegalRule::of(list.hospital.kind, services, list.shares_under(SharingModel::Team))
}

/// A section about the whole list.
fn section(kind: SectionKind, title: &str, blocks: Vec<ListBlock>) -> ListSection {
    ListSection { kind, service: None, title: title.to_owned(), blocks }
}

fn text(text: &str) -> ListBlock {
    ListBlock::Text(text.to_owned())
}

/// A list, the texts of its language, and the facts about the list itself.
struct DocumentWriter<'a> {
    list: &'a ChoiceList<'a>,
    words: &'static Translations,
    imprint: &'a DocumentMetadata<'a>,
}

impl DocumentWriter<'_> {
    fn sections(&self) -> Vec<ListSection> {
        let has_agencies = self.list.services.iter().any(|choices| choices.discharge.service == Service::HomeHealth);
        let mut sections = vec![self.right()];
        for choices in &self.list.services {
            sections.push(self.scope(choices));
            sections.extend(self.places(choices));
        }
        sections.extend(self.interests());
        sections.extend(self.sharing());
        sections.extend(self.recommendation());
        sections.extend(has_agencies.then(|| self.asked()));
        sections.extend([self.compare(), self.record(), self.rules(), self.language_help()]);
        sections.extend(self.list.sheets().map(|sheet| sheet.section(self.imprint.made_on)));
        sections
    }

    /// The patient's right to choose, with the rule that holds for the hospital and the services.
    fn right(&self) -> ListSection {
        let words = &self.words.right;
        let cited =
            rules_of(self.list).into_iter().find(|rule| matches!(rule, LegalRule::ListAndChoice | LegalRule::FreeChoice));
        let law = cited.map(|rule| fill(&words.law, &[("citation", &rule.text().citation)]));
        let said = [&words.yours, &words.hospital, &words.help, &words.plan].into_iter().map(|said| text(said));
        section(SectionKind::Right, &words.title, said.chain(law.map(ListBlock::Text)).collect())
    }

    /// The heading of a section about one service; the service is named if the list has several.
    fn title_of(&self, alone: &str, among_others: &str, service: Service) -> String {
        match self.list.services.as_slice() {
            [_] => alone.to_owned(),
            _ => fill(among_others, &[("services", self.words.services(service))]),
        }
    }

    /// The scope of the list for one service.
    fn scope(&self, choices: &ServiceChoices<'_>) -> ListSection {
        let (words, service) = (&self.words.shows, choices.discharge.service);
        let paragraphs = ScopeWriter { choices, words: self.words }.paragraphs(self.imprint.directory_on);
        ListSection {
            kind: SectionKind::Scope,
            service: Some(service),
            title: self.title_of(&words.title, &words.title_of, service),
            blocks: paragraphs.into_iter().map(ListBlock::Text).collect(),
        }
    }

    /// The providers of one service: the selected ones first, then all by what the coverage says.
    fn places(&self, choices: &ServiceChoices<'_>) -> Vec<ListSection> {
        let (words, discharge) = (&self.words.list, choices.discharge);
        let is_in_team = self.list.shares_under(SharingModel::Team);
        let writer = EntryWriter { discharge, words: self.words, is_in_team };
        let plan = matches!(discharge.coverage, Some(Coverage::Networks { .. } | Coverage::UnknownPlan { .. }));
        let has_network = plan || matches!(discharge.coverage, Some(Coverage::Medicaid(_)));
        let listing = |kind, title: String, listed: Vec<&ListedProvider<'_>>| {
            let check = (has_network && listed.iter().any(|listed| listed.group.is_some())).then(|| text(&words.check));
            let entries = ListBlock::Places(listed.into_iter().map(|listed| writer.entry(listed)).collect());
            let blocks = check.into_iter().chain([entries]).collect();
            ListSection { kind, service: Some(discharge.service), title, blocks }
        };
        let mut sections = Vec::new();
        let selected: Vec<&ListedProvider<'_>> = choices.selected().collect();
        if !selected.is_empty() && choices.is_whole() {
            let title = self.title_of(&words.selected, &words.selected_of, discharge.service);
            sections.push(listing(SectionKind::Selected, title, selected));
        }
        let title = self.title_of(&words.title, &words.title_of, discharge.service);
        for group in [None].into_iter().chain(CoverageGroup::ALL.map(Some)) {
            let listed: Vec<&ListedProvider<'_>> = choices.listed.iter().filter(|listed| listed.group == group).collect();
            if listed.is_empty() {
                continue;
            }
            let Some(group) = group else {
                sections.push(listing(SectionKind::Places, title.clone(), listed));
                continue;
            };
            let (kind, part) = match (group, plan) {
                (CoverageGroup::InNetwork, true) => (SectionKind::InNetwork, &words.plan_in),
                (CoverageGroup::InNetwork, false) => (SectionKind::InNetwork, &words.program_in),
                (CoverageGroup::NotConfirmed, true) => (SectionKind::NotConfirmed, &words.plan_unknown),
                (CoverageGroup::NotConfirmed, false) => (SectionKind::NotConfirmed, &words.program_unknown),
                (CoverageGroup::OutOfNetwork, true) => (SectionKind::OutOfNetwork, &words.plan_out),
                (CoverageGroup::OutOfNetwork, false) => (SectionKind::OutOfNetwork, &words.program_out),
            };
            let part = fill(part, &[("plan", &coverage(discharge, self.words))]);
            sections.push(listing(kind, fill(&words.part, &[("title", &title), ("part", &part)]), listed));
        }
        sections
    }

    fn name(&self, id: &ProviderId) -> String {
        (self.imprint.name_of)(id).map_or_else(|| id.to_string(), |name| proper_case(&name))
    }

    /// The hospital's financial interests in all providers, listed or not. The rules of a critical
    /// access hospital do not ask for them, so that its list has the section only if it stated some.
    fn interests(&self) -> Option<ListSection> {
        let (words, hospital) = (&self.words.interests, self.list.hospital);
        let point = |interest: &FinancialInterest| {
            let name = self.name(&interest.provider);
            TextLine::of_hospital(&fill(&words.line, &[("name", &name), ("says", &interest.says)]))
        };
        let points: Vec<TextLine> = hospital.interests.iter().map(point).collect();
        let said = match (points.is_empty(), hospital.no_interests) {
            (false, _) => vec![text(&words.some), ListBlock::Points(points)],
            (true, true) => vec![text(&words.none)],
            (true, false) if self.list.interests_elsewhere => Vec::new(),
            (true, false) if hospital.kind == HospitalKind::CriticalAccess => return None,
            (true, false) => vec![text(&words.unsaid)],
        };
        let elsewhere = self.list.interests_elsewhere.then(|| text(&words.elsewhere));
        let blocks = [text(&words.means)].into_iter().chain(said).chain(elsewhere).collect();
        Some(section(SectionKind::Interests, &words.title, blocks))
    }

    /// The providers with which the hospital shares savings or costs, once for each model it uses.
    fn sharing(&self) -> Option<ListSection> {
        let words = &self.words.sharing;
        let mut blocks = Vec::new();
        for (model, some, none) in
            [(SharingModel::Team, &words.team, &words.team_none), (SharingModel::Aco, &words.aco, &words.aco_none)]
        {
            let shares = |listed: &&ListedProvider<'_>| listed.sharing.contains(&model);
            let listed = self.list.services.iter().flat_map(|choices| choices.listed.iter().filter(shares));
            let mut names: Vec<String> = listed.map(|listed| phrases::name(&listed.found.provider)).collect();
            let mut seen = BTreeSet::new();
            names.retain(|name| seen.insert(name.clone()));
            match (self.list.shares_under(model), names.is_empty()) {
                (false, _) => {}
                (true, true) => blocks.push(text(none)),
                (true, false) => {
                    blocks.push(text(some));
                    blocks.push(ListBlock::Points(names.into_iter().map(TextLine::from).collect()));
                }
            }
        }
        blocks.extend(self.list.sharing_elsewhere.then(|| text(&self.words.interests.elsewhere)));
        if blocks.is_empty() {
            return None;
        }
        blocks.push(text(&words.free));
        Some(section(SectionKind::Sharing, &words.title, blocks))
    }

    /// What the hospital recommends, if it is switched on: its own reviewed sentence and the listed providers with which it shares savings
    /// or costs, below a list that is complete.
    fn recommendation(&self) -> Option<ListSection> {
        let words = &self.words.recommendation;
        let recommended = self.list.hospital.recommendation.as_ref()?;
        let is_whole = self.list.services.iter().all(ServiceChoices::is_whole);
        let shared =
            self.list.services.iter().flat_map(|choices| &choices.listed).filter(|listed| !listed.sharing.is_empty());
        let names: BTreeSet<String> = shared.map(|listed| phrases::name(&listed.found.provider)).collect();
        if names.is_empty() || !is_whole {
            return None;
        }
        let day = self.words.day(recommended.reviewed_on);
        let reviewed = fill(&words.reviewed, &[("name", &recommended.reviewed_by), ("day", &day)]);
        let blocks = vec![
            ListBlock::Points(vec![TextLine::of_hospital(&printable(&recommended.says))]),
            text(&words.places),
            ListBlock::Points(names.into_iter().map(TextLine::from).collect()),
            ListBlock::Text(reviewed),
            text(&words.free),
        ];
        Some(section(SectionKind::Recommendation, &words.title, blocks))
    }

    /// The home health agencies that serve the patient and asked to be listed, selected or not.
    fn asked(&self) -> ListSection {
        let words = &self.words.asked;
        let asked = self.list.services.iter().flat_map(|choices| &choices.asked);
        let names: Vec<TextLine> = asked.map(|listed| phrases::name(&listed.found.provider).into()).collect();
        let blocks = match (&self.list.hospital.asked_to_be_listed, names.is_empty()) {
            (None, _) => vec![text(&words.unkept)],
            (Some(_), true) => vec![text(&words.none)],
            (Some(_), false) => vec![text(&words.some), ListBlock::Points(names)],
        };
        section(SectionKind::Asked, &words.title, blocks)
    }

    /// Where to compare providers, and what the printed measures mean.
    fn compare(&self) -> ListSection {
        let words = &self.words.compare;
        let lines = self.list.services.iter().flat_map(|choices| {
            let service = choices.discharge.service;
            choices.listed.iter().filter_map(move |listed| listed.found.provider.line(service))
        });
        let (mut has_measures, mut has_spending) = (false, false);
        for line in lines {
            has_measures |= !line.measures.is_empty();
            has_spending |= line.measures.contains_key(&SupportingMeasure::MedicareSpending);
        }
        let has_stars = self.list.services.iter().any(|choices| choices.discharge.service == Service::SkilledNursing);
        let said = [
            Some(&words.look),
            has_stars.then_some(&words.parts),
            has_measures.then_some(&words.results),
            has_spending.then_some(&words.spending),
            Some(&words.call),
        ];
        section(SectionKind::Compare, &words.title, said.into_iter().flatten().map(|said| text(said)).collect())
    }

    /// Fields to fill in by hand: they are printed empty and stored nowhere.
    fn record(&self) -> ListSection {
        let words = &self.words.record;
        let fields = [
            (&words.label, true),
            (&words.choice, true),
            (&words.goals, true),
            (&words.signature, false),
            (&words.printed_name, false),
            (&words.representative, false),
            (&words.interpreter, false),
            (&words.declined, false),
            (&words.date_time, false),
            (&words.staff, false),
        ];
        let blanks = fields.map(|(label, is_large)| BlankField { label: label.clone(), is_large });
        let blocks = vec![text(&words.fill), ListBlock::Blanks(blanks.into()), text(&words.keep)];
        section(SectionKind::Record, &words.title, blocks)
    }

    /// The rules that the list follows, each with whether a person reviewed its entry.
    fn rules(&self) -> ListSection {
        let words = &self.words.rules;
        let line = |rule: LegalRule| {
            let cited = rule.text();
            let reviewed = cited.reviewed_on().map(|day| fill(&words.reviewed, &[("day", &self.words.day(day))]));
            let review = reviewed.unwrap_or_else(|| words.not_reviewed.clone());
            let about = self.words.rule(rule);
            fill(&words.line, &[("citation", &cited.citation), ("about", about), ("review", &review)]).into()
        };
        let points = rules_of(self.list).into_iter().map(line).collect();
        section(SectionKind::Rules, &words.title, vec![ListBlock::Points(points)])
    }

    /// The notice of free language help: English, Spanish, and the hospital's own texts.
    fn language_help(&self) -> ListSection {
        let words = &self.words.language_help;
        let phone = self.list.hospital.phone.as_deref();
        let built_in = Language::ALL.map(|language| {
            let words = &Translations::of(language).language_help;
            let how = phone.map_or_else(|| words.ask.clone(), |phone| fill(&words.call, &[("phone", phone)]));
            let notice = fill(&words.notice, &[("how", &how)]);
            TranslatedNotice { language: language.code(), instead: notice.clone(), text: notice }
        });
        let own = self.list.hospital.language_notices.iter().map(|notice| TranslatedNotice {
            language: notice.language,
            text: printable(&notice.text),
            instead: fill(&words.on_paper, &[("language", notice.language_name())]),
        });
        let notices = built_in.into_iter().chain(own).collect();
        section(SectionKind::LanguageHelp, &words.title, vec![ListBlock::Languages(notices)])
    }
}
