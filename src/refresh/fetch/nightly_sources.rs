//! Fetches every declared source. A source that cannot be fetched keeps its last file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use reqwest::Url;

use crate::refresh::declared_table::DeclaredTable;
use crate::refresh::fetch::error::{FetchError, at, to_log_line};
use crate::refresh::fetch::limits::FetchLimits;
use crate::refresh::fetch::outbound::OutboundPolicy;
use crate::refresh::fetch::plan_net_options::{FetchMode, PlanNetOptions};
use crate::refresh::fetch::save::{DownloadOutcome, DownloadTarget};
use crate::refresh::fetch::source_state::SourceState;
use crate::refresh::fetch::staging::work_dir;
use crate::refresh::fetch::token::AccessToken;
use crate::refresh::fetch::transport::{HttpTransport, TransportOptions};
use crate::refresh::fetch::{catalogue, plan_net, save, source_state};
use crate::refresh::settings::RefreshConfig;
use crate::refresh::settings::upstream::{SourceConfig, TokenLocation, UpstreamKind};
use crate::regular_file;
use crate::regular_file::PermittedReaders;
use crate::run_report::fetched::{FetchOutcome, FetchReport};

/// Fetches every source of `settings` into its own folder under `into`; with names in `only`, just
/// those, due or not. `tell` receives a progress line for each step. Blocks until all are done, so
/// it must not be called on an async worker thread.
pub fn fetch(
    settings: &RefreshConfig,
    into: &Path,
    only: &[String],
    now: Timestamp,
    tell: &mut dyn FnMut(&str),
) -> Vec<FetchReport> {
    let outbound = &settings.outbound;
    let named = |name: &String| only.is_empty() || only.contains(name);
    let mut remark = outbound.remark();
    let until = Instant::now() + settings.fetch_time;
    let mut silent = BTreeSet::new();
    let mut all = Vec::new();
    for (name, upstream) in settings.sources.iter().filter(|(name, _)| named(name)) {
        let asked = !only.is_empty();
        let server = upstream.kind.server(now);
        // Once a server did not answer, its other sources are tried only once.
        let once = silent.contains(&server);
        let source =
            SourceFetch { upstream, outbound, tables: &settings.tables, folder: into.join(name), now, until, asked, once };
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

/// The result of a source in one line.
fn line(fetched: &FetchReport) -> String {
    let FetchReport { source, outcome, cause, as_of, .. } = fetched;
    let of = as_of.map_or(String::new(), |day| format!(", of {day}"));
    let cause = cause.as_deref().unwrap_or_default();
    match outcome {
        FetchOutcome::New => format!("{source}: new{of}"),
        FetchOutcome::Unchanged => format!("{source}: nothing newer{of}"),
        FetchOutcome::NotDue => format!("{source}: not due{of}"),
        FetchOutcome::Kept => format!("{source}: the last file is kept{of}: {cause}"),
        FetchOutcome::Absent => format!("{source}: no file: {cause}"),
    }
}

impl UpstreamKind {
    /// Scheme, host and port of the server.
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

/// One source to fetch.
struct SourceFetch<'a> {
    upstream: &'a SourceConfig,
    outbound: &'a OutboundPolicy,
    /// Tables that the administrator declares, such as one that this source fetches.
    tables: &'a [DeclaredTable],
    folder: PathBuf,
    now: Timestamp,
    /// The deadline for fetching all sources.
    until: Instant,
    /// Whether it was requested by name.
    asked: bool,
    /// Try only once, because its server did not answer for another source.
    once: bool,
}

/// The result of a fetch that did not fail.
struct FetchResult {
    outcome: FetchOutcome,
    bytes: u64,
    remarks: Vec<String>,
}

impl SourceFetch<'_> {
    /// Fetches the source; also returns whether its server did not answer.
    fn fetch(&self, name: &str, tell: &mut dyn FnMut(&str)) -> (FetchReport, bool) {
        let began = Instant::now();
        let declared = source_state::declared(&self.upstream.kind);
        let brought =
            if self.is_due(&declared) { self.bring(name, tell) } else { Ok(FetchResult::nothing(FetchOutcome::NotDue)) };
        let is_silent = brought.as_ref().is_err_and(FetchError::is_silence);
        let token = self.upstream.token.as_ref().and_then(|token| read_token(token).ok());
        let told = |text: &str| to_log_line(text, token.as_ref());
        let (mut brought, cause) = match brought {
            Ok(brought) => (brought, None),
            Err(error) => {
                let outcome = if holds_files(&self.folder) { FetchOutcome::Kept } else { FetchOutcome::Absent };
                (FetchResult::nothing(outcome), Some(told(&error.to_string())))
            }
        };
        let kept = SourceState::of(&self.folder).filter(|_| brought.outcome != FetchOutcome::Absent);
        brought.remarks.extend(
            kept.as_ref()
                .filter(|kept| kept.declared != declared)
                .map(|kept| format!("the last file was fetched from {}, not from the source as declared now", kept.url)),
        );
        let fetched = FetchReport {
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

    /// Whether the source is due. A source whose declaration changed since the last fetch always
    /// is.
    fn is_due(&self, declared: &str) -> bool {
        let kept = SourceState::of(&self.folder).filter(|kept| kept.declared == declared && holds_files(&self.folder));
        let kept = self.upstream.every_days.zip(kept);
        self.asked || kept.is_none_or(|(days, kept)| !kept.is_fresh(days, self.now))
    }

    /// The first file that a person added or changed.
    fn touched(&self) -> Option<String> {
        source_state::changed_since_fetch(&self.folder, |name| match &self.upstream.kind {
            UpstreamKind::Cms { save_as, .. } | UpstreamKind::File { save_as, .. } => name == save_as,
            UpstreamKind::PlanNet { .. } => plan_net::is_ours(name),
        })
    }

    fn bring(&self, name: &str, tell: &mut dyn FnMut(&str)) -> Result<FetchResult, FetchError> {
        let work = work_dir(&self.folder)?;
        fs::create_dir_all(&work).map_err(at(&work))?;
        if let Some(file) = self.touched().filter(|_| !self.asked) {
            return Err(FetchError::Asked(format!(
                "{} was changed by hand, so it is kept and was not fetched; placement fetch sources {name} replaces it",
                self.folder.join(file).display()
            )));
        }
        let mut brought = self.ask(tell)?;
        brought.remarks.extend(self.upstream.token.as_ref().and_then(open_to_all));
        if let Some(kept) = SourceState::of(&self.folder) {
            SourceState { declared: source_state::declared(&self.upstream.kind), asked: self.now, ..kept }
                .remember(&self.folder)?;
        }
        Ok(brought)
    }

    fn ask(&self, tell: &mut dyn FnMut(&str)) -> Result<FetchResult, FetchError> {
        if self.left().is_zero() {
            let words = "the time for all fetches (fetch_minutes) is over; the source was not fetched";
            return Err(FetchError::Asked(words.to_owned()));
        }
        let terms = self.terms()?;
        if let UpstreamKind::PlanNet { url, bulk, count, without } = &self.upstream.kind {
            let way = if *bulk { FetchMode::Bulk } else { FetchMode::Pages { count: *count } };
            return self.plan_net(url, way, without, terms, tell);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(at(&self.folder))?;
        match &self.upstream.kind {
            UpstreamKind::Cms { dataset, catalogue, save_as } => {
                runtime.block_on(self.cms(dataset, catalogue, save_as, terms))
            }
            UpstreamKind::File { url, save_as } => {
                let today = self.now.to_zoned(TimeZone::UTC).date();
                runtime.block_on(self.file(&url.candidates(today), save_as, &terms))
            }
            UpstreamKind::PlanNet { .. } => Ok(FetchResult::nothing(FetchOutcome::Unchanged)),
        }
    }

    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    fn terms(&self) -> Result<TransportOptions, FetchError> {
        let SourceConfig { limits, allow_http, .. } = self.upstream;
        let token = self.upstream.token.as_ref().map(read_token).transpose()?;
        let tries = if self.once { 1 } else { limits.tries };
        Ok(TransportOptions {
            token,
            limits: FetchLimits { tries, whole_time: limits.whole_time.min(self.left()), ..limits.clone() },
            allow_http: *allow_http,
            outbound: self.outbound.clone(),
        })
    }

    fn place<'a>(&'a self, save_as: &'a str) -> Result<DownloadTarget<'a>, FetchError> {
        Ok(DownloadTarget::prepare(&self.folder, save_as, self.now)?.of_whatever(self.asked).with_tables(self.tables))
    }

    async fn cms(
        &self,
        dataset: &str,
        base: &Url,
        save_as: &str,
        terms: TransportOptions,
    ) -> Result<FetchResult, FetchError> {
        let place = self.place(save_as)?;
        let transport = HttpTransport::to(base, terms)?;
        let entry = catalogue::look_up(&transport, dataset).await?;
        let from = source_state::digest(&entry.url);
        let known = place.kept.as_ref().filter(|kept| kept.from == from).and_then(|kept| kept.modified.as_deref());
        let came = if entry.modified.is_some() && known == entry.modified.as_deref() {
            place.unchanged()?.into()
        } else {
            place.bring(&transport, &entry.url, (entry.modified.as_deref(), entry.day())).await?
        };
        Ok(FetchResult::by(&transport, came))
    }

    async fn file(&self, urls: &[Url], save_as: &str, terms: &TransportOptions) -> Result<FetchResult, FetchError> {
        let place = self.place(save_as)?;
        // Never fetch a file older than the current one.
        let last = urls.iter().position(|url| place.kept.as_ref().is_some_and(|kept| kept.from == source_state::digest(url)));
        let urls = last.and_then(|last| urls.get(..=last)).unwrap_or(urls);
        for url in urls {
            let transport = HttpTransport::to(url, terms.clone())?;
            match place.bring(&transport, url, (None, None)).await {
                Err(error) if save::is_not_found(&error) && urls.len() > 1 => {}
                came => return Ok(FetchResult::by(&transport, came?)),
            }
        }
        Err(save::not_found(urls))
    }

    fn plan_net(
        &self,
        url: &Url,
        way: FetchMode,
        without: &[String],
        terms: TransportOptions,
        tell: &mut dyn FnMut(&str),
    ) -> Result<FetchResult, FetchError> {
        let options = PlanNetOptions {
            base: url.to_string(),
            into: self.folder.clone(),
            way,
            since: None,
            without: without.to_vec(),
            terms,
            today: self.now.to_zoned(TimeZone::UTC).date(),
        };
        let fetched = plan_net::fetch(&options, tell)?;
        let outcome = if fetched.unchanged { FetchOutcome::Unchanged } else { FetchOutcome::New };
        Ok(FetchResult { outcome, bytes: fetched.bytes, remarks: fetched.remarks })
    }
}

impl FetchResult {
    fn nothing(outcome: FetchOutcome) -> Self {
        Self { outcome, bytes: 0, remarks: Vec::new() }
    }

    fn by(transport: &HttpTransport, came: DownloadOutcome) -> Self {
        Self { outcome: came.outcome, bytes: transport.spent(), remarks: came.remarks }
    }
}

/// Reads the token. Errors name its location, never its content.
fn read_token(from: &TokenLocation) -> Result<AccessToken, FetchError> {
    let (text, place) = match from {
        TokenLocation::File(path) => {
            let text = regular_file::read_to_string(path)
                .map_err(|error| FetchError::Asked(format!("the token file {}: {error}", path.display())))?;
            (text, path.display().to_string())
        }
        TokenLocation::Variable(name) => {
            let text = std::env::var(name).map_err(|_| FetchError::Asked(format!("the token variable {name} is not set")))?;
            (text, name.clone())
        }
    };
    AccessToken::new(&text).ok_or_else(|| FetchError::Asked(format!("{place} contains no valid bearer token")))
}

/// A warning if everyone can read the token file.
fn open_to_all(from: &TokenLocation) -> Option<String> {
    let TokenLocation::File(path) = from else { return None };
    let is_open = regular_file::readers(path).is_ok_and(|readers| readers == PermittedReaders::Everybody);
    is_open.then(|| format!("everyone on this machine can read the token file {}; run chmod 600 on it", path.display()))
}

/// Whether a refresh has fetched a source into this folder.
pub fn has_filled(folder: &Path) -> bool {
    work_dir(folder).is_ok_and(|work| work.join("kept.json").is_file())
}

/// Whether the folder has files of an earlier fetch.
fn holds_files(folder: &Path) -> bool {
    source_state::names(folder).next().is_some()
}
