//! A referral request: several providers are asked to take a patient, without anything that
//! identifies the patient.
//!
//! It has reason codes, days and a region, and no field for free text. What happens to it is a
//! [`change::ReferralChange`] in the ledger, and [`record::ReferralRequest`] is the sum of them.

use std::fmt;
use std::str::FromStr;

use crate::service::Need;
use crate::statements::DeclineReason;

pub mod answer_link;
pub mod avoidable_days;
pub(crate) mod body;
pub mod change;
pub mod delay;
pub mod label;
pub mod learned;
pub mod next_step;
pub(crate) mod parse;
pub mod record;
pub mod region;
pub mod transition;
pub mod weight_band;

/// How long a request is kept and read after it was made, in days. Our choice, the same as for
/// outcomes.
pub const REQUEST_DAYS: i32 = 90;

/// Most providers of one request. Our choice: a patient's list has more, but a request that asks
/// everybody wastes the time of all but one.
pub const MOST_ASKED: usize = 20;

/// 128 random bits that name a request, or one change of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReferralId(pub [u8; 16]);

impl ReferralId {
    /// How many hexadecimal digits it is written with.
    pub const DIGITS: usize = 32;
}

impl fmt::Display for ReferralId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl FromStr for ReferralId {
    type Err = ParseReferralIdError;

    fn from_str(text: &str) -> Result<Self, ParseReferralIdError> {
        let is_plain = text.len() == Self::DIGITS && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let number = u128::from_str_radix(text, 16).ok().filter(|_| is_plain).ok_or(ParseReferralIdError)?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// The text is not the id of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of a referral request is 32 hexadecimal digits")]
pub struct ParseReferralIdError;

/// Where a request to one provider stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferralState {
    /// The provider was asked.
    Asked,
    /// The provider has seen the request.
    Seen,
    /// The provider needs more information before it can decide.
    NeedMore,
    /// The provider accepts the patient.
    Accepted,
    /// The provider declines.
    Declined,
    /// The provider did not reply in time.
    NoReply,
    /// The desk no longer asks this provider.
    Withdrawn,
    /// The patient chose this provider.
    Confirmed,
}

impl ReferralState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Asked,
        Self::Seen,
        Self::NeedMore,
        Self::Accepted,
        Self::Declined,
        Self::NoReply,
        Self::Withdrawn,
        Self::Confirmed,
    ];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Seen => "seen",
            Self::NeedMore => "need_more",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::NoReply => "no_reply",
            Self::Withdrawn => "withdrawn",
            Self::Confirmed => "confirmed",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Asked => "Asked",
            Self::Seen => "Seen",
            Self::NeedMore => "Needs more information",
            Self::Accepted => "Accepted",
            Self::Declined => "Declined",
            Self::NoReply => "No reply",
            Self::Withdrawn => "Withdrawn",
            Self::Confirmed => "Confirmed",
        }
    }

    /// Whether the request to this provider still waits for something.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Asked | Self::Seen | Self::NeedMore | Self::Accepted)
    }
}

/// Who changes a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferralParty {
    /// The provider, by an answer link.
    Provider,
    /// The hospital, which also records what a provider answered by telephone.
    Hospital,
}

impl ReferralParty {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Provider, Self::Hospital];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Hospital => "hospital",
        }
    }
}

/// What a provider needs to know before it can decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MissingInfo {
    /// The clinical summary or the history and physical.
    ClinicalSummary,
    /// The list of medications.
    Medications,
    /// Therapy notes.
    TherapyNotes,
    /// The details of wounds.
    Wounds,
    /// Behavior and cognition.
    Behavior,
    /// Infections and isolation.
    Infections,
    /// Equipment.
    Equipment,
    /// Insurance details or an authorization.
    Insurance,
    /// The hour of the discharge.
    DischargeTime,
    /// Something else: the provider asks for a call.
    Call,
}

impl MissingInfo {
    /// Every code.
    pub const ALL: [Self; 10] = [
        Self::ClinicalSummary,
        Self::Medications,
        Self::TherapyNotes,
        Self::Wounds,
        Self::Behavior,
        Self::Infections,
        Self::Equipment,
        Self::Insurance,
        Self::DischargeTime,
        Self::Call,
    ];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::ClinicalSummary => "clinical_summary",
            Self::Medications => "medications",
            Self::TherapyNotes => "therapy_notes",
            Self::Wounds => "wounds",
            Self::Behavior => "behavior",
            Self::Infections => "infections",
            Self::Equipment => "equipment",
            Self::Insurance => "insurance",
            Self::DischargeTime => "discharge_time",
            Self::Call => "call",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::ClinicalSummary => "Clinical summary",
            Self::Medications => "Medications",
            Self::TherapyNotes => "Therapy notes",
            Self::Wounds => "Wound details",
            Self::Behavior => "Behavior and cognition",
            Self::Infections => "Infections and isolation",
            Self::Equipment => "Equipment",
            Self::Insurance => "Insurance details",
            Self::DischargeTime => "Hour of the discharge",
            Self::Call => "Please call us",
        }
    }
}

/// Whether a need tells of treatment for a substance use disorder (42 CFR part 2): it is shown to a
/// provider only with the patient's written consent.
pub fn tells_of_substance_use(need: Need) -> bool {
    need.code().starts_with("sud.")
}

/// Whether a reason goes to compliance: refusing a person for it may be unlawful.
pub fn goes_to_compliance(why: DeclineReason) -> bool {
    matches!(why, DeclineReason::Need(need) if need.entry().guarded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::payer_class::PayerClass;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = ReferralId([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in ["", "7", "+7070707070707070707070707070707", "0707070707070707070707070707070G"] {
            assert!(text.parse::<ReferralId>().is_err(), "{text}");
        }
    }

    #[test]
    fn codes_are_distinct() {
        let codes = ReferralState::ALL.map(ReferralState::code).into_iter().chain(PayerClass::ALL.map(PayerClass::code));
        let codes: std::collections::BTreeSet<_> = codes.chain(MissingInfo::ALL.map(MissingInfo::code)).collect();
        assert_eq!(codes.len(), 8 + 7 + 10);
    }

    #[test]
    fn substance_use_and_protected_needs_are_known_by_the_vocabulary() {
        let need = |code: &str| code.parse::<Need>().unwrap();
        assert!(tells_of_substance_use(need("sud.methadone")) && !tells_of_substance_use(need("inf.pca")));
        assert!(goes_to_compliance(DeclineReason::Need(need("sud.methadone"))));
        assert!(!goes_to_compliance(DeclineReason::Need(need("resp.vent"))) && !goes_to_compliance(DeclineReason::NoRoom));
    }
}
