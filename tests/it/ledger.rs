//! The ledger: tests for every database, and tests for the file.

mod conditions;
mod event_conformance;
mod file;
mod invites;
mod listening;
mod losses;
pub(crate) mod postgres;
mod referrals;
mod replicas;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::date;
use placement::ledger::DAYS_TO_TRUST;
use placement::ledger::Ledger;
use placement::ledger::error::LedgerError;
use placement::ledger::event::Sequence;
use placement::ledger::list_id::ListId;
use placement::ledger::packet_id::PacketId;
use placement::ledger::page_token::PageToken;
use placement::ledger::recorded_list::ListRendition;
use placement::ledger::recorded_list::RecordedList;
use placement::ledger::sealed_page::SealedPage;
use placement::ledger::sqlite::SqliteLedger;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::cli::Server;

/// A storage for ledgers that can be reopened.
trait LedgerStorage {
    /// A writer that has begun and not finished; rolls back when dropped.
    type Writing;

    /// An empty storage.
    async fn new() -> Self;

    async fn open(&self) -> Arc<dyn Ledger>;

    /// Overwrites the body of the first row of that kind.
    async fn write_over(&self, kind: &str, body: &str);

    async fn begin_to_write(&self) -> Self::Writing;

    /// Writes `count` sessions that are valid for years.
    async fn begin_sessions(&self, count: usize);

    /// Makes a backup of the events.
    async fn back_up(&self);

    /// Restores the backup, including the next number, while servers have the ledger open.
    async fn put_back(&self);
}

/// Waits until `holds`, far longer than it takes on the slowest machine.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            sleep(Duration::from_millis(50)).await;
        }
    };
    assert!(timeout(event_conformance::LONG, waiting).await.is_ok(), "never: {what}");
}

/// Choice list tests for every database.
async fn conforms<S: LedgerStorage>() {
    let shelf = &S::new().await;
    what_was_recorded_is_found_to_the_byte_after_it_is_opened_again(shelf).await;
    what_was_given_is_never_written_over(shelf).await;
    an_id_nobody_was_given_finds_nothing(shelf).await;
    a_packet_is_found_by_its_own_number_and_no_list_is(shelf).await;
    many_writers_at_once_lose_nothing(shelf).await;
    lists_are_kept_as_long_as_the_settings_say_by_the_days_of_later_lists(shelf).await;
    of_many_servers_one_uses_a_page_and_only_that_it_was_used_is_left(shelf).await;
}

async fn what_was_recorded_is_found_to_the_byte_after_it_is_opened_again(shelf: &impl LedgerStorage) {
    let large: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    for (at, documents) in
        [vec![("text/html", b"<p>".to_vec())], vec![("a/b", Vec::new()), ("application/pdf", large), ("x/y", vec![0])]]
            .into_iter()
            .enumerate()
    {
        let id = id("found", at);
        let list = RecordedList {
            made_on: date(2026, 11, 21),
            hospital: None,
            documents: documents
                .into_iter()
                .map(|(media_type, bytes)| ListRendition { media_type: media_type.to_owned(), bytes })
                .collect(),
        };
        shelf.open().await.record(id, &list).await.unwrap();
        let again = shelf.open().await;
        assert!(again.list(id).await.unwrap() == Some(list.clone()));
        assert!(again.list(id).await.unwrap() == Some(list), "as often as it is asked for");
    }
}

async fn what_was_given_is_never_written_over(shelf: &impl LedgerStorage) {
    let (ledger, id) = (shelf.open().await, id("once", 0));
    ledger.record(id, &list("the first")).await.unwrap();
    assert!(matches!(ledger.record(id, &list("another")).await, Err(LedgerError::Recorded)));
    assert_eq!(ledger.list(id).await.unwrap(), Some(list("the first")));
}

async fn an_id_nobody_was_given_finds_nothing(shelf: &impl LedgerStorage) {
    assert_eq!(shelf.open().await.list(id("nobody's", 0)).await.unwrap(), None);
}

/// A packet is sealed like a list, under an id that its number does not show.
async fn a_packet_is_found_by_its_own_number_and_no_list_is(shelf: &impl LedgerStorage) {
    let (ledger, number) = (shelf.open().await, PacketId::draw(&["a packet"], [9; 16]));
    ledger.record(number.sealed_under(), &list("a packet")).await.unwrap();
    assert_eq!(shelf.open().await.list(number.sealed_under()).await.unwrap(), Some(list("a packet")));
    let as_list: ListId = number.to_string().parse().unwrap();
    assert_eq!(ledger.list(as_list).await.unwrap(), None);
}

async fn of_many_servers_one_uses_a_page_and_only_that_it_was_used_is_left(shelf: &impl LedgerStorage) {
    let token = PageToken::new([7; 32]);
    let page = SealedPage::seal(token, "card link", 900, b"near=64108").unwrap();
    shelf.open().await.keep_page(&page, 0).await.unwrap();
    let (mut using, row) = (Vec::new(), page.row);
    for _ in 0..4 {
        let ledger = shelf.open().await;
        using.push(tokio::spawn(async move { ledger.use_page(row).await.unwrap() }));
    }
    let mut first = 0;
    for used in using {
        first += usize::from(used.await.unwrap());
    }
    assert_eq!(first, 1);
    let ledger = shelf.open().await;
    assert_eq!(ledger.page(row).await.unwrap(), Some(page.used()), "the question is deleted");
    assert!(!ledger.use_page(row).await.unwrap() && !ledger.use_page([8; 32]).await.unwrap());
}

async fn many_writers_at_once_lose_nothing(shelf: &impl LedgerStorage) {
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

/// Age is determined by days with lists, not by the clock, and the last of them may come from a
/// wrong clock.
async fn lists_are_kept_as_long_as_the_settings_say_by_the_days_of_later_lists(shelf: &impl LedgerStorage) {
    let ledger = shelf.open().await;
    let made = async |what: &str, on: jiff::civil::Date| {
        let id = id(what, 0);
        ledger.record(id, &RecordedList { made_on: on, ..list(what) }).await.unwrap();
        id
    };
    let old = made("old", date(2020, 1, 31)).await;
    let kept = made("kept", date(2020, 2, 1)).await;
    let (confirmed, wrong) = (date(2021, 2, 1), date(2126, 1, 1));
    made("confirmed", confirmed).await;
    let mut days = Vec::new();
    // The lists of the earlier tests add one more day.
    for later in 0..i64::from(DAYS_TO_TRUST) - 2 {
        days.push(made(&format!("later {later}"), wrong.checked_add(jiff::Span::new().days(later)).unwrap()).await);
    }
    assert_eq!(ledger.forget_lists(366).await.unwrap(), 0, "a month of lists of a wrong clock takes nothing away");
    assert!(ledger.list(old).await.unwrap().is_some());
    made("the day that confirms", wrong.checked_sub(jiff::Span::new().days(1)).unwrap()).await;
    assert_eq!(ledger.forget_lists(366).await.unwrap(), 1);
    assert_eq!(ledger.forget_lists(366).await.unwrap(), 0);
    assert_eq!(ledger.list(old).await.unwrap(), None);
    assert!(ledger.list(kept).await.unwrap().is_some() && ledger.list(days[0]).await.unwrap().is_some());
    let counted = ledger.count_lists().await.unwrap();
    assert!(counted.is_sorted_by_key(|count| count.made_on));
    let on = |day| counted.iter().find(|count| count.made_on == day).map(|count| count.lists);
    assert_eq!((on(date(2020, 1, 31)), on(date(2020, 2, 1)), on(confirmed)), (None, Some(1), Some(1)));
}

fn id(what: &str, at: usize) -> ListId {
    ListId::draw(&[what, &at.to_string()], [7; 16])
}

fn list(text: &str) -> RecordedList {
    let document = ListRendition { media_type: "text/plain".to_owned(), bytes: text.as_bytes().to_vec() };
    RecordedList { made_on: date(2026, 11, 21), hospital: None, documents: vec![document] }
}

struct File(TempDir);

impl File {
    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("below").join("ledger.sqlite")
    }

    fn backup(&self) -> String {
        self.0.path().join("backup.sqlite").display().to_string()
    }

    /// Another connection to the file.
    async fn connect(&self) -> SqliteConnection {
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(self.path())).await.unwrap()
    }
}

impl LedgerStorage for File {
    type Writing = SqliteConnection;

    async fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    async fn open(&self) -> Arc<dyn Ledger> {
        Arc::new(SqliteLedger::open(&self.path()).await.unwrap())
    }

    async fn write_over(&self, kind: &str, body: &str) {
        let writing = "UPDATE told SET body = ? WHERE sequence = (SELECT min(sequence) FROM told WHERE kind = ?)";
        let mut connection = self.connect().await;
        assert_eq!(sqlx::query(writing).bind(body).bind(kind).execute(&mut connection).await.unwrap().rows_affected(), 1);
        connection.close().await.unwrap();
    }

    async fn begin_to_write(&self) -> SqliteConnection {
        let mut connection = self.connect().await;
        let writing = "BEGIN IMMEDIATE; UPDATE told SET body = 'half written'; \
                       INSERT INTO told (kind, body) VALUES ('outcome', 'half written')";
        sqlx::raw_sql(writing).execute(&mut connection).await.unwrap();
        connection
    }

    async fn begin_sessions(&self, count: usize) {
        let writing = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?) \
                       INSERT INTO told (kind, subject, ends_at, body) SELECT 'key', 'session' || n, 4000000000, '{}' FROM numbers";
        let writing = sqlx::query(writing).bind(i64::try_from(count).unwrap());
        writing.execute(&mut self.connect().await).await.unwrap();
    }

    async fn back_up(&self) {
        let copying = format!("VACUUM INTO '{}'", self.backup());
        sqlx::raw_sql(AssertSqlSafe(copying)).execute(&mut self.connect().await).await.unwrap();
    }

    async fn put_back(&self) {
        let restoring = format!(
            "ATTACH '{}' AS kept; BEGIN IMMEDIATE; DELETE FROM told; INSERT INTO told SELECT * FROM kept.told; \
             DELETE FROM marks; INSERT INTO marks SELECT * FROM kept.marks; \
             UPDATE sqlite_sequence SET seq = coalesce((SELECT max(seq) FROM kept.sqlite_sequence), 0); COMMIT",
            self.backup()
        );
        sqlx::raw_sql(AssertSqlSafe(restoring)).execute(&mut self.connect().await).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_in_a_file_does_what_every_ledger_must() {
    conforms::<File>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_between_nights_is_kept_in_a_file() {
    event_conformance::conforms::<File>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conditional_writes_hold_in_a_file() {
    conditions::conforms::<File>().await;
}

#[tokio::test]
async fn a_file_of_the_version_before_keeps_its_lists_and_takes_what_is_told() {
    let file = File::new().await;
    let ledger = file.open().await;
    ledger.record(id("of before", 0), &list("x")).await.unwrap();
    ledger.close().await;
    let mut connection = file.connect().await;
    sqlx::raw_sql(
        "ALTER TABLE lists DROP COLUMN hospital; DROP TABLE told; DROP TABLE marks; DROP TABLE pages; DROP TABLE repeats; DROP TABLE days; PRAGMA user_version = 1",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    let ledger = file.open().await;
    assert_eq!(ledger.list(id("of before", 0)).await.unwrap(), Some(list("x")));
    ledger.tell(&event_conformance::room(1, 1)).await.unwrap();
    assert_eq!(ledger.since(Sequence(0), date(2026, 1, 1)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn only_the_owner_reads_the_file_and_what_stands_beside_it() {
    let file = File::new().await;
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
async fn a_file_of_another_program_is_refused_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("theirs.sqlite");
    let options = SqliteConnectOptions::new().filename(&database).create_if_missing(true);
    let mut theirs = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("CREATE TABLE t (x); INSERT INTO t VALUES (1)").execute(&mut theirs).await.unwrap();
    theirs.close().await.unwrap();
    let (short, long) = (folder.path().join("short.txt"), folder.path().join("long.txt"));
    fs::write(&short, "x").unwrap();
    fs::write(&long, "x".repeat(5000)).unwrap();
    for path in [&database, &short, &long] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        let before = fs::read(path).unwrap();
        assert!(matches!(SqliteLedger::open(path).await, Err(LedgerError::NotALedger { .. })), "{}", path.display());
        assert_eq!(fs::read(path).unwrap(), before);
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o644);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing was put beside them");
    assert!(matches!(SqliteLedger::open(folder.path()).await, Err(LedgerError::File { .. })));
}

#[tokio::test]
async fn a_ledger_of_a_later_version_is_refused_and_left_as_it_is() {
    // The offset of the version in an SQLite file.
    const VERSION: usize = 60;
    let file = File::new().await;
    SqliteLedger::open(&file.path()).await.unwrap().close().await;
    let mut bytes = fs::read(file.path()).unwrap();
    bytes[VERSION + 3] = 99;
    fs::write(file.path(), &bytes).unwrap();
    let error = SqliteLedger::open(&file.path()).await.unwrap_err().to_string();
    assert!(error.contains("has version 99, but this program supports version 7"), "{error}");
    assert_eq!(fs::read(file.path()).unwrap(), bytes);
}

#[tokio::test]
async fn a_copy_of_the_file_alone_has_every_list_while_the_program_runs() {
    let file = File::new().await;
    let ledger = file.open().await;
    for at in 0..3 {
        ledger.record(id("copied", at), &list("x")).await.unwrap();
        let copy = file.path().with_file_name(format!("copy{at}.sqlite"));
        fs::copy(file.path(), &copy).unwrap();
        let copy = SqliteLedger::open(&copy).await.unwrap();
        assert_eq!(copy.list(id("copied", at)).await.unwrap(), Some(list("x")));
    }
}

#[test]
fn a_server_that_is_stopped_leaves_its_ledger_in_one_file() {
    let folder = TempDir::new().unwrap();
    let serve = || {
        let server = Server::start(folder.path(), "serve --sample --ledger kept/ledger.sqlite");
        server.wait_for("/readyz", "\"ready\"");
        server
    };
    let server = serve();
    let body = json!({"discharge": {"service": "home_health", "near": {"zip": "64108"}}}).to_string();
    let made = server.ask("POST", "/v1/choice-lists", &body);
    let place = made.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
    assert_eq!(server.end(), Some(0));
    let kept: Vec<_> = fs::read_dir(folder.path().join("kept")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(kept, ["ledger.sqlite"]);
    let again = serve().ask("GET", place, "");
    assert_eq!(again.split_once("\r\n\r\n").unwrap().1, made.split_once("\r\n\r\n").unwrap().1);
}

#[tokio::test]
async fn the_file_tells_the_day_and_a_rough_size_and_keeps_no_order() {
    let file = File::new().await;
    let ledger = file.open().await;
    for (at, length) in [10, 500, 9_000, 60_000, 70_000, 100_000, 131_000].into_iter().enumerate() {
        ledger.record(id("sized", at), &list(&"x".repeat(length))).await.unwrap();
    }
    let options = SqliteConnectOptions::new().filename(file.path());
    let mut reader = SqliteConnection::connect_with(&options).await.unwrap();
    let rows: Vec<(Vec<u8>, String, i64)> =
        sqlx::query_as("SELECT row, made_on, length(sealed) FROM lists").fetch_all(&mut reader).await.unwrap();
    let mut sizes: Vec<i64> = rows.iter().map(|(.., size)| *size).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [65_552, 65_552, 65_552, 65_552, 131_088, 131_088, 131_088]);
    assert!(rows.iter().all(|(_, made_on, _)| made_on == "2026-11-21"));
    assert!(rows.is_sorted_by_key(|(row, ..)| row.clone()), "they stand by their digests");
    assert!(sqlx::query("SELECT rowid FROM lists").fetch_all(&mut reader).await.is_err());
}

#[tokio::test]
async fn a_flipped_byte_is_damage_or_nothing_but_never_another_list() {
    let file = File::new().await;
    let ledger = SqliteLedger::open(&file.path()).await.unwrap();
    let (known, text) = (id("damaged", 0), "what the patient was given ".repeat(20));
    ledger.record(known, &list(&text)).await.unwrap();
    ledger.close().await;
    let whole = fs::read(file.path()).unwrap();
    let mut damaged = 0;
    for at in (100..whole.len()).step_by(131) {
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
