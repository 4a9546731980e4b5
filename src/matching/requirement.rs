//! What a provider answers for: a need, a limit or another condition of the discharge.

use crate::provider::safety::ServedGroup;
use crate::service::{Limit, Need};

/// Something a provider answers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Requirement {
    /// A need of the vocabulary.
    Need(Need),
    /// A number.
    Limit(Limit),
    /// One of the patient's languages.
    Language,
    /// The patient's sex.
    Sex,
    /// How soon care must start.
    StartOfCare,
    /// Whether the patient belongs to the only people it is for.
    Eligible(ServedGroup),
    /// Whether it is open, where the newest list of CMS no longer has it.
    Operating,
}

impl Requirement {
    /// Every condition that is neither a need nor a limit.
    pub const CONDITIONS: [Self; 8] = [
        Self::Language,
        Self::Sex,
        Self::StartOfCare,
        Self::Eligible(ServedGroup::Children),
        Self::Eligible(ServedGroup::Veterans),
        Self::Eligible(ServedGroup::Religious),
        Self::Eligible(ServedGroup::Residents),
        Self::Operating,
    ];

    /// The code the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Need(need) => need.code(),
            Self::Limit(limit) => limit.code(),
            Self::Language => "languages",
            Self::Sex => "sex",
            Self::StartOfCare => "start_of_care_hours",
            Self::Eligible(ServedGroup::Children) => "serves:children",
            Self::Eligible(ServedGroup::Veterans) => "serves:veterans",
            Self::Eligible(ServedGroup::Religious) => "serves:religious",
            Self::Eligible(ServedGroup::Residents) => "serves:residents",
            Self::Operating => "is_open",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Need(need) => need.label(),
            Self::Limit(limit) => limit.entry().map_or(limit.code(), |entry| entry.label.as_str()),
            Self::Language => "Language",
            Self::Sex => "Sex",
            Self::StartOfCare => "Start of care",
            Self::Eligible(ServedGroup::Children) => "For children",
            Self::Eligible(ServedGroup::Veterans) => "For veterans",
            Self::Eligible(ServedGroup::Religious) => "For a religious order",
            Self::Eligible(ServedGroup::Residents) => "For its own residents",
            Self::Operating => "Open",
        }
    }
}
