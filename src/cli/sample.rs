//! `sample`: generates the files of a whole invented directory, for trials and measurements.

use std::path::PathBuf;

use jiff::Zoned;

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::cli::text_output::TextOutput;
use crate::place::{Miles, Zip};
use crate::sample;
use crate::sample::options::SampleOptions;
use crate::text::count_text::counted;

/// `placement sample`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct SampleArgs {
    /// Number of providers, of all services together
    #[arg(long, value_name = "COUNT", default_value_t = SampleOptions::built_in().providers)]
    providers: u32,
    /// Number of payer networks
    #[arg(long, value_name = "COUNT", default_value_t = SampleOptions::built_in().networks)]
    networks: u32,
    /// Seed; the same options and seed produce the same files
    #[arg(long, value_name = "NUMBER", default_value_t = SampleOptions::built_in().seed)]
    seed: u64,
    /// Place the providers around this ZIP code [default: the whole country]
    #[arg(long, value_name = "ZIP", requires = "within_miles")]
    near: Option<Zip>,
    /// Radius around the ZIP code
    #[arg(long, value_name = "MILES", requires = "near")]
    within_miles: Option<f64>,
    /// Folder for the files
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

impl SampleArgs {
    /// Writes the files.
    ///
    /// # Errors
    /// Nobody lives in the area, or the folder cannot be written.
    pub(crate) fn run(&self) -> Result<(), CommandFailure> {
        let radius = self.within_miles.map(|miles| Miles::new(miles).ok_or(miles)).transpose();
        let radius = radius.map_err(|miles| CommandFailure::new(ExitStatus::Usage, format!("{miles} is not a distance")))?;
        let plan = SampleOptions {
            providers: self.providers,
            networks: self.networks,
            seed: self.seed,
            around: self.near.zip(radius),
            day: Zoned::now().date(),
        };
        let made = sample::generate(&plan, &self.folder)?;
        let mut page = TextOutput::default();
        for (service, count) in &made.providers {
            page.line(&format!("{:<20}{count:>9}", service.code()));
        }
        let files = counted(made.files.len() as u64, "file");
        page.line(&format!("{files} in {}; every provider in them is invented", self.folder.display()));
        page.print()
    }
}
