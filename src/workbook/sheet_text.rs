//! The sheet of a workbook as CSV text, and how large a workbook may be.

use std::io;

/// A sheet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SheetText {
    /// Its rows as CSV; line n is row n.
    pub csv: Vec<u8>,
    /// What to tell about sheets that are not read.
    pub remark: Option<String>,
    /// The names of all visible sheets of the workbook.
    pub sheets: Vec<String>,
}

/// How large a workbook may be: it is held in memory.
#[derive(Debug)]
#[cfg_attr(not(feature = "xlsx"), expect(dead_code, reason = "only the reader of workbooks compares them all"))]
pub(crate) struct WorkbookLimits {
    /// The largest file, in bytes.
    pub largest: u64,
    /// The largest content, unpacked, and the longest text of its sheet, in bytes.
    pub most_text: u64,
    /// Checks the unpacked size against the size of the file.
    pub in_proportion: fn(u64, u64) -> io::Result<()>,
}
