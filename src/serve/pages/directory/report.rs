//! The report of the last refresh in the index folder, and the rows it rejected.

use std::collections::BTreeMap;
use std::io;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use jiff::Timestamp;

use crate::regular_file;
use crate::run_report::rejects::{RejectedRow, RejectedRows};
use crate::run_report::{FOLDER, LAST, RunReport};

/// The longest report that is read, in bytes. A national refresh writes under one megabyte.
const LONGEST: u64 = 16 * 1024 * 1024;

/// How many bytes of the list of rejects are counted.
const COUNTED: u64 = 4 * 1024 * 1024;

/// How many rejects are shown.
pub(crate) const SHOWN: usize = 5;

/// The report of the last run.
#[derive(Debug)]
pub(crate) enum LastReport {
    /// No refresh has left a report.
    None,
    /// The report cannot be read.
    Unreadable(String),
    /// The report, and what was rejected.
    Told(Box<RunReport>, Result<RejectCount, String>),
}

/// What was rejected.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RejectCount {
    /// The count of each reason, largest first.
    pub reasons: Vec<(String, u64)>,
    /// The first few.
    pub first: Vec<RejectedRow>,
    /// Whether there are more than were counted.
    pub more: bool,
}

/// Reads the report of the last run in the folder `index`.
pub(crate) fn last(index: &Path) -> LastReport {
    let folder = index.join(FOLDER);
    let bytes = match read_last(index) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return LastReport::None,
        Err(error) => return LastReport::Unreadable(error.to_string()),
    };
    match serde_json::from_slice::<RunReport>(&bytes) {
        Ok(report) => {
            let rejected = rejected(&folder, &report);
            LastReport::Told(Box::new(report), rejected)
        }
        Err(error) => LastReport::Unreadable(format!("the file is not a report ({error})")),
    }
}

/// Reads the report of the last run in the folder `index`, as JSON.
///
/// # Errors
/// There is none, it cannot be read, or it is too long for a report.
pub(crate) fn read_last(index: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let path = index.join(FOLDER).join(format!("{LAST}.json"));
    regular_file::open(&path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    let too_long = || io::Error::other("the file is too long for a report");
    if bytes.len() as u64 > LONGEST { Err(too_long()) } else { Ok(bytes) }
}

/// The rejects of the run, from the file named by the generation it built or the second it began.
fn rejected(folder: &Path, report: &RunReport) -> Result<RejectCount, String> {
    let RejectedRows { rows, cells, doubts, .. } = report.rejects;
    if rows + cells + doubts == 0 {
        return Ok(RejectCount::default());
    }
    if report.manifest.is_none() && report.began == Timestamp::default() {
        return Err("the report does not name their file".to_owned());
    }
    let name = report.name();
    let file = regular_file::open(&folder.join(format!("{name}.rejects.ndjson"))).map_err(|error| error.to_string())?;
    let size = file.metadata().map_err(|error| error.to_string())?.len();
    counted(BufReader::new(file.take(COUNTED)), size > COUNTED).map_err(|error| error.to_string())
}

/// Counts by reason; a line that is cut off is skipped.
fn counted(lines: impl BufRead, cut: bool) -> io::Result<RejectCount> {
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    let mut rejected = RejectCount { more: cut, ..RejectCount::default() };
    for line in lines.split(b'\n') {
        let Ok(reject) = serde_json::from_slice::<RejectedRow>(&line?) else { continue };
        *reasons.entry(reject.reason.clone()).or_default() += 1;
        if rejected.first.len() < SHOWN {
            rejected.first.push(reject);
        }
    }
    rejected.reasons = reasons.into_iter().collect();
    rejected.reasons.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(rejected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_are_counted_by_reason_past_damaged_lines() {
        let line = |line: u64, reason: &str| format!("{{\"file\":\"a.csv\",\"line\":{line},\"reason\":\"{reason}\"}}\n");
        let text = line(2, "no name") + "{\"file\":\n" + &line(3, "no ZIP") + &line(4, "no ZIP") + "{\"cut";
        let rejected = counted(text.as_bytes(), false).unwrap();
        assert_eq!(rejected.reasons, [("no ZIP".to_owned(), 2), ("no name".to_owned(), 1)]);
        assert_eq!(rejected.first.iter().map(|reject| reject.line).collect::<Vec<_>>(), [2, 3, 4]);
    }

    #[test]
    fn a_report_is_read_or_its_fault_reported() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(last(folder.path()), LastReport::None));
        let reports = folder.path().join(FOLDER);
        std::fs::create_dir(&reports).unwrap();
        for (text, says) in [
            ("{}", None),
            ("{\"began\":null,\"unheard_of\":[1],\"rejects\":{\"rows\":2}}", None),
            ("", Some("not a report")),
            ("7", Some("not a report")),
            ("{\"checks\":7}", Some("not a report")),
        ] {
            std::fs::write(reports.join("last.json"), text).unwrap();
            match (last(folder.path()), says) {
                (LastReport::Told(..), None) => {}
                (LastReport::Unreadable(why), Some(says)) => assert!(why.contains(says), "{why}"),
                (told, says) => panic!("{text}: {told:?} instead of {says:?}"),
            }
        }
        std::fs::remove_file(reports.join("last.json")).unwrap();
        std::fs::create_dir(reports.join("last.json")).unwrap();
        assert!(matches!(last(folder.path()), LastReport::Unreadable(_)));
    }
}
