//! The lists of the files that a payer's directory consists of: the index that marketplace issuers and Medicare Advantage
//! contracts publish, the manifest of a FHIR bulk export, and that of CMS's National Provider Directory.

use std::io;
use std::io::BufRead;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::refresh::dataset::{DatasetSpec, DocumentSpec, SourceNaming};
use crate::refresh::input::read_budget::ReadBudget;
use crate::refresh::parsed::ParsedInput;
use crate::refresh::parsed::file_index::FileIndex;
use crate::refresh::read::stats::ReadStats;
use crate::refresh::source_record::RowError;
use crate::refresh::trust_tier::TrustTier;
use crate::run_report::rejects::{RejectedRow, RejectedRows};

const fn spec(name: &'static str, document: DocumentSpec) -> DatasetSpec {
    DatasetSpec::document_of(name, TrustTier::Payer, SourceNaming::Place, document)
}

/// The index of a payer.
pub(crate) static INDEX: DatasetSpec = spec(
    "index of provider files",
    DocumentSpec { resource_types: &[], keys: &[&["provider_urls"], &["plan_urls"]], reader: Ok(read_index) },
);

/// The manifest of a bulk export.
pub(crate) static MANIFEST: DatasetSpec = spec(
    "bulk manifest",
    DocumentSpec { resource_types: &[], keys: &[&["transactionTime", "output"]], reader: Ok(read_manifest) },
);

/// The manifest of the National Provider Directory.
pub(crate) static NATIONAL_MANIFEST: DatasetSpec = spec(
    "CMS National Provider Directory manifest",
    DocumentSpec { resource_types: &[], keys: &[&["compression_algorithm", "files"]], reader: Ok(read_national_manifest) },
);

/// The lists of an index that are used; files of drugs are not.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct IndexLists {
    provider_urls: Vec<Value>,
    plan_urls: Vec<Value>,
}

impl IndexLists {
    /// The addresses as written; `None` for one that is not a text.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = Option<&str>> {
        self.plan_urls.iter().chain(&self.provider_urls).map(Value::as_str)
    }
}

/// The used part of a manifest.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ManifestFiles {
    output: Vec<ManifestFile>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ManifestFile {
    url: Value,
}

/// The used part of the National Provider Directory's manifest.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NationalFiles {
    files: Map<String, Value>,
}

fn read_index(
    document: &mut dyn BufRead,
    _within: &ReadBudget,
    file: &str,
    parsed: &mut ParsedInput,
    rejects: &mut RejectedRows,
) -> io::Result<ReadStats> {
    let names = |lists: &IndexLists| lists.addresses().map(|url| url.map(str::to_owned)).collect();
    read(document, file, parsed, rejects, names)
}

fn read_manifest(
    document: &mut dyn BufRead,
    _within: &ReadBudget,
    file: &str,
    parsed: &mut ParsedInput,
    rejects: &mut RejectedRows,
) -> io::Result<ReadStats> {
    let names = |manifest: &ManifestFiles| manifest.output.iter().map(|one| one.url.as_str().map(str::to_owned)).collect();
    read(document, file, parsed, rejects, names)
}

fn read_national_manifest(
    document: &mut dyn BufRead,
    _within: &ReadBudget,
    file: &str,
    parsed: &mut ParsedInput,
    rejects: &mut RejectedRows,
) -> io::Result<ReadStats> {
    let names = |manifest: &NationalFiles| manifest.files.keys().cloned().map(Some).collect();
    read(document, file, parsed, rejects, names)
}

/// Reads which files there are, so that a missing one is noticed.
fn read<T: DeserializeOwned + Default>(
    document: &mut dyn BufRead,
    file: &str,
    parsed: &mut ParsedInput,
    rejects: &mut RejectedRows,
    names: impl Fn(&T) -> Vec<Option<String>>,
) -> io::Result<ReadStats> {
    let mut stats = ReadStats::default();
    let mut refuse = |value: &str, reason: &str| {
        stats.rejected += 1;
        rejects.push(RejectedRow::at(file, 1, String::new(), RowError::whole(value, reason), false));
    };
    let lists = match serde_json::from_reader::<_, T>(document) {
        Ok(lists) => lists,
        Err(error) if error.is_io() => return Err(error.into()),
        Err(error) => {
            refuse("", &format!("it is not a list of files: {error}"));
            T::default()
        }
    };
    let mut index = FileIndex { file: file.to_owned(), ..FileIndex::default() };
    for url in names(&lists) {
        let url = url.unwrap_or_default();
        match name_in(&url) {
            Some(name) => drop(index.names.insert(name)),
            None => refuse(&url, "it is not the address of a file"),
        }
    }
    stats.rows = index.names.len() as u64 + stats.rejected;
    parsed.indexes.push(index);
    Ok(stats)
}

/// The file name in an address: the last part of its path.
fn name_in(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next().unwrap_or(url).trim();
    path.rsplit('/').next().filter(|name| !name.is_empty()).map(|name| name.replace("%20", " "))
}
