//! `match` and `explain`: one question, answered from the directory in the index folder or from the built-in sample.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::{Timestamp, Zoned};
use serde::Serialize;

use super::batch;
use super::exit::{Exit, Failure};
use super::page;
use super::question::QuestionArgs;
use super::sampled::SampleIndex;
use super::table::{self, Explained};
use crate::catalog::Catalog;
use crate::catalog::generation::Store;
use crate::config::Config;
use crate::live::Live;
use crate::serve::answer::{self, Pointers};
use crate::serve::explanation::ExplanationWire;
use crate::serve::report::{AnswerWire, Ground};

/// Where the answer comes from, and how it is printed.
#[derive(Debug, Clone, clap::Args)]
pub struct Rendering {
    /// Answer from the built-in synthetic sample instead of the index folder
    #[arg(long)]
    sample: bool,
    /// Print the answer as JSON, in the form of the HTTP API
    #[arg(long)]
    json: bool,
}

/// `placement match`.
#[derive(Debug, Clone, clap::Args)]
pub struct MatchArgs {
    /// Answer FILE, a question as JSON on each line, with a line of JSON each; "-" is standard input
    #[arg(long, value_name = "FILE")]
    batch: Option<PathBuf>,
    #[command(flatten)]
    rendering: Rendering,
    #[command(flatten)]
    question: QuestionArgs,
}

impl MatchArgs {
    /// Answers the question, or every line of a batch.
    ///
    /// # Errors
    /// The question or a line is wrong, or there is no directory to ask.
    pub fn run(&self, config: &Config) -> Result<(), Failure> {
        if let Some(path) = &self.batch {
            if self.question.asks() {
                let why = "--batch cannot be used with a question of the command line: each line of the file is one";
                return Err(Failure::new(Exit::Usage, why));
            }
            return batch::run(path, || self.rendering.directory(config));
        }
        let asked = self.question.asked()?;
        let served = self.rendering.directory(config)?;
        let today = Zoned::now().date();
        let (question, remarks) =
            answer::read(served.base(), &asked.raw, today).map_err(|errors| asked.wrong(&errors))?;
        let reports = answer::reports(&served, &question, &remarks);
        if self.rendering.json {
            return print_json(&AnswerWire::new(&reports, question.bundle, Ground::from(&served)));
        }
        table::reports(&reports, question.bundle, served.base().manifest(), Timestamp::now()).print()
    }
}

/// `placement explain`.
#[derive(Debug, Clone, clap::Args)]
pub struct ExplainArgs {
    /// The provider: its id such as ccn:425003, a CCN, an NPI, or its whole name
    #[arg(long, value_name = "PROVIDER")]
    provider: String,
    #[command(flatten)]
    rendering: Rendering,
    #[command(flatten)]
    question: QuestionArgs,
}

impl ExplainArgs {
    /// Explains where the provider stands.
    ///
    /// # Errors
    /// The question is wrong, the provider is not one, or there is no directory to ask.
    pub fn run(&self, config: &Config) -> Result<(), Failure> {
        const POINTERS: Pointers = Pointers { discharge: "", provider: "/provider" };
        let asked = self.question.asked()?;
        let served = self.rendering.directory(config)?;
        let today = Zoned::now().date();
        let explained = answer::explained(&served, &asked.raw, &self.provider, POINTERS, today)
            .map_err(|errors| asked.wrong(&errors))?;
        let (discharge, remarks) = (&explained.discharge, &explained.remarks[..]);
        if self.rendering.json {
            return print_json(&ExplanationWire::new(
                &explained.explanation,
                discharge,
                remarks,
                Ground::from(&served),
            ));
        }
        let about = Explained { discharge, remarks };
        table::explanation(&explained.explanation, about, served.base().manifest(), Timestamp::now()).print()
    }
}

impl Rendering {
    /// The directory as the night left it: what was told since is known to the server.
    fn directory(&self, config: &Config) -> Result<Live, Failure> {
        let catalog = if self.sample {
            SampleIndex::build()?.open()?
        } else {
            let store = Store::new(&config.index);
            Catalog::open(&store.folder_of(&store.current()?)?)?
        };
        Ok(Live::new(Arc::new(catalog), &Arc::default(), Zoned::now().date()))
    }
}

/// Prints a result as one line of JSON.
///
/// # Errors
/// Standard output cannot be written.
pub fn print_json(wire: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(wire).map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    page::print(&(text + "\n"))
}
