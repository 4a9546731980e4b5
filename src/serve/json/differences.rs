//! The differences between a saved answer and the answer of now, as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use crate::discharge::Notice;
use crate::matching::differences::{AnswerSide, DatedEvidence, Difference, DifferenceKind};
use crate::serve::json::parts::{DirectoryJson, EvidenceJson, RemarkJson, RemarksJson, SerializeIter};
use crate::serve::json::question::QuestionJson;
use crate::serve::json::report::AnswerContext;
use crate::serve::openapi::enums;
use crate::serve::saved_answer::{SavedComparison, ServiceComparison};

/// What differs between a saved answer and the answer of now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Differences)]
pub(crate) struct DifferencesJson<'a> {
    /// The directory of now.
    directory: DirectoryJson<'a>,
    /// How many differences there are.
    count: usize,
    /// For each service of the question.
    services: Vec<ServiceDifferencesJson<'a>>,
    /// Notes on how the question was read.
    #[schema(value_type = Vec<RemarkJson>)]
    remarks: RemarksJson<'a>,
}

/// What differs for one service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceDifferences)]
struct ServiceDifferencesJson<'a> {
    /// The question as it was understood now.
    question: QuestionJson<'a>,
    /// The saved answer.
    then: SavedListJson<'a>,
    /// How many providers match now.
    matched_now: u32,
    /// What differs, by rank now; providers that are gone come last. Empty if nothing changed.
    #[schema(value_type = Vec<DifferenceJson>)]
    differences: SerializeIter<'a, Difference, DifferenceJson<'a>>,
}

/// The saved answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SavedList)]
struct SavedListJson<'a> {
    /// The generation of the directory it was answered from, if it names one.
    #[schema(required)]
    generation: Option<&'a str>,
    /// How many matches it has.
    matches: usize,
    /// Whether these are all. If not, a provider that it does not have is never called new.
    complete: bool,
}

/// One difference.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Difference)]
struct DifferenceJson<'a> {
    /// What has changed.
    #[schema(value_type = enums::DifferenceCode)]
    kind: &'static str,
    /// The provider.
    provider: DifferingProviderJson<'a>,
    /// The need or limit; only for `acceptance`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    asked: Option<&'a str>,
    /// What the saved answer says.
    then: AnswerSideJson<'a>,
    /// What the answer of now says.
    now: AnswerSideJson<'a>,
}

/// The provider of a difference.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DifferingProvider)]
struct DifferingProviderJson<'a> {
    /// Its id.
    #[schema(examples("ccn:425003"))]
    id: &'a str,
    /// Its name.
    name: &'a str,
}

/// What one of two answers says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AnswerSide)]
struct AnswerSideJson<'a> {
    /// Its rank in that answer; null if it is not on that list.
    #[schema(required)]
    rank: Option<u32>,
    /// The value: a fit, a status, an answer or a rank; the reason of an exclusion; or `not_listed`.
    value: &'a str,
    /// The value in words.
    text: &'a str,
    /// What it rests on.
    #[schema(value_type = Vec<DatedEvidenceJson>)]
    evidence: SerializeIter<'a, DatedEvidence, DatedEvidenceJson<'a>>,
}

/// One answer with its source.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DatedAnswer)]
struct DatedEvidenceJson<'a> {
    /// What it is about: `network`, `room`, or the code of a need or limit.
    about: &'a str,
    /// The answer.
    answer: &'a str,
    #[serde(flatten)]
    said: EvidenceJson<'a>,
}

impl<'a> DifferencesJson<'a> {
    /// `comparison`, made with `ground`.
    pub(crate) fn new(comparison: &'a SavedComparison, ground: AnswerContext<'a>) -> Self {
        let one = |of: &'a ServiceComparison| ServiceDifferencesJson {
            question: QuestionJson::new(&of.discharge, ground.plans),
            then: SavedListJson { generation: of.generation.as_deref(), matches: of.listed, complete: of.is_complete },
            matched_now: of.listed_now,
            differences: of.differences[..].into(),
        };
        let remarks: &'a [Notice] = &comparison.remarks;
        Self {
            directory: ground.into(),
            count: comparison.services.iter().map(|of| of.differences.len()).sum(),
            services: comparison.services.iter().map(one).collect(),
            remarks: remarks.into(),
        }
    }
}

impl<'a> From<&'a Difference> for DifferenceJson<'a> {
    fn from(of: &'a Difference) -> Self {
        Self {
            kind: DifferenceKind::code(of.kind),
            provider: DifferingProviderJson { id: of.provider.as_str(), name: &of.name },
            asked: of.asked.as_deref(),
            then: (&of.then).into(),
            now: (&of.now).into(),
        }
    }
}

impl<'a> From<&'a AnswerSide> for AnswerSideJson<'a> {
    fn from(side: &'a AnswerSide) -> Self {
        Self { rank: side.rank, value: &side.value, text: &side.text, evidence: side.evidence[..].into() }
    }
}

impl<'a> From<&'a DatedEvidence> for DatedEvidenceJson<'a> {
    fn from(by: &'a DatedEvidence) -> Self {
        Self { about: &by.about, answer: &by.answer, said: by.evidence.as_ref().into() }
    }
}
