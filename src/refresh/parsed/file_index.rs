//! A payer's list of the files that its directory consists of, found beside them.

use std::collections::BTreeSet;

use crate::text::count_text::counted;
use crate::text::list_text::first_few;

/// The most missing files named in a remark.
const SHOWN: usize = 5;

/// The files that an index lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FileIndex {
    /// The index, by its path within the source folder.
    pub file: String,
    /// The name of each listed file: the last part of its address.
    pub names: BTreeSet<String>,
    /// The listed files that are not beside it.
    pub lost: Vec<String>,
}

impl FileIndex {
    /// Whether the index is in this folder.
    fn is_in(&self, folder: &str) -> bool {
        folder_of(&self.file) == folder
    }

    /// Whether a file is in the folder of the index.
    fn is_beside(&self, file: &str) -> bool {
        self.is_in(folder_of(file))
    }

    /// Finds which listed files are not among those that were read, compressed or not.
    pub(crate) fn compare<'a>(&mut self, read: impl Iterator<Item = &'a str>) {
        let beside: BTreeSet<&str> = read.filter(|file| self.is_beside(file)).map(name_of).collect();
        self.lost = self.names.iter().filter(|name| !beside.contains(name_of(name))).cloned().collect();
    }

    /// The remark about missing files; `None` if all are there.
    pub(crate) fn remark(&self) -> Option<String> {
        let (lost, all) = (self.lost.len(), self.names.len());
        let named = first_few(self.lost.iter(), SHOWN);
        (lost > 0).then(|| {
            format!(
                "{}: {lost} of the {} it lists {} not beside it ({named}), so no provider is out of network by them; \
                 placement fetch plan-net with the address of the index fetches all",
                self.file,
                counted(all as u64, "file"),
                if lost == 1 { "is" } else { "are" },
            )
        })
    }
}

/// How many files the indexes of a folder list that are not there.
pub(crate) fn lost_in(indexes: &[FileIndex], folder: &str) -> u64 {
    indexes.iter().filter(|index| index.is_in(folder)).map(|index| index.lost.len() as u64).sum()
}

/// The folder of a file within the source folder.
pub(crate) fn folder_of(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The name of a file without its folder and the ending of a compressed one.
fn name_of(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    [".gz", ".zst"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_knows_which_of_its_files_are_missing() {
        let names = ["plans.json", "providers-1.json", "providers-2.json.gz"].map(str::to_owned).into();
        let mut index = FileIndex { file: "acme/index.json".to_owned(), names, lost: Vec::new() };
        index.compare(["acme/plans.json", "acme/providers-1.json.gz", "acme/providers-2.json"].into_iter());
        assert_eq!((index.lost.len(), index.remark()), (0, None));
        index.compare(["acme/plans.json", "providers-1.json", "beta/providers-2.json"].into_iter());
        assert_eq!(index.lost, ["providers-1.json", "providers-2.json.gz"]);
        assert!(index.remark().unwrap().starts_with("acme/index.json: 2 of the 3 files it lists are not beside it"));
    }
}
