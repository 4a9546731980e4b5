//! The report the last refresh left in the index folder, as far as the page tells of it.
//!
//! The file is another program's, perhaps of another version, so every field may be missing and nothing of it is relied on.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use crate::catalog::generation::is_generation;
use crate::regular_file;

/// The folder of reports in that of the index, and the last of them.
const FOLDER: &str = "reports";
const LAST: &str = "last.json";

/// The longest report read, in bytes. One of a national night takes under one megabyte.
const LONGEST: u64 = 16 * 1024 * 1024;

/// How many bytes of the list of rejects are counted over.
const COUNTED: u64 = 4 * 1024 * 1024;

/// How many rejects are shown.
pub const SHOWN: usize = 5;

/// What there is of the last run.
#[derive(Debug)]
pub enum Last {
    /// No refresh has left a report.
    None,
    /// There is a report, and it cannot be read.
    Unreadable(String),
    /// What it says, and what was rejected.
    Told(Box<Report>, Result<Rejected, String>),
}

/// A report.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Report {
    /// When the run began.
    pub began: Option<Timestamp>,
    /// How it ended: `published`, `dry_run`, `refused`, `failed`.
    pub outcome: String,
    /// Why nothing was published.
    pub cause: Option<String>,
    /// Why it was to be published whatever the gate says.
    pub forced: Option<String>,
    /// What it built.
    pub manifest: Option<Built>,
    /// What came of asking each source.
    pub fetched: Vec<Fetched>,
    /// What the gate found.
    pub checks: Vec<Check>,
    /// What is different from the directory before.
    pub changes: Option<Changes>,
    /// Files nothing was read from.
    pub unread: Vec<Unread>,
    /// How many rows and cells could not be used.
    pub rejects: Rejects,
    /// What else should be known.
    pub remarks: Vec<String>,
}

/// The generation a run built.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Built {
    /// Its id.
    pub generation: String,
}

/// What came of asking a source.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Fetched {
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
pub struct Check {
    /// `good`, `warn`, `refuse`.
    pub verdict: String,
    /// The finding.
    pub words: String,
}

/// A file that was not used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Unread {
    /// The file.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// How much could not be used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Rejects {
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
pub struct Changes {
    /// Providers that are new.
    pub added: Listing,
    /// Providers that are gone.
    pub gone: Listing,
    /// Services that began.
    pub services_begun: Listing,
    /// Services that ended.
    pub services_ended: Listing,
    /// Networks, and how many lines each came to hold and holds no more.
    pub networks: BTreeMap<String, Turnover>,
    /// Lines that joined a network.
    pub begun: Listing,
    /// Lines that left a network.
    pub ended: Listing,
    /// Ratings that moved.
    pub stars: Listing,
}

/// Changes of one kind: how many, and the first of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Listing {
    /// All of them.
    pub count: u64,
    /// The first.
    pub listed: Vec<Change>,
}

/// One change; what of it is told depends on its kind.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Change {
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
pub struct Turnover {
    /// Lines it came to hold.
    pub begun: u64,
    /// Lines it holds no more.
    pub ended: u64,
}

/// What was rejected.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rejected {
    /// How many of each reason, most first.
    pub reasons: Vec<(String, u64)>,
    /// The first few.
    pub first: Vec<Reject>,
    /// There are more than were counted.
    pub more: bool,
}

/// One row or cell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Reject {
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
pub fn last(index: &Path) -> Last {
    let folder = index.join(FOLDER);
    let bytes = match read(&folder.join(LAST), LONGEST) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Last::None,
        Err(error) => return Last::Unreadable(error.to_string()),
    };
    match serde_json::from_slice::<Report>(&bytes) {
        Ok(report) => {
            let rejected = rejected(&folder, &report);
            Last::Told(Box::new(report), rejected)
        }
        Err(error) => Last::Unreadable(format!("it is not a report ({error})")),
    }
}

fn read(path: &Path, longest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    regular_file::open(path)?.take(longest + 1).read_to_end(&mut bytes)?;
    let too_long = || io::Error::other("it is too long for a report");
    if bytes.len() as u64 > longest { Err(too_long()) } else { Ok(bytes) }
}

/// The rejects of the run, which stand in a file named by the generation it built or the second it began in.
fn rejected(folder: &Path, report: &Report) -> Result<Rejected, String> {
    let Rejects { rows, cells, doubts } = report.rejects;
    if rows + cells + doubts == 0 {
        return Ok(Rejected::default());
    }
    let built = report.manifest.as_ref().map(|built| built.generation.clone()).filter(|id| is_generation(id));
    let began = report.began.map(|began| began.strftime("%Y%m%dT%H%M%SZ").to_string());
    let name = built.or(began).ok_or_else(|| "the report does not say which they are".to_owned())?;
    let file = regular_file::open(&folder.join(format!("{name}.rejects.ndjson"))).map_err(|error| error.to_string())?;
    let size = file.metadata().map_err(|error| error.to_string())?.len();
    counted(BufReader::new(file.take(COUNTED)), size > COUNTED).map_err(|error| error.to_string())
}

/// Counts by reason; what is cut off at the end is left out.
fn counted(lines: impl BufRead, cut: bool) -> io::Result<Rejected> {
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    let mut rejected = Rejected { more: cut, ..Rejected::default() };
    for line in lines.split(b'\n') {
        let Ok(reject) = serde_json::from_slice::<Reject>(&line?) else { continue };
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
        let line =
            |line: u64, reason: &str| format!("{{\"file\":\"a.csv\",\"line\":{line},\"reason\":\"{reason}\"}}\n");
        let text = line(2, "no name") + "{\"file\":\n" + &line(3, "no ZIP") + &line(4, "no ZIP") + "{\"cut";
        let rejected = counted(text.as_bytes(), false).unwrap();
        assert_eq!(rejected.reasons, [("no ZIP".to_owned(), 2), ("no name".to_owned(), 1)]);
        assert_eq!(rejected.first.iter().map(|reject| reject.line).collect::<Vec<_>>(), [2, 3, 4]);
    }

    #[test]
    fn a_report_is_read_by_what_it_has() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(last(folder.path()), Last::None));
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
                (Last::Told(..), None) => {}
                (Last::Unreadable(why), Some(says)) => assert!(why.contains(says), "{why}"),
                (told, says) => panic!("{text}: {told:?} instead of {says:?}"),
            }
        }
        std::fs::remove_file(reports.join(LAST)).unwrap();
        std::fs::create_dir(reports.join(LAST)).unwrap();
        assert!(matches!(last(folder.path()), Last::Unreadable(_)));
    }
}
