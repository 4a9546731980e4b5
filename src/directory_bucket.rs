//! Directories in object storage: a refresh publishes there, and any number of servers pull from there.
//!
//! The files of a generation are created and never replaced. Then one small object, `current`, is exchanged on the condition that
//! nobody has changed it meanwhile, so that of two refreshes one wins and the other reports who did. A server copies a generation to its
//! local folder and verifies every byte before it serves it; while the storage cannot be reached it serves what it has.

use std::path::Path;
use std::sync::Arc;
use std::{fmt, fs};

use object_store::path::Path as ObjectPath;
use object_store::{GetOptions, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, UpdateVersion};

use crate::catalog::files;
use crate::catalog::generation::{GenerationStore, PARTIAL};
use crate::catalog::manifest::{CatalogError, FileHash, Manifest, is_generation};
use crate::config::bucket_address::BucketAddress;
use crate::directory_bucket::connect::connect;
use crate::directory_bucket::error::BucketError;
use crate::regular_file;

pub(crate) mod connect;
pub mod error;

/// The object that names the generation to serve.
const CURRENT: &str = "current";

/// Small files of the index folder that the next refresh and the page about the directory need wherever they run: the counts that
/// slow losses are compared with, and the report of the last run.
const COMPANIONS: [&str; 3] = ["gate_history.json", "reports/last.json", "reports/last.txt"];

/// The largest companion and the largest manifest, in bytes.
const LARGEST_SMALL_FILE: u64 = 64 << 20;

/// A place in object storage for directories.
#[derive(Clone)]
pub struct DirectoryBucket {
    objects: Arc<dyn ObjectStore>,
    prefix: ObjectPath,
    address: BucketAddress,
}

/// The address alone: a client may show its credentials.
impl fmt::Debug for DirectoryBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectoryBucket").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Which generation is current in the storage, and the version of the object that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketPointer {
    /// The generation.
    pub generation: String,
    version: UpdateVersion,
}

/// What [`DirectoryBucket::current_since`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PointerChange {
    /// The same version as before.
    Unchanged,
    /// Nothing has been published yet.
    Nothing,
    /// This generation is current.
    Current(BucketPointer),
}

impl DirectoryBucket {
    /// Opens the storage at `address`, with credentials from the environment or the machine's identity. No request is sent.
    ///
    /// # Errors
    /// The settings of the environment are incomplete or contradict each other.
    pub fn open(address: &BucketAddress) -> Result<Self, BucketError> {
        Ok(Self::over(connect(address)?, address))
    }

    /// The same over any storage.
    fn over(objects: Arc<dyn ObjectStore>, address: &BucketAddress) -> Self {
        Self { objects, prefix: ObjectPath::from(address.prefix()), address: address.clone() }
    }

    /// The address, for messages.
    pub fn address(&self) -> &BucketAddress {
        &self.address
    }

    /// The generation to serve; `None` before the first.
    ///
    /// # Errors
    /// The storage cannot be read, or the object does not name a generation.
    pub async fn current(&self) -> Result<Option<BucketPointer>, BucketError> {
        match self.current_since(None).await? {
            PointerChange::Current(pointer) => Ok(Some(pointer)),
            PointerChange::Nothing | PointerChange::Unchanged => Ok(None),
        }
    }

    /// The generation to serve, if the object changed since `known`. One request.
    ///
    /// # Errors
    /// Those of [`DirectoryBucket::current`].
    pub async fn current_since(&self, known: Option<&BucketPointer>) -> Result<PointerChange, BucketError> {
        let if_none_match = known.and_then(|known| known.version.e_tag.clone());
        let options = GetOptions { if_none_match, ..GetOptions::default() };
        let found = match self.objects.get_opts(&self.path(CURRENT), options).await {
            Ok(found) => found,
            Err(object_store::Error::NotModified { .. }) => return Ok(PointerChange::Unchanged),
            Err(object_store::Error::NotFound { .. }) => return Ok(PointerChange::Nothing),
            Err(error) => return Err(self.failed(&error)),
        };
        let version = UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
        let text = found.bytes().await.map_err(|error| self.failed(&error))?;
        let text = String::from_utf8_lossy(&text);
        let generation = text.trim_end();
        if !is_generation(generation) {
            return Err(BucketError::Unnamed(self.address.clone()));
        }
        Ok(PointerChange::Current(BucketPointer { generation: generation.to_owned(), version }))
    }

    /// Publishes a generation of the local folder: its files, then `current`, if that is still `before`.
    ///
    /// # Errors
    /// The storage cannot be written, another generation was published meanwhile, or the local files do not match the manifest.
    pub async fn publish(
        &self,
        local: &GenerationStore,
        generation: &str,
        before: Option<&BucketPointer>,
    ) -> Result<(), BucketError> {
        let folder = local.generation_path(generation)?;
        let (manifest, contents) = files::read(&folder, generation)?;
        for file in &manifest.files {
            if let Some(bytes) = contents.get(&file.name) {
                self.create(generation, file, bytes.clone()).await?;
            }
        }
        // The manifest comes last: a generation that has one is complete.
        let manifest_path = folder.join(files::MANIFEST);
        let bytes = regular_file::read(&manifest_path).map_err(files::io_error(&manifest_path))?;
        let manifest_file =
            FileHash { name: files::MANIFEST.to_owned(), bytes: bytes.len() as u64, sha256: files::sha256(&bytes) };
        self.create(generation, &manifest_file, bytes).await?;
        self.set_current(generation, before).await
    }

    /// Makes a published generation current, if `current` is still `before`.
    ///
    /// # Errors
    /// Another generation was made current meanwhile, or the storage cannot be written.
    pub async fn set_current(&self, generation: &str, before: Option<&BucketPointer>) -> Result<(), BucketError> {
        let mode = before.map_or(PutMode::Create, |before| PutMode::Update(before.version.clone()));
        let put = self.put(CURRENT, format!("{generation}\n").into_bytes(), mode).await;
        match put {
            Ok(()) => Ok(()),
            // A repeated request may meet the result of the first one.
            Err(object_store::Error::Precondition { .. } | object_store::Error::AlreadyExists { .. }) => {
                match self.current().await? {
                    Some(now) if now.generation == generation => Ok(()),
                    now => Err(BucketError::Overtaken {
                        before: before.map_or_else(|| "none".to_owned(), |before| before.generation.clone()),
                        now: now.map_or_else(|| "none".to_owned(), |now| now.generation),
                    }),
                }
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Copies a generation to the local folder, verifies every byte and makes it current there. Older ones stay: how many are kept is
    /// for the caller to say, with [`GenerationStore::prune`].
    ///
    /// # Errors
    /// The storage cannot be read, a file does not match the manifest, another version wrote it, or a disk error. What is current
    /// locally is then unchanged.
    pub async fn pull(&self, generation: &str, local: &GenerationStore) -> Result<(), BucketError> {
        if local.verify(generation).is_err() {
            fs::create_dir_all(local.folder()).map_err(files::io_error(local.folder()))?;
            let aside = local.folder().join(format!("{generation}.pull{PARTIAL}"));
            let copied = self.copy(generation, &aside).await;
            if copied.is_err() && aside.exists() {
                // What is left is never served; the next pull and the next refresh remove it.
                let _left = fs::remove_dir_all(&aside);
            }
            copied?;
            local.install(&aside, generation)?;
        }
        Ok(local.lock_pointer()?.move_to(generation)?)
    }

    /// Copies the files of a generation to the new folder `aside` and verifies them there.
    async fn copy(&self, generation: &str, aside: &Path) -> Result<(), BucketError> {
        if aside.exists() {
            fs::remove_dir_all(aside).map_err(files::io_error(aside))?;
        }
        fs::create_dir(aside).map_err(files::io_error(aside))?;
        self.save(&format!("{generation}/{}", files::MANIFEST), &aside.join(files::MANIFEST), LARGEST_SMALL_FILE).await?;
        let manifest: Manifest = files::read_manifest(aside, generation)?;
        for file in &manifest.files {
            // Names of files come from the manifest, whose hash is the id; a name with a separator would leave the folder.
            if file.name.contains(['/', '\\']) {
                return Err(files::damage_error(generation, format!("{} is no file name", file.name)).into());
            }
            self.save(&format!("{generation}/{}", file.name), &aside.join(&file.name), file.bytes).await?;
        }
        files::sync_folder(aside)?;
        files::read(aside, generation)?;
        Ok(())
    }

    /// Copies the companions from the storage to the index folder; those that do not exist are left alone.
    ///
    /// # Errors
    /// The storage cannot be read, or a disk error.
    pub async fn pull_companions(&self, local: &GenerationStore) -> Result<(), BucketError> {
        for name in COMPANIONS {
            let path = local.folder().join(name);
            let folder = path.parent().unwrap_or(local.folder());
            fs::create_dir_all(folder).map_err(files::io_error(folder))?;
            let aside = local.folder().join(format!("{name}.pull{PARTIAL}"));
            match self.save(name, &aside, LARGEST_SMALL_FILE).await {
                Ok(()) => fs::rename(&aside, &path).map_err(files::io_error(&path))?,
                Err(BucketError::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Copies the companions that the index folder has to the storage.
    ///
    /// # Errors
    /// The storage cannot be written, or a disk error.
    pub async fn publish_companions(&self, local: &GenerationStore) -> Result<(), BucketError> {
        for name in COMPANIONS {
            let path = local.folder().join(name);
            let bytes = match regular_file::read(&path) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(files::io_error(&path)(error).into()),
            };
            self.put(name, bytes, PutMode::Overwrite).await.map_err(|error| self.failed(&error))?;
        }
        Ok(())
    }

    /// Every complete generation of the storage, newest first.
    ///
    /// # Errors
    /// The storage cannot be listed.
    pub async fn generations(&self) -> Result<Vec<String>, BucketError> {
        let listed = self.objects.list_with_delimiter(Some(&self.prefix)).await.map_err(|error| self.failed(&error))?;
        let names = listed.common_prefixes.iter().filter_map(|path| path.filename().map(str::to_owned));
        let mut ids = Vec::new();
        for id in names.filter(|name| is_generation(name)) {
            if self.objects.head(&self.path(&format!("{id}/{}", files::MANIFEST))).await.is_ok() {
                ids.push(id);
            }
        }
        ids.sort_by(|a, b| b.cmp(a));
        Ok(ids)
    }

    /// Removes all but the newest `keep` generations and the current one; returns the removed ids.
    ///
    /// # Errors
    /// The storage cannot be listed or written.
    pub async fn prune(&self, keep: usize) -> Result<Vec<String>, BucketError> {
        let Some(current) = self.current().await? else { return Ok(Vec::new()) };
        let others = self.generations().await?.into_iter().filter(|id| *id != current.generation);
        let mut removed = Vec::new();
        for id in others.skip(keep.saturating_sub(1)) {
            // The manifest goes first, so that nobody takes a half-removed generation for a complete one.
            let manifest = self.path(&format!("{id}/{}", files::MANIFEST));
            self.objects.delete(&manifest).await.map_err(|error| self.failed(&error))?;
            let rest = self.objects.list_with_delimiter(Some(&self.path(&id))).await.map_err(|error| self.failed(&error))?;
            for object in rest.objects {
                self.objects.delete(&object.location).await.map_err(|error| self.failed(&error))?;
            }
            removed.push(id);
        }
        Ok(removed)
    }

    fn path(&self, name: &str) -> ObjectPath {
        ObjectPath::from(format!("{}/{name}", self.prefix))
    }

    async fn put(&self, name: &str, bytes: Vec<u8>, mode: PutMode) -> Result<(), object_store::Error> {
        let options = PutOptions { mode, ..PutOptions::default() };
        self.objects.put_opts(&self.path(name), PutPayload::from(bytes), options).await.map(|_| ())
    }

    /// Creates one file of a generation. If it exists, it must have the same content.
    async fn create(&self, generation: &str, file: &FileHash, bytes: Vec<u8>) -> Result<(), BucketError> {
        let name = format!("{generation}/{}", file.name);
        match self.put(&name, bytes, PutMode::Create).await {
            Ok(()) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                let there = self.read(&name, file.bytes).await?;
                if files::sha256(&there) == file.sha256 {
                    return Ok(());
                }
                Err(files::damage_error(generation, format!("{} in {} is another file", file.name, self.address)).into())
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    async fn save(&self, name: &str, path: &Path, largest: u64) -> Result<(), BucketError> {
        let bytes = self.read(name, largest).await?;
        files::write_durably(path, &bytes).map_err(BucketError::from)
    }

    /// Reads an object of at most `largest` bytes.
    async fn read(&self, name: &str, largest: u64) -> Result<Vec<u8>, BucketError> {
        let missing = || BucketError::Missing { address: self.address.clone(), name: name.to_owned() };
        let found = match self.objects.get(&self.path(name)).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Err(missing()),
            Err(error) => return Err(self.failed(&error)),
        };
        if found.meta.size > largest {
            let what = format!("{name} has {} bytes, {largest} expected", found.meta.size);
            return Err(BucketError::Wrong { address: self.address.clone(), what });
        }
        Ok(found.bytes().await.map_err(|error| self.failed(&error))?.to_vec())
    }

    fn failed(&self, error: &object_store::Error) -> BucketError {
        BucketError::unreachable(&self.address, error)
    }
}

impl BucketPointer {
    /// Whether the local folder serves it.
    ///
    /// # Errors
    /// A disk error.
    pub fn is_local(&self, local: &GenerationStore) -> Result<bool, CatalogError> {
        match local.current() {
            Ok(current) => Ok(current == self.generation),
            Err(error @ CatalogError::Disk { .. }) => Err(error),
            Err(_) => Ok(false),
        }
    }
}
