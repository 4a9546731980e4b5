//! The reports of past nights, kept beside the generations: `index/reports/`.

use std::fs;
use std::io;
use std::path::Path;

use crate::refresh::report::RunReport;
use crate::refresh::{RefreshError, at};

/// Writes the report, the rejects and the review file beside the generation, which itself is never changed.
///
/// # Errors
/// The disk failed.
pub fn keep(report: &RunReport, index: &Path) -> Result<(), RefreshError> {
    let Some(manifest) = &report.manifest else { return Ok(()) };
    let folder = index.join("reports");
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let bytes = |text: serde_json::Result<String>| text.map(String::into_bytes).map_err(io::Error::from);
    for (ending, text) in [
        ("json", bytes(report.json())),
        ("rejects.ndjson", bytes(report.rejects_ndjson())),
        ("review.csv", report.review_csv()),
    ] {
        let path = folder.join(format!("{}.{ending}", manifest.generation));
        let text = text.map_err(at(&path))?;
        fs::write(&path, text).map_err(at(&path))?;
    }
    Ok(())
}
