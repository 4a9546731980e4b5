//! Fetches a payer's Plan-Net directory: one file per resource type, and `sources.toml` with their
//! date.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use reqwest::Url;

use crate::refresh::fetch::error::{FetchError, FetchFault, at, to_log_line, truncate_body};
use crate::refresh::fetch::ndjson::NdjsonWriter;
use crate::refresh::fetch::plan_net_progress::{KINDS, ProgressSink, TypeCount};
use crate::refresh::fetch::search::PagedSearch;
use crate::refresh::fetch::source_state::SourceState;
use crate::refresh::fetch::staging::StagingFolder;
use crate::refresh::fetch::transport::{HttpTransport, TransportOptions};
use crate::refresh::fetch::{bulk, search};
use crate::refresh::sources::SourcesFile;
use crate::refresh::{folder, input, sources};
use crate::regular_file;

/// How the server is queried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchMode {
    /// Search pages, following their `next` links.
    Pages {
        /// Requested resources per page.
        count: u32,
    },
    /// Bulk `$export`.
    Bulk,
}

/// What to fetch and where to store it.
#[derive(Debug, Clone)]
pub struct PlanNetOptions {
    /// The base address of the server, such as `https://payer.example/fhir`.
    pub base: String,
    /// The folder to fill. It contains nothing but fetched files.
    pub into: PathBuf,
    /// How to query the server.
    pub way: FetchMode,
    /// Fetch only what changed on or after this day and merge it into the folder.
    pub since: Option<Date>,
    /// Types of [`KINDS`] that the server does not have.
    pub without: Vec<String>,
    /// Token, limits and allowed addresses.
    pub terms: TransportOptions,
    /// Today, the date of the files unless the server states one.
    pub today: Date,
}

/// The result of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanNetFetch {
    /// Counts of each type, in the order of [`KINDS`].
    pub brought: Vec<TypeCount>,
    /// The date of the files.
    pub as_of: Date,
    /// Bytes received.
    pub bytes: u64,
    /// Remarks.
    pub remarks: Vec<String>,
}

/// Fetches a directory. `tell` receives a progress line for each step. Blocks until all is done, so
/// it must not be called on an async worker thread.
///
/// # Errors
/// Why the fetch failed; the folder is unchanged.
pub fn fetch(options: &PlanNetOptions, tell: &mut dyn FnMut(&str)) -> Result<PlanNetFetch, FetchError> {
    let token = options.terms.token.as_ref();
    let fetched = bring_all(options, &mut |what| tell(&to_log_line(what, token)));
    let mut fetched = fetched.map_err(|error| error.told(token))?;
    fetched.remarks.iter_mut().for_each(|remark| *remark = to_log_line(remark, token));
    Ok(fetched)
}

fn bring_all(options: &PlanNetOptions, tell: &mut dyn FnMut(&str)) -> Result<PlanNetFetch, FetchError> {
    let base = base_of(&options.base)?;
    let kinds = kinds_of(&options.without)?;
    let transport = HttpTransport::to(&base, options.terms.clone())?;
    let aside = StagingFolder::create(&options.into, is_ours)?;
    let before = options.since.map(|_| day_of(&options.into)).transpose()?;
    let mut sheets = BTreeMap::new();
    for kind in &kinds {
        let mut sheet = NdjsonWriter::create(&aside.next().join(file_of(kind)), options.terms.token.as_ref())?;
        if options.since.is_some() {
            sheet.take_over(&options.into.join(file_of(kind)))?;
        }
        sheets.insert(*kind, sheet);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(at(&options.into))?;
    let mut fetched = runtime.block_on(bring(options, &transport, &aside, &mut sheets, &mut ProgressSink(tell)))?;
    for brought in &mut fetched.brought {
        brought.resources = sheets.get(brought.kind).map_or(0, NdjsonWriter::len);
    }
    sheets.into_values().try_for_each(NdjsonWriter::finish)?;
    if let Some(before) = before {
        fetched.as_of = before;
        fetched.remarks.push(format!(
            "an incremental fetch does not show what the payer deleted, so the files keep the date {before}; \
             run a full fetch regularly"
        ));
    }
    for TypeCount { kind, unfit, .. } in fetched.brought.iter().filter(|brought| brought.unfit > 0) {
        let words = format!("{kind}: {unfit} resources with an id of more than 64 characters were skipped");
        fetched.remarks.push(words);
    }
    let mut kept = SourceState { as_of: Some(fetched.as_of), ..SourceState::new(&base, Timestamp::now()) };
    kept.datasets =
        whole(&fetched.brought, &options.into, &aside.next()).map_err(|cause| FetchFault::lasting(&base, cause))?;
    kept.trace(&aside.next())?;
    write_day(&aside.next(), fetched.as_of)?;
    kept.commit(&options.into, || aside.put_in_place())?;
    fetched.bytes = transport.spent();
    Ok(fetched)
}

async fn bring(
    options: &PlanNetOptions,
    transport: &HttpTransport,
    aside: &StagingFolder,
    sheets: &mut BTreeMap<&'static str, NdjsonWriter>,
    told: &mut ProgressSink<'_>,
) -> Result<PlanNetFetch, FetchError> {
    let mut fetched = PlanNetFetch { brought: Vec::new(), as_of: options.today, bytes: 0, remarks: Vec::new() };
    match options.way {
        FetchMode::Bulk => {
            let export = bulk::bring(transport, sheets, options.since, &aside.discard(), told).await?;
            fetched.as_of = export.moment.map_or(options.today, |moment| moment.to_zoned(TimeZone::UTC).date());
            fetched.remarks = export.remarks;
            if options.today.tomorrow().is_ok_and(|tomorrow| fetched.as_of > tomorrow) {
                let words = "the export is dated {}, which is in the future; today's date is used";
                fetched.remarks.push(words.replace("{}", &fetched.as_of.to_string()));
                fetched.as_of = options.today;
            }
            fetched.brought = export.brought;
        }
        FetchMode::Pages { count } => {
            for (kind, sheet) in sheets {
                let asked = PagedSearch { count, since: options.since };
                let brought = search::bring(transport, kind, asked, sheet).await?;
                told.tell(&format!("{kind}: {} in {} pages", sheet.len(), brought.pages));
                fetched.remarks.extend(
                    brought
                        .uncounted
                        .then(|| format!("{kind}: the server gives no total, so a lost page would go unnoticed")),
                );
                fetched.brought.push(brought);
            }
        }
    }
    fetched.brought.sort_by_key(|brought| KINDS.iter().position(|kind| *kind == brought.kind));
    Ok(fetched)
}

/// Checks that no type of the last fetch is missing and that a refresh can read the files; returns
/// their datasets.
fn whole(brought: &[TypeCount], last: &Path, next: &Path) -> Result<BTreeSet<String>, String> {
    let had = |kind: &str| fs::metadata(last.join(file_of(kind))).is_ok_and(|about| about.len() > 0);
    let gone: Vec<&str> =
        brought.iter().filter(|one| one.resources == 0).map(|one| one.kind).filter(|kind| had(kind)).collect();
    if !gone.is_empty() {
        let kinds = gone.join(", ");
        return Err(format!(
            "the server no longer has {kinds}, which the last fetch had; to accept this, add the type to without"
        ));
    }
    let files = input::files_of(next).map_err(|(_, error)| format!("the fetched files cannot be read: {error}"))?;
    folder::check_downloaded(&files)
}

/// Parses the base address. A query would be lost and a password could be logged, so neither is
/// accepted.
fn base_of(text: &str) -> Result<Url, FetchError> {
    let base: Url = text.parse().map_err(|error| FetchError::Asked(format!("the server address is invalid: {error}")))?;
    if !base.username().is_empty() || base.password().is_some() {
        let words = "the address contains a user name or password; use a bearer token (--token-file) instead";
        return Err(FetchError::Asked(words.to_owned()));
    }
    if base.query().is_some() || base.fragment().is_some() {
        return Err(FetchError::Asked("the address of a FHIR server must not have a query or fragment".to_owned()));
    }
    Ok(base)
}

fn kinds_of(without: &[String]) -> Result<Vec<&'static str>, FetchError> {
    if let Some(unknown) = without.iter().find(|kind| !KINDS.contains(&kind.as_str())) {
        let known = KINDS.join(", ");
        return Err(FetchError::Asked(format!("unknown resource type {}; known types are {known}", truncate_body(unknown))));
    }
    Ok(KINDS.into_iter().filter(|kind| !without.iter().any(|other| other == kind)).collect())
}

fn file_of(kind: &str) -> String {
    format!("{kind}.ndjson")
}

/// Whether a file name belongs to a fetched directory.
pub fn is_ours(name: &str) -> bool {
    name == sources::FILE || KINDS.iter().any(|kind| name == file_of(kind))
}

/// Writes the date of the files to `sources.toml`, where a refresh reads it.
fn write_day(folder: &Path, day: Date) -> Result<(), FetchError> {
    let mut text = "# Written by placement fetch.\n".to_owned();
    for file in KINDS.map(file_of).iter().filter(|file| folder.join(file).exists()) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n[files.\"{file}\"]\nas_of = \"{day}\"\n");
    }
    let path = folder.join(sources::FILE);
    regular_file::write(&path, text).map_err(at(&path))
}

/// The date of the last full fetch.
fn day_of(folder: &Path) -> Result<Date, FetchError> {
    let path = folder.join(sources::FILE);
    let text = regular_file::read_to_string(&path).map_err(|_| FetchError::NothingToUpdate(folder.to_owned()))?;
    let sources =
        SourcesFile::parse(&text).map_err(|what| at(&path)(std::io::Error::new(std::io::ErrorKind::InvalidData, what)))?;
    let days = sources.files.values().filter_map(|about| about.as_of);
    days.min().ok_or_else(|| FetchError::NothingToUpdate(folder.to_owned()))
}
