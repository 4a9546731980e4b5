//! The statements of a ledger, once for both databases. They differ in the names of tables, in how a day is kept, and in how what was
//! told of the same before is replaced.

use std::marker::PhantomData;

use jiff::civil::Date;
use sqlx::query::Query;
use sqlx::{Database, Encode, Executor, FromRow, IntoArguments, Postgres, Sqlite, Type};

use crate::ledger::error::LedgerError;
use crate::ledger::event::{LedgerBatch, LedgerPosition};
use crate::ledger::list_id::ListId;
use crate::ledger::recorded_list::RecordedList;
use crate::ledger::rows::{EventRow, FoundRow, SESSIONS};
use crate::ledger::{DAYS_TO_TRUST, TAKEN_AT_ONCE, encryption, first_kept, rows};

/// The statements in the words of one database.
#[derive(Debug)]
pub(crate) struct LedgerSql<DB> {
    insert_list: &'static str,
    find_list: &'static str,
    confirmed_day: &'static str,
    forget_lists: &'static str,
    insert_entry: &'static str,
    forget_sessions: &'static str,
    read_entries: &'static str,
    database: PhantomData<fn() -> DB>,
}

/// The statements of a database. `day` is written around a text that is kept as a day, `text` around a day that is read as a text.
macro_rules! ledger_sql {
    (
        lists: $lists:literal, digest: $digest:literal, told: $told:literal, marks: $marks:literal,
        day: $day:literal .. $day_end:literal, text: $text:literal .. $text_end:literal,
        insert: $insert:literal, replacing: $replacing:literal,
    ) => {
        LedgerSql {
            insert_list: concat!(
                "INSERT INTO ",
                $lists,
                " (",
                $digest,
                ", made_on, sealed) VALUES ($1, ",
                $day,
                "$2",
                $day_end,
                ", $3)",
            ),
            find_list: concat!("SELECT ", $text, "made_on", $text_end, ", sealed FROM ", $lists, " WHERE ", $digest, " = $1"),
            confirmed_day: concat!(
                "SELECT ",
                $text,
                "made_on",
                $text_end,
                " FROM (SELECT DISTINCT made_on FROM ",
                $lists,
                ") AS days ",
                "ORDER BY made_on DESC LIMIT 1 OFFSET $1",
            ),
            forget_lists: concat!(
                "DELETE FROM ",
                $lists,
                " WHERE ",
                $digest,
                " IN (SELECT ",
                $digest,
                " FROM ",
                $lists,
                " WHERE made_on < ",
                $day,
                "$1",
                $day_end,
                " LIMIT $2)",
            ),
            insert_entry: concat!(
                $insert,
                " INTO ",
                $told,
                " (kind, subject, asked_on, ends_at, body) VALUES ($1, $2, ",
                $day,
                "$3",
                $day_end,
                ", $4, $5)",
                $replacing,
            ),
            forget_sessions: concat!(
                "DELETE FROM ",
                $told,
                " WHERE ends_at < $1 AND sequence < (SELECT min(sequence) FROM (SELECT sequence FROM ",
                $told,
                " WHERE ends_at IS NOT NULL ORDER BY sequence DESC LIMIT $2) AS newest)",
            ),
            read_entries: concat!(
                "SELECT position.*, told.sequence, told.kind, told.subject, told.body ",
                "FROM (SELECT (SELECT max(sequence) FROM ",
                $told,
                ") AS reach, ",
                "(SELECT mark FROM ",
                $marks,
                " WHERE sequence = (SELECT max(sequence) FROM ",
                $told,
                ")) AS reach_mark, ",
                "CASE WHEN CAST($1 AS bigint) = 0 THEN (SELECT max(sequence) FROM ",
                $told,
                " WHERE kind <> 'key') END AS said, ",
                "(SELECT mark FROM ",
                $marks,
                " WHERE sequence = $1) AS mark_before) AS position ",
                "LEFT JOIN ",
                $told,
                " AS told ON told.sequence > $1 ",
                "AND (told.asked_on IS NULL OR told.asked_on >= ",
                $day,
                "$2",
                $day_end,
                ") ORDER BY told.sequence",
            ),
            database: PhantomData,
        }
    };
}

pub(crate) const SQLITE: LedgerSql<Sqlite> = ledger_sql! {
    lists: "lists", digest: "row", told: "told", marks: "marks",
    day: "" .. "", text: "" .. "",
    insert: "INSERT OR REPLACE", replacing: "",
};

pub(crate) const POSTGRES: LedgerSql<Postgres> = ledger_sql! {
    lists: "ledger_lists", digest: "digest", told: "ledger_told", marks: "ledger_marks",
    day: "CAST(" .. " AS date)", text: "to_char(" .. ", 'YYYY-MM-DD')",
    insert: "INSERT", replacing: " ON CONFLICT (kind, subject) DO UPDATE SET sequence = DEFAULT, asked_on = excluded.asked_on, \
        ends_at = excluded.ends_at, body = excluded.body RETURNING sequence",
};

impl<DB> LedgerSql<DB>
where
    DB: Database<Arguments: IntoArguments<DB>>,
    i64: Type<DB> + for<'q> Encode<'q, DB>,
    String: Type<DB> + for<'q> Encode<'q, DB>,
    Vec<u8>: Type<DB> + for<'q> Encode<'q, DB>,
    Option<i64>: for<'q> Encode<'q, DB>,
    Option<String>: for<'q> Encode<'q, DB>,
    (String,): for<'r> FromRow<'r, DB::Row>,
    (String, Vec<u8>): for<'r> FromRow<'r, DB::Row>,
    FoundRow: for<'r> FromRow<'r, DB::Row>,
{
    pub(crate) async fn insert_list<'e>(
        &self,
        database: impl Executor<'e, Database = DB>,
        id: ListId,
        list: &RecordedList,
    ) -> Result<(), LedgerError> {
        let sealed = encryption::seal(id, list)?;
        let recording = sqlx::query(self.insert_list).bind(encryption::row(id).to_vec()).bind(list.made_on.to_string());
        match recording.bind(sealed).execute(database).await {
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Err(LedgerError::Recorded),
            other => Ok(other.map(|_| ())?),
        }
    }

    pub(crate) async fn find_list<'e>(
        &self,
        database: impl Executor<'e, Database = DB>,
        id: ListId,
    ) -> Result<Option<RecordedList>, LedgerError> {
        let finding = sqlx::query_as::<DB, (String, Vec<u8>)>(self.find_list).bind(encryption::row(id).to_vec());
        let Some((made_on, sealed)) = finding.fetch_optional(database).await? else { return Ok(None) };
        encryption::open(id, &made_on, &sealed).map(Some)
    }

    /// The first day of which lists are kept, where they are kept so many days.
    pub(crate) async fn first_kept<'e>(
        &self,
        database: impl Executor<'e, Database = DB>,
        days: u32,
    ) -> Result<Option<Date>, LedgerError> {
        let confirmed = sqlx::query_scalar::<DB, String>(self.confirmed_day).bind(i64::from(DAYS_TO_TRUST));
        Ok(confirmed.fetch_optional(database).await?.and_then(|day| first_kept(&day, days)))
    }

    /// Takes away some of the lists made before `first_kept`.
    pub(crate) fn forget_lists<'q>(&self, first_kept: Date) -> Query<'q, DB, DB::Arguments> {
        sqlx::query(self.forget_lists).bind(first_kept.to_string()).bind(i64::from(TAKEN_AT_ONCE))
    }

    /// Keeps an entry in place of what was told of the same before, in one statement.
    pub(crate) fn insert_entry<'q>(&self, row: EventRow) -> Query<'q, DB, DB::Arguments> {
        let told = sqlx::query(self.insert_entry).bind(row.kind.to_owned()).bind(row.subject);
        told.bind(row.asked_on.map(|day| day.to_string())).bind(row.ends_at).bind(row.body)
    }

    /// Takes away sessions that have ended, the newest aside.
    pub(crate) fn forget_sessions<'q>(&self, ended_before: i64) -> Query<'q, DB, DB::Arguments> {
        sqlx::query(self.forget_sessions).bind(ended_before).bind(SESSIONS)
    }

    /// One statement, so that all of it is of one moment.
    pub(crate) async fn read_entries<'e>(
        &self,
        database: impl Executor<'e, Database = DB>,
        before: LedgerPosition,
        outcomes_from: Date,
    ) -> Result<LedgerBatch, LedgerError> {
        let reading = sqlx::query_as::<DB, FoundRow>(self.read_entries).bind(before.sequence.0);
        Ok(rows::reading(reading.bind(outcomes_from.to_string()).fetch_all(database).await?))
    }
}
