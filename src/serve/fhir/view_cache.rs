//! The directory as FHIR resources, built once for each generation.

use std::sync::{Arc, Mutex, PoisonError};

use crate::catalog::Catalog;
use crate::matching::candidate::Directory;
use crate::serve::fhir::view::FhirView;

/// The view of the generation last requested: built by the first request that needs it, and kept
/// until another replaces it.
#[derive(Debug, Default)]
pub struct FhirViewCache(Mutex<Option<Arc<FhirView>>>);

impl FhirViewCache {
    /// The view of a generation. While one request builds it the others wait, so that it is built
    /// once.
    pub(crate) fn of(&self, catalog: &Catalog) -> Arc<FhirView> {
        // A request that panicked while it built one has left the last one, which is complete.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(view) = kept.as_ref().filter(|view| view.generation() == catalog.generation()) {
            return Arc::clone(view);
        }
        // The stored view is of no more use: two at once would take twice the memory.
        *kept = None;
        let view = Arc::new(FhirView::of(catalog));
        tracing::info!(generation = view.generation(), bytes = view.bytes(), "the directory can be read as FHIR");
        *kept = Some(Arc::clone(&view));
        view
    }
}
