//! A payer's Plan-Net directory brought from its server: a file for each resource type, and `sources.toml` with their day.

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

/// How a server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchMode {
    /// Search pages, followed by their `next` links.
    Pages {
        /// Resources a page, as a wish.
        count: u32,
    },
    /// The bulk `$export`.
    Bulk,
}

/// What to fetch, and where to.
#[derive(Debug, Clone)]
pub struct PlanNetOptions {
    /// The base address of the server, such as `https://payer.example/fhir`.
    pub base: String,
    /// The folder to fill. It holds nothing but what fetches brought.
    pub into: PathBuf,
    /// How to ask.
    pub way: FetchMode,
    /// Only what changed on that day or later, into what the folder has.
    pub since: Option<Date>,
    /// Types of [`KINDS`] the server does not have.
    pub without: Vec<String>,
    /// What opens the server, what it may cost, what may be connected to.
    pub terms: TransportOptions,
    /// The day the files are of.
    pub today: Date,
}

/// What a fetch came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanNetFetch {
    /// Each type, in the order of [`KINDS`].
    pub brought: Vec<TypeCount>,
    /// The day the files are of.
    pub as_of: Date,
    /// Bytes that came.
    pub bytes: u64,
    /// What should be known.
    pub remarks: Vec<String>,
}

/// Fetches a directory; `tell` takes a line on each step. It waits until all is done, so it must not be called where others wait
/// their turn.
///
/// # Errors
/// The folder is as it was, and why.
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
            "what the payer deleted since cannot be seen this way, so the files stay of {before}; fetch the whole from time to time"
        ));
    }
    for TypeCount { kind, unfit, .. } in fetched.brought.iter().filter(|brought| brought.unfit > 0) {
        let words = format!("{kind}: {unfit} resources with an id of more than 64 characters were left out");
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
                let words = "the export says that it is of {}, which is yet to come; so it is taken to be of today";
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
                fetched.remarks.extend(brought.uncounted.then(|| {
                    format!("{kind}: the server does not say how many there are, so a lost page could not be noticed")
                }));
                fetched.brought.push(brought);
            }
        }
    }
    fetched.brought.sort_by_key(|brought| KINDS.iter().position(|kind| *kind == brought.kind));
    Ok(fetched)
}

/// That every type the last fetch had is there, and that a refresh reads what came; of which datasets it is.
fn whole(brought: &[TypeCount], last: &Path, next: &Path) -> Result<BTreeSet<String>, String> {
    let had = |kind: &str| fs::metadata(last.join(file_of(kind))).is_ok_and(|about| about.len() > 0);
    let gone: Vec<&str> =
        brought.iter().filter(|one| one.resources == 0).map(|one| one.kind).filter(|kind| had(kind)).collect();
    if !gone.is_empty() {
        let kinds = gone.join(", ");
        return Err(format!(
            "it has no {kinds} any more, which the last fetch brought; leave the type out by without if that is meant"
        ));
    }
    let files = input::files_of(next).map_err(|(_, error)| format!("what came cannot be read: {error}"))?;
    folder::check_downloaded(&files)
}

/// The base address. A query would be lost and a password would be told, so neither may be there.
fn base_of(text: &str) -> Result<Url, FetchError> {
    let base: Url = text.parse().map_err(|error| FetchError::Asked(format!("the address of the server: {error}")))?;
    if !base.username().is_empty() || base.password().is_some() {
        let words = "the address holds a name or password; give a bearer token by --token-file instead";
        return Err(FetchError::Asked(words.to_owned()));
    }
    if base.query().is_some() || base.fragment().is_some() {
        return Err(FetchError::Asked("the address of a FHIR server has no query and no fragment".to_owned()));
    }
    Ok(base)
}

fn kinds_of(without: &[String]) -> Result<Vec<&'static str>, FetchError> {
    if let Some(unknown) = without.iter().find(|kind| !KINDS.contains(&kind.as_str())) {
        let known = KINDS.join(", ");
        return Err(FetchError::Asked(format!("no type {} is fetched; there are {known}", truncate_body(unknown))));
    }
    Ok(KINDS.into_iter().filter(|kind| !without.iter().any(|other| other == kind)).collect())
}

fn file_of(kind: &str) -> String {
    format!("{kind}.ndjson")
}

/// Whether a file is one of a directory, by its name.
pub fn is_ours(name: &str) -> bool {
    name == sources::FILE || KINDS.iter().any(|kind| name == file_of(kind))
}

/// Writes the day of the files beside them, where a refresh looks for it.
fn write_day(folder: &Path, day: Date) -> Result<(), FetchError> {
    let mut text = "# Written by placement fetch.\n".to_owned();
    for file in KINDS.map(file_of).iter().filter(|file| folder.join(file).exists()) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n[files.\"{file}\"]\nas_of = \"{day}\"\n");
    }
    let path = folder.join(sources::FILE);
    regular_file::write(&path, text).map_err(at(&path))
}

/// The day of the last whole fetch.
fn day_of(folder: &Path) -> Result<Date, FetchError> {
    let path = folder.join(sources::FILE);
    let text = regular_file::read_to_string(&path).map_err(|_| FetchError::NothingToUpdate(folder.to_owned()))?;
    let sources =
        SourcesFile::parse(&text).map_err(|what| at(&path)(std::io::Error::new(std::io::ErrorKind::InvalidData, what)))?;
    let days = sources.files.values().filter_map(|about| about.as_of);
    days.min().ok_or_else(|| FetchError::NothingToUpdate(folder.to_owned()))
}
