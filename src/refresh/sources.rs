//! Metadata of a folder's files, from `sources.toml`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;

use crate::regular_file;
use crate::toml_reader::TomlReader;

/// The name of the metadata file.
pub(crate) const FILE: &str = "sources.toml";

/// `sources.toml`: whether the files are synthetic, and the date of each.
///
/// ```toml
/// synthetic = true
///
/// [files."hospices.csv"]
/// as_of = "2026-11-01"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourcesFile {
    /// Whether the providers in the files are synthetic.
    #[serde(default)]
    pub synthetic: bool,
    /// Metadata of single files, by name within the folder.
    #[serde(default)]
    pub files: BTreeMap<String, SourceMetadata>,
}

/// Metadata of one file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceMetadata {
    /// The date of its facts.
    #[serde(default, deserialize_with = "day")]
    pub as_of: Option<Date>,
    /// Whether the file is a full list, such as the OIG's monthly file, or a supplement.
    pub whole: Option<bool>,
    /// The sheet of a workbook that is read; without it the first one.
    pub sheet: Option<String>,
}

/// Deserializes a date, quoted or as a TOML date.
fn day<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum RawSourceMetadata {
        Text(String),
        Bare(toml::value::Datetime),
    }
    let text = match RawSourceMetadata::deserialize(from)? {
        RawSourceMetadata::Text(text) => text,
        RawSourceMetadata::Bare(bare) => bare.to_string(),
    };
    text.parse().map(Some).map_err(|_| serde::de::Error::custom(format!("\"{text}\" is not a date such as 2026-11-01")))
}

impl SourcesFile {
    /// Parses the file's text.
    ///
    /// # Errors
    /// All faults, one per line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        TomlReader::new(text).read_whole()
    }
}

/// Writes the file for fetched files of one date, where a refresh reads it. Without a date their names are written alone.
///
/// # Errors
/// An I/O error.
pub(crate) fn write<'a>(folder: &Path, names: impl IntoIterator<Item = &'a String>, day: Option<Date>) -> io::Result<()> {
    let about = toml::Table::from_iter(day.map(|day| ("as_of".to_owned(), day.to_string().into())));
    let files: toml::Table = names.into_iter().map(|name| (name.clone(), about.clone().into())).collect();
    let text = toml::Table::from_iter([("files".to_owned(), files.into())]).to_string();
    regular_file::write(&folder.join(FILE), format!("# Written by placement fetch.\n{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_with_its_date_or_without() {
        let folder = tempfile::tempdir().unwrap();
        for day in [Some(jiff::civil::date(2026, 11, 1)), None] {
            let names = ["a.csv", "list.zip/a \"b\".csv"].map(str::to_owned);
            write(folder.path(), &names, day).unwrap();
            let read = SourcesFile::parse(&std::fs::read_to_string(folder.path().join(FILE)).unwrap()).unwrap();
            assert_eq!(read.files.keys().collect::<Vec<_>>(), names.iter().collect::<Vec<_>>());
            assert!(read.files.values().all(|about| about.as_of == day), "{read:?}");
        }
    }

    #[test]
    fn sources_toml_is_read_strictly() {
        let read = SourcesFile::parse(
            "synthetic = true\n[files.\"a.csv\"]\nas_of = \"2026-11-01\"\n[files.\"b.csv\"]\nas_of = 2026-11-02\n",
        )
        .unwrap();
        assert!(read.synthetic);
        assert_eq!(read.files["a.csv"].as_of.unwrap().to_string(), "2026-11-01");
        assert_eq!(read.files["b.csv"].as_of.unwrap().to_string(), "2026-11-02");
        let wrong = "synthetik = true\n[files.\"a\"]\nasof = \"2026-11-01\"\n[files.\"b\"]\nas_of = \"soon\"\n";
        let faults = SourcesFile::parse(wrong).unwrap_err();
        let keys: Vec<&str> = faults.lines().map(|line| line.split(": ").nth(1).unwrap()).collect();
        assert_eq!(keys, ["synthetik", "files.a.asof", "files.b.as_of"], "{faults}");
    }
}
