//! How many rows of the current file are read: written by the reader of the file, read by the state of the running refresh.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The number of rows, or of elements of a JSON list, that are read of the current file. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct RowCounter(Arc<AtomicU64>);

impl RowCounter {
    /// Sets the number. Only the reader of a file does that, so that a row costs one plain write.
    pub(crate) fn set(&self, rows: u64) {
        self.0.store(rows, Ordering::Relaxed);
    }

    /// The number.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
