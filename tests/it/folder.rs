//! A folder of small files, read like in a refresh.

use std::path::Path;
use std::time::Duration;
use std::{fs, thread};

use jiff::Timestamp;
use placement::catalog::build::BuildInput;
use placement::coverage::AffiliationTerms;
use placement::evidence::Tristate;
use placement::provider::{Provider, ServiceLine};
use placement::refresh::error::RefreshError;
use placement::refresh::gather::read_and_reconcile;
use placement::refresh::options::{RefreshOptions, RefreshProgress};
use placement::refresh::run;
use placement::run_report::RunReport;
use placement::service::Service;

/// The time of the refresh: after every day in the tests except intended future days.
const TONIGHT: Timestamp = Timestamp::constant(1_900_000_000, 0);

/// The result of reading a folder.
pub(crate) struct Read {
    pub night: BuildInput,
    pub report: RunReport,
}

/// Reads a folder that exists.
pub(crate) fn read_folder(from: &Path) -> Result<Read, RefreshError> {
    let options = RefreshOptions { dry_run: true, ..RefreshOptions::new(from, "nowhere", TONIGHT) };
    read_and_reconcile(&options, &mut |_| {}).map(|(night, report)| Read { night, report })
}

/// Reads a folder of these files.
pub(crate) fn read<T: AsRef<[u8]>>(files: &[(&str, T)]) -> Read {
    try_read(files).unwrap()
}

/// Reads a folder of these files, which may fail.
pub(crate) fn try_read<T: AsRef<[u8]>>(files: &[(&str, T)]) -> Result<Read, RefreshError> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    read_folder(folder.path())
}

/// Writes files into a folder.
pub(crate) fn write<T: AsRef<[u8]>>(folder: &Path, files: &[(&str, T)]) {
    for (name, bytes) in files {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
}

impl Read {
    /// The provider of an id.
    pub(crate) fn provider(&self, id: &str) -> &Provider {
        self.night.providers.iter().find(|provider| provider.id.as_str() == id).unwrap_or_else(|| panic!("no {id}"))
    }

    /// A service line of a provider.
    pub(crate) fn line(&self, id: &str, service: Service) -> &ServiceLine {
        self.provider(id).line(service).unwrap_or_else(|| panic!("{id} offers no {service}"))
    }

    /// The terms of a line by network.
    pub(crate) fn terms(&self, id: &str, service: Service) -> Vec<&AffiliationTerms> {
        let keys = self.night.listed.of(&self.provider(id).id, self.line(id, service).service);
        keys.iter().map(|key| self.night.plans.terms(*key).unwrap()).collect()
    }

    /// The answer of a line to a need.
    pub(crate) fn says(&self, id: &str, service: Service, need: &str) -> Tristate {
        self.line(id, service).answer(need.parse().unwrap())
    }

    /// The rejects, each as `file:line field reason`.
    pub(crate) fn rejects(&self) -> Vec<String> {
        let listed = self.report.rejects.listed.iter();
        listed.map(|r| format!("{}:{} {}: {}", r.file, r.line, r.field, r.reason)).collect()
    }
}

/// Runs a refresh in a folder that an earlier one has released. A process that another test is just
/// starting may hold the lock until it is loaded, so the lock is retried.
pub(crate) fn run_when_free(
    options: &RefreshOptions,
    watch: &mut dyn FnMut(RefreshProgress),
) -> Result<RunReport, RefreshError> {
    for _ in 0..100 {
        match run(options, watch) {
            Err(RefreshError::Locked) => thread::sleep(Duration::from_millis(50)),
            ended => return ended,
        }
    }
    Err(RefreshError::Locked)
}
