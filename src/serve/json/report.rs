//! A report as JSON: what `POST /v1/matches` and `placement match --json` answer.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use utoipa::ToSchema;

use crate::catalog::Catalog;
use crate::catalog::manifest::Manifest;
use crate::coverage::PlanDirectory;
use crate::evidence::Fact;
use crate::matching::bundle::weakest;
use crate::matching::candidate::{AreaMatch, Directory};
use crate::matching::report::{
    CallSheetEntry, ExcludedProvider, ExclusionReason, FitTier, Match, MatchAvailability, Report, ScorePart, Suggestion,
};
use crate::overlay::LiveDirectory;
use crate::provider::quality::Rating;
use crate::screens::ScreenEntry;
use crate::serve::json::day::DayJson;
use crate::serve::json::network_gap::GapJson;
use crate::serve::json::parts::{
    AcceptanceJson, AvailabilityDaysJson, DirectoryJson, EvidenceJson, ExclusionJson, NetworkAnswerJson, ProviderRefJson,
    ReferralStatsJson, RemarkJson, RemarksJson, SerializeIter, printed_miles,
};
use crate::serve::json::question::QuestionJson;
use crate::serve::json::referral_chance::ReferralChanceJson;
use crate::serve::json::screens::ScreenJson;
use crate::serve::json::suggestion::SuggestionJson;
use crate::serve::openapi::enums;
use crate::serve::openapi::facts::QualityFact;
use crate::service::{DeliveryMode, Service};

/// What an answer is made from, besides the reports.
#[derive(Debug, Clone, Copy)]
pub struct AnswerContext<'a> {
    /// The generation.
    pub manifest: &'a Manifest,
    /// Its plans and networks.
    pub plans: &'a PlanDirectory,
    /// The sequence number of the ledger up to which live statements are applied; `None` if none
    /// are.
    pub told: Option<i64>,
}

impl<'a> From<&'a Catalog> for AnswerContext<'a> {
    fn from(catalog: &'a Catalog) -> Self {
        Self { manifest: catalog.manifest(), plans: catalog.plans(), told: None }
    }
}

impl<'a> From<&'a LiveDirectory> for AnswerContext<'a> {
    fn from(served: &'a LiveDirectory) -> Self {
        Self { told: served.sequence(), ..Self::from(&**served.base()) }
    }
}

impl<'a> From<AnswerContext<'a>> for DirectoryJson<'a> {
    fn from(ground: AnswerContext<'a>) -> Self {
        Self::new(ground.manifest, ground.told)
    }
}

/// The answer to a whole question.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = MatchAnswer)]
pub enum AnswerJson<'a> {
    /// One service was asked for.
    One(Box<ReportJson<'a>>),
    /// Several were.
    Several(SeveralReportsJson<'a>),
}

/// The answer where several services were asked for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SeveralReports)]
pub struct SeveralReportsJson<'a> {
    /// A report for each.
    bundle: BundleJson<'a>,
}

impl<'a> AnswerJson<'a> {
    /// The reports of one question.
    pub fn new(reports: &'a [Report], bundle: bool, ground: AnswerContext<'a>) -> Self {
        match reports {
            [report] if !bundle => Self::One(Box::new(ReportJson::new(report, ground))),
            reports => {
                let weakest = weakest(reports).map(Service::code);
                let reports = reports.iter().map(|report| ReportJson::new(report, ground)).collect();
                Self::Several(SeveralReportsJson { bundle: BundleJson { weakest, reports } })
            }
        }
    }

    /// The same with the `screens` of each report, if they were asked for.
    #[must_use]
    pub fn with_screens(mut self, screens: Option<&'a [Vec<ScreenEntry>]>) -> Self {
        let reports = match &mut self {
            Self::One(report) => std::slice::from_mut(&mut **report),
            Self::Several(several) => &mut several.bundle.reports[..],
        };
        for (report, entries) in reports.iter_mut().zip(screens.into_iter().flatten()) {
            report.screens = Some(entries[..].into());
        }
        self
    }
}

/// Several services for one patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Bundle)]
pub struct BundleJson<'a> {
    /// The service with the fewest providers that meet the requirements: where to begin.
    #[schema(required, value_type = Option<Service>)]
    weakest: Option<&'static str>,
    /// A report for each service, in the order asked.
    reports: Vec<ReportJson<'a>>,
}

/// One report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub struct ReportJson<'a> {
    /// A digest of the question and the directory: the same for the same answer.
    list_id: &'a str,
    /// The directory it was answered from.
    directory: DirectoryJson<'a>,
    /// The question as it was understood, names resolved and defaults filled in.
    question: QuestionJson<'a>,
    /// One page of the ranked list, the best first.
    #[schema(value_type = Vec<MatchJson>)]
    matches: MatchesJson<'a>,
    /// How many there are on all pages.
    counts: CountsJson,
    /// Who is excluded, and why.
    left_out: LeftOutJson<'a>,
    /// Changes that would add providers that meet the requirements, each tried.
    #[schema(value_type = Vec<SuggestionJson>)]
    suggestions: SerializeIter<'a, Suggestion, SuggestionJson<'a>>,
    /// Whom to call, and what to ask.
    #[schema(value_type = Vec<CallJson>)]
    call_sheet: SerializeIter<'a, CallSheetEntry, CallJson<'a>>,
    /// What to send the payer if nobody in network can take the patient.
    #[schema(required)]
    network_gap: Option<GapJson<'a>>,
    /// Notes on how the question was read or answered.
    #[schema(value_type = Vec<RemarkJson>)]
    remarks: RemarksJson<'a>,
    /// Send it as `cursor` with the same question for the next page; null on the last.
    #[schema(required, examples("20-f15bb5c801130a98"))]
    next_cursor: Option<&'a str>,
    /// The rules about the right level of care, if the question asked for them with `screens`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<ScreenJson>)]
    screens: Option<SerializeIter<'a, ScreenEntry, ScreenJson<'a>>>,
}

impl<'a> ReportJson<'a> {
    /// `report`, answered from `ground`.
    pub fn new(report: &'a Report, ground: AnswerContext<'a>) -> Self {
        Self {
            list_id: &report.list_id,
            directory: ground.into(),
            question: QuestionJson::new(&report.discharge, ground.plans),
            matches: MatchesJson(report),
            counts: CountsJson::from(report),
            left_out: LeftOutJson {
                by_reason: ByReason(&report.left_out),
                list: report.left_out_list.as_deref().map(SerializeIter::from),
            },
            suggestions: report.suggestions[..].into(),
            call_sheet: report.call_sheet[..].into(),
            network_gap: report.network_gap.as_ref().map(GapJson::from),
            remarks: report.remarks[..].into(),
            next_cursor: report.next_cursor.as_deref(),
            screens: None,
        }
    }
}

/// The page of matches, converted one by one.
#[derive(Debug)]
struct MatchesJson<'a>(&'a Report);

impl Serialize for MatchesJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let service = self.0.discharge.service;
        serializer.collect_seq(self.0.matches.iter().map(|found| MatchJson::new(found, service)))
    }
}

/// One provider on the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Match)]
pub struct MatchJson<'a> {
    /// Its rank, from 1.
    #[schema(minimum = 1)]
    rank: u32,
    /// How well it fits: the list is ordered by this first, and no score overrides it.
    #[schema(value_type = enums::Fit)]
    fit: &'static str,
    /// 0 to 100: the sum of the points of its parts.
    #[schema(minimum = 0, maximum = 100)]
    score: f64,
    #[serde(flatten)]
    chance: ReferralChanceJson<'a>,
    /// Chance times score: what providers of one fit are ordered by.
    #[schema(minimum = 0, maximum = 100)]
    worth: f64,
    /// What the score is made of.
    #[schema(value_type = Vec<PartJson>)]
    parts: SerializeIter<'a, ScorePart, PartJson<'a>>,
    /// The provider.
    provider: MatchedProvider<'a>,
    /// Straight-line miles, to the hundredth.
    #[schema(required)]
    distance_miles: Option<f64>,
    /// Whether a service that comes to the patient serves the ZIP.
    #[schema(required, value_type = Option<enums::Serves>)]
    service_area: Option<&'static str>,
    /// The source of that.
    #[schema(required)]
    service_area_by: Option<EvidenceJson<'a>>,
    /// Whether the plan covers it.
    network: NetworkAnswerJson<'a>,
    /// Whether it will take the patient.
    acceptance: AcceptanceJson<'a>,
    /// Whether it has room on the day.
    availability: MatchAvailabilityJson<'a>,
    /// Outcomes of referrals to it; null while too few are known.
    #[schema(required)]
    outcomes: Option<ReferralStatsJson>,
    /// Its quality measure.
    #[schema(required, value_type = Option<QualityFact>)]
    quality: Option<QualityJson<'a>>,
    /// What must be known of it, safety notices first.
    #[schema(value_type = Vec<RemarkJson>)]
    notices: RemarksJson<'a>,
    /// Why it has this rank, in a sentence.
    because: &'a str,
}

impl<'a> MatchJson<'a> {
    /// `found` for `service`.
    pub fn new(found: &'a Match, service: Service) -> Self {
        let line = found.provider.line(service);
        let comes = service.geography() == DeliveryMode::ProviderComes;
        Self {
            rank: found.rank,
            fit: found.fit.code(),
            score: found.score.value(),
            chance: ReferralChanceJson::from(&found.chance),
            worth: found.worth.value(),
            parts: found.parts[..].into(),
            provider: MatchedProvider { provider: found.provider.as_ref().into(), service: service.code() },
            distance_miles: found.distance.map(printed_miles),
            service_area: comes.then(|| service_area(found.serves)),
            service_area_by: line.filter(|_| comes).and_then(|line| line.area.evidence()).map(EvidenceJson::from),
            network: NetworkAnswerJson::from(&found.network),
            acceptance: AcceptanceJson::from(&found.acceptance),
            availability: MatchAvailabilityJson::from(&found.availability),
            outcomes: found.outcomes.as_ref().map(ReferralStatsJson::from),
            quality: line.and_then(|line| line.rating.as_ref()).map(QualityJson),
            notices: found.notices[..].into(),
            because: &found.because,
        }
    }
}

fn service_area(serves: AreaMatch) -> &'static str {
    match serves {
        AreaMatch::Yes => "serves",
        AreaMatch::No => "does_not_serve",
        AreaMatch::NotPublished => "not_published",
    }
}

/// A provider, and the service it was matched for.
#[derive(Debug, Serialize, ToSchema)]
struct MatchedProvider<'a> {
    #[serde(flatten)]
    provider: ProviderRefJson<'a>,
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
}

/// One part of a score.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ScorePart)]
struct PartJson<'a> {
    /// Which part.
    #[schema(value_type = enums::Part)]
    part: &'static str,
    /// 0 is worst, 1 is best.
    #[schema(minimum = 0, maximum = 1)]
    value: f64,
    /// Its weight; the weights of an answer sum to 1.
    #[schema(minimum = 0, maximum = 1)]
    weight: f64,
    /// 100 times value times weight.
    #[schema(minimum = 0, maximum = 100)]
    points: f64,
    /// Whether nothing was known, so that the value is the neutral one.
    unknown: bool,
    /// The reason in words.
    #[schema(examples("4.2 of 25 miles"))]
    why: &'a str,
}

impl<'a> From<&'a ScorePart> for PartJson<'a> {
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

/// Whether there is room, and the source of that.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Room)]
struct MatchAvailabilityJson<'a> {
    /// The answer.
    #[schema(value_type = enums::Answer)]
    answer: &'static str,
    #[serde(flatten)]
    said: EvidenceJson<'a>,
    #[serde(flatten)]
    #[schema(value_type = AvailabilityDaysJson)]
    days: Option<AvailabilityDaysJson>,
    /// The first day after the date that it does not state to be full; only where it states that it is full on the date.
    #[schema(required)]
    room_from: Option<Date>,
}

impl<'a> From<&'a MatchAvailability> for MatchAvailabilityJson<'a> {
    fn from(availability: &'a MatchAvailability) -> Self {
        Self {
            answer: availability.answer.code(),
            said: availability.evidence.as_ref().into(),
            days: availability.days.map(AvailabilityDaysJson::from),
            room_from: availability.room_from,
        }
    }
}

/// A rating under the name of its measure: `{"overall_star": 4, "source": …}`.
#[derive(Debug)]
struct QualityJson<'a>(&'a Fact<Rating>);

impl Serialize for QualityJson<'_> {
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
        map.serialize_entry("as_of", &evidence.as_of.map(DayJson))?;
        map.serialize_entry("verified_at", &evidence.verified_at.map(DayJson))?;
        map.end()
    }
}

/// How many, on all pages.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Counts)]
pub(crate) struct CountsJson {
    /// Covered, accept the patient, and say that they have room on the date.
    ready: u32,
    /// Covered and accept the patient; whether they have room is not known.
    meets: u32,
    /// Covered; something required is not known.
    ask_provider: u32,
    /// The network or the certification is not confirmed.
    ask_plan: u32,
    /// Say that they have no room on the date.
    no_room: u32,
    /// Out of network or not certified.
    out_of_network: u32,
    /// Excluded from the list.
    left_out: u32,
}

impl From<&Report> for CountsJson {
    fn from(report: &Report) -> Self {
        Self {
            ready: report.count(FitTier::Ready),
            meets: report.count(FitTier::Meets),
            ask_provider: report.count(FitTier::AskProvider),
            ask_plan: report.count(FitTier::AskPlan),
            no_room: report.count(FitTier::NoRoom),
            out_of_network: report.count(FitTier::OutOfNetwork),
            left_out: report.left_out.values().sum(),
        }
    }
}

/// Who is excluded from the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeftOut)]
struct LeftOutJson<'a> {
    /// How many, by the first reason of each: `{"declines:resp.vent": 6, "too_far": 2}`.
    #[schema(value_type = BTreeMap<String, u32>)]
    by_reason: ByReason<'a>,
    /// Each of them, if the question asked for it with `include`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<OneLeftOut>)]
    list: Option<SerializeIter<'a, ExcludedProvider, OneLeftOut<'a>>>,
}

#[derive(Debug)]
struct ByReason<'a>(&'a BTreeMap<ExclusionReason, u32>);

impl Serialize for ByReason<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(reason, count)| (reason.code(), count)))
    }
}

/// One excluded provider, and why.
#[derive(Debug, Serialize, ToSchema)]
struct OneLeftOut<'a> {
    /// The provider.
    provider: ProviderRefJson<'a>,
    /// Straight-line distance.
    #[schema(required)]
    distance_miles: Option<f64>,
    #[serde(flatten)]
    bar: ExclusionJson<'a>,
}

impl<'a> From<&'a ExcludedProvider> for OneLeftOut<'a> {
    fn from(left: &'a ExcludedProvider) -> Self {
        Self {
            provider: left.provider.as_ref().into(),
            distance_miles: left.distance.map(printed_miles),
            bar: (&left.bar).into(),
        }
    }
}

/// One call to make.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Call)]
struct CallJson<'a> {
    /// Its rank.
    rank: u32,
    /// Whom to call.
    provider: ProviderRefJson<'a>,
    /// What to ask, word for word.
    #[schema(value_type = Vec<String>)]
    questions: &'a [String],
}

impl<'a> From<&'a CallSheetEntry> for CallJson<'a> {
    fn from(call: &'a CallSheetEntry) -> Self {
        Self { rank: call.rank, provider: call.provider.as_ref().into(), questions: &call.questions }
    }
}
