//! Generations on disk: `index/<generation>/` with a manifest of every file, and `index/current` naming the one to serve.

use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use crate::catalog::files::{self, FileLock};
use crate::catalog::manifest::{CatalogError, Manifest, is_generation};
use crate::regular_file;

/// The file that names the generation to serve.
const CURRENT: &str = "current";

/// The lock file held while [`CURRENT`] changes.
const POINTER_LOCK: &str = ".current.lock";

/// The suffix of unfinished work; nothing reads it, and the next build removes it.
pub const PARTIAL: &str = ".partial";

/// Maximum length of quoted foreign text, in characters.
const QUOTED: usize = 40;

/// Foreign text on one line of bounded length.
fn quoted(text: &str) -> String {
    let words: String = text.chars().take(QUOTED).collect();
    if text.is_empty() { "nothing".to_owned() } else { format!("{words:?}") }
}

/// One line of `placement directory list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerationSummary {
    /// Its manifest, or an error text if it cannot be read.
    pub manifest: Result<Manifest, String>,
    /// Its id.
    pub generation: String,
    /// Whether it is the one to serve.
    pub current: bool,
}

/// The index folder.
#[derive(Debug, Clone)]
pub struct GenerationStore {
    folder: PathBuf,
}

impl GenerationStore {
    /// The index folder at `folder`, which need not exist.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of a generation, whether it exists or not.
    ///
    /// # Errors
    /// `generation` is not a valid id.
    pub fn generation_path(&self, generation: &str) -> Result<PathBuf, CatalogError> {
        if is_generation(generation) {
            Ok(self.folder.join(generation))
        } else {
            Err(CatalogError::NoSuchGeneration(generation.to_owned()))
        }
    }

    /// The generation to serve.
    ///
    /// # Errors
    /// Nothing is published, or `current` cannot be read.
    pub fn current(&self) -> Result<String, CatalogError> {
        let path = self.folder.join(CURRENT);
        let unnamed = |what: String| Err(CatalogError::Unnamed { path: path.clone(), what });
        match regular_file::read(&path) {
            Ok(text) => {
                let text = String::from_utf8_lossy(&text);
                let text = text.trim_end();
                if is_generation(text) { Ok(text.to_owned()) } else { unnamed(format!("it holds {}", quoted(text))) }
            }
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound if self.ids()?.is_empty() => Err(CatalogError::NothingPublished(self.folder.clone())),
                io::ErrorKind::NotFound => unnamed("it is missing".to_owned()),
                // No regular file.
                io::ErrorKind::IsADirectory | io::ErrorKind::InvalidInput => unnamed(error.to_string()),
                _ => Err(files::io_error(&path)(error)),
            },
        }
    }

    /// Modification time of `current`, even if its content did not change; `None` if the disk does not report it.
    pub(crate) fn written(&self) -> Option<SystemTime> {
        fs::metadata(self.folder.join(CURRENT)).and_then(|current| current.modified()).ok()
    }

    /// Every generation, newest first.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<GenerationSummary>, CatalogError> {
        let current = self.current().ok();
        let listed = |generation: String| GenerationSummary {
            manifest: files::read_manifest(&self.folder.join(&generation), &generation).map_err(|e| e.to_string()),
            current: current.as_ref() == Some(&generation),
            generation,
        };
        Ok(self.ids()?.into_iter().map(listed).collect())
    }

    /// The ids of every generation, newest first.
    pub(crate) fn ids(&self) -> Result<Vec<String>, CatalogError> {
        let mut ids: Vec<String> = self.names()?.into_iter().filter(|name| is_generation(name)).collect();
        ids.sort_by(|a, b| b.cmp(a));
        Ok(ids)
    }

    /// The names of everything in the index folder; empty if there is none.
    fn names(&self) -> Result<Vec<String>, CatalogError> {
        let failed = || files::io_error(&self.folder);
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed()(error)),
        };
        let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
        entries.map(name).collect::<io::Result<_>>().map_err(failed())
    }

    /// Checks every file of a generation against its manifest.
    ///
    /// # Errors
    /// The first fault found.
    pub fn verify(&self, generation: &str) -> Result<Manifest, CatalogError> {
        files::read(&self.generation_path(generation)?, generation).map(|(manifest, _)| manifest)
    }

    /// Moves the verified staging folder `aside` to the generations that may be served. The same input built twice has the same
    /// name: the existing folder is kept unless it is damaged.
    ///
    /// # Errors
    /// A disk error.
    pub fn install(&self, aside: &Path, generation: &str) -> Result<(), CatalogError> {
        let folder = self.generation_path(generation)?;
        if fs::symlink_metadata(&folder).is_ok() {
            if files::read(&folder, generation).is_ok() {
                return remove(aside);
            }
            remove(&folder)?;
        }
        fs::rename(aside, &folder).map_err(files::io_error(&folder))?;
        files::sync_folder(&self.folder)
    }

    /// Makes `generation` current by one rename. Waits only for other such renames, not for a refresh.
    ///
    /// # Errors
    /// It fails verification, or a disk error. After [`CatalogError::Unconfirmed`] it is current nevertheless.
    pub fn set_current(&self, generation: &str) -> Result<(), CatalogError> {
        self.verify(generation)?;
        self.lock_pointer()?.move_to(generation)
    }

    /// Locks `current`: until the result is dropped, no one else can change it or remove a generation.
    ///
    /// # Errors
    /// A disk error.
    pub fn lock_pointer(&self) -> Result<CurrentPointerLock<'_>, CatalogError> {
        let path = self.folder.join(POINTER_LOCK);
        let lock = FileLock::wait(&path).map_err(files::io_error(&path))?;
        Ok(CurrentPointerLock { store: self, _lock: lock })
    }

    /// The newest intact generation older than the current one, for a rollback, and the faults of those skipped. If `current`
    /// names none, the newest intact one of all.
    ///
    /// # Errors
    /// There is none, or the folder cannot be read.
    pub fn previous(&self) -> Result<(String, Vec<CatalogError>), CatalogError> {
        let current = match self.current() {
            Ok(current) => Some(current),
            Err(CatalogError::Unnamed { .. }) => None,
            Err(error) => return Err(error),
        };
        let mut unfit = Vec::new();
        for id in self.ids()?.into_iter().filter(|id| current.as_ref().is_none_or(|current| id < current)) {
            match self.verify(&id) {
                Ok(_) => return Ok((id, unfit)),
                Err(error) => unfit.push(error),
            }
        }
        let older = current.map_or_else(|| "that is whole".to_owned(), |current| format!("older than {current}"));
        Err(unfit.into_iter().next().unwrap_or(CatalogError::NoSuchGeneration(older)))
    }

    /// Removes all but the newest `keep` generations and the current one; returns the removed ids.
    ///
    /// # Errors
    /// The folder cannot be read, or a disk error.
    pub fn prune(&self, keep: usize) -> Result<Vec<String>, CatalogError> {
        let current = self.current()?;
        let others = self.ids()?.into_iter().filter(|id| *id != current);
        let mut removed = Vec::new();
        for id in others.skip(keep.saturating_sub(1)) {
            if let Some(aside) = self.set_aside(&id)? {
                remove(&aside)?;
                removed.push(id);
            }
        }
        Ok(removed)
    }

    /// Renames a generation to a staging name, unless it has become current. Its new name is not a generation id, so nobody
    /// finds a half-removed one.
    fn set_aside(&self, id: &str) -> Result<Option<PathBuf>, CatalogError> {
        let _pointer = self.lock_pointer()?;
        if self.current()? == id {
            return Ok(None);
        }
        let aside = self.folder.join(format!("{id}{PARTIAL}"));
        fs::rename(self.folder.join(id), &aside).map_err(files::io_error(&aside))?;
        Ok(Some(aside))
    }

    /// Creates the folder and removes what interrupted builds left in it.
    pub(crate) fn remove_staging(&self) -> Result<(), CatalogError> {
        fs::create_dir_all(&self.folder).map_err(files::io_error(&self.folder))?;
        for name in self.names()?.into_iter().filter(|name| name.ends_with(PARTIAL)) {
            remove(&self.folder.join(name))?;
        }
        Ok(())
    }
}

/// A lock on `current`.
#[derive(Debug)]
pub struct CurrentPointerLock<'a> {
    store: &'a GenerationStore,
    _lock: FileLock,
}

impl CurrentPointerLock<'_> {
    /// Makes `generation` current by one rename.
    ///
    /// # Errors
    /// It no longer exists, or a disk error. After [`CatalogError::Unconfirmed`] it is current nevertheless.
    pub fn move_to(&self, generation: &str) -> Result<(), CatalogError> {
        let folder = &self.store.folder;
        if !self.store.generation_path(generation)?.is_dir() {
            return Err(CatalogError::NoSuchGeneration(generation.to_owned()));
        }
        let (aside, current) = (folder.join(format!("{CURRENT}{PARTIAL}")), folder.join(CURRENT));
        files::write_durably(&aside, format!("{generation}\n").as_bytes())?;
        if current.symlink_metadata().is_ok_and(|what| what.is_dir()) {
            // An empty folder in place of the file is not ours and is removed; a non-empty one stays and is reported.
            fs::remove_dir(&current).map_err(files::io_error(&current))?;
        }
        fs::rename(&aside, &current).map_err(files::io_error(&aside))?;
        files::sync_folder(folder).map_err(|error| match error {
            CatalogError::Disk { error, .. } => CatalogError::Unconfirmed { generation: generation.to_owned(), error },
            error => error,
        })
    }
}

/// Removes a file, a link or a whole folder.
pub(crate) fn remove(path: &Path) -> Result<(), CatalogError> {
    let is_folder = fs::symlink_metadata(path).map_err(files::io_error(path))?.is_dir();
    let removed = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.map_err(files::io_error(path))
}
