//! Answers over HTTP, to programs and to people. [`router`] is the whole surface; [`run`] puts it on a socket.
//!
//! A handler converts, calls one function and converts back. Matching takes less than a millisecond and runs where the request is; what
//! takes longer, as [`surface::TABLE`] says, runs in the pool of [`heavy`].

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use jiff::Zoned;
use jiff::civil::Date;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use crate::catalog::{Catalog, SharedCatalog};
use crate::config::edge::{self, Edge};
use crate::hospital::Hospital;
use crate::ledger::Ledger;
use crate::ledger::told::Told;
use crate::live::Live;
use crate::live::shared::SharedLive;
use crate::tokens::Tokens;

pub mod answer;
pub mod answers;
pub mod auth;
pub mod batch;
mod cds_hooks;
mod choice_lists;
mod compress;
pub mod daily;
pub mod directory;
pub mod explanation;
pub mod extract;
pub mod fhir;
pub mod follow;
mod headers;
pub mod heavy;
pub mod json;
pub mod limits;
pub mod listen;
mod lookups;
pub mod metrics;
pub mod observe;
pub mod openapi;
mod outcomes;
pub mod pages;
pub mod piece;
mod priority;
pub mod problem;
pub mod provider;
pub mod question;
mod questions;
mod ready;
pub mod report;
mod retention;
#[cfg(feature = "otlp")]
pub mod spans;
mod statements;
pub mod surface;
pub mod tally;
pub mod vocabulary;
pub mod watch;

use answers::Answers;
use daily::DailyLimits;
use follow::Following;
use heavy::HeavyPool;
use limits::Limits;
use listen::Door;
use listen::certificate::Certificate;
use listen::connections::Connections;
use metrics::Metrics;
use problem::Problem;
use surface::{NotAsTheTable, Surface};

/// Everything handlers share.
#[derive(Debug)]
pub struct App {
    /// The newest generation that could be loaded. It is served as soon as what was told is laid over it: [`App::live`].
    pub catalog: SharedCatalog,
    /// Rendered answers.
    pub answers: Answers,
    /// What the hospital says of itself.
    pub hospital: Hospital,
    /// Where choice lists are recorded; without one none can be made, and everything else is answered.
    pub ledger: Option<Arc<dyn Ledger>>,
    /// How many days choice lists are kept there; for good where it is not set.
    pub keep_lists_days: Option<NonZeroU32>,
    /// What questions are answered from: a generation with what was told since the night laid over it.
    pub live: SharedLive,
    /// How the ledger is followed.
    pub following: Following,
    /// How the program meets the world.
    pub edge: Edge,
    /// Who others say that somebody is.
    pub tokens: Tokens,
    /// What has been taken on.
    pub limits: Limits,
    /// Where long work is done.
    pub heavy: HeavyPool,
    /// What each principal has put into the ledger today.
    pub daily: DailyLimits,
    /// The batches there may be at once.
    pub batches: batch::Batches,
    /// The connections that are open.
    pub connections: Arc<Connections>,
    /// What is shown to clients, where the program does TLS itself.
    pub certificate: Option<Arc<Certificate>>,
    /// What is counted.
    pub metrics: Metrics,
    /// The directory as FHIR resources.
    pub fhir: fhir::Views,
    /// Where spans go, where they go anywhere.
    #[cfg(feature = "otlp")]
    pub spans: Option<spans::Spans>,
    /// What time it is here; "today" in a question is the day where the server runs.
    pub now: fn() -> Zoned,
}

impl App {
    /// Serves `catalog` by the clock of this machine.
    pub fn new(catalog: SharedCatalog) -> Self {
        Self {
            catalog,
            answers: Answers::new(),
            hospital: Hospital::default(),
            ledger: None,
            keep_lists_days: None,
            live: SharedLive::default(),
            following: Following::default(),
            limits: Limits::new(&edge::Limits::default()),
            heavy: HeavyPool::default(),
            daily: DailyLimits::new(&edge::Limits::default()),
            batches: batch::Batches::default(),
            edge: Edge::default(),
            tokens: Tokens::default(),
            connections: Arc::new(Connections::new(&Edge::default())),
            certificate: None,
            metrics: Metrics::default(),
            fhir: fhir::Views::default(),
            #[cfg(feature = "otlp")]
            spans: None,
            now: Zoned::now,
        }
    }

    /// The generation being served: names and vocabularies, nothing that anybody may have said something newer of. A request keeps it
    /// to its end.
    fn catalog(&self) -> Result<Arc<Catalog>, Problem> {
        self.live.catalog().ok_or(Problem::NoDirectory)
    }

    /// The directory to answer from, with what was told since laid over it. A request keeps it to its end.
    ///
    /// A clock that has jumped by more than a day finds nothing ready; within a second there is.
    fn served(&self) -> Result<Arc<Live>, Problem> {
        let not_ready = || self.catalog().map_or_else(|problem| problem, |_| Problem::Busy);
        self.live.on(self.today()).ok_or_else(not_ready)
    }

    /// What was told since the night, as the ledger has it.
    pub fn told(&self) -> Arc<Told> {
        self.live.told()
    }

    /// Answers from the newest generation that could be loaded, if that is not so already. It may take a while, and questions are answered
    /// from the one before meanwhile.
    pub fn serve_newest(&self) {
        let served = self.live.catalog();
        let newer = |newest: &Arc<Catalog>| !served.as_ref().is_some_and(|served| Arc::ptr_eq(served, newest));
        if let Some(newest) = self.catalog.current().filter(newer) {
            self.live.serve(newest, self.today());
        }
    }

    fn today(&self) -> Date {
        (self.now)().date()
    }
}

/// The whole surface, over the generation that is loaded, if one is.
///
/// # Errors
/// A route has no row in [`surface::TABLE`], or a row no route.
pub fn router(app: Arc<App>) -> Result<Router, NotAsTheTable> {
    app.serve_newest();
    let surface = Surface::new()
        // Questions: what a ward asks stands in the body, never in the URL.
        .post("/v1/matches", questions::matches)
        .post("/v1/matches:batch", batch::matches)
        .post("/v1/explain", questions::explain)
        // The list a patient is given, and the same again by the id on its paper.
        .post("/v1/choice-lists", choice_lists::create)
        .get("/v1/choice-lists/{id}", choice_lists::again)
        // The directory: who is in it, and what it was made from.
        .get("/v1/providers", lookups::providers)
        .get("/v1/providers/{id}", lookups::provider)
        .get("/v1/directory", lookups::directory)
        // The words a question may use.
        .get("/v1/services", lookups::services)
        .get("/v1/needs", lookups::needs)
        .get("/v1/networks", lookups::networks)
        .get("/v1/plans", lookups::plans)
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
    let routes = pages::routes(surface)
        .finish()?
        .fallback(|| async { Problem::NoSuchRoute })
        .method_not_allowed_fallback(|| async { Problem::WrongMethod });
    Ok(guarded(routes, Arc::clone(&app)).with_state(app))
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
/// What was told to the ledger is read first, if it can be. Connections are taken at once; until the first generation is loaded, a moment later, questions are told so with 503.
///
/// # Errors
/// The surface is not as its table says; nothing is served then.
pub async fn run(app: App, listener: TcpListener) -> Result<(), NotAsTheTable> {
    let app = Arc::new(app);
    let router = router(Arc::clone(&app))?;
    quiet_panics();
    follow::first(&app).await;
    let watching = tokio::spawn(watch::watch(Arc::clone(&app)));
    let following = tokio::spawn(follow::follow(Arc::clone(&app)));
    let retaining = tokio::spawn(retention::keep(Arc::clone(&app)));
    let turning = tokio::spawn(watch::turn_days(Arc::clone(&app)));
    let door = Door { listener, connections: Arc::clone(&app.connections), certificate: app.certificate.clone() };
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
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use axum::routing::get;
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
