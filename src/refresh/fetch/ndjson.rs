//! Writes one file of resources: one resource per line, each id once.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::{fs, io};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::refresh::fetch::error::{FetchError, at};
use crate::refresh::fetch::source_state::{IdDigest, short};
use crate::refresh::fetch::token::AccessToken;
use crate::regular_file;

/// The fields needed to keep each resource once.
#[derive(Debug, Deserialize)]
struct ResourceVersion {
    id: String,
    #[serde(default)]
    meta: ResourceMeta,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ResourceMeta {
    last_updated: Option<Timestamp>,
}

/// Line of a resource and the time of its last update.
#[derive(Debug, Clone, Copy)]
struct ResourceOffset {
    line: u64,
    updated: Option<Timestamp>,
}

/// The most characters of an id (FHIR R4, 2.24.0.1).
const ID: usize = 64;

/// What happened to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteOutcome {
    /// Added: its id is new.
    New,
    /// Replaced an older version.
    Instead,
    /// Skipped: the stored version is as new.
    Again,
    /// Skipped: its id is too long.
    Unfit,
}

/// Writes the resources of one type. Only digests of ids are held in memory.
#[derive(Debug)]
pub(crate) struct NdjsonWriter {
    path: PathBuf,
    token: Option<AccessToken>,
    file: BufWriter<File>,
    kept: HashMap<IdDigest, ResourceOffset>,
    lines: u64,
}

impl NdjsonWriter {
    /// Creates an empty file at `path`. The token is removed from resources that repeat it.
    ///
    /// # Errors
    /// An I/O error.
    pub(crate) fn create(path: &Path, token: Option<&AccessToken>) -> Result<Self, FetchError> {
        let file = BufWriter::new(regular_file::create(path).map_err(at(path))?);
        Ok(Self { path: path.to_owned(), token: token.cloned(), file, kept: HashMap::new(), lines: 0 })
    }

    /// Copies the lines of an earlier file, if there is one.
    ///
    /// # Errors
    /// An I/O error, or a line is not a resource.
    pub(crate) fn take_over(&mut self, earlier: &Path) -> Result<(), FetchError> {
        if !earlier.exists() {
            return Ok(());
        }
        for line in BufReader::new(regular_file::open(earlier).map_err(at(earlier))?).lines() {
            let line = line.map_err(at(earlier))?;
            let stamp: ResourceVersion = serde_json::from_str(&line).map_err(|error| at(earlier)(error.into()))?;
            self.write(stamp, line.as_bytes()).map_err(at(&self.path))?;
        }
        Ok(())
    }

    /// The number of distinct ids.
    pub(crate) fn len(&self) -> u64 {
        self.kept.len() as u64
    }

    /// Adds a resource, unless a version as new is stored. Returns `Ok(None)` if it has no id.
    ///
    /// # Errors
    /// An I/O error.
    pub(crate) fn put(&mut self, resource: &Value) -> Result<Option<WriteOutcome>, FetchError> {
        let Ok(stamp) = ResourceVersion::deserialize(resource) else { return Ok(None) };
        if stamp.id.chars().count() > ID {
            return Ok(Some(WriteOutcome::Unfit));
        }
        let mut line = resource.to_string();
        if let Some(token) = &self.token {
            line = token.hidden(&line);
        }
        self.write(stamp, line.as_bytes()).map(Some).map_err(at(&self.path))
    }

    fn write(&mut self, ResourceVersion { id, meta }: ResourceVersion, line: &[u8]) -> io::Result<WriteOutcome> {
        let id = short(id.as_bytes());
        let earlier = self.kept.get(&id).copied();
        if earlier.is_some_and(|earlier| meta.last_updated <= earlier.updated) {
            return Ok(WriteOutcome::Again);
        }
        self.file.write_all(line)?;
        self.file.write_all(b"\n")?;
        self.kept.insert(id, ResourceOffset { line: self.lines, updated: meta.last_updated });
        self.lines += 1;
        Ok(if earlier.is_some() { WriteOutcome::Instead } else { WriteOutcome::New })
    }

    /// Removes replaced lines and syncs the file to disk; deletes the file if it is empty.
    ///
    /// # Errors
    /// An I/O error.
    pub(crate) fn finish(self) -> Result<(), FetchError> {
        let Self { path, file, kept, lines, .. } = self;
        let file = file.into_inner().map_err(|error| at(&path)(error.into_error()))?;
        if kept.is_empty() {
            return fs::remove_file(&path).map_err(at(&path));
        }
        if kept.len() as u64 == lines {
            return file.sync_all().map_err(at(&path));
        }
        let mut stays = vec![false; usize::try_from(lines).unwrap_or(usize::MAX)];
        for kept in kept.values() {
            if let Some(stays) = usize::try_from(kept.line).ok().and_then(|line| stays.get_mut(line)) {
                *stays = true;
            }
        }
        rewrite(&path, &stays).map_err(at(&path))
    }
}

/// Rewrites the file with only the lines marked in `stays`.
fn rewrite(path: &Path, stays: &[bool]) -> io::Result<()> {
    let shorter = path.with_extension("shorter");
    let mut to = BufWriter::new(regular_file::create(&shorter)?);
    for (line, stays) in BufReader::new(regular_file::open(path)?).lines().zip(stays) {
        let line = line?;
        if *stays {
            writeln!(to, "{line}")?;
        }
    }
    to.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    fs::rename(&shorter, path)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resource(id: &str, day: &str, name: &str) -> Value {
        json!({"resourceType": "Organization", "id": id, "meta": {"lastUpdated": format!("{day}T00:00:00Z")}, "name": name})
    }

    #[test]
    fn of_each_id_the_newest_stays_in_whatever_order_they_come() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Organization.ndjson");
        let mut sheet = NdjsonWriter::create(&path, AccessToken::new("sesame").as_ref()).unwrap();
        for (resource, put) in [
            (resource("a", "2026-01-02", "A"), WriteOutcome::New),
            (resource("b", "2026-01-02", "old"), WriteOutcome::New),
            (resource("a", "2026-01-02", "A"), WriteOutcome::Again),
            (resource("b", "2026-01-03", "new"), WriteOutcome::Instead),
            (resource("b", "2026-01-01", "older"), WriteOutcome::Again),
            (resource(&"c".repeat(64), "2026-01-01", "with sesame"), WriteOutcome::New),
            (resource(&"d".repeat(65), "2026-01-01", "too long"), WriteOutcome::Unfit),
        ] {
            assert_eq!(sheet.put(&resource).unwrap(), Some(put));
        }
        assert_eq!(sheet.put(&json!({"resourceType": "Organization"})).unwrap(), None);
        assert_eq!(sheet.len(), 3);
        sheet.finish().unwrap();
        let names: Vec<String> = fs::read_to_string(&path)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["name"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["A", "new", "with …"]);
    }

    #[test]
    fn no_resources_are_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Location.ndjson");
        NdjsonWriter::create(&path, None).unwrap().finish().unwrap();
        assert!(!path.exists());
    }
}
