//! The synthetic nation that is measured: generated once by the sample generator, refreshed by the
//! real pipeline in a separate process, and kept under `target/` until the next `cargo clean`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use jiff::tz::TimeZone;
use placement::catalog::{Catalog, SharedCatalog};
use placement::sample::options::SampleOptions;
use placement::{refresh, sample};

use crate::questions::TODAY;

/// A nation on disk.
pub(crate) struct Nation {
    /// Number of providers.
    pub providers: u32,
    /// Number of networks.
    pub networks: u32,
    /// The source files.
    pub files: PathBuf,
    /// The index folder with the generation built from them.
    pub index: PathBuf,
}

/// The cost of one refresh.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Night {
    /// Seconds from start to publication.
    pub seconds: f64,
    /// Peak memory in megabytes of 10^6 bytes.
    pub peak_mb: f64,
    /// Seconds of processor time, of all threads.
    pub cpu_seconds: f64,
}

impl Nation {
    /// The files of a nation, generated unless they exist from an earlier run.
    pub(crate) fn made(providers: u32, networks: u32) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("nation-{providers}-{networks}"));
        let nation = Self { providers, networks, files: folder.join("files"), index: folder.join("index") };
        let whole = folder.join("whole");
        if !whole.is_file() {
            let plan = SampleOptions { providers, networks, seed: 1, around: None, day: TODAY };
            sample::generate(&plan, &nation.files).expect("the files of the nation");
            fs::write(whole, "").expect("a mark that they are whole");
        }
        nation
    }

    /// The same files with another index folder, for benchmarks that publish more than once.
    pub(crate) fn apart(&self, name: &str) -> Self {
        Self { files: self.files.clone(), index: self.index.with_file_name(name), ..*self }
    }

    /// Refreshes from the files into an empty index folder, in a separate process.
    pub(crate) fn refresh(&self) -> Night {
        let _ = fs::remove_dir_all(&self.index);
        let done = child("refresh", &[&self.files, &self.index]).output().expect("a refresh");
        let told = String::from_utf8_lossy(&done.stdout);
        let numbers: Vec<f64> = told.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        match numbers[..] {
            [seconds, peak_mb, cpu_seconds] => Night { seconds, peak_mb, cpu_seconds },
            _ => panic!("the refresh failed: {told}{}", String::from_utf8_lossy(&done.stderr)),
        }
    }

    /// The generation, refreshed first if there is none.
    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        if !self.index.join("current").exists() {
            self.refresh();
        }
        let shared = SharedCatalog::new(&self.index);
        shared.reload().expect("the generation");
        shared.current().expect("a generation to serve")
    }

    /// Total size of its files in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        csv_files(&self.files).iter().filter_map(|file| file.metadata().ok()).map(|data| data.len()).sum()
    }
}

/// The CSV files of a folder.
pub(crate) fn csv_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder of files").flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "csv")).collect()
}

/// This program again, to do one thing in a separate process.
pub(crate) fn child(what: &str, paths: &[&Path]) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("the path of this program"));
    command.arg("child").arg(what).args(paths).stdin(Stdio::null()).stderr(Stdio::piped());
    command
}

/// In the child: runs one refresh and prints its cost on stdout.
pub(crate) fn refresh_here(from: &Path, index: &Path) {
    let start = Instant::now();
    let built_at = TODAY.to_zoned(TimeZone::UTC).expect("a day").timestamp();
    let options = placement::refresh::options::RefreshOptions::new(from, index, built_at);
    refresh::run(&options, &mut |_| {}).expect("a refresh that publishes");
    println!("{} {} {}", start.elapsed().as_secs_f64(), memory_mb("self", "VmHWM"), cpu_seconds());
}

/// The processor time of this process in seconds: the user and system times of `/proc/self/stat`, in hundredths.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// A line of `/proc/<pid>/status` in megabytes of 10^6 bytes.
pub(crate) fn memory_mb(pid: &str, line: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kibibytes = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
    kibibytes.and_then(|text| text.trim().strip_suffix(" kB")?.parse::<f64>().ok()).map_or(f64::NAN, |kb| kb * 1.024e-3)
}

/// Ends a child that would serve forever.
pub(crate) fn end(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}
