//! One file brought into its folder: looked at before it takes the place of the last one.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use reqwest::Url;

use crate::refresh::fetch::aside::Aside;
use crate::refresh::fetch::fault::{Fault, shown};
use crate::refresh::fetch::kept::{self, Kept};
use crate::refresh::fetch::nightly::Outcome;
use crate::refresh::fetch::transport::download::{Got, Marks, Part};
use crate::refresh::fetch::transport::{Ask, Transport};
use crate::refresh::fetch::{FetchError, at};
use crate::refresh::folder;
use crate::refresh::input::{self, Fingerprint};
use crate::refresh::sources;

/// What is accepted: the files of public servers go by many types.
const ANY: &str = "*/*";

/// A folder with room beside it for the file that is to come.
pub struct Place<'a> {
    folder: &'a Path,
    save_as: &'a str,
    now: Timestamp,
    aside: Aside,
    /// What is known of the file that is there, if it is there still.
    pub kept: Option<Kept>,
}

impl<'a> Place<'a> {
    /// Makes room for a file to be called `save_as`.
    ///
    /// # Errors
    /// Another fetch is running, the folder holds what no fetch brought, or the disk failed.
    pub fn make(folder: &'a Path, save_as: &'a str, now: Timestamp) -> Result<Self, FetchError> {
        let kept = Kept::of(folder);
        let before = kept.as_ref().map(|kept| kept.file.clone());
        let ours = |name: &str| name == sources::FILE || name == save_as || before.as_deref() == Some(name);
        let aside = Aside::beside(folder, ours)?;
        let kept = kept.filter(|kept| kept.file == save_as && kept.is_there(folder));
        Ok(Self { folder, save_as, now, aside, kept })
    }

    /// Brings what is at `url`, of the day that is given or else the day the server says.
    ///
    /// # Errors
    /// The file that is there stays, and why.
    pub async fn bring(
        &self,
        transport: &Transport,
        url: &Url,
        (modified, day): (Option<&str>, Option<Date>),
    ) -> Result<Outcome, FetchError> {
        let part = Part::at(self.aside.part());
        let from = kept::digest(url);
        // Where a catalogue says that it changed, it is fetched whatever the marks say.
        let known = self.kept.as_ref().filter(|kept| kept.from == from && modified.is_none()).map(|kept| &kept.marks);
        let marks = match transport.download(&Ask::for_a(url.clone(), ANY), &part, known).await? {
            Got::Unchanged => return self.unchanged(),
            Got::Whole(marks) => marks,
        };
        let path = self.aside.next().join(self.save_as);
        fs::rename(part.path(), &path).map_err(at(&path))?;
        part.discard();
        let names = recognised(&self.aside.next()).map_err(|cause| Fault::lasting(url, cause))?;
        let as_of = day.or_else(|| day_of(&marks));
        write_day(&self.aside.next(), &names, as_of)?;
        let Fingerprint { bytes, sha256 } = input::fingerprint(&path).map_err(at(&path))?;
        let same = self.kept.as_ref().is_some_and(|kept| kept.sha256 == sha256);
        self.aside.put_in_place()?;
        let kept = Kept {
            marks,
            modified: modified.map(str::to_owned),
            file: self.save_as.to_owned(),
            bytes,
            sha256,
            as_of,
            ..Kept::new(url, self.now)
        };
        kept.remember(self.folder)?;
        Ok(if same { Outcome::Unchanged } else { Outcome::New })
    }

    /// Notes that the server has nothing newer.
    ///
    /// # Errors
    /// The disk failed.
    pub fn unchanged(&self) -> Result<Outcome, FetchError> {
        if let Some(kept) = &self.kept {
            Kept { asked: self.now, ..kept.clone() }.remember(self.folder)?;
        }
        Ok(Outcome::Unchanged)
    }
}

/// The names of the new files, by which a refresh will know them; an archive holds several.
///
/// # Errors
/// None is of a dataset that is read, or they cannot be read to their end: why, in words.
fn recognised(folder: &Path) -> Result<Vec<String>, String> {
    let files = input::files_of(folder).map_err(|(_, error)| format!("what came cannot be unpacked: {error}"))?;
    folder::usable(&files).map(|()| files.into_iter().map(|file| file.name).collect())
}

/// The day a server says a file was last changed.
fn day_of(marks: &Marks) -> Option<Date> {
    let then = rfc2822::DateTimeParser::new().parse_timestamp(marks.last_modified.as_deref()?).ok()?;
    Some(then.to_zoned(TimeZone::UTC).date())
}

/// Writes the day of the files beside them, where a refresh looks for it.
fn write_day(folder: &Path, names: &[String], day: Option<Date>) -> Result<(), FetchError> {
    let mut files = toml::Table::new();
    for (name, day) in names.iter().zip(std::iter::repeat(day)) {
        let about = day.map(|day| ("as_of".to_owned(), day.to_string().into()));
        files.insert(name.clone(), toml::Table::from_iter(about).into());
    }
    let text = toml::Table::from_iter([("files".to_owned(), files.into())]).to_string();
    let path = folder.join(sources::FILE);
    fs::write(&path, format!("# Written by placement fetch.\n{text}")).map_err(at(&path))
}

/// Whether an error says that there is nothing at the address.
pub fn is_not_found(error: &FetchError) -> bool {
    matches!(error, FetchError::Server(fault) if matches!(fault.status, Some(404 | 410)))
}

/// The error of a file that no month or week has.
pub fn nowhere(urls: &[Url]) -> FetchError {
    let all: Vec<String> = urls.iter().map(shown).collect();
    FetchError::Asked(format!("there is nothing at {}", all.join(" nor at ")))
}
