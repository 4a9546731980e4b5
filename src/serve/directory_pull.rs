//! Copies a newly published directory from object storage to the local folder, where [`crate::serve::reload`] finds it.
//!
//! While the storage cannot be reached, the server answers from the directory it has and says so in `/readyz?verbose` and in the
//! metrics.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::MissedTickBehavior;

use crate::catalog::generation::GenerationStore;
use crate::directory_bucket::error::BucketError;
use crate::directory_bucket::{BucketPointer, DirectoryBucket, PointerChange};
use crate::serve::state::AppState;

/// How often the storage is asked whether another directory is current: one small conditional request.
const EVERY: Duration = Duration::from_secs(2);

/// Pulls for as long as the program runs.
pub(crate) async fn pull(app: Arc<AppState>, bucket: DirectoryBucket) {
    let mut puller = DirectoryPuller { store: GenerationStore::new(app.catalog.index()), bucket, known: None };
    app.storage.update(|status| status.address = Some(puller.bucket.address().to_string()));
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let looked = puller.look(&app).await;
        let failure = looked.err().map(|error| error.to_string());
        let before = app.storage.update(|status| status.failure.clone_from(&failure));
        match failure {
            Some(cause) if before.as_ref() != Some(&cause) => {
                tracing::error!(cause, "the object storage of directories failed; the served directory is unchanged");
            }
            None if before.is_some() => tracing::info!("the object storage of directories works again"),
            _ => {}
        }
    }
}

struct DirectoryPuller {
    store: GenerationStore,
    bucket: DirectoryBucket,
    /// What was current at the last look and needs no further work.
    known: Option<BucketPointer>,
}

impl DirectoryPuller {
    /// Looks once; copies the current generation if it is not the local one.
    async fn look(&mut self, app: &Arc<AppState>) -> Result<(), BucketError> {
        let pointer = match self.bucket.current_since(self.known.as_ref()).await? {
            // What was wrong with a generation stays wrong until another is published.
            PointerChange::Unchanged => return app.storage.get().failure.map_or(Ok(()), |_| self.repeat(app)),
            PointerChange::Nothing => return Ok(()),
            PointerChange::Current(pointer) => pointer,
        };
        app.storage.update(|status| status.published = Some(pointer.generation.clone()));
        if !pointer.is_local(&self.store)? {
            match self.copy(&pointer.generation).await {
                Err(BucketError::Local(error)) if error.is_of_generation() => {
                    self.known = Some(pointer);
                    return Err(error.into());
                }
                copied => copied?,
            }
            tracing::info!(generation = pointer.generation, "copied a new directory from object storage");
        }
        if let Err(error) = self.bucket.pull_companions(&self.store).await {
            tracing::warn!(%error, "the report of the last refresh could not be copied from object storage");
        }
        self.known = Some(pointer);
        Ok(())
    }

    /// The failure of an unchanged generation: still there, unless the local folder has the generation by now.
    fn repeat(&self, app: &AppState) -> Result<(), BucketError> {
        let Some(known) = &self.known else { return Ok(()) };
        if known.is_local(&self.store)? {
            return Ok(());
        }
        let what = app.storage.get().failure.unwrap_or_default();
        Err(BucketError::Repeated(what))
    }

    /// Copies and verifies on a thread of its own: hashing some hundred megabytes would hold up answers.
    async fn copy(&self, generation: &str) -> Result<(), BucketError> {
        let (bucket, store, generation) = (self.bucket.clone(), self.store.clone(), generation.to_owned());
        let runtime = Handle::current();
        let copying = tokio::task::spawn_blocking(move || runtime.block_on(bucket.pull(&generation, &store)));
        match copying.await {
            Ok(copied) => copied,
            Err(error) => Err(BucketError::Repeated(error.to_string())),
        }
    }
}
