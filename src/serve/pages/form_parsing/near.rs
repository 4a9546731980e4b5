//! The location: a ZIP, or a city and its state.

use crate::discharge::Notice;
use crate::fuzzy::{did_you_mean, nearest};
use crate::place::{State, Zip, ZipEntry, ZipTable};
use crate::serve::pages::form_parsing::form_error::{FormError, sentence};

/// How many cities are offered if one is not found, or if several states have it.
const OFFERED: usize = 8;

/// The most words the name of a state has: District of Columbia.
const LONGEST_STATE: usize = 3;

/// Short names of cities: the short name, the city and its state.
const SHORT_NAMES: [(&str, &str); 3] = [("nyc", "New York, NY"), ("dc", "Washington, DC"), ("d.c", "Washington, DC")];

/// The ZIP that `typed` means, with a notice about how it was read. A ZIP in use takes precedence over all other words.
///
/// # Errors
/// Nothing was typed, the ZIP or city is unknown, or several states have the city.
pub(crate) fn zip(typed: &str, zips: &ZipTable) -> Result<(String, Option<Notice>), FormError> {
    let typed = typed.trim_matches(|c: char| c.is_whitespace() || [',', '.', ';'].contains(&c));
    if typed.is_empty() {
        return Err(fault("Enter a location.").hint("Example: 29401, or Charleston, SC."));
    }
    let spelt: Vec<Zip> = words(typed).filter_map(|word| word.parse().ok()).collect();
    if let Some(place) = spelt.iter().rev().find_map(|zip| zips.get(*zip)) {
        let alone = words(typed).count() == 1;
        let text = format!("Location used: ZIP {}, {}.", place.zip, place.city_and_state());
        return Ok((place.zip.to_string(), (!alone).then_some(Notice { code: "zip_of_text", text })));
    }
    if let Some(zip) = spelt.first() {
        return Err(not_in_use(*zip, zips));
    }
    if typed.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(fault("A ZIP code has five digits."));
    }
    city(in_full(typed), zips)
}

/// The only city of that name, as the ZIP nearest its center.
fn city(typed: &str, zips: &ZipTable) -> Result<(String, Option<Notice>), FormError> {
    let (name, state) = city_and_state(typed, zips)?;
    let cities = cities(&name, zips);
    let meant: Vec<&ZipEntry<'_>> = cities.iter().filter(|city| state.is_none_or(|s| s == city.state)).collect();
    match meant[..] {
        [city] => {
            let text = format!("Location used: {}, ZIP {} (nearest its center).", city.city_and_state(), city.zip);
            Ok((city.zip.to_string(), Some(Notice { code: "zip_of_city", text })))
        }
        [] => Err(no_such_city(&name, state, &cities, zips)),
        _ => Err(which(&meant, zips)),
    }
}

fn no_such_city(name: &str, state: Option<State>, elsewhere: &[ZipEntry<'_>], zips: &ZipTable) -> FormError {
    let detail = match state {
        Some(state) if !elsewhere.is_empty() => format!("{state} has no city with that name."),
        None if State::named(name).is_some() => "A state alone is too large an area.".to_owned(),
        _ => "City not found.".to_owned(),
    };
    let mut offers: Vec<String> = elsewhere.iter().map(ZipEntry::city_and_state).collect();
    for city in alike(name, state, zips) {
        if !offers.contains(&city) {
            offers.push(city);
        }
    }
    offers.truncate(OFFERED);
    let hint = if offers.is_empty() { "Enter a ZIP, or a city and state." } else { "Enter a ZIP, or choose one of these." };
    fault(&detail).hint(hint).offering(offers)
}

/// Asks which of several states is meant; of many, offers those where the city has the most ZIPs.
fn which(meant: &[&ZipEntry<'_>], zips: &ZipTable) -> FormError {
    let fault = fault("Several states have a city with that name. Which one?");
    if meant.len() <= OFFERED {
        return fault.offering(meant.iter().map(|city| city.city_and_state()));
    }
    let zips_of = |city: &&ZipEntry<'_>| zips.iter().filter(|z| (z.city, z.state) == (city.city, city.state)).count();
    let mut largest = meant.to_vec();
    largest.sort_by_cached_key(|city| std::cmp::Reverse(zips_of(city)));
    let offers = largest.into_iter().take(OFFERED).map(ZipEntry::city_and_state);
    fault.hint("These are the largest. For another, add its state.").offering(offers)
}

/// The cities of that name. If there are none, "City" at the end of the name is dropped.
fn cities<'a>(name: &str, zips: &'a ZipTable) -> Vec<ZipEntry<'a>> {
    let found = zips.cities(name);
    match name.rsplit_once(char::is_whitespace) {
        Some((rest, last)) if found.is_empty() && last.eq_ignore_ascii_case("city") => zips.cities(rest),
        _ => found,
    }
}

fn in_full(typed: &str) -> &str {
    SHORT_NAMES.iter().find(|(short, _)| short.eq_ignore_ascii_case(typed)).map_or(typed, |(_, city)| city)
}

fn words(typed: &str) -> impl Iterator<Item = &str> {
    typed.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty())
}

/// The cities whose names are most like `typed`, as "Charleston, SC"; only those of `state` where one is given.
fn alike(typed: &str, state: Option<State>, zips: &ZipTable) -> Vec<String> {
    let of_state = |place: &ZipEntry<'_>| state.is_none_or(|state| place.state == state);
    let mut known: Vec<(&str, State)> = zips.iter().filter(of_state).map(|place| (place.city, place.state)).collect();
    known.sort_unstable();
    known.dedup();
    let mut names: Vec<&str> = known.iter().map(|(city, _)| *city).collect();
    names.dedup();
    let states = |city| known.iter().filter(move |(name, _)| *name == city);
    let cities = nearest(typed, names, OFFERED).into_iter().flat_map(states);
    cities.take(OFFERED).map(|(city, state)| format!("{city}, {state}")).collect()
}

fn fault(detail: &str) -> FormError {
    FormError::of("near", detail)
}

fn not_in_use(zip: Zip, zips: &ZipTable) -> FormError {
    let near: Vec<String> = zips.similar_zips(zip, 3).iter().map(Zip::to_string).collect();
    let fault = fault(&format!("ZIP {zip} is not in use."));
    let named: Vec<&str> = near.iter().map(String::as_str).collect();
    let hint = did_you_mean(&named).map(|hint| sentence(&hint));
    FormError { hint, ..fault.offering(near.clone()) }
}

/// Splits "Charleston, SC", "kansas city mo" and "Kansas City Missouri"; a city alone has no state.
fn city_and_state(typed: &str, zips: &ZipTable) -> Result<(String, Option<State>), FormError> {
    if let Some((city, state)) = typed.rsplit_once(',') {
        let state = State::named(state).ok_or_else(|| {
            fault("Enter a state name or two-letter code after the comma.").hint("Example: Charleston, SC.")
        })?;
        return Ok((city.trim().to_owned(), Some(state)));
    }
    let whole = (typed.to_owned(), None);
    if !zips.cities(typed).is_empty() {
        return Ok(whole);
    }
    let words: Vec<&str> = words(typed).collect();
    // "West Virginia" is one state of two words, so the longest name wins.
    let split = |at: &usize| Some((words[..*at].join(" "), Some(State::named(&words[*at..].join(" "))?)));
    let first = words.len().saturating_sub(LONGEST_STATE).max(1);
    Ok((first..words.len()).find_map(|at| split(&at)).unwrap_or(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_or_a_city_is_found_or_corrections_are_offered() {
        for (typed, expected) in [
            ("64108", "64108"),
            ("64108-1234", "64108"),
            ("Charleston SC 29401", "29401"),
            ("SC 29401", "29401"),
            ("99501, AK", "99501"),
            ("Overland Park KS, 66210", "66210"),
            ("12345 Main St, Kansas City MO 64108-1234", "64108"),
            ("Charleston SC 29400", "29401|29402|29403"),
            ("Kansas City, MO", "64124"),
            ("kansas city mo", "64124"),
            ("Kansas City, Missouri", "64124"),
            ("kansas city missouri", "64124"),
            ("Charleston, South Carolina", "29407"),
            ("charleston, sc,", "29407"),
            ("Charleston West Virginia", "25301"),
            ("Cañon City, CO", "81212"),
            ("N. Charleston, SC", "29418"),
            ("Ft. Worth TX", "76102"),
            ("Washington D.C.", "20001"),
            ("Washington, D. C.", "20001"),
            ("DC", "20001"),
            ("New York City", "10176"),
            ("New York City, NY", "10176"),
            ("NYC", "10176"),
            ("Fort Worth", "76102"),
            ("kansas city", "Kansas City, KS|Kansas City, MO"),
            ("Kansas City, SC", "Kansas City, KS|Kansas City, MO"),
            ("Charlestan, SC", "Charleston, SC|Charleston AFB, SC|North Charleston, SC"),
            ("Charleston, Carolina", ""),
            ("6410", ""),
            (" , ", ""),
            ("", ""),
        ] {
            let read = match zip(typed, ZipTable::curated()) {
                Ok((zip, _)) => zip,
                Err(fault) => fault.offers.into_iter().map(|offer| offer.value).collect::<Vec<_>>().join("|"),
            };
            assert_eq!(read, expected, "{typed:?}");
        }
    }

    #[test]
    fn the_location_used_is_reported() {
        for (typed, expected) in [
            ("kansas city mo", Some("Location used: Kansas City, MO, ZIP 64124 (nearest its center).")),
            ("Columbia SC 29401", Some("Location used: ZIP 29401, Charleston, SC.")),
            ("29401", None),
        ] {
            let (_, said) = zip(typed, ZipTable::curated()).unwrap();
            assert_eq!(said.map(|remark| remark.text).as_deref(), expected, "{typed:?}");
        }
    }

    #[test]
    fn of_many_cities_the_largest_eight_are_offered() {
        let of_many = zip("Washington", ZipTable::curated()).unwrap_err();
        assert_eq!((of_many.offers.len(), of_many.offers[0].value.as_str()), (OFFERED, "Washington, DC"));
        for (typed, detail) in [("Zzyzzyx", "City not found."), ("SC", "A state alone is too large an area.")] {
            let unknown = zip(typed, ZipTable::curated()).unwrap_err();
            assert_eq!(unknown.detail, detail);
            assert_eq!(unknown.hint.unwrap().contains("one of these"), !unknown.offers.is_empty(), "{typed}");
        }
    }
}
