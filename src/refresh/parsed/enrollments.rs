//! What CMS publishes by enrollment, until all files are read: an enrollment joins a CCN and an NPI, and other files refer to
//! enrollments.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::provider::business::BusinessFact;
use crate::provider::safety::SafetyFact;
use crate::provider::{Ccn, Npi};
use crate::refresh::safety_claims::SafetyTopic;
use crate::refresh::source_record::{ProviderKey, Source, SourceId, SourceRecord, SourceRecords};
use crate::service::Service;
use crate::text::count_text::counted;

/// The enrollments of all files.
#[derive(Debug, Default)]
pub(crate) struct EnrollmentRegister {
    /// The CCN of each enrollment, by its id.
    ccns: BTreeMap<String, Ccn>,
    /// Enrollments with more NPIs than the one in their row.
    several_npis: BTreeSet<String>,
    /// Further NPIs by the id of their enrollment.
    additional: Vec<(String, Npi)>,
    /// Records by CCN. They add to providers that a list names and make none.
    records: Vec<(Ccn, SourceRecord)>,
    /// Owners by the id of their enrollment, for each file.
    owners: BTreeMap<(String, SourceId), Vec<BusinessFact>>,
    /// What CMS counts in each chain, by its number, for each file.
    chains: BTreeMap<u32, Vec<(SourceId, BusinessFact)>>,
}

impl EnrollmentRegister {
    /// Adds an enrollment.
    pub(crate) fn enroll(&mut self, id: String, ccn: Ccn, has_several_npis: bool) {
        if has_several_npis {
            self.several_npis.insert(id.clone());
        }
        self.ccns.insert(id, ccn);
    }

    /// Adds a further NPI of an enrollment.
    pub(crate) fn add_npi(&mut self, id: String, npi: Npi) {
        self.additional.push((id, npi));
    }

    /// Adds what a file says about a CCN.
    pub(crate) fn add_record(&mut self, ccn: Ccn, record: SourceRecord) {
        self.records.push((ccn, record));
    }

    /// Adds an owner of an enrollment.
    pub(crate) fn add_owner(&mut self, id: String, owner: BusinessFact, source: SourceId) {
        self.owners.entry((id, source)).or_default().push(owner);
    }

    /// Adds the counts of a chain.
    pub(crate) fn add_chain(&mut self, id: u32, counts: BusinessFact, source: SourceId) {
        self.chains.entry(id).or_default().push((source, counts));
    }

    /// Joins the files, adds their records to the providers of the lists, and returns what to report.
    pub(crate) fn join(mut self, source_records: &mut SourceRecords) -> Vec<String> {
        let mut remarks = Vec::new();
        let (joined, orphans) = self.join_npis(source_records);
        let missing = self.several_npis.difference(&joined).count() as u64;
        if missing > 0 {
            let words = "the file with them (Additional NPIs) is not loaded or does not have them: a payer that lists one of \
                         these providers by another NPI seems not to list it";
            remarks.push(format!("{} several NPIs, and {words}", counted_verb(missing, "enrollment", "has", "have")));
        }
        if orphans > 0 {
            let words = "belong to enrollments that no loaded file has, and are not used";
            remarks.push(format!("{} of the Additional NPIs {words}", counted(orphans, "row")));
        }
        let ownerless = self.join_owners();
        if ownerless > 0 {
            let words = "belong to enrollments that no loaded file has: load the enrollments too";
            remarks.push(format!("the owners of {} {words}", counted(ownerless, "enrollment")));
        }
        let unlisted = attach(self.records, source_records);
        attach_chains(&self.chains, source_records);
        if unlisted > 0 {
            let words = "are of CCNs that no loaded list of providers has; they add no provider";
            remarks.push(format!("{} of enrollments or owners {words}", counted(unlisted, "record")));
        }
        remarks
    }

    /// Makes records of the owners; returns how many enrollments are not known.
    fn join_owners(&mut self) -> u64 {
        let mut unknown = 0;
        for ((id, source), business) in std::mem::take(&mut self.owners) {
            match self.ccns.get(&id) {
                Some(ccn) => {
                    let record = SourceRecord { source, business, ..SourceRecord::of(Service::SkilledNursing) };
                    self.records.push((ccn.clone(), record));
                }
                None => unknown += 1,
            }
        }
        unknown
    }

    /// Gives the further NPIs to the CCNs of their enrollments. Returns the enrollments that got one, and how many NPIs are of none.
    fn join_npis(&self, source_records: &mut SourceRecords) -> (BTreeSet<String>, u64) {
        let (mut joined, mut orphans) = (BTreeSet::new(), 0);
        for (id, npi) in &self.additional {
            match self.ccns.get(id) {
                Some(ccn) => {
                    source_records.npis.entry(*npi).or_default().insert(ccn.clone());
                    joined.insert(id.clone());
                }
                None => orphans += 1,
            }
        }
        (joined, orphans)
    }
}

/// Adds records to the providers that a list names; returns how many are of none.
fn attach(records: Vec<(Ccn, SourceRecord)>, source_records: &mut SourceRecords) -> u64 {
    let mut unlisted = 0;
    for (ccn, mut record) in records {
        match source_records.of.get_mut(&ProviderKey::Ccn(ccn)) {
            Some(known) => {
                // The record is about the whole provider, so it adds no service.
                if let Some(first) = known.first().filter(|_| !known.iter().any(|other| other.service == record.service)) {
                    record.service = first.service;
                }
                note_change(&mut record, &source_records.sources);
                known.push(record);
            }
            None => unlisted += 1,
        }
    }
    unlisted
}

/// Adds the notice of a change of ownership in the twelve months before the day of its file.
fn note_change(record: &mut SourceRecord, sources: &[Source]) {
    let day = sources.get(record.source.0).and_then(|source| source.as_of);
    let since = day.and_then(|day| day.checked_sub(12.months()).ok());
    let is_recent = |on: Date| since.is_some_and(|since| since <= on);
    let mut days = record.business.iter().filter_map(|fact| match fact {
        BusinessFact::OwnershipChange { on, .. } => Some(*on),
        _ => None,
    });
    if days.any(is_recent) {
        record.safety.insert(SafetyTopic::Ownership, Some(SafetyFact::OwnershipChange));
    }
}

/// Adds what CMS counts in the chain of each provider: that of the newest file that has its chain.
fn attach_chains(chains: &BTreeMap<u32, Vec<(SourceId, BusinessFact)>>, source_records: &mut SourceRecords) {
    let SourceRecords { sources, of, .. } = source_records;
    let day = |source: SourceId| sources.get(source.0).and_then(|source| source.as_of);
    for known in of.values_mut().filter(|_| !chains.is_empty()) {
        let ids = known.iter().flat_map(|record| record.business.iter().map(move |fact| (record.source, fact)));
        let ids = ids.filter_map(|(source, fact)| match fact {
            BusinessFact::Chain { id, .. } => Some((day(source), (*id)?)),
            _ => None,
        });
        let newest = ids.max_by_key(|(day, _)| *day);
        let Some(first) = known.first().map(|record| record.service) else { continue };
        for (source, counts) in newest.and_then(|(_, id)| chains.get(&id)).into_iter().flatten() {
            known.push(SourceRecord { source: *source, business: vec![counts.clone()], ..SourceRecord::of(first) });
        }
    }
}

/// "1 enrollment has", "2 enrollments have".
fn counted_verb(count: u64, noun: &str, one: &str, several: &str) -> String {
    format!("{} {}", counted(count, noun), if count == 1 { one } else { several })
}
