//! Watches for a newer generation, every two seconds and at once on SIGHUP, and for the next day.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::MissedTickBehavior;

use crate::catalog::generation::GenerationStore;
use crate::catalog::manifest::CatalogError;
use crate::catalog::{Catalog, ReloadOutcome, SharedCatalog};
use crate::overlay::shared::KEPT;
use crate::serve::priority::{LOADING, give_way};
use crate::serve::state::AppState;

/// How often `current` is checked. Reading one small file costs microseconds.
const EVERY: Duration = Duration::from_secs(2);

/// Reloads for as long as the program runs. A failure is logged once and not retried until
/// `current` is rewritten or SIGHUP arrives; the old generation stays.
pub(crate) async fn watch(app: Arc<AppState>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut hangup = signal(SignalKind::hangup()).ok();
    let mut told = None;
    loop {
        let asked = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        let look = tokio::select! {
            _ = ticks.tick() => SharedCatalog::check_pointer,
            _ = asked => {
                tracing::info!("SIGHUP received; checking for a newer directory");
                told = None;
                SharedCatalog::reload
            }
        };
        told = reload(&app, look, told).await;
    }
}

/// Loads the generation that was replaced less than ten minutes ago, after a start: links made from it are good on this server as
/// they are on one that was not started again. `None` if there is none, or it cannot be loaded.
fn restore_previous(app: &AppState) -> Option<()> {
    let store = GenerationStore::new(app.catalog.index());
    let ago = store.written()?.elapsed().ok().filter(|ago| *ago < KEPT)?;
    app.live.catalog()?;
    give_way(LOADING);
    let (id, _) = store.previous().ok()?;
    let catalog = Catalog::open(&store.generation_path(&id).ok()?).ok()?;
    app.live.restore_previous(Arc::new(catalog), ago, app.today());
    tracing::info!(generation = id, "kept the directory before this one for links made from it");
    Some(())
}

/// Lowers the priority of this thread if there are answers to give, so that they go first.
fn load_beside_answers(catalog: &SharedCatalog) {
    if catalog.current().is_some() {
        give_way(LOADING);
    }
}

/// How to check: whether a failed generation is retried.
type ReloadMode = fn(&SharedCatalog) -> Result<ReloadOutcome, CatalogError>;

/// How often the date is checked.
const CLOCK_EVERY: Duration = Duration::from_secs(1);

/// Switches to each day as it begins, for as long as the program runs. The first question of a day
/// does not wait: its overlay is ready before the day begins. The overlay of the day after is then
/// built, on a thread that answers no requests.
pub async fn turn_days(app: Arc<AppState>) {
    let mut ticks = tokio::time::interval(CLOCK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let (live, today) = (app.live.clone(), app.today());
        app.sites().into_iter().for_each(|site| site.unmet.settle(today));
        live.free_previous();
        #[cfg(feature = "fhir")]
        app.fhir.keep_only(&live.catalog().into_iter().chain(live.previous_catalog()).collect::<Vec<_>>());
        if let Err(error) = tokio::task::spawn_blocking(move || live.turn_to(today)).await {
            tracing::error!(%error, "the next day could not be prepared; retrying in a second");
        }
    }
}

/// Checks once. Returns the failure that has been logged.
async fn reload(app: &Arc<AppState>, look: ReloadMode, told: Option<String>) -> Option<String> {
    let (done, looked) = oneshot::channel();
    let looking = Arc::clone(app);
    // A thread of its own, because its priority can be lowered but not raised again.
    let thread = thread::Builder::new().name("load".to_owned()).spawn(move || {
        load_beside_answers(&looking.catalog);
        let is_first = looking.live.catalog().is_none();
        let looked = look(&looking.catalog);
        // The new generation gets its overlay here, so that no question waits for it.
        looking.serve_newest();
        // Nobody receives this when the program is stopping.
        let _ = done.send(looked);
        if is_first {
            let _restored = restore_previous(&looking);
        }
    });
    if let Err(error) = thread {
        tracing::error!(%error, "could not start a thread to check for a newer directory");
        return told;
    }
    let looked = looked.await;
    let failure = match looked {
        Ok(Ok(ReloadOutcome::Unchanged)) => return None,
        Ok(Ok(ReloadOutcome::Swapped(generation))) => {
            app.metrics.swapped();
            tracing::info!(generation, "serving a new directory");
            return None;
        }
        Ok(Ok(ReloadOutcome::FellBack { serving, because })) => {
            app.metrics.swapped();
            app.metrics.failed_to_load();
            tracing::error!(cause = because, serving, "the newest directory cannot be served; serving an older one");
            return Some(because);
        }
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    if told.as_ref() != Some(&failure) {
        app.metrics.failed_to_load();
        tracing::error!(cause = failure, "no newer directory was loaded; the served one is unchanged");
    }
    Some(failure)
}
