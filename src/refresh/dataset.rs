//! The kinds of file that are known: what each is called, how far it is trusted, which columns it needs.

use std::fmt;

use crate::refresh::column::KnownColumn;
use crate::service::Service;

/// A kind of file some publisher puts out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Dataset {
    HomeHealthAgencies,
    HomeHealthZips,
    NursingHomes,
    NursingHomeDirectory,
    NursingHomeRatings,
    FacilityCharacteristics,
    RehabFacilities,
    RehabConditions,
    LongTermHospitals,
    Hospices,
    HospiceMeasures,
    HospiceZips,
    DialysisFacilities,
    EquipmentSuppliers,
    PayerRoster,
    SyntheaHomeHealth,
    SyntheaHospices,
    SyntheaRehab,
    SyntheaLongTerm,
    SyntheaHospitals,
    HomeHealthSurvey,
    Hospitals,
    OtherMeasures,
    ZipCentroids,
    Exclusions,
    Npis,
    NpiDeactivations,
    Taxonomy,
    PlanNet,
    MarketplacePlans,
    MarketplaceProviders,
    MarketplaceIndex,
    PriceTransparency,
    ProviderProfiles,
    SameAs,
}

/// How far a publisher is trusted; earlier is further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum TrustTier {
    /// A dataset as CMS publishes it.
    Cms,
    /// Columns somebody cut from a CMS dataset.
    CmsCut,
    /// What homes wrote on form CMS-671 at their last survey.
    Form671,
    /// The NPI registry, where organisations write down themselves what they are.
    Registry,
    /// What a provider says of itself in a profile.
    Stated,
    /// A payer's directory.
    Payer,
    /// The Synthea project's copy of CMS lists of 2017 and 2018, with a point for each city.
    Synthea,
}

impl Dataset {
    /// Every dataset, in the order they are declared.
    const ALL: [Self; 35] = [
        Self::HomeHealthAgencies,
        Self::HomeHealthZips,
        Self::NursingHomes,
        Self::NursingHomeDirectory,
        Self::NursingHomeRatings,
        Self::FacilityCharacteristics,
        Self::RehabFacilities,
        Self::RehabConditions,
        Self::LongTermHospitals,
        Self::Hospices,
        Self::HospiceMeasures,
        Self::HospiceZips,
        Self::DialysisFacilities,
        Self::EquipmentSuppliers,
        Self::PayerRoster,
        Self::SyntheaHomeHealth,
        Self::SyntheaHospices,
        Self::SyntheaRehab,
        Self::SyntheaLongTerm,
        Self::SyntheaHospitals,
        Self::HomeHealthSurvey,
        Self::Hospitals,
        Self::OtherMeasures,
        Self::ZipCentroids,
        Self::Exclusions,
        Self::Npis,
        Self::NpiDeactivations,
        Self::Taxonomy,
        Self::PlanNet,
        Self::MarketplacePlans,
        Self::MarketplaceProviders,
        Self::MarketplaceIndex,
        Self::PriceTransparency,
        Self::ProviderProfiles,
        Self::SameAs,
    ];

    /// The dataset of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dataset| dataset.name() == name)
    }

    /// What people call it; the source every fact from it names.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HomeHealthAgencies => "CMS Home Health Care Agencies",
            Self::HomeHealthZips => "CMS Home Health Care ZIP Codes",
            Self::NursingHomes => "CMS Nursing Home Provider Information",
            Self::NursingHomeDirectory => "CMS nursing home directory with points",
            Self::NursingHomeRatings => "CMS nursing home ratings with points",
            Self::FacilityCharacteristics => "CMS-671 Long-Term Care Facility Characteristics",
            Self::RehabFacilities => "CMS Inpatient Rehabilitation Facility General Information",
            Self::RehabConditions => "CMS Inpatient Rehabilitation Facility Conditions",
            Self::LongTermHospitals => "CMS Long-Term Care Hospital General Information",
            Self::Hospices => "CMS Hospice General Information",
            Self::HospiceMeasures => "CMS Hospice Provider Data",
            Self::HospiceZips => "CMS Hospice ZIP Data",
            Self::DialysisFacilities => "CMS Dialysis Facility Listing",
            Self::EquipmentSuppliers => "CMS Medical Equipment Suppliers",
            Self::PayerRoster => "payer roster",
            Self::SyntheaHomeHealth => "Synthea home health agencies",
            Self::SyntheaHospices => "Synthea hospices",
            Self::SyntheaRehab => "Synthea rehabilitation facilities",
            Self::SyntheaLongTerm => "Synthea long-term care hospitals",
            Self::SyntheaHospitals => "Synthea hospitals",
            Self::HomeHealthSurvey => "CMS Home Health Patient Survey (HHCAHPS)",
            Self::Hospitals => "CMS Hospital General Information",
            Self::OtherMeasures => "CMS quality measures by provider",
            Self::ZipCentroids => "Census ZIP area points",
            Self::Exclusions => "OIG List of Excluded Individuals/Entities",
            Self::Npis => "NPPES",
            Self::NpiDeactivations => "NPPES deactivations",
            Self::Taxonomy => "NUCC provider taxonomy",
            Self::PlanNet => "FHIR Plan-Net directory",
            Self::MarketplacePlans => "marketplace plans",
            Self::MarketplaceProviders => "marketplace providers",
            Self::MarketplaceIndex => "marketplace index",
            Self::PriceTransparency => "price transparency file",
            Self::ProviderProfiles => "provider profiles",
            Self::SameAs => "same-as table",
        }
    }

    /// The service its rows are about; `None` where they are about several or none.
    pub(crate) fn service(self) -> Option<Service> {
        match self {
            Self::HomeHealthAgencies | Self::HomeHealthZips | Self::SyntheaHomeHealth => Some(Service::HomeHealth),
            Self::NursingHomes | Self::NursingHomeDirectory | Self::NursingHomeRatings | Self::FacilityCharacteristics => {
                Some(Service::SkilledNursing)
            }
            Self::RehabFacilities | Self::RehabConditions | Self::SyntheaRehab => Some(Service::InpatientRehab),
            Self::LongTermHospitals | Self::SyntheaLongTerm => Some(Service::LongTermAcute),
            Self::Hospices | Self::HospiceMeasures | Self::HospiceZips | Self::SyntheaHospices => Some(Service::Hospice),
            Self::DialysisFacilities => Some(Service::Dialysis),
            Self::EquipmentSuppliers => Some(Service::MedicalEquipment),
            Self::PayerRoster
            | Self::SyntheaHospitals
            | Self::HomeHealthSurvey
            | Self::Hospitals
            | Self::OtherMeasures
            | Self::ZipCentroids
            | Self::Exclusions
            | Self::Npis
            | Self::NpiDeactivations
            | Self::Taxonomy
            | Self::PlanNet
            | Self::MarketplacePlans
            | Self::MarketplaceProviders
            | Self::MarketplaceIndex
            | Self::PriceTransparency
            | Self::ProviderProfiles
            | Self::SameAs => None,
        }
    }

    /// Whether its publisher puts out one file that is the whole list, so that a newer one takes the place of the last.
    pub(crate) fn is_one_list(self) -> bool {
        matches!(
            self,
            Self::HomeHealthAgencies
                | Self::HomeHealthZips
                | Self::NursingHomes
                | Self::NursingHomeDirectory
                | Self::NursingHomeRatings
                | Self::FacilityCharacteristics
                | Self::RehabFacilities
                | Self::RehabConditions
                | Self::LongTermHospitals
                | Self::Hospices
                | Self::HospiceMeasures
                | Self::HospiceZips
                | Self::DialysisFacilities
                | Self::EquipmentSuppliers
        )
    }

    /// How far it is trusted.
    pub(crate) fn trust(self) -> TrustTier {
        match self {
            Self::NursingHomeDirectory | Self::NursingHomeRatings => TrustTier::CmsCut,
            Self::FacilityCharacteristics => TrustTier::Form671,
            Self::Npis | Self::NpiDeactivations => TrustTier::Registry,
            Self::ProviderProfiles => TrustTier::Stated,
            Self::PayerRoster | Self::PlanNet | Self::MarketplacePlans | Self::MarketplaceProviders => TrustTier::Payer,
            Self::SyntheaHomeHealth
            | Self::SyntheaHospices
            | Self::SyntheaRehab
            | Self::SyntheaLongTerm
            | Self::SyntheaHospitals => TrustTier::Synthea,
            _ => TrustTier::Cms,
        }
    }

    /// Why nothing is read from it; `None` for the datasets that are read.
    pub(crate) fn ignored_reason(self) -> Option<&'static str> {
        match self {
            Self::HomeHealthSurvey => Some("survey answers are neither matched on nor ranked by"),
            Self::Hospitals | Self::SyntheaHospitals => Some("hospitals send patients; they are not asked to take them"),
            Self::OtherMeasures => Some("no measure in it is one that providers are ranked by"),
            Self::ZipCentroids => Some("the table of ZIP points is built in"),
            Self::Taxonomy => Some("the taxonomy codes of each service are built in"),
            Self::MarketplaceIndex => Some("it only says where the files are; put the files themselves into the folder"),
            Self::PriceTransparency => Some("it lists prices by tax number, not a directory of providers"),
            _ => None,
        }
    }

    /// The columns without which its rows would be read wrongly or for nothing; lacking one, the refresh is refused.
    pub(crate) fn required(self) -> &'static [KnownColumn] {
        use KnownColumn as C;
        match self {
            Self::HomeHealthAgencies | Self::SyntheaHomeHealth => &[
                C::Ccn,
                C::Name,
                C::Street,
                C::City,
                C::State,
                C::Zip,
                C::OffersNursing,
                C::OffersPhysical,
                C::OffersOccupational,
                C::OffersSpeech,
                C::OffersSocial,
                C::OffersAide,
            ],
            Self::HomeHealthZips | Self::HospiceZips => &[C::Ccn, C::Zip],
            Self::NursingHomes => &[C::Ccn, C::Name, C::Street, C::City, C::State, C::Zip, C::ProviderType, C::OverallRating],
            Self::NursingHomeDirectory => &[C::Ccn, C::Name, C::Street, C::City, C::State, C::Zip, C::Latitude, C::Longitude],
            Self::NursingHomeRatings => &[C::Ccn, C::OverallRating, C::Latitude, C::Longitude],
            Self::FacilityCharacteristics => &[
                C::Ccn,
                C::Name,
                C::City,
                C::State,
                C::Zip,
                C::Participation,
                C::VentilatorBeds,
                C::AlzheimerBeds,
                C::DialysisBeds,
                C::HospiceBeds,
                C::HeadTraumaBeds,
                C::YoungAdultBeds,
            ],
            Self::RehabConditions => &[C::Ccn, C::Name, C::Street, C::City, C::State, C::Zip, C::Condition, C::Count],
            Self::HospiceMeasures => &[C::Ccn, C::Name, C::Street, C::City, C::State, C::Zip, C::MeasureCode, C::Score],
            Self::EquipmentSuppliers => &[C::Npi, C::Name, C::Street, C::City, C::State, C::Zip],
            Self::RehabFacilities
            | Self::LongTermHospitals
            | Self::Hospices
            | Self::DialysisFacilities
            | Self::SyntheaHospices
            | Self::SyntheaRehab
            | Self::SyntheaLongTerm => &[C::Ccn, C::Name, C::Street, C::City, C::State, C::Zip],
            Self::PayerRoster => &[C::Network],
            Self::Exclusions => {
                &[C::Name, C::Npi, C::Street, C::City, C::State, C::Zip, C::ExclusionDate, C::ReinstatementDate]
            }
            Self::Npis => &[C::Npi, C::EntityType, C::Name, C::Street, C::City, C::State, C::Zip],
            Self::NpiDeactivations => &[C::Npi, C::DeactivationDate],
            Self::SameAs => &[C::Record, C::Provider, C::Same],
            Self::ProviderProfiles => &[C::Service],
            Self::SyntheaHospitals
            | Self::HomeHealthSurvey
            | Self::Hospitals
            | Self::OtherMeasures
            | Self::ZipCentroids
            | Self::Taxonomy
            | Self::PlanNet
            | Self::MarketplacePlans
            | Self::MarketplaceProviders
            | Self::MarketplaceIndex
            | Self::PriceTransparency => &[],
        }
    }

    /// What its publisher calls a column, which another may call otherwise.
    pub(crate) fn publisher_column_name(self, column: KnownColumn) -> &'static str {
        use KnownColumn as C;
        match (self, column) {
            (Self::Exclusions, C::Name) => "BUSNAME",
            (Self::Exclusions, C::Street) => "ADDRESS",
            (Self::Exclusions, C::City) => "CITY",
            (Self::Exclusions, C::State) => "STATE",
            (Self::Exclusions, C::Zip) => "ZIP",
            (Self::Npis, C::Name) => "Provider Organization Name (Legal Business Name)",
            (Self::Npis, C::Street) => "Provider First Line Business Practice Location Address",
            (Self::Npis, C::City) => "Provider Business Practice Location Address City Name",
            (Self::Npis, C::State) => "Provider Business Practice Location Address State Name",
            (Self::Npis, C::Zip) => "Provider Business Practice Location Address Postal Code",
            (
                Self::RehabFacilities
                | Self::LongTermHospitals
                | Self::RehabConditions
                | Self::Hospices
                | Self::HospiceMeasures
                | Self::DialysisFacilities,
                C::Name,
            ) => "Facility Name",
            (Self::NursingHomes, C::Street) => "Provider Address",
            (Self::HomeHealthAgencies, C::Street) => "Address",
            _ => column.name(),
        }
    }

    /// Columns that are read when they are there; lacking one is remarked on.
    pub(crate) fn optional_columns(self) -> &'static [KnownColumn] {
        use KnownColumn as C;
        match self {
            Self::HomeHealthAgencies => &[C::Phone, C::Ownership, C::PatientCareStar],
            Self::NursingHomes => &[C::Phone, C::Ownership, C::Beds, C::Latitude, C::Longitude, C::ProcessingDate],
            Self::NursingHomeDirectory => &[C::Phone, C::Beds],
            Self::RehabFacilities | Self::Hospices => &[C::Phone, C::Ownership],
            Self::LongTermHospitals => &[C::Phone, C::Ownership, C::Beds],
            Self::HospiceMeasures => &[C::Phone],
            Self::DialysisFacilities => &[C::Phone, C::Ownership, C::FiveStar, C::Stations],
            _ => &[],
        }
    }

    /// Whether the tool that made the file took ZIP codes for numbers and lost their leading zeros.
    pub(crate) fn loses_zeros(self) -> bool {
        self == Self::NursingHomeDirectory || self.trust() == TrustTier::Synthea
    }
}

impl fmt::Display for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dataset_is_found_by_its_name() {
        assert_eq!(Dataset::ALL.len(), Dataset::SameAs as usize + 1, "one for each that is declared");
        for (at, dataset) in Dataset::ALL.into_iter().enumerate() {
            assert_eq!((dataset as usize, Dataset::named(dataset.name())), (at, Some(dataset)));
        }
        assert_eq!(Dataset::named("tea leaves"), None);
    }
}
