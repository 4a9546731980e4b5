//! The SQL that counts the choice lists of each day. The lists themselves are encrypted, so nothing else can be counted.

use sqlx::{Database, Executor, FromRow, IntoArguments};

use crate::ledger::error::LedgerError;
use crate::ledger::recorded_list::ListCount;
use crate::ledger::sql::LedgerSql;

pub(crate) const COUNT_LISTS: &str = "SELECT to_char(made_on, 'YYYY-MM-DD'), hospital, count(*) FROM ledger_lists GROUP BY made_on, hospital ORDER BY made_on, hospital";

impl<DB> LedgerSql<DB>
where
    DB: Database<Arguments: IntoArguments<DB>>,
    (String, Option<String>, i64): for<'r> FromRow<'r, DB::Row>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    /// The lists of each day and hospital, the oldest day first.
    pub(crate) async fn count_lists<'e>(
        &self,
        database: impl Executor<'e, Database = DB>,
    ) -> Result<Vec<ListCount>, LedgerError> {
        let counted = sqlx::query_as::<DB, (String, Option<String>, i64)>(self.sql(COUNT_LISTS)).fetch_all(database).await?;
        let count = |(day, hospital, count): (String, Option<String>, i64)| {
            let hospital = hospital.and_then(|hospital| hospital.parse().ok());
            Some(ListCount { made_on: day.parse().ok()?, hospital, lists: u64::try_from(count).ok()? })
        };
        Ok(counted.into_iter().filter_map(count).collect())
    }
}
