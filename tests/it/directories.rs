//! The directories of the tests: the sample, and the real CMS files if available. Each is built
//! once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::{env, fs};

use jiff::Timestamp;
use jiff::civil::{Date, date};
use placement::catalog::generation::GenerationStore;
use placement::catalog::network_bitmap::NetworkBitmap;
use placement::catalog::{Catalog, SharedCatalog, build};
use placement::coverage::PlanDirectory;
use placement::matching::candidate::Directory;
use placement::place::{Zip, ZipTable};
use placement::provider::Provider;
use placement::refresh::gather::read_and_reconcile;
use placement::refresh::options::RefreshOptions;
use placement::service::{Need, Service};

use crate::questions::Choices;

/// The day of every question.
pub(crate) const TODAY: Date = date(2026, 11, 21);

/// A directory and its inputs.
pub(crate) struct Known {
    pub catalog: Arc<Catalog>,
    /// Its index folder.
    pub index: PathBuf,
    /// The providers before they were written and read again.
    pub providers: Vec<Arc<Provider>>,
    /// The terms of each line before they were written.
    pub listed: NetworkBitmap,
    plans: PlanDirectory,
}

static SAMPLE: LazyLock<Known> =
    LazyLock::new(|| Known::publish("sample", &Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sample")));
static PROFILED: LazyLock<Known> = LazyLock::new(|| {
    let (root, folder) = (Path::new(env!("CARGO_MANIFEST_DIR")), tempfile::tempdir().unwrap());
    let sample = fs::read_dir(root.join("data/sample")).unwrap().map(|entry| entry.unwrap().path());
    for file in sample.chain([root.join("data/curated/quality/profiles.csv")]) {
        fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    Known::publish("profiled", folder.path())
});
static REAL: LazyLock<Option<Known>> = LazyLock::new(|| real_folder().map(|folder| Known::publish("real", &folder)));

/// The directory of `data/sample`.
pub(crate) fn sample() -> &'static Known {
    &SAMPLE
}

/// The directory of `data/sample` with the profiles of the golden questions.
pub(crate) fn profiled() -> &'static Known {
    &PROFILED
}

/// The directory of the real files; `None`, with a message, if they are missing.
pub(crate) fn real() -> Option<&'static Known> {
    REAL.as_ref()
}

/// A file or folder of the shared data: in `PLACEMENT_SHARED`, otherwise beside the project. `None`, with a message, if it is
/// missing; it must exist if `CI` is set.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let found = env::var_os("PLACEMENT_SHARED").map_or_else(beside, PathBuf::from).join(path);
    if found.exists() {
        return Some(found);
    }
    assert!(env::var_os("CI").is_none(), "{} is missing", found.display());
    println!("skipped: {} is missing", found.display());
    None
}

/// The folder of real files.
pub(crate) fn real_folder() -> Option<PathBuf> {
    shared("data/real")
}

impl Known {
    fn publish(name: &str, from: &Path) -> Self {
        let index = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&index);
        let built_at: Timestamp = "2026-11-21T06:00:00Z".parse().unwrap();
        let options = RefreshOptions::new(from, &index, built_at);
        let (night, _) = read_and_reconcile(&options, &mut |_| {}).unwrap();
        let providers = night.providers.iter().cloned().map(Arc::new).collect();
        let (plans, listed) = (night.plans.clone(), night.listed.clone());
        let store = GenerationStore::new(&index);
        let manifest = build::build(night, &store).unwrap();
        store.set_current(&manifest.generation).unwrap();
        let shared = SharedCatalog::new(&index);
        shared.reload().unwrap();
        Self { catalog: shared.current().unwrap(), index, providers, listed, plans }
    }

    /// The plans, which the catalog returns as they were built.
    pub(crate) fn plans(&self) -> &PlanDirectory {
        assert_eq!(self.catalog.plans(), &self.plans);
        &self.plans
    }

    /// Possible questions, near any ZIP that a provider has.
    pub(crate) fn choices(&self) -> Choices {
        let offered = |service: &Service| self.providers.iter().any(|provider| provider.line(*service).is_some());
        let mut zips: Vec<Zip> =
            self.providers.iter().filter_map(|p| p.address.as_ref()).filter_map(|a| a.value.zip).collect();
        zips.sort();
        zips.dedup();
        zips.retain(|zip| ZipTable::curated().get(*zip).is_some());
        let answered = self.providers.iter().flat_map(|provider| &provider.lines).flat_map(|line| line.answers.keys());
        let mut needs: Vec<Need> = answered.copied().collect();
        needs.sort();
        needs.dedup();
        needs.extend(["wound.npwt", "sud.methadone", "inf.abx"].map(|code| code.parse::<Need>().unwrap()));
        let names = self.catalog.plans();
        Choices {
            services: Service::ALL.into_iter().filter(offered).collect(),
            zips,
            needs,
            plans: names.plans.iter().map(|plan| plan.name.clone()).collect(),
            networks: names.networks.iter().map(|network| network.name.clone()).collect(),
            payers: names.payers.iter().map(|payer| payer.name.clone()).collect(),
            today: TODAY,
        }
    }
}
