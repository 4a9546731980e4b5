//! A file of the folder, or a member of an archive.

use std::path::PathBuf;

use crate::text::is_steering;

/// How much of a file is looked at to tell what it is.
pub(crate) const SNIFF: usize = 64 * 1024;

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct InputFile {
    /// Its path within the folder, with `/` between the parts.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// A file or a link to one: what can be read to an end. A pipe or a device cannot.
    pub regular: bool,
    /// Where in a zip archive it lies; `None` for a file of its own.
    pub member: Option<ArchiveMember>,
}

impl InputFile {
    /// Its name within the folder it lies in.
    pub(crate) fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// A name others gave, without what steers a terminal or begins a line.
pub(crate) fn harmless(name: &str) -> String {
    name.chars().map(|c| if is_steering(c) { '\u{fffd}' } else { c }).collect()
}

/// Where in an archive a file lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ArchiveMember {
    /// Its first byte.
    pub(crate) start: u64,
    /// Its bytes there.
    pub(crate) length: u64,
    /// Packed, or as it is.
    pub(crate) deflated: bool,
    /// The checksum of what it unpacks to.
    pub(crate) crc32: u32,
}
