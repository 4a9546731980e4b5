//! The parts that several answers share, as JSON. They borrow from what they render; nothing is
//! decided here.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::catalog::manifest::Manifest;
use crate::coverage::IdentityConfidence;
use crate::coverage::payer_class::PayerClass;
use crate::discharge::Notice;
use crate::discharge::field_types::Importance;
use crate::evidence::Evidence;
use crate::matching::report::{Acceptance, AcceptanceAnswer, Exclusion, NetworkAnswer, PlanMembership};
use crate::matching::requirement::Requirement;
use crate::place::{Miles, Point, Precision, State};
use crate::provider::answer_record::ClassOutcomes;
use crate::provider::{Address, AvailabilityWindow, Phone, Position, Provider, ReferralStats};
use crate::serve::json::day::DayJson;
use crate::serve::openapi::enums;
use crate::service::Need;

/// The directory of an answer. Its age is in a header, so that equal answers are equal bytes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Directory)]
pub(crate) struct DirectoryJson<'a> {
    /// The name of the generation: the same name, the same answers.
    #[schema(examples("20261121T120000Z-1f3a"))]
    generation: &'a str,
    /// When it was built.
    built_at: Timestamp,
    /// Whether it is the built-in sample of invented data: do not place a patient by it.
    synthetic: bool,
    /// The sequence number of the ledger up to which live statements are applied; absent if none
    /// are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = i64)]
    told: Option<i64>,
}

impl<'a> From<&'a Manifest> for DirectoryJson<'a> {
    fn from(manifest: &'a Manifest) -> Self {
        Self { generation: &manifest.generation, built_at: manifest.built_at, synthetic: manifest.synthetic, told: None }
    }
}

impl<'a> DirectoryJson<'a> {
    /// The directory of `manifest` with live statements applied up to that sequence number.
    pub(crate) fn new(manifest: &'a Manifest, told: Option<i64>) -> Self {
        Self { told, ..Self::from(manifest) }
    }
}

/// The days for which a provider states whether it has room.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DaysOfRoom)]
pub(crate) struct AvailabilityDaysJson {
    /// The first day; absent, as are the others, if no days were stated.
    #[schema(required = false)]
    from: Date,
    /// The last day.
    #[schema(required = false)]
    until: Date,
    /// How many beds or places, if stated.
    beds: Option<u32>,
}

impl From<AvailabilityWindow> for AvailabilityDaysJson {
    fn from(days: AvailabilityWindow) -> Self {
        Self { from: days.from, until: days.until, beds: days.beds }
    }
}

/// Outcomes of recent referrals.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Outcomes)]
pub(crate) struct ReferralStatsJson {
    /// How many patients it accepted.
    took: u32,
    /// How many it was asked to take.
    asked: u32,
    /// In how many days.
    days: u32,
    /// The same by class of payers, for each of which ten or more are known; absent if there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    by_payer_class: Vec<ClassOutcomesJson>,
}

/// Outcomes of the referrals of one class of payers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClassOutcomes)]
pub(crate) struct ClassOutcomesJson {
    /// The class.
    #[schema(value_type = PayerClass)]
    payer_class: &'static str,
    /// How many patients it accepted.
    took: u32,
    /// How many it was asked to take.
    asked: u32,
}

impl From<&ReferralStats> for ReferralStatsJson {
    fn from(outcomes: &ReferralStats) -> Self {
        let class =
            |of: &ClassOutcomes| ClassOutcomesJson { payer_class: of.payer_class.code(), took: of.took, asked: of.asked };
        let by_payer_class = outcomes.by_class.iter().map(class).collect();
        Self { took: outcomes.took, asked: outcomes.asked, days: outcomes.days, by_payer_class }
    }
}

/// The source of a fact and its dates; all null if there is no source.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = Said)]
pub(crate) struct EvidenceJson<'a> {
    /// The source in words.
    #[schema(required, examples("CMS Nursing Home Provider Information"))]
    source: Option<&'a str>,
    /// The day of the source's data; null if it carries no date.
    #[schema(required, value_type = Option<Date>)]
    as_of: Option<DayJson>,
    /// The day somebody confirmed it, if known.
    #[schema(required, value_type = Option<Date>)]
    verified_at: Option<DayJson>,
    /// The last day it is in effect; absent if none was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Date)]
    holds_until: Option<DayJson>,
}

impl<'a> From<&'a Evidence> for EvidenceJson<'a> {
    fn from(evidence: &'a Evidence) -> Self {
        Self {
            source: Some(&evidence.source),
            as_of: evidence.as_of.map(DayJson),
            verified_at: evidence.verified_at.map(DayJson),
            holds_until: evidence.holds_until.map(DayJson),
        }
    }
}

impl<'a> From<Option<&'a Evidence>> for EvidenceJson<'a> {
    fn from(evidence: Option<&'a Evidence>) -> Self {
        evidence.map(Self::from).unwrap_or_default()
    }
}

/// Something the user should know.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Remark)]
pub(crate) struct RemarkJson<'a> {
    /// A stable code for programs.
    #[schema(examples("plan_read_as"))]
    code: &'a str,
    /// A sentence to show.
    text: &'a str,
}

impl<'a> From<&'a Notice> for RemarkJson<'a> {
    fn from(remark: &'a Notice) -> Self {
        Self { code: remark.code, text: &remark.text }
    }
}

/// A list whose items are converted to JSON as it is written, so that no second list is built.
#[derive(Debug)]
pub(crate) struct SerializeIter<'a, T, W> {
    items: &'a [T],
    wire: fn(&'a T) -> W,
}

impl<'a, T, W: From<&'a T>> From<&'a [T]> for SerializeIter<'a, T, W> {
    fn from(items: &'a [T]) -> Self {
        Self { items, wire: W::from }
    }
}

impl<T, W: Serialize> Serialize for SerializeIter<'_, T, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.items.iter().map(self.wire))
    }
}

/// A list of remarks.
pub(crate) type RemarksJson<'a> = SerializeIter<'a, Notice, RemarkJson<'a>>;

/// A street address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Address)]
pub(crate) struct AddressJson<'a> {
    /// Number and street.
    street: &'a str,
    /// The city.
    city: &'a str,
    /// The two-letter postal code of the state; null if no source has one that can be read.
    #[schema(required, examples("SC"))]
    state: Option<&'a str>,
    /// Five digits; null if no source has a ZIP code that can be read.
    #[schema(required, examples("29401"))]
    zip: Option<String>,
}

impl<'a> From<&'a Address> for AddressJson<'a> {
    fn from(address: &'a Address) -> Self {
        let Address { street, city, state, zip } = address;
        Self { street, city, state: state.as_ref().map(State::as_str), zip: zip.map(|zip| zip.to_string()) }
    }
}

/// A point and its precision.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Point)]
pub(crate) struct PositionJson {
    /// Degrees north.
    #[schema(minimum = -90, maximum = 90)]
    latitude: f64,
    /// Degrees east; those of the mainland are negative.
    #[schema(minimum = -180, maximum = 180)]
    longitude: f64,
    /// How close the point is to the place.
    #[schema(value_type = enums::Precision)]
    precision: &'static str,
}

impl PositionJson {
    /// `point` with that `precision`.
    pub(crate) fn new(point: Point, precision: Precision) -> Self {
        Self { latitude: point.latitude(), longitude: point.longitude(), precision: precision.code() }
    }
}

impl From<&Position> for PositionJson {
    fn from(position: &Position) -> Self {
        Self::new(position.point, position.precision)
    }
}

/// A provider as lists show it; `GET /v1/providers/{id}` has the rest.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProviderInBrief)]
pub(crate) struct ProviderRefJson<'a> {
    /// Its id, the same after each refresh.
    #[schema(examples("ccn:425003"))]
    id: &'a str,
    /// Its name.
    name: &'a str,
    /// Its telephone number.
    #[schema(required, examples("843-555-0102"))]
    phone: Option<String>,
    /// Where it is.
    #[schema(required)]
    address: Option<AddressJson<'a>>,
    /// Where it is on a map.
    #[schema(required)]
    position: Option<PositionJson>,
    /// The sources of the fields above.
    #[schema(value_type = Vec<SaidOf>)]
    said_by: SaidBy<'a>,
}

/// The sources of what a list shows of a provider: facts of the same source and day together.
#[derive(Debug)]
struct SaidBy<'a>(&'a Provider);

/// One source, and its facts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FactsSaid)]
struct SaidOf<'a> {
    /// Which: `name`, `phone`, `address`, `position`.
    facts: Vec<&'static str>,
    #[serde(flatten)]
    said: EvidenceJson<'a>,
}

impl Serialize for SaidBy<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(provider) = self;
        let facts = [
            Some(("name", &provider.name.evidence)),
            provider.phone.as_ref().map(|fact| ("phone", &fact.evidence)),
            provider.address.as_ref().map(|fact| ("address", &fact.evidence)),
            provider.position.as_ref().map(|fact| ("position", &fact.evidence)),
        ];
        let mut sources: Vec<(&Evidence, Vec<&'static str>)> = Vec::with_capacity(1);
        for (name, by) in facts.into_iter().flatten() {
            match sources.iter_mut().find(|(known, _)| *known == by) {
                Some((_, names)) => names.push(name),
                None => sources.push((by, vec![name])),
            }
        }
        serializer.collect_seq(sources.into_iter().map(|(by, facts)| SaidOf { facts, said: by.into() }))
    }
}

impl<'a> From<&'a Provider> for ProviderRefJson<'a> {
    fn from(provider: &'a Provider) -> Self {
        Self {
            id: provider.id.as_str(),
            name: &provider.name.value,
            phone: provider.phone.as_ref().map(|fact| fact.value).as_ref().map(Phone::to_string),
            address: provider.address.as_ref().map(|fact| AddressJson::from(&fact.value)),
            position: provider.position.as_ref().map(|fact| PositionJson::from(&fact.value)),
            said_by: SaidBy(provider),
        }
    }
}

/// Miles as printed, to the hundredth; decisions use the unrounded number.
pub(crate) fn printed_miles(miles: Miles) -> f64 {
    (miles.value() * 100.0).round() / 100.0
}

/// Whether the plan covers it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NetworkAnswer)]
pub(crate) struct NetworkAnswerJson<'a> {
    /// The answer.
    #[schema(value_type = enums::NetworkStatus)]
    status: &'static str,
    /// The network that decides the answer, if one does.
    #[schema(required)]
    network: Option<&'a str>,
    /// The tier within it.
    #[schema(required)]
    tier: Option<&'a str>,
    /// The first day it applies, if stated.
    #[schema(required)]
    begin: Option<Date>,
    /// The last day it applies, if stated.
    #[schema(required)]
    end: Option<Date>,
    /// How certain it is that the provider in the payer's directory is this one.
    #[schema(required, value_type = Option<enums::Identity>)]
    identity: Option<&'static str>,
    /// Whether the payer's directory says that it accepts new patients in this network.
    #[schema(value_type = enums::Answer)]
    new_patients: &'static str,
    /// `low` if the source is known to lag; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = enums::Confidence)]
    confidence: Option<&'static str>,
    /// Every network of the coverage that lists it, where more than one does; empty otherwise.
    #[schema(value_type = Vec<MembershipJson>)]
    memberships: SerializeIter<'a, PlanMembership, MembershipJson<'a>>,
    #[serde(flatten)]
    said: EvidenceJson<'a>,
    /// The reason in words.
    why: &'a str,
}

/// One network of the coverage that lists the provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Membership)]
struct MembershipJson<'a> {
    /// The network.
    network: &'a str,
    /// The tier within it.
    #[schema(required)]
    tier: Option<&'a str>,
    /// The status by this network alone.
    #[schema(value_type = enums::NetworkStatus)]
    status: &'static str,
    /// The first day it holds, where stated.
    #[schema(required)]
    begin: Option<Date>,
    /// The last day it holds, where stated.
    #[schema(required)]
    end: Option<Date>,
    /// Whether the payer's directory says that it takes new patients in this network.
    #[schema(value_type = enums::Answer)]
    new_patients: &'static str,
    #[serde(flatten)]
    said: EvidenceJson<'a>,
}

impl<'a> From<&'a PlanMembership> for MembershipJson<'a> {
    fn from(membership: &'a PlanMembership) -> Self {
        Self {
            network: &membership.network,
            tier: membership.tier.as_deref(),
            status: membership.status.code(),
            begin: membership.begin,
            end: membership.end,
            new_patients: membership.new_patients.code(),
            said: (&membership.evidence).into(),
        }
    }
}

impl<'a> From<&'a NetworkAnswer> for NetworkAnswerJson<'a> {
    fn from(answer: &'a NetworkAnswer) -> Self {
        Self {
            status: answer.status.code(),
            network: answer.network.as_deref(),
            tier: answer.tier.as_deref(),
            begin: answer.begin,
            end: answer.end,
            identity: answer.link.map(IdentityConfidence::code),
            new_patients: answer.new_patients.code(),
            confidence: confidence(answer.low_confidence),
            memberships: answer.memberships[..].into(),
            said: answer.evidence.as_ref().into(),
            why: &answer.why,
        }
    }
}

/// The confidence in a listing, as the API states it: only if it is low.
pub(crate) fn confidence(low: bool) -> Option<&'static str> {
    low.then_some("low")
}

/// Whether it will take the patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Acceptance)]
pub(crate) struct AcceptanceJson<'a> {
    /// The result of all answers.
    #[schema(value_type = enums::Verdict)]
    verdict: &'static str,
    /// The answer to each need and limit.
    #[schema(value_type = Vec<NeedAnswerJson>)]
    answers: SerializeIter<'a, AcceptanceAnswer, NeedAnswerJson<'a>>,
}

impl<'a> From<&'a Acceptance> for AcceptanceJson<'a> {
    fn from(acceptance: &'a Acceptance) -> Self {
        Self { verdict: acceptance.verdict.code(), answers: acceptance.answers[..].into() }
    }
}

/// The answer to one need or to one limit: the field that is present says which.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NeedAnswer)]
struct NeedAnswerJson<'a> {
    /// The need.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Need)]
    need: Option<&'static str>,
    /// The limit, or `languages` or `sex`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = enums::LimitAsked)]
    limit: Option<&'static str>,
    /// Its label for people.
    label: &'static str,
    /// Whether a match must meet it.
    #[schema(value_type = Importance)]
    importance: &'static str,
    /// The answer.
    #[schema(value_type = enums::Answer)]
    answer: &'static str,
    #[serde(flatten)]
    said: EvidenceJson<'a>,
    /// The numbers behind a limit, or a note on a refusal.
    #[schema(required, examples("350 lb < 410 lb"))]
    note: Option<&'a str>,
}

impl<'a> From<&'a AcceptanceAnswer> for NeedAnswerJson<'a> {
    fn from(answer: &'a AcceptanceAnswer) -> Self {
        let (need, limit) = match answer.asked {
            Requirement::Need(need) => (Some(need.code()), None),
            _ => (None, Some(answer.asked.code())),
        };
        Self {
            need,
            limit,
            label: answer.asked.label(),
            importance: if answer.required { "required" } else { "preferred" },
            answer: answer.answer.code(),
            said: answer.evidence.as_ref().into(),
            note: answer.note.as_deref(),
        }
    }
}

/// One reason that excludes a provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Bar)]
pub(crate) struct ExclusionJson<'a> {
    /// A stable code: `too_far`, `declines:resp.vent`, `limit:age.min`.
    #[schema(examples("declines:resp.vent"))]
    reason: String,
    /// The reason in words.
    why: &'a str,
    #[serde(flatten)]
    said: EvidenceJson<'a>,
}

impl<'a> From<&'a Exclusion> for ExclusionJson<'a> {
    fn from(bar: &'a Exclusion) -> Self {
        Self { reason: bar.reason.code(), why: &bar.why, said: bar.evidence.as_ref().into() }
    }
}
