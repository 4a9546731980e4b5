//! Reads a sheet of a workbook, within limits on its size.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, SheetVisible, Xlsx};
use zip::ZipArchive;

use crate::workbook::sheet_text::{SheetText, WorkbookLimits};

/// The part that every workbook has.
const WORKBOOK: &str = "xl/workbook.xml";
/// The rows and columns of a sheet, as Excel has them. The library reads references beyond them.
const ROWS: u32 = 1_048_576;
const COLUMNS: u32 = 16_384;

/// A sheet of a workbook: that of this name, else the first visible one.
///
/// # Errors
/// Why it cannot be read.
pub(super) fn read_sheet(bytes: Vec<u8>, named: Option<&str>, limits: &WorkbookLimits) -> Result<SheetText, String> {
    check_size(&bytes, limits)?;
    // A damaged file must not end the work on others, whatever the library does with it.
    let read = catch_unwind(AssertUnwindSafe(|| sheet(bytes, named, limits.most_text)));
    read.unwrap_or_else(|_| Err("the workbook is damaged".to_owned()))
}

/// Unpacks the workbook once to see how large it is; the sizes that it states may be wrong.
fn check_size(bytes: &[u8], limits: &WorkbookLimits) -> Result<(), String> {
    let &WorkbookLimits { largest, most_text, in_proportion } = limits;
    if bytes.len() as u64 > largest {
        return Err(format!("the workbook is larger than {} MB; save the sheet as CSV", largest >> 20));
    }
    let damaged = |error: zip::result::ZipError| format!("the workbook is damaged: {error}");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.index_for_name(WORKBOOK).is_none() {
        return Err("it is no workbook but an archive or another document; unpack it, or save it as CSV".to_owned());
    }
    let mut unpacked = 0;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(damaged)?;
        let copied = std::io::copy(&mut part.take(most_text + 1 - unpacked), &mut std::io::sink());
        unpacked += copied.map_err(|error| format!("the workbook is damaged: {error}"))?;
        if unpacked > most_text {
            return Err(format!("the workbook expands to more than {} MB; save the sheet as CSV", most_text >> 20));
        }
        in_proportion(unpacked, bytes.len() as u64).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn sheet(bytes: Vec<u8>, named: Option<&str>, most_text: u64) -> Result<SheetText, String> {
    let unreadable = |error: calamine::XlsxError| format!("the workbook cannot be read: {error}; save the sheet as CSV");
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let visible = |sheet: &&calamine::Sheet| sheet.visible == SheetVisible::Visible;
    let mut names: Vec<String> = workbook.sheets_metadata().iter().filter(visible).map(|sheet| sheet.name.clone()).collect();
    let sheets = names.clone();
    let quoted = |names: &[String]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>();
    let at = match named {
        Some(named) => names.iter().position(|name| name.trim().eq_ignore_ascii_case(named.trim())).ok_or_else(|| {
            let all = quoted(&names).join(", ");
            format!("the workbook has no sheet \"{named}\", which sources.toml names; its sheets are {all}")
        })?,
        None if names.is_empty() => return Err("the workbook has no visible sheet".to_owned()),
        None => 0,
    };
    let name = names.remove(at);
    let others: Vec<String> = if named.is_some() { Vec::new() } else { quoted(&names) };
    let remark = (!others.is_empty()).then(|| format!("the sheet \"{name}\" is read, and not {}", others.join(", ")));
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(unreadable)?;
    let mut rows = SheetRows::default();
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        let (row, column) = cell.get_position();
        if row >= ROWS || column >= COLUMNS {
            return Err("its sheet has a cell beyond the limits of a workbook; save it as CSV".to_owned());
        }
        rows.cell(row, column, cell.get_value());
        if rows.csv.len() as u64 > most_text {
            return Err(format!("its sheet has more than {} MB of text; save it as CSV", most_text >> 20));
        }
    }
    rows.end_row();
    rows.csv.push(b'\n');
    Ok(SheetText { csv: rows.csv, remark, sheets })
}

/// Writes cells, which come in order.
#[derive(Default)]
struct SheetRows {
    csv: Vec<u8>,
    row: u32,
    column: u32,
    /// The last column of the widest row so far.
    widest: u32,
}

impl SheetRows {
    /// Makes the row as wide as the header above it: a sheet has no cells behind the last value.
    fn end_row(&mut self) {
        self.csv.extend(std::iter::repeat_n(b',', (self.widest - self.column) as usize));
        self.column = self.widest;
    }

    fn cell(&mut self, row: u32, column: u32, value: &DataRef<'_>) {
        let text = text(value);
        if text.is_empty() {
            return;
        }
        if row > self.row {
            self.end_row();
            self.csv.extend(std::iter::repeat_n(b'\n', (row - self.row) as usize));
            (self.row, self.column) = (row, 0);
        }
        self.csv.extend(std::iter::repeat_n(b',', column.saturating_sub(self.column) as usize));
        self.column = self.column.max(column);
        self.widest = self.widest.max(column);
        if text.contains([',', '"']) {
            self.csv.push(b'"');
            self.csv.extend_from_slice(text.replace('"', "\"\"").as_bytes());
            self.csv.push(b'"');
        } else {
            self.csv.extend_from_slice(text.as_bytes());
        }
    }
}

/// A cell as text: dates as `2026-01-31`, whole numbers without decimals, no line breaks.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => on_one_line(text),
        DataRef::SharedString(text) => on_one_line(text),
        DataRef::Error(error) => error.to_string(),
        DataRef::DateTime(when) if when.is_datetime() && when.as_f64() >= 1.0 => {
            let (year, month, day, hour, minute, second, _) = when.to_ymd_hms_milli();
            let time = if (hour, minute, second) == (0, 0, 0) {
                String::new()
            } else {
                format!("T{hour:02}:{minute:02}:{second:02}")
            };
            format!("{year:04}-{month:02}-{day:02}{time}")
        }
        DataRef::DateTime(number) => number.as_f64().to_string(),
    }
}

fn on_one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// A workbook with one sheet, which has one cell at `reference`.
    fn workbook(reference: &str) -> Vec<u8> {
        let relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (part, content) in [
            (
                "_rels/.rels",
                format!(
                    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
                     <Relationship Id=\"rId1\" Type=\"{relation}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            (
                WORKBOOK,
                format!(
                    "<workbook xmlns=\"{main}\" xmlns:r=\"{relation}\"><sheets>\
                     <sheet name=\"One\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
                     <Relationship Id=\"rId1\" Type=\"{relation}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!(
                    "<worksheet xmlns=\"{main}\"><sheetData><row><c r=\"{reference}\"><v>7</v></c></row></sheetData></worksheet>"
                ),
            ),
        ] {
            archive.start_file(part, SimpleFileOptions::default()).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn a_cell_beyond_the_limits_of_a_workbook_is_refused() {
        let limits = WorkbookLimits { largest: 1 << 20, most_text: 2 << 20, in_proportion: |_, _| Ok(()) };
        let read = |reference: &str| read_sheet(workbook(reference), None, &limits);
        for (reference, length) in [("B2", 4), ("A1048576", 1_048_577), ("XFD1", 16_385)] {
            assert_eq!(read(reference).map(|sheet| sheet.csv.len()), Ok(length), "{reference}");
        }
        for reference in ["A1048577", "XFE1", "A4000000000", "ZZZZZZ1"] {
            let why = read(reference).map(|sheet| sheet.csv.len()).unwrap_err();
            assert!(why.contains("beyond the limits of a workbook"), "{reference}: {why}");
        }
    }
}
