//! The rows by which a source is counted.

use crate::catalog::stats::SourceStats;
use crate::refresh::dataset::SeveralFiles;
use crate::refresh::read::dataset_named;

/// The rows that count for a source; for an unknown dataset, all of them.
pub(crate) fn of(source: &SourceStats) -> u64 {
    match dataset_named(&source.dataset).map(|dataset| dataset.several) {
        Some(SeveralFiles::NewestCounts) => source.newest_rows,
        Some(SeveralFiles::OneList | SeveralFiles::AddUp) | None => source.rows,
    }
}
