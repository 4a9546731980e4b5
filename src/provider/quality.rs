//! What is measured of a provider's quality, and why a rating is missing.

use std::fmt;

use crate::service::Service;

/// A published measure of quality that a service is ranked by, and its scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QualityMeasure {
    /// Nursing home overall star rating, 1 to 5.
    NursingHomeOverall,
    /// Home health quality of patient care star rating, 1 to 5 in halves.
    HomeHealthPatientCare,
    /// Hospice Care Index, 0 to 10.
    HospiceCareIndex,
    /// Dialysis facility five star rating, 1 to 5.
    DialysisFacility,
    /// How CMS compares discharge to community with the nation: 0 worse, 5 tenths no different, 10 tenths better.
    DischargeToCommunity,
}

impl QualityMeasure {
    /// Every measure.
    pub const ALL: [Self; 5] = [
        Self::NursingHomeOverall,
        Self::HomeHealthPatientCare,
        Self::HospiceCareIndex,
        Self::DialysisFacility,
        Self::DischargeToCommunity,
    ];

    /// The measure a service is ranked by; `None` where CMS publishes no single one.
    pub fn of(service: Service) -> Option<Self> {
        match service {
            Service::SkilledNursing => Some(Self::NursingHomeOverall),
            Service::HomeHealth => Some(Self::HomeHealthPatientCare),
            Service::Hospice => Some(Self::HospiceCareIndex),
            Service::Dialysis => Some(Self::DialysisFacility),
            Service::InpatientRehab | Service::LongTermAcute => Some(Self::DischargeToCommunity),
            Service::HospiceInpatient | Service::HomeInfusion | Service::MedicalEquipment | Service::AssistedLiving => None,
        }
    }

    /// The name the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::NursingHomeOverall => "overall_star",
            Self::HomeHealthPatientCare => "quality_of_patient_care_star",
            Self::HospiceCareIndex => "hospice_care_index",
            Self::DialysisFacility => "five_star",
            Self::DischargeToCommunity => "discharge_to_community",
        }
    }

    /// The lowest and the highest rating, in tenths.
    pub fn scale_tenths(self) -> (u8, u8) {
        match self {
            Self::NursingHomeOverall | Self::HomeHealthPatientCare | Self::DialysisFacility => (10, 50),
            Self::HospiceCareIndex => (0, 100),
            Self::DischargeToCommunity => (0, 10),
        }
    }

    /// Whether a rating in tenths is on the scale, half points allowed.
    pub fn holds(self, tenths: u8) -> bool {
        let (low, high) = self.scale_tenths();
        (low..=high).contains(&tenths) && tenths.is_multiple_of(5)
    }
}

/// A rating on a CMS measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rating {
    /// What was measured.
    pub measure: QualityMeasure,
    /// The rating in tenths of a point: 4.5 stars are 45.
    pub tenths: u8,
}

impl Rating {
    /// A comparison with the nation as a rating.
    pub fn from_comparison(measure: QualityMeasure, comparison: NationalComparison) -> Self {
        let tenths = match comparison {
            NationalComparison::Worse => 0,
            NationalComparison::NoDifferent => 5,
            NationalComparison::Better => 10,
        };
        Self { measure, tenths }
    }

    /// The rating as a sentence part: "4 of 5 stars", "9 of 10 on the Hospice Care Index",
    /// "discharge to community better than the national rate".
    pub fn in_words(self) -> String {
        match self.measure {
            QualityMeasure::NursingHomeOverall | QualityMeasure::HomeHealthPatientCare | QualityMeasure::DialysisFacility => {
                format!("{self} of 5 stars")
            }
            QualityMeasure::HospiceCareIndex => format!("{self} of 10 on the Hospice Care Index"),
            QualityMeasure::DischargeToCommunity => format!("discharge to community {self}"),
        }
    }
}

impl fmt::Display for Rating {
    /// The rating as CMS prints it: `4`, `4.5`, `better than the national rate`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.measure == QualityMeasure::DischargeToCommunity {
            let comparison = match self.tenths {
                0 => NationalComparison::Worse,
                10 => NationalComparison::Better,
                _ => NationalComparison::NoDifferent,
            };
            return f.write_str(comparison.label());
        }
        match self.tenths % 10 {
            0 => write!(f, "{}", self.tenths / 10),
            half => write!(f, "{}.{half}", self.tenths / 10),
        }
    }
}

/// How CMS compares a provider with the nation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NationalComparison {
    /// Worse than the national rate or benchmark.
    Worse,
    /// No different.
    NoDifferent,
    /// Better.
    Better,
}

impl NationalComparison {
    /// Every comparison.
    pub const ALL: [Self; 3] = [Self::Worse, Self::NoDifferent, Self::Better];

    /// The name the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::NoDifferent => "no_different",
            Self::Better => "better",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Worse => "worse than the national rate",
            Self::NoDifferent => "no different than the national rate",
            Self::Better => "better than the national rate",
        }
    }
}

/// A published measure that is shown beside the rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SupportingMeasure {
    /// Potentially preventable readmission within 30 days after discharge.
    Readmission,
    /// Potentially preventable readmission during the stay.
    ReadmissionDuringStay,
    /// Catheter-associated urinary tract infection.
    UrinaryInfection,
    /// Central line-associated bloodstream infection.
    BloodstreamInfection,
    /// Clostridioides difficile infection.
    CDifficile,
    /// Discharge function score, per cent.
    DischargeFunction,
    /// Medicare spending per beneficiary; 1 is the national median.
    MedicareSpending,
    /// CAHPS Hospice family caregiver survey rating, 1 to 5 stars.
    FamilyCaregiverStar,
    /// Discharge to community, where the service is ranked by something else.
    CommunityDischarge,
    /// HHCAHPS patient survey summary, 1 to 5 stars.
    PatientSurveyStar,
    /// Health inspections, a part of the overall stars of a nursing home.
    InspectionStar,
    /// Staffing, a part of the overall stars of a nursing home.
    StaffingStar,
    /// Quality measures, a part of the overall stars of a nursing home.
    ResultsStar,
}

impl SupportingMeasure {
    /// Every measure.
    pub const ALL: [Self; 13] = [
        Self::Readmission,
        Self::ReadmissionDuringStay,
        Self::UrinaryInfection,
        Self::BloodstreamInfection,
        Self::CDifficile,
        Self::DischargeFunction,
        Self::MedicareSpending,
        Self::FamilyCaregiverStar,
        Self::CommunityDischarge,
        Self::PatientSurveyStar,
        Self::InspectionStar,
        Self::StaffingStar,
        Self::ResultsStar,
    ];

    /// The parts of the overall stars of a nursing home.
    pub const STAR_PARTS: [Self; 3] = [Self::InspectionStar, Self::StaffingStar, Self::ResultsStar];

    /// The name the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Readmission => "readmission",
            Self::ReadmissionDuringStay => "readmission_during_stay",
            Self::UrinaryInfection => "urinary_infection",
            Self::BloodstreamInfection => "bloodstream_infection",
            Self::CDifficile => "c_difficile",
            Self::DischargeFunction => "discharge_function",
            Self::MedicareSpending => "medicare_spending",
            Self::FamilyCaregiverStar => "family_caregiver_star",
            Self::CommunityDischarge => "community_discharge",
            Self::PatientSurveyStar => "patient_survey_star",
            Self::InspectionStar => "inspection_star",
            Self::StaffingStar => "staffing_star",
            Self::ResultsStar => "quality_measure_star",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Readmission => "Preventable readmission within 30 days",
            Self::ReadmissionDuringStay => "Preventable readmission during the stay",
            Self::UrinaryInfection => "Catheter-associated urinary tract infection (CAUTI)",
            Self::BloodstreamInfection => "Central line bloodstream infection (CLABSI)",
            Self::CDifficile => "C. difficile infection",
            Self::DischargeFunction => "Discharge function score, percent",
            Self::MedicareSpending => "Medicare spending per beneficiary (1 is the national median)",
            Self::FamilyCaregiverStar => "Family caregiver survey stars (CAHPS Hospice)",
            Self::CommunityDischarge => "Discharge to community",
            Self::PatientSurveyStar => "Patient survey stars (HHCAHPS)",
            Self::InspectionStar => "Health inspection stars",
            Self::StaffingStar => "Staffing stars",
            Self::ResultsStar => "Quality measure stars",
        }
    }
}

/// The value of a supporting measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MeasureValue {
    /// Compared with the nation.
    Compared(NationalComparison),
    /// A number in hundredths: 4 stars are 400.
    Hundredths(u32),
}

impl fmt::Display for MeasureValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compared(comparison) => f.write_str(comparison.label()),
            Self::Hundredths(value) if value % 100 == 0 => write!(f, "{}", value / 100),
            Self::Hundredths(value) => write!(f, "{}.{:02}", value / 100, value % 100),
        }
    }
}

/// Why a provider has no rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RatingGap {
    /// CMS withholds it because of serious quality problems (nursing home footnote 18).
    Withheld,
    /// The provider is too new (nursing home footnote 1; first certified less than 18 months before the file).
    TooNew,
    /// Too few cases, or too little data to rate.
    TooSmall,
    /// The provider has been certified longer and no loaded file says why.
    Unexplained,
}

impl RatingGap {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Withheld, Self::TooNew, Self::TooSmall, Self::Unexplained];

    /// The name the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Withheld => "withheld",
            Self::TooNew => "too_new",
            Self::TooSmall => "too_small",
            Self::Unexplained => "unexplained",
        }
    }

    /// What people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Withheld => "CMS withholds the star rating because of serious quality problems",
            Self::TooNew => "too new to be rated",
            Self::TooSmall => "not enough data for a rating",
            Self::Unexplained => {
                "no star rating and the loaded file does not say why; CMS withholds ratings of Special Focus Facilities"
            }
        }
    }
}
