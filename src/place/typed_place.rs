//! Reads a place as people type it: a ZIP, a city and its state, or an address with either.

use std::cmp::Reverse;

use crate::fuzzy::{did_you_mean, nearest};
use crate::place::{State, Zip, ZipEntry, ZipTable};
use crate::text::{fold_words, printable};

/// How many places are offered for one that is not found, or that may be several.
const OFFERED: usize = 8;

/// The most words the name of a state has: District of Columbia.
const LONGEST_STATE: usize = 3;

/// The most words of a city that is looked for at the end of an address.
const LONGEST_CITY: usize = 5;

/// What cities are called besides their names: the short name, the city and its state.
const SHORT_NAMES: [(&str, &str); 3] = [("nyc", "New York, NY"), ("dc", "Washington, DC"), ("d.c", "Washington, DC")];

/// What may stand behind a state and adds nothing.
const COUNTRY: [&str; 4] = ["us", "usa", "u s a", "united states"];

/// Common words that streets are called by (USPS Publication 28, appendix C1).
const STREET_WORDS: [&str; 30] = [
    "ave",
    "avenue",
    "blvd",
    "boulevard",
    "box",
    "broadway",
    "cir",
    "circle",
    "court",
    "ct",
    "dr",
    "drive",
    "hwy",
    "highway",
    "lane",
    "ln",
    "parkway",
    "pike",
    "pkwy",
    "pl",
    "place",
    "rd",
    "road",
    "sq",
    "square",
    "st",
    "street",
    "ter",
    "trail",
    "way",
];

/// Words with a number behind them that is no ZIP.
const NUMBERED: [&str; 7] = ["apt", "box", "room", "rm", "ste", "suite", "unit"];

/// A place that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TypedPlace {
    /// The ZIP that stands for it.
    pub zip: Zip,
    /// How it was understood, as a code and a sentence; `None` where a ZIP alone was typed.
    pub remark: Option<(&'static str, String)>,
    /// Words beside a ZIP that are no part of a place.
    pub unused: Option<String>,
}

/// Why what was typed is not one place. The texts begin without a capital and end without a stop, as those of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlaceError {
    /// A stable code.
    pub code: &'static str,
    /// What is wrong.
    pub detail: String,
    /// How to correct it.
    pub hint: Option<String>,
    /// Places that may be meant, the likeliest first.
    pub offers: Vec<String>,
}

impl PlaceError {
    fn of(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), hint: None, offers: Vec::new() }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same with the first of `offers`, each once.
    fn offering(mut self, offers: impl IntoIterator<Item = String>) -> Self {
        for offer in offers {
            if self.offers.len() < OFFERED && !self.offers.contains(&offer) {
                self.offers.push(offer);
            }
        }
        self
    }
}

/// What the table says of `zip`.
///
/// # Errors
/// The ZIP is not in use, or is in use for military post and has no place.
pub(crate) fn zip_in_use(zip: Zip, zips: &ZipTable) -> Result<ZipEntry<'_>, PlaceError> {
    zips.get(zip).ok_or_else(|| unused_zip(zip, zips))
}

fn unused_zip(zip: Zip, zips: &ZipTable) -> PlaceError {
    if zip.is_military() {
        return military_post(&format!("ZIP {zip}"));
    }
    let similar: Vec<String> = zips.similar_zips(zip, 3).iter().map(Zip::to_string).collect();
    let hint = did_you_mean(&similar.iter().map(String::as_str).collect::<Vec<_>>());
    PlaceError { hint, ..PlaceError::of("no_such_zip", format!("ZIP {zip} is not in use")) }.offering(similar)
}

fn military_post(what: &str) -> PlaceError {
    PlaceError::of("military_zip", format!("{what} is in use for military post (APO/FPO/DPO) and has no place"))
        .hint("enter the ZIP of where care is needed")
}

/// The ZIP that `typed` stands for: the one that stands in it, else the one nearest the middle of the city.
///
/// # Errors
/// Nothing was typed, no such ZIP or city is known, or several may be meant.
pub(crate) fn read_place(typed: &str, zips: &ZipTable) -> Result<TypedPlace, PlaceError> {
    let typed = typed.trim_matches(|c: char| c.is_whitespace() || [',', '.', ';'].contains(&c));
    if typed.is_empty() {
        let hint = "example: 29401, or Charleston, SC";
        return Err(PlaceError::of("missing", "enter a location").hint(hint));
    }
    let reader = PlaceReader { zips, parts: parts(in_full(typed)) };
    let (spelled, rest) = reader.split_zips();
    let mut places: Vec<ZipEntry<'_>> = spelled.iter().filter_map(|zip| zips.get(*zip)).collect();
    places.sort_by_key(|place| spelled.iter().position(|zip| *zip == place.zip));
    places.dedup();
    match (&places[..], spelled.first()) {
        ([place], _) => rest.beside_zip(place, spelled.len() == 1),
        ([], Some(zip)) => Err(unused_zip(*zip, zips)),
        ([], None) if rest.is_military_post() => Err(military_post("an address there")),
        ([], None) if !typed.contains(char::is_alphabetic) => Err(PlaceError::of("not_a_zip", "a ZIP code has five digits")),
        ([], None) => rest.city(),
        (several, _) => Err(PlaceError::of("ambiguous", "several ZIPs were entered. Which one?")
            .offering(several.iter().map(|place| place.zip.to_string()))),
    }
}

/// The words of what was typed, between its commas.
#[derive(Debug, Clone)]
struct PlaceReader<'a> {
    zips: &'a ZipTable,
    parts: Vec<Vec<&'a str>>,
}

impl<'a> PlaceReader<'a> {
    fn of(&self, parts: Vec<Vec<&'a str>>) -> Self {
        Self { zips: self.zips, parts }
    }

    /// The ZIPs that were typed, and the text without them. The number of a house or a box is no ZIP.
    fn split_zips(&self) -> (Vec<Zip>, Self) {
        let (mut spelled, mut rest) = (Vec::new(), Vec::new());
        let mut is_number = self.has_house_number();
        for part in &self.parts {
            let mut words = Vec::new();
            for word in part {
                match word.parse() {
                    Ok(zip) if !is_number => spelled.push(zip),
                    Ok(_) | Err(_) => words.push(*word),
                }
                is_number = NUMBERED.contains(&fold_words(word).as_str());
            }
            rest.extend(Some(words).filter(|words| !words.is_empty()));
        }
        (spelled, self.of(rest))
    }

    /// Whether it begins with the number of a house: a number, a name and a word for a street, which are no city together.
    fn has_house_number(&self) -> bool {
        let [number, _, street @ ..] = self.parts.first().map_or(&[][..], Vec::as_slice) else { return false };
        let is_street = street.iter().any(|word| STREET_WORDS.contains(&fold_words(word).as_str()));
        let mut behind = self.parts.clone();
        for part in &mut behind {
            part.retain(|word| word.parse::<Zip>().is_err());
        }
        number.starts_with(|c: char| c.is_ascii_digit()) && is_street && self.of(behind).named_city().is_none()
    }

    fn is_military_post(&self) -> bool {
        let words: Vec<String> = self.parts.concat().iter().map(|word| fold_words(word)).collect();
        words
            .windows(2)
            .any(|two| ["apo", "fpo", "dpo"].contains(&two[0].as_str()) && ["aa", "ae", "ap"].contains(&two[1].as_str()))
    }

    /// `place` by its ZIP, unless a city of another state stands beside it; `only` says that it is the one ZIP typed.
    fn beside_zip(&self, place: &ZipEntry<'_>, only: bool) -> Result<TypedPlace, PlaceError> {
        let (zip, lies) = (place.zip, place.city_and_state());
        if let Some(city) = self.stated_city().filter(|city| city.state != place.state) {
            let city = city.city_and_state();
            let detail = format!("ZIP {zip} is in {lies}, but {city} was entered. Which one?");
            return Err(PlaceError::of("ambiguous", detail).offering([city, zip.to_string()]));
        }
        let unused = self.unused_beside_zip();
        let not_used = unused.as_ref().map(|words| format!(" \u{201c}{}\u{201d} was not used.", printable(words)));
        let text = format!("Location used: ZIP {zip}, {lies}.{}", not_used.unwrap_or_default());
        let alone = only && self.parts.is_empty();
        Ok(TypedPlace { zip, remark: (!alone).then_some(("zip_of_text", text)), unused })
    }

    /// The words beside a ZIP, unless they are a city, a state, a country or an address.
    fn unused_beside_zip(&self) -> Option<String> {
        let text = self.text();
        let is_place = self.is_address()
            || self.stated_city().is_some()
            || self.is_state_or_country()
            || !lookup(&text, self.zips).is_empty();
        // "64108 or 64108" joins two ZIPs.
        let joins = ["or", "and", "zip", "zip code", "near"].contains(&fold_words(&text).as_str());
        (!text.is_empty() && !is_place && !joins).then_some(text)
    }

    fn is_state_or_country(&self) -> bool {
        let words = self.parts.concat();
        let state = words.iter().copied().filter(|word| !is_country(&[*word])).collect::<Vec<_>>().join(" ");
        is_country(&words) || State::named(&state).is_some()
    }

    /// The one city that is meant, as the ZIP nearest its middle.
    fn city(&self) -> Result<TypedPlace, PlaceError> {
        let meant = self.stated_city().map_or_else(|| self.cities(), |city| vec![city]);
        match meant[..] {
            [city] => {
                let text = format!("Location used: {}, ZIP {} (nearest its center).", city.city_and_state(), city.zip);
                Ok(TypedPlace { zip: city.zip, remark: Some(("zip_of_city", text)), unused: None })
            }
            [] => Err(self.no_such_city()),
            _ => Err(which(meant, self.zips)),
        }
    }

    /// The cities of that name, where no state stands behind it.
    fn cities(&self) -> Vec<ZipEntry<'a>> {
        let whole = lookup(&self.text(), self.zips);
        if !whole.is_empty() || !self.is_address() || self.state().is_some() {
            return whole;
        }
        self.names().iter().map(|name| lookup(name, self.zips)).find(|found| !found.is_empty()).unwrap_or_default()
    }

    /// The city whose name and state are the whole text.
    fn named_city(&self) -> Option<ZipEntry<'a>> {
        let (before, state) = self.state()?;
        lookup(&before.text(), self.zips).into_iter().find(|city| city.state == state)
    }

    /// The city of the state at the end of the text, whatever stands before it.
    fn stated_city(&self) -> Option<ZipEntry<'a>> {
        let (before, state) = self.state()?;
        let mut cities = before.names().into_iter().flat_map(|name| lookup(&name, self.zips));
        cities.find(|city| city.state == state)
    }

    /// The state at the end, and the text before it. "West Virginia" is one state of two words, so the longest name wins; and
    /// "Port Washington" is a city.
    fn state(&self) -> Option<(Self, State)> {
        let mut parts = self.parts.clone();
        // Word for word: "Newton IA" is not Newtonia.
        let words = |city: &ZipEntry<'_>| city.city.split_whitespace().count();
        if parts.len() == 1 && lookup(&self.text(), self.zips).iter().any(|city| words(city) == parts[0].len()) {
            return None;
        }
        if parts.last().is_some_and(|last| is_country(last)) {
            parts.pop();
        }
        let mut last = parts.pop()?;
        if last.len() > 1 && is_country(&last[last.len() - 1..]) {
            last.pop();
        }
        let first = last.len().saturating_sub(LONGEST_STATE);
        let (at, state) = (first..last.len()).find_map(|at| Some((at, State::named(&last[at..].join(" "))?)))?;
        last.truncate(at);
        if !last.is_empty() {
            parts.push(last);
        }
        (!parts.is_empty()).then(|| (self.of(parts), state))
    }

    /// What may be the name of the city, likeliest first: the whole; of an address the text between its commas, from the end,
    /// and the last words.
    fn names(&self) -> Vec<String> {
        let mut names = vec![self.text()];
        names.extend(self.parts.iter().rev().map(|part| part.join(" ")));
        if let Some(last) = self.parts.last().filter(|_| self.is_address()) {
            names.extend((last.len().saturating_sub(LONGEST_CITY)..last.len()).map(|at| last[at..].join(" ")));
        }
        names
    }

    /// Whether it begins with a number or a post-office box.
    fn is_address(&self) -> bool {
        let text = fold_words(&self.text());
        text.starts_with(|c: char| c.is_ascii_digit()) || ["po box ", "p o box "].iter().any(|start| text.starts_with(start))
    }

    fn text(&self) -> String {
        self.parts.concat().join(" ")
    }

    fn no_such_city(&self) -> PlaceError {
        if State::named(&self.text()).is_some() {
            return PlaceError::of("no_such_city", "a state alone is too large an area")
                .hint("enter a ZIP, or a city and state");
        }
        let Some((before, state)) = self.state() else { return self.no_such_state() };
        let name = before.parts.last().map(|part| part.join(" ")).unwrap_or_default();
        let mut elsewhere = lookup(&name, self.zips);
        by_people(&mut elsewhere, self.zips);
        let detail = match elsewhere[..] {
            [] => "city not found".to_owned(),
            _ => format!("{state} has no city with that name"),
        };
        let offers = alike(&name, Some(state), self.zips).into_iter().chain(elsewhere);
        with_way_out(PlaceError::of("no_such_city", detail).offering(offers.map(|city| city.city_and_state())))
    }

    /// No city of that name, and no state behind it that is spelled right.
    fn no_such_state(&self) -> PlaceError {
        let detail = match self.parts.len() {
            1 => "city not found",
            _ => "enter a state name or two-letter code after the comma",
        };
        let guesses = self.misspelled_states();
        let of = |(name, state): &(String, State)| lookup(name, self.zips).into_iter().find(|city| city.state == *state);
        let mut offers: Vec<ZipEntry<'_>> = guesses.iter().filter_map(of).collect();
        if offers.is_empty() {
            let like = |(name, state): &(String, State)| alike(name, Some(*state), self.zips);
            offers = guesses.iter().flat_map(like).chain(alike(&self.text(), None, self.zips)).collect();
        }
        let offers = offers.iter().map(ZipEntry::city_and_state);
        with_way_out(PlaceError::of("no_such_city", detail).offering(offers))
    }

    /// The states whose names are like the words at the end, each with the text before it.
    fn misspelled_states(&self) -> Vec<(String, State)> {
        let words = self.parts.concat();
        let splits = (1..words.len()).rev().take(2).map(|at| (words[..at].join(" "), words[at..].join(" ")));
        let states: Vec<State> = State::all().collect();
        let like = |typed: &str| nearest(typed, states.iter().map(State::name), 2);
        let guesses = splits.flat_map(|(name, typed)| {
            let states: Vec<State> = like(&typed).into_iter().filter_map(State::named).collect();
            states.into_iter().map(move |state| (name.clone(), state))
        });
        guesses.collect()
    }
}

fn with_way_out(error: PlaceError) -> PlaceError {
    let hint =
        if error.offers.is_empty() { "enter a ZIP, or a city and state" } else { "enter a ZIP, or choose one of these" };
    error.hint(hint)
}

/// Which of several states is meant, most people first.
fn which(mut meant: Vec<ZipEntry<'_>>, zips: &ZipTable) -> PlaceError {
    by_people(&mut meant, zips);
    let more = meant.len() > OFFERED;
    let error = PlaceError::of("ambiguous", "several states have a city with that name. Which one?")
        .offering(meant.into_iter().map(|city| city.city_and_state()));
    if more { error.hint("these are the largest; for another, add its state") } else { error }
}

fn by_people(cities: &mut [ZipEntry<'_>], zips: &ZipTable) {
    cities.sort_by_cached_key(|city| (Reverse(zips.people_of(city.city, city.state)), city.state));
}

/// The cities of that name, one a state. "City" at its end is dropped where no city is called so.
fn lookup<'a>(name: &str, zips: &'a ZipTable) -> Vec<ZipEntry<'a>> {
    let found = zips.cities(name);
    match name.rsplit_once(char::is_whitespace) {
        Some((rest, last)) if found.is_empty() && last.eq_ignore_ascii_case("city") => zips.cities(rest),
        _ => found,
    }
}

/// The cities whose names are most like `typed`, those of one name by people; only those of `state` where one is given.
fn alike<'a>(typed: &str, state: Option<State>, zips: &'a ZipTable) -> Vec<ZipEntry<'a>> {
    let of_state = |place: &ZipEntry<'_>| state.is_none_or(|state| place.state == state);
    let mut names: Vec<&str> = zips.iter().filter(of_state).map(|place| place.city).collect();
    names.sort_unstable();
    names.dedup();
    let called = |name| {
        let mut cities: Vec<ZipEntry<'a>> = zips.cities(name).into_iter().filter(of_state).collect();
        by_people(&mut cities, zips);
        cities
    };
    nearest(typed, names, OFFERED).into_iter().flat_map(called).take(OFFERED).collect()
}

fn in_full(typed: &str) -> &str {
    SHORT_NAMES.iter().find(|(short, _)| short.eq_ignore_ascii_case(typed)).map_or(typed, |(_, city)| city)
}

fn is_country(words: &[&str]) -> bool {
    COUNTRY.contains(&fold_words(&words.join(" ")).as_str())
}

/// The words between commas; empty parts are left out.
fn parts(typed: &str) -> Vec<Vec<&str>> {
    let parts = typed.split([',', ';', '/']).map(|part| part.split_whitespace().collect());
    parts.filter(|part: &Vec<&str>| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The ZIP that is read, else what is offered.
    fn read(typed: &str) -> String {
        match read_place(typed, ZipTable::curated()) {
            Ok(place) => place.zip.to_string(),
            Err(error) => error.offers.join("|"),
        }
    }

    #[test]
    fn a_zip_or_a_city_is_found_or_the_way_out_is_offered() {
        for (typed, expected) in [
            ("64108", "64108"),
            ("64108-1234", "64108"),
            ("Charleston SC 29401", "29401"),
            ("SC 29401", "29401"),
            ("99501, AK", "99501"),
            ("Overland Park KS, 66210", "66210"),
            ("Charleston SC 29400", "29401|29402|29403"),
            ("Kansas City, MO", "64124"),
            ("kansas city mo", "64124"),
            ("KANSAS CITY MO USA", "64124"),
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
            ("6410", ""),
            (" , ", ""),
            ("", ""),
        ] {
            assert_eq!(read(typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn cities_and_states_are_read_as_people_write_them() {
        for (typed, city) in [
            ("Lee's Summit MO", "Lees Summit, MO"),
            ("Lee\u{2019}s Summit, Mo.", "Lees Summit, MO"),
            ("King's Mountain NC", "Kings Mountain, NC"),
            ("King's Mtn NC", "Kings Mountain, NC"),
            ("Devil's Lake ND", "Devils Lake, ND"),
            ("Bailey's Harbor WI", "Baileys Harbor, WI"),
            ("St. Mary's GA", "Saint Marys, GA"),
            ("O'Fallon MO", "O Fallon, MO"),
            ("Nashville Tenn", "Nashville, TN"),
            ("Nashville, Tenn.", "Nashville, TN"),
            ("Los Angeles, Calif.", "Los Angeles, CA"),
            ("Miami Fla", "Miami, FL"),
            ("Boston Mass", "Boston, MA"),
            ("Scranton, Penn.", "Scranton, PA"),
            ("Wheeling W. Va.", "Wheeling, WV"),
            ("Charlotte, N.C.", "Charlotte, NC"),
            ("Fargo N. Dak.", "Fargo, ND"),
            ("123 Main St, Kansas City MO", "Kansas City, MO"),
            ("123 Main St Kansas City, MO", "Kansas City, MO"),
            ("12345 Main St, Kansas City MO", "Kansas City, MO"),
            ("PO Box 12345, Kansas City MO", "Kansas City, MO"),
            ("100 St. Louis Ave, St. Louis, MO", "Saint Louis, MO"),
        ] {
            let place = read_place(typed, ZipTable::curated()).unwrap_or_else(|error| panic!("{typed}: {error:?}"));
            let entry = ZipTable::curated().get(place.zip).unwrap();
            assert_eq!(entry.city_and_state(), city, "{typed:?}");
            assert_eq!(place.remark.unwrap().0, "zip_of_city", "{typed:?}");
        }
    }

    #[test]
    fn the_zip_of_an_address_is_used_and_several_are_asked_about() {
        for (typed, expected) in [
            ("123 Main St, Kansas City MO 64108", "64108"),
            ("12345 Main St, Kansas City MO 64108-1234", "64108"),
            ("PO Box 12345, Kansas City MO 64141", "64141"),
            ("64108, 66101", "64108|66101"),
            ("64108 or 66101", "64108|66101"),
            ("Kansas City 64108, Kansas City 66101", "64108|66101"),
            ("64108, 64108", "64108"),
            // The ZIP is of Springfield, Massachusetts.
            ("Springfield, MO 01103", "Springfield, MO|01103"),
        ] {
            assert_eq!(read(typed), expected, "{typed:?}");
        }
    }

    #[test]
    fn the_likeliest_is_offered_first() {
        for (typed, first) in [
            ("St. Louis", "Saint Louis, MO"),
            ("kansas city", "Kansas City, MO"),
            ("Kansas City, SC", "Kansas City, MO"),
            ("Washington", "Washington, DC"),
            ("Nashvile", "Nashville, TN"),
            ("Pittsburg PA", "Pittsburgh, PA"),
            ("Charlestan, SC", "Charleston, SC"),
            ("Charleston, Carolina", "Charleston, SC"),
            ("Nashville Tennesee", "Nashville, TN"),
            ("123 Main St, Springfield", "Springfield, MO"),
        ] {
            assert_eq!(read(typed).split('|').next(), Some(first), "{typed:?}: {}", read(typed));
        }
        assert_eq!(read("Washington").split('|').count(), OFFERED);
    }

    #[test]
    fn military_post_has_no_place_and_no_neighbors() {
        for typed in ["09012", "96266", "34002", "APO AE 09012", "apo ae", "PSC 3, Box 4120, APO, AP 96266"] {
            let error = read_place(typed, ZipTable::curated()).unwrap_err();
            assert_eq!((error.code, error.offers.len()), ("military_zip", 0), "{typed}");
        }
        // What the Postal Service delivers to by military post is no place of the table.
        assert!(ZipTable::curated().iter().all(|place| !place.zip.is_military()));
    }

    #[test]
    fn how_the_place_was_read_is_said() {
        for (typed, expected) in [
            ("kansas city mo", Some("Location used: Kansas City, MO, ZIP 64124 (nearest its center).")),
            ("Columbia SC 29401", Some("Location used: ZIP 29401, Charleston, SC.")),
            ("29401 99999", Some("Location used: ZIP 29401, Charleston, SC.")),
            ("29401", None),
            ("29401 medicare", Some("Location used: ZIP 29401, Charleston, SC. \u{201c}medicare\u{201d} was not used.")),
            ("29401 Charleston", Some("Location used: ZIP 29401, Charleston, SC.")),
            ("SC 29401, USA", Some("Location used: ZIP 29401, Charleston, SC.")),
        ] {
            let place = read_place(typed, ZipTable::curated()).unwrap();
            assert_eq!(place.remark.map(|(_, text)| text).as_deref(), expected, "{typed:?}");
        }
    }

    #[test]
    fn of_none_none_is_promised() {
        for (typed, detail) in [
            ("Zzyzzyx", "city not found"),
            ("SC", "a state alone is too large an area"),
            ("West Virginia", "a state alone is too large an area"),
        ] {
            let unknown = read_place(typed, ZipTable::curated()).unwrap_err();
            assert_eq!(unknown.detail, detail);
            assert_eq!(unknown.hint.unwrap().contains("one of these"), !unknown.offers.is_empty(), "{typed}");
        }
    }

    #[test]
    fn every_city_and_state_finds_itself() {
        let zips = ZipTable::curated();
        let cities: BTreeSet<(&str, State)> = zips.iter().map(|place| (place.city, place.state)).collect();
        assert!(cities.len() > 29_000);
        let mut lost = Vec::new();
        for (city, state) in cities {
            let plain = format!("{city} {state}");
            let named = format!("{city}, {}", state.name());
            for typed in [&plain.to_uppercase(), &fold_words(&plain), &plain, &named] {
                let found = read_place(typed, zips).ok().and_then(|place| zips.get(place.zip));
                // "Mc Grath" and "Mcgrath" of one state are one city.
                let same = |place: ZipEntry<'_>| {
                    place.state == state && zips.cities(place.city).iter().any(|one| zips.cities(city).contains(one))
                };
                if !found.is_some_and(same) {
                    lost.push(format!("{typed}: {found:?}"));
                }
            }
        }
        assert!(lost.is_empty(), "{} are lost: {:#?}", lost.len(), &lost[..lost.len().min(40)]);
    }
}
