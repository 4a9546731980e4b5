//! Reads a workbook of which several sheets belong together.

use std::io;

use crate::refresh::dataset::{DatasetSpec, WorkbookSpec};
use crate::refresh::folder::{FolderContents, source_name};
use crate::refresh::input::OpenInput;
use crate::refresh::input::hashing_reader::FileFingerprint;
use crate::refresh::input::input_file::InputFile;
use crate::refresh::sources::SourcesFile;

impl FolderContents {
    /// Reads the sheets of a workbook whose sheets have the names `sheets`.
    ///
    /// # Errors
    /// An I/O error.
    pub(super) fn workbook(
        &mut self,
        file: &InputFile,
        sheets: &[String],
        (dataset, workbook): (&'static DatasetSpec, &'static WorkbookSpec),
        sources: &SourcesFile,
    ) -> io::Result<()> {
        let absent = workbook.sheets.iter().filter(|name| WorkbookSpec::sheet(sheets, name).is_none());
        let absent: Vec<String> = absent.map(|name| format!("\"{name}\"")).collect();
        if !absent.is_empty() {
            self.skip(file, Some(dataset), &format!("the workbook has no sheet {}", absent.join(" and ")));
            return Ok(());
        }
        let named = workbook.sheets.iter().filter_map(|name| WorkbookSpec::sheet(sheets, name));
        let read: Vec<SheetOfFile> = named.map(|name| sheet_of(file, name)).collect::<io::Result<_>>()?;
        let Some(fingerprint) = read.first().map(|sheet| sheet.fingerprint.clone()) else { return Ok(()) };
        let texts: Vec<String> = read.into_iter().map(|sheet| sheet.text).collect();
        let begun = self.open_source(file, dataset, &source_name(dataset, &file.name), sources);
        match (workbook.reader)(&texts, &file.name, &mut self.parsed, &mut self.rejects) {
            Ok(counts) => self.close_source(&begun, file, counts, fingerprint),
            Err(reason) => {
                // Nothing was kept of it.
                self.parsed.records.sources.pop();
                self.skip(file, Some(dataset), &reason);
            }
        }
        Ok(())
    }
}

/// A sheet of a file as CSV, and the fingerprint of the file.
struct SheetOfFile {
    text: String,
    fingerprint: FileFingerprint,
}

fn sheet_of(file: &InputFile, name: &str) -> io::Result<SheetOfFile> {
    let mut document = OpenInput::open_sheet(file, Some(name))?.document();
    let mut bytes = Vec::new();
    document.text().read_to_end(&mut bytes)?;
    Ok(SheetOfFile { text: String::from_utf8_lossy(&bytes).into_owned(), fingerprint: document.finish()? })
}
