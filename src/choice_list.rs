//! The patient's choice list (42 CFR 482.43(c)): every provider that fits, in a neutral order, in
//! plain words.
//!
//! Built from a report and from `hospital.toml`. There is no score and no recommendation: providers
//! in network come first, and within each group the order is by distance or by name. [`ChoiceList`]
//! holds the providers; [`writer`] writes the text in a language.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::choice_list::coverage_group::CoverageGroup;
use crate::choice_list::disclosures::HospitalDisclosures;
use crate::choice_list::language::Language;
use crate::choice_list::teaching_sheet::TeachingSheet;
use crate::discharge::Discharge;
use crate::evidence::Fact;
use crate::hospital::sharing::SharingModel;
use crate::hospital::{FinancialInterest, Hospital};
use crate::input::declare::vocabulary;
use crate::input::errors::FieldErrors;
use crate::matching::EligibleCandidates;
use crate::matching::report::{ExclusionReason, Match};
use crate::place::Miles;
use crate::provider::business::BusinessFact;
use crate::provider::{Provider, ProviderId};
use crate::service::{DeliveryMode, Service};
use crate::text::{fold_accents, printable};

pub mod coverage_group;
pub mod disclosures;
pub(crate) mod document;
pub mod draft;
pub(crate) mod entry_writer;
pub(crate) mod language;
pub(crate) mod law;
pub(crate) mod published_words;
pub(crate) mod scope_writer;
pub(crate) mod teaching_sheet;
pub(crate) mod teaching_text;
pub(crate) mod translations;
pub(crate) mod writer;

/// The order of a list. Neither order indicates quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListOrder {
    /// Nearest first; only for services the patient travels to.
    Distance,
    /// By name.
    Name,
}

impl ListOrder {
    /// Every order.
    pub const ALL: [Self; 2] = [Self::Distance, Self::Name];

    /// The code used by the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Distance => "distance",
            Self::Name => "name",
        }
    }

    /// The default order for `service`.
    pub fn default_for(service: Service) -> Self {
        match service.geography() {
            DeliveryMode::PatientTravels => Self::Distance,
            DeliveryMode::ProviderComes => Self::Name,
        }
    }
}

/// Most providers that may be selected for one list. Our choice: nobody reads a longer list.
pub const MOST_PICKS: usize = 250;

/// The options of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListOptions {
    /// The order; `None` means the default.
    pub order: Option<ListOrder>,
    /// The language.
    pub language: Language,
    /// The providers that the patient asked to see first, `None` for each that could not be parsed.
    /// The full list follows them.
    pub picks: Vec<Option<ProviderId>>,
    /// Whether a teaching sheet for each service follows the list.
    pub teaching_sheets: bool,
}

/// Most providers on one list. Our choice: twenty pages of large print, and more than most patients
/// have within an hour's drive. A list must be complete (42 CFR 482.43(c)), so a longer list is
/// refused, never truncated.
pub const MOST_PLACES: usize = 250;

/// The list would be longer than [`MOST_PLACES`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLong {
    /// Number of providers it would hold.
    pub places: usize,
    /// Number of services of the list.
    pub services: usize,
    /// The providers were selected, so the user can select fewer.
    pub picked: bool,
    /// The largest whole radius in miles within which every provider that fits can be listed.
    /// `None` if no radius helps: the service comes to the patient, or too many providers are
    /// within a mile.
    pub within_miles: Option<u32>,
}

impl TooLong {
    /// For a list of all providers that fit `discharge`, given their distances.
    pub fn of_all(discharge: &Discharge, distances: &[Option<Miles>]) -> Self {
        let within_miles = discharge.within.and_then(|_| fitting_radius(distances));
        Self { places: distances.len(), services: 1, picked: false, within_miles }
    }
}

/// The largest whole radius in miles that includes at least one and at most [`MOST_PLACES`] of the
/// distances.
fn fitting_radius(distances: &[Option<Miles>]) -> Option<u32> {
    let mut distances: Vec<Miles> = distances.iter().flatten().copied().collect();
    distances.sort_unstable();
    // The radius must not reach this provider.
    let first_too_many = distances.get(MOST_PLACES)?.value();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "no distance on Earth is beyond u32")]
    let radius = (first_too_many.ceil() - 1.0).max(0.0) as u32;
    let reaches_somebody = distances.first().is_some_and(|nearest| nearest.value() <= f64::from(radius));
    (radius > 0 && reaches_somebody).then_some(radius)
}

/// The providers that may be listed, and the counts of excluded ones.
#[derive(Debug, Clone, Default)]
pub struct EligibleProviders {
    /// The matches held in full: all, or if these are too many the selected ones and those that asked
    /// to be listed.
    matches: Vec<Match>,
    /// Number of all matches.
    matched: usize,
    /// Number of excluded providers by reason.
    left_out: BTreeMap<ExclusionReason, u32>,
}

impl EligibleProviders {
    /// Number of providers held, which may be listed.
    pub(crate) fn count(&self) -> usize {
        self.matches.len()
    }
}

impl From<EligibleCandidates> for EligibleProviders {
    /// Removes characters that reverse or hide text from names and addresses. A provider whose name
    /// becomes empty is named by its ID.
    fn from(everybody: EligibleCandidates) -> Self {
        let EligibleCandidates { mut matches, matched, left_out } = everybody;
        for found in &mut matches {
            show(&mut found.provider);
        }
        Self { matches, matched, left_out }
    }
}

/// Cleans the printed fields of `provider`.
pub(crate) fn show(provider: &mut Arc<Provider>) {
    let address = provider.address.as_ref().map(|address| &address.value);
    let printed = [Some(&provider.name.value), address.map(|a| &a.street), address.map(|a| &a.city)];
    // Nearly all providers are clean already and are not copied.
    if !provider.name.value.is_empty() && printed.into_iter().flatten().all(|text| printable(text) == *text) {
        return;
    }
    let provider = Arc::make_mut(provider);
    provider.name.value = printable(&provider.name.value);
    if provider.name.value.is_empty() {
        provider.name.value = provider.id.to_string();
    }
    if let Some(address) = &mut provider.address {
        address.value.street = printable(&address.value.street);
        address.value.city = printable(&address.value.city);
    }
}

/// A list: the providers of each service, and the facts printed about the list.
#[derive(Debug, Clone)]
pub struct ChoiceList<'a> {
    /// `hospital.toml`, with every provider by its ID in the directory.
    pub hospital: &'a Hospital,
    /// Whether the hospital stated interests in providers that the directory does not have.
    pub interests_elsewhere: bool,
    /// Whether the hospital stated sharing arrangements with providers that the directory does not have.
    pub sharing_elsewhere: bool,
    /// The language of the list.
    pub language: Language,
    /// Whether a teaching sheet for each service follows the list.
    pub teaching_sheets: bool,
    /// The services, in the order asked; never empty.
    pub services: Vec<ServiceChoices<'a>>,
}

/// The providers of one service.
#[derive(Debug, Clone)]
pub struct ServiceChoices<'a> {
    /// The discharge.
    pub discharge: &'a Discharge,
    /// Number of excluded providers in the search area, by reason.
    pub left_out: &'a BTreeMap<ExclusionReason, u32>,
    /// The order within each group.
    pub order: ListOrder,
    /// The listed providers: those in network first, in each group in the order of the list.
    pub listed: Vec<ListedProvider<'a>>,
    /// Number of providers that fit.
    pub matched: usize,
    /// Providers that fit and asked to be listed, selected or not, in that order.
    pub asked: Vec<ListedProvider<'a>>,
}

/// A provider that may be listed.
#[derive(Debug, Clone)]
pub struct ListedProvider<'a> {
    /// The match.
    pub found: &'a Match,
    /// What the patient's coverage says about it; `None` if no coverage was asked about.
    pub group: Option<CoverageGroup>,
    /// The hospital's financial interest in it.
    pub interest: Option<&'a FinancialInterest>,
    /// The models under which the hospital shares savings or costs with it.
    pub sharing: Vec<SharingModel>,
    /// What CMS says about the TEAM waiver of the three-day stay, for nursing facilities: listed on the day of the discharge, or unknown.
    pub stay_waiver: Option<&'a Fact<BusinessFact>>,
    /// Whether it asked to be listed. Applies to home health agencies only.
    pub asked: bool,
    /// Whether the patient asked to see it first.
    pub selected: bool,
}

impl<'a> ChoiceList<'a> {
    /// Builds the list from the `discharges` and the providers that fit each. The selected
    /// providers in `wish` are IDs of the directory; each fits at least one service.
    ///
    /// # Errors
    /// Every error in `wish`. The pointers refer to `order`, `language` and `providers` of the
    /// request body.
    pub fn new(
        discharges: &'a [Discharge],
        fitting: &'a [EligibleProviders],
        told: &'a HospitalDisclosures,
        wish: &ListOptions,
    ) -> Result<Self, FieldErrors> {
        let mut faults = FieldErrors::default();
        check_order(wish, discharges, &mut faults);
        let picks = picks(wish, fitting, &mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        let choices = |(discharge, fitting)| ServiceChoices::new(discharge, fitting, &told.hospital, wish.order, &picks);
        Ok(Self {
            hospital: &told.hospital,
            interests_elsewhere: !told.interests_elsewhere.is_empty(),
            sharing_elsewhere: !told.sharing_elsewhere.is_empty(),
            language: wish.language,
            teaching_sheets: wish.teaching_sheets,
            services: discharges.iter().zip(fitting).map(choices).collect(),
        })
    }

    /// The teaching sheets behind the list, one for each service.
    pub(crate) fn sheets(&self) -> impl Iterator<Item = TeachingSheet> {
        let language = self.language;
        let services = self.services.iter().filter(|_| self.teaching_sheets).map(|choices| choices.discharge.service);
        services.map(move |service| TeachingSheet { service, language })
    }

    /// Whether the hospital has an arrangement of this model.
    pub fn shares_under(&self, model: SharingModel) -> bool {
        self.hospital.sharing.iter().any(|arrangement| arrangement.model == model)
    }
}

impl<'a> ServiceChoices<'a> {
    fn new(
        discharge: &'a Discharge,
        fitting: &'a EligibleProviders,
        hospital: &'a Hospital,
        order: Option<ListOrder>,
        picks: &[ProviderId],
    ) -> Self {
        let service = discharge.service;
        let usual = ListOrder::default_for(service);
        // A service that comes to the patient has no order by distance.
        let order = order.filter(|order| *order != ListOrder::Distance || usual == ListOrder::Distance).unwrap_or(usual);
        let listing = |found| ListedProvider::new(found, hospital, discharge, picks);
        let mut listed: Vec<ListedProvider<'a>> = fitting.matches.iter().map(listing).collect();
        let by_name = |listed: &ListedProvider<'_>| {
            let name = &listed.found.provider.name.value;
            (collation_key(name), name.clone(), listed.found.provider.id.clone())
        };
        listed.sort_by_cached_key(by_name);
        if order == ListOrder::Distance {
            listed.sort_by_key(|listed| (listed.found.distance.is_none(), listed.found.distance));
        }
        listed.sort_by_key(|listed| listed.group);
        let asked = listed.iter().filter(|listed| listed.asked).cloned().collect();
        if listed.len() < fitting.matched {
            listed.retain(|listed| listed.selected);
        }
        Self { discharge, left_out: &fitting.left_out, order, listed, matched: fitting.matched, asked }
    }

    /// Whether it lists every provider that fits.
    pub fn is_whole(&self) -> bool {
        self.listed.len() == self.matched
    }

    /// The listed providers that the patient asked to see first.
    pub fn selected(&self) -> impl Iterator<Item = &ListedProvider<'a>> {
        self.listed.iter().filter(|listed| listed.selected)
    }
}

impl<'a> ListedProvider<'a> {
    fn new(found: &'a Match, hospital: &'a Hospital, discharge: &Discharge, picks: &[ProviderId]) -> Self {
        let id = &found.provider.id;
        let asked = hospital.asked_to_be_listed.as_ref().is_some_and(|asked| asked.contains(id));
        let arrangements = hospital.sharing.iter().filter(|arrangement| arrangement.provider == *id);
        let mut sharing: Vec<SharingModel> = arrangements.map(|arrangement| arrangement.model).collect();
        sharing.sort_unstable();
        sharing.dedup();
        Self {
            found,
            group: CoverageGroup::of(found, discharge),
            interest: hospital.interests.iter().find(|interest| interest.provider == *id),
            sharing,
            stay_waiver: stay_waiver(found, discharge),
            asked: asked && discharge.service == Service::HomeHealth,
            selected: picks.contains(id),
        }
    }
}

/// The newest list of CMS that has the facility as qualified on the day of the discharge.
fn stay_waiver<'a>(found: &'a Match, discharge: &Discharge) -> Option<&'a Fact<BusinessFact>> {
    let qualifies = |fact: &&Fact<BusinessFact>| matches!(fact.value, BusinessFact::StayWaiver { from, until } if from <= discharge.on && discharge.on <= until);
    found.provider.business.iter().find(qualifies).filter(|_| discharge.service == Service::SkilledNursing)
}

/// Reports an order by distance if no service of the list can have it.
fn check_order(wish: &ListOptions, discharges: &[Discharge], faults: &mut FieldErrors) {
    let can_be_near = |discharge: &Discharge| ListOrder::default_for(discharge.service) == ListOrder::Distance;
    if wish.order == Some(ListOrder::Distance) && !discharges.iter().any(can_be_near) {
        let detail = "a service that comes to the patient cannot be ordered by distance";
        faults.add("/order", "does_not_apply", detail, Some("use name".to_owned()));
    }
}

fn picks(wish: &ListOptions, fitting: &[EligibleProviders], faults: &mut FieldErrors) -> Vec<ProviderId> {
    let fits = |id: &ProviderId| fitting.iter().any(|fitting| fitting.matches.iter().any(|found| found.provider.id == *id));
    let mut picks: Vec<ProviderId> = Vec::new();
    for (at, id) in wish.picks.iter().enumerate().filter_map(|(at, pick)| Some((at, pick.as_ref()?))) {
        let at = format_args!("/providers/{at}");
        if picks.contains(id) {
            faults.add(at, "repeated", format!("{id} is given more than once"), None);
        } else if fits(id) {
            picks.push(id.clone());
        } else {
            let detail = format!("{id} does not fit this discharge");
            let hint = "remove it, or ask /v1/explain for the reason".to_owned();
            faults.add(at, "not_a_match", detail, Some(hint));
        }
    }
    picks
}

vocabulary! {
    /// The order of a choice list.
    ListOrder as "ListOrder" of ListOrder::ALL, ListOrder::code, "not_a_choice", |typed| format!("there is no list order \"{typed}\"");
    /// A language of choice lists.
    Language as "ListLanguage" of Language::ALL, Language::code, "not_a_choice",
        |typed| format!("there is no list language \"{typed}\"");
}

/// The sort key of a name: its letters and digits without case and accents. Names without letters
/// or digits sort last.
fn collation_key(name: &str) -> (bool, String) {
    let ordered = name.chars().filter_map(|c| match c {
        _ if c.is_alphanumeric() => Some(c),
        _ if c.is_whitespace() || matches!(c, '-' | '/') => Some(' '),
        _ => None,
    });
    let key = fold_accents(&ordered.collect::<String>());
    (key.is_empty(), key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn miles(distances: impl IntoIterator<Item = f64>) -> Vec<Option<Miles>> {
        distances.into_iter().map(Miles::new).collect()
    }

    #[test]
    fn the_radius_that_fits_is_the_widest_whole_one_and_holds_no_more_than_a_list_may() {
        let near = |count: usize, at: f64| std::iter::repeat_n(at, count);
        let most = MOST_PLACES;
        for (what, distances, radius) in [
            ("one too many a little farther", miles(near(most, 3.0).chain([7.2])), Some(7)),
            ("one too many right at a whole mile", miles(near(most, 3.0).chain([7.0])), Some(6)),
            ("a hair beyond a whole mile", miles(near(most, 3.0).chain([7.000_001])), Some(7)),
            ("all at one place", miles(near(most + 1, 3.5)), None),
            ("all within the first mile", miles(near(most + 1, 0.4)), None),
            ("some nearer", miles([0.2].into_iter().chain(near(most, 1.5))), Some(1)),
            ("none within the radius that would be left", miles(near(most + 1, 1.5)), None),
        ] {
            let found = fitting_radius(&distances);
            assert_eq!(found, radius, "{what}");
            let within = |radius: u32| distances.iter().flatten().filter(|d| d.value() <= f64::from(radius)).count();
            assert!(found.is_none_or(|radius| within(radius) <= most && within(radius + 1) > most), "{what}");
        }
    }

    #[test]
    fn names_are_ordered_by_their_letters() {
        let mut names =
            ["😀😀", "\"Zephyr\"", "'Birch' House", "Álamo", "(Cedar)", "elm", "Oakland", "Oak Manor", "3 Rivers"];
        names.sort_by_key(|name| collation_key(name));
        let ordered = ["3 Rivers", "Álamo", "'Birch' House", "(Cedar)", "elm", "Oak Manor", "Oakland", "\"Zephyr\"", "😀😀"];
        assert_eq!(names, ordered);
    }
}
