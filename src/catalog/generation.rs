//! Generations on disk: `index/<generation>/` with a manifest over every file, and `index/current` naming the one to serve.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// What a generation says of itself: `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// One file the night read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceStatus {
    /// The file's name.
    pub file: String,
    /// The dataset it was recognised as, such as "CMS Home Health Care Agencies".
    pub dataset: String,
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
    /// The index could not be built or searched.
    #[error("the index failed: {0}")]
    Index(String),
}

/// One line of `placement directory list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What it says of itself; an error text when the manifest cannot be read.
    pub manifest: Result<Manifest, String>,
    /// Its id.
    pub generation: String,
    /// Whether it is the one to serve.
    pub current: bool,
}

/// The index folder.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The index folder at `folder`, which need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder of one generation.
    pub fn folder_of(&self, generation: &str) -> PathBuf {
        self.folder.join(generation)
    }

    /// The generation to serve.
    ///
    /// # Errors
    /// Nothing is published, or the folder cannot be read.
    pub fn current(&self) -> Result<String, CatalogError> {
        unimplemented!()
    }

    /// Every generation, newest first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, CatalogError> {
        unimplemented!()
    }

    /// Checks every file of a generation against its manifest.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self, generation: &str) -> Result<Manifest, CatalogError> {
        unimplemented!("{generation}")
    }

    /// Makes `generation` the one to serve, by one rename.
    ///
    /// # Errors
    /// It does not verify, or the disk failed.
    pub fn point_at(&self, generation: &str) -> Result<(), CatalogError> {
        unimplemented!("{generation}")
    }

    /// The newest generation older than the current one, for a rollback.
    ///
    /// # Errors
    /// There is none, or the folder cannot be read.
    pub fn previous(&self) -> Result<String, CatalogError> {
        unimplemented!()
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
