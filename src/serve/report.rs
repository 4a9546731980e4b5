//! A report as JSON: what `POST /v1/matches` and `placement match --json` answer.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::piece::{
    AcceptancePiece, BarPiece, DaysPiece, DirectoryPiece, Each, NetworkPiece, OutcomesPiece, ProviderPiece, Remarks,
    Said, printed_miles,
};
use super::question::QuestionPiece;
use crate::care::{Geography, Service};
use crate::catalog::Catalog;
use crate::catalog::generation::Manifest;
use crate::coverage::Plans;
use crate::evidence::Fact;
use crate::live::Live;
use crate::matching::bundle::weakest;
use crate::matching::report::{Availability, Call, Fit, LeftOut, Match, NetworkGap, Reason, Report, ScorePart};
use crate::matching::suggest::{Change, Suggestion};
use crate::matching::{Directory, Serves};
use crate::provider::{Provider, Rating};

/// What an answer is made from besides the reports.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The generation.
    pub manifest: &'a Manifest,
    /// Its plans and networks.
    pub plans: &'a Plans,
    /// The place in the ledger of the last thing told that is laid over it; `None` where nothing was told.
    pub told: Option<i64>,
}

impl<'a> From<&'a Catalog> for Ground<'a> {
    fn from(catalog: &'a Catalog) -> Self {
        Self { manifest: catalog.manifest(), plans: catalog.plans(), told: None }
    }
}

impl<'a> From<&'a Live> for Ground<'a> {
    fn from(served: &'a Live) -> Self {
        Self { told: served.sequence(), ..Self::from(&**served.base()) }
    }
}

impl<'a> From<Ground<'a>> for DirectoryPiece<'a> {
    fn from(ground: Ground<'a>) -> Self {
        Self::new(ground.manifest, ground.told)
    }
}

/// The answer to a whole question.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum AnswerWire<'a> {
    /// One service was asked for.
    One(Box<ReportWire<'a>>),
    /// Several were.
    Several {
        /// A report each.
        bundle: BundleWire<'a>,
    },
}

impl<'a> AnswerWire<'a> {
    /// The reports of one question.
    pub fn new(reports: &'a [Report], bundle: bool, ground: Ground<'a>) -> Self {
        match reports {
            [report] if !bundle => Self::One(Box::new(ReportWire::new(report, ground))),
            reports => {
                let weakest = weakest(reports).map(Service::code);
                let reports = reports.iter().map(|report| ReportWire::new(report, ground)).collect();
                Self::Several { bundle: BundleWire { weakest, reports } }
            }
        }
    }
}

/// Several services for one patient.
#[derive(Debug, Serialize)]
pub struct BundleWire<'a> {
    weakest: Option<&'static str>,
    reports: Vec<ReportWire<'a>>,
}

/// One report.
#[derive(Debug, Serialize)]
pub struct ReportWire<'a> {
    list_id: &'a str,
    directory: DirectoryPiece<'a>,
    question: QuestionPiece<'a>,
    matches: Matches<'a>,
    counts: CountsWire,
    left_out: LeftOutWire<'a>,
    suggestions: Each<'a, Suggestion, SuggestionWire<'a>>,
    call_sheet: Each<'a, Call, CallWire<'a>>,
    network_gap: Option<GapWire<'a>>,
    remarks: Remarks<'a>,
    next_cursor: Option<&'a str>,
}

impl<'a> ReportWire<'a> {
    /// `report`, answered from `ground`.
    pub fn new(report: &'a Report, ground: Ground<'a>) -> Self {
        Self {
            list_id: &report.list_id,
            directory: ground.into(),
            question: QuestionPiece::new(&report.discharge, ground.plans),
            matches: Matches(report),
            counts: CountsWire::from(report),
            left_out: LeftOutWire {
                by_reason: ByReason(&report.left_out),
                list: report.left_out_list.as_deref().map(Each::from),
            },
            suggestions: report.suggestions[..].into(),
            call_sheet: report.call_sheet[..].into(),
            network_gap: report.network_gap.as_ref().map(GapWire::from),
            remarks: report.remarks[..].into(),
            next_cursor: report.next_cursor.as_deref(),
        }
    }
}

/// The page of matches, written one by one.
#[derive(Debug)]
struct Matches<'a>(&'a Report);

impl Serialize for Matches<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let service = self.0.discharge.service;
        serializer.collect_seq(self.0.matches.iter().map(|found| MatchWire::new(found, service)))
    }
}

/// One provider on the list.
#[derive(Debug, Serialize)]
pub struct MatchWire<'a> {
    rank: u32,
    fit: &'static str,
    score: f64,
    parts: Each<'a, ScorePart, PartWire<'a>>,
    provider: MatchedProvider<'a>,
    distance_miles: Option<f64>,
    service_area: Option<&'static str>,
    service_area_by: Option<Said<'a>>,
    network: NetworkPiece<'a>,
    acceptance: AcceptancePiece<'a>,
    availability: AvailabilityWire<'a>,
    outcomes: Option<OutcomesPiece>,
    quality: Option<QualityWire<'a>>,
    notices: Remarks<'a>,
    because: &'a str,
}

impl<'a> MatchWire<'a> {
    /// `found` for `service`.
    pub fn new(found: &'a Match, service: Service) -> Self {
        let line = found.provider.line(service);
        let comes = service.geography() == Geography::ProviderComes;
        Self {
            rank: found.rank,
            fit: found.fit.code(),
            score: found.score.value(),
            parts: found.parts[..].into(),
            provider: MatchedProvider { provider: found.provider.as_ref().into(), service: service.code() },
            distance_miles: found.distance.map(printed_miles),
            service_area: comes.then(|| service_area(found.serves)),
            service_area_by: line.filter(|_| comes).and_then(|line| line.area.evidence()).map(Said::from),
            network: NetworkPiece::from(&found.network),
            acceptance: AcceptancePiece::from(&found.acceptance),
            availability: AvailabilityWire::from(&found.availability),
            outcomes: found.outcomes.map(OutcomesPiece::from),
            quality: line.and_then(|line| line.rating.as_ref()).map(QualityWire),
            notices: found.notices[..].into(),
            because: &found.because,
        }
    }
}

fn service_area(serves: Serves) -> &'static str {
    match serves {
        Serves::Yes => "serves",
        Serves::No => "does_not_serve",
        Serves::NotPublished => "not_published",
    }
}

#[derive(Debug, Serialize)]
struct MatchedProvider<'a> {
    #[serde(flatten)]
    provider: ProviderPiece<'a>,
    service: &'static str,
}

#[derive(Debug, Serialize)]
struct PartWire<'a> {
    part: &'static str,
    value: f64,
    weight: f64,
    points: f64,
    unknown: bool,
    why: &'a str,
}

impl<'a> From<&'a ScorePart> for PartWire<'a> {
    fn from(part: &'a ScorePart) -> Self {
        Self {
            part: part.part.code(),
            value: part.value.value(),
            weight: part.weight.value(),
            points: part.points.value(),
            unknown: part.unknown,
            why: &part.why,
        }
    }
}

#[derive(Debug, Serialize)]
struct AvailabilityWire<'a> {
    answer: &'static str,
    #[serde(flatten)]
    said: Said<'a>,
    #[serde(flatten)]
    days: Option<DaysPiece>,
}

impl<'a> From<&'a Availability> for AvailabilityWire<'a> {
    fn from(availability: &'a Availability) -> Self {
        Self {
            answer: availability.answer.code(),
            said: availability.evidence.as_ref().into(),
            days: availability.days.map(DaysPiece::from),
        }
    }
}

/// A rating under the name of its measure: `{"overall_star": 4, "source": …}`.
#[derive(Debug)]
struct QualityWire<'a>(&'a Fact<Rating>);

impl Serialize for QualityWire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(Fact { value, evidence, .. }) = self;
        let mut map = serializer.serialize_map(Some(4))?;
        let name = value.measure.code();
        if value.tenths.is_multiple_of(10) {
            map.serialize_entry(name, &(value.tenths / 10))?;
        } else {
            map.serialize_entry(name, &(f64::from(value.tenths) / 10.0))?;
        }
        map.serialize_entry("source", evidence.source.as_ref())?;
        map.serialize_entry("as_of", &evidence.as_of)?;
        map.serialize_entry("verified_at", &evidence.verified_at)?;
        map.end()
    }
}

/// How many, on all pages.
#[derive(Debug, Serialize)]
struct CountsWire {
    ready: u32,
    ask_provider: u32,
    ask_plan: u32,
    out_of_network: u32,
    left_out: u32,
}

impl From<&Report> for CountsWire {
    fn from(report: &Report) -> Self {
        Self {
            ready: report.count(Fit::Ready),
            ask_provider: report.count(Fit::AskProvider),
            ask_plan: report.count(Fit::AskPlan),
            out_of_network: report.count(Fit::OutOfNetwork),
            left_out: report.left_out.values().sum(),
        }
    }
}

#[derive(Debug, Serialize)]
struct LeftOutWire<'a> {
    by_reason: ByReason<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<Each<'a, LeftOut, OneLeftOut<'a>>>,
}

#[derive(Debug)]
struct ByReason<'a>(&'a BTreeMap<Reason, u32>);

impl Serialize for ByReason<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(reason, count)| (reason.code(), count)))
    }
}

#[derive(Debug, Serialize)]
struct OneLeftOut<'a> {
    provider: ProviderPiece<'a>,
    distance_miles: Option<f64>,
    #[serde(flatten)]
    bar: BarPiece<'a>,
}

impl<'a> From<&'a LeftOut> for OneLeftOut<'a> {
    fn from(left: &'a LeftOut) -> Self {
        Self {
            provider: left.provider.as_ref().into(),
            distance_miles: left.distance.map(printed_miles),
            bar: (&left.bar).into(),
        }
    }
}

#[derive(Debug, Serialize)]
struct SuggestionWire<'a> {
    change: ChangeWire,
    gains: Gains,
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct Gains {
    ready: u32,
}

/// The one field of the question to change, or the one thing to confirm.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum ChangeWire {
    WithinMiles(f64),
    DischargeOn(Date),
    Confirm(&'static str),
}

impl<'a> From<&'a Suggestion> for SuggestionWire<'a> {
    fn from(suggestion: &'a Suggestion) -> Self {
        let change = match suggestion.change {
            Change::WithinMiles(miles) => ChangeWire::WithinMiles(miles),
            Change::DischargeOn(date) => ChangeWire::DischargeOn(date),
            Change::Confirm(asked) => ChangeWire::Confirm(asked.code()),
        };
        Self { change, gains: Gains { ready: suggestion.ready }, text: &suggestion.text }
    }
}

#[derive(Debug, Serialize)]
struct CallWire<'a> {
    rank: u32,
    provider: ProviderPiece<'a>,
    questions: &'a [String],
}

impl<'a> From<&'a Call> for CallWire<'a> {
    fn from(call: &'a Call) -> Self {
        Self { rank: call.rank, provider: call.provider.as_ref().into(), questions: &call.questions }
    }
}

#[derive(Debug, Serialize)]
struct GapWire<'a> {
    checked: u32,
    failing: &'a BTreeMap<String, u32>,
    nearest_capable: Option<NearestWire<'a>>,
}

#[derive(Debug, Serialize)]
struct NearestWire<'a> {
    provider: ProviderPiece<'a>,
    distance_miles: Option<f64>,
}

impl<'a> From<&'a NetworkGap> for GapWire<'a> {
    fn from(gap: &'a NetworkGap) -> Self {
        let nearest = |(provider, miles): &'a (std::sync::Arc<Provider>, Option<_>)| NearestWire {
            provider: provider.as_ref().into(),
            distance_miles: miles.map(printed_miles),
        };
        Self { checked: gap.checked, failing: &gap.failing, nearest_capable: gap.nearest_capable.as_ref().map(nearest) }
    }
}
