//! An Excel workbook with two sheets: the providers, and the question. Every cell is text or a number, never a formula.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::serve::pages::export::table::{ExportCell, ExportTable};

/// The most characters of a cell, by the file format.
const MOST_LETTERS: usize = 32_767;

/// `table` as a file; `None` if it cannot be written.
pub(crate) fn bytes(table: &ExportTable) -> Option<Vec<u8>> {
    written(table).ok()
}

fn written(table: &ExportTable) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let head = Format::new().set_bold();
    let sheet = workbook.add_worksheet().set_name(table.sheet)?;
    for (column, (name, width)) in (0..).zip(table.columns) {
        sheet.write_string_with_format(0, column, *name, &head)?;
        sheet.set_column_width(column, f64::from(*width))?;
    }
    let mut last = 0;
    for (at, row) in (1..).zip(&table.rows) {
        for (column, cell) in (0..).zip(row) {
            match cell {
                ExportCell::Text(text) => sheet.write_string(at, column, short(text))?,
                ExportCell::Number(number) => sheet.write_number(at, column, *number)?,
            };
        }
        last = at;
    }
    sheet.set_freeze_panes(1, 0)?;
    let columns = u16::try_from(table.columns.len()).unwrap_or(u16::MAX);
    sheet.autofilter(0, 0, last, columns - 1)?;

    let about = workbook.add_worksheet().set_name("About")?;
    about.set_column_width(0, 18)?;
    about.set_column_width(1, 110)?;
    for (at, (name, value)) in (0..).zip(&table.about) {
        about.write_string_with_format(at, 0, *name, &head)?;
        about.write_string(at, 1, short(value))?;
    }
    workbook.save_to_buffer()
}

fn short(cell: &str) -> String {
    cell.chars().take(MOST_LETTERS).collect()
}
