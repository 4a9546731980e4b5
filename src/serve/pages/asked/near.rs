//! Where: a ZIP, or a city and its state.

use super::Fault;
use crate::discharge::Remark;
use crate::likeness::{did_you_mean, nearest};
use crate::place::{State, Zip, ZipPlace, ZipTable};

/// How many cities are offered for one that is not found.
const OFFERED: usize = 5;

/// The ZIP that `typed` stands for, with what to say of it.
///
/// # Errors
/// Nothing was typed, no such ZIP or city is known, or several states have the city.
pub fn zip(typed: &str, zips: &ZipTable) -> Result<(String, Option<Remark>), Fault> {
    if typed.is_empty() {
        return Err(fault("Where should care be?").hint("Type a ZIP, or a city and its state: Charleston, SC."));
    }
    if typed.starts_with(|c: char| c.is_ascii_digit()) {
        return known_zip(typed, zips).map(|zip| (zip, None));
    }
    let (name, state) = city_and_state(typed, zips)?;
    let cities: Vec<ZipPlace<'_>> = zips.cities(name);
    let meant: Vec<&ZipPlace<'_>> = cities.iter().filter(|city| state.is_none_or(|s| s == city.state)).collect();
    match meant[..] {
        [city] => {
            let text = format!("{} is taken as ZIP {}, the one nearest its middle.", city.city_and_state(), city.zip);
            Ok((city.zip.to_string(), Some(Remark { code: "zip_of_city", text })))
        }
        [] => {
            let elsewhere = cities.iter().map(ZipPlace::city_and_state);
            let alike = alike(name, state, zips);
            let detail = match state {
                Some(state) if !cities.is_empty() => format!("No ZIP of a city of that name lies in {state}."),
                _ => "No city of that name is known.".to_owned(),
            };
            Err(fault(&detail).hint("Type the ZIP, or one of these.").offering(elsewhere.chain(alike)))
        }
        _ => {
            let offers = meant.iter().map(|city| city.city_and_state());
            Err(fault("Several states have a city of that name. Which one?").offering(offers))
        }
    }
}

/// The cities whose names are most like `typed`, as "Charleston, SC"; only those of `state` where one is given.
fn alike(typed: &str, state: Option<State>, zips: &ZipTable) -> Vec<String> {
    let of_state = |place: &ZipPlace<'_>| state.is_none_or(|state| place.state == state);
    let mut known: Vec<(&str, State)> = zips.iter().filter(of_state).map(|place| (place.city, place.state)).collect();
    known.sort_unstable();
    known.dedup();
    let mut names: Vec<&str> = known.iter().map(|(city, _)| *city).collect();
    names.dedup();
    let states = |city| known.iter().filter(move |(name, _)| *name == city);
    let cities = nearest(typed, names, OFFERED).into_iter().flat_map(states);
    cities.take(OFFERED).map(|(city, state)| format!("{city}, {state}")).collect()
}

fn fault(detail: &str) -> Fault {
    Fault::of("near", detail)
}

fn known_zip(typed: &str, zips: &ZipTable) -> Result<String, Fault> {
    let Ok(zip) = typed.parse::<Zip>() else { return Err(fault("A ZIP code is five digits.")) };
    if zips.get(zip).is_some() {
        return Ok(zip.to_string());
    }
    let near: Vec<String> = zips.near_misses(zip, 3).iter().map(Zip::to_string).collect();
    let fault = fault(&format!("No ZIP {zip} is in use."));
    let named: Vec<&str> = near.iter().map(String::as_str).collect();
    let hint = did_you_mean(&named).map(|hint| super::sentence(&hint));
    Err(Fault { hint, ..fault.offering(near.clone()) })
}

/// "Charleston, SC" and "kansas city mo" in two; a city alone has no state.
fn city_and_state<'a>(typed: &'a str, zips: &ZipTable) -> Result<(&'a str, Option<State>), Fault> {
    if let Some((city, state)) = typed.rsplit_once(',') {
        let state: State =
            state.trim().replace('.', "").parse().map_err(|_| {
                fault("After the comma stands a state by its two letters.").hint("Such as Charleston, SC.")
            })?;
        return Ok((city.trim(), Some(state)));
    }
    let last = typed.rsplit_once(char::is_whitespace);
    let with_state = last.and_then(|(city, state)| Some((city.trim(), state.parse::<State>().ok()?)));
    match with_state {
        Some((city, state)) if zips.cities(typed).is_empty() => Ok((city, Some(state))),
        _ => Ok((typed, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_or_a_city_is_found_or_the_way_out_is_offered() {
        for (typed, expected) in [
            ("64108", "64108"),
            ("64108-1234", "64108"),
            ("Kansas City, MO", "64124"),
            ("kansas city mo", "64124"),
            ("Fort Worth", "76102"),
            ("kansas city", "Kansas City, KS|Kansas City, MO"),
            ("Kansas City, SC", "Kansas City, KS|Kansas City, MO"),
            ("Charlestan, SC", "Charleston, SC|Charleston AFB, SC|North Charleston, SC"),
            ("Charleston, South Carolina", ""),
            ("6410", ""),
            ("", ""),
        ] {
            let read = match zip(typed, ZipTable::curated()) {
                Ok((zip, _)) => zip,
                Err(fault) => fault.offers.into_iter().map(|offer| offer.value).collect::<Vec<_>>().join("|"),
            };
            assert_eq!(read, expected, "{typed:?}");
        }
        let (_, said) = zip("kansas city mo", ZipTable::curated()).unwrap();
        assert_eq!(said.unwrap().text, "Kansas City, MO is taken as ZIP 64124, the one nearest its middle.");
    }
}
