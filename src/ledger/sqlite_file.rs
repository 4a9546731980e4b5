//! The ledger file on disk: who owns it, how it is created, and whether it is still there. Connections, time limits and
//! writes are in [`crate::ledger::sqlite`].
//!
//! A file that is deleted or replaced while open stays open, and later writes are lost when the
//! program exits. Therefore the file at the path is compared with the one that was opened, and a
//! write is acknowledged only if they are the same.

use std::fs::Permissions;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::{fs, io};

use tempfile::NamedTempFile;

use crate::ledger::error::LedgerError;
use crate::regular_file;

/// The SQLite application id in the file header, "PLCM", which distinguishes a ledger from other
/// SQLite files.
pub(crate) const APPLICATION: u32 = 0x504c_434d;

/// Files that SQLite keeps beside the main file: the log and its index while it is open, and the
/// rollback journal of a file without a log.
const LOG: &str = "-wal";
const LOG_INDEX: &str = "-shm";
const JOURNAL: &str = "-journal";

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileContents {
    /// There is no file.
    Nothing,
    /// A ledger, according to its header.
    Ledger,
}

/// Reads the header of the file. SQLite could change a file by opening it, so it is not used here.
///
/// # Errors
/// The file cannot be read, is empty, is not a regular file or belongs to another program.
pub(crate) fn inspect(path: &Path) -> Result<FileContents, LedgerError> {
    // The application id is at byte 68 (www.sqlite.org/fileformat.html).
    const MARK: u64 = 68;
    let failed = |error| LedgerError::File { path: path.to_owned(), error };
    let mut head = Vec::new();
    match regular_file::open(path) {
        Ok(file) => file.take(MARK + 4).read_to_end(&mut head).map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FileContents::Nothing),
        Err(error) => return Err(failed(error)),
    };
    if head.is_empty() {
        return Err(LedgerError::Empty { path: path.to_owned() });
    }
    for beside in [LOG, LOG_INDEX, JOURNAL].map(|ending| with_ending(path, ending)) {
        match regular_file::open(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(LedgerError::File { path: beside, error });
            }
            _ => {}
        }
    }
    let is_ours = head.starts_with(b"SQLite format 3\0") && head.ends_with(&APPLICATION.to_be_bytes());
    if is_ours { Ok(FileContents::Ledger) } else { Err(LedgerError::NotALedger { path: path.to_owned() }) }
}

/// Creates an empty file beside `path`, readable only by its owner, in which a ledger is then
/// created.
pub(crate) fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    NamedTempFile::with_prefix_in(".ledger-", folder)
}

/// Renames the new ledger to `path`. A ledger that was created there meanwhile is kept.
pub(crate) fn put_in_place(made: NamedTempFile, path: &Path) -> io::Result<()> {
    made.as_file().sync_all()?;
    match made.persist_noclobber(path) {
        Ok(_) => {}
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        Err(error) => return Err(error.error),
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A folder is opened like a file.
    regular_file::sync_folder(folder)
}

/// Makes the file readable only by its owner. SQLite gives the files beside it the same
/// permissions.
pub(crate) fn keep_to_owner(path: &Path) -> io::Result<()> {
    const OWNER_ONLY: u32 = 0o600;
    let file = regular_file::append(path)?;
    if file.metadata()?.permissions().mode() & 0o777 == OWNER_ONLY {
        return Ok(());
    }
    file.set_permissions(Permissions::from_mode(OWNER_ONLY))
}

/// The files of an open ledger, as they were when it was opened.
#[derive(Debug, Clone)]
pub(crate) struct OpenFiles {
    /// The path it was opened at, symbolic links not resolved, because a link may be changed later.
    path: PathBuf,
    /// Each path with the identity of its file.
    files: Vec<(PathBuf, FileIdentity)>,
}

/// Identity of a file independent of its name: device and inode.
type FileIdentity = (u64, u64);

impl OpenFiles {
    /// Records the identities of the files at `path` and beside it. The log and its index must
    /// exist, because a read created them.
    pub(crate) fn of(path: &Path) -> Result<Self, LedgerError> {
        let noted = || -> io::Result<Self> {
            // SQLite puts its files beside the target of a link.
            let file = fs::canonicalize(path)?;
            let paths = [path.to_owned(), with_ending(&file, LOG), with_ending(&file, LOG_INDEX)];
            let files = paths.into_iter().map(|path| identity(&path).map(|identity| (path, identity)));
            Ok(Self { path: path.to_owned(), files: files.collect::<io::Result<_>>()? })
        };
        noted().map_err(|error| LedgerError::File { path: path.to_owned(), error })
    }

    /// Checks that every file is still the one that was opened.
    ///
    /// # Errors
    /// One was removed, replaced or emptied.
    pub(crate) fn are_there(&self) -> Result<(), LedgerError> {
        let stands = |(path, opened): &(PathBuf, FileIdentity)| identity(path).is_ok_and(|found| found == *opened);
        let is_emptied = || fs::metadata(&self.path).is_ok_and(|found| found.len() == 0);
        match self.files.iter().find(|file| !stands(file)) {
            Some((path, _)) => Err(LedgerError::Gone { path: path.clone() }),
            None if is_emptied() => Err(LedgerError::Gone { path: self.path.clone() }),
            None => Ok(()),
        }
    }
}

fn identity(path: &Path) -> io::Result<FileIdentity> {
    fs::metadata(path).map(|found| (found.dev(), found.ino()))
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
