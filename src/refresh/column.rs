//! What a column means, whatever a file calls it: one table of every name each column has had.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A column some reader uses or some file is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    Ccn,
    Npi,
    Name,
    Street,
    Street2,
    City,
    State,
    Zip,
    County,
    Phone,
    CmsRegion,
    Ownership,
    CertificationDate,
    Latitude,
    Longitude,
    Beds,
    OffersNursing,
    OffersPhysical,
    OffersOccupational,
    OffersSpeech,
    OffersSocial,
    OffersAide,
    PatientCareStar,
    ProviderType,
    LegalName,
    SpecialFocus,
    AbuseIcon,
    OverallRating,
    GeocodingFootnote,
    ProcessingDate,
    Condition,
    Count,
    MeasureCode,
    Score,
    MeasureDates,
    StarRating,
    Participation,
    VentilatorBeds,
    AlzheimerBeds,
    DialysisBeds,
    HospiceBeds,
    HeadTraumaBeds,
    YoungAdultBeds,
    Stations,
    OffersHaemodialysis,
    OffersPeritoneal,
    OffersHomeTraining,
    FiveStar,
    StartDate,
    Quality,
    Hospital,
    Rehab,
    AcceptsAssignment,
    ParticipationBegin,
    Supplies,
    Specialities,
    Network,
    Payer,
    Plan,
    Service,
    Tier,
    Begin,
    End,
    SurveyStar,
    HospitalType,
    EmergencyServices,
    ExclusionType,
    ExclusionDate,
    WaiverDate,
    EntityType,
    TaxonomyCode,
    Grouping,
    Classification,
    Specialization,
    OtherName,
    LastUpdate,
    DeactivationDate,
    ReactivationDate,
    ReinstatementDate,
    Record,
    Provider,
    Same,
    DecidedBy,
    DecidedOn,
    NeedsYes,
    NeedsNo,
    MaxWeight,
    MinAge,
    MaxAge,
    MaxDoses,
    MaxCost,
    Zips,
    RadiusMiles,
    AreaGeojson,
    Languages,
    OnlySex,
    StartOfCare,
    AsOf,
    VerifiedAt,
    StatedBy,
}

/// How many columns there are.
pub const COLUMNS: usize = NAMES.len();

/// Every column, in the order of the enum: first what its publisher calls it today, then its other names.
///
/// Names are compared by letters and digits alone in lower case, so `City/Town`, `citytown` (the API) and `City_Town` are one.
const NAMES: &[(Column, &[&str])] = &[
    (
        Column::Ccn,
        &[
            "CMS Certification Number (CCN)",
            "CCN",
            "Provider Number",
            "Federal Provider Number",
            "Facility ID",
            "Provider ID",
            "id",
            "provnum",
        ],
    ),
    (Column::Npi, &["NPI", "National Provider Identifier"]),
    (
        Column::Name,
        &[
            "Provider Name",
            "Facility Name",
            "name",
            "practicename",
            "BUSNAME",
            "Provider Organization Name (Legal Business Name)",
        ],
    ),
    (
        Column::Street,
        &[
            "Address Line 1",
            "Provider Address",
            "Address",
            "Address 1",
            "practiceaddress1",
            "street",
            "Provider First Line Business Practice Location Address",
        ],
    ),
    (
        Column::Street2,
        &["Address Line 2", "Address 2", "practiceaddress2", "Provider Second Line Business Practice Location Address"],
    ),
    (
        Column::City,
        &[
            "City/Town",
            "City",
            "Provider City",
            "practicecity",
            "Provider Business Practice Location Address City Name",
        ],
    ),
    (
        Column::State,
        &["State", "Provider State", "practicestate", "Provider Business Practice Location Address State Name"],
    ),
    (
        Column::Zip,
        &[
            "ZIP Code",
            "Zip",
            "Provider Zip Code",
            "practicezip9code",
            "Provider Business Practice Location Address Postal Code",
        ],
    ),
    (Column::County, &["County/Parish", "County Name", "County", "Provider County Name"]),
    (
        Column::Phone,
        &[
            "Telephone Number",
            "Phone Number",
            "Phone",
            "Telephone",
            "Provider Phone Number",
            "Provider Business Practice Location Address Telephone Number",
        ],
    ),
    (Column::CmsRegion, &["CMS Region"]),
    (
        Column::Ownership,
        &["Ownership Type", "Type of Ownership", "ownership", "Profit or Non-Profit", "Profit or Non-Profit?"],
    ),
    (Column::CertificationDate, &["Certification Date", "Date Certified"]),
    (Column::Latitude, &["Latitude", "LAT"]),
    (Column::Longitude, &["Longitude", "LON"]),
    (Column::Beds, &["Number of Certified Beds", "Beds", "Total Number of Beds"]),
    (Column::OffersNursing, &["Offers Nursing Care Services", "nursing"]),
    (Column::OffersPhysical, &["Offers Physical Therapy Services", "physical_therapy"]),
    (Column::OffersOccupational, &["Offers Occupational Therapy Services", "occupational_therapy"]),
    (Column::OffersSpeech, &["Offers Speech Pathology Services", "speech"]),
    (Column::OffersSocial, &["Offers Medical Social Services", "social"]),
    (Column::OffersAide, &["Offers Home Health Aide Services", "healthaide"]),
    (Column::PatientCareStar, &["Quality of patient care star rating"]),
    (Column::ProviderType, &["Provider Type"]),
    (Column::LegalName, &["Legal Business Name", "businessname"]),
    (Column::SpecialFocus, &["Special Focus Status", "Special Focus Facility"]),
    (Column::AbuseIcon, &["Abuse Icon"]),
    (Column::OverallRating, &["Overall Rating"]),
    (Column::GeocodingFootnote, &["Geocoding Footnote"]),
    (Column::ProcessingDate, &["Processing Date", "filedate"]),
    (Column::Condition, &["Condition"]),
    (Column::Count, &["Count"]),
    (Column::MeasureCode, &["Measure Code"]),
    (Column::Score, &["Score"]),
    (Column::MeasureDates, &["Measure Date Range"]),
    (Column::StarRating, &["Star Rating"]),
    (Column::Participation, &["Program Participation Code"]),
    (Column::VentilatorBeds, &["Number of Ventilator Beds"]),
    (Column::AlzheimerBeds, &["Number of Alzheimer's Disease Beds"]),
    (Column::DialysisBeds, &["Number of Dialysis Beds"]),
    (Column::HospiceBeds, &["Number of Hospice Beds"]),
    (Column::HeadTraumaBeds, &["Number of Head Trauma Beds"]),
    (Column::YoungAdultBeds, &["Number of Disabled Children/Young Adult Beds"]),
    (Column::Stations, &["# of Dialysis Stations", "Number of Dialysis Stations"]),
    (Column::OffersHaemodialysis, &["Offers in-center hemodialysis"]),
    (Column::OffersPeritoneal, &["Offers peritoneal dialysis", "Offers in-center peritoneal dialysis"]),
    (Column::OffersHomeTraining, &["Offers home hemodialysis training"]),
    (Column::FiveStar, &["Five Star"]),
    (Column::StartDate, &["startdate"]),
    (Column::Quality, &["quality"]),
    (Column::Hospital, &["hospital"]),
    (Column::Rehab, &["rehab"]),
    (Column::AcceptsAssignment, &["acceptsassignement", "acceptsassignment"]),
    (Column::ParticipationBegin, &["participationbegindate"]),
    (Column::Supplies, &["supplieslist"]),
    (Column::Specialities, &["specialitieslist"]),
    (Column::Network, &["network"]),
    (Column::Payer, &["payer"]),
    (Column::Plan, &["plan"]),
    (Column::Service, &["service"]),
    (Column::Tier, &["tier"]),
    (Column::Begin, &["begin"]),
    (Column::End, &["end"]),
    (Column::SurveyStar, &["HHCAHPS Survey Summary Star Rating"]),
    (Column::HospitalType, &["Hospital Type", "type"]),
    (Column::EmergencyServices, &["Emergency Services", "emergency"]),
    (Column::ExclusionType, &["EXCLTYPE"]),
    (Column::ExclusionDate, &["EXCLDATE"]),
    (Column::WaiverDate, &["WAIVERDATE"]),
    (Column::EntityType, &["Entity Type Code"]),
    (Column::TaxonomyCode, &["Code"]),
    (Column::Grouping, &["Grouping"]),
    (Column::Classification, &["Classification"]),
    (Column::Specialization, &["Specialization"]),
    (Column::OtherName, &["Provider Other Organization Name"]),
    (Column::LastUpdate, &["Last Update Date"]),
    (Column::DeactivationDate, &["NPI Deactivation Date", "NPPES Deactivation Date"]),
    (Column::ReactivationDate, &["NPI Reactivation Date"]),
    (Column::ReinstatementDate, &["REINDATE"]),
    (Column::Record, &["record"]),
    (Column::Provider, &["provider"]),
    (Column::Same, &["same"]),
    (Column::DecidedBy, &["decided_by"]),
    (Column::DecidedOn, &["decided_on"]),
    (Column::NeedsYes, &["needs_yes"]),
    (Column::NeedsNo, &["needs_no"]),
    (Column::MaxWeight, &["max_weight_lb"]),
    (Column::MinAge, &["min_age"]),
    (Column::MaxAge, &["max_age"]),
    (Column::MaxDoses, &["max_doses_a_day"]),
    (Column::MaxCost, &["max_cost_dollars_a_day"]),
    (Column::Zips, &["zips"]),
    (Column::RadiusMiles, &["radius_miles"]),
    (Column::AreaGeojson, &["area_geojson"]),
    (Column::Languages, &["languages"]),
    (Column::OnlySex, &["only_sex"]),
    (Column::StartOfCare, &["start_of_care_hours"]),
    (Column::AsOf, &["as_of"]),
    (Column::VerifiedAt, &["verified_at"]),
    (Column::StatedBy, &["stated_by"]),
];

/// The API cuts a long name and ends it with four digits of a hash; a stem shorter than this is no proof of anything.
const SHORTEST_STEM: usize = 30;

static BY_NAME: LazyLock<HashMap<String, Column>> = LazyLock::new(|| {
    let named = |(column, names): &(Column, &'static [&'static str])| {
        names.iter().map(|name| (plain(name), *column)).collect::<Vec<_>>()
    };
    NAMES.iter().flat_map(named).collect()
});

impl Column {
    /// The column a header cell names, if any reader knows it.
    pub fn named(cell: &str) -> Option<Self> {
        BY_NAME.get(&plain(cell)).copied().or_else(|| Self::cut(cell))
    }

    /// What its publisher calls it today.
    pub fn name(self) -> &'static str {
        self.names().first().copied().unwrap_or_default()
    }

    /// Every name it has had.
    pub fn names(self) -> &'static [&'static str] {
        NAMES.get(self as usize).map_or(&[], |(_, names)| names)
    }

    /// A name the API cut: `..._of_certified_be_1f2a`.
    fn cut(cell: &str) -> Option<Self> {
        let (stem, hash) = cell.trim().rsplit_once('_')?;
        let stem = plain(stem);
        let is_hash = hash.len() == 4 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_hash || stem.len() < SHORTEST_STEM {
            return None;
        }
        BY_NAME.iter().find(|(name, _)| name.starts_with(&stem)).map(|(_, column)| *column)
    }
}

/// A name as names are compared.
pub fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum_and_no_name_means_two_things() {
        for (at, (column, _)) in NAMES.iter().enumerate() {
            assert_eq!(*column as usize, at, "{column:?}");
        }
        assert_eq!(
            BY_NAME.len(),
            NAMES
                .iter()
                .map(|(_, names)| names.iter().map(|n| plain(n)).collect::<std::collections::BTreeSet<_>>().len())
                .sum::<usize>()
        );
    }

    #[test]
    fn a_column_is_known_by_its_csv_name_its_api_name_and_its_older_names() {
        for (cell, column) in [
            ("CMS Certification Number (CCN)", Some(Column::Ccn)),
            ("cms_certification_number_ccn", Some(Column::Ccn)),
            ("Provider Number", Some(Column::Ccn)),
            ("Facility ID", Some(Column::Ccn)),
            ("citytown", Some(Column::City)),
            (" ZIP Code", Some(Column::Zip)),
            ("_of_dialysis_stations", Some(Column::Stations)),
            ("of_dialysis_stations", Some(Column::Stations)),
            ("# of Dialysis Stations", None.or(Some(Column::Stations))),
            ("number_of_disabled_childrenyoung_adu_1f2a", Some(Column::YoungAdultBeds)),
            ("Overall Rating Footnote", None),
            ("", None),
        ] {
            assert_eq!(Column::named(cell), column, "{cell:?}");
        }
    }
}
