//! Files held apart from their folder until all are there.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::refresh::fetch::error::{FetchError, at};
use crate::regular_file;

/// A folder beside the one to be filled, hidden by its name so that no refresh reads it. One fetch at a time holds it.
#[derive(Debug)]
pub(crate) struct StagingFolder {
    folder: PathBuf,
    work: PathBuf,
    _lock: File,
}

impl StagingFolder {
    /// Makes room beside `folder`, which may hold nothing but files of the names that are `ours`. What a fetch left that was killed
    /// is put right.
    ///
    /// # Errors
    /// Another fetch is running, the folder is not for fetches, or the disk failed.
    pub(crate) fn create(folder: &Path, ours: impl Fn(&str) -> bool) -> Result<Self, FetchError> {
        if folder.is_symlink() {
            let words = "is a symbolic link, which a fetch would replace: put a folder there, or link the one above it";
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

    /// Where files are written to.
    pub(crate) fn next(&self) -> PathBuf {
        self.work.join("next")
    }

    /// Where answers may be kept while they are read.
    pub(crate) fn discard(&self) -> PathBuf {
        self.work.join("scrap")
    }

    /// Where a file is written to that a later fetch may go on with.
    pub(crate) fn part(&self) -> PathBuf {
        self.work.join("part")
    }

    /// Puts the new files in the place of the old, which stay in `before` until the next time.
    ///
    /// # Errors
    /// The disk failed; the old files are in place then.
    pub(crate) fn put_in_place(&self) -> Result<(), FetchError> {
        self.swap()?;
        self.tidy()
    }

    /// Puts new files in the place of old ones that say the same; those before them stay as they are.
    ///
    /// # Errors
    /// The disk failed; the old files are in place then.
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

    /// Where the files are that those in the folder replaced, for a person who wants them back.
    fn before(&self) -> PathBuf {
        self.work.join("before")
    }

    /// Where the old files are while the new ones take their place.
    fn leaving(&self) -> PathBuf {
        self.work.join("leaving")
    }

    /// Removes what an earlier fetch left. Where it was killed between taking the old files away and putting the new ones in place,
    /// the old ones come back.
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

    /// That the folder holds nothing else.
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
    /// What was fetched of a fetch that failed is of no use to anybody.
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.next());
        let _ = fs::remove_file(self.discard());
    }
}

/// Removes a folder, if it is there.
fn remove(folder: &Path) -> Result<(), FetchError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(folder)(error)),
        _ => Ok(()),
    }
}

/// The hidden folder beside `folder` that its fetches work in.
///
/// # Errors
/// The folder has no name.
pub(crate) fn work_dir(folder: &Path) -> Result<PathBuf, FetchError> {
    let nameless = || FetchError::Asked(format!("{} is not a name for a folder", folder.display()));
    let name = folder.file_name().ok_or_else(nameless)?.to_string_lossy();
    Ok(folder.with_file_name(format!(".{name}.fetch")))
}

fn lock(work: &Path, folder: &Path) -> Result<File, FetchError> {
    let path = work.join("lock");
    let file = regular_file::lock_file(&path).map_err(at(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FetchError::Locked(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(at(&path)(error)),
    }
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
        let refused = StagingFolder::create(&folder, |name| name == "Location.ndjson").unwrap_err().to_string();
        assert!(refused.contains("holds notes.txt, which no fetch brought"), "{refused}");
        let held = StagingFolder::create(&folder, |_| true).unwrap();
        assert!(matches!(StagingFolder::create(&folder, |_| true), Err(FetchError::Locked(_))));
        drop(held);
    }
}
