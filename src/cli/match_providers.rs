//! `match` and `explain`: one question, answered from the directory in the index folder or from the built-in sample.

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
use crate::discharge::request::MatchRequest;
use crate::input::errors::FieldErrors;
use crate::input::field::{Field, InputType};
use crate::input::place::FieldPlace;
use crate::overlay::LiveDirectory;
use crate::query;
use crate::serve::json::explanation::ExplanationJson;
use crate::serve::json::report::{AnswerContext, AnswerJson};

/// Where the answer comes from, and how it is printed.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct OutputOptions {
    /// Answer from the built-in synthetic sample instead of the index folder
    #[arg(long)]
    sample: bool,
    /// Print the answer as JSON, in the form of the HTTP API
    #[arg(long)]
    json: bool,
}

/// `placement match`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct MatchArgs {
    /// Answer FILE, a question as JSON on each line, with a line of JSON each; "-" is standard input
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
    /// The question or a line is wrong, or there is no directory to ask.
    pub(crate) fn run(&self, config: &Config) -> Result<(), CommandFailure> {
        if let Some(path) = &self.batch {
            if self.question.asks() {
                let why = "--batch cannot be used with a question of the command line: each line of the file is one";
                return Err(CommandFailure::new(ExitStatus::Usage, why));
            }
            return batch::run(path, || self.rendering.directory(config));
        }
        let asked = self.question.asked()?;
        let served = self.rendering.directory(config)?;
        let today = Zoned::now().date();
        let (question, remarks) = query::read(served.base(), &asked.raw, today).map_err(|errors| asked.wrong(&errors))?;
        let reports = query::reports(&served, &question, &remarks);
        if self.rendering.json {
            return print_json(&AnswerJson::new(&reports, question.bundle, AnswerContext::from(&served)));
        }
        table::reports(&reports, question.bundle, served.base().manifest(), Timestamp::now()).print()
    }
}

/// `placement explain`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ExplainArgs {
    /// The provider: its id such as ccn:425003, a CCN, an NPI, or its whole name
    #[arg(long, value_name = "PROVIDER")]
    provider: String,
    #[command(flatten)]
    rendering: OutputOptions,
    #[command(flatten)]
    question: QuestionArgs,
}

impl ExplainArgs {
    /// Explains where the provider stands.
    ///
    /// # Errors
    /// The question is wrong, the provider is not one, or there is no directory to ask.
    pub(crate) fn run(&self, config: &Config) -> Result<(), CommandFailure> {
        let asked = self.question.asked()?;
        let served = self.rendering.directory(config)?;
        let today = Zoned::now().date();
        let mut faults = FieldErrors::default();
        let request = MatchRequest::read(&asked.raw, FieldPlace::ROOT, &mut faults);
        let provider = Field::of(FieldPlace::ROOT.field("provider"), Some(self.provider.clone()));
        let explained = query::explained(&served, request.as_ref(), &provider, faults, today);
        let explained = explained.map_err(|errors| asked.wrong(&errors))?;
        let (discharge, remarks) = (&explained.discharge, &explained.remarks[..]);
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
    /// The directory as the night left it: what was told since is known to the server.
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
