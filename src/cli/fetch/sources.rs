//! `fetch sources`: brings what `refresh.toml` declares, and nothing else.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::cli::ask::print_json;
use crate::cli::exit::{Exit, Failure};
use crate::cli::page::{Page, tell};
use crate::cli::settings::SettingsArg;
use crate::config::Config;
use crate::likeness::{did_you_mean, nearest};
use crate::refresh;
use crate::refresh::fetch::nightly::{Fetched, Outcome, fetch};
use crate::refresh::settings::{Settings, USUAL_FILE};
use crate::words::counted;

/// `placement fetch sources`.
#[derive(Debug, Clone, clap::Args)]
pub struct SourcesArgs {
    /// Only these, whether they are due or not [default: all that are due]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Folder that gets a folder for each source [default: fetched, in the data folder]
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsArg,
    /// Print what came of each source as JSON
    #[arg(long)]
    json: bool,
}

impl SourcesArgs {
    /// Fetches.
    ///
    /// # Errors
    /// The settings are wrong, a refresh is running, or a source could not be fetched; the others were.
    pub fn run(&self, config: &Config) -> Result<(), Failure> {
        let settings = self.settings.read(config)?;
        self.known(&settings)?;
        // What a refresh reads must not change under it.
        let _lock = refresh::lock(&config.index)?;
        let into = self.into.clone().unwrap_or_else(|| config.data.join("fetched"));
        let fetched = fetch(&settings, &into, &self.names, Timestamp::now(), &mut tell);
        if self.json {
            print_json(&fetched)?;
        } else {
            page(&fetched).print()?;
        }
        let failed = fetched.iter().filter(|fetched| fetched.outcome.is_failure()).count();
        if failed == 0 {
            return Ok(());
        }
        let words = format!("{failed} of {} could not be fetched", counted(fetched.len() as u64, "source"));
        Err(Failure::new(Exit::Unavailable, words))
    }

    /// That the sources named are declared, and that there are any.
    fn known(&self, settings: &Settings) -> Result<(), Failure> {
        if settings.sources.is_empty() {
            let words = format!(
                "no source is declared: write [sources.NAME] into {USUAL_FILE}, as placement template settings shows"
            );
            return Err(Failure::new(Exit::Config, words));
        }
        let names = || settings.sources.keys().map(String::as_str);
        let strange: Vec<String> = self
            .names
            .iter()
            .filter(|name| !settings.sources.contains_key(*name))
            .map(|name| {
                let all = || format!("there are {}", names().collect::<Vec<_>>().join(", "));
                let hint = did_you_mean(&nearest(name, names(), 3)).unwrap_or_else(all);
                format!("there is no source {name}; {hint}")
            })
            .collect();
        if strange.is_empty() { Ok(()) } else { Err(Failure::new(Exit::Usage, strange.join("\n  "))) }
    }
}

/// What came of each source, to read.
fn page(fetched: &[Fetched]) -> Page {
    let mut page = Page::default();
    let width = fetched.iter().map(|fetched| fetched.source.chars().count()).max().unwrap_or(0);
    for Fetched { source, outcome, cause, as_of, bytes, remarks, .. } in fetched {
        let what = match outcome {
            Outcome::New => "new",
            Outcome::Unchanged => "nothing newer",
            Outcome::NotDue => "not due",
            Outcome::Kept => "failed; the last file stays",
            Outcome::Absent => "failed; there is no file",
        };
        let of = as_of.map_or(String::new(), |day| format!(", of {day}"));
        let came = if *bytes > 0 { format!(", {}", size(*bytes)) } else { String::new() };
        page.line(&format!("{source:width$}  {what}{of}{came}"));
        if let Some(cause) = cause {
            page.wrapped("    ", cause);
        }
        for remark in remarks {
            page.wrapped("    note: ", remark);
        }
    }
    page
}

/// A number of bytes, to read.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => counted(bytes, "byte"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
