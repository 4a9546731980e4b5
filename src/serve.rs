//! Answers over HTTP, to programs and to people. [`router`] is the whole surface; [`run`] puts it on a socket.
//!
//! A handler converts, calls one function and converts back. Matching takes less than a millisecond and runs where the request is.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use jiff::Zoned;
use jiff::civil::Date;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use crate::catalog::{Catalog, SharedCatalog};
use crate::hospital::Hospital;
use crate::ledger::Ledger;

pub mod answer;
pub mod answers;
mod choice_lists;
pub mod directory;
pub mod explanation;
pub mod extract;
pub mod json;
pub mod listen;
mod lookups;
pub mod observe;
pub mod pages;
pub mod piece;
pub mod problem;
pub mod provider;
pub mod question;
mod questions;
mod ready;
pub mod report;
pub mod vocabulary;
mod watch;

use answers::Answers;
use problem::Problem;

/// Everything handlers share.
#[derive(Debug)]
pub struct App {
    /// The generation being served.
    pub catalog: SharedCatalog,
    /// Rendered answers.
    pub answers: Answers,
    /// What the hospital says of itself.
    pub hospital: Hospital,
    /// Where choice lists are recorded; without one none can be made, and everything else is answered.
    pub ledger: Option<Arc<dyn Ledger>>,
    /// What time it is here; "today" in a question is the day where the server runs.
    pub now: fn() -> Zoned,
}

impl App {
    /// Serves `catalog` by the clock of this machine.
    pub fn new(catalog: SharedCatalog) -> Self {
        Self { catalog, answers: Answers::new(), hospital: Hospital::default(), ledger: None, now: Zoned::now }
    }

    /// The generation to answer from; a request keeps it to its end.
    fn catalog(&self) -> Result<Arc<Catalog>, Problem> {
        self.catalog.current().ok_or(Problem::NoDirectory)
    }

    fn today(&self) -> Date {
        (self.now)().date()
    }
}

/// The whole surface.
pub fn router(app: Arc<App>) -> Router {
    let routes = Router::new()
        // Questions: what a ward asks stands in the body, never in the URL.
        .route("/v1/matches", post(questions::matches))
        .route("/v1/explain", post(questions::explain))
        // The list a patient is given, and the same again by the id on its paper.
        .route("/v1/choice-lists", post(choice_lists::create))
        .route("/v1/choice-lists/{id}", get(choice_lists::again))
        // The directory: who is in it, and what it was made from.
        .route("/v1/providers", get(lookups::providers))
        .route("/v1/providers/{id}", get(lookups::provider))
        .route("/v1/directory", get(lookups::directory))
        // The words a question may use.
        .route("/v1/services", get(lookups::services))
        .route("/v1/needs", get(lookups::needs))
        .route("/v1/networks", get(lookups::networks))
        .route("/v1/plans", get(lookups::plans))
        // For whoever keeps the program running.
        .route("/livez", get(ready::livez))
        .route("/readyz", get(ready::readyz))
        // For people, in a browser.
        .merge(pages::routes())
        .fallback(|| async { Problem::NoSuchRoute })
        .method_not_allowed_fallback(|| async { Problem::WrongMethod });
    guarded(routes, Arc::clone(&app)).with_state(app)
}

/// What every route is wrapped in, the outermost first. One layer of many, because each layer of a router is boxed by itself.
fn guarded<S: Clone + Send + Sync + 'static>(routes: Router<S>, app: Arc<App>) -> Router<S> {
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(app, observe::observe))
        .layer(CatchPanicLayer::custom(|_| Problem::Internal.into_response()))
        .layer(DefaultBodyLimit::max(extract::LARGEST_BODY));
    routes.layer(layers)
}

/// `wire` as bytes.
fn rendered(wire: &impl Serialize) -> Result<Bytes, Problem> {
    let mut body = Vec::with_capacity(USUAL_BODY);
    serde_json::to_writer(&mut body, wire).map_err(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        Problem::Internal
    })?;
    // Answers are kept, so they hold no more memory than they fill.
    body.shrink_to_fit();
    Ok(Bytes::from(body))
}

/// Room for an answer with twenty matches, which takes 35 KB on average: space that need not grow while it is written.
const USUAL_BODY: usize = 48 * 1024;

/// A body that says it is JSON.
fn json_body(body: Bytes) -> (StatusCode, [(HeaderName, &'static str); 1], Bytes) {
    (StatusCode::OK, [(CONTENT_TYPE, "application/json")], body)
}

/// Serves `app` on `listener` until the process is told to stop by SIGTERM or SIGINT, then lets requests under way finish.
///
/// Connections are taken at once; until the first generation is loaded, a moment later, questions are told so with 503.
pub async fn run(app: App, listener: TcpListener) {
    let app = Arc::new(app);
    quiet_panics();
    let watching = tokio::spawn(watch::watch(Arc::clone(&app)));
    listen::serve(listener, router(app), told_to_stop()).await;
    watching.abort();
}

/// The address a listener has, for the line that says where to ask.
pub fn address_of(listener: &TcpListener) -> Option<SocketAddr> {
    listener.local_addr().ok()
}

async fn told_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("told to stop; requests under way finish first");
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
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_fault_of_ours_says_nothing_of_the_inside() {
        let routes = Router::new().route("/v1/broken", get(|| async { assert_eq!("what was typed", "the inside") }));
        let asked = Request::get("/v1/broken").body(Body::empty()).unwrap();
        let answer = guarded(routes, Arc::new(App::new(SharedCatalog::new("none")))).oneshot(asked).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
        let body = to_bytes(answer.into_body(), 4096).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(
            body.contains("\"code\":\"internal\"") && !body.contains("typed") && !body.contains("inside"),
            "{body}"
        );
    }
}
