//! What handlers share.

use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::Zoned;
use jiff::civil::Date;

use crate::catalog::{Catalog, SharedCatalog};
use crate::config::server;
use crate::config::server::ServerConfig;
use crate::hospital::Hospital;
use crate::ledger::Ledger;
use crate::ledger::state::LedgerState;
use crate::oidc::TokenVerifier;
use crate::overlay::LiveDirectory;
use crate::overlay::shared::LiveDirectoryCache;
use crate::serve::answer_cache::AnswerCache;
use crate::serve::api::batch::permits::BatchPermits;
#[cfg(feature = "fhir")]
use crate::serve::fhir::view_cache::FhirViewCache;
use crate::serve::http::daily_limits::DailyLimits;
use crate::serve::http::listen::certificate::Certificate;
use crate::serve::http::listen::connections::ConnectionTable;
use crate::serve::http::problem::Problem;
use crate::serve::http::throttle::Throttle;
use crate::serve::http::work_pool::HeavyPool;
use crate::serve::ledger_health::LedgerFollower;
use crate::serve::metrics::counters::Metrics;

/// Everything handlers share.
#[derive(Debug)]
pub struct AppState {
    /// The newest generation that could be loaded. It is served as soon as what was told is laid over it: [`AppState::live`].
    pub catalog: SharedCatalog,
    /// Rendered answers.
    pub answers: AnswerCache,
    /// What the hospital says of itself.
    pub hospital: Hospital,
    /// Where choice lists are recorded; without one none can be made, and everything else is answered.
    pub ledger: Option<Arc<dyn Ledger>>,
    /// How many days choice lists are kept there; for good where it is not set.
    pub keep_lists_days: Option<NonZeroU32>,
    /// What questions are answered from: a generation with what was told since the night laid over it.
    pub live: LiveDirectoryCache,
    /// How the ledger is followed.
    pub following: LedgerFollower,
    /// How the program meets the world.
    pub edge: ServerConfig,
    /// Who others say that somebody is.
    pub tokens: TokenVerifier,
    /// What has been taken on.
    pub limits: Throttle,
    /// Where long work is done.
    pub heavy: HeavyPool,
    /// What each principal has put into the ledger today.
    pub daily: DailyLimits,
    /// The batches there may be at once.
    pub batches: BatchPermits,
    /// The connections that are open.
    pub connections: Arc<ConnectionTable>,
    /// What is shown to clients, where the program does TLS itself.
    pub certificate: Option<Arc<Certificate>>,
    /// What is counted.
    pub metrics: Metrics,
    /// The directory as FHIR resources.
    #[cfg(feature = "fhir")]
    pub fhir: FhirViewCache,
    /// Where spans go, where they go anywhere.
    #[cfg(feature = "otlp")]
    pub spans: Option<crate::serve::spans::RequestTracer>,
    /// What time it is here; "today" in a question is the day where the server runs.
    pub now: fn() -> Zoned,
}

impl AppState {
    /// Serves `catalog` by the clock of this machine.
    pub fn new(catalog: SharedCatalog) -> Self {
        Self {
            catalog,
            answers: AnswerCache::new(),
            hospital: Hospital::default(),
            ledger: None,
            keep_lists_days: None,
            live: LiveDirectoryCache::default(),
            following: LedgerFollower::default(),
            limits: Throttle::new(&server::RateLimitConfig::default()),
            heavy: HeavyPool::default(),
            daily: DailyLimits::new(&server::RateLimitConfig::default()),
            batches: BatchPermits::default(),
            edge: ServerConfig::default(),
            tokens: TokenVerifier::default(),
            connections: Arc::new(ConnectionTable::new(&ServerConfig::default())),
            certificate: None,
            metrics: Metrics::default(),
            #[cfg(feature = "fhir")]
            fhir: FhirViewCache::default(),
            #[cfg(feature = "otlp")]
            spans: None,
            now: Zoned::now,
        }
    }

    /// The generation being served: names and vocabularies, nothing that anybody may have said something newer of. A request keeps it
    /// to its end.
    pub(crate) fn catalog(&self) -> Result<Arc<Catalog>, Problem> {
        self.live.catalog().ok_or(Problem::NoDirectory)
    }

    /// The directory to answer from, with what was told since laid over it. A request keeps it to its end.
    ///
    /// A clock that has jumped by more than a day finds nothing ready; within a second there is.
    pub(crate) fn served(&self) -> Result<Arc<LiveDirectory>, Problem> {
        let not_ready = || self.catalog().map_or_else(|problem| problem, |_| Problem::Busy);
        self.live.on(self.today()).ok_or_else(not_ready)
    }

    /// What was told since the night, as the ledger has it.
    pub fn told(&self) -> Arc<LedgerState> {
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

    pub(crate) fn today(&self) -> Date {
        (self.now)().date()
    }
}
