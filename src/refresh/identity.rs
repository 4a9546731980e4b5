//! Decides which records are of the same provider, and with what confidence.
//!
//! Only the enrollment files of CMS link certification numbers to NPIs. Records are joined by identifier if both have one, else by
//! name, street, ZIP and telephone number. A wrong merge is worse than none. Two agencies in one building with one telephone
//! number are the hard case, so a differing name is never outvoted, and a record that could be either of two providers is
//! sure for neither.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::place::Zip;
use crate::provider::{Ccn, Npi, Phone};
use crate::refresh::identity::name_similarity::{NameLikeness, can_be_alike, name_likeness};
use crate::service::Service;

pub(crate) mod name_similarity;
pub(crate) mod normalize;

pub use normalize::{NormalizedName, NormalizedStreet};

/// The traits that decide identity, from one source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IdentityTraits {
    /// Certification numbers.
    pub ccns: Vec<Ccn>,
    /// National Provider Identifiers.
    pub npis: Vec<Npi>,
    /// Every name it uses, normalized.
    pub names: Vec<NormalizedName>,
    /// Its street address, normalized.
    pub street: Option<NormalizedStreet>,
    /// Its ZIP.
    pub zip: Option<Zip>,
    /// Its telephone.
    pub phone: Option<Phone>,
    /// The services it offers; empty if the source does not say.
    pub services: Vec<Service>,
    /// Whether it may offer others too, because the source also lists it for something that is not understood.
    pub more_services: bool,
}

/// A ZIP and a house number: an address without both in common is not the same.
type Door = (Zip, String);

/// Confidence that two records are of one provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchLevel {
    /// Nothing links them, or something rules it out.
    No,
    /// Enough agrees for human review.
    Probable(MatchEvidence),
    /// They are one provider.
    Sure(MatchEvidence),
}

/// The evidence that two records share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchEvidence {
    /// Street, ZIP and telephone, under another name.
    DoorAndPhone,
    /// A similar name, and the telephone or the street with the ZIP.
    TwoOfThree,
    /// Enough to be sure, but an identifier or another record contradicts it.
    Contested,
    /// The same name and telephone.
    NameAndPhone,
    /// The same name, street and ZIP.
    NameAndStreet,
    /// A similar name, the same street and telephone.
    NearNameStreetPhone,
    /// An NPI.
    Npi,
    /// A certification number.
    Ccn,
}

impl MatchEvidence {
    /// The label for the reviewer.
    pub fn label(self) -> &'static str {
        match self {
            Self::DoorAndPhone => "same street, ZIP and telephone, another name",
            Self::TwoOfThree => "similar name, and the same telephone or the same street and ZIP",
            Self::Contested => "they agree, but another record fits as well or a number contradicts it",
            Self::NameAndPhone => "same name, ZIP and telephone",
            Self::NameAndStreet => "same name, street and ZIP",
            Self::NearNameStreetPhone => "similar name, same street, ZIP and telephone",
            Self::Npi => "same NPI",
            Self::Ccn => "same CCN",
        }
    }
}

impl IdentityTraits {
    fn door(&self) -> Option<Door> {
        Some((self.zip?, self.street.as_ref()?.number().to_owned()))
    }

    /// Whether both have an address and the addresses differ.
    pub fn is_elsewhere(&self, other: &Self) -> bool {
        let other_zip = matches!((self.zip, other.zip), (Some(a), Some(b)) if a != b);
        let other_door = matches!((&self.street, &other.street), (Some(a), Some(b)) if !a.is_same_door(b));
        other_zip || other_door
    }
}

/// Compares two records. Symmetric, and independent of all other records: [`IdentityIndex::find`] resolves ties.
pub fn compare(a: &IdentityTraits, b: &IdentityTraits) -> MatchLevel {
    if shares(&a.ccns, &b.ccns) {
        return MatchLevel::Sure(MatchEvidence::Ccn);
    }
    let all_said = !a.more_services && !b.more_services;
    let set_apart = both_and_disjoint(&a.ccns, &b.ccns) || (all_said && both_and_disjoint(&a.services, &b.services));
    if set_apart {
        return MatchLevel::No;
    }
    if shares(&a.npis, &b.npis) {
        return MatchLevel::Sure(MatchEvidence::Npi);
    }
    // "Larkwater Hospital" and "Larkwater Home Health" at one address have similar names; only a stated service tells them
    // apart.
    let agreed = by_description(a, b, shares(&a.services, &b.services));
    // One organization may hold several NPIs, so different numbers only lower the confidence.
    match agreed {
        MatchLevel::Sure(_) if both_and_disjoint(&a.npis, &b.npis) => MatchLevel::Probable(MatchEvidence::Contested),
        other => other,
    }
}

fn by_description(a: &IdentityTraits, b: &IdentityTraits, same_service: bool) -> MatchLevel {
    let same_zip = a.zip.is_some() && a.zip == b.zip;
    let same_door = same_zip && matches!((&a.street, &b.street), (Some(a), Some(b)) if a.is_same_door(b));
    let other_unit = matches!((&a.street, &b.street), (Some(a), Some(b)) if a.is_other_unit(b));
    let same_phone = a.phone.is_some() && a.phone == b.phone;
    // No name is evidence by itself.
    if !same_phone && !same_door {
        return MatchLevel::No;
    }
    // Many records may share a telephone number. Only at one door with one number does another name matter.
    let is_one_place = same_phone && same_door;
    let may_agree = is_one_place || pairs_of_names(a, b).any(|(x, y)| can_be_alike(x, y));
    if !may_agree {
        return MatchLevel::No;
    }
    match best_name(a, b) {
        NameLikeness::Same if same_door && !other_unit => MatchLevel::Sure(MatchEvidence::NameAndStreet),
        NameLikeness::Same if same_zip && same_phone => MatchLevel::Sure(MatchEvidence::NameAndPhone),
        NameLikeness::Near if same_door && same_phone && same_service => MatchLevel::Sure(MatchEvidence::NearNameStreetPhone),
        NameLikeness::Same | NameLikeness::Near => MatchLevel::Probable(MatchEvidence::TwoOfThree),
        NameLikeness::Other if is_one_place => MatchLevel::Probable(MatchEvidence::DoorAndPhone),
        NameLikeness::Other | NameLikeness::SetApart => MatchLevel::No,
    }
}

fn best_name(a: &IdentityTraits, b: &IdentityTraits) -> NameLikeness {
    pairs_of_names(a, b).map(|(x, y)| name_likeness(x, y)).max().unwrap_or(NameLikeness::SetApart)
}

fn pairs_of_names<'a>(
    a: &'a IdentityTraits,
    b: &'a IdentityTraits,
) -> impl Iterator<Item = (&'a NormalizedName, &'a NormalizedName)> {
    a.names.iter().flat_map(|x| b.names.iter().map(move |y| (x, y)))
}

fn shares<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    a.iter().any(|x| b.contains(x))
}

fn both_and_disjoint<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    !a.is_empty() && !b.is_empty() && !shares(a, b)
}

/// An index of records by the traits they could share.
#[derive(Debug, Default)]
pub struct IdentityIndex {
    records: Vec<IdentityTraits>,
    by_ccn: BTreeMap<Ccn, Vec<usize>>,
    by_npi: BTreeMap<Npi, Vec<usize>>,
    by_door: FxHashMap<Door, Vec<usize>>,
    by_phone: BTreeMap<Phone, Vec<usize>>,
}

/// The result of [`IdentityIndex::find`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentityMatch {
    /// This record is surely the same provider.
    Sure(usize, MatchEvidence),
    /// One of these is probably the same provider; most likely first.
    Probable(Vec<(usize, MatchEvidence)>),
    /// None.
    No,
}

impl IdentityIndex {
    /// An index over `records`; results refer to positions in this list.
    pub fn new(records: Vec<IdentityTraits>) -> Self {
        let mut index = Self::default();
        for record in records {
            index.add(record);
        }
        index
    }

    /// Adds a record and returns its position.
    pub fn add(&mut self, record: IdentityTraits) -> usize {
        let at = self.records.len();
        for ccn in &record.ccns {
            self.by_ccn.entry(ccn.clone()).or_default().push(at);
        }
        for npi in &record.npis {
            self.by_npi.entry(*npi).or_default().push(at);
        }
        if let Some(door) = record.door() {
            self.by_door.entry(door).or_default().push(at);
        }
        if let Some(phone) = record.phone {
            self.by_phone.entry(phone).or_default().push(at);
        }
        self.records.push(record);
        at
    }

    /// Adds an NPI to the record at `at`.
    pub fn learn(&mut self, at: usize, npi: Npi) {
        let Some(record) = self.records.get_mut(at) else { return };
        if !record.npis.contains(&npi) {
            record.npis.push(npi);
            self.by_npi.entry(npi).or_default().push(at);
        }
    }

    /// Removes an NPI from the record at `at`.
    pub fn forget(&mut self, at: usize, npi: Npi) {
        if let Some(record) = self.records.get_mut(at) {
            record.npis.retain(|known| *known != npi);
        }
        if let Some(records) = self.by_npi.get_mut(&npi) {
            records.retain(|known| *known != at);
        }
    }

    /// The record at `at`.
    pub fn record(&self, at: usize) -> Option<&IdentityTraits> {
        self.records.get(at)
    }

    /// The records with this certification number.
    pub fn with_ccn(&self, ccn: &Ccn) -> &[usize] {
        self.by_ccn.get(ccn).map_or(&[], Vec::as_slice)
    }

    /// The records with this NPI.
    pub fn with_npi(&self, npi: Npi) -> &[usize] {
        self.by_npi.get(&npi).map_or(&[], Vec::as_slice)
    }

    /// The record of the same provider. If several are sure, the stronger evidence wins; a tie is not sure.
    pub fn find(&self, sought: &IdentityTraits) -> IdentityMatch {
        self.find_among(sought, |_| true)
    }

    /// The record of the same provider among those for which `may_be` is true.
    pub fn find_among(&self, sought: &IdentityTraits, may_be: impl Fn(usize) -> bool) -> IdentityMatch {
        let door = sought.door();
        let candidates = self.candidates(sought, door.as_ref()).filter(|at| may_be(*at));
        let compared = candidates.map(|at| (compare(sought, &self.records[at]), at));
        let mut likely: Vec<(MatchLevel, usize)> = compared.filter(|(identity, _)| *identity != MatchLevel::No).collect();
        likely.sort_by_key(|(identity, at)| (std::cmp::Reverse(*identity), *at));
        likely.dedup();
        match likely[..] {
            [] => IdentityMatch::No,
            [(MatchLevel::Sure(ground), at)] => IdentityMatch::Sure(at, ground),
            [(MatchLevel::Sure(best), at), (MatchLevel::Sure(next), _), ..] if outranks(best, next) => {
                IdentityMatch::Sure(at, best)
            }
            [(MatchLevel::Sure(best), at), (MatchLevel::Probable(_), _), ..] if is_identifier(best) => {
                IdentityMatch::Sure(at, best)
            }
            [(MatchLevel::Sure(best), at), (MatchLevel::Probable(_), other), ..]
                if self.differs_in_name(sought, at, other) =>
            {
                IdentityMatch::Sure(at, best)
            }
            _ => IdentityMatch::Probable(likely.iter().map(|(identity, at)| (*at, contested(*identity))).collect()),
        }
    }

    /// A rival that shares only the address does not weaken a match by name.
    fn differs_in_name(&self, sought: &IdentityTraits, found: usize, rival: usize) -> bool {
        best_name(sought, &self.records[found]) > best_name(sought, &self.records[rival])
    }

    /// The records that share anything that links two; one that shares several things occurs several times. Those that share a
    /// ZIP alone are many and never the same.
    fn candidates(&self, sought: &IdentityTraits, door: Option<&Door>) -> impl Iterator<Item = usize> {
        let ccn = sought.ccns.iter().filter_map(|ccn| self.by_ccn.get(ccn));
        let npi = sought.npis.iter().filter_map(|npi| self.by_npi.get(npi));
        let door = door.and_then(|door| self.by_door.get(door));
        let phone = sought.phone.iter().filter_map(|phone| self.by_phone.get(phone));
        ccn.chain(npi).chain(door).chain(phone).flatten().copied()
    }
}

/// A certification number identifies one provider; an NPI may cover several of a hospital's.
fn outranks(best: MatchEvidence, next: MatchEvidence) -> bool {
    is_identifier(best) && best > next
}

fn is_identifier(ground: MatchEvidence) -> bool {
    matches!(ground, MatchEvidence::Npi | MatchEvidence::Ccn)
}

fn contested(identity: MatchLevel) -> MatchEvidence {
    match identity {
        MatchLevel::Probable(ground) => ground,
        MatchLevel::Sure(_) | MatchLevel::No => MatchEvidence::Contested,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agency(name: &str, street: &str, phone: &str) -> IdentityTraits {
        IdentityTraits {
            names: vec![NormalizedName::of(name)],
            street: NormalizedStreet::of(street),
            zip: "29401".parse().ok(),
            phone: phone.parse().ok(),
            services: vec![Service::HomeHealth],
            ..IdentityTraits::default()
        }
    }

    #[test]
    fn records_are_of_one_provider_when_enough_agrees() {
        let known = agency("Larkwater Home Health, LLC", "100 King Street, Suite 200", "8435550101");
        for (name, street, phone, expected) in [
            ("LARKWATER HOME HEALTH", "100 KING ST STE 200", "", MatchLevel::Sure(MatchEvidence::NameAndStreet)),
            ("Larkwater Home Health Inc", "PO Box 9", "8435550101", MatchLevel::Sure(MatchEvidence::NameAndPhone)),
            ("Larkwater Home Care", "100 King St #200", "8435550101", MatchLevel::Sure(MatchEvidence::NearNameStreetPhone)),
            ("Larkwater Home Health", "100 King St Ste 310", "", MatchLevel::Probable(MatchEvidence::TwoOfThree)),
            ("Bellmoor Home Health", "100 King St Ste 200", "", MatchLevel::No),
            ("Bellmoor Home Health", "100 King St Ste 200", "8435550101", MatchLevel::No),
            ("Larkwater Home Health", "7 Meeting St", "", MatchLevel::No),
        ] {
            assert_eq!(compare(&known, &agency(name, street, phone)), expected, "{name}, {street}, {phone}");
            assert_eq!(compare(&agency(name, street, phone), &known), expected, "the other way round: {name}");
        }
    }

    #[test]
    fn a_near_name_at_one_door_is_sure_only_where_both_say_the_same_service() {
        let agency = agency("Larkwater Home Health", "100 King Street", "8435550101");
        let silent =
            |name: &str| IdentityTraits { names: vec![NormalizedName::of(name)], services: Vec::new(), ..agency.clone() };
        for name in ["Larkwater Hospital", "Larkwater Hospice", "Larkwater Medical Group PLLC"] {
            assert!(matches!(compare(&agency, &silent(name)), MatchLevel::Probable(_)), "{name}");
        }
        assert_eq!(compare(&agency, &silent("Larkwater Home Health Inc")), MatchLevel::Sure(MatchEvidence::NameAndStreet));
    }

    #[test]
    fn another_certification_number_or_service_sets_records_apart() {
        let known =
            IdentityTraits { ccns: vec!["427001".parse().unwrap()], ..agency("Larkwater", "1 King St", "8435550101") };
        let other_number = IdentityTraits { ccns: vec!["427002".parse().unwrap()], ..known.clone() };
        let other_service = IdentityTraits { ccns: Vec::new(), services: vec![Service::Hospice], ..known.clone() };
        assert_eq!(compare(&known, &other_number), MatchLevel::No);
        assert_eq!(compare(&known, &other_service), MatchLevel::No);
        let and_more = IdentityTraits { more_services: true, ..other_service };
        assert_eq!(compare(&known, &and_more), MatchLevel::Sure(MatchEvidence::NameAndStreet), "it may offer both");
    }

    #[test]
    fn a_record_that_could_be_two_providers_is_neither_for_sure() {
        let twins = vec![agency("Larkwater", "1 King St", "8435550101"), agency("Larkwater", "1 King St", "8435550102")];
        let found = IdentityIndex::new(twins).find(&agency("Larkwater", "1 King St", ""));
        assert_eq!(found, IdentityMatch::Probable(vec![(0, MatchEvidence::Contested), (1, MatchEvidence::Contested)]));
    }
}
