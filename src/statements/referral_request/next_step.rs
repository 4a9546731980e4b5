//! What the desk does next about a referral request.

use jiff::Timestamp;

use crate::statements::referral_request::ReferralState;
use crate::statements::referral_request::record::ReferralRequest;

/// The next step, the most urgent one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NextStep {
    /// A provider has accepted: the patient chooses.
    RecordChoice,
    /// A provider waits for information.
    SendInformation,
    /// Nothing was sent to a provider that is asked: no link was made, and no call is recorded.
    SendRequest,
    /// A reply is overdue.
    CallProvider,
    /// Nobody is asked any more, and the patient has no place.
    AskMore,
    /// Every provider that is asked has time left.
    Wait,
}

impl NextStep {
    /// Every step.
    pub const ALL: [Self; 6] =
        [Self::RecordChoice, Self::SendInformation, Self::SendRequest, Self::CallProvider, Self::AskMore, Self::Wait];

    /// The step for an open request at `now`.
    pub fn of(request: &ReferralRequest, now: Timestamp) -> Self {
        let is_any = |state: ReferralState| request.providers.iter().any(|asked| asked.step.to == state);
        if is_any(ReferralState::Accepted) {
            return Self::RecordChoice;
        }
        if is_any(ReferralState::NeedMore) {
            return Self::SendInformation;
        }
        if request.providers.iter().any(|asked| !asked.is_sent()) {
            return Self::SendRequest;
        }
        if request.providers.iter().any(|asked| asked.is_overdue(now)) {
            return Self::CallProvider;
        }
        if request.providers.iter().any(|asked| asked.step.to.is_open()) { Self::Wait } else { Self::AskMore }
    }

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::RecordChoice => "record_choice",
            Self::SendInformation => "send_information",
            Self::SendRequest => "send_request",
            Self::CallProvider => "call_provider",
            Self::AskMore => "ask_more",
            Self::Wait => "wait",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::RecordChoice => "Ask the patient, and record the choice",
            Self::SendInformation => "Send what the provider needs to know",
            Self::SendRequest => "Not sent yet: make links, or call",
            Self::CallProvider => "Call: a reply is overdue",
            Self::AskMore => "Ask further providers, or close the request",
            Self::Wait => "Wait for replies",
        }
    }
}
