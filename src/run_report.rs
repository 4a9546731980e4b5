//! What a refresh did: what it writes into the index folder, and what others read there.
//!
//! A report that is read may be of another version, so every field may be missing; what nobody needs is not read at all.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::catalog::diff::CatalogDiff;
use crate::catalog::manifest::{Manifest, SourceStatus, build_second, is_generation};
use crate::run_report::fetched::FetchReport;
use crate::run_report::gate_check::GateCheck;
use crate::run_report::rejects::{RejectedRows, SkippedFile};

pub mod fetched;
pub mod gate_check;
pub mod rejects;

/// The folder of the reports, in that of the index.
pub(crate) const FOLDER: &str = "reports";

/// What the report of the last run is called besides its own name.
pub(crate) const LAST: &str = "last";

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshOutcome {
    /// A new directory is served.
    Published,
    /// It was to publish nothing.
    DryRun,
    /// The gate did not let it pass.
    Refused,
    /// Something failed before it could be published.
    Failed,
    /// It has not ended, or its report does not say how.
    #[default]
    #[serde(other)]
    Unknown,
}

/// What a refresh did.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunReport {
    /// When it began.
    #[serde(deserialize_with = "began")]
    pub began: Timestamp,
    /// How it ended.
    pub outcome: RefreshOutcome,
    /// Why nothing was published, where it was to be, or what may undo that it was.
    pub cause: Option<String>,
    /// Why it was to be published whatever the gate says.
    pub forced: Option<String>,
    /// The generation built; `None` where it did not come to that.
    #[serde(deserialize_with = "built")]
    pub manifest: Option<Manifest>,
    /// What came of asking each declared source.
    pub fetched: Vec<FetchReport>,
    /// What the gate found.
    pub checks: Vec<GateCheck>,
    /// What is different from the directory served before; `None` when there was none.
    pub changes: Option<CatalogDiff>,
    /// Older generations that were removed.
    #[serde(skip_deserializing)]
    pub pruned: Vec<String>,
    /// The providers are invented.
    #[serde(skip_deserializing)]
    pub synthetic: bool,
    /// The files read.
    #[serde(skip_deserializing)]
    pub files: Vec<FileReport>,
    /// The files nothing was read from.
    pub unread: Vec<SkippedFile>,
    /// How many providers.
    #[serde(skip_deserializing)]
    pub providers: u64,
    /// How many lines of each service, by code.
    #[serde(skip_deserializing)]
    pub services: BTreeMap<String, u64>,
    /// How many networks.
    #[serde(skip_deserializing)]
    pub networks: u64,
    /// How many lines belong to a network, one for each network.
    #[serde(skip_deserializing)]
    pub affiliations: u64,
    /// How often two sources said different things, by field.
    #[serde(skip_deserializing)]
    pub conflicts: BTreeMap<String, u64>,
    /// Points that were not believed.
    #[serde(skip_deserializing)]
    pub corrections: Vec<AppliedCorrection>,
    /// Providers without a usable place: no search by distance finds them.
    #[serde(skip_deserializing)]
    pub without_place: Vec<String>,
    /// Identifiers that some file has facts of and none has a name for; they are not in the directory.
    #[serde(skip_deserializing)]
    pub without_name: Vec<String>,
    /// Identifiers in a roster that are no provider of the directory, or do not offer the service named there.
    #[serde(skip_deserializing)]
    pub unknown_members: Vec<String>,
    /// Records that may be a provider, for a person to decide; listed in the review file.
    #[serde(serialize_with = "length", skip_deserializing)]
    pub review: Vec<ReviewRow>,
    /// Entries of service areas whose ZIP is not in the ZIP table.
    #[serde(skip_deserializing)]
    pub unknown_zips: u64,
    /// Rows and cells that could not be used.
    pub rejects: RejectedRows,
    /// What else should be known.
    pub remarks: Vec<String>,
    /// The stages it came through, in order.
    #[serde(skip_deserializing)]
    pub stages: Vec<StageTiming>,
    /// How long it all took.
    #[serde(skip_deserializing)]
    pub seconds: f64,
    /// It is kept in the index folder.
    #[serde(skip)]
    pub kept: bool,
}

/// A record that may be a provider of the directory, with what both sides say: a row of the review file.
///
/// The file has the columns of a same-as table with the decision left open: fill in `same`, put it into the folder that is
/// read, and the decision holds from then on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ReviewRow {
    /// The record, as the same-as table calls it.
    pub record: String,
    /// The provider it may be.
    pub provider: String,
    /// What they agree in.
    pub agrees: String,
    /// What hangs on it.
    pub used_for: String,
    /// The names the record goes by.
    pub record_name: String,
    /// The provider's name.
    pub provider_name: String,
    /// Where the record says it is.
    pub record_address: String,
    /// Where the provider is.
    pub provider_address: String,
    /// The record's telephone.
    pub record_phone: String,
    /// The provider's telephone.
    pub provider_phone: String,
    /// The record's identifiers.
    pub record_ids: String,
    /// The provider's identifiers.
    pub provider_ids: String,
}

/// A stage of a refresh that came to its end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageTiming {
    /// Its name, such as `fetch`, `read` or `publish`.
    pub stage: &'static str,
    /// What it did, in a sentence.
    pub what: String,
    /// How long it took.
    pub seconds: f64,
}

impl RunReport {
    /// What the files of the run are called, without their endings: the generation it built or, where it did not come to that, the
    /// second it began in. Both begin with the time, so that names sort by it.
    pub fn name(&self) -> String {
        let began = || build_second(self.began);
        let built = self.manifest.as_ref().map(|manifest| &manifest.generation).filter(|id| is_generation(id));
        built.cloned().unwrap_or_else(began)
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

fn length<S: Serializer>(list: &[ReviewRow], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(list.len() as u64)
}

/// The moment, or the beginning of time where the report does not say.
fn began<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Of the manifest only which generation it is of, for its form differs from version to version.
fn built<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Manifest>, D::Error> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct BuiltGeneration {
        generation: String,
    }
    let built: Option<BuiltGeneration> = Option::deserialize(from)?;
    Ok(built.map(|BuiltGeneration { generation }| Manifest { generation, ..Manifest::default() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::diff::{ChangeList, LineRef, NetworkChange, RatingChange};
    use crate::run_report::fetched::FetchOutcome;
    use crate::run_report::gate_check::CheckVerdict;

    #[test]
    fn what_a_night_writes_reads_back_as_far_as_anybody_reads_it() {
        let line = LineRef { id: "ccn:425003".to_owned(), name: "Harbor".to_owned(), service: "dialysis".to_owned() };
        let moved = RatingChange { line, before: Some("3".to_owned()), now: None };
        let report = RunReport {
            began: "2026-11-21T06:00:00Z".parse().unwrap(),
            outcome: RefreshOutcome::Refused,
            cause: Some("the gate".to_owned()),
            forced: Some("a move".to_owned()),
            manifest: Some(Manifest { generation: "20261121T060000Z-1a2b3c4d".to_owned(), ..Manifest::default() }),
            fetched: vec![FetchReport { source: "homes".to_owned(), outcome: FetchOutcome::Kept, ..FetchReport::default() }],
            checks: vec![GateCheck { verdict: CheckVerdict::Refuse, words: "less".to_owned(), ..GateCheck::default() }],
            changes: Some(CatalogDiff {
                stars: ChangeList { count: 7, listed: vec![moved] },
                networks: [("Choice".to_owned(), NetworkChange { begun: 2, ..NetworkChange::default() })].into(),
                ..CatalogDiff::default()
            }),
            unread: vec![SkippedFile { file: "a.txt".to_owned(), ..SkippedFile::default() }],
            rejects: RejectedRows { rows: 1, cells: 2, doubts: 3, listed: Vec::new() },
            remarks: vec!["look".to_owned()],
            ..RunReport::default()
        };
        let read: RunReport = serde_json::from_str(&report.json().unwrap()).unwrap();
        assert_eq!(read, report);
        assert_eq!(read.name(), "20261121T060000Z-1a2b3c4d");
    }

    #[test]
    fn a_report_of_another_version_is_read_by_what_it_has() {
        let read: RunReport = serde_json::from_str("{\"began\":null,\"outcome\":\"postponed\",\"files\":7}").unwrap();
        assert_eq!(read, RunReport::default());
        for elsewhere in ["../../secret", "A"] {
            let manifest = Some(Manifest { generation: elsewhere.to_owned(), ..Manifest::default() });
            assert_eq!(RunReport { manifest, ..RunReport::default() }.name(), "19700101T000000Z", "{elsewhere}");
        }
    }
}
