//! A file of the folder, or a member of an archive.

use std::path::PathBuf;

use crate::text::is_steering;

/// How many bytes are read ahead to recognize a file.
pub(crate) const SNIFF: usize = 64 * 1024;

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct InputFile {
    /// Its path within the folder, separated by `/`.
    pub name: String,
    /// Its path on disk.
    pub path: PathBuf,
    /// Whether it is a regular file or a link to one, not a pipe or device.
    pub regular: bool,
    /// Its position in a zip archive; `None` for a separate file.
    pub member: Option<ArchiveMember>,
}

impl InputFile {
    /// Its name without folders.
    pub(crate) fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// An external name without control characters.
pub(crate) fn harmless(name: &str) -> String {
    name.chars().map(|c| if is_steering(c) { '\u{fffd}' } else { c }).collect()
}

/// The position of a file in an archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ArchiveMember {
    /// Offset of its first byte.
    pub(crate) start: u64,
    /// Its length in the archive, in bytes.
    pub(crate) length: u64,
    /// Whether it is compressed.
    pub(crate) deflated: bool,
    /// CRC-32 of its uncompressed content.
    pub(crate) crc32: u32,
}
