//! Answers over HTTP, to programs and to people. [`router`] has every route; [`run`] puts them on a socket.
//!
//! A handler converts, calls one function and converts back. Matching takes less than a millisecond and runs where the request is; what
//! takes longer, as [`http::routes::TABLE`] says, runs in the pool of [`http::work_pool`].

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use crate::serve::api::{batch, lookup, matches, outcomes, ready, statements};
use crate::serve::http::listen::ServerListener;
use crate::serve::http::problem::Problem;
use crate::serve::http::route_builder::{RouteBuilder, RouteTableMismatch};
use crate::serve::http::{extract, listen, middleware};
use crate::serve::state::AppState;

pub(crate) mod answer_cache;
pub(crate) mod answer_summary;
pub(crate) mod api;
pub(crate) mod cds_hooks;
pub(crate) mod choice_lists;
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
#[cfg(feature = "otlp")]
pub(crate) mod spans;
pub mod state;

/// Every route, over the generation that is loaded, if one is.
///
/// # Errors
/// A route has no row in [`http::routes::TABLE`], or a row no route.
pub fn router(app: Arc<AppState>) -> Result<Router, RouteTableMismatch> {
    app.serve_newest();
    let routes = RouteBuilder::new()
        // Questions: what a ward asks stands in the body, never in the URL.
        .post("/v1/matches", matches::matches)
        .post("/v1/matches:batch", batch::matches)
        .post("/v1/explain", matches::explain)
        // The list a patient is given, and the same again by the id on its paper.
        .post("/v1/choice-lists", choice_lists::create)
        .get("/v1/choice-lists/{id}", choice_lists::again)
        // The directory: who is in it, and what it was made from.
        .get("/v1/providers", lookup::providers)
        .get("/v1/providers/{id}", lookup::provider)
        .get("/v1/directory", lookup::directory)
        // The words a question may use.
        .get("/v1/services", lookup::services)
        .get("/v1/needs", lookup::needs)
        .get("/v1/networks", lookup::networks)
        .get("/v1/plans", lookup::plans)
        // What is told between nights.
        .get("/v1/providers/{id}/availability", statements::availability)
        .put("/v1/providers/{id}/availability", statements::set_availability)
        .get("/v1/providers/{id}/statements", statements::statements)
        .put("/v1/providers/{id}/statements", statements::set_statements)
        .post("/v1/outcomes", outcomes::report)
        // The EHR's door.
        .get("/cds-services", cds_hooks::services)
        .post("/cds-services/placement", cds_hooks::card)
        .post("/cds-services/placement/feedback", cds_hooks::feedback)
        // The directory as FHIR.
        .get("/fhir/metadata", fhir::capabilities)
        .get("/fhir/{type}", fhir::search)
        .get("/fhir/{type}/{id}", fhir::read)
        // The document.
        .get("/openapi.json", openapi::document)
        .get("/docs", openapi::docs)
        // For whoever keeps the program running.
        .get("/livez", ready::livez)
        .get("/readyz", ready::readyz)
        .get("/metrics", metrics::page);
    // For people, in a browser.
    let routes = pages::routes(routes)
        .finish()?
        .fallback(|| async { Problem::NoSuchRoute })
        .method_not_allowed_fallback(|| async { Problem::WrongMethod });
    Ok(guarded(routes, Arc::clone(&app)).with_state(app))
}

/// What every route is wrapped in, the outermost first. One layer of many, because each layer of a router is boxed by itself.
fn guarded<S: Clone + Send + Sync + 'static>(routes: Router<S>, app: Arc<AppState>) -> Router<S> {
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(app, middleware::observe))
        .layer(CatchPanicLayer::custom(|_| Problem::Internal.into_response()))
        .layer(DefaultBodyLimit::max(extract::LARGEST_BODY));
    routes.layer(layers)
}

/// Serves `app` on `listener` until the process is told to stop by SIGTERM or SIGINT, then lets requests under way finish.
///
/// What was told to the ledger is read first, if it can be. Connections are taken at once; until the first generation is loaded, a moment later, questions are told so with 503.
///
/// # Errors
/// The routes are not as their table says; nothing is served then.
pub async fn run(app: AppState, listener: TcpListener) -> Result<(), RouteTableMismatch> {
    let app = Arc::new(app);
    let router = router(Arc::clone(&app))?;
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
    Ok(())
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

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::body::to_bytes;
    use axum::http::Request;
    use axum::http::StatusCode;
    use axum::http::header::CONTENT_TYPE;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;
    use crate::catalog::SharedCatalog;

    #[tokio::test]
    async fn a_fault_of_ours_says_nothing_of_the_inside() {
        let routes = Router::new().route("/v1/broken", get(|| async { assert_eq!("what was typed", "the inside") }));
        let asked = Request::get("/v1/broken").body(Body::empty()).unwrap();
        let answer = guarded(routes, Arc::new(AppState::new(SharedCatalog::new("none")))).oneshot(asked).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
        let body = to_bytes(answer.into_body(), 4096).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains("\"code\":\"internal\"") && !body.contains("typed") && !body.contains("inside"), "{body}");
    }
}
