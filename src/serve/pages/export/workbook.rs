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
    add_sheet(&mut workbook, table.sheet, table.columns, &table.rows)?;
    add_about(&mut workbook, &table.about)?;
    workbook.save_to_buffer()
}

/// Adds a sheet with a heading and a width for each column. No cell is a formula, whatever it begins with.
pub(crate) fn add_sheet(
    workbook: &mut Workbook,
    name: &str,
    columns: &[(&str, u16)],
    rows: &[Vec<ExportCell>],
) -> Result<(), XlsxError> {
    let head = Format::new().set_bold();
    let sheet = workbook.add_worksheet().set_name(name)?;
    for (column, (name, width)) in (0..).zip(columns) {
        sheet.write_string_with_format(0, column, *name, &head)?;
        sheet.set_column_width(column, f64::from(*width))?;
    }
    let mut last = 0;
    for (at, row) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(row) {
            match cell {
                ExportCell::Text(text) => sheet.write_string(at, column, short(text))?,
                ExportCell::Number(number) => sheet.write_number(at, column, *number)?,
            };
        }
        last = at;
    }
    sheet.set_freeze_panes(1, 0)?;
    let columns = u16::try_from(columns.len()).unwrap_or(u16::MAX);
    sheet.autofilter(0, 0, last, columns - 1)?;
    Ok(())
}

/// Adds a sheet of names and values.
pub(crate) fn add_about(workbook: &mut Workbook, lines: &[(&str, String)]) -> Result<(), XlsxError> {
    let head = Format::new().set_bold();
    let about = workbook.add_worksheet().set_name("About")?;
    about.set_column_width(0, 18)?;
    about.set_column_width(1, 110)?;
    for (at, (name, value)) in (0..).zip(lines) {
        about.write_string_with_format(at, 0, *name, &head)?;
        about.write_string(at, 1, short(value))?;
    }
    Ok(())
}

fn short(cell: &str) -> String {
    cell.chars().take(MOST_LETTERS).collect()
}
