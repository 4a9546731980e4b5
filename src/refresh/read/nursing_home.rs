//! CMS nursing homes: "Provider Information" as published, and two extracts of it with points and ratings.

use crate::place::Precision;
use crate::provider::quality::{QualityMeasure, SupportingMeasure};
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::enrollments::business_facts;
use crate::refresh::read::row_reader::{RowReader, listed, position};
use crate::refresh::read::{home_safety, measures};
use crate::refresh::safety_claims::SafetyClaims;
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::service::Service;
use crate::text::spreadsheet;

/// "Provider Information" as CMS publishes it.
pub(crate) static HOMES: DatasetSpec = {
    use KnownColumn as C;
    let marks = &[
        C::ProviderType,
        C::LegalName,
        C::SpecialFocus,
        C::AbuseIcon,
        C::OverallRating,
        C::Beds,
        C::ProcessingDate,
        C::GeocodingFootnote,
    ];
    let required = &[C::Ccn, C::Name, C::Street, C::City, C::State, C::Zip, C::ProviderType, C::OverallRating];
    let table = TableSpec {
        optional: &[
            C::Phone,
            C::Ownership,
            C::Beds,
            C::Latitude,
            C::Longitude,
            C::ProcessingDate,
            C::SpecialFocus,
            C::AbuseIcon,
            C::GeocodingFootnote,
        ],
        together: &[
            C::InspectionRating,
            C::StaffingRating,
            C::ResultsRating,
            C::OverallFootnote,
            C::StaffingFootnote,
            C::ReportedStaffingFootnote,
            C::FirstApproved,
            C::RetirementCommunity,
            C::OwnershipChanged,
            C::FineCount,
            C::FineDollars,
            C::DenialCount,
        ],
        column_names: &[(C::Street, "Provider Address")],
        ..TableSpec::read(HeaderSignature::of(5, marks), required, || Box::new(RowReader(home)))
    };
    DatasetSpec::complete_list_of(Service::SkilledNursing, "CMS Nursing Home Provider Information", table)
};

/// An extract with names, addresses and points.
pub(crate) static DIRECTORY: DatasetSpec = {
    use KnownColumn as C;
    let signature = HeaderSignature::of(5, &[C::Ccn, C::Name, C::Street, C::Beds, C::Latitude, C::Longitude]).without(&[
        C::StartDate,
        C::LegalName,
        C::SpecialFocus,
        C::AbuseIcon,
        C::CmsRegion,
        C::Quality,
    ]);
    let required = &[C::Ccn, C::Name, C::Street, C::City, C::State, C::Zip, C::Latitude, C::Longitude];
    let table = TableSpec {
        optional: &[C::Phone, C::Beds],
        loses_zeros: true,
        ..TableSpec::read(signature, required, || Box::new(RowReader(directory)))
    };
    DatasetSpec::list_of(Service::SkilledNursing, "CMS nursing home directory with points", TrustTier::CmsCut, table)
};

/// An extract with ratings and points.
pub(crate) static RATINGS: DatasetSpec = {
    use KnownColumn as C;
    let columns = &[C::Ccn, C::OverallRating, C::Latitude, C::Longitude];
    let signature = HeaderSignature::of(3, columns).without(&[C::Name, C::Street]).at_most(8);
    let table = TableSpec::read(signature, columns, || Box::new(RowReader(rating)));
    DatasetSpec::facts_about(Service::SkilledNursing, "CMS nursing home ratings with points", TrustTier::CmsCut, table)
};

/// The parts of the overall stars.
const STAR_PARTS: [(KnownColumn, SupportingMeasure); 3] = [
    (KnownColumn::InspectionRating, SupportingMeasure::InspectionStar),
    (KnownColumn::StaffingRating, SupportingMeasure::StaffingStar),
    (KnownColumn::ResultsRating, SupportingMeasure::ResultsStar),
];

/// CMS: "provider's full address could not be geocoded; its point was found from part of it".
const POINT_FROM_PART_OF_ADDRESS: &str = "22";

/// Reads one home of "Provider Information".
pub(crate) fn home(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    let precision = match row.non_empty(KnownColumn::GeocodingFootnote).map(spreadsheet::without_wrapping) {
        Some(POINT_FROM_PART_OF_ADDRESS) => Precision::Approximate,
        _ => Precision::Address,
    };
    let (medicare, medicaid) = participation(row);
    let safety = home_safety::safety(row);
    let legal = row.words(KnownColumn::LegalName);
    let source_record = SourceRecord {
        position: position(row, precision),
        rating: row.rating(KnownColumn::OverallRating, QualityMeasure::NursingHomeOverall),
        rating_gap: home_safety::rating_gap(row, &safety),
        safety,
        measures: measures::all(row, &STAR_PARTS),
        first_certified: row.past_date(KnownColumn::FirstApproved, parsed.today),
        beds: row.count(KnownColumn::Beds),
        business: business_facts(row, legal, None),
        medicare,
        medicaid,
        ..listed(row, Service::SkilledNursing)?
    };
    parsed.records.add(ProviderKey::Ccn(ccn), source_record)
}

/// Whether the home participates in Medicare and Medicaid, by its provider type.
fn participation(row: &mut CsvRow<'_>) -> (Option<bool>, Option<bool>) {
    let both = row.read(KnownColumn::ProviderType, "it is not a provider type", |text| {
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        if is("Medicare and Medicaid") {
            Some((true, true))
        } else if is("Medicare") {
            Some((true, false))
        } else if is("Medicaid") {
            Some((false, true))
        } else {
            None
        }
    });
    both.map_or((None, None), |(medicare, medicaid)| (Some(medicare), Some(medicaid)))
}

/// Reads one home of the directory with points.
pub(crate) fn directory(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    let source_record = SourceRecord {
        position: position(row, Precision::Address),
        beds: row.count(KnownColumn::Beds),
        ..listed(row, Service::SkilledNursing)?
    };
    parsed.records.add(ProviderKey::Ccn(ccn), source_record)
}

/// Reads one home of the ratings with points. The file has no names, so it only adds to homes that another file names.
pub(crate) fn rating(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    let source_record = SourceRecord {
        position: position(row, Precision::Address),
        rating: row.rating(KnownColumn::OverallRating, QualityMeasure::NursingHomeOverall),
        rating_gap: home_safety::rating_gap(row, &SafetyClaims::new()),
        ..SourceRecord::of(Service::SkilledNursing)
    };
    parsed.records.add(ProviderKey::Ccn(ccn), source_record)
}
