//! The patient's choice list (42 CFR 482.43(c)): every place that fits, in a neutral order, in plain words.
//!
//! Made from a report and from what the hospital says of itself. No score and no "recommended": the order is by distance or by name.
//! [`ChoiceList`] is who stands on it; [`paper`] says it in the words of a language.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::care::{Geography, Service};
use crate::discharge::{Discharge, FieldError};
use crate::hospital::{Hospital, Interest};
use crate::likeness::{did_you_mean, nearest};
use crate::matching::report::{Match, Reason};
use crate::provider::{Provider, ProviderId};

pub mod paper;
pub mod plain;
mod words;

/// A language lists are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Spanish.
    Spanish,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::Spanish];

    /// Its ISO 639-1 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// What it calls itself.
    pub fn name(self) -> &'static str {
        &words::Words::of(self).name
    }

    /// Whether a person who reads it has reviewed its words; until then every list in it says that nobody has.
    pub fn reviewed(self) -> bool {
        words::Words::of(self).is_reviewed()
    }
}

/// The order of a list. Neither says which place is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// The nearest first; only where the patient travels.
    Distance,
    /// By name.
    Name,
}

impl Order {
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
    pub fn usual(service: Service) -> Self {
        match service.geography() {
            Geography::PatientTravels => Self::Distance,
            Geography::ProviderComes => Self::Name,
        }
    }
}

/// How a list is wanted, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// The order by its code; `None` is the usual one.
    pub order: Option<String>,
    /// The language by its code; `None` is English.
    pub language: Option<String>,
    /// The ids of the providers that were picked; none is every match.
    pub picks: Vec<String>,
}

/// Everybody who could stand on a list, and why others do not.
#[derive(Debug, Clone)]
pub struct Fitting {
    /// Every match.
    matches: Vec<Match>,
    /// How many were left out, by reason.
    left_out: BTreeMap<Reason, u32>,
}

impl Fitting {
    /// All the `matches` of a question and what was `left_out` of it. What turns or hides text is taken out of names and addresses; a
    /// provider without a name after that is called by its id.
    pub fn new(mut matches: Vec<Match>, left_out: BTreeMap<Reason, u32>) -> Self {
        for found in &mut matches {
            show(&mut found.provider);
        }
        Self { matches, left_out }
    }
}

/// Makes what is printed of `provider` plain.
fn show(provider: &mut Arc<Provider>) {
    let provider = Arc::make_mut(provider);
    provider.name.value = plain::plain(&provider.name.value);
    if provider.name.value.is_empty() {
        provider.name.value = provider.id.to_string();
    }
    if let Some(address) = &mut provider.address {
        address.value.street = plain::plain(&address.value.street);
        address.value.city = plain::plain(&address.value.city);
    }
}

/// What a hospital says of itself, about providers of one directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// What it says, every provider by the id it has in the directory.
    pub hospital: Hospital,
    /// The providers it tells an interest in that the directory does not have.
    pub interests_elsewhere: Vec<ProviderId>,
    /// Those it says asked to be listed that the directory does not have.
    pub asked_elsewhere: Vec<ProviderId>,
}

impl Told {
    /// What `hospital` says, where `known` gives the id that a provider of any id has in the directory.
    pub fn new(hospital: &Hospital, known: impl Fn(&ProviderId) -> Option<ProviderId>) -> Self {
        let mut told = Self {
            hospital: Hospital {
                name: hospital.name.as_deref().map(plain::plain).filter(|name| !name.is_empty()),
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
        let says = plain::plain(says);
        let interests = &mut self.hospital.interests;
        match interests.iter_mut().find(|interest| interest.provider == provider) {
            Some(interest) => interest.says = format!("{} {says}", interest.says),
            None => interests.push(Interest { provider, says }),
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
    pub left_out: &'a BTreeMap<Reason, u32>,
    /// The language it is written in.
    pub language: Language,
    /// The order it is in.
    pub order: Order,
    /// The providers on it, in that order.
    pub listed: Vec<Listed<'a>>,
    /// Every provider it could have held, in that order.
    pub all: Vec<Listed<'a>>,
}

/// A provider that could stand on a list.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The match.
    pub found: &'a Match,
    /// The hospital's financial interest in it.
    pub interest: Option<&'a Interest>,
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
        fitting: &'a Fitting,
        told: &'a Told,
        wish: &Wish,
    ) -> Result<Self, Vec<FieldError>> {
        let mut faults = Vec::new();
        let order = order(wish, discharge.service, &mut faults);
        let language = language(wish, &mut faults);
        let (hospital, matches) = (&told.hospital, &fitting.matches);
        let picks = picks(wish, matches, &mut faults);
        let mut all: Vec<Listed<'a>> =
            matches.iter().map(|found| Listed::new(found, hospital, discharge.service)).collect();
        let by_name = |listed: &Listed<'_>| {
            let name = &listed.found.provider.name.value;
            (plain::order_key(name), name.clone(), listed.found.provider.id.clone())
        };
        all.sort_by_cached_key(by_name);
        if order == Order::Distance {
            all.sort_by_key(|listed| (listed.found.distance.is_none(), listed.found.distance));
        }
        let chosen = |listed: &&Listed<'_>| picks.is_empty() || picks.contains(&listed.found.provider.id);
        let listed = all.iter().filter(chosen).copied().collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let interests_elsewhere = !told.interests_elsewhere.is_empty();
        let left_out = &fitting.left_out;
        Ok(Self { discharge, hospital, interests_elsewhere, left_out, language, order, listed, all })
    }

    /// Whether it holds everything it could have held.
    pub fn is_whole(&self) -> bool {
        self.listed.len() == self.all.len()
    }
}

impl<'a> Listed<'a> {
    fn new(found: &'a Match, hospital: &'a Hospital, service: Service) -> Self {
        let id = &found.provider.id;
        let interest = hospital.interests.iter().find(|interest| interest.provider == *id);
        let asked = hospital.asked_to_be_listed.as_ref().is_some_and(|asked| asked.contains(id));
        Self { found, interest, asked: asked && service == Service::HomeHealth }
    }
}

fn order(wish: &Wish, service: Service, faults: &mut Vec<FieldError>) -> Order {
    let usual = Order::usual(service);
    let Some(typed) = &wish.order else { return usual };
    match Order::ALL.into_iter().find(|order| order.code() == typed) {
        Some(Order::Distance) if usual == Order::Name => {
            let detail = "what comes to the patient has no distance to order by".to_owned();
            faults.push(fault("/order", "does_not_apply", detail, Some("order by name".to_owned())));
            usual
        }
        Some(order) => order,
        None => {
            faults.push(not_one_of("/order", "order", typed, Order::ALL.map(Order::code)));
            usual
        }
    }
}

fn language(wish: &Wish, faults: &mut Vec<FieldError>) -> Language {
    let Some(typed) = &wish.language else { return Language::default() };
    let found = Language::ALL.into_iter().find(|language| language.code() == typed);
    if found.is_none() {
        faults.push(not_one_of("/language", "language", typed, Language::ALL.map(Language::code)));
    }
    found.unwrap_or_default()
}

fn picks(wish: &Wish, matches: &[Match], faults: &mut Vec<FieldError>) -> Vec<ProviderId> {
    let mut picks: Vec<ProviderId> = Vec::new();
    for (at, typed) in wish.picks.iter().enumerate() {
        let pointer = format!("/providers/{at}");
        match typed.parse::<ProviderId>() {
            Err(error) => faults.push(fault(&pointer, "not_an_id", error.to_string(), None)),
            Ok(id) if picks.contains(&id) => {
                faults.push(fault(&pointer, "repeated", format!("{id} is given more than once"), None));
            }
            Ok(id) if !matches.iter().any(|found| found.provider.id == id) => {
                let detail = format!("{id} is not among the providers that fit this discharge");
                let hint = "ask /v1/explain why, or leave it away".to_owned();
                faults.push(fault(&pointer, "not_a_match", detail, Some(hint)));
            }
            Ok(id) => picks.push(id),
        }
    }
    picks
}

fn not_one_of<const N: usize>(pointer: &str, what: &str, typed: &str, known: [&str; N]) -> FieldError {
    let hint = did_you_mean(&nearest(typed, known, 1)).unwrap_or_else(|| format!("one of {}", known.join(", ")));
    fault(pointer, "not_a_choice", format!("there is no {what} \"{typed}\" of lists"), Some(hint))
}

fn fault(pointer: &str, code: &'static str, detail: String, hint: Option<String>) -> FieldError {
    FieldError { pointer: pointer.to_owned(), code, detail, hint }
}
