//! SQL statements of the ledger, written for PostgreSQL, with the replacements for SQLite.

use std::marker::PhantomData;

use jiff::civil::Date;
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Database, Encode, Executor, FromRow, IntoArguments, Sqlite, Type};

use crate::ledger::error::LedgerError;
use crate::ledger::event::{LedgerBatch, LedgerPosition};
use crate::ledger::list_id::ListId;
use crate::ledger::recorded_list::RecordedList;
use crate::ledger::rows::{EventRow, FoundRow, SESSIONS};
use crate::ledger::sealed_page::SealedPage;
use crate::ledger::{DAYS_TO_TRUST, TAKEN_AT_ONCE, encryption, first_kept, rows};

const INSERT_LIST: &str = "INSERT INTO ledger_lists (digest, made_on, sealed, hospital) \
    VALUES ($1, CAST($2 AS date), $3, $4)";

const FIND_LIST: &str = "SELECT to_char(made_on, 'YYYY-MM-DD'), sealed, hospital FROM ledger_lists WHERE digest = $1";

const CONFIRMED_DAY: &str = "SELECT to_char(made_on, 'YYYY-MM-DD') FROM (SELECT DISTINCT made_on FROM ledger_lists) AS days \
    ORDER BY made_on DESC LIMIT 1 OFFSET $1";

const FORGET_LISTS: &str = "DELETE FROM ledger_lists WHERE digest IN \
    (SELECT digest FROM ledger_lists WHERE made_on < CAST($1 AS date) LIMIT $2)";

const INSERT_PAGE: &str = "INSERT INTO ledger_pages (digest, ends_at, sealed) VALUES ($1, $2, $3)";

const FIND_PAGE: &str = "SELECT ends_at, sealed FROM ledger_pages WHERE digest = $1";

const USE_PAGE: &str = "UPDATE ledger_pages SET sealed = $2 WHERE digest = $1 AND sealed <> $2";

const FORGET_PAGES: &str = "DELETE FROM ledger_pages WHERE ends_at <= $1";

const INSERT_ENTRY: &str = "INSERT INTO ledger_told (kind, subject, asked_on, ends_at, body, hospital, about) \
    VALUES ($1, $2, CAST($3 AS date), $4, $5, $6, $7) ON CONFLICT (kind, subject) DO UPDATE SET sequence = DEFAULT, \
    asked_on = excluded.asked_on, ends_at = excluded.ends_at, body = excluded.body RETURNING sequence";

const FORGET_SESSIONS: &str = "DELETE FROM ledger_told WHERE ends_at < $1 AND sequence < (SELECT min(sequence) FROM \
    (SELECT sequence FROM ledger_told WHERE ends_at IS NOT NULL ORDER BY sequence DESC LIMIT $2) AS newest)";

const READ_ENTRIES: &str = "SELECT stands.*, told.sequence, told.kind, told.subject, told.body, told.hospital \
    FROM (SELECT (SELECT max(sequence) FROM ledger_told) AS reach, \
        (SELECT mark FROM ledger_marks WHERE sequence = (SELECT max(sequence) FROM ledger_told)) AS reach_mark, \
        CASE WHEN CAST($1 AS bigint) = 0 THEN (SELECT string_agg(coalesce(hospital, '') || ' ' || CAST(newest AS text), ',') FROM (SELECT hospital, max(sequence) AS newest \
            FROM ledger_told WHERE kind NOT IN ('key', 'referral_request', 'provider_invite') GROUP BY hospital) AS last) END AS said, \
        (SELECT mark FROM ledger_marks WHERE sequence = $1) AS mark_before) AS stands \
    LEFT JOIN ledger_told AS told \
        ON told.sequence > $1 AND (told.asked_on IS NULL OR told.asked_on >= CAST($2 AS date)) \
    ORDER BY told.sequence";

/// The statements for one database.
#[derive(Debug)]
pub(crate) struct LedgerSql<DB> {
    /// Pairs of PostgreSQL text and its replacement.
    instead: &'static [(&'static str, &'static str)],
    database: PhantomData<fn() -> DB>,
}

#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: LedgerSql<sqlx::Postgres> = LedgerSql { instead: &[], database: PhantomData };

/// The tables in a file have no prefix, and dates are text. SQLite has no `DEFAULT` that assigns a
/// new sequence number, so `OR REPLACE` deletes the earlier event.
pub(crate) const SQLITE: LedgerSql<Sqlite> = LedgerSql {
    instead: &[
        ("INSERT INTO ledger_told", "INSERT OR REPLACE INTO told"),
        (
            "ON CONFLICT (kind, subject) DO UPDATE SET sequence = DEFAULT, asked_on = excluded.asked_on, \
             ends_at = excluded.ends_at, body = excluded.body RETURNING sequence",
            "",
        ),
        ("ledger_", ""),
        ("digest", "row"),
        ("string_agg(", "group_concat("),
        ("to_char(made_on, 'YYYY-MM-DD')", "made_on"),
        ("CAST($1 AS date)", "$1"),
        ("CAST($2 AS date)", "$2"),
        ("CAST($3 AS date)", "$3"),
    ],
    database: PhantomData,
};

impl<DB> LedgerSql<DB> {
    /// The statement in the dialect of this database. Built only from constants.
    pub(crate) fn sql(&self, statement: &str) -> AssertSqlSafe<String> {
        let told = self.instead.iter().fold(statement.to_owned(), |told, (word, instead)| told.replace(word, instead));
        AssertSqlSafe(told)
    }
}

impl<DB> LedgerSql<DB>
where
    DB: Database<Arguments: IntoArguments<DB>>,
    i64: Type<DB> + for<'q> Encode<'q, DB>,
    String: Type<DB> + for<'q> Encode<'q, DB>,
    Vec<u8>: Type<DB> + for<'q> Encode<'q, DB>,
    Option<i64>: for<'q> Encode<'q, DB>,
    Option<String>: for<'q> Encode<'q, DB>,
    (String,): for<'r> FromRow<'r, DB::Row>,
    (String, Vec<u8>, Option<String>): for<'r> FromRow<'r, DB::Row>,
    (i64, Vec<u8>): for<'r> FromRow<'r, DB::Row>,
    FoundRow: for<'r> FromRow<'r, DB::Row>,
{
    pub(crate) async fn insert_list<'e>(
        &self,
        database: impl Executor<'e, Database = DB>,
        id: ListId,
        list: &RecordedList,
    ) -> Result<(), LedgerError> {
        let sealed = encryption::seal(id, list)?;
        let recording = sqlx::query(self.sql(INSERT_LIST)).bind(encryption::row(id).to_vec()).bind(list.made_on.to_string());
        match recording.bind(sealed).bind(list.hospital.as_ref().map(ToString::to_string)).execute(database).await {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Err(LedgerError::Recorded),
            other => Ok(other.map(|_| ())?),
        }
    }

    pub(crate) async fn find_list<'e>(
        &self,
        database: impl Executor<'e, Database = DB>,
        id: ListId,
    ) -> Result<Option<RecordedList>, LedgerError> {
        let finding =
            sqlx::query_as::<DB, (String, Vec<u8>, Option<String>)>(self.sql(FIND_LIST)).bind(encryption::row(id).to_vec());
        let Some((made_on, sealed, hospital)) = finding.fetch_optional(database).await? else { return Ok(None) };
        let hospital = hospital.and_then(|hospital| hospital.parse().ok());
        Ok(Some(RecordedList { hospital, ..encryption::open(id, &made_on, &sealed)? }))
    }

    /// The first day whose lists are kept, for a retention of `days` days.
    pub(crate) async fn first_kept<'e>(
        &self,
        database: impl Executor<'e, Database = DB>,
        days: u32,
    ) -> Result<Option<Date>, LedgerError> {
        let confirmed = sqlx::query_scalar::<DB, String>(self.sql(CONFIRMED_DAY)).bind(i64::from(DAYS_TO_TRUST));
        Ok(confirmed.fetch_optional(database).await?.and_then(|day| first_kept(&day, days)))
    }

    /// Deletes some of the lists made before `first_kept`.
    pub(crate) fn forget_lists<'q>(&self, first_kept: Date) -> Query<'q, DB, DB::Arguments> {
        sqlx::query(self.sql(FORGET_LISTS)).bind(first_kept.to_string()).bind(i64::from(TAKEN_AT_ONCE))
    }

    /// Inserts the question of a page.
    pub(crate) fn insert_page<'q>(&self, page: &SealedPage) -> Query<'q, DB, DB::Arguments> {
        sqlx::query(self.sql(INSERT_PAGE)).bind(page.row.to_vec()).bind(page.ends_at).bind(page.sealed.clone())
    }

    pub(crate) async fn find_page<'e>(
        &self,
        database: impl Executor<'e, Database = DB>,
        row: [u8; 32],
    ) -> Result<Option<SealedPage>, LedgerError> {
        let finding = sqlx::query_as::<DB, (i64, Vec<u8>)>(self.sql(FIND_PAGE)).bind(row.to_vec());
        Ok(finding.fetch_optional(database).await?.map(|(ends_at, sealed)| SealedPage { row, ends_at, sealed }))
    }

    /// Empties the question of a page that can be opened once, if it is not empty yet.
    pub(crate) fn use_page<'q>(&self, row: [u8; 32]) -> Query<'q, DB, DB::Arguments> {
        sqlx::query(self.sql(USE_PAGE)).bind(row.to_vec()).bind(Vec::<u8>::new())
    }

    /// Deletes the questions of pages that ended by `now`.
    pub(crate) fn forget_pages<'q>(&self, now: i64) -> Query<'q, DB, DB::Arguments> {
        sqlx::query(self.sql(FORGET_PAGES)).bind(now)
    }

    /// Inserts an event and replaces the earlier one about the same subject, in one statement.
    pub(crate) fn insert_entry<'q>(&self, row: EventRow) -> Query<'q, DB, DB::Arguments> {
        let told = sqlx::query(self.sql(INSERT_ENTRY)).bind(row.kind.to_owned()).bind(row.subject);
        told.bind(row.asked_on.map(|day| day.to_string())).bind(row.ends_at).bind(row.body).bind(row.hospital).bind(row.about)
    }

    /// Deletes sessions that have ended, except the newest ones.
    pub(crate) fn forget_sessions<'q>(&self, ended_before: i64) -> Query<'q, DB, DB::Arguments> {
        sqlx::query(self.sql(FORGET_SESSIONS)).bind(ended_before).bind(SESSIONS)
    }

    /// Reads events with one statement, so that the result is consistent.
    pub(crate) async fn read_entries<'e>(
        &self,
        database: impl Executor<'e, Database = DB>,
        before: LedgerPosition,
        outcomes_from: Date,
    ) -> Result<LedgerBatch, LedgerError> {
        let reading = sqlx::query_as::<DB, FoundRow>(self.sql(READ_ENTRIES)).bind(before.sequence.0);
        Ok(rows::reading(reading.bind(outcomes_from.to_string()).fetch_all(database).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::conditional_sql::{CURRENT_BODY, FIND_REPEAT, FORGET_REPEATS, INSERT_REPEAT, NEWEST_RECORD};
    use crate::ledger::list_count_sql::COUNT_LISTS;
    use crate::ledger::referral_sql::{CONFIRMED_SERVER_DAY, FORGET_REQUESTS, NOTE_DAY};

    #[test]
    fn a_file_is_told_nothing_that_only_postgres_knows() {
        let lists = [INSERT_LIST, FIND_LIST, CONFIRMED_DAY, FORGET_LISTS, COUNT_LISTS];
        let pages = [INSERT_PAGE, FIND_PAGE, USE_PAGE, FORGET_PAGES];
        let events = [INSERT_ENTRY, FORGET_SESSIONS, READ_ENTRIES];
        let conditions = [NEWEST_RECORD, CURRENT_BODY, FIND_REPEAT, FORGET_REPEATS, INSERT_REPEAT];
        let requests = [NOTE_DAY, CONFIRMED_SERVER_DAY, FORGET_REQUESTS];
        for statement in lists.into_iter().chain(pages).chain(events).chain(conditions).chain(requests) {
            let AssertSqlSafe(told) = SQLITE.sql(statement);
            for word in ["ledger_", "digest", "to_char", "AS date", "DEFAULT", "RETURNING"] {
                assert!(!told.contains(word), "{told}");
            }
            assert_eq!(POSTGRES.sql(statement).0, statement);
        }
    }
}
