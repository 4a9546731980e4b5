//! The metrics that are states: looked up on request.

use std::collections::BTreeMap;

use jiff::Zoned;
use prometheus_client::encoding::EncodeGaugeValue;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Registry;

use crate::catalog::manifest::Manifest;
use crate::serve::http::listen::connections::CloseReason;
use crate::serve::json::directory::age;
use crate::serve::ledger_health::LedgerStatus;
use crate::serve::state::AppState;

/// A gauge for each of several owned words, such as the names of sources.
type LabelledGauge = Family<[(&'static str, String); 1], Gauge>;

/// Registers all current states.
pub(crate) fn register(app: &AppState, registry: &mut Registry) {
    let now = (app.now)();
    let build = Family::<[(&'static str, &'static str); 1], Gauge>::default();
    build.get_or_create(&[("version", env!("CARGO_PKG_VERSION"))]).set(1);
    registry.register("build_info", "The version of the program, as a label of 1", build);
    directory(app, &now, registry);
    answers(app, registry);
    ledger(app, registry);
    connections(app, registry);
}

fn gauge<N: EncodeGaugeValue + Copy + std::fmt::Debug + Send + Sync + 'static>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    value: N,
) {
    registry.register(name, help, ConstGauge::new(value));
}

fn directory(app: &AppState, now: &Zoned, registry: &mut Registry) {
    let catalog = app.live.catalog();
    gauge(
        registry,
        "ready",
        "1 while /readyz is 200: a directory is served and the server does not stop, else 0",
        i64::from(app.ready().is_ok()),
    );
    let failed = app.catalog.load_status().failed.len();
    gauge(registry, "directories_failed", "Directories that currently should be served and cannot be", failed);
    let storage = app.storage.get();
    if storage.address.is_some() {
        let failing = i64::from(storage.failure.is_some());
        gauge(registry, "directory_storage_failing", "1 if the last attempt to read object storage failed, else 0", failing);
        let is_behind = app.has_older_than_published();
        let help = "1 while another directory is current in object storage than the one being served, else 0";
        gauge(registry, "directory_generation_skew", help, i64::from(is_behind));
    }
    let Some(catalog) = catalog else { return };
    let manifest = catalog.manifest();
    let generation = Family::<[(&'static str, String); 2], Gauge>::default();
    let labels = [("generation", manifest.generation.clone()), ("synthetic", manifest.synthetic.to_string())];
    generation.get_or_create(&labels).set(1);
    registry.register("directory_info", "The directory being served, as labels of 1", generation);
    let seconds = now.timestamp().duration_since(manifest.built_at).as_secs().max(0);
    gauge(registry, "directory_age_seconds", "Time since the directory was built", seconds);
    gauge(registry, "directory_providers", "Providers in the directory", manifest.providers);
    registry.register("source_age_days", "Days since the date of a source's data", ages(manifest, now));
}

/// The age of each source with a date; for several files of one source, that of the oldest.
fn ages(manifest: &Manifest, now: &Zoned) -> LabelledGauge {
    let mut ages: BTreeMap<&str, i32> = BTreeMap::new();
    for source in &manifest.sources {
        if let (Some(days), _) = age(source, now.date()) {
            let oldest = ages.entry(&source.source).or_insert(days);
            *oldest = days.max(*oldest);
        }
    }
    let family = LabelledGauge::default();
    for (source, days) in ages {
        family.get_or_create(&[("source", source.to_owned())]).set(days.into());
    }
    family
}

fn answers(app: &AppState, registry: &mut Registry) {
    let served = app.answers.served();
    registry.register("answer_cache_hits", "Questions answered from memory", ConstCounter::new(served.hits));
    registry.register("answer_cache_misses", "Questions that had to be ranked", ConstCounter::new(served.misses));
    gauge(registry, "answer_cache_entries", "Answers kept in memory", served.entries);
    gauge(registry, "answer_cache_bytes", "Memory of the cached answers", served.bytes);
}

fn ledger(app: &AppState, registry: &mut Registry) {
    let standing = app.ledger_standing();
    let open = !matches!(standing, LedgerStatus::NotOpen(_));
    gauge(registry, "ledger_open", "1 if there is a ledger and it could be opened, else 0", i64::from(open));
    let failing = matches!(standing, LedgerStatus::Failing(_));
    gauge(
        registry,
        "ledger_failing",
        "1 if the ledger could not be read or written at the last attempt, or has lost entries within a day",
        i64::from(failing),
    );
    let sequence = app.ledger_state().sequence.0;
    gauge(registry, "ledger_sequence", "Sequence number of the last ledger entry known here", sequence);
}

fn connections(app: &AppState, registry: &mut Registry) {
    gauge(registry, "connections_open", "Connections open", app.connections.open());
    let cut = Family::<[(&'static str, &'static str); 1], Counter>::default();
    for why in CloseReason::ALL {
        cut.get_or_create(&[("reason", why.code())]).inc_by(app.connections.closed_count(why));
    }
    registry.register("connections_cut", "Connections closed by the program, by reason", cut);
    let end = app.certificate.as_ref().and_then(|certificate| certificate.expires_at());
    if let Some(end) = end {
        gauge(registry, "certificate_end_timestamp_seconds", "When the certificate expires", end.as_second());
    }
}
