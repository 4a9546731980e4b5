//! That no token of a call is used twice.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::oidc::rejection::TokenRejection;

/// How many tokens are remembered at once, each for its life of five minutes and a little: about 130 calls a second. Our choice; three
/// megabytes.
const MOST: usize = 50_000;
/// How much longer a token is remembered than it says that it holds: as much longer as it is taken, and a little.
const LINGER: SignedDuration = SignedDuration::from_secs(120);

/// The tokens seen, as digests, and until when each is remembered.
#[derive(Debug, Default)]
pub(crate) struct ReplayGuard(Mutex<HashMap<[u8; 32], Timestamp>>);

impl ReplayGuard {
    /// That `id` of `issuer`, which ends at `ends`, is seen for the first time.
    ///
    /// # Errors
    /// It was seen before, or there are more than can be remembered.
    pub(crate) fn first(&self, issuer: &str, id: &str, ends: Timestamp, now: Timestamp) -> Result<(), TokenRejection> {
        let mut digest = Sha256::new_with_prefix((issuer.len() as u64).to_be_bytes());
        digest.update(issuer);
        digest.update(id);
        // Nothing can be left half done in it, so it is used whoever held it before.
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            seen.retain(|_, until| *until > now);
        }
        if seen.len() >= MOST {
            return Err(TokenRejection("There are too many calls at once."));
        }
        let until = ends.checked_add(LINGER).unwrap_or(Timestamp::MAX);
        match seen.insert(digest.finalize().into(), until) {
            Some(remembered) if remembered > now => Err(TokenRejection("The token was used before: each jti is taken once.")),
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
