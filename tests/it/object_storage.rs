//! Directories in object storage, against a real S3: published, copied, verified, swapped, and served through an outage.
//! `tests/object_storage` starts one for a command.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp, Zoned};
use placement::catalog::SharedCatalog;
use placement::catalog::generation::GenerationStore;
use placement::catalog::manifest::CatalogError;
use placement::config::bucket_address::BucketAddress;
use placement::directory_bucket::DirectoryBucket;
use placement::directory_bucket::error::BucketError;
use placement::sample;
use placement::sample::options::SampleOptions;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, publish};
use crate::cli::{Server, run_in};

/// One test at a time: some stop the storage.
static STORAGE: Mutex<()> = Mutex::new(());

/// An empty place in the storage and a folder for local copies.
struct Site {
    _alone: MutexGuard<'static, ()>,
    folder: TempDir,
    address: BucketAddress,
}

impl Site {
    /// `None` without a storage; fails where every check must run.
    fn open() -> Option<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let Ok(bucket) = std::env::var("PLACEMENT_S3") else {
            assert!(std::env::var_os("CI").is_none(), "run the tests with tests/object_storage");
            println!("skipped: run with tests/object_storage");
            return None;
        };
        let alone = STORAGE.lock().unwrap_or_else(PoisonError::into_inner);
        let address = format!("{bucket}/{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed)).parse().unwrap();
        let folder = TempDir::new().unwrap();
        let files = SampleOptions { providers: 60, day: Zoned::now().date(), ..SampleOptions::built_in() };
        sample::generate(&files, &folder.path().join("files")).unwrap();
        Some(Self { _alone: alone, folder, address })
    }

    fn bucket(&self) -> DirectoryBucket {
        DirectoryBucket::open(&self.address).unwrap()
    }

    fn store(&self, name: &str) -> GenerationStore {
        GenerationStore::new(self.folder.path().join(name))
    }

    /// A generation built `hours` ago in the local folder `name`, and its id.
    fn built(&self, name: &str, hours: i64) -> String {
        let built_at = Timestamp::now() - SignedDuration::from_hours(hours);
        publish(&self.folder.path().join("files"), self.store(name).folder(), &built_at.to_string());
        self.store(name).current().unwrap()
    }

    /// Writes a settings file for the machine `name`, with a local folder of its own.
    fn machine(&self, name: &str) -> String {
        let file = format!("{name}.toml");
        let text = format!("index = \"{}\"\nlocal_copy = \"{name}\"\ndata = \"{name}.data\"\n", self.address);
        fs::write(self.folder.path().join(&file), text).unwrap();
        file
    }

    fn server(&self, name: &str) -> Server {
        let settings = self.machine(name);
        Server::start(self.folder.path(), &format!("serve --config {settings}"))
    }

    fn run(name: &str) {
        assert!(Command::new(std::env::var(name).unwrap()).status().unwrap().success(), "{name}");
    }
}

fn without_copy(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().all(|entry| !entry.unwrap().file_name().to_string_lossy().contains(".pull"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_published_directory_is_copied_whole_and_older_ones_are_removed() {
    let Some(site) = Site::open() else { return };
    let (bucket, here, there) = (site.bucket(), site.store("here"), site.store("there"));
    assert_eq!(bucket.current().await.unwrap(), None);
    let mut before = None;
    let mut ids = Vec::new();
    for hours in [4, 3, 2, 1] {
        let id = site.built("here", hours);
        bucket.publish(&here, &id, before.as_ref()).await.unwrap();
        // The same again changes nothing: the answer to a first request may have been lost.
        let now = bucket.current().await.unwrap();
        bucket.publish(&here, &id, before.as_ref()).await.unwrap();
        assert_eq!(bucket.current().await.unwrap(), now);
        bucket.pull(&id, &there).await.unwrap();
        assert_eq!(there.verify(&id).unwrap(), here.verify(&id).unwrap());
        assert_eq!(there.current().unwrap(), id);
        before = now;
        ids.insert(0, id);
    }
    assert_eq!(there.list().unwrap().len(), 2, "a server keeps what it serves and the one before");
    assert!(without_copy(there.folder()));
    assert_eq!(bucket.generations().await.unwrap(), ids);
    assert_eq!(bucket.prune(2).await.unwrap(), &ids[2..]);
    assert_eq!(bucket.generations().await.unwrap(), &ids[..2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_refreshes_one_wins_and_the_other_is_told_who() {
    let Some(site) = Site::open() else { return };
    let bucket = site.bucket();
    let first = site.built("first", 3);
    bucket.publish(&site.store("first"), &first, None).await.unwrap();
    let before = bucket.current().await.unwrap();
    let (fast, slow) = (site.built("fast", 2), site.built("slow", 1));
    bucket.publish(&site.store("fast"), &fast, before.as_ref()).await.unwrap();
    match bucket.publish(&site.store("slow"), &slow, before.as_ref()).await {
        Err(BucketError::Overtaken { before, now }) => assert_eq!((before, now), (first, fast.clone())),
        other => panic!("{other:?}"),
    }
    match bucket.publish(&site.store("slow"), &slow, None).await {
        Err(BucketError::Overtaken { before, .. }) => assert_eq!(before, "none"),
        other => panic!("{other:?}"),
    }
    assert_eq!(bucket.current().await.unwrap().unwrap().generation, fast);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_object_is_never_served_and_what_is_local_stays() {
    let Some(site) = Site::open() else { return };
    let bucket = site.bucket();
    let good = site.built("here", 3);
    bucket.publish(&site.store("here"), &good, None).await.unwrap();
    let there = site.store("there");
    bucket.pull(&good, &there).await.unwrap();

    // A generation whose files are not those of its manifest, as a person might copy them there.
    let next = site.built("other", 2);
    let folder = site.store("other").generation_path(&next).unwrap();
    let manifest = site.store("other").verify(&next).unwrap();
    let damaged = folder.join(&manifest.files[0].name);
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[0] ^= 1;
    fs::write(&damaged, &bytes).unwrap();
    let refused = bucket.publish(&site.store("other"), &next, bucket.current().await.unwrap().as_ref()).await;
    assert!(matches!(refused, Err(BucketError::Local(CatalogError::Damaged { .. }))), "{refused:?}");
    assert_eq!(bucket.current().await.unwrap().unwrap().generation, good, "nothing was published");
    assert!(bucket.pull(&next, &there).await.is_err(), "it is not there");
    assert_eq!(there.current().unwrap(), good);
    assert!(without_copy(there.folder()));
}

#[test]
fn a_refresh_here_is_served_there_and_an_outage_of_the_storage_stops_no_answer() {
    let Some(site) = Site::open() else { return };
    let settings = site.machine("builder");
    let refresh = format!("refresh --config {settings} --from files");
    let server = site.server("ward");
    server.wait_for("/readyz?verbose", "\"status\":\"no_directory\"");

    let done = run_in(site.folder.path(), &refresh);
    assert_eq!(done.code, 0, "{}", done.err);
    let first = site.store("builder").current().unwrap();
    server.wait_for("/readyz", &first);
    server.wait_for("/readyz?verbose", &format!("\"published\":\"{first}\",\"failure\":null"));
    assert!(site.folder.path().join("ward/reports/last.json").exists(), "the report of the refresh is shown there");

    // Without the storage: answers, a server that starts, and a refresh that says why it published nothing.
    Site::run("PLACEMENT_S3_STOP");
    server.wait_for("/metrics", "placement_directory_storage_failing 1");
    assert!(server.ask("GET", "/readyz", "").contains(&first));
    let failed = run_in(site.folder.path(), &refresh);
    assert_eq!(failed.code, 69, "{}", failed.err);
    assert!(failed.err.contains("s3://placement/"), "{}", failed.err);
    assert_eq!(server.end(), Some(0));
    let server = site.server("ward");
    server.wait_for("/readyz", &first);
    Site::run("PLACEMENT_S3_START");
    server.wait_for("/metrics", "placement_directory_storage_failing 0");

    // The next one, and back by hand.
    let done = run_in(site.folder.path(), &refresh);
    assert_eq!(done.code, 0, "{}", done.err);
    let second = site.store("builder").current().unwrap();
    assert_ne!(first, second);
    server.wait_for("/readyz", &second);
    server.wait_for("/metrics", "placement_directory_generation_skew 0");
    let back = run_in(site.folder.path(), &format!("directory rollback --config {settings}"));
    assert_eq!(back.code, 0, "{}", back.err);
    server.wait_for("/readyz", &first);
    assert!(!server.log().contains("AWS"), "{}", server.log());
    assert_eq!(server.end(), Some(0));
}

/// The question of two pages.
fn page(cursor: Option<&str>) -> Value {
    json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "within_miles": 100, "coverage": {"program": "medicare"},
        "limit": 1, "cursor": cursor})
}

#[tokio::test]
async fn an_answer_in_pages_survives_a_swap() {
    let folder = TempDir::new().unwrap();
    let files = SampleOptions { providers: 60, day: Zoned::now().date(), ..SampleOptions::built_in() };
    sample::generate(&files, &folder.path().join("files")).unwrap();
    let index = folder.path().join("index");
    let publish_at = |time: &str| publish(&folder.path().join("files"), &index, time);
    publish_at("2026-11-20T08:00:00Z");
    let app = Arc::new(AppState::new(SharedCatalog::new(&index)));
    app.catalog.reload().unwrap();
    let api = Api::shared(Arc::clone(&app));
    let swap = |time: &str| {
        publish_at(time);
        app.catalog.reload().unwrap();
        app.serve_newest();
    };
    let first = api.post("/v1/matches", page(None)).await.json();
    let cursor = find_cursor(&first);
    let second = api.post("/v1/matches", page(Some(&cursor))).await;
    swap("2026-11-21T08:00:00Z");
    let after = api.post("/v1/matches", page(Some(&cursor))).await;
    assert_eq!(after.bytes, second.bytes, "the same page of the directory before");
    // Two swaps later nothing is left to answer from, unless another server is ahead of this one.
    swap("2026-11-22T08:00:00Z");
    let late = api.post("/v1/matches", page(Some(&cursor))).await;
    assert_eq!(late.faults(), [("/cursor".to_owned(), "stale_cursor".to_owned())]);
}

fn find_cursor(answer: &Value) -> String {
    let found = answer["next_cursor"].as_str().or_else(|| answer["reports"][0]["next_cursor"].as_str());
    found.unwrap_or_else(|| panic!("no further page: {answer}")).to_owned()
}
