//! The items that somebody pays for, by code.

use std::str::FromStr;

use crate::input::declare::vocabulary;
use crate::service::Service;

/// Declares the items, each with its code and label.
macro_rules! plan_items {
    ($($(#[doc = $about:literal])+ $name:ident: $code:literal, $label:literal;)+) => {
        /// An item that somebody pays for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PlanItem {
            $($(#[doc = $about])+ $name,)+
        }

        impl PlanItem {
            /// Every item, in display order.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code in the API.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// The display name.
            pub fn label(self) -> &'static str {
                match self {
                    $(Self::$name => $label,)+
                }
            }
        }
    };
}

plan_items! {
    /// A drug that is infused at home.
    InfusionDrug: "infusion_drug", "IV drug";
    /// The pump for it.
    InfusionPump: "infusion_pump", "Infusion pump";
    /// Tubing, dressings and other supplies for it.
    InfusionSupplies: "infusion_supplies", "Infusion supplies";
    /// The nursing visits for it.
    InfusionNursing: "infusion_nursing", "Infusion nursing visits";
    /// Visits of a home health agency.
    HomeHealthVisits: "home_health_visits", "Home health visits";
    /// The supplies of its plan of care.
    HomeHealthSupplies: "home_health_supplies", "Home health supplies";
    /// Medical equipment for the home.
    Equipment: "equipment", "Medical equipment";
    /// Drugs that the patient takes alone.
    TakeHomeDrugs: "take_home_drugs", "Other drugs";
    /// A stay in a skilled nursing facility.
    SkilledNursingStay: "skilled_nursing_stay", "Skilled nursing stay";
    /// A stay in an inpatient rehabilitation facility.
    RehabStay: "rehab_stay", "Inpatient rehabilitation stay";
    /// A stay in a long-term acute care hospital.
    LongTermAcuteStay: "long_term_acute_stay", "Long-term acute care stay";
    /// Hospice care.
    HospiceCare: "hospice_care", "Hospice care";
    /// A stay in a hospice.
    HospiceInpatientStay: "hospice_inpatient_stay", "Inpatient hospice stay";
    /// Dialysis in a facility.
    DialysisTreatments: "dialysis_treatments", "Dialysis treatments";
    /// Room and board in assisted living.
    AssistedLivingStay: "assisted_living_stay", "Assisted living, room and board";
    /// Help with bathing, dressing and meals.
    PersonalCare: "personal_care", "Personal care";
    /// A ride.
    Transport: "transport", "Transport";
    /// Another item.
    Other: "other", "Other item";
}

impl PlanItem {
    /// The items of a service.
    pub fn of_service(service: Service) -> &'static [Self] {
        match service {
            Service::HomeInfusion => &[Self::InfusionDrug, Self::InfusionPump, Self::InfusionSupplies, Self::InfusionNursing],
            Service::HomeHealth => &[Self::HomeHealthVisits, Self::HomeHealthSupplies],
            Service::MedicalEquipment => &[Self::Equipment],
            Service::SkilledNursing => &[Self::SkilledNursingStay],
            Service::InpatientRehab => &[Self::RehabStay],
            Service::LongTermAcute => &[Self::LongTermAcuteStay],
            Service::Hospice => &[Self::HospiceCare],
            Service::HospiceInpatient => &[Self::HospiceInpatientStay],
            Service::Dialysis => &[Self::DialysisTreatments],
            Service::AssistedLiving => &[Self::AssistedLivingStay, Self::PersonalCare],
        }
    }
}

impl FromStr for PlanItem {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|item| item.code() == code).ok_or_else(|| format!("there is no item {code}"))
    }
}

/// What is known about the drug that is infused at home, as far as the rules differ by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InfusedDrug {
    /// It is on the Part B list of drugs for a home pump.
    PartBListed,
    /// Ordinary IV antibiotics.
    Antibiotics,
    /// It is not on that list.
    NotListed,
    /// Nothing.
    Unknown,
}

impl InfusedDrug {
    /// Every answer.
    pub(crate) const ALL: [Self; 4] = [Self::PartBListed, Self::Antibiotics, Self::NotListed, Self::Unknown];

    /// The code in the tables.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::PartBListed => "part_b_listed",
            Self::Antibiotics => "antibiotics",
            Self::NotListed => "not_listed",
            Self::Unknown => "unknown",
        }
    }
}

impl FromStr for InfusedDrug {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|drug| drug.code() == code).ok_or_else(|| format!("there is no kind of drug {code}"))
    }
}

vocabulary! {
    /// An item that somebody pays for.
    PlanItem as "PlanItem" of PlanItem::ALL.iter().copied(), PlanItem::code, "no_such_item",
        |typed| format!("there is no item \"{typed}\"");
}
