//! The ledger: what every ledger must do, and what the one in a file does besides.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::date;
use placement::ledger::sqlite::SqliteLedger;
use placement::ledger::{Document, Ledger, LedgerError, ListId, RecordedList};
use tempfile::TempDir;

/// Somewhere ledgers are kept: opened again, it holds what was recorded.
trait Shelf {
    async fn open(&self) -> Arc<dyn Ledger>;
}

/// What every ledger must do, whatever database it stands on.
async fn conforms(shelf: &impl Shelf) {
    what_was_recorded_is_found_to_the_byte_after_it_is_opened_again(shelf).await;
    what_was_given_is_never_written_over(shelf).await;
    an_id_nobody_was_given_finds_nothing(shelf).await;
    many_writers_at_once_lose_nothing(shelf).await;
}

async fn what_was_recorded_is_found_to_the_byte_after_it_is_opened_again(shelf: &impl Shelf) {
    let large: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    for (at, documents) in
        [vec![("text/html", b"<p>".to_vec())], vec![("a/b", Vec::new()), ("application/pdf", large), ("x/y", vec![0])]]
            .into_iter()
            .enumerate()
    {
        let id = id("found", at);
        let list = RecordedList {
            made_on: date(2026, 11, 21),
            documents: documents
                .into_iter()
                .map(|(media_type, bytes)| Document { media_type: media_type.to_owned(), bytes })
                .collect(),
        };
        shelf.open().await.record(id, &list).await.unwrap();
        let again = shelf.open().await;
        assert!(again.list(id).await.unwrap() == Some(list.clone()));
        assert!(again.list(id).await.unwrap() == Some(list), "as often as it is asked for");
    }
}

async fn what_was_given_is_never_written_over(shelf: &impl Shelf) {
    let (ledger, id) = (shelf.open().await, id("once", 0));
    ledger.record(id, &list("the first")).await.unwrap();
    assert!(matches!(ledger.record(id, &list("another")).await, Err(LedgerError::Recorded)));
    assert_eq!(ledger.list(id).await.unwrap(), Some(list("the first")));
}

async fn an_id_nobody_was_given_finds_nothing(shelf: &impl Shelf) {
    assert_eq!(shelf.open().await.list(id("nobody's", 0)).await.unwrap(), None);
}

async fn many_writers_at_once_lose_nothing(shelf: &impl Shelf) {
    let mut writing = Vec::new();
    for writer in 0..4 {
        let ledger = shelf.open().await;
        writing.push(tokio::spawn(async move {
            for at in 0..25 {
                ledger.record(id("many", writer * 100 + at), &list(&format!("{writer} {at}"))).await.unwrap();
            }
        }));
    }
    for writer in writing {
        writer.await.unwrap();
    }
    let ledger = shelf.open().await;
    for writer in 0..4 {
        for at in 0..25 {
            let found = ledger.list(id("many", writer * 100 + at)).await.unwrap();
            assert_eq!(found, Some(list(&format!("{writer} {at}"))));
        }
    }
}

fn id(what: &str, at: usize) -> ListId {
    ListId::draw(&[what, &at.to_string()], [7; 16])
}

fn list(text: &str) -> RecordedList {
    let document = Document { media_type: "text/plain".to_owned(), bytes: text.as_bytes().to_vec() };
    RecordedList { made_on: date(2026, 11, 21), documents: vec![document] }
}

struct File(TempDir);

impl File {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("below").join("ledger.sqlite")
    }
}

impl Shelf for File {
    async fn open(&self) -> Arc<dyn Ledger> {
        Arc::new(SqliteLedger::open(&self.path()).await.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_in_a_file_does_what_every_ledger_must() {
    conforms(&File::new()).await;
}

#[tokio::test]
async fn only_the_owner_reads_the_file_and_what_stands_beside_it() {
    let file = File::new();
    let ledger = file.open().await;
    ledger.record(id("kept", 0), &list("x")).await.unwrap();
    let entries: Vec<_> = fs::read_dir(file.path().parent().unwrap()).unwrap().map(Result::unwrap).collect();
    assert!(entries.len() > 1, "the log stands beside it");
    for entry in entries {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
    }
    fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
    drop(file.open().await);
    assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn what_is_no_ledger_of_this_program_is_refused_and_left_as_it_is() {
    // Where SQLite keeps the version and the mark of the application in its file.
    const VERSION: usize = 60;
    const APPLICATION: usize = 68;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "x".repeat(5000)).unwrap();
    assert!(matches!(SqliteLedger::open(&path).await, Err(LedgerError::Database(_))));
    assert_eq!(fs::read(&path).unwrap(), "x".repeat(5000).into_bytes());
    assert!(matches!(SqliteLedger::open(folder.path()).await, Err(LedgerError::File { .. })));

    let file = File::new();
    drop(file.open().await);
    let whole = closed(&file.path()).await;
    for (at, refused) in [(VERSION, "of version"), (APPLICATION, "another program made it")] {
        let mut bytes = whole.clone();
        bytes[at + 3] = 99;
        fs::write(file.path(), &bytes).unwrap();
        let error = SqliteLedger::open(&file.path()).await.unwrap_err().to_string();
        assert!(error.contains(refused), "{error}");
    }
}

/// The file's bytes once everything is in it and nobody has it open.
async fn closed(path: &Path) -> Vec<u8> {
    for _ in 0..500 {
        let log = path.with_extension("sqlite-wal");
        if !log.exists() || fs::metadata(&log).unwrap().len() == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    fs::read(path).unwrap()
}

#[tokio::test]
async fn a_flipped_byte_is_damage_or_nothing_but_never_another_list() {
    let file = File::new();
    let ledger = SqliteLedger::open(&file.path()).await.unwrap();
    let (known, text) = (id("damaged", 0), "what the patient was given ".repeat(20));
    ledger.record(known, &list(&text)).await.unwrap();
    ledger.close().await;
    let whole = fs::read(file.path()).unwrap();
    let mut damaged = 0;
    for at in (100..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x41;
        fs::write(file.path(), &bytes).unwrap();
        let Ok(ledger) = SqliteLedger::open(&file.path()).await else { continue };
        match ledger.list(known).await {
            Ok(Some(found)) => assert_eq!(found, list(&text), "byte {at}"),
            Ok(None) | Err(LedgerError::Database(_)) => {}
            Err(LedgerError::Damaged) => damaged += 1,
            Err(other) => panic!("byte {at}: {other}"),
        }
        ledger.close().await;
    }
    assert!(damaged > 20, "only {damaged} changes were told as damage");
}
