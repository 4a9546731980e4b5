//! The directory as FHIR resources, built once for each generation.

use std::sync::{Arc, Mutex, PoisonError};

use crate::catalog::Catalog;
use crate::matching::candidate::Directory;
use crate::serve::fhir::view::FhirView;

/// The most views at once: of the generation served and of the one before it.
const MOST: usize = 2;

/// The views of the generations last requested: each is built by the first request that needs it, and kept until
/// [`FhirViewCache::keep_only`] or a third one removes it. The newest is last.
#[derive(Debug, Default)]
pub struct FhirViewCache(Mutex<Vec<Arc<FhirView>>>);

impl FhirViewCache {
    /// The view of a generation. While one request builds it the others wait, so that it is built
    /// once.
    pub(crate) fn of(&self, catalog: &Catalog) -> Arc<FhirView> {
        // A request that panicked while it built one has left the others, which are complete.
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(view) = kept.iter().find(|view| view.generation() == catalog.generation()) {
            return Arc::clone(view);
        }
        // Before the new one is built, because it takes as much memory.
        if kept.len() >= MOST {
            kept.remove(0);
        }
        let view = Arc::new(FhirView::of(catalog));
        tracing::info!(generation = view.generation(), bytes = view.bytes(), "the directory can be read as FHIR");
        kept.push(Arc::clone(&view));
        view
    }

    /// Frees the views of other generations than these. Leaves it for the next time if one is being built.
    pub(crate) fn keep_only(&self, generations: &[Arc<Catalog>]) {
        let Ok(mut kept) = self.0.try_lock() else { return };
        kept.retain(|view| generations.iter().any(|catalog| catalog.generation() == view.generation()));
    }
}
