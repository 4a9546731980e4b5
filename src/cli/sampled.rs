//! The built-in sample as a directory of its own: unpacked, refreshed through the same pipeline as real files, removed after use.

use std::path::{Path, PathBuf};

use jiff::{Timestamp, Zoned};
use tempfile::TempDir;

use super::exit::Failure;
use crate::catalog::Catalog;
use crate::catalog::generation::Store;
use crate::config::USUAL_LEDGER;
use crate::refresh::{self, Options};
use crate::sample;

/// An index folder that holds the sample; removed when dropped.
#[derive(Debug)]
pub struct SampleIndex {
    folder: TempDir,
}

impl SampleIndex {
    /// Unpacks the sample, dated today so that it does not age, and publishes it.
    ///
    /// # Errors
    /// The folder for temporary files cannot be written.
    pub fn build() -> Result<Self, Failure> {
        let folder = TempDir::with_prefix("placement-")
            .map_err(|error| Failure::io("the folder for temporary files", &error))?;
        let files = folder.path().join("files");
        sample::unpack(&files, Zoned::now().date())?;
        let built = Self { folder };
        let options = Options::new(files, built.index(), Timestamp::now());
        refresh::run(&options, &mut |_| {})?;
        Ok(built)
    }

    /// The index folder.
    pub fn index(&self) -> PathBuf {
        let folder: &Path = self.folder.path();
        folder.join("index")
    }

    /// The ledger of its choice lists, which goes with it.
    pub fn ledger(&self) -> PathBuf {
        self.folder.path().join(USUAL_LEDGER)
    }

    /// The sample, loaded.
    ///
    /// # Errors
    /// It cannot be read back.
    pub fn open(&self) -> Result<Catalog, Failure> {
        let store = Store::new(self.index());
        Ok(Catalog::open(&store.folder_of(&store.current()?)?)?)
    }
}
