//! Figures of the running program, as Prometheus reads them. None of them holds anything that was asked.
//!
//! What happens is counted here as it does; what is a state, such as the age of the directory, is looked up when the figures are asked
//! for. Nothing is global: each [`App`] counts for itself.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::App;
use super::extract::Query;
use super::observe::Told;
use super::problem::Problem;
use super::surface::{Row, Verb};
use super::tally::{Outcome, Tally, Zero};

mod states;

/// Labels: every value is a word of the program's own.
type Labels<const N: usize> = [(&'static str, &'static str); N];

/// The upper ends of the times that answers take, in seconds: from an answer at hand to one nobody waits for.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Where a question is asked: by a program, and by a person.
const QUESTIONS: [&str; 2] = ["/v1/matches", "/"];

/// What is counted.
#[derive(Debug)]
pub struct Metrics {
    requests: Family<Labels<3>, Counter>,
    seconds: Family<Labels<2>, Histogram, fn() -> Histogram>,
    asked: Counter,
    outcomes: Family<Labels<1>, Counter>,
    zeros: Family<Labels<1>, Counter>,
    rate_limited: Counter,
    shed: Counter,
    swaps: Counter,
    failed_loads: Counter,
    ledger_losses: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            asked: Counter::default(),
            outcomes: Family::default(),
            zeros: Family::default(),
            rate_limited: Counter::default(),
            shed: Counter::default(),
            swaps: Counter::default(),
            failed_loads: Counter::default(),
            ledger_losses: Counter::default(),
        };
        // What never happened is 0, not unknown.
        metrics.tally(&Tally::default());
        metrics
    }
}

impl Metrics {
    /// A request was answered.
    pub(super) fn answered(
        &self,
        row: Option<&'static Row>,
        method: &Method,
        status: StatusCode,
        took: Duration,
        told: Option<&Told>,
    ) {
        let route = ("route", row.map_or("none", |row| row.path));
        let method = ("method", word_of(method));
        self.requests.get_or_create(&[route, method, ("status", class_of(status))]).inc();
        self.seconds.get_or_create(&[route, method]).observe(took.as_secs_f64());
        if row.is_some_and(|row| row.method == Verb::Post && QUESTIONS.contains(&row.path)) {
            self.asked.inc();
        }
        if let Some(tally) = told.and_then(|told| told.tally) {
            self.tally(&tally);
        }
    }

    /// One line of a batch was answered, or could not be.
    pub fn line(&self, tally: Option<&Tally>) {
        self.asked.inc();
        if let Some(tally) = tally {
            self.tally(tally);
        }
    }

    fn tally(&self, tally: &Tally) {
        for (outcome, count) in Outcome::ALL.into_iter().zip(tally.outcomes) {
            self.outcomes.get_or_create(&[("result", outcome.code())]).inc_by(count.into());
        }
        for (zero, count) in Zero::ALL.into_iter().zip(tally.zeros) {
            self.zeros.get_or_create(&[("reason", zero.code())]).inc_by(count.into());
        }
    }

    /// A request was not answered for `problem`.
    pub(super) fn refused(&self, problem: &Problem) {
        match problem {
            Problem::TooMany { .. } => {
                self.rate_limited.inc();
            }
            Problem::Busy => {
                self.shed.inc();
            }
            _ => {}
        }
    }

    /// A generation was loaded and is served.
    pub(super) fn swapped(&self) {
        self.swaps.inc();
    }

    /// A generation that should be served cannot be.
    pub(super) fn failed_to_load(&self) {
        self.failed_loads.inc();
    }

    /// The ledger has lost entries that had been read.
    pub(super) fn lost_entries(&self) {
        self.ledger_losses.inc();
    }

    fn register(&self, registry: &mut Registry) {
        let Self { requests, seconds, asked, outcomes, zeros, rate_limited, shed, swaps, failed_loads, ledger_losses } =
            self;
        registry.register("http_requests", "Requests answered, by route, method and class of status", requests.clone());
        registry.register("http_request_duration_seconds", "How long answers took", seconds.clone());
        registry.register("questions", "Questions for matches, whatever came of them", asked.clone());
        registry.register(
            "match_reports",
            "Reports given, one for each service asked for, by result",
            outcomes.clone(),
        );
        let help = "Reports in which nobody is ready, by each kind of reason that stands in them";
        registry.register("match_reports_without_ready", help, zeros.clone());
        registry.register("requests_rate_limited", "Requests answered with 429", rate_limited.clone());
        registry.register("requests_shed", "Requests answered with 503 for too much to do", shed.clone());
        registry.register("directory_swaps", "Directories loaded and served", swaps.clone());
        registry.register(
            "directory_load_failures",
            "Directories that should be served and cannot",
            failed_loads.clone(),
        );
        registry.register(
            "ledger_losses",
            "Times the ledger was found to have lost entries that had been read",
            ledger_losses.clone(),
        );
    }
}

/// The method as a label: what a caller made up is no label.
pub(super) fn word_of(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

fn class_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

/// Read the figures
///
/// What Prometheus reads: requests, matches, zero results by reason, the age of the directory and its sources, and more. None holds anything that was asked.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "metrics",
    tag = "operations",
    responses((status = 200, description = "The figures", body = String, content_type = "application/openmetrics-text")),
)]
pub(super) async fn page(State(app): State<Arc<App>>, _: Query<()>) -> Result<Response, Problem> {
    let mut registry = Registry::with_prefix("placement");
    app.metrics.register(&mut registry);
    states::register(&app, &mut registry);
    let mut text = String::with_capacity(64 * 1024);
    encode(&mut text, &registry).map_err(|error| {
        tracing::error!(%error, "the figures could not be written");
        Problem::Internal
    })?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, kind)], text).into_response())
}
