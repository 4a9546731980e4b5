//! The text of a list in one language, in print order; every output format prints it.
//!
//! The only facts about the patient are the ZIP and the plan. Needs are never printed.

use jiff::civil::Date;

use crate::choice_list::language::Language;
use crate::choice_list::translations::{Translations, fill};
use crate::choice_list::{ChoiceList, ListOrder, ListedProvider};
use crate::coverage::Coverage;
use crate::discharge::SearchOrigin;
use crate::evidence::{Evidence, Fact, Tristate};
use crate::hospital::FinancialInterest;
use crate::ledger::list_id::ListId;
use crate::matching::candidate::AreaMatch;
use crate::matching::report::{ExclusionReason, Match, NetworkStatus};
use crate::phrases;
use crate::place::{Miles, Precision, ZipTable};
use crate::provider::{ProviderId, QualityMeasure, Rating, stated};
use crate::service::{DeliveryMode, Service};
use crate::text::proper_case::proper_case;

/// Facts about the list itself.
#[derive(Clone, Copy)]
pub(crate) struct DocumentMetadata<'a> {
    /// The list ID.
    pub id: ListId,
    /// The date of the list.
    pub made_on: Date,
    /// The build date of the directory.
    pub directory_on: Date,
    /// Whether the directory is sample data.
    pub synthetic: bool,
    /// Looks up the name of a provider that may not be on the list.
    pub name_of: &'a dyn Fn(&ProviderId) -> Option<String>,
}

/// A list ready for printing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListDocument {
    /// The language of the text.
    pub language: Language,
    /// The title.
    pub title: String,
    /// Warnings, such as DRAFT, each with its language.
    pub notices: Vec<(Language, String)>,
    /// Hospital, date, list number and phone.
    pub head: Vec<String>,
    /// The sections below.
    pub sections: Vec<ListSection>,
    /// The list number and the date of the facts, printed on every page.
    pub foot: String,
}

/// A heading and its blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListSection {
    /// The heading.
    pub title: String,
    /// The blocks below it.
    pub blocks: Vec<ListBlock>,
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ListBlock {
    /// A paragraph.
    Text(String),
    /// The providers, without numbers.
    Places(Vec<ProviderEntry>),
    /// A bulleted list.
    Points(Vec<TextLine>),
    /// Labels of fields to fill in by hand.
    Blanks(Vec<String>),
}

/// One provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProviderEntry {
    /// Its name.
    pub name: String,
    /// Its facts, one per line.
    pub lines: Vec<TextLine>,
}

/// A line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextLine {
    /// The text.
    pub text: String,
    /// The language, if different from the list's: the hospital's own words are not translated.
    pub own: Option<Language>,
}

impl From<String> for TextLine {
    fn from(text: String) -> Self {
        Self { text, own: None }
    }
}

impl ListDocument {
    /// Writes `list` in its language.
    pub(crate) fn of(list: &ChoiceList<'_>, imprint: &DocumentMetadata<'_>) -> Self {
        let writer = DocumentBuilder { list, words: Translations::of(list.language) };
        let words = writer.words;
        let number = fill(&words.number, &[("id", &imprint.id.to_string())]);
        let phone = list.hospital.phone.as_ref().map(|phone| fill(&words.questions, &[("phone", phone)]));
        let made = fill(&words.made, &[("day", &words.day(imprint.made_on))]);
        let facts = fill(&words.directory, &[("day", &words.day(imprint.directory_on))]);
        let list_of_all = ListSection {
            title: words.list.title.clone(),
            blocks: vec![ListBlock::Places(list.listed.iter().map(|listed| writer.entry(listed)).collect())],
        };
        let sections = [
            Some(writer.right()),
            Some(writer.shows(imprint)),
            (!list.listed.is_empty()).then_some(list_of_all),
            Some(writer.interests(imprint)),
            (list.discharge.service == Service::HomeHealth).then(|| writer.asked()),
            Some(section(&words.compare.title, [&words.compare.look, &words.compare.call])),
            Some(writer.record()),
        ];
        Self {
            language: list.language,
            title: fill(&words.title, &[("services", words.services(list.discharge.service))]),
            notices: notices(list.language, imprint.synthetic),
            head: list.hospital.name.clone().into_iter().chain([made, number.clone()]).chain(phone).collect(),
            sections: sections.into_iter().flatten().collect(),
            foot: format!("{number} · {facts}"),
        }
    }
}

/// The warnings for unreviewed texts and for sample data, in the list's language and in English.
fn notices(language: Language, synthetic: bool) -> Vec<(Language, String)> {
    let in_both = |text: fn(&'static Translations) -> &'static String| {
        let english = (language != Language::English).then_some(Language::English);
        [Some(language), english]
            .into_iter()
            .flatten()
            .map(move |language| (language, text(Translations::of(language)).clone()))
    };
    let unreviewed = (!language.reviewed()).then(|| in_both(|words| &words.unreviewed));
    let sample = synthetic.then(|| in_both(|words| &words.sample));
    unreviewed.into_iter().flatten().chain(sample.into_iter().flatten()).collect()
}

fn section<const N: usize>(title: &str, texts: [&String; N]) -> ListSection {
    ListSection { title: title.to_owned(), blocks: texts.into_iter().cloned().map(ListBlock::Text).collect() }
}

/// A list and the texts of its language.
struct DocumentBuilder<'a> {
    list: &'a ChoiceList<'a>,
    words: &'static Translations,
}

impl DocumentBuilder<'_> {
    /// The patient's right to choose, with the legal citation for services it covers.
    fn right(&self) -> ListSection {
        let words = &self.words.right;
        let mut right = section(&words.title, [&words.yours, &words.hospital, &words.help, &words.plan]);
        if is_named_by_law(self.list.discharge.service) {
            right.blocks.push(ListBlock::Text(words.law.clone()));
        }
        right
    }

    /// The scope of the list: area, completeness, exclusions and order.
    fn shows(&self, imprint: &DocumentMetadata<'_>) -> ListSection {
        let (list, words) = (self.list, &self.words.shows);
        let (count, all) = (list.listed.len().to_string(), list.matched.to_string());
        let complete = match (list.listed.len(), list.is_whole()) {
            (0, true) => &words.none,
            (1, true) => &words.all_one,
            (_, true) => &words.all,
            (_, false) => &words.picked,
        };
        let order = match list.order {
            ListOrder::Distance => &words.by_distance,
            ListOrder::Name => &words.by_name,
        };
        let said = [
            Some(self.covers()),
            self.counted_from(),
            Some(fill(&words.pays, &[("plan", &self.plan())])),
            Some(fill(complete, &[("count", &count), ("all", &all)])),
            self.left_out(),
            Some(words.not_placed.clone()),
            (!list.listed.is_empty()).then(|| order.clone()),
            Some(fill(&words.old, &[("day", &self.words.day(imprint.directory_on))])),
        ];
        ListSection { title: words.title.clone(), blocks: said.into_iter().flatten().map(ListBlock::Text).collect() }
    }

    /// The service and the search area.
    fn covers(&self) -> String {
        let (discharge, words) = (self.list.discharge, &self.words.shows);
        let travels = discharge.service.geography() == DeliveryMode::PatientTravels;
        let miles = discharge.within.map(Miles::value).unwrap_or_default().to_string();
        let comes = |listed: &ListedProvider<'_>| listed.found.serves == AreaMatch::Yes;
        let reach = match (travels, miles.as_str()) {
            (true, "1") => &words.travels_one,
            (true, _) => &words.travels,
            (false, _) if self.list.listed.iter().all(comes) => &words.comes,
            (false, _) => &words.may_come,
        };
        let named = travels && !is_of_zip(&discharge.near);
        let place = if named { words.named_place.clone() } else { place(&discharge.near) };
        let services = self.words.services(discharge.service);
        fill(reach, &[("services", services), ("miles", &miles), ("place", &place)])
    }

    /// The starting point of distances, for services the patient travels to.
    fn counted_from(&self) -> Option<String> {
        let (discharge, words) = (self.list.discharge, &self.words.shows);
        let from = if is_of_zip(&discharge.near) { &words.from_zip } else { &words.from_place };
        let travels = discharge.service.geography() == DeliveryMode::PatientTravels;
        travels.then(|| fill(from, &[("zip", &discharge.near.zip.to_string())]))
    }

    /// The kinds of exclusions that occurred, in general words that do not reveal the patient's
    /// needs.
    fn left_out(&self) -> Option<String> {
        let words = &self.words.shows;
        let kind = |reason: &ExclusionReason| match reason {
            ExclusionReason::Closed => Some(&words.closed),
            ExclusionReason::NotCertified | ExclusionReason::ExcludedByOig => Some(&words.not_certified),
            ExclusionReason::Declines(_) | ExclusionReason::Limit(_) | ExclusionReason::Language | ExclusionReason::Sex => {
                Some(&words.do_not_fit)
            }
            // The search area is printed above; the note about unknown locations is always printed.
            ExclusionReason::OutsideServiceArea | ExclusionReason::TooFar | ExclusionReason::NoPosition => None,
        };
        let occurred: Vec<&String> = self.list.left_out.keys().filter_map(kind).collect();
        let kinds = [&words.closed, &words.not_certified, &words.do_not_fit];
        let told: Vec<&str> = kinds.into_iter().filter(|kind| occurred.contains(kind)).map(String::as_str).collect();
        (!told.is_empty()).then(|| format!("{} {}", words.left_out, told.join(" ")))
    }

    fn plan(&self) -> String {
        let words = &self.words.coverage;
        match &self.list.discharge.coverage {
            None => words.none.clone(),
            Some(Coverage::Medicare) => words.medicare.clone(),
            Some(Coverage::Medicaid(state)) => fill(&words.medicaid, &[("state", state.as_str())]),
            Some(Coverage::SelfPay) => words.self_pay.clone(),
            Some(Coverage::Networks { name, .. }) => name.clone(),
        }
    }

    fn entry(&self, listed: &ListedProvider<'_>) -> ProviderEntry {
        let words = &self.words.list;
        let provider = &listed.found.provider;
        let address = provider.address.as_ref().map_or(words.no_address.clone(), |fact| phrases::address(&fact.value));
        let phone = provider.phone.as_ref();
        let phone = phone.map_or(words.no_phone.clone(), |fact| fill(&words.phone, &[("phone", &fact.value.to_string())]));
        let interest = listed.interest.map(|interest| [words.interest.clone().into(), own(&interest.says)]);
        let asked = listed.asked.then(|| words.asked.clone().into());
        let takes = [self.reach(listed.found), Some(self.medicare(listed.found))];
        let takes = takes.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let known = [Some(address), Some(phone), Some(takes), self.network(listed.found), Some(self.quality(listed.found))];
        let lines = known.into_iter().flatten().map(TextLine::from).chain(interest.into_iter().flatten()).chain(asked);
        ProviderEntry { name: phrases::name(provider), lines: lines.collect() }
    }

    /// The distance, or that the provider comes to the patient.
    fn reach(&self, found: &Match) -> Option<String> {
        let (words, discharge) = (&self.words.list, self.list.discharge);
        match (discharge.service.geography(), found.serves) {
            (DeliveryMode::ProviderComes, AreaMatch::Yes) => Some(words.comes.clone()),
            (DeliveryMode::ProviderComes, AreaMatch::No | AreaMatch::NotPublished) => Some(words.may_come.clone()),
            (DeliveryMode::PatientTravels, _) => found.distance.map(|miles| {
                let (miles, zip) = (format!("{:.1}", miles.value()), discharge.near.zip.to_string());
                let from = if is_of_zip(&discharge.near) { &words.miles } else { &words.miles_place };
                fill(from, &[("miles", &miles), ("zip", &zip)])
            }),
        }
    }

    fn medicare(&self, found: &Match) -> String {
        let (words, line) = (&self.words.list, found.provider.line(self.list.discharge.service));
        let said = match stated(line.and_then(|line| line.medicare.as_ref())) {
            Tristate::Yes => &words.medicare_yes,
            Tristate::No => &words.medicare_no,
            Tristate::Unknown => &words.medicare_unknown,
        };
        said.clone()
    }

    /// The network status with the advice to check with the plan. Medicare has a line of its own.
    fn network(&self, found: &Match) -> Option<String> {
        let words = &self.words.list;
        let said = match self.list.discharge.coverage.as_ref()? {
            Coverage::Medicare | Coverage::SelfPay => return None,
            Coverage::Medicaid(state) => {
                let line = found.provider.line(self.list.discharge.service);
                let said = match stated(line.and_then(|line| line.medicaid.as_ref())) {
                    Tristate::Yes if found.network.status == NetworkStatus::InNetwork => &words.medicaid_yes,
                    Tristate::No => &words.medicaid_no,
                    Tristate::Yes | Tristate::Unknown => &words.medicaid_unknown,
                };
                fill(said, &[("state", state.as_str())])
            }
            Coverage::Networks { name, .. } => {
                let said = match found.network.status {
                    NetworkStatus::InNetwork => &words.in_network,
                    NetworkStatus::Unconfirmed => &words.unconfirmed,
                    NetworkStatus::PlanNotLoaded | NetworkStatus::NotAsked => &words.plan_not_loaded,
                    NetworkStatus::OutOfNetwork => &words.out_of_network,
                };
                fill(said, &[("plan", name), ("source", &self.source(found.network.evidence.as_ref()))])
            }
        };
        Some(format!("{said} {}", words.check))
    }

    /// The source of the network status. The file name is for case managers and only in the JSON.
    fn source(&self, evidence: Option<&Evidence>) -> String {
        let words = &self.words.list;
        match evidence.map(|evidence| evidence.as_of) {
            None => words.unsourced.clone(),
            Some(None) => words.undated.clone(),
            Some(Some(day)) => fill(&words.source, &[("day", &self.words.day(day))]),
        }
    }

    fn quality(&self, found: &Match) -> String {
        let words = &self.words.list;
        let line = found.provider.line(self.list.discharge.service);
        let Some(fact) = line.and_then(|line| line.rating.as_ref()) else { return words.no_rating.clone() };
        let Fact { value: Rating { measure, .. }, evidence, .. } = fact;
        let (_, top) = measure.scale_tenths();
        let pattern = match measure {
            QualityMeasure::HospiceCareIndex => &words.score,
            QualityMeasure::NursingHomeOverall | QualityMeasure::HomeHealthPatientCare | QualityMeasure::DialysisFacility => {
                &words.stars
            }
        };
        let day = evidence.as_of.map(|day| fill(&words.of_day, &[("day", &self.words.day(day))]));
        let day = day.unwrap_or_else(|| words.no_day.clone());
        fill(
            pattern,
            &[
                ("rating", &fact.value.to_string()),
                ("top", &(top / 10).to_string()),
                ("measure", self.words.measure(*measure)),
                ("day", &day),
            ],
        )
    }

    /// The hospital's financial interests in all providers, listed or not.
    fn interests(&self, imprint: &DocumentMetadata<'_>) -> ListSection {
        let (words, hospital) = (&self.words.interests, self.list.hospital);
        let name = |id: &ProviderId| (imprint.name_of)(id).map_or_else(|| id.to_string(), |name| proper_case(&name));
        let point = |interest: &FinancialInterest| {
            own(&fill(&words.line, &[("name", &name(&interest.provider)), ("says", &interest.says)]))
        };
        let points: Vec<TextLine> = hospital.interests.iter().map(point).collect();
        let said = match (points.is_empty(), hospital.no_interests) {
            (false, _) => vec![ListBlock::Text(words.some.clone()), ListBlock::Points(points)],
            (true, true) => vec![ListBlock::Text(words.none.clone())],
            (true, false) if self.list.interests_elsewhere => Vec::new(),
            (true, false) => vec![ListBlock::Text(words.unsaid.clone())],
        };
        let elsewhere = self.list.interests_elsewhere.then(|| ListBlock::Text(words.elsewhere.clone()));
        let blocks = [ListBlock::Text(words.means.clone())].into_iter().chain(said).chain(elsewhere).collect();
        ListSection { title: words.title.clone(), blocks }
    }

    /// The home health agencies that serve the patient and asked to be listed, selected or not.
    fn asked(&self) -> ListSection {
        let words = &self.words.asked;
        let names: Vec<TextLine> =
            self.list.asked.iter().map(|listed| phrases::name(&listed.found.provider).into()).collect();
        let blocks = match (&self.list.hospital.asked_to_be_listed, names.is_empty()) {
            (None, _) => vec![ListBlock::Text(words.unkept.clone())],
            (Some(_), true) => vec![ListBlock::Text(words.none.clone())],
            (Some(_), false) => vec![ListBlock::Text(words.some.clone()), ListBlock::Points(names)],
        };
        ListSection { title: words.title.clone(), blocks }
    }

    /// Fields to record that the list was received.
    fn record(&self) -> ListSection {
        let words = &self.words.record;
        let blanks = [&words.choice, &words.date, &words.time, &words.patient, &words.staff];
        let blocks = vec![
            ListBlock::Text(words.fill.clone()),
            ListBlock::Blanks(blanks.into_iter().cloned().collect()),
            ListBlock::Text(words.keep.clone()),
        ];
        ListSection { title: words.title.clone(), blocks }
    }
}

/// A line in the hospital's own words, which are English.
fn own(text: &str) -> TextLine {
    TextLine { text: text.to_owned(), own: Some(Language::English) }
}

/// Whether 42 CFR 482.43(c) covers the service.
fn is_named_by_law(service: Service) -> bool {
    use Service::{HomeHealth, InpatientRehab, LongTermAcute, SkilledNursing};
    matches!(service, HomeHealth | SkilledNursing | InpatientRehab | LongTermAcute)
}

/// Whether distances start at the middle of a ZIP, not at a stated point.
fn is_of_zip(near: &SearchOrigin) -> bool {
    near.precision == Precision::Zip
}

/// "Charleston, SC 29401".
fn place(near: &SearchOrigin) -> String {
    let city = ZipTable::curated().get(near.zip).map(|place| format!("{}, {} ", place.city, place.state));
    format!("{}{}", city.unwrap_or_default(), near.zip)
}
