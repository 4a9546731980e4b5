//! Limits how many batches run at once, in all and for one principal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::api_keys::Principal;
use crate::serve::http::problem::Problem;
use crate::serve::http::throttle::rate_key;

/// How many batches are answered at once; a further one is rejected as busy. Our choice: single
/// questions go first.
pub(crate) const BATCHES: usize = 4;

/// How many of them one principal may have. Our choice: half, so that no principal locks the others
/// out. A local caller may have all, since without access control there are no other principals.
pub(crate) const SHARE: usize = BATCHES / 2;

/// The running batches, by principal.
#[derive(Debug, Clone, Default)]
pub struct BatchPermits(Arc<Mutex<Vec<String>>>);

impl BatchPermits {
    /// A slot for a batch of `principal`.
    ///
    /// # Errors
    /// All slots are taken, or all of this principal.
    pub fn place(&self, principal: &Principal) -> Result<BatchPlace, Problem> {
        let name = rate_key(&principal.name).to_owned();
        let mut taken = self.taken();
        let own = taken.iter().filter(|other| **other == name).count();
        if taken.len() >= BATCHES || (own >= SHARE && !principal.is_local()) {
            return Err(Problem::Busy);
        }
        taken.push(name.clone());
        Ok(BatchPlace { of: self.clone(), name })
    }

    pub fn taken(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The slot of one batch, freed on drop.
#[derive(Debug)]
pub struct BatchPlace {
    pub of: BatchPermits,
    pub name: String,
}

impl Drop for BatchPlace {
    fn drop(&mut self) {
        let mut taken = self.of.taken();
        if let Some(at) = taken.iter().position(|name| *name == self.name) {
            taken.swap_remove(at);
        }
    }
}
