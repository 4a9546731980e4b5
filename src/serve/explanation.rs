//! `POST /v1/explain`: one provider against one discharge, as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use super::openapi::words;
use super::piece::{
    AcceptancePiece, BarPiece, DirectoryPiece, NetworkPiece, ProviderPiece, RemarkPiece, Remarks, printed_miles,
};
use super::question::QuestionPiece;
use super::report::{Ground, MatchWire};
use crate::care::Service;
use crate::discharge::{Discharge, Remark};
use crate::matching::explain::Explanation;

/// Where a provider stands, or each thing that keeps it out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Explanation)]
pub struct ExplanationWire<'a> {
    /// What it was answered from.
    directory: DirectoryPiece<'a>,
    /// The question as it was understood.
    question: QuestionPiece<'a>,
    #[serde(flatten)]
    outcome: OutcomeWire<'a>,
    /// What the asker should know of how the question was read.
    #[schema(value_type = Vec<RemarkPiece>)]
    remarks: Remarks<'a>,
}

impl<'a> ExplanationWire<'a> {
    /// `explanation` of one provider for `discharge`.
    pub fn new(explanation: &'a Explanation, discharge: &'a Discharge, said: &'a [Remark], ground: Ground<'a>) -> Self {
        Self {
            directory: ground.into(),
            question: QuestionPiece::new(discharge, ground.plans),
            outcome: OutcomeWire::new(explanation, discharge.service),
            remarks: said.into(),
        }
    }
}

/// Where a provider stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[schema(as = WhereItStands)]
enum OutcomeWire<'a> {
    /// It is on the list.
    Stands {
        /// Its row.
        #[serde(rename = "match")]
        #[schema(value_type = MatchWire)]
        found: Box<MatchWire<'a>>,
        /// How many are on the list.
        of: u32,
    },
    /// It is not.
    KeptOut {
        /// The provider.
        provider: ProviderPiece<'a>,
        /// As the crow flies.
        #[schema(required)]
        distance_miles: Option<f64>,
        /// Each thing that keeps it out.
        bars: Vec<BarPiece<'a>>,
        /// Whether the plan covers it.
        #[schema(value_type = NetworkPiece)]
        network: Box<NetworkPiece<'a>>,
        /// Whether it would take the patient.
        acceptance: AcceptancePiece<'a>,
    },
    /// It does not offer the service.
    OtherService {
        /// The provider.
        provider: ProviderPiece<'a>,
        /// What it offers instead.
        #[schema(value_type = Vec<words::Service>)]
        offers: Vec<&'static str>,
    },
}

impl<'a> OutcomeWire<'a> {
    fn new(explanation: &'a Explanation, service: Service) -> Self {
        match explanation {
            Explanation::Stands { found, of } => {
                Self::Stands { found: Box::new(MatchWire::new(found, service)), of: *of }
            }
            Explanation::KeptOut { provider, distance, bars, network, acceptance } => Self::KeptOut {
                provider: provider.as_ref().into(),
                distance_miles: distance.map(printed_miles),
                bars: bars.iter().map(BarPiece::from).collect(),
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
