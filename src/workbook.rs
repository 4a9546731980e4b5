//! Excel workbooks (.xlsx): a sheet as CSV text, which is then read like any other table.

use crate::workbook::sheet_text::{SheetText, WorkbookLimits};

#[cfg(feature = "xlsx")]
mod sheet;
pub(crate) mod sheet_text;

/// A sheet of a workbook: that of this name, else the first visible one.
///
/// # Errors
/// Why it cannot be read.
#[cfg(feature = "xlsx")]
pub(crate) fn read_sheet(bytes: Vec<u8>, named: Option<&str>, limits: &WorkbookLimits) -> Result<SheetText, String> {
    sheet::read_sheet(bytes, named, limits)
}

/// Without the feature `xlsx` no workbook is read.
///
/// # Errors
/// Always.
#[cfg(not(feature = "xlsx"))]
pub(crate) fn read_sheet(_: Vec<u8>, _: Option<&str>, _: &WorkbookLimits) -> Result<SheetText, String> {
    Err("it is a workbook, which this build does not read; save its sheet as CSV".to_owned())
}
