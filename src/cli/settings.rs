//! Which `refresh.toml` a command goes by.

use std::path::{Path, PathBuf};

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::config::Config;
use crate::refresh::settings::{RefreshConfig, USUAL_FILE};
use crate::regular_file;
use crate::toml_reader::faults_of_file;

/// `--settings`, of the commands that fetch.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct SettingsArg {
    /// TOML file with the sources to fetch and what the night may do [default: refresh.toml, if there is one]
    #[arg(long, env = "PLACEMENT_SETTINGS", value_name = "FILE")]
    settings: Option<PathBuf>,
}

impl SettingsArg {
    /// The settings, of the file that was named or the usual one; the usual settings where there is neither.
    ///
    /// # Errors
    /// A file that was named is not there, or everything that is wrong with the file.
    pub(crate) fn read(&self, config: &Config) -> Result<RefreshConfig, CommandFailure> {
        let named = self.settings.as_deref().or(config.settings.as_deref());
        let path = match named {
            Some(path) => path,
            // A link that leads nowhere is there, and must not pass for no settings.
            None if Path::new(USUAL_FILE).symlink_metadata().is_ok() => Path::new(USUAL_FILE),
            None => return Ok(RefreshConfig::default()),
        };
        let name = path.display().to_string();
        let text = regular_file::read_to_string(path)
            .map_err(|error| CommandFailure::new(ExitStatus::Config, format!("{name}: {error}")))?;
        RefreshConfig::parse(&text).map_err(|faults| CommandFailure::new(ExitStatus::Config, faults_of_file(&name, &faults)))
    }
}
