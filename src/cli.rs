//! The commands. Results go to standard output, everything else to standard error; how a command ends is in [`exit`].

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::config::{Config, GlobalArgs, ListenAddress};

pub(crate) mod batch;
pub(crate) mod diff;
pub(crate) mod directory;
pub mod exit;
pub(crate) mod fetch;
pub(crate) mod key;
pub(crate) mod match_providers;
pub(crate) mod question;
pub(crate) mod refresh;
pub(crate) mod sample;
pub(crate) mod sample_index;
pub(crate) mod serve;
pub(crate) mod settings;
pub mod table;
pub(crate) mod template;
pub mod text_output;
pub mod validate;

/// Finds post-acute care: which home health agency, nursing facility or rehabilitation hospital is in the patient's network and
/// will take this patient, with the reason for every place on the list and for every provider left off it.
#[derive(Debug, Parser)]
#[command(name = "placement", version, after_long_help = ExitStatus::list(), max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    settings: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Try it: build the synthetic sample, print one worked match, serve on loopback until Ctrl-C
    Demo(serve::DemoArgs),
    /// Bring what refresh.toml declares, or a payer's directory, from its server into a folder
    #[command(subcommand)]
    Fetch(fetch::FetchCommand),
    /// Make a directory out of a folder of files, and publish it
    Refresh(refresh::RefreshArgs),
    /// Say everything that is wrong with a roster or a profile, before it goes into the folder
    Validate(validate::ValidateArgs),
    /// Print an example of a roster, a profile or the settings of the night, to be filled in
    Template(template::TemplateArgs),
    /// Rank the providers for one discharge
    Match(Box<match_providers::MatchArgs>),
    /// Say where one provider stands for a discharge, or each thing that keeps it out
    Explain(Box<match_providers::ExplainArgs>),
    /// Answer over HTTP
    Serve(serve::ServeArgs),
    /// Make, list and revoke API keys
    Key(key::KeyArgs),
    /// List, show, compare, verify, roll back and prune published directories
    #[command(subcommand)]
    Directory(directory::DirectoryCommand),
    /// Invent the files of a directory, in the formats of CMS
    Sample(sample::SampleArgs),
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page of placement, or of one of its commands
    Man {
        /// The command
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
