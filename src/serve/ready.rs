//! `GET /livez` and `/readyz`: for whoever keeps the program running.
//!
//! Old data makes neither fail: one bad upstream must not take every replica down. `/readyz?verbose` tells the ages instead, and what
//! should be served and is not.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use serde::Serialize;

use super::directory::age;
use super::extract::{Parameters, Query, wrong};
use super::follow::Standing;
use super::problem::Problem;
use super::{App, json_body, rendered};
use crate::catalog::Unfit;
use crate::catalog::generation::{Manifest, SourceStatus};
use crate::discharge::FieldError;

/// The process is alive.
pub(super) async fn livez(_: Query<()>) -> Response {
    json_body(Bytes::from_static(b"{\"status\":\"alive\"}")).into_response()
}

/// A directory is loaded.
pub(super) async fn readyz(State(app): State<Arc<App>>, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    if asked.verbose {
        return in_full(&app);
    }
    let catalog = app.catalog()?;
    let wire = Ready { status: "ready", generation: &catalog.manifest().generation };
    Ok(json_body(rendered(&wire)?).into_response())
}

/// The same status, and everything there is to know about the directory's age. Without one it is told what is in its way.
fn in_full(app: &App) -> Result<Response, Problem> {
    let (catalog, outlook, now) = (app.catalog.current(), app.catalog.outlook(), (app.now)());
    let served = catalog.as_ref().map(|catalog| ServedWire::new(catalog.manifest(), &now));
    let (status, code) = match served {
        Some(_) => ("ready", StatusCode::OK),
        None => ("no_directory", StatusCode::SERVICE_UNAVAILABLE),
    };
    let failed = outlook.failed.iter().map(UnfitWire::from).collect();
    let ledger = ledger(app);
    let loading = outlook.loading.as_deref();
    let wire = ReadyInFull { status, served, loading, failed, ledger };
    let mut response = json_body(rendered(&wire)?).into_response();
    *response.status_mut() = code;
    Ok(response)
}

/// How it stands with the ledger, and what is wrong with it.
fn ledger(app: &App) -> LedgerWire {
    let (ledger, ledger_failure) = match app.ledger_standing() {
        Standing::NotOpen(why) => ("not_open", why),
        Standing::Failing(why) => ("failing", Some(why)),
        Standing::Open => ("open", None),
    };
    LedgerWire { ledger, ledger_sequence: app.told.load().sequence.0, ledger_failure }
}

/// How much is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    verbose: bool,
}

impl Parameters for Asked {
    const KNOWN: &'static [&'static str] = &["verbose"];

    fn read(value: impl Fn(&str) -> Option<String>, faults: &mut Vec<FieldError>) -> Self {
        let verbose = value("verbose");
        if verbose.as_ref().is_some_and(|text| !text.is_empty()) {
            let hint = Some("ask for /readyz?verbose".to_owned());
            faults.push(wrong("?verbose", "not_a_value", "this parameter takes no value", hint));
        }
        Self { verbose: verbose.is_some() }
    }
}

#[derive(Debug, Serialize)]
struct Ready<'a> {
    status: &'static str,
    generation: &'a str,
}

#[derive(Debug, Serialize)]
struct ReadyInFull<'a> {
    status: &'static str,
    #[serde(flatten)]
    served: Option<ServedWire<'a>>,
    loading: Option<&'a str>,
    failed: Vec<UnfitWire<'a>>,
    #[serde(flatten)]
    ledger: LedgerWire,
}

#[derive(Debug, Serialize)]
struct LedgerWire {
    /// Whether it can be written and read: `open`, `failing` or `not_open`.
    ledger: &'static str,
    /// How far what was told has been read; the same on every server that has read everything.
    ledger_sequence: i64,
    /// Why not; nothing once it could be done again.
    ledger_failure: Option<String>,
}

#[derive(Debug, Serialize)]
struct ServedWire<'a> {
    generation: &'a str,
    built_at: Timestamp,
    age_seconds: i64,
    synthetic: bool,
    forced: Option<&'a str>,
    sources: Vec<SourceAge<'a>>,
}

impl<'a> ServedWire<'a> {
    fn new(manifest: &'a Manifest, now: &Zoned) -> Self {
        Self {
            generation: &manifest.generation,
            built_at: manifest.built_at,
            age_seconds: now.timestamp().duration_since(manifest.built_at).as_secs().max(0),
            synthetic: manifest.synthetic,
            forced: manifest.forced.as_deref(),
            sources: manifest.sources.iter().map(|source| SourceAge::new(source, now.date())).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct SourceAge<'a> {
    source: &'a str,
    file: &'a str,
    as_of: Option<Date>,
    age_days: Option<i32>,
    status: &'static str,
}

impl<'a> SourceAge<'a> {
    fn new(source: &'a SourceStatus, today: Date) -> Self {
        let (age_days, status) = age(source, today);
        Self { source: &source.source, file: &source.file, as_of: source.as_of, age_days, status }
    }
}

#[derive(Debug, Serialize)]
struct UnfitWire<'a> {
    generation: Option<&'a str>,
    cause: &'a str,
}

impl<'a> From<&'a Unfit> for UnfitWire<'a> {
    fn from(unfit: &'a Unfit) -> Self {
        Self { generation: unfit.generation.as_deref(), cause: &unfit.cause }
    }
}
