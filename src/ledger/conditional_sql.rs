//! The SQL of conditional writes. It runs in the transaction that writes, while no other writer can.

use sqlx::{Database, Encode, Executor, FromRow, IntoArguments, Type};

use crate::hospital_id::HospitalId;
use crate::ledger::error::LedgerError;
use crate::ledger::event::Sequence;
use crate::ledger::rows::{content_version, read};
use crate::ledger::sql::LedgerSql;
use crate::ledger::write::{ExpectedRecord, LedgerReceipt, LedgerWrite, RepeatKey, read_sequences, sequences_text};

pub(crate) const NEWEST_RECORD: &str = "SELECT subject FROM ledger_told WHERE about = $1 ORDER BY sequence DESC LIMIT 1";

pub(crate) const CURRENT_BODY: &str = "SELECT body FROM ledger_told WHERE kind = $1 AND subject = $2";

pub(crate) const FIND_REPEAT: &str =
    "SELECT request_hash, sequences FROM ledger_repeats WHERE key_hash = $1 AND ends_at > $2";

pub(crate) const FORGET_REPEATS: &str = "DELETE FROM ledger_repeats WHERE ends_at <= $1";

pub(crate) const INSERT_REPEAT: &str =
    "INSERT INTO ledger_repeats (key_hash, request_hash, ends_at, sequences, hospital) VALUES ($1, $2, $3, $4, $5)";

impl<DB> LedgerSql<DB>
where
    DB: Database<Arguments: IntoArguments<DB>>,
    i64: Type<DB> + for<'q> Encode<'q, DB>,
    String: Type<DB> + for<'q> Encode<'q, DB>,
    Option<String>: for<'q> Encode<'q, DB>,
    Vec<u8>: Type<DB> + for<'q> Encode<'q, DB>,
    (String,): for<'r> FromRow<'r, DB::Row>,
    (Vec<u8>, String): for<'r> FromRow<'r, DB::Row>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    /// Why nothing is to be written; `None` if the conditions hold. A repetition is found first,
    /// because the first request changed what its caller had seen.
    pub(crate) async fn find_objection(
        &self,
        connection: &mut DB::Connection,
        write: &LedgerWrite<'_>,
    ) -> Result<Option<LedgerReceipt>, LedgerError> {
        if let Some(repeat) = &write.repeat {
            let finding = sqlx::query_as::<DB, (Vec<u8>, String)>(self.sql(FIND_REPEAT)).bind(repeat.key.to_vec());
            if let Some((request, sequences)) = finding.bind(repeat.now).fetch_optional(&mut *connection).await? {
                let is_same = request == repeat.request;
                return Ok(Some(if is_same {
                    LedgerReceipt::Repeated(read_sequences(&sequences))
                } else {
                    LedgerReceipt::KeyReused
                }));
            }
        }
        for expected in write.expected.iter().flat_map(ExpectedRecord::each) {
            if !self.is_as_expected(connection, expected).await? {
                return Ok(Some(LedgerReceipt::Changed));
            }
        }
        Ok(None)
    }

    /// Whether a record is still what the caller has seen.
    async fn is_as_expected(&self, connection: &mut DB::Connection, expected: &ExpectedRecord) -> Result<bool, LedgerError> {
        Ok(match expected {
            ExpectedRecord::Newest { about, newest } => {
                let finding = sqlx::query_as::<DB, (String,)>(self.sql(NEWEST_RECORD)).bind(about.clone());
                finding.fetch_optional(&mut *connection).await?.map(|(subject,)| subject) == *newest
            }
            ExpectedRecord::Content { kind, subject, version } => {
                let finding = sqlx::query_as::<DB, (String,)>(self.sql(CURRENT_BODY)).bind((*kind).to_owned());
                let body = finding.bind(subject.clone()).fetch_optional(&mut *connection).await?.map(|(body,)| body);
                // Read first: an earlier version of the program may have written the same differently.
                body.and_then(|body| content_version(&read(kind, Some(subject.clone()), None, &body))) == *version
            }
            // Its parts are compared one by one.
            ExpectedRecord::All(_) => true,
        })
    }

    /// Keeps `repeat` with the events that its request recorded, and deletes the keys that have ended.
    pub(crate) async fn keep_repeat(
        &self,
        connection: &mut DB::Connection,
        repeat: &RepeatKey,
        hospital: Option<&HospitalId>,
        sequences: &[Sequence],
    ) -> Result<(), LedgerError> {
        sqlx::query(self.sql(FORGET_REPEATS)).bind(repeat.now).execute(&mut *connection).await?;
        let keeping = sqlx::query(self.sql(INSERT_REPEAT)).bind(repeat.key.to_vec()).bind(repeat.request.to_vec());
        keeping
            .bind(repeat.ends_at)
            .bind(sequences_text(sequences))
            .bind(hospital.map(ToString::to_string))
            .execute(&mut *connection)
            .await?;
        Ok(())
    }
}
