//! Writes a CSV file with the header that CMS uses.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use crate::sample::error::SampleError;

/// A file being written with all its real columns, most of them blank.
#[derive(Debug)]
pub(crate) struct CsvTable {
    path: PathBuf,
    writer: csv::Writer<File>,
    columns: HashMap<&'static str, usize>,
    blank: &'static str,
    cells: Vec<String>,
}

impl CsvTable {
    /// Creates the file `name` in `folder` with one column per line of `columns`; `blank` is the
    /// file's text for an empty cell.
    pub(crate) fn create(folder: &Path, name: &str, columns: &'static str, blank: &'static str) -> Result<Self, SampleError> {
        let path = folder.join(name);
        let mut writer = csv::WriterBuilder::new().buffer_capacity(1 << 16).from_path(&path).map_err(at(&path))?;
        writer.write_record(columns.lines()).map_err(at(&path))?;
        let columns: HashMap<_, _> = columns.lines().zip(0..).collect();
        let cells = vec![String::new(); columns.len()];
        Ok(Self { path, writer, columns, blank, cells })
    }

    /// Writes one row of `(column, value)` pairs; all other cells are blank.
    pub(crate) fn row(&mut self, cells: &[(&str, &str)]) -> Result<(), SampleError> {
        for cell in &mut self.cells {
            self.blank.clone_into(cell);
        }
        for (column, value) in cells {
            let wrong = || SampleError::NoColumn { path: self.path.clone(), column: (*column).to_owned() };
            let at = *self.columns.get(column).ok_or_else(wrong)?;
            (*value).clone_into(&mut self.cells[at]);
        }
        self.writer.write_record(&self.cells).map_err(at(&self.path))
    }

    /// Writes one row with a value for every column, in order.
    pub(crate) fn whole_row(&mut self, cells: &[&str]) -> Result<(), SampleError> {
        self.writer.write_record(cells).map_err(at(&self.path))
    }

    /// Flushes and closes the file.
    pub(crate) fn finish(mut self) -> Result<(), SampleError> {
        self.writer.flush().map_err(|error| SampleError::Disk { path: self.path, error })
    }
}

fn at(path: &Path) -> impl Fn(csv::Error) -> SampleError + '_ {
    |error| SampleError::Disk { path: path.to_owned(), error: error.into() }
}
