//! Fetches one file into its folder. The file is checked before it replaces the last one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use reqwest::Url;

use crate::refresh::declared_table::DeclaredTable;
use crate::refresh::fetch::error::{FetchError, FetchFault, at, shown};
use crate::refresh::fetch::source_state;
use crate::refresh::fetch::source_state::SourceState;
use crate::refresh::fetch::staging::StagingFolder;
use crate::refresh::fetch::transport::download::{DownloadResult, PartialDownload};
use crate::refresh::fetch::transport::{ANY, HttpTransport, RequestSpec};
use crate::refresh::{day, folder, input, sources};
use crate::run_report::fetched::FetchOutcome;

/// A folder to fill, with its staging folder.
pub(crate) struct DownloadTarget<'a> {
    folder: &'a Path,
    save_as: &'a str,
    now: Timestamp,
    aside: StagingFolder,
    /// State of the current file, if it is unchanged on disk.
    pub kept: Option<SourceState>,
    whatever: bool,
    tables: &'a [DeclaredTable],
}

/// The result of fetching a file.
pub(crate) struct DownloadOutcome {
    /// Whether the file is new.
    pub outcome: FetchOutcome,
    /// Remarks.
    pub remarks: Vec<String>,
}

impl From<FetchOutcome> for DownloadOutcome {
    fn from(outcome: FetchOutcome) -> Self {
        Self { outcome, remarks: Vec::new() }
    }
}

impl<'a> DownloadTarget<'a> {
    /// Prepares to fetch a file named `save_as`.
    ///
    /// # Errors
    /// Another fetch is running, the folder contains a file that no fetch wrote, or an I/O error.
    pub(crate) fn prepare(folder: &'a Path, save_as: &'a str, now: Timestamp) -> Result<Self, FetchError> {
        let kept = SourceState::of(folder);
        let before = |name: &str| kept.as_ref().is_some_and(|kept| kept.files.contains_key(name));
        let aside = StagingFolder::create(folder, |name| name == sources::FILE || name == save_as || before(name))?;
        let kept = kept.filter(|kept| kept.files.contains_key(save_as) && kept.is_there(folder));
        Ok(Self { folder, save_as, now, aside, kept, whatever: false, tables: &[] })
    }

    /// Sets whether to accept a file of another dataset than the last one.
    #[must_use]
    pub(crate) fn of_whatever(self, whatever: bool) -> Self {
        Self { whatever, ..self }
    }

    /// Accepts files of these declared tables, too.
    #[must_use]
    pub(crate) fn with_tables(self, tables: &'a [DeclaredTable]) -> Self {
        Self { tables, ..self }
    }

    /// Fetches `url`. The file's date is `day` or else the date the server gives.
    ///
    /// # Errors
    /// Why the current file is kept.
    pub(crate) async fn bring(
        &self,
        transport: &HttpTransport,
        url: &Url,
        (modified, day): (Option<&str>, Option<Date>),
    ) -> Result<DownloadOutcome, FetchError> {
        let part = PartialDownload::at(self.aside.part());
        let from = source_state::digest(url);
        // If a catalog reports a change, the file is fetched regardless of its validators.
        let known = self.kept.as_ref().filter(|kept| kept.from == from && modified.is_none()).map(|kept| &kept.marks);
        let marks = match transport.download(&RequestSpec::for_a(url.clone(), ANY), &part, known).await? {
            DownloadResult::Unchanged => return Ok(self.unchanged()?.into()),
            DownloadResult::Whole(marks) => marks,
        };
        let path = self.aside.next().join(self.save_as);
        fs::rename(part.path(), &path).map_err(at(&path))?;
        part.discard();
        let (names, datasets) =
            recognized(&self.aside.next(), self.tables).map_err(|cause| FetchFault::lasting(url, cause))?;
        self.is_of_the_same(&datasets).map_err(|cause| FetchFault::lasting(url, cause))?;
        let told = day.or_else(|| marks.day());
        let as_of = day::come(told, Some(day::last_day(self.now)));
        let remark = told
            .filter(|_| as_of.is_none())
            .map(|day| format!("the server dates the file {day}, which is in the future; its date is taken as unknown"));
        let mut kept =
            SourceState { marks, modified: modified.map(str::to_owned), as_of, datasets, ..SourceState::new(url, self.now) };
        kept.url = transport.hidden(&kept.url);
        kept.trace(&self.aside.next())?;
        let next = self.aside.next();
        sources::write(&next, &names, as_of).map_err(at(&next.join(sources::FILE)))?;
        let sha256 = |kept: &SourceState| kept.files.get(self.save_as).map(|trace| trace.sha256.clone());
        let same = self.kept.as_ref().is_some_and(|last| sha256(last) == sha256(&kept));
        kept.commit(self.folder, || if same { self.aside.restore() } else { self.aside.put_in_place() })?;
        Ok(DownloadOutcome {
            outcome: if same { FetchOutcome::Unchanged } else { FetchOutcome::New },
            remarks: remark.into_iter().collect(),
        })
    }

    /// Checks that the new file shares a dataset with the last one.
    fn is_of_the_same(&self, datasets: &BTreeSet<String>) -> Result<(), String> {
        let last = self.kept.as_ref().map(|kept| &kept.datasets).filter(|_| !self.whatever);
        match last.filter(|last| !last.is_empty() && last.is_disjoint(datasets)) {
            None => Ok(()),
            Some(last) => {
                let words = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                Err(format!(
                    "the new file is {}, but the last file was {}; to accept it, run fetch sources with the source's name",
                    words(datasets),
                    words(last)
                ))
            }
        }
    }

    /// Records that the server has nothing newer.
    ///
    /// # Errors
    /// An I/O error.
    pub(crate) fn unchanged(&self) -> Result<FetchOutcome, FetchError> {
        if let Some(kept) = &self.kept {
            SourceState { asked: self.now, ..kept.clone() }.remember(self.folder)?;
        }
        Ok(FetchOutcome::Unchanged)
    }
}

/// The names of the new files as a refresh will use them, and their datasets; an archive may
/// contain several.
///
/// # Errors
/// No file is of a known dataset, one cannot be read to its end, or none has a row.
fn recognized(folder: &Path, tables: &[DeclaredTable]) -> Result<(Vec<String>, BTreeSet<String>), String> {
    let files = input::files_of(folder).map_err(|(_, error)| format!("the downloaded file cannot be unpacked: {error}"))?;
    let datasets = folder::examine_downloaded(&files, tables)?.with_rows()?;
    Ok((files.into_iter().map(|file| file.name).collect(), datasets))
}

/// Whether the server answered 404 or 410.
pub(crate) fn is_not_found(error: &FetchError) -> bool {
    matches!(error, FetchError::Server(fault) if matches!(fault.status, Some(404 | 410)))
}

/// The error when no candidate URL has a file.
pub(crate) fn not_found(urls: &[Url]) -> FetchError {
    let all: Vec<String> = urls.iter().map(shown).collect();
    FetchError::Asked(format!("no file found at {}", all.join(" nor at ")))
}
