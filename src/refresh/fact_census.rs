//! Counts, for each file, how many of its records yield each fact, for the gate.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::catalog::completeness::DirectoryCompleteness;
use crate::catalog::fact_counts::{FactCount, FactCounts};
use crate::evidence::Tristate;
use crate::provider::quality::MeasureValue;
use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::payer_listings::{ListedTerms, PayerListings};
use crate::refresh::source_record::{Source, SourceRecord};
use crate::refresh::stated_facts::{STATED_FACTS, number_range};
use crate::run_report::FileReport;
use crate::service::Service;

/// The counts of one source while they are made. A payer's source may have records of providers and listings in networks; each
/// kind is counted for itself, so that more of one kind do not look like a loss of the other.
#[derive(Default)]
struct OpenCensus {
    /// The records of providers.
    records: u64,
    /// What they state.
    facts: FxHashMap<&'static str, FactCount>,
    /// The listings in networks.
    members: u64,
    /// What they state.
    listed: FxHashMap<&'static str, FactCount>,
}

impl OpenCensus {
    fn know(&mut self, fact: &'static str, value: Option<&str>) {
        self.facts.entry(fact).or_default().add(value);
    }

    /// Counts one record of a provider. Facts of a provider that no list names are in no answer.
    fn record(&mut self, record: &SourceRecord, is_named: bool) {
        self.records += 1;
        if is_named {
            self.know("in_directory", None);
        }
        for (code, fact) in STATED_FACTS.iter().filter_map(|fact| Some((fact.code?, fact))) {
            if (fact.is_stated)(record) {
                self.know(code, (fact.value)(record).as_deref());
            }
        }
        for (need, yes) in &record.answers {
            self.know(need.code(), Some(if *yes { "yes" } else { "no" }));
        }
        for (measure, value) in &record.measures {
            let value = match value {
                MeasureValue::Compared(comparison) => comparison.code().to_owned(),
                MeasureValue::Hundredths(number) => number_range(*number),
            };
            self.know(measure.code(), Some(&value));
        }
        for (topic, found) in &record.safety {
            self.know(topic.code(), Some(found.map_or("none", |fact| fact.code())));
        }
        record.limits.iter().for_each(|(limit, _)| self.know(limit.code(), None));
    }

    /// Counts `members` listings with the same terms in a payer's network.
    fn listings(&mut self, terms: &ListedTerms, tier: Option<&str>, members: &ListedMembers) {
        self.members += members.all;
        let mut add = |fact: &'static str, known: u64, value: Option<&str>| {
            if known > 0 {
                let values = value.map(|value| (value.to_owned(), known)).into_iter().collect();
                self.listed.entry(fact).or_default().unite(&FactCount { records: 0, known, values });
            }
        };
        let if_any = |is_known: bool| if is_known { members.all } else { 0 };
        add("listed_npi", members.with_npi, None);
        add("listed_ccn", members.with_ccn, None);
        for (service, listed) in Service::ALL.into_iter().zip(members.of_service) {
            add("listed_service", listed, Some(service.code()));
        }
        add("tier", if_any(tier.is_some()), tier);
        add("begin", if_any(terms.begin.is_some()), None);
        add("end", if_any(terms.end.is_some()), None);
        let says = terms.new_patients != Tristate::Unknown;
        add("new_patients", if_any(says), Some(terms.new_patients.code()));
    }

    /// The counts, each with the number of records or listings.
    fn end(self) -> FactCounts {
        let of = |records: u64, facts: FxHashMap<&'static str, FactCount>| {
            facts.into_iter().map(move |(fact, count)| (fact.to_owned(), FactCount { records, ..count }.bounded()))
        };
        of(self.records, self.facts).chain(of(self.members, self.listed)).collect()
    }
}

/// How many listings have the same terms, and what they yield.
#[derive(Clone, Copy, Default)]
struct ListedMembers {
    all: u64,
    with_npi: u64,
    with_ccn: u64,
    /// In the order of the services.
    of_service: [u64; Service::ALL.len()],
}

/// Adds the counts of every source to the report of its file. What a folder of a payer's files says together is added to the
/// first of them.
pub(crate) fn attach(parsed: &ParsedInput, files: &mut [FileReport]) {
    for (source, counts) in parsed.records.sources.iter().zip(census(parsed)) {
        let Some(file) = place(source, files) else { continue };
        for (fact, count) in counts.end() {
            file.status.facts.entry(fact).or_default().unite(&count);
        }
    }
    for file in files {
        let checked = file.status.completeness.as_ref().map(directory_counts);
        file.status.facts.extend(checked.into_iter().flatten());
    }
}

/// What the listings of a payer's directory yield, by its completeness check.
fn directory_counts(check: &DirectoryCompleteness) -> FactCounts {
    let counts = [
        ("listing_network", check.with_network),
        ("listing_location", check.with_location),
        ("listing_identifier", check.with_identifier),
        ("listing_service", check.with_service),
    ];
    let count = |known| FactCount { records: check.listings, known, values: BTreeMap::new() };
    counts.into_iter().filter(|(_, known)| *known > 0).map(|(fact, known)| (fact.to_owned(), count(known))).collect()
}

/// The file that the counts of a source are kept with.
fn place<'a>(source: &Source, files: &'a mut [FileReport]) -> Option<&'a mut FileReport> {
    let own = files.iter().position(|file| file.status.file == source.file);
    let at = own.or_else(|| files.iter().position(|file| file.status.source == *source.name))?;
    files.get_mut(at)
}

/// The counts of every source, in the order of the sources.
fn census(parsed: &ParsedInput) -> Vec<OpenCensus> {
    let mut counts: Vec<OpenCensus> = parsed.records.sources.iter().map(|_| OpenCensus::default()).collect();
    let parties = parsed.listings.parties.iter().chain(parsed.registry.parties());
    let beside = parties.flat_map(|party: &ExternalProvider| &party.says);
    let of_providers = parsed.records.of.values().flat_map(|said| {
        let is_named = said.iter().any(|record| record.name.is_some());
        said.iter().map(move |record| (record, is_named))
    });
    for (record, is_named) in of_providers.chain(beside.map(|record| (record, record.name.is_some()))) {
        if let Some(counts) = counts.get_mut(record.source.0) {
            counts.record(record, is_named);
        }
    }
    for (terms, members) in members(&parsed.listings) {
        let tier = terms.tier.map(|tier| parsed.listings.tiers.text(tier));
        if let Some(counts) = counts.get_mut(terms.source.0) {
            counts.listings(terms, tier, &members);
        }
    }
    counts
}

/// What the listings of each terms yield. They may be tens of millions, so they are counted by number.
fn members(listings: &PayerListings) -> impl Iterator<Item = (&ListedTerms, ListedMembers)> {
    let mut of_terms = vec![ListedMembers::default(); listings.terms.len()];
    for member in &listings.members {
        let (Some(counts), Some(party)) =
            (of_terms.get_mut(member.terms as usize), listings.parties.get(member.party as usize))
        else {
            continue;
        };
        counts.all += 1;
        counts.with_npi += u64::from(!party.npis.is_empty());
        counts.with_ccn += u64::from(party.ccn.is_some());
        let service = member.service.and_then(|service| Service::ALL.iter().position(|known| *known == service));
        if let Some(listed) = service.and_then(|at| counts.of_service.get_mut(at)) {
            *listed += 1;
        }
    }
    listings.terms.iter().zip(of_terms)
}

/// The count of the rows of a table that have an NPI, of `rows` used rows.
pub(crate) fn npi_counts(with_npi: u64, rows: u64) -> FactCounts {
    let npi = FactCount { records: rows, known: with_npi, values: BTreeMap::new() };
    if with_npi > 0 { FactCounts::from([("npi".to_owned(), npi)]) } else { FactCounts::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::source_record::SourceId;

    #[test]
    fn another_network_of_a_payer_loses_no_telephone_of_its_providers() {
        let record = SourceRecord { phone: "8435550100".parse().ok(), ..SourceRecord::of(Service::HomeHealth) };
        let counts = |listings: u64| {
            let mut census = OpenCensus::default();
            (0..10).for_each(|at| census.record(&record, at < 9));
            let members = ListedMembers { all: listings, with_npi: 20, ..ListedMembers::default() };
            census.listings(&ListedTerms::of(0, SourceId::default()), Some("preferred"), &members);
            let counts = census.end();
            ["telephone", "in_directory", "listed_npi", "tier"].map(|fact| (counts[fact].records, counts[fact].known))
        };
        assert_eq!(counts(20), [(10, 10), (10, 9), (20, 20), (20, 20)]);
        assert_eq!(counts(40), [(10, 10), (10, 9), (40, 20), (40, 40)]);
    }
}
