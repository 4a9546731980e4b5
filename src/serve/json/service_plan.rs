//! A plan of several services as JSON.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::discharge::Notice;
use crate::matching::bundle::{ServiceStart, weakest};
use crate::matching::report::Match;
use crate::phrases;
use crate::query::service_plan::{PlannedService, PlannedServices};
use crate::screens::ScreenEntry;
use crate::serve::json::parts::{DirectoryJson, ProviderRefJson, RemarkJson, RemarksJson, SerializeIter, printed_miles};
use crate::serve::json::question::QuestionJson;
use crate::serve::json::report::{AnswerContext, CountsJson};
use crate::serve::json::rule_review::RuleReviewJson;
use crate::serve::json::screens::ScreenJson;
use crate::serve::json::worksheet::WorksheetJson;
use crate::serve::openapi::enums;
use crate::service::Service;
use crate::service_plan::coverage_map::{CoverageMap, CoverageRow, MapNote};
use crate::service_plan::item::PlanItem;

/// A plan of several services for one patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServicePlan)]
pub(crate) struct ServicePlanJson<'a> {
    /// The directory it was answered from.
    directory: DirectoryJson<'a>,
    /// The services, in the order asked.
    services: Vec<PlannedServiceJson<'a>>,
    /// When all of them can begin.
    common_start: CommonStartJson,
    /// The service with the fewest providers that meet the requirements: where to begin.
    limiting: LimitingServiceJson,
    /// Which benefit may pay for each item.
    coverage_map: CoverageMapJson<'a>,
    /// What the items cost, and who pays; null if none was sent.
    #[schema(required)]
    worksheet: Option<WorksheetJson<'a>>,
    /// Notes on how the question was read.
    #[schema(value_type = Vec<RemarkJson>)]
    remarks: RemarksJson<'a>,
}

/// One service of a plan: a summary of its report, and when it can begin.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlannedService)]
struct PlannedServiceJson<'a> {
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The id of the report that `POST /v1/matches` gives for this service.
    list_id: &'a str,
    /// The question as it was understood.
    question: QuestionJson<'a>,
    /// How many providers there are.
    counts: CountsJson,
    /// When it can begin.
    start: ServiceStartJson,
    /// The first matches, as many as `limit` says.
    matches: Vec<PlanMatchJson<'a>>,
    /// Notes on the answer.
    #[schema(value_type = Vec<RemarkJson>)]
    remarks: RemarksJson<'a>,
    /// The rules about the right level of care, if the question asked for them with `screens`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<ScreenJson>)]
    screens: Option<SerializeIter<'a, ScreenEntry, ScreenJson<'a>>>,
}

/// When one service can begin, by what the providers state that meet the requirements.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceStart)]
struct ServiceStartJson {
    /// The first day; null if none is stated.
    #[schema(required)]
    first_day: Option<Date>,
    /// Every stated day of the two weeks from the discharge.
    days: Vec<Date>,
    /// How many providers state it.
    stated: u32,
    /// How many do not, or have to be asked first whether they take the patient. They may be able to begin earlier.
    not_stated: u32,
    /// The same in words.
    says: String,
}

/// When all services of a plan can begin.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommonStart)]
struct CommonStartJson {
    /// The first day; null if none is stated, or if the stated days have none in common.
    #[schema(required)]
    first_day: Option<Date>,
    /// Every stated day that the services have in common.
    days: Vec<Date>,
    /// The services of which no provider states a day. They limit no day and have to be asked about.
    #[schema(value_type = Vec<Service>)]
    to_ask: Vec<&'static str>,
    /// The services without a provider that may be covered. With one of these there is no common day.
    #[schema(value_type = Vec<Service>)]
    without_provider: Vec<&'static str>,
    /// The same in words.
    says: String,
}

/// The service that limits the plan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LimitingService)]
struct LimitingServiceJson {
    /// The service; null if one alone was asked for.
    #[schema(required, value_type = Option<Service>)]
    service: Option<&'static str>,
    /// The same in words, with the reason.
    #[schema(required)]
    says: Option<String>,
}

/// A match of a plan. `POST /v1/matches` gives it with every reason.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlanMatch)]
struct PlanMatchJson<'a> {
    /// Its rank, from 1.
    #[schema(minimum = 1)]
    rank: u32,
    /// How well it fits.
    #[schema(value_type = enums::Fit)]
    fit: &'static str,
    /// The provider.
    provider: ProviderRefJson<'a>,
    /// Straight-line miles, to the hundredth.
    #[schema(required)]
    distance_miles: Option<f64>,
    /// Whether the plan covers it.
    #[schema(value_type = enums::NetworkStatus)]
    network: &'static str,
    /// Why it has this rank, in a sentence.
    because: &'a str,
}

/// Which benefit may pay for each item. It says what a rule names, never that something is covered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoverageMap)]
struct CoverageMapJson<'a> {
    /// The payer it was made for: `payer_class` of the facts, or the coverage where that decides it.
    #[schema(value_type = enums::ScreenPayerCode)]
    payer_class: &'static str,
    /// A row for each item.
    #[schema(value_type = Vec<CoverageRowJson>)]
    rows: SerializeIter<'a, CoverageRow, CoverageRowJson<'a>>,
    /// Sentences about several items together.
    #[schema(value_type = Vec<CoverageNoteJson>)]
    notes: SerializeIter<'a, MapNote, CoverageNoteJson<'a>>,
}

/// What a rule says about one item.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoverageRow)]
struct CoverageRowJson<'a> {
    /// The item.
    #[schema(value_type = PlanItem)]
    item: &'static str,
    /// Its name.
    label: &'static str,
    /// The service that it is part of; null for an item of the worksheet alone.
    #[schema(required, value_type = Option<Service>)]
    service: Option<&'static str>,
    /// The benefit that the rule names.
    #[schema(value_type = enums::PaidByCode)]
    paid_by: &'static str,
    /// How far the rule goes.
    #[schema(value_type = enums::CoverageAnswerCode)]
    answer: &'static str,
    /// The rule in a sentence.
    says: &'a str,
    /// What to ask.
    ask: &'a str,
    /// The name of the entry.
    #[schema(examples("infusion_drug_antibiotics"))]
    rule: &'a str,
    /// Where the rule is written.
    #[schema(examples("LCD L33794; 42 CFR 423.100, 423.120(a)(4)"))]
    citation: &'a str,
    /// The first day for which the entry is written.
    effective: Date,
    /// Who reviewed the entry.
    review: RuleReviewJson<'a>,
}

/// A sentence about several items together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoverageNote)]
struct CoverageNoteJson<'a> {
    /// The sentence.
    says: &'a str,
    /// The name of the entry.
    rule: &'a str,
    /// Where the rule is written.
    citation: &'a str,
    /// The first day for which the entry is written.
    effective: Date,
    /// Who reviewed the entry.
    review: RuleReviewJson<'a>,
}

impl<'a> ServicePlanJson<'a> {
    /// `plan`, answered from `ground`.
    pub(crate) fn new(plan: &'a PlannedServices, ground: AnswerContext<'a>) -> Self {
        let several = plan.services.len() > 1;
        Self {
            directory: ground.into(),
            services: plan.services.iter().map(|service| PlannedServiceJson::new(service, ground)).collect(),
            common_start: CommonStartJson {
                first_day: plan.common.first_day(),
                days: plan.common.days.iter().copied().collect(),
                to_ask: plan.common.to_ask.iter().map(|service| service.code()).collect(),
                without_provider: plan.common.without_provider.iter().map(|service| service.code()).collect(),
                says: phrases::service_plan::common_start(&plan.common, plan.services.len()),
            },
            limiting: LimitingServiceJson {
                service: weakest(plan.reports()).filter(|_| several).map(Service::code),
                says: phrases::service_plan::limiting(plan.reports()),
            },
            coverage_map: CoverageMapJson::from(&plan.map),
            worksheet: plan.worksheet.as_ref().map(WorksheetJson::from),
            remarks: plan.remarks[..].into(),
        }
    }
}

impl<'a> PlannedServiceJson<'a> {
    fn new(service: &'a PlannedService, ground: AnswerContext<'a>) -> Self {
        let report = &service.report;
        let matches = service.shown().map(PlanMatchJson::from);
        let notes: &[Notice] = &report.remarks;
        Self {
            service: service.service().code(),
            list_id: &report.list_id,
            question: QuestionJson::new(&report.discharge, ground.plans),
            counts: report.into(),
            start: (&service.start).into(),
            matches: matches.collect(),
            remarks: notes.into(),
            screens: service.screens.as_deref().map(SerializeIter::from),
        }
    }
}

impl From<&ServiceStart> for ServiceStartJson {
    fn from(start: &ServiceStart) -> Self {
        Self {
            first_day: start.first_day(),
            days: start.days.iter().copied().collect(),
            stated: start.stated,
            not_stated: start.silent,
            says: phrases::service_plan::start(start),
        }
    }
}

impl<'a> From<&'a Match> for PlanMatchJson<'a> {
    fn from(found: &'a Match) -> Self {
        Self {
            rank: found.rank,
            fit: found.fit.code(),
            provider: found.provider.as_ref().into(),
            distance_miles: found.distance.map(printed_miles),
            network: found.network.status.code(),
            because: &found.because,
        }
    }
}

impl<'a> From<&'a CoverageMap> for CoverageMapJson<'a> {
    fn from(map: &'a CoverageMap) -> Self {
        Self { payer_class: map.payer.code(), rows: map.rows[..].into(), notes: map.notes[..].into() }
    }
}

impl<'a> From<&'a CoverageRow> for CoverageRowJson<'a> {
    fn from(row: &'a CoverageRow) -> Self {
        let entry = row.entry;
        Self {
            item: row.item.code(),
            label: row.item.label(),
            service: row.service.map(Service::code),
            paid_by: entry.paid_by.code(),
            answer: entry.answer.code(),
            says: &entry.says,
            ask: &entry.ask,
            rule: &entry.id,
            citation: &entry.citation,
            effective: entry.effective,
            review: RuleReviewJson::new(entry.review(), &row.review, row.is_overdue),
        }
    }
}

impl<'a> From<&'a MapNote> for CoverageNoteJson<'a> {
    fn from(row: &'a MapNote) -> Self {
        let note = row.note;
        Self {
            says: &note.says,
            rule: &note.id,
            citation: &note.citation,
            effective: note.effective,
            review: RuleReviewJson::new(note.review(), &row.review, row.is_overdue),
        }
    }
}
