//! What official sources publish about the quality and the safety of a service, and the groups of people it is for, as JSON.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::evidence::Fact;
use crate::provider::ServiceLine;
use crate::provider::quality::{MeasureValue, RatingGap, SupportingMeasure};
use crate::provider::safety::{SafetyFact, ServedGroup};
use crate::serve::json::fact::FactJson;
use crate::serve::openapi::{enums, facts};

/// What is measured beside the rating, and why a rating is missing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShownQuality)]
pub(crate) struct ShownQualityJson<'a> {
    /// Why it has no rating; null where it has one, and where no source says why.
    #[schema(required)]
    rating_gap: Option<RatingGapJson<'a>>,
    /// What else is measured. It is shown and seldom ranks.
    measures: Vec<MeasureJson<'a>>,
}

impl<'a> From<&'a ServiceLine> for ShownQualityJson<'a> {
    fn from(line: &'a ServiceLine) -> Self {
        Self { rating_gap: line.rating_gap.as_ref().map(RatingGapJson::from), measures: MeasureJson::all_of(line) }
    }
}

/// Why a rating is missing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RatingGap)]
pub(crate) struct RatingGapJson<'a> {
    /// The reason.
    #[schema(value_type = enums::GapReason)]
    reason: &'static str,
    #[serde(flatten)]
    #[schema(value_type = facts::TextFact)]
    fact: FactJson<'a, &'static str>,
}

impl<'a> From<&'a Fact<RatingGap>> for RatingGapJson<'a> {
    fn from(fact: &'a Fact<RatingGap>) -> Self {
        Self { reason: fact.value.code(), fact: FactJson::new(fact, |gap| gap.label()) }
    }
}

/// One measure that is shown beside the rating.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Measured)]
pub(crate) struct MeasureJson<'a> {
    /// The measure.
    #[schema(value_type = enums::ShownMeasure)]
    measure: &'static str,
    /// Its words for people.
    label: &'static str,
    /// How it compares with the nation; null where the measure is a number.
    #[schema(required, value_type = Option<enums::Comparison>)]
    comparison: Option<&'static str>,
    /// The number; null where the measure is a comparison.
    #[schema(required)]
    number: Option<f64>,
    #[serde(flatten)]
    #[schema(value_type = facts::TextFact)]
    fact: FactJson<'a, String>,
}

impl<'a> MeasureJson<'a> {
    /// The measures of a line.
    pub(crate) fn all_of(line: &'a ServiceLine) -> Vec<Self> {
        line.measures.iter().map(|(measure, fact)| Self::new(*measure, fact)).collect()
    }

    fn new(measure: SupportingMeasure, fact: &'a Fact<MeasureValue>) -> Self {
        let (comparison, number) = match fact.value {
            MeasureValue::Compared(comparison) => (Some(comparison.code()), None),
            MeasureValue::Hundredths(hundredths) => (None, Some(f64::from(hundredths) / 100.0)),
        };
        let fact = FactJson::new(fact, MeasureValue::to_string);
        Self { measure: measure.code(), label: measure.label(), comparison, number, fact }
    }
}

/// Something published about its safety, as a sentence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SafetyNotice)]
pub(crate) struct SafetyNoticeJson<'a> {
    /// What it is.
    #[schema(value_type = enums::SafetyCode)]
    code: &'static str,
    /// The first day of a denial of payment; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Date)]
    from: Option<Date>,
    /// The last day of a denial of payment; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Date)]
    until: Option<Date>,
    /// How many fines, or denials of payment; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u32)]
    count: Option<u32>,
    /// The sum of the fines; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u32)]
    dollars: Option<u32>,
    #[serde(flatten)]
    #[schema(value_type = facts::TextFact)]
    fact: FactJson<'a, String>,
}

impl<'a> From<&'a Fact<SafetyFact>> for SafetyNoticeJson<'a> {
    fn from(fact: &'a Fact<SafetyFact>) -> Self {
        let days = match fact.value {
            SafetyFact::PaymentDenial { from, until } => Some((from, until)),
            _ => None,
        };
        let (count, dollars) = match fact.value {
            SafetyFact::PaymentDenials(count) => (Some(count), None),
            SafetyFact::Fines { count, dollars } => (Some(count), Some(dollars)),
            _ => (None, None),
        };
        Self {
            code: fact.value.code(),
            from: days.map(|(from, _)| from),
            until: days.map(|(_, until)| until),
            count,
            dollars,
            fact: FactJson::new(fact, |fact| fact.sentence()),
        }
    }
}

/// A group of people that it is for, to the exclusion of others.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GroupServed)]
pub(crate) struct ServedGroupJson<'a> {
    /// The group.
    #[schema(value_type = enums::ServedCode)]
    group: &'static str,
    #[serde(flatten)]
    #[schema(value_type = facts::TextFact)]
    fact: FactJson<'a, &'static str>,
}

impl<'a> From<&'a Fact<ServedGroup>> for ServedGroupJson<'a> {
    fn from(fact: &'a Fact<ServedGroup>) -> Self {
        Self { group: fact.value.code(), fact: FactJson::new(fact, |group| group.label()) }
    }
}
