//! The reply to one referral as it is counted: without the provider, the service and the hospital, by which it is kept.

use jiff::civil::Date;

use crate::coverage::payer_class::PayerClass;
use crate::statements::outcome_origin::OutcomeOrigin;
use crate::statements::{Outcome, ReferralReply};

/// The reply to one referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordedReply {
    /// The day it was asked.
    pub asked_on: Date,
    /// The reply.
    pub reply: ReferralReply,
    /// Who would have paid, if that was recorded.
    pub payer_class: Option<PayerClass>,
    /// How it came to be recorded.
    pub origin: OutcomeOrigin,
}

impl RecordedReply {
    /// The reply of `outcome`.
    pub fn of(outcome: &Outcome) -> Self {
        let Outcome { asked_on, reply, payer_class, origin, .. } = *outcome;
        Self { asked_on, reply, payer_class, origin }
    }

    /// Whether `later` replaces this one: a late reply takes the place of "no reply" to the same referral.
    pub fn is_replaced_by(&self, later: &Self) -> bool {
        let is_late = later.origin == OutcomeOrigin::LateReply && self.reply == ReferralReply::NoReply;
        is_late
            && self.origin == OutcomeOrigin::Request
            && (self.asked_on, self.payer_class) == (later.asked_on, later.payer_class)
    }
}
