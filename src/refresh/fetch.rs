//! What is brought in from servers, before a night reads it as files.
//!
//! [`nightly`] brings every declared source. [`transport`] is a bounded GET and knows nothing of what it carries; [`outbound`] says
//! what it may connect to. [`plan_net`] brings a payer's directory by one of two ways, `search` pages or a `bulk` export; a `sheet` is
//! one file of it being written. `saved` brings single files, `catalogue` asks CMS where they are, `kept` remembers what was
//! brought. `aside` holds the files apart until all are there: a fetch changes its folder wholly or not at all.

use std::io;
use std::path::{Path, PathBuf};

mod answer;
mod aside;
mod bulk;
mod catalogue;
pub mod fault;
mod kept;
pub mod limits;
pub mod nightly;
pub mod outbound;
pub mod plan_net;
mod saved;
mod search;
mod sheet;
pub mod token;
pub mod transport;

use fault::Fault;

/// Why a fetch brought nothing; the folder is as it was.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// What was asked for cannot be fetched at all.
    #[error("{0}")]
    Asked(String),
    /// The server cannot be reached, refuses, or does not do what it should.
    #[error(transparent)]
    Server(#[from] Box<Fault>),
    /// What a fetch of changes would change is not there.
    #[error("{} holds nothing to bring up to date: fetch the whole directory first", .0.display())]
    NothingToUpdate(PathBuf),
    /// The folder holds what no fetch brought, and would lose it.
    #[error("{} holds {what}, which no fetch brought: name a folder of its own", .folder.display())]
    NotOurs {
        /// The folder.
        folder: PathBuf,
        /// The name of what it holds.
        what: String,
    },
    /// Another fetch writes to the same folder.
    #[error("another fetch into {} is running; nothing was done", .0.display())]
    Locked(PathBuf),
    /// The disk failed.
    #[error("{}: {error}", .path.display())]
    Disk {
        /// Where.
        path: PathBuf,
        /// How.
        error: io::Error,
    },
}

/// Turns an error of the disk into one that says where.
fn at(path: &Path) -> impl FnOnce(io::Error) -> FetchError {
    let path = path.to_path_buf();
    |error| FetchError::Disk { path, error }
}
