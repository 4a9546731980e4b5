//! The same-as table: decisions by people on records that may or may not be one provider. The review file of a refresh is
//! such a table with open decisions: fill in its column `same` and put it into the folder; later refreshes apply them.
//!
//! Columns: `record` is the record's name in the review file, `provider` the provider's id, `same` is `yes`, `no`, or empty
//! while undecided. `decided_by` and `decided_on` are for people. All other columns are ignored.

use crate::provider::ProviderId;
use crate::refresh::column::KnownColumn;
use crate::refresh::csv_row::CsvRow;
use crate::refresh::dataset::{DatasetSpec, TableSpec};
use crate::refresh::header_signature::HeaderSignature;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::row_reader::RowReader;
use crate::refresh::source_record::{RowError, RowOutcome};
use crate::refresh::trust_tier::TrustTier;

/// The table.
pub(crate) static SPEC: DatasetSpec = {
    let columns = &[KnownColumn::Record, KnownColumn::Provider, KnownColumn::Same];
    let table = TableSpec::read(HeaderSignature::of(3, columns), columns, || Box::new(RowReader(row)));
    DatasetSpec::table_of("same-as table", TrustTier::Cms, table)
};

/// Normalizes a typed id: "CCN: 265003" becomes "ccn:265003".
fn plain(id: &str) -> String {
    match id.split_once(':') {
        Some((prefix, rest)) => format!("{}:{}", prefix.trim().to_lowercase(), rest.trim()),
        None => id.trim().to_owned(),
    }
}

/// Reads one decision.
pub(crate) fn row(row: &mut CsvRow<'_>, parsed: &mut ParsedInput) -> Result<RowOutcome, RowError> {
    let Some(record) = row.text(KnownColumn::Record) else {
        return Err(RowError::of(KnownColumn::Record, "", "it is missing"));
    };
    let provider: ProviderId = match row.non_empty(KnownColumn::Provider).map(|id| plain(id).parse()) {
        Some(Ok(provider)) => provider,
        Some(Err(error)) => return Err(RowError::of(KnownColumn::Provider, row.raw(KnownColumn::Provider), &error)),
        None => return Err(RowError::of(KnownColumn::Provider, "", "it is missing")),
    };
    if row.non_empty(KnownColumn::Same).is_none() {
        return Ok(RowOutcome::PassedOver);
    }
    let Some(same) = row.flag(KnownColumn::Same) else {
        return Err(RowError::of(KnownColumn::Same, row.raw(KnownColumn::Same), "it is neither yes nor no"));
    };
    let place = format!("line {} of {}", row.line, parsed.records.current_file());
    match parsed.decisions.decide(&plain(&record), &provider, same, place) {
        Ok(true) => Ok(RowOutcome::Used),
        Ok(false) => Ok(RowOutcome::Again),
        Err(reason) => Err(RowError::of(KnownColumn::Same, row.raw(KnownColumn::Same), &reason)),
    }
}
