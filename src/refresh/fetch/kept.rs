//! What is known of the file that was brought last; it lies beside the folder, not in what the night reads.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::refresh::fetch::aside::work_of;
use crate::refresh::fetch::fault::shown;
use crate::refresh::fetch::transport::download::Marks;
use crate::refresh::fetch::{FetchError, at};
use crate::refresh::input::hexadecimal;

/// What is known of the last file of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Where it came from, without query, for people.
    pub url: String,
    /// The digest of the whole address, which may hold a secret.
    pub from: String,
    /// What the server says it is known by.
    pub marks: Marks,
    /// When the catalogue says it was changed.
    pub modified: Option<String>,
    /// Its name; empty for a directory of several files.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// The day it is of.
    pub as_of: Option<Date>,
    /// When it came.
    pub fetched: Timestamp,
    /// When the server was last asked, and answered.
    pub asked: Timestamp,
}

impl Kept {
    /// What is known of the source whose folder is `folder`; `None` when nothing is, or it cannot be read.
    pub fn of(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(place(folder).ok()?).ok()?).ok()
    }

    /// Nothing but where and when.
    pub fn new(url: &Url, now: Timestamp) -> Self {
        Self {
            url: shown(url),
            from: digest(url),
            marks: Marks::default(),
            modified: None,
            file: String::new(),
            bytes: 0,
            sha256: String::new(),
            as_of: None,
            fetched: now,
            asked: now,
        }
    }

    /// Remembers it.
    ///
    /// # Errors
    /// The disk failed.
    pub fn remember(&self, folder: &Path) -> Result<(), FetchError> {
        let path = place(folder)?;
        let aside = path.with_extension("next");
        let text = serde_json::to_vec_pretty(self).map_err(|error| at(&path)(error.into()))?;
        fs::write(&aside, text).map_err(at(&aside))?;
        fs::rename(&aside, &path).map_err(at(&path))
    }

    /// Whether the file is still there as it came, by its size.
    pub fn is_there(&self, folder: &Path) -> bool {
        fs::metadata(folder.join(&self.file)).is_ok_and(|about| about.is_file() && about.len() == self.bytes)
    }

    /// Whether it was asked for less than `days` days ago, by the calendar: a night that begins a minute earlier is another day.
    pub fn is_fresh(&self, days: u16, now: Timestamp) -> bool {
        let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
        day(now).since(day(self.asked)).is_ok_and(|since| since.get_days() < i32::from(days))
    }
}

fn place(folder: &Path) -> Result<PathBuf, FetchError> {
    Ok(work_of(folder)?.join("kept.json"))
}

/// The digest of an address.
pub fn digest(url: &Url) -> String {
    hexadecimal(&Sha256::digest(url.as_str()))
}
