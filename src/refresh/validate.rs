//! Validates one file before it goes into the source folder: it is read by the same code as in a
//! refresh, and all its faults are reported.

use std::io;
use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;

use crate::refresh::error::MissingColumn;
use crate::refresh::fact_shares::{RecordFacts, record_facts};
use crate::refresh::folder::FolderContents;
use crate::refresh::input::OpenInput;
use crate::refresh::input::input_file::InputFile;
use crate::refresh::source_record::RowError;
use crate::refresh::sources::SourcesFile;
use crate::refresh::{detect, folder, header_search, schema};
use crate::run_report::rejects::RejectedRow;

/// The result of validating a file.
#[derive(Debug, Serialize)]
pub struct ValidationReport {
    /// The file name as given.
    pub file: String,
    /// The dataset it is or most resembles; `None` if unknown.
    pub dataset: Option<String>,
    /// Rows below the header, or profiles in JSON.
    pub rows: u64,
    /// Rows whose every cell is empty; they are not among the rows.
    pub empty_rows: u64,
    /// The number of these rows that a refresh would reject.
    pub rejected: u64,
    /// Faults, by line; [`RejectedRow::row_kept`] says whether the rest of the row would be used.
    pub faults: Vec<RejectedRow>,
    /// Values that would be used but should be reviewed, by line.
    pub doubts: Vec<RejectedRow>,
    /// What else a refresh reports about the whole file, such as missing columns.
    pub remarks: Vec<String>,
    /// Which facts it holds, by kind of record.
    pub facts: Vec<RecordFacts>,
    /// The number of faults and doubts beyond the hundred thousand listed.
    pub unlisted: u64,
}

/// Validates the file at `path`, shown as `name`; dates after `today` are reported.
///
/// # Errors
/// The file cannot be read.
pub fn validate(path: &Path, name: &str, today: Date) -> io::Result<ValidationReport> {
    let file = InputFile { name: name.to_owned(), path: path.to_path_buf(), regular: true, member: None };
    let mut reading = FolderContents::default();
    reading.parsed.today = Some(today);
    reading.parsed.careful = true;
    let mut missing = Vec::new();
    reading.file(&file, &SourcesFile::default(), &mut missing)?;
    let facts = reading.finish();
    let mut checked = ValidationReport { facts, ..ValidationReport::of(name, reading) };
    if let Some(first) = missing.first() {
        checked.dataset = Some(first.dataset.clone());
    }
    if checked.dataset.is_none() {
        checked.guess(&file)?;
    }
    checked.lacks(missing);
    checked.faults.sort_by_key(|fault| fault.line);
    checked.doubts.sort_by_key(|doubt| doubt.line);
    Ok(checked)
}

impl FolderContents {
    /// Completes what was read of one file and counts its facts.
    fn finish(&mut self) -> Vec<RecordFacts> {
        self.parsed.finish();
        self.remarks.append(&mut self.parsed.remarks);
        for counts in self.parsed.checks.values() {
            let result = counts.completeness();
            self.remarks.extend(result.faults.iter().map(|fault| format!("the directory is not complete: {fault}")));
        }
        record_facts(&self.parsed)
    }
}

/// A remark without the name of the file at its beginning.
fn without_name<'a>(remark: &'a str, name: &str) -> &'a str {
    remark.strip_prefix(name).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(remark)
}

impl ValidationReport {
    fn of(name: &str, reading: FolderContents) -> Self {
        let FolderContents { files, unread, rejects, remarks, .. } = reading;
        let listed = rejects.listed.len() as u64;
        let (doubts, faults) = rejects.listed.into_iter().partition(|reject: &RejectedRow| reject.doubt);
        let read = files.into_iter().next();
        let empty_rows = read.as_ref().map_or(0, |file| file.empty);
        let status = read.map(|file| file.status);
        let mut checked = Self {
            file: name.to_owned(),
            dataset: status.as_ref().map(|status| status.dataset.clone()),
            rows: status.as_ref().map_or(0, |status| status.rows),
            empty_rows,
            rejected: status.as_ref().map_or(0, |status| status.rejected),
            faults,
            doubts,
            remarks: remarks.iter().map(|remark| without_name(remark, name).to_owned()).collect(),
            facts: Vec::new(),
            unlisted: (rejects.cells + rejects.doubts).saturating_sub(listed),
        };
        for unread in unread {
            checked.dataset = unread.dataset;
            checked.fault(String::new(), RowError::whole("", &unread.reason));
        }
        if checked.faults.is_empty() && status.is_some_and(|status| status.rows == 0) {
            let doubt = RowError { doubt: true, ..RowError::whole("", "it has no rows below the header") };
            checked.doubts.push(RejectedRow::at(name, 1, String::new(), doubt, true));
        }
        checked
    }

    /// Records a fault of the whole file.
    fn fault(&mut self, field: String, fault: RowError) {
        self.faults.push(RejectedRow::at(&self.file, 1, field, fault, false));
    }

    /// Records missing required columns.
    fn lacks(&mut self, missing: Vec<MissingColumn>) {
        for MissingColumn { column, nearest, .. } in missing {
            let advice = nearest.map(|nearest| format!("did you mean \"{nearest}\"?"));
            // In our own schemas, "ccn" is reported if both identifiers are missing.
            let reason = if column == "ccn" { "the column is missing, and so is npi" } else { "the column is missing" };
            self.fault(column, RowError::whole("", reason).with_hint(advice));
        }
    }

    /// For an unrecognized table, reports what it lacks to be the dataset it most resembles.
    fn guess(&mut self, file: &InputFile) -> io::Result<()> {
        let opened = OpenInput::open(file)?;
        if opened.no_table().is_some() || opened.is_document() {
            return Ok(());
        }
        let searched = header_search::search(opened.beginning(), opened.is_cut_off(), opened.delimiters());
        let Some(columns) = searched.err().map(|unknown| unknown.columns) else { return Ok(()) };
        let Some(likely) = detect::likely(&columns) else { return Ok(()) };
        self.dataset = Some(likely.dataset.name.to_owned());
        self.faults.clear();
        for (cell, fault) in schema::wrong_header(likely.table.schema.unwrap_or_default(), &columns) {
            self.fault(cell, fault);
        }
        self.lacks(folder::missing_columns(likely, &columns, &self.file.clone()));
        Ok(())
    }
}
