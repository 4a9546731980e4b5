//! Cities and states by name, and the ZIP that represents a city.

use std::collections::HashMap;

use crate::place::{Point, State, ZipEntry, ZipKind, ZipSource, ZipTable};
use crate::text::{fold_accents, fold_words};

/// The names of the states, the district and the territories (USPS Publication 28, appendix B).
const STATE_NAMES: [(&str, &str); 57] = [
    ("AK", "Alaska"),
    ("AL", "Alabama"),
    ("AR", "Arkansas"),
    ("AS", "American Samoa"),
    ("AZ", "Arizona"),
    ("CA", "California"),
    ("CO", "Colorado"),
    ("CT", "Connecticut"),
    ("DC", "District of Columbia"),
    ("DE", "Delaware"),
    ("FL", "Florida"),
    ("GA", "Georgia"),
    ("GU", "Guam"),
    ("HI", "Hawaii"),
    ("IA", "Iowa"),
    ("ID", "Idaho"),
    ("IL", "Illinois"),
    ("IN", "Indiana"),
    ("KS", "Kansas"),
    ("KY", "Kentucky"),
    ("LA", "Louisiana"),
    ("MA", "Massachusetts"),
    ("MD", "Maryland"),
    ("ME", "Maine"),
    ("MI", "Michigan"),
    ("MN", "Minnesota"),
    ("MO", "Missouri"),
    ("MP", "Northern Mariana Islands"),
    ("MS", "Mississippi"),
    ("MT", "Montana"),
    ("NC", "North Carolina"),
    ("ND", "North Dakota"),
    ("NE", "Nebraska"),
    ("NH", "New Hampshire"),
    ("NJ", "New Jersey"),
    ("NM", "New Mexico"),
    ("NV", "Nevada"),
    ("NY", "New York"),
    ("OH", "Ohio"),
    ("OK", "Oklahoma"),
    ("OR", "Oregon"),
    ("PA", "Pennsylvania"),
    ("PR", "Puerto Rico"),
    ("PW", "Palau"),
    ("RI", "Rhode Island"),
    ("SC", "South Carolina"),
    ("SD", "South Dakota"),
    ("TN", "Tennessee"),
    ("TX", "Texas"),
    ("UT", "Utah"),
    ("VA", "Virginia"),
    ("VI", "Virgin Islands"),
    ("VT", "Vermont"),
    ("WA", "Washington"),
    ("WI", "Wisconsin"),
    ("WV", "West Virginia"),
    ("WY", "Wyoming"),
];

/// What states were called before they had two letters (U.S. Government Publishing Office Style Manual, chapter 9) and still are,
/// as letters. Where that is the two letters with stops, such as N.Y. and Md., it is not repeated.
const ABBREVIATIONS: [(&str, &str); 47] = [
    ("AL", "ala"),
    ("AR", "ark"),
    ("AZ", "ariz"),
    ("CA", "calif"),
    ("CA", "cal"),
    ("CO", "colo"),
    ("CT", "conn"),
    ("DE", "del"),
    ("FL", "fla"),
    ("ID", "ida"),
    ("IL", "ill"),
    ("IN", "ind"),
    ("KS", "kans"),
    ("KS", "kan"),
    ("MA", "mass"),
    ("MI", "mich"),
    ("MN", "minn"),
    ("MP", "cnmi"),
    ("MS", "miss"),
    ("MT", "mont"),
    ("NC", "ncar"),
    ("NC", "ncarolina"),
    ("ND", "ndak"),
    ("ND", "ndakota"),
    ("NE", "nebr"),
    ("NE", "neb"),
    ("NM", "nmex"),
    ("NM", "nmexico"),
    ("NV", "nev"),
    ("OK", "okla"),
    ("OR", "oreg"),
    ("OR", "ore"),
    ("PA", "penn"),
    ("PA", "penna"),
    ("SC", "scar"),
    ("SC", "scarolina"),
    ("SD", "sdak"),
    ("SD", "sdakota"),
    ("TN", "tenn"),
    ("TX", "tex"),
    ("VI", "usvi"),
    ("WA", "wash"),
    ("WI", "wis"),
    ("WI", "wisc"),
    ("WV", "wva"),
    ("WV", "wvirginia"),
    ("WY", "wyo"),
];

impl State {
    /// The state with this name, postal code or abbreviation, ignoring case and punctuation: "South Carolina", "D.C.", "mo",
    /// "Tenn.", "W. Va.".
    pub fn named(text: &str) -> Option<Self> {
        let wanted = letters(text);
        let is_it = |(code, name): &&(&str, &str)| code.eq_ignore_ascii_case(&wanted) || letters(name) == wanted;
        let full = STATE_NAMES.iter().find(is_it);
        let known = full.or_else(|| ABBREVIATIONS.iter().find(|(_, short)| *short == wanted));
        known.and_then(|(code, _)| Self::coded(code))
    }

    /// Every postal code with its name, in order of the code.
    pub(crate) fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
        STATE_NAMES.into_iter()
    }

    /// Its name: "South Carolina".
    pub fn name(&self) -> &str {
        STATE_NAMES.iter().find(|(code, _)| *code == self.as_str()).map_or(self.as_str(), |(_, name)| name)
    }
}

fn letters(text: &str) -> String {
    fold_words(text).replace(' ', "")
}

impl ZipTable {
    /// The cities with this name, one per state in the order of the states, each as the ZIP nearest its center: the mean of
    /// the points of its ZIPs with streets, or of all if none has streets.
    ///
    /// Names are the same in any case, accents and punctuation, "O'Fallon" and "O Fallon"; "St" is Saint, "Ft" Fort, "Mt" Mount,
    /// "N" North and so on.
    pub fn cities(&self, name: &str) -> Vec<ZipEntry<'_>> {
        self.zips_of(name).chunk_by(|a, b| a.state == b.state).filter_map(nearest_the_middle).collect()
    }

    /// The city of that name in `state`, as the ZIP nearest its middle.
    pub(crate) fn city_in(&self, name: &str, state: State) -> Option<ZipEntry<'_>> {
        self.cities(name).into_iter().find(|city| city.state == state)
    }

    /// How many people live in a city, by its ZIPs.
    pub(crate) fn people_of(&self, name: &str, state: State) -> u64 {
        let zips = self.zips_of(name).into_iter().filter(|zip| zip.state == state);
        zips.map(|zip| u64::from(self.people(zip.zip))).sum()
    }

    /// The ZIPs of the cities of that name, by state.
    fn zips_of(&self, name: &str) -> Vec<ZipEntry<'_>> {
        let places = self.by_city.get_or_init(|| self.index_cities()).get(&city_key(name));
        let records = places.into_iter().flatten().filter_map(|at| self.records.get(*at));
        let mut zips: Vec<ZipEntry<'_>> = records.filter_map(|record| self.place(record)).collect();
        zips.sort_by_key(|place| (place.state, place.zip));
        zips
    }

    fn index_cities(&self) -> HashMap<String, Vec<usize>> {
        let keys: HashMap<&str, String> = self.cities.iter().map(|city| (*city, city_key(city))).collect();
        let mut index: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, record) in self.records.iter().enumerate() {
            if let Some(key) = self.place(record).and_then(|place| keys.get(place.city)) {
                index.entry(key.clone()).or_default().push(at);
            }
        }
        index
    }
}

impl ZipEntry<'_> {
    /// "Charleston, SC".
    pub fn city_and_state(&self) -> String {
        format!("{}, {}", self.city, self.state)
    }
}

fn nearest_the_middle<'a>(zips: &[ZipEntry<'a>]) -> Option<ZipEntry<'a>> {
    // A ZIP that itself stands at the middle of its city would be the nearest always.
    let of_streets = |zip: &ZipEntry<'a>| zip.kind == ZipKind::Standard && zip.source != ZipSource::City;
    let mut of_streets: Vec<ZipEntry<'a>> = zips.iter().copied().filter(of_streets).collect();
    if of_streets.is_empty() {
        of_streets = zips.to_vec();
    }
    let count = f64::from(u32::try_from(of_streets.len()).ok()?);
    let mean = |of: fn(Point) -> f64| of_streets.iter().map(|zip| of(zip.point)).sum::<f64>() / count;
    let middle = Point::from_degrees(mean(Point::latitude), mean(Point::longitude))?;
    of_streets.into_iter().min_by_key(|zip| (zip.point.miles_to(middle), zip.zip))
}

/// The form in which city names are compared: letters and digits without accents, abbreviations expanded.
fn city_key(name: &str) -> String {
    let words = fold_words(&fold_accents(name));
    let whole = words.split_whitespace().map(|word| match word {
        "st" => "saint",
        "ste" => "sainte",
        "ft" => "fort",
        "mt" => "mount",
        "mtn" => "mountain",
        "hts" => "heights",
        "spgs" => "springs",
        "n" => "north",
        "s" => "south",
        "e" => "east",
        "w" => "west",
        _ => word,
    });
    whole.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_is_found_in_each_of_its_states_however_it_is_spelled() {
        for (typed, expected) in [
            ("kansas city", &["66102 Kansas City, KS", "64124 Kansas City, MO"][..]),
            ("st. louis", &["48880 Saint Louis, MI", "63105 Saint Louis, MO", "74866 Saint Louis, OK"]),
            ("FT WORTH", &["76102 Fort Worth, TX"]),
            ("coeur d'alene", &["83815 Coeur D Alene, ID"]),
            ("Cañon City", &["81212 Canon City, CO"]),
            ("Can\u{303}on City", &["81212 Canon City, CO"]),
            ("N. Charleston", &["29418 North Charleston, SC"]),
            ("Saint Mary's City", &["20686 Saint Marys City, MD"]),
            ("nowhere at all", &[]),
            ("", &[]),
        ] {
            let cities = ZipTable::curated().cities(typed);
            let cities: Vec<String> = cities.iter().map(|city| format!("{} {}", city.zip, city.city_and_state())).collect();
            assert_eq!(cities, expected, "{typed:?}");
        }
    }

    #[test]
    fn a_state_is_known_by_its_name_and_by_its_code() {
        for (typed, expected) in [
            ("South Carolina", Some("SC")),
            ("missouri", Some("MO")),
            ("D.C.", Some("DC")),
            ("n. c.", Some("NC")),
            ("West Virginia", Some("WV")),
            ("Tenn.", Some("TN")),
            ("Calif", Some("CA")),
            ("W. Va.", Some("WV")),
            ("N. Dak.", Some("ND")),
            ("N.C.", Some("NC")),
            ("Penna.", Some("PA")),
            ("S. Carolina", Some("SC")),
            ("zz", None),
            ("Carolina", None),
            ("", None),
        ] {
            assert_eq!(State::named(typed).map(|state| state.to_string()).as_deref(), expected, "{typed:?}");
        }
        let codes: Vec<String> = STATE_NAMES.iter().map(|(code, _)| (*code).to_owned()).collect();
        assert_eq!(codes, State::all().map(|state| state.to_string()).collect::<Vec<_>>());
    }
}
