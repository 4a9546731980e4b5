//! Which facts a file holds, and how many of its records state each.

use serde::Serialize;

use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::stated_facts::STATED_FACTS;

/// A kind of record of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordFacts {
    /// What a record is, in the plural.
    pub records: &'static str,
    /// How many there are.
    pub count: u64,
    /// Each fact that at least one of them states.
    pub facts: Vec<FactShare>,
}

/// A fact, and how many records state it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactShare {
    /// The fact.
    pub fact: &'static str,
    /// The records that state it.
    pub stated: u64,
}

/// A fact of a record, and whether a record states it.
type FactTest<T> = (&'static str, fn(&T) -> bool);

/// What a payer, the registry or the exclusion list says of whom it names.
const PARTY: [FactTest<ExternalProvider>; 7] = [
    ("CCN", |party| party.ccn.is_some()),
    ("NPI", |party| !party.npis.is_empty()),
    ("name", |party| !party.names.is_empty()),
    ("street", |party| party.address.as_ref().is_some_and(|address| !address.street.is_empty())),
    ("ZIP code", |party| party.address.as_ref().is_some_and(|address| address.zip.is_some())),
    ("telephone", |party| party.phone.is_some()),
    ("service", |party| !party.services.is_empty()),
];

/// The records of what was read, by kind. Kinds without records are left out.
pub(crate) fn record_facts(parsed: &ParsedInput) -> Vec<RecordFacts> {
    let listings = &parsed.listings;
    let terms = || listings.members.iter().filter_map(|member| listings.terms.get(member.terms as usize));
    let mut memberships = RecordFacts::of(
        "network memberships",
        terms(),
        &[
            ("tier", |terms| terms.tier.is_some()),
            ("first day", |terms| terms.begin.is_some()),
            ("last day", |terms| terms.end.is_some()),
        ],
    );
    let services = listings.members.iter().filter(|member| member.service.is_some()).count() as u64;
    memberships.facts.extend((services > 0).then_some(FactShare { fact: "service", stated: services }));
    let networks = listings.networks.iter().filter(|network| !network.united);
    let excluded = parsed.exclusions.iter();
    let mut businesses = RecordFacts::of(
        "excluded businesses",
        excluded.clone(),
        &[
            ("first day", |row| row.since.is_some()),
            ("day of reinstatement", |row| row.until.is_some()),
            ("waiver", |row| row.waiver.is_some()),
        ],
    );
    businesses.facts.splice(0..0, RecordFacts::of("", excluded.map(|row| &row.party), &PARTY).facts);
    let of_provider = STATED_FACTS.map(|fact| (fact.words, fact.is_stated));
    let kinds = [
        RecordFacts::of("providers", parsed.records.of.values().flatten(), &of_provider),
        RecordFacts::of("organizations of the registry", parsed.registry.parties.values().map(|(_, party)| party), &PARTY),
        RecordFacts::of("deactivated NPIs", parsed.registry.deactivated.values(), &[("day", |(day, _)| day.is_some())]),
        businesses,
        RecordFacts::of("networks", networks, &[("payer", |network| network.payer.is_some())]),
        RecordFacts::of("providers in networks", listings.parties.iter(), &PARTY),
        memberships,
    ];
    kinds.into_iter().filter(|kind| kind.count > 0).collect()
}

impl RecordFacts {
    fn of<'a, T: 'a>(kind: &'static str, records: impl Iterator<Item = &'a T>, tests: &[FactTest<T>]) -> Self {
        let mut stated = vec![0; tests.len()];
        let mut count = 0;
        for record in records {
            count += 1;
            for (count, (_, states)) in stated.iter_mut().zip(tests) {
                *count += u64::from(states(record));
            }
        }
        let facts = tests.iter().zip(stated).filter(|(_, stated)| *stated > 0);
        let facts = facts.map(|((fact, _), stated)| FactShare { fact, stated }).collect();
        Self { records: kind, count, facts }
    }
}
