//! Errors of the ledger.

use std::path::PathBuf;

use crate::ledger::event::UndecodableEvent;

/// Why a ledger operation failed.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database failed.
    #[error("the ledger: {0}")]
    Database(#[from] sqlx::Error),
    /// The file cannot be created or its permissions cannot be restricted to its owner.
    #[error("the ledger {}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        error: std::io::Error,
    },
    /// The file belongs to another program.
    #[error("{} is not a ledger; another program made it", .path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// The file exists and is empty. Its contents are lost, so it must not be treated as a new
    /// ledger.
    #[error(
        "the ledger {} is an empty file: restore a backup, or delete the file to start a new ledger",
        .path.display()
    )]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file at the path is no longer the one that was opened, so writes to the open one would
    /// be lost.
    #[error(
        "{} was removed, replaced or emptied while the ledger was open; restore the ledger file and restart the program",
        .path.display()
    )]
    Gone {
        /// The file.
        path: PathBuf,
    },
    /// An event of one hospital was to be written for another.
    #[error("the event belongs to another hospital than the one that writes it; nothing was written")]
    OtherHospital,
    /// A later version of this program wrote the ledger.
    #[error(
        "the ledger {place} has version {found}, but this program supports version {known}; use the program that created it"
    )]
    Newer {
        /// The file or the database server.
        place: String,
        /// The version found.
        found: i64,
        /// The newest version that this program supports.
        known: i64,
    },
    /// The database address is invalid. The message does not quote it, because it may contain a
    /// password.
    #[error("the address of the ledger: {0}")]
    Address(String),
    /// This build has no PostgreSQL support.
    #[error(
        "the ledger address is a PostgreSQL database, but this program was built without PostgreSQL: build it with the feature `postgres`, or configure a file"
    )]
    NoPostgres,
    /// The database did not answer in time.
    #[error("the ledger did not answer within {seconds} seconds")]
    Slow {
        /// The time limit in seconds.
        seconds: u64,
    },
    /// The ledger is not open yet.
    #[error("the ledger is not open: {0}")]
    NotOpen(String),
    /// An event that could not be decoded cannot be written back.
    #[error("{0}")]
    NotTold(UndecodableEvent),
    /// A list with this id is already recorded. Recorded lists are never overwritten.
    #[error("a list with that id is already recorded")]
    Recorded,
    /// The record could not be serialized or encrypted, so it was not stored.
    #[error("the record could not be encrypted")]
    NotSealed,
    /// The stored bytes do not decrypt with this id.
    #[error("the stored copy of this list is damaged")]
    Damaged,
}
