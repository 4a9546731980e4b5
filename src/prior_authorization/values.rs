//! The coded values of a prior authorization.

use std::str::FromStr;

use crate::input::declare::vocabulary;

/// Who decides the request, as far as the times differ by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum AuthorizationPayer {
    Medicare,
    MedicareAdvantage,
    Medicaid,
    MedicaidManaged,
    Chip,
    ChipManaged,
    Commercial,
    Other,
    Unknown,
}

impl AuthorizationPayer {
    /// Every class.
    pub(crate) const ALL: [Self; 9] = [
        Self::Medicare,
        Self::MedicareAdvantage,
        Self::Medicaid,
        Self::MedicaidManaged,
        Self::Chip,
        Self::ChipManaged,
        Self::Commercial,
        Self::Other,
        Self::Unknown,
    ];

    /// The code in the API.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Medicare => "medicare",
            Self::MedicareAdvantage => "medicare_advantage",
            Self::Medicaid => "medicaid",
            Self::MedicaidManaged => "medicaid_managed",
            Self::Chip => "chip",
            Self::ChipManaged => "chip_managed",
            Self::Commercial => "commercial",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }

    /// The display name.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Medicare => "Original Medicare",
            Self::MedicareAdvantage => "Medicare Advantage plan",
            Self::Medicaid => "Medicaid, paid by the state",
            Self::MedicaidManaged => "Medicaid managed care plan",
            Self::Chip => "CHIP, paid by the state",
            Self::ChipManaged => "CHIP managed care plan",
            Self::Commercial => "Commercial plan",
            Self::Other => "Another payer",
            Self::Unknown => "Not known",
        }
    }

    /// Whether its contract with the state has rating periods.
    pub(crate) fn has_rating_periods(self) -> bool {
        matches!(self, Self::MedicaidManaged | Self::ChipManaged)
    }
}

/// How fast the request must be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RequestSpeed {
    Standard,
    Expedited,
}

impl RequestSpeed {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Standard, Self::Expedited];

    /// The code in the API.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Expedited => "expedited",
        }
    }

    /// The display name.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Standard => "Standard",
            Self::Expedited => "Expedited (urgent)",
        }
    }
}

/// What is requested, as far as the times differ by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RequestedItem {
    Service,
    PartBDrug,
    Drug,
}

impl RequestedItem {
    /// Every kind.
    pub(crate) const ALL: [Self; 3] = [Self::Service, Self::PartBDrug, Self::Drug];

    /// The code in the API.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::PartBDrug => "part_b_drug",
            Self::Drug => "drug",
        }
    }

    /// The display name.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Service => "Stay, visits or equipment",
            Self::PartBDrug => "Part B drug",
            Self::Drug => "Drug of Part D or an outpatient drug of Medicaid",
        }
    }
}

/// What to do next after something ends or is refused, as a list of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum AppealPath {
    Denial,
    HospitalDischarge,
    EndOfServices,
}

impl AppealPath {
    /// Every path.
    pub(crate) const ALL: [Self; 3] = [Self::Denial, Self::HospitalDischarge, Self::EndOfServices];

    /// The code in the API.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Denial => "denial",
            Self::HospitalDischarge => "hospital_discharge",
            Self::EndOfServices => "end_of_services",
        }
    }

    /// The display name.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Denial => "The request is denied",
            Self::HospitalDischarge => "The patient does not agree with the hospital discharge",
            Self::EndOfServices => "Nursing facility, home health or hospice care is about to end",
        }
    }

    /// The facts from which its times are counted, by their names in the API.
    pub(crate) fn facts(self) -> &'static [&'static str] {
        match self {
            Self::Denial => &["denied_at", "appealed_at"],
            Self::HospitalDischarge => &["admitted_on", "discharge_on"],
            Self::EndOfServices => &["notice_given_at", "services_end_on"],
        }
    }
}

/// Reads a code of a table.
macro_rules! from_code {
    ($($value:ty),+) => {$(
        impl FromStr for $value {
            type Err = String;

            fn from_str(code: &str) -> Result<Self, String> {
                Self::ALL.into_iter().find(|known| known.code() == code).ok_or_else(|| format!("there is no {code}"))
            }
        }
    )+};
}

from_code!(AuthorizationPayer, RequestSpeed, RequestedItem, AppealPath);

vocabulary! {
    /// Who decides the request.
    AuthorizationPayer as "AuthorizationPayer" of AuthorizationPayer::ALL, AuthorizationPayer::code, "no_such_payer_class",
        |typed| format!("there is no payer class \"{typed}\"");
    /// How fast the request must be decided. `expedited` is what a commercial plan calls urgent.
    RequestSpeed as "RequestSpeed" of RequestSpeed::ALL, RequestSpeed::code, "no_such_request",
        |typed| format!("\"{typed}\" is not standard or expedited");
    /// What is requested: `service` (a stay, visits, equipment), `part_b_drug`, or `drug` (of Part D, or an outpatient drug of Medicaid).
    RequestedItem as "RequestedItem" of RequestedItem::ALL, RequestedItem::code, "no_such_item",
        |typed| format!("\"{typed}\" is not service, part_b_drug or drug");
    /// What happened, for which the next steps are listed.
    AppealPath as "AppealPath" of AppealPath::ALL, AppealPath::code, "no_such_path",
        |typed| format!("there is no path \"{typed}\"");
}
