//! Zip archives. Each member is read as if it were in a folder of the archive's name, without being
//! unpacked to disk.

use std::io;
use std::io::{BufReader, Read, Seek, SeekFrom};

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use crate::refresh::input::input_file::{ArchiveMember, InputFile, harmless};
use crate::regular_file;

/// The most files in an archive. That of NPPES has eight; the table of contents takes some hundred
/// bytes of memory per file.
const MOST_MEMBERS: u64 = 10_000;

/// The part of an archive's end that may contain its end record: a comment of 64 kB and the record
/// before it.
const TAIL: u64 = (64 << 10) + 64;

/// The files of an archive; `None` if the file is not one. A member with an unsupported compression
/// is not `regular`.
///
/// # Errors
/// An I/O error, or the archive's table of contents is damaged.
pub(crate) fn members(file: &InputFile) -> io::Result<Option<Vec<InputFile>>> {
    if !file.regular || !begins_as_archive(file)? {
        return Ok(None);
    }
    few_enough(file)?;
    let mut archive = ZipArchive::new(BufReader::new(regular_file::open(&file.path)?)).map_err(cause)?;
    // A workbook is also an archive, but none of its parts is a table.
    if archive.index_for_name("[Content_Types].xml").is_some() {
        return Ok(None);
    }
    let mut members = Vec::new();
    for at in 0..archive.len() {
        let member = archive.by_index_raw(at).map_err(cause)?;
        if member.is_dir() {
            continue;
        }
        let deflated = match member.compression() {
            CompressionMethod::Stored => Some(false),
            CompressionMethod::Deflated => Some(true),
            _ => None,
        };
        let name = member.name().map_err(cause)?.into_owned();
        let start = member.data_start().unwrap_or_default();
        let (length, crc32) = (member.compressed_size(), member.crc32());
        members.push(InputFile {
            name: harmless(&format!("{}/{name}", file.name)),
            path: file.path.clone(),
            regular: deflated.is_some() && !member.encrypted(),
            member: deflated.map(|deflated| ArchiveMember { start, length, deflated, crc32 }),
        });
    }
    Ok(Some(members))
}

/// Extracts the I/O error, if it is one.
fn cause(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidData, other),
    }
}

/// Checks the number of members before the table of contents is read into memory.
fn few_enough(file: &InputFile) -> io::Result<()> {
    let mut archive = regular_file::open(&file.path)?;
    let length = archive.metadata()?.len();
    let mut tail = Vec::new();
    archive.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    archive.by_ref().take(TAIL).read_to_end(&mut tail)?;
    // The end record and, in large archives, the locator of another one right before it
    // (APPNOTE.TXT 4.3.15, 4.3.16).
    let Some(end) = tail.windows(4).rposition(|mark| mark == b"PK\x05\x06") else { return Ok(()) };
    let mut members = number::<2>(&tail, end + 10);
    if let Some(locator) = end.checked_sub(20).filter(|at| tail[*at..].starts_with(b"PK\x06\x07")) {
        archive.seek(SeekFrom::Start(number::<8>(&tail, locator + 8)))?;
        let mut record = Vec::new();
        archive.take(56).read_to_end(&mut record)?;
        members = number::<8>(&record, 32);
    }
    if members > MOST_MEMBERS {
        let words = format!("the archive contains more than {MOST_MEMBERS} files");
        return Err(io::Error::new(io::ErrorKind::InvalidData, words));
    }
    Ok(())
}

/// A little-endian number of `N` bytes; 0 if there are fewer bytes.
fn number<const N: usize>(bytes: &[u8], at: usize) -> u64 {
    let digits = bytes.get(at..at + N).unwrap_or_default();
    digits.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn begins_as_archive(file: &InputFile) -> io::Result<bool> {
    let mut beginning = [0; 4];
    let read = regular_file::open(&file.path)?.take(4).read(&mut beginning)?;
    Ok(read == 4 && beginning == *b"PK\x03\x04")
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use super::super::OpenInput;
    use super::super::files_of;
    use super::super::table_rows::RowLayout;
    use super::*;
    use zip::write::SimpleFileOptions;

    #[test]
    fn the_files_of_an_archive_are_read_where_they_lie() {
        let folder = tempfile::tempdir().unwrap();
        let mut archive = zip::ZipWriter::new(File::create(folder.path().join("npi.zip")).unwrap());
        for (name, method) in [("npidata.csv", CompressionMethod::Deflated), ("inner/other.csv", CompressionMethod::Stored)] {
            archive.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
            archive.write_all(b"a,b\n1,2\n").unwrap();
        }
        archive.finish().unwrap();
        let files = files_of(folder.path()).unwrap();
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["npi.zip/inner/other.csv", "npi.zip/npidata.csv"]);
        for file in &files {
            let layout = RowLayout { delimiter: b',', above: 0, strict: false };
            let mut rows = OpenInput::open(file).unwrap().rows(layout);
            let mut read = Vec::new();
            while let Some(row) = rows.next().unwrap() {
                read.push((row.cells.iter().collect::<Vec<_>>().join("|"), row.line));
            }
            assert_eq!(read, [("a|b".to_owned(), 1), ("1|2".to_owned(), 2)]);
        }
    }

    #[test]
    fn an_archive_of_too_many_files_is_refused_before_its_contents_are_read() {
        let folder = tempfile::tempdir().unwrap();
        for (members, refused) in [(10_000, false), (10_001, true), (70_000, true)] {
            let path = folder.path().join("many.zip");
            let mut archive = zip::ZipWriter::new(File::create(&path).unwrap());
            for at in 0..members {
                archive
                    .start_file(at.to_string(), SimpleFileOptions::default().compression_method(CompressionMethod::Stored))
                    .unwrap();
            }
            archive.finish().unwrap();
            let found = files_of(folder.path());
            assert_eq!(found.is_err(), refused, "{members}");
            let told = found.err().map(|(_, error)| error.to_string()).unwrap_or_default();
            assert_eq!(told.contains("more than 10000 files"), refused, "{told}");
        }
    }
}
