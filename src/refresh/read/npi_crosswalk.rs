//! A table of CCNs and NPIs: each row states that the two are of one provider. It has no network, so it is no roster.

use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::RowReader;
use crate::refresh::source_record::{RowError, RowOutcome};
use crate::refresh::trust_tier::TrustTier;

/// The table. Other columns, such as a name, are not read.
pub(crate) static SPEC: DatasetSpec = {
    use KnownColumn as C;
    let columns = &[C::Ccn, C::Npi];
    let others = &[
        C::Network,
        C::Payer,
        C::Plan,
        C::Tier,
        C::Service,
        C::Begin,
        C::End,
        C::Street,
        C::Zip,
        C::EnrollmentId,
        C::StatedBy,
        C::NeedsYes,
    ];
    let table = TableSpec {
        lost_rows: Some("and payers that list these providers by NPI seem not to list them"),
        ..TableSpec::read(HeaderSignature::of(2, columns).without(others).at_most(4), columns, || Box::new(RowReader(row)))
    };
    DatasetSpec::table_of("table of CCNs and NPIs", TrustTier::Payer, table)
};

/// Reads one pair.
fn row(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let (ccn, npi) = (row.ccn()?, row.npi()?);
    let is_new = parsed.records.npis.entry(npi).or_default().insert(ccn);
    Ok(if is_new { RowOutcome::Used } else { RowOutcome::Again })
}
