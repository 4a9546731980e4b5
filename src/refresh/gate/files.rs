//! Warnings about files that perhaps should not be read: those of undeclared sources, and several
//! full lists of one dataset.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::catalog::manifest::SourceStatus;
use crate::refresh::dataset::SeveralFiles;
use crate::refresh::fetch::nightly_sources;
use crate::refresh::read::dataset_named;
use crate::refresh::settings::RefreshConfig;
use crate::run_report::gate_check::{CheckVerdict, GateCheck};

/// The guard for folders of undeclared sources.
const UNDECLARED: &str = "undeclared";

/// The guard for lists that were read together.
const TOGETHER: &str = "read_together";

/// Checks the files of a refresh under `from`; each result is a warning.
pub(crate) fn evaluate(from: &Path, files: &[SourceStatus], settings: &RefreshConfig) -> Vec<GateCheck> {
    undeclared(from, files, settings).into_iter().chain(together(files)).collect()
}

/// Folders that a fetch filled but `refresh.toml` no longer declares: their files are read but
/// never updated.
fn undeclared(from: &Path, files: &[SourceStatus], settings: &RefreshConfig) -> Vec<GateCheck> {
    let folders: BTreeSet<&str> = files.iter().filter_map(|file| Some(file.file.split_once('/')?.0)).collect();
    let left = folders.into_iter().filter(|name| !settings.sources.contains_key(*name));
    left.filter(|name| nightly_sources::has_filled(&from.join(name)))
        .map(|name| {
            let folder = from.join(name).display().to_string();
            let words = format!(
                "{folder} was fetched for the source \"{name}\", which is no longer declared; it is read but never updated; \
                 remove the folder, or declare the source again"
            );
            GateCheck { guard: UNDECLARED, subject: name.to_owned(), verdict: CheckVerdict::Warn, words }
        })
        .collect()
}

/// Datasets with several files where each is a full list.
fn together(files: &[SourceStatus]) -> Vec<GateCheck> {
    let mut lists: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let is_one_list = |name| dataset_named(name).is_some_and(|dataset| dataset.several == SeveralFiles::OneList);
    for file in files.iter().filter(|file| is_one_list(&file.dataset)) {
        lists.entry(&file.dataset).or_default().push(&file.file);
    }
    lists.retain(|_, files| files.len() > 1);
    let described = |(dataset, files): (&str, Vec<&str>)| {
        let words = format!(
            "{dataset}: {} are read together, so providers of each are in the directory; if one replaces \
             another, remove the older",
            files.join(", ")
        );
        GateCheck { guard: TOGETHER, subject: dataset.to_owned(), verdict: CheckVerdict::Warn, words }
    };
    lists.into_iter().map(described).collect()
}
