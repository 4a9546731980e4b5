//! The report the last refresh left in the index folder, as far as the page tells of it.
//!
//! The file is another program's, perhaps of another version, so every field may be missing and nothing of it is relied on.

use std::collections::BTreeMap;
use std::io;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use crate::catalog::manifest::{build_second, is_generation};
use crate::regular_file;

/// The folder of reports in that of the index, and the last of them.
const FOLDER: &str = "reports";
const LAST: &str = "last.json";

/// The longest report read, in bytes. One of a national night takes under one megabyte.
const LONGEST: u64 = 16 * 1024 * 1024;

/// How many bytes of the list of rejects are counted over.
const COUNTED: u64 = 4 * 1024 * 1024;

/// How many rejects are shown.
pub(crate) const SHOWN: usize = 5;

/// What there is of the last run.
#[derive(Debug)]
pub(crate) enum LastReport {
    /// No refresh has left a report.
    None,
    /// There is a report, and it cannot be read.
    Unreadable(String),
    /// What it says, and what was rejected.
    Told(Box<StoredReport>, Result<StoredRejectCount, String>),
}

/// A report.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StoredReport {
    /// When the run began.
    pub began: Option<Timestamp>,
    /// How it ended: `published`, `dry_run`, `refused`, `failed`.
    pub outcome: String,
    /// Why nothing was published.
    pub cause: Option<String>,
    /// Why it was to be published whatever the gate says.
    pub forced: Option<String>,
    /// What it built.
    pub manifest: Option<StoredBuild>,
    /// What came of asking each source.
    pub fetched: Vec<StoredFetch>,
    /// What the gate found.
    pub checks: Vec<StoredCheck>,
    /// What is different from the directory before.
    pub changes: Option<StoredChanges>,
    /// Files nothing was read from.
    pub unread: Vec<StoredSkippedFile>,
    /// How many rows and cells could not be used.
    pub rejects: StoredRejects,
    /// What else should be known.
    pub remarks: Vec<String>,
}

/// The generation a run built.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StoredBuild {
    /// Its id.
    pub generation: String,
}

/// What came of asking a source.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StoredFetch {
    /// The source.
    pub source: String,
    /// `new`, `unchanged`, `not_due`, `kept`, `absent`.
    pub outcome: String,
    /// What went wrong.
    pub cause: Option<String>,
}

/// One finding of the gate.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StoredCheck {
    /// `good`, `warn`, `refuse`.
    pub verdict: String,
    /// The finding.
    pub words: String,
}

/// A file that was not used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StoredSkippedFile {
    /// The file.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// How much could not be used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StoredRejects {
    /// Rows.
    pub rows: u64,
    /// Cells of used rows.
    pub cells: u64,
    /// Cells that were used and should be looked at.
    pub doubts: u64,
}

/// What changed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StoredChanges {
    /// Providers that are new.
    pub added: StoredChangeList,
    /// Providers that are gone.
    pub gone: StoredChangeList,
    /// Services that began.
    pub services_begun: StoredChangeList,
    /// Services that ended.
    pub services_ended: StoredChangeList,
    /// Networks, and how many lines each came to hold and holds no more.
    pub networks: BTreeMap<String, StoredTurnover>,
    /// Lines that joined a network.
    pub begun: StoredChangeList,
    /// Lines that left a network.
    pub ended: StoredChangeList,
    /// Ratings that moved.
    pub stars: StoredChangeList,
}

/// Changes of one kind: how many, and the first of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StoredChangeList {
    /// All of them.
    pub count: u64,
    /// The first.
    pub listed: Vec<StoredChange>,
}

/// One change; what of it is told depends on its kind.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StoredChange {
    /// The provider's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The service, by code.
    pub service: Option<String>,
    /// The network, with its payer.
    pub network: Option<String>,
    /// The rating before.
    pub before: Option<String>,
    /// The rating now.
    pub now: Option<String>,
}

/// How one network changed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StoredTurnover {
    /// Lines it came to hold.
    pub begun: u64,
    /// Lines it holds no more.
    pub ended: u64,
}

/// What was rejected.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct StoredRejectCount {
    /// How many of each reason, most first.
    pub reasons: Vec<(String, u64)>,
    /// The first few.
    pub first: Vec<StoredReject>,
    /// There are more than were counted.
    pub more: bool,
}

/// One row or cell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct StoredReject {
    /// The file.
    pub file: String,
    /// The line.
    pub line: u64,
    /// The column; empty where the whole row is meant.
    pub field: String,
    /// What it holds.
    pub value: String,
    /// Why it cannot be used.
    pub reason: String,
}

/// What the last run left in the folder `index`.
pub(crate) fn last(index: &Path) -> LastReport {
    let folder = index.join(FOLDER);
    let bytes = match read(&folder.join(LAST), LONGEST) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return LastReport::None,
        Err(error) => return LastReport::Unreadable(error.to_string()),
    };
    match serde_json::from_slice::<StoredReport>(&bytes) {
        Ok(report) => {
            let rejected = rejected(&folder, &report);
            LastReport::Told(Box::new(report), rejected)
        }
        Err(error) => LastReport::Unreadable(format!("it is not a report ({error})")),
    }
}

fn read(path: &Path, longest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    regular_file::open(path)?.take(longest + 1).read_to_end(&mut bytes)?;
    let too_long = || io::Error::other("it is too long for a report");
    if bytes.len() as u64 > longest { Err(too_long()) } else { Ok(bytes) }
}

/// The rejects of the run, which stand in a file named by the generation it built or the second it began in.
fn rejected(folder: &Path, report: &StoredReport) -> Result<StoredRejectCount, String> {
    let StoredRejects { rows, cells, doubts } = report.rejects;
    if rows + cells + doubts == 0 {
        return Ok(StoredRejectCount::default());
    }
    let built = report.manifest.as_ref().map(|built| built.generation.clone()).filter(|id| is_generation(id));
    let began = report.began.map(build_second);
    let name = built.or(began).ok_or_else(|| "the report does not say which they are".to_owned())?;
    let file = regular_file::open(&folder.join(format!("{name}.rejects.ndjson"))).map_err(|error| error.to_string())?;
    let size = file.metadata().map_err(|error| error.to_string())?.len();
    counted(BufReader::new(file.take(COUNTED)), size > COUNTED).map_err(|error| error.to_string())
}

/// Counts by reason; what is cut off at the end is left out.
fn counted(lines: impl BufRead, cut: bool) -> io::Result<StoredRejectCount> {
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    let mut rejected = StoredRejectCount { more: cut, ..StoredRejectCount::default() };
    for line in lines.split(b'\n') {
        let Ok(reject) = serde_json::from_slice::<StoredReject>(&line?) else { continue };
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
    fn rejects_are_counted_by_reason_whatever_lies_between() {
        let line = |line: u64, reason: &str| format!("{{\"file\":\"a.csv\",\"line\":{line},\"reason\":\"{reason}\"}}\n");
        let text = line(2, "no name") + "{\"file\":\n" + &line(3, "no ZIP") + &line(4, "no ZIP") + "{\"cut";
        let rejected = counted(text.as_bytes(), false).unwrap();
        assert_eq!(rejected.reasons, [("no ZIP".to_owned(), 2), ("no name".to_owned(), 1)]);
        assert_eq!(rejected.first.iter().map(|reject| reject.line).collect::<Vec<_>>(), [2, 3, 4]);
    }

    #[test]
    fn a_report_is_read_by_what_it_has() {
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
            std::fs::write(reports.join(LAST), text).unwrap();
            match (last(folder.path()), says) {
                (LastReport::Told(..), None) => {}
                (LastReport::Unreadable(why), Some(says)) => assert!(why.contains(says), "{why}"),
                (told, says) => panic!("{text}: {told:?} instead of {says:?}"),
            }
        }
        std::fs::remove_file(reports.join(LAST)).unwrap();
        std::fs::create_dir(reports.join(LAST)).unwrap();
        assert!(matches!(last(folder.path()), LastReport::Unreadable(_)));
    }
}
