//! `GET /livez` and `/readyz`: for whoever keeps the program running.
//!
//! Old data makes neither fail: one bad upstream must not take every replica down. `/readyz?verbose` tells the ages instead, and what
//! should be served and is not, to who holds the scope `metrics`: it says something of the inside.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use serde::Serialize;
use utoipa::ToSchema;

use super::directory::age;
use super::extract::{Caller, Parameters, Query, wrong};
use super::follow::Standing;
use super::openapi::told::ReadyAnswer;
use super::openapi::words;
use super::problem::Problem;
use super::{App, auth, json_body, rendered};
use crate::access::Scope;
use crate::catalog::Unfit;
use crate::catalog::generation::{Manifest, SourceStatus};
use crate::discharge::FieldErrors;

/// Is the process alive?
///
/// For whoever restarts it when it is not.
#[utoipa::path(
    get,
    path = "/livez",
    operation_id = "alive",
    tag = "operations",
    responses((status = 200, description = "It is", body = Alive)),
)]
pub(super) async fn livez(_: Query<()>) -> Response {
    json_body(Bytes::from_static(b"{\"status\":\"alive\"}")).into_response()
}

/// Are questions answered?
///
/// They are once a directory is loaded. Old data does not make it fail: `?verbose` tells the ages, and what should be served and is not,
/// to who holds the scope `metrics`.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "ready",
    tag = "operations",
    params(("verbose" = Option<String>, Query, description = "Tell everything; takes no value.", max_length = 0)),
    responses(
        (status = 200, description = "They are", content_type = "application/json", body = ReadyAnswer),
        (status = 503, description = "They are not.", content_type = "application/json", body = ReadyInFull),
    ),
)]
pub(super) async fn readyz(
    State(app): State<Arc<App>>,
    Caller(caller): Caller,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    if asked.verbose {
        auth::holds(&caller, Scope::Metrics)?;
        return in_full(&app);
    }
    let catalog = app.catalog()?;
    let wire = Ready { status: "ready", generation: &catalog.manifest().generation };
    Ok(json_body(rendered(&wire)?).into_response())
}

/// The same status, and everything there is to know about the directory's age. Without one it is told what is in its way.
fn in_full(app: &App) -> Result<Response, Problem> {
    let (catalog, outlook, now) = (app.live.catalog(), app.catalog.outlook(), (app.now)());
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
    LedgerWire { ledger, ledger_sequence: app.told().sequence.0, ledger_failure }
}

/// How much is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    verbose: bool,
}

impl Parameters for Asked {
    const KNOWN: &'static [&'static str] = &["verbose"];

    fn read(value: impl Fn(&str) -> Option<String>, faults: &mut FieldErrors) -> Self {
        let verbose = value("verbose");
        if verbose.as_ref().is_some_and(|text| !text.is_empty()) {
            let hint = Some("ask for /readyz?verbose".to_owned());
            faults.push(wrong("?verbose", "not_a_value", "this parameter takes no value", hint));
        }
        Self { verbose: verbose.is_some() }
    }
}

/// That the process is alive.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Alive {
    /// Always `alive`.
    status: &'static str,
}

/// That questions are answered.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Ready<'a> {
    /// Always `ready`.
    status: &'static str,
    /// The generation served.
    generation: &'a str,
}

/// How it stands with the directory, its sources and the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReadyInFull<'a> {
    /// Whether questions are answered.
    #[schema(value_type = words::ReadyStatus)]
    status: &'static str,
    /// The directory served, where there is one.
    #[serde(flatten)]
    #[schema(value_type = ServedWire)]
    served: Option<ServedWire<'a>>,
    /// The generation being read at this moment.
    #[schema(required)]
    loading: Option<&'a str>,
    /// What should be served and cannot be.
    failed: Vec<UnfitWire<'a>>,
    #[serde(flatten)]
    ledger: LedgerWire,
}

/// How it stands with the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerStanding)]
struct LedgerWire {
    /// Whether it can be written and read.
    #[schema(value_type = words::LedgerStatus)]
    ledger: &'static str,
    /// How far what was told has been read; the same on every server that has read everything.
    ledger_sequence: i64,
    /// Why not; null once it could be done again.
    #[schema(required)]
    ledger_failure: Option<String>,
}

/// The directory served.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Served)]
struct ServedWire<'a> {
    /// The name of the generation; absent, as what follows, where none is served.
    #[schema(required = false)]
    generation: &'a str,
    /// When it was built.
    #[schema(required = false)]
    built_at: Timestamp,
    /// How long ago that is.
    #[schema(required = false)]
    age_seconds: i64,
    /// The invented sample.
    #[schema(required = false)]
    synthetic: bool,
    /// Why it was published whatever was found wrong with it.
    forced: Option<&'a str>,
    /// How old each of its sources is.
    #[schema(required = false)]
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

/// How old one source is.
#[derive(Debug, Serialize, ToSchema)]
struct SourceAge<'a> {
    /// The source in words.
    source: &'a str,
    /// Its file.
    file: &'a str,
    /// The day it speaks of; null where it carries none.
    #[schema(required)]
    as_of: Option<Date>,
    /// How old that is today.
    #[schema(required)]
    age_days: Option<i32>,
    /// What that age makes it.
    #[schema(value_type = words::AgeStatus)]
    status: &'static str,
}

impl<'a> SourceAge<'a> {
    fn new(source: &'a SourceStatus, today: Date) -> Self {
        let (age_days, status) = age(source, today);
        Self { source: &source.source, file: &source.file, as_of: source.as_of, age_days, status }
    }
}

/// A generation that cannot be served.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Unfit)]
struct UnfitWire<'a> {
    /// Its name, where that is known.
    #[schema(required)]
    generation: Option<&'a str>,
    /// Why not.
    cause: &'a str,
}

impl<'a> From<&'a Unfit> for UnfitWire<'a> {
    fn from(unfit: &'a Unfit) -> Self {
        Self { generation: unfit.generation.as_deref(), cause: &unfit.cause }
    }
}
