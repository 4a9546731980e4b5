//! A Medicare Advantage plan follows the criteria of Original Medicare.

use crate::screens::judgment::{Judgment, ScreenStatus};

/// Judged by the results of the criteria. It is never "not met": the plan decides.
pub(crate) fn same_criteria(criteria: &[ScreenStatus]) -> Judgment {
    let open = criteria.iter().filter(|status| **status != ScreenStatus::Met).count();
    match (criteria.len(), open) {
        (0, _) => Judgment::unknown("no_criteria"),
        (_, 0) => Judgment::met("criteria_met"),
        (_, open) => Judgment::unknown("criteria_open").number("count", open),
    }
}
