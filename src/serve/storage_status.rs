//! What this server knows of the object storage that directories are published in.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::timeout;

/// How long a request waits for the storage to say what is current there. Our choice: one small request.
const LOOK: Duration = Duration::from_millis(500);

/// The status of the object storage.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StorageStatus {
    /// Its address; `None` if directories are published in a folder.
    pub address: Option<String>,
    /// The generation that is current there, as last read.
    pub published: Option<String>,
    /// Why the last attempt to read it or to copy a generation failed; `None` after a success.
    pub failure: Option<String>,
}

/// The status, shared by the task that pulls and those who report it.
#[derive(Debug, Default)]
pub struct SharedStorageStatus {
    status: Mutex<StorageStatus>,
    /// Somebody wants to know now what is current in the storage.
    wanted: Notify,
    /// Counts changes of the status.
    changes: watch::Sender<u64>,
}

impl SharedStorageStatus {
    /// The status now.
    pub fn get(&self) -> StorageStatus {
        self.lock().clone()
    }

    /// Has the storage asked now what is current there, and waits for a moment: a client may hold a link of a directory that another
    /// server has and this one has not looked for. Does nothing without a storage, or while it cannot be reached.
    pub(crate) async fn look(&self) {
        if self.get().address.is_none() || self.get().failure.is_some() {
            return;
        }
        let mut changes = self.changes.subscribe();
        self.wanted.notify_one();
        let _looked_or_slow = timeout(LOOK, changes.changed()).await;
    }

    /// Completes when somebody wants to know what is current.
    #[cfg(feature = "object-storage")]
    pub(crate) async fn is_wanted(&self) {
        self.wanted.notified().await;
    }

    /// Changes it; returns the failure before.
    #[cfg(feature = "object-storage")]
    pub(crate) fn update(&self, change: impl FnOnce(&mut StorageStatus)) -> Option<String> {
        let before = {
            let mut status = self.lock();
            let before = status.failure.clone();
            change(&mut status);
            before
        };
        self.changes.send_modify(|count| *count += 1);
        before
    }

    fn lock(&self) -> MutexGuard<'_, StorageStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "object-storage")]
    #[tokio::test]
    async fn a_look_is_asked_for_and_ends_with_what_was_found() {
        let storage = super::SharedStorageStatus::default();
        storage.look().await;
        storage.update(|status| status.address = Some("s3://mercy".to_owned()));
        let finding = async {
            storage.is_wanted().await;
            storage.update(|status| status.published = Some("newer".to_owned()));
        };
        tokio::join!(storage.look(), finding);
        assert_eq!(storage.get().published.as_deref(), Some("newer"));
        // While it cannot be reached nobody waits for it.
        storage.update(|status| status.failure = Some("away".to_owned()));
        storage.look().await;
    }
}
