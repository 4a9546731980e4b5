//! What this server knows of the object storage that directories are published in.

use std::sync::{Mutex, MutexGuard, PoisonError};

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
pub struct SharedStorageStatus(Mutex<StorageStatus>);

impl SharedStorageStatus {
    /// The status now.
    pub fn get(&self) -> StorageStatus {
        self.lock().clone()
    }

    /// Changes it; returns the failure before.
    #[cfg(feature = "object-storage")]
    pub(crate) fn update(&self, change: impl FnOnce(&mut StorageStatus)) -> Option<String> {
        let mut status = self.lock();
        let before = status.failure.clone();
        change(&mut status);
        before
    }

    fn lock(&self) -> MutexGuard<'_, StorageStatus> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
