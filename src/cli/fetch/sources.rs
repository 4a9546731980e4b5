//! `fetch sources`: fetches the sources declared in `refresh.toml`, and nothing else.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::settings::SettingsArg;
use crate::cli::text_output::print_json;
use crate::cli::text_output::{TextOutput, print_stderr};
use crate::config::Config;
use crate::fuzzy::{did_you_mean, nearest};
use crate::refresh;
use crate::refresh::fetch::nightly_sources::fetch;
use crate::refresh::settings::{RefreshConfig, USUAL_FILE};
use crate::run_report::fetched::{FetchOutcome, FetchReport};
use crate::text::count_text::counted;

/// `placement fetch sources`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SourcesArgs {
    /// Sources to fetch, due or not [default: all that are due]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Folder with a subfolder for each source [default: fetched, in the data folder]
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsArg,
    /// Print the result for each source as JSON
    #[arg(long)]
    json: bool,
}

impl SourcesArgs {
    /// Fetches the sources.
    ///
    /// # Errors
    /// The settings are invalid, a refresh is running, or a source could not be fetched (the others
    /// were).
    pub(crate) fn run(&self, config: &Config) -> Result<(), CommandFailure> {
        let settings = self.settings.read(config)?;
        self.known(&settings)?;
        // The folder must not change while a refresh reads it.
        let _lock = refresh::lock(&config.index)?;
        let into = self.into.clone().unwrap_or_else(|| config.data.join("fetched"));
        let fetched = fetch(&settings, &into, &self.names, Timestamp::now(), &mut print_stderr);
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
        Err(CommandFailure::new(ExitStatus::Unavailable, words))
    }

    /// Checks that sources are declared, the named ones among them.
    fn known(&self, settings: &RefreshConfig) -> Result<(), CommandFailure> {
        if settings.sources.is_empty() {
            let words =
                format!("no source is declared; add [sources.NAME] to {USUAL_FILE}, as placement template settings shows");
            return Err(CommandFailure::new(ExitStatus::Config, words));
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
        if strange.is_empty() { Ok(()) } else { Err(CommandFailure::new(ExitStatus::Usage, strange.join("\n  "))) }
    }
}

/// The result for each source, for people.
fn page(fetched: &[FetchReport]) -> TextOutput {
    let mut page = TextOutput::default();
    let width = fetched.iter().map(|fetched| fetched.source.chars().count()).max().unwrap_or(0);
    for FetchReport { source, outcome, cause, as_of, bytes, remarks, .. } in fetched {
        let what = match outcome {
            FetchOutcome::New => "new",
            FetchOutcome::Unchanged => "unchanged",
            FetchOutcome::NotDue => "not due",
            FetchOutcome::Kept => "failed; the last file is kept",
            FetchOutcome::Absent => "failed; there is no file",
        };
        let of = as_of.map_or(String::new(), |day| format!(", as of {day}"));
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

/// A number of bytes, for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => counted(bytes, "byte"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
