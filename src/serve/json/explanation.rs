//! `POST /v1/explain`: one provider checked for one discharge, as JSON.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::ObjectBuilder;

use crate::discharge::{Discharge, Notice};
use crate::matching::explain::Explanation;
use crate::serve::json::parts::{
    AcceptanceJson, DirectoryJson, ExclusionJson, NetworkAnswerJson, ProviderRefJson, RemarkJson, RemarksJson, printed_miles,
};
use crate::serve::json::question::QuestionJson;
use crate::serve::json::report::{AnswerContext, MatchJson};
use crate::serve::openapi::schema_builder::only;
use crate::service::Service;

/// The rank of a provider, or everything that excludes it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Explanation, discriminator(property_name = "outcome", mapping(
    ("stands" = "#/components/schemas/ProviderStands"),
    ("kept_out" = "#/components/schemas/ProviderKeptOut"),
    ("other_service" = "#/components/schemas/ProviderOfOtherService"),
)))]
pub(crate) enum ExplanationJson<'a> {
    /// It is on the list.
    Stands(Box<ProviderStandsJson<'a>>),
    /// It is not.
    KeptOut(Box<ProviderKeptOutJson<'a>>),
    /// It does not offer the service.
    OtherService(Box<OtherServiceJson<'a>>),
}

/// The question, and the directory that answers it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedQuestion)]
pub(crate) struct ExplainedQuestionJson<'a> {
    /// The directory it was answered from.
    directory: DirectoryJson<'a>,
    /// The question as it was understood.
    question: QuestionJson<'a>,
}

/// The provider is on the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProviderStands)]
pub(crate) struct ProviderStandsJson<'a> {
    #[serde(flatten)]
    asked: ExplainedQuestionJson<'a>,
    /// Always `stands`.
    #[schema(schema_with = stands)]
    outcome: &'static str,
    /// Its match.
    #[serde(rename = "match")]
    found: MatchJson<'a>,
    /// How many are on the list.
    of: u32,
    /// Notes on how the question was read.
    #[schema(value_type = Vec<RemarkJson>)]
    remarks: RemarksJson<'a>,
}

/// The provider is not on the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProviderKeptOut)]
pub(crate) struct ProviderKeptOutJson<'a> {
    #[serde(flatten)]
    asked: ExplainedQuestionJson<'a>,
    /// Always `kept_out`.
    #[schema(schema_with = kept_out)]
    outcome: &'static str,
    /// The provider.
    provider: ProviderRefJson<'a>,
    /// Straight-line distance.
    #[schema(required)]
    distance_miles: Option<f64>,
    /// Everything that excludes it.
    bars: Vec<ExclusionJson<'a>>,
    /// Whether the plan covers it.
    network: NetworkAnswerJson<'a>,
    /// Whether it would take the patient.
    acceptance: AcceptanceJson<'a>,
    /// Notes on how the question was read.
    #[schema(value_type = Vec<RemarkJson>)]
    remarks: RemarksJson<'a>,
}

/// The provider does not offer the service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProviderOfOtherService)]
pub(crate) struct OtherServiceJson<'a> {
    #[serde(flatten)]
    asked: ExplainedQuestionJson<'a>,
    /// Always `other_service`.
    #[schema(schema_with = other_service)]
    outcome: &'static str,
    /// The provider.
    provider: ProviderRefJson<'a>,
    /// What it offers instead.
    #[schema(value_type = Vec<Service>)]
    offers: Vec<&'static str>,
    /// Notes on how the question was read.
    #[schema(value_type = Vec<RemarkJson>)]
    remarks: RemarksJson<'a>,
}

const STANDS: &str = "stands";
const KEPT_OUT: &str = "kept_out";
const OTHER_SERVICE: &str = "other_service";

fn stands() -> ObjectBuilder {
    only(STANDS)
}

fn kept_out() -> ObjectBuilder {
    only(KEPT_OUT)
}

fn other_service() -> ObjectBuilder {
    only(OTHER_SERVICE)
}

impl<'a> ExplanationJson<'a> {
    /// The `explanation` of one provider for `discharge`.
    pub(crate) fn new(
        explanation: &'a Explanation,
        discharge: &'a Discharge,
        said: &'a [Notice],
        ground: AnswerContext<'a>,
    ) -> Self {
        let asked = ExplainedQuestionJson { directory: ground.into(), question: QuestionJson::new(discharge, ground.plans) };
        let remarks = said.into();
        match explanation {
            Explanation::Ranked { found, of } => {
                let found = MatchJson::new(found, discharge.service);
                Self::Stands(Box::new(ProviderStandsJson { asked, outcome: STANDS, found, of: *of, remarks }))
            }
            Explanation::Excluded { provider, distance, bars, network, acceptance } => {
                Self::KeptOut(Box::new(ProviderKeptOutJson {
                    asked,
                    outcome: KEPT_OUT,
                    provider: provider.as_ref().into(),
                    distance_miles: distance.map(printed_miles),
                    bars: bars.iter().map(ExclusionJson::from).collect(),
                    network: network.into(),
                    acceptance: acceptance.into(),
                    remarks,
                }))
            }
            Explanation::OtherService { provider } => Self::OtherService(Box::new(OtherServiceJson {
                asked,
                outcome: OTHER_SERVICE,
                provider: provider.as_ref().into(),
                offers: provider.lines.iter().map(|line| line.service.code()).collect(),
                remarks,
            })),
        }
    }
}
