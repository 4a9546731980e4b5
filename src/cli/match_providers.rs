//! `match` and `explain`: answer a question from the current directory or from the built-in sample.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{Timestamp, Zoned};

use crate::catalog::Catalog;
use crate::catalog::generation::GenerationStore;
use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::question::QuestionArgs;
use crate::cli::sample_index::SampleIndex;
use crate::cli::table::ExplainContext;
use crate::cli::text_output::print_json;
use crate::cli::{batch, differences, screens, table};
use crate::config::Config;
use crate::discharge::Notice;
use crate::discharge::request::MatchRequest;
use crate::input::field::{Field, InputType};
use crate::input::place::FieldPlace;
use crate::overlay::LiveDirectory;
use crate::query;
use crate::screens::screen_question;
use crate::serve::api::batch::QUESTIONS;
use crate::serve::api::differences::SAVED_ANSWERS;
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
    pub(crate) json: bool,
}

/// `placement match`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct MatchArgs {
    /// Answer each line of FILE, a question as JSON, with one line of JSON; - is standard input
    #[arg(long, value_name = "FILE")]
    batch: Option<PathBuf>,
    /// Compare with the saved answer in FILE and print what changed; its own question is asked again unless one is given; - is
    /// standard input
    #[arg(long, value_name = "FILE", conflicts_with = "batch")]
    against: Option<PathBuf>,
    /// Compare each line of FILE, a saved answer, and print one line of differences as JSON; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["batch", "against"])]
    against_batch: Option<PathBuf>,
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
        let batches = [(&self.batch, "--batch", &QUESTIONS), (&self.against_batch, "--against-batch", &SAVED_ANSWERS)];
        for (path, flag, work) in batches {
            let Some(path) = path else { continue };
            if self.question.asks() {
                let why = format!("{flag} cannot be used with question flags; each line of the file has its question");
                return Err(CommandFailure::new(ExitStatus::Usage, why));
            }
            return batch::run(path, work, || self.rendering.directory(config));
        }
        if let Some(path) = &self.against {
            let question = self.question.asks().then_some(&self.question);
            return differences::run(path, question, self.rendering.json, || self.rendering.directory(config));
        }
        let asked = self.question.asked()?;
        let served = self.rendering.directory(config)?;
        let today = Zoned::now().date();
        let (question, remarks) = asked.read(served.base(), today)?;
        let mut reports = query::reports(&served, &question, &remarks);
        for report in &mut reports {
            query::ask_by_phone(report, asked.by_phone());
        }
        let entries = screen_question(&question);
        if self.rendering.json {
            let answer = AnswerJson::new(&reports, question.bundle, AnswerContext::from(&served));
            return print_json(&answer.with_screens(entries.as_deref()));
        }
        let mut page = table::reports(&reports, question.bundle, served.base().manifest(), Timestamp::now());
        for (discharge, entries) in question.discharges.iter().zip(entries.iter().flatten()) {
            screens::add(&mut page, discharge.service, entries);
        }
        page.print()
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
    pub(crate) fn directory(&self, config: &Config) -> Result<LiveDirectory, CommandFailure> {
        let catalog = if self.sample {
            SampleIndex::build()?.open()?
        } else {
            let store = GenerationStore::new(&config.index);
            Catalog::open(&store.generation_path(&store.current()?)?)?
        };
        Ok(LiveDirectory::new(Arc::new(catalog), &Arc::default(), Zoned::now().date()))
    }
}
