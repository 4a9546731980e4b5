//! What a column means, whatever a file calls it: one table of every name each column has had.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::fold_words;

/// A column some reader uses or some file is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum KnownColumn {
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
pub(crate) const COLUMNS: usize = NAMES.len();

/// Every column, in the order of the enum: first what its publisher calls it today, then its other names.
///
/// Names are compared by letters and digits alone in lower case, so `City/Town`, `citytown` (the API) and `City_Town` are one.
const NAMES: &[(KnownColumn, &[&str])] = &[
    (
        KnownColumn::Ccn,
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
    (KnownColumn::Npi, &["NPI", "National Provider Identifier"]),
    (
        KnownColumn::Name,
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
        KnownColumn::Street,
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
        KnownColumn::Street2,
        &["Address Line 2", "Address 2", "practiceaddress2", "Provider Second Line Business Practice Location Address"],
    ),
    (
        KnownColumn::City,
        &["City/Town", "City", "Provider City", "practicecity", "Provider Business Practice Location Address City Name"],
    ),
    (
        KnownColumn::State,
        &["State", "Provider State", "practicestate", "Provider Business Practice Location Address State Name"],
    ),
    (
        KnownColumn::Zip,
        &[
            "ZIP Code",
            "Zip",
            "Provider Zip Code",
            "practicezip9code",
            "Provider Business Practice Location Address Postal Code",
        ],
    ),
    (KnownColumn::County, &["County/Parish", "County Name", "County", "Provider County Name"]),
    (
        KnownColumn::Phone,
        &[
            "Telephone Number",
            "Phone Number",
            "Phone",
            "Telephone",
            "Provider Phone Number",
            "Provider Business Practice Location Address Telephone Number",
        ],
    ),
    (KnownColumn::CmsRegion, &["CMS Region"]),
    (
        KnownColumn::Ownership,
        &["Ownership Type", "Type of Ownership", "ownership", "Profit or Non-Profit", "Profit or Non-Profit?"],
    ),
    (KnownColumn::CertificationDate, &["Certification Date", "Date Certified"]),
    (KnownColumn::Latitude, &["Latitude", "LAT"]),
    (KnownColumn::Longitude, &["Longitude", "LON"]),
    (KnownColumn::Beds, &["Number of Certified Beds", "Beds", "Total Number of Beds"]),
    (KnownColumn::OffersNursing, &["Offers Nursing Care Services", "nursing"]),
    (KnownColumn::OffersPhysical, &["Offers Physical Therapy Services", "physical_therapy"]),
    (KnownColumn::OffersOccupational, &["Offers Occupational Therapy Services", "occupational_therapy"]),
    (KnownColumn::OffersSpeech, &["Offers Speech Pathology Services", "speech"]),
    (KnownColumn::OffersSocial, &["Offers Medical Social Services", "social"]),
    (KnownColumn::OffersAide, &["Offers Home Health Aide Services", "healthaide"]),
    (KnownColumn::PatientCareStar, &["Quality of patient care star rating"]),
    (KnownColumn::ProviderType, &["Provider Type"]),
    (KnownColumn::LegalName, &["Legal Business Name", "businessname"]),
    (KnownColumn::SpecialFocus, &["Special Focus Status", "Special Focus Facility"]),
    (KnownColumn::AbuseIcon, &["Abuse Icon"]),
    (KnownColumn::OverallRating, &["Overall Rating"]),
    (KnownColumn::GeocodingFootnote, &["Geocoding Footnote"]),
    (KnownColumn::ProcessingDate, &["Processing Date", "filedate"]),
    (KnownColumn::Condition, &["Condition"]),
    (KnownColumn::Count, &["Count"]),
    (KnownColumn::MeasureCode, &["Measure Code"]),
    (KnownColumn::Score, &["Score"]),
    (KnownColumn::MeasureDates, &["Measure Date Range"]),
    (KnownColumn::StarRating, &["Star Rating"]),
    (KnownColumn::Participation, &["Program Participation Code"]),
    (KnownColumn::VentilatorBeds, &["Number of Ventilator Beds"]),
    (KnownColumn::AlzheimerBeds, &["Number of Alzheimer's Disease Beds"]),
    (KnownColumn::DialysisBeds, &["Number of Dialysis Beds"]),
    (KnownColumn::HospiceBeds, &["Number of Hospice Beds"]),
    (KnownColumn::HeadTraumaBeds, &["Number of Head Trauma Beds"]),
    (KnownColumn::YoungAdultBeds, &["Number of Disabled Children/Young Adult Beds"]),
    (KnownColumn::Stations, &["# of Dialysis Stations", "Number of Dialysis Stations"]),
    (KnownColumn::OffersHaemodialysis, &["Offers in-center hemodialysis"]),
    (KnownColumn::OffersPeritoneal, &["Offers peritoneal dialysis", "Offers in-center peritoneal dialysis"]),
    (KnownColumn::OffersHomeTraining, &["Offers home hemodialysis training"]),
    (KnownColumn::FiveStar, &["Five Star"]),
    (KnownColumn::StartDate, &["startdate"]),
    (KnownColumn::Quality, &["quality"]),
    (KnownColumn::Hospital, &["hospital"]),
    (KnownColumn::Rehab, &["rehab"]),
    (KnownColumn::AcceptsAssignment, &["acceptsassignement", "acceptsassignment"]),
    (KnownColumn::ParticipationBegin, &["participationbegindate"]),
    (KnownColumn::Supplies, &["supplieslist"]),
    (KnownColumn::Specialities, &["specialitieslist"]),
    (KnownColumn::Network, &["network"]),
    (KnownColumn::Payer, &["payer"]),
    (KnownColumn::Plan, &["plan"]),
    (KnownColumn::Service, &["service"]),
    (KnownColumn::Tier, &["tier"]),
    (KnownColumn::Begin, &["begin"]),
    (KnownColumn::End, &["end"]),
    (KnownColumn::SurveyStar, &["HHCAHPS Survey Summary Star Rating"]),
    (KnownColumn::HospitalType, &["Hospital Type", "type"]),
    (KnownColumn::EmergencyServices, &["Emergency Services", "emergency"]),
    (KnownColumn::ExclusionType, &["EXCLTYPE"]),
    (KnownColumn::ExclusionDate, &["EXCLDATE"]),
    (KnownColumn::WaiverDate, &["WAIVERDATE"]),
    (KnownColumn::EntityType, &["Entity Type Code"]),
    (KnownColumn::TaxonomyCode, &["Code"]),
    (KnownColumn::Grouping, &["Grouping"]),
    (KnownColumn::Classification, &["Classification"]),
    (KnownColumn::Specialization, &["Specialization"]),
    (KnownColumn::OtherName, &["Provider Other Organization Name"]),
    (KnownColumn::LastUpdate, &["Last Update Date"]),
    (KnownColumn::DeactivationDate, &["NPI Deactivation Date", "NPPES Deactivation Date"]),
    (KnownColumn::ReactivationDate, &["NPI Reactivation Date"]),
    (KnownColumn::ReinstatementDate, &["REINDATE"]),
    (KnownColumn::Record, &["record"]),
    (KnownColumn::Provider, &["provider"]),
    (KnownColumn::Same, &["same"]),
    (KnownColumn::DecidedBy, &["decided_by"]),
    (KnownColumn::DecidedOn, &["decided_on"]),
    (KnownColumn::NeedsYes, &["needs_yes"]),
    (KnownColumn::NeedsNo, &["needs_no"]),
    (KnownColumn::MaxWeight, &["max_weight_lb"]),
    (KnownColumn::MinAge, &["min_age"]),
    (KnownColumn::MaxAge, &["max_age"]),
    (KnownColumn::MaxDoses, &["max_doses_a_day"]),
    (KnownColumn::MaxCost, &["max_cost_dollars_a_day"]),
    (KnownColumn::Zips, &["zips"]),
    (KnownColumn::RadiusMiles, &["radius_miles"]),
    (KnownColumn::AreaGeojson, &["area_geojson"]),
    (KnownColumn::Languages, &["languages"]),
    (KnownColumn::OnlySex, &["only_sex"]),
    (KnownColumn::StartOfCare, &["start_of_care_hours"]),
    (KnownColumn::AsOf, &["as_of"]),
    (KnownColumn::VerifiedAt, &["verified_at"]),
    (KnownColumn::StatedBy, &["stated_by"]),
];

/// The API cuts a long name and ends it with four digits of a hash; a stem shorter than this is no proof of anything.
const SHORTEST_STEM: usize = 30;

static BY_NAME: LazyLock<HashMap<String, KnownColumn>> = LazyLock::new(|| {
    let named = |(column, names): &(KnownColumn, &'static [&'static str])| {
        names.iter().map(|name| (normalize_header(name), *column)).collect::<Vec<_>>()
    };
    NAMES.iter().flat_map(named).collect()
});

impl KnownColumn {
    /// The column a header cell names, if any reader knows it.
    pub(crate) fn named(cell: &str) -> Option<Self> {
        BY_NAME.get(&normalize_header(cell)).copied().or_else(|| Self::cut(cell))
    }

    /// What its publisher calls it today.
    pub(crate) fn name(self) -> &'static str {
        self.names().first().copied().unwrap_or_default()
    }

    /// Every name it has had.
    pub(crate) fn names(self) -> &'static [&'static str] {
        NAMES.get(self as usize).map_or(&[], |(_, names)| names)
    }

    /// A name the API cut: `..._of_certified_be_1f2a`.
    fn cut(cell: &str) -> Option<Self> {
        let (stem, hash) = cell.trim().rsplit_once('_')?;
        let stem = normalize_header(stem);
        let is_hash = hash.len() == 4 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_hash || stem.len() < SHORTEST_STEM {
            return None;
        }
        BY_NAME.iter().find(|(name, _)| name.starts_with(&stem)).map(|(_, column)| *column)
    }
}

/// A name as the names of columns are compared: by its ASCII letters and digits. Others are what an encoding made of a mark.
pub(crate) fn normalize_header(name: &str) -> String {
    let mut key = fold_words(name);
    key.retain(|c| c.is_ascii_alphanumeric());
    key
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
                .map(|(_, names)| names.iter().map(|n| normalize_header(n)).collect::<std::collections::BTreeSet<_>>().len())
                .sum::<usize>()
        );
    }

    #[test]
    fn a_column_is_known_by_its_csv_name_its_api_name_and_its_older_names() {
        for (cell, column) in [
            ("CMS Certification Number (CCN)", Some(KnownColumn::Ccn)),
            ("cms_certification_number_ccn", Some(KnownColumn::Ccn)),
            ("Provider Number", Some(KnownColumn::Ccn)),
            ("Facility ID", Some(KnownColumn::Ccn)),
            ("citytown", Some(KnownColumn::City)),
            (" ZIP Code", Some(KnownColumn::Zip)),
            ("_of_dialysis_stations", Some(KnownColumn::Stations)),
            ("of_dialysis_stations", Some(KnownColumn::Stations)),
            ("# of Dialysis Stations", None.or(Some(KnownColumn::Stations))),
            ("number_of_disabled_childrenyoung_adu_1f2a", Some(KnownColumn::YoungAdultBeds)),
            ("Overall Rating Footnote", None),
            ("", None),
        ] {
            assert_eq!(KnownColumn::named(cell), column, "{cell:?}");
        }
    }
}
