//! The pieces several answers are made of, as JSON. They borrow from what they render; nothing is decided here.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Serialize, Serializer};

use crate::catalog::generation::Manifest;
use crate::coverage::Link;
use crate::discharge::Remark;
use crate::evidence::Evidence;
use crate::matching::report::{Acceptance, AcceptanceAnswer, Asked, Bar, NetworkAnswer};
use crate::place::{Miles, Point, Precision};
use crate::provider::{Address, Outcomes, Phone, Position, Provider, RoomDays};

/// The directory an answer comes from. Its age is not here but in a header, so that equal answers are equal bytes.
#[derive(Debug, Serialize)]
pub struct DirectoryPiece<'a> {
    generation: &'a str,
    built_at: Timestamp,
    synthetic: bool,
    /// The place in the ledger of the last thing told that is laid over it; absent where nothing was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    told: Option<i64>,
}

impl<'a> From<&'a Manifest> for DirectoryPiece<'a> {
    fn from(manifest: &'a Manifest) -> Self {
        Self {
            generation: &manifest.generation,
            built_at: manifest.built_at,
            synthetic: manifest.synthetic,
            told: None,
        }
    }
}

impl<'a> DirectoryPiece<'a> {
    /// The directory of `manifest` with what was told up to that place of the ledger laid over it.
    pub fn new(manifest: &'a Manifest, told: Option<i64>) -> Self {
        Self { told, ..Self::from(manifest) }
    }
}

/// For which days a provider says that it has room or not.
#[derive(Debug, Serialize)]
pub struct DaysPiece {
    from: Date,
    until: Date,
    beds: Option<u32>,
}

impl From<RoomDays> for DaysPiece {
    fn from(days: RoomDays) -> Self {
        Self { from: days.from, until: days.until, beds: days.beds }
    }
}

/// What became of referrals lately.
#[derive(Debug, Serialize)]
pub struct OutcomesPiece {
    took: u32,
    asked: u32,
    days: u32,
}

impl From<Outcomes> for OutcomesPiece {
    fn from(outcomes: Outcomes) -> Self {
        Self { took: outcomes.took, asked: outcomes.asked, days: outcomes.days }
    }
}

/// Who said something, and when; all null when nobody did.
#[derive(Debug, Default, Serialize)]
pub struct Said<'a> {
    source: Option<&'a str>,
    as_of: Option<Date>,
    verified_at: Option<Date>,
    /// The last day it holds; absent where nobody set one.
    #[serde(skip_serializing_if = "Option::is_none")]
    holds_until: Option<Date>,
}

impl<'a> From<&'a Evidence> for Said<'a> {
    fn from(evidence: &'a Evidence) -> Self {
        Self {
            source: Some(&evidence.source),
            as_of: evidence.as_of,
            verified_at: evidence.verified_at,
            holds_until: evidence.holds_until,
        }
    }
}

impl<'a> From<Option<&'a Evidence>> for Said<'a> {
    fn from(evidence: Option<&'a Evidence>) -> Self {
        evidence.map(Self::from).unwrap_or_default()
    }
}

/// Something the asker should know.
#[derive(Debug, Serialize)]
pub struct RemarkPiece<'a> {
    code: &'a str,
    text: &'a str,
}

impl<'a> From<&'a Remark> for RemarkPiece<'a> {
    fn from(remark: &'a Remark) -> Self {
        Self { code: remark.code, text: &remark.text }
    }
}

/// A list whose items are turned to JSON one by one as it is written, so that no second list is built.
#[derive(Debug)]
pub struct Each<'a, T, W> {
    items: &'a [T],
    wire: fn(&'a T) -> W,
}

impl<'a, T, W: From<&'a T>> From<&'a [T]> for Each<'a, T, W> {
    fn from(items: &'a [T]) -> Self {
        Self { items, wire: W::from }
    }
}

impl<T, W: Serialize> Serialize for Each<'_, T, W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.items.iter().map(self.wire))
    }
}

/// A list of remarks.
pub type Remarks<'a> = Each<'a, Remark, RemarkPiece<'a>>;

/// A street address.
#[derive(Debug, Serialize)]
pub struct AddressPiece<'a> {
    street: &'a str,
    city: &'a str,
    state: &'a str,
    zip: String,
}

impl<'a> From<&'a Address> for AddressPiece<'a> {
    fn from(address: &'a Address) -> Self {
        Self {
            street: &address.street,
            city: &address.city,
            state: address.state.as_str(),
            zip: address.zip.to_string(),
        }
    }
}

/// A point and how closely it stands for the thing.
#[derive(Debug, Serialize)]
pub struct PointPiece {
    latitude: f64,
    longitude: f64,
    precision: &'static str,
}

impl PointPiece {
    /// `point`, as close as `precision` says.
    pub fn new(point: Point, precision: Precision) -> Self {
        Self { latitude: point.latitude(), longitude: point.longitude(), precision: precision.code() }
    }
}

impl From<&Position> for PointPiece {
    fn from(position: &Position) -> Self {
        Self::new(position.point, position.precision)
    }
}

/// A provider as lists show it; `GET /v1/providers/{id}` tells the rest.
#[derive(Debug, Serialize)]
pub struct ProviderPiece<'a> {
    id: &'a str,
    name: &'a str,
    phone: Option<String>,
    address: Option<AddressPiece<'a>>,
    position: Option<PointPiece>,
    said_by: SaidBy<'a>,
}

/// Who said what a list shows of a provider: facts of the same source and day together.
#[derive(Debug)]
struct SaidBy<'a>(&'a Provider);

#[derive(Debug, Serialize)]
struct SaidOf<'a> {
    facts: Vec<&'static str>,
    #[serde(flatten)]
    said: Said<'a>,
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

impl<'a> From<&'a Provider> for ProviderPiece<'a> {
    fn from(provider: &'a Provider) -> Self {
        Self {
            id: provider.id.as_str(),
            name: &provider.name.value,
            phone: provider.phone.as_ref().map(|fact| fact.value).as_ref().map(Phone::to_string),
            address: provider.address.as_ref().map(|fact| AddressPiece::from(&fact.value)),
            position: provider.position.as_ref().map(|fact| PointPiece::from(&fact.value)),
            said_by: SaidBy(provider),
        }
    }
}

/// Miles as they are printed, to the hundredth; every decision was made on the unrounded number.
pub fn printed_miles(miles: Miles) -> f64 {
    (miles.value() * 100.0).round() / 100.0
}

/// Whether the plan covers it.
#[derive(Debug, Serialize)]
pub struct NetworkPiece<'a> {
    status: &'static str,
    network: Option<&'a str>,
    tier: Option<&'a str>,
    begin: Option<Date>,
    end: Option<Date>,
    identity: Option<&'static str>,
    new_patients: &'static str,
    /// "low" where the source is known to lag; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<&'static str>,
    #[serde(flatten)]
    said: Said<'a>,
    why: &'a str,
}

impl<'a> From<&'a NetworkAnswer> for NetworkPiece<'a> {
    fn from(answer: &'a NetworkAnswer) -> Self {
        Self {
            status: answer.status.code(),
            network: answer.network.as_deref(),
            tier: answer.tier.as_deref(),
            begin: answer.begin,
            end: answer.end,
            identity: answer.link.map(identity),
            new_patients: answer.new_patients.code(),
            confidence: confidence(answer.low_confidence),
            said: answer.evidence.as_ref().into(),
            why: &answer.why,
        }
    }
}

/// How sure it is that the provider the payer lists is this one, as the API says it.
pub fn identity(link: Link) -> &'static str {
    match link {
        Link::Sure => "sure",
        Link::OtherLocation => "other_location",
        Link::Probable => "probable",
    }
}

/// How far a listing can be relied on, as the API says it: only what is low is told.
pub fn confidence(low: bool) -> Option<&'static str> {
    low.then_some("low")
}

/// Whether it will take the patient.
#[derive(Debug, Serialize)]
pub struct AcceptancePiece<'a> {
    verdict: &'static str,
    answers: Each<'a, AcceptanceAnswer, AnswerPiece<'a>>,
}

impl<'a> From<&'a Acceptance> for AcceptancePiece<'a> {
    fn from(acceptance: &'a Acceptance) -> Self {
        Self { verdict: acceptance.verdict.code(), answers: acceptance.answers[..].into() }
    }
}

/// The answer to one need, or to one limit: the field that names it tells which.
#[derive(Debug, Serialize)]
struct AnswerPiece<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    need: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<&'static str>,
    label: &'static str,
    importance: &'static str,
    answer: &'static str,
    #[serde(flatten)]
    said: Said<'a>,
    note: Option<&'a str>,
}

impl<'a> From<&'a AcceptanceAnswer> for AnswerPiece<'a> {
    fn from(answer: &'a AcceptanceAnswer) -> Self {
        let (need, limit) = match answer.asked {
            Asked::Need(need) => (Some(need.code()), None),
            Asked::Limit(_) | Asked::Language | Asked::Sex => (None, Some(answer.asked.code())),
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

/// One thing that keeps a provider out.
#[derive(Debug, Serialize)]
pub struct BarPiece<'a> {
    reason: String,
    why: &'a str,
    #[serde(flatten)]
    said: Said<'a>,
}

impl<'a> From<&'a Bar> for BarPiece<'a> {
    fn from(bar: &'a Bar) -> Self {
        Self { reason: bar.reason.code(), why: &bar.why, said: bar.evidence.as_ref().into() }
    }
}
