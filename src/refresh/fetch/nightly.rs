//! Every declared source brought up to date; one that does not answer keeps its last file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use reqwest::Url;
use serde::Serialize;

use crate::refresh::fetch::aside::work_of;
use crate::refresh::fetch::fault::told;
use crate::refresh::fetch::kept::{self, Kept};
use crate::refresh::fetch::limits::Limits;
use crate::refresh::fetch::outbound::Outbound;
use crate::refresh::fetch::saved::{self, Came, Place};
use crate::refresh::fetch::token::Token;
use crate::refresh::fetch::transport::{Terms, Transport};
use crate::refresh::fetch::{FetchError, at, catalogue, plan_net};
use crate::refresh::settings::{Kind, Settings, TokenAt, Upstream};
use crate::regular_file::{self, Readers};

/// What came of one source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fetched {
    /// The source, as `refresh.toml` calls it.
    pub source: String,
    /// What came of asking.
    pub outcome: Outcome,
    /// Why it is as it is, where something went wrong: one line.
    pub cause: Option<String>,
    /// That it was never fetched is no reason to publish nothing.
    pub optional: bool,
    /// The day the file now there is of, where it is known.
    pub as_of: Option<Date>,
    /// Bytes that came.
    pub bytes: u64,
    /// How long it took.
    pub seconds: f64,
    /// What else should be known.
    pub remarks: Vec<String>,
}

/// What came of asking a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There is a new file.
    New,
    /// The publisher has nothing newer.
    Unchanged,
    /// It was fetched so lately that it was not asked.
    NotDue,
    /// It could not be fetched; the last file stays.
    Kept,
    /// It could not be fetched, and there is no earlier file.
    Absent,
}

impl Outcome {
    /// Whether it could not be fetched.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Kept | Self::Absent)
    }
}

/// Brings every source of `settings` into a folder of its own below `into`; with names in `only`, just those, due or not. `tell` takes
/// a line on each step. It waits until all is done, so it must not be called where others wait their turn.
pub fn fetch(
    settings: &Settings,
    into: &Path,
    only: &[String],
    now: Timestamp,
    tell: &mut dyn FnMut(&str),
) -> Vec<Fetched> {
    let outbound = &settings.outbound;
    let named = |name: &String| only.is_empty() || only.contains(name);
    let mut remark = outbound.remark();
    let until = Instant::now() + settings.fetch_time;
    let mut silent = BTreeSet::new();
    let mut all = Vec::new();
    for (name, upstream) in settings.sources.iter().filter(|(name, _)| named(name)) {
        let asked = !only.is_empty();
        let server = upstream.kind.server(now);
        // Where a server keeps silent, its other sources need not all find that out at length.
        let once = silent.contains(&server);
        let source = Source { upstream, outbound, folder: into.join(name), now, until, asked, once };
        let (mut fetched, is_silent) = source.fetch(name, tell);
        if is_silent {
            silent.insert(server);
        }
        fetched.remarks.extend(remark.take());
        tell(&line(&fetched));
        all.push(fetched);
    }
    all
}

/// What came of a source, in a line.
fn line(fetched: &Fetched) -> String {
    let Fetched { source, outcome, cause, as_of, .. } = fetched;
    let of = as_of.map_or(String::new(), |day| format!(", of {day}"));
    let cause = cause.as_deref().unwrap_or_default();
    match outcome {
        Outcome::New => format!("{source}: new{of}"),
        Outcome::Unchanged => format!("{source}: nothing newer{of}"),
        Outcome::NotDue => format!("{source}: not due{of}"),
        Outcome::Kept => format!("{source}: the last file stays{of}: {cause}"),
        Outcome::Absent => format!("{source}: no file: {cause}"),
    }
}

impl Kind {
    /// Scheme, host and port of the server that has it.
    fn server(&self, now: Timestamp) -> String {
        let today = now.to_zoned(TimeZone::UTC).date();
        let url = match self {
            Self::Cms { catalogue, .. } => Some(catalogue.clone()),
            Self::File { url, .. } => url.candidates(today).into_iter().next(),
            Self::PlanNet { url, .. } => Some(url.clone()),
        };
        url.map_or(String::new(), |url| url.origin().ascii_serialization())
    }
}

/// One source about to be fetched.
struct Source<'a> {
    upstream: &'a Upstream,
    outbound: &'a Outbound,
    folder: PathBuf,
    now: Timestamp,
    /// When the fetching of all sources has taken its time.
    until: Instant,
    /// It was asked for by name.
    asked: bool,
    /// Its server kept silent for another source, so it is tried once.
    once: bool,
}

/// What a fetch that did not fail came to.
struct Brought {
    outcome: Outcome,
    bytes: u64,
    remarks: Vec<String>,
}

impl Source<'_> {
    /// Brings it, and tells whether its server kept silent.
    fn fetch(&self, name: &str, tell: &mut dyn FnMut(&str)) -> (Fetched, bool) {
        let began = Instant::now();
        let declared = kept::declared(&self.upstream.kind);
        let brought =
            if self.is_due(&declared) { self.bring(name, tell) } else { Ok(Brought::nothing(Outcome::NotDue)) };
        let is_silent = brought.as_ref().is_err_and(FetchError::is_silence);
        let token = self.upstream.token.as_ref().and_then(|token| read_token(token).ok());
        let told = |text: &str| told(text, token.as_ref());
        let (mut brought, cause) = match brought {
            Ok(brought) => (brought, None),
            Err(error) => {
                let outcome = if holds_files(&self.folder) { Outcome::Kept } else { Outcome::Absent };
                (Brought::nothing(outcome), Some(told(&error.to_string())))
            }
        };
        let kept = Kept::of(&self.folder).filter(|_| brought.outcome != Outcome::Absent);
        brought.remarks.extend(
            kept.as_ref()
                .filter(|kept| kept.declared != declared)
                .map(|kept| format!("the last file was fetched from {}, and not as it is declared now", kept.url)),
        );
        let fetched = Fetched {
            source: name.to_owned(),
            outcome: brought.outcome,
            cause,
            optional: self.upstream.optional,
            as_of: kept.filter(|_| self.touched().is_none()).and_then(|kept| kept.as_of),
            bytes: brought.bytes,
            seconds: began.elapsed().as_secs_f64(),
            remarks: brought.remarks.iter().map(|remark| told(remark)).collect(),
        };
        (fetched, is_silent)
    }

    /// Whether it is to be asked for; what is declared otherwise than when it was fetched last is.
    fn is_due(&self, declared: &str) -> bool {
        let kept = Kept::of(&self.folder).filter(|kept| kept.declared == declared && holds_files(&self.folder));
        let kept = self.upstream.every_days.zip(kept);
        self.asked || kept.is_none_or(|(days, kept)| !kept.is_fresh(days, self.now))
    }

    /// The file that a person put there or changed.
    fn touched(&self) -> Option<String> {
        kept::touched(&self.folder, |name| match &self.upstream.kind {
            Kind::Cms { save_as, .. } | Kind::File { save_as, .. } => name == save_as,
            Kind::PlanNet { .. } => plan_net::is_ours(name),
        })
    }

    fn bring(&self, name: &str, tell: &mut dyn FnMut(&str)) -> Result<Brought, FetchError> {
        let work = work_of(&self.folder)?;
        fs::create_dir_all(&work).map_err(at(&work))?;
        if let Some(file) = self.touched().filter(|_| !self.asked) {
            return Err(FetchError::Asked(format!(
                "{} is not as a fetch brought it, so it stays and nothing was asked for; placement fetch sources {name} fetches it anew",
                self.folder.join(file).display()
            )));
        }
        let mut brought = self.ask(tell)?;
        brought.remarks.extend(self.upstream.token.as_ref().and_then(open_to_all));
        if let Some(kept) = Kept::of(&self.folder) {
            Kept { declared: kept::declared(&self.upstream.kind), asked: self.now, ..kept }.remember(&self.folder)?;
        }
        Ok(brought)
    }

    fn ask(&self, tell: &mut dyn FnMut(&str)) -> Result<Brought, FetchError> {
        if self.left().is_zero() {
            let words = "the time for all fetching is over (fetch_minutes), so it was not asked for";
            return Err(FetchError::Asked(words.to_owned()));
        }
        let terms = self.terms()?;
        if let Kind::PlanNet { url, bulk, count, without } = &self.upstream.kind {
            let way = if *bulk { plan_net::Way::Bulk } else { plan_net::Way::Pages { count: *count } };
            return self.plan_net(url, way, without, terms, tell);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(at(&self.folder))?;
        match &self.upstream.kind {
            Kind::Cms { dataset, catalogue, save_as } => runtime.block_on(self.cms(dataset, catalogue, save_as, terms)),
            Kind::File { url, save_as } => {
                let today = self.now.to_zoned(TimeZone::UTC).date();
                runtime.block_on(self.file(&url.candidates(today), save_as, &terms))
            }
            Kind::PlanNet { .. } => Ok(Brought::nothing(Outcome::Unchanged)),
        }
    }

    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    fn terms(&self) -> Result<Terms, FetchError> {
        let Upstream { limits, allow_http, .. } = self.upstream;
        let token = self.upstream.token.as_ref().map(read_token).transpose()?;
        let tries = if self.once { 1 } else { limits.tries };
        Ok(Terms {
            token,
            limits: Limits { tries, whole_time: limits.whole_time.min(self.left()), ..limits.clone() },
            allow_http: *allow_http,
            outbound: self.outbound.clone(),
        })
    }

    fn place<'a>(&'a self, save_as: &'a str) -> Result<Place<'a>, FetchError> {
        Ok(Place::make(&self.folder, save_as, self.now)?.of_whatever(self.asked))
    }

    async fn cms(&self, dataset: &str, base: &Url, save_as: &str, terms: Terms) -> Result<Brought, FetchError> {
        let place = self.place(save_as)?;
        let transport = Transport::to(base, terms)?;
        let entry = catalogue::look_up(&transport, dataset).await?;
        let from = kept::digest(&entry.url);
        let known = place.kept.as_ref().filter(|kept| kept.from == from).and_then(|kept| kept.modified.as_deref());
        let came = if entry.modified.is_some() && known == entry.modified.as_deref() {
            place.unchanged()?.into()
        } else {
            place.bring(&transport, &entry.url, (entry.modified.as_deref(), entry.day())).await?
        };
        Ok(Brought::by(&transport, came))
    }

    async fn file(&self, urls: &[Url], save_as: &str, terms: &Terms) -> Result<Brought, FetchError> {
        let place = self.place(save_as)?;
        // Where there is nothing for a while, an older file than the one that is there is not asked for.
        let last = urls.iter().position(|url| place.kept.as_ref().is_some_and(|kept| kept.from == kept::digest(url)));
        let urls = last.and_then(|last| urls.get(..=last)).unwrap_or(urls);
        for url in urls {
            let transport = Transport::to(url, terms.clone())?;
            match place.bring(&transport, url, (None, None)).await {
                Err(error) if saved::is_not_found(&error) && urls.len() > 1 => {}
                came => return Ok(Brought::by(&transport, came?)),
            }
        }
        Err(saved::nowhere(urls))
    }

    fn plan_net(
        &self,
        url: &Url,
        way: plan_net::Way,
        without: &[String],
        terms: Terms,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Brought, FetchError> {
        let options = plan_net::Options {
            base: url.to_string(),
            into: self.folder.clone(),
            way,
            since: None,
            without: without.to_vec(),
            terms,
            today: self.now.to_zoned(TimeZone::UTC).date(),
        };
        let fetched = plan_net::fetch(&options, tell)?;
        Ok(Brought { outcome: Outcome::New, bytes: fetched.bytes, remarks: fetched.remarks })
    }
}

impl Brought {
    fn nothing(outcome: Outcome) -> Self {
        Self { outcome, bytes: 0, remarks: Vec::new() }
    }

    fn by(transport: &Transport, came: Came) -> Self {
        Self { outcome: came.outcome, bytes: transport.spent(), remarks: came.remarks }
    }
}

/// The token, read where it is; what went wrong names the place and never what is there.
fn read_token(from: &TokenAt) -> Result<Token, FetchError> {
    let (text, place) = match from {
        TokenAt::File(path) => {
            let text = regular_file::read_to_string(path)
                .map_err(|error| FetchError::Asked(format!("the token file {}: {error}", path.display())))?;
            (text, path.display().to_string())
        }
        TokenAt::Variable(name) => {
            let text = std::env::var(name).map_err(|_| {
                FetchError::Asked(format!("the variable {name}, which is to hold the token, is not set"))
            })?;
            (text, name.clone())
        }
    };
    Token::new(&text).ok_or_else(|| FetchError::Asked(format!("{place} holds no bearer token")))
}

/// That everybody can read the file the token is in, where it is in one.
fn open_to_all(from: &TokenAt) -> Option<String> {
    let TokenAt::File(path) = from else { return None };
    let is_open = regular_file::readers(path).is_ok_and(|readers| readers == Readers::Everybody);
    is_open.then(|| format!("everybody on this machine can read the token file {}; chmod 600 it", path.display()))
}

/// Whether a night has filled this folder with what a source has.
pub fn has_filled(folder: &Path) -> bool {
    work_of(folder).is_ok_and(|work| work.join("kept.json").is_file())
}

/// Whether there is a file of an earlier fetch.
fn holds_files(folder: &Path) -> bool {
    kept::names(folder).next().is_some()
}
