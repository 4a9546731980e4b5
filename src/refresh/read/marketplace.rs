//! The machine-readable files of marketplace plans (45 CFR 156.230): `plans.json` and `providers.json`, streamed.
//!
//! Only facilities are read; entries of persons are skipped while reading. The files name no networks, so each plan becomes a
//! network of its own. The files are known to lag behind the payers' directories, so facts from them carry that caveat.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::io::BufRead;

use jiff::civil::{Date, date};

use crate::provider::Npi;
use crate::refresh::dataset::{DatasetSpec, DocumentSpec, SourceNaming};
use crate::refresh::day::SourceDays;
use crate::refresh::directory_check::DirectoryCounts;
use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::input::read_budget::ReadBudget;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::parsed::file_index::{FileIndex, folder_of, lost_in};
use crate::refresh::parsed::marketplace::{MarketplaceInput, PlanParticipation};
use crate::refresh::payer_listings::{ListedTerms, NetworkMembership, PayerListings};
use crate::refresh::read::marketplace::entry::{MarketplaceAddress, MarketplaceFacility, PlanEntry, set_aside};
use crate::refresh::read::payer_words::{ListedServices, UnknownWords};
use crate::refresh::read::stats::ReadStats;
use crate::refresh::source_record::{Source, SourceId, SourceRecord, SourceRecords};
use crate::refresh::streaming_list::ElementOutcome;
use crate::refresh::trust_tier::TrustTier;
use crate::refresh::{csv_cell, streaming_list};
use crate::run_report::rejects::{RejectedRow, RejectedRows};
use crate::service::Service;

pub(crate) mod entry;

/// `plans.json`.
pub(crate) static PLANS: DatasetSpec = {
    let keys: &[&[&str]] = &[&["marketing_name"], &["plan_id", "plan_id_type"]];
    let document = DocumentSpec { resource_types: &[], keys, reader: Ok(read_plans) };
    DatasetSpec::document_of("marketplace plans", TrustTier::Payer, SourceNaming::Place, document)
};

/// `providers.json`.
pub(crate) static PROVIDERS: DatasetSpec = {
    let keys: &[&[&str]] = &[&["npi", "plans"], &["npi", "facility_name"], &["npi", "addresses"]];
    let document = DocumentSpec { resource_types: &[], keys, reader: Ok(read_providers) };
    DatasetSpec::document_of("marketplace providers", TrustTier::Payer, SourceNaming::Place, document)
};

/// Reads the plan names.
///
/// # Errors
/// A disk error.
pub(crate) fn read_plans(
    document: &mut dyn BufRead,
    within: &ReadBudget,
    file: &str,
    parsed: &mut ParsedInput,
    rejects: &mut RejectedRows,
) -> io::Result<ReadStats> {
    let names = &mut parsed.marketplace.names;
    streaming_list::each(document, within, file, rejects, |element, _| match element.parse::<PlanEntry>() {
        Ok(PlanEntry { plan_id, marketing_name }) => {
            let (name, _) = csv_cell::clean_text(&marketing_name);
            let earlier = names.insert(plan_id, name.into_owned());
            if earlier.is_some() { ElementOutcome::Again } else { ElementOutcome::Used }
        }
        Err(reason) => ElementOutcome::Rejected(reason),
    })
}

/// Reads the facilities and the plans they participate in.
///
/// # Errors
/// A disk error.
pub(crate) fn read_providers(
    document: &mut dyn BufRead,
    within: &ReadBudget,
    file: &str,
    parsed: &mut ParsedInput,
    rejects: &mut RejectedRows,
) -> io::Result<ReadStats> {
    let source = parsed.records.current();
    let today = parsed.today;
    let ParsedInput { marketplace, listings, .. } = parsed;
    let mut days = SourceDays::default();
    let (mut words, mut counted) = (UnknownWords::default(), DirectoryCounts::default());
    let counts = streaming_list::each(document, within, file, rejects, |element, rejects| {
        if let Some(outcome) = set_aside(element) {
            return outcome;
        }
        let facility = match element.parse::<MarketplaceFacility>() {
            Ok(facility) if facility.name.is_empty() => {
                return ElementOutcome::Rejected("it has no facility_name".to_owned());
            }
            Ok(facility) if facility.plans.iter().any(|plan| plan.plan_id.is_empty()) => {
                return ElementOutcome::Rejected("one of its plans has no plan_id".to_owned());
            }
            Ok(facility) => facility,
            Err(reason) => return ElementOutcome::Rejected(reason),
        };
        days.take(csv_cell::date(&facility.last_updated_on), today);
        let mut services = ListedServices::default();
        facility.kinds().for_each(|word| services.take_word(word, &mut words));
        counted.listings += 1;
        counted.with_network += u64::from(!facility.plans.is_empty());
        counted.with_location += u64::from(facility.addresses.iter().any(|place| place.zip().is_some()));
        counted.with_identifier += u64::from(facility.npi.parse::<Npi>().is_ok());
        counted.with_service += u64::from(!services.services.is_empty());
        if services.is_for_others() {
            return ElementOutcome::PassedOver;
        }
        let npi = Some(facility.npi.as_str()).filter(|npi| !npi.is_empty()).map(str::parse::<Npi>);
        if let Some(Err(error)) = &npi {
            rejects.push(RejectedRow::within(file, element, "/npi", &facility.npi, &error.to_string(), true));
        }
        for (at, place) in facility.addresses.iter().enumerate() {
            if let Some((part, text)) = place.unusable() {
                let pointer = format!("/addresses/{at}/{part}");
                let reason = "it cannot be read; the rest of the address is used";
                rejects.push(RejectedRow::within(file, element, &pointer, text, reason, true));
            }
        }
        marketplace.add(&facility, npi.and_then(Result::ok), &services, listings, source);
        ElementOutcome::Used
    })?;
    if counts.rejected > 0 {
        marketplace.incomplete.insert(source);
    }
    let of_words = words.total();
    marketplace.counts.insert(source, DirectoryCounts { unreadable: counts.rejected, unknown_words: of_words, ..counted });
    parsed.remarks.extend(words.remark().map(|words| format!("{file}: {words}")));
    Ok(ReadStats { days, ..counts })
}

/// The counts of directories, by the file they are shown with.
type Checks = BTreeMap<String, DirectoryCounts>;

impl MarketplaceInput {
    fn add(
        &mut self,
        facility: &MarketplaceFacility,
        npi: Option<Npi>,
        services: &ListedServices,
        listings: &mut PayerListings,
        source: SourceId,
    ) {
        for party in parties(facility, npi, services, source) {
            let party = listings.described(party);
            for plan in &facility.plans {
                for (first, last) in runs(&plan.years) {
                    let tier = Some(&plan.network_tier).filter(|tier| !tier.is_empty());
                    let tier = tier.map(|tier| self.tiers.number(tier));
                    let plan = self.plans.number(&plan.plan_id);
                    self.listed.push(PlanParticipation { party, plan, tier, first, last, source });
                }
            }
        }
    }

    /// Judges each issuer's folder of files; returns the folders that are not complete.
    fn check(&self, source_records: &SourceRecords, indexes: &[FileIndex], checks: &mut Checks) -> BTreeSet<String> {
        let mut folders: BTreeMap<&str, (&str, DirectoryCounts)> = BTreeMap::new();
        for (source, counts) in &self.counts {
            let Some(Source { file, .. }) = source_records.sources.get(source.0) else { continue };
            folders.entry(folder_of(file)).or_insert((file, DirectoryCounts::default())).1.add(counts);
        }
        let mut incomplete = BTreeSet::new();
        for (folder, (file, mut counts)) in folders {
            counts.lost_files = lost_in(indexes, folder);
            incomplete.extend((!counts.completeness().complete).then(|| folder.to_owned()));
            checks.insert(file.to_owned(), counts);
        }
        incomplete
    }

    /// Builds networks, plans and members from the entries; returns a remark for each file whose facility list is incomplete.
    pub(crate) fn list(
        self,
        listings: &mut PayerListings,
        source_records: &SourceRecords,
        indexes: &[FileIndex],
        checks: &mut Checks,
    ) -> Vec<String> {
        let incomplete = self.check(source_records, indexes, checks);
        let sources: BTreeSet<SourceId> = self.listed.iter().map(|listed| listed.source).collect();
        let file = |source: &SourceId| source_records.sources.get(source.0).map(|source| source.file.as_str());
        let in_gaps = |source: &SourceId| file(source).is_some_and(|file| incomplete.contains(folder_of(file)));
        let gaps: BTreeSet<SourceId> = sources.into_iter().filter(in_gaps).collect();
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
        for PlanParticipation { party, plan, tier, first, last, source } in self.listed {
            let network = networks[plan as usize];
            let tier = tier.map(|tier| listings.tiers.number(&self.tiers.texts()[tier as usize]));
            let (begin, end) = (first_of(first), last_of(last));
            let terms = ListedTerms { tier, begin, end, low_confidence: true, ..ListedTerms::of(network, source) };
            let terms = listings.terms(terms);
            listings.members.push(NetworkMembership { party, service: None, terms });
            if gaps.contains(&source) {
                listings.partial.insert(network);
            }
        }
        let why = "an entry was rejected, so being absent from the list does not mean out of network";
        let remark = |source: &Source| format!("{}: its plans are treated as incomplete: {why}", source.file);
        self.incomplete.iter().filter_map(|source| source_records.sources.get(source.0)).map(remark).collect()
    }
}

fn first_of(year: i16) -> Option<Date> {
    (1900..=2200).contains(&year).then(|| date(year, 1, 1))
}

fn last_of(year: i16) -> Option<Date> {
    (1900..=2200).contains(&year).then(|| date(year, 12, 31))
}

/// A party for each address, or one party without an address if there is none.
fn parties(
    facility: &MarketplaceFacility,
    npi: Option<Npi>,
    listed: &ListedServices,
    source: SourceId,
) -> Vec<ExternalProvider> {
    let (name, _) = csv_cell::clean_text(&facility.name);
    let party = |place: Option<&MarketplaceAddress>| {
        let address = place.and_then(MarketplaceAddress::address);
        let phone = place.and_then(|place| place.phone.parse().ok());
        let source_record = |service: &Service| SourceRecord {
            source,
            name: Some(name.clone().into_owned()),
            address: address.clone(),
            phone,
            ..SourceRecord::of(*service)
        };
        ExternalProvider {
            npis: npi.into_iter().collect(),
            names: vec![name.clone().into_owned()],
            says: listed.services.iter().map(source_record).collect(),
            address: address.clone(),
            phone,
            services: listed.services.union(&listed.perhaps).copied().collect(),
            more_services: listed.unknown,
            ..ExternalProvider::default()
        }
    };
    if facility.addresses.is_empty() {
        return vec![party(None)];
    }
    facility.addresses.iter().map(|place| party(Some(place))).collect()
}

/// Groups years into ranges without gaps: 2024, 2025, 2027 gives 2024–2025 and 2027. No years means no bound.
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
