//! The page of a plan: several levels of care for one patient, who may pay, and a worksheet. It is made from the question of an answer.
//! Nothing is stored but the form, which is sealed for fifteen minutes.

use std::iter;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

#[cfg(any(feature = "pdf", feature = "xlsx"))]
use crate::api_keys::Principal;
use crate::discharge::Question;
use crate::discharge::screen_values::ScreenPayer;
use crate::overlay::LiveDirectory;
use crate::phrases;
use crate::phrases::service_plan as words;
use crate::query::service_plan::PlannedServices;
use crate::serve::api::matches::answer_metadata;
use crate::serve::http::extract::{CurrentPrincipal, PagePath, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::kept_pages::{keep_page, open_page};
use crate::serve::pages::ask;
use crate::serve::pages::ask::errors::{HiddenField, hidden, hidden_with_ticks};
use crate::serve::pages::ask::{FormRejection, ResolvedForm};
use crate::serve::pages::coded_form::CodedForm;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection, with_session_of_request};
use crate::serve::pages::service_plan::plan_form::{PlanForm, SheetFault};
use crate::serve::pages::service_plan::plan_tables::{MapTable, ServiceRow, SheetTable};
use crate::serve::pages::service_plan::sheet_fields::{LineOption, SheetFields};
use crate::serve::pages::session::see_other;
#[cfg(any(feature = "pdf", feature = "xlsx"))]
use crate::serve::service_plans::{PlanFormat, response};
use crate::serve::state::AppState;
use crate::service_plan::item_label::LONGEST_LABEL;
use crate::service_plan::worksheet::Worksheet;

pub(crate) mod plan_form;
pub(crate) mod plan_tables;
pub(crate) mod sheet_fields;

/// The facts of the question that the page asks for itself, because the coverage map depends on them.
const FACTS: [&str; 2] = ["payer_class", "part_b_pump_drug"];

/// The plan.
#[derive(Debug, Template)]
#[template(path = "service_plan.html", config = "src/serve/askama.toml")]
struct ServicePlanPage {
    frame: PageFrame,
    /// The question in one line.
    question: String,
    /// The question, for the choice list and the answer.
    whole: HiddenField,
    /// The question without the facts that have controls here.
    carried: HiddenField,
    remarks: Vec<String>,
    limiting: Option<String>,
    common: String,
    services: Vec<ServiceRow>,
    payers: Vec<LineOption>,
    drugs: Vec<LineOption>,
    map: MapTable,
    faults: Vec<SheetFault>,
    fields: SheetFields,
    sheet: Option<SheetTable>,
}

/// Most fields of the form of a plan have a number: `item-1`, `item-1-label`, `item-1-amount` to `item-30-amount`, and for each commitment
/// `party-1` with `-kind`, `-amount`, `-item`, `-agreed`, `-compliance` and `-outside`. The others are those of the question.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the fields; the form is read by name")]
pub(crate) struct ServicePlanForm {
    /// A ZIP code, or a city and its state. If it is missing, the plan's page is the form of the question, with what is missing.
    near: Option<String>,
    /// A service's code; may be repeated. If it is missing, as with `near`.
    service: Option<String>,
    /// The days of the alternative.
    days: Option<String>,
    /// What a day costs, in dollars.
    #[schema(rename = "day-cost")]
    day_cost: Option<String>,
}

/// Make a service plan
///
/// The question and the worksheet are sealed for fifteen minutes, and the browser goes on to the plan.
#[utoipa::path(
    post,
    path = "/service-plan",
    operation_id = "page_make_service_plan",
    request_body(content = ServicePlanForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "The browser goes on to the plan.")),
)]
pub(crate) async fn submit(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    form: CodedForm,
) -> Result<Response, Problem> {
    let form = PlanForm::of(&form)?;
    let token = keep_page(&app, &caller, form.to_body().as_bytes()).await?;
    Ok(see_other(&format!("/service-plan/{token}")))
}

/// A service plan
#[utoipa::path(
    get,
    path = "/service-plan/{token}",
    operation_id = "page_service_plan",
    params(("token" = String, Path, description = "The token of the question and the worksheet.")),
    responses((
        status = 410,
        description = "The question was deleted, or belongs to another sign-in.",
        content((String = "text/html")),
    )),
)]
pub(crate) async fn page(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    PagePath(token): PagePath,
) -> Result<Response, Problem> {
    let kept = match token {
        Some(token) => open_page(&app, &caller, token).await?,
        None => None,
    };
    let Some(form) = kept.and_then(|body| CodedForm::read(&body).ok()) else { return ask::expired(&app) };
    let form = PlanForm::of(&form)?;
    let working = Arc::clone(&app);
    app.heavy.run(&caller, with_session_of_request(move || shown(&working, &form))).await?
}

/// A service plan as PDF
#[cfg(feature = "pdf")]
#[utoipa::path(
    post,
    path = "/service-plan/pdf",
    operation_id = "page_service_plan_pdf",
    request_body(content = ServicePlanForm, content_type = "application/x-www-form-urlencoded"),
    responses((
        status = 200,
        description = "The plan as PDF",
        content((String = "application/pdf"), (String = "text/html")),
    )),
)]
pub(crate) async fn pdf(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    form: CodedForm,
) -> Result<Response, Problem> {
    save_as(&app, &caller, &form, PlanFormat::Pdf).await
}

/// A service plan as a workbook
#[cfg(feature = "xlsx")]
#[utoipa::path(
    post,
    path = "/service-plan/xlsx",
    operation_id = "page_service_plan_xlsx",
    request_body(content = ServicePlanForm, content_type = "application/x-www-form-urlencoded"),
    responses((
        status = 200,
        description = "The plan as a workbook",
        content((String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/html")),
    )),
)]
pub(crate) async fn xlsx(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    form: CodedForm,
) -> Result<Response, Problem> {
    save_as(&app, &caller, &form, PlanFormat::Workbook).await
}

/// The plan of `form` as a file, made in the pool for long work.
#[cfg(any(feature = "pdf", feature = "xlsx"))]
async fn save_as(app: &Arc<AppState>, caller: &Principal, form: &CodedForm, format: PlanFormat) -> Result<Response, Problem> {
    let (form, working) = (PlanForm::of(form)?, Arc::clone(app));
    app.heavy.run(caller, with_session_of_request(move || saved(&working, &form, format))).await?
}

/// The plan as a file, or the page with the errors of the worksheet.
#[cfg(any(feature = "pdf", feature = "xlsx"))]
fn saved(app: &AppState, form: &PlanForm, format: PlanFormat) -> Result<Response, Problem> {
    let Ok(worksheet) = form.worksheet() else { return shown(app, form) };
    match planned(app, form, worksheet) {
        Ok((served, plan, _)) => response(&plan, &served, &(app.now)(), format),
        Err(refused) => refused.page(app, &form.question),
    }
}

/// The directory, the plan, and what was noticed while the form was read.
type PlannedForm = (Arc<LiveDirectory>, PlannedServices, Vec<String>);

fn planned(app: &AppState, form: &PlanForm, worksheet: Option<Worksheet>) -> Result<PlannedForm, FormRejection> {
    let ResolvedForm { served, discharge, others, screens, remarks, by_phone } = ask::read(app, &form.question)?;
    let discharges: Vec<_> = iter::once(discharge).chain(others).collect();
    let question = Question { bundle: discharges.len() > 1, discharges, screens };
    let noticed = remarks.iter().map(|remark| remark.text.clone()).chain(by_phone.questions()).collect();
    let plan = PlannedServices::new(&served, &question, remarks, worksheet);
    Ok((served, plan, noticed))
}

/// The page; with status 422 if the worksheet has errors.
fn shown(app: &AppState, form: &PlanForm) -> Result<Response, Problem> {
    let (worksheet, faults) = match form.worksheet() {
        Ok(worksheet) => (worksheet, Vec::new()),
        Err(faults) => (None, faults),
    };
    let (served, plan, remarks) = match planned(app, form, worksheet) {
        Ok(planned) => planned,
        Err(refused) => return refused.page(app, &form.question),
    };
    let catalog = served.base();
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let questions: Vec<String> = plan.reports().map(|report| phrases::question(&report.discharge)).collect();
    let page = ServicePlanPage {
        frame: PageFrame::new(app, Some(catalog), SiteSection::Ask, "Service plan"),
        question: questions.join(" + "),
        whole: hidden(&form.question),
        carried: hidden_with_ticks(&form.question.only(|name| !FACTS.contains(&name))),
        remarks,
        limiting: words::limiting(plan.reports()),
        common: words::common_start(&plan.common, plan.services.len()),
        services: plan.services.iter().map(ServiceRow::from).collect(),
        payers: payers(form.question.one("payer_class")),
        drugs: drugs(form.question.one("part_b_pump_drug")),
        map: (&plan.map).into(),
        fields: SheetFields::of(form, &faults),
        faults,
        sheet: plan.worksheet.as_ref().map(|sheet| SheetTable::new(sheet, served.today())),
    };
    let mut response = html(status, &page, Sensitivity::Question)?;
    response.extensions_mut().insert(answer_metadata(&served));
    Ok(response)
}

fn payers(chosen: &str) -> Vec<LineOption> {
    ScreenPayer::ALL.map(|payer| (payer.code(), payer.label(), payer.code() == chosen)).to_vec()
}

fn drugs(chosen: &str) -> Vec<LineOption> {
    vec![("yes", "Yes", chosen == "yes"), ("no", "No", chosen == "no")]
}
