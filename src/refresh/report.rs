//! What a refresh did: a page to read over coffee, and the same for machines.

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::Timestamp;
use serde::Serialize;

use crate::catalog::compare::Changes;
use crate::catalog::generation::{CatalogError, Manifest, SourceStatus};
use crate::refresh::RefreshError;
use crate::refresh::account::Refusal;
use crate::refresh::elements::Element;
use crate::refresh::fetch::nightly::Fetched;
use crate::refresh::gate::Check;
use crate::refresh::table::Columns;

mod page;
pub mod review;

use review::Review;

/// The most rejects kept; what is beyond is counted only.
const KEPT: usize = 100_000;

/// The longest cell shown of a reject, in characters.
const LONGEST: usize = 80;

/// A row that gave nothing, or a cell of a used row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reject {
    /// The file.
    pub file: String,
    /// The line the row begins on, the header being line 1.
    pub line: u64,
    /// The column, as the file calls it; empty when the whole row is meant.
    pub field: String,
    /// What the cell holds, cut to 80 characters.
    pub value: String,
    /// Why it cannot be used.
    pub reason: String,
    /// A way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The rest of the row was used.
    pub row_kept: bool,
    /// The cell was used too, and should be looked at.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub doubt: bool,
}

impl Reject {
    /// What a reader refused, with the place it was found at.
    pub(crate) fn new(file: &str, line: u64, columns: &Columns, refusal: Refusal, row_kept: bool) -> Self {
        let field = refusal.column.map_or("", |column| columns.name(column)).to_owned();
        Self::at(file, line, field, refusal, row_kept)
    }

    /// What a reader refused of `field`, as the file calls it.
    pub(crate) fn at(file: &str, line: u64, field: String, refusal: Refusal, row_kept: bool) -> Self {
        let Refusal { value, reason, advice, doubt, .. } = refusal;
        let value = value.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        Self { file: file.to_owned(), line, field, value, reason, advice, row_kept, doubt }
    }

    /// What a reader refused of an element of a JSON list, its number (the first is 1) in place of a line.
    pub(crate) fn within(file: &str, element: Element<'_>, field: &str, value: &str, reason: &str, kept: bool) -> Self {
        let field = format!("/{}{field}", element.at);
        Self::at(file, element.at + 1, field, Refusal::whole(value, reason), kept)
    }
}

/// Rejects, all counted and the first hundred thousand kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Rejects {
    /// Rows that gave nothing.
    pub rows: u64,
    /// Cells of used rows that could not be read.
    pub cells: u64,
    /// Cells that were used and should be looked at.
    pub doubts: u64,
    /// The first of all, in the order of the files.
    #[serde(skip)]
    pub listed: Vec<Reject>,
}

impl Rejects {
    /// Adds one.
    pub fn push(&mut self, reject: Reject) {
        let count = match (reject.doubt, reject.row_kept) {
            (true, _) => &mut self.doubts,
            (false, true) => &mut self.cells,
            (false, false) => &mut self.rows,
        };
        *count += 1;
        self.list(reject);
    }

    /// Adds everything that is wrong with one row that gave nothing.
    pub fn push_row(&mut self, rejects: impl IntoIterator<Item = Reject>) {
        self.rows += 1;
        rejects.into_iter().for_each(|reject| self.list(reject));
    }

    fn list(&mut self, reject: Reject) {
        if self.listed.len() < KEPT {
            self.listed.push(reject);
        }
    }
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileReport {
    /// What the generation says of it.
    #[serde(flatten)]
    pub status: SourceStatus,
    /// Rows that said what an earlier row of the file had said.
    pub duplicates: u64,
    /// Rows about what the directory does not hold, such as persons; nothing of them is kept.
    pub passed_over: u64,
    /// How long reading it took.
    pub seconds: f64,
}

/// A file nothing was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// The file.
    pub file: String,
    /// The dataset, where it is known.
    pub dataset: Option<String>,
    /// Why nothing was read from it.
    pub reason: String,
}

/// A point that was not believed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Correction {
    /// The provider.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// Who gave the point.
    pub source: String,
    /// How far it lies from the middle of the provider's ZIP.
    pub miles: f64,
    /// Who gave the point that is used instead.
    pub instead: String,
}

/// How a refresh ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A new directory is served.
    #[default]
    Published,
    /// It was to publish nothing.
    DryRun,
    /// The gate did not let it pass.
    Refused,
    /// Something failed before it could be published.
    Failed,
}

/// What a refresh did.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct RunReport {
    /// When it began.
    pub began: Timestamp,
    /// How it ended.
    pub outcome: Outcome,
    /// Why nothing was published, where it was to be, or what may undo that it was.
    pub cause: Option<String>,
    /// Why it was to be published whatever the gate says.
    pub forced: Option<String>,
    /// The generation built; `None` where it did not come to that.
    pub manifest: Option<Manifest>,
    /// What came of asking each declared source.
    pub fetched: Vec<Fetched>,
    /// What the gate found.
    pub checks: Vec<Check>,
    /// What is different from the directory served before; `None` when there was none.
    pub changes: Option<Changes>,
    /// Older generations that were removed.
    pub pruned: Vec<String>,
    /// The providers are invented.
    pub synthetic: bool,
    /// The files read.
    pub files: Vec<FileReport>,
    /// The files nothing was read from.
    pub unread: Vec<Unread>,
    /// How many providers.
    pub providers: u64,
    /// How many lines of each service, by code.
    pub services: BTreeMap<String, u64>,
    /// How many networks.
    pub networks: u64,
    /// How many lines belong to a network, one for each network.
    pub affiliations: u64,
    /// How often two sources said different things, by field.
    pub conflicts: BTreeMap<String, u64>,
    /// Points that were not believed.
    pub corrections: Vec<Correction>,
    /// Providers without a usable place: no search by distance finds them.
    pub without_place: Vec<String>,
    /// Identifiers that some file has facts of and none has a name for; they are not in the directory.
    pub without_name: Vec<String>,
    /// Identifiers in a roster that are no provider of the directory, or do not offer the service named there.
    pub unknown_members: Vec<String>,
    /// Records that may be a provider, for a person to decide; listed in the review file.
    #[serde(serialize_with = "length")]
    pub review: Vec<Review>,
    /// Entries of service areas whose ZIP is not in the ZIP table.
    pub unknown_zips: u64,
    /// Rows and cells that could not be used.
    pub rejects: Rejects,
    /// What else should be known.
    pub remarks: Vec<String>,
    /// The stages it came through, in order.
    pub stages: Vec<Stage>,
    /// How long it all took.
    pub seconds: f64,
    /// It is kept in the index folder.
    #[serde(skip)]
    pub kept: bool,
}

/// A stage of a refresh that came to its end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stage {
    /// Its name, as in [`crate::refresh::Progress::Done`].
    pub stage: &'static str,
    /// What it did, in a sentence.
    pub what: String,
    /// How long it took.
    pub seconds: f64,
}

impl RunReport {
    /// Takes over what reading and reconciling found; what the other stages found stays.
    pub fn gathered(&mut self, found: Self) {
        let Self { began, outcome, forced, fetched, .. } = std::mem::take(self);
        *self = Self { began, outcome, forced, fetched, ..found };
    }

    /// Notes how it ended, and how long that took.
    pub fn ended(&mut self, began: Instant, how: &Result<(), RefreshError>) {
        self.seconds = began.elapsed().as_secs_f64();
        match how {
            Ok(()) => return,
            Err(RefreshError::Refused(_)) => self.outcome = Outcome::Refused,
            // It is served all the same; the cause says what may undo it.
            Err(RefreshError::Catalog(CatalogError::Unconfirmed { .. })) => self.outcome = Outcome::Published,
            Err(_) => self.outcome = Outcome::Failed,
        }
        self.cause = how.as_ref().err().map(ToString::to_string);
    }

    /// The report as JSON; the rejects are counted in it and listed by [`RunReport::rejects_ndjson`].
    ///
    /// # Errors
    /// None that a report can cause; the signature is the serialiser's.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// The rejects, one JSON object a line.
    ///
    /// # Errors
    /// None that a report can cause; the signature is the serialiser's.
    pub fn rejects_ndjson(&self) -> serde_json::Result<String> {
        let mut lines = String::new();
        for reject in &self.rejects.listed {
            lines.push_str(&serde_json::to_string(reject)?);
            lines.push('\n');
        }
        Ok(lines)
    }
}

fn length<S: serde::Serializer>(list: &[Review], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(list.len() as u64)
}

/// "1 row", "14,421 rows".
pub fn counted(count: u64, one: &str) -> String {
    format!("{} {one}{}", thousands(count), if count == 1 { "" } else { "s" })
}

/// A count with a comma between the thousands.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_well() {
        for (count, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (14_421, "14,421"), (1_656_528, "1,656,528")] {
            assert_eq!(thousands(count), text);
        }
    }

    #[test]
    fn rejects_beyond_the_hundred_thousandth_are_counted() {
        let mut rejects = Rejects::default();
        let reject = Reject {
            file: String::new(),
            line: 1,
            field: String::new(),
            value: String::new(),
            reason: String::new(),
            advice: None,
            row_kept: false,
            doubt: false,
        };
        for _ in 0..KEPT + 5 {
            rejects.push(reject.clone());
        }
        assert_eq!((rejects.rows, rejects.listed.len()), (KEPT as u64 + 5, KEPT));
    }
}
