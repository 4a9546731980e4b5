//! A folder of small files, read the way a night reads it.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use placement::care::Service;
use placement::catalog::build::Night;
use placement::coverage::Terms;
use placement::evidence::Answer;
use placement::provider::{Provider, ServiceLine};
use placement::refresh::report::RunReport;
use placement::refresh::{Options, Progress, RefreshError, gather, run};

/// A night after every day that a test names, but for those that are meant to be ahead of it.
const TONIGHT: Timestamp = Timestamp::constant(1_900_000_000, 0);

/// What a night made of a folder.
pub struct Read {
    pub night: Night,
    pub report: RunReport,
}

/// Reads a folder that exists.
pub fn read_folder(from: &Path) -> Result<Read, RefreshError> {
    let options = Options { dry_run: true, ..Options::new(from, "nowhere", TONIGHT) };
    gather(&options, &mut |_| {}).map(|(night, report)| Read { night, report })
}

/// Reads a folder of these files.
pub fn read<T: AsRef<[u8]>>(files: &[(&str, T)]) -> Read {
    try_read(files).unwrap()
}

/// Reads a folder of these files, which may be refused.
pub fn try_read<T: AsRef<[u8]>>(files: &[(&str, T)]) -> Result<Read, RefreshError> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    read_folder(folder.path())
}

/// Writes files into a folder.
pub fn write<T: AsRef<[u8]>>(folder: &Path, files: &[(&str, T)]) {
    for (name, bytes) in files {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
}

impl Read {
    /// The provider of an id.
    pub fn provider(&self, id: &str) -> &Provider {
        self.night.providers.iter().find(|provider| provider.id.as_str() == id).unwrap_or_else(|| panic!("no {id}"))
    }

    /// A line of a provider.
    pub fn line(&self, id: &str, service: Service) -> &ServiceLine {
        self.provider(id).line(service).unwrap_or_else(|| panic!("{id} offers no {service}"))
    }

    /// The terms on which networks list a line.
    pub fn terms(&self, id: &str, service: Service) -> Vec<&Terms> {
        let keys = self.night.listed.of(&self.provider(id).id, self.line(id, service).service);
        keys.iter().map(|key| self.night.plans.terms(*key).unwrap()).collect()
    }

    /// What a line answers to a need.
    pub fn says(&self, id: &str, service: Service, need: &str) -> Answer {
        self.line(id, service).answer(need.parse().unwrap())
    }

    /// The rejects, each as `file:line field reason`.
    pub fn rejects(&self) -> Vec<String> {
        let listed = self.report.rejects.listed.iter();
        listed.map(|r| format!("{}:{} {}: {}", r.file, r.line, r.field, r.reason)).collect()
    }
}

/// Runs a night in a folder that an earlier one has let go of. A program that another test is just starting may hold the lock until it
/// is loaded, so a lock is waited for.
pub fn run_when_free(options: &Options, watch: &mut dyn FnMut(Progress)) -> Result<RunReport, RefreshError> {
    for _ in 0..100 {
        match run(options, watch) {
            Err(RefreshError::Locked) => thread::sleep(Duration::from_millis(50)),
            ended => return ended,
        }
    }
    Err(RefreshError::Locked)
}
