//! The review file: records that may be the same provider, for a person to decide.

use std::borrow::Cow;
use std::io;

use crate::run_report::ReviewRow;

/// The columns of the review file.
const COLUMNS: [&str; 15] = [
    "record",
    "provider",
    "same",
    "decided_by",
    "decided_on",
    "agrees",
    "used_for",
    "record_name",
    "provider_name",
    "record_address",
    "provider_address",
    "record_phone",
    "provider_phone",
    "record_ids",
    "provider_ids",
];

/// Escapes a cell that a spreadsheet would take for a formula.
fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}").into() } else { cell.into() }
}

/// The review file: a same-as table with blank decisions.
///
/// # Errors
/// None that a row can cause; the signature is the writer's.
pub fn csv(rows: &[ReviewRow]) -> io::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(COLUMNS)?;
    for row in rows {
        let cells = [
            &row.record,
            &row.provider,
            "",
            "",
            "",
            &row.agrees,
            &row.used_for,
            &row.record_name,
            &row.provider_name,
            &row.record_address,
            &row.provider_address,
            &row.record_phone,
            &row.provider_phone,
            &row.record_ids,
            &row.provider_ids,
        ];
        table.write_record(cells.map(harmless).iter().map(AsRef::as_ref))?;
    }
    table.into_inner().map_err(csv::IntoInnerError::into_error)
}
