//! The patient's choice list (42 CFR 482.43(c)): every place that fits, in a neutral order, in plain words.
//!
//! Made from a report and from what the hospital says of itself. No score and no "recommended": the order is by distance or by name.
//! [`ChoiceList`] is who stands on it; [`document`] says it in the words of a language.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::choice_list::language::Language;
use crate::discharge::Discharge;
use crate::hospital::{FinancialInterest, Hospital};
use crate::input::declare::vocabulary;
use crate::input::errors::FieldErrors;
use crate::matching::EligibleCandidates;
use crate::matching::report::{ExclusionReason, Match};
use crate::place::Miles;
use crate::provider::{Provider, ProviderId};
use crate::service::{DeliveryMode, Service};
use crate::text::{fold_accents, printable};

pub(crate) mod document;
pub(crate) mod language;
pub(crate) mod translations;

/// The order of a list. Neither says which place is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListOrder {
    /// The nearest first; only where the patient travels.
    Distance,
    /// By name.
    Name,
}

impl ListOrder {
    /// Every order.
    pub const ALL: [Self; 2] = [Self::Distance, Self::Name];

    /// The word the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Distance => "distance",
            Self::Name => "name",
        }
    }

    /// The order of a list of `service` when nobody chose one.
    pub fn default_for(service: Service) -> Self {
        match service.geography() {
            DeliveryMode::PatientTravels => Self::Distance,
            DeliveryMode::ProviderComes => Self::Name,
        }
    }
}

/// How many providers may be picked for one list. Our choice: nobody reads a longer one.
pub const MOST_PICKS: usize = 250;

/// How a list is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListOptions {
    /// The order; `None` is the usual one.
    pub order: Option<ListOrder>,
    /// The language.
    pub language: Language,
    /// The providers that were picked, `None` for each that was not understood; no picks are every match.
    pub picks: Vec<Option<ProviderId>>,
}

/// The most places on one list. A patient is read and handed it: our choice, twenty pages of large print and more than most have within an
/// hour. A list must be complete (42 CFR 482.43(c)), so one that would be longer is refused and never cut short.
pub const MOST_PLACES: usize = 250;

/// A list would be longer than [`MOST_PLACES`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLong {
    /// How many places it would hold.
    pub places: usize,
    /// They were picked, so fewer can be.
    pub picked: bool,
    /// The largest whole number of miles within which everybody who fits can be listed; `None` where no radius helps: the service comes to
    /// the patient, or too many are nearer than a mile.
    pub within_miles: Option<u32>,
}

impl TooLong {
    /// A list of everybody who fits `discharge`, each so far away.
    pub fn of_all(discharge: &Discharge, distances: &[Option<Miles>]) -> Self {
        let within_miles = discharge.within.and_then(|_| fitting_radius(distances));
        Self { places: distances.len(), picked: false, within_miles }
    }
}

/// The largest whole number of miles within which somebody is and no more than [`MOST_PLACES`] are, of more than so many.
fn fitting_radius(distances: &[Option<Miles>]) -> Option<u32> {
    let mut distances: Vec<Miles> = distances.iter().flatten().copied().collect();
    distances.sort_unstable();
    // A radius that reaches this one is too wide.
    let first_too_many = distances.get(MOST_PLACES)?.value();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "no distance on Earth is beyond u32")]
    let radius = (first_too_many.ceil() - 1.0).max(0.0) as u32;
    let reaches_somebody = distances.first().is_some_and(|nearest| nearest.value() <= f64::from(radius));
    (radius > 0 && reaches_somebody).then_some(radius)
}

/// Everybody who could stand on a list, and why others do not.
#[derive(Debug, Clone, Default)]
pub struct EligibleProviders {
    /// The matches that may be printed: all, or those picked and those that asked to be listed.
    matches: Vec<Match>,
    /// How many match in all.
    matched: usize,
    /// How many were left out, by reason.
    left_out: BTreeMap<ExclusionReason, u32>,
}

impl From<EligibleCandidates> for EligibleProviders {
    /// What turns or hides text is taken out of names and addresses; a provider without a name after that is called by its id.
    fn from(everybody: EligibleCandidates) -> Self {
        let EligibleCandidates { mut matches, matched, left_out } = everybody;
        for found in &mut matches {
            show(&mut found.provider);
        }
        Self { matches, matched, left_out }
    }
}

/// Makes what is printed of `provider` plain.
fn show(provider: &mut Arc<Provider>) {
    let address = provider.address.as_ref().map(|address| &address.value);
    let printed = [Some(&provider.name.value), address.map(|a| &a.street), address.map(|a| &a.city)];
    // Nearly all are as they should be, and are not copied.
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

/// What a hospital says of itself, about providers of one directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HospitalDisclosures {
    /// What it says, every provider by the id it has in the directory.
    pub hospital: Hospital,
    /// The providers it tells an interest in that the directory does not have.
    pub interests_elsewhere: Vec<ProviderId>,
    /// Those it says asked to be listed that the directory does not have.
    pub asked_elsewhere: Vec<ProviderId>,
}

impl HospitalDisclosures {
    /// What `hospital` says, where `known` gives the id that a provider of any id has in the directory.
    pub fn new(hospital: &Hospital, known: impl Fn(&ProviderId) -> Option<ProviderId>) -> Self {
        let mut told = Self {
            hospital: Hospital {
                name: hospital.name.as_deref().map(printable).filter(|name| !name.is_empty()),
                interests: Vec::new(),
                asked_to_be_listed: None,
                ..hospital.clone()
            },
            ..Self::default()
        };
        for interest in &hospital.interests {
            match known(&interest.provider) {
                Some(provider) => told.interest(provider, &interest.says),
                None => told.interests_elsewhere.push(interest.provider.clone()),
            }
        }
        told.hospital.asked_to_be_listed = hospital.asked_to_be_listed.as_ref().map(|asked| {
            let (here, elsewhere): (Vec<_>, Vec<_>) = asked.iter().partition(|id| known(id).is_some());
            told.asked_elsewhere = elsewhere.into_iter().cloned().collect();
            here.into_iter().filter_map(&known).collect()
        });
        told
    }

    /// A provider told of under two of its ids has one interest that says both.
    fn interest(&mut self, provider: ProviderId, says: &str) {
        let says = printable(says);
        let interests = &mut self.hospital.interests;
        match interests.iter_mut().find(|interest| interest.provider == provider) {
            Some(interest) => interest.says = format!("{} {says}", interest.says),
            None => interests.push(FinancialInterest { provider, says }),
        }
    }
}

/// Who stands on a list, and what must be said of it.
#[derive(Debug, Clone)]
pub struct ChoiceList<'a> {
    /// What was asked.
    pub discharge: &'a Discharge,
    /// What the hospital says of itself, every provider by the id it has in the directory.
    pub hospital: &'a Hospital,
    /// Whether it tells of interests in providers that the directory does not have.
    pub interests_elsewhere: bool,
    /// How many providers in reach do not stand on it, by reason.
    pub left_out: &'a BTreeMap<ExclusionReason, u32>,
    /// The language it is written in.
    pub language: Language,
    /// The order it is in.
    pub order: ListOrder,
    /// The providers on it, in that order.
    pub listed: Vec<ListedProvider<'a>>,
    /// How many it could have held.
    pub matched: usize,
    /// Those of them that asked to be listed, listed or not, in that order.
    pub asked: Vec<ListedProvider<'a>>,
}

/// A provider that could stand on a list.
#[derive(Debug, Clone, Copy)]
pub struct ListedProvider<'a> {
    /// The match.
    pub found: &'a Match,
    /// The hospital's financial interest in it.
    pub interest: Option<&'a FinancialInterest>,
    /// It asked to be listed. Only home health agencies can.
    pub asked: bool,
}

impl<'a> ChoiceList<'a> {
    /// A list of those that are `fitting`, as `wish` has it, its picks by the ids they have in the directory.
    ///
    /// # Errors
    /// Everything that is wrong with the wish. The pointers are of a body with `order`, `language` and `providers`.
    pub fn new(
        discharge: &'a Discharge,
        fitting: &'a EligibleProviders,
        told: &'a HospitalDisclosures,
        wish: &ListOptions,
    ) -> Result<Self, FieldErrors> {
        let mut faults = FieldErrors::default();
        let order = order(wish, discharge.service, &mut faults);
        let language = wish.language;
        let (hospital, matches) = (&told.hospital, &fitting.matches);
        let picks = picks(wish, matches, &mut faults);
        let mut all: Vec<ListedProvider<'a>> =
            matches.iter().map(|found| ListedProvider::new(found, hospital, discharge.service)).collect();
        let by_name = |listed: &ListedProvider<'_>| {
            let name = &listed.found.provider.name.value;
            (collation_key(name), name.clone(), listed.found.provider.id.clone())
        };
        all.sort_by_cached_key(by_name);
        if order == ListOrder::Distance {
            all.sort_by_key(|listed| (listed.found.distance.is_none(), listed.found.distance));
        }
        let chosen = |listed: &&ListedProvider<'_>| picks.is_empty() || picks.contains(&listed.found.provider.id);
        let listed = all.iter().filter(chosen).copied().collect();
        let asked = all.iter().filter(|listed| listed.asked).copied().collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let interests_elsewhere = !told.interests_elsewhere.is_empty();
        let (left_out, matched) = (&fitting.left_out, fitting.matched);
        Ok(Self { discharge, hospital, interests_elsewhere, left_out, language, order, listed, matched, asked })
    }

    /// Whether it holds everything it could have held.
    pub fn is_whole(&self) -> bool {
        self.listed.len() == self.matched
    }
}

impl<'a> ListedProvider<'a> {
    fn new(found: &'a Match, hospital: &'a Hospital, service: Service) -> Self {
        let id = &found.provider.id;
        let interest = hospital.interests.iter().find(|interest| interest.provider == *id);
        let asked = hospital.asked_to_be_listed.as_ref().is_some_and(|asked| asked.contains(id));
        Self { found, interest, asked: asked && service == Service::HomeHealth }
    }
}

fn order(wish: &ListOptions, service: Service, faults: &mut FieldErrors) -> ListOrder {
    let usual = ListOrder::default_for(service);
    match wish.order {
        Some(ListOrder::Distance) if usual == ListOrder::Name => {
            let detail = "what comes to the patient has no distance to order by";
            faults.add("/order", "does_not_apply", detail, Some("order by name".to_owned()));
            usual
        }
        Some(order) => order,
        None => usual,
    }
}

fn picks(wish: &ListOptions, matches: &[Match], faults: &mut FieldErrors) -> Vec<ProviderId> {
    let mut picks: Vec<ProviderId> = Vec::new();
    for (at, id) in wish.picks.iter().enumerate().filter_map(|(at, pick)| Some((at, pick.as_ref()?))) {
        let at = format_args!("/providers/{at}");
        if picks.contains(id) {
            faults.add(at, "repeated", format!("{id} is given more than once"), None);
        } else if matches.iter().any(|found| found.provider.id == *id) {
            picks.push(id.clone());
        } else {
            let detail = format!("{id} is not among the providers that fit this discharge");
            let hint = "ask /v1/explain why, or leave it away".to_owned();
            faults.add(at, "not_a_match", detail, Some(hint));
        }
    }
    picks
}

vocabulary! {
    /// What a choice list is ordered by.
    ListOrder as "ListOrder" of ListOrder::ALL, ListOrder::code, "not_a_choice", |typed| format!("there is no order \"{typed}\" of lists");
    /// A language choice lists are written in.
    Language as "ListLanguage" of Language::ALL, Language::code, "not_a_choice",
        |typed| format!("there is no language \"{typed}\" of lists");
}

/// What a name is ordered by: whether it has no letter or digit (those stand last), then its letters and digits, without case and
/// accents.
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
