//! The standards of time, distance and number that 42 CFR 422.116 sets for the networks of Medicare Advantage plans in each county, and
//! the counties of each ZIP code.

use std::collections::BTreeMap;
use std::fmt;

use crate::evidence::Evidence;
use crate::place::{State, Zip};
use crate::service::Service;

/// A county, or what counts as one: a parish, a borough, an independent city.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct County {
    /// The state.
    pub state: State,
    /// The name, as the source spells it: `Clarendon`, `Clarendon County`.
    pub name: String,
}

/// What the Census Bureau adds to the name of a county and CMS does not. A city keeps its word: St. Louis, Missouri is a county and a city.
const KINDS: [&str; 7] = ["county", "parish", "borough", "census area", "municipality", "municipio", "planning region"];

impl County {
    /// The form in which names of several sources are compared: small letters and digits, without the kind of county.
    pub(crate) fn key(&self) -> (State, String) {
        (self.state, letters(self.without_kind()))
    }

    /// The name without its kind.
    fn without_kind(&self) -> &str {
        let name = self.name.trim();
        let cut = |kind: &&str| {
            let at = name.len().checked_sub(kind.len()).filter(|at| *at > 0)?;
            let (before, after) = name.split_at_checked(at)?;
            (after.eq_ignore_ascii_case(kind) && before.ends_with(' ')).then(|| before.trim_end())
        };
        KINDS.iter().find_map(cut).unwrap_or(name)
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl fmt::Display for County {
    /// `Clarendon, SC`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.without_kind(), self.state)
    }
}

/// The type of a county in 42 CFR 422.116(c), by its people and their density.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CountyType {
    /// Large metro.
    LargeMetro,
    /// Metro.
    Metro,
    /// Micro.
    Micro,
    /// Rural.
    Rural,
    /// A county with extreme access considerations.
    ExtremeAccess,
}

impl CountyType {
    /// Every type, the densest first.
    pub const ALL: [Self; 5] = [Self::LargeMetro, Self::Metro, Self::Micro, Self::Rural, Self::ExtremeAccess];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::LargeMetro => "large_metro",
            Self::Metro => "metro",
            Self::Micro => "micro",
            Self::Rural => "rural",
            Self::ExtremeAccess => "ceac",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::LargeMetro => "Large Metro",
            Self::Metro => "Metro",
            Self::Micro => "Micro",
            Self::Rural => "Rural",
            Self::ExtremeAccess => "CEAC",
        }
    }

    /// The type that CMS writes with these words.
    pub(crate) fn named(words: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|of| letters(of.label()) == letters(words))
    }
}

/// The standard of one service in one county.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceStandard {
    /// The service.
    pub service: Service,
    /// The least number of providers in the network.
    pub minimum: u32,
    /// The maximum travel time, in minutes.
    pub minutes: u32,
    /// The maximum travel distance, in miles.
    pub miles: u32,
}

/// The standards of one county.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountyStandard {
    /// The county.
    pub county: County,
    /// Its type.
    pub county_type: CountyType,
    /// The standard of each service that the file lists.
    pub services: Vec<ServiceStandard>,
}

/// The file of CMS with the standards of every county.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardsFile {
    /// The file.
    pub evidence: Evidence,
    /// The counties, in order.
    pub counties: Vec<CountyStandard>,
}

/// A county and its code of the Census Bureau: 29047 is Clay County, Missouri.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodedCounty {
    /// The county.
    pub county: County,
    /// The code.
    pub code: u32,
}

/// The table of the counties in which each ZIP code lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZipCounties {
    /// The table.
    pub evidence: Evidence,
    /// The counties.
    pub counties: Vec<CodedCounty>,
    /// The counties of each ZIP code by their index, the one with the most land first.
    pub of: BTreeMap<Zip, Vec<u32>>,
}

/// What is known of the standards in each county.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CountyStandards {
    /// The standards; `None` if no file is loaded.
    pub standards: Option<StandardsFile>,
    /// The counties of ZIP codes; `None` if no table is loaded.
    pub zips: Option<ZipCounties>,
}

/// A county of a ZIP code, and its standard for a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountyFound<'a> {
    /// The county.
    pub county: &'a County,
    /// Its type and standard; `None` if the file of CMS does not list the county.
    pub standard: Option<(CountyType, ServiceStandard)>,
}

/// What is known of the standards of a service at a ZIP code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ZipStandards<'a> {
    /// There are such standards, but the file that has them is not loaded.
    NotLoaded,
    /// There is no standard for the service.
    NoneForService,
    /// No table of the counties of ZIP codes is loaded.
    NoCountyTable,
    /// The table does not have the ZIP code.
    UnknownZip,
    /// The counties of the ZIP code, the one with the most land first; at least one.
    Counties(Vec<CountyFound<'a>>),
}

impl CountyStandards {
    /// What is known of the standards of `service` at `zip`. Without a file, the rule itself says that it lists nursing facilities.
    pub fn at(&self, zip: Zip, service: Service) -> ZipStandards<'_> {
        let Some(file) = &self.standards else {
            let is_listed = service == Service::SkilledNursing;
            return if is_listed { ZipStandards::NotLoaded } else { ZipStandards::NoneForService };
        };
        if !file.counties.iter().any(|county| county.of(service).is_some()) {
            return ZipStandards::NoneForService;
        }
        let Some(table) = &self.zips else { return ZipStandards::NoCountyTable };
        let counties = table.of.get(&zip).into_iter().flatten();
        let counties = counties.filter_map(|at| table.counties.get(*at as usize));
        let found: Vec<CountyFound<'_>> = counties
            .map(|known| CountyFound { county: &known.county, standard: file.standard(&known.county, service) })
            .collect();
        if found.is_empty() { ZipStandards::UnknownZip } else { ZipStandards::Counties(found) }
    }
}

impl ZipCounties {
    /// The county that is typed as its code, or as its name and state: `29047`, `Clay, MO`, `Clay County, Missouri`.
    pub(crate) fn named(&self, typed: &str) -> Option<u32> {
        let is_code = typed.len() == 5 && typed.bytes().all(|byte| byte.is_ascii_digit());
        let found = if is_code {
            let code: u32 = typed.parse().ok()?;
            self.counties.iter().position(|known| known.code == code)
        } else {
            let (name, state) = typed.rsplit_once(',')?;
            let key = County { state: state.trim().parse().ok()?, name: name.to_owned() }.key();
            self.counties.iter().position(|known| known.county.key() == key)
        };
        found.and_then(|at| u32::try_from(at).ok())
    }

    /// The ZIP codes of which at least a part lies in one of `counties`, in order.
    pub(crate) fn zips_in(&self, counties: &[u32]) -> Vec<Zip> {
        let lies_there = |of: &Vec<u32>| of.iter().any(|at| counties.contains(at));
        self.of.iter().filter(|(_, of)| lies_there(of)).map(|(zip, _)| *zip).collect()
    }
}

impl StandardsFile {
    fn standard(&self, county: &County, service: Service) -> Option<(CountyType, ServiceStandard)> {
        let key = county.key();
        let found = self.counties.iter().find(|known| known.county.key() == key)?;
        Some((found.county_type, found.of(service)?))
    }
}

impl CountyStandard {
    fn of(&self, service: Service) -> Option<ServiceStandard> {
        self.services.iter().copied().find(|standard| standard.service == service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn county(name: &str) -> County {
        County { state: "MO".parse().unwrap(), name: name.to_owned() }
    }

    #[test]
    fn a_county_has_one_key_in_the_spelling_of_the_census_and_of_cms_and_a_city_has_another() {
        for (one, other, is_same) in [
            ("Clarendon County", "Clarendon", true),
            ("DeKalb County", "De Kalb", true),
            ("St. Louis city", "St. Louis City", true),
            ("St. Louis County", "St. Louis City", false),
            ("Ste. Genevieve County", "Ste Genevieve", true),
            ("Charles City County", "Charles City", true),
            ("Orleans Parish", "ORLEANS", true),
            ("County", "Parish", false),
        ] {
            assert_eq!(county(one).key() == county(other).key(), is_same, "{one}, {other}");
        }
        let (jackson, louis) = (county("Jackson County"), county("St. Louis city"));
        let zip = |number| Zip::from_number(number).unwrap();
        let table = ZipCounties {
            evidence: Evidence::new("a table", None),
            counties: vec![CodedCounty { county: jackson, code: 29_095 }, CodedCounty { county: louis, code: 29_510 }],
            of: [(zip(63_101), vec![1]), (zip(64_108), vec![0]), (zip(64_109), vec![0, 1])].into(),
        };
        for (typed, found) in [
            ("29095", Some(0)),
            ("Jackson, MO", Some(0)),
            ("jackson county, Missouri", Some(0)),
            ("St Louis City, MO", Some(1)),
            ("St. Louis, MO", None),
            ("Jackson", None),
            ("Jackson, KS", None),
            ("29096", None),
        ] {
            assert_eq!(table.named(typed), found, "{typed}");
        }
        assert_eq!(table.zips_in(&[0]), [zip(64_108), zip(64_109)], "a part is enough");
        assert_eq!(county("St. Louis County").to_string(), "St. Louis, MO");
        assert_eq!(CountyType::named("LARGE METRO"), Some(CountyType::LargeMetro));
        assert_eq!(CountyType::named("Suburban"), None);
    }
}
