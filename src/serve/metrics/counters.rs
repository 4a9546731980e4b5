//! Counts of events.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::hospital_id::HospitalId;
use crate::serve::answer_summary::{AnswerSummary, NoMatchReason, ReportOutcome};
use crate::serve::ehr_codes::UnreadKind;
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::problem::Problem;
use crate::serve::http::route::{Route, RouteMethod};

/// Labels: every value is a word of the program.
pub(crate) type Labels<const N: usize> = [(&'static str, &'static str); N];

/// The upper bounds of answer times, in seconds: from a cached answer to one that nobody waits for.
pub(crate) const SECONDS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// The routes of questions: for programs, and for people.
pub(crate) const QUESTIONS: [&str; 2] = ["/v1/matches", "/"];

/// The counts.
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
    unread_codes: Family<Labels<1>, Counter>,
    /// Of a server with several hospitals.
    of_hospital: Family<[(&'static str, String); 2], Counter>,
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
            unread_codes: Family::default(),
            of_hospital: Family::default(),
        };
        // What never happened is 0, not absent.
        metrics.tally(&AnswerSummary::default());
        for kind in UnreadKind::ALL {
            drop(metrics.unread_codes.get_or_create(&[("kind", kind.code())]));
        }
        metrics
    }
}

impl Metrics {
    /// Counts an answer to a request.
    pub(crate) fn answered(
        &self,
        route: Option<&'static Route>,
        method: &Method,
        status: StatusCode,
        took: Duration,
        told: Option<&AnswerMetadata>,
    ) {
        let path = ("route", route.map_or("none", |route| &route.path));
        let method = ("method", method_label(method));
        self.requests.get_or_create(&[path, method, ("status", class_of(status))]).inc();
        self.seconds.get_or_create(&[path, method]).observe(took.as_secs_f64());
        if route.is_some_and(|route| route.method == RouteMethod::Post && QUESTIONS.contains(&route.path.as_str())) {
            self.asked.inc();
        }
        if let Some(tally) = told.and_then(|told| told.tally) {
            self.tally(&tally);
        }
    }

    /// Counts one line of a batch, answered or not.
    pub fn line(&self, tally: Option<&AnswerSummary>) {
        self.asked.inc();
        if let Some(tally) = tally {
            self.tally(tally);
        }
    }

    fn tally(&self, tally: &AnswerSummary) {
        for (outcome, count) in ReportOutcome::ALL.into_iter().zip(tally.outcomes) {
            self.outcomes.get_or_create(&[("result", outcome.code())]).inc_by(count.into());
        }
        for (zero, count) in NoMatchReason::ALL.into_iter().zip(tally.zeros) {
            self.zeros.get_or_create(&[("reason", zero.code())]).inc_by(count.into());
        }
    }

    /// Counts a request that was rejected for `problem`.
    pub(crate) fn refused(&self, problem: &Problem) {
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

    /// Counts a generation that was loaded and is served.
    pub(crate) fn swapped(&self) {
        self.swaps.inc();
    }

    /// Counts a generation that should be served and cannot be.
    pub(crate) fn failed_to_load(&self) {
        self.failed_loads.inc();
    }

    /// Counts a loss of ledger entries that had been read.
    pub(crate) fn lost_entries(&self) {
        self.ledger_losses.inc();
    }

    /// Counts an answer for one of several hospitals.
    pub(crate) fn answered_for(&self, hospital: &HospitalId, status: StatusCode) {
        let labels = [("hospital", hospital.to_string()), ("status", class_of(status).to_owned())];
        self.of_hospital.get_or_create(&labels).inc();
    }

    /// Counts a code of an EHR that was not understood.
    pub(crate) fn not_understood(&self, kind: UnreadKind) {
        self.unread_codes.get_or_create(&[("kind", kind.code())]).inc();
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        let Self {
            requests,
            seconds,
            asked,
            outcomes,
            zeros,
            rate_limited,
            shed,
            swaps,
            failed_loads,
            ledger_losses,
            unread_codes,
            of_hospital,
        } = self;
        registry.register("http_requests", "Requests answered, by route, method and class of status", requests.clone());
        registry.register("http_request_duration_seconds", "How long answers took", seconds.clone());
        registry.register("questions", "Questions for matches, answered or not", asked.clone());
        registry.register("match_reports", "Reports given, one for each service asked for, by result", outcomes.clone());
        let help = "Reports without a provider that meets the requirements, by each kind of reason in them";
        registry.register("match_reports_without_meets", help, zeros.clone());
        registry.register("requests_rate_limited", "Requests answered with 429", rate_limited.clone());
        registry.register("requests_shed", "Requests answered with 503 because the server was busy", shed.clone());
        registry.register("directory_swaps", "Directories loaded and served", swaps.clone());
        registry.register("directory_load_failures", "Directories that should be served and cannot be", failed_loads.clone());
        registry.register(
            "ledger_losses",
            "Times the ledger was found to have lost entries that had been read",
            ledger_losses.clone(),
        );
        let help = "Codes of EHRs that were not understood, of orders and of payers; /ehr-codes lists them";
        registry.register("ehr_codes_not_understood", help, unread_codes.clone());
        let help = "Requests answered for each of several hospitals, by class of status";
        registry.register("hospital_requests", help, of_hospital.clone());
    }
}

/// The method as a label; unknown methods share one, since callers can make them up.
pub(crate) fn method_label(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

pub(crate) fn class_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}
