//! The monthly list of the Special Focus Facility program. CMS publishes it as a PDF only; it is read as the text that
//! `pdftotext -layout` makes of it.
//!
//! A home of table A is a Special Focus Facility, one of table D a candidate; one of tables B and C has left the program. The list
//! says nothing about other homes.

use std::io;
use std::io::BufRead;

use crate::provider::Ccn;
use crate::provider::safety::SafetyFact;
use crate::refresh::ccn_kind::CcnKind;
use crate::refresh::csv_cell;
use crate::refresh::dataset::{DatasetSpec, TextSpec};
use crate::refresh::input::read_budget::ReadBudget;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::read::stats::ReadStats;
use crate::refresh::safety_claims::{SafetyClaims, SafetyTopic};
use crate::refresh::source_record::{RowError, SourceRecord};
use crate::refresh::trust_tier::TrustTier;
use crate::run_report::rejects::{RejectedRow, RejectedRows};
use crate::service::Service;

/// The list as text.
pub(crate) static SPEC: DatasetSpec = DatasetSpec::text_of(
    "CMS Special Focus Facility list",
    TrustTier::Cms,
    TextSpec { phrase: "Special Focus Facility (SFF) Program", reader: read_list },
);

/// The longest line that is read, in bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// What a table says about its homes.
#[expect(clippy::option_option, reason = "the outer is whether the table is known, the inner its notice")]
fn status(table: char) -> Option<Option<SafetyFact>> {
    match table {
        'A' => Some(Some(SafetyFact::SpecialFocus)),
        'B' | 'C' => Some(None),
        'D' => Some(Some(SafetyFact::SpecialFocusCandidate)),
        _ => None,
    }
}

/// The table that a heading names: "Table A: Current SFF Facilities". The introduction writes "Table A – ...".
fn heading(line: &str) -> Option<char> {
    let (letter, rest) = line.trim().strip_prefix("Table ")?.split_at_checked(1)?;
    letter.chars().next().filter(|_| rest.starts_with(':'))
}

/// The first word, where a telephone number follows it on the line, as in every row of a home.
fn number_of_home(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let first = words.next().filter(|word| word.len() <= 9 && word.bytes().any(|b| b.is_ascii_digit()))?;
    let is_phone = |word: &str| {
        word.len() == 12
            && word.bytes().enumerate().all(|(at, b)| if at == 3 || at == 7 { b == b'-' } else { b.is_ascii_digit() })
    };
    words.any(is_phone).then_some(first)
}

fn read_list(
    document: &mut dyn BufRead,
    within: &ReadBudget,
    file: &str,
    parsed: &mut ParsedInput,
    rejects: &mut RejectedRows,
) -> io::Result<ReadStats> {
    let (mut stats, mut table, mut number) = (ReadStats::default(), None, 0_u64);
    let mut bytes = Vec::new();
    loop {
        within.renew(LONGEST_LINE);
        bytes.clear();
        if document.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(stats);
        }
        number += 1;
        let line = String::from_utf8_lossy(&bytes);
        if let Some(day) = line.trim().strip_prefix("Updated ") {
            let day: Vec<&str> = day.split_whitespace().take(3).collect();
            stats.days.take(csv_cell::date(&day.join(" ")), parsed.today);
        }
        table = heading(&line).or(table);
        let Some((text, fact)) = number_of_home(&line).zip(table.and_then(status)) else { continue };
        stats.rows += 1;
        match text.parse::<Ccn>() {
            Ok(ccn) if CcnKind::of(text).is_some_and(|kind| kind.offers(Service::SkilledNursing)) => {
                let safety = SafetyClaims::from([(SafetyTopic::SpecialFocus, fact)]);
                let source = parsed.records.current();
                let record = SourceRecord { source, safety, ..SourceRecord::of(Service::SkilledNursing) };
                parsed.enrollments.add_record(ccn, record);
            }
            _ => {
                stats.rejected += 1;
                let fault = RowError::whole(text, "it is not the CCN of a nursing home");
                rejects.push_row([RejectedRow::at(file, number, "Provider Number".to_owned(), fault, false)]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_a_home_has_its_number_and_a_telephone() {
        let row = "425302 Rehab Center Of Cheraw     1150 State Road    Cheraw  SC 29520 843-537-2060 01/14/2026   Met   12";
        assert_eq!(number_of_home(row), Some("425302"));
        assert_eq!(number_of_home("2 consecutive surveys in order to be eligible"), None);
        assert_eq!(number_of_home("Provider  Phone 843-537-2060"), None);
        assert_eq!(heading("        Table D: SFF Candidate List\n"), Some('D'));
        assert_eq!(heading("  Table D – SFF Candidate list: These are"), None);
    }
}
