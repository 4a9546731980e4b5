//! CMS "Home Health Care - Patient Survey (HHCAHPS)": the stars that patients give. They are shown and do not rank.

use crate::provider::quality::SupportingMeasure;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::measures;
use crate::refresh::read::row_reader::RowReader;
use crate::refresh::source_record::{ProviderKey, RowError, RowOutcome, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::service::Service;

/// The survey by agency. It adds to agencies that another file names.
pub(crate) static SPEC: DatasetSpec = {
    use KnownColumn as C;
    let table =
        TableSpec::read(HeaderSignature::of(1, &[C::SurveyStar]), &[C::Ccn, C::SurveyStar], || Box::new(RowReader(agency)));
    DatasetSpec::facts_about(Service::HomeHealth, "CMS Home Health Patient Survey (HHCAHPS)", TrustTier::Cms, table)
};

/// Reads one agency.
fn agency(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let ccn = row.ccn()?;
    let measures = measures::all(row, &[(KnownColumn::SurveyStar, SupportingMeasure::PatientSurveyStar)]);
    parsed.records.add(ProviderKey::Ccn(ccn), SourceRecord { measures, ..SourceRecord::of(Service::HomeHealth) })
}
