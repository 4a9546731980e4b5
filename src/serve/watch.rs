//! Noticing a newer generation: every two seconds, and at once on SIGHUP.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::MissedTickBehavior;

use super::App;
use crate::catalog::Reload;

/// How often `current` is looked at. Reading one small file costs microseconds.
const EVERY: Duration = Duration::from_secs(2);

/// Reloads for as long as the program runs. What cannot be loaded is told once, and the old generation stays.
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
        tokio::select! {
            _ = ticks.tick() => {}
            _ = asked => {
                tracing::info!("asked by SIGHUP to look for a newer directory");
                told = None;
            }
        }
        told = reload(&app, told).await;
    }
}

/// One look; gives the failure that has been told.
async fn reload(app: &Arc<App>, told: Option<String>) -> Option<String> {
    let looking = Arc::clone(app);
    let looked = tokio::task::spawn_blocking(move || looking.catalog.reload()).await;
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
