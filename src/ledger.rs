//! What changes between nights and must not be lost: the choice lists that patients were given, what providers say of themselves, what
//! became of referrals, and the API keys.
//!
//! Nothing about a patient can be read from it. A list is sealed under its id, which stands on the paper and nowhere in the ledger:
//! only who holds the paper can have it again, to the byte. Everything else is a [`Change`] with its place in one [`Sequence`], and is
//! read into [`told::Told`], so that no question ever waits for the database.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::access::KeyRecord;
use crate::config::LedgerAt;
use crate::statement::{Availability, Outcome, Statements};

pub mod late;
pub mod postgres;
mod seal;
pub mod sqlite;
mod sqlite_file;
mod standing;
pub mod told;
mod wire;

/// What a list is called on the paper: 128 bits as 26 characters, and the key to what the ledger keeps of it.
///
/// Who knows it can open the list, so it is never logged, and [`fmt::Debug`] does not show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListId([u8; 16]);

/// The 32 characters of Crockford's base 32: no I, L, O or U, so that what is read aloud or copied by hand is read right.
const CHARACTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 26 characters of five bits hold 128 bits and two to spare.
const LENGTH: usize = 26;
/// The lengths of the groups an id is printed in.
const GROUPS: [usize; 5] = [5, 5, 5, 5, 6];

impl ListId {
    /// A new id: a digest of everything the list is made from and of `chance`: it is as hard to guess as that is. Without it,
    /// who guesses the question could open the list.
    pub fn draw(made_from: &[&str], chance: [u8; 16]) -> Self {
        let mut hasher = Sha256::new_with_prefix(b"placement: id of a choice list\0");
        for part in made_from {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        hasher.update(chance);
        let mut id = [0; 16];
        for (byte, drawn) in id.iter_mut().zip(hasher.finalize()) {
            *byte = drawn;
        }
        Self(id)
    }
}

/// Five groups of characters: `7F3KQ-M8XPA-3ZRTN-09VWB-4HCDEF`.
impl fmt::Display for ListId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = u128::from_be_bytes(self.0);
        let mut place = LENGTH;
        for (at, length) in GROUPS.into_iter().enumerate() {
            if at > 0 {
                f.write_str("-")?;
            }
            for _ in 0..length {
                place -= 1;
                let five = usize::try_from(number >> (5 * place) & 31).map_err(|_| fmt::Error)?;
                write!(f, "{}", char::from(CHARACTERS[five]))?;
            }
        }
        Ok(())
    }
}

impl FromStr for ListId {
    type Err = NotAListId;

    /// Reads what people type: any case, hyphens and spaces anywhere, O for 0, I and L for 1.
    fn from_str(text: &str) -> Result<Self, NotAListId> {
        let typed = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}'));
        let (mut number, mut count) = (0_u128, 0);
        for c in typed {
            let plain = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let five = (0_u128..).zip(CHARACTERS).find(|(_, known)| char::from(**known) == plain);
            let (five, _) = five.ok_or(NotAListId)?;
            // The two bits to spare are the highest, and zero.
            if number >> 123 != 0 {
                return Err(NotAListId);
            }
            number = number << 5 | five;
            count += 1;
        }
        if count == LENGTH { Ok(Self(number.to_be_bytes())) } else { Err(NotAListId) }
    }
}

/// Says only that there is one.
impl fmt::Debug for ListId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ListId(…)")
    }
}

/// The text is not an id of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a list's id is 26 letters and digits, printed in five groups")]
pub struct NotAListId;

/// One form of a list as it was handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

impl RecordedList {
    /// How many bytes the ledger keeps of it.
    pub fn kept_bytes(&self) -> u64 {
        seal::kept_bytes(self)
    }

    /// The form of that media type.
    pub fn document(&self, media_type: &str) -> Option<&Document> {
        self.documents.iter().find(|document| document.media_type == media_type)
    }
}

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
    #[error(
        "the ledger {place} is of version {found}, and this program knows version {known}; use the program that made it"
    )]
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
    NotTold(Unread),
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

/// The place of a change in the ledger: one that is read after another is never placed before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sequence(pub i64);

/// Something told between nights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// What a provider says of its room; replaces what it said before.
    Availability(Availability),
    /// What a provider says that it takes; replaces what it said before.
    Statements(Statements),
    /// What became of one referral; stands beside the others.
    Outcome(Outcome),
    /// An API key or a session, new or changed; replaces what it was before.
    Key(KeyRecord),
    /// Something this version cannot read. It replaces what was told before of the same, because that no longer holds.
    Unread(Unread),
}

/// What an entry is of that this version cannot read: a later version told it, or it is damaged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// What it is: `availability`, `statements`, `outcome`, `key`, or a word of a later version.
    pub kind: String,
    /// Of which provider or key, where it is the newest of one.
    pub subject: Option<String>,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "what was told as {}", self.kind)?;
        if let Some(subject) = &self.subject {
            write!(f, " of {subject}")?;
        }
        f.write_str(" cannot be read by this version of the program")
    }
}

/// What tells an entry from another that was given the same number: drawn by chance when it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark(pub [u8; 16]);

/// A place that a ledger has been read up to. A ledger that has come back from a backup may have no such place, or another entry there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Its number.
    pub sequence: Sequence,
    /// The mark of the entry there; none where nothing was read, and none of an entry that was told before there were marks.
    pub mark: Option<Mark>,
}

/// An entry and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The place.
    pub sequence: Sequence,
    /// What was told.
    pub entry: Entry,
}

/// What one look at a ledger finds, all of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// Every entry that stands and was told after the place asked for, in order; of outcomes those asked on the day asked for and later.
    pub changes: Vec<Change>,
    /// How far the ledger reaches: the place of its last entry, read or not.
    pub reach: Place,
    /// The place of the last entry that answers depend on, read or not; only for who reads from the start.
    pub said: Sequence,
    /// The mark that the ledger has now at the place asked for.
    pub mark_before: Option<Mark>,
}

impl Reading {
    /// Whether the ledger is the one that was read up to `before`, and has not lost anything of it.
    pub fn continues(&self, before: Place) -> bool {
        before.sequence <= self.reach.sequence && before.mark == self.mark_before
    }
}

/// What the ledger is about to give.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, LedgerError>> + Send + 'a>>;

/// The ledger, whatever database it stands on.
pub trait Ledger: fmt::Debug + Send + Sync {
    /// Records a list; once this is done, it is kept.
    fn record<'a>(&'a self, id: ListId, list: &'a RecordedList) -> Pending<'a, ()>;

    /// The list of that id as it was recorded; `None` when there is none.
    fn list(&self, id: ListId) -> Pending<'_, Option<RecordedList>>;

    /// Takes away some of the lists made more than `days` days before the day that [`DAYS_TO_TRUST`] later days of lists have confirmed;
    /// how many, and 0 once there are no more. No clock is asked. A ledger that keeps everything takes none.
    fn forget_lists(&self, _days: u32) -> Pending<'_, u64> {
        Box::pin(async { Ok(0) })
    }

    /// Keeps an entry; once this is done, it is kept. One that is told later is given a higher place, and nobody reads it without
    /// those before it.
    fn tell<'a>(&'a self, entry: &'a Entry) -> Pending<'a, Sequence>;

    /// Reads what was told after `before`; of outcomes those asked on `outcomes_from` and later. Whoever starts later is at the same place
    /// then. Never waits for who writes.
    fn read(&self, before: Place, outcomes_from: Date) -> Pending<'_, Reading>;

    /// The entries of [`Ledger::read`] after `sequence`, for who reads once.
    fn since(&self, sequence: Sequence, outcomes_from: Date) -> Pending<'_, Vec<Change>> {
        Box::pin(async move { Ok(self.read(Place { sequence, mark: None }, outcomes_from).await?.changes) })
    }

    /// Ends when somebody may have told something. It may end for nothing and may miss something: who waits looks by the clock too.
    fn woken(&self) -> Pending<'_, ()>;

    /// Why the last writing or reading failed; `None` once one could be done.
    fn failure(&self) -> Option<String>;

    /// Whether it could be opened.
    fn is_open(&self) -> bool {
        true
    }

    /// Lets go of the database; a program that ends without loses nothing either.
    fn close(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// How many days on which lists were made must follow a day before it counts as come, so that a clock that was wrong for fewer takes no
/// list away. Our choice: a month of working days and more.
pub const DAYS_TO_TRUST: u32 = 30;

/// How many lists are taken away at once, so that nobody who writes waits long.
const TAKEN_AT_ONCE: u32 = 100;

/// Opens the ledger that is there, or makes it.
///
/// # Errors
/// It cannot be reached or made, it is of another program, or of a later version of this one.
pub async fn open(at: &LedgerAt) -> Result<Arc<dyn Ledger>, LedgerError> {
    match at {
        LedgerAt::File(path) => Ok(Arc::new(sqlite::SqliteLedger::open(path).await?)),
        LedgerAt::Postgres(address) => Ok(Arc::new(postgres::PostgresLedger::open(address).await?)),
    }
}

/// The first day of which lists are kept, where they are kept so many days and `confirmed` is a day that has come.
fn first_kept(confirmed: &str, days: u32) -> Option<Date> {
    confirmed.parse::<Date>().ok()?.checked_sub(jiff::Span::new().days(days)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_as_it_is_printed_and_as_people_type_it() {
        let id = ListId::draw(&["what it is made from"], [7; 16]);
        let printed = id.to_string();
        assert_eq!(printed.len(), 30);
        for typed in [
            printed.clone(),
            printed.to_lowercase(),
            printed.replace('-', ""),
            printed.replace('-', " – "),
            format!("  {} ", printed.replace('0', "o").replace('1', "l")),
            printed.replace('1', "I"),
        ] {
            assert_eq!(typed.parse(), Ok(id), "{typed}");
        }
        for wrong in ["", "7F3KQ", &format!("{printed}0"), &printed.replace(&printed[..1], "8"), &"Z".repeat(26), "é"]
        {
            assert_eq!(wrong.parse::<ListId>(), Err(NotAListId), "{wrong}");
        }
        assert!(!format!("{id:?}").contains(&printed[..5]));
    }

    #[test]
    fn every_bit_of_an_id_is_printed() {
        for bit in 0..128 {
            let id = ListId((1_u128 << bit).to_be_bytes());
            assert_eq!(id.to_string().parse(), Ok(id), "bit {bit}");
        }
        assert_eq!(ListId([0xff; 16]).to_string(), "7ZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZZ");
    }

    #[test]
    fn an_id_changes_with_each_part_and_with_chance() {
        let ids = [
            ListId::draw(&["a", "bc"], [0; 16]),
            ListId::draw(&["ab", "c"], [0; 16]),
            ListId::draw(&["a", "bc"], [1; 16]),
            ListId::draw(&["a", "bc", ""], [0; 16]),
        ];
        assert!((0..4).all(|at| (0..at).all(|other| ids[at] != ids[other])));
    }
}
