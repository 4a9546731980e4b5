//! The machine-readable files of marketplace plans (45 CFR 156.230): `plans.json` and `providers.json`, streamed.
//!
//! Facilities only; a person's entry is passed over as it is read. The files name no network, so each plan is one of its own.
//! They are known to lag behind the payers' directories, so what rests on them says so.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, BufRead};

use jiff::civil::{Date, date};
use serde::Deserialize;

use crate::care::Service;
use crate::provider::{Address, Npi};
use crate::refresh::account::{Account, SourceKey};
use crate::refresh::cell;
use crate::refresh::elements::{self, Outcome};
use crate::refresh::listings::{ListedTerms, Listings, Member, Names};
use crate::refresh::party::Party;
use crate::refresh::read::{Books, Counts};
use crate::refresh::report::{Reject, Rejects};

/// What was read, until both kinds of file were.
#[derive(Debug, Default)]
pub struct Marketplace {
    /// The marketing name of each plan, by its HIOS id.
    names: BTreeMap<String, String>,
    /// Plan ids and tiers, each once, by number.
    plans: Names,
    tiers: Names,
    listed: Vec<Listed>,
}

/// A facility takes part in a plan over some years.
#[derive(Debug)]
struct Listed {
    party: u32,
    plan: u32,
    tier: Option<u32>,
    first: i16,
    last: i16,
    source: SourceKey,
}

#[derive(Deserialize)]
struct PlanEntry {
    plan_id: String,
    marketing_name: Option<String>,
}

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Facility {
    npi: Option<String>,
    #[serde(rename = "facility_name")]
    name: String,
    #[serde(default, rename = "facility_type")]
    kinds: Vec<String>,
    // Both spellings are in use.
    #[serde(default, alias = "speciality")]
    specialty: Vec<String>,
    #[serde(default)]
    addresses: Vec<Place>,
    #[serde(default)]
    plans: Vec<Participation>,
}

#[derive(Deserialize)]
struct Place {
    address: Option<String>,
    address_2: Option<String>,
    city: Option<String>,
    state: String,
    zip: String,
    phone: Option<String>,
}

#[derive(Deserialize)]
struct Participation {
    plan_id: String,
    network_tier: Option<String>,
    #[serde(default)]
    years: Vec<i16>,
}

/// Reads the names of plans.
///
/// # Errors
/// The disk failed.
pub fn read_plans(
    document: &mut dyn BufRead,
    file: &str,
    books: &mut Books,
    rejects: &mut Rejects,
) -> io::Result<Counts> {
    let names = &mut books.marketplace.names;
    elements::each(document, file, rejects, |element, _| match element.parse::<PlanEntry>() {
        Ok(PlanEntry { plan_id, marketing_name }) => {
            let (name, _) = cell::words(marketing_name.as_deref().unwrap_or_default());
            let earlier = names.insert(plan_id, name.into_owned());
            if earlier.is_some() { Outcome::Again } else { Outcome::Used }
        }
        Err(reason) => Outcome::Rejected(reason),
    })
}

/// Reads the facilities and the plans they take part in.
///
/// # Errors
/// The disk failed.
pub fn read_providers(
    document: &mut dyn BufRead,
    file: &str,
    books: &mut Books,
    rejects: &mut Rejects,
) -> io::Result<Counts> {
    let source = books.accounts.current();
    let Books { marketplace, listings, .. } = books;
    elements::each(document, file, rejects, |element, rejects| {
        match element.parse::<Kind>() {
            Ok(Kind { kind: Some(kind) }) if kind.eq_ignore_ascii_case("FACILITY") => {}
            Ok(_) => return Outcome::PassedOver,
            Err(reason) => return Outcome::Rejected(reason),
        }
        match element.parse::<Facility>() {
            Ok(facility) => {
                let npi = facility.npi.as_deref().map(str::parse::<Npi>);
                if let (Some(Err(error)), Some(text)) = (&npi, &facility.npi) {
                    rejects.push(Reject::within(file, element, "/npi", text, &error.to_string(), true));
                }
                marketplace.add(&facility, npi.and_then(Result::ok), listings, source);
                Outcome::Used
            }
            Err(reason) => Outcome::Rejected(reason),
        }
    })
}

impl Marketplace {
    fn add(&mut self, facility: &Facility, npi: Option<Npi>, listings: &mut Listings, source: SourceKey) {
        let services = services(facility);
        for party in parties(facility, npi, &services, source) {
            let party = listings.described(party);
            for plan in &facility.plans {
                for (first, last) in runs(&plan.years) {
                    let tier = plan.network_tier.as_deref().map(|tier| self.tiers.number(tier));
                    let plan = self.plans.number(&plan.plan_id);
                    self.listed.push(Listed { party, plan, tier, first, last, source });
                }
            }
        }
    }

    /// Makes networks, plans and members of what was read.
    pub fn list(self, listings: &mut Listings) {
        let named = |id: &str| match self.names.get(id).filter(|name| !name.is_empty()) {
            Some(name) => format!("{name} ({id})"),
            None => id.to_owned(),
        };
        let mut networks = Vec::new();
        for id in self.plans.texts() {
            let name = named(id);
            let network = listings.network_apart(&name, None, "marketplace");
            listings.plans.insert((None, name, network));
            networks.push(network);
        }
        let listed: HashSet<&String> = self.plans.texts().iter().collect();
        let unlisted = self.names.keys().filter(|id| !listed.contains(id));
        listings.bare_plans.extend(unlisted.map(|id| (None, named(id))));
        for Listed { party, plan, tier, first, last, source } in self.listed {
            let network = networks[plan as usize];
            let tier = tier.map(|tier| listings.tiers.number(&self.tiers.texts()[tier as usize]));
            let (begin, end) = (first_of(first), last_of(last));
            let terms = ListedTerms { tier, begin, end, low_confidence: true, ..ListedTerms::of(network, source) };
            let terms = listings.terms(terms);
            listings.members.push(Member { party, service: None, terms });
        }
    }
}

fn first_of(year: i16) -> Option<Date> {
    (1900..=2200).contains(&year).then(|| date(year, 1, 1))
}

fn last_of(year: i16) -> Option<Date> {
    (1900..=2200).contains(&year).then(|| date(year, 12, 31))
}

/// A party for each address; one without an address where there is none.
fn parties(facility: &Facility, npi: Option<Npi>, services: &[Service], source: SourceKey) -> Vec<Party> {
    let (name, _) = cell::words(&facility.name);
    let party = |place: Option<&Place>| {
        let address = place.and_then(Place::address);
        let phone = place.and_then(|place| place.phone.as_deref()?.parse().ok());
        let account = |service: &Service| Account {
            source,
            name: Some(name.clone().into_owned()),
            address: address.clone(),
            phone,
            ..Account::of(*service)
        };
        Party {
            npis: npi.into_iter().collect(),
            names: vec![name.clone().into_owned()],
            says: services.iter().map(account).collect(),
            address: address.clone(),
            phone,
            services: services.to_vec(),
            ..Party::default()
        }
    };
    if facility.addresses.is_empty() {
        return vec![party(None)];
    }
    facility.addresses.iter().map(|place| party(Some(place))).collect()
}

impl Place {
    fn address(&self) -> Option<Address> {
        let street: Vec<&str> = [&self.address, &self.address_2].into_iter().flatten().map(String::as_str).collect();
        Some(Address {
            street: cell::words(&street.join(", ")).0.into_owned(),
            city: cell::words(self.city.as_deref().unwrap_or_default()).0.into_owned(),
            state: self.state.trim().parse().ok()?,
            zip: self.zip.trim().parse().ok()?,
        })
    }
}

/// Words of facility types and specialties that mean one of the services.
const KINDS: [(&str, Service); 14] = [
    ("home health", Service::HomeHealth),
    ("skilled nursing", Service::SkilledNursing),
    ("nursing facility", Service::SkilledNursing),
    ("nursing home", Service::SkilledNursing),
    ("inpatient rehab", Service::InpatientRehab),
    ("rehabilitation hospital", Service::InpatientRehab),
    ("long term care hospital", Service::LongTermAcute),
    ("long-term care hospital", Service::LongTermAcute),
    ("hospice", Service::Hospice),
    ("home infusion", Service::HomeInfusion),
    ("medical equipment", Service::MedicalEquipment),
    ("dialysis", Service::Dialysis),
    ("renal disease", Service::Dialysis),
    ("assisted living", Service::AssistedLiving),
];

fn services(facility: &Facility) -> Vec<Service> {
    let words: Vec<String> = facility.kinds.iter().chain(&facility.specialty).map(|kind| kind.to_lowercase()).collect();
    let means = |(known, service): &(&str, Service)| words.iter().any(|kind| kind.contains(known)).then_some(*service);
    let mut services: Vec<Service> = KINDS.iter().filter_map(means).collect();
    services.sort_unstable();
    services.dedup();
    services
}

/// Years as runs without a gap: 2024, 2025, 2027 is 2024 to 2025 and 2027. No year at all is no bound.
fn runs(years: &[i16]) -> Vec<(i16, i16)> {
    let mut years = years.to_vec();
    years.sort_unstable();
    years.dedup();
    let mut runs: Vec<(i16, i16)> = Vec::new();
    for year in years {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == year => *last = year,
            _ => runs.push((year, year)),
        }
    }
    if runs.is_empty() { vec![(0, 0)] } else { runs }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_runs() {
        for (years, expected) in [
            (vec![2025, 2024], vec![(2024, 2025)]),
            (vec![2027, 2024, 2025, 2025], vec![(2024, 2025), (2027, 2027)]),
            (vec![], vec![(0, 0)]),
        ] {
            assert_eq!(runs(&years), expected);
        }
        assert_eq!((first_of(0), last_of(2025)), (None, Some(date(2025, 12, 31))));
    }
}
