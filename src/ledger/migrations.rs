//! The steps from one version of the tables to the next. Each is a file that notes its version where a program looks for it, also one
//! that is older than the step.
//!
//! A step that has been released is never changed, and none takes away what the version before it needs: servers of both run side by
//! side while they are exchanged.

use sqlx::{Database, Executor};

use crate::ledger::error::LedgerError;

/// Of a ledger in a file, which notes its version as `user_version`.
pub(crate) const SQLITE: [&str; 3] = [
    include_str!("migrations/sqlite/0001_lists.sql"),
    include_str!("migrations/sqlite/0002_told.sql"),
    include_str!("migrations/sqlite/0003_marks.sql"),
];

/// Of a ledger in a database, which notes its versions in `ledger_versions`.
#[cfg(feature = "postgres")]
pub(crate) const POSTGRES: [&str; 2] =
    [include_str!("migrations/postgres/0001_lists_and_told.sql"), include_str!("migrations/postgres/0002_marks.sql")];

/// Takes the `steps` after version `found` on a connection that holds the lock of the tables, in one transaction. Nothing is done
/// where there are none, so that a role that may make no tables can use those that are there.
///
/// # Errors
/// The tables are of a later version than the steps, or the database failed.
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
