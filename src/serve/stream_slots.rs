//! How many event streams may be open, of one principal and of all.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::api_keys::Principal;
use crate::serve::http::problem::Problem;
use crate::serve::http::throttle::rate_key;

/// How many streams one principal may have open. Our choice: more than the tabs of a desk.
const MOST_OF_ONE: usize = 16;
/// How many streams all principals may have open together. Our choice: below the connections of a
/// server.
const MOST_OF_ALL: usize = 256;
/// When a principal with too many streams may try again, in seconds. Our choice.
const RETRY_SECONDS: u64 = 15;

/// The open streams, by principal. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct StreamSlots {
    open: Arc<Mutex<HashMap<String, usize>>>,
    is_ending: Arc<AtomicBool>,
}

impl StreamSlots {
    /// Ends every stream: the program stops.
    pub(crate) fn end_all(&self) {
        self.is_ending.store(true, Ordering::Relaxed);
    }

    /// A slot for a stream of `caller`.
    ///
    /// # Errors
    /// It has too many, or all have.
    pub(crate) fn take(&self, caller: &Principal) -> Result<StreamSlot, Problem> {
        let name = rate_key(&caller.name).to_owned();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_ending.load(Ordering::Relaxed) || open.values().sum::<usize>() >= MOST_OF_ALL {
            return Err(Problem::Busy);
        }
        let held = open.entry(name.clone()).or_default();
        if *held >= MOST_OF_ONE {
            return Err(Problem::TooMany { seconds: RETRY_SECONDS });
        }
        *held += 1;
        Ok(StreamSlot { slots: self.clone(), name })
    }
}

/// The slot of one stream, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct StreamSlot {
    slots: StreamSlots,
    name: String,
}

impl StreamSlot {
    /// Whether the stream must end.
    pub(crate) fn is_ending(&self) -> bool {
        self.slots.is_ending.load(Ordering::Relaxed)
    }
}

impl Drop for StreamSlot {
    fn drop(&mut self) {
        let mut open = self.slots.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = open.get_mut(&self.name) {
            *held = held.saturating_sub(1);
            if *held == 0 {
                open.remove(&self.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_principal_has_a_share_of_the_streams_and_a_drain_ends_them() {
        let slots = StreamSlots::default();
        let named = |name: &str| Principal { name: name.to_owned(), ..Principal::anyone() };
        let held: Vec<_> = (0..MOST_OF_ONE).map(|_| slots.take(&named("key:a/session")).unwrap()).collect();
        assert!(matches!(slots.take(&named("key:a")), Err(Problem::TooMany { .. })), "all sessions of a key are one");
        assert!(slots.take(&named("key:b")).is_ok());
        drop(held);
        assert!(slots.take(&named("key:a")).is_ok() && slots.open.lock().unwrap().is_empty());
        slots.end_all();
        assert_eq!(slots.take(&named("key:a")).unwrap_err(), Problem::Busy);
    }
}
