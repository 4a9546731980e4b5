//! The handler of plans: `POST /v1/service-plans`. Plans are never stored.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::query::service_plan::planned;
use crate::serve::http::extract::{CurrentPrincipal, StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::json::service_plan::ServicePlanJson;
use crate::serve::service_plans::{PlanFormat, response};
use crate::serve::state::AppState;
use crate::service_plan::request::ServicePlanRequest;

/// Plan several services for one patient
///
/// Per service a summary of its report and when it can begin; the days that all have in common; the service that limits the plan; which
/// benefit may pay for each item, with its citation; and a worksheet of what the items cost and who pays, exact to the cent. It says which
/// rule names what, never that something is covered, and it has no prices of its own. Nothing is stored. The patient's choice list with a
/// section for each service is made from the same `discharge` by `POST /v1/choice-lists`.
#[utoipa::path(
    post,
    path = "/v1/service-plans",
    operation_id = "plan_services",
    tag = "questions",
    request_body = ServicePlanRequest,
    responses(
        (status = 200, description = "The plan, in the format that Accept asks for", content(
            (ServicePlanJson = "application/json"),
            (String = "application/pdf"),
            (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
    ),
)]
pub(crate) async fn plan(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    headers: HeaderMap,
    CurrentPrincipal(caller): CurrentPrincipal,
    body: StrictJson,
) -> Result<Response, Problem> {
    let format = PlanFormat::requested(&headers)?;
    let (served, raw, now) = (app.served()?, body.read()?, (app.now)());
    let work = move || {
        let plan = planned(&served, &raw).map_err(Problem::Invalid)?;
        response(&plan, &served, &now, format)
    };
    app.heavy.run(&caller, work).await?
}
