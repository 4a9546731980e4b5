//! Reads an uploaded file as a table of questions: CSV, or the first sheet of a workbook.
//!
//! Only known columns are read. Of all others the heading and the number of filled cells are reported, never what is in them: it may tell
//! of a patient.

use std::collections::BTreeMap;
use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{Encoding, WINDOWS_1252};
use memchr::memchr_iter;
use serde::{Deserialize, Serialize};

use crate::serve::api::batch::MOST_LINES;
use crate::serve::pages::batch_upload::columns::{NEEDED, QuestionColumn, is_in_kilograms};
use crate::serve::pages::form_parsing::form_error::sentence;
use crate::text::count_text::thousands;
use crate::text::printable;
use crate::workbook::read_sheet;
use crate::workbook::sheet_text::{SheetText, WorkbookLimits};

/// The largest file, in bytes. Our choice: 10,000 questions take 1 to 2 MB.
pub(crate) const LARGEST_FILE: usize = 4 * 1024 * 1024;
/// How large a workbook may be, unpacked. Our choice: ten times the largest file of CSV text.
const LIMITS: WorkbookLimits =
    WorkbookLimits { largest: LARGEST_FILE as u64, most_text: 40 << 20, in_proportion: |_, _| Ok(()) };
/// In how many rows the headings are looked for. Our choice: tables begin with a few lines of titles.
const HEADING_ROWS: usize = 20;
/// The most columns that are read. Our choice.
const MOST_COLUMNS: usize = 200;
/// The longest heading that is shown, in characters. Our choice.
const LONGEST_HEADING: usize = 60;
/// What separates the cells of a CSV file.
const SEPARATORS: [u8; 4] = *b",;\t|";
/// The most rows that are kept: one question too many below the lowest headings.
const MOST_ROWS: u64 = MOST_LINES + HEADING_ROWS as u64 + 1;
/// A row that is read behind the file: no file has it, since a text has no such character.
const END_ROW: &[u8] = b"\0";

/// What is wrong at one place of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TableFault {
    /// The row as a spreadsheet counts it; `None` if the fault is of the whole file.
    pub row: Option<u64>,
    /// The heading of the column; empty if the fault is of the whole row.
    pub column: String,
    /// What is wrong.
    pub detail: String,
    /// What to do; empty if the fault says it.
    pub hint: String,
}

/// Something in the file that was not understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UnreadPart {
    /// The row; `None` if it is of the whole file.
    pub row: Option<u64>,
    /// The heading of the column; empty if it is of no column.
    pub column: String,
    /// What it is, and what became of it.
    pub what: String,
}

/// One question as typed: its cells by column, without empty ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QuestionRow {
    /// The row as a spreadsheet counts it.
    pub number: u64,
    /// The filled cells.
    pub cells: Vec<(&'static QuestionColumn, String)>,
}

/// The questions of a file.
#[derive(Debug, Default)]
pub(crate) struct QuestionTable {
    /// The questions, in order.
    pub rows: Vec<QuestionRow>,
    /// What is not read.
    pub unread: Vec<UnreadPart>,
}

impl TableFault {
    /// A fault of the whole file.
    pub(crate) fn of_file(detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { row: None, column: String::new(), detail: detail.into(), hint: hint.into() }
    }
}

impl QuestionRow {
    /// The cell of a field; empty if it has none.
    pub(crate) fn cell(&self, field: &str) -> &str {
        self.cells.iter().find(|(column, _)| column.field == field).map_or("", |(_, cell)| cell)
    }
}

/// Reads the questions of `file`.
///
/// # Errors
/// Everything that is wrong with the file as a whole.
pub(crate) fn read_table(file: &[u8]) -> Result<QuestionTable, Vec<TableFault>> {
    let (text, remark) = text_of(file).map_err(|fault| vec![fault])?;
    let (rows, unclosed) = split(&text, separator(&text), MOST_ROWS);
    drop(text);
    let read = read_rows(rows);
    if let Some(row) = unclosed {
        // What is wrong below it is perhaps wrong only because of it.
        let above = read.err().into_iter().flatten().filter(|fault| fault.row.is_some_and(|other| other < row));
        return Err(above.chain([not_closed(row)]).collect());
    }
    let mut table = read?;
    let about_file = |what: String| UnreadPart { row: None, column: String::new(), what };
    table.unread.extend(remark.map(|remark| about_file(sentence(&remark))));
    Ok(table)
}

/// The file as CSV text, and a remark on what of it is not read.
fn text_of(file: &[u8]) -> Result<(String, Option<String>), TableFault> {
    const SAVE: &str = "Save it as an Excel workbook (.xlsx) without a password, or as CSV.";
    if file.is_empty() {
        return Err(TableFault::of_file("No file was chosen, or it is empty.", "Choose a CSV file or an Excel workbook."));
    }
    if file.starts_with(b"PK\x03\x04") {
        let read = read_sheet(file.to_vec(), None, &LIMITS);
        let SheetText { csv, remark, .. } = read.map_err(|why| TableFault::of_file(sentence(&why), SAVE))?;
        return Ok((String::from_utf8_lossy(&csv).into_owned(), remark));
    }
    if file.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(TableFault::of_file("The file is an old or an encrypted workbook.", SAVE));
    }
    let text = match Encoding::for_bom(file) {
        Some((encoding, mark)) => encoding.decode_without_bom_handling(file.get(mark..).unwrap_or_default()).0,
        None => match std::str::from_utf8(file) {
            Ok(text) => text.into(),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(file).0,
        },
    };
    if text.contains('\0') {
        return Err(TableFault::of_file("The file is neither CSV nor an Excel workbook.", SAVE));
    }
    Ok((text.replace("\r\n", "\n").replace('\r', "\n"), None))
}

/// A row of the file with its number.
type NumberedRow = (u64, Vec<String>);

/// What separates the cells: with it, one of the first rows has the most headings.
fn separator(text: &str) -> u8 {
    let known = |separator: &u8| heading_row(&split(text, *separator, HEADING_ROWS as u64).0).map_or(0, |(_, known)| known);
    SEPARATORS.into_iter().rev().max_by_key(known).unwrap_or(b',')
}

/// The first `most` rows that are not empty, each with the number that a spreadsheet gives it, and the row with a quotation mark that is
/// not closed: everything below it is in its cell.
fn split(text: &str, separator: u8, most: u64) -> (Vec<NumberedRow>, Option<u64>) {
    let text = text.as_bytes().chain(&b"\n"[..]).chain(END_ROW).chain(&b"\n"[..]);
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text);
    let (mut rows, mut record, mut inside, mut last) = (Vec::new(), ByteRecord::new(), 0, None);
    while (rows.len() as u64) < most {
        if !matches!(reader.read_byte_record(&mut record), Ok(true)) {
            // The row that is not closed was counted without its own line break.
            if let (Some(open), Some((number, _))) = (last, rows.last_mut())
                && *number + 1 == open
            {
                *number = open;
            }
            return (rows, last);
        }
        // A row ends with its line break, and a line break inside a cell begins no row of a spreadsheet.
        let breaks = memchr_iter(b'\n', record.as_slice()).count() as u64;
        let number = (reader.position().line() - 1).saturating_sub(breaks + inside);
        inside += breaks;
        if record.as_slice() == END_ROW {
            last = None;
            continue;
        }
        // A row that the end of the file ends has no line break of its own.
        last = Some(number + 1);
        let cell = |cell: &[u8]| String::from_utf8_lossy(cell).trim().to_owned();
        let mut cells: Vec<String> = record.iter().take(MOST_COLUMNS).map(cell).collect();
        let filled = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |at| at + 1);
        cells.truncate(filled);
        cells.shrink_to_fit();
        if !cells.is_empty() {
            rows.push((number, cells));
        }
    }
    (rows, None)
}

fn not_closed(row: u64) -> TableFault {
    TableFault {
        row: Some(row),
        column: String::new(),
        detail: format!("A quotation mark in row {row} is not closed."),
        hint: "Close it with another one, or delete it. The rows below it were not read.".to_owned(),
    }
}

/// The place of the row that has the most headings, and how many it has.
fn heading_row(rows: &[NumberedRow]) -> Option<(usize, usize)> {
    let known = |(_, cells): &NumberedRow| cells.iter().filter(|cell| QuestionColumn::under(cell).is_some()).count();
    let counted = rows.iter().take(HEADING_ROWS).map(known).enumerate();
    counted.filter(|(_, known)| *known > 0).rev().max_by_key(|(_, known)| *known)
}

/// The questions below the headings.
fn read_rows(rows: Vec<NumberedRow>) -> Result<QuestionTable, Vec<TableFault>> {
    let at = heading_row(&rows).map(|(at, _)| at);
    let mut below = rows.into_iter();
    let Some((heading_row, headings)) = at.and_then(|at| below.nth(at)) else {
        let hint = "The first row must have the headings, such as Location and Level of care. Begin with the example file.";
        return Err(vec![TableFault::of_file("No row of the file has the headings of the columns.", hint)]);
    };
    let columns: Vec<Option<&'static QuestionColumn>> =
        headings.iter().map(|heading| QuestionColumn::under(heading)).collect();
    let mut faults = faults_of_headings(heading_row, &headings, &columns);
    let count = below.len() as u64;
    if count == 0 {
        faults.push(TableFault::of_file("The file has no question.", "Write one question per row below the headings."));
    }
    if count > MOST_LINES {
        let detail = format!("The file has more than {} questions, which is the most.", thousands(MOST_LINES));
        faults.push(TableFault::of_file(detail, "Split it into several files."));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut table = QuestionTable::default();
    let mut unread: BTreeMap<usize, u64> = BTreeMap::new();
    for (number, cells) in below {
        let mut row = QuestionRow { number, cells: Vec::new() };
        for (place, cell) in cells.into_iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            match columns.get(place).copied().flatten() {
                Some(column) => row.cells.push((column, cell)),
                None => *unread.entry(place).or_default() += 1,
            }
        }
        table.rows.push(row);
    }
    let part = |(place, count): (usize, u64)| UnreadPart {
        row: None,
        column: headings.get(place).map_or_else(|| letters(place), |heading| shown(heading, place)),
        what: format!("No such column of a question: not read, with {count} filled cells."),
    };
    table.unread = unread.into_iter().map(part).collect();
    if at > Some(0) {
        let what = format!("Rows above the headings, which are in row {heading_row}: not read.");
        table.unread.insert(0, UnreadPart { row: None, column: String::new(), what });
    }
    Ok(table)
}

/// What is wrong with the headings: one that is missing, one that occurs twice, and one that is perhaps mistyped.
fn faults_of_headings(row: u64, headings: &[String], columns: &[Option<&'static QuestionColumn>]) -> Vec<TableFault> {
    let mut faults = Vec::new();
    let fault = |column: String, detail: String, hint: String| TableFault { row: Some(row), column, detail, hint };
    for (place, (heading, column)) in headings.iter().zip(columns).enumerate() {
        let Some(column) = column else {
            if is_in_kilograms(heading) {
                let hint = "Write Weight (lb) as the heading, and 218 kg in the cell or the weight in pounds.".to_owned();
                faults.push(fault(shown(heading, place), "Weights are in pounds.".to_owned(), hint));
            } else if let Some(near) = QuestionColumn::mistyped(heading) {
                let detail = "The heading is not known, but it is like one that is.".to_owned();
                let hint = format!("Did you mean {}? Correct it, or delete the column.", near.heading);
                faults.push(fault(shown(heading, place), detail, hint));
            }
            continue;
        };
        if let Some(first) = columns.iter().take(place).position(|other| *other == Some(*column)) {
            let other = headings.get(first).map_or_else(String::new, |heading| shown(heading, first));
            let detail =
                format!("The columns \u{201c}{other}\u{201d} and \u{201c}{heading}\u{201d} are both {}.", column.heading);
            faults.push(fault(shown(heading, place), detail, "Keep one of them.".to_owned()));
        }
    }
    let missing = NEEDED.into_iter().filter_map(QuestionColumn::of_field).filter(|needed| !columns.contains(&Some(*needed)));
    faults.extend(missing.map(|needed| {
        let detail = format!("The column {} is missing.", needed.heading);
        fault(needed.heading.to_owned(), detail, "Add it, and fill it in for each question.".to_owned())
    }));
    faults
}

/// A heading as it is shown: its text, or the letters of its column.
fn shown(heading: &str, place: usize) -> String {
    let text: String = printable(heading).chars().take(LONGEST_HEADING).collect();
    if text.is_empty() { letters(place) } else { text }
}

/// The letters of a column of a spreadsheet: A, B, ... Z, AA.
fn letters(place: usize) -> String {
    let letter = |at: usize| char::from(b'A' + u8::try_from(at % 26).unwrap_or_default());
    if place < 26 { letter(place).to_string() } else { format!("{}{}", letter(place / 26 - 1), letter(place)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<(u64, usize)> {
        split(text, b',', MOST_ROWS).0.iter().map(|(number, cells)| (*number, cells.len())).collect()
    }

    #[test]
    fn rows_have_the_numbers_of_a_spreadsheet() {
        for (text, rows) in [
            ("a,b\n1,2\n", vec![(1, 2), (2, 2)]),
            ("a,b\n1,2", vec![(1, 2), (2, 2)]),
            ("\n\na,b\n\n1,2\n\n", vec![(3, 2), (5, 2)]),
            ("a,b\n\"x\ny\nz\",2\n3,4\n", vec![(1, 2), (2, 2), (3, 2)]),
            (",\n1,\n", vec![(2, 1)]),
            (",1,,\n", vec![(1, 2)]),
            ("", vec![]),
        ] {
            assert_eq!(numbers(text), rows, "{text:?}");
        }
        assert_eq!(["A", "Z", "AA", "AZ", "BA"], [0, 25, 26, 51, 52].map(letters).each_ref().map(String::as_str));
    }

    #[test]
    fn a_table_is_read_however_it_was_saved() {
        let plain = "Location,Level of care,Insurance\n64108,hospice,Peña\n";
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(plain.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for file in [
            plain.as_bytes().to_vec(),
            format!("\u{feff}{plain}").into_bytes(),
            plain.replace('\n', "\r\n").into_bytes(),
            plain.replace(',', ";").into_bytes(),
            plain.replace(',', "\t").into_bytes(),
            plain.replace('ñ', "\u{1}").bytes().map(|byte| if byte == 1 { 0xf1 } else { byte }).collect(),
            utf16,
        ] {
            let table = read_table(&file).unwrap();
            let row = &table.rows[0];
            assert_eq!((row.number, row.cell("near"), row.cell("coverage")), (2, "64108", "Peña"));
            assert_eq!(table.unread, []);
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_at_once() {
        let faults = |file: &str| -> Vec<(Option<u64>, String)> {
            read_table(file.as_bytes()).unwrap_err().into_iter().map(|fault| (fault.row, fault.column)).collect()
        };
        let at = |row: u64, column: &str| (Some(row), column.to_owned());
        let of_file = || (None, String::new());
        assert_eq!(faults(""), [of_file()]);
        assert_eq!(faults("hello\nworld\n"), [of_file()]);
        assert_eq!(faults("\0\u{1}\n"), [of_file()]);
        assert_eq!(faults("Age\n82\n"), [at(1, "Location"), at(1, "Level of care")]);
        assert_eq!(
            faults("ZIP,Location,Insurence,Patient name\n"),
            [at(1, "Location"), at(1, "Insurence"), at(1, "Level of care"), of_file()]
        );
        assert_eq!(faults("ZIP,service,Weight (kg),weight_kg\n1,x\n"), [at(1, "Weight (kg)"), at(1, "weight_kg")]);
    }

    #[test]
    fn a_file_of_too_many_questions_is_read_no_further() {
        let file = |count: usize| {
            let titles = "Title\n".repeat(HEADING_ROWS - 1);
            format!("{titles}ZIP,service\n{}", "64108,hospice\n".repeat(count))
        };
        let longest = usize::try_from(MOST_LINES).unwrap();
        assert_eq!(read_table(file(longest).as_bytes()).unwrap().rows.len(), longest);
        for count in [longest + 1, longest * 3] {
            let faults = read_table(file(count).as_bytes()).unwrap_err();
            assert!(faults.len() == 1 && faults[0].detail.contains("more than 10,000"), "{faults:?}");
        }
        assert_eq!(split(&file(longest * 3), b',', MOST_ROWS).0.len() as u64, MOST_ROWS);
    }

    #[test]
    fn a_quotation_mark_that_is_not_closed_is_a_fault_of_its_row() {
        let head = "ZIP,service\n";
        for (file, rows) in [
            (format!("{head}1,\"x\n2,y\n3,z\n"), vec![2]),
            (format!("{head}\n1,x\n2,\"y"), vec![4]),
            (format!("{head}\"1\n1\",x\n2,\"y\n\n"), vec![3]),
            ("ZIP,\"service\n1,x\n".to_owned(), vec![1]),
            ("ZIP,Insurence\n1,\"x\n".to_owned(), vec![1, 1, 2]),
        ] {
            let faults = read_table(file.as_bytes()).unwrap_err();
            let places: Vec<u64> = faults.iter().filter_map(|fault| fault.row).collect();
            assert_eq!((&places, faults.len()), (&rows, rows.len()), "{file:?}");
            assert!(faults.last().is_some_and(|fault| fault.detail.contains("not closed")), "{faults:?}");
        }
        for closed in ["1,\"x\n\"\n", "1,\"x\"", "1,5\" wound\n", "1,\"5\"\" wound\"\n"] {
            assert_eq!(read_table(format!("{head}{closed}").as_bytes()).map(|table| table.rows.len()), Ok(1), "{closed:?}");
        }
    }

    #[test]
    fn what_is_not_read_is_counted_and_its_content_stays_unsaid() {
        let file = "Discharges of today\n\nZIP,service,Patient name,\n64108,hospice,Jane Doe,x\n64109,hospice,John Roe,\n";
        let table = read_table(file.as_bytes()).unwrap();
        assert_eq!(table.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [4, 5]);
        let unread: Vec<&str> = table.unread.iter().map(|part| part.column.as_str()).collect();
        assert_eq!(unread, ["", "Patient name", "D"]);
        assert!(table.unread[1].what.contains("2 filled cells"));
        assert!(!format!("{table:?}").contains("Jane"));
    }
}
