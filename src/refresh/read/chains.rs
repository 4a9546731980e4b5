//! CMS "Nursing Home Chain Performance Measures": a row for each chain. What it counts is shown beside the chain of a home; its
//! averages are nobody's rating and are not read.

use crate::provider::business::BusinessFact;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::RowReader;
use crate::refresh::source_record::{RowError, RowOutcome};
use crate::refresh::trust_tier::TrustTier;

/// The list as CMS publishes it.
pub(crate) static SPEC: DatasetSpec = {
    use KnownColumn as C;
    let columns = &[C::ChainName, C::ChainId, C::ChainHomes, C::ChainFocus, C::ChainCandidates, C::ChainAbuse];
    let table = TableSpec {
        column_names: &[(C::ChainName, "Chain")],
        ..TableSpec::read(HeaderSignature::of(4, columns), columns, || Box::new(RowReader(chain)))
    };
    DatasetSpec::table_of("CMS Nursing Home Chain Performance Measures", TrustTier::Cms, table)
};

/// Reads one chain. The row of the nation has no chain number.
fn chain(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    if row.non_empty(KnownColumn::ChainId).is_none() {
        return Ok(RowOutcome::PassedOver);
    }
    let id = required_count(row, KnownColumn::ChainId)?;
    let counts = BusinessFact::ChainCounts {
        homes: required_count(row, KnownColumn::ChainHomes)?,
        special_focus: required_count(row, KnownColumn::ChainFocus)?,
        candidates: required_count(row, KnownColumn::ChainCandidates)?,
        abuse_icons: required_count(row, KnownColumn::ChainAbuse)?,
    };
    parsed.enrollments.add_chain(id, counts, parsed.records.current());
    Ok(RowOutcome::Used)
}

fn required_count(row: &mut CsvRow<'_>, column: KnownColumn) -> Result<u32, RowError> {
    row.count(column).ok_or_else(|| RowError::of(column, row.raw(column), "it is not a whole number"))
}
