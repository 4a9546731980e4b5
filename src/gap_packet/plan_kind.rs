//! The kinds of plans that an exception can be asked of.

use serde::Deserialize;

use crate::input::declare::vocabulary;

/// The kind of a plan, which decides the rules that a request to it cites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanKind {
    /// A Medicare Advantage plan.
    MedicareAdvantage,
    /// A Medicaid managed care plan.
    MedicaidManaged,
    /// A qualified health plan of a marketplace.
    Marketplace,
    /// A plan of an employer, or another plan.
    Other,
}

impl PlanKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::MedicareAdvantage, Self::MedicaidManaged, Self::Marketplace, Self::Other];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::MedicareAdvantage => "medicare_advantage",
            Self::MedicaidManaged => "medicaid_managed",
            Self::Marketplace => "marketplace",
            Self::Other => "other",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::MedicareAdvantage => "Medicare Advantage plan",
            Self::MedicaidManaged => "Medicaid managed care plan",
            Self::Marketplace => "Marketplace plan",
            Self::Other => "Employer or other plan",
        }
    }
}

vocabulary! {
    /// The kind of a plan.
    PlanKind as "PlanKind" of PlanKind::ALL, PlanKind::code, "not_a_choice", |typed| format!("there is no kind of plan \"{typed}\"");
}
