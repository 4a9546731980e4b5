//! A saved answer: the file in which a user keeps a question with its answer, to compare it with a later one. It has the
//! fields of an answer of `POST /v1/matches` that are compared, under the same names, so that both are read alike.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::evidence::{Evidence, Tristate};
use crate::matching::listed_answer::{
    ComparedExclusion, ComparedMatch, ComparedNeed, ComparedNetwork, ComparedRoom, ListedAnswer,
};
use crate::matching::report::{FitTier, NetworkStatus, Points, Report};
use crate::provider::ProviderId;
use crate::serve::json::parts::DirectoryJson;
use crate::serve::json::question::QuestionJson;
use crate::serve::json::report::AnswerContext;
use crate::serve::openapi::enums;
use crate::service::Need;

/// The version of the file. A later one is rejected by earlier programs.
pub(crate) const VERSION: u64 = 1;

/// What the file says of itself.
pub(crate) const WARNING: &str = "This file may tell of a patient: it has a ZIP code, needs, a date and a payer. Keep it where \
                                  patient records may be kept, and delete it when it is no longer needed.";

/// The file.
#[derive(Debug, Serialize)]
pub(crate) struct SavedAnswerJson<'a> {
    saved_answer: u64,
    warning: &'static str,
    /// Why the file does not have the whole answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    bundle: SavedReportsJson<'a>,
}

#[derive(Debug, Serialize)]
struct SavedReportsJson<'a> {
    reports: Vec<SavedReportJson<'a>>,
}

#[derive(Debug, Serialize)]
struct SavedReportJson<'a> {
    list_id: &'a str,
    directory: DirectoryJson<'a>,
    question: QuestionJson<'a>,
    matches: Vec<SavedMatchJson>,
    left_out: SavedExclusionsJson,
    next_cursor: Option<&'a str>,
}

impl<'a> SavedAnswerJson<'a> {
    /// The file of `reports`, with a note if it does not have the whole answer.
    pub(crate) fn new(reports: &'a [Report], ground: AnswerContext<'a>, note: Option<String>) -> Self {
        let saved = |report: &'a Report| {
            let listed = ListedAnswer::from(report);
            let excluded = listed.excluded.into_iter().map(|(id, left)| SavedExclusionJson::new(&id, left));
            SavedReportJson {
                list_id: &report.list_id,
                directory: ground.into(),
                question: QuestionJson::new(&report.discharge, ground.plans),
                matches: listed.listed.into_iter().map(SavedMatchJson::from).collect(),
                left_out: SavedExclusionsJson { list: excluded.collect() },
                next_cursor: report.next_cursor.as_deref(),
            }
        };
        let bundle = SavedReportsJson { reports: reports.iter().map(saved).collect() };
        Self { saved_answer: VERSION, warning: WARNING, note, bundle }
    }
}

/// A match, as far as it is compared. Further fields of an answer are not read.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = SavedMatch)]
pub(crate) struct SavedMatchJson {
    /// Its rank, from 1.
    #[schema(minimum = 1)]
    rank: u32,
    /// How well it fits.
    #[schema(value_type = enums::Fit)]
    fit: String,
    /// Chance times score.
    #[schema(minimum = 0, maximum = 100)]
    worth: f64,
    /// Straight-line miles.
    distance_miles: Option<f64>,
    /// The provider.
    provider: SavedProviderJson,
    /// Whether the plan covers it.
    network: SavedNetworkJson,
    /// Whether it will take the patient.
    acceptance: SavedAcceptanceJson,
    /// Whether it has room on the day.
    availability: SavedRoomJson,
}

/// A provider of a saved answer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = SavedProvider)]
struct SavedProviderJson {
    /// Its id.
    #[schema(examples("ccn:425003"))]
    id: String,
    /// Its name.
    name: String,
}

/// The network answer of a saved match.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = SavedNetwork)]
struct SavedNetworkJson {
    /// The answer.
    #[schema(value_type = enums::NetworkStatus)]
    status: String,
    /// The network that decides it, if one does.
    network: Option<String>,
    /// The tier within it.
    tier: Option<String>,
    /// The reason in words.
    why: String,
    #[serde(flatten)]
    said: SavedEvidenceJson,
}

/// The answers to needs and limits of a saved match.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = SavedAcceptance)]
struct SavedAcceptanceJson {
    /// The answer to each.
    answers: Vec<SavedNeedJson>,
}

/// One of them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = SavedNeed)]
struct SavedNeedJson {
    /// The code of the need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    need: Option<String>,
    /// The code of the limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<String>,
    /// Its label.
    label: String,
    /// The answer.
    #[schema(value_type = enums::Answer)]
    answer: String,
    #[serde(flatten)]
    said: SavedEvidenceJson,
}

/// Whether a saved match has room.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = SavedRoom)]
struct SavedRoomJson {
    /// The answer.
    #[schema(value_type = enums::Answer)]
    answer: String,
    /// The first day that it does not state to be full.
    room_from: Option<Date>,
    #[serde(flatten)]
    said: SavedEvidenceJson,
}

/// The source of an answer of a saved match.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = SavedSource)]
pub(crate) struct SavedEvidenceJson {
    /// The source in words.
    source: Option<String>,
    /// The day of its data.
    as_of: Option<Date>,
    /// The day somebody confirmed it.
    verified_at: Option<Date>,
    /// The last day it is in effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holds_until: Option<Date>,
}

/// The excluded providers of a saved answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct SavedExclusionsJson {
    /// Each of them, if the answer lists them.
    #[serde(default)]
    pub list: Vec<SavedExclusionJson>,
}

/// One excluded provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SavedExclusionJson {
    provider: SavedProviderJson,
    reason: String,
    why: String,
    #[serde(flatten)]
    said: SavedEvidenceJson,
}

impl SavedExclusionJson {
    fn new(id: &ProviderId, left: ComparedExclusion) -> Self {
        let provider = SavedProviderJson { id: id.as_str().to_owned(), name: left.name };
        Self { provider, reason: left.reason, why: left.why, said: left.evidence.into() }
    }

    /// The exclusion, or what is wrong with it.
    pub(crate) fn read(self) -> Result<(ProviderId, ComparedExclusion), String> {
        let id = provider_id(&self.provider.id)?;
        let evidence = self.said.read();
        Ok((id, ComparedExclusion { name: self.provider.name, reason: self.reason, why: self.why, evidence }))
    }
}

impl From<ComparedMatch> for SavedMatchJson {
    fn from(found: ComparedMatch) -> Self {
        Self {
            rank: found.rank,
            fit: found.fit.code().to_owned(),
            worth: found.worth.value(),
            distance_miles: found.distance.map(|hundredths| f64::from(hundredths) / 100.0),
            provider: SavedProviderJson { id: found.id.as_str().to_owned(), name: found.name },
            network: SavedNetworkJson {
                status: found.network.status.code().to_owned(),
                network: found.network.network,
                tier: found.network.tier,
                why: found.network.why,
                said: found.network.evidence.into(),
            },
            acceptance: SavedAcceptanceJson { answers: found.answers.into_iter().map(SavedNeedJson::from).collect() },
            availability: SavedRoomJson {
                answer: found.room.answer.code().to_owned(),
                room_from: found.room.room_from,
                said: found.room.evidence.into(),
            },
        }
    }
}

impl From<ComparedNeed> for SavedNeedJson {
    fn from(answer: ComparedNeed) -> Self {
        let is_need = answer.code.parse::<Need>().is_ok();
        let (need, limit) = if is_need { (Some(answer.code), None) } else { (None, Some(answer.code)) };
        Self { need, limit, label: answer.label, answer: answer.answer.code().to_owned(), said: answer.evidence.into() }
    }
}

impl From<Option<Evidence>> for SavedEvidenceJson {
    fn from(evidence: Option<Evidence>) -> Self {
        let known = |known: Evidence| Self {
            source: Some(known.source.as_ref().to_owned()),
            as_of: known.as_of,
            verified_at: known.verified_at,
            holds_until: known.holds_until,
        };
        evidence.map(known).unwrap_or_default()
    }
}

impl SavedEvidenceJson {
    fn read(self) -> Option<Evidence> {
        let Self { source, as_of, verified_at, holds_until } = self;
        source.map(|source| Evidence { verified_at, holds_until, ..Evidence::new(source, as_of) })
    }
}

impl SavedMatchJson {
    /// The match, or what is wrong with it.
    pub(crate) fn read(self) -> Result<ComparedMatch, String> {
        let fit = FitTier::ALL.into_iter().find(|fit| fit.code() == self.fit);
        let status = NetworkStatus::ALL.into_iter().find(|status| status.code() == self.network.status);
        if !(0.0..=100.0).contains(&self.worth) || self.distance_miles.is_some_and(|miles| !(0.0..=13_000.0).contains(&miles))
        {
            return Err("worth is not from 0 to 100, or distance_miles is no distance".to_owned());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
        let whole = |number: f64| number.round() as u32;
        Ok(ComparedMatch {
            id: provider_id(&self.provider.id)?,
            name: self.provider.name,
            rank: self.rank,
            fit: fit.ok_or("this version knows no such fit")?,
            worth: Points(whole(self.worth * 1000.0)),
            distance: self.distance_miles.map(|miles| whole(miles * 100.0)),
            network: ComparedNetwork {
                status: status.ok_or("this version knows no such network status")?,
                network: self.network.network,
                tier: self.network.tier,
                why: self.network.why,
                evidence: self.network.said.read(),
            },
            answers: self.acceptance.answers.into_iter().map(SavedNeedJson::read).collect::<Result<_, _>>()?,
            room: ComparedRoom {
                answer: tristate(&self.availability.answer)?,
                room_from: self.availability.room_from,
                evidence: self.availability.said.read(),
            },
        })
    }
}

impl SavedNeedJson {
    fn read(self) -> Result<ComparedNeed, String> {
        let code = self.need.or(self.limit).ok_or("an answer names neither a need nor a limit")?;
        Ok(ComparedNeed { code, label: self.label, answer: tristate(&self.answer)?, evidence: self.said.read() })
    }
}

fn tristate(code: &str) -> Result<Tristate, String> {
    let known = [Tristate::Yes, Tristate::No, Tristate::Unknown].into_iter().find(|answer| answer.code() == code);
    known.ok_or_else(|| "an answer is not yes, no or unknown".to_owned())
}

fn provider_id(typed: &str) -> Result<ProviderId, String> {
    typed.parse().map_err(|_| "the id of the provider is not one".to_owned())
}
