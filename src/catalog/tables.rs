//! What lines refer to by number: evidence, statements, and the payers with their plans, networks and terms.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::care::NeedSet;
use crate::catalog::record::{EvidenceTable, SexField, day_number, day_of, limit_number, limit_of};
use crate::coverage::{Link, Network, NetworkKey, Payer, Plan, Plans, Terms};
use crate::evidence::{Answer, Evidence};
use crate::matching::Stated;

/// A day on the wire, or none.
type Day = Option<i32>;

/// The tables of a generation on the wire.
#[derive(Debug, Serialize, Deserialize)]
pub struct TablesWire {
    evidence: Vec<EvidenceWire>,
    stated: Vec<StatedWire>,
    payers: Vec<String>,
    plans: Vec<PlanWire>,
    networks: Vec<NetworkWire>,
    terms: Vec<TermsWire>,
    /// Where each record ends in the file of records.
    record_ends: Vec<u32>,
}

/// The tables of a generation.
#[derive(Debug)]
pub struct Tables {
    /// The distinct evidence, by number.
    pub evidence: Vec<Evidence>,
    /// The distinct statements, by key.
    pub stated: Vec<Stated>,
    /// Payers, plans, networks and terms.
    pub plans: Plans,
    /// Where each record ends in the file of records.
    pub record_ends: Vec<u32>,
}

impl TablesWire {
    /// The tables for the wire; evidence that only plans rest on is added to `evidence`.
    pub fn pack(stated: &[Stated], plans: &Plans, mut evidence: EvidenceTable, record_ends: Vec<u32>) -> Self {
        let mut number = |by: &Evidence| evidence.number(by);
        let networks = plans.networks.iter().map(|network| NetworkWire::pack(network, &mut number)).collect();
        let terms = plans.terms.iter().map(|terms| TermsWire::pack(terms, &mut number)).collect();
        Self {
            evidence: evidence.into_rows().iter().map(EvidenceWire::pack).collect(),
            stated: stated.iter().map(StatedWire::pack).collect(),
            payers: plans.payers.iter().map(|payer| payer.name.clone()).collect(),
            plans: plans.plans.iter().map(PlanWire::pack).collect(),
            networks,
            terms,
            record_ends,
        }
    }

    /// The tables, or `None` when a number refers to nothing.
    pub fn unpack(self) -> Option<Tables> {
        let evidence: Vec<Evidence> = self.evidence.into_iter().map(EvidenceWire::unpack).collect();
        let plans = Plans {
            payers: self.payers.into_iter().map(|name| Payer { name }).collect(),
            plans: self.plans.into_iter().map(PlanWire::unpack).collect(),
            networks: self.networks.into_iter().map(|wire| wire.unpack(&evidence)).collect::<Option<_>>()?,
            terms: self.terms.into_iter().map(|wire| wire.unpack(&evidence)).collect::<Option<_>>()?,
        };
        let stated = self.stated.into_iter().map(StatedWire::unpack).collect::<Option<_>>()?;
        Some(Tables { evidence, stated, plans, record_ends: self.record_ends })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct EvidenceWire {
    source: String,
    as_of: Day,
    verified_at: Day,
}

impl EvidenceWire {
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
struct StatedWire {
    needs: Vec<(u128, Day)>,
    medicare: Day,
    medicaid: Day,
    limits: Vec<(u8, u32, Day)>,
    languages: Option<(Vec<String>, Day)>,
    only_sex: Option<(SexField, Day)>,
}

impl StatedWire {
    fn pack(stated: &Stated) -> Self {
        let limits = stated.limits.iter();
        Self {
            needs: stated.needs.iter().map(|(needs, day)| (needs.bits(), day_number(*day))).collect(),
            medicare: day_number(stated.medicare),
            medicaid: day_number(stated.medicaid),
            limits: limits.map(|(limit, (bound, day))| (limit_number(*limit), *bound, day_number(*day))).collect(),
            languages: stated.languages.as_ref().map(|(languages, day)| (languages.clone(), day_number(*day))),
            only_sex: stated.only_sex.map(|(sex, day)| (SexField(sex), day_number(day))),
        }
    }

    fn unpack(self) -> Option<Stated> {
        let limit = |(number, bound, day)| Some((limit_of(number)?, (bound, day_of(day))));
        Some(Stated {
            needs: self.needs.into_iter().map(|(bits, day)| (NeedSet::from_bits(bits), day_of(day))).collect(),
            medicare: day_of(self.medicare),
            medicaid: day_of(self.medicaid),
            limits: self.limits.into_iter().map(limit).collect::<Option<_>>()?,
            languages: self.languages.map(|(languages, day)| (languages, day_of(day))),
            only_sex: self.only_sex.map(|(sex, day)| (sex.0, day_of(day))),
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct PlanWire {
    name: String,
    payer: Option<u32>,
    networks: Vec<u32>,
}

impl PlanWire {
    fn pack(plan: &Plan) -> Self {
        let networks = plan.networks.iter().map(|network| network.0).collect();
        Self { name: plan.name.clone(), payer: plan.payer, networks }
    }

    fn unpack(self) -> Plan {
        let networks = self.networks.into_iter().map(NetworkKey).collect();
        Plan { name: self.name, payer: self.payer, networks }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct NetworkWire {
    name: String,
    payer: Option<u32>,
    whole: bool,
    evidence: u32,
}

impl NetworkWire {
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
#[serde(remote = "Link")]
enum LinkWire {
    Sure,
    OtherLocation,
    Probable,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Answer")]
enum AnswerWire {
    Yes,
    No,
    Unknown,
}

#[derive(Debug, Serialize, Deserialize)]
struct TermsWire {
    network: u32,
    tier: Option<String>,
    begin: Day,
    end: Day,
    #[serde(with = "LinkWire")]
    link: Link,
    #[serde(with = "AnswerWire")]
    new_patients: Answer,
    low_confidence: bool,
    evidence: u32,
}

impl TermsWire {
    fn pack(terms: &Terms, number: &mut impl FnMut(&Evidence) -> u32) -> Self {
        let Terms { network, tier, begin, end, link, new_patients, low_confidence, evidence } = terms;
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

    fn unpack(self, evidence: &[Evidence]) -> Option<Terms> {
        Some(Terms {
            network: NetworkKey(self.network),
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
