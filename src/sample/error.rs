//! Errors of sample generation.

use std::io;
use std::path::PathBuf;

use crate::place::{Miles, Zip};

/// Why a sample could not be generated.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The center ZIP is not in use.
    #[error("{0} is not a ZIP code in use")]
    NoSuchZip(Zip),
    /// Nobody lives in the requested ZIPs, so no provider can be placed there.
    #[error("nobody lives within {radius} miles of {zip}, so no provider can be placed there")]
    NobodyThere {
        /// The center.
        zip: Zip,
        /// The radius.
        radius: Miles,
    },
    /// The program writes a column that the header does not have: a bug in the program.
    #[error("{}: there is no column \"{column}\"", .path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// A file could not be written.
    #[error("{}: {error}", .path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// The cause.
        error: io::Error,
    },
}
