//! One provider as JSON, every fact with who said it and what others said instead; and providers by name.

use serde::Serialize;
use utoipa::ToSchema;

use super::openapi::{facts, words};
use super::piece::{AddressPiece, DaysPiece, DirectoryPiece, OutcomesPiece, PointPiece, Said, confidence, identity};
use super::report::Ground;
use crate::care::Service;
use crate::catalog::NameHit;
use crate::coverage::{Plans, TermsKey};
use crate::evidence::{Evidence, Fact};
use crate::place::{State, Zip};
use crate::provider::{Ccn, Npi, Phone, Provider, Rating, ServiceArea, ServiceLine, Sex, Standing};

/// The answer of `GET /v1/providers/{id}`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderAnswer<'a> {
    /// What it was answered from.
    directory: DirectoryPiece<'a>,
    /// The provider.
    provider: ProviderWire<'a>,
}

impl<'a> ProviderAnswer<'a> {
    /// `provider` as the directory of `ground` knows it; `listed` gives the terms on which networks list a service of it.
    pub fn new(provider: &'a Provider, listed: impl Fn(Service) -> Vec<TermsKey>, ground: Ground<'a>) -> Self {
        Self { directory: ground.into(), provider: ProviderWire::new(provider, &listed, ground.plans) }
    }
}

/// A provider with every fact, who said it and when, and what others said instead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Provider)]
struct ProviderWire<'a> {
    /// What it is called from night to night.
    #[schema(examples("ccn:425003"))]
    id: &'a str,
    /// Its CMS Certification Number.
    #[schema(required, examples("425003"))]
    ccn: Option<String>,
    /// Its National Provider Identifiers.
    npis: Vec<String>,
    /// Its name.
    #[schema(value_type = facts::TextFact)]
    name: FactWire<'a, &'a str>,
    /// Where it is.
    #[schema(required, value_type = Option<facts::AddressFact>)]
    address: Option<FactWire<'a, AddressPiece<'a>>>,
    /// Its telephone number.
    #[schema(required, value_type = Option<facts::TextFact>)]
    phone: Option<FactWire<'a, String>>,
    /// Where it is on a map.
    #[schema(required, value_type = Option<facts::PointFact>)]
    position: Option<FactWire<'a, PointPiece>>,
    /// Who owns it, in the words of the source.
    #[schema(required, value_type = Option<facts::TextFact>)]
    ownership: Option<FactWire<'a, &'a str>>,
    /// Rows of the federal exclusion list that may be about it; a person must look.
    #[schema(value_type = Vec<facts::TextFact>)]
    suspected_exclusions: Vec<FactWire<'a, &'a str>>,
    /// What it offers.
    services: Vec<LineWire<'a>>,
}

impl<'a> ProviderWire<'a> {
    fn new(provider: &'a Provider, listed: &impl Fn(Service) -> Vec<TermsKey>, plans: &'a Plans) -> Self {
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
            services: provider.lines.iter().map(|line| LineWire::new(line, &listed(line.service), plans)).collect(),
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

/// One service of a provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceLine)]
struct LineWire<'a> {
    /// The service.
    #[schema(value_type = words::Service)]
    service: &'static str,
    /// Whether it may take patients at all.
    #[schema(value_type = words::Standing)]
    standing: &'static str,
    /// Who says so.
    #[schema(required)]
    standing_by: Option<Said<'a>>,
    /// Whether Medicare certifies it.
    #[schema(required, value_type = Option<facts::YesNoFact>)]
    medicare: Option<FactWire<'a, bool>>,
    /// Whether Medicaid certifies it.
    #[schema(required, value_type = Option<facts::YesNoFact>)]
    medicaid: Option<FactWire<'a, bool>>,
    /// The ZIPs it comes to; null where none are published.
    #[schema(required, value_type = Option<facts::ListFact>)]
    service_area: Option<FactWire<'a, Vec<String>>>,
    /// What it takes and what not.
    answers: Vec<AnswerWire<'a>>,
    /// The numbers it sets.
    limits: Vec<LimitWire<'a>>,
    /// The languages spoken there, as ISO 639-1 codes.
    #[schema(required, value_type = Option<facts::ListFact>)]
    languages: Option<FactWire<'a, &'a [String]>>,
    /// The only sex it takes.
    #[schema(required, value_type = Option<facts::SexFact>)]
    only_sex: Option<FactWire<'a, &'static str>>,
    /// Within how many hours it begins.
    #[schema(required, value_type = Option<facts::CountFact>)]
    start_of_care_hours: Option<FactWire<'a, u32>>,
    /// What was measured of it.
    #[schema(required)]
    rating: Option<RatingWire<'a>>,
    /// How many beds or stations it has.
    #[schema(required, value_type = Option<facts::CountFact>)]
    beds: Option<FactWire<'a, u32>>,
    /// Whether it has room.
    #[schema(required)]
    availability: Option<RoomWire<'a>>,
    /// What became of referrals to it; null while too few are known.
    #[schema(required)]
    outcomes: Option<OutcomesPiece>,
    /// The networks it is in.
    networks: Vec<AffiliationWire<'a>>,
}

impl<'a> LineWire<'a> {
    fn new(line: &'a ServiceLine, listed: &[TermsKey], plans: &'a Plans) -> Self {
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
            networks: listed.iter().filter_map(|key| AffiliationWire::new(*key, plans)).collect(),
        }
    }
}

/// Whether there is room, and for which days that was said.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoomFact)]
struct RoomWire<'a> {
    #[serde(flatten)]
    #[schema(value_type = facts::YesNoFact)]
    fact: FactWire<'a, bool>,
    #[serde(flatten)]
    #[schema(value_type = DaysPiece)]
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

/// Whether it takes patients with one need.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NeedTaken)]
struct AnswerWire<'a> {
    /// The need.
    #[schema(value_type = words::Need)]
    need: &'static str,
    /// Its words for people.
    label: &'static str,
    /// The answer.
    #[schema(value_type = words::Answer)]
    answer: &'static str,
    #[serde(flatten)]
    #[schema(value_type = facts::YesNoFact)]
    fact: FactWire<'a, bool>,
}

impl<'a> AnswerWire<'a> {
    fn new(need: &'static str, label: &'static str, fact: &'a Fact<bool>) -> Self {
        let answer = crate::evidence::Answer::from(fact.value).code();
        Self { need, label, answer, fact: FactWire::new(fact, |value| *value) }
    }
}

/// One number it sets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LimitSet)]
struct LimitWire<'a> {
    /// The limit.
    #[schema(value_type = words::Limit)]
    limit: &'static str,
    #[serde(flatten)]
    #[schema(value_type = facts::CountFact)]
    fact: FactWire<'a, u32>,
}

impl<'a> LimitWire<'a> {
    fn new(limit: &'static str, fact: &'a Fact<u32>) -> Self {
        Self { limit, fact: FactWire::new(fact, |value| *value) }
    }
}

/// What was measured of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rating)]
struct RatingWire<'a> {
    /// The measure.
    #[schema(value_type = words::Measure)]
    measure: &'static str,
    #[serde(flatten)]
    #[schema(value_type = facts::RatingFact)]
    fact: FactWire<'a, f64>,
}

impl<'a> From<&'a Fact<Rating>> for RatingWire<'a> {
    fn from(fact: &'a Fact<Rating>) -> Self {
        let value = |rating: &Rating| f64::from(rating.tenths) / 10.0;
        Self { measure: fact.value.measure.code(), fact: FactWire::new(fact, value) }
    }
}

/// One network it is in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Affiliation)]
struct AffiliationWire<'a> {
    /// The network.
    network: &'a str,
    /// Its payer.
    #[schema(required)]
    payer: Option<&'a str>,
    /// The tier within it.
    #[schema(required)]
    tier: Option<&'a str>,
    /// The first day it holds, where stated.
    #[schema(required)]
    begin: Option<jiff::civil::Date>,
    /// The last day it holds, where stated.
    #[schema(required)]
    end: Option<jiff::civil::Date>,
    /// How sure it is that the provider the payer lists is this one.
    #[schema(value_type = words::Identity)]
    identity: &'static str,
    /// Whether the payer's directory says that it takes new patients.
    #[schema(value_type = words::Answer)]
    new_patients: &'static str,
    /// `low` where the source is known to lag; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = words::Confidence)]
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
#[derive(Debug, Serialize, ToSchema)]
pub struct NamesAnswer<'a> {
    /// What it was answered from.
    directory: DirectoryPiece<'a>,
    /// Those with the name most like the one asked for, the best first.
    providers: Vec<NameWire<'a>>,
}

impl<'a> NamesAnswer<'a> {
    /// `hits`, best first.
    pub fn new(hits: &'a [NameHit], ground: Ground<'a>) -> Self {
        Self { directory: ground.manifest.into(), providers: hits.iter().map(NameWire::from).collect() }
    }
}

/// A provider found by its name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProviderFound)]
struct NameWire<'a> {
    /// What it is called from night to night.
    id: &'a str,
    /// Its name.
    name: &'a str,
    /// What it offers.
    #[schema(value_type = Vec<words::Service>)]
    services: Vec<&'static str>,
    /// The city; empty where no address is known.
    city: &'a str,
    /// The two-letter postal code of the state.
    #[schema(required)]
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
