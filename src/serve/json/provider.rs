//! One provider as JSON, every fact with its source and the values of other sources; and providers
//! by name.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::catalog::NameMatch;
use crate::coverage::{PlanDirectory, TermsId};
use crate::evidence::{Fact, Tristate};
use crate::overlay::statement_terms::{StatementTerm, TermState};
use crate::place::{State, Zip};
use crate::provider::answer_record::AnswerCounts;
use crate::provider::quality::Rating;
use crate::provider::{Ccn, Npi, OperatingStatus, Phone, Provider, ServiceArea, ServiceLine, Sex};
use crate::serve::json::business::BusinessFactJson;
use crate::serve::json::fact::FactJson;
use crate::serve::json::parts::{
    AddressJson, AvailabilityDaysJson, DirectoryJson, EvidenceJson, PositionJson, ReferralStatsJson, confidence,
};
use crate::serve::json::published::{SafetyNoticeJson, ServedGroupJson, ShownQualityJson};
use crate::serve::json::referral_chance::AnswerCountsJson;
use crate::serve::json::report::AnswerContext;
use crate::serve::openapi::{enums, facts};
use crate::service::{Limit, Need, Service};

/// The answer of `GET /v1/providers/{id}`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProviderAnswer)]
pub struct ProviderPageJson<'a> {
    /// The directory it was answered from.
    directory: DirectoryJson<'a>,
    /// The provider.
    provider: ProviderJson<'a>,
    /// Until when its own statements stand; null if it states nothing.
    #[schema(required)]
    own_statements: Option<StatementTermJson>,
}

/// Until when the statements of a provider stand.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatementTerm)]
struct StatementTermJson {
    /// The day of its newest statement.
    said_on: Date,
    /// The last day of the first of its statements to expire; null if it states only room.
    #[schema(required)]
    ends_on: Option<Date>,
    /// The last day for which it states room or none; null if it does not.
    #[schema(required)]
    room_until: Option<Date>,
    /// Whether somebody should ask it to confirm: `ends_soon` is within 14 days.
    #[schema(value_type = enums::StatementTermState)]
    state: &'static str,
}

impl<'a> ProviderPageJson<'a> {
    /// `provider` as in the directory of `ground`; `listed` returns the terms on which networks
    /// list one of its services.
    pub fn new(provider: &'a Provider, listed: impl Fn(Service) -> Vec<TermsId>, ground: AnswerContext<'a>) -> Self {
        Self { directory: ground.into(), provider: ProviderJson::new(provider, &listed, ground.plans), own_statements: None }
    }

    /// With the term of its own statements.
    #[must_use]
    pub fn with_term(self, term: Option<StatementTerm>) -> Self {
        let json = |term: StatementTerm| StatementTermJson {
            said_on: term.said_on,
            ends_on: term.ends_on,
            room_until: term.room_until,
            state: TermState::code(term.state),
        };
        Self { own_statements: term.map(json), ..self }
    }
}

/// A provider with every fact, its source and date, and the values of other sources.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Provider)]
struct ProviderJson<'a> {
    /// Its id, the same after each refresh.
    #[schema(examples("ccn:425003"))]
    id: &'a str,
    /// Its CMS Certification Number.
    #[schema(required, examples("425003"))]
    ccn: Option<String>,
    /// Its National Provider Identifiers.
    npis: Vec<String>,
    /// Its name.
    #[schema(value_type = facts::TextFact)]
    name: FactJson<'a, &'a str>,
    /// Where it is.
    #[schema(required, value_type = Option<facts::AddressFact>)]
    address: Option<FactJson<'a, AddressJson<'a>>>,
    /// Its telephone number.
    #[schema(required, value_type = Option<facts::TextFact>)]
    phone: Option<FactJson<'a, String>>,
    /// Where it is on a map.
    #[schema(required, value_type = Option<facts::PointFact>)]
    position: Option<FactJson<'a, PositionJson>>,
    /// Its owner, in the words of the source.
    #[schema(required, value_type = Option<facts::TextFact>)]
    ownership: Option<FactJson<'a, &'a str>>,
    /// The business behind it: names, chain, owners and other locations.
    business: Vec<BusinessFactJson<'a>>,
    /// Rows of the federal exclusion list that may be about it; a person must check.
    #[schema(value_type = Vec<facts::TextFact>)]
    suspected_exclusions: Vec<FactJson<'a, &'a str>>,
    /// What it offers.
    services: Vec<LineJson<'a>>,
}

impl<'a> ProviderJson<'a> {
    fn new(provider: &'a Provider, listed: &impl Fn(Service) -> Vec<TermsId>, plans: &'a PlanDirectory) -> Self {
        Self {
            id: provider.id.as_str(),
            ccn: provider.ccn.as_ref().map(Ccn::to_string),
            npis: provider.npis.iter().map(Npi::to_string).collect(),
            name: FactJson::new(&provider.name, String::as_str),
            address: provider.address.as_ref().map(|fact| FactJson::new(fact, AddressJson::from)),
            phone: provider.phone.as_ref().map(|fact| FactJson::new(fact, Phone::to_string)),
            position: provider.position.as_ref().map(|fact| FactJson::new(fact, PositionJson::from)),
            ownership: provider.ownership.as_ref().map(|fact| FactJson::new(fact, String::as_str)),
            business: provider.business.iter().map(BusinessFactJson::from).collect(),
            suspected_exclusions: provider
                .suspected_exclusions
                .iter()
                .map(|fact| FactJson::new(fact, String::as_str))
                .collect(),
            services: provider.lines.iter().map(|line| LineJson::new(line, &listed(line.service), plans)).collect(),
        }
    }
}

/// One service of a provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceLine)]
struct LineJson<'a> {
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
    /// Whether it may take patients at all.
    #[schema(value_type = enums::Standing)]
    standing: &'static str,
    /// The source of that.
    #[schema(required)]
    standing_by: Option<EvidenceJson<'a>>,
    /// Whether Medicare certifies it.
    #[schema(required, value_type = Option<facts::YesNoFact>)]
    medicare: Option<FactJson<'a, bool>>,
    /// Whether Medicaid certifies it.
    #[schema(required, value_type = Option<facts::YesNoFact>)]
    medicaid: Option<FactJson<'a, bool>>,
    /// The ZIP codes it serves; null if none are published.
    #[schema(required, value_type = Option<facts::ListFact>)]
    service_area: Option<FactJson<'a, Vec<String>>>,
    /// What it accepts and what it declines.
    answers: Vec<NeedTakenJson<'a>>,
    /// The limits it sets.
    limits: Vec<LimitSetJson<'a>>,
    /// The languages spoken there, as ISO 639-1 codes.
    #[schema(required, value_type = Option<facts::ListFact>)]
    languages: Option<FactJson<'a, &'a [String]>>,
    /// The only sex it accepts.
    #[schema(required, value_type = Option<facts::SexFact>)]
    only_sex: Option<FactJson<'a, &'static str>>,
    /// Within how many hours care begins.
    #[schema(required, value_type = Option<facts::CountFact>)]
    start_of_care_hours: Option<FactJson<'a, u32>>,
    /// Its quality measure.
    #[schema(required)]
    rating: Option<RatingJson<'a>>,
    /// What else is measured, and why a rating is missing.
    quality: ShownQualityJson<'a>,
    /// What official sources publish about its safety.
    safety: Vec<SafetyNoticeJson<'a>>,
    /// The groups of people it is for; empty where it is for everybody.
    serves: Vec<ServedGroupJson<'a>>,
    /// How many beds or stations it has.
    #[schema(required, value_type = Option<facts::CountFact>)]
    beds: Option<FactJson<'a, u32>>,
    /// Whether it has room.
    #[schema(required)]
    availability: Option<RoomFactJson<'a>>,
    /// Outcomes of referrals to it; null while too few are known.
    #[schema(required)]
    outcomes: Option<ReferralStatsJson>,
    /// How often it had room when it was asked, in 90 days.
    room_record: AnswerCountsJson,
    /// How often it said yes to each need that it was asked about, in a year.
    need_records: Vec<NeedRecordJson>,
    /// The networks it is in.
    networks: Vec<AffiliationJson<'a>>,
}

impl<'a> LineJson<'a> {
    fn new(line: &'a ServiceLine, listed: &[TermsId], plans: &'a PlanDirectory) -> Self {
        let yes_or_no = |fact: &'a Option<Fact<bool>>| fact.as_ref().map(|fact| FactJson::new(fact, |value| *value));
        let area = match &line.area {
            ServiceArea::Zips(fact) => Some(FactJson::new(fact, |zips| zips.iter().map(Zip::to_string).collect())),
            ServiceArea::NotPublished => None,
        };
        Self {
            service: line.service.code(),
            standing: standing(line.standing),
            standing_by: line.standing_by.as_ref().map(EvidenceJson::from),
            medicare: yes_or_no(&line.medicare),
            medicaid: yes_or_no(&line.medicaid),
            service_area: area,
            answers: line.answers.iter().map(|(need, fact)| NeedTakenJson::new(need.code(), need.label(), fact)).collect(),
            limits: line.limits.iter().map(|(limit, fact)| LimitSetJson::new(limit.code(), fact)).collect(),
            languages: line.languages.as_ref().map(|fact| FactJson::new(fact, Vec::as_slice)),
            only_sex: line.only_sex.as_ref().map(|fact| FactJson::new(fact, |sex: &Sex| sex.code())),
            start_of_care_hours: line.start_of_care_hours.as_ref().map(|fact| FactJson::new(fact, |hours| *hours)),
            rating: line.rating.as_ref().map(RatingJson::from),
            quality: line.into(),
            safety: line.safety.iter().map(SafetyNoticeJson::from).collect(),
            serves: line.serves.iter().map(ServedGroupJson::from).collect(),
            beds: line.beds.as_ref().map(|fact| FactJson::new(fact, |beds| *beds)),
            availability: line.availability.as_ref().map(|fact| RoomFactJson {
                fact: FactJson::new(fact, |value| *value),
                days: line.room_days.map(AvailabilityDaysJson::from),
            }),
            outcomes: line.outcomes.as_ref().map(ReferralStatsJson::from),
            room_record: line.record.as_ref().map(|record| record.room).unwrap_or_default().into(),
            need_records: line.record.iter().flat_map(|record| &record.needs).map(NeedRecordJson::from).collect(),
            networks: listed.iter().filter_map(|key| AffiliationJson::new(*key, plans)).collect(),
        }
    }
}

/// How often a provider said yes to a need.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NeedRecord)]
struct NeedRecordJson {
    /// The code of the need.
    #[schema(examples("resp.vent"))]
    need: &'static str,
    #[serde(flatten)]
    counts: AnswerCountsJson,
}

impl From<(&Need, &AnswerCounts)> for NeedRecordJson {
    fn from((need, counts): (&Need, &AnswerCounts)) -> Self {
        Self { need: need.code(), counts: (*counts).into() }
    }
}

/// Whether there is room, and the days for which that was stated.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoomFact)]
struct RoomFactJson<'a> {
    #[serde(flatten)]
    #[schema(value_type = facts::YesNoFact)]
    fact: FactJson<'a, bool>,
    #[serde(flatten)]
    #[schema(value_type = AvailabilityDaysJson)]
    days: Option<AvailabilityDaysJson>,
}

fn standing(standing: OperatingStatus) -> &'static str {
    match standing {
        OperatingStatus::Open => "open",
        OperatingStatus::Closed => "closed",
        OperatingStatus::NotCertified => "not_certified",
        OperatingStatus::ExcludedByOig => "excluded_by_oig",
    }
}

/// Whether it accepts patients with one need.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NeedTaken)]
struct NeedTakenJson<'a> {
    /// The need.
    #[schema(value_type = Need)]
    need: &'static str,
    /// Its label for people.
    label: &'static str,
    /// The answer.
    #[schema(value_type = enums::Answer)]
    answer: &'static str,
    #[serde(flatten)]
    #[schema(value_type = facts::YesNoFact)]
    fact: FactJson<'a, bool>,
}

impl<'a> NeedTakenJson<'a> {
    fn new(need: &'static str, label: &'static str, fact: &'a Fact<bool>) -> Self {
        let answer = Tristate::from(fact.value).code();
        Self { need, label, answer, fact: FactJson::new(fact, |value| *value) }
    }
}

/// One limit it sets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LimitSet)]
struct LimitSetJson<'a> {
    /// The limit.
    #[schema(value_type = Limit)]
    limit: &'static str,
    #[serde(flatten)]
    #[schema(value_type = facts::CountFact)]
    fact: FactJson<'a, u32>,
}

impl<'a> LimitSetJson<'a> {
    fn new(limit: &'static str, fact: &'a Fact<u32>) -> Self {
        Self { limit, fact: FactJson::new(fact, |value| *value) }
    }
}

/// Its quality measure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rating)]
struct RatingJson<'a> {
    /// The measure.
    #[schema(value_type = enums::Measure)]
    measure: &'static str,
    #[serde(flatten)]
    #[schema(value_type = facts::RatingFact)]
    fact: FactJson<'a, f64>,
}

impl<'a> From<&'a Fact<Rating>> for RatingJson<'a> {
    fn from(fact: &'a Fact<Rating>) -> Self {
        let value = |rating: &Rating| f64::from(rating.tenths) / 10.0;
        Self { measure: fact.value.measure.code(), fact: FactJson::new(fact, value) }
    }
}

/// One network it is in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Affiliation)]
struct AffiliationJson<'a> {
    /// The network.
    network: &'a str,
    /// Its payer.
    #[schema(required)]
    payer: Option<&'a str>,
    /// The tier within it.
    #[schema(required)]
    tier: Option<&'a str>,
    /// The first day it applies, if stated.
    #[schema(required)]
    begin: Option<jiff::civil::Date>,
    /// The last day it applies, if stated.
    #[schema(required)]
    end: Option<jiff::civil::Date>,
    /// How certain it is that the provider in the payer's directory is this one.
    #[schema(value_type = enums::Identity)]
    identity: &'static str,
    /// Whether the payer's directory says that it accepts new patients.
    #[schema(value_type = enums::Answer)]
    new_patients: &'static str,
    /// `low` if the source is known to lag; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = enums::Confidence)]
    confidence: Option<&'static str>,
    #[serde(flatten)]
    said: EvidenceJson<'a>,
}

impl<'a> AffiliationJson<'a> {
    fn new(key: TermsId, plans: &'a PlanDirectory) -> Option<Self> {
        let terms = plans.terms(key)?;
        let network = plans.network(terms.network)?;
        let payer = network.payer.and_then(|at| plans.payers.get(at as usize));
        Some(Self {
            network: &network.name,
            payer: payer.map(|payer| payer.name.as_str()),
            tier: terms.tier.as_deref(),
            begin: terms.begin,
            end: terms.end,
            identity: terms.link.code(),
            new_patients: terms.new_patients.code(),
            confidence: confidence(terms.low_confidence),
            said: (&terms.evidence).into(),
        })
    }
}

/// The answer of `GET /v1/providers`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NamesAnswer)]
pub struct ProviderNamesJson<'a> {
    /// The directory it was answered from.
    directory: DirectoryJson<'a>,
    /// The closest names, best first; or the providers of a page of the list.
    providers: Vec<NameJson<'a>>,
    /// Send it as `cursor` for the next page; null on the last, and for a search by name.
    #[schema(required)]
    next_cursor: Option<&'a str>,
}

impl<'a> ProviderNamesJson<'a> {
    /// `hits` in this order, and the cursor of the next page.
    pub fn new(hits: &'a [NameMatch], next_cursor: Option<&'a str>, ground: AnswerContext<'a>) -> Self {
        Self { directory: ground.manifest.into(), providers: hits.iter().map(NameJson::from).collect(), next_cursor }
    }
}

/// A provider found by its name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProviderFound)]
struct NameJson<'a> {
    /// Its id, the same after each refresh.
    id: &'a str,
    /// Its name.
    name: &'a str,
    /// What it offers.
    #[schema(value_type = Vec<Service>)]
    services: Vec<&'static str>,
    /// The city; empty if no address is known.
    city: &'a str,
    /// The two-letter postal code of the state.
    #[schema(required)]
    state: Option<&'a str>,
}

impl<'a> From<&'a NameMatch> for NameJson<'a> {
    fn from(hit: &'a NameMatch) -> Self {
        Self {
            id: hit.id.as_str(),
            name: &hit.name,
            services: hit.services.iter().map(|service| service.code()).collect(),
            city: &hit.city,
            state: hit.state.as_ref().map(State::as_str),
        }
    }
}
