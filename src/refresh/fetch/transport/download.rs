//! A file brought in pieces: not again when it is unchanged, and on from where it broke off when the server can do that.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use reqwest::header::{
    CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED,
    RANGE,
};
use reqwest::{Response, StatusCode, Url};
use serde::{Deserialize, Serialize};

use super::{Ask, Transport};
use crate::refresh::fetch::fault::{self, Fault};
use crate::refresh::fetch::{FetchError, at, kept};

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

    /// How much there is of the file at `url`, and its marks; `None` when nothing can be gone on with.
    fn begun(&self, url: &Url) -> Option<(u64, Marks)> {
        let note: Note = serde_json::from_slice(&fs::read(&self.note).ok()?).ok()?;
        let length = fs::metadata(&self.path).ok()?.len();
        let good = length > 0 && note.from == kept::digest(url) && note.marks.strong().is_some();
        good.then_some((length, note.marks))
    }

    /// An empty file for what is at `url`.
    fn begin(&self, url: &Url, marks: &Marks) -> Result<File, FetchError> {
        let file = File::create(&self.path).map_err(at(&self.path))?;
        let note = Note { from: kept::digest(url), marks: marks.clone() };
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

/// How fast a body comes, over stretches of time.
struct Pace {
    since: Instant,
    bytes: u64,
}

impl Transport {
    /// Brings the file into `part`. With `known`, the marks of the file that is there already, it is asked for only if it is another.
    ///
    /// # Errors
    /// What was wrong at the last try, or the disk failed. What came stays in `part` where a later fetch can go on with it.
    pub async fn download(&self, ask: &Ask, part: &Part, known: Option<&Marks>) -> Result<Got, FetchError> {
        self.tried(ask, async || self.on_with(ask, part, known).await).await
    }

    async fn on_with(&self, ask: &Ask, part: &Part, known: Option<&Marks>) -> Result<Got, FetchError> {
        let begun = part.begun(&ask.url);
        let conditions = match (&begun, known) {
            (Some((from, marks)), _) => {
                header_of([(RANGE, Some(&format!("bytes={from}-"))), (IF_RANGE, marks.strong())])
            }
            (None, Some(known)) => known.conditions(),
            (None, None) => HeaderMap::new(),
        };
        let conditional = begun.is_none() && !conditions.is_empty();
        let response = self.within(&ask.url, self.limits.answer_time, self.send(ask, conditions)).await?;
        let marks = Marks::of(response.headers());
        match (response.status(), begun) {
            (StatusCode::NOT_MODIFIED, _) if conditional => Ok(Got::Unchanged),
            (StatusCode::NOT_MODIFIED, _) => {
                let cause = "it answered 304 Not Modified though it was not asked whether anything is new";
                Err(Fault::lasting(&ask.url, cause).into())
            }
            (StatusCode::PARTIAL_CONTENT, Some((from, begun))) => match continues(&response, from, &begun, &marks) {
                Ok(()) => {
                    let file = File::options().append(true).open(part.path()).map_err(at(part.path()))?;
                    self.pour(ask, response, file, part).await?;
                    Ok(Got::Whole(begun))
                }
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
                let file = part.begin(&ask.url, &marks)?;
                self.pour(ask, response, file, part).await?;
                Ok(Got::Whole(marks))
            }
            _ => {
                let refusal = async { Ok(fault::refusal(&ask.url, response).await) };
                Err(self.within(&ask.url, self.limits.answer_time, refusal).await?.into())
            }
        }
    }

    /// Writes the body to the file, as long as it comes fast enough.
    async fn pour(&self, ask: &Ask, mut response: Response, mut file: File, part: &Part) -> Result<(), FetchError> {
        let mut pace = Pace { since: Instant::now(), bytes: 0 };
        while let Some(piece) =
            self.within(&ask.url, self.limits.answer_time, self.piece(&ask.url, &mut response)).await?
        {
            file.write_all(&piece).map_err(at(part.path()))?;
            pace.bytes += piece.len() as u64;
            if pace.since.elapsed() >= self.limits.answer_time {
                if pace.bytes < self.limits.answer_least {
                    let (came, time) = (pace.bytes, self.limits.answer_time);
                    return Err(Fault::passing(&ask.url, format!("only {came} bytes came within {time:?}")).into());
                }
                pace = Pace { since: Instant::now(), bytes: 0 };
            }
        }
        file.sync_all().map_err(at(part.path()))
    }
}

/// That a part goes on where the file breaks off, and is of the same file.
fn continues(response: &Response, from: u64, begun: &Marks, marks: &Marks) -> Result<(), String> {
    let range = response.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok()).unwrap_or_default();
    let first = range.strip_prefix("bytes ").and_then(|range| range.split('-').next()?.parse::<u64>().ok());
    if first != Some(from) {
        return Err(format!("asked for what follows byte {from}, it sent another part"));
    }
    let same = |one: &Option<String>, other: &Option<String>| one.is_none() || other.is_none() || one == other;
    if same(&begun.etag, &marks.etag) && same(&begun.last_modified, &marks.last_modified) {
        Ok(())
    } else {
        Err("the part it sent is of another file".to_owned())
    }
}
