//! Counts and hashes a file while it is read. A large file is read ahead and hashed on a thread of its own, which takes about a third of
//! the time of reading its rows.

use std::fs::File;
use std::io;
use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use sha2::{Digest, Sha256};

use crate::text::hex::to_hex;

/// Files from this size on are read ahead: below, starting a thread takes longer than it saves.
const LARGE: u64 = 4 << 20;

/// How much is read at once, in bytes.
const BLOCK: usize = 256 << 10;

/// The most blocks that wait to be used.
const WAITING: usize = 8;

/// Size and hash of a file as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileFingerprint {
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// Counts and hashes what is read through it.
#[derive(Debug)]
pub(crate) struct HashingReader {
    from: HashedFile,
    bytes: u64,
}

#[derive(Debug)]
enum HashedFile {
    Small(File, Sha256),
    Large(ReadAhead),
}

impl HashingReader {
    /// Reads a file from where it is.
    ///
    /// # Errors
    /// An I/O error.
    pub(crate) fn of(file: File) -> io::Result<Self> {
        let is_large = file.metadata()?.len() >= LARGE;
        let ahead = if is_large { ReadAhead::start(file.try_clone()?) } else { None };
        let from = ahead.map_or_else(|| HashedFile::Small(file, Sha256::new()), HashedFile::Large);
        Ok(Self { from, bytes: 0 })
    }

    /// The number of bytes read through it.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes
    }

    /// Reads the rest; returns size and hash of all.
    ///
    /// # Errors
    /// An I/O error.
    pub(crate) fn finish(mut self) -> io::Result<FileFingerprint> {
        io::copy(&mut self, &mut io::sink())?;
        let sha256 = match self.from {
            HashedFile::Small(_, sha256) => sha256,
            HashedFile::Large(ahead) => ahead.hash()?,
        };
        Ok(FileFingerprint { bytes: self.bytes, sha256: to_hex(&sha256.finalize()) })
    }
}

impl Read for HashingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.from {
            HashedFile::Small(file, sha256) => {
                let read = file.read(buffer)?;
                sha256.update(&buffer[..read]);
                read
            }
            HashedFile::Large(ahead) => ahead.read(buffer)?,
        };
        self.bytes += read as u64;
        Ok(read)
    }
}

/// A file that a thread reads ahead and hashes.
#[derive(Debug)]
struct ReadAhead {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    /// How much of the block has been used.
    used: usize,
    thread: JoinHandle<Sha256>,
}

impl ReadAhead {
    /// Starts to read; `None` if the machine has no thread left.
    fn start(file: File) -> Option<Self> {
        let (sender, blocks) = sync_channel(WAITING);
        let thread = Builder::new().name("read ahead".to_owned()).spawn(move || read_all(file, &sender)).ok()?;
        Some(Self { blocks, block: Vec::new(), used: 0, thread })
    }

    /// The hash, once all has been read.
    fn hash(self) -> io::Result<Sha256> {
        drop(self.blocks);
        self.thread.join().map_err(|_| io::Error::other("reading ahead has failed"))
    }
}

impl Read for ReadAhead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.used == self.block.len() {
            // The thread ends, and with it the channel, at the end of the file.
            let Ok(block) = self.blocks.recv() else { return Ok(0) };
            (self.block, self.used) = (block?, 0);
        }
        let read = (&self.block[self.used..]).read(buffer)?;
        self.used += read;
        Ok(read)
    }
}

/// Sends a file block by block until its end, an error, or nobody waits for it any more.
fn read_all(mut file: File, blocks: &SyncSender<io::Result<Vec<u8>>>) -> Sha256 {
    let mut sha256 = Sha256::new();
    loop {
        let mut block = Vec::with_capacity(BLOCK);
        let read = file.by_ref().take(BLOCK as u64).read_to_end(&mut block);
        if matches!(read, Ok(0)) {
            return sha256;
        }
        sha256.update(&block);
        let is_failed = read.is_err();
        if blocks.send(read.map(|_| block)).is_err() || is_failed {
            return sha256;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_read_ahead_is_the_same_as_one_read_where_it_is_used() {
        for length in [0, 1, LARGE - 1, LARGE, LARGE + BLOCK as u64 + 7] {
            let text: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(&text).unwrap();
            let mut reader = HashingReader::of(File::open(file.path()).unwrap()).unwrap();
            let mut read = Vec::new();
            reader.by_ref().take(length / 2).read_to_end(&mut read).unwrap();
            assert!(read == text[..read.len()] && read.len() as u64 == length / 2, "{length}");
            assert_eq!(reader.bytes_read(), length / 2);
            let fingerprint = reader.finish().unwrap();
            assert_eq!((fingerprint.bytes, fingerprint.sha256), (length, to_hex(&Sha256::digest(&text))), "{length}");
        }
    }

    #[test]
    fn an_error_and_a_reader_that_is_dropped_end_reading_ahead() {
        let folder = tempfile::tempdir().unwrap();
        let mut ahead = ReadAhead::start(File::open(folder.path()).unwrap()).unwrap();
        assert!(ahead.read(&mut [0; 8]).is_err(), "a folder cannot be read");
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&vec![7; 8 << 20]).unwrap();
        let ReadAhead { blocks, thread, .. } = ReadAhead::start(File::open(file.path()).unwrap()).unwrap();
        drop(blocks);
        assert!(thread.join().is_ok());
    }
}
