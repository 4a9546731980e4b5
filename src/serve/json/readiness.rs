//! Readiness of the server, as JSON.

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use serde::Serialize;
use utoipa::ToSchema;

use crate::catalog::FailedGeneration;
use crate::catalog::manifest::{Manifest, SourceStatus};
use crate::serve::json::directory::age;
use crate::serve::openapi::enums;
use crate::serve::storage_status::StorageStatus;

/// The process is alive.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alive)]
pub(crate) struct LivenessJson {
    /// Always `alive`.
    pub status: &'static str,
}

/// Questions are answered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ready)]
pub(crate) struct ReadyJson<'a> {
    /// Always `ready`.
    pub status: &'static str,
    /// The generation served.
    pub generation: &'a str,
}

/// The status of the directory, its sources and the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReadyInFull)]
pub(crate) struct ReadyInFullJson<'a> {
    /// Whether questions are answered.
    #[schema(value_type = enums::ReadyStatus)]
    pub status: &'static str,
    /// The directory served, if there is one.
    #[serde(flatten)]
    #[schema(value_type = ServedJson)]
    pub served: Option<ServedJson<'a>>,
    /// The generation being loaded.
    #[schema(required)]
    pub loading: Option<&'a str>,
    /// Generations that should be served and cannot be.
    pub failed: Vec<FailedGenerationJson<'a>>,
    /// The object storage that directories are published in; null if that is a folder.
    #[schema(required)]
    pub storage: Option<StorageJson>,
    #[serde(flatten)]
    pub ledger: LedgerJson,
}

/// The object storage that directories are published in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DirectoryStorage)]
pub(crate) struct StorageJson {
    /// Its address.
    pub address: String,
    /// The generation that is current there, as last read; null before the first is read.
    #[schema(required)]
    pub published: Option<String>,
    /// Why the last attempt to read it or to copy a generation failed; null after a success.
    #[schema(required)]
    pub failure: Option<String>,
}

impl StorageJson {
    pub(crate) fn new(status: StorageStatus) -> Option<Self> {
        let StorageStatus { address, published, failure } = status;
        address.map(|address| Self { address, published, failure })
    }
}

/// The status of the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerStanding)]
pub(crate) struct LedgerJson {
    /// Whether it can be written and read.
    #[schema(value_type = enums::LedgerStatus)]
    pub ledger: &'static str,
    /// The sequence number up to which the ledger has been read; the same on every server that has
    /// read everything.
    pub ledger_sequence: i64,
    /// Why not; null once it works again.
    #[schema(required)]
    pub ledger_failure: Option<String>,
}

/// The directory served.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Served)]
pub(crate) struct ServedJson<'a> {
    /// The name of the generation; absent, as is what follows, if none is served.
    #[schema(required = false)]
    pub generation: &'a str,
    /// When it was built.
    #[schema(required = false)]
    pub built_at: Timestamp,
    /// How long ago that is.
    #[schema(required = false)]
    pub age_seconds: i64,
    /// Whether it is the built-in sample of invented data.
    #[schema(required = false)]
    pub synthetic: bool,
    /// Why it was published despite failed checks.
    pub forced: Option<&'a str>,
    /// The age of each source.
    #[schema(required = false)]
    pub sources: Vec<SourceAgeJson<'a>>,
}

impl<'a> ServedJson<'a> {
    pub(crate) fn new(manifest: &'a Manifest, now: &Zoned) -> Self {
        Self {
            generation: &manifest.generation,
            built_at: manifest.built_at,
            age_seconds: now.timestamp().duration_since(manifest.built_at).as_secs().max(0),
            synthetic: manifest.synthetic,
            forced: manifest.forced.as_deref(),
            sources: manifest.sources.iter().map(|source| SourceAgeJson::new(source, now.date())).collect(),
        }
    }
}

/// The age of one source.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SourceAge)]
pub(crate) struct SourceAgeJson<'a> {
    /// The source in words.
    pub source: &'a str,
    /// Its file.
    pub file: &'a str,
    /// The day its data is of; null if it has none.
    #[schema(required)]
    pub as_of: Option<Date>,
    /// Its age today.
    #[schema(required)]
    pub age_days: Option<i32>,
    /// The status for that age.
    #[schema(value_type = enums::AgeStatus)]
    pub status: &'static str,
}

impl<'a> SourceAgeJson<'a> {
    pub(crate) fn new(source: &'a SourceStatus, today: Date) -> Self {
        let (age_days, status) = age(source, today);
        Self { source: &source.source, file: &source.file, as_of: source.as_of, age_days, status }
    }
}

/// A generation that cannot be served.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Unfit)]
pub(crate) struct FailedGenerationJson<'a> {
    /// Its name, if known.
    #[schema(required)]
    pub generation: Option<&'a str>,
    /// Why not.
    pub cause: &'a str,
}

impl<'a> From<&'a FailedGeneration> for FailedGenerationJson<'a> {
    fn from(unfit: &'a FailedGeneration) -> Self {
        Self { generation: unfit.generation.as_deref(), cause: &unfit.cause }
    }
}
