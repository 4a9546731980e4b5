//! The directory of a Medicare Advantage contract in the machine-readable form of CMS (42 CFR 422.111(m), guide of 2026-02-18,
//! appendix B), streamed.
//!
//! Only facilities are read; entries of persons are skipped while reading. Each plan is a network of its own. The files of one
//! folder are one directory, which the payer's index publishes in parts.

use std::collections::BTreeMap;
use std::io;
use std::io::BufRead;

use jiff::civil::date;

use crate::provider::Npi;
use crate::refresh::csv_cell;
use crate::refresh::dataset::{DatasetSpec, DocumentSpec, SourceNaming};
use crate::refresh::day::SourceDays;
use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::input::read_budget::ReadBudget;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::parsed::file_index::{folder_of, lost_in};
use crate::refresh::parsed::medicare_advantage::{AdvantageDirectory, AdvantageMembership, plan_id};
use crate::refresh::payer_listings::{ListedTerms, NetworkMembership, PayerListings};
use crate::refresh::read::marketplace::entry::{MarketplaceAddress, set_aside};
use crate::refresh::read::medicare_advantage::entry::{AdvantageFacility, AdvantageParticipation};
use crate::refresh::read::payer_words::{ListedServices, UnknownWords};
use crate::refresh::read::stats::ReadStats;
use crate::refresh::source_record::{SourceId, SourceRecord};
use crate::refresh::streaming_list;
use crate::refresh::streaming_list::ElementOutcome;
use crate::refresh::trust_tier::TrustTier;
use crate::run_report::rejects::{RejectedRow, RejectedRows};
use crate::service::Service;

pub(crate) mod entry;
pub(crate) mod plan_names;

/// A part of a directory.
pub(crate) static SPEC: DatasetSpec = {
    let keys: &[&[&str]] = &[&["npi", "facilityName"], &["npi", "facilityType"], &["npi", "lastUpdatedOn"]];
    let document = DocumentSpec { resource_types: &[], keys, reader: Ok(read) };
    DatasetSpec::document_of("Medicare Advantage directory", TrustTier::Payer, SourceNaming::Folder, document)
};

/// Reads the facilities and the plans they participate in.
///
/// # Errors
/// A disk error.
fn read(
    document: &mut dyn BufRead,
    within: &ReadBudget,
    file: &str,
    parsed: &mut ParsedInput,
    rejects: &mut RejectedRows,
) -> io::Result<ReadStats> {
    let source = parsed.records.current();
    let today = parsed.today;
    let folder = folder_of(file);
    let ParsedInput { advantage, listings, .. } = parsed;
    let directory = advantage.entry(folder.to_owned()).or_default();
    directory.sources.insert(source);
    let mut days = SourceDays::default();
    let counts = streaming_list::each(document, within, file, rejects, |element, rejects| {
        if let Some(outcome) = set_aside(element) {
            return outcome;
        }
        let facility = match element.parse::<AdvantageFacility>() {
            Ok(facility) if facility.name.is_empty() && facility.npi.is_empty() => {
                return ElementOutcome::Rejected("it has neither an npi nor a facilityName".to_owned());
            }
            Ok(facility) => facility,
            Err(reason) => return ElementOutcome::Rejected(reason),
        };
        days.take(csv_cell::date(&facility.last_updated_on), today);
        let npi = Some(facility.npi.as_str()).filter(|npi| !npi.is_empty()).map(str::parse::<Npi>);
        if let Some(Err(error)) = &npi {
            rejects.push(RejectedRow::within(file, element, "/npi", &facility.npi, &error.to_string(), true));
        }
        for (at, plan) in facility.plans.iter().enumerate() {
            if plan_id(&plan.ma_plan_id).is_none() {
                let (pointer, reason) = (format!("/plans/{at}/maPlanId"), "it is not a plan id such as H9999-001-000");
                rejects.push(RejectedRow::within(file, element, &pointer, &plan.ma_plan_id, reason, true));
            }
        }
        if directory.add(&facility, npi.and_then(Result::ok), listings, source) {
            ElementOutcome::Used
        } else {
            ElementOutcome::PassedOver
        }
    })?;
    directory.counts.unreadable += counts.rejected;
    Ok(ReadStats { days, ..counts })
}

impl AdvantageDirectory {
    /// Adds a facility; returns whether it is for a service that may be ours.
    fn add(
        &mut self,
        facility: &AdvantageFacility,
        npi: Option<Npi>,
        listings: &mut PayerListings,
        source: SourceId,
    ) -> bool {
        let plans: Vec<(String, &AdvantageParticipation)> =
            facility.plans.iter().filter_map(|plan| Some((plan_id(&plan.ma_plan_id)?, plan))).collect();
        let mut words = UnknownWords::default();
        let scope = |(_, plan): &(String, &AdvantageParticipation)| {
            let mut listed = ListedServices::default();
            facility.kinds.iter().chain(&plan.specialty).for_each(|word| listed.take_word(word, &mut words));
            listed
        };
        let scopes: Vec<ListedServices> = plans.iter().map(scope).collect();
        let addressed = plans.iter().any(|(_, plan)| plan.addresses.iter().any(|place| place.zip().is_some()));
        self.counts.listings += 1;
        self.counts.with_network += u64::from(!plans.is_empty());
        self.counts.with_location += u64::from(addressed);
        self.counts.with_identifier += u64::from(npi.is_some());
        self.counts.with_service += u64::from(scopes.iter().any(|scope| !scope.services.is_empty()));
        // A plan that is not understood may be any of them.
        self.counts.lost_references += (facility.plans.len() - plans.len()) as u64;
        let mut parties: BTreeMap<(String, Vec<Service>), u32> = BTreeMap::new();
        for ((id, plan), scope) in plans.iter().zip(&scopes).filter(|(_, scope)| !scope.is_for_others()) {
            let number = self.plans.number(id);
            let places: Vec<Option<&MarketplaceAddress>> =
                if plan.addresses.is_empty() { vec![None] } else { plan.addresses.iter().map(Some).collect() };
            for place in places {
                let key =
                    (place.map(MarketplaceAddress::written).unwrap_or_default(), scope.services.iter().copied().collect());
                let party =
                    *parties.entry(key).or_insert_with(|| listings.described(party(facility, npi, place, scope, source)));
                for service in scope.memberships() {
                    let years = if plan.year.is_empty() { &[0][..] } else { &plan.year };
                    self.listed.extend(years.iter().map(|year| AdvantageMembership {
                        party,
                        plan: number,
                        service,
                        year: *year,
                        new_patients: plan.new_patients(),
                    }));
                }
            }
        }
        self.words.add(&words);
        self.counts.unknown_words = self.words.total();
        !parties.is_empty()
    }

    /// Builds networks, plans and members of the directory in `folder`. `label` stands for the folder in names.
    pub(crate) fn list(mut self, folder: &str, label: &str, parsed: &mut ParsedInput) {
        self.counts.lost_files = lost_in(&parsed.indexes, folder);
        self.counts.has_codes = true;
        let complete = self.counts.completeness().complete;
        let shown = self.sources.first().and_then(|source| parsed.records.sources.get(source.0));
        let (file, name) = shown.map(|source| (source.file.clone(), source.name.to_string())).unwrap_or_default();
        parsed.checks.insert(file, self.counts);
        parsed.remarks.extend(self.words.remark().map(|words| format!("{name}: {words}")));
        let source = parsed.records.unite(folder, &self.sources);
        let listings = &mut parsed.listings;
        let mut networks = Vec::new();
        for id in self.plans.texts() {
            let name = parsed.plan_names.plan(id).map_or_else(|| id.clone(), |name| titled(name, id));
            let payer = parsed.plan_names.payer(id).map(|payer| listings.payers.number(payer));
            let network = listings.network_apart(&name, payer, label);
            listings.plans.insert((payer, name, network));
            // Records the source of the list even for a plan without members of ours.
            listings.terms(ListedTerms::of(network, source));
            networks.push(network);
        }
        if !complete {
            listings.partial.extend(&networks);
        }
        for AdvantageMembership { party, plan, service, year, new_patients } in self.listed {
            let bounds = (1900..=2200).contains(&year).then(|| (date(year, 1, 1), date(year, 12, 31)));
            let (begin, end) = bounds.unzip();
            let terms = ListedTerms { begin, end, new_patients, ..ListedTerms::of(networks[plan as usize], source) };
            let terms = listings.terms(terms);
            listings.members.push(NetworkMembership { party, service, terms });
        }
    }
}

/// The name of a plan with its id, if the name lacks it.
pub(crate) fn titled(name: &str, id: &str) -> String {
    if name.contains(id) { name.to_owned() } else { format!("{name} {id}") }
}

/// The facility at one of its addresses.
fn party(
    facility: &AdvantageFacility,
    npi: Option<Npi>,
    place: Option<&MarketplaceAddress>,
    listed: &ListedServices,
    source: SourceId,
) -> ExternalProvider {
    let name = Some(csv_cell::clean_text(&facility.name).0.into_owned()).filter(|name| !name.is_empty());
    let address = place.and_then(MarketplaceAddress::address);
    let phone = place.and_then(|place| place.phone.parse().ok());
    let says = listed.services.iter().map(|service| SourceRecord {
        source,
        name: name.clone(),
        address: address.clone(),
        phone,
        ..SourceRecord::of(*service)
    });
    ExternalProvider {
        npis: npi.into_iter().collect(),
        says: says.collect(),
        names: name.clone().into_iter().collect(),
        address: address.clone(),
        phone,
        services: listed.services.union(&listed.perhaps).copied().collect(),
        more_services: listed.unknown,
        ..ExternalProvider::default()
    }
}
