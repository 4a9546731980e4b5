//! `template`: an example of each file a hospital keeps, to be filled in.

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::text_output;
use crate::hospital;
use crate::refresh::settings::EXAMPLE;

const ROSTER: &str = include_str!("../../data/curated/templates/roster.csv");
const PROFILE: &str = include_str!("../../data/curated/templates/profile.csv");
const PROFILE_JSON: &str = include_str!("../../data/curated/templates/profile.json");

/// `placement template`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TemplateArgs {
    /// Of what
    what: TemplateKind,
    /// Print it as JSON, which only a profile can be
    #[arg(long)]
    json: bool,
}

/// The files a hospital keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TemplateKind {
    /// Who is in which network: a row for each member
    Roster,
    /// What providers say they take: an entry for each service of a provider
    Profile,
    /// refresh.toml: every public source, and what the night may do
    Settings,
    /// hospital.toml: its name, its usual question, its financial interests
    Hospital,
}

impl TemplateArgs {
    /// Prints the example.
    ///
    /// # Errors
    /// There is none in that form.
    pub(crate) fn run(&self) -> Result<(), CommandFailure> {
        text_output::print(match (self.what, self.json) {
            (TemplateKind::Roster, false) => ROSTER,
            (TemplateKind::Profile, false) => PROFILE,
            (TemplateKind::Profile, true) => PROFILE_JSON,
            (TemplateKind::Settings, false) => EXAMPLE,
            (TemplateKind::Hospital, false) => hospital::EXAMPLE,
            (TemplateKind::Settings | TemplateKind::Hospital, true) => {
                return Err(CommandFailure::new(ExitStatus::Usage, "this file is TOML; leave --json away"));
            }
            (TemplateKind::Roster, true) => {
                return Err(CommandFailure::new(ExitStatus::Usage, "a roster is a table; leave --json away"));
            }
        })
    }
}
