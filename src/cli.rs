//! The commands. Results go to standard output, everything else to standard error. Exit codes are
//! in [`exit`].

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::config::{Config, GlobalArgs, ListenAddress};

pub(crate) mod batch;
pub(crate) mod diff;
pub(crate) mod differences;
pub(crate) mod directory;
pub mod exit;
pub(crate) mod fetch;
pub(crate) mod key;
pub(crate) mod match_providers;
pub(crate) mod prior_authorization;
pub(crate) mod question;
pub(crate) mod refresh;
pub(crate) mod sample;
pub(crate) mod sample_index;
pub(crate) mod screens;
pub(crate) mod serve;
pub(crate) mod settings;
pub mod table;
pub(crate) mod template;
pub mod text_output;
pub(crate) mod typed_words;
pub mod validate;

/// Find post-acute care: the home health agencies, nursing facilities and rehabilitation hospitals
/// that are in a patient's network and can take the patient, with the reason for every rank and
/// every exclusion.
#[derive(Debug, Parser)]
#[command(name = "placement", version, after_long_help = ExitStatus::list(), max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    settings: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
enum Command {
    /// Try the program: build sample data, print one worked match and serve it on this machine
    /// until Ctrl-C
    Demo(serve::DemoArgs),
    /// Fetch the sources in refresh.toml, or one payer's directory
    #[command(subcommand)]
    Fetch(fetch::FetchCommand),
    /// Build a directory from a folder of files and publish it
    Refresh(refresh::RefreshArgs),
    /// Say what a file is, which facts it holds, and what is wrong with it
    Validate(validate::ValidateArgs),
    /// Print a template of a roster, profile, refresh.toml or hospital.toml to fill in
    Template(template::TemplateArgs),
    /// Rank the providers for one discharge
    Match(Box<match_providers::MatchArgs>),
    /// Explain one provider's rank for a discharge, or why it is excluded
    Explain(Box<match_providers::ExplainArgs>),
    /// Say until when a payer must decide a prior authorization, and what to do next
    PriorAuthorization(Box<prior_authorization::PriorAuthorizationArgs>),
    /// Serve the pages and the API over HTTP
    Serve(serve::ServeArgs),
    /// Create, list and revoke API keys
    Key(key::KeyArgs),
    /// List, show, verify, compare, roll back and prune published directories
    #[command(subcommand)]
    Directory(directory::DirectoryCommand),
    /// Generate sample files in CMS formats
    Sample(sample::SampleArgs),
    /// Print shell completions
    Completions {
        /// Shell to complete in
        shell: Shell,
    },
    /// Print the manual page of placement or of one command
    Man {
        /// Command to describe [default: placement itself]
        command: Option<String>,
    },
}

/// Runs the command line of this process.
pub fn run() -> ExitStatus {
    let cli = Cli::parse();
    match cli.run() {
        Ok(()) => ExitStatus::Done,
        Err(failure) => {
            if !failure.message.is_empty() {
                text_output::print_stderr(&format!("error: {}", failure.message));
            }
            failure.exit
        }
    }
}

impl Cli {
    fn run(&self) -> Result<(), CommandFailure> {
        let config = Config::resolve(&self.settings, self.command.listen())?;
        match &self.command {
            Command::Demo(demo) => demo.run(&config),
            Command::Fetch(fetch) => fetch.run(&config),
            Command::Refresh(refresh) => refresh.run(&config),
            Command::Validate(validate) => validate.run(),
            Command::Template(template) => template.run(),
            Command::Match(question) => question.run(&config),
            Command::Explain(question) => question.run(&config),
            Command::PriorAuthorization(question) => question.run(),
            Command::Serve(serve) => serve.run(&config),
            Command::Key(key) => key.run(&config),
            Command::Directory(directory) => directory.run(&config),
            Command::Sample(sample) => sample.run(),
            Command::Completions { shell } => completions(*shell),
            Command::Man { command } => manual(command.as_deref()),
        }
    }
}

impl Command {
    fn listen(&self) -> Option<ListenAddress> {
        match self {
            Self::Demo(demo) => demo.listen,
            Self::Serve(serve) => serve.listen,
            Self::Fetch(_)
            | Self::Refresh(_)
            | Self::Validate(_)
            | Self::Template(_)
            | Self::Match(_)
            | Self::Explain(_)
            | Self::PriorAuthorization(_)
            | Self::Key(_)
            | Self::Directory(_)
            | Self::Sample(_)
            | Self::Completions { .. }
            | Self::Man { .. } => None,
        }
    }
}

fn completions(shell: Shell) -> Result<(), CommandFailure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "placement", &mut script);
    text_output::print(&String::from_utf8_lossy(&script))
}

fn manual(command: Option<&str>) -> Result<(), CommandFailure> {
    let mut whole = Cli::command();
    whole.build();
    let about = match command {
        None => whole,
        Some(name) => whole
            .find_subcommand(name)
            .cloned()
            .ok_or_else(|| CommandFailure::new(ExitStatus::Usage, format!("there is no command {name}")))?,
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(about).render(&mut text).map_err(|error| CommandFailure::from_io("the manual page", &error))?;
    text_output::print(&String::from_utf8_lossy(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
