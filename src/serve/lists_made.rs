//! How many choice lists were made in each month, for the manager's page.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::ledger::recorded_list::ListCount;
use crate::serve::http::problem::Problem;
use crate::serve::state::AppState;

/// The lists of one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ListsOfMonth {
    /// The first day of the month.
    pub(crate) month: Date,
    /// How many were made.
    pub(crate) lists: u64,
    /// Whether the month is over, and no list of it was deleted by age.
    pub(crate) is_whole: bool,
}

/// The lists of each month that the ledger has, the newest month first.
///
/// # Errors
/// There is no ledger, or it cannot be read.
pub(crate) async fn lists_made(app: &AppState) -> Result<Vec<ListsOfMonth>, Problem> {
    let ledger = app.ledger.as_ref().ok_or(Problem::NoLedger)?;
    let counted = ledger.count_lists().await.map_err(|error| {
        tracing::error!(%error, "the lists could not be counted");
        Problem::NoLedger
    })?;
    let mut months: BTreeMap<Date, u64> = BTreeMap::new();
    // With several hospitals, each counts its own.
    let is_counted = |count: &ListCount| app.one_of_several().is_none_or(|own| count.hospital.as_ref() == Some(own));
    for count in counted.into_iter().filter(is_counted) {
        *months.entry(count.made_on.first_of_month()).or_default() += count.lists;
    }
    let today = app.today();
    let kept = app.keep_lists_days.and_then(|days| today.checked_sub(i64::from(days.get()).days()).ok());
    let of_month = |(month, lists): (Date, u64)| ListsOfMonth {
        month,
        lists,
        is_whole: month < today.first_of_month() && kept.is_none_or(|kept| month > kept),
    };
    Ok(months.into_iter().rev().map(of_month).collect())
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::Arc;

    use tempfile::TempDir;

    use super::*;
    use crate::catalog::SharedCatalog;
    use crate::ledger::Ledger;
    use crate::ledger::list_id::ListId;
    use crate::ledger::recorded_list::RecordedList;
    use crate::ledger::sqlite::SqliteLedger;

    #[tokio::test]
    async fn lists_are_counted_by_month_and_a_month_is_whole_once_it_is_over_and_kept() {
        let folder = TempDir::new().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
        for (at, day) in ["2026-09-01", "2026-10-01", "2026-10-31", "2026-11-20"].into_iter().enumerate() {
            let list = RecordedList { made_on: day.parse().unwrap(), hospital: None, documents: Vec::new() };
            ledger.record(ListId::draw(&[day], [u8::try_from(at).unwrap(); 16]), &list).await.unwrap();
        }
        let app = AppState {
            ledger: Some(Arc::new(ledger)),
            keep_lists_days: NonZeroU32::new(60),
            now: || "2026-11-21T13:00:00-06:00[America/Chicago]".parse().unwrap(),
            ..AppState::new(SharedCatalog::new(folder.path()))
        };
        let months = lists_made(&app).await.unwrap();
        let shown: Vec<(String, u64, bool)> =
            months.iter().map(|of| (of.month.strftime("%Y-%m").to_string(), of.lists, of.is_whole)).collect();
        let row = |month: &str, lists, is_whole| (month.to_owned(), lists, is_whole);
        assert_eq!(shown, [row("2026-11", 1, false), row("2026-10", 2, true), row("2026-09", 1, false)]);
    }
}
