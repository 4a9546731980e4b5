//! Finds the provider that the user typed: by number, by name, or by name and town. Of several, the nearest wins.

use std::sync::Arc;

use crate::catalog::name_words::provider_name_key;
use crate::catalog::{Catalog, NameMatch};
use crate::discharge::Discharge;
use crate::place::Miles;
use crate::provider::{Provider, ProviderId};
use crate::query::by_identifier;
use crate::serve::pages::ask::autocomplete;
use crate::text::fold_case;
use crate::text::proper_case::proper_case;

/// How many providers are offered if a name fits none or several.
const OFFERED: usize = 8;

/// How many providers with a similar name are compared: more than share any name in the country. Our choice.
const WEIGHED: usize = 400;

/// How many commas are tried as the separator of name and town: each costs a search. Our choice.
const MOST_COMMAS: usize = 4;

/// The provider that is meant.
#[derive(Debug)]
pub(crate) enum ProviderLookup {
    /// One; with its name and town if only part of its name was typed.
    One { provider: Arc<Provider>, read_as: Option<String> },
    /// No single provider.
    Unsure { detail: &'static str, offers: Vec<ProviderOption> },
}

/// A provider that may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProviderOption {
    /// Its id.
    pub id: String,
    /// The text of its button, unique among the options.
    pub says: String,
}

/// A provider with a similar name.
#[derive(Debug, Clone)]
struct NameCandidate {
    id: ProviderId,
    name: String,
    town: String,
    /// Whether it offers the service of the question.
    offers: bool,
    miles: Option<Miles>,
}

/// The result among providers with a similar name.
#[derive(Debug, PartialEq)]
enum LookupDecision {
    One { id: ProviderId, read_as: Option<String> },
    Several { detail: &'static str, offers: Vec<ProviderOption> },
}

/// Finds the provider that `typed` means in a question about `discharge`.
pub(crate) fn find_provider(catalog: &Catalog, discharge: &Discharge, typed: &str) -> ProviderLookup {
    if typed.is_empty() {
        return ProviderLookup::Unsure { detail: "Enter a provider name, CCN, or NPI.", offers: Vec::new() };
    }
    if let Some(provider) = by_identifier(catalog, typed) {
        return ProviderLookup::One { provider, read_as: None };
    }
    let (name, hits) = in_town(catalog, typed).unwrap_or_else(|| (typed, catalog.search_names(typed, WEIGHED)));
    let like = |hit: NameMatch| {
        let provider = catalog.provider_of(&hit.id)?;
        let position = provider.position.as_ref();
        Some(NameCandidate {
            offers: hit.services.contains(&discharge.service),
            miles: position.map(|fact| fact.value.point.miles_to(discharge.near.point)),
            town: autocomplete::town(&hit),
            id: hit.id,
            name: hit.name,
        })
    };
    match choose(name, hits.into_iter().filter_map(like).collect()) {
        LookupDecision::One { id, read_as } => catalog.provider_of(&id).map_or_else(
            || ProviderLookup::Unsure { detail: NOBODY, offers: Vec::new() },
            |provider| ProviderLookup::One { provider, read_as },
        ),
        LookupDecision::Several { detail, offers } => ProviderLookup::Unsure { detail, offers },
    }
}

/// The name in "Name, Town ST", as pages and options write it, and the providers with a similar name in that town.
pub(crate) fn in_town<'a>(catalog: &Catalog, typed: &'a str) -> Option<(&'a str, Vec<NameMatch>)> {
    // A name may contain commas.
    typed.match_indices(',').take(MOST_COMMAS).find_map(|(comma, _)| {
        let (name, town) = (typed[..comma].trim(), fold_case(&typed[comma..].replace(',', " ")));
        let mut hits = catalog.search_names(name, WEIGHED);
        hits.retain(|hit| fold_case(&autocomplete::town(hit)) == town);
        (!hits.is_empty()).then_some((name, hits))
    })
}

const NOBODY: &str = "The directory has no provider with that name or number.";

/// Finds the provider that `name` means among those with a similar name.
///
/// Order: names that begin with what was typed, then providers of the service, then the nearest.
fn choose(name: &str, mut like: Vec<NameCandidate>) -> LookupDecision {
    let typed = compared(name);
    let is_exact = |like: &NameCandidate| fold_case(&like.name) == fold_case(name);
    let has_exact = like.iter().any(is_exact);
    let is_whole = |like: &NameCandidate| if has_exact { is_exact(like) } else { compared(&like.name) == typed };
    let begins = |like: &NameCandidate| compared(&like.name).starts_with(&typed);
    like.sort_by_cached_key(|like| (!begins(like), !like.offers, like.miles.is_none(), like.miles, like.id.clone()));
    let beginning: Vec<&NameCandidate> = like.iter().filter(|like| begins(like)).collect();
    let offering: Vec<&NameCandidate> = beginning.iter().copied().filter(|like| like.offers).collect();
    let whole = beginning.iter().filter(|like| is_whole(like)).count();
    let whole_offering = offering.iter().filter(|like| is_whole(like)).count();
    let one = match (&like[..], &beginning[..], &offering[..]) {
        ([one], ..) => Some(one),
        (_, [one], _) => Some(*one),
        (.., [one]) if whole == 0 || is_whole(one) => Some(*one),
        (.., [nearest, ..]) if whole_offering == 1 && is_whole(nearest) => Some(*nearest),
        _ => None,
    };
    if let Some(one) = one {
        let read_as = (!is_whole(one)).then(|| called(one));
        return LookupDecision::One { id: one.id.clone(), read_as };
    }
    let detail = match (beginning.len(), whole) {
        (0, _) => NOBODY,
        (_, 2..) => "Several providers have that name.",
        _ => "Several providers have names that begin this way.",
    };
    like.truncate(OFFERED);
    LookupDecision::Several { detail, offers: disambiguate(&like) }
}

/// A name for comparison with a typed one: the spelling of words such as "St" and whether words are
/// written together do not matter.
fn compared(name: &str) -> String {
    provider_name_key(name).replace(' ', "")
}

/// "Kempton of Charleston, Charleston SC".
fn called(like: &NameCandidate) -> String {
    let name = proper_case(&like.name);
    if like.town.is_empty() { name } else { format!("{name}, {}", like.town) }
}

/// The options; those with equal names also show their numbers.
fn disambiguate(like: &[NameCandidate]) -> Vec<ProviderOption> {
    let offer = |one: &NameCandidate| {
        let says = called(one);
        let alone = like.iter().filter(|other| called(other) == says).count() == 1;
        let number = match one.id.as_str().split_once(':') {
            Some((kind @ ("ccn" | "npi"), number)) => format!("{} {number}", kind.to_uppercase()),
            _ => one.id.to_string(),
        };
        ProviderOption { id: one.id.to_string(), says: if alone { says } else { format!("{says} ({number})") } }
    };
    like.iter().map(offer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(ccn: u32, name: &str, town: &str, offers: bool, miles: f64) -> NameCandidate {
        let id = format!("ccn:{ccn:06}").parse().unwrap();
        NameCandidate { id, name: name.to_owned(), town: town.to_owned(), offers, miles: Miles::new(miles) }
    }

    fn kemptons() -> Vec<NameCandidate> {
        vec![
            like(425_001, "KEMPTON", "Greenville SC", true, 208.0),
            like(425_002, "KEMPTON OF CHARLESTON", "Charleston SC", true, 3.0),
            like(425_003, "KEMPTON HOSPICE", "Charleston SC", false, 1.0),
            like(425_004, "THE KEMPTON", "Charleston SC", true, 2.0),
        ]
    }

    fn says(choice: &LookupDecision) -> Vec<String> {
        match choice {
            LookupDecision::One { id, read_as } => vec![id.to_string(), read_as.clone().unwrap_or_default()],
            LookupDecision::Several { offers, .. } => offers.iter().map(|offer| offer.says.clone()).collect(),
        }
    }

    #[test]
    fn a_name_far_away_is_offered_after_those_near() {
        let offered = says(&choose("kempton", kemptons()));
        assert_eq!(
            offered,
            [
                "Kempton of Charleston, Charleston SC",
                "Kempton, Greenville SC",
                "Kempton Hospice, Charleston SC",
                "The Kempton, Charleston SC",
            ]
        );
    }

    #[test]
    fn a_single_match_is_taken_and_named() {
        for (typed, taken, read_as) in [
            ("kempton of", "ccn:425002", "Kempton of Charleston, Charleston SC"),
            ("Kempton  of Charleston", "ccn:425002", ""),
            ("the kempton", "ccn:425004", ""),
            ("kempton h", "ccn:425003", "Kempton Hospice, Charleston SC"),
        ] {
            assert_eq!(says(&choose(typed, kemptons())), [taken, read_as], "{typed}");
        }
    }

    #[test]
    fn a_name_in_another_spelling_is_recognized() {
        let names = || {
            vec![
                like(675_001, "SAINT ANDREW HOSPICE, LLC", "Garland TX", false, 300.0),
                like(45_313, "ST ANDREWS HEALTHCARE", "Benton AR", true, 20.0),
                like(15_031, "MITCHELL-HOLLINGSWORTH NURSING", "Florence AL", true, 400.0),
            ]
        };
        for (typed, taken) in [
            ("Saint Andrews", "ccn:045313"),
            ("Saint Andrews Health Care", "ccn:045313"),
            ("MitchellHollingsworth", "ccn:015031"),
        ] {
            assert_eq!(says(&choose(typed, names()))[0], taken, "{typed}");
        }
    }

    #[test]
    fn of_equal_names_the_only_one_with_the_service_is_taken() {
        let names = |offers| vec![like(425_001, "ELM", "Rome GA", offers, 9.0), like(425_002, "ELM", "Rome GA", true, 20.0)];
        assert_eq!(says(&choose("elm", names(false))), ["ccn:425002", ""]);
        let several = choose("elm", names(true));
        assert_eq!(says(&several), ["Elm, Rome GA (CCN 425001)", "Elm, Rome GA (CCN 425002)"]);
        assert!(matches!(several, LookupDecision::Several { detail: "Several providers have that name.", .. }));
    }

    #[test]
    fn an_unknown_name_is_reported_and_at_most_eight_are_offered() {
        assert_eq!(choose("elm", Vec::new()), LookupDecision::Several { detail: NOBODY, offers: Vec::new() });
        let many = (0..20).map(|at| like(425_100 + at, "OLD ELM", "Rome GA", true, f64::from(30 - at))).collect();
        let LookupDecision::Several { detail, offers } = choose("elm", many) else { panic!("one was taken") };
        assert_eq!((detail, offers.len(), offers[0].id.as_str()), (NOBODY, 8, "ccn:425119"));
    }
}
