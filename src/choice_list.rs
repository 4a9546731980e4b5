//! The patient's choice list (42 CFR 482.43(c)): every place that fits, in a neutral order, in plain words.
//!
//! Made from a report and from what the hospital says of itself. No score and no "recommended": the order is by distance or by name.
//! [`ChoiceList`] is who stands on it; [`paper`] says it in the words of a language.

use deunicode::deunicode;

use crate::care::{Geography, Service};
use crate::discharge::{Discharge, FieldError};
use crate::hospital::{Hospital, Interest};
use crate::likeness::{did_you_mean, nearest};
use crate::matching::report::Match;
use crate::provider::ProviderId;

pub mod paper;
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
        words::Words::of(self).reviewer().is_some()
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
    /// The providers the patient and the case manager chose; none is every match.
    pub picks: Vec<String>,
}

/// Who stands on a list, and what must be said of it.
#[derive(Debug, Clone)]
pub struct ChoiceList<'a> {
    /// What was asked.
    pub discharge: &'a Discharge,
    /// What the hospital says of itself.
    pub hospital: &'a Hospital,
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
    /// A list of `matches`, all there are, as `wish` has it.
    ///
    /// # Errors
    /// Everything that is wrong with the wish. The pointers are of a body with `order`, `language` and `providers`.
    pub fn new(
        discharge: &'a Discharge,
        matches: &'a [Match],
        hospital: &'a Hospital,
        wish: &Wish,
    ) -> Result<Self, Vec<FieldError>> {
        let mut faults = Vec::new();
        let order = order(wish, discharge.service, &mut faults);
        let language = language(wish, &mut faults);
        let picks = picks(wish, matches, &mut faults);
        let mut all: Vec<Listed<'a>> =
            matches.iter().map(|found| Listed::new(found, hospital, discharge.service)).collect();
        let by_name = |listed: &Listed<'_>| {
            let name = &listed.found.provider.name.value;
            (deunicode(name).to_lowercase(), name.clone(), listed.found.provider.id.clone())
        };
        all.sort_by_cached_key(by_name);
        if order == Order::Distance {
            all.sort_by_key(|listed| (listed.found.distance.is_none(), listed.found.distance));
        }
        let chosen = |listed: &&Listed<'_>| picks.is_empty() || picks.contains(&listed.found.provider.id);
        let listed = all.iter().filter(chosen).copied().collect();
        if faults.is_empty() { Ok(Self { discharge, hospital, language, order, listed, all }) } else { Err(faults) }
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
