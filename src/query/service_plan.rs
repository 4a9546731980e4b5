//! From the request for a plan of several services to its parts: the reports, the days on which all can begin, the coverage map and the
//! worksheet.

use jiff::civil::Date;
use serde_json::Value;

use crate::discharge::screen_facts::ScreenFacts;
use crate::discharge::screen_values::ScreenPayer;
use crate::discharge::{Discharge, MOST_SHOWN, Notice, Question};
use crate::input::errors::FieldErrors;
use crate::input::field::{Field, InputType};
use crate::input::place::FieldPlace;
use crate::matching::bundle::{CommonStart, ServiceStart};
use crate::matching::report::{Match, Report};
use crate::overlay::LiveDirectory;
use crate::query::{report, understood};
use crate::screens::{ScreenEntry, screen_question};
use crate::service::Service;
use crate::service_plan::coverage_map::CoverageMap;
use crate::service_plan::infused_drug;
use crate::service_plan::item::InfusedDrug;
use crate::service_plan::request::ServicePlanRequest;
use crate::service_plan::worksheet::Worksheet;
use crate::service_plan::worksheet_parse::read_worksheet;

/// A plan of several services.
#[derive(Debug)]
pub(crate) struct PlannedServices {
    /// The services, as asked.
    pub services: Vec<PlannedService>,
    /// When all can begin.
    pub common: CommonStart,
    /// Which benefit may pay for each item.
    pub map: CoverageMap,
    /// What the items cost, and who pays.
    pub worksheet: Option<Worksheet>,
    /// Remarks on how the question was read.
    pub remarks: Vec<Notice>,
}

/// One service of a plan.
#[derive(Debug)]
pub(crate) struct PlannedService {
    /// The report, with up to [`MOST_SHOWN`] matches, because the start is counted from all of them.
    pub report: Report,
    /// How many matches are shown.
    pub shown: usize,
    /// When it can begin.
    pub start: ServiceStart,
    /// The rules about the level of care, if they were asked for.
    pub screens: Option<Vec<ScreenEntry>>,
}

impl PlannedService {
    /// The matches that are shown, best first.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &Match> {
        self.report.matches.iter().take(self.shown)
    }

    /// Its service.
    pub(crate) fn service(&self) -> Service {
        self.report.discharge.service
    }
}

impl PlannedServices {
    /// The plan for `question`, answered from `served`.
    pub(crate) fn new(
        served: &LiveDirectory,
        question: &Question,
        remarks: Vec<Notice>,
        worksheet: Option<Worksheet>,
    ) -> Self {
        let mut screens = screen_question(question).map(Vec::into_iter);
        let planned = |discharge: &Discharge| {
            let whole = Discharge { limit: MOST_SHOWN, offset: 0, ..discharge.clone() };
            let report = report(served, &whole, &[]);
            PlannedService {
                start: ServiceStart::of(&report),
                shown: usize::try_from(discharge.limit).unwrap_or(usize::MAX),
                screens: screens.as_mut().and_then(Iterator::next),
                report,
            }
        };
        let services: Vec<PlannedService> = question.discharges.iter().map(planned).collect();
        let starts: Vec<ServiceStart> = services.iter().map(|service| service.start.clone()).collect();
        Self {
            common: CommonStart::of(&starts),
            map: coverage_map(question, worksheet.as_ref(), served.today()),
            services,
            worksheet,
            remarks,
        }
    }

    /// The reports.
    pub(crate) fn reports(&self) -> impl Iterator<Item = &Report> + Clone {
        self.services.iter().map(|service| &service.report)
    }
}

fn coverage_map(question: &Question, worksheet: Option<&Worksheet>, today: Date) -> CoverageMap {
    let none = ScreenFacts::default();
    let facts = question.screens.as_ref().unwrap_or(&none);
    let services: Vec<Service> = question.discharges.iter().map(|discharge| discharge.service).collect();
    let others = worksheet.into_iter().flat_map(|worksheet| worksheet.items.iter().map(|item| item.item));
    // The needs may differ by service; the payer and the day do not. A question has at least one discharge.
    let infused = question.discharges.iter().find(|discharge| discharge.service == Service::HomeInfusion);
    let asked = infused.or_else(|| question.discharges.first());
    let payer = asked.map_or(ScreenPayer::Unknown, |discharge| facts.payer_of(discharge.coverage.as_ref()));
    let drug = asked.map_or(InfusedDrug::Unknown, |discharge| infused_drug(discharge, facts));
    CoverageMap::new(&services, others, payer, drug, today)
}

/// Reads a request and makes its plan.
///
/// # Errors
/// Every invalid field.
pub(crate) fn planned(served: &LiveDirectory, raw: &Value) -> Result<PlannedServices, FieldErrors> {
    let mut faults = FieldErrors::default();
    let request = ServicePlanRequest::read(raw, FieldPlace::ROOT, &mut faults);
    let asked = request.as_ref().and_then(|request| {
        let discharge = request.discharge.given()?;
        refuse(&discharge.cursor, "a plan has no pages", &mut faults);
        refuse(&discharge.include, "a plan lists no excluded providers; ask /v1/matches for them", &mut faults);
        understood(served.base(), discharge, served.today(), &mut faults)
    });
    let worksheet =
        request.as_ref().and_then(|request| request.worksheet.given()).map(|sheet| read_worksheet(sheet, &mut faults));
    let faults = faults.in_order_of(ServicePlanRequest::NAMES);
    match asked {
        Some((question, remarks)) if faults.is_empty() => Ok(PlannedServices::new(served, &question, remarks, worksheet)),
        _ => Err(faults),
    }
}

/// Reports a field of the question that a plan does not use.
fn refuse<T>(field: &Field<T>, why: &str, faults: &mut FieldErrors) {
    if field.is_present() {
        faults.add(field.at, "does_not_apply", why, Some("leave it out".to_owned()));
    }
}
