//! `refresh`: builds a directory from a folder of files and publishes it.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use jiff::{SignedDuration, Timestamp};

use crate::catalog::generation::GenerationStore;
use crate::catalog::manifest::build_second;
use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::settings::SettingsArg;
use crate::cli::text_output::print_json;
use crate::cli::text_output::{TextOutput, print_stderr, strip_control_chars};
use crate::config::Config;
use crate::refresh;
use crate::refresh::error::RefreshError;
use crate::refresh::options::{RefreshOptions, RefreshProgress};
use crate::refresh::report_history;
use crate::text::squeeze_spaces;

/// `placement refresh`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RefreshArgs {
    /// Folder to read; files are recognized by their header, not their name [default: fetched, in
    /// the data folder]
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsArg,
    /// Read the files that are there and fetch nothing; implied by --from and --dry-run
    #[arg(long)]
    no_fetch: bool,
    /// Read and report only; fetch, build and publish nothing
    #[arg(long)]
    dry_run: bool,
    /// Publish even if the gate refuses; REASON is recorded
    #[arg(long, value_name = "REASON", value_parser = reason)]
    force: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Parses the reason for `--force`; it must not be empty.
fn reason(text: &str) -> Result<String, String> {
    let text = squeeze_spaces(text).chars().map(strip_control_chars).collect::<String>();
    if text.is_empty() { Err("a reason is required; it is recorded with the directory".to_owned()) } else { Ok(text) }
}

impl RefreshArgs {
    /// Refreshes the directory.
    ///
    /// # Errors
    /// Why nothing was published.
    pub(crate) fn run(&self, config: &Config) -> Result<(), CommandFailure> {
        let from = self.from.clone().unwrap_or_else(|| config.data.join("fetched"));
        let settings = self.settings.read(config)?;
        let fetch = self.from.is_none() && !self.no_fetch && !self.dry_run && !settings.sources.is_empty();
        if !from.is_dir() && !fetch {
            let words = format!(
                "there is no folder {}\n  name a folder with --from DIR, or declare sources to fetch in refresh.toml: \
                 placement template settings > refresh.toml",
                from.display()
            );
            return Err(CommandFailure::new(ExitStatus::NoInput, words));
        }
        if self.from.is_none() && settings.sources.is_empty() {
            print_stderr("nothing to fetch: no refresh.toml declares a source");
        }
        give_way();
        let options = RefreshOptions {
            dry_run: self.dry_run,
            fetch,
            settings,
            force: self.force.clone(),
            bucket: config.bucket.clone(),
            ..RefreshOptions::new(from, &config.index, build_time(&config.index))
        };
        let mut told = ProgressReporter::new();
        let (report, ended) = refresh::run_with_report(&options, &mut |progress| told.tell(&progress));
        told.end();
        let busy = matches!(ended, Err(RefreshError::Locked));
        if self.json && !busy {
            print_json(&report)?;
        } else if ended.is_ok() {
            let mut page = TextOutput::default();
            report.to_string().lines().for_each(|line| page.line(line));
            page.print()?;
        }
        ended.map_err(|error| {
            let mut failure = CommandFailure::from(error);
            if report.kept {
                let page = report_history::page_of_last(&config.index);
                failure.message = format!("{}\n  full report: {}", failure.message, page.display());
            }
            failure
        })
    }
}

/// The build time of the new generation: now, or the first later second that no generation has.
/// Generations are ordered by the second in their names.
fn build_time(index: &Path) -> Timestamp {
    let ids = GenerationStore::new(index).ids().unwrap_or_default();
    let is_free = |time: &Timestamp| !ids.iter().any(|id| id.starts_with(&build_second(*time)));
    let now = Timestamp::now();
    let seconds = (0..).map_while(|seconds| now.checked_add(SignedDuration::from_secs(seconds)).ok());
    seconds.into_iter().find(is_free).unwrap_or(now)
}

/// The `nice(1)` value of a refresh, so that it does not slow down a server on the same machine.
const LOWER: i32 = 10;

/// Lowers the priority of this process. A system that does not allow it is not an error.
fn give_way() {
    let _ = rustix::process::nice(LOWER);
}

/// Shows progress: a bar on a terminal, otherwise one line per stage.
struct ProgressReporter {
    bar: Option<ProgressBar>,
}

impl ProgressReporter {
    fn new() -> Self {
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {elapsed} {msg}");
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(0));
        Self { bar: bar.zip(style.ok()).map(|(bar, style)| bar.with_style(style)) }
    }

    fn tell(&mut self, progress: &RefreshProgress) {
        match (progress, &self.bar) {
            (RefreshProgress::Reading { file, at, of }, Some(bar)) => {
                bar.set_length(*of as u64);
                bar.set_position(at.saturating_sub(1) as u64);
                bar.set_message(file.chars().map(strip_control_chars).collect::<String>());
            }
            (RefreshProgress::Reading { .. }, None) => {}
            (RefreshProgress::Told(what), Some(bar)) => {
                bar.set_message(what.chars().map(strip_control_chars).collect::<String>());
            }
            (RefreshProgress::Told(what), None) => print_stderr(what),
            (RefreshProgress::Done { stage, what }, bar) => {
                let line = || print_stderr(&format!("{stage}: {what}"));
                bar.as_ref().map_or_else(line, |bar| bar.suspend(line));
            }
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
