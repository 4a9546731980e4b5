//! A payer's FHIR Plan-Net directory: resources in lines, bundles or single files, put together once all were read.

use std::io::{self, BufRead};

use crate::refresh::read::{Books, Counts};
use crate::refresh::report::Rejects;

/// The resources of one directory, as far as they are used.
#[derive(Debug, Default)]
pub struct PlanNet {}

impl PlanNet {
    /// Makes networks, plans and members of the resources of `folder`, once every file was read.
    pub fn list(self, _folder: &str, _books: &mut Books, _rejects: &mut Rejects) {}
}

/// Reads one file of a directory.
pub fn read(
    _document: &mut dyn BufRead,
    _file: &str,
    _books: &mut Books,
    _rejects: &mut Rejects,
) -> io::Result<Counts> {
    Ok(Counts::default())
}
