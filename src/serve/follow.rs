//! Keeping what was told at hand: read from the ledger when somebody tells something, and by the clock.

use std::sync::Arc;

use super::App;

/// Follows the ledger for as long as the program runs.
pub(super) async fn follow(_: Arc<App>) {
    std::future::pending().await
}
