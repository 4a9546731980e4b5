//! ZIP codes, points on the globe, miles, and the curated table of ZIP points.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{LazyLock, OnceLock};

use geo::{Distance, Haversine};

pub(crate) mod ccn_states;
pub(crate) mod center;
pub(crate) mod cities;
pub(crate) mod county_code;
pub(crate) mod typed_place;
pub(crate) mod zip_text;

/// Kilometers in one mile, by definition.
const KILOMETRES_PER_MILE: f64 = 1.609_344;

/// A US ZIP code: five digits, stored as a number. `00601` is 601.
///
/// A `Zip` is well formed; [`ZipTable::get`] says whether it is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zip(u32);

impl Zip {
    /// The five digits as a number below 100,000.
    pub fn number(self) -> u32 {
        self.0
    }

    /// The ZIP of `number`, or `None` from 100,000 on.
    pub fn from_number(number: u32) -> Option<Self> {
        (number < 100_000).then_some(Self(number))
    }

    /// Whether it is a ZIP of military post (APO, FPO and DPO; USPS Publication 65: 090-099 for Europe, 340 for the Americas and
    /// 962-966 for the Pacific). It is in use and has no place.
    pub fn is_military(self) -> bool {
        matches!(self.0 / 100, 90..=99 | 340 | 962..=966)
    }

    /// The ZIP of a text that seems to have lost its leading zeros: `8755` is 08755.
    pub(crate) fn with_lost_zeros(text: &str) -> Option<Self> {
        zip_text::padded(text).map(Self)
    }
}

impl FromStr for Zip {
    type Err = ParseZipError;

    /// Parses `29401`, `29401-1234`, `294011234` and what spreadsheets make of them: `29401 1234`, `29401-`, `29401.0`,
    /// `294 011 234`. The last four digits are dropped.
    fn from_str(text: &str) -> Result<Self, ParseZipError> {
        zip_text::number(text).map(Self).ok_or(ParseZipError)
    }
}

impl fmt::Display for Zip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:05}", self.0)
    }
}

/// The text is not five digits, nor five and four; [`zip_text::way_out`] says what may have happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a ZIP code is five digits")]
pub struct ParseZipError;

/// A state, district or territory by its two-letter postal code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State([u8; 2]);

/// The postal codes of the states, the district and the territories where CMS certifies providers (USPS Publication 28,
/// appendix B).
const STATES: &str = "AK AL AR AS AZ CA CO CT DC DE FL GA GU HI IA ID IL IN KS KY LA MA MD ME MI MN MO MP MS MT NC ND NE NH NJ NM NV NY OH OK OR PA PR PW RI SC SD TN TX UT VA VI VT WA WI WV WY";

impl State {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }

    /// Every state, in alphabetical order of its code.
    pub fn all() -> impl Iterator<Item = Self> {
        STATES.split(' ').filter_map(Self::coded)
    }

    /// The state with this postal code, in either case.
    fn coded(code: &str) -> Option<Self> {
        let &[a, b] = code.as_bytes() else { return None };
        let upper = [a.to_ascii_uppercase(), b.to_ascii_uppercase()];
        STATES.as_bytes().split(|byte| *byte == b' ').any(|known| known == upper).then_some(Self(upper))
    }
}

impl FromStr for State {
    type Err = ParseStateError;

    /// Parses a postal code or a name, in any case and punctuation: `MO`, `mo.`, `Missouri`.
    fn from_str(text: &str) -> Result<Self, ParseStateError> {
        Self::coded(text).or_else(|| Self::named(text)).ok_or(ParseStateError)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is neither the postal code nor the name of a state or territory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a state is its two-letter postal code, such as SC")]
pub struct ParseStateError;

/// A point on the globe in whole micro-degrees (about 11 cm), so that equal points compare equal and results are
/// reproducible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    latitude: i32,
    longitude: i32,
}

impl Point {
    /// A point from degrees north and east; `None` if off the globe.
    pub fn from_degrees(latitude: f64, longitude: f64) -> Option<Self> {
        let on_globe = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        on_globe.then(|| Self { latitude: to_micro(latitude), longitude: to_micro(longitude) })
    }

    /// A point from micro-degrees north and east; `None` if off the globe.
    pub fn from_micro(latitude: i32, longitude: i32) -> Option<Self> {
        let on_globe = latitude.abs() <= 90_000_000 && longitude.abs() <= 180_000_000;
        on_globe.then_some(Self { latitude, longitude })
    }

    /// Micro-degrees north.
    pub fn latitude_micro(self) -> i32 {
        self.latitude
    }

    /// Micro-degrees east.
    pub fn longitude_micro(self) -> i32 {
        self.longitude
    }

    /// Degrees north.
    pub fn latitude(self) -> f64 {
        f64::from(self.latitude) / 1e6
    }

    /// Degrees east.
    pub fn longitude(self) -> f64 {
        f64::from(self.longitude) / 1e6
    }

    /// The great-circle distance: haversine on a sphere of the mean Earth radius, 6371.0088 km.
    pub fn miles_to(self, other: Self) -> Miles {
        let here = geo::Point::new(self.longitude(), self.latitude());
        let there = geo::Point::new(other.longitude(), other.latitude());
        Miles(Haversine.distance(here, there) / 1000.0 / KILOMETRES_PER_MILE)
    }

    /// Whether `other` may be within `radius`: its latitude alone does not put it farther away. Much cheaper than the distance.
    pub(crate) fn may_be_within(self, other: Self, radius: Miles) -> bool {
        /// A degree of latitude on the sphere of [`Point::miles_to`], rounded down.
        const LEAST_MILES_PER_DEGREE: f64 = 69.09;
        f64::from(self.latitude.abs_diff(other.latitude)) / 1e6 * LEAST_MILES_PER_DEGREE <= radius.value()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "at most 180 million, checked by the caller")]
fn to_micro(degrees: f64) -> i32 {
    (degrees * 1e6).round() as i32
}

/// A distance in statute miles: finite and not negative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Miles(f64);

impl Miles {
    /// A distance of `miles`, or `None` if it is negative, infinite or not a number.
    pub fn new(miles: f64) -> Option<Self> {
        (miles.is_finite() && miles >= 0.0).then_some(Self(miles))
    }

    /// The number of miles.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl Eq for Miles {}

impl Ord for Miles {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Miles {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Miles {
    /// One decimal: `4.2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}", self.0)
    }
}

/// How precisely a point locates something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// The street address was geocoded.
    Address,
    /// Geocoded from part of the address only (CMS geocoding footnote 22).
    Approximate,
    /// The centroid of the ZIP code.
    Zip,
    /// The center of the city.
    City,
}

impl Precision {
    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Approximate => "approximate",
            Self::Zip => "zip",
            Self::City => "city",
        }
    }
}

/// The source of a ZIP's point in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZipSource {
    /// The internal point of the Census area of the same number.
    Census,
    /// GeoNames; post-office-box ZIPs have no Census area.
    GeoNames,
    /// The mean of the other ZIPs of its city.
    City,
}

/// The type of a ZIP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZipKind {
    /// Streets with residents.
    Standard,
    /// Post-office boxes only.
    PoBox,
    /// One large organization.
    Unique,
    /// Anything else.
    Other,
}

/// One line of the ZIP table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZipEntry<'a> {
    /// The ZIP itself.
    pub zip: Zip,
    /// Its centroid.
    pub point: Point,
    /// The post office's city name.
    pub city: &'a str,
    /// Its state.
    pub state: State,
    /// The source of the point.
    pub source: ZipSource,
    /// Its type.
    pub kind: ZipKind,
}

impl ZipEntry<'_> {
    /// How closely its point stands for an address of the ZIP.
    pub fn precision(&self) -> Precision {
        match self.source {
            ZipSource::Census | ZipSource::GeoNames => Precision::Zip,
            ZipSource::City => Precision::City,
        }
    }
}

/// Every ZIP in use with its middle: `data/curated/zips/points.bin`, laid out as the README beside it says.
#[derive(Debug, Default)]
pub struct ZipTable {
    records: &'static [[u8; RECORD]],
    cities: Vec<&'static str>,
    states: Vec<State>,
    /// Where the ZIPs of each city stand in `records`, by the key of its name; made when a city is first looked up.
    by_city: OnceLock<HashMap<String, Vec<usize>>>,
}

const HEADER: usize = 20;
const RECORD: usize = 16;

static POINTS: &[u8] = include_bytes!("../data/curated/zips/points.bin");
static CURATED: LazyLock<ZipTable> = LazyLock::new(|| ZipTable::unpack(POINTS).unwrap_or_default());

/// People per ZIP, one little-endian u32 for each line of the ZIP table, in its order.
static PEOPLE: &[u8] = include_bytes!("../data/curated/zips/population.bin");

impl ZipTable {
    /// The table built into the program.
    pub fn curated() -> &'static Self {
        &CURATED
    }

    fn unpack(bytes: &'static [u8]) -> Option<Self> {
        let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        if bytes.get(..5)? != b"ZIPS\x01" {
            return None;
        }
        let count = word(8)? as usize;
        let cities = word(12)? as usize;
        let end = HEADER + count * RECORD;
        let (records, _) = bytes.get(HEADER..end)?.as_chunks::<RECORD>();
        let mut names = std::str::from_utf8(bytes.get(end..)?).ok()?.lines();
        let cities = names.by_ref().take(cities).collect();
        let states = names.map(|code| code.parse().ok()).collect::<Option<_>>()?;
        Some(Self { records, cities, states, by_city: OnceLock::new() })
    }

    /// Number of ZIPs.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether the table is empty, which means that the build is damaged.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The entry of `zip`; `None` means the ZIP is not in use.
    pub fn get(&self, zip: Zip) -> Option<ZipEntry<'_>> {
        let at = self.records.binary_search_by_key(&zip.0, number).ok()?;
        self.place(&self.records[at])
    }

    /// Every ZIP, in numerical order.
    pub fn iter(&self) -> impl Iterator<Item = ZipEntry<'_>> {
        self.records.iter().filter_map(|record| self.place(record))
    }

    /// How many people live in `zip`; 0 where it is not known.
    pub fn people(&self, zip: Zip) -> u32 {
        let (people, _) = PEOPLE.as_chunks::<4>();
        let at = self.records.binary_search_by_key(&zip.0, number).ok();
        at.and_then(|at| people.get(at)).map_or(0, |count| u32::from_le_bytes(*count))
    }

    /// Up to `limit` ZIPs in use that are a typo away from `zip`: one wrong digit or two adjacent ones swapped.
    pub fn similar_zips(&self, zip: Zip, limit: usize) -> Vec<Zip> {
        if zip.is_military() {
            return Vec::new();
        }
        let typed = zip.to_string();
        let same_start = |known: &Zip| std::cmp::Reverse(common_start(&typed, &known.to_string()));
        let mut misses: Vec<Zip> = slips(zip).filter(|slip| self.get(*slip).is_some()).collect();
        misses.sort_by_key(|known| (same_start(known), known.0.abs_diff(zip.0)));
        misses.truncate(limit);
        misses
    }

    /// The ZIP whose middle is nearest to `point`. One that only stands at the middle of its city is none.
    pub fn nearest(&self, point: Point) -> Option<ZipEntry<'_>> {
        let placed = self.iter().filter(|place| place.source != ZipSource::City);
        placed.min_by_key(|place| place.point.miles_to(point))
    }

    fn place(&self, record: &[u8; RECORD]) -> Option<ZipEntry<'_>> {
        let [.., c0, c1, state, flags] = *record;
        let signed = |at: usize| Some(i32::from_le_bytes(record.get(at..at + 4)?.try_into().ok()?));
        Some(ZipEntry {
            zip: Zip(number(record)),
            point: Point::from_micro(signed(4)?, signed(8)?)?,
            city: self.cities.get(usize::from(u16::from_le_bytes([c0, c1])))?,
            state: *self.states.get(usize::from(state))?,
            source: match flags & 3 {
                0 => ZipSource::Census,
                1 => ZipSource::GeoNames,
                _ => ZipSource::City,
            },
            kind: match flags >> 2 & 3 {
                0 => ZipKind::Standard,
                1 => ZipKind::PoBox,
                2 => ZipKind::Unique,
                _ => ZipKind::Other,
            },
        })
    }
}

fn number(record: &[u8; RECORD]) -> u32 {
    u32::from_le_bytes([record[0], record[1], record[2], record[3]])
}

/// The numbers that differ from `zip` in one digit, or by swapping two adjacent digits.
fn slips(zip: Zip) -> impl Iterator<Item = Zip> {
    const PLACES: [u32; 5] = [1, 10, 100, 1_000, 10_000];
    let digit = move |place: u32| zip.0 / place % 10;
    let wrong =
        PLACES.into_iter().flat_map(move |place| (0..10).map(move |other| zip.0 - digit(place) * place + other * place));
    let swapped = PLACES.windows(2).map(move |two| {
        let (low, high) = (digit(two[0]), digit(two[1]));
        zip.0 - low * two[0] - high * two[1] + low * two[1] + high * two[0]
    });
    wrong.chain(swapped).filter(move |other| *other != zip.0).map(Zip)
}

fn common_start(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_is_five_digits_and_prints_as_it_reads() {
        for (text, reads) in [
            ("29401", Some("29401")),
            ("00601", Some("00601")),
            ("29401-1234", Some("29401")),
            ("294011234", Some("29401")),
            ("2940", None),
            ("29401-", Some("29401")),
            ("2940a", None),
            ("+9401", None),
            ("29401-12é", None),
            ("", None),
        ] {
            let zip = text.parse::<Zip>().ok().map(|zip| zip.to_string());
            assert_eq!(zip.as_deref(), reads, "{text:?}");
        }
    }

    #[test]
    fn a_zip_of_one_organization_stands_in_its_city_and_says_so() {
        let zips = ZipTable::curated();
        let get = |zip: &str| zips.get(zip.parse().unwrap()).unwrap();
        // The Cleveland Clinic, that GeoNames places in Lake Erie; a post office of Boston, that it places in the harbor.
        for (zip, downtown) in [("44195", "44115"), ("02283", "02118")] {
            let (there, downtown) = (get(zip), get(downtown));
            assert!(there.point.miles_to(downtown.point).value() < 5.0, "{zip}");
            assert_eq!((there.precision(), downtown.precision()), (Precision::City, Precision::Zip), "{zip}");
            assert_ne!(zips.nearest(there.point).map(|nearest| nearest.source), Some(ZipSource::City), "{zip}");
        }
        // The base of the coast guard at Kodiak is where GeoNames says: the city's one area is as large as a state.
        assert_eq!(get("99619").precision(), Precision::Zip);
    }

    #[test]
    fn charleston_to_columbia_is_106_miles() {
        let charleston = Point::from_degrees(32.7765, -79.9311).unwrap();
        let columbia = Point::from_degrees(34.0007, -81.0348).unwrap();
        assert_eq!(charleston.miles_to(columbia).to_string(), "105.9");
    }
}
