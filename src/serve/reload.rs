//! Noticing a newer generation: every two seconds, and at once on SIGHUP; and noticing another day.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::MissedTickBehavior;

use crate::catalog::manifest::CatalogError;
use crate::catalog::{ReloadOutcome, SharedCatalog};
use crate::serve::priority::{LOADING, give_way};
use crate::serve::state::AppState;

/// How often `current` is looked at. Reading one small file costs microseconds.
const EVERY: Duration = Duration::from_secs(2);

/// Reloads for as long as the program runs. What cannot be loaded is told once and not tried again before `current` is written anew or
/// SIGHUP asks for it; the old generation stays.
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
                tracing::info!("asked by SIGHUP to look for a newer directory");
                told = None;
                SharedCatalog::reload
            }
        };
        told = reload(&app, look, told).await;
    }
}

/// Lets answers go first, where there are any to give.
fn load_beside_answers(catalog: &SharedCatalog) {
    if catalog.current().is_some() {
        give_way(LOADING);
    }
}

/// How to look: whether what failed is tried again.
type ReloadMode = fn(&SharedCatalog) -> Result<ReloadOutcome, CatalogError>;

/// How often it is looked whether another day has begun.
const CLOCK_EVERY: Duration = Duration::from_secs(1);

/// Turns to each day as it begins, for as long as the program runs. The first question of a day does not wait for it: tomorrow is ready
/// before it begins. What was told is laid over the day after it then, on a thread that answers nothing.
pub async fn turn_days(app: Arc<AppState>) {
    let mut ticks = tokio::time::interval(CLOCK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let (live, today) = (app.live.clone(), app.today());
        if let Err(error) = tokio::task::spawn_blocking(move || live.turn_to(today)).await {
            tracing::error!(%error, "the next day could not be prepared; it is tried again in a second");
        }
    }
}

/// One look; gives the failure that has been told.
async fn reload(app: &Arc<AppState>, look: ReloadMode, told: Option<String>) -> Option<String> {
    let (done, looked) = oneshot::channel();
    let looking = Arc::clone(app);
    // A thread of its own, because its priority can be lowered and not raised again.
    let thread = thread::Builder::new().name("load".to_owned()).spawn(move || {
        load_beside_answers(&looking.catalog);
        let looked = look(&looking.catalog);
        // What was told is laid over a new generation here, so that no question waits for it.
        looking.serve_newest();
        // Nobody waits for it any more when the program ends.
        let _ = done.send(looked);
    });
    if let Err(error) = thread {
        tracing::error!(%error, "no thread could be started to look for a newer directory");
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
            tracing::error!(cause = because, serving, "the newest directory cannot be served; an older one is");
            return Some(because);
        }
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    if told.as_ref() != Some(&failure) {
        app.metrics.failed_to_load();
        tracing::error!(cause = failure, "no newer directory was loaded; what was served before still is");
    }
    Some(failure)
}
