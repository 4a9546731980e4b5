//! Directories in object storage, against a real S3: published, copied, verified, swapped, and served through an outage.
//! `tests/object_storage` starts one for a command.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::http::Request;
use jiff::{SignedDuration, Timestamp, Zoned};
use placement::catalog::SharedCatalog;
use placement::catalog::generation::GenerationStore;
use placement::catalog::manifest::{CatalogError, FORMAT};
use placement::config::bucket_address::BucketAddress;
use placement::directory_bucket::DirectoryBucket;
use placement::directory_bucket::error::BucketError;
use placement::sample;
use placement::sample::options::SampleOptions;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, publish};
use crate::cli::{Server, placement, run_in};

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

    /// Writes an object past the program, as a person or another version may.
    fn put(&self, name: &str, file: &Path) {
        let variable = |name: &str| std::env::var(name).unwrap();
        let user = format!("{}:{}", variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
        let place = self.address.to_string().replacen("s3://", "", 1);
        let url = format!("{}/{place}/{name}", variable("AWS_ENDPOINT"));
        let mut put = Command::new("curl");
        put.args(["--fail", "--silent", "--show-error", "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", &user]);
        assert!(put.arg("--upload-file").arg(file).arg(url).status().unwrap().success(), "{name}");
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
    assert_eq!(there.list().unwrap().len(), 4, "how many copies are kept is for the caller to say");
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
    let told = server.log().matches("the object storage of directories failed").count();
    assert!(told <= 2, "once where it could not be reached, and once if it answered before it was whole: {}", server.log());
    assert_eq!(server.end(), Some(0));
}

#[test]
fn the_refreshing_machine_keeps_as_many_copies_as_its_settings_say() {
    let Some(site) = Site::open() else { return };
    let settings = site.machine("builder");
    fs::write(site.folder.path().join("refresh.toml"), "keep = 4\n").unwrap();
    for _ in 0..5 {
        let done = run_in(site.folder.path(), &format!("refresh --config {settings} --from files"));
        assert_eq!(done.code, 0, "{}", done.err);
    }
    assert_eq!(site.store("builder").list().unwrap().len(), 4);
    let server = site.server("ward");
    server.wait_for("/readyz", &site.store("builder").current().unwrap());
    assert_eq!(site.store("ward").list().unwrap().len(), 1, "a server copies what is current");
}

#[test]
fn a_refusal_of_the_storage_is_told_once_and_without_a_credential() {
    let Some(site) = Site::open() else { return };
    let settings = site.machine("ward");
    let mut command = placement(site.folder.path());
    command.args(["--config", &settings, "--log", "trace", "serve"]).env("AWS_SECRET_ACCESS_KEY", "wr0ng-s3cret");
    let server = Server::of(command);
    server.wait_for("/readyz?verbose", "\"failure\":\"s3://");
    std::thread::sleep(std::time::Duration::from_secs(7));
    let (log, status) = (server.log(), server.ask("GET", "/readyz?verbose", ""));
    assert!(status.contains("403"), "{status}");
    assert_eq!(log.matches("the object storage of directories failed").count(), 1, "{log}");
    let key = std::env::var("AWS_ACCESS_KEY_ID").unwrap();
    for secret in ["wr0ng-s3cret", &key, "Signature=", "Credential="] {
        assert!(!log.contains(secret) && !status.contains(secret), "{secret}: {log} {status}");
    }
    let shown = format!("{:?}", site.bucket());
    assert!(!shown.contains(&key) && shown.contains("prefix"), "{shown}");
}

/// A directory as the next version would write it, made by changing the number of its format.
#[test]
fn a_directory_of_a_later_format_is_not_served_and_the_one_before_stays() {
    let Some(site) = Site::open() else { return };
    let refresh = format!("refresh --config {} --from files", site.machine("builder"));
    assert_eq!(run_in(site.folder.path(), &refresh).code, 0);
    let first = site.store("builder").current().unwrap();
    let server = site.server("ward");
    server.wait_for("/readyz", &first);

    let later = site.built("later", 0);
    let folder = site.store("later").generation_path(&later).unwrap();
    let manifest = folder.join("manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace(&format!("\"format\": {FORMAT}"), &format!("\"format\": {}", FORMAT + 1))).unwrap();
    for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
        site.put(&format!("{later}/{}", entry.file_name().to_string_lossy()), &entry.path());
    }
    site.put("current", &site.store("later").folder().join("current"));

    server.wait_for("/readyz?verbose", &format!("its format is {}, this version reads {FORMAT}", FORMAT + 1));
    server.wait_for("/metrics", "placement_directory_generation_skew 1");
    server.wait_for("/metrics", "placement_directory_storage_failing 1");
    assert!(server.ask("GET", "/readyz", "").contains(&first), "it stays ready with the directory before");
    assert!(server.ask("POST", "/v1/matches", &page(None).to_string()).starts_with("HTTP/1.1 200"));
    std::thread::sleep(std::time::Duration::from_secs(5));
    assert_eq!(server.log().matches("the object storage of directories failed").count(), 1, "{}", server.log());

    // A refresh of this version publishes what this version reads.
    let done = run_in(site.folder.path(), &refresh);
    assert_eq!(done.code, 0, "{}", done.err);
    server.wait_for("/readyz", &site.store("builder").current().unwrap());
    server.wait_for("/metrics", "placement_directory_storage_failing 0");
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
    // The others: a list of providers, a FHIR search, a file of an export, the button of the answer page.
    let listed = api.get("/v1/providers?limit=2").await.json();
    let fhir = api.get("/fhir/Organization?_count=2").await.json();
    let next =
        fhir["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next").unwrap()["url"].as_str().unwrap();
    let exported = api.get("/fhir/$bulk-publish").await.json()["output"][0]["url"].as_str().unwrap().to_owned();
    let path = |url: &str| url[url.find("/fhir/").unwrap()..].to_owned();
    let links =
        [format!("/v1/providers?limit=2&cursor={}", listed["next_cursor"].as_str().unwrap()), path(next), path(&exported)];
    let mut pages = Vec::new();
    for link in &links {
        let page = api.get(link).await;
        assert_eq!(page.status, 200, "{link}: {}", page.text);
        pages.push(page.bytes);
    }
    let form = "service=skilled_nursing&near=64108&within=100&coverage=Medicare&limit=1";
    let shown = ask_page(&api, form).await;
    let button = shown.split("name=\"cursor\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = format!("{form}&cursor={button}");
    assert!(ask_page(&api, &form).await.contains("2 to 2 of"));

    swap("2026-11-21T08:00:00Z");
    let after = api.post("/v1/matches", page(Some(&cursor))).await;
    assert_eq!(after.bytes, second.bytes, "the same page of the directory before");
    for (link, page) in links.iter().zip(&pages) {
        assert!(api.get(link).await.bytes == *page, "{link}: the same page of the directory before");
    }
    let shown = ask_page(&api, &form).await;
    assert!(shown.contains("2 to 2 of") && shown.contains("20261120T080000Z"), "{shown}");
    // Two swaps later nothing is left to answer from, unless another server is ahead of this one.
    swap("2026-11-22T08:00:00Z");
    let late = api.post("/v1/matches", page(Some(&cursor))).await;
    assert_eq!(late.faults(), [("/cursor".to_owned(), "stale_cursor".to_owned())]);
    for (link, code) in links.iter().zip(["stale_cursor", "page_gone", "export_gone"]) {
        let gone = api.get(link).await;
        assert!(!gone.status.is_success() && gone.text.contains(code), "{link}: {}", gone.text);
    }
    assert!(ask_page(&api, &form).await.contains("Show the first page"));
}

/// The page of an answer, as a browser gets to it.
async fn ask_page(api: &Api, form: &str) -> String {
    let asked = Request::post("/").header("content-type", "application/x-www-form-urlencoded");
    let kept = api.send(asked.body(Body::from(form.to_owned())).unwrap()).await;
    api.get(kept.header("location")).await.text
}

/// A server that is started again soon after a swap has what it served before.
#[test]
fn a_cursor_survives_a_swap_and_a_restart_after_it() {
    let folder = TempDir::new().unwrap();
    let files = SampleOptions { providers: 60, day: Zoned::now().date(), ..SampleOptions::built_in() };
    sample::generate(&files, &folder.path().join("files")).unwrap();
    let start = || Server::start(folder.path(), "serve");
    let refresh = || assert_eq!(run_in(folder.path(), "refresh --from files").code, 0);
    refresh();
    let server = start();
    server.wait_for("/readyz", "\"ready\"");
    let answer = server.ask("POST", "/v1/matches", &page(None).to_string());
    let answer: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let cursor = find_cursor(&answer);
    assert_eq!(server.end(), Some(0));
    refresh();
    let server = start();
    server.wait_for_log("kept the directory before this one");
    let next = server.ask("POST", "/v1/matches", &page(Some(&cursor)).to_string());
    let generation = answer["directory"]["generation"].as_str().unwrap();
    assert!(next.starts_with("HTTP/1.1 200") && next.contains(generation), "{next}");
    assert!(!server.ask("GET", "/readyz", "").contains(generation), "the newest is served");
}

fn find_cursor(answer: &Value) -> String {
    let found = answer["next_cursor"].as_str().or_else(|| answer["reports"][0]["next_cursor"].as_str());
    found.unwrap_or_else(|| panic!("no further page: {answer}")).to_owned()
}
