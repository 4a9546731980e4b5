//! `POST /v1/explain`: one provider against one discharge, as JSON.

use serde::Serialize;

use super::piece::{AcceptancePiece, BarPiece, DirectoryPiece, NetworkPiece, ProviderPiece, Remarks, printed_miles};
use super::question::QuestionPiece;
use super::report::{Ground, MatchWire};
use crate::care::Service;
use crate::discharge::{Discharge, Remark};
use crate::matching::explain::Explanation;

/// Where a provider stands, or each thing that keeps it out.
#[derive(Debug, Serialize)]
pub struct ExplanationWire<'a> {
    directory: DirectoryPiece<'a>,
    question: QuestionPiece<'a>,
    #[serde(flatten)]
    outcome: OutcomeWire<'a>,
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

#[derive(Debug, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum OutcomeWire<'a> {
    Stands {
        #[serde(rename = "match")]
        found: Box<MatchWire<'a>>,
        of: u32,
    },
    KeptOut {
        provider: ProviderPiece<'a>,
        distance_miles: Option<f64>,
        bars: Vec<BarPiece<'a>>,
        network: Box<NetworkPiece<'a>>,
        acceptance: AcceptancePiece<'a>,
    },
    OtherService {
        provider: ProviderPiece<'a>,
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
