//! Finds and reads `refresh.toml`.

use std::path::{Path, PathBuf};

use crate::cli::exit::{CommandFailure, ExitStatus};
use crate::config::Config;
use crate::refresh::settings::{RefreshConfig, USUAL_FILE};
use crate::regular_file;
use crate::toml_reader::faults_of_file;

/// The `--settings` flag of the commands that fetch.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct SettingsArg {
    /// TOML file with the sources to fetch and the settings of the nightly job [default:
    /// refresh.toml, if it exists]
    #[arg(long, env = "PLACEMENT_SETTINGS", value_name = "FILE")]
    settings: Option<PathBuf>,
}

impl SettingsArg {
    /// Reads the named file or `refresh.toml`; returns the default settings if there is neither.
    ///
    /// # Errors
    /// The named file does not exist, or every error in the file.
    pub(crate) fn read(&self, config: &Config) -> Result<RefreshConfig, CommandFailure> {
        let named = self.settings.as_deref().or(config.settings.as_deref());
        let path = match named {
            Some(path) => path,
            // A broken link counts as a file, so that it is reported instead of ignored.
            None if Path::new(USUAL_FILE).symlink_metadata().is_ok() => Path::new(USUAL_FILE),
            None => return Ok(RefreshConfig::default()),
        };
        let name = path.display().to_string();
        let text = regular_file::read_to_string(path)
            .map_err(|error| CommandFailure::new(ExitStatus::Config, format!("{name}: {error}")))?;
        RefreshConfig::parse(&text).map_err(|faults| CommandFailure::new(ExitStatus::Config, faults_of_file(&name, &faults)))
    }
}
