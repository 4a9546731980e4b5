//! Measures and safety facts as they are stored.

use serde::{Deserialize, Serialize};

use crate::catalog::stored_day::{day_number, day_of};
use crate::provider::quality::{MeasureValue, NationalComparison, RatingGap};
use crate::provider::safety::SafetyFact;

#[derive(Serialize, Deserialize)]
#[serde(remote = "RatingGap")]
enum StoredRatingGap {
    Withheld,
    TooNew,
    TooSmall,
    Unexplained,
}

/// A [`RatingGap`] on the wire.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct RatingGapField(#[serde(with = "StoredRatingGap")] pub RatingGap);

/// The value of a supporting measure: compared with the nation (0 worse, 1 no different, 2 better), or a number in hundredths.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum StoredMeasureValue {
    Compared(u8),
    Hundredths(u32),
}

impl StoredMeasureValue {
    pub(crate) fn pack(value: MeasureValue) -> Self {
        match value {
            MeasureValue::Compared(NationalComparison::Worse) => Self::Compared(0),
            MeasureValue::Compared(NationalComparison::NoDifferent) => Self::Compared(1),
            MeasureValue::Compared(NationalComparison::Better) => Self::Compared(2),
            MeasureValue::Hundredths(value) => Self::Hundredths(value),
        }
    }

    pub(crate) fn unpack(self) -> Option<MeasureValue> {
        Some(match self {
            Self::Compared(0) => MeasureValue::Compared(NationalComparison::Worse),
            Self::Compared(1) => MeasureValue::Compared(NationalComparison::NoDifferent),
            Self::Compared(2) => MeasureValue::Compared(NationalComparison::Better),
            Self::Compared(_) => return None,
            Self::Hundredths(value) => MeasureValue::Hundredths(value),
        })
    }
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum StoredSafetyFact {
    SpecialFocus,
    SpecialFocusCandidate,
    AbuseIcon,
    PaymentDenial(i32, i32),
    PaymentDenials(u32),
    Fines(u32, u32),
    OwnershipChange,
    NoStaffingData,
    NoRegisteredNurse,
    RetirementCommunity,
    NotInNewestList,
}

impl StoredSafetyFact {
    pub(crate) fn pack(fact: SafetyFact) -> Self {
        let day = |day| day_number(Some(day)).unwrap_or_default();
        match fact {
            SafetyFact::SpecialFocus => Self::SpecialFocus,
            SafetyFact::SpecialFocusCandidate => Self::SpecialFocusCandidate,
            SafetyFact::AbuseIcon => Self::AbuseIcon,
            SafetyFact::PaymentDenial { from, until } => Self::PaymentDenial(day(from), day(until)),
            SafetyFact::PaymentDenials(count) => Self::PaymentDenials(count),
            SafetyFact::Fines { count, dollars } => Self::Fines(count, dollars),
            SafetyFact::OwnershipChange => Self::OwnershipChange,
            SafetyFact::NoStaffingData => Self::NoStaffingData,
            SafetyFact::NoRegisteredNurse => Self::NoRegisteredNurse,
            SafetyFact::RetirementCommunity => Self::RetirementCommunity,
            SafetyFact::NotInNewestList => Self::NotInNewestList,
        }
    }

    pub(crate) fn unpack(self) -> Option<SafetyFact> {
        Some(match self {
            Self::SpecialFocus => SafetyFact::SpecialFocus,
            Self::SpecialFocusCandidate => SafetyFact::SpecialFocusCandidate,
            Self::AbuseIcon => SafetyFact::AbuseIcon,
            Self::PaymentDenial(from, until) => {
                SafetyFact::PaymentDenial { from: day_of(Some(from))?, until: day_of(Some(until))? }
            }
            Self::PaymentDenials(count) => SafetyFact::PaymentDenials(count),
            Self::Fines(count, dollars) => SafetyFact::Fines { count, dollars },
            Self::OwnershipChange => SafetyFact::OwnershipChange,
            Self::NoStaffingData => SafetyFact::NoStaffingData,
            Self::NoRegisteredNurse => SafetyFact::NoRegisteredNurse,
            Self::RetirementCommunity => SafetyFact::RetirementCommunity,
            Self::NotInNewestList => SafetyFact::NotInNewestList,
        })
    }
}
