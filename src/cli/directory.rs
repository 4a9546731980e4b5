//! `directory`: what is published, whether it is sound, what changed, and the way back to an older one.

use jiff::{Timestamp, Zoned};

use crate::catalog::Catalog;
use crate::catalog::generation::{GenerationStore, GenerationSummary};
use crate::catalog::manifest::{CatalogError, Manifest, SourceStatus};
use crate::cli::diff;
use crate::cli::exit::CommandFailure;
use crate::cli::match_providers::print_json;
use crate::cli::text_output::{FAINT, HEADING, LOUD, TextOutput, pad_or_truncate, print_stderr};
use crate::config::Config;
use crate::serve::json::directory::DirectoryDetailJson;
use crate::{phrases, refresh};

/// What to do with published directories.
#[derive(Debug, Clone, clap::Subcommand)]
pub(crate) enum DirectoryCommand {
    /// List the directories that are kept, newest first; an asterisk marks the one served
    List,
    /// Show what a directory was made from, and how old that is
    Show {
        /// The directory [default: the one served]
        id: Option<String>,
        /// Print it as JSON, in the form of GET /v1/directory
        #[arg(long)]
        json: bool,
    },
    /// Check every file of a directory against its manifest
    Verify {
        /// The directory [default: the one served]
        id: Option<String>,
    },
    /// Say what is different in one directory from another: providers, services, networks, ratings
    Diff {
        /// The directory before [default: the newest that is older than the one served]
        before: Option<String>,
        /// The directory after [default: the one served]
        after: Option<String>,
        /// Print every change as JSON
        #[arg(long)]
        json: bool,
    },
    /// Go back to an older directory; a running server follows within seconds
    Rollback {
        /// The directory to serve [default: the newest that is older than the one served]
        id: Option<String>,
    },
    /// Remove old directories, never the one served
    Prune {
        /// How many stay, the one served among them
        #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(2..))]
        keep: u16,
    },
}

impl DirectoryCommand {
    /// Does it.
    ///
    /// # Errors
    /// There is no such directory, or it is damaged.
    pub(crate) fn run(&self, config: &Config) -> Result<(), CommandFailure> {
        let store = GenerationStore::new(&config.index);
        let served = |id: &Option<String>| id.clone().map_or_else(|| store.current(), Ok);
        match self {
            Self::List => match store.list()?.as_slice() {
                [] => Err(CatalogError::NothingPublished(config.index.clone()).into()),
                listed => list(listed).print(),
            },
            Self::Show { id, json } => {
                let id = served(id)?;
                let manifest = store.verify(&id)?;
                let today = Zoned::now().date();
                if *json { print_json(&DirectoryDetailJson::new(&manifest, today)) } else { show(&manifest).print() }
            }
            Self::Verify { id } => {
                let manifest = store.verify(&served(id)?)?;
                let mut page = TextOutput::default();
                let files = phrases::counted(manifest.files.len() as u64, "file");
                page.line(&format!("{}: {files} as the manifest says", manifest.generation));
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
                    page.line(&format!("{id} is removed"));
                }
                if removed.is_empty() {
                    page.line(&format!("nothing to remove: there are no more than {keep}"));
                }
                page.print()
            }
            Self::Rollback { id } => {
                let id = id.clone().map_or_else(|| previous(&store), Ok)?;
                store.set_current(&id)?;
                let mut page = TextOutput::default();
                page.line(&format!("{id} is now the directory served"));
                page.print()
            }
        }
    }
}

/// The newest whole directory older than the one served; those passed over are told.
fn previous(store: &GenerationStore) -> Result<String, CommandFailure> {
    let (id, unfit) = store.previous()?;
    for error in unfit {
        print_stderr(&format!("passed over: {error}"));
    }
    Ok(id)
}

fn list(listed: &[GenerationSummary]) -> TextOutput {
    let mut page = TextOutput::default();
    for one in listed {
        let mark = if one.current { "*" } else { " " };
        page.add(&format!("{mark} {}  ", pad_or_truncate(&one.generation, 25)));
        match &one.manifest {
            Ok(manifest) => {
                let providers = phrases::counted(manifest.providers.into(), "provider");
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

/// What one directory was made from.
fn show(manifest: &Manifest) -> TextOutput {
    let mut page = TextOutput::default();
    if manifest.synthetic {
        page.styled(LOUD, "SYNTHETIC: every provider, payer and network in it is invented.").newline();
    }
    page.styled(HEADING, &manifest.generation).newline();
    page.line(&format!("built {} by version {}", seconds(manifest.built_at), manifest.engine));
    if let Some(reason) = &manifest.forced {
        page.styled(LOUD, &format!("published whatever the gate said, because: {reason}")).newline();
    }
    let (providers, networks) = (manifest.providers.into(), manifest.networks.into());
    page.line(&format!("{}, {}", phrases::counted(providers, "provider"), phrases::counted(networks, "network")));
    for (service, lines) in &manifest.lines {
        page.line(&format!("  {service:<20}{lines:>9}"));
    }
    page.heading("Made from");
    manifest.sources.iter().for_each(|source| made_from(&mut page, source));
    page
}

fn made_from(page: &mut TextOutput, source: &SourceStatus) {
    let day = source.as_of.map_or_else(|| "undated".to_owned(), |day| day.to_string());
    page.line(&format!("  {}", source.dataset));
    page.add(&format!("    {}  as of {day} ({})  ", source.file, source.as_of_from));
    page.add(&phrases::counted(source.rows, "row"));
    if source.rejected > 0 || source.faulty > 0 {
        page.styled(FAINT, &format!(", {} rejected, {} with a field that could not be read", source.rejected, source.faulty));
    }
    page.newline();
}

/// A time to the second.
fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
