//! The built-in sample as a temporary directory: unpacked, run through the same pipeline as real
//! files, removed after use.

use std::path::{Path, PathBuf};

use jiff::{Timestamp, Zoned};
use tempfile::TempDir;

use crate::catalog::Catalog;
use crate::catalog::generation::GenerationStore;
use crate::cli::exit::CommandFailure;
use crate::config::USUAL_LEDGER;
use crate::refresh::options::RefreshOptions;
use crate::{refresh, sample};

/// A temporary index folder with the sample; removed on drop.
#[derive(Debug)]
pub(crate) struct SampleIndex {
    folder: TempDir,
}

impl SampleIndex {
    /// Unpacks the sample, dated today so that it is not stale, and publishes it.
    ///
    /// # Errors
    /// The folder for temporary files cannot be written.
    pub(crate) fn build() -> Result<Self, CommandFailure> {
        let folder = TempDir::with_prefix("placement-")
            .map_err(|error| CommandFailure::from_io("the folder for temporary files", &error))?;
        let files = folder.path().join("files");
        sample::unpack(&files, Zoned::now().date())?;
        let built = Self { folder };
        let options = RefreshOptions::new(files, built.index(), Timestamp::now());
        refresh::run(&options, &mut |_| {})?;
        Ok(built)
    }

    /// The index folder.
    pub(crate) fn index(&self) -> PathBuf {
        let folder: &Path = self.folder.path();
        folder.join("index")
    }

    /// The temporary ledger, removed with the sample.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.folder.path().join(USUAL_LEDGER)
    }

    /// Opens the sample directory.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn open(&self) -> Result<Catalog, CommandFailure> {
        let store = GenerationStore::new(self.index());
        Ok(Catalog::open(&store.generation_path(&store.current()?)?)?)
    }
}
