//! Who pays, as a class: codes for outcomes and referral requests, which name no plan.

/// Who pays, as a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PayerClass {
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
    /// The patient.
    SelfPay,
    /// Another payer.
    Other,
}

impl PayerClass {
    /// Every class.
    pub const ALL: [Self; 7] = [
        Self::Medicare,
        Self::MedicareAdvantage,
        Self::Medicaid,
        Self::MedicaidManaged,
        Self::Commercial,
        Self::SelfPay,
        Self::Other,
    ];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::Medicare => "medicare",
            Self::MedicareAdvantage => "medicare_advantage",
            Self::Medicaid => "medicaid",
            Self::MedicaidManaged => "medicaid_managed",
            Self::Commercial => "commercial",
            Self::SelfPay => "self_pay",
            Self::Other => "other",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Medicare => "Original Medicare",
            Self::MedicareAdvantage => "Medicare Advantage",
            Self::Medicaid => "Medicaid",
            Self::MedicaidManaged => "Medicaid managed care",
            Self::Commercial => "Commercial plan",
            Self::SelfPay => "Self-pay",
            Self::Other => "Other payer",
        }
    }
}
