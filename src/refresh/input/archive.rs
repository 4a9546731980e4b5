//! Zip archives: each file in one is read as if it lay in a folder of the archive's name, without being unpacked to disk.

use std::fs::File;
use std::io::{self, BufReader, Read};

use zip::{CompressionMethod, ZipArchive};

use super::Found;

/// Where in an archive a file lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// Its first byte.
    pub(super) start: u64,
    /// Its bytes there.
    pub(super) length: u64,
    /// Packed, or as it is.
    pub(super) deflated: bool,
}

/// The files of an archive; `None` where the file is none. One that is packed in a way that cannot be read is no regular file.
///
/// # Errors
/// The disk failed, or the archive's table of contents is broken.
pub fn members(file: &Found) -> io::Result<Option<Vec<Found>>> {
    if !file.regular || !begins_as_archive(file)? {
        return Ok(None);
    }
    let mut archive = ZipArchive::new(BufReader::new(File::open(&file.path)?))?;
    // A workbook is an archive too, and none of its parts is a table.
    if archive.index_for_name("[Content_Types].xml").is_some() {
        return Ok(None);
    }
    let mut members = Vec::new();
    for at in 0..archive.len() {
        let member = archive.by_index_raw(at)?;
        if member.is_dir() {
            continue;
        }
        let deflated = match member.compression() {
            CompressionMethod::Stored => Some(false),
            CompressionMethod::Deflated => Some(true),
            _ => None,
        };
        let name = member.name().map_err(io::Error::from)?.into_owned();
        let start = member.data_start().unwrap_or_default();
        let length = member.compressed_size();
        members.push(Found {
            name: format!("{}/{name}", file.name),
            path: file.path.clone(),
            regular: deflated.is_some() && !member.encrypted(),
            member: deflated.map(|deflated| Member { start, length, deflated }),
        });
    }
    Ok(Some(members))
}

fn begins_as_archive(file: &Found) -> io::Result<bool> {
    let mut beginning = [0; 4];
    let read = File::open(&file.path)?.take(4).read(&mut beginning)?;
    Ok(read == 4 && beginning == *b"PK\x03\x04")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::{Opened, files_of};
    use super::*;
    use zip::write::SimpleFileOptions;

    #[test]
    fn the_files_of_an_archive_are_read_where_they_lie() {
        let folder = tempfile::tempdir().unwrap();
        let mut archive = zip::ZipWriter::new(File::create(folder.path().join("npi.zip")).unwrap());
        for (name, method) in
            [("npidata.csv", CompressionMethod::Deflated), ("inner/other.csv", CompressionMethod::Stored)]
        {
            archive.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
            archive.write_all(b"a,b\n1,2\n").unwrap();
        }
        archive.finish().unwrap();
        let files = files_of(folder.path()).unwrap();
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["npi.zip/inner/other.csv", "npi.zip/npidata.csv"]);
        for file in &files {
            let mut rows = Opened::open(file).unwrap().rows();
            let mut read = Vec::new();
            while let Some((row, line)) = rows.next().unwrap() {
                read.push((row.iter().collect::<Vec<_>>().join("|"), line));
            }
            assert_eq!(read, [("a|b".to_owned(), 1), ("1|2".to_owned(), 2)]);
        }
    }
}
