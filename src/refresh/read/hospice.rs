//! CMS hospices: "General Information", and the tall "Provider Data" and survey with a row for each hospice and measure.

use crate::provider::quality::{QualityMeasure, SupportingMeasure};
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::general_information::general_information;
use crate::refresh::read::measures::{MEASURES_BY_PROVIDER, MeasureFile, MeasurePivot};
use crate::refresh::read::row_reader::{RowReader, listed};
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::service::{Need, Service};

/// "General Information".
pub(crate) static HOSPICES: DatasetSpec = {
    let table = TableSpec {
        optional: &[KnownColumn::Street2, KnownColumn::Phone, KnownColumn::Ownership],
        ..general_information(|| Box::new(RowReader(hospice)))
    };
    DatasetSpec::complete_list_of(Service::Hospice, "CMS Hospice General Information", table)
};

/// "Provider Data".
pub(crate) static MEASURES: DatasetSpec = {
    use KnownColumn as C;
    let required = &[C::Ccn, C::Name, C::Street, C::City, C::State, C::Zip, C::MeasureCode, C::Score];
    let table = TableSpec {
        optional: &[C::Street2, C::Phone, C::Footnote],
        column_names: &[(C::Name, "Facility Name")],
        ..TableSpec::read(MEASURES_BY_PROVIDER, required, || Box::new(MeasurePivot::of(&CARE_INDEX)))
    };
    DatasetSpec::list_of(Service::Hospice, "CMS Hospice Provider Data", TrustTier::Cms, table)
};

/// "Provider CAHPS Hospice Survey Data": what family caregivers answered.
pub(crate) static SURVEY: DatasetSpec = {
    use KnownColumn as C;
    let signature = HeaderSignature::of(3, &[C::MeasureCode, C::StarRating, C::Ccn]);
    let required = &[C::Ccn, C::Name, C::Street, C::City, C::State, C::Zip, C::MeasureCode, C::StarRating];
    let table = TableSpec {
        optional: &[C::Street2, C::Phone, C::Footnote],
        column_names: &[(C::Name, "Facility Name")],
        ..TableSpec::read(signature, required, || Box::new(MeasurePivot::of(&SURVEY_MEASURES)))
    };
    DatasetSpec::list_of(Service::Hospice, "CMS Hospice CAHPS Survey", TrustTier::Cms, table)
};

/// The Hospice Care Index, 0 to 10.
static CARE_INDEX: MeasureFile = MeasureFile {
    listed: certified,
    value: KnownColumn::Score,
    rating: Some(("H_012_00_OBSERVED", QualityMeasure::HospiceCareIndex)),
    supporting: &[],
};

/// The stars of the survey.
pub(crate) static SURVEY_MEASURES: MeasureFile = MeasureFile {
    listed: certified,
    value: KnownColumn::StarRating,
    rating: None,
    supporting: &[("SUMMARY_STAR_RATING", SupportingMeasure::FamilyCaregiverStar)],
};

/// Every certified hospice provides care at home; routine home care is its first level of care (42 CFR 418.100 and 418.302).
pub(crate) const CERTIFIED_MEANS: Need = Need::from_code("eol.home").unwrap();

/// One hospice of "General Information".
pub(crate) fn hospice(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    parsed.records.add(ProviderKey::Ccn(ccn), certified(row)?)
}

fn certified(row: &mut CsvRow<'_>) -> Result<SourceRecord, RowError> {
    let mut source_record = listed(row, Service::Hospice)?;
    source_record.medicare = Some(true);
    source_record.yes(CERTIFIED_MEANS);
    Ok(source_record)
}
