//! Why the ledger did not do what it was asked.

use std::path::PathBuf;

use crate::ledger::event::UndecodableEvent;

/// Why the ledger could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database failed.
    #[error("the ledger: {0}")]
    Database(#[from] sqlx::Error),
    /// Its file cannot be made or kept to its owner.
    #[error("the ledger {}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is of another program.
    #[error("{} is not a ledger; another program made it", .path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// The file is there and holds nothing: what it held is lost, and must not pass for a ledger to which nothing was told.
    #[error(
        "the ledger {} is empty, which no ledger is: put a backup in its place, or take the file away to begin a new one",
        .path.display()
    )]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file that was opened no longer lies where it was opened, so what is written into it would be lost.
    #[error(
        "{} was removed, replaced or emptied while the ledger was open; put the ledger in its place and start the program again",
        .path.display()
    )]
    Gone {
        /// The file.
        path: PathBuf,
    },
    /// It is of a later version of this program.
    #[error("the ledger {place} is of version {found}, and this program knows version {known}; use the program that made it")]
    Newer {
        /// The file, or the server of the database.
        place: String,
        /// Its version.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// The address of the database cannot be used; what it says stands nowhere in this, because it may hold a password.
    #[error("the address of the ledger: {0}")]
    Address(String),
    /// This build of the program knows no PostgreSQL.
    #[error(
        "the ledger is named by the address of a database, and this program was built without PostgreSQL: build it with the feature `postgres`, or name a file"
    )]
    NoPostgres,
    /// The database did not answer in time.
    #[error("the ledger did not answer within {seconds} seconds")]
    Slow {
        /// How long it was waited for.
        seconds: u64,
    },
    /// It is not open yet.
    #[error("the ledger is not open: {0}")]
    NotOpen(String),
    /// What was read from a ledger and not understood is not told again.
    #[error("{0}")]
    NotTold(UndecodableEvent),
    /// A list of that id is recorded already; what was given to a patient is never written over.
    #[error("a list of that id is recorded already")]
    Recorded,
    /// What was to be kept could not be written down, so it is not kept.
    #[error("what was to be kept could not be sealed")]
    NotSealed,
    /// What is kept under an id does not open with it.
    #[error("what the ledger keeps of this list is damaged")]
    Damaged,
}
