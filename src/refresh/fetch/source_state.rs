//! What is known of the file that was brought last; it lies beside the folder, not in what the night reads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::refresh::fetch::error::{FetchError, at, shown};
use crate::refresh::fetch::staging::work_dir;
use crate::refresh::fetch::validators::CacheValidators;
use crate::refresh::input::{FileFingerprint, hexadecimal};
use crate::refresh::settings::upstream::UpstreamKind;
use crate::refresh::{input, sources};
use crate::regular_file;

/// What is known of the last file of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourceState {
    /// Where it came from, without query, for people.
    pub url: String,
    /// The digest of the whole address, which may hold a secret.
    pub from: String,
    /// What the server says it is known by.
    pub marks: CacheValidators,
    /// When the catalogue says it was changed.
    pub modified: Option<String>,
    /// The digest of what was declared when it came; empty where it was asked for without a declaration.
    pub declared: String,
    /// The files as they came, by their names.
    pub files: BTreeMap<String, FileState>,
    /// The datasets they are of.
    pub datasets: BTreeSet<String>,
    /// The day it is of.
    pub as_of: Option<Date>,
    /// When it came.
    pub fetched: Timestamp,
    /// When the server was last asked, and answered.
    pub asked: Timestamp,
}

impl SourceState {
    /// What is known of the source whose folder is `folder`; `None` when nothing is, or it cannot be read. A fetch that was killed when
    /// its files were in place and this not yet left it beside.
    pub(crate) fn of(folder: &Path) -> Option<Self> {
        let place = place(folder).ok()?;
        let read = |path: &Path| serde_json::from_slice::<Self>(&regular_file::read(path).ok()?).ok();
        let coming = read(&coming(&place)).filter(|coming| coming.is_there(folder));
        coming.or_else(|| read(&place))
    }

    /// Nothing but where and when.
    pub(crate) fn new(url: &Url, now: Timestamp) -> Self {
        Self {
            url: shown(url),
            from: digest(url),
            marks: CacheValidators::default(),
            modified: None,
            declared: String::new(),
            files: BTreeMap::new(),
            datasets: BTreeSet::new(),
            as_of: None,
            fetched: now,
            asked: now,
        }
    }

    /// Remembers it.
    ///
    /// # Errors
    /// The disk failed.
    pub(crate) fn remember(&self, folder: &Path) -> Result<(), FetchError> {
        self.commit(folder, || Ok(()))
    }

    /// Remembers it as `put` puts its files in place: killed in between, what is remembered is of what is there.
    ///
    /// # Errors
    /// The disk failed, or `put` did.
    pub(crate) fn commit(&self, folder: &Path, put: impl FnOnce() -> Result<(), FetchError>) -> Result<(), FetchError> {
        let path = place(folder)?;
        let coming = coming(&path);
        let text = serde_json::to_vec_pretty(self).map_err(|error| at(&path)(error.into()))?;
        regular_file::write(&coming, text).map_err(at(&coming))?;
        put()?;
        fs::rename(&coming, &path).map_err(at(&path))
    }

    /// Whether all is still there as it came.
    pub(crate) fn is_there(&self, folder: &Path) -> bool {
        !self.files.is_empty() && self.files.iter().all(|(name, trace)| trace.is_of(&folder.join(name)))
    }

    /// Notes the files of a folder as they are now.
    ///
    /// # Errors
    /// The disk failed.
    pub(crate) fn trace(&mut self, folder: &Path) -> Result<(), FetchError> {
        self.files = BTreeMap::new();
        for name in names(folder) {
            let path = folder.join(&name);
            self.files.insert(name, FileState::of(&path).map_err(at(&path))?);
        }
        Ok(())
    }

    /// Whether it was asked for less than `days` days ago, by the calendar: a night that begins a minute earlier is another day. A day
    /// yet to come is of a clock that was wrong.
    pub(crate) fn is_fresh(&self, days: u16, now: Timestamp) -> bool {
        let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
        day(now).since(day(self.asked)).is_ok_and(|since| (0..i32::from(days)).contains(&since.get_days()))
    }
}

/// How a file was when it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileState {
    /// Its size.
    bytes: u64,
    /// When it was written.
    written: Option<Timestamp>,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
}

impl FileState {
    fn of(path: &Path) -> io::Result<Self> {
        let FileFingerprint { bytes, sha256 } = input::fingerprint(path)?;
        Ok(Self { bytes, written: written(&fs::metadata(path)?), sha256 })
    }

    /// Whether the file at `path` is this one. One of the same size and moment is; of another moment, its content tells.
    fn is_of(&self, path: &Path) -> bool {
        let Ok(about) = fs::metadata(path) else { return false };
        let same = || input::fingerprint(path).is_ok_and(|print| print.sha256 == self.sha256);
        about.is_file() && about.len() == self.bytes && (written(&about) == self.written || same())
    }
}

fn written(about: &fs::Metadata) -> Option<Timestamp> {
    about.modified().ok()?.try_into().ok()
}

/// The names of what a folder holds, but for what says of which day it is.
pub(crate) fn names(folder: &Path) -> impl Iterator<Item = String> {
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.map(|name| name.to_string_lossy().into_owned()).filter(|name| name != sources::FILE)
}

/// The first file that is one of `ours` by its name and not as a fetch brought it: a person put it there, or changed it.
pub(crate) fn changed_since_fetch(folder: &Path, ours: impl Fn(&str) -> bool) -> Option<String> {
    let files = SourceState::of(folder).map(|kept| kept.files).unwrap_or_default();
    let as_it_came = |name: &str| files.get(name).is_some_and(|trace| trace.is_of(&folder.join(name)));
    names(folder).filter(|name| ours(name) || files.contains_key(name)).find(|name| !as_it_came(name))
}

/// The digest of what is declared of a source's content: its kind and whatever says which file it is.
pub(crate) fn declared(kind: &UpstreamKind) -> String {
    hexadecimal(&Sha256::digest(spelled(kind)))
}

/// The kind in one fixed spelling: a file that was fetched stays as it is declared whatever things are called in the code.
fn spelled(kind: &UpstreamKind) -> String {
    match kind {
        UpstreamKind::Cms { dataset, catalogue, save_as } => {
            format!("Cms {{ dataset: {dataset:?}, catalogue: {catalogue:?}, save_as: {save_as:?} }}")
        }
        UpstreamKind::File { url, save_as } => {
            format!("File {{ url: Pattern({:?}), save_as: {save_as:?} }}", url.as_str())
        }
        UpstreamKind::PlanNet { url, bulk, count, without } => {
            format!("PlanNet {{ url: {url:?}, bulk: {bulk:?}, count: {count:?}, without: {without:?} }}")
        }
    }
}

fn place(folder: &Path) -> Result<PathBuf, FetchError> {
    Ok(work_dir(folder)?.join("kept.json"))
}

/// Where it is written before its files are in place.
fn coming(place: &Path) -> PathBuf {
    place.with_extension("next")
}

/// A digest short enough to keep millions of, and long enough that no two texts share one by chance.
pub(crate) type IdDigest = [u8; 16];

/// The short digest of a text.
pub(crate) fn short(text: &[u8]) -> IdDigest {
    let mut short = IdDigest::default();
    short.iter_mut().zip(Sha256::digest(text)).for_each(|(to, from)| *to = from);
    short
}

/// The digest of an address.
pub(crate) fn digest(url: &Url) -> String {
    hexadecimal(&Sha256::digest(url.as_str()))
}
