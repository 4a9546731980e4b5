//! Noticing a newer generation: every two seconds, and at once on SIGHUP.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::MissedTickBehavior;

use super::App;
use crate::catalog::generation::CatalogError;
use crate::catalog::{Reload, SharedCatalog};

/// How often `current` is looked at. Reading one small file costs microseconds.
const EVERY: Duration = Duration::from_secs(2);

/// Reloads for as long as the program runs. What cannot be loaded is told once and not tried again before `current` is written anew or
/// SIGHUP asks for it; the old generation stays.
pub(super) async fn watch(app: Arc<App>) {
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
            _ = ticks.tick() => SharedCatalog::look,
            _ = asked => {
                tracing::info!("asked by SIGHUP to look for a newer directory");
                told = None;
                SharedCatalog::reload
            }
        };
        told = reload(&app, look, told).await;
    }
}

/// How to look: whether what failed is tried again.
type Look = fn(&SharedCatalog) -> Result<Reload, CatalogError>;

/// One look, on a thread of its own so that answers do not wait; gives the failure that has been told.
async fn reload(app: &Arc<App>, look: Look, told: Option<String>) -> Option<String> {
    let looking = Arc::clone(app);
    let looked = tokio::task::spawn_blocking(move || look(&looking.catalog)).await;
    let failure = match looked {
        Ok(Ok(Reload::Unchanged)) => return None,
        Ok(Ok(Reload::Swapped(generation))) => {
            tracing::info!(generation, "serving a new directory");
            return None;
        }
        Ok(Ok(Reload::FellBack { serving, because })) => {
            tracing::error!(cause = because, serving, "the newest directory cannot be served; an older one is");
            return Some(because);
        }
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    if told.as_ref() != Some(&failure) {
        tracing::error!(cause = failure, "no newer directory was loaded; what was served before still is");
    }
    Some(failure)
}
