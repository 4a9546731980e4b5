//! Answers over HTTP, to programs and to people. [`router`] has every route; [`run`] puts them on a socket.
//!
//! A handler converts, calls one function and converts back. Matching takes less than a millisecond and runs where the request is; what
//! takes longer, as [`routes`] says, runs in the pool of [`http::work_pool`].

use std::net::SocketAddr;
use std::sync::Arc;

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
pub(crate) mod cds_hooks;
pub(crate) mod choice_lists;
#[cfg(feature = "fhir")]
pub(crate) mod fhir;
pub mod http;
pub mod json;
pub(crate) mod ledger_health;
pub mod ledger_sync;
pub(crate) mod metrics;
pub mod openapi;
pub mod pages;
pub(crate) mod priority;
pub mod reload;
pub(crate) mod retention;
pub mod routes;
#[cfg(feature = "otlp")]
pub(crate) mod spans;
pub mod state;

/// Every route, over the generation that is loaded, if one is.
pub fn router(app: Arc<AppState>) -> Router {
    app.serve_newest();
    build_router(&app, &routes::ROUTES, routes::find_route).with_state(app)
}

/// Serves `app` on `listener` until the process is told to stop by SIGTERM or SIGINT, then lets requests under way finish.
///
/// What was told to the ledger is read first, if it can be. Connections are taken at once; until the first generation is loaded, a moment later, questions are told so with 503.
pub async fn run(app: AppState, listener: TcpListener) {
    let app = Arc::new(app);
    let router = router(Arc::clone(&app));
    quiet_panics();
    ledger_sync::load_initial(&app).await;
    let watching = tokio::spawn(reload::watch(Arc::clone(&app)));
    let following = tokio::spawn(ledger_sync::follow_ledger(Arc::clone(&app)));
    let retaining = tokio::spawn(retention::keep(Arc::clone(&app)));
    let turning = tokio::spawn(reload::turn_days(Arc::clone(&app)));
    let door = ServerListener { listener, connections: Arc::clone(&app.connections), certificate: app.certificate.clone() };
    let keeping = tokio::spawn(async move { app.tokens.keep().await });
    listen::serve(door, router, told_to_stop()).await;
    keeping.abort();
    turning.abort();
    following.abort();
    retaining.abort();
    watching.abort();
}

/// The address a listener has, for the line that says where to ask.
pub fn address_of(listener: &TcpListener) -> Option<SocketAddr> {
    listener.local_addr().ok()
}

/// Ends when the process is told to stop; it listens from the moment this is called, and not only once it is waited for.
fn told_to_stop() -> impl Future<Output = ()> {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async {
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else { return std::future::pending().await };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop; requests under way finish first");
    }
}

/// The message of a panic may quote what was typed, so only its place is logged.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a request failed inside");
    }));
}
