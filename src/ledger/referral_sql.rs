//! The SQL that deletes old referral requests and invites, by the days on which a server ran.

use jiff::civil::Date;
use sqlx::query::Query;
use sqlx::{Database, Encode, Executor, FromRow, IntoArguments, Type};

use crate::ledger::error::LedgerError;
use crate::ledger::sql::LedgerSql;
use crate::ledger::{DAYS_TO_TRUST, first_kept};

pub(crate) const NOTE_DAY: &str = "INSERT INTO ledger_days (day) VALUES (CAST($1 AS date)) ON CONFLICT DO NOTHING";

/// The last day that is confirmed by later days on which a server ran.
pub(crate) const CONFIRMED_SERVER_DAY: &str = "SELECT CAST(day AS text) FROM ledger_days ORDER BY day DESC LIMIT 1 OFFSET $1";

/// The newest event stays, whatever its age: without the last number of the ledger, servers would
/// find that events were lost.
pub(crate) const FORGET_REQUESTS: &str = "DELETE FROM ledger_told WHERE kind IN ('referral_request', 'provider_invite') \
    AND asked_on < CAST($1 AS date) AND sequence < (SELECT max(sequence) FROM ledger_told)";

impl<DB> LedgerSql<DB>
where
    DB: Database<Arguments: IntoArguments<DB>>,
    i64: Type<DB> + for<'q> Encode<'q, DB>,
    String: Type<DB> + for<'q> Encode<'q, DB>,
    (String,): for<'r> FromRow<'r, DB::Row>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    /// Records that a server runs on `day`.
    pub(crate) fn note_day<'q>(&self, day: Date) -> Query<'q, DB, DB::Arguments> {
        sqlx::query(self.sql(NOTE_DAY)).bind(day.to_string())
    }

    /// The first day whose requests are kept, for a retention of `days` days.
    pub(crate) async fn first_kept_request<'e>(
        &self,
        database: impl Executor<'e, Database = DB>,
        days: u32,
    ) -> Result<Option<Date>, LedgerError> {
        let confirmed = sqlx::query_as::<DB, (String,)>(self.sql(CONFIRMED_SERVER_DAY)).bind(i64::from(DAYS_TO_TRUST));
        Ok(confirmed.fetch_optional(database).await?.and_then(|(day,)| first_kept(&day, days)))
    }

    /// Deletes the requests made before `first_kept`, with all their changes.
    pub(crate) fn forget_requests<'q>(&self, first_kept: Date) -> Query<'q, DB, DB::Arguments> {
        sqlx::query(self.sql(FORGET_REQUESTS)).bind(first_kept.to_string())
    }
}
