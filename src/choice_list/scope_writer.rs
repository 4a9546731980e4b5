//! What a list says about itself for one service: area, coverage, completeness, exclusions, order.
//!
//! The only facts about the patient are the ZIP and the plan. Needs are never printed.

use jiff::civil::Date;

use crate::choice_list::translations::{Translations, fill};
use crate::choice_list::{ListOrder, ListedProvider, ServiceChoices};
use crate::coverage::Coverage;
use crate::discharge::{Discharge, SearchOrigin};
use crate::matching::candidate::AreaMatch;
use crate::matching::report::ExclusionReason;
use crate::place::{Miles, Precision, ZipTable};
use crate::service::DeliveryMode;

/// Writes the scope of one service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScopeWriter<'a> {
    /// The providers of the service.
    pub choices: &'a ServiceChoices<'a>,
    /// The texts of the language.
    pub words: &'static Translations,
}

impl ScopeWriter<'_> {
    /// The paragraphs.
    pub(crate) fn paragraphs(&self, directory_on: Date) -> Vec<String> {
        let (choices, words) = (self.choices, &self.words.shows);
        let (count, all) = (choices.listed.len().to_string(), choices.matched.to_string());
        let complete = match (choices.listed.len(), choices.is_whole()) {
            (0, true) => &words.none,
            (1, true) => &words.all_one,
            (_, true) => &words.all,
            (_, false) => &words.picked,
        };
        let selected = choices.selected().count();
        let selected = (selected > 0 && choices.is_whole()).then(|| selected.to_string());
        let order = match choices.order {
            ListOrder::Distance => &words.by_distance,
            ListOrder::Name => &words.by_name,
        };
        let is_grouped = choices.listed.iter().any(|listed| listed.group.is_some());
        let order = if is_grouped { format!("{} {order}", words.network_first) } else { order.clone() };
        let said = [
            Some(self.covers()),
            self.counted_from(),
            Some(fill(&words.pays, &[("plan", &coverage(choices.discharge, self.words))])),
            Some(fill(complete, &[("count", &count), ("all", &all)])),
            selected.map(|count| fill(&words.selected, &[("count", &count)])),
            self.left_out(),
            Some(words.not_placed.clone()),
            (!choices.listed.is_empty()).then_some(order),
            Some(fill(&words.old, &[("day", &self.words.day(directory_on))])),
        ];
        said.into_iter().flatten().collect()
    }

    /// The service and the search area.
    fn covers(&self) -> String {
        let (discharge, words) = (self.choices.discharge, &self.words.shows);
        let travels = discharge.service.geography() == DeliveryMode::PatientTravels;
        let miles = discharge.within.map(Miles::value).unwrap_or_default().to_string();
        let comes = |listed: &ListedProvider<'_>| listed.found.serves == AreaMatch::Yes;
        let reach = match (travels, miles.as_str()) {
            (true, "1") => &words.travels_one,
            (true, _) => &words.travels,
            (false, _) if self.choices.listed.iter().all(comes) => &words.comes,
            (false, _) => &words.may_come,
        };
        let named = travels && !is_of_zip(&discharge.near);
        let place = if named { words.named_place.clone() } else { place(&discharge.near) };
        let services = self.words.services(discharge.service);
        fill(reach, &[("services", services), ("miles", &miles), ("place", &place)])
    }

    /// The starting point of distances, for services the patient travels to.
    fn counted_from(&self) -> Option<String> {
        let (discharge, words) = (self.choices.discharge, &self.words.shows);
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
            ExclusionReason::Declines(_)
            | ExclusionReason::Limit(_)
            | ExclusionReason::Language
            | ExclusionReason::Sex
            | ExclusionReason::StartOfCare => Some(&words.do_not_fit),
            // The search area is printed above; the note about unknown locations is always printed.
            ExclusionReason::OutsideServiceArea | ExclusionReason::TooFar | ExclusionReason::NoPosition => None,
        };
        let occurred: Vec<&String> = self.choices.left_out.keys().filter_map(kind).collect();
        let kinds = [&words.closed, &words.not_certified, &words.do_not_fit];
        let told: Vec<&str> = kinds.into_iter().filter(|kind| occurred.contains(kind)).map(String::as_str).collect();
        (!told.is_empty()).then(|| format!("{} {}", words.left_out, told.join(" ")))
    }
}

/// The patient's coverage.
pub(crate) fn coverage(discharge: &Discharge, words: &Translations) -> String {
    let words = &words.coverage;
    match &discharge.coverage {
        None => words.none.clone(),
        Some(Coverage::Medicare) => words.medicare.clone(),
        Some(Coverage::Medicaid(state)) => fill(&words.medicaid, &[("state", state.as_str())]),
        Some(Coverage::SelfPay) => words.self_pay.clone(),
        Some(Coverage::Networks { name, .. } | Coverage::UnknownPlan { name }) => name.clone(),
    }
}

/// Whether miles are counted from the middle of a ZIP, or of the city of one, not from a point somebody named.
fn is_of_zip(near: &SearchOrigin) -> bool {
    matches!(near.precision, Precision::Zip | Precision::City)
}

/// "Charleston, SC 29401".
fn place(near: &SearchOrigin) -> String {
    let city = ZipTable::curated().get(near.zip).map(|place| format!("{}, {} ", place.city, place.state));
    format!("{}{}", city.unwrap_or_default(), near.zip)
}
