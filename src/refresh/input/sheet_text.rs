//! The sheet of a workbook as CSV text, which is then read like any other table.

/// The largest workbook, in bytes: it is held in memory. Our choice.
pub(crate) const LARGEST: u64 = 64 << 20;

/// A sheet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SheetText {
    /// Its rows as CSV; line n is row n.
    pub csv: Vec<u8>,
    /// What to tell about sheets that are not read.
    pub remark: Option<String>,
}
