//! A report as JSON: what `POST /v1/matches` and `placement match --json` answer.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use utoipa::ToSchema;

use super::openapi::words;
use super::piece::{
    AcceptancePiece, BarPiece, DaysPiece, DirectoryPiece, Each, NetworkPiece, OutcomesPiece, ProviderPiece,
    RemarkPiece, Remarks, Said, printed_miles,
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
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = MatchAnswer)]
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Bundle)]
pub struct BundleWire<'a> {
    /// The service with the fewest providers that are ready: where to begin.
    #[schema(required, value_type = Option<words::Service>)]
    weakest: Option<&'static str>,
    /// A report for each service, in the order asked.
    reports: Vec<ReportWire<'a>>,
}

/// One report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub struct ReportWire<'a> {
    /// A digest of the question and the directory: the same for the same answer.
    list_id: &'a str,
    /// What it was answered from.
    directory: DirectoryPiece<'a>,
    /// The question as it was understood, names resolved and defaults filled in.
    question: QuestionPiece<'a>,
    /// One page of the ranked list, the best first.
    #[schema(value_type = Vec<MatchWire>)]
    matches: Matches<'a>,
    /// How many there are on all pages.
    counts: CountsWire,
    /// Who is not on the list, and why.
    left_out: LeftOutWire<'a>,
    /// What would give more providers that are ready, each tried.
    #[schema(value_type = Vec<SuggestionWire>)]
    suggestions: Each<'a, Suggestion, SuggestionWire<'a>>,
    /// Whom to call, and exactly what to ask.
    #[schema(value_type = Vec<CallWire>)]
    call_sheet: Each<'a, Call, CallWire<'a>>,
    /// What to send the payer when nobody in the network can take the patient.
    #[schema(required)]
    network_gap: Option<GapWire<'a>>,
    /// What the asker should know of how the question was read or answered.
    #[schema(value_type = Vec<RemarkPiece>)]
    remarks: Remarks<'a>,
    /// Send it as `cursor` with the same question for the next page; null on the last.
    #[schema(required, examples("20-f15bb5c801130a98"))]
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Match)]
pub struct MatchWire<'a> {
    /// Its place on the list, from 1.
    #[schema(minimum = 1)]
    rank: u32,
    /// How well it fits: the first thing the list is ordered by, which no score can overrule.
    #[schema(value_type = words::Fit)]
    fit: &'static str,
    /// 0 to 100: the sum of the points of its parts.
    #[schema(minimum = 0, maximum = 100)]
    score: f64,
    /// What the score is made of.
    #[schema(value_type = Vec<PartWire>)]
    parts: Each<'a, ScorePart, PartWire<'a>>,
    /// The provider.
    provider: MatchedProvider<'a>,
    /// As the crow flies, to the hundredth of a mile.
    #[schema(required)]
    distance_miles: Option<f64>,
    /// Of a service that comes: whether it comes to the ZIP.
    #[schema(required, value_type = Option<words::Serves>)]
    service_area: Option<&'static str>,
    /// Who says so.
    #[schema(required)]
    service_area_by: Option<Said<'a>>,
    /// Whether the plan covers it.
    network: NetworkPiece<'a>,
    /// Whether it will take the patient.
    acceptance: AcceptancePiece<'a>,
    /// Whether it has room on the day.
    availability: AvailabilityWire<'a>,
    /// What became of referrals to it; null while too few are known.
    #[schema(required)]
    outcomes: Option<OutcomesPiece>,
    /// What was measured of it.
    #[schema(required, value_type = Option<words::Quality>)]
    quality: Option<QualityWire<'a>>,
    /// What must be known of it.
    #[schema(value_type = Vec<RemarkPiece>)]
    notices: Remarks<'a>,
    /// Why it stands where it stands, in a sentence.
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

/// A provider, and the service it was matched for.
#[derive(Debug, Serialize, ToSchema)]
struct MatchedProvider<'a> {
    #[serde(flatten)]
    provider: ProviderPiece<'a>,
    /// The service.
    #[schema(value_type = words::Service)]
    service: &'static str,
}

/// One part of a score.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScorePart)]
struct PartWire<'a> {
    /// Which.
    #[schema(value_type = words::Part)]
    part: &'static str,
    /// 0 is worst, 1 is best.
    #[schema(minimum = 0, maximum = 1)]
    value: f64,
    /// What it weighs; the weights of an answer sum to 1.
    #[schema(minimum = 0, maximum = 1)]
    weight: f64,
    /// 100 times value times weight.
    #[schema(minimum = 0, maximum = 100)]
    points: f64,
    /// Nothing was known, so the value is the neutral one.
    unknown: bool,
    /// The reason in words.
    #[schema(examples("4.2 of 25 miles"))]
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

/// Whether there is room, and who says so.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Room)]
struct AvailabilityWire<'a> {
    /// The answer.
    #[schema(value_type = words::Answer)]
    answer: &'static str,
    #[serde(flatten)]
    said: Said<'a>,
    #[serde(flatten)]
    #[schema(value_type = DaysPiece)]
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
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Counts)]
struct CountsWire {
    /// In network, and take the patient.
    ready: u32,
    /// In network; a required need has to be asked about.
    ask_provider: u32,
    /// The plan has to be asked.
    ask_plan: u32,
    /// Out of network.
    out_of_network: u32,
    /// Not on the list.
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

/// Who is not on the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeftOut)]
struct LeftOutWire<'a> {
    /// How many, by the first reason of each: `{"declines:resp.vent": 6, "too_far": 2}`.
    #[schema(value_type = BTreeMap<String, u32>)]
    by_reason: ByReason<'a>,
    /// Each of them, where the question asked for it with `include`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<OneLeftOut>)]
    list: Option<Each<'a, LeftOut, OneLeftOut<'a>>>,
}

#[derive(Debug)]
struct ByReason<'a>(&'a BTreeMap<Reason, u32>);

impl Serialize for ByReason<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(reason, count)| (reason.code(), count)))
    }
}

/// One provider that is not on the list, and why.
#[derive(Debug, Serialize, ToSchema)]
struct OneLeftOut<'a> {
    /// The provider.
    provider: ProviderPiece<'a>,
    /// As the crow flies.
    #[schema(required)]
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

/// A change of the question that helps.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suggestion)]
struct SuggestionWire<'a> {
    /// The change.
    change: ChangeWire,
    /// What it gains.
    gains: Gains,
    /// The same in a sentence.
    text: &'a str,
}

/// What a change gains.
#[derive(Debug, Serialize, ToSchema)]
struct Gains {
    /// More providers that are ready.
    ready: u32,
}

/// The one field of the question to change, or the one thing to confirm.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Change)]
enum ChangeWire {
    /// A wider radius.
    WithinMiles(f64),
    /// Another day.
    DischargeOn(Date),
    /// A need or limit to ask about by telephone.
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

/// One call to make.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Call)]
struct CallWire<'a> {
    /// Its place on the list.
    rank: u32,
    /// Whom to call.
    provider: ProviderPiece<'a>,
    /// What to ask, word for word.
    #[schema(value_type = Vec<String>)]
    questions: &'a [String],
}

impl<'a> From<&'a Call> for CallWire<'a> {
    fn from(call: &'a Call) -> Self {
        Self { rank: call.rank, provider: call.provider.as_ref().into(), questions: &call.questions }
    }
}

/// That nobody in the network can take the patient, as a payer wants to see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NetworkGap)]
struct GapWire<'a> {
    /// How many providers in reach were checked.
    checked: u32,
    /// Why each of them fails, with how many do: `{"out_of_network": 3, "declines:resp.vent": 6}`.
    #[schema(value_type = BTreeMap<String, u32>)]
    failing: &'a BTreeMap<String, u32>,
    /// The nearest provider that takes the patient, out of the network.
    #[schema(required)]
    nearest_capable: Option<NearestWire<'a>>,
}

/// The nearest provider that can take the patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NearestCapable)]
struct NearestWire<'a> {
    /// The provider.
    provider: ProviderPiece<'a>,
    /// As the crow flies.
    #[schema(required)]
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
