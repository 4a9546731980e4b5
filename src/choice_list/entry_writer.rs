//! The text of one provider: its name, and its facts in two or three lines.

use crate::choice_list::ListedProvider;
use crate::choice_list::coverage_group::{CoverageGroup, takes_medicare};
use crate::choice_list::document::{ProviderEntry, TextLine};
use crate::choice_list::translations::{Translations, fill};
use crate::coverage::Coverage;
use crate::discharge::Discharge;
use crate::evidence::{Evidence, Fact, Tristate};
use crate::hospital::sharing::SharingModel;
use crate::matching::candidate::AreaMatch;
use crate::matching::report::{Match, NetworkStatus};
use crate::phrases;
use crate::provider::business::BusinessFact;
use crate::service::DeliveryMode;

/// The name of a model as a list prints it.
pub(crate) fn model_name(model: SharingModel) -> &'static str {
    match model {
        SharingModel::Team => "TEAM",
        SharingModel::Aco => "ACO",
    }
}

/// Writes the providers of one service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EntryWriter<'a> {
    /// The discharge.
    pub discharge: &'a Discharge,
    /// The texts of the language.
    pub words: &'static Translations,
    /// Whether the hospital is in TEAM, so that its waiver of the three-day stay matters.
    pub is_in_team: bool,
}

impl EntryWriter<'_> {
    /// One provider.
    pub(crate) fn entry(&self, listed: &ListedProvider<'_>) -> ProviderEntry {
        let (found, words) = (listed.found, &self.words.list);
        let provider = &found.provider;
        let line = provider.line(self.discharge.service);
        let takes = [self.comes(found), Some(self.medicare(found)), self.network(listed)];
        let takes = takes.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let safety = line.map(|line| self.words.safety_notices(&line.safety)).unwrap_or_default();
        let mark = |model: &SharingModel| fill(&self.words.sharing.mark, &[("model", model_name(*model))]);
        let interest = listed.interest.map(|interest| [words.interest.clone().into(), TextLine::of_hospital(&interest.says)]);
        let asked = listed.asked.then(|| words.asked.clone());
        let known = [self.contact(found), takes, self.words.quality(line)].into_iter().chain(safety);
        let disclosed = listed.sharing.iter().map(mark).map(TextLine::from);
        let waiver = listed.stay_waiver.filter(|_| self.is_in_team).map(|fact| self.stay_waiver(fact));
        let disclosed = disclosed.chain(waiver.map(TextLine::from));
        let lines = known.map(TextLine::from).chain(interest.into_iter().flatten()).chain(disclosed);
        ProviderEntry { name: phrases::name(provider), lines: lines.chain(asked.map(TextLine::from)).collect() }
    }

    /// That CMS lists it for the waiver of the three-day stay, and the day of the list.
    fn stay_waiver(&self, fact: &Fact<BusinessFact>) -> String {
        let until = match fact.value {
            BusinessFact::StayWaiver { until, .. } => self.words.day(until),
            _ => String::new(),
        };
        let said = fill(&self.words.sharing.waiver, &[("day", &until)]);
        let of_list = fact.evidence.as_of.map(|day| fill(&self.words.sharing.waiver_list, &[("day", &self.words.day(day))]));
        [Some(said), of_list].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// Address, phone and distance in one line.
    fn contact(&self, found: &Match) -> String {
        let (words, provider) = (&self.words.list, &found.provider);
        let address = provider.address.as_ref().map_or(words.no_address.clone(), |fact| phrases::address(&fact.value));
        let phone = provider.phone.as_ref();
        let phone = phone.map_or(words.no_phone.clone(), |fact| fill(&words.phone, &[("phone", &fact.value.to_string())]));
        let travels = self.discharge.service.geography() == DeliveryMode::PatientTravels;
        let miles = found.distance.filter(|_| travels);
        let miles = miles.map(|miles| fill(&words.miles, &[("miles", &format!("{:.1}", miles.value()))]));
        [Some(address), Some(phone), miles].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// Whether it comes to the patient, for services that do.
    fn comes(&self, found: &Match) -> Option<String> {
        let words = &self.words.list;
        match (self.discharge.service.geography(), found.serves) {
            (DeliveryMode::PatientTravels, _) => None,
            (DeliveryMode::ProviderComes, AreaMatch::Yes) => Some(words.comes.clone()),
            (DeliveryMode::ProviderComes, AreaMatch::No | AreaMatch::NotPublished) => Some(words.may_come.clone()),
        }
    }

    /// Whether it takes Medicare.
    fn medicare(&self, found: &Match) -> String {
        let words = &self.words.list;
        let said = match takes_medicare(found.provider.line(self.discharge.service), self.discharge.on) {
            Tristate::Yes => &words.medicare_yes,
            Tristate::No => &words.medicare_no,
            Tristate::Unknown => &words.medicare_unknown,
        };
        said.clone()
    }

    /// What the coverage says of it. Medicare has a sentence of its own.
    fn network(&self, listed: &ListedProvider<'_>) -> Option<String> {
        let (words, answer, group) = (&self.words.list, &listed.found.network, listed.group?);
        match self.discharge.coverage.as_ref()? {
            Coverage::Medicare | Coverage::SelfPay => None,
            Coverage::Medicaid(state) => {
                let said = match group {
                    CoverageGroup::InNetwork => &words.medicaid_yes,
                    CoverageGroup::NotConfirmed => &words.medicaid_unknown,
                    CoverageGroup::OutOfNetwork => &words.medicaid_no,
                };
                Some(fill(said, &[("state", state.as_str())]))
            }
            _ if self.discharge.is_hospice_under_plan() => None,
            Coverage::Networks { .. } | Coverage::UnknownPlan { .. } => {
                let said = match (group, answer.status) {
                    (CoverageGroup::InNetwork, _) => &words.in_network,
                    (CoverageGroup::NotConfirmed, NetworkStatus::Unconfirmed) => &words.unconfirmed,
                    (CoverageGroup::NotConfirmed, _) => &words.plan_not_loaded,
                    (CoverageGroup::OutOfNetwork, _) => &words.out_of_network,
                };
                let source = if answer.is_said_by_provider {
                    self.said_by_place(answer.evidence.as_ref())
                } else {
                    self.source(answer.evidence.as_ref())
                };
                Some(fill(said, &[("source", &source)]))
            }
        }
    }

    /// That the provider said so to the hospital, which is no word of the plan.
    fn said_by_place(&self, evidence: Option<&Evidence>) -> String {
        let words = &self.words.list;
        let day = evidence.and_then(|evidence| evidence.as_of);
        day.map_or_else(|| words.unsourced.clone(), |day| fill(&words.said_by_place, &[("day", &self.words.day(day))]))
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
}
