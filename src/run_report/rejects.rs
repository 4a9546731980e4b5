//! Rows, cells and files that could not be used, with location and reason.

use serde::{Deserialize, Serialize};

/// The most rejects listed; further ones are only counted.
pub const KEPT: usize = 100_000;

/// A rejected row, or an unreadable cell of a row that was used.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RejectedRow {
    /// The file.
    pub file: String,
    /// The line the row begins on; the header is line 1.
    pub line: u64,
    /// The column name in the file; empty for the whole row.
    pub field: String,
    /// The cell's value, cut to 80 characters.
    pub value: String,
    /// Why it cannot be used.
    pub reason: String,
    /// How to fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The rest of the row was used.
    pub row_kept: bool,
    /// The cell was used but should be reviewed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub doubt: bool,
}

/// Rejects: all are counted, the first hundred thousand are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RejectedRows {
    /// Rejected rows.
    pub rows: u64,
    /// Unreadable cells of rows that were used.
    pub cells: u64,
    /// Cells that were used but should be reviewed.
    pub doubts: u64,
    /// The first rejects, in file order.
    #[serde(skip)]
    pub listed: Vec<RejectedRow>,
}

impl RejectedRows {
    /// Adds one reject.
    pub fn push(&mut self, reject: RejectedRow) {
        let count = match (reject.doubt, reject.row_kept) {
            (true, _) => &mut self.doubts,
            (false, true) => &mut self.cells,
            (false, false) => &mut self.rows,
        };
        *count += 1;
        self.list(reject);
    }

    /// Adds all faults of one rejected row.
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

/// A file that was not used.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SkippedFile {
    /// The file.
    pub file: String,
    /// The dataset, if known.
    pub dataset: Option<String>,
    /// Why it was not used.
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
