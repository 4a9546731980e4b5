//! `serve` and `demo`: start the server.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueHint;
use jiff::{Timestamp, Zoned};
use serde_json::json;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::catalog::SharedCatalog;
use crate::cli::bucket;
use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::hospital_files::read_hospitals;
use crate::cli::sample_index::SampleIndex;
use crate::cli::story::DemoStory;
use crate::cli::table;
use crate::cli::text_output::{TextOutput, print_stderr};
use crate::config::server::ServerConfig;
use crate::config::{Config, LedgerLocation, ListenAddress, LogLevel};
use crate::hospital::Hospital;
use crate::hospital::recognition::{HospitalLookup, USUAL_CLAIM};
use crate::ledger::lazy::LazyLedger;
use crate::ledger::{Ledger, connect};
use crate::overlay::LiveDirectory;
use crate::serve::choice_lists::logos_not_printed;
use crate::serve::http::auth::settings::{AccessConfigError, AccessGuards, guard};
use crate::serve::http::daily_limits::DailyLimits;
use crate::serve::http::listen::certificate::Certificate;
use crate::serve::http::listen::connections::ConnectionTable;
use crate::serve::http::listen::{allow_descriptors, bind};
use crate::serve::http::throttle::Throttle;
use crate::serve::{address_of, run};
use crate::{query, regular_file};

#[cfg(feature = "otlp")]
use crate::serve::spans::RequestTracer;
use crate::serve::state::AppState;

/// `placement serve`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ServeArgs {
    /// Address and port; other than loopback needs authentication and TLS in the settings [default:
    /// 127.0.0.1:8080]
    #[arg(long, env = "PLACEMENT_LISTEN", value_name = "ADDR")]
    pub listen: Option<ListenAddress>,
    /// Serve the built-in sample instead of the published directory; choice lists are deleted on
    /// exit
    #[arg(long)]
    sample: bool,
    /// TOML file about the hospital, or a folder with one for each hospital; placement template hospital prints one
    #[arg(long, env = "PLACEMENT_HOSPITAL", value_name = "PATH")]
    hospital: Option<PathBuf>,
    /// Ledger of choice lists, statements, outcomes and keys: a file, or postgres://… [default:
    /// DATA/ledger.sqlite]
    #[arg(long, env = "PLACEMENT_LEDGER", value_name = "WHERE", hide_env_values = true, value_hint = ValueHint::AnyPath)]
    ledger: Option<LedgerLocation>,
}

impl ServeArgs {
    /// Serves until a signal stops it.
    ///
    /// # Errors
    /// `hospital.toml` or the settings are invalid, or the program cannot listen on the address.
    pub(crate) fn run(&self, config: &Config) -> Result<(), CommandFailure> {
        let named = self.hospital.as_ref().or(config.hospital.as_ref());
        let hospitals = named.map(|path| read_hospitals(path)).transpose()?.unwrap_or_default();
        let sample = if self.sample { Some(SampleIndex::build()?) } else { None };
        let index = sample.as_ref().map_or_else(|| config.index.clone(), SampleIndex::index);
        let usual = sample.as_ref().map_or_else(|| config.ledger.clone(), |sample| LedgerLocation::File(sample.ledger()));
        let ledger = self.ledger.clone().unwrap_or(usual);
        // The sample is a folder of its own.
        let config = Config { bucket: config.bucket.clone().filter(|_| sample.is_none()), ..config.clone() };
        serve(&config, &index, &ledger, hospitals)
    }
}

/// `placement demo`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DemoArgs {
    /// Address and port; loopback only [default: 127.0.0.1:8080]
    #[arg(long, env = "PLACEMENT_LISTEN", value_name = "ADDR")]
    pub listen: Option<ListenAddress>,
    /// Print the worked match and exit
    #[arg(long)]
    once: bool,
    /// Print a story and exit: several services for one patient, who may pay, and a worksheet
    #[arg(long, value_name = "STORY", conflicts_with = "once")]
    story: Option<DemoStory>,
}

impl DemoArgs {
    /// Builds the sample directory, answers one question, then serves until a signal stops it.
    ///
    /// # Errors
    /// The folder for temporary files cannot be written, or the program cannot listen on the
    /// address.
    pub(crate) fn run(&self, config: &Config) -> Result<(), CommandFailure> {
        let sample = SampleIndex::build()?;
        if let Some(story) = self.story {
            let served = LiveDirectory::new(Arc::new(sample.open()?), &Arc::default(), Zoned::now().date());
            return story.told(&served)?.print();
        }
        worked_match(&sample, config.listen)?.print()?;
        if self.once {
            return Ok(());
        }
        // The temporary ledger has no API keys, so authentication is off.
        let open = Config { edge: ServerConfig::default(), bucket: None, ..config.clone() };
        serve(&open, &sample.index(), &LedgerLocation::File(sample.ledger()), Vec::new())
    }
}

/// The question of `demo`: a nursing facility for a patient on a ventilator, with a plan of the
/// sample. Its answer has a row of every tier.
fn demo_question() -> serde_json::Value {
    json!({
        "service": "skilled_nursing",
        "near": {"zip": "64108"},
        "within_miles": 15,
        "coverage": {"plan": "Larkwater Choice HMO"},
        "needs": ["resp.vent"],
        "limit": 8
    })
}

fn worked_match(sample: &SampleIndex, listen: SocketAddr) -> Result<TextOutput, CommandFailure> {
    let catalog = sample.open()?;
    let raw = demo_question();
    let read = query::read(&catalog, &raw, Zoned::now().date());
    let (question, remarks) = read.map_err(|_| CommandFailure::new(ExitStatus::Failed, "the demo question is invalid"))?;
    let served = LiveDirectory::without_statements(Arc::new(catalog));
    let reports = query::reports(&served, &question, &remarks);
    let mut page = table::reports(&reports, question.bundle, served.base().manifest(), Timestamp::now());
    page.heading("Try It While the Server Runs");
    page.line(&format!("  curl --json '{raw}' http://{listen}/v1/matches"));
    Ok(page)
}

fn serve(config: &Config, index: &Path, ledger_at: &LedgerLocation, hospitals: Vec<Hospital>) -> Result<(), CommandFailure> {
    start_log(config.log);
    connect::check(ledger_at)?;
    if let Some(file) = config.file.as_ref().filter(|_| config.ledger.has_password()) {
        regular_file::tell_readers(file, "the password of the ledger's database");
    }
    let certificate = config.edge.tls.as_ref().map(Certificate::load).transpose();
    let guarded = guard(&config.edge, config.listen).map_err(|AccessConfigError(mut faults)| {
        faults.extend(certificate.as_ref().err().map(ToString::to_string));
        AccessConfigError(faults)
    });
    let (AccessGuards { tokens, sign_in, ehrs }, certificate) = (guarded?, certificate?);
    let claim = config.edge.access.as_ref().and_then(|access| access.hospital_claim.as_deref());
    let lookup = Arc::new(HospitalLookup::new(&hospitals, claim.unwrap_or(USUAL_CLAIM)));
    let (tokens, sign_in) = if hospitals.len() > 1 {
        (tokens.of_hospitals(Arc::clone(&lookup)), sign_in.map(|sign_in| sign_in.of_hospitals(Arc::clone(&lookup))))
    } else {
        (tokens, sign_in)
    };
    #[cfg(feature = "object-storage")]
    let bucket = bucket::open(config)?;
    #[cfg(not(feature = "object-storage"))]
    bucket::open(config)?;
    allow_descriptors(config.edge.limits.connections.get());
    let scheme = if certificate.is_some() { "https" } else { "http" };
    #[cfg(feature = "otlp")]
    let spans =
        RequestTracer::from_environment().map_err(|error| CommandFailure::new(ExitStatus::Config, error.to_string()))?;
    let app = AppState {
        #[cfg(feature = "otlp")]
        spans: spans.clone(),
        #[cfg(feature = "object-storage")]
        bucket,
        tokens: Arc::new(tokens),
        sign_in: sign_in.map(Arc::new),
        ehrs: Arc::new(ehrs),
        edge: config.edge.clone(),
        keep_lists_days: config.keep_lists_days,
        limits: Arc::new(Throttle::new(&config.edge.limits)),
        daily: Arc::new(DailyLimits::new(&config.edge.limits)),
        connections: Arc::new(ConnectionTable::new(&config.edge)),
        certificate: certificate.map(Arc::new),
        ..AppState::new(SharedCatalog::new(index))
    };
    if app.edge.access.is_some() && app.edge.public_url.is_none() {
        tracing::warn!(
            "public_url is not set: links to answer and update pages, and the addresses in FHIR and CDS Hooks answers, take the \
             host that each request names; set it to the address that clients use"
        );
    }
    let failed = |error: std::io::Error| CommandFailure::from_io("the server's threads", &error);
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let served = threads.block_on(async {
        let listener: TcpListener = bind(config.listen).await?;
        if let Some(address) = address_of(&listener) {
            print_stderr(&format!("listening on {scheme}://{address}; press Ctrl-C to stop"));
        }
        // The ledger opens in the background: without it only choice lists fail, so a full disk
        // does not stop searches.
        let ledger: Arc<dyn Ledger> = Arc::new(LazyLedger::new(ledger_at.clone()));
        let app = AppState { ledger: Some(Arc::clone(&ledger)), ..app };
        let app = app.for_hospitals(hospitals, lookup);
        for (hospital, reason) in logos_not_printed(&app) {
            tracing::warn!(%hospital, reason, "the hospital's logo is shown on pages, and not in the PDF of a choice list");
        }
        run(app, listener).await;
        ledger.close().await;
        Ok(())
    });
    #[cfg(feature = "otlp")]
    spans.iter().for_each(RequestTracer::end);
    served
}

/// Starts the log on standard error: text on a terminal, otherwise JSON.
pub(crate) fn start_log(level: LogLevel) {
    let level = match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    };
    // Libraries log warnings only: at lower levels they may quote a request. The audit log is
    // always on. `sqlx_postgres` is off for options because it logs lines of the password file and
    // parts of the database address.
    let filter = EnvFilter::new(format!("warn,sqlx_postgres::options=off,audit=info,placement={level}"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second call in one process, as in tests, keeps the first log.
    let _ = if std::io::stderr().is_terminal() { log.try_init() } else { log.json().flatten_event(true).try_init() };
}
