//! The coded values of the facts for the rules about the right level of care.

use std::str::FromStr;

use crate::input::declare::vocabulary;

/// Who pays, as far as the rules differ by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScreenPayer {
    /// Original Medicare.
    Medicare,
    /// A Medicare Advantage plan.
    MedicareAdvantage,
    /// Medicaid, paid by the state.
    Medicaid,
    /// A Medicaid managed care plan.
    MedicaidManaged,
    /// A commercial plan.
    Commercial,
    /// A PACE organization.
    Pace,
    /// The Department of Veterans Affairs.
    Veterans,
    /// TRICARE.
    Tricare,
    /// The patient.
    SelfPay,
    /// Another payer.
    Other,
    /// Not known.
    Unknown,
}

impl ScreenPayer {
    /// Every class.
    pub const ALL: [Self; 11] = [
        Self::Medicare,
        Self::MedicareAdvantage,
        Self::Medicaid,
        Self::MedicaidManaged,
        Self::Commercial,
        Self::Pace,
        Self::Veterans,
        Self::Tricare,
        Self::SelfPay,
        Self::Other,
        Self::Unknown,
    ];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Medicare => "medicare",
            Self::MedicareAdvantage => "medicare_advantage",
            Self::Medicaid => "medicaid",
            Self::MedicaidManaged => "medicaid_managed",
            Self::Commercial => "commercial",
            Self::Pace => "pace",
            Self::Veterans => "veterans",
            Self::Tricare => "tricare",
            Self::SelfPay => "self_pay",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }

    /// The display name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Medicare => "Original Medicare",
            Self::MedicareAdvantage => "Medicare Advantage plan",
            Self::Medicaid => "Medicaid, paid by the state",
            Self::MedicaidManaged => "Medicaid managed care plan",
            Self::Commercial => "Commercial plan",
            Self::Pace => "PACE organization",
            Self::Veterans => "Veterans Affairs",
            Self::Tricare => "TRICARE",
            Self::SelfPay => "Self-pay",
            Self::Other => "Another payer",
            Self::Unknown => "Not known",
        }
    }
}

impl FromStr for ScreenPayer {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|payer| payer.code() == code).ok_or_else(|| format!("there is no payer class {code}"))
    }
}

/// How often skilled care is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkilledNeed {
    /// Every day, or therapy at least 5 days a week.
    Daily,
    /// Less often.
    Intermittent,
    /// Never.
    None,
}

impl SkilledNeed {
    /// Every answer.
    pub(crate) const ALL: [Self; 3] = [Self::Daily, Self::Intermittent, Self::None];

    /// The code in the API.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Intermittent => "intermittent",
            Self::None => "none",
        }
    }

    /// The display name.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Daily => "Daily",
            Self::Intermittent => "Less often than daily",
            Self::None => "No",
        }
    }
}

/// A kind of therapy, or that none is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TherapyNeed {
    /// Physical therapy.
    Physical,
    /// Occupational therapy.
    Occupational,
    /// Speech-language pathology.
    Speech,
    /// Prosthetics and orthotics.
    Prosthetics,
    /// No therapy.
    None,
}

impl TherapyNeed {
    /// Every answer.
    pub(crate) const ALL: [Self; 5] = [Self::Physical, Self::Occupational, Self::Speech, Self::Prosthetics, Self::None];

    /// The code in the API.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Physical => "physical",
            Self::Occupational => "occupational",
            Self::Speech => "speech",
            Self::Prosthetics => "prosthetics",
            Self::None => "none",
        }
    }

    /// The display name.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Physical => "Physical",
            Self::Occupational => "Occupational",
            Self::Speech => "Speech",
            Self::Prosthetics => "Prosthetics and orthotics",
            Self::None => "None",
        }
    }
}

vocabulary! {
    /// Who pays, as far as the rules differ by it.
    ScreenPayer as "ScreenPayer" of ScreenPayer::ALL, ScreenPayer::code, "no_such_payer_class",
        |typed| format!("there is no payer class \"{typed}\"");
    /// How often skilled care is needed: daily (nursing every day, or therapy at least 5 days a week), intermittent, or not at all.
    SkilledNeed as "SkilledNeed" of SkilledNeed::ALL, SkilledNeed::code, "no_such_need_of_skill",
        |typed| format!("\"{typed}\" is not daily, intermittent or none");
    /// A kind of therapy; `none` alone if no therapy is needed.
    TherapyNeed as "TherapyNeed" of TherapyNeed::ALL, TherapyNeed::code, "no_such_therapy",
        |typed| format!("there is no therapy \"{typed}\"");
}
