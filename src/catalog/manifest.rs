//! The manifest of a published generation.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::catalog::completeness::DirectoryCompleteness;
use crate::catalog::fact_counts::FactCounts;

/// The layout this version writes and reads. Another layout, or another order of services, limits or states, is another number.
pub const FORMAT: u32 = 10;

/// The first part of the id of a generation built at `time`, to the second, so that ids sort by time.
pub(crate) fn build_second(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Whether `text` has the form of a generation id, `20261121T213000Z-1a2b3c4d`, so that it is a safe folder name.
pub fn is_generation(text: &str) -> bool {
    let shape = |(at, byte): (usize, u8)| match at {
        8 => byte == b'T',
        15 => byte == b'Z',
        16 => byte == b'-',
        0..15 => byte.is_ascii_digit(),
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    text.len() == 25 && text.bytes().enumerate().all(shape)
}

/// The manifest, `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the format on disk.
    pub format: u32,
    /// Its id: the build time and eight digits of the hash of its content, `20261121T213000Z-1a2b3c4d`.
    pub generation: String,
    /// When it was built.
    pub built_at: Timestamp,
    /// The version of the program that built it.
    pub engine: String,
    /// The version of the needs vocabulary.
    pub vocabulary: u32,
    /// Whether the providers are invented; every rendering says so.
    pub synthetic: bool,
    /// Why it was published regardless of the gate, in the words of the operator; usually `None`.
    pub forced: Option<String>,
    /// Number of lines of each service, by code.
    pub lines: BTreeMap<String, u32>,
    /// Number of providers.
    pub providers: u32,
    /// Number of networks.
    pub networks: u32,
    /// The files it was built from.
    pub sources: Vec<SourceStatus>,
    /// All other files of the generation.
    pub files: Vec<FileHash>,
}

impl Manifest {
    /// The day it was built, in UTC.
    pub fn built_on(&self) -> Date {
        self.built_at.to_zoned(TimeZone::UTC).date()
    }
}

/// One file that the refresh read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceStatus {
    /// The file's name.
    pub file: String,
    /// The dataset it was recognized as, such as "CMS Home Health Care Agencies".
    pub dataset: String,
    /// The source name in facts: the dataset, plus the payer's or provider's name if each keeps a file of its own. The same
    /// in every refresh, even if the file's name carries a date.
    pub source: String,
    /// The date of its facts; `None` is unknown, and every answer based on it says so.
    pub as_of: Option<Date>,
    /// Where the date comes from: `sources.toml`, `date column`, `file name` or `unknown`.
    pub as_of_from: String,
    /// Data rows read.
    pub rows: u64,
    /// Rejected rows, each with a reason in the refresh report.
    pub rejected: u64,
    /// Used rows with an unreadable field.
    pub faulty: u64,
    /// Size in bytes, as found.
    pub bytes: u64,
    /// SHA-256 of the file as found, in hexadecimal.
    pub sha256: String,
    /// The completeness check of the payer's directory that the file is of; `None` for other files and for further files of
    /// the same directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completeness: Option<DirectoryCompleteness>,
    /// How many of its records yield each fact. What the files of one payer's folder say together is with the first of them.
    #[serde(default, skip_serializing_if = "FactCounts::is_empty")]
    pub facts: FactCounts,
}

/// A file and its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileHash {
    /// Its name within the generation.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

impl CatalogError {
    /// Whether a generation itself is wrong for this version, which another attempt does not change.
    pub fn is_of_generation(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Unreadable { .. } | Self::NoSuchGeneration(_))
    }
}

/// Faults of a generation or of the index folder.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Nothing has been published.
    #[error("no directory has been published in {}", .0.display())]
    NothingPublished(PathBuf),
    /// Generations exist, but `current` does not name the one to serve.
    #[error("{} does not say which directory to serve: {what}", .path.display())]
    Unnamed {
        /// The path of `current`.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// There is no generation with this id.
    #[error("there is no generation {0}")]
    NoSuchGeneration(String),
    /// A file does not match the manifest, is missing or should not be there.
    #[error("generation {generation} is damaged: {what}")]
    Damaged {
        /// The generation.
        generation: String,
        /// The file, and what is wrong with it.
        what: String,
    },
    /// It was built by an incompatible version of the program.
    #[error("generation {generation} cannot be read by this version: {what}; `placement refresh` builds one that can")]
    Unreadable {
        /// The generation.
        generation: String,
        /// What differs.
        what: String,
    },
    /// A disk error.
    #[error("{}: {error}", .path.display())]
    Disk {
        /// The path.
        path: PathBuf,
        /// The error.
        error: std::io::Error,
    },
    /// A generation is current, but a power failure may undo that.
    #[error("{generation} is now the current directory, but the disk did not confirm the write: {error}")]
    Unconfirmed {
        /// The generation.
        generation: String,
        /// The error.
        error: std::io::Error,
    },
    /// The index could not be built or searched.
    #[error("the index failed: {0}")]
    Index(String),
}
