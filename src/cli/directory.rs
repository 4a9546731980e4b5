//! `directory`: lists, shows, verifies, compares, rolls back and prunes published directories.

use jiff::{Timestamp, Zoned};
use serde::Serialize;

use crate::catalog::Catalog;
use crate::catalog::generation::{GenerationStore, GenerationSummary};
use crate::catalog::manifest::{CatalogError, Manifest, SourceStatus};
use crate::cli::bucket;
use crate::cli::diff;
use crate::cli::exit::CommandFailure;
use crate::cli::text_output::{FAINT, HEADING, LOUD, TextOutput, pad_or_truncate, print_json, print_stderr};
use crate::config::Config;
use crate::refresh;
use crate::serve::json::directory::DirectoryDetailJson;
use crate::text::count_text::counted;

/// The subcommands of `directory`.
#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum DirectoryCommand {
    /// List the published directories, newest first; an asterisk marks the current one
    List {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the sources of a directory and their dates
    Show {
        /// Directory ID [default: the current directory]
        id: Option<String>,
        /// Print as JSON, as GET /v1/directory returns it
        #[arg(long)]
        json: bool,
    },
    /// Check every file of a directory against its manifest
    Verify {
        /// Directory ID [default: the current directory]
        id: Option<String>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Compare two directories: providers, services, plans, networks and facts
    Diff {
        /// Earlier directory [default: the newest one older than the current directory]
        before: Option<String>,
        /// Later directory [default: the current directory]
        after: Option<String>,
        /// Print every change as JSON
        #[arg(long)]
        json: bool,
    },
    /// Make an older directory current; running servers switch within seconds
    Rollback {
        /// Directory to make current [default: the newest one older than the current directory]
        id: Option<String>,
    },
    /// Remove old directories, never the current one
    Prune {
        /// Number of directories to keep, including the current one
        #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(2..))]
        keep: u16,
    },
}

impl DirectoryCommand {
    /// Runs the subcommand.
    ///
    /// # Errors
    /// The directory does not exist or is damaged.
    pub(crate) fn run(&self, config: &Config) -> Result<(), CommandFailure> {
        bucket::bring_current(config)?;
        let store = GenerationStore::new(&config.index);
        let served = |id: &Option<String>| id.clone().map_or_else(|| store.current(), Ok);
        match self {
            Self::List { json } => match store.list()?.as_slice() {
                [] => Err(CatalogError::NothingPublished(config.index.clone()).into()),
                listed if *json => print_json(&DirectoriesJson::from(listed)),
                listed => list(listed).print(),
            },
            Self::Show { id, json } => {
                let id = served(id)?;
                let manifest = store.verify(&id)?;
                let today = Zoned::now().date();
                if *json { print_json(&DirectoryDetailJson::new(&manifest, today)) } else { show(&manifest).print() }
            }
            Self::Verify { id, json } => {
                let manifest = store.verify(&served(id)?)?;
                if *json {
                    return print_json(&VerifiedJson::from(&manifest));
                }
                let mut page = TextOutput::default();
                let files = counted(manifest.files.len() as u64, "file");
                page.line(&format!("{}: {files} match the manifest", manifest.generation));
                page.print()
            }
            Self::Diff { before, after, json } => {
                let before = before.clone().map_or_else(|| previous(&store), Ok)?;
                let [before, after] = [before, served(after)?].map(|id| Catalog::open(&store.generation_path(&id)?));
                let (before, after) = (before?, after?);
                if *json { diff::print_json(&before, &after) } else { diff::page(&before, &after).print() }
            }
            Self::Prune { keep } => {
                let _lock = refresh::lock(&config.index)?;
                let removed = store.prune((*keep).into())?;
                let mut page = TextOutput::default();
                for id in &removed {
                    page.line(&format!("removed {id}"));
                }
                if removed.is_empty() {
                    page.line(&format!("nothing to remove: there are no more than {keep} directories"));
                }
                page.print()
            }
            Self::Rollback { id } => {
                let id = id.clone().map_or_else(|| previous(&store), Ok)?;
                store.verify(&id)?;
                share(config, &store, &id)?;
                store.set_current(&id)?;
                let mut page = TextOutput::default();
                page.line(&format!("{id} is now the current directory"));
                page.print()
            }
        }
    }
}

/// Makes a directory of the local folder current in object storage too, if directories are published there, so that every server
/// switches.
#[cfg(feature = "object-storage")]
fn share(config: &Config, store: &GenerationStore, id: &str) -> Result<(), CommandFailure> {
    let Some(bucket) = bucket::open(config)? else { return Ok(()) };
    bucket::wait(async {
        let before = bucket.current().await?;
        bucket.publish(store, id, before.as_ref()).await
    })
}

#[cfg(not(feature = "object-storage"))]
fn share(config: &Config, _store: &GenerationStore, _id: &str) -> Result<(), CommandFailure> {
    bucket::open(config)
}

/// The newest intact directory older than the current one. Damaged ones are reported on standard
/// error.
fn previous(store: &GenerationStore) -> Result<String, CommandFailure> {
    let (id, unfit) = store.previous()?;
    for error in unfit {
        print_stderr(&format!("skipped: {error}"));
    }
    Ok(id)
}

/// The published directories as JSON, newest first.
#[derive(Debug, Serialize)]
struct DirectoriesJson<'a> {
    directories: Vec<DirectoryEntryJson<'a>>,
}

/// One of them. What an unreadable manifest would say is null, and `error` says why.
#[derive(Debug, Serialize)]
struct DirectoryEntryJson<'a> {
    id: &'a str,
    current: bool,
    built_at: Option<Timestamp>,
    engine: Option<&'a str>,
    providers: Option<u32>,
    networks: Option<u32>,
    synthetic: Option<bool>,
    /// The reason given with `--force`.
    forced: Option<&'a str>,
    error: Option<&'a str>,
}

impl<'a> From<&'a [GenerationSummary]> for DirectoriesJson<'a> {
    fn from(listed: &'a [GenerationSummary]) -> Self {
        Self { directories: listed.iter().map(DirectoryEntryJson::from).collect() }
    }
}

impl<'a> From<&'a GenerationSummary> for DirectoryEntryJson<'a> {
    fn from(one: &'a GenerationSummary) -> Self {
        let manifest = one.manifest.as_ref().ok();
        Self {
            id: &one.generation,
            current: one.current,
            built_at: manifest.map(|manifest| manifest.built_at),
            engine: manifest.map(|manifest| manifest.engine.as_str()),
            providers: manifest.map(|manifest| manifest.providers),
            networks: manifest.map(|manifest| manifest.networks),
            synthetic: manifest.map(|manifest| manifest.synthetic),
            forced: manifest.and_then(|manifest| manifest.forced.as_deref()),
            error: one.manifest.as_ref().err().map(String::as_str),
        }
    }
}

/// A directory whose files match its manifest; a failed check is an error.
#[derive(Debug, Serialize)]
struct VerifiedJson<'a> {
    id: &'a str,
    intact: bool,
    files: Vec<VerifiedFileJson<'a>>,
}

#[derive(Debug, Serialize)]
struct VerifiedFileJson<'a> {
    name: &'a str,
    sha256: &'a str,
}

impl<'a> From<&'a Manifest> for VerifiedJson<'a> {
    fn from(manifest: &'a Manifest) -> Self {
        let files = manifest.files.iter().map(|file| VerifiedFileJson { name: &file.name, sha256: &file.sha256 });
        Self { id: &manifest.generation, intact: true, files: files.collect() }
    }
}

fn list(listed: &[GenerationSummary]) -> TextOutput {
    let mut page = TextOutput::default();
    for one in listed {
        let mark = if one.current { "*" } else { " " };
        page.add(&format!("{mark} {}  ", pad_or_truncate(&one.generation, 25)));
        match &one.manifest {
            Ok(manifest) => {
                let providers = counted(manifest.providers.into(), "provider");
                let synthetic = if manifest.synthetic { "  synthetic" } else { "" };
                page.add(&format!("built {}  {providers}{synthetic}", seconds(manifest.built_at)));
                if let Some(reason) = &manifest.forced {
                    page.add("  ").styled(LOUD, &format!("forced: {reason}"));
                }
                page.newline();
            }
            Err(error) => page.styled(LOUD, error).newline(),
        }
    }
    page
}

/// The sources and counts of one directory.
fn show(manifest: &Manifest) -> TextOutput {
    let mut page = TextOutput::default();
    if manifest.synthetic {
        page.styled(LOUD, "SYNTHETIC: every provider, payer and network in it is invented. Do not use for patient care.")
            .newline();
    }
    page.styled(HEADING, &manifest.generation).newline();
    page.line(&format!("built {} by version {}", seconds(manifest.built_at), manifest.engine));
    if let Some(reason) = &manifest.forced {
        page.styled(LOUD, &format!("published with --force: {reason}")).newline();
    }
    let (providers, networks) = (manifest.providers.into(), manifest.networks.into());
    page.line(&format!("{}, {}", counted(providers, "provider"), counted(networks, "network")));
    for (service, lines) in &manifest.lines {
        page.line(&format!("  {service:<20}{lines:>9}"));
    }
    page.heading("Sources");
    manifest.sources.iter().for_each(|source| made_from(&mut page, source));
    page
}

fn made_from(page: &mut TextOutput, source: &SourceStatus) {
    let day = source.as_of.map_or_else(|| "undated".to_owned(), |day| day.to_string());
    page.line(&format!("  {}", source.dataset));
    page.add(&format!("    {}  as of {day} ({})  ", source.file, source.as_of_from));
    page.add(&counted(source.rows, "row"));
    if source.rejected > 0 || source.faulty > 0 {
        page.styled(FAINT, &format!(", {} rejected, {} with an unreadable field", source.rejected, source.faulty));
    }
    page.newline();
    if let Some(check) = &source.completeness {
        let words = if check.complete { "complete" } else { "NOT COMPLETE, so no provider is out of network by it" };
        page.line(&format!("    {words}: {}", check.shares()));
    }
}

/// A UTC time without fractions of a second.
fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
