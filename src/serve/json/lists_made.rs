//! Counts of choice lists as JSON.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::serve::lists_made::ListsOfMonth;

/// How many choice lists were made. Only counts: the lists are encrypted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListsMade)]
pub(crate) struct ListsMadeJson {
    /// Today.
    as_of: Date,
    /// After how many days lists are deleted; null if they are kept.
    #[schema(required)]
    kept_days: Option<u32>,
    /// The months with lists, the newest first.
    months: Vec<ListsOfMonthJson>,
}

/// The lists of one month.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListsOfMonth)]
struct ListsOfMonthJson {
    /// The month.
    #[schema(examples("2026-11"))]
    month: String,
    /// How many were made and are kept.
    lists: u64,
    /// Whether the month is over, and no list of it was deleted by age.
    is_whole: bool,
}

impl ListsMadeJson {
    /// `months` as JSON.
    pub(crate) fn new(as_of: Date, kept_days: Option<u32>, months: &[ListsOfMonth]) -> Self {
        let months = months.iter().map(|of| ListsOfMonthJson {
            month: of.month.strftime("%Y-%m").to_string(),
            lists: of.lists,
            is_whole: of.is_whole,
        });
        Self { as_of, kept_days, months: months.collect() }
    }
}
