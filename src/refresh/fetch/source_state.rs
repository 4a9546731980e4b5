//! State of the last fetched file, stored next to its folder and not in what a refresh reads.

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
use crate::refresh::input::hashing_reader::FileFingerprint;
use crate::refresh::settings::upstream::UpstreamKind;
use crate::refresh::{input, sources};
use crate::regular_file;
use crate::text::hex::to_hex;

/// State of the last file of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SourceState {
    /// Its URL without query, for display.
    pub url: String,
    /// Digest of the whole URL, which may contain a secret.
    pub from: String,
    /// The server's validators.
    pub marks: CacheValidators,
    /// The modification date in the catalog.
    pub modified: Option<String>,
    /// Digest of the declaration it was fetched with; empty if it was fetched without one.
    pub declared: String,
    /// The files as fetched, by name.
    pub files: BTreeMap<String, FileState>,
    /// Where each file of a set came from, by name.
    #[serde(default)]
    pub members: BTreeMap<String, SetMember>,
    /// Their datasets.
    pub datasets: BTreeSet<String>,
    /// Their date.
    pub as_of: Option<Date>,
    /// When they were fetched.
    pub fetched: Timestamp,
    /// When the server last answered.
    pub asked: Timestamp,
}

impl SourceState {
    /// Reads the state of the source in `folder`; `None` if there is none or it cannot be read.
    /// Also finds the state of a fetch that was killed after its files were in place but before its
    /// state was.
    pub(crate) fn of(folder: &Path) -> Option<Self> {
        let place = place(folder).ok()?;
        let read = |path: &Path| serde_json::from_slice::<Self>(&regular_file::read(path).ok()?).ok();
        let coming = read(&coming(&place)).filter(|coming| coming.is_there(folder));
        coming.or_else(|| read(&place))
    }

    /// A state with only URL and time.
    pub(crate) fn new(url: &Url, now: Timestamp) -> Self {
        Self {
            url: shown(url),
            from: digest(url),
            marks: CacheValidators::default(),
            modified: None,
            declared: String::new(),
            files: BTreeMap::new(),
            members: BTreeMap::new(),
            datasets: BTreeSet::new(),
            as_of: None,
            fetched: now,
            asked: now,
        }
    }

    /// Stores the state.
    ///
    /// # Errors
    /// An I/O error.
    pub(crate) fn remember(&self, folder: &Path) -> Result<(), FetchError> {
        self.commit(folder, || Ok(()))
    }

    /// Stores the state and runs `put`, which moves the files into place. If the process is killed
    /// in between, [`Self::of`] still returns the state that matches the files.
    ///
    /// # Errors
    /// An I/O error, or `put` failed.
    pub(crate) fn commit(&self, folder: &Path, put: impl FnOnce() -> Result<(), FetchError>) -> Result<(), FetchError> {
        let path = place(folder)?;
        let coming = coming(&path);
        let text = serde_json::to_vec_pretty(self).map_err(|error| at(&path)(error.into()))?;
        regular_file::write(&coming, text).map_err(at(&coming))?;
        put()?;
        fs::rename(&coming, &path).map_err(at(&path))
    }

    /// Whether all files are still unchanged on disk.
    pub(crate) fn is_there(&self, folder: &Path) -> bool {
        !self.files.is_empty() && self.files.iter().all(|(name, trace)| trace.is_of(&folder.join(name)))
    }

    /// Records the files of a folder as they are now.
    ///
    /// # Errors
    /// An I/O error.
    pub(crate) fn trace(&mut self, folder: &Path) -> Result<(), FetchError> {
        self.files = BTreeMap::new();
        for name in names(folder) {
            let path = folder.join(&name);
            self.files.insert(name, FileState::of(&path).map_err(at(&path))?);
        }
        Ok(())
    }

    /// Whether the server answered less than `days` calendar days ago. Days are compared, not
    /// hours, so that a run that starts a minute earlier still counts as the next day. A date in
    /// the future comes from a wrong clock and is not fresh.
    pub(crate) fn is_fresh(&self, days: u16, now: Timestamp) -> bool {
        let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
        day(now).since(day(self.asked)).is_ok_and(|since| (0..i32::from(days)).contains(&since.get_days()))
    }
}

/// Where a file of a set came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SetMember {
    /// Digest of its URL, which may contain a secret.
    pub from: String,
    /// The server's validators.
    pub marks: CacheValidators,
}

/// A file as it was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileState {
    /// Size in bytes.
    bytes: u64,
    /// Modification time.
    written: Option<Timestamp>,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

impl FileState {
    fn of(path: &Path) -> io::Result<Self> {
        let FileFingerprint { bytes, sha256 } = input::fingerprint(path)?;
        Ok(Self { bytes, written: written(&fs::metadata(path)?), sha256 })
    }

    /// Whether the file at `path` is this one. Same size and time is enough; with another time the
    /// content is compared.
    pub(crate) fn is_of(&self, path: &Path) -> bool {
        let Ok(about) = fs::metadata(path) else { return false };
        let same = || input::fingerprint(path).is_ok_and(|print| print.sha256 == self.sha256);
        about.is_file() && about.len() == self.bytes && (written(&about) == self.written || same())
    }
}

fn written(about: &fs::Metadata) -> Option<Timestamp> {
    about.modified().ok()?.try_into().ok()
}

/// The names of a folder's files, without `sources.toml`.
pub(crate) fn names(folder: &Path) -> impl Iterator<Item = String> {
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.map(|name| name.to_string_lossy().into_owned()).filter(|name| name != sources::FILE)
}

/// The first file that a person added or changed, among fetched files and those whose names are
/// `ours`.
pub(crate) fn changed_since_fetch(folder: &Path, ours: impl Fn(&str) -> bool) -> Option<String> {
    let files = SourceState::of(folder).map(|kept| kept.files).unwrap_or_default();
    let as_it_came = |name: &str| files.get(name).is_some_and(|trace| trace.is_of(&folder.join(name)));
    names(folder).filter(|name| ours(name) || files.contains_key(name)).find(|name| !as_it_came(name))
}

/// Digest of a source's declaration: its kind and the settings that select its file.
pub(crate) fn declared(kind: &UpstreamKind) -> String {
    to_hex(&Sha256::digest(spelled(kind)))
}

/// A fixed spelling of the kind. It must not change when code is renamed, or every source would be
/// fetched again.
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

/// Path of the state before its files are in place.
fn coming(place: &Path) -> PathBuf {
    place.with_extension("next")
}

/// A digest short enough to hold millions and long enough to avoid collisions.
pub(crate) type IdDigest = [u8; 16];

/// The short digest of a text.
pub(crate) fn short(text: &[u8]) -> IdDigest {
    let mut short = IdDigest::default();
    short.iter_mut().zip(Sha256::digest(text)).for_each(|(to, from)| *to = from);
    short
}

/// The digest of a URL.
pub(crate) fn digest(url: &Url) -> String {
    to_hex(&Sha256::digest(url.as_str()))
}
