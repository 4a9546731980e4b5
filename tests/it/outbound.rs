//! A fetch contacts no address of this machine or of a private network, however it is spelled,
//! resolved, redirected to or renamed meanwhile.

use std::io::Write;
use std::net::{IpAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use placement::refresh::fetch::nightly_sources::fetch;
use placement::refresh::fetch::outbound::{NameResolution, Resolver};
use placement::refresh::settings::RefreshConfig;
use placement::run_report::fetched::{FetchOutcome, FetchReport};
use tempfile::TempDir;

use crate::fetched_sources::roster;
use crate::scripted_server::Upstream;

/// Counts connections.
fn counted(listener: TcpListener) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&count);
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            counting.fetch_add(1, Ordering::SeqCst);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret");
        }
    });
    count
}

/// The addresses of the host names in these tests.
fn named(name: &str) -> Vec<IpAddr> {
    let addresses: &[&str] = match name {
        "inside.example" => &["127.0.0.1"],
        "inside6.example" => &["::1"],
        "mapped.example" => &["::ffff:127.0.0.1"],
        "translated.example" => &["64:ff9b::7f00:1"],
        "tunnel.example" => &["2002:7f00:1::1"],
        "any.example" => &["0.0.0.0"],
        "all.example" => &["10.0.0.1", "192.168.0.1", "172.16.0.1", "127.0.0.1"],
        "cloud.example" => &["169.254.169.254"],
        "shared.example" => &["100.64.0.1"],
        "unique.example" => &["fd00:ec2::254"],
        _ => return Vec::new(),
    };
    addresses.iter().map(|address| address.parse().unwrap()).collect()
}

/// The only source at `url`, with these allowed ranges and known names.
fn one(url: &str, allow: &str, names: Option<Arc<Resolver>>) -> FetchReport {
    let text = format!(
        "[outbound]\nallow = [{allow}]\n[sources.it]\nkind = \"file\"\nurl = '{url}'\nsave_as = \"it.csv\"\n\
         allow_http = true\nmax_stall_seconds = 5\n"
    );
    let mut settings = RefreshConfig::parse(&text).unwrap_or_else(|faults| panic!("{url}: {faults}"));
    settings.outbound.names = names.map_or(NameResolution::System, NameResolution::Given);
    for upstream in settings.sources.values_mut() {
        upstream.limits.pause = Duration::from_millis(5);
    }
    let root = TempDir::new().unwrap();
    let mut all = fetch(&settings, root.path(), &[], jiff::Timestamp::UNIX_EPOCH, &mut |_| {});
    all.remove(0)
}

/// Addresses of this machine and of private networks, with `PORT` for the listening port.
const HOSTS: [&str; 38] = [
    "127.0.0.1",
    "127.0.0.2",
    "127.1",
    "127.255.255.254",
    "127.0.0.1.",
    "0x7f.1",
    "0x7f000001",
    "0177.0.0.1",
    "017700000001",
    "2130706433",
    "%31%32%37.0.0.1",
    "１２７.0.0.1",
    "127。0。0。1",
    "0",
    "0.0.0.0",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[2002:7f00:1::]",
    "10.0.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "inside.example",
    "INSIDE.example",
    "inside6.example",
    "mapped.example",
    "translated.example",
    "tunnel.example",
    "any.example",
    "all.example",
    "cloud.example",
    "shared.example",
];

#[test]
fn nothing_of_this_machine_or_a_private_network_is_connected_to() {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut counts = vec![counted(listener)];
    // Also listens on IPv6 if it is available.
    counts.extend(TcpListener::bind(("::1", port)).map(counted));
    for scheme in ["http", "https"] {
        for host in HOSTS {
            let url = format!("{scheme}://{host}:{port}/latest/meta-data");
            let fetched = one(&url, "", Some(Arc::new(named)));
            let cause = fetched.cause.unwrap_or_default();
            assert_eq!(fetched.outcome, FetchOutcome::Absent, "{url}");
            assert!(cause.contains("is not allowed: ") && cause.contains("allow in [outbound]"), "{url}: {cause}");
        }
        // Names known to the system.
        for host in ["localhost", "LOCALHOST", "localhost."] {
            let fetched = one(&format!("{scheme}://{host}:{port}/"), "", None);
            assert_eq!(fetched.outcome, FetchOutcome::Absent, "{host}");
        }
    }
    let connections: usize = counts.iter().map(|count| count.load(Ordering::SeqCst)).sum();
    assert_eq!(connections, 0);
}

#[test]
fn what_is_listed_is_connected_to_and_nothing_beside_it() {
    let server = Upstream::start(|_, reply| reply.send("200 OK", &[], &roster(1)));
    assert_eq!(one(&format!("{}/a.csv", server.origin), "\"127.0.0.1/32\"", None).outcome, FetchOutcome::New);
    let port = server.origin.rsplit(':').next().unwrap().to_owned();
    let listener = TcpListener::bind(format!("127.0.0.2:{port}")).unwrap();
    let beside = counted(listener);
    // A name with an allowed address and another one: only the first is contacted.
    let both: Arc<Resolver> = Arc::new(|_| vec!["127.0.0.2".parse().unwrap(), "127.0.0.1".parse().unwrap()]);
    let fetched = one(&format!("http://both.example:{port}/a.csv"), "\"127.0.0.1/32\"", Some(both));
    assert_eq!((fetched.outcome, fetched.cause), (FetchOutcome::New, None));
    assert_eq!(one(&format!("http://127.0.0.2:{port}/"), "\"127.0.0.1/32\"", None).outcome, FetchOutcome::Absent);
    assert_eq!(beside.load(Ordering::SeqCst), 0);
}

#[test]
fn no_redirect_and_no_renaming_leads_inside() {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let inside = counted(listener);
    for to in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://127.0.0.2:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("//127.0.0.1:{port}/"),
        format!("https://127.0.0.1:{port}/"),
    ] {
        for status in
            ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
        {
            let to = to.clone();
            let server = Upstream::start(move |_, reply| reply.send(status, &[("Location", &to)], ""));
            let fetched = one(&format!("{}/a.csv", server.origin), "\"127.0.0.0/8\"", None);
            let cause = fetched.cause.unwrap_or_default();
            assert!(cause.contains("the server redirects to another server"), "{status}: {cause}");
        }
    }
    assert_eq!(inside.load(Ordering::SeqCst), 0);

    // The name first resolves to an allowed address, which breaks the answer off so that it is
    // resolved again, and to an internal one from then on.
    let server = Upstream::start(|_, reply| reply.cut("200 OK", &[("ETag", "\"a\"")], &roster(50), 300));
    let port = server.origin.rsplit(':').next().unwrap().to_owned();
    let rebound = counted(TcpListener::bind(format!("127.0.0.2:{port}")).unwrap());
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let names: Arc<Resolver> = Arc::new(move |_| {
        let mut asked = count.lock().unwrap();
        *asked += 1;
        vec![if *asked == 1 { "127.0.0.1" } else { "127.0.0.2" }.parse().unwrap()]
    });
    let fetched = one(&format!("http://rebinding.example:{port}/a.csv"), "\"127.0.0.1/32\"", Some(names));
    let cause = fetched.cause.unwrap_or_default();
    assert!(cause.contains("connecting to rebinding.example is not allowed: 127.0.0.2"), "{cause}");
    assert_eq!((*asked.lock().unwrap(), server.heard().len()), (2, 1));
    assert_eq!(rebound.load(Ordering::SeqCst), 0);
}
