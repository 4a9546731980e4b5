//! Stages files outside their folder until all are complete.

use std::fs::TryLockError;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::catalog::files::FileLock;
use crate::refresh::fetch::error::{FetchError, at};

/// A hidden folder beside the target folder; a refresh does not read it. Only one fetch holds it at
/// a time.
#[derive(Debug)]
pub(crate) struct StagingFolder {
    folder: PathBuf,
    work: PathBuf,
    _lock: FileLock,
}

impl StagingFolder {
    /// Creates a staging folder for `folder`, which may contain only files whose names are `ours`.
    /// Repairs what a killed fetch left.
    ///
    /// # Errors
    /// Another fetch is running, the folder contains other files, or an I/O error.
    pub(crate) fn create(folder: &Path, ours: impl Fn(&str) -> bool) -> Result<Self, FetchError> {
        if folder.is_symlink() {
            let words = "is a symbolic link, which a fetch would replace; use a real folder, or link its parent";
            return Err(FetchError::Asked(format!("{} {words}", folder.display())));
        }
        let work = work_dir(folder)?;
        fs::create_dir_all(&work).map_err(at(&work))?;
        let lock = lock(&work, folder)?;
        let aside = Self { folder: folder.to_owned(), work, _lock: lock };
        aside.tidy()?;
        aside.only(ours)?;
        fs::create_dir(aside.next()).map_err(at(&aside.next()))?;
        Ok(aside)
    }

    /// Where new files are written.
    pub(crate) fn next(&self) -> PathBuf {
        self.work.join("next")
    }

    /// Temporary file for an answer while it is read.
    pub(crate) fn discard(&self) -> PathBuf {
        self.work.join("scrap")
    }

    /// What the address of a set of files answered last.
    pub(crate) fn answer(&self) -> PathBuf {
        self.work.join("answer")
    }

    /// The partial download that a later fetch can resume.
    pub(crate) fn part(&self) -> PathBuf {
        self.work.join("part")
    }

    /// Replaces the old files with the new ones. The old files stay in `before` until the next
    /// fetch.
    ///
    /// # Errors
    /// An I/O error; the old files are still in place.
    pub(crate) fn put_in_place(&self) -> Result<(), FetchError> {
        self.swap()?;
        self.tidy()
    }

    /// Replaces old files with new ones of the same content; `before` is unchanged.
    ///
    /// # Errors
    /// An I/O error; the old files are still in place.
    pub(crate) fn restore(&self) -> Result<(), FetchError> {
        self.swap()?;
        remove(&self.leaving())?;
        self.tidy()
    }

    fn swap(&self) -> Result<(), FetchError> {
        let (next, leaving) = (self.next(), self.leaving());
        if self.folder.exists() {
            fs::rename(&self.folder, &leaving).map_err(at(&self.folder))?;
        }
        if let Err(error) = fs::rename(&next, &self.folder) {
            if leaving.exists() {
                fs::rename(&leaving, &self.folder).map_err(at(&leaving))?;
            }
            return Err(at(&self.folder)(error));
        }
        Ok(())
    }

    /// Where the replaced files are kept, so that a person can restore them.
    fn before(&self) -> PathBuf {
        self.work.join("before")
    }

    /// Where the old files are during the swap.
    fn leaving(&self) -> PathBuf {
        self.work.join("leaving")
    }

    /// Removes what an earlier fetch left. If it was killed during the swap, the old files are
    /// restored.
    fn tidy(&self) -> Result<(), FetchError> {
        let leaving = self.leaving();
        if leaving.exists() && !self.folder.exists() {
            fs::rename(&leaving, &self.folder).map_err(at(&self.folder))?;
        }
        if leaving.exists() {
            remove(&self.before())?;
            fs::rename(&leaving, self.before()).map_err(at(&leaving))?;
        }
        remove(&self.next())?;
        match fs::remove_file(self.discard()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(&self.discard())(error)),
            _ => Ok(()),
        }
    }

    /// Checks that the folder contains no other files.
    fn only(&self, ours: impl Fn(&str) -> bool) -> Result<(), FetchError> {
        if !self.folder.exists() {
            return Ok(());
        }
        for entry in fs::read_dir(&self.folder).map_err(at(&self.folder))? {
            let what = entry.map_err(at(&self.folder))?.file_name().to_string_lossy().into_owned();
            if !ours(&what) {
                return Err(FetchError::NotOurs { folder: self.folder.clone(), what });
            }
        }
        Ok(())
    }
}

impl Drop for StagingFolder {
    /// Deletes what a failed fetch downloaded.
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.next());
        let _ = fs::remove_file(self.discard());
    }
}

/// Removes a folder if it exists.
fn remove(folder: &Path) -> Result<(), FetchError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(folder)(error)),
        _ => Ok(()),
    }
}

/// The hidden folder beside `folder` where fetches work.
///
/// # Errors
/// The path has no folder name.
pub(crate) fn work_dir(folder: &Path) -> Result<PathBuf, FetchError> {
    let nameless = || FetchError::Asked(format!("{} is not a valid folder name", folder.display()));
    let name = folder.file_name().ok_or_else(nameless)?.to_string_lossy();
    Ok(folder.with_file_name(format!(".{name}.fetch")))
}

fn lock(work: &Path, folder: &Path) -> Result<FileLock, FetchError> {
    let path = work.join("lock");
    FileLock::try_new(&path).map_err(|error| match error {
        TryLockError::WouldBlock => FetchError::Locked(folder.to_owned()),
        TryLockError::Error(error) => at(&path)(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_folder_changes_as_one() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("payer");
        for name in ["first", "second"] {
            let aside = StagingFolder::create(&folder, |_| true).unwrap();
            fs::write(aside.next().join(name), "").unwrap();
            assert_ne!(folder.exists().then(|| holds(&folder)), Some(vec![name.to_owned()]), "not before all is there");
            aside.put_in_place().unwrap();
            assert_eq!(holds(&folder), [name]);
        }
        drop(StagingFolder::create(&folder, |_| true).unwrap());
        assert_eq!(holds(&folder), ["second"]);
        let work = root.path().join(".payer.fetch");
        assert_eq!((holds(&work), holds(&work.join("before"))), (vec!["before".into(), "lock".into()], vec!["first".into()]));
        let aside = StagingFolder::create(&folder, |_| true).unwrap();
        fs::write(aside.next().join("second"), "").unwrap();
        aside.restore().unwrap();
        assert_eq!((holds(&folder), holds(&work.join("before"))), (vec!["second".into()], vec!["first".into()]));
    }

    #[test]
    fn a_killed_fetch_is_put_right() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("payer");
        let work = root.path().join(".payer.fetch");
        fs::create_dir_all(work.join("leaving")).unwrap();
        fs::create_dir_all(work.join("next")).unwrap();
        fs::write(work.join("leaving/old"), "").unwrap();
        fs::write(work.join("next/half"), "").unwrap();
        drop(StagingFolder::create(&folder, |_| true).unwrap());
        assert_eq!((holds(&folder), holds(&work)), (vec!["old".to_owned()], vec!["lock".to_owned()]));
    }

    #[test]
    fn what_no_fetch_brought_is_left_alone_and_two_fetches_do_not_mix() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("payer");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("notes.txt"), "").unwrap();
        let refused = StagingFolder::create(&folder, |name| name == "Location.ndjson").unwrap_err();
        assert!(matches!(&refused, FetchError::NotOurs { what, .. } if what == "notes.txt"), "{refused}");
        let held = StagingFolder::create(&folder, |_| true).unwrap();
        assert!(matches!(StagingFolder::create(&folder, |_| true), Err(FetchError::Locked(_))));
        drop(held);
    }
}
