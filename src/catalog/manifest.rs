//! What a published generation says of itself.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The layout this version writes and reads. Another layout, or another order of services, limits or states, is another number.
pub const FORMAT: u32 = 5;

/// What the id of a generation built at `time` begins with: the second, so that ids are in the order of their times.
pub(crate) fn build_second(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Whether `text` is spelled as a generation id, `20261121T213000Z-1a2b3c4d`, so that it names a folder here and nothing else.
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

/// What a generation says of itself: `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the layout on disk.
    pub format: u32,
    /// Its id: when it was built and eight digits of the hash of its content, `20261121T213000Z-1a2b3c4d`.
    pub generation: String,
    /// When it was built.
    pub built_at: Timestamp,
    /// The version of the program that built it.
    pub engine: String,
    /// The version of the vocabulary of needs its bits stand for.
    pub vocabulary: u32,
    /// Its providers are invented; every rendering says so.
    pub synthetic: bool,
    /// Why it was to be published whatever the gate said, in the words of whoever ran the refresh; `None` is the rule.
    pub forced: Option<String>,
    /// How many lines of each service, by code.
    pub lines: BTreeMap<String, u32>,
    /// How many providers.
    pub providers: u32,
    /// How many networks.
    pub networks: u32,
    /// What it was made from.
    pub sources: Vec<SourceStatus>,
    /// Every other file of the generation.
    pub files: Vec<FileHash>,
}

impl Manifest {
    /// The day it was built, in universal time.
    pub fn built_on(&self) -> Date {
        self.built_at.to_zoned(TimeZone::UTC).date()
    }
}

/// One file the night read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceStatus {
    /// The file's name.
    pub file: String,
    /// The dataset it was recognised as, such as "CMS Home Health Care Agencies".
    pub dataset: String,
    /// What facts from it name as their source: the dataset, with the payer's or provider's name where each keeps a file of its own.
    /// It stays the same from night to night, also where the file's name carries a date.
    pub source: String,
    /// The day its facts are of; `None` is unknown, and every answer that rests on it says so.
    pub as_of: Option<Date>,
    /// Where the day comes from: `sources.toml`, `date column`, `file name` or `unknown`.
    pub as_of_from: String,
    /// Data rows read.
    pub rows: u64,
    /// Rows that gave nothing, each with a reason in the refresh report.
    pub rejected: u64,
    /// Rows used of which a field could not be read.
    pub faulty: u64,
    /// Size as found.
    pub bytes: u64,
    /// SHA-256 of the file as found, in hexadecimal.
    pub sha256: String,
}

/// A file and its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileHash {
    /// Its name within the generation.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in hexadecimal.
    pub sha256: String,
}

/// What can be wrong with a generation or the index folder.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Nothing has been published.
    #[error("no directory has been published in {}", .0.display())]
    NothingPublished(PathBuf),
    /// Generations are there, and what should name the one to serve names none.
    #[error("{} does not say which directory to serve: {what}", .path.display())]
    Unnamed {
        /// What should name it.
        path: PathBuf,
        /// What it is instead.
        what: String,
    },
    /// No generation of that id.
    #[error("there is no generation {0}")]
    NoSuchGeneration(String),
    /// A file does not match the manifest, is missing or should not be there.
    #[error("generation {generation} is damaged: {what}")]
    Damaged {
        /// The generation.
        generation: String,
        /// Which file, and what is wrong with it.
        what: String,
    },
    /// It was built by a program this one does not understand.
    #[error("generation {generation} cannot be read by this version: {what}")]
    Unreadable {
        /// The generation.
        generation: String,
        /// What differs.
        what: String,
    },
    /// The disk failed.
    #[error("{}: {error}", .path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// How.
        error: std::io::Error,
    },
    /// A generation is the one to serve, but a power cut may undo that.
    #[error("{generation} is the directory to serve now, but the disk did not confirm it: {error}")]
    Unconfirmed {
        /// The generation.
        generation: String,
        /// What the disk said.
        error: std::io::Error,
    },
    /// The index could not be built or searched.
    #[error("the index failed: {0}")]
    Index(String),
}
