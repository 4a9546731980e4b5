//! Schema migrations of the ledger. Each is an SQL file that also records its version where the
//! program looks for it.
//!
//! A released migration is never changed, and none removes what the version before it needs,
//! because servers of both versions run side by side during an upgrade.

use sqlx::{Database, Executor};

use crate::ledger::error::LedgerError;

/// Migrations of a file ledger, which records its version as `user_version`.
pub(crate) const SQLITE: [&str; 7] = [
    include_str!("migrations/sqlite/0001_lists.sql"),
    include_str!("migrations/sqlite/0002_told.sql"),
    include_str!("migrations/sqlite/0003_marks.sql"),
    include_str!("migrations/sqlite/0004_pages.sql"),
    include_str!("migrations/sqlite/0005_observations.sql"),
    include_str!("migrations/sqlite/0006_days.sql"),
    include_str!("migrations/sqlite/0007_hospitals.sql"),
];

/// Migrations of a PostgreSQL ledger, which records its versions in `ledger_versions`.
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: [&str; 6] = [
    include_str!("migrations/postgres/0001_lists_and_told.sql"),
    include_str!("migrations/postgres/0002_marks.sql"),
    include_str!("migrations/postgres/0003_pages.sql"),
    include_str!("migrations/postgres/0004_observations.sql"),
    include_str!("migrations/postgres/0005_days.sql"),
    include_str!("migrations/postgres/0006_hospitals.sql"),
];

/// Applies the `steps` after version `found` in one transaction, on a connection that holds the
/// schema lock. Does nothing if there are none, so that a database role without DDL rights can use
/// an up-to-date schema.
///
/// # Errors
/// The schema is newer than the steps, or the database failed.
pub(crate) async fn migrate<DB: Database>(
    steps: &[&'static str],
    found: i64,
    place: &str,
    connection: &mut DB::Connection,
) -> Result<(), LedgerError>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(LedgerError::Newer { place: place.to_owned(), found, known });
    }
    for (_, step) in (1_i64..).zip(steps).filter(|(version, _)| *version > found) {
        sqlx::raw_sql(*step).execute(&mut *connection).await?;
    }
    Ok(())
}
