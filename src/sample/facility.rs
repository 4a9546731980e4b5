//! One invented provider: its name, location and CCN.

use std::collections::BTreeMap;

use crate::place::{Point, State, ZipEntry};
use crate::sample::csv_table::CsvTable;
use crate::sample::error::SampleError;
use crate::sample::options::SampleOptions;
use crate::sample::rng::SampleRng;
use crate::sample::states::CmsStateCode;
use crate::sample::zip_pool::ZipPool;
use crate::sample::{names, states, zip_pool};
use crate::service::Service;

/// Number of providers of each service that CMS lists nationally (counts of its public files, 2021
/// to 2024). Smaller samples use the same proportions.
const NATIONAL: [(Service, u64); 6] = [
    (Service::SkilledNursing, 14_860),
    (Service::HomeHealth, 11_901),
    (Service::Dialysis, 7_600),
    (Service::Hospice, 7_110),
    (Service::InpatientRehab, 1_224),
    (Service::LongTermAcute, 340),
];

/// A provider of the sample.
#[derive(Debug, Clone)]
pub(crate) struct SampleFacility {
    /// The service it offers.
    pub service: Service,
    /// Its CMS Certification Number; empty for services that CMS certifies nobody for.
    pub ccn: String,
    /// Its National Provider Identifier, where it has no certification number.
    pub npi: Option<String>,
    /// Its name, in capitals.
    pub name: String,
    /// Street and number, or a post-office box, in capitals.
    pub street: String,
    /// The ZIP of its address.
    pub place: ZipEntry<'static>,
    /// Its actual location.
    pub point: Point,
    /// Ten digits; `None` where the file has none.
    pub phone: Option<String>,
    /// The codes of its state.
    pub digits: CmsStateCode,
    seed: u64,
    number: u64,
}

impl SampleFacility {
    /// The random stream for the attribute `what` of this provider.
    pub(crate) fn chance(&self, what: &str) -> SampleRng {
        SampleRng::of(self.seed, what, self.number)
    }

    /// The city in capitals, as CMS prints it.
    pub(crate) fn city(&self) -> String {
        self.place.city.to_uppercase()
    }

    /// The ZIP of its address.
    pub(crate) fn zip(&self) -> String {
        self.place.zip.to_string()
    }

    /// Writes a row: the columns with which the files of CMS begin, its name in the column `name`, then `cells`.
    pub(crate) fn write_row(&self, sheet: &mut CsvTable, name: &str, cells: &[(&str, &str)]) -> Result<(), SampleError> {
        let (city, zip, phone) = (self.city(), self.zip(), self.dialed());
        let own = [
            ("CMS Certification Number (CCN)", self.ccn.as_str()),
            (name, &self.name),
            ("Address Line 1", &self.street),
            ("City/Town", &city),
            ("State", self.place.state.as_str()),
            ("ZIP Code", &zip),
            ("Telephone Number", &phone),
            ("CMS Region", self.digits.region),
        ];
        sheet.row(&[&own, cells].concat())
    }

    /// The phone as printed by files without their own phone format; `blank` if there is none.
    pub(crate) fn phone_or<'a>(&'a self, blank: &'a str) -> &'a str {
        self.phone.as_deref().unwrap_or(blank)
    }

    /// The phone with parentheses, `(816) 555-0123`.
    pub(crate) fn dialed(&self) -> String {
        let phone = self.phone.as_deref().and_then(|ten| Some((ten.get(..3)?, ten.get(3..6)?, ten.get(6..)?)));
        phone.map(|(area, exchange, line)| format!("({area}) {exchange}-{line}")).unwrap_or_default()
    }

    /// Its certification date, between 1968 and 2023: year, month, day.
    pub(crate) fn certified(&self) -> (u32, u32, u32) {
        let mut chance = self.chance("certified");
        (chance.between(1968, 2023), chance.between(1, 12), chance.between(1, 28))
    }

    /// The certification date as `12/31/2004`.
    pub(crate) fn certified_us(&self) -> String {
        let (year, month, day) = self.certified();
        format!("{month:02}/{day:02}/{year}")
    }
}

/// Number of providers of each service in a sample: in national proportion, rounded down, the rest
/// to the most common service; at least one of each if the sample is large enough.
pub(crate) fn counts(providers: u32) -> Vec<(Service, u64)> {
    let (asked, all) = (u64::from(providers), NATIONAL.iter().map(|(_, count)| count).sum::<u64>());
    let mut counts = NATIONAL.map(|(service, count)| (service, (asked * count / all).max(1))).to_vec();
    let sum: u64 = counts.iter().map(|(_, count)| count).sum();
    counts[0].1 = (counts[0].1 + asked).saturating_sub(sum).max(1);
    counts
}

/// All providers of a sample, by service and CCN.
pub(crate) fn draw(plan: &SampleOptions, places: &ZipPool) -> Vec<SampleFacility> {
    let mut facilities = Vec::new();
    for (service, count) in counts(plan.providers) {
        let from = facilities.len();
        facilities.extend((0..count).filter_map(|number| draw_one(service, number, plan, places)));
        let mut used: BTreeMap<State, u32> = BTreeMap::new();
        for facility in &mut facilities[from..] {
            let state = facility.place.state;
            let used = used.entry(state).or_default();
            facility.ccn = ccn(service, state.ccn_prefixes(), *used);
            *used += 1;
        }
        facilities[from..].sort_by(|a, b| a.ccn.cmp(&b.ccn));
    }
    facilities
}

/// The services that CMS certifies nobody for.
const UNCERTIFIED: [Service; 3] = [Service::HomeInfusion, Service::MedicalEquipment, Service::AssistedLiving];

/// One provider of each of those services for as many of a plan.
const FOR_EACH: u32 = 50;

/// Providers beside those that CMS lists: of the services it certifies nobody for, and some of the hospices with a house of their own.
pub(crate) fn draw_beside(plan: &SampleOptions, places: &ZipPool, listed: &[SampleFacility]) -> Vec<SampleFacility> {
    let count = u64::from((plan.providers / FOR_EACH).max(1));
    let drawn = UNCERTIFIED.into_iter().flat_map(|service| (0..count).map(move |number| (service, number)));
    let mut beside: Vec<SampleFacility> =
        drawn.filter_map(|(service, number)| draw_one(service, number, plan, places)).collect();
    for (facility, number) in beside.iter_mut().zip(1_u64..) {
        facility.npi = Some(npi(number));
    }
    let hospices = listed.iter().filter(|facility| facility.service == Service::Hospice).skip(7).step_by(20);
    beside.extend(hospices.map(|hospice| SampleFacility { service: Service::HospiceInpatient, ..hospice.clone() }));
    beside
}

/// The NPI of that number: it begins with 1999, and its last digit checks the others by the formula of Luhn with 80840 before it.
fn npi(number: u64) -> String {
    let digits = format!("1999{:05}", number % 100_000);
    let check = luhn::checksum(format!("80840{digits}").as_bytes());
    format!("{digits}{}", char::from(check))
}

fn draw_one(service: Service, number: u64, plan: &SampleOptions, places: &ZipPool) -> Option<SampleFacility> {
    let mut chance = SampleRng::of(plan.seed, service.code(), number);
    let mut place = places.draw(&mut chance)?;
    let point = zip_pool::near(place.point, &mut chance);
    let mut street = names::street(&mut chance);
    // Two in a hundred have a post-office box as address, like real ones.
    if let Some(po_box) = places.nearest_po_box(point).filter(|_| chance.permille(20)) {
        place = po_box;
        street = format!("P O BOX {}", chance.between(10, 3_000));
    }
    let digits = states::digits(place.state)?;
    // 555-0100 to 555-0199 is reserved for fiction.
    let phone = (!chance.permille(10)).then(|| format!("{}55501{:02}", digits.area_code, chance.between(0, 99)));
    let name = names::provider(service, &mut chance);
    Some(SampleFacility {
        service,
        ccn: String::new(),
        npi: None,
        name,
        street,
        place,
        point,
        phone,
        digits,
        seed: plan.seed ^ SampleRng::of(0, service.code(), 0).draw(),
        number,
    })
}

/// The last four characters of CCNs by kind of provider: ranges of numbers, and the letter used
/// beyond them (CMS State Operations Manual, section 2779A1; the letters are ours, except T for
/// rehabilitation units).
fn series(service: Service) -> (&'static [(u32, u32)], char) {
    match service {
        Service::SkilledNursing => (&[(5_000, 6_499)], 'F'),
        Service::HomeHealth => (&[(7_000, 8_499), (9_000, 9_799)], 'H'),
        Service::Dialysis => (&[(2_500, 2_899), (2_300, 2_499), (3_500, 3_799)], 'D'),
        Service::InpatientRehab => (&[(3_025, 3_027)], 'T'),
        Service::LongTermAcute => (&[(2_000, 2_299)], 'L'),
        Service::Hospice | Service::HospiceInpatient => (&[(1_500, 1_799)], 'P'),
        Service::HomeInfusion | Service::MedicalEquipment | Service::AssistedLiving => (&[], 'Q'),
    }
}

/// The CCN of the `number`th provider of its service in a state: the state's prefixes and numbers
/// first, then letters.
fn ccn(service: Service, prefixes: &[&str], number: u32) -> String {
    let (ranges, letter) = series(service);
    let mut left = number;
    for prefix in prefixes {
        for (from, to) in ranges {
            if left <= to - from {
                return format!("{prefix}{}", from + left);
            }
            left -= to - from + 1;
        }
    }
    // Beyond the numbers: three digits, then a letter and two of 36 characters, which is 34,696 for
    // each prefix.
    let prefix = prefixes.get((left / 34_696) as usize).or(prefixes.first()).copied().unwrap_or("00");
    let Some(beyond) = (left % 34_696).checked_sub(1_000) else {
        return format!("{prefix}{letter}{:03}", left % 34_696);
    };
    let digit = |value: u32| char::from_digit(value % 36, 36).unwrap_or('0').to_ascii_uppercase();
    format!("{prefix}{letter}{}{}{}", digit(10 + beyond / 1_296), digit(beyond / 36), digit(beyond))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_come_in_national_proportion() {
        let counts: BTreeMap<_, _> = counts(400).into_iter().collect();
        assert_eq!(counts.values().sum::<u64>(), 400);
        assert_eq!((counts[&Service::HomeHealth], counts[&Service::LongTermAcute]), (110, 3));
    }

    #[test]
    fn every_npi_is_well_formed() {
        assert!((0..2_000).all(|number| npi(number).parse::<crate::provider::Npi>().is_ok()));
    }

    #[test]
    fn certification_numbers_run_through_the_states_digits() {
        for (service, number, ccn_reads) in [
            (Service::SkilledNursing, 0, "055000"),
            (Service::SkilledNursing, 1_500, "555000"),
            (Service::SkilledNursing, 4_500, "05F000"),
            (Service::InpatientRehab, 9, "05T000"),
            (Service::InpatientRehab, 45, "05T036"),
            (Service::InpatientRehab, 1_009, "05TA00"),
        ] {
            assert_eq!(ccn(service, &["05", "55", "75"], number), ccn_reads);
        }
    }
}
