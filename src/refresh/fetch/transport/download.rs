//! A file brought in pieces: not again when it is unchanged, and on from where it broke off when the server can do that.

use std::fs::{self, File};
use std::path::PathBuf;

use reqwest::header::{
    CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED,
    RANGE,
};
use reqwest::{Response, StatusCode, Url};
use serde::{Deserialize, Serialize};

use super::{Ask, Transport};
use crate::refresh::fetch::fault::{self, Fault};
use crate::refresh::fetch::{FetchError, at, kept};
use crate::regular_file;

/// What a server says a file is known by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Marks {
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    pub last_modified: Option<String>,
}

impl Marks {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self { etag: text(ETAG), last_modified: text(LAST_MODIFIED) }
    }

    /// The mark by which two parts are known to be of one file; a weak one does not do (RFC 9110, 13.1.5).
    fn strong(&self) -> Option<&str> {
        let etag = self.etag.as_deref().filter(|etag| !etag.starts_with("W/"));
        etag.or(self.last_modified.as_deref().filter(|_| self.etag.is_none()))
    }

    /// Asks for the file only if it is another.
    fn conditions(&self) -> HeaderMap {
        header_of([(IF_NONE_MATCH, self.etag.as_deref()), (IF_MODIFIED_SINCE, self.last_modified.as_deref())])
    }
}

fn header_of<const N: usize>(pairs: [(HeaderName, Option<&str>); N]) -> HeaderMap {
    let value = |text: Option<&str>| HeaderValue::from_str(text?).ok();
    pairs.into_iter().filter_map(|(name, text)| Some((name, value(text)?))).collect()
}

/// What came of asking for a file.
#[derive(Debug)]
pub enum Got {
    /// The server has no other than the known one.
    Unchanged,
    /// It is there whole.
    Whole(Marks),
}

/// A file on its way, and beside it what it is a part of.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    note: PathBuf,
}

/// What a part is of.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    /// The digest of the address.
    from: String,
    marks: Marks,
    /// How long the whole is, where the server said so.
    length: Option<u64>,
}

impl Part {
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
    fn begun(&self, url: &Url) -> Option<(u64, Note)> {
        let note: Note = serde_json::from_slice(&regular_file::read(&self.note).ok()?).ok()?;
        let length = fs::metadata(&self.path).ok()?.len();
        let good = length > 0 && note.from == kept::digest(url) && note.marks.strong().is_some();
        good.then_some((length, note))
    }

    /// An empty file for what is at `url`.
    fn begin(&self, url: &Url, marks: &Marks, length: Option<u64>) -> Result<File, FetchError> {
        let file = File::create(&self.path).map_err(at(&self.path))?;
        let note = Note { from: kept::digest(url), marks: marks.clone(), length };
        let text = serde_json::to_vec(&note).map_err(|error| at(&self.note)(error.into()))?;
        fs::write(&self.note, text).map_err(at(&self.note))?;
        Ok(file)
    }

    /// Forgets what there is.
    pub fn discard(&self) {
        let _ = fs::remove_file(&self.note);
        let _ = fs::remove_file(&self.path);
    }
}

impl Transport {
    /// Brings the file into `part`. With `known`, the marks of the file that is there already, it is asked for only if it is another.
    ///
    /// # Errors
    /// What was wrong at the last try, or the disk failed. What came stays in `part` where a later fetch can go on with it.
    pub async fn download(&self, ask: &Ask, part: &Part, known: Option<&Marks>) -> Result<Got, FetchError> {
        let got = self.tried(ask, async || self.on_with(ask, part, known).await).await;
        if matches!(got, Err(FetchError::Disk { .. })) {
            // A part that fills the disk would keep it full.
            part.discard();
        }
        got
    }

    async fn on_with(&self, ask: &Ask, part: &Part, known: Option<&Marks>) -> Result<Got, FetchError> {
        let begun = part.begun(&ask.url);
        let conditions = match (&begun, known) {
            (Some((from, note)), _) => {
                header_of([(RANGE, Some(&format!("bytes={from}-"))), (IF_RANGE, note.marks.strong())])
            }
            (None, Some(known)) => known.conditions(),
            (None, None) => HeaderMap::new(),
        };
        let conditional = begun.is_none() && !conditions.is_empty();
        let response = self.within(&ask.url, self.limits.answer_time, self.send(ask, conditions)).await?;
        let marks = self.marks(&response);
        match (response.status(), begun) {
            (StatusCode::NOT_MODIFIED, _) if conditional => Ok(Got::Unchanged),
            (StatusCode::NOT_MODIFIED, _) => {
                let cause = "it answered 304 Not Modified though it was not asked whether anything is new";
                Err(Fault::lasting(&ask.url, cause).into())
            }
            (StatusCode::PARTIAL_CONTENT, Some((from, note))) => match continues(&response, from, &note, &marks) {
                Ok(whole) => self.go_on(ask, response, part, whole).await.map(|()| Got::Whole(note.marks)),
                Err(cause) => {
                    part.discard();
                    Err(Fault::passing(&ask.url, cause).into())
                }
            },
            (StatusCode::RANGE_NOT_SATISFIABLE, Some(_)) => {
                part.discard();
                Err(Fault::passing(&ask.url, "what came so far is not the beginning of what it has now").into())
            }
            (StatusCode::PARTIAL_CONTENT, None) => {
                Err(Fault::lasting(&ask.url, "it sent a part though the whole was asked for").into())
            }
            (status, _) if status.is_success() => {
                let file = part.begin(&ask.url, &marks, response.content_length())?;
                let file = self.pour(&ask.url, response, file, part.path()).await?;
                file.sync_all().map_err(at(part.path()))?;
                Ok(Got::Whole(marks))
            }
            _ => {
                let refusal = async { Ok(fault::refusal(&ask.url, response).await) };
                Err(self.within(&ask.url, self.limits.answer_time, refusal).await?.into())
            }
        }
    }

    /// Adds what follows to the file, which has `whole` bytes in the end. A server may send less than was asked for (RFC 9110, 15.3.7).
    async fn go_on(&self, ask: &Ask, response: Response, part: &Part, whole: u64) -> Result<(), FetchError> {
        let file = File::options().append(true).open(part.path()).map_err(at(part.path()))?;
        let file = self.pour(&ask.url, response, file, part.path()).await?;
        file.sync_all().map_err(at(part.path()))?;
        let length = file.metadata().map_err(at(part.path()))?.len();
        if length > whole {
            part.discard();
            let cause = format!("with the part it sent there are {length} bytes of a file of {whole}");
            return Err(Fault::passing(&ask.url, cause).into());
        }
        if length < whole {
            return Err(Fault::passing(&ask.url, format!("{length} of {whole} bytes came")).into());
        }
        Ok(())
    }

    /// The marks of an answer; one that repeats the token is none, for marks are remembered.
    fn marks(&self, response: &Response) -> Marks {
        let Marks { etag, last_modified } = Marks::of(response.headers());
        let clean = |mark: &String| self.hidden(mark) == *mark;
        Marks { etag: etag.filter(clean), last_modified: last_modified.filter(clean) }
    }
}

/// That a part goes on where the file breaks off, and is of the same file; how long that is.
fn continues(response: &Response, from: u64, begun: &Note, marks: &Marks) -> Result<u64, String> {
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
