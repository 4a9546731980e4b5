//! The report of a refresh, as written to and read from the index folder.
//!
//! A report may come from another version, so every field may be missing. Fields that no reader
//! needs are not deserialized.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::catalog::diff::changes::CatalogDiff;
use crate::catalog::manifest::{Manifest, SourceStatus, build_second, is_generation};
use crate::run_report::fetched::FetchReport;
use crate::run_report::gate_check::GateCheck;
use crate::run_report::rejects::{RejectedRows, SkippedFile};

pub mod fetched;
pub mod gate_check;
pub mod rejects;
pub mod running;

/// The reports folder inside the index folder.
pub(crate) const FOLDER: &str = "reports";

/// The file name, without extension, of the last run's report.
pub(crate) const LAST: &str = "last";

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileReport {
    /// The file's status in the generation.
    #[serde(flatten)]
    pub status: SourceStatus,
    /// Rows that repeat an earlier row of the file.
    pub duplicates: u64,
    /// Rows about things outside the directory, such as persons; they are not stored.
    pub passed_over: u64,
    /// Rows whose every cell is empty; they are not among the rows.
    pub empty: u64,
    /// Rows of an exclusion list that cannot be read, or whose identifier cannot.
    pub unidentified: u64,
    /// Time to read it, in seconds.
    pub seconds: f64,
}

/// A position that was replaced because it is implausible.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AppliedCorrection {
    /// The provider.
    pub provider: String,
    /// Its name.
    pub name: String,
    /// The source of the position.
    pub source: String,
    /// Distance from the center of the provider's ZIP, in miles.
    pub miles: f64,
    /// The source of the position used instead.
    pub instead: String,
}

/// How a refresh ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshOutcome {
    /// A new generation was published.
    Published,
    /// A dry run, which publishes nothing.
    DryRun,
    /// The gate refused the generation.
    Refused,
    /// A stage failed before publishing.
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
    /// Why nothing was published although it should have been, or what may undo the publication.
    pub cause: Option<String>,
    /// The reason given for forcing publication past the gate.
    pub forced: Option<String>,
    /// The generation built; `None` if the run ended before.
    #[serde(deserialize_with = "built")]
    pub manifest: Option<Manifest>,
    /// The result of fetching each declared source.
    pub fetched: Vec<FetchReport>,
    /// The results of the gate checks.
    pub checks: Vec<GateCheck>,
    /// Differences from the previous generation; `None` if there was none.
    pub changes: Option<CatalogDiff>,
    /// Older generations that were deleted.
    #[serde(skip_deserializing)]
    pub pruned: Vec<String>,
    /// Whether the providers are synthetic.
    #[serde(skip_deserializing)]
    pub synthetic: bool,
    /// Files read.
    #[serde(skip_deserializing)]
    pub files: Vec<FileReport>,
    /// Files not used.
    pub unread: Vec<SkippedFile>,
    /// Number of providers.
    #[serde(skip_deserializing)]
    pub providers: u64,
    /// Number of service lines by service code.
    #[serde(skip_deserializing)]
    pub services: BTreeMap<String, u64>,
    /// Number of networks.
    #[serde(skip_deserializing)]
    pub networks: u64,
    /// Number of affiliations: each pair of a service line and a network.
    #[serde(skip_deserializing)]
    pub affiliations: u64,
    /// Number of conflicts between sources, by field.
    #[serde(skip_deserializing)]
    pub conflicts: BTreeMap<String, u64>,
    /// Positions that were replaced.
    #[serde(skip_deserializing)]
    pub corrections: Vec<AppliedCorrection>,
    /// Providers without a usable location; no distance search finds them.
    #[serde(skip_deserializing)]
    pub without_place: Vec<String>,
    /// Identifiers that have facts but no name in any file; they are not in the directory.
    #[serde(skip_deserializing)]
    pub without_name: Vec<String>,
    /// Roster identifiers that match no provider, or whose provider does not offer the service
    /// named.
    #[serde(skip_deserializing)]
    pub unknown_members: Vec<String>,
    /// Records that may match a provider, for a person to decide; listed in the review file.
    #[serde(serialize_with = "length", skip_deserializing)]
    pub review: Vec<ReviewRow>,
    /// Service area entries whose ZIP is not in the ZIP table.
    #[serde(skip_deserializing)]
    pub unknown_zips: u64,
    /// Rows and cells that could not be used.
    pub rejects: RejectedRows,
    /// Other remarks.
    pub remarks: Vec<String>,
    /// The completed stages, in order.
    #[serde(skip_deserializing)]
    pub stages: Vec<StageTiming>,
    /// Total duration in seconds.
    #[serde(skip_deserializing)]
    pub seconds: f64,
    /// Whether the report is stored in the index folder.
    #[serde(skip)]
    pub kept: bool,
}

/// A record that may match a provider, with the data of both: a row of the review file.
///
/// The file has the columns of a same-as table with the decision left blank. Fill in `same` and put
/// the file into the source folder; the decision then applies to every later refresh.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ReviewRow {
    /// The record's identifier in the same-as table.
    pub record: String,
    /// The provider it may match.
    pub provider: String,
    /// The fields that agree.
    pub agrees: String,
    /// What the decision affects.
    pub used_for: String,
    /// The names of the record.
    pub record_name: String,
    /// The provider's name.
    pub provider_name: String,
    /// The record's address.
    pub record_address: String,
    /// The provider's address.
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

/// A completed stage of a refresh.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageTiming {
    /// Stage name, such as `fetch`, `read` or `publish`.
    pub stage: &'static str,
    /// What it did, in one sentence.
    pub what: String,
    /// Duration in seconds.
    pub seconds: f64,
}

impl RunReport {
    /// The base name of the run's files: the generation built or, if none was, the second the run
    /// began. Both start with the time, so names sort by it.
    pub fn name(&self) -> String {
        let began = || build_second(self.began);
        let built = self.manifest.as_ref().map(|manifest| &manifest.generation).filter(|id| is_generation(id));
        built.cloned().unwrap_or_else(began)
    }

    /// The report as JSON. It counts the rejects; [`RunReport::rejects_ndjson`] lists them.
    ///
    /// # Errors
    /// None that a report can cause; the signature is the serializer's.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// The rejects as JSON, one object per line.
    ///
    /// # Errors
    /// None that a report can cause; the signature is the serializer's.
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

/// Deserializes the start time; the epoch if it is missing.
fn began<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Reads only the generation id of the manifest, whose format differs between versions.
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
    use crate::catalog::diff::changes::{
        ChangeList, LISTED, LineRef, NetworkChange, NetworkPresence, PlanChange, RatingChange,
    };
    use crate::catalog::diff::turnover::SourceTurnover;
    use crate::run_report::fetched::FetchOutcome;
    use crate::run_report::gate_check::CheckVerdict;

    #[test]
    fn what_a_night_writes_reads_back_as_far_as_anybody_reads_it() {
        let line = LineRef { id: "ccn:425003".to_owned(), name: "Harbor".to_owned(), service: "dialysis".to_owned() };
        let moved = RatingChange { line, before: Some("3".to_owned()), now: None };
        let gone = PlanChange { known: NetworkPresence::Gone, networks: 1, ..PlanChange::default() };
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
                networks_changed: 1,
                plans: [("Gold".to_owned(), gone)].into(),
                plans_changed: 1,
                ..CatalogDiff::default()
            }),
            unread: vec![SkippedFile { file: "a.txt".to_owned(), ..SkippedFile::default() }],
            rejects: RejectedRows { rows: 1, cells: 2, doubts: 3, listed: Vec::new() },
            remarks: vec!["look".to_owned()],
            ..RunReport::default()
        };
        let read: RunReport = serde_json::from_str(&report.json().unwrap()).unwrap();
        assert_eq!(read, report);
        assert_eq!(read.changes.as_ref().unwrap().plans["Gold"].to_string(), "gone");
        assert_eq!(read.name(), "20261121T060000Z-1a2b3c4d");
    }

    #[test]
    fn a_report_has_the_first_plans_and_networks_however_many_changed() {
        let named = |at: usize| format!("Plan {at:04}");
        let changes = CatalogDiff {
            networks: (0..LISTED + 50).map(|at| (named(at), NetworkChange::default())).collect(),
            networks_changed: 150,
            plans: (0..LISTED + 50).map(|at| (named(at), PlanChange::default())).collect(),
            plans_changed: 150,
            plans_before: [("Acme".to_owned(), 1)].into(),
            turnover: [("homes".to_owned(), SourceTurnover::default())].into(),
            ..CatalogDiff::default()
        };
        let sections = changes.sections();
        let shown: Vec<_> = sections.iter().map(|section| (section.count, section.lines.len())).collect();
        assert_eq!(shown, [(150, LISTED), (150, LISTED)]);
        let report = RunReport { changes: Some(changes), ..RunReport::default() };
        let read: RunReport = serde_json::from_str(&report.json().unwrap()).unwrap();
        let read = read.changes.unwrap();
        assert_eq!((read.plans.len(), read.networks.len()), (LISTED, LISTED));
        assert_eq!((read.plans_before.len(), read.turnover.len()), (0, 0), "only the gate needs them");
        assert_eq!(read.sections(), sections);
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
