//! Downloads a file in pieces: skips an unchanged file and resumes an interrupted one if the server
//! supports it.

use std::fs;
use std::fs::File;
use std::path::PathBuf;

use reqwest::header::{CONTENT_RANGE, HeaderMap, IF_RANGE, RANGE};
use reqwest::{Response, StatusCode, Url};
use serde::{Deserialize, Serialize};

use crate::refresh::fetch::error::{FetchError, FetchFault, at};
use crate::refresh::fetch::transport::{HttpTransport, RequestSpec};
use crate::refresh::fetch::validators::{CacheValidators, header_of};
use crate::refresh::fetch::{error, source_state};
use crate::regular_file;

/// The result of a download.
#[derive(Debug)]
pub enum DownloadResult {
    /// The file has not changed.
    Unchanged,
    /// The file was downloaded completely.
    Whole(CacheValidators),
}

/// A partly downloaded file and the metadata file beside it.
#[derive(Debug)]
pub struct PartialDownload {
    path: PathBuf,
    note: PathBuf,
}

/// Which file a partial download belongs to.
#[derive(Debug, Serialize, Deserialize)]
struct PartialMetadata {
    /// Digest of the URL.
    from: String,
    marks: CacheValidators,
    /// Total length in bytes, if the server gave it.
    length: Option<u64>,
}

impl PartialDownload {
    /// A partial download at `path`, with its metadata beside it.
    pub fn at(path: PathBuf) -> Self {
        let note = path.with_extension("json");
        Self { path, note }
    }

    /// The path of the file.
    pub fn path(&self) -> &PathBuf {
        &self.path
    }

    /// Length and metadata of what was already downloaded from `url`; `None` if it cannot be
    /// resumed.
    fn begun(&self, url: &Url) -> Option<(u64, PartialMetadata)> {
        let note: PartialMetadata = serde_json::from_slice(&regular_file::read(&self.note).ok()?).ok()?;
        let length = fs::metadata(&self.path).ok()?.len();
        let good = length > 0 && note.from == source_state::digest(url) && note.marks.strong().is_some();
        good.then_some((length, note))
    }

    /// Creates an empty file for the content of `url`.
    fn begin(&self, url: &Url, marks: &CacheValidators, length: Option<u64>) -> Result<File, FetchError> {
        let file = regular_file::create(&self.path).map_err(at(&self.path))?;
        let note = PartialMetadata { from: source_state::digest(url), marks: marks.clone(), length };
        let text = serde_json::to_vec(&note).map_err(|error| at(&self.note)(error.into()))?;
        regular_file::write(&self.note, text).map_err(at(&self.note))?;
        Ok(file)
    }

    /// Deletes the partial download.
    pub fn discard(&self) {
        let _ = fs::remove_file(&self.note);
        let _ = fs::remove_file(&self.path);
    }
}

impl HttpTransport {
    /// Downloads the file into `part`. With `known`, the validators of the current file, the server
    /// sends it only if it changed.
    ///
    /// # Errors
    /// The fault of the last try, or an I/O error. `part` keeps what a later fetch can resume.
    pub async fn download(
        &self,
        ask: &RequestSpec,
        part: &PartialDownload,
        known: Option<&CacheValidators>,
    ) -> Result<DownloadResult, FetchError> {
        let got = self.tried(ask, async || self.on_with(ask, part, known).await).await;
        if matches!(got, Err(FetchError::Disk { .. })) {
            // A partial file would keep a full disk full.
            part.discard();
        }
        got
    }

    async fn on_with(
        &self,
        ask: &RequestSpec,
        part: &PartialDownload,
        known: Option<&CacheValidators>,
    ) -> Result<DownloadResult, FetchError> {
        let begun = part.begun(&ask.url);
        let conditions = match (&begun, known) {
            (Some((from, note)), _) => header_of([(RANGE, Some(&format!("bytes={from}-"))), (IF_RANGE, note.marks.strong())]),
            (None, Some(known)) => known.conditions(),
            (None, None) => HeaderMap::new(),
        };
        let conditional = begun.is_none() && !conditions.is_empty();
        let response = self.within(&ask.url, self.limits.answer_time, self.send(ask, conditions)).await?;
        let marks = self.marks(&response);
        match (response.status(), begun) {
            (StatusCode::NOT_MODIFIED, _) if conditional => Ok(DownloadResult::Unchanged),
            (StatusCode::NOT_MODIFIED, _) => {
                let cause = "the server answered 304 Not Modified to an unconditional request";
                Err(FetchFault::lasting(&ask.url, cause).into())
            }
            (StatusCode::PARTIAL_CONTENT, Some((from, note))) => match continues(&response, from, &note, &marks) {
                Ok(whole) => self.go_on(ask, response, part, whole).await.map(|()| DownloadResult::Whole(note.marks)),
                Err(cause) => {
                    part.discard();
                    Err(FetchFault::passing(&ask.url, cause).into())
                }
            },
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(_)) => {
                part.discard();
                Err(FetchFault::passing(&ask.url, "the file changed on the server during the download").into())
            }
            (StatusCode::PARTIAL_CONTENT, None) => {
                Err(FetchFault::lasting(&ask.url, "the server sent part of the file although the whole was requested").into())
            }
            (status, _) if status.is_success() => {
                let file = part.begin(&ask.url, &marks, response.content_length())?;
                let file = self.pour(&ask.url, response, file, part.path()).await?;
                file.sync_all().map_err(at(part.path()))?;
                Ok(DownloadResult::Whole(marks))
            }
            _ => {
                let refusal = async { Ok(error::refusal(&ask.url, response).await) };
                Err(self.within(&ask.url, self.limits.answer_time, refusal).await?.into())
            }
        }
    }

    /// Appends the rest to the file, which must end up `whole` bytes long. A server may send less
    /// than requested (RFC 9110, 15.3.7).
    async fn go_on(
        &self,
        ask: &RequestSpec,
        response: Response,
        part: &PartialDownload,
        whole: u64,
    ) -> Result<(), FetchError> {
        let file = regular_file::append(part.path()).map_err(at(part.path()))?;
        let file = self.pour(&ask.url, response, file, part.path()).await?;
        file.sync_all().map_err(at(part.path()))?;
        let length = file.metadata().map_err(at(part.path()))?.len();
        if length > whole {
            part.discard();
            let cause = format!("the parts add up to {length} bytes, but the file has {whole}");
            return Err(FetchFault::passing(&ask.url, cause).into());
        }
        if length < whole {
            return Err(FetchFault::passing(&ask.url, format!("only {length} of {whole} bytes were received")).into());
        }
        Ok(())
    }

    /// The validators of a response, without any that repeats the token, because validators are
    /// stored.
    fn marks(&self, response: &Response) -> CacheValidators {
        let CacheValidators { etag, last_modified } = CacheValidators::of(response.headers());
        let clean = |mark: &String| self.hidden(mark) == *mark;
        CacheValidators { etag: etag.filter(clean), last_modified: last_modified.filter(clean) }
    }
}

/// Checks that a part continues where the download stopped and belongs to the same file; returns
/// the total length.
fn continues(response: &Response, from: u64, begun: &PartialMetadata, marks: &CacheValidators) -> Result<u64, String> {
    let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok()).unwrap_or_default();
    let (first, total) = range_of(range).unwrap_or_default();
    if first != Some(from) {
        return Err(format!("the server did not send the requested part, from byte {from}"));
    }
    let same = |one: &Option<String>, other: &Option<String>| one.is_none() || other.is_none() || one == other;
    if !same(&begun.marks.etag, &marks.etag) || !same(&begun.marks.last_modified, &marks.last_modified) {
        return Err("the server sent a part of another file".to_owned());
    }
    match (begun.length, total) {
        (Some(length), Some(total)) if length != total => {
            Err(format!("the new part is of a file of {total} bytes, the earlier part of a file of {length}"))
        }
        (length, total) => total.or(length).ok_or_else(|| "the server does not state the total length".to_owned()),
    }
}

/// Parses `bytes first-last/total` into the first byte and the total length; the total may be
/// unknown (`*`).
fn range_of(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (part, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = part.split_once('-')?;
    Some((first.trim().parse().ok(), total.trim().parse().ok()))
}
