//! What a refresh did: a page to read over coffee, and the same for machines.

use std::collections::BTreeMap;
use std::time::Instant;

use jiff::Timestamp;
use serde::Serialize;

use crate::catalog::diff::CatalogDiff;
use crate::catalog::manifest::{CatalogError, Manifest, SourceStatus};
use crate::refresh::error::RefreshError;
use crate::refresh::fetch::outcome::FetchReport;
use crate::refresh::gate::check::GateCheck;
use crate::refresh::rejects::{RejectedRows, SkippedFile};
use crate::refresh::report::review::ReviewRow;

pub(crate) mod page;
pub mod review;

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

/// A point that was not believed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AppliedCorrection {
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
pub enum RefreshOutcome {
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
    pub outcome: RefreshOutcome,
    /// Why nothing was published, where it was to be, or what may undo that it was.
    pub cause: Option<String>,
    /// Why it was to be published whatever the gate says.
    pub forced: Option<String>,
    /// The generation built; `None` where it did not come to that.
    pub manifest: Option<Manifest>,
    /// What came of asking each declared source.
    pub fetched: Vec<FetchReport>,
    /// What the gate found.
    pub checks: Vec<GateCheck>,
    /// What is different from the directory served before; `None` when there was none.
    pub changes: Option<CatalogDiff>,
    /// Older generations that were removed.
    pub pruned: Vec<String>,
    /// The providers are invented.
    pub synthetic: bool,
    /// The files read.
    pub files: Vec<FileReport>,
    /// The files nothing was read from.
    pub unread: Vec<SkippedFile>,
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
    pub corrections: Vec<AppliedCorrection>,
    /// Providers without a usable place: no search by distance finds them.
    pub without_place: Vec<String>,
    /// Identifiers that some file has facts of and none has a name for; they are not in the directory.
    pub without_name: Vec<String>,
    /// Identifiers in a roster that are no provider of the directory, or do not offer the service named there.
    pub unknown_members: Vec<String>,
    /// Records that may be a provider, for a person to decide; listed in the review file.
    #[serde(serialize_with = "length")]
    pub review: Vec<ReviewRow>,
    /// Entries of service areas whose ZIP is not in the ZIP table.
    pub unknown_zips: u64,
    /// Rows and cells that could not be used.
    pub rejects: RejectedRows,
    /// What else should be known.
    pub remarks: Vec<String>,
    /// The stages it came through, in order.
    pub stages: Vec<StageTiming>,
    /// How long it all took.
    pub seconds: f64,
    /// It is kept in the index folder.
    #[serde(skip)]
    pub kept: bool,
}

/// A stage of a refresh that came to its end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageTiming {
    /// Its name, as in [`crate::refresh::options::RefreshProgress::Done`].
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
            Err(RefreshError::Refused(_)) => self.outcome = RefreshOutcome::Refused,
            // It is served all the same; the cause says what may undo it.
            Err(RefreshError::Catalog(CatalogError::Unconfirmed { .. })) => self.outcome = RefreshOutcome::Published,
            Err(_) => self.outcome = RefreshOutcome::Failed,
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

fn length<S: serde::Serializer>(list: &[ReviewRow], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(list.len() as u64)
}
