//! `template`: prints an example of each file a hospital maintains.

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
    /// File to print
    what: TemplateKind,
    /// Print as JSON; for profile only
    #[arg(long)]
    json: bool,
}

/// The files a hospital maintains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TemplateKind {
    /// Payer roster: one row for each network member
    Roster,
    /// Provider profiles: one entry for each service of a provider
    Profile,
    /// refresh.toml: public sources and settings of the nightly job
    Settings,
    /// hospital.toml: the hospital's name, default question and financial interests
    Hospital,
}

impl TemplateArgs {
    /// Prints the example.
    ///
    /// # Errors
    /// The file does not exist in that format.
    pub(crate) fn run(&self) -> Result<(), CommandFailure> {
        text_output::print(match (self.what, self.json) {
            (TemplateKind::Roster, false) => ROSTER,
            (TemplateKind::Profile, false) => PROFILE,
            (TemplateKind::Profile, true) => PROFILE_JSON,
            (TemplateKind::Settings, false) => EXAMPLE,
            (TemplateKind::Hospital, false) => hospital::EXAMPLE,
            (TemplateKind::Settings | TemplateKind::Hospital, true) => {
                return Err(CommandFailure::new(ExitStatus::Usage, "this file is TOML; remove --json"));
            }
            (TemplateKind::Roster, true) => {
                return Err(CommandFailure::new(ExitStatus::Usage, "a roster is CSV; remove --json"));
            }
        })
    }
}
