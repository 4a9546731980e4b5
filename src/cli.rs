//! The commands. Results go to standard output, everything else to standard error. Exit codes are
//! in [`exit`].

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

use crate::cli::command_examples::with_examples;
use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::config::{Config, GlobalArgs, ListenAddress};

pub(crate) mod batch;
pub(crate) mod bucket;
pub(crate) mod command_examples;
pub(crate) mod diff;
pub(crate) mod differences;
pub(crate) mod directory;
pub mod exit;
pub(crate) mod fetch;
pub(crate) mod hospital_files;
pub(crate) mod key;
pub(crate) mod known_values;
pub(crate) mod manual;
pub(crate) mod match_providers;
pub(crate) mod prior_authorization;
pub(crate) mod question;
pub(crate) mod refresh;
pub(crate) mod sample;
pub(crate) mod sample_index;
pub(crate) mod screens;
pub(crate) mod serve;
pub(crate) mod settings;
pub(crate) mod story;
pub mod table;
pub(crate) mod template;
pub mod text_output;
pub(crate) mod typed_words;
pub mod validate;
pub(crate) mod word_lists;

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
    /// List the levels of care, all or those that fit WORDS
    Services(word_lists::DirectoryWordsArgs),
    /// List the needs, all or those that fit WORDS
    Needs(word_lists::NeedWordsArgs),
    /// List the plans with their networks, all or those that fit WORDS
    Plans(word_lists::DirectoryWordsArgs),
    /// List the networks with the dates of their lists, all or those that fit WORDS
    Networks(word_lists::DirectoryWordsArgs),
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
        /// Command to describe, such as match or key create [default: placement itself]
        command: Vec<String>,
    },
}

/// The command line with the examples of every command.
fn command_line() -> clap::Command {
    with_examples(Cli::command())
}

/// Runs the command line of this process. With `--json` the last line of standard error is JSON if it fails.
pub fn run() -> ExitStatus {
    let as_json = std::env::args_os().skip(1).take_while(|argument| argument != "--").any(|argument| argument == "--json");
    let parsed = command_line().try_get_matches();
    let parsed =
        parsed.and_then(|matches| Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command_line())));
    let failure = match parsed.map(|cli| cli.run()) {
        Ok(Ok(())) => return ExitStatus::Done,
        Ok(Err(failure)) => failure,
        Err(error) if as_json && error.use_stderr() => CommandFailure::from_usage(&error),
        Err(error) => {
            // If the stream is closed, the message is lost.
            let _ = error.print();
            return if error.use_stderr() { ExitStatus::Usage } else { ExitStatus::Done };
        }
    };
    if !failure.message.is_empty() {
        let said = if as_json { failure.to_json() } else { format!("error: {}", failure.message) };
        text_output::print_stderr(&said);
    }
    failure.exit
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
            Command::Services(words) => words.print_services(&config),
            Command::Needs(words) => words.run(),
            Command::Plans(words) => words.print_plans(&config),
            Command::Networks(words) => words.print_networks(&config),
            Command::Serve(serve) => serve.run(&config),
            Command::Key(key) => key.run(&config),
            Command::Directory(directory) => directory.run(&config),
            Command::Sample(sample) => sample.run(),
            Command::Completions { shell } => manual::print_completions(Cli::command(), *shell),
            Command::Man { command } => manual::print_manual(Cli::command(), command),
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
            | Self::Services(_)
            | Self::Needs(_)
            | Self::Plans(_)
            | Self::Networks(_)
            | Self::Key(_)
            | Self::Directory(_)
            | Self::Sample(_)
            | Self::Completions { .. }
            | Self::Man { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command_examples::EXAMPLES;

    #[test]
    fn the_command_line_is_sound() {
        command_line().debug_assert();
    }

    /// Every command without subcommands, by its path.
    fn commands_below(command: &clap::Command, path: &str) -> Vec<String> {
        let below = command.get_subcommands().filter(|sub| sub.get_name() != "help");
        let below: Vec<String> = below.flat_map(|sub| commands_below(sub, &format!("{path} {}", sub.get_name()))).collect();
        if below.is_empty() { vec![path.trim().to_owned()] } else { below }
    }

    /// A line as a shell splits it, up to a pipe or a file.
    fn arguments(line: &str) -> Vec<String> {
        let parts = line.split('"').enumerate();
        let words = parts.flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        });
        words.take_while(|word| !["|", ">"].contains(&word.as_str())).collect()
    }

    #[test]
    fn every_command_has_examples_that_it_takes() {
        let known: Vec<&str> = EXAMPLES.iter().map(|(path, _)| *path).collect();
        let mut commands = commands_below(&Cli::command(), "");
        commands.sort();
        let mut named: Vec<String> = known.iter().map(|path| (*path).to_owned()).collect();
        named.sort();
        assert_eq!(named, commands);
        for (path, examples) in EXAMPLES {
            for (_, line) in *examples {
                assert!(line.starts_with(&format!("placement {path}")) && line.len() <= 94, "{line}");
                let parsed = command_line().try_get_matches_from(arguments(line));
                assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
            }
        }
    }
}
