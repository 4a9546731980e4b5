//! Files a night should perhaps not have read: those of a source that is declared no more, and two that both are the whole of a list.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::catalog::manifest::SourceStatus;
use crate::refresh::dataset::SeveralFiles;
use crate::refresh::fetch::nightly_sources;
use crate::refresh::read::dataset_named;
use crate::refresh::settings::RefreshConfig;
use crate::run_report::gate_check::{CheckVerdict, GateCheck};

/// The guard of folders that no source fills any more.
const UNDECLARED: &str = "undeclared";

/// The guard of lists that were read twice.
const TOGETHER: &str = "read_together";

/// Looks at the files of a night, which lay below `from`; each finding is a warning.
pub(crate) fn judge(from: &Path, files: &[SourceStatus], settings: &RefreshConfig) -> Vec<GateCheck> {
    undeclared(from, files, settings).into_iter().chain(together(files)).collect()
}

/// Folders that a fetch has filled and `refresh.toml` declares no more: what lies there is read for ever and never renewed.
fn undeclared(from: &Path, files: &[SourceStatus], settings: &RefreshConfig) -> Vec<GateCheck> {
    let folders: BTreeSet<&str> = files.iter().filter_map(|file| Some(file.file.split_once('/')?.0)).collect();
    let left = folders.into_iter().filter(|name| !settings.sources.contains_key(*name));
    left.filter(|name| nightly_sources::has_filled(&from.join(name)))
        .map(|name| {
            let folder = from.join(name).display().to_string();
            let words = format!(
                "{folder} was fetched for a source \"{name}\" that is declared no more; it is still read and never renewed: \
                 remove the folder, or declare the source again"
            );
            GateCheck { guard: UNDECLARED, subject: name.to_owned(), verdict: CheckVerdict::Warn, words }
        })
        .collect()
}

/// Datasets of which each file is the whole list, found in more than one.
fn together(files: &[SourceStatus]) -> Vec<GateCheck> {
    let mut lists: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let is_one_list = |name| dataset_named(name).is_some_and(|dataset| dataset.several == SeveralFiles::OneList);
    for file in files.iter().filter(|file| is_one_list(&file.dataset)) {
        lists.entry(&file.dataset).or_default().push(&file.file);
    }
    lists.retain(|_, files| files.len() > 1);
    let told = |(dataset, files): (&str, Vec<&str>)| {
        let words = format!(
            "{dataset}: {} are read together, and who is in any of them is in the directory; where one takes the place of \
             another, remove the older",
            files.join(", ")
        );
        GateCheck { guard: TOGETHER, subject: dataset.to_owned(), verdict: CheckVerdict::Warn, words }
    };
    lists.into_iter().map(told).collect()
}
