//! Rows, cells and files that could not be used, each with its place and reason.

use serde::{Deserialize, Serialize};

/// The most rejects kept; what is beyond is counted only.
pub const KEPT: usize = 100_000;

/// A row that gave nothing, or a cell of a used row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RejectedRow {
    /// The file.
    pub file: String,
    /// The line the row begins on, the header being line 1.
    pub line: u64,
    /// The column, as the file calls it; empty when the whole row is meant.
    pub field: String,
    /// What the cell holds, cut to 80 characters.
    pub value: String,
    /// Why it cannot be used.
    pub reason: String,
    /// A way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The rest of the row was used.
    pub row_kept: bool,
    /// The cell was used too, and should be looked at.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub doubt: bool,
}

/// Rejects, all counted and the first hundred thousand kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RejectedRows {
    /// Rows that gave nothing.
    pub rows: u64,
    /// Cells of used rows that could not be read.
    pub cells: u64,
    /// Cells that were used and should be looked at.
    pub doubts: u64,
    /// The first of all, in the order of the files.
    #[serde(skip)]
    pub listed: Vec<RejectedRow>,
}

impl RejectedRows {
    /// Adds one.
    pub fn push(&mut self, reject: RejectedRow) {
        let count = match (reject.doubt, reject.row_kept) {
            (true, _) => &mut self.doubts,
            (false, true) => &mut self.cells,
            (false, false) => &mut self.rows,
        };
        *count += 1;
        self.list(reject);
    }

    /// Adds everything that is wrong with one row that gave nothing.
    pub fn push_row(&mut self, rejects: impl IntoIterator<Item = RejectedRow>) {
        self.rows += 1;
        rejects.into_iter().for_each(|reject| self.list(reject));
    }

    fn list(&mut self, reject: RejectedRow) {
        if self.listed.len() < KEPT {
            self.listed.push(reject);
        }
    }
}

/// A file nothing was read from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SkippedFile {
    /// The file.
    pub file: String,
    /// The dataset, where it is known.
    pub dataset: Option<String>,
    /// Why nothing was read from it.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_beyond_the_hundred_thousandth_are_counted() {
        let mut rejects = RejectedRows::default();
        let reject = RejectedRow::default();
        for _ in 0..KEPT + 5 {
            rejects.push(reject.clone());
        }
        assert_eq!((rejects.rows, rejects.listed.len()), (KEPT as u64 + 5, KEPT));
    }
}
