//! Generations on disk: `index/<generation>/` with a manifest over every file, and `index/current` naming the one to serve.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::catalog::files;
use crate::regular_file;

/// The layout this version writes and reads. Another layout, or another order of services, limits or states, is another number.
pub const FORMAT: u32 = 5;

/// What names the generation to serve.
const CURRENT: &str = "current";

/// What is locked while [`CURRENT`] changes.
const POINTER_LOCK: &str = ".current.lock";

/// What unfinished work is named by; nothing reads it, and the next build removes it.
pub const PARTIAL: &str = ".partial";

/// The longest text of others that is quoted, in characters.
const QUOTED: usize = 40;

/// A text of others on one line of bounded length.
fn quoted(text: &str) -> String {
    let words: String = text.chars().take(QUOTED).collect();
    if text.is_empty() { "nothing".to_owned() } else { format!("{words:?}") }
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

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of one generation, whether it exists or not.
    ///
    /// # Errors
    /// `generation` is not spelled as an id, so it cannot name one.
    pub fn folder_of(&self, generation: &str) -> Result<PathBuf, CatalogError> {
        if is_generation(generation) {
            Ok(self.folder.join(generation))
        } else {
            Err(CatalogError::NoSuchGeneration(generation.to_owned()))
        }
    }

    /// The generation to serve.
    ///
    /// # Errors
    /// Nothing is published, or what names the generation cannot be read.
    pub fn current(&self) -> Result<String, CatalogError> {
        let path = self.folder.join(CURRENT);
        let unnamed = |what: String| Err(CatalogError::Unnamed { path: path.clone(), what });
        match regular_file::read(&path) {
            Ok(text) => {
                let text = String::from_utf8_lossy(&text);
                let text = text.trim_end();
                if is_generation(text) { Ok(text.to_owned()) } else { unnamed(format!("it holds {}", quoted(text))) }
            }
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound if self.ids()?.is_empty() => {
                    Err(CatalogError::NothingPublished(self.folder.clone()))
                }
                io::ErrorKind::NotFound => unnamed("it is gone".to_owned()),
                // It is none that can be read.
                io::ErrorKind::IsADirectory | io::ErrorKind::InvalidInput => unnamed(error.to_string()),
                _ => Err(files::at(&path)(error)),
            },
        }
    }

    /// When what names the generation to serve was last written, also to the same; `None` where the disk does not say.
    pub(super) fn written(&self) -> Option<SystemTime> {
        fs::metadata(self.folder.join(CURRENT)).and_then(|current| current.modified()).ok()
    }

    /// Every generation, newest first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<Listed>, CatalogError> {
        let current = self.current().ok();
        let listed = |generation: String| Listed {
            manifest: files::read_manifest(&self.folder.join(&generation), &generation).map_err(|e| e.to_string()),
            current: current.as_ref() == Some(&generation),
            generation,
        };
        Ok(self.ids()?.into_iter().map(listed).collect())
    }

    /// The ids of every generation, newest first.
    pub(super) fn ids(&self) -> Result<Vec<String>, CatalogError> {
        let mut ids: Vec<String> = self.names()?.into_iter().filter(|name| is_generation(name)).collect();
        ids.sort_by(|a, b| b.cmp(a));
        Ok(ids)
    }

    /// Everything in the index folder; nothing when there is none.
    fn names(&self) -> Result<Vec<String>, CatalogError> {
        let failed = || files::at(&self.folder);
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed()(error)),
        };
        let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
        entries.map(name).collect::<io::Result<_>>().map_err(failed())
    }

    /// Checks every file of a generation against its manifest.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn verify(&self, generation: &str) -> Result<Manifest, CatalogError> {
        files::read(&self.folder_of(generation)?, generation).map(|(manifest, _)| manifest)
    }

    /// Makes `generation` the one to serve, by one rename. It waits for no refresh, only for another such rename.
    ///
    /// # Errors
    /// It does not verify, or the disk failed; only after [`CatalogError::Unconfirmed`] it is the one to serve all the same.
    pub fn point_at(&self, generation: &str) -> Result<(), CatalogError> {
        self.verify(generation)?;
        self.hold()?.move_to(generation)
    }

    /// Holds what names the generation to serve: until the result is dropped nobody else changes it, nor removes a generation.
    ///
    /// # Errors
    /// The disk failed.
    pub fn hold(&self) -> Result<Pointer<'_>, CatalogError> {
        let path = self.folder.join(POINTER_LOCK);
        let hold = || {
            let file = files::lock_file(&path)?;
            file.lock()?;
            Ok(file)
        };
        Ok(Pointer { store: self, _lock: hold().map_err(files::at(&path))? })
    }

    /// The newest whole generation older than the current one, for a rollback, and what is wrong with those passed over. Where
    /// `current` names none, the newest whole one of all.
    ///
    /// # Errors
    /// There is none, or the folder cannot be read.
    pub fn previous(&self) -> Result<(String, Vec<CatalogError>), CatalogError> {
        let current = match self.current() {
            Ok(current) => Some(current),
            Err(CatalogError::Unnamed { .. }) => None,
            Err(error) => return Err(error),
        };
        let mut unfit = Vec::new();
        for id in self.ids()?.into_iter().filter(|id| current.as_ref().is_none_or(|current| id < current)) {
            match self.verify(&id) {
                Ok(_) => return Ok((id, unfit)),
                Err(error) => unfit.push(error),
            }
        }
        let older = current.map_or_else(|| "that is whole".to_owned(), |current| format!("older than {current}"));
        Err(unfit.into_iter().next().unwrap_or(CatalogError::NoSuchGeneration(older)))
    }

    /// Removes all but the newest `keep` generations and the one to serve; gives the ids of those removed.
    ///
    /// # Errors
    /// The folder cannot be read, or the disk failed.
    pub fn prune(&self, keep: usize) -> Result<Vec<String>, CatalogError> {
        let current = self.current()?;
        let others = self.ids()?.into_iter().filter(|id| *id != current);
        let mut removed = Vec::new();
        for id in others.skip(keep.saturating_sub(1)) {
            if let Some(aside) = self.set_aside(&id)? {
                remove(&aside)?;
                removed.push(id);
            }
        }
        Ok(removed)
    }

    /// Takes a generation out of those that may be served, unless it has become the one to serve. By its new name it is no
    /// generation any more, so that nobody finds half of one.
    fn set_aside(&self, id: &str) -> Result<Option<PathBuf>, CatalogError> {
        let _pointer = self.hold()?;
        if self.current()? == id {
            return Ok(None);
        }
        let aside = self.folder.join(format!("{id}{PARTIAL}"));
        fs::rename(self.folder.join(id), &aside).map_err(files::at(&aside))?;
        Ok(Some(aside))
    }

    /// Makes the folder, and removes what builds that did not end have left in it.
    pub(super) fn tidy(&self) -> Result<(), CatalogError> {
        fs::create_dir_all(&self.folder).map_err(files::at(&self.folder))?;
        for name in self.names()?.into_iter().filter(|name| name.ends_with(PARTIAL)) {
            remove(&self.folder.join(name))?;
        }
        Ok(())
    }
}

/// What names the generation to serve, held so that nobody else changes it.
#[derive(Debug)]
pub struct Pointer<'a> {
    store: &'a Store,
    _lock: File,
}

impl Pointer<'_> {
    /// Makes `generation` the one to serve, by one rename.
    ///
    /// # Errors
    /// It is there no more, or the disk failed; only after [`CatalogError::Unconfirmed`] it is the one to serve all the same.
    pub fn move_to(&self, generation: &str) -> Result<(), CatalogError> {
        let folder = &self.store.folder;
        if !self.store.folder_of(generation)?.is_dir() {
            return Err(CatalogError::NoSuchGeneration(generation.to_owned()));
        }
        let (aside, current) = (folder.join(format!("{CURRENT}{PARTIAL}")), folder.join(CURRENT));
        files::write_durably(&aside, format!("{generation}\n").as_bytes())?;
        if current.symlink_metadata().is_ok_and(|what| what.is_dir()) {
            // Whoever put a folder there put nothing of ours into it; one that is not empty stays, and is named.
            fs::remove_dir(&current).map_err(files::at(&current))?;
        }
        fs::rename(&aside, &current).map_err(files::at(&aside))?;
        files::sync_folder(folder).map_err(|error| match error {
            CatalogError::Disk { error, .. } => CatalogError::Unconfirmed { generation: generation.to_owned(), error },
            error => error,
        })
    }
}

/// Removes a file, a link or a whole folder.
pub(super) fn remove(path: &Path) -> Result<(), CatalogError> {
    let is_folder = fs::symlink_metadata(path).map_err(files::at(path))?.is_dir();
    let removed = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.map_err(files::at(path))
}
