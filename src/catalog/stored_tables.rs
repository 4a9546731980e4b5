//! The tables that lines refer to by number: evidence, statements, and the payers with their plans, networks and terms.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalog::stored_county_standards::StoredCountyStandards;
use crate::catalog::stored_day::{day_number, day_of};
use crate::catalog::stored_provider::{EvidenceInterner, SexField, limit_number, limit_of};
use crate::coverage::county_standards::CountyStandards;
use crate::coverage::{AffiliationTerms, IdentityConfidence, Network, NetworkId, Payer, Plan, PlanDirectory};
use crate::evidence::{Evidence, Tristate};
use crate::matching::candidate::StatedTerms;
use crate::service::NeedSet;

/// An optional stored day.
type StoredDay = Option<i32>;

/// The stored tables of a generation.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredTables {
    evidence: Vec<StoredEvidence>,
    stated: Vec<StoredStated>,
    payers: Vec<String>,
    plans: Vec<StoredPlan>,
    networks: Vec<StoredNetwork>,
    terms: Vec<StoredTerms>,
    counties: StoredCountyStandards,
    /// Where each record ends in the file of records.
    record_ends: Vec<u32>,
}

/// The tables of a generation.
#[derive(Debug)]
pub(crate) struct CatalogTables {
    /// The distinct evidence, by number.
    pub evidence: Vec<Evidence>,
    /// The distinct statements, by key.
    pub stated: Vec<StatedTerms>,
    /// Payers, plans, networks and terms.
    pub plans: PlanDirectory,
    /// The standards of plans' networks in each county.
    pub counties: CountyStandards,
    /// Where each record ends in the file of records.
    pub record_ends: Vec<u32>,
}

impl StoredTables {
    /// Packs the tables; evidence used only by plans is added to `evidence`.
    pub(crate) fn pack(
        stated: &[StatedTerms],
        (plans, counties): (&PlanDirectory, &CountyStandards),
        mut evidence: EvidenceInterner,
        record_ends: Vec<u32>,
    ) -> Self {
        let mut number = |by: &Evidence| evidence.number(by);
        let networks = plans.networks.iter().map(|network| StoredNetwork::pack(network, &mut number)).collect();
        let terms = plans.terms.iter().map(|terms| StoredTerms::pack(terms, &mut number)).collect();
        let counties = StoredCountyStandards::pack(counties, &mut number);
        Self {
            evidence: evidence.into_rows().iter().map(StoredEvidence::pack).collect(),
            stated: stated.iter().map(StoredStated::pack).collect(),
            payers: plans.payers.iter().map(|payer| payer.name.clone()).collect(),
            plans: plans.plans.iter().map(StoredPlan::pack).collect(),
            networks,
            terms,
            counties,
            record_ends,
        }
    }

    /// The tables, or `None` if a number refers to nothing.
    pub(crate) fn unpack(self) -> Option<CatalogTables> {
        let evidence: Vec<Evidence> = self.evidence.into_iter().map(StoredEvidence::unpack).collect();
        let plans = PlanDirectory {
            payers: self.payers.into_iter().map(|name| Payer { name }).collect(),
            plans: self.plans.into_iter().map(StoredPlan::unpack).collect(),
            networks: self.networks.into_iter().map(|wire| wire.unpack(&evidence)).collect::<Option<_>>()?,
            terms: self.terms.into_iter().map(|wire| wire.unpack(&evidence)).collect::<Option<_>>()?,
        };
        let stated = self.stated.into_iter().map(StoredStated::unpack).collect::<Option<_>>()?;
        let counties = self.counties.unpack(&evidence)?;
        Some(CatalogTables { evidence, stated, plans, counties, record_ends: self.record_ends })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredEvidence {
    source: String,
    as_of: StoredDay,
    verified_at: StoredDay,
}

impl StoredEvidence {
    fn pack(evidence: &Evidence) -> Self {
        Self {
            source: evidence.source.to_string(),
            as_of: day_number(evidence.as_of),
            verified_at: day_number(evidence.verified_at),
        }
    }

    fn unpack(self) -> Evidence {
        let source: Arc<str> = Arc::from(self.source);
        Evidence { verified_at: day_of(self.verified_at), ..Evidence::new(source, day_of(self.as_of)) }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredStated {
    needs: Vec<(u128, StoredDay)>,
    medicare: StoredDay,
    medicaid: StoredDay,
    limits: Vec<(u8, u32, StoredDay)>,
    languages: Option<(Vec<String>, StoredDay)>,
    only_sex: Option<(SexField, StoredDay)>,
    start_of_care_hours: Option<(u32, StoredDay)>,
}

impl StoredStated {
    fn pack(stated: &StatedTerms) -> Self {
        let limits = stated.limits.iter();
        Self {
            needs: stated.needs.iter().map(|(needs, day)| (needs.bits(), day_number(*day))).collect(),
            medicare: day_number(stated.medicare),
            medicaid: day_number(stated.medicaid),
            limits: limits.map(|(limit, (bound, day))| (limit_number(*limit), *bound, day_number(*day))).collect(),
            languages: stated.languages.as_ref().map(|(languages, day)| (languages.clone(), day_number(*day))),
            only_sex: stated.only_sex.map(|(sex, day)| (SexField(sex), day_number(day))),
            start_of_care_hours: stated.start_of_care_hours.map(|(hours, day)| (hours, day_number(day))),
        }
    }

    fn unpack(self) -> Option<StatedTerms> {
        let limit = |(number, bound, day)| Some((limit_of(number)?, (bound, day_of(day))));
        Some(StatedTerms {
            needs: self.needs.into_iter().map(|(bits, day)| (NeedSet::from_bits(bits), day_of(day))).collect(),
            medicare: day_of(self.medicare),
            medicaid: day_of(self.medicaid),
            limits: self.limits.into_iter().map(limit).collect::<Option<_>>()?,
            languages: self.languages.map(|(languages, day)| (languages, day_of(day))),
            only_sex: self.only_sex.map(|(sex, day)| (sex.0, day_of(day))),
            start_of_care_hours: self.start_of_care_hours.map(|(hours, day)| (hours, day_of(day))),
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredPlan {
    name: String,
    payer: Option<u32>,
    networks: Vec<u32>,
}

impl StoredPlan {
    fn pack(plan: &Plan) -> Self {
        let networks = plan.networks.iter().map(|network| network.0).collect();
        Self { name: plan.name.clone(), payer: plan.payer, networks }
    }

    fn unpack(self) -> Plan {
        let networks = self.networks.into_iter().map(NetworkId).collect();
        Plan { name: self.name, payer: self.payer, networks }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredNetwork {
    name: String,
    payer: Option<u32>,
    whole: bool,
    evidence: u32,
}

impl StoredNetwork {
    fn pack(network: &Network, number: &mut impl FnMut(&Evidence) -> u32) -> Self {
        let Network { name, payer, whole, evidence } = network;
        Self { name: name.clone(), payer: *payer, whole: *whole, evidence: number(evidence) }
    }

    fn unpack(self, evidence: &[Evidence]) -> Option<Network> {
        let evidence = evidence.get(self.evidence as usize)?.clone();
        Some(Network { name: self.name, payer: self.payer, whole: self.whole, evidence })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "IdentityConfidence")]
enum StoredLink {
    Sure,
    OtherLocation,
    Probable,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Tristate")]
enum StoredTristate {
    Yes,
    No,
    Unknown,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredTerms {
    network: u32,
    tier: Option<String>,
    begin: StoredDay,
    end: StoredDay,
    #[serde(with = "StoredLink")]
    link: IdentityConfidence,
    #[serde(with = "StoredTristate")]
    new_patients: Tristate,
    low_confidence: bool,
    evidence: u32,
}

impl StoredTerms {
    fn pack(terms: &AffiliationTerms, number: &mut impl FnMut(&Evidence) -> u32) -> Self {
        let AffiliationTerms { network, tier, begin, end, link, new_patients, low_confidence, evidence } = terms;
        Self {
            network: network.0,
            tier: tier.clone(),
            begin: day_number(*begin),
            end: day_number(*end),
            link: *link,
            new_patients: *new_patients,
            low_confidence: *low_confidence,
            evidence: number(evidence),
        }
    }

    fn unpack(self, evidence: &[Evidence]) -> Option<AffiliationTerms> {
        Some(AffiliationTerms {
            network: NetworkId(self.network),
            tier: self.tier,
            begin: day_of(self.begin),
            end: day_of(self.end),
            link: self.link,
            new_patients: self.new_patients,
            low_confidence: self.low_confidence,
            evidence: evidence.get(self.evidence as usize)?.clone(),
        })
    }
}
