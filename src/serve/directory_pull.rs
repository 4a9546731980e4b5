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

/// How many generations a server keeps in its local folder: the one it serves and the one before.
const LOCAL_GENERATIONS: usize = 2;

/// How often the storage is asked whether another directory is current: one small conditional request.
const EVERY: Duration = Duration::from_secs(2);

/// Pulls for as long as the program runs.
pub(crate) async fn pull(app: Arc<AppState>, bucket: DirectoryBucket) {
    let mut puller = DirectoryPuller { store: GenerationStore::new(app.catalog.index()), bucket, known: None, wrong: None };
    app.storage.update(|status| status.address = Some(puller.bucket.address().to_string()));
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = app.storage.is_wanted() => {}
        }
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
    /// What is wrong with the generation of `known`, which stays wrong until another is published.
    wrong: Option<String>,
}

impl DirectoryPuller {
    /// Looks once; copies the current generation if it is not the local one.
    async fn look(&mut self, app: &Arc<AppState>) -> Result<(), BucketError> {
        let pointer = match self.bucket.current_since(self.known.as_ref()).await? {
            PointerChange::Unchanged => return self.repeat(),
            PointerChange::Nothing => return Ok(()),
            PointerChange::Current(pointer) => pointer,
        };
        app.storage.update(|status| status.published = Some(pointer.generation.clone()));
        if !pointer.is_local(&self.store)? {
            match self.copy(&pointer.generation).await {
                Err(BucketError::Local(error)) if error.is_of_generation() => {
                    (self.known, self.wrong) = (Some(pointer), Some(error.to_string()));
                    return Err(error.into());
                }
                copied => copied?,
            }
            tracing::info!(generation = pointer.generation, "copied a new directory from object storage");
        }
        if let Err(error) = self.bucket.pull_companions(&self.store).await {
            tracing::warn!(%error, "the report of the last refresh could not be copied from object storage");
        }
        (self.known, self.wrong) = (Some(pointer), None);
        Ok(())
    }

    /// The failure of an unchanged generation, with its first cause: still there, unless the local folder has the generation by now.
    fn repeat(&self) -> Result<(), BucketError> {
        match (&self.known, &self.wrong) {
            (Some(known), Some(wrong)) if !known.is_local(&self.store)? => Err(BucketError::Repeated(wrong.clone())),
            _ => Ok(()),
        }
    }

    /// Copies and verifies on a thread of its own: hashing some hundred megabytes would hold up answers.
    async fn copy(&self, generation: &str) -> Result<(), BucketError> {
        let (bucket, store, generation) = (self.bucket.clone(), self.store.clone(), generation.to_owned());
        let runtime = Handle::current();
        let copying = tokio::task::spawn_blocking(move || {
            runtime.block_on(bucket.pull(&generation, &store))?;
            store.prune(LOCAL_GENERATIONS)?;
            Ok(())
        });
        copying.await.unwrap_or(Err(BucketError::NotCopied))
    }
}
