//! `POST /v1/explain`: one provider against one discharge, as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use crate::discharge::{Discharge, Notice};
use crate::matching::explain::Explanation;
use crate::serve::json::parts::{
    AcceptanceJson, DirectoryJson, ExclusionJson, NetworkAnswerJson, ProviderRefJson, RemarkJson, RemarksJson, printed_miles,
};
use crate::serve::json::question::QuestionJson;
use crate::serve::json::report::{AnswerContext, MatchJson};
use crate::serve::openapi::enums;
use crate::service::Service;

/// Where a provider stands, or each thing that keeps it out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Explanation)]
pub(crate) struct ExplanationJson<'a> {
    /// What it was answered from.
    directory: DirectoryJson<'a>,
    /// The question as it was understood.
    question: QuestionJson<'a>,
    #[serde(flatten)]
    outcome: ExplainOutcomeJson<'a>,
    /// What the asker should know of how the question was read.
    #[schema(value_type = Vec<RemarkJson>)]
    remarks: RemarksJson<'a>,
}

impl<'a> ExplanationJson<'a> {
    /// `explanation` of one provider for `discharge`.
    pub(crate) fn new(
        explanation: &'a Explanation,
        discharge: &'a Discharge,
        said: &'a [Notice],
        ground: AnswerContext<'a>,
    ) -> Self {
        Self {
            directory: ground.into(),
            question: QuestionJson::new(discharge, ground.plans),
            outcome: ExplainOutcomeJson::new(explanation, discharge.service),
            remarks: said.into(),
        }
    }
}

/// Where a provider stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[schema(as = WhereItStands)]
enum ExplainOutcomeJson<'a> {
    /// It is on the list.
    Stands {
        /// Its row.
        #[serde(rename = "match")]
        #[schema(value_type = MatchJson)]
        found: Box<MatchJson<'a>>,
        /// How many are on the list.
        of: u32,
    },
    /// It is not.
    KeptOut {
        /// The provider.
        provider: ProviderRefJson<'a>,
        /// As the crow flies.
        #[schema(required)]
        distance_miles: Option<f64>,
        /// Each thing that keeps it out.
        bars: Vec<ExclusionJson<'a>>,
        /// Whether the plan covers it.
        #[schema(value_type = NetworkAnswerJson)]
        network: Box<NetworkAnswerJson<'a>>,
        /// Whether it would take the patient.
        acceptance: AcceptanceJson<'a>,
    },
    /// It does not offer the service.
    OtherService {
        /// The provider.
        provider: ProviderRefJson<'a>,
        /// What it offers instead.
        #[schema(value_type = Vec<enums::Service>)]
        offers: Vec<&'static str>,
    },
}

impl<'a> ExplainOutcomeJson<'a> {
    fn new(explanation: &'a Explanation, service: Service) -> Self {
        match explanation {
            Explanation::Stands { found, of } => Self::Stands { found: Box::new(MatchJson::new(found, service)), of: *of },
            Explanation::KeptOut { provider, distance, bars, network, acceptance } => Self::KeptOut {
                provider: provider.as_ref().into(),
                distance_miles: distance.map(printed_miles),
                bars: bars.iter().map(ExclusionJson::from).collect(),
                network: Box::new(network.into()),
                acceptance: acceptance.into(),
            },
            Explanation::OtherService { provider } => Self::OtherService {
                provider: provider.as_ref().into(),
                offers: provider.lines.iter().map(|line| line.service.code()).collect(),
            },
        }
    }
}
