//! One provider as JSON, every fact with who said it and what others said instead; and providers by name.

use serde::Serialize;

use super::piece::{AddressPiece, DaysPiece, DirectoryPiece, OutcomesPiece, PointPiece, Said, confidence, identity};
use super::report::Ground;
use crate::catalog::NameHit;
use crate::coverage::{Plans, TermsKey};
use crate::evidence::{Evidence, Fact};
use crate::place::{State, Zip};
use crate::provider::{Ccn, Npi, Phone, Provider, Rating, ServiceArea, ServiceLine, Sex, Standing};

/// The answer of `GET /v1/providers/{id}`.
#[derive(Debug, Serialize)]
pub struct ProviderAnswer<'a> {
    directory: DirectoryPiece<'a>,
    provider: ProviderWire<'a>,
}

impl<'a> ProviderAnswer<'a> {
    /// `provider` as the directory of `ground` knows it.
    pub fn new(provider: &'a Provider, ground: Ground<'a>) -> Self {
        Self { directory: ground.into(), provider: ProviderWire::new(provider, ground.plans) }
    }
}

#[derive(Debug, Serialize)]
struct ProviderWire<'a> {
    id: &'a str,
    ccn: Option<String>,
    npis: Vec<String>,
    name: FactWire<'a, &'a str>,
    address: Option<FactWire<'a, AddressPiece<'a>>>,
    phone: Option<FactWire<'a, String>>,
    position: Option<FactWire<'a, PointPiece>>,
    ownership: Option<FactWire<'a, &'a str>>,
    suspected_exclusions: Vec<FactWire<'a, &'a str>>,
    services: Vec<LineWire<'a>>,
}

impl<'a> ProviderWire<'a> {
    fn new(provider: &'a Provider, plans: &'a Plans) -> Self {
        Self {
            id: provider.id.as_str(),
            ccn: provider.ccn.as_ref().map(Ccn::to_string),
            npis: provider.npis.iter().map(Npi::to_string).collect(),
            name: FactWire::new(&provider.name, String::as_str),
            address: provider.address.as_ref().map(|fact| FactWire::new(fact, AddressPiece::from)),
            phone: provider.phone.as_ref().map(|fact| FactWire::new(fact, Phone::to_string)),
            position: provider.position.as_ref().map(|fact| FactWire::new(fact, PointPiece::from)),
            ownership: provider.ownership.as_ref().map(|fact| FactWire::new(fact, String::as_str)),
            suspected_exclusions: provider
                .suspected_exclusions
                .iter()
                .map(|fact| FactWire::new(fact, String::as_str))
                .collect(),
            services: provider.lines.iter().map(|line| LineWire::new(line, plans)).collect(),
        }
    }
}

/// A value, who said it, and what others said instead, most trusted first.
#[derive(Debug, Serialize)]
struct FactWire<'a, T> {
    #[serde(flatten)]
    told: Told<'a, T>,
    others: Vec<Told<'a, T>>,
}

#[derive(Debug, Serialize)]
struct Told<'a, T> {
    value: T,
    #[serde(flatten)]
    said: Said<'a>,
}

impl<'a, T> FactWire<'a, T> {
    fn new<V>(fact: &'a Fact<V>, show: impl Fn(&'a V) -> T) -> Self {
        let told = |value: &'a V, evidence: &'a Evidence| Told { value: show(value), said: evidence.into() };
        Self {
            told: told(&fact.value, &fact.evidence),
            others: fact.others.iter().map(|(value, evidence)| told(value, evidence)).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct LineWire<'a> {
    service: &'static str,
    standing: &'static str,
    standing_by: Option<Said<'a>>,
    medicare: Option<FactWire<'a, bool>>,
    medicaid: Option<FactWire<'a, bool>>,
    service_area: Option<FactWire<'a, Vec<String>>>,
    answers: Vec<AnswerWire<'a>>,
    limits: Vec<LimitWire<'a>>,
    languages: Option<FactWire<'a, &'a [String]>>,
    only_sex: Option<FactWire<'a, &'static str>>,
    start_of_care_hours: Option<FactWire<'a, u32>>,
    rating: Option<RatingWire<'a>>,
    beds: Option<FactWire<'a, u32>>,
    availability: Option<RoomWire<'a>>,
    outcomes: Option<OutcomesPiece>,
    networks: Vec<AffiliationWire<'a>>,
}

impl<'a> LineWire<'a> {
    fn new(line: &'a ServiceLine, plans: &'a Plans) -> Self {
        let yes_or_no = |fact: &'a Option<Fact<bool>>| fact.as_ref().map(|fact| FactWire::new(fact, |value| *value));
        let area = match &line.area {
            ServiceArea::Zips(fact) => Some(FactWire::new(fact, |zips| zips.iter().map(Zip::to_string).collect())),
            ServiceArea::NotPublished => None,
        };
        Self {
            service: line.service.code(),
            standing: standing(line.standing),
            standing_by: line.standing_by.as_ref().map(Said::from),
            medicare: yes_or_no(&line.medicare),
            medicaid: yes_or_no(&line.medicaid),
            service_area: area,
            answers: line.answers.iter().map(|(need, fact)| AnswerWire::new(need.code(), need.label(), fact)).collect(),
            limits: line.limits.iter().map(|(limit, fact)| LimitWire::new(limit.code(), fact)).collect(),
            languages: line.languages.as_ref().map(|fact| FactWire::new(fact, Vec::as_slice)),
            only_sex: line.only_sex.as_ref().map(|fact| FactWire::new(fact, |sex: &Sex| sex.code())),
            start_of_care_hours: line.start_of_care_hours.as_ref().map(|fact| FactWire::new(fact, |hours| *hours)),
            rating: line.rating.as_ref().map(RatingWire::from),
            beds: line.beds.as_ref().map(|fact| FactWire::new(fact, |beds| *beds)),
            availability: line.availability.as_ref().map(|fact| RoomWire {
                fact: FactWire::new(fact, |value| *value),
                days: line.room_days.map(DaysPiece::from),
            }),
            outcomes: line.outcomes.map(OutcomesPiece::from),
            networks: line.affiliations.iter().filter_map(|key| AffiliationWire::new(*key, plans)).collect(),
        }
    }
}

/// Whether there is room, and for which days that was said.
#[derive(Debug, Serialize)]
struct RoomWire<'a> {
    #[serde(flatten)]
    fact: FactWire<'a, bool>,
    #[serde(flatten)]
    days: Option<DaysPiece>,
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Open => "open",
        Standing::Closed => "closed",
        Standing::NotCertified => "not_certified",
        Standing::ExcludedByOig => "excluded_by_oig",
    }
}

#[derive(Debug, Serialize)]
struct AnswerWire<'a> {
    need: &'static str,
    label: &'static str,
    answer: &'static str,
    #[serde(flatten)]
    fact: FactWire<'a, bool>,
}

impl<'a> AnswerWire<'a> {
    fn new(need: &'static str, label: &'static str, fact: &'a Fact<bool>) -> Self {
        let answer = crate::evidence::Answer::from(fact.value).code();
        Self { need, label, answer, fact: FactWire::new(fact, |value| *value) }
    }
}

#[derive(Debug, Serialize)]
struct LimitWire<'a> {
    limit: &'static str,
    #[serde(flatten)]
    fact: FactWire<'a, u32>,
}

impl<'a> LimitWire<'a> {
    fn new(limit: &'static str, fact: &'a Fact<u32>) -> Self {
        Self { limit, fact: FactWire::new(fact, |value| *value) }
    }
}

#[derive(Debug, Serialize)]
struct RatingWire<'a> {
    measure: &'static str,
    #[serde(flatten)]
    fact: FactWire<'a, f64>,
}

impl<'a> From<&'a Fact<Rating>> for RatingWire<'a> {
    fn from(fact: &'a Fact<Rating>) -> Self {
        let value = |rating: &Rating| f64::from(rating.tenths) / 10.0;
        Self { measure: fact.value.measure.code(), fact: FactWire::new(fact, value) }
    }
}

#[derive(Debug, Serialize)]
struct AffiliationWire<'a> {
    network: &'a str,
    payer: Option<&'a str>,
    tier: Option<&'a str>,
    begin: Option<jiff::civil::Date>,
    end: Option<jiff::civil::Date>,
    identity: &'static str,
    new_patients: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<&'static str>,
    #[serde(flatten)]
    said: Said<'a>,
}

impl<'a> AffiliationWire<'a> {
    fn new(key: TermsKey, plans: &'a Plans) -> Option<Self> {
        let terms = plans.terms(key)?;
        let network = plans.network(terms.network)?;
        let payer = network.payer.and_then(|at| plans.payers.get(at as usize));
        Some(Self {
            network: &network.name,
            payer: payer.map(|payer| payer.name.as_str()),
            tier: terms.tier.as_deref(),
            begin: terms.begin,
            end: terms.end,
            identity: identity(terms.link),
            new_patients: terms.new_patients.code(),
            confidence: confidence(terms.low_confidence),
            said: (&terms.evidence).into(),
        })
    }
}

/// The answer of `GET /v1/providers?name=`.
#[derive(Debug, Serialize)]
pub struct NamesAnswer<'a> {
    directory: DirectoryPiece<'a>,
    providers: Vec<NameWire<'a>>,
}

impl<'a> NamesAnswer<'a> {
    /// `hits`, best first.
    pub fn new(hits: &'a [NameHit], ground: Ground<'a>) -> Self {
        Self { directory: ground.manifest.into(), providers: hits.iter().map(NameWire::from).collect() }
    }
}

#[derive(Debug, Serialize)]
struct NameWire<'a> {
    id: &'a str,
    name: &'a str,
    services: Vec<&'static str>,
    city: &'a str,
    state: Option<&'a str>,
}

impl<'a> From<&'a NameHit> for NameWire<'a> {
    fn from(hit: &'a NameHit) -> Self {
        Self {
            id: hit.id.as_str(),
            name: &hit.name,
            services: hit.services.iter().map(|service| service.code()).collect(),
            city: &hit.city,
            state: hit.state.as_ref().map(State::as_str),
        }
    }
}
