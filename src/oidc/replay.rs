//! Replay protection: each token of a CDS Hooks call is accepted once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::oidc::rejection::TokenRejection;

/// Most tokens remembered at once, each for its lifetime of five minutes and [`LINGER`]: about 130
/// calls per second. Our choice; three megabytes.
const MOST: usize = 50_000;
/// Time a token is remembered after it expires: the clock tolerance and a margin.
const LINGER: SignedDuration = SignedDuration::from_secs(120);

/// Digests of the tokens seen and the time until which each is remembered.
#[derive(Debug, Default)]
pub(crate) struct ReplayGuard(Mutex<HashMap<[u8; 32], Timestamp>>);

impl ReplayGuard {
    /// Records the token `id` of `issuer`, which expires at `ends`.
    ///
    /// # Errors
    /// The token was used before, or too many tokens are remembered.
    pub(crate) fn first(&self, issuer: &str, id: &str, ends: Timestamp, now: Timestamp) -> Result<(), TokenRejection> {
        let mut digest = Sha256::new_with_prefix((issuer.len() as u64).to_be_bytes());
        digest.update(issuer);
        digest.update(id);
        // Every change of the map is a single step, so a poisoned lock is safe to use.
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            seen.retain(|_, until| *until > now);
        }
        if seen.len() >= MOST {
            return Err(TokenRejection("Too many calls at once; try again in a few minutes."));
        }
        let until = ends.checked_add(LINGER).unwrap_or(Timestamp::MAX);
        match seen.insert(digest.finalize().into(), until) {
            Some(remembered) if remembered > now => {
                Err(TokenRejection("The token was used before; each jti is accepted once."))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_once_in_its_life() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let later = |seconds| now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        let replay = ReplayGuard::default();
        assert!(replay.first("ehr", "a", later(300), now).is_ok());
        assert!(replay.first("ehr", "a", later(300), later(419)).is_err());
        assert!(replay.first("ehr", "b", later(300), now).is_ok());
        assert!(replay.first("another", "a", later(300), now).is_ok());
        assert!(replay.first("eh", "ra", later(300), now).is_ok());
    }

    #[test]
    fn what_is_remembered_is_bounded_and_forgotten_in_time() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let later = |seconds| now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        let replay = ReplayGuard::default();
        for id in 0..MOST {
            replay.first("ehr", &id.to_string(), later(300), now).unwrap();
        }
        assert!(replay.first("ehr", "one more", later(300), now).is_err());
        assert!(replay.first("ehr", "one more", later(900), later(600)).is_ok());
        assert!(replay.0.lock().unwrap().len() < 10);
    }
}
