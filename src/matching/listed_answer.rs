//! What of an answer is compared with another answer to the same question.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::evidence::{Evidence, Tristate};
use crate::matching::report::{AcceptanceAnswer, ExcludedProvider, FitTier, Match, NetworkStatus, Points, Report};
use crate::provider::ProviderId;
use crate::service::Service;

/// The providers of one answer, for one service.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedAnswer {
    /// The service.
    pub service: Service,
    /// Whether the answer holds every match, and not only the first page.
    pub is_complete: bool,
    /// The matches by rank, without gaps, from 1.
    pub listed: Vec<ComparedMatch>,
    /// The excluded providers, as far as the answer lists them.
    pub excluded: BTreeMap<ProviderId, ComparedExclusion>,
}

/// One match of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedMatch {
    /// The provider.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// Its rank, from 1.
    pub rank: u32,
    /// How well it fits.
    pub fit: FitTier,
    /// Chance times score.
    pub worth: Points,
    /// Straight-line distance in hundredths of a mile.
    pub distance: Option<u32>,
    /// Whether the plan covers it.
    pub network: ComparedNetwork,
    /// The answer to each need and limit.
    pub answers: Vec<ComparedNeed>,
    /// Whether it has room on the date.
    pub room: ComparedRoom,
}

/// Whether the plan covers a listed provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedNetwork {
    /// The status.
    pub status: NetworkStatus,
    /// The network that decides, if one does.
    pub network: Option<String>,
    /// The tier within it.
    pub tier: Option<String>,
    /// The reason in words.
    pub why: String,
    /// The source; `None` if there is none.
    pub evidence: Option<Evidence>,
}

/// The answer of a listed provider to one need or limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedNeed {
    /// The code of the need or limit.
    pub code: String,
    /// Its label.
    pub label: String,
    /// The answer.
    pub answer: Tristate,
    /// The source; `None` if there is none.
    pub evidence: Option<Evidence>,
}

/// Whether a listed provider has room on the date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedRoom {
    /// The answer.
    pub answer: Tristate,
    /// The first day that it does not state to be full, where it states that it is full on the date.
    pub room_from: Option<Date>,
    /// The source; `None` if there is none.
    pub evidence: Option<Evidence>,
}

/// Why a provider is excluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedExclusion {
    /// Its name.
    pub name: String,
    /// The reason, as a code.
    pub reason: String,
    /// The reason in words.
    pub why: String,
    /// The source; `None` if there is none.
    pub evidence: Option<Evidence>,
}

impl From<&Report> for ListedAnswer {
    fn from(report: &Report) -> Self {
        let excluded = report.left_out_list.iter().flatten();
        Self {
            service: report.discharge.service,
            is_complete: report.next_cursor.is_none() && report.discharge.offset == 0,
            listed: report.matches.iter().map(ComparedMatch::from).collect(),
            excluded: excluded.map(|left| (left.provider.id.clone(), ComparedExclusion::from(left))).collect(),
        }
    }
}

impl From<&Match> for ComparedMatch {
    fn from(found: &Match) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most half the Earth's circumference")]
        let hundredths = |miles: f64| (miles * 100.0).round() as u32;
        Self {
            id: found.provider.id.clone(),
            name: found.provider.name.value.clone(),
            rank: found.rank,
            fit: found.fit,
            worth: found.worth,
            distance: found.distance.map(|miles| hundredths(miles.value())),
            network: ComparedNetwork {
                status: found.network.status,
                network: found.network.network.clone(),
                tier: found.network.tier.clone(),
                why: found.network.why.clone(),
                evidence: found.network.evidence.clone(),
            },
            answers: found.acceptance.answers.iter().map(ComparedNeed::from).collect(),
            room: ComparedRoom {
                answer: found.availability.answer,
                room_from: found.availability.room_from,
                evidence: found.availability.evidence.clone(),
            },
        }
    }
}

impl From<&AcceptanceAnswer> for ComparedNeed {
    fn from(answer: &AcceptanceAnswer) -> Self {
        Self {
            code: answer.asked.code().to_owned(),
            label: answer.asked.label().to_owned(),
            answer: answer.answer,
            evidence: answer.evidence.clone(),
        }
    }
}

impl From<&ExcludedProvider> for ComparedExclusion {
    fn from(left: &ExcludedProvider) -> Self {
        Self {
            name: left.provider.name.value.clone(),
            reason: left.bar.reason.code(),
            why: left.bar.why.clone(),
            evidence: left.bar.evidence.clone(),
        }
    }
}
