//! Finds the header of a table: among the first ten lines, and with commas, semicolons, tabs or
//! bars between its cells.

use std::fmt::Write;

use csv::StringRecord;

use crate::refresh::column::KnownColumn;
use crate::refresh::csv_header::CsvHeader;
use crate::refresh::detect;
use crate::refresh::detect::{RecognizedTable, UnknownHeader};
use crate::refresh::input::table_rows::{RowLayout, decoded, lenient, line_starts};

/// The header is one of so many lines.
const LINES: usize = 10;

/// A table with a known header.
#[derive(Debug)]
pub(crate) struct FoundTable {
    /// Its columns.
    pub columns: CsvHeader,
    /// Its dataset and format.
    pub found: RecognizedTable,
    /// How its rows are written.
    pub layout: RowLayout,
    /// The CCNs in its first rows.
    pub ccns: Vec<String>,
}

impl RowLayout {
    /// What is unusual about where the header is and how it is written.
    pub(crate) fn remark(&self) -> Option<String> {
        let by = match self.delimiter {
            b';' => Some("semicolons"),
            b'\t' => Some("tabs"),
            b'|' => Some("bars"),
            _ => None,
        };
        let by = by.map(|by| format!("cells are separated by {by}"));
        let above = match self.above {
            0 => None,
            1 => Some("line 2 is the header; the line above it is not read".to_owned()),
            above => Some(format!("line {} is the header; the {above} lines above it are not read", above + 1)),
        };
        let remarks: Vec<String> = above.into_iter().chain(by).collect();
        (!remarks.is_empty()).then(|| remarks.join("; "))
    }
}

/// A table without a known header.
#[derive(Debug)]
pub(crate) struct UnknownTable {
    /// Why it is not known, with the nearest known dataset.
    pub reason: String,
    /// The columns of the line that is a header if any is.
    pub columns: CsvHeader,
}

/// A line that may be the header, as cells by one delimiter.
pub(crate) struct HeaderCandidate<'t> {
    /// Its cells.
    pub cells: StringRecord,
    /// How the rows are written if it is the header.
    pub layout: RowLayout,
    /// The text from this line on.
    text: &'t [u8],
}

/// The first lines of a text by each delimiter. Blank lines are left out.
pub(crate) fn headers<'t>(text: &'t [u8], delimiters: &'t [u8]) -> impl Iterator<Item = HeaderCandidate<'t>> {
    let lines = line_starts(text).take(LINES).map(|start| &text[start..]).enumerate();
    let is_blank =
        |text: &[u8]| text.split(|byte| matches!(byte, b'\n' | b'\r')).next().is_none_or(|line| line.trim_ascii().is_empty());
    lines.filter(move |(_, text)| !is_blank(text)).flat_map(|(above, text)| {
        delimiters.iter().copied().filter_map(move |delimiter| {
            let cells = decoded(lenient(text, delimiter).into_byte_records().next()?.ok()?);
            Some(HeaderCandidate { cells, layout: RowLayout { delimiter, above, strict: false }, text })
        })
    })
}

/// Finds the header in the beginning of a text; `cut_off` says that the text goes on.
///
/// # Errors
/// No line is the header of a known dataset.
pub(crate) fn search(text: &[u8], cut_off: bool, delimiters: &[u8]) -> Result<FoundTable, Box<UnknownTable>> {
    let mut nearest: Option<(usize, UnknownTable)> = None;
    for HeaderCandidate { cells, layout, text } in headers(text, delimiters) {
        let columns = CsvHeader::of(&cells);
        let ccns = || {
            let ccn = |row: StringRecord| row.get(columns.at(KnownColumn::Ccn)?).map(str::to_owned);
            records(text, cut_off, layout.delimiter).skip(1).filter_map(ccn).collect::<Vec<_>>()
        };
        let known = columns.known();
        match detect::recognize(&columns, ccns) {
            Ok((found, ccns)) => return Ok(FoundTable { columns, found, layout, ccns }),
            Err(UnknownHeader::Doubtful(reason)) => return Err(Box::new(UnknownTable { reason, columns })),
            Err(UnknownHeader::None) if nearest.as_ref().is_none_or(|(most, _)| known > *most) => {
                nearest = Some((known, UnknownTable { reason: reason(&columns), columns }));
            }
            Err(UnknownHeader::None) => {}
        }
    }
    let none = || UnknownTable { reason: "it has no header".to_owned(), columns: CsvHeader::of(&StringRecord::new()) };
    Err(Box::new(nearest.map_or_else(none, |(_, unknown)| unknown)))
}

/// The records of a text. The last one may be cut off, and is left out.
fn records(text: &[u8], cut_off: bool, delimiter: u8) -> impl Iterator<Item = StringRecord> {
    let mut records = lenient(text, delimiter).into_byte_records().map_while(Result::ok).map(decoded).peekable();
    let mut first = true;
    std::iter::from_fn(move || {
        let record = records.next()?;
        let is_last = records.peek().is_none();
        (!(is_last && cut_off) || std::mem::take(&mut first)).then(|| {
            first = false;
            record
        })
    })
}

/// Why a header is of no known dataset, with the one it is nearest to.
fn reason(columns: &CsvHeader) -> String {
    let mut reason = "its header matches no known dataset".to_owned();
    let Some((found, wanted)) = detect::nearest_dataset(columns) else {
        let _ = write!(reason, ", and none of its columns is known");
        return reason;
    };
    let named = |column: &KnownColumn| format!("\"{}\"", found.table.column_name(*column));
    let missing: Vec<String> = wanted.iter().filter(|column| !columns.has(**column)).map(named).collect();
    let (of, name) = (wanted.len(), found.dataset.name);
    // Writing to a String cannot fail.
    let _ = write!(reason, "; the nearest is {name}: {} of its {of} columns are there", of - missing.len());
    let _ = match found.table.signature.refusal(columns) {
        Some(why) if missing.is_empty() => write!(reason, ", but {why}"),
        _ => write!(reason, "; missing: {}", missing.join(", ")),
    };
    reason
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::input::table_rows::DELIMITERS;

    const ZIPS: &str = "State,CMS Certification Number (CCN),ZIP Code\nSC,427001,29401\n";

    fn found(text: &str) -> Result<(&'static str, usize, u8), String> {
        let table = search(text.as_bytes(), false, &DELIMITERS).map_err(|unknown| unknown.reason)?;
        Ok((table.found.dataset.name, table.layout.above, table.layout.delimiter))
    }

    #[test]
    fn a_header_is_found_below_a_title_and_with_any_separator() {
        let name = "CMS Home Health Care ZIP Codes";
        for (text, above, delimiter) in [
            (ZIPS.to_owned(), 0, b','),
            (format!("Service areas as of 06/01/2024\n{ZIPS}"), 1, b','),
            (format!("Service areas as of 06/01/2024,,\r\n\r\n{ZIPS}"), 2, b','),
            (format!("sep=,\n{ZIPS}"), 1, b','),
            (format!("sep=;\r\n{}", ZIPS.replace(',', ";")), 1, b';'),
            (ZIPS.replace(',', ";"), 0, b';'),
            (ZIPS.replace(',', "\t"), 0, b'\t'),
            (ZIPS.replace(',', "|"), 0, b'|'),
            (format!("{}{ZIPS}", "note\n".repeat(9)), 9, b','),
            (format!("a title,\"with, commas\r\n{ZIPS}").replace('"', ""), 1, b','),
        ] {
            assert_eq!(found(&text), Ok((name, above, delimiter)), "{text}");
        }
        assert!(found(&format!("{}{ZIPS}", "note\n".repeat(10))).is_err());
    }

    #[test]
    fn what_is_unknown_is_told_with_the_nearest() {
        for (text, says) in [
            ("red,green\n1,2\n", "its header matches no known dataset, and none of its columns is known"),
            (
                "Offers Speech Pathology Services,Color\nYes,red\n",
                "the nearest is CMS Home Health Care Agencies: 1 of its 13 columns are there; missing: \"Offers Nursing",
            ),
            ("", "it has no header"),
        ] {
            let told = found(text).unwrap_err();
            assert!(told.contains(says), "{told}");
        }
    }
}
