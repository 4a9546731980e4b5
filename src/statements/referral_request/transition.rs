//! Which state of a referral request may follow which, and who may record it.

use crate::statements::referral_request::ReferralParty::{Hospital, Provider};
use crate::statements::referral_request::ReferralState::{
    Accepted, Asked, Confirmed, Declined, NeedMore, NoReply, Seen, Withdrawn,
};
use crate::statements::referral_request::{ReferralParty, ReferralState};

/// Both may record it.
const EITHER: &[ReferralParty] = &[Provider, Hospital];
/// Only the hospital may.
const DESK: &[ReferralParty] = &[Hospital];

/// Every allowed step: from, to, and who may record it. Every other step is refused.
const STEPS: &[(ReferralState, ReferralState, &[ReferralParty])] = &[
    (Asked, Seen, EITHER),
    (Asked, NeedMore, EITHER),
    (Asked, Accepted, EITHER),
    (Asked, Declined, EITHER),
    (Asked, NoReply, DESK),
    (Asked, Withdrawn, DESK),
    (Seen, NeedMore, EITHER),
    (Seen, Accepted, EITHER),
    (Seen, Declined, EITHER),
    (Seen, NoReply, DESK),
    (Seen, Withdrawn, DESK),
    // The information was given, and the provider is asked again.
    (NeedMore, Asked, DESK),
    (NeedMore, Accepted, EITHER),
    (NeedMore, Declined, EITHER),
    (NeedMore, Withdrawn, DESK),
    // A reply that comes late still counts.
    (NoReply, Asked, DESK),
    (NoReply, NeedMore, EITHER),
    (NoReply, Accepted, EITHER),
    (NoReply, Declined, EITHER),
    (NoReply, Withdrawn, DESK),
    (Accepted, Confirmed, DESK),
    // The provider has taken its acceptance back.
    (Accepted, Declined, DESK),
    (Accepted, Withdrawn, DESK),
    (Declined, Asked, DESK),
    (Withdrawn, Asked, DESK),
    // The patient chose another place, or the provider has no bed after all.
    (Confirmed, Withdrawn, DESK),
    (Confirmed, Declined, DESK),
];

/// Why a step is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StepRefusal {
    /// That state does not follow the current one.
    #[error("{} does not follow {}", .to.code(), .from.code())]
    NotNext {
        /// The current state.
        from: ReferralState,
        /// The state asked for.
        to: ReferralState,
    },
    /// The provider may not record it.
    #[error("only the hospital records {}", .to.code())]
    OtherParty {
        /// The state asked for.
        to: ReferralState,
    },
    /// The reply is not due yet.
    #[error("the reply is not due yet")]
    NotDue,
    /// The patient has chosen another provider of the request.
    #[error("another provider of the request is confirmed")]
    OtherConfirmed,
    /// The request was closed without a place.
    #[error("the request is closed; asking a provider opens it again")]
    Closed,
    /// It is confirmed, closed or withdrawn.
    #[error("the request has ended")]
    Ended,
    /// A provider to add is asked already.
    #[error("one of the providers is asked already")]
    AskedAlready,
    /// It would have too many providers.
    #[error("a request has at most {} providers", crate::statements::referral_request::MOST_ASKED)]
    TooMany,
    /// The request was not sent to that provider.
    #[error("the request was not sent to this provider")]
    NotAsked,
}

/// Checks one step by the table.
///
/// # Errors
/// It is not in the table, or not for `by`.
pub fn check_step(from: ReferralState, to: ReferralState, by: ReferralParty) -> Result<(), StepRefusal> {
    match STEPS.iter().find(|(known, next, _)| (*known, *next) == (from, to)) {
        None => Err(StepRefusal::NotNext { from, to }),
        Some((_, _, who)) if !who.contains(&by) => Err(StepRefusal::OtherParty { to }),
        Some(_) => Ok(()),
    }
}

/// The states that `by` may record after `from`, in the order of the table.
pub fn next_states(from: ReferralState, by: ReferralParty) -> impl Iterator<Item = ReferralState> {
    STEPS.iter().filter(move |(known, _, who)| *known == from && who.contains(&by)).map(|(_, to, _)| *to)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rules again, as sentences rather than as a table.
    fn is_allowed(from: ReferralState, to: ReferralState, by: ReferralParty) -> bool {
        let is_waiting = matches!(from, Asked | Seen | NeedMore | NoReply);
        match to {
            Asked => by == Hospital && matches!(from, NeedMore | NoReply | Declined | Withdrawn),
            Seen => from == Asked,
            NeedMore => matches!(from, Asked | Seen | NoReply),
            Accepted => is_waiting,
            Declined => is_waiting || (by == Hospital && matches!(from, Accepted | Confirmed)),
            NoReply => by == Hospital && matches!(from, Asked | Seen),
            Withdrawn => by == Hospital && !matches!(from, Declined | Withdrawn),
            Confirmed => by == Hospital && from == Accepted,
        }
    }

    #[test]
    fn every_pair_of_states_is_allowed_or_refused_for_each_party() {
        for from in ReferralState::ALL {
            for to in ReferralState::ALL {
                for by in ReferralParty::ALL {
                    let checked = check_step(from, to, by);
                    assert_eq!(checked.is_ok(), is_allowed(from, to, by), "{from:?} {to:?} {by:?} {checked:?}");
                }
            }
        }
    }

    #[test]
    fn a_refusal_says_whether_the_state_or_the_party_is_wrong() {
        assert_eq!(check_step(Declined, Accepted, Hospital), Err(StepRefusal::NotNext { from: Declined, to: Accepted }));
        assert_eq!(check_step(Accepted, Confirmed, Provider), Err(StepRefusal::OtherParty { to: Confirmed }));
    }

    #[test]
    fn a_provider_never_confirms_withdraws_or_asks() {
        for from in ReferralState::ALL {
            for to in next_states(from, Provider) {
                assert!(matches!(to, Seen | NeedMore | Accepted | Declined), "{from:?} {to:?}");
            }
        }
    }

    #[test]
    fn no_step_is_listed_twice() {
        let pairs: std::collections::BTreeSet<_> = STEPS.iter().map(|(from, to, _)| (*from, *to)).collect();
        assert_eq!(pairs.len(), STEPS.len());
    }
}
