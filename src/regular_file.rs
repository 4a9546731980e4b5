//! Opens every file the program reads or writes. Only regular files are opened.
//!
//! Opening a named pipe blocks until its other end opens, and reading a device may never end.
//! Symbolic links are followed because Kubernetes mounts files through them.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::{fs, io};

use rustix::fs::OFlags;
use rustix::io::Errno;

/// Opens a file for reading.
///
/// # Errors
/// The file cannot be opened or is not a regular file; the message names its kind.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().read(true))
}

/// Opens a file for writing: creates it or truncates it.
///
/// # Errors
/// Same as [`open`].
pub(crate) fn create(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().write(true).create(true).truncate(true))
}

/// Replaces the content of a file.
///
/// # Errors
/// Same as [`open`], or an I/O error.
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    create(path)?.write_all(bytes.as_ref())
}

/// Opens an existing file for reading and appending.
///
/// # Errors
/// Same as [`open`].
pub(crate) fn append(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().read(true).append(true))
}

/// Opens a lock file, creating it if missing.
///
/// # Errors
/// Same as [`open`].
pub(crate) fn lock_file(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().write(true).create(true).truncate(false))
}

/// Flushes the entries of a folder to disk.
///
/// # Errors
/// The folder cannot be opened, or an I/O error.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn open_with(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Checked before opening, because opening a device may have side effects.
    match fs::metadata(path) {
        Ok(found) => must_be_regular(&found)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(in_words(error)),
    }
    // The file may have been replaced since. With O_NONBLOCK, opening a pipe does not block.
    let file = options.custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path).map_err(in_words)?;
    must_be_regular(&file.metadata()?)?;
    Ok(file)
}

/// Reads a whole file.
///
/// # Errors
/// Same as [`open`], or an I/O error.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a whole file of at most `most` bytes; `None` if it is larger, of which no more is read.
///
/// # Errors
/// Same as [`open`], or an I/O error.
pub(crate) fn read_at_most(path: &Path, most: u64) -> io::Result<Option<Vec<u8>>> {
    let file = open(path)?;
    if file.metadata()?.len() > most {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    // It may have grown since.
    file.take(most + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

/// Reads a whole text file.
///
/// # Errors
/// Same as [`open`], or the file is not UTF-8.
pub(crate) fn read_to_string(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

/// Whether the error is a loop of symbolic links (`ELOOP`).
pub(crate) fn is_link_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
}

fn must_be_regular(found: &Metadata) -> io::Result<()> {
    let Some(what) = irregular(found.file_type()) else { return Ok(()) };
    // Callers check for this error kind.
    let kind = if found.is_dir() { io::ErrorKind::IsADirectory } else { io::ErrorKind::InvalidInput };
    Err(io::Error::new(kind, format!("it is {what}, not a file")))
}

/// What a non-regular file is called.
fn irregular(kind: FileType) -> Option<&'static str> {
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a folder")
    } else if kind.is_fifo() {
        Some("a named pipe")
    } else if kind.is_socket() {
        Some("a socket")
    } else {
        Some("a device")
    }
}

/// Rewords system errors that mislead.
fn in_words(error: io::Error) -> io::Error {
    if is_link_loop(&error) { io::Error::new(io::ErrorKind::InvalidInput, "it is a link to itself") } else { error }
}

/// Who can read a file besides its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PermittedReaders {
    /// Nobody.
    OwnerOnly,
    /// The members of its group.
    Group,
    /// Everyone on the machine.
    Everybody,
}

/// Returns who can read the file at `path` according to its mode.
///
/// # Errors
/// The file does not exist, or an I/O error.
pub(crate) fn readers(path: &Path) -> io::Result<PermittedReaders> {
    let mode = fs::metadata(path)?.permissions().mode();
    Ok(if mode & 0o004 != 0 {
        PermittedReaders::Everybody
    } else if mode & 0o040 != 0 {
        PermittedReaders::Group
    } else {
        PermittedReaders::OwnerOnly
    })
}

/// Logs who besides its owner can read the file at `path`, which holds `what`.
///
/// The file is used anyway: Kubernetes mounts secrets readable by everyone (0644) in a container
/// without other users, and readable by the group (0440) where the program does not run as root. A
/// group-readable file is not a warning, because servers are commonly given keys that way.
pub(crate) fn tell_readers(path: &Path, what: &str) {
    let file = path.display();
    match readers(path) {
        Ok(PermittedReaders::Everybody) => tracing::warn!(
            %file,
            "everyone on this machine can read {what}; restrict it to its owner (chmod 600, in Kubernetes defaultMode: 0400)"
        ),
        Ok(PermittedReaders::Group) => tracing::info!(%file, "the members of the file's group can read {what}"),
        // A missing file is reported by its reader.
        Ok(PermittedReaders::OwnerOnly) | Err(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn only_a_regular_file_is_opened_and_anything_else_is_named_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| -> PathBuf { folder.path().join(name) };
        fs::write(at("file"), "text").unwrap();
        symlink(at("file"), at("link")).unwrap();
        symlink("loop", at("loop")).unwrap();
        symlink("nowhere", at("dangling")).unwrap();
        symlink("pipe", at("to_pipe")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        let _listening = UnixListener::bind(at("socket")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, at("pipe"), rustix::fs::Mode::RUSR).unwrap();
        for (name, says) in [
            ("folder", "it is a folder, not a file"),
            ("pipe", "it is a named pipe, not a file"),
            ("to_pipe", "it is a named pipe, not a file"),
            ("socket", "it is a socket, not a file"),
            ("loop", "it is a link to itself"),
            ("dangling", "No such file or directory"),
            ("none", "No such file or directory"),
        ] {
            let error = read(&at(name)).unwrap_err().to_string();
            assert!(error.starts_with(says), "{name}: {error}");
        }
        assert_eq!(read(Path::new("/dev/null")).unwrap_err().to_string(), "it is a device, not a file");
        for name in ["folder", "pipe", "to_pipe", "socket", "loop"] {
            for opened in [create(&at(name)), append(&at(name)), lock_file(&at(name))] {
                assert!(opened.is_err(), "{name}");
            }
        }
        for name in ["file", "link"] {
            assert_eq!(read_to_string(&at(name)).unwrap(), "text", "{name}");
        }
    }

    #[test]
    fn who_may_read_is_told_by_the_mode() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (mode, readers) in [
            (0o600, PermittedReaders::OwnerOnly),
            (0o400, PermittedReaders::OwnerOnly),
            (0o440, PermittedReaders::Group),
            (0o640, PermittedReaders::Group),
            (0o644, PermittedReaders::Everybody),
            (0o604, PermittedReaders::Everybody),
        ] {
            fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(super::readers(file.path()).unwrap(), readers, "{mode:o}");
        }
    }
}
