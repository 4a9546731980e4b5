//! The sources of the directory, and the changes of the last refresh.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Zoned;

use crate::catalog::LoadStatus;
use crate::catalog::manifest::{Manifest, SourceStatus};
use crate::run_report::running::running;
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::json::directory::age as source_age;
use crate::serve::pages::directory::last_refresh::LastRefresh;
use crate::serve::pages::directory::payers::PayerDirectories;
use crate::serve::pages::directory::running_refresh::RunningView;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection, age, hours_old};
use crate::serve::state::AppState;
use crate::service::Service;
use crate::text::us_date::{us_date, us_time};

pub(crate) mod last_refresh;
pub(crate) mod payers;
pub(crate) mod report;
pub(crate) mod running_refresh;

#[derive(Debug, Template)]
#[template(path = "directory.html", config = "src/serve/askama.toml")]
struct DirectoryPage {
    frame: PageFrame,
    served: Option<ServedView>,
    /// Directories that should be in use and are not, one sentence each.
    unserved: Vec<String>,
    /// The refresh that is running, or that ended without finishing.
    running: Option<RunningView>,
    night: LastRefresh,
}

/// The directory in use.
#[derive(Debug)]
struct ServedView {
    generation: String,
    built: String,
    old: String,
    /// Why it was published despite failed checks.
    forced: Option<String>,
    providers: u32,
    networks: u32,
    /// Services with the number of providers of each.
    services: Vec<(&'static str, u32)>,
    payers: PayerDirectories,
    sources: Vec<SourceView>,
}

/// A source file.
#[derive(Debug)]
struct SourceView {
    name: String,
    file: String,
    as_of: String,
    old: String,
    /// The class, sign and word of its status.
    state: (&'static str, &'static str, &'static str),
    rows: u64,
    rejected: u64,
    faulty: u64,
}

/// The sources of the directory, and the changes of the last refresh
#[utoipa::path(get, path = "/directory", operation_id = "page_directory")]
pub(crate) async fn page(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    // The page also works without a directory: that is when it is needed most.
    let (catalog, now) = (app.live.catalog(), (app.now)());
    let told = tokio::task::spawn_blocking({
        let index = app.catalog.index().to_owned();
        move || (report::last(&index), running(&index))
    });
    let (told, running) = told.await.map_err(|_| Problem::Internal)?;
    let served = catalog.as_deref().map(|catalog| ServedView::new(catalog.manifest(), &now));
    let serving = served.as_ref().map(|served| served.generation.as_str());
    let status = if served.is_some() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let page = DirectoryPage {
        frame: PageFrame::new(&app, catalog.as_deref(), SiteSection::Directory, "Directory"),
        unserved: unserved(&app.catalog.load_status()),
        running: RunningView::new(running, &now),
        night: LastRefresh::new(told, serving, &now),
        served,
    };
    html(status, &page, Sensitivity::Nothing)
}

impl ServedView {
    fn new(manifest: &Manifest, now: &Zoned) -> Self {
        let services = Service::ALL
            .into_iter()
            .map(|service| (service.label(), manifest.lines.get(service.code()).copied().unwrap_or_default()));
        let mut sources: Vec<SourceView> = manifest.sources.iter().map(|source| SourceView::new(source, now)).collect();
        sources.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.file.cmp(&b.file)));
        Self {
            generation: manifest.generation.clone(),
            built: us_time(manifest.built_at, now),
            old: age(hours_old(manifest, now)),
            forced: manifest.forced.clone(),
            providers: manifest.providers,
            networks: manifest.networks,
            services: services.collect(),
            payers: PayerDirectories::of(&manifest.sources),
            sources,
        }
    }
}

impl SourceView {
    fn new(source: &SourceStatus, now: &Zoned) -> Self {
        let (days, status) = source_age(source, now.date());
        Self {
            name: source.source.clone(),
            file: source.file.clone(),
            as_of: source.as_of.map_or_else(|| "no date".to_owned(), us_date),
            old: days.map(days_old).unwrap_or_default(),
            state: match status {
                "current" => ("yes", "✓", "Current"),
                "old" => ("no", "!", "Old"),
                _ => ("unknown", "?", "Undated"),
            },
            rows: source.rows,
            rejected: source.rejected,
            faulty: source.faulty,
        }
    }
}

fn days_old(days: i32) -> String {
    match days {
        ..0 => "in the future".to_owned(),
        0 => "today".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

fn unserved(outlook: &LoadStatus) -> Vec<String> {
    let loading = outlook.loading.iter().map(|generation| format!("{generation} is loading."));
    let failed = outlook.failed.iter().map(|unfit| match &unfit.generation {
        Some(generation) => format!("{generation} cannot be loaded: {}.", unfit.cause),
        None => format!("The current directory cannot be determined: {}.", unfit.cause),
    });
    failed.chain(loading).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::FailedGeneration;

    #[test]
    fn directories_not_in_use_are_reported() {
        let unfit = |generation: Option<&str>| FailedGeneration {
            generation: generation.map(str::to_owned),
            cause: "bad".to_owned(),
        };
        let mut outlook = LoadStatus::default();
        outlook.loading = Some("B".to_owned());
        outlook.failed = vec![unfit(Some("A")), unfit(None)];
        assert_eq!(unserved(&outlook).len(), 3);
        assert_eq!(unserved(&outlook)[0], "A cannot be loaded: bad.");
        assert_eq!(unserved(&LoadStatus::default()), Vec::<String>::new());
    }
}
