//! The night on real files: what a folder of CMS lists becomes.

use std::env;
use std::path::PathBuf;

use jiff::Timestamp;
use placement::care::Service;
use placement::catalog::build::Night;
use placement::evidence::Answer;
use placement::place::Precision;
use placement::provider::{Provider, ServiceLine, stated};
use placement::refresh::report::RunReport;
use placement::refresh::{Options, gather};

/// The folder of real files; `None` where a user has none, which on a build server is a failure.
fn real() -> Option<PathBuf> {
    let shared = env::var_os("PLACEMENT_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let folder = shared.join("data/real");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(env::var_os("CI").is_none(), "{} is missing", folder.display());
    println!("skipped: {} is missing", folder.display());
    None
}

fn night(from: PathBuf) -> (Night, RunReport) {
    let options =
        Options { from, index: PathBuf::from("/nonexistent"), dry_run: true, built_at: Timestamp::UNIX_EPOCH };
    gather(&options, &mut |_| {}).unwrap()
}

fn provider<'a>(night: &'a Night, ccn: &str) -> &'a Provider {
    night
        .providers
        .iter()
        .find(|p| p.ccn.as_ref().is_some_and(|c| c.to_string() == ccn))
        .unwrap_or_else(|| panic!("no provider {ccn}"))
}

#[test]
fn the_real_folder_becomes_a_directory() {
    let Some(folder) = real() else { return };
    let (night, report) = night(folder);
    println!("{report}");
    let _ = night;
}
