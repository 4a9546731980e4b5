//! `template`: an example of each file a hospital keeps, to be filled in.

use super::exit::{Exit, Failure};
use super::page;
use crate::hospital;
use crate::refresh::settings::EXAMPLE;

const ROSTER: &str = include_str!("../../data/curated/templates/roster.csv");
const PROFILE: &str = include_str!("../../data/curated/templates/profile.csv");
const PROFILE_JSON: &str = include_str!("../../data/curated/templates/profile.json");

/// `placement template`.
#[derive(Debug, Clone, clap::Args)]
pub struct TemplateArgs {
    /// Of what
    what: What,
    /// Print it as JSON, which only a profile can be
    #[arg(long)]
    json: bool,
}

/// The files a hospital keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
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
    pub fn run(&self) -> Result<(), Failure> {
        page::print(match (self.what, self.json) {
            (What::Roster, false) => ROSTER,
            (What::Profile, false) => PROFILE,
            (What::Profile, true) => PROFILE_JSON,
            (What::Settings, false) => EXAMPLE,
            (What::Hospital, false) => hospital::EXAMPLE,
            (What::Settings | What::Hospital, true) => {
                return Err(Failure::new(Exit::Usage, "this file is TOML; leave --json away"));
            }
            (What::Roster, true) => return Err(Failure::new(Exit::Usage, "a roster is a table; leave --json away")),
        })
    }
}
