//! The files of a generation: written to staging and synced to disk; read back only if they match the manifest.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::path::Path;
use std::{fs, io};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::catalog::manifest::{CatalogError, FORMAT, FileHash, Manifest, build_second, is_generation};
use crate::regular_file;
use crate::service::vocabulary_version;
use crate::text::hex::to_hex;

/// The name of the manifest.
pub const MANIFEST: &str = "manifest.json";

/// The files of a generation by name, without the manifest.
pub type FileMap = BTreeMap<String, Vec<u8>>;

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    to_hex(&Sha256::digest(bytes))
}

/// The hashes of `files`, by name.
pub fn hashes(files: &FileMap) -> Vec<FileHash> {
    let hash = |(name, bytes): (&String, &Vec<u8>)| FileHash {
        name: name.clone(),
        bytes: bytes.len() as u64,
        sha256: sha256(bytes),
    };
    files.iter().map(hash).collect()
}

/// The id of a generation: its build time, and eight digits of the hash of the rest of the manifest.
///
/// The manifest contains the hashes of the files, so the id covers every byte of the generation.
///
/// # Errors
/// The manifest cannot be written as JSON.
pub fn generation_id(manifest: &Manifest) -> Result<String, CatalogError> {
    let unnamed = Manifest { generation: String::new(), ..manifest.clone() };
    let digest = Sha256::digest(text_of(&unnamed)?);
    Ok(format!("{}-{}", build_second(manifest.built_at), to_hex(&digest[..4])))
}

fn text_of(manifest: &Manifest) -> Result<Vec<u8>, CatalogError> {
    let mut text = serde_json::to_vec_pretty(manifest).map_err(|error| CatalogError::Index(error.to_string()))?;
    text.push(b'\n');
    Ok(text)
}

/// Writes `files` and the manifest to the new folder `folder`; everything is synced to disk on return.
///
/// # Errors
/// A disk error.
pub fn write(folder: &Path, files: &FileMap, manifest: &Manifest) -> Result<(), CatalogError> {
    fs::create_dir(folder).map_err(io_error(folder))?;
    for (name, bytes) in files {
        write_durably(&folder.join(name), bytes)?;
    }
    write_durably(&folder.join(MANIFEST), &text_of(manifest)?)?;
    sync_folder(folder)
}

/// Writes a file and syncs it to disk.
///
/// # Errors
/// A disk error.
pub fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), CatalogError> {
    let write = || {
        let mut file = regular_file::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(io_error(path))
}

/// An exclusive lock on a file, released when dropped.
///
/// Closing the file does not always release it: a process that another thread is starting holds a copy of the open file until its
/// `exec`. So it is released by name.
#[derive(Debug)]
pub struct FileLock(File);

impl FileLock {
    /// Locks the file at `path`, which is created if missing, unless somebody else holds the lock.
    ///
    /// # Errors
    /// Somebody else holds it, or a disk error.
    pub fn try_new(path: &Path) -> Result<Self, TryLockError> {
        let file = lock_file(path).map_err(TryLockError::Error)?;
        file.try_lock().map(|()| Self(file))
    }

    /// Locks the file at `path`, which is created if missing; waits while another process holds the lock.
    ///
    /// # Errors
    /// A disk error.
    pub fn wait(path: &Path) -> io::Result<Self> {
        let file = lock_file(path)?;
        file.lock().map(|()| Self(file))
    }

    /// Whether somebody holds the lock on the file at `path`. Where locks do not work, as on some network disks, it is taken as held.
    pub fn is_held(path: &Path) -> bool {
        match regular_file::open(path) {
            Ok(file) => file.try_lock_shared().map(|()| Self(file)).is_err(),
            Err(_) => false,
        }
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// Opens a file for locking. An existing file is opened read-only, because another user may own it.
fn lock_file(path: &Path) -> io::Result<File> {
    match regular_file::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => regular_file::lock_file(path),
        opened => opened,
    }
}

/// Syncs the names in `folder` to disk, so that a rename there survives a power failure.
///
/// # Errors
/// A disk error.
pub fn sync_folder(folder: &Path) -> Result<(), CatalogError> {
    // A folder is opened like a file.
    regular_file::sync_folder(folder).map_err(io_error(folder))
}

/// A disk error at `path`.
pub fn io_error(path: &Path) -> impl FnOnce(io::Error) -> CatalogError {
    |error| CatalogError::Disk { path: path.to_owned(), error }
}

/// Reads all files of the generation `id` from `folder` and checks every byte against the manifest.
///
/// # Errors
/// Names the first file that is missing, damaged, a link or not in the manifest, or the unsupported format version.
pub fn read(folder: &Path, id: &str) -> Result<(Manifest, FileMap), CatalogError> {
    let manifest = read_manifest(folder, id)?;
    let mut unread: BTreeMap<&str, &FileHash> = manifest.files.iter().map(|file| (file.name.as_str(), file)).collect();
    let mut files = FileMap::new();
    for entry in fs::read_dir(folder).map_err(io_error(folder))? {
        let entry = entry.map_err(io_error(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == MANIFEST {
            continue;
        }
        let expected =
            unread.remove(name.as_str()).ok_or_else(|| damage_error(id, format!("{name} does not belong to it")))?;
        files.insert(name, read_file(&entry.path(), id, expected)?);
    }
    match unread.keys().next() {
        Some(missing) => Err(damage_error(id, format!("{missing} is missing"))),
        None => Ok((manifest, files)),
    }
}

/// Reads and checks the manifest of the generation `id`, not its files.
///
/// # Errors
/// The generation is missing, its manifest is damaged, or another version wrote it.
pub fn read_manifest(folder: &Path, id: &str) -> Result<Manifest, CatalogError> {
    match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(CatalogError::NoSuchGeneration(id.to_owned()));
        }
        Err(error) => return Err(io_error(folder)(error)),
        Ok(found) if !found.is_dir() => return Err(damage_error(id, "it is not a folder".to_owned())),
        Ok(_) => {}
    }
    let text = read_plain(&folder.join(MANIFEST), id)?;
    let said = |error: serde_json::Error| damage_error(id, format!("{MANIFEST}: {error}"));
    let ManifestVersion { format } = serde_json::from_slice(&text).map_err(said)?;
    if format != FORMAT {
        return Err(unreadable(id, format!("its format is {format}, this version reads {FORMAT}")));
    }
    let manifest: Manifest = serde_json::from_slice(&text).map_err(said)?;
    if !is_generation(id) || manifest.generation != id || generation_id(&manifest)? != id || text_of(&manifest)? != text {
        return Err(damage_error(id, format!("{MANIFEST} has been changed or belongs to another generation")));
    }
    let (built_for, ours) = (manifest.vocabulary, vocabulary_version());
    if built_for != ours {
        return Err(unreadable(id, format!("its vocabulary of needs is version {built_for}, this program uses {ours}")));
    }
    Ok(manifest)
}

/// The one field of a manifest that every version must be able to read.
#[derive(Deserialize)]
struct ManifestVersion {
    format: u32,
}

fn read_file(path: &Path, id: &str, expected: &FileHash) -> Result<Vec<u8>, CatalogError> {
    let bytes = read_plain(path, id)?;
    let name = &expected.name;
    if bytes.len() as u64 != expected.bytes {
        let (found, expected) = (bytes.len(), expected.bytes);
        return Err(damage_error(id, format!("{name} has {found} bytes, {expected} expected")));
    }
    if sha256(&bytes) != expected.sha256 {
        return Err(damage_error(id, format!("{name} has been changed since it was built")));
    }
    Ok(bytes)
}

/// Reads a regular file; a link is rejected, because it may point anywhere.
fn read_plain(path: &Path, id: &str) -> Result<Vec<u8>, CatalogError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(damage_error(id, format!("{name} is missing"))),
        Ok(found) if !found.is_file() => Err(damage_error(id, format!("{name} is not a regular file"))),
        Ok(_) => regular_file::read(path).map_err(io_error(path)),
        Err(error) => Err(io_error(path)(error)),
    }
}

/// The generation `id` is damaged.
pub fn damage_error(id: &str, what: String) -> CatalogError {
    CatalogError::Damaged { generation: id.to_owned(), what }
}

fn unreadable(id: &str, what: String) -> CatalogError {
    CatalogError::Unreadable { generation: id.to_owned(), what }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn a_released_lock_is_free_even_while_processes_are_started() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    Command::new("true").status().unwrap();
                }
            });
            let taken = (0..20_000).filter(|_| FileLock::try_new(&path).is_ok()).count();
            over.store(true, Ordering::Relaxed);
            assert_eq!(taken, 20_000);
        });
        assert!(!FileLock::is_held(&path));
        let held = FileLock::wait(&path).unwrap();
        assert!(FileLock::is_held(&path));
        assert!(matches!(FileLock::try_new(&path), Err(TryLockError::WouldBlock)));
        drop(held);
        assert!(!FileLock::is_held(&path));
    }
}
