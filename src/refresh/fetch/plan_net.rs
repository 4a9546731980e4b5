//! Fetches a payer's directory: from a FHIR server as one file per resource type, or the files that an index lists as they are;
//! and `sources.toml` with their date.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tokio::runtime::Runtime;

use crate::refresh::fetch::endpoint::{FoundAddress, GivenAddress};
use crate::refresh::fetch::error::{FetchError, FetchFault, at, to_log_line, truncate_body};
use crate::refresh::fetch::fhir_bundle::below;
use crate::refresh::fetch::ndjson::NdjsonWriter;
use crate::refresh::fetch::plan_net_options::{FetchMode, PlanNetFetch, PlanNetOptions};
use crate::refresh::fetch::plan_net_progress::{KINDS, ProgressSink, TypeCount};
use crate::refresh::fetch::search::PagedSearch;
use crate::refresh::fetch::source_state::SourceState;
use crate::refresh::fetch::staging::StagingFolder;
use crate::refresh::fetch::transport::HttpTransport;
use crate::refresh::fetch::{bulk, file_set, plan_net_files, search};
use crate::refresh::sources::SourcesFile;
use crate::refresh::{folder, input, sources};
use crate::regular_file;

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
    let given = GivenAddress::parse(&options.base)?;
    let kinds = kinds_of(&options.without)?;
    let transport = HttpTransport::to(given.base(), options.terms.clone())?;
    let aside = StagingFolder::create(&options.into, is_ours)?;
    let before = options.since.map(|_| day_of(&options.into)).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(at(&options.into))?;
    let mut told = ProgressSink(tell);
    let mut is_page = false;
    if let (GivenAddress::Unknown(url), FetchMode::Pages { .. }, None) = (&given, options.way, options.since) {
        match runtime.block_on(plan_net_files::probe(options, url, &aside))? {
            (FoundAddress::Files(list), answer) => {
                return runtime.block_on(plan_net_files::bring(options, url, (&list, &answer), &aside, &mut told));
            }
            (found, _) => is_page = matches!(found, FoundAddress::WebPage),
        }
    }
    if given.base().query().is_some() {
        return Err(FetchError::Asked("the address of a FHIR server must not have a query".to_owned()));
    }
    let server = ServerFetch { options, given: &given, transport: &transport, aside: &aside };
    let fetched = server.bring(&kinds, before, &runtime, &mut told);
    fetched.map_err(|error| if is_page { in_words(error) } else { error })
}

/// Adds to an error that the address leads to a web page.
fn in_words(error: FetchError) -> FetchError {
    let FetchError::Server(mut fault) = error else { return error };
    let words = "the address itself is a web page, neither a FHIR server nor an index of files";
    fault.cause = format!("{}; {words}", fault.cause);
    FetchError::Server(fault)
}

/// A directory being fetched from a FHIR server.
struct ServerFetch<'a> {
    options: &'a PlanNetOptions,
    given: &'a GivenAddress,
    transport: &'a HttpTransport,
    aside: &'a StagingFolder,
}

impl ServerFetch<'_> {
    /// Fetches the types into the folder. `before` is the date of the folder if only changes are fetched.
    fn bring(
        &self,
        kinds: &[&'static str],
        before: Option<Date>,
        runtime: &Runtime,
        told: &mut ProgressSink<'_>,
    ) -> Result<PlanNetFetch, FetchError> {
        let Self { options, aside, transport, .. } = self;
        let base = transport.base();
        let mut sheets = BTreeMap::new();
        for kind in kinds {
            let mut sheet = NdjsonWriter::create(&aside.next().join(file_of(kind)), options.terms.token.as_ref())?;
            if options.since.is_some() {
                sheet.take_over(&options.into.join(file_of(kind)))?;
            }
            sheets.insert(*kind, sheet);
        }
        let mut fetched = runtime.block_on(self.ask(&mut sheets, told))?;
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
        let mut kept = SourceState { as_of: Some(fetched.as_of), ..SourceState::new(base, Timestamp::now()) };
        kept.datasets =
            whole(&fetched.brought, &options.into, &aside.next()).map_err(|cause| FetchFault::lasting(base, cause))?;
        kept.trace(&aside.next())?;
        write_day(&aside.next(), fetched.as_of)?;
        kept.commit(&options.into, || aside.put_in_place())?;
        fetched.bytes = transport.spent();
        Ok(fetched)
    }

    async fn ask(
        &self,
        sheets: &mut BTreeMap<&'static str, NdjsonWriter>,
        told: &mut ProgressSink<'_>,
    ) -> Result<PlanNetFetch, FetchError> {
        let Self { options, transport, .. } = self;
        let mut fetched = PlanNetFetch::of("a FHIR server", options.today);
        match options.way {
            FetchMode::Bulk => {
                let export = bulk::bring(transport, sheets, options.since, &self.aside.discard(), told).await?;
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
                    let url = match self.given {
                        GivenAddress::Searches(_, each) => each.get(kind).cloned(),
                        GivenAddress::Server(_) | GivenAddress::Unknown(_) => Some(below(transport.base(), kind)?),
                    };
                    // Of several addresses, only the types that they name are asked for.
                    let Some(url) = url else { continue };
                    let asked = PagedSearch { count, since: options.since };
                    let brought = search::bring(transport, (kind, url), asked, sheet).await?;
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
    folder::examine_downloaded(&files, &[])?.with_rows()
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
    name == sources::FILE || file_set::is_ours(name) || KINDS.iter().any(|kind| name == file_of(kind))
}

/// Writes the date of the files to `sources.toml`, where a refresh reads it.
fn write_day(folder: &Path, day: Date) -> Result<(), FetchError> {
    let files = KINDS.map(file_of);
    let fetched = files.iter().filter(|file| folder.join(file).exists());
    sources::write(folder, fetched, Some(day)).map_err(at(&folder.join(sources::FILE)))
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
