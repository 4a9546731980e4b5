//! The result as a table for other programs: CSV and Excel. The user keeps the files; their names contain nothing of the question.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::discharge::{Discharge, MOST_SHOWN};
use crate::query;
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::pages::ask::{ResolvedForm, read, with_summary};
use crate::serve::pages::export::table::ExportTable;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::state::AppState;

pub(crate) mod comma_separated;
pub(crate) mod table;
#[cfg(feature = "xlsx")]
pub(crate) mod workbook;

/// The media type of a workbook.
#[cfg(feature = "xlsx")]
pub(crate) const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The answer as CSV
#[utoipa::path(
    post,
    path = "/export/csv",
    operation_id = "export_csv",
    responses((status = 200, description = "The answer as CSV", content((String = "text/csv"), (String = "text/html")))),
)]
pub(crate) async fn csv(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    exported(&app, &form, "text/csv; charset=utf-8", "csv", comma_separated::bytes)
}

/// The answer as a workbook
#[cfg(feature = "xlsx")]
#[utoipa::path(
    post,
    path = "/export/xlsx",
    operation_id = "export_xlsx",
    responses((
        status = 200,
        description = "The answer as a workbook",
        content((String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/html")),
    )),
)]
pub(crate) async fn xlsx(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    exported(&app, &form, WORKBOOK, "xlsx", workbook::bytes)
}

/// The whole result as `written`, saved with `extension`.
fn exported(
    app: &AppState,
    form: &SubmittedForm,
    media_type: &'static str,
    extension: &str,
    written: fn(&ExportTable) -> Option<Vec<u8>>,
) -> Result<Response, Problem> {
    let ResolvedForm { served, discharge, remarks, .. } = match read(app, form) {
        Ok(read) => read,
        Err(refused) => return refused.page(app, form),
    };
    let whole = Discharge { limit: MOST_SHOWN, offset: 0, ..discharge };
    let report = query::report(&served, &whole, &remarks);
    let catalog = served.base();
    let table = ExportTable::of(&report, catalog.manifest(), &(app.now)());
    let response = saved(&table, media_type, &file_name(table.is_cut, extension), written)?;
    Ok(with_summary(app, response, catalog, &report))
}

/// `table` as a file that the browser saves under that name.
pub(crate) fn saved(
    table: &ExportTable,
    media_type: &'static str,
    name: &str,
    written: fn(&ExportTable) -> Option<Vec<u8>>,
) -> Result<Response, Problem> {
    let Some(bytes) = written(table) else {
        tracing::error!("cannot write export");
        return Err(Problem::Internal);
    };
    let saved_as = format!("attachment; filename=\"{name}\"");
    let headers = [(CONTENT_TYPE, media_type), (CACHE_CONTROL, "no-store"), (CONTENT_DISPOSITION, saved_as.as_str())];
    Ok((headers, bytes).into_response())
}

/// The file name, which shows if the result is cut off.
fn file_name(is_cut: bool, extension: &str) -> String {
    let name = if is_cut { format!("placement-first-{MOST_SHOWN}") } else { "places".to_owned() };
    format!("{name}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_shows_that_a_file_is_cut_off() {
        assert_eq!(file_name(true, "csv"), "placement-first-1000.csv");
        assert_eq!(file_name(false, "xlsx"), "places.xlsx");
    }
}
