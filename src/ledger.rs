//! What changes between nights and must not be lost: the choice lists that patients were given.
//!
//! Nothing about a patient can be read from it. A list is sealed under its id, which stands on the paper and nowhere in the ledger:
//! only who holds the paper can have it again, to the byte.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use jiff::civil::Date;

mod seal;
pub mod sqlite;

/// What a list is called on the paper: 128 bits as 26 characters, and the key to what the ledger keeps of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListId([u8; 16]);

/// One form of a list as it was handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its media type, such as `application/pdf`.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A choice list in every form it can be had in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedList {
    /// The day it was made.
    pub made_on: Date,
    /// Its forms.
    pub documents: Vec<Document>,
}

/// Why the ledger could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The database failed.
    #[error("the ledger: {0}")]
    Database(#[from] sqlx::Error),
    /// What is kept under an id does not open with it.
    #[error("what the ledger keeps of this list is damaged")]
    Damaged,
}

/// What the ledger is about to give.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, LedgerError>> + Send + 'a>>;

/// The ledger, whatever database it stands on.
pub trait Ledger: fmt::Debug + Send + Sync {
    /// Records a list; once this is done, it is kept.
    fn record<'a>(&'a self, id: ListId, list: &'a RecordedList) -> Pending<'a, ()>;

    /// The list of that id as it was recorded; `None` when there is none.
    fn list(&self, id: ListId) -> Pending<'_, Option<RecordedList>>;
}
