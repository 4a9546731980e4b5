//! The routes of a manager's reports, of workbooks, and of files of questions.

use utoipa_axum::routes;

use crate::api_keys::Scope;
use crate::serve::api::manager_reports;
use crate::serve::http::registered_route::RegisteredRoute;
use crate::serve::http::route::DirectoryUse;
use crate::serve::http::route::RouteAudience::{Person, Program};
use crate::serve::http::route::RoutePolicy;
use crate::serve::http::route::RouteWork::Heavy;
#[cfg(feature = "xlsx")]
use crate::serve::http::route::RouteWork::InParts;
#[cfg(feature = "xlsx")]
use crate::serve::http::route::{LARGEST_BODY, RouteBody};
use crate::serve::pages;
#[cfg(feature = "xlsx")]
use crate::serve::pages::export;

/// What a manager reads.
pub(crate) fn for_managers() -> Vec<RegisteredRoute> {
    let read = RoutePolicy::scoped(Scope::Reports, Program).directory(DirectoryUse::Needed).work(Heavy);
    let page = RoutePolicy::scoped(Scope::Reports, Person).work(Heavy);
    let file = page.directory(DirectoryUse::Needed);
    vec![
        RegisteredRoute::new(routes!(manager_reports::avoidable_days), read.audited("report.read")),
        RegisteredRoute::new(
            routes!(manager_reports::unmet_needs),
            read.directory(DirectoryUse::Unused).audited("report.read"),
        ),
        RegisteredRoute::new(routes!(pages::manager::page), page.audited("report.read")),
        RegisteredRoute::new(routes!(pages::manager::exports::days_csv), file.audited("report.export")),
        RegisteredRoute::new(routes!(pages::manager::exports::unmet_csv), file.audited("report.export")),
        #[cfg(feature = "xlsx")]
        RegisteredRoute::new(routes!(pages::manager::exports::unmet_xlsx), file.audited("report.export")),
        #[cfg(feature = "xlsx")]
        RegisteredRoute::new(routes!(pages::manager::exports::days_xlsx), file.audited("report.export")),
    ]
}

/// An answer as a workbook, and a file of questions with a workbook of answers.
#[cfg(feature = "xlsx")]
pub(crate) fn for_workbooks() -> Vec<RegisteredRoute> {
    use crate::serve::pages::batch_upload;
    use crate::serve::pages::batch_upload::table::LARGEST_FILE;

    let page = RoutePolicy::scoped(Scope::Pages, Person);
    let (form, button) = (page.with_body().work(Heavy), page.with_body().work(InParts));
    vec![
        RegisteredRoute::new(routes!(export::xlsx), form.audited("export")),
        RegisteredRoute::new(routes!(batch_upload::form), page),
        RegisteredRoute::new(routes!(batch_upload::example), page),
        RegisteredRoute::new(
            routes!(batch_upload::upload),
            page.body(RouteBody::Whole(LARGEST_FILE + LARGEST_BODY)).work(InParts).audited("match.batch"),
        ),
        RegisteredRoute::new(routes!(batch_upload::progress), page.work(InParts).audited("match.batch.read")),
        RegisteredRoute::new(routes!(batch_upload::download), button.audited("export")),
        RegisteredRoute::new(routes!(batch_upload::delete), page.with_body().audited("match.batch.delete")),
    ]
}

#[cfg(not(feature = "xlsx"))]
pub(crate) fn for_workbooks() -> Vec<RegisteredRoute> {
    Vec::new()
}
