//! The files of a folder, and reading one file as text: decompressed, decoded row by row, counted
//! and hashed as stored.

use std::io::{BufRead, BufReader, Chain, Cursor, Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};
use std::{fs, io};

use flate2::Crc;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};

use crate::refresh::input::hashing_reader::{FileFingerprint, HashingReader};
use crate::refresh::input::input_file::{InputFile, SNIFF, harmless};
use crate::refresh::input::read_budget::{BudgetedReader, ReadBudget, in_proportion};
use crate::refresh::input::table_rows::{CsvRows, DELIMITERS, RowLayout, line_starts};
use crate::refresh::input::utf16_text::Utf16Text;
use crate::refresh::row_counter::RowCounter;
use crate::regular_file;
use crate::workbook::read_sheet;
use crate::workbook::sheet_text::{SheetText, WorkbookLimits};

pub(crate) mod archive;
pub(crate) mod hashing_reader;
pub(crate) mod input_file;
pub(crate) mod quote_watch;
pub(crate) mod read_budget;
pub(crate) mod strict_rows;
pub(crate) mod table_rows;
pub(crate) mod utf16_text;

/// The largest workbook of a source. Our choice.
const WORKBOOK_LIMITS: WorkbookLimits = WorkbookLimits { largest: 64 << 20, most_text: 256 << 20, in_proportion };

/// Every entry under `folder` that is not a folder, sorted by name. Links to folders are not
/// followed, which avoids loops. Folders whose name starts with a dot are skipped; fetches keep
/// unfinished files there.
///
/// # Errors
/// A folder cannot be read; the path says which.
pub(crate) fn files_of(folder: &Path) -> Result<Vec<InputFile>, (PathBuf, io::Error)> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let failed = |error| (folder.clone(), error);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = format!("{prefix}{}", harmless(&entry.file_name().to_string_lossy()));
            if entry.file_type().map_err(failed)?.is_dir() {
                if !entry.file_name().as_encoded_bytes().starts_with(b".") {
                    folders.push((entry.path(), format!("{name}/")));
                }
            } else {
                let regular = match fs::metadata(entry.path()) {
                    Ok(what) => what.is_file(),
                    // A dangling link or a link loop. Any other error must not make a source look
                    // like a non-file.
                    Err(error) if leads_nowhere(&error) => false,
                    Err(error) => return Err((entry.path(), error)),
                };
                let file = InputFile { name, path: entry.path(), regular, member: None };
                match archive::members(&file).map_err(|error| (file.path.clone(), error))? {
                    Some(members) => found.extend(members),
                    None => found.push(file),
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a link's target does not exist or is the link itself.
fn leads_nowhere(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) || regular_file::is_link_loop(error)
}

/// Reads a file to its end without decompressing it; returns size and hash.
///
/// # Errors
/// An I/O error.
pub(crate) fn fingerprint(path: &Path) -> io::Result<FileFingerprint> {
    HashingReader::of(regular_file::open(path)?)?.finish()
}

/// A file's text, with limits on decompression.
pub(crate) struct InputStream {
    form: Compression,
    unpacked: u64,
    /// For an archive member: the running checksum and the expected one. The gzip library checks
    /// its own.
    checksum: Option<(Crc, u32)>,
    /// Decodes UTF-16.
    utf16: Option<Utf16Text>,
}

/// A file, decompressed if needed.
enum Compression {
    Plain(BufReader<HashingReader>),
    Gzip(Box<MultiGzDecoder<BufReader<HashingReader>>>),
    Stored(Take<BufReader<HashingReader>>),
    Deflated(Box<DeflateDecoder<Take<BufReader<HashingReader>>>>),
    /// The sheet of a workbook as CSV, and the fingerprint of the workbook.
    Sheet(Cursor<Vec<u8>>, FileFingerprint),
}

impl Read for InputStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.utf16.take() {
            Some(mut decoder) => {
                let read = decoder.read(buffer, |bytes| self.read_undecoded(bytes));
                self.utf16 = Some(decoder);
                read
            }
            None => self.read_undecoded(buffer),
        }
    }
}

impl InputStream {
    fn of(form: Compression) -> Self {
        Self { form, unpacked: 0, checksum: None, utf16: None }
    }

    fn read_undecoded(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (read, packed) = match &mut self.form {
            Compression::Plain(file) => return file.read(buffer),
            Compression::Sheet(text, _) => return text.read(buffer),
            Compression::Stored(member) => (member.read(buffer)?, member.get_ref().get_ref().bytes_read()),
            Compression::Gzip(file) => (file.read(buffer)?, file.get_ref().get_ref().bytes_read()),
            Compression::Deflated(member) => (member.read(buffer)?, member.get_ref().get_ref().get_ref().bytes_read()),
        };
        self.unpacked += read as u64;
        in_proportion(self.unpacked, packed)?;
        if let Some((found, expected)) = &mut self.checksum {
            found.update(&buffer[..read]);
            if read == 0 && !buffer.is_empty() && found.sum() != *expected {
                let words = "the archive is damaged: a checksum does not match";
                return Err(io::Error::new(io::ErrorKind::InvalidData, words));
            }
        }
        Ok(read)
    }

    /// Reads the rest; returns size and hash of the stored file.
    fn finish(self) -> io::Result<FileFingerprint> {
        let file = match self.form {
            Compression::Plain(file) => file,
            Compression::Gzip(packed) => packed.into_inner(),
            Compression::Stored(member) => member.into_inner(),
            Compression::Deflated(member) => member.into_inner().into_inner(),
            Compression::Sheet(_, fingerprint) => return Ok(fingerprint),
        };
        file.into_inner().finish()
    }
}

/// An open file whose beginning has been read ahead.
pub(crate) struct OpenInput {
    beginning: Vec<u8>,
    rest: InputStream,
    /// Whether the file is longer than its beginning.
    cut_off: bool,
    /// The names of the sheets of a workbook, or why it cannot be read.
    workbook: Option<Result<Vec<String>, String>>,
    /// What to tell about how it is read.
    pub remark: Option<String>,
    /// Learns how many rows have been read.
    row_counter: RowCounter,
}

impl OpenInput {
    /// Opens a file. Gzip is recognized by its first two bytes, UTF-16 by its mark or its zeros, a
    /// workbook by its parts. An archive member is hashed together with everything that follows it
    /// in the archive.
    ///
    /// # Errors
    /// An I/O error, or a compressed file is damaged.
    pub(crate) fn open(found: &InputFile) -> io::Result<Self> {
        Self::open_sheet(found, None)
    }

    /// The same; of a workbook the sheet of this name.
    ///
    /// # Errors
    /// As for [`OpenInput::open`].
    pub(crate) fn open_sheet(found: &InputFile, sheet: Option<&str>) -> io::Result<Self> {
        let mut file = regular_file::open(&found.path)?;
        if let Some(member) = &found.member {
            file.seek(SeekFrom::Start(member.start))?;
        }
        let mut file = BufReader::with_capacity(SNIFF, HashingReader::of(file)?);
        let mut rest = InputStream::of(match &found.member {
            Some(member) if member.deflated => Compression::Deflated(Box::new(DeflateDecoder::new(file.take(member.length)))),
            Some(member) => Compression::Stored(file.take(member.length)),
            None if file.fill_buf()?.starts_with(&[0x1f, 0x8b]) => Compression::Gzip(Box::new(MultiGzDecoder::new(file))),
            None => Compression::Plain(file),
        });
        rest.checksum = found.member.as_ref().map(|member| (Crc::new(), member.crc32));
        let mut beginning = Vec::with_capacity(SNIFF);
        rest.by_ref().take(SNIFF as u64).read_to_end(&mut beginning)?;
        let cut_off = beginning.len() == SNIFF;
        if beginning.starts_with(b"PK\x03\x04") {
            return Self::workbook(beginning, rest, sheet);
        }
        if let Some(mut decoder) = Utf16Text::of(&beginning) {
            beginning = decoder.beginning(&beginning);
            rest.utf16 = Some(decoder);
        }
        Ok(Self { beginning, rest, cut_off, workbook: None, remark: None, row_counter: RowCounter::default() })
    }

    /// Reads a sheet of a workbook.
    fn workbook(beginning: Vec<u8>, mut rest: InputStream, sheet: Option<&str>) -> io::Result<Self> {
        let mut bytes = beginning.clone();
        rest.by_ref().take(WORKBOOK_LIMITS.largest + 1).read_to_end(&mut bytes)?;
        match read_sheet(bytes, sheet, &WORKBOOK_LIMITS) {
            Ok(SheetText { mut csv, remark, sheets }) => {
                let after = csv.split_off(csv.len().min(SNIFF));
                let (cut_off, fingerprint) = (!after.is_empty(), rest.finish()?);
                let rest = InputStream::of(Compression::Sheet(Cursor::new(after), fingerprint));
                let row_counter = RowCounter::default();
                Ok(Self { beginning: csv, rest, cut_off, workbook: Some(Ok(sheets)), remark, row_counter })
            }
            Err(why) => {
                let (workbook, row_counter) = (Some(Err(why)), RowCounter::default());
                Ok(Self { beginning, rest, cut_off: true, workbook, remark: None, row_counter })
            }
        }
    }

    /// The same with `counter` told how many rows have been read.
    pub(crate) fn counted_by(self, counter: &RowCounter) -> Self {
        counter.set(0);
        Self { row_counter: counter.clone(), ..self }
    }

    /// Why the file cannot be a table; `None` if it may be one.
    pub(crate) fn no_table(&self) -> Option<String> {
        let text = self.beginning.trim_ascii_start();
        let begins = |mark: &[u8]| self.beginning.starts_with(mark);
        let reason = if let Some(Err(why)) = &self.workbook {
            return Some(why.clone());
        } else if text.is_empty() {
            "it is empty"
        } else if begins(b"\xd0\xcf\x11\xe0") {
            "it is an old or an encrypted workbook; save it as .xlsx without a password, or as CSV"
        } else if begins(b"\x28\xb5\x2f\xfd") {
            "it is compressed with zstd; decompress it first (zstd -d)"
        } else if self.beginning.contains(&0) {
            "it is not text"
        } else if text.starts_with(b"<") {
            "it is a web page or XML, not a table"
        } else {
            return None;
        };
        Some(reason.to_owned())
    }

    /// Whether the file is JSON or NDJSON, judged by its first character.
    pub(crate) fn is_document(&self) -> bool {
        let text = self.beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.beginning).trim_ascii_start();
        text.starts_with(b"{") || text.starts_with(b"[")
    }

    /// The names of the sheets of a workbook; none of any other file.
    pub(crate) fn sheets(&self) -> &[String] {
        self.workbook.as_ref().and_then(|sheets| sheets.as_deref().ok()).unwrap_or_default()
    }

    /// The part that was read ahead.
    pub(crate) fn beginning(&self) -> &[u8] {
        self.beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.beginning)
    }

    /// The file as one text.
    pub(crate) fn document(mut self) -> InputDocument {
        let mark = self.beginning.len() - self.beginning().len();
        self.beginning.drain(..mark);
        InputDocument(BufReader::with_capacity(
            SNIFF,
            BudgetedReader::new(Cursor::new(self.beginning).chain(self.rest), self.row_counter),
        ))
    }

    /// Whether the part that was read ahead is not the whole text.
    pub(crate) fn is_cut_off(&self) -> bool {
        self.cut_off
    }

    /// What may separate cells, the likeliest first.
    pub(crate) fn delimiters(&self) -> &'static [u8] {
        if self.workbook.is_some() { &DELIMITERS[..1] } else { &DELIMITERS }
    }

    /// All rows, including the header.
    pub(crate) fn rows(mut self, layout: RowLayout) -> InputRows {
        let mark = self.beginning.len() - self.beginning().len();
        self.beginning.drain(..mark);
        let above = line_starts(&self.beginning).nth(layout.above).unwrap_or_default();
        self.beginning.drain(..above);
        CsvRows::new(BudgetedReader::new(Cursor::new(self.beginning).chain(self.rest), self.row_counter), layout)
    }
}

/// The rows of a file.
pub(crate) type InputRows = CsvRows<Chain<Cursor<Vec<u8>>, InputStream>>;

impl InputRows {
    /// Reads the rest; returns size and hash of the stored file.
    ///
    /// # Errors
    /// An I/O error.
    pub(crate) fn finish(self) -> io::Result<FileFingerprint> {
        self.into_inner().into_inner().1.finish()
    }
}

/// A file that is not a table.
pub(crate) struct InputDocument(BufReader<BudgetedReader<Chain<Cursor<Vec<u8>>, InputStream>>>);

impl InputDocument {
    /// The text from the beginning.
    pub(crate) fn text(&mut self) -> &mut dyn BufRead {
        &mut self.0
    }

    /// The read budget for each element.
    pub(crate) fn allowance(&self) -> ReadBudget {
        self.0.get_ref().allowance().clone()
    }

    /// Reads the rest; returns size and hash of the stored file.
    ///
    /// # Errors
    /// An I/O error.
    pub(crate) fn finish(self) -> io::Result<FileFingerprint> {
        self.0.into_inner().into_inner().into_inner().1.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use sha2::{Digest, Sha256};

    use super::*;
    use crate::text::hex::to_hex;

    fn alone(path: &Path) -> InputFile {
        InputFile { name: String::new(), path: path.to_owned(), regular: true, member: None }
    }

    const COMMAS: RowLayout = RowLayout { delimiter: b',', above: 0, strict: false };

    fn read(bytes: &[u8]) -> Vec<(Vec<String>, u64)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        fs::write(&path, bytes).unwrap();
        let mut rows = OpenInput::open(&alone(&path)).unwrap().rows(COMMAS);
        let mut all = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            all.push((row.cells.iter().map(str::to_owned).collect(), row.line));
        }
        let fingerprint = rows.finish().unwrap();
        assert_eq!(fingerprint.bytes, bytes.len() as u64);
        assert_eq!(fingerprint.sha256, to_hex(&Sha256::digest(bytes)));
        all
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn line_ends_encodings_and_packing_make_no_difference() {
        let expected =
            vec![(vec!["a".into(), "é".into()], 1), (vec!["1".into(), "x,\"y".into()], 2), (vec!["2".into(), "z".into()], 3)];
        for (what, bytes) in [
            ("LF", "a,é\n1,\"x,\"\"y\"\n2,z\n".as_bytes().to_vec()),
            ("CRLF", "a,é\r\n1,\"x,\"\"y\"\r\n2,z\r\n".as_bytes().to_vec()),
            ("bare CR", "a,é\r1,\"x,\"\"y\"\r2,z\r".as_bytes().to_vec()),
            ("no final newline", "a,é\n1,\"x,\"\"y\"\n2,z".as_bytes().to_vec()),
            ("byte order mark", "\u{feff}a,é\n1,\"x,\"\"y\"\n2,z\n".as_bytes().to_vec()),
            ("Windows-1252", b"a,\xe9\n1,\"x,\"\"y\"\n2,z\n".to_vec()),
            ("gzip", gzip("a,é\n1,\"x,\"\"y\"\n2,z\n".as_bytes())),
        ] {
            assert_eq!(read(&bytes), expected, "{what}");
        }
    }

    #[test]
    fn what_is_no_table_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (bytes, why) in [
            (b"".as_slice(), Some("empty")),
            (b" \n", Some("empty")),
            (b"<!DOCTYPE html>", Some("web page")),
            (b"{\"a\":1}", None),
            (b"PK\x03\x04...", Some("workbook")),
            (b"\xff\xfea\0", None),
            (b"\xd0\xcf\x11\xe0...", Some("old or an encrypted workbook")),
            (b"a\0b", Some("not text")),
            (b"zip,lat,lon\n", None),
        ] {
            fs::write(&path, bytes).unwrap();
            let said = OpenInput::open(&alone(&path)).unwrap().no_table();
            assert_eq!(said.is_some(), why.is_some(), "{bytes:?}");
            let said = said.unwrap_or_default();
            assert!(said.contains(why.unwrap_or_default()), "{said}");
        }
    }

    #[test]
    fn a_broken_off_archive_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.csv.gz");
        let noise: Vec<String> = (0..60_000_u64).map(|n| n.wrapping_mul(6_364_136_223_846_793_005).to_string()).collect();
        let packed = gzip(noise.join("\n").as_bytes());
        fs::write(&path, &packed[..packed.len() / 2]).unwrap();
        let mut rows = OpenInput::open(&alone(&path)).unwrap().rows(COMMAS);
        let broken = loop {
            match rows.next() {
                Ok(Some(_)) => {}
                Ok(None) => break false,
                Err(_) => break true,
            }
        };
        assert!(broken);
    }
}
