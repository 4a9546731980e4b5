//! The known columns of all files, with every name each column has had.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::fold_words;

/// Declares the columns with their names: first the publisher's current name, then the others.
macro_rules! columns {
    ($($column:ident: $($name:literal),+;)+) => {
        /// A column that a reader uses or a file is recognized by.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum KnownColumn {
            $($column),+
        }

        /// Every column, in enum order.
        const NAMES: &[(KnownColumn, &[&str])] = &[$((KnownColumn::$column, &[$($name),+])),+];
    };
}

// Names are compared by lower-case letters and digits only, so `City/Town`, `citytown` (the API)
// and `City_Town` are equal.
columns! {
    Ccn:
        "CMS Certification Number (CCN)", "CCN", "Provider Number", "Federal Provider Number", "Facility ID", "Provider ID",
        "id", "provnum", "CCN - BUYER";
    Npi: "NPI", "National Provider Identifier", "NPI - BUYER";
    Name:
        "Provider Name", "Facility Name", "name", "practicename", "BUSNAME", "PROVNAME",
        "Provider Organization Name (Legal Business Name)";
    Street:
        "Address Line 1", "Provider Address", "Address", "Address 1", "practiceaddress1", "street",
        "Provider First Line Business Practice Location Address",
        "Provider Secondary Practice Location Address- Address Line 1";
    Street2:
        "Address Line 2", "Address 2", "practiceaddress2", "Provider Second Line Business Practice Location Address",
        "Provider Secondary Practice Location Address-  Address Line 2";
    City:
        "City/Town", "City", "Provider City", "practicecity", "Provider Business Practice Location Address City Name",
        "Provider Secondary Practice Location Address - City Name";
    State:
        "State", "Provider State", "practicestate", "Provider Business Practice Location Address State Name",
        "Provider Secondary Practice Location Address - State Name";
    Zip:
        "ZIP Code", "Zip", "Provider Zip Code", "practicezip9code",
        "Provider Business Practice Location Address Postal Code",
        "Provider Secondary Practice Location Address - Postal Code";
    ZipArea: "GEOID_ZCTA5_20";
    LandOfZipArea: "AREALAND_ZCTA5_20";
    CountyCode: "GEOID_COUNTY_20";
    CountyArea: "NAMELSAD_COUNTY_20";
    LandOfPart: "AREALAND_PART";
    County: "County/Parish", "County Name", "County", "Provider County Name";
    Phone:
        "Telephone Number", "Phone Number", "Phone", "Telephone", "Provider Phone Number",
        "Provider Business Practice Location Address Telephone Number";
    CmsRegion: "CMS Region";
    Ownership: "Ownership Type", "Type of Ownership", "ownership", "Profit or Non-Profit", "Profit or Non-Profit?";
    CertificationDate: "Certification Date", "Date Certified";
    Latitude: "Latitude", "LAT";
    Longitude: "Longitude", "LON";
    Beds: "Number of Certified Beds", "Beds", "Total Number of Beds", "BEDCERT";
    OffersNursing: "Offers Nursing Care Services", "nursing";
    OffersPhysical: "Offers Physical Therapy Services", "physical_therapy";
    OffersOccupational: "Offers Occupational Therapy Services", "occupational_therapy";
    OffersSpeech: "Offers Speech Pathology Services", "speech";
    OffersSocial: "Offers Medical Social Services", "social";
    OffersAide: "Offers Home Health Aide Services", "healthaide";
    PatientCareStar: "Quality of patient care star rating";
    StarFootnote: "Footnote for quality of patient care star rating";
    CommunityClass: "DTC Performance Categorization";
    ReadmissionClass: "PPR Performance Categorization";
    FunctionScore: "Discharge Function Score";
    MedicareSpending:
        "How much Medicare spends on an episode of care at this agency, compared to Medicare spending across all agencies nationally";
    ProviderType: "Provider Type", "CERTIFICATION";
    LegalName: "Legal Business Name", "businessname", "LBN";
    SpecialFocus: "Special Focus Status", "Special Focus Facility", "SFF";
    AbuseIcon: "Abuse Icon";
    OverallRating: "Overall Rating";
    OverallFootnote: "Overall Rating Footnote";
    InspectionRating: "Health Inspection Rating";
    ResultsRating: "QM Rating";
    StaffingRating: "Staffing Rating";
    StaffingFootnote: "Staffing Rating Footnote";
    ReportedStaffingFootnote: "Reported Staffing Footnote";
    FirstApproved: "Date First Approved to Provide Medicare and Medicaid Services";
    RetirementCommunity: "Continuing Care Retirement Community";
    OwnershipChanged: "Provider Changed Ownership in Last 12 Months";
    FineCount: "Number of Fines";
    FineDollars: "Total Amount of Fines in Dollars";
    DenialCount: "Number of Payment Denials";
    FineId: "Fine ID";
    PenaltyDate: "Penalty Date";
    PenaltyType: "Penalty Type";
    FineAmount: "Fine Amount";
    DenialStart: "Payment Denial Start Date";
    DenialDays: "Payment Denial Length in Days";
    GeocodingFootnote: "Geocoding Footnote";
    ProcessingDate: "Processing Date", "filedate";
    Condition: "Condition";
    Count: "Count";
    MeasureCode: "Measure Code";
    Score: "Score";
    Footnote: "Footnote";
    MeasureDates: "Measure Date Range";
    StarRating: "Star Rating";
    Participation: "Program Participation Code";
    VentilatorBeds: "Number of Ventilator Beds";
    AlzheimerBeds: "Number of Alzheimer's Disease Beds";
    DialysisBeds: "Number of Dialysis Beds";
    HospiceBeds: "Number of Hospice Beds";
    HeadTraumaBeds: "Number of Head Trauma Beds";
    YoungAdultBeds: "Number of Disabled Children/Young Adult Beds";
    Stations: "# of Dialysis Stations", "Number of Dialysis Stations";
    OffersHaemodialysis: "Offers in-center hemodialysis";
    OffersPeritoneal: "Offers peritoneal dialysis", "Offers in-center peritoneal dialysis";
    OffersHomeTraining: "Offers home hemodialysis training";
    FiveStar: "Five Star";
    StartDate: "startdate";
    Quality: "quality";
    Hospital: "hospital";
    Rehab: "rehab";
    AcceptsAssignment: "acceptsassignement", "acceptsassignment";
    ParticipationBegin: "participationbegindate";
    Supplies: "supplieslist";
    Specialities: "specialitieslist";
    Network: "network";
    Payer: "payer";
    Plan: "plan";
    Service: "service";
    Tier: "tier";
    Begin: "begin";
    End: "end";
    SurveyStar: "HHCAHPS Survey Summary Star Rating";
    HospitalType: "Hospital Type", "type";
    EmergencyServices: "Emergency Services", "emergency";
    LastName: "LASTNAME";
    ExclusionType: "EXCLTYPE";
    ExclusionDate: "EXCLDATE";
    WaiverDate: "WAIVERDATE";
    WaiverState: "WVRSTATE";
    EntityType: "Entity Type Code";
    TaxonomyCode: "Code";
    Grouping: "Grouping";
    Classification: "Classification";
    Specialization: "Specialization";
    OtherName: "Provider Other Organization Name";
    OtherNameType: "Provider Other Organization Name Type Code";
    LastUpdate: "Last Update Date";
    DeactivationDate: "NPI Deactivation Date", "NPPES Deactivation Date";
    ReactivationDate: "NPI Reactivation Date";
    ReinstatementDate: "REINDATE";
    CurrentContract: "CURRENT_CONTRACT_ID";
    CurrentPlan: "CURRENT_PLAN_ID";
    CurrentPlanName: "CURRENT_PLAN_NAME";
    ContractId: "Contract ID";
    ResponseFormat: "Response Format";
    Record: "record";
    Provider: "provider";
    Same: "same";
    DecidedBy: "decided_by";
    DecidedOn: "decided_on";
    NeedsYes: "needs_yes";
    NeedsNo: "needs_no";
    MaxWeight: "max_weight_lb";
    MinAge: "min_age";
    MaxAge: "max_age";
    MaxDoses: "max_doses_a_day";
    MaxCost: "max_cost_dollars_a_day";
    Zips: "zips";
    RadiusMiles: "radius_miles";
    AreaGeojson: "area_geojson";
    Languages: "languages";
    OnlySex: "only_sex";
    StartOfCare: "start_of_care_hours";
    Serves: "serves";
    AsOf: "as_of";
    VerifiedAt: "verified_at";
    StatedBy: "stated_by";
    EnrollmentId: "ENROLLMENT ID", "ENROLLMENT ID - BUYER";
    EnrollmentState: "ENROLLMENT STATE", "ENROLLMENT STATE - BUYER";
    MultipleNpi: "MULTIPLE NPI FLAG", "MULTIPLE NPI FLAG - BUYER";
    OrganizationName: "ORGANIZATION NAME", "ORGANIZATION NAME - BUYER";
    BusinessName: "DOING BUSINESS AS NAME", "DOING BUSINESS AS NAME - BUYER";
    NursingHomeName: "NURSING HOME PROVIDER NAME";
    ChainName: "Chain Name", "Affiliated Entity Name", "AFFILIATION ENTITY NAME", "Chain";
    ChainId: "Chain ID", "Affiliated Entity ID", "AFFILIATION ENTITY ID";
    ChainHomes: "Number of facilities";
    ChainFocus: "Number of Special Focus Facilities (SFF)";
    ChainCandidates: "Number of SFF candidates";
    ChainAbuse: "Number of facilities with an abuse icon";
    OwnerType: "TYPE - OWNER", "Owner Type";
    OwnerRole: "ROLE TEXT - OWNER", "Role played by Owner or Manager in Facility";
    OwnerName: "ORGANIZATION NAME - OWNER", "Owner Name";
    OwnerShare: "PERCENTAGE OWNERSHIP", "Ownership Percentage";
    SellerName: "ORGANIZATION NAME - SELLER";
    EffectiveDate: "EFFECTIVE DATE";
    SecondaryCountry: "Provider Secondary Practice Location Address - Country Code (If outside U.S.)";
    License: "license";
    ChangeType: "CHOW TYPE TEXT", "CHOW TYPE CODE";
    WaiverFrom: "SNF Waiver Start Date";
    WaiverUntil: "SNF Waiver End Date";
}

/// The number of columns.
pub(crate) const COLUMNS: usize = NAMES.len();

/// The API shortens a long name and appends four digits of a hash. A shorter stem than this is not
/// reliable.
const SHORTEST_STEM: usize = 30;

static BY_NAME: LazyLock<HashMap<String, KnownColumn>> = LazyLock::new(|| {
    let named = |(column, names): &(KnownColumn, &'static [&'static str])| {
        names.iter().map(|name| (normalize_header(name), *column)).collect::<Vec<_>>()
    };
    NAMES.iter().flat_map(named).collect()
});

impl KnownColumn {
    /// The known column a header cell names, if any.
    pub(crate) fn named(cell: &str) -> Option<Self> {
        BY_NAME.get(&normalize_header(cell)).copied().or_else(|| Self::cut(cell))
    }

    /// The publisher's current name.
    pub(crate) fn name(self) -> &'static str {
        self.names().first().copied().unwrap_or_default()
    }

    /// All its names.
    pub(crate) fn names(self) -> &'static [&'static str] {
        NAMES.get(self as usize).map_or(&[], |(_, names)| names)
    }

    /// Resolves a name that the API shortened: `..._of_certified_be_1f2a`.
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

/// The ASCII letters and digits of a column name, for comparison. Other characters are artifacts of
/// encodings.
pub(crate) fn normalize_header(name: &str) -> String {
    let mut key = fold_words(name);
    key.retain(|c| c.is_ascii_alphanumeric());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_two_columns() {
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
            ("Overall Rating Footnote", Some(KnownColumn::OverallFootnote)),
            ("QM Rating Footnote", None),
            ("", None),
        ] {
            assert_eq!(KnownColumn::named(cell), column, "{cell:?}");
        }
    }
}
