//! Why a sample could not be written.

use std::io;
use std::path::PathBuf;

use crate::place::{Miles, Zip};

/// Why a sample could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The ZIP to invent around is not in use.
    #[error("{0} is not a ZIP code in use")]
    NoSuchZip(Zip),
    /// Nobody lives in the ZIPs asked for, so nothing can be placed there.
    #[error("nobody lives within {radius} miles of {zip}, so no provider can be placed there")]
    NobodyThere {
        /// The middle.
        zip: Zip,
        /// The radius.
        radius: Miles,
    },
    /// The program writes a column its header does not have: a fault of the program.
    #[error("{}: there is no column \"{column}\"", .path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
    },
    /// The disk failed.
    #[error("{}: {error}", .path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// How.
        error: io::Error,
    },
}
