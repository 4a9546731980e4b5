//! The HTTP server: routes for programs (`/v1`, FHIR, CDS Hooks) and pages for people. [`router`]
//! builds the routes; [`run`] serves them on a socket.
//!
//! A handler converts the request, calls one function and converts the result. Matching takes less
//! than a millisecond and runs on the request's thread; longer work, as marked in [`routes`], runs
//! in the pool of [`http::work_pool`].

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::serve::http::listen;
use crate::serve::http::listen::ServerListener;
use crate::serve::http::registered_route::build_router;
use crate::serve::state::AppState;

pub(crate) mod answer_cache;
pub(crate) mod answer_summary;
pub(crate) mod api;
pub(crate) mod audit_log;
pub(crate) mod avoidable_days;
#[cfg(feature = "xlsx")]
pub(crate) mod batch_jobs;
pub(crate) mod board;
pub(crate) mod card_links;
pub(crate) mod cds_hooks;
pub(crate) mod choice_lists;
pub(crate) mod counted_write;
#[cfg(feature = "object-storage")]
pub(crate) mod directory_pull;
pub mod ehr_codes;
#[cfg(feature = "fhir")]
pub(crate) mod fhir;
pub(crate) mod gap_packets;
pub mod hospital_place;
pub mod hospital_sites;
pub mod http;
pub(crate) mod invite_records;
pub mod json;
pub(crate) mod kept_pages;
pub(crate) mod ledger_health;
pub mod ledger_sync;
pub(crate) mod list_page;
pub(crate) mod lists_made;
pub(crate) mod metrics;
pub(crate) mod near_paths;
pub(crate) mod observation_records;
pub mod openapi;
pub(crate) mod own_address;
pub(crate) mod page_store;
pub mod pages;
pub(crate) mod payer_updates;
pub(crate) mod priority;
pub(crate) mod random_bytes;
pub(crate) mod referral_records;
pub(crate) mod referral_streams;
pub mod reload;
pub(crate) mod retention;
pub mod routes;
pub(crate) mod saved_answer;
pub(crate) mod service_plans;
#[cfg(feature = "otlp")]
pub(crate) mod spans;
pub mod state;
pub(crate) mod storage_status;
pub(crate) mod stream_slots;
pub(crate) mod teaching_sheets;
pub mod unmet_needs;

/// Builds the router with every route. Serves the loaded generation, if there is one.
pub fn router(app: Arc<AppState>) -> Router {
    app.serve_newest();
    build_router(&app, &routes::ROUTES, routes::LOOKUP).with_state(app)
}

/// Serves `app` on `listener` until SIGTERM or SIGINT, then goes on for `drain_seconds` without being ready, and lets requests in
/// progress finish.
///
/// The ledger is read first, if it can be. Connections are accepted at once; until the first
/// generation is loaded, a moment later, questions are answered with 503.
pub async fn run(app: AppState, listener: TcpListener) {
    let app = Arc::new(app);
    let router = router(Arc::clone(&app));
    quiet_panics();
    ledger_sync::load_initial(&app).await;
    tokio::task::spawn_blocking(pages::map::prepare);
    let watching = tokio::spawn(reload::watch(Arc::clone(&app)));
    #[cfg(feature = "object-storage")]
    let pulling = app.bucket.clone().map(|bucket| tokio::spawn(directory_pull::pull(Arc::clone(&app), bucket)));
    let following = tokio::spawn(ledger_sync::follow_ledger(Arc::clone(&app)));
    let retaining = tokio::spawn(retention::keep(Arc::clone(&app)));
    let turning = tokio::spawn(reload::turn_days(Arc::clone(&app)));
    let door = ServerListener { listener, connections: Arc::clone(&app.connections), certificate: app.certificate.clone() };
    let (stopping, stop) = (Arc::clone(&app), told_to_stop());
    let keeping = tokio::spawn(async move { app.tokens.keep().await });
    let stop = async move {
        stop.await;
        stopping.is_stopping.store(true, Ordering::Relaxed);
        // A stream would keep its connection open until the drain gives up.
        stopping.streams.end_all();
        // A proxy that looks at `/readyz` has stopped sending requests when this ends.
        tokio::time::sleep(Duration::from_secs(stopping.edge.drain_seconds.into())).await;
    };
    listen::serve(door, router, stop).await;
    keeping.abort();
    turning.abort();
    following.abort();
    retaining.abort();
    watching.abort();
    #[cfg(feature = "object-storage")]
    pulling.iter().for_each(tokio::task::JoinHandle::abort);
}

/// The address of a listener, for the startup message.
pub fn address_of(listener: &TcpListener) -> Option<SocketAddr> {
    listener.local_addr().ok()
}

/// Completes on SIGTERM or SIGINT. The call itself installs the signal handlers, not the first
/// poll.
fn told_to_stop() -> impl Future<Output = ()> {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async {
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else { return std::future::pending().await };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stop signal received; finishing requests in progress");
    }
}

/// The message of a panic may quote user input, so only its location is logged.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a request handler panicked");
    }));
}
