//! CMS long-term care hospitals: "General Information" and "Provider Data".

use crate::provider::quality::{QualityMeasure, SupportingMeasure};
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::general_information::general_information;
use crate::refresh::read::measures::{MEASURES_BY_PROVIDER, MeasureFile, MeasurePivot};
use crate::refresh::read::row_reader::{RowReader, listed};
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::service::Service;

/// The list as CMS publishes it.
pub(crate) static SPEC: DatasetSpec = {
    let table = TableSpec {
        optional: &[KnownColumn::Street2, KnownColumn::Phone, KnownColumn::Ownership, KnownColumn::Beds],
        ..general_information(|| Box::new(RowReader(hospital)))
    };
    let name = "CMS Long-Term Care Hospital General Information";
    DatasetSpec::complete_list_of(Service::LongTermAcute, name, table)
};

/// "Provider Data".
pub(crate) static HOSPITAL_MEASURES: DatasetSpec = {
    use KnownColumn as C;
    let required = &[C::Ccn, C::Name, C::Street, C::City, C::State, C::Zip, C::MeasureCode, C::Score];
    let table = TableSpec {
        optional: &[C::Street2, C::Phone, C::Footnote],
        ..TableSpec::read(MEASURES_BY_PROVIDER, required, || Box::new(MeasurePivot::of(&MEASURES)))
    };
    DatasetSpec::list_of(Service::LongTermAcute, "CMS Long-Term Care Hospital Provider Data", TrustTier::Cms, table)
};

/// The measures of "Provider Data" that are read.
pub(crate) static MEASURES: MeasureFile = MeasureFile {
    listed: certified,
    value: KnownColumn::Score,
    rating: Some(("L_018_02_DTC_COMP_PERF", QualityMeasure::DischargeToCommunity)),
    supporting: &[
        ("L_017_01_PPR_PD_COMP_PERF", SupportingMeasure::Readmission),
        ("L_006_01_COMP_PERF", SupportingMeasure::UrinaryInfection),
        ("L_007_01_COMP_PERF", SupportingMeasure::BloodstreamInfection),
        ("L_014_01_COMP_PERF", SupportingMeasure::CDifficile),
        ("L_019_01_MSPB_SCORE", SupportingMeasure::MedicareSpending),
    ],
};

/// Reads one hospital.
pub(crate) fn hospital(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    let mut source_record = certified(row)?;
    source_record.beds = row.count(KnownColumn::Beds);
    parsed.records.add(ProviderKey::Ccn(ccn), source_record)
}

fn certified(row: &mut CsvRow<'_>) -> Result<SourceRecord, RowError> {
    Ok(SourceRecord { medicare: Some(true), ..listed(row, Service::LongTermAcute)? })
}
