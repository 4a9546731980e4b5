//! The counts of the last published directories, in `index/gate_history.json`, for the check of slow losses. Directories
//! themselves are removed sooner.

use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::catalog::generation::PARTIAL;
use crate::catalog::stats::CatalogStats;
use crate::regular_file;

/// The file.
const FILE: &str = "gate_history.json";

/// Of more networks, only the largest are kept: a national directory has up to a hundred thousand.
const MOST_NETWORKS: usize = 2_000;

/// The counts of one published directory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PastCounts {
    /// The generation.
    pub generation: String,
    /// Whether it was published regardless of the gate: what it had lost was intended.
    pub forced: bool,
    /// Its counts.
    pub counts: CatalogStats,
}

impl PastCounts {
    /// The counts of a directory, without what no later check needs.
    pub(crate) fn of(generation: &str, forced: bool, counts: &CatalogStats) -> Self {
        let mut counts = counts.clone();
        for source in counts.sources.values_mut() {
            source.sha256s.clear();
            source.file_names.clear();
            source.facts.values_mut().for_each(|count| count.values.clear());
        }
        if counts.networks.len() > MOST_NETWORKS {
            let mut sizes: Vec<u64> = counts.networks.values().copied().collect();
            sizes.sort_unstable_by(|a, b| b.cmp(a));
            let least = sizes[MOST_NETWORKS];
            counts.networks.retain(|_, lines| *lines > least);
            counts.in_force.retain(|network, _| counts.networks.contains_key(network));
        }
        Self { generation: generation.to_owned(), forced, counts }
    }
}

/// The counts of at most `most` directories up to the one served, oldest first. Those before a forced one are left out,
/// because their loss was intended; so are newer ones than the one served, because a person went back.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn read(index: &Path, served: Option<&str>, most: usize) -> io::Result<Vec<PastCounts>> {
    let text = match regular_file::read(&index.join(FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut past: Vec<PastCounts> = serde_json::from_slice(&text)?;
    past.retain(|past| served.is_some_and(|served| past.generation.as_str() <= served));
    let forced = past.iter().rposition(|past| past.forced).unwrap_or_default();
    let first = forced.max(past.len().saturating_sub(most));
    Ok(past.split_off(first))
}

/// Stores the counts of at most `most` directories, oldest first.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn store(index: &Path, past: &[PastCounts], most: usize) -> io::Result<()> {
    let text = serde_json::to_vec(&past[past.len().saturating_sub(most)..])?;
    let aside = index.join(format!("{FILE}{PARTIAL}"));
    regular_file::write(&aside, &text)?;
    fs::rename(&aside, index.join(FILE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(generation: &str, forced: bool) -> PastCounts {
        PastCounts::of(generation, forced, &CatalogStats::default())
    }

    #[test]
    fn only_what_led_to_the_served_directory_is_compared() {
        let index = tempfile::tempdir().unwrap();
        let read = |served: Option<&str>, most| {
            let past = read(index.path(), served, most).unwrap();
            past.into_iter().map(|past| past.generation).collect::<Vec<_>>()
        };
        assert_eq!(read(Some("9"), 30), [""; 0], "there is no file yet");
        let all: Vec<PastCounts> = (1..=6).map(|at| past(&at.to_string(), at == 3)).collect();
        store(index.path(), &all, 30).unwrap();
        assert_eq!(read(Some("6"), 30), ["3", "4", "5", "6"], "the loss of the forced one was intended");
        assert_eq!(read(Some("5"), 30), ["3", "4", "5"], "a person went back from the newest");
        assert_eq!(read(Some("6"), 2), ["5", "6"]);
        assert_eq!(read(None, 30), [""; 0]);
        store(index.path(), &all, 2).unwrap();
        assert_eq!(read(Some("6"), 30), ["5", "6"]);
    }
}
