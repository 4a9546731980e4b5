//! The state that handlers share.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Zoned;
use jiff::civil::Date;

use crate::catalog::{Catalog, SharedCatalog};
use crate::config::server;
use crate::config::server::{AccessConfig, ServerConfig};
#[cfg(feature = "object-storage")]
use crate::directory_bucket::DirectoryBucket;
use crate::hospital::Hospital;
use crate::ledger::Ledger;
use crate::ledger::state::LedgerState;
use crate::matching::candidate::Directory;
use crate::oidc::TokenVerifier;
use crate::oidc::launch::LaunchingEhrs;
use crate::oidc::sign_in::SignInProvider;
use crate::overlay::LiveDirectory;
use crate::overlay::shared::LiveDirectoryCache;
use crate::serve::answer_cache::AnswerCache;
use crate::serve::api::batch::permits::BatchPermits;
#[cfg(feature = "xlsx")]
use crate::serve::batch_jobs::BatchJobStore;
#[cfg(feature = "pdf")]
use crate::serve::choice_lists::pdf::letterhead::KeptLetterhead;
use crate::serve::ehr_codes::{UnreadCode, UnreadCodes};
#[cfg(feature = "fhir")]
use crate::serve::fhir::view_cache::FhirViewCache;
use crate::serve::hospital_place::HospitalPlace;
use crate::serve::http::daily_limits::DailyLimits;
use crate::serve::http::listen::certificate::Certificate;
use crate::serve::http::listen::connections::ConnectionTable;
use crate::serve::http::problem::Problem;
use crate::serve::http::throttle::Throttle;
use crate::serve::http::work_pool::HeavyPool;
use crate::serve::ledger_health::LedgerFollower;
use crate::serve::metrics::counters::Metrics;
use crate::serve::page_store::PageStore;
use crate::serve::storage_status::SharedStorageStatus;
use crate::serve::stream_slots::StreamSlots;
use crate::serve::unmet_needs::UnmetNeeds;

/// Everything handlers share.
#[derive(Debug)]
pub struct AppState {
    /// The newest generation that could be loaded. It is served once its overlay is built:
    /// [`AppState::live`].
    pub catalog: Arc<SharedCatalog>,
    /// The object storage that directories are pulled from, if they are published there.
    #[cfg(feature = "object-storage")]
    pub bucket: Option<DirectoryBucket>,
    /// What is known of that storage.
    pub storage: Arc<SharedStorageStatus>,
    /// The cache of rendered answers.
    pub answers: Arc<AnswerCache>,
    /// The questions of answer pages that are not kept in the ledger.
    pub pages: Arc<PageStore>,
    /// The hospital's settings.
    pub hospital: Hospital,
    /// Whether it is the only hospital of the server, one of several, or none of them.
    pub place: HospitalPlace<Self>,
    /// The picture of its logo for lists.
    #[cfg(feature = "pdf")]
    pub letterhead: KeptLetterhead,
    /// The ledger. Without one no choice lists can be made; everything else works.
    pub ledger: Option<Arc<dyn Ledger>>,
    /// How many days choice lists are kept; forever if not set.
    pub keep_lists_days: Option<NonZeroU32>,
    /// What questions are answered from: a generation with live statements applied.
    pub live: LiveDirectoryCache,
    /// The state of the task that follows the ledger.
    pub following: Arc<LedgerFollower>,
    /// The server's settings.
    pub edge: ServerConfig,
    /// The program was told to stop: it answers what still arrives, and is not ready for more.
    pub is_stopping: Arc<AtomicBool>,
    /// Verifies tokens of identity providers.
    pub tokens: Arc<TokenVerifier>,
    /// The identity provider at which people sign in.
    pub sign_in: Option<Arc<SignInProvider>>,
    /// The EHRs that may launch this program.
    pub ehrs: Arc<LaunchingEhrs>,
    /// Rate limits, and slots for requests in progress.
    pub limits: Arc<Throttle>,
    /// The pool for long work.
    pub heavy: HeavyPool,
    /// What each principal has recorded in the ledger today.
    pub daily: Arc<DailyLimits>,
    /// The slots for batches.
    pub batches: BatchPermits,
    /// The batches of the upload page.
    #[cfg(feature = "xlsx")]
    pub batch_jobs: BatchJobStore,
    /// Counts of questions that no provider met; empty unless the hospital has them counted.
    pub unmet: UnmetNeeds,
    /// The open event streams.
    pub streams: StreamSlots,
    /// The open connections.
    pub connections: Arc<ConnectionTable>,
    /// The TLS certificate, if the program terminates TLS itself.
    pub certificate: Option<Arc<Certificate>>,
    /// The event counts.
    pub metrics: Arc<Metrics>,
    /// The codes of EHRs that were not understood.
    pub unread_codes: UnreadCodes,
    /// The directory as FHIR resources.
    #[cfg(feature = "fhir")]
    pub fhir: Arc<FhirViewCache>,
    /// The tracer, if spans are sent.
    #[cfg(feature = "otlp")]
    pub spans: Option<crate::serve::spans::RequestTracer>,
    /// The clock. "Today" in a question is the day where the server runs.
    pub now: fn() -> Zoned,
}

impl AppState {
    /// The state to serve `catalog` with the clock of this machine.
    pub fn new(catalog: SharedCatalog) -> Self {
        Self {
            catalog: Arc::new(catalog),
            #[cfg(feature = "object-storage")]
            bucket: None,
            storage: Arc::default(),
            answers: Arc::new(AnswerCache::new()),
            pages: Arc::default(),
            hospital: Hospital::default(),
            place: HospitalPlace::Only,
            #[cfg(feature = "pdf")]
            letterhead: KeptLetterhead::default(),
            ledger: None,
            keep_lists_days: None,
            live: LiveDirectoryCache::default(),
            following: Arc::default(),
            limits: Arc::new(Throttle::new(&server::RateLimitConfig::default())),
            heavy: HeavyPool::default(),
            daily: Arc::new(DailyLimits::new(&server::RateLimitConfig::default())),
            batches: BatchPermits::default(),
            #[cfg(feature = "xlsx")]
            batch_jobs: BatchJobStore::default(),
            unmet: UnmetNeeds::default(),
            streams: StreamSlots::default(),
            edge: ServerConfig::default(),
            is_stopping: Arc::default(),
            tokens: Arc::default(),
            sign_in: None,
            ehrs: Arc::default(),
            connections: Arc::new(ConnectionTable::new(&ServerConfig::default())),
            certificate: None,
            metrics: Arc::default(),
            unread_codes: UnreadCodes::default(),
            #[cfg(feature = "fhir")]
            fhir: Arc::default(),
            #[cfg(feature = "otlp")]
            spans: None,
            now: Zoned::now,
        }
    }

    /// The generation being served: names and vocabularies, nothing that live statements can
    /// change. Hold it for the whole request.
    pub(crate) fn catalog(&self) -> Result<Arc<Catalog>, Problem> {
        self.live.catalog().ok_or(Problem::NoDirectory)
    }

    /// The generation with that id, if it is the one served or the one before it, which is kept for ten minutes: for links that were
    /// made from it.
    ///
    /// # Errors
    /// There is no directory yet, or another server may have that generation before this one, which is about to copy it.
    #[cfg(feature = "fhir")]
    pub(crate) async fn catalog_of(&self, generation: &str) -> Result<Option<Arc<Catalog>>, Problem> {
        let kept = [Some(self.catalog()?), self.live.previous_catalog()];
        let found = kept.into_iter().flatten().find(|catalog| catalog.generation() == generation);
        if found.is_none() && self.is_behind().await { Err(Problem::Busy) } else { Ok(found) }
    }

    /// Whether another generation than the one served is current in object storage, so that another server may have it already.
    pub(crate) async fn is_behind(&self) -> bool {
        if !self.has_older_than_published() {
            self.storage.look().await;
        }
        self.has_older_than_published()
    }

    /// The same, as far as this server has looked.
    pub(crate) fn has_older_than_published(&self) -> bool {
        let served = self.live.catalog();
        let is_other = |published: String| served.is_none_or(|served| served.generation() != published);
        self.storage.get().published.is_some_and(is_other)
    }

    /// Current directory including live statements. Hold it for the whole request.
    ///
    /// Fails as busy for up to a second after the clock has jumped by more than a day.
    pub(crate) fn served(&self) -> Result<Arc<LiveDirectory>, Problem> {
        let not_ready = || self.catalog().map_or_else(|problem| problem, |_| Problem::Busy);
        self.live.on(self.today()).ok_or_else(not_ready)
    }

    /// Whether new requests should be sent to this server: it has a directory and is not told to stop, and if nothing but keys lets
    /// callers in, it could open the ledger, which has them.
    pub(crate) fn ready(&self) -> Result<Arc<Catalog>, Problem> {
        let is_unopened = || self.ledger.as_ref().is_some_and(|ledger| !ledger.is_open());
        if self.is_stopping.load(Ordering::Relaxed) {
            return Err(Problem::Stopping);
        }
        if self.edge.access.as_ref().is_some_and(AccessConfig::is_by_keys_alone) && is_unopened() {
            return Err(Problem::NoKeys);
        }
        self.catalog()
    }

    /// The state of the ledger, as last read.
    pub fn ledger_state(&self) -> Arc<LedgerState> {
        self.live.ledger_state()
    }

    /// Serves the newest generation that could be loaded, unless it is served already. This may
    /// take a while; meanwhile questions are answered from the one before.
    pub fn serve_newest(&self) {
        let served = self.live.catalog();
        let newer = |newest: &Arc<Catalog>| !served.as_ref().is_some_and(|served| Arc::ptr_eq(served, newest));
        if let Some(newest) = self.catalog.current().filter(newer) {
            self.live.serve(newest, self.today());
        }
    }

    /// Whether people sign in elsewhere: at an identity provider, or by a launch from an EHR.
    pub(crate) fn people_sign_in(&self) -> bool {
        self.sign_in.is_some() || !self.ehrs.is_empty()
    }

    /// Counts codes of an EHR that were not understood.
    pub(crate) fn note_unread_codes(&self, codes: Vec<UnreadCode>, today: Date) {
        for code in &codes {
            self.metrics.not_understood(code.kind);
        }
        self.unread_codes.note(codes, today);
    }

    pub(crate) fn today(&self) -> Date {
        (self.now)().date()
    }
}
