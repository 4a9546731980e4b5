//! `match` and `explain`: answer a question from the current directory or from the built-in sample.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{Timestamp, Zoned};
use serde::Serialize;

use crate::catalog::Catalog;
use crate::catalog::generation::GenerationStore;
use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::question::QuestionArgs;
use crate::cli::sample_index::SampleIndex;
use crate::cli::table::ExplainContext;
use crate::cli::{batch, table, text_output};
use crate::config::Config;
use crate::discharge::Notice;
use crate::discharge::request::MatchRequest;
use crate::input::field::{Field, InputType};
use crate::input::place::FieldPlace;
use crate::overlay::LiveDirectory;
use crate::query;
use crate::serve::json::explanation::ExplanationJson;
use crate::serve::json::report::{AnswerContext, AnswerJson};

/// The directory to use and the output format.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct OutputOptions {
    /// Use the built-in sample instead of the published directory
    #[arg(long)]
    sample: bool,
    /// Print the answer as JSON, as the HTTP API returns it
    #[arg(long)]
    json: bool,
}

/// `placement match`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct MatchArgs {
    /// Answer each line of FILE, a question as JSON, with one line of JSON; - is standard input
    #[arg(long, value_name = "FILE")]
    batch: Option<PathBuf>,
    #[command(flatten)]
    rendering: OutputOptions,
    #[command(flatten)]
    question: QuestionArgs,
}

impl MatchArgs {
    /// Answers the question, or every line of a batch.
    ///
    /// # Errors
    /// The question or a line is invalid, or there is no directory.
    pub(crate) fn run(&self, config: &Config) -> Result<(), CommandFailure> {
        if let Some(path) = &self.batch {
            if self.question.asks() {
                let why = "--batch cannot be used with question flags; each line of the file is a question";
                return Err(CommandFailure::new(ExitStatus::Usage, why));
            }
            return batch::run(path, || self.rendering.directory(config));
        }
        let asked = self.question.asked()?;
        let served = self.rendering.directory(config)?;
        let today = Zoned::now().date();
        let (question, remarks) = asked.read(served.base(), today)?;
        let mut reports = query::reports(&served, &question, &remarks);
        for report in &mut reports {
            query::ask_by_phone(report, asked.by_phone());
        }
        if self.rendering.json {
            return print_json(&AnswerJson::new(&reports, question.bundle, AnswerContext::from(&served)));
        }
        table::reports(&reports, question.bundle, served.base().manifest(), Timestamp::now()).print()
    }
}

/// `placement explain`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ExplainArgs {
    /// Provider: an ID such as ccn:425003, a CCN, an NPI, or the full name
    #[arg(long, value_name = "PROVIDER")]
    provider: String,
    #[command(flatten)]
    rendering: OutputOptions,
    #[command(flatten)]
    question: QuestionArgs,
}

impl ExplainArgs {
    /// Explains the provider's rank or exclusion.
    ///
    /// # Errors
    /// The question is invalid, the provider is unknown, or there is no directory.
    pub(crate) fn run(&self, config: &Config) -> Result<(), CommandFailure> {
        let asked = self.question.asked()?;
        let served = self.rendering.directory(config)?;
        let today = Zoned::now().date();
        let (raw, notes) = asked.resolved(served.base());
        let mut faults = asked.word_faults();
        let request = MatchRequest::read(&raw, FieldPlace::ROOT, &mut faults);
        let provider = Field::of(FieldPlace::ROOT.field("provider"), Some(self.provider.clone()));
        let explained = query::explained(&served, request.as_ref(), &provider, faults, today);
        let explained = explained.map_err(|errors| asked.wrong(&errors))?;
        let remarks: Vec<Notice> = notes.into_iter().chain(explained.remarks).collect();
        let (discharge, remarks) = (&explained.discharge, &remarks[..]);
        if self.rendering.json {
            return print_json(&ExplanationJson::new(
                &explained.explanation,
                discharge,
                remarks,
                AnswerContext::from(&served),
            ));
        }
        let about = ExplainContext { discharge, remarks };
        table::explanation(&explained.explanation, about, served.base().manifest(), Timestamp::now()).print()
    }
}

impl OutputOptions {
    /// The directory without live statements, which only a server applies.
    fn directory(&self, config: &Config) -> Result<LiveDirectory, CommandFailure> {
        let catalog = if self.sample {
            SampleIndex::build()?.open()?
        } else {
            let store = GenerationStore::new(&config.index);
            Catalog::open(&store.generation_path(&store.current()?)?)?
        };
        Ok(LiveDirectory::new(Arc::new(catalog), &Arc::default(), Zoned::now().date()))
    }
}

/// Prints a result as one line of JSON.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn print_json(wire: &impl Serialize) -> Result<(), CommandFailure> {
    let text = serde_json::to_string(wire).map_err(|error| CommandFailure::new(ExitStatus::Failed, error.to_string()))?;
    text_output::print(&(text + "\n"))
}
