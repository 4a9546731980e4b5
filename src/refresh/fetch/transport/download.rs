//! A file brought in pieces: not again when it is unchanged, and on from where it broke off when the server can do that.

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

/// What came of asking for a file.
#[derive(Debug)]
pub enum DownloadResult {
    /// The server has no other than the known one.
    Unchanged,
    /// It is there whole.
    Whole(CacheValidators),
}

/// A file on its way, and beside it what it is a part of.
#[derive(Debug)]
pub struct PartialDownload {
    path: PathBuf,
    note: PathBuf,
}

/// What a part is of.
#[derive(Debug, Serialize, Deserialize)]
struct PartialMetadata {
    /// The digest of the address.
    from: String,
    marks: CacheValidators,
    /// How long the whole is, where the server said so.
    length: Option<u64>,
}

impl PartialDownload {
    /// A file at `path`, with its note beside it.
    pub fn at(path: PathBuf) -> Self {
        let note = path.with_extension("json");
        Self { path, note }
    }

    /// Where the file is.
    pub fn path(&self) -> &PathBuf {
        &self.path
    }

    /// How much there is of the file at `url`, and of what; `None` when nothing can be gone on with.
    fn begun(&self, url: &Url) -> Option<(u64, PartialMetadata)> {
        let note: PartialMetadata = serde_json::from_slice(&regular_file::read(&self.note).ok()?).ok()?;
        let length = fs::metadata(&self.path).ok()?.len();
        let good = length > 0 && note.from == source_state::digest(url) && note.marks.strong().is_some();
        good.then_some((length, note))
    }

    /// An empty file for what is at `url`.
    fn begin(&self, url: &Url, marks: &CacheValidators, length: Option<u64>) -> Result<File, FetchError> {
        let file = regular_file::create(&self.path).map_err(at(&self.path))?;
        let note = PartialMetadata { from: source_state::digest(url), marks: marks.clone(), length };
        let text = serde_json::to_vec(&note).map_err(|error| at(&self.note)(error.into()))?;
        regular_file::write(&self.note, text).map_err(at(&self.note))?;
        Ok(file)
    }

    /// Forgets what there is.
    pub fn discard(&self) {
        let _ = fs::remove_file(&self.note);
        let _ = fs::remove_file(&self.path);
    }
}

impl HttpTransport {
    /// Brings the file into `part`. With `known`, the marks of the file that is there already, it is asked for only if it is another.
    ///
    /// # Errors
    /// What was wrong at the last try, or the disk failed. What came stays in `part` where a later fetch can go on with it.
    pub async fn download(
        &self,
        ask: &RequestSpec,
        part: &PartialDownload,
        known: Option<&CacheValidators>,
    ) -> Result<DownloadResult, FetchError> {
        let got = self.tried(ask, async || self.on_with(ask, part, known).await).await;
        if matches!(got, Err(FetchError::Disk { .. })) {
            // A part that fills the disk would keep it full.
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
                let cause = "it answered 304 Not Modified though it was not asked whether anything is new";
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
                Err(FetchFault::passing(&ask.url, "what came so far is not the beginning of what it has now").into())
            }
            (StatusCode::PARTIAL_CONTENT, None) => {
                Err(FetchFault::lasting(&ask.url, "it sent a part though the whole was asked for").into())
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

    /// Adds what follows to the file, which has `whole` bytes in the end. A server may send less than was asked for (RFC 9110, 15.3.7).
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
            let cause = format!("with the part it sent there are {length} bytes of a file of {whole}");
            return Err(FetchFault::passing(&ask.url, cause).into());
        }
        if length < whole {
            return Err(FetchFault::passing(&ask.url, format!("{length} of {whole} bytes came")).into());
        }
        Ok(())
    }

    /// The marks of an answer; one that repeats the token is none, for marks are remembered.
    fn marks(&self, response: &Response) -> CacheValidators {
        let CacheValidators { etag, last_modified } = CacheValidators::of(response.headers());
        let clean = |mark: &String| self.hidden(mark) == *mark;
        CacheValidators { etag: etag.filter(clean), last_modified: last_modified.filter(clean) }
    }
}

/// That a part goes on where the file breaks off, and is of the same file; how long that is.
fn continues(response: &Response, from: u64, begun: &PartialMetadata, marks: &CacheValidators) -> Result<u64, String> {
    let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok()).unwrap_or_default();
    let (first, total) = range_of(range).unwrap_or_default();
    if first != Some(from) {
        return Err(format!("asked for what follows byte {from}, it sent another part"));
    }
    let same = |one: &Option<String>, other: &Option<String>| one.is_none() || other.is_none() || one == other;
    if !same(&begun.marks.etag, &marks.etag) || !same(&begun.marks.last_modified, &marks.last_modified) {
        return Err("the part it sent is of another file".to_owned());
    }
    match (begun.length, total) {
        (Some(length), Some(total)) if length != total => {
            Err(format!("the part it sent is of a file of {total} bytes, and what came before of one of {length}"))
        }
        (length, total) => total.or(length).ok_or_else(|| "it does not say how long the whole file is".to_owned()),
    }
}

/// The first byte and the length of the whole, of `bytes first-last/total`; a total may be unknown (`*`).
fn range_of(text: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (part, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = part.split_once('-')?;
    Some((first.trim().parse().ok(), total.trim().parse().ok()))
}
