//! What delays a referral request: a decline or a wait.

use jiff::Timestamp;

use crate::statements::DeclineReason;
use crate::statements::referral_request::change::ReferralStep;
use crate::statements::referral_request::{ReferralState, tells_of_substance_use};

/// Why a patient has no place yet: the last decline or wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DelayReason {
    /// Nothing was recorded yet: the first replies are awaited.
    FirstReply,
    /// A provider did not reply in time.
    NoReply,
    /// A provider needed information.
    Information,
    /// A provider had accepted, and the patient's choice or the transfer took longer.
    Choice,
    /// A provider declined.
    Declined(DeclineReason),
    /// A provider declined for a need about substance use, which is not named.
    DeclinedProtectedNeed,
}

impl DelayReason {
    /// The reason that a step gives; `None` if it gives none.
    fn of(step: ReferralStep) -> Option<Self> {
        match step.to {
            ReferralState::NoReply => Some(Self::NoReply),
            ReferralState::NeedMore => Some(Self::Information),
            ReferralState::Accepted => Some(Self::Choice),
            ReferralState::Declined => Some(match step.why.unwrap_or(DeclineReason::NotSaid) {
                DeclineReason::Need(need) if tells_of_substance_use(need) => Self::DeclinedProtectedNeed,
                why => Self::Declined(why),
            }),
            ReferralState::Asked | ReferralState::Seen | ReferralState::Withdrawn | ReferralState::Confirmed => None,
        }
    }

    /// The code in the API: `no_room`, `declines:resp.vent`, `no_reply`.
    pub fn code(self) -> String {
        match self {
            Self::FirstReply => "first_reply".to_owned(),
            Self::NoReply => "no_reply".to_owned(),
            Self::Information => "information".to_owned(),
            Self::Choice => "choice".to_owned(),
            Self::Declined(why) => why.code(),
            Self::DeclinedProtectedNeed => "declines".to_owned(),
        }
    }
}

/// A decline or a wait of a request, and when it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestDelay {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: DelayReason,
}

impl RequestDelay {
    /// The delay that a step gives, if it gives one.
    pub(crate) fn of(step: ReferralStep, at: Timestamp) -> Option<Self> {
        DelayReason::of(step).map(|reason| Self { at, reason })
    }
}
