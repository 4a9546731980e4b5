//! CSV that is safe to open in a spreadsheet: UTF-8 with a byte order mark, CRLF, no cell a formula.

use csv::{Terminator, WriterBuilder};

use crate::serve::pages::export::table::{ExportCell, ExportTable};

/// Tells spreadsheets that the text is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// `table` as a file; `None` if it cannot be written.
pub(crate) fn bytes(table: &ExportTable) -> Option<Vec<u8>> {
    let mut builder = WriterBuilder::new();
    let mut writer = builder.terminator(Terminator::CRLF).from_writer(BYTE_ORDER_MARK.to_vec());
    writer.write_record(table.columns.iter().map(|(head, _)| head)).ok()?;
    for row in &table.rows {
        writer.write_record(row.iter().map(written)).ok()?;
    }
    writer.into_inner().ok()
}

fn written(cell: &ExportCell) -> String {
    match cell {
        ExportCell::Text(text) => inert(text),
        ExportCell::Number(number) => number.to_string(),
    }
}

/// `cell` as text that no spreadsheet reads as a formula: an apostrophe goes before a formula character.
fn inert(cell: &str) -> String {
    // Negative numbers begin with a sign too, but no column has one.
    let dangerous =
        cell.starts_with(['\t', '\r', '\n']) || cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if dangerous { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_like_a_formula() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("  @SUM(A1)", "'  @SUM(A1)"),
            ("+1-800", "'+1-800"),
            ("-", "'-"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("＝1", "'＝1"),
            ("Oak = Hill", "Oak = Hill"),
            ("816-555-0100", "816-555-0100"),
            ("", ""),
        ] {
            assert_eq!(inert(cell), written, "{cell:?}");
        }
    }
}
