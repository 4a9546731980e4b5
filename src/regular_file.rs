//! Opening files: every file the program reads or writes is opened here, and only a regular file is.
//!
//! Opening a named pipe waits for somebody at its other end, and reading a device may never end: either would hang a start or a night.
//! Links are followed, because Kubernetes mounts every file through one.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::{fs, io};

use rustix::fs::OFlags;
use rustix::io::Errno;

/// Opens a file to read it.
///
/// # Errors
/// It cannot be opened, or it is no regular file; the words name what it is.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().read(true))
}

/// Opens a file to write it anew, and makes it where there is none.
///
/// # Errors
/// As of [`open`].
pub(crate) fn create(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().write(true).create(true).truncate(true))
}

/// Writes a file anew.
///
/// # Errors
/// As of [`open`], or the disk failed.
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> io::Result<()> {
    create(path)?.write_all(bytes.as_ref())
}

/// Opens a file that is there, to read it and to write at its end.
///
/// # Errors
/// As of [`open`].
pub(crate) fn append(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().read(true).append(true))
}

/// Opens a file to hold it by a lock, and makes it where there is none.
///
/// # Errors
/// As of [`open`].
pub(crate) fn lock_file(path: &Path) -> io::Result<File> {
    open_with(path, OpenOptions::new().write(true).create(true).truncate(false))
}

/// Has the disk keep what was made and named in a folder.
///
/// # Errors
/// It cannot be opened, or the disk failed.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn open_with(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Looked at before it is opened, because opening a device may do something.
    match fs::metadata(path) {
        Ok(found) => must_be_regular(&found)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(in_words(error)),
    }
    // It may be another by now, and a pipe opened so does not wait.
    let file = options.custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path).map_err(in_words)?;
    must_be_regular(&file.metadata()?)?;
    Ok(file)
}

/// Reads a file whole.
///
/// # Errors
/// As of [`open`], or the disk failed.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a text file whole.
///
/// # Errors
/// As of [`open`], or it is not UTF-8.
pub(crate) fn read_to_string(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

/// Whether the error says that a link leads back to itself.
pub(crate) fn is_link_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
}

fn must_be_regular(found: &Metadata) -> io::Result<()> {
    let Some(what) = irregular(found.file_type()) else { return Ok(()) };
    // A folder has a kind of error of its own that callers decide on.
    let kind = if found.is_dir() { io::ErrorKind::IsADirectory } else { io::ErrorKind::InvalidInput };
    Err(io::Error::new(kind, format!("it is {what}, not a file")))
}

/// What it is called where it is no regular file.
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

/// The error, in words where the system's own send people astray.
fn in_words(error: io::Error) -> io::Error {
    if is_link_loop(&error) { io::Error::new(io::ErrorKind::InvalidInput, "it is a link to itself") } else { error }
}

/// Who besides its owner may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PermittedReaders {
    /// Nobody.
    OwnerOnly,
    /// The members of its group too.
    Group,
    /// Everybody on the machine.
    Everybody,
}

/// Who may read the file at `path`, as its mode says.
///
/// # Errors
/// The file is not there, or the disk failed.
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

/// Says in the log who besides its owner can read the file at `path`, which holds `what`.
///
/// It is used all the same: Kubernetes mounts secrets readable by everybody (0644) in a container where nobody else is, and by the group
/// (0440) where the program runs as somebody else than root. That of a group is no warning, because servers are given keys by it.
pub(crate) fn tell_readers(path: &Path, what: &str) {
    let file = path.display();
    match readers(path) {
        Ok(PermittedReaders::Everybody) => tracing::warn!(
            %file,
            "everybody on this machine can read {what}; let only its owner (chmod 600, in Kubernetes defaultMode: 0400)"
        ),
        Ok(PermittedReaders::Group) => tracing::info!(%file, "the members of the file's group can read {what}"),
        // Who reads the file tells what is wrong with it.
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
