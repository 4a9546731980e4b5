//! A payer's Plan-Net directory brought from its server: a file for each resource type, and `sources.toml` with their day.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use reqwest::Url;

use crate::refresh::fetch::aside::Aside;
use crate::refresh::fetch::fault::one_line;
use crate::refresh::fetch::search::Search;
use crate::refresh::fetch::sheet::Sheet;
use crate::refresh::fetch::transport::{Terms, Transport};
use crate::refresh::fetch::{FetchError, at, bulk, search};
use crate::refresh::sources::{self, Sources};

/// The resource types of a directory of providers, networks and plans.
pub const KINDS: [&str; 6] =
    ["Organization", "OrganizationAffiliation", "HealthcareService", "Location", "InsurancePlan", "PractitionerRole"];

/// How a server is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
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
pub struct Options {
    /// The base address of the server, such as `https://payer.example/fhir`.
    pub base: String,
    /// The folder to fill. It holds nothing but what fetches brought.
    pub into: PathBuf,
    /// How to ask.
    pub way: Way,
    /// Only what changed on that day or later, into what the folder has.
    pub since: Option<Date>,
    /// Types of [`KINDS`] the server does not have.
    pub without: Vec<String>,
    /// What opens the server, what it may cost, what may be connected to.
    pub terms: Terms,
    /// The day the files are of.
    pub today: Date,
}

/// What was brought of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// The type.
    pub kind: &'static str,
    /// Pages or files it came in.
    pub pages: usize,
    /// Resources that are new or newer than what the folder had.
    pub changed: u64,
    /// Resources in the file now.
    pub resources: u64,
    /// Resources that came more than once, of which the newest was kept.
    pub repeated: u64,
    /// Resources of other types among them, left out.
    pub others: u64,
    /// The server did not say how many there are, so that a lost page could not be noticed.
    pub uncounted: bool,
}

impl Brought {
    /// Nothing yet.
    pub fn of(kind: &'static str) -> Self {
        Self { kind, pages: 0, changed: 0, resources: 0, repeated: 0, others: 0, uncounted: false }
    }
}

/// What a fetch came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Each type, in the order of [`KINDS`].
    pub brought: Vec<Brought>,
    /// The day the files are of.
    pub as_of: Date,
    /// Bytes that came.
    pub bytes: u64,
    /// What should be known.
    pub remarks: Vec<String>,
}

/// Takes a sentence on how far a fetch is.
pub struct Told<'a>(&'a mut dyn FnMut(&str));

impl Told<'_> {
    /// Passes it on.
    pub fn tell(&mut self, what: &str) {
        (self.0)(what);
    }
}

/// Fetches a directory; `tell` takes a line on each step. It waits until all is done, so it must not be called where others wait
/// their turn.
///
/// # Errors
/// The folder is as it was, and why.
pub fn fetch(options: &Options, tell: &mut dyn FnMut(&str)) -> Result<Fetched, FetchError> {
    let base = base_of(&options.base)?;
    let kinds = kinds_of(&options.without)?;
    let transport = Transport::to(&base, options.terms.clone())?;
    let aside = Aside::beside(&options.into, is_ours)?;
    let before = options.since.map(|_| day_of(&options.into)).transpose()?;
    let mut sheets = BTreeMap::new();
    for kind in &kinds {
        let mut sheet = Sheet::create(&aside.next().join(file_of(kind)))?;
        if options.since.is_some() {
            sheet.take_over(&options.into.join(file_of(kind)))?;
        }
        sheets.insert(*kind, sheet);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(at(&options.into))?;
    let mut fetched = runtime.block_on(bring(options, &transport, &aside, &mut sheets, &mut Told(tell)))?;
    for brought in &mut fetched.brought {
        brought.resources = sheets.get(brought.kind).map_or(0, Sheet::len);
    }
    sheets.into_values().try_for_each(Sheet::finish)?;
    if let Some(before) = before {
        fetched.as_of = before;
        fetched.remarks.push(format!(
            "what the payer deleted since cannot be seen this way, so the files stay of {before}; fetch the whole from time to time"
        ));
    }
    write_day(&aside.next(), fetched.as_of)?;
    aside.put_in_place()?;
    fetched.bytes = transport.spent();
    Ok(fetched)
}

async fn bring(
    options: &Options,
    transport: &Transport,
    aside: &Aside,
    sheets: &mut BTreeMap<&'static str, Sheet>,
    told: &mut Told<'_>,
) -> Result<Fetched, FetchError> {
    let mut fetched = Fetched { brought: Vec::new(), as_of: options.today, bytes: 0, remarks: Vec::new() };
    match options.way {
        Way::Bulk => {
            let export = bulk::bring(transport, sheets, options.since, &aside.scrap(), told).await?;
            fetched.as_of = export.moment.map_or(options.today, |moment| moment.to_zoned(TimeZone::UTC).date());
            fetched.remarks = export.remarks;
            fetched.brought = export.brought;
        }
        Way::Pages { count } => {
            for (kind, sheet) in sheets {
                let asked = Search { count, since: options.since };
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
        return Err(FetchError::Asked(format!("no type {} is fetched; there are {known}", one_line(unknown))));
    }
    Ok(KINDS.into_iter().filter(|kind| !without.iter().any(|other| other == kind)).collect())
}

fn file_of(kind: &str) -> String {
    format!("{kind}.ndjson")
}

fn is_ours(name: &str) -> bool {
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
    fs::write(&path, text).map_err(at(&path))
}

/// The day of the last whole fetch.
fn day_of(folder: &Path) -> Result<Date, FetchError> {
    let path = folder.join(sources::FILE);
    let text = fs::read_to_string(&path).map_err(|_| FetchError::NothingToUpdate(folder.to_owned()))?;
    let sources = Sources::parse(&text).map_err(|what| at(&path)(std::io::Error::other(what)))?;
    let days = sources.files.values().filter_map(|about| about.as_of);
    days.min().ok_or_else(|| FetchError::NothingToUpdate(folder.to_owned()))
}
