//! From one night's providers to a generation on disk.

use jiff::Timestamp;

use super::generation::{CatalogError, Manifest, SourceStatus, Store};
use crate::coverage::Plans;
use crate::provider::Provider;

/// Everything a night found out.
#[derive(Debug)]
pub struct Night {
    /// When it was put together.
    pub built_at: Timestamp,
    /// Every provider, each id once, in any order.
    pub providers: Vec<Provider>,
    /// Payers, plans, networks and terms.
    pub plans: Plans,
    /// The files read.
    pub sources: Vec<SourceStatus>,
    /// The providers are invented.
    pub synthetic: bool,
}

/// Builds a generation in a folder of its own, complete with its manifest, and verifies it; it is not yet the one to serve.
///
/// # Errors
/// The disk or the index failed; a folder left half built is removed by the next build.
pub fn build(night: Night, store: &Store) -> Result<Manifest, CatalogError> {
    unimplemented!("{night:?} {store:?}")
}
