//! Faulty servers in complete refresh runs: each run ends soon and with little memory, the last
//! file is unchanged, the cause is reported in one line, and the existing files are published.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};
use std::{fs, thread};

use assert_cmd::cargo::cargo_bin;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use crate::fetched_sources::{bytes_below, roster};
use crate::scripted_server::{Reply, Request, Upstream};

const HOMES: &str = "CMS Certification Number (CCN),Provider Name,Provider Address,City/Town,State,ZIP Code,Telephone Number,Ownership Type,Number of Certified Beds,Provider Type,Legal Business Name,Special Focus Status,Abuse Icon,Overall Rating,Latitude,Longitude,Geocoding Footnote,Processing Date\n";

/// A list of nursing homes that a night publishes.
fn homes() -> String {
    let home = |at: usize| {
        let ccn = 425_000 + at;
        format!("{ccn},HOME {at},{at} A ST,CHARLESTON,SC,29401,8435550100,Y,100,Medicare,L,,N,4,,,,2026-06-01\n")
    };
    (1..=60).fold(HOMES.to_owned(), |text, at| text + &home(at))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn zip(bytes: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("homes.csv", SimpleFileOptions::default()).unwrap();
    archive.write_all(bytes).unwrap();
    archive.finish().unwrap().into_inner()
}

/// A header and `megabytes` of equal rows.
fn even(megabytes: usize) -> Vec<u8> {
    let row = format!("{}\n", "x".repeat((1 << 16) - 1));
    format!("{HOMES}{}", row.repeat(megabytes * 16)).into_bytes()
}

/// A hundred megabytes in a hundred kilobytes, compressed in advance.
static GZIP_BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| gzip(&even(100)));
static ZIP_BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| zip(&even(100)));

/// The behavior of a server, and how it is reported.
type Misdeed = (&'static str, &'static str, fn(&Request, &mut Reply));

const FILE: [Misdeed; 40] = [
    ("404", "the server answered 404 Not Found", |_, reply| reply.send("404 Not Found", &[], "")),
    ("401", "401 Unauthorized: it needs a token, or rejects the one it got", |_, reply| {
        reply.send("401 Unauthorized", &[], "");
    }),
    ("500", "the server answered 500 Internal Server Error (after 2 tries)", |_, reply| {
        reply.send("500 Internal Server Error", &[], "");
    }),
    ("503 for an hour", "503 Service Unavailable (after 2 tries)", |_, reply| {
        reply.send("503 Service Unavailable", &[("Retry-After", "0")], "come back later");
    }),
    ("429", "429 Too Many Requests (after 2 tries)", |_, reply| {
        reply.send("429 Too Many Requests", &[("Retry-After", "1")], "");
    }),
    ("hangs up", "the connection failed", |_, _| {}),
    ("is no HTTP", "the connection failed", |_, reply| reply.raw(b"220 mail.example ESMTP\r\n")),
    ("stalls before the head", "no complete answer within 3s (after 2 tries)", |_, _| thread::sleep(Duration::from_secs(20))),
    ("stalls in the body", "no complete answer within 3s (after 2 tries)", |_, reply| {
        reply.cut("200 OK", &[], &homes(), 1000);
        thread::sleep(Duration::from_secs(20));
    }),
    ("drips", "bytes were received within 3s (after 2 tries)", |_, reply| reply.drip()),
    ("breaks off", "the answer broke off", |_, reply| reply.half(&homes())),
    ("breaks off between chunks", "the answer broke off", |_, reply| {
        reply.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    }),
    ("a length that is none", "the connection failed", |_, reply| {
        reply.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello!!");
    }),
    ("a web page", "is not a supported dataset: it is a web page or XML", |_, reply| {
        reply.send("200 OK", &[("Content-Type", "text/csv")], "<!DOCTYPE html><title>Sign in</title>");
    }),
    ("an error in JSON", "is not a supported dataset: its JSON matches no known dataset", |_, reply| {
        reply.send("200 OK", &[], "{\"error\":{\"code\":503,\"message\":\"try later\"}}");
    }),
    ("an empty body", "it is empty", |_, reply| reply.send("200 OK", &[], "")),
    ("no content", "it is empty", |_, reply| reply.raw(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")),
    ("a header and nothing below", "CMS Nursing Home Provider Information without rows", |_, reply| {
        reply.send("200 OK", &[], HOMES);
    }),
    ("rows of which none can be read", "none of its 2 rows can be read", |_, reply| {
        reply.send("200 OK", &[], &format!("{HOMES}a,b\nc,d\n"));
    }),
    ("a table of something else", "its header matches no known dataset", |_, reply| {
        reply.send("200 OK", &[], "date,price\n2026-11-01,4\n");
    }),
    ("an image", "it is not text", |_, reply| reply.bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")),
    ("a body without end", "the fetch exceeds 33554432 bytes", |_, reply| reply.endless()),
    ("headers without end", "the connection failed", |_, reply| {
        reply.raw(b"HTTP/1.1 200 OK\r\n");
        let line = format!("X-More: {}\r\n", "x".repeat(1000));
        for _ in 0..100_000 {
            reply.raw(line.as_bytes());
        }
    }),
    ("304 never asked for", "the server answered 304 Not Modified to an unconditional request", |_, reply| {
        reply.raw(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n");
    }),
    ("206 never asked for", "the server sent part of the file although the whole was requested", |_, reply| {
        reply.cut("206 Partial Content", &[("Content-Range", "bytes 5-9/10")], "hello", 5);
    }),
    ("another part than was asked for", "the server did not send the requested part", |request, reply| {
        match request.headers.get("range") {
            None => reply.cut("200 OK", &[("ETag", "\"a\"")], &homes(), 1000),
            Some(_) => reply.send("206 Partial Content", &[("Content-Range", "bytes 0-9/10")], "0123456789"),
        }
    }),
    ("a part of another file", "the server sent a part of another file", |request, reply| {
        if request.headers.contains_key("range") {
            let headers = [("Content-Range", "bytes 1000-1009/1010"), ("ETag", "\"b\"")];
            reply.send("206 Partial Content", &headers, "0123456789");
        } else {
            reply.cut("200 OK", &[("ETag", "\"a\"")], &homes(), 1000);
        }
    }),
    ("parts that end before the file does", "bytes were received (after 2 tries)", |request, reply| {
        let whole = homes();
        match request.headers.get("range") {
            None => reply.cut("200 OK", &[("ETag", "\"a\"")], &whole, 1000),
            Some(range) => {
                let from: usize = range[6..range.len() - 1].parse().unwrap();
                let range = format!("bytes {from}-{}/{}", from + 99, whole.len());
                let part = &whole[from..from + 100];
                reply.send("206 Partial Content", &[("ETag", "\"a\""), ("Content-Range", &range)], part);
            }
        }
    }),
    ("a part of a file of another length", "the new part is of a file of 1100 bytes", |request, reply| {
        if request.headers.contains_key("range") {
            let headers = [("Content-Range", "bytes 1000-1099/1100"), ("ETag", "\"a\"")];
            reply.send("206 Partial Content", &headers, &homes()[1000..1100]);
        } else {
            reply.cut("200 OK", &[("ETag", "\"a\"")], &homes(), 1000);
        }
    }),
    ("a part of a file of unknown length", "the server does not state the total length", |request, reply| {
        if request.headers.contains_key("range") {
            let headers = [("Content-Range", "bytes 1000-1099/*"), ("ETag", "\"a\"")];
            reply.send("206 Partial Content", &headers, &homes()[1000..1100]);
        } else {
            reply.raw(b"HTTP/1.1 200 OK\r\nETag: \"a\"\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n");
            reply.raw(&homes().as_bytes()[..1000]);
            reply.raw(b"\r\n");
        }
    }),
    ("a list of another dataset", "the new file is payer roster, but the last file was CMS Nursing Home", |_, reply| {
        reply.send("200 OK", &[], &roster(60));
    }),
    ("gzip that breaks off", "cannot be read to its end", |_, reply| {
        let packed = gzip(homes().as_bytes());
        reply.bytes(&packed[..packed.len() / 2]);
    }),
    ("an archive that breaks off", "cannot be unpacked", |_, reply| {
        let packed = zip(homes().as_bytes());
        reply.bytes(&packed[..packed.len() / 2]);
    }),
    ("a gzip bomb", "expands to more than 200 times its size", |_, reply| reply.bytes(&GZIP_BOMB)),
    ("a zip bomb", "expands to more than 200 times its size", |_, reply| reply.bytes(&ZIP_BOMB)),
    ("a line without end", "does not end within 8 MB", |_, reply| {
        reply.send("200 OK", &[], &format!("{HOMES}{}", "x".repeat(9 << 20)));
    }),
    ("a quote that is never closed", "does not end within 8 MB", |_, reply| {
        reply.send("200 OK", &[], &format!("{HOMES}\"{}", "x\n".repeat(5 << 20)));
    }),
    ("an element without end", "does not end within 16 MB", |_, reply| {
        let begun = "[{\"npi\":\"1\",\"plans\":[],\"x\":[0";
        reply.send("200 OK", &[], &format!("{begun}{}", ",0".repeat(9 << 20)));
    }),
    ("a redirect in a circle", "the server redirects more than 5 times", |request, reply| {
        reply.send("302 Found", &[("Location", &format!("{}{}", request.origin, request.path))], "");
    }),
    ("a redirect to the keys of a cloud", "the server redirects to another server, http://169.254.169.254", |_, reply| {
        reply.send("302 Found", &[("Location", "http://169.254.169.254/latest/meta-data")], "");
    }),
];

const MORE: [Misdeed; 3] = [
    ("a redirect to a file", "the server redirects to a file address, not to HTTP", |_, reply| {
        reply.send("302 Found", &[("Location", "file:///etc/passwd")], "");
    }),
    ("JSON a million deep", "is not a supported dataset", |_, reply| reply.send("200 OK", &[], &"[".repeat(1 << 20))),
    ("a resource a million deep", "breaks off", |_, reply| {
        let begun = "{\"resourceType\":\"Organization\",\"id\":\"1\",\"x\":";
        reply.send("200 OK", &[], &format!("{begun}{}", "[".repeat(1 << 20)));
    }),
];

const CATALOGUE: [Misdeed; 6] = [
    ("a catalogue of another shape", "the answer is JSON with an unexpected structure at line 1", |_, reply| {
        reply.send("200 OK", &[], "{\"distribution\":7}");
    }),
    ("a catalogue that is a web page", "a web page or XML instead of JSON", |_, reply| {
        reply.send("200 OK", &[], "<html>down for maintenance</html>");
    }),
    ("a catalogue that is cut", "is not valid JSON: it is cut off", |_, reply| {
        reply.send("200 OK", &[], "{\"modified\":");
    }),
    ("a catalogue without a file", "has no downloadURL for the dataset", |_, reply| {
        reply.send("200 OK", &[], "{\"modified\":\"2026-11-01\",\"distribution\":[]}");
    }),
    ("a catalogue that leads elsewhere", "the downloadURL leads to another server, http://127.0.0.1:9", |_, reply| {
        let item = "{\"distribution\":[{\"downloadURL\":\"http://127.0.0.1:9/homes.csv\"}]}";
        reply.send("200 OK", &[], item);
    }),
    ("a catalogue without end", "the answer is longer than 4194304 bytes", |_, reply| reply.endless()),
];

/// The settings of a source `homes` at `address`.
fn settings(address: &str, catalogue: bool) -> String {
    let source = if catalogue {
        format!("kind = \"cms\"\ndataset = \"4pq5-n9py\"\ncatalogue = \"{address}\"\n")
    } else {
        format!("kind = \"file\"\nurl = \"{address}/homes.csv\"\n")
    };
    format!(
        "[outbound]\nallow = [\"127.0.0.1/32\"]\n[sources.homes]\n{source}\
         max_tries = 2\nmax_stall_seconds = 3\nmax_megabytes = 32\nmax_minutes = 1\n"
    )
}

/// Runs `placement` in a folder with so little memory that holding a whole answer would end it.
fn frugally(folder: &Path, line: &str) -> (i32, String, String) {
    let limited = format!("ulimit -v 1500000; exec \"$0\" {line}");
    let mut command = Command::new("sh");
    command.arg("-c").arg(limited).arg(cargo_bin("placement")).current_dir(folder);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PLACEMENT_")) {
        command.env_remove(name);
    }
    let ended = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (ended.status.code().unwrap_or(-1), text(ended.stdout), text(ended.stderr))
}

/// One run with a faulty server, after a good one.
fn night((what, cause, misdeed): Misdeed, catalogue: bool, good: &str) {
    let server = Upstream::start(misdeed);
    let root = TempDir::new().unwrap();
    let fetch = |address: &str, catalogue| fs::write(root.path().join("refresh.toml"), settings(address, catalogue));
    fetch(good, false).unwrap();
    let (code, _, err) = frugally(root.path(), "fetch sources");
    assert_eq!(code, 0, "{err}");
    fetch(&server.origin, catalogue).unwrap();
    let homes = root.path().join("data/fetched/homes");
    let before = bytes_below(&homes);
    assert_eq!(before.len(), 2, "the file and its day");

    let began = Instant::now();
    let (code, out, err) = frugally(root.path(), "refresh --json");
    assert!(began.elapsed() < Duration::from_mins(1), "{what}: {:?}", began.elapsed());
    assert_eq!(code, 0, "{what}: the night publishes from the last file: {err}");
    assert_eq!(bytes_below(&homes), before, "{what}: the last file stays");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&report["outcome"], &report["providers"]), (&"published".into(), &60.into()), "{what}");
    let fetched = &report["fetched"][0];
    assert_eq!((&fetched["outcome"], &fetched["as_of"]), (&"kept".into(), &"2026-11-10".into()), "{what}");
    let told = fetched["cause"].as_str().unwrap();
    assert!(told.contains(cause) && told.lines().count() == 1, "{what}: {told}");
    assert!(told.chars().count() < 500 && err.contains("homes: the last file is kept, of 2026-11-10"), "{what}: {err}");
}

#[test]
fn whatever_a_server_does_the_night_publishes_what_it_had_and_tells_the_cause() {
    let good = Upstream::start(|_, reply| {
        reply.send("200 OK", &[("Last-Modified", "Tue, 10 Nov 2026 08:00:00 GMT")], &homes());
    });
    let files = FILE.into_iter().chain(MORE).map(|misdeed| (misdeed, false));
    let all: Vec<(Misdeed, bool)> = files.chain(CATALOGUE.map(|misdeed| (misdeed, true))).collect();
    assert!(all.len() >= 25, "there are as many as are promised");
    assert!(GZIP_BOMB.len() < 1 << 20 && ZIP_BOMB.len() < 1 << 20);
    // Most of them wait, so several run at a time.
    let left = Mutex::new(all.into_iter());
    let next = || left.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some((misdeed, catalogue)) = next() {
                    night(misdeed, catalogue, &good.origin);
                }
            });
        }
    });
}

#[test]
fn a_source_that_never_came_refuses_the_night_unless_it_is_optional() {
    let server = Upstream::start(|request, reply| match request.path.as_str() {
        "/homes.csv" => reply.send("200 OK", &[], &homes()),
        _ => reply.send("404 Not Found", &[], ""),
    });
    let root = TempDir::new().unwrap();
    let write = |more: &str| {
        let other = format!("[sources.other]\nkind = \"file\"\nurl = \"{}/other.csv\"\n{more}", server.origin);
        fs::write(root.path().join("refresh.toml"), settings(&server.origin, false) + &other).unwrap();
    };
    write("");
    let (code, _, err) = frugally(root.path(), "refresh");
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("other could not be fetched and there is no earlier file"), "{err}");
    assert_eq!(frugally(root.path(), "directory list").1, "", "nothing was published");
    write("optional = true\n");
    let (code, out, err) = frugally(root.path(), "refresh");
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("other could not be fetched"), "it is worth a look: {out}");
}

#[test]
fn a_part_that_fills_the_disk_does_not_stay() {
    let server = Upstream::start(|_, reply| reply.send("200 OK", &[("ETag", "\"a\"")], &roster(9000)));
    let root = TempDir::new().unwrap();
    fs::write(root.path().join("refresh.toml"), settings(&server.origin, false)).unwrap();
    // No file may be longer than about fifty kilobytes.
    let limited = "trap '' XFSZ; ulimit -f 100; exec \"$0\" fetch sources";
    let mut command = Command::new("sh");
    let ended = command.arg("-c").arg(limited).arg(cargo_bin("placement")).current_dir(root.path()).output().unwrap();
    let out = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.code() == Some(69) && out.contains("File too large"), "{out}");
    let left = bytes_below(&root.path().join("data/fetched"));
    assert!(left.keys().all(|path| path.ends_with("lock")), "{:?}", left.keys());
}

#[test]
fn ids_without_measure_take_no_memory() {
    // Ids of eight megabytes each, which would not fit in memory.
    let server = Upstream::start(|request, reply| {
        let page: usize = request.query.get("page").map_or(0, |page| page.parse().unwrap());
        let mut entry = Vec::new();
        let mut link = Vec::new();
        if request.path == "/Organization" {
            let id = if page == 0 { "a".to_owned() } else { format!("{page}{}", "x".repeat(8 << 20)) };
            entry.push(json!({"resource": {"resourceType": "Organization", "id": id, "name": "Blue"}}));
            let next = format!("{}/Organization?page={}", request.origin, page + 1);
            link.extend((page < 190).then(|| json!({"relation": "next", "url": next})));
        }
        reply.json(&json!({"resourceType": "Bundle", "type": "searchset", "link": link, "entry": entry}));
    });
    let root = TempDir::new().unwrap();
    let text =
        format!("[outbound]\nallow = [\"127.0.0.1/32\"]\n[sources.blue]\nkind = \"plan_net\"\nurl = \"{}\"\n", server.origin);
    fs::write(root.path().join("refresh.toml"), text).unwrap();
    let (code, out, err) = frugally(root.path(), "fetch sources");
    assert_eq!(code, 0, "{out}{err}");
    let words: Vec<&str> = out.split_whitespace().collect();
    let told = "Organization: 190 resources with an id of more than 64 characters were skipped";
    assert!(words.join(" ").contains(told), "{out}");
    assert_eq!(fs::read_to_string(root.path().join("data/fetched/blue/Organization.ndjson")).unwrap().lines().count(), 1);
}

#[test]
fn a_renamed_column_comes_in_and_the_night_names_it() {
    let server = Upstream::start(|_, reply| {
        reply.send("200 OK", &[], &homes().replacen("Overall Rating", "Overall Star Rating Today", 1));
    });
    let root = TempDir::new().unwrap();
    fs::write(root.path().join("refresh.toml"), settings(&server.origin, false)).unwrap();
    let (code, _, err) = frugally(root.path(), "refresh");
    assert_eq!(code, 65, "{err}");
    assert!(err.contains("the column \"Overall Rating\" is missing"), "{err}");
}

#[test]
fn the_command_fetches_and_tells_no_secret() {
    const SECRET: &str = "sesame-4711";
    let server = Upstream::start(|request, reply| {
        let signed = request.headers.get("authorization").is_some_and(|by| by == &format!("Bearer {SECRET}"));
        match request.path.as_str() {
            "/homes.csv" if signed => reply.send("200 OK", &[], &homes()),
            _ => reply.send("403 Forbidden", &[("X-Echo", SECRET)], &format!("{SECRET} is not enough")),
        }
    });
    let proxy = Upstream::start(|_, reply| reply.send("502 Bad Gateway", &[], ""));
    let root = TempDir::new().unwrap();
    fs::write(root.path().join("token"), format!("{SECRET}\n")).unwrap();
    let other = format!(
        "[sources.other]\nkind = \"file\"\nurl = \"{0}/other.csv?key={SECRET}\"\ntoken_env = \"OTHER_TOKEN\"\n\
         [sources.third]\nkind = \"file\"\nurl = \"{0}/third.csv\"\ntoken_env = \"NO_TOKEN\"\n",
        server.origin
    );
    let text = settings(&server.origin, false) + "token_file = \"token\"\n" + &other;
    fs::write(root.path().join("refresh.toml"), &text).unwrap();
    let mut command = Command::new(cargo_bin("placement"));
    command.current_dir(root.path()).env("OTHER_TOKEN", SECRET).env("HTTP_PROXY", &proxy.origin).env_remove("NO_TOKEN");
    let ended = command.args(["fetch", "sources"]).output().unwrap();
    let (out, err) = (String::from_utf8(ended.stdout).unwrap(), String::from_utf8(ended.stderr).unwrap());
    assert_eq!(ended.status.code(), Some(69), "{err}");
    assert!(out.contains("homes  new") && out.contains("failed; there is no file"), "{out}");
    assert!(out.contains("/other.csv?…: the server answered 403 Forbidden"), "{out}");
    assert!(out.contains("the token variable NO_TOKEN is not set"), "{out}");
    assert!(err.ends_with("error: 2 of 3 sources could not be fetched\n"), "{err}");
    assert!(out.contains("HTTP_PROXY is set but ignored"), "{out}");
    assert!(proxy.heard().is_empty(), "nothing went to a proxy nobody declared");
    for text in [&out, &err] {
        assert!(!text.contains(SECRET), "{text}");
    }
    for (path, bytes) in bytes_below(&root.path().join("data")) {
        assert!(!String::from_utf8_lossy(&bytes).contains(SECRET), "{}", path.display());
    }
    let (code, out, err) = frugally(root.path(), "fetch sources hoems");
    assert!(code == 2 && out.is_empty() && err.contains("there is no source hoems; did you mean homes?"), "{err}");
    let (code, _, err) = frugally(root.path(), "refresh --settings none.toml");
    assert!(code == 78 && err.contains("none.toml: No such file"), "{err}");
    fs::write(root.path().join("refresh.toml"), "kep = 5\n[sources.a]\nkind = \"cms\"\n").unwrap();
    let (code, _, err) = frugally(root.path(), "refresh");
    assert!(code == 78 && err.contains("did you mean keep?") && err.contains("line 2: sources.a: "), "{err}");
    let (code, out, _) = frugally(root.path(), "template settings");
    assert!(code == 0 && out.contains("[sources.home-health]"), "{out}");
}
