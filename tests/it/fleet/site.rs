//! Two servers behind HAProxy, on one object storage and one PostgreSQL.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};
use placement::catalog::generation::GenerationStore;
use placement::config::bucket_address::BucketAddress;
use placement::directory_bucket::DirectoryBucket;
use placement::refresh::options::RefreshOptions;
use placement::{refresh, sample};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::client::Client;
use crate::cli::{Server, placement, run_in};
use crate::ledger::postgres::Database;
use crate::reliability::swap::Dated;

/// The settings of the proxy, as they are shipped.
const PROXY: &str = include_str!("../../../docs/schedule/haproxy.cfg");

/// How long servers take requests after they are told to stop: longer than the proxy needs to notice.
const DRAIN_SECONDS: u64 = 4;

/// What a key of the test may do.
const SCOPES: [&str; 8] =
    ["directory:read", "match", "provider:write", "outcome:write", "observation:write", "referral", "pages", "metrics"];

/// The installation.
pub(crate) struct Site {
    folder: TempDir,
    pub(crate) database: Database,
    bucket: DirectoryBucket,
    pub(crate) runtime: Runtime,
    /// Every generation that will be published, in this order. Those next to each other have no date in common.
    pub(crate) generations: Vec<Dated>,
    servers: [Mutex<Option<Server>>; 2],
    ports: [u16; 2],
    proxy: Child,
    pub(crate) address: String,
    pub(crate) key: String,
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
    }
}

/// A port that nobody listens on now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Builds `count` generations of two sets of files by turns, an hour apart.
fn build(folder: &Path, count: usize) -> Vec<Dated> {
    let sets = [35, 400].map(|days_ago: i64| {
        let (files, index) = (folder.join(format!("files-{days_ago}")), folder.join(format!("index-{days_ago}")));
        sample::unpack(&files, Zoned::now().date().checked_sub(days_ago.days()).unwrap()).unwrap();
        (files, index)
    });
    let built = |number: usize| {
        let (files, index) = &sets[number % 2];
        let hours = i64::try_from(count - number).unwrap();
        let mut options = RefreshOptions::new(files, index, Timestamp::now() - SignedDuration::from_hours(hours));
        options.settings.keep = count + 1;
        refresh::run(&options, &mut |_| {}).unwrap();
        let store = GenerationStore::new(index);
        let manifest = store.verify(&store.current().unwrap()).unwrap();
        let dates = manifest.sources.iter().filter_map(|source| source.as_of).map(|day| day.to_string());
        // Statements and observations of this run are of today, in answers of every generation.
        let days = dates.chain([Zoned::now().date().to_string()]).collect();
        Dated { id: manifest.generation, days }
    };
    (0..count).map(built).collect()
}

impl Site {
    /// With the first of `generations` published. `None` without what it needs.
    pub(crate) fn open(generations: usize) -> Option<Self> {
        let (Ok(storage), Ok(haproxy)) = (std::env::var("PLACEMENT_S3"), std::env::var("PLACEMENT_HAPROXY")) else {
            println!("skipped: run with tests/fleet");
            return None;
        };
        let runtime = Runtime::new().unwrap();
        let folder = TempDir::new().unwrap();
        let bucket_address: BucketAddress = format!("{storage}/fleet-{}", std::process::id()).parse().unwrap();
        let bucket = DirectoryBucket::open(&bucket_address).unwrap();
        let database = runtime.block_on(Database::make());
        let generations = build(folder.path(), generations);
        let (ports, port) = ([free_port(), free_port()], free_port());
        let address = format!("127.0.0.1:{port}");
        for name in ["one", "two"] {
            let ledger = &database.address;
            let settings = format!(
                "index = \"{bucket_address}\"\nlocal_copy = \"{name}\"\ndata = \"{name}.data\"\nledger = \"{ledger}\"\n\
                 public_url = \"http://{address}\"\nbehind_proxy = true\ndrain_seconds = {DRAIN_SECONDS}\nlog = \"warn\"\n[access]\n[limits]\n\
                 per_second = 100000\nburst = 100000\nentries_per_day = 1000000\n"
            );
            fs::write(folder.path().join(format!("{name}.toml")), settings).unwrap();
        }
        let scopes = SCOPES.map(|scope| format!("--scope {scope}")).join(" ");
        let made = run_in(folder.path(), &format!("--config one.toml key create --label fleet {scopes}"));
        let key = made.out.split_whitespace().find(|word| word.starts_with("plc_"));
        let key = key.unwrap_or_else(|| panic!("no key: {made:?}")).to_owned();
        let proxy = start_proxy(&haproxy, folder.path(), &address, ports);
        let servers = [Mutex::default(), Mutex::default()];
        let site = Self { folder, database, bucket, runtime, generations, servers, ports, proxy, address, key };
        site.publish(0);
        for number in [0, 1] {
            site.start(number);
        }
        site.wait_for_the_proxy();
        Some(site)
    }

    /// Makes the generation with that number current in the storage.
    pub(crate) fn publish(&self, number: usize) {
        let index = self.folder.path().join(["index-35", "index-400"][number % 2]);
        let id = &self.generations[number].id;
        let published = self.runtime.block_on(async {
            let before = self.bucket.current().await?;
            self.bucket.publish(&GenerationStore::new(index), id, before.as_ref()).await
        });
        published.unwrap_or_else(|error| panic!("{id} is not published: {error}"));
    }

    /// Has each commit wait for the standby with that name; for none, if it is empty.
    pub(crate) fn wait_for_a_standby(&self, name: &str) {
        self.runtime.block_on(async {
            let mut connection = self.database.connect().await;
            for sql in
                [format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'"), "SELECT pg_reload_conf()".to_owned()]
            {
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
            }
        });
    }

    /// The address of one server, past the proxy.
    pub(crate) fn server_address(&self, number: usize) -> String {
        format!("127.0.0.1:{}", self.ports[number])
    }

    pub(crate) fn is_running(&self, number: usize) -> bool {
        self.servers[number].lock().unwrap().is_some()
    }

    /// Starts a server and waits until it is ready.
    pub(crate) fn start(&self, number: usize) {
        let mut command = placement(self.folder.path());
        command.args(["--config", ["one.toml", "two.toml"][number], "serve"]);
        let server = Server::at(command, &self.server_address(number));
        server.wait_for("/readyz", "\"ready\"");
        *self.servers[number].lock().unwrap() = Some(server);
    }

    /// Ends a server by SIGKILL.
    pub(crate) fn kill(&self, number: usize) {
        let server = self.servers[number].lock().unwrap().take().unwrap();
        server.signal("KILL");
    }

    /// Tells a server to stop; it says at once that it is not ready, answers still, and ends with code 0.
    pub(crate) fn drain(&self, number: usize) {
        let server = self.servers[number].lock().unwrap().take().unwrap();
        server.signal("TERM");
        server.wait_for("/readyz", "\"stopping\"");
        let mut client = Client::new(&self.server_address(number), &self.key);
        let reply = client.get("/v1/services").unwrap();
        assert_eq!((reply.status, reply.header("connection")), (200, "close"), "{reply:?}");
        assert_eq!(server.wait(), Some(0));
    }

    /// What a server says of itself in full.
    pub(crate) fn status(&self, number: usize) -> serde_json::Value {
        Client::new(&self.server_address(number), &self.key).get("/readyz?verbose").unwrap().json()
    }

    /// Waits until `holds` of the status of each running server.
    pub(crate) fn wait_until(&self, what: &str, holds: impl Fn(&serde_json::Value) -> bool) {
        let began = Instant::now();
        for number in [0, 1].into_iter().filter(|number| self.is_running(*number)) {
            while !holds(&self.status(number)) {
                assert!(began.elapsed() < Duration::from_secs(30), "{what}: {}", self.status(number));
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }

    fn wait_for_the_proxy(&self) {
        let began = Instant::now();
        let is_ready = || Client::new(&self.address, &self.key).get("/readyz").is_ok_and(|reply| reply.status == 200);
        while !is_ready() {
            assert!(began.elapsed() < Duration::from_secs(20), "the proxy finds no server");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Starts HAProxy with the shipped settings, on loopback and without certificates.
fn start_proxy(haproxy: &str, folder: &Path, address: &str, ports: [u16; 2]) -> Child {
    let of_this_test = |line: &str| match line.trim_start().split(' ').collect::<Vec<_>>()[..] {
        ["bind", ..] => format!("    bind {address}"),
        ["server", "one", ..] => format!("    server one 127.0.0.1:{} cookie one", ports[0]),
        ["server", "two", ..] => format!("    server two 127.0.0.1:{} cookie two", ports[1]),
        _ => line.split(" ssl verify required").next().unwrap_or_default().to_owned(),
    };
    let file = folder.join("haproxy.cfg");
    fs::write(&file, PROXY.lines().map(of_this_test).collect::<Vec<_>>().join("\n") + "\n").unwrap();
    Command::new(haproxy).arg("-db").arg("-f").arg(&file).spawn().unwrap()
}
