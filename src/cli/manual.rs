//! `man` and `completions`: manual pages and shell completions, made from the definition of the command line.

use clap::{Command, ValueHint};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::command_examples::examples_of;
use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::text_output::print;
use crate::fuzzy::{did_you_mean, nearest};

/// Prints the completions of `command` for `shell`.
///
/// # Errors
/// Standard output cannot be written.
pub(crate) fn print_completions(command: Command, shell: Shell) -> Result<(), CommandFailure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut with_hints(command), "placement", &mut script);
    print(&String::from_utf8_lossy(&script))
}

/// `command`, whose flags offer files only where their value is a path.
fn with_hints(command: Command) -> Command {
    let hinted = command.mut_args(|flag| {
        let takes_text = flag.get_action().takes_values() && flag.get_possible_values().is_empty();
        if takes_text && flag.get_value_hint() == ValueHint::Unknown { flag.value_hint(ValueHint::Other) } else { flag }
    });
    hinted.mut_subcommands(with_hints)
}

/// Prints the manual page of `whole`, or of its command at `path`, such as `key create`.
///
/// # Errors
/// There is no such command, or standard output cannot be written.
pub(crate) fn print_manual(mut whole: Command, path: &[String]) -> Result<(), CommandFailure> {
    whole.build();
    let names: Vec<&str> = path.iter().flat_map(|part| part.split_whitespace()).collect();
    let mut about = &whole;
    for name in &names {
        about = about.find_subcommand(name).ok_or_else(|| no_command(about, &names))?;
    }
    let failed = |error: std::io::Error| CommandFailure::from_io("the manual page", &error);
    let mut page = Vec::new();
    Man::new(about.clone()).render(&mut page).map_err(failed)?;
    examples(&names.join(" ")).to_writer(&mut page).map_err(failed)?;
    print(&String::from_utf8_lossy(&page))
}

/// The section with the examples of the command at `path`; empty if there are none.
fn examples(path: &str) -> Roff {
    let mut section = Roff::default();
    for (at, (does, line)) in examples_of(path).iter().enumerate() {
        if at == 0 {
            section.control("SH", ["EXAMPLES"]);
        }
        section.control("TP", []);
        section.text([roman(*does)]);
        section.text([bold(*line)]);
    }
    section
}

fn no_command(within: &Command, names: &[&str]) -> CommandFailure {
    let known: Vec<&str> = within.get_subcommands().map(Command::get_name).collect();
    let hint = names.last().and_then(|name| did_you_mean(&nearest(name, known, 3)));
    let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    CommandFailure::new(ExitStatus::Usage, format!("there is no command {}{hint}", names.join(" ")))
}
