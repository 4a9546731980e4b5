//! What one source says about a provider's safety, by topic. A source that speaks about a topic and finds nothing says so too: a newer
//! list on which a home is no longer a Special Focus Facility ends that notice. Silence ends nothing.

use std::collections::BTreeMap;

use crate::provider::safety::SafetyFact;

/// One question about safety that a source answers or is silent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SafetyTopic {
    /// Is it a Special Focus Facility, or a candidate?
    SpecialFocus,
    /// Does CMS show the abuse icon?
    AbuseIcon,
    /// When was payment for new admissions last denied?
    LastDenial,
    /// How often was it denied?
    Denials,
    /// Which fines did it get?
    Fines,
    /// Did it change owners?
    Ownership,
    /// Did it report its staffing?
    StaffingData,
    /// Did it report days without a registered nurse?
    RegisteredNurse,
    /// Is it part of a retirement community?
    RetirementCommunity,
}

impl SafetyTopic {
    /// Every topic.
    pub(crate) const ALL: [Self; 9] = [
        Self::SpecialFocus,
        Self::AbuseIcon,
        Self::LastDenial,
        Self::Denials,
        Self::Fines,
        Self::Ownership,
        Self::StaffingData,
        Self::RegisteredNurse,
        Self::RetirementCommunity,
    ];

    /// Its code in the counts of the gate.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::SpecialFocus => "special_focus",
            Self::AbuseIcon => "abuse_icon",
            Self::LastDenial => "last_payment_denial",
            Self::Denials => "payment_denials",
            Self::Fines => "fines",
            Self::Ownership => "ownership_change",
            Self::StaffingData => "staffing_data",
            Self::RegisteredNurse => "registered_nurse",
            Self::RetirementCommunity => "retirement_community",
        }
    }
}

/// The answers of one source. A topic with `None` is one that it speaks about and finds nothing on.
pub(crate) type SafetyClaims = BTreeMap<SafetyTopic, Option<SafetyFact>>;
