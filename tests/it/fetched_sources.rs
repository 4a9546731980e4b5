//! Declared sources on healthy servers: new files are fetched, unchanged ones are not, and every
//! date is reported.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use placement::refresh::fetch::nightly_sources::fetch;
use placement::refresh::settings::RefreshConfig;
use placement::run_report::fetched::{FetchOutcome, FetchReport};
use serde_json::json;
use tempfile::TempDir;

use crate::scripted_server::{Reply, Request, Upstream};

/// A payer's list: a dataset that a refresh reads.
pub(crate) const ROSTER: &str = "payer,plan,network,ccn,npi,service,tier,begin,end\n";

/// A roster of `rows` members.
pub(crate) fn roster(rows: usize) -> String {
    let row = |at: usize| format!("Blue,Gold,Net,{:06},,home_health,,2026-01-01,\n", 17_000 + at);
    (0..rows).fold(ROSTER.to_owned(), |text, at| text + &row(at))
}

/// A data folder with settings for a server on this machine.
pub(crate) struct Night {
    pub root: TempDir,
    pub settings: RefreshConfig,
    pub now: Timestamp,
}

impl Night {
    /// Settings with the sections of `text`, in which `ORIGIN` is the server's address.
    pub(crate) fn of(server: &Upstream, text: &str) -> Self {
        let text = format!("[outbound]\nallow = [\"127.0.0.1/32\"]\n{}", text.replace("ORIGIN", &server.origin));
        let mut settings = RefreshConfig::parse(&text).unwrap_or_else(|faults| panic!("{faults}"));
        for upstream in settings.sources.values_mut() {
            upstream.limits.pause = std::time::Duration::from_millis(5);
            upstream.limits.longest_pause = std::time::Duration::from_millis(100);
            upstream.limits.tries = 3;
        }
        Self { root: TempDir::new().unwrap(), settings, now: "2026-11-22T02:00:00Z".parse().unwrap() }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().join("fetched")
    }

    pub(crate) fn fetch(&self) -> Vec<FetchReport> {
        fetch(&self.settings, &self.folder(), &[], self.now, &mut |_| {})
    }

    /// Fetches the only source.
    pub(crate) fn one(&self) -> FetchReport {
        let mut all = self.fetch();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    pub(crate) fn text(&self, file: &str) -> String {
        fs::read_to_string(self.folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }
}

/// All files below a folder with their bytes.
pub(crate) fn bytes_below(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
        if entry.path().is_dir() {
            all.extend(bytes_below(&entry.path()));
        } else {
            all.insert(entry.path(), fs::read(entry.path()).unwrap());
        }
    }
    all
}

const LIST: &str = "[sources.payer]\nkind = \"file\"\nurl = \"ORIGIN/list.csv\"\n";

/// A server of one file that can be replaced, with ETag, dates and conditions as in HTTP.
fn shelf(body: &Arc<Mutex<String>>) -> Upstream {
    let body = Arc::clone(body);
    Upstream::start(move |request, reply| {
        let body = body.lock().unwrap().clone();
        let etag = format!("\"{}\"", body.len());
        if request.headers.get("if-none-match") == Some(&etag) {
            reply.send("304 Not Modified", &[], "");
        } else {
            reply.send("200 OK", &[("ETag", &etag), ("Last-Modified", "Tue, 10 Nov 2026 08:00:00 GMT")], &body);
        }
    })
}

#[test]
fn a_file_comes_once_and_again_when_it_is_another() {
    let body = Arc::new(Mutex::new(roster(3)));
    let server = shelf(&body);
    let night = Night::of(&server, LIST);
    let first = night.one();
    assert_eq!((first.outcome, first.cause.as_deref()), (FetchOutcome::New, None));
    assert_eq!(first.as_of.unwrap().to_string(), "2026-11-10");
    assert_eq!(first.bytes, roster(3).len() as u64);
    assert_eq!(night.text("payer/list.csv"), roster(3));
    assert_eq!(
        night.text("payer/sources.toml"),
        "# Written by placement fetch.\n[files.\"list.csv\"]\nas_of = \"2026-11-10\"\n"
    );
    let before = bytes_below(&night.folder().join("payer"));

    let again = night.one();
    assert_eq!((again.outcome, again.bytes), (FetchOutcome::Unchanged, 0));
    assert_eq!(server.heard()[1].headers["if-none-match"], format!("\"{}\"", roster(3).len()));
    assert_eq!(bytes_below(&night.folder().join("payer")), before);

    *body.lock().unwrap() = roster(4);
    assert_eq!(night.one().outcome, FetchOutcome::New);
    assert_eq!(night.text("payer/list.csv"), roster(4));

    // A fetch killed after its file was in place but before it was recorded is not a person's
    // change.
    let known = night.folder().join(".payer.fetch/kept.json");
    let last = fs::read(&known).unwrap();
    *body.lock().unwrap() = roster(5);
    assert_eq!(night.one().outcome, FetchOutcome::New);
    fs::rename(&known, known.with_extension("next")).unwrap();
    fs::write(&known, last).unwrap();
    assert_eq!(night.one().outcome, FetchOutcome::Unchanged);
    *body.lock().unwrap() = roster(4);
    assert_eq!(night.one().outcome, FetchOutcome::New);
    // The same file written again counts as fetched.
    let list = night.folder().join("payer/list.csv");
    fs::write(&list, roster(4)).unwrap();
    assert_eq!(night.one().outcome, FetchOutcome::Unchanged);
    // A removed file is fetched again.
    fs::remove_file(list).unwrap();
    assert_eq!(night.one().outcome, FetchOutcome::New);
    assert_eq!(night.text("payer/list.csv"), roster(4));
}

#[test]
fn what_a_person_put_there_stays_until_the_source_is_named() {
    let body = Arc::new(Mutex::new(roster(3)));
    let server = shelf(&body);
    let night = Night::of(&server, LIST);
    let before = night.root.path().join("fetched/.payer.fetch/before/list.csv");
    let named = || fetch(&night.settings, &night.folder(), &["payer".to_owned()], night.now, &mut |_| {}).remove(0);
    let stays = |text: &str| {
        let asked = server.heard().len();
        let one = night.one();
        assert_eq!((one.outcome, one.as_of), (FetchOutcome::Kept, None));
        let cause = one.cause.unwrap();
        assert!(cause.contains("list.csv was changed by hand, so it is kept"), "{cause}");
        assert!(cause.ends_with("placement fetch sources payer replaces it"), "{cause}");
        assert_eq!((night.text("payer/list.csv"), server.heard().len()), (text.to_owned(), asked));
    };
    // Files from before any fetch.
    let list = night.folder().join("payer/list.csv");
    fs::create_dir_all(night.folder().join("payer")).unwrap();
    fs::write(&list, roster(9)).unwrap();
    stays(&roster(9));
    assert_eq!(named().outcome, FetchOutcome::New);
    assert_eq!((night.text("payer/list.csv"), fs::read_to_string(&before).unwrap()), (roster(3), roster(9)));

    *body.lock().unwrap() = roster(4);
    assert_eq!(night.one().outcome, FetchOutcome::New);
    assert_eq!(fs::read_to_string(&before).unwrap(), roster(3), "the one before is kept");
    // The new file was wrong, so the previous one is restored, whatever its size and time.
    fs::copy(&before, &list).unwrap();
    stays(&roster(3));
    fs::write(&list, roster(4).replace("Gold", "Tin!")).unwrap();
    stays(&roster(4).replace("Gold", "Tin!"));
    assert_eq!(named().outcome, FetchOutcome::New);
    assert_eq!(night.text("payer/list.csv"), roster(4));
    assert_eq!(night.one().outcome, FetchOutcome::Unchanged);
}

#[test]
fn a_source_declared_otherwise_is_due_at_once() {
    let body = Arc::new(Mutex::new(roster(3)));
    let server = shelf(&body);
    let mut night = Night::of(&server, &format!("{LIST}every_days = 7\n"));
    assert_eq!(night.one().outcome, FetchOutcome::New);
    assert_eq!(night.one().outcome, FetchOutcome::NotDue);
    *body.lock().unwrap() = roster(4);
    night.settings = Night::of(&server, &format!("{}every_days = 7\n", LIST.replace("list", "other"))).settings;
    night.now = "2026-11-22T03:00:00Z".parse().unwrap();
    let other = night.one();
    assert_eq!((other.outcome, other.remarks), (FetchOutcome::New, vec![]));
    assert_eq!(night.text("payer/other.csv"), roster(4));
    assert!(!night.folder().join("payer/list.csv").exists());
    // A future day of the last request comes from a wrong clock.
    night.now = "2026-11-20T03:00:00Z".parse().unwrap();
    assert_eq!(night.one().outcome, FetchOutcome::Unchanged);
    // A source with a changed declaration that cannot be fetched is reported.
    let gone = Upstream::start(|_, reply| reply.send("404 Not Found", &[], ""));
    night.settings = Night::of(&gone, LIST).settings;
    let one = night.one();
    assert_eq!(one.outcome, FetchOutcome::Kept);
    let words = format!("the last file was fetched from {}/other.csv, not from the source as declared now", server.origin);
    assert_eq!(one.remarks, [words]);
}

#[test]
fn a_day_yet_to_come_is_no_day() {
    let server = Upstream::start(|_, reply| {
        reply.send("200 OK", &[("Last-Modified", "Sun, 06 Nov 2039 08:00:00 GMT")], &roster(3));
    });
    let night = Night::of(&server, LIST);
    let one = night.one();
    assert_eq!((one.outcome, one.as_of), (FetchOutcome::New, None));
    assert!(one.remarks[0].contains("the server dates the file 2039-11-06, which is in the future"), "{:?}", one.remarks);
    assert!(!night.text("payer/sources.toml").contains("as_of"));
    let server = Upstream::start(|request, reply| catalogue(request, reply, "2039-01-01", ITEM, &roster(3)));
    let one = Night::of(&server, CMS).one();
    assert!(one.as_of.is_none() && one.remarks.len() == 1, "{:?}", one.remarks);
}

#[test]
#[cfg(unix)]
fn a_folder_that_is_a_link_is_not_replaced() {
    let server = shelf(&Arc::new(Mutex::new(roster(3))));
    let night = Night::of(&server, LIST);
    fs::create_dir_all(night.folder()).unwrap();
    let elsewhere = TempDir::new().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), night.folder().join("payer")).unwrap();
    let cause = night.one().cause.unwrap();
    assert!(cause.contains("payer is a symbolic link, which a fetch would replace"), "{cause}");
    assert!(night.folder().join("payer").is_symlink() && bytes_below(elsewhere.path()).is_empty());
}

#[test]
fn a_newer_file_is_not_replaced_by_that_of_the_month_before() {
    let gone = Arc::new(Mutex::new(false));
    let is_gone = Arc::clone(&gone);
    let server = Upstream::start(move |request, reply| match request.path.as_str() {
        "/November.csv" if !*is_gone.lock().unwrap() => reply.send("200 OK", &[], &roster(3)),
        "/October.csv" => reply.send("200 OK", &[], &roster(2)),
        _ => reply.send("404 Not Found", &[], ""),
    });
    let text = "[sources.npi]\nkind = \"file\"\nurl = \"ORIGIN/{month_name}.csv\"\nsave_as = \"npi.csv\"\n";
    let night = Night::of(&server, text);
    assert_eq!(night.one().outcome, FetchOutcome::New);
    *gone.lock().unwrap() = true;
    let one = night.one();
    assert_eq!(one.outcome, FetchOutcome::Kept);
    assert!(one.cause.unwrap().contains("/November.csv"));
    assert_eq!(night.text("npi/npi.csv"), roster(3));
}

/// A catalog like that of CMS with one dataset, and the files it refers to.
pub(crate) fn catalogue(request: &Request, reply: &mut Reply, modified: &str, item: &str, body: &str) {
    match request.path.as_str() {
        "/items/6jpm-sxkc" => {
            let text = item.replace("MODIFIED", modified).replace("ORIGIN", &request.origin);
            reply.send("200 OK", &[("Content-Type", "application/json")], &text);
        }
        "/files/HH_Provider.csv" | "/moved/HH_Provider.csv" => reply.send("200 OK", &[], body),
        _ => reply.send("404 Not Found", &[], "no such thing"),
    }
}

pub(crate) const CMS: &str = "[sources.homes]\nkind = \"cms\"\ndataset = \"6jpm-sxkc\"\ncatalogue = \"ORIGIN/items\"\n";
pub(crate) const ITEM: &str = r#"{"identifier":"6jpm-sxkc","modified":"MODIFIED","distribution":[{"mediaType":"application/pdf","downloadURL":"ORIGIN/files/layout.pdf"},{"@type":"dcat:Distribution","downloadURL":"ORIGIN/files/HH_Provider.csv","mediaType":"text/csv"}]}"#;
/// The same with its references resolved.
const ITEM_RESOLVED: &str =
    r#"{"modified":"MODIFIED","distribution":[{"identifier":"x","data":{"downloadURL":"/files/HH_Provider.csv"}}]}"#;

#[test]
fn what_the_catalogue_says_is_unchanged_is_not_fetched() {
    for item in [ITEM, ITEM_RESOLVED] {
        let modified = Arc::new(Mutex::new("2026-11-01"));
        let says = Arc::clone(&modified);
        let moved = Arc::new(Mutex::new(false));
        let is_moved = Arc::clone(&moved);
        let server = Upstream::start(move |request, reply| {
            let day = *says.lock().unwrap();
            let item = if *is_moved.lock().unwrap() { item.replace("/files/", "/moved/") } else { item.to_owned() };
            catalogue(request, reply, day, &item, &roster(day.len()));
        });
        let night = Night::of(&server, CMS);
        let first = night.one();
        assert_eq!((first.outcome, first.cause.as_deref()), (FetchOutcome::New, None));
        assert_eq!(first.as_of.unwrap().to_string(), "2026-11-01");
        assert!(night.text("homes/sources.toml").contains("[files.\"homes.csv\"]\nas_of = \"2026-11-01\""));
        assert_eq!(night.one().outcome, FetchOutcome::Unchanged);
        let files = |server: &Upstream| server.heard().iter().filter(|one| one.path.contains("_Provider")).count();
        assert_eq!(files(&server), 1, "it was not fetched again");
        *moved.lock().unwrap() = true;
        assert_eq!(night.one().outcome, FetchOutcome::Unchanged, "the same file from elsewhere");
        assert_eq!(files(&server), 2, "it was fetched from where it is now");
        *modified.lock().unwrap() = "2026-11-18T00:00:00";
        let later = night.one();
        assert_eq!((later.outcome, later.as_of.unwrap().to_string().as_str()), (FetchOutcome::New, "2026-11-18"));
        assert_eq!(night.text("homes/homes.csv"), roster("2026-11-18T00:00:00".len()));
    }
}

/// A server that breaks off each answer after `step` bytes, and resumes on request.
fn halting(body: String, step: usize, marks: &'static [(&'static str, &'static str)]) -> Upstream {
    Upstream::start(move |request, reply| {
        let from = request.headers.get("range").map_or(0, |range| {
            assert_eq!(request.headers["if-range"], marks[0].1);
            range.trim_start_matches("bytes=").trim_end_matches('-').parse::<usize>().unwrap()
        });
        let (rest, range) = (&body[from..], format!("bytes {from}-{}/{}", body.len() - 1, body.len()));
        let mut headers = marks.to_vec();
        headers.push(("Content-Range", &range));
        let status = if from == 0 { "200 OK" } else { "206 Partial Content" };
        reply.cut(status, &headers, rest, step);
    })
}

#[test]
fn a_download_goes_on_where_it_broke_off_in_this_run_and_the_next() {
    let body = roster(400);
    for marks in [&[("ETag", "\"one\"")], &[("Last-Modified", "Tue, 10 Nov 2026 08:00:00 GMT")]] {
        let server = halting(body.clone(), body.len() / 5 + 1, marks);
        let night = Night::of(&server, LIST);
        let first = night.one();
        assert_eq!(first.outcome, FetchOutcome::Absent);
        assert!(first.cause.unwrap().ends_with("(after 3 tries)"));
        assert!(!night.folder().join("payer").exists());
        let second = night.one();
        assert_eq!((second.outcome, second.cause), (FetchOutcome::New, None));
        assert_eq!(night.text("payer/list.csv"), body);
        let asked: Vec<usize> = server
            .heard()
            .iter()
            .map(|request| request.headers.get("range").map_or(0, |range| range[6..range.len() - 1].parse().unwrap()))
            .collect();
        assert!(asked.len() == 5 && asked.is_sorted() && asked[1] > 0, "each asks for what is missing: {asked:?}");
    }
}

#[test]
fn a_source_is_asked_when_it_is_due_or_named() {
    let body = Arc::new(Mutex::new(roster(3)));
    let server = shelf(&body);
    let mut night = Night::of(&server, &format!("{LIST}every_days = 7\n"));
    for (time, outcome) in [
        ("2026-11-01T02:05:00Z", FetchOutcome::New),
        ("2026-11-02T02:00:00Z", FetchOutcome::NotDue),
        ("2026-11-07T23:59:00Z", FetchOutcome::NotDue),
        // Seven calendar days later, though five minutes short.
        ("2026-11-08T02:00:00Z", FetchOutcome::Unchanged),
        ("2026-11-09T02:00:00Z", FetchOutcome::NotDue),
    ] {
        night.now = time.parse().unwrap();
        assert_eq!(night.one().outcome, outcome, "{time}");
    }
    let named = fetch(&night.settings, &night.folder(), &["payer".to_owned()], night.now, &mut |_| {});
    assert_eq!(named[0].outcome, FetchOutcome::Unchanged);
    assert_eq!(server.heard().len(), 3);
}

#[test]
fn where_there_is_nothing_for_this_month_the_one_before_is_asked_for() {
    let server = Upstream::start(|request, reply| match request.path.as_str() {
        "/October_2026.csv" => reply.send("200 OK", &[], &roster(2)),
        _ => reply.send("404 Not Found", &[], ""),
    });
    let text = "[sources.npi]\nkind = \"file\"\nurl = \"ORIGIN/{month_name}_{year}.csv\"\nsave_as = \"npi.csv\"\n";
    let mut night = Night::of(&server, text);
    assert_eq!(night.one().outcome, FetchOutcome::New);
    assert_eq!(night.text("npi/npi.csv"), roster(2));
    night.now = "2027-01-02T02:00:00Z".parse().unwrap();
    let gone = night.one();
    assert_eq!(gone.outcome, FetchOutcome::Kept);
    let cause = gone.cause.unwrap();
    assert!(cause.contains("/January_2027.csv nor at ") && cause.ends_with("/December_2026.csv"), "{cause}");
    assert_eq!(night.text("npi/npi.csv"), roster(2));
}

#[test]
fn one_source_that_fails_stops_no_other() {
    let server = Upstream::start(|request, reply| match request.path.as_str() {
        "/b.csv" => reply.send("500 Internal Server Error", &[], ""),
        _ => reply.send("200 OK", &[], &roster(1)),
    });
    let one = |name: &str| format!("[sources.{name}]\nkind = \"file\"\nurl = \"ORIGIN/{name}.csv\"\n");
    let night = Night::of(&server, &format!("{}{}optional = true\n{}", one("a"), one("b"), one("c")));
    let came: Vec<(String, FetchOutcome, bool)> =
        night.fetch().into_iter().map(|one| (one.source, one.outcome, one.optional)).collect();
    assert_eq!(
        came,
        [
            ("a".to_owned(), FetchOutcome::New, false),
            ("b".to_owned(), FetchOutcome::Absent, true),
            ("c".to_owned(), FetchOutcome::New, false)
        ]
    );
}

#[test]
fn a_server_that_keeps_silent_costs_the_night_its_tries_once() {
    let server = Upstream::start(|_, _| std::thread::sleep(std::time::Duration::from_secs(20)));
    let one = |name: &str| format!("[sources.{name}]\nkind = \"file\"\nurl = \"ORIGIN/{name}.csv\"\nmax_stall_seconds = 1\n");
    let night = Night::of(&server, &format!("{}{}{}", one("a"), one("b"), one("c")));
    let causes: Vec<String> = night.fetch().into_iter().filter_map(|one| one.cause).collect();
    assert_eq!(causes.len(), 3);
    assert!(causes[0].ends_with("no complete answer within 1s (after 3 tries)"), "{}", causes[0]);
    assert!(causes[1].ends_with("no complete answer within 1s") && causes[2].ends_with("no complete answer within 1s"));
    assert_eq!(server.heard().len(), 5);
}

#[test]
fn a_payers_directory_is_a_source_too() {
    let ill = Arc::new(Mutex::new(false));
    let is_ill = Arc::clone(&ill);
    let server = Upstream::start(move |request, reply| {
        let entry = match request.path.as_str() {
            "/fhir/Organization" => json!([{"resource": {"resourceType": "Organization", "id": "a", "name": "Blue"}}]),
            _ => json!([]),
        };
        let again = format!("{}{}?_count=50", request.origin, request.path);
        let link = if *is_ill.lock().unwrap() { json!([{"relation": "next", "url": again}]) } else { json!([]) };
        reply.json(&json!({"resourceType": "Bundle", "type": "searchset", "link": link, "entry": entry}));
    });
    let text = "[sources.blue]\nkind = \"plan_net\"\nurl = \"ORIGIN/fhir\"\ncount = 50\nwithout = [\"PractitionerRole\"]\n";
    let night = Night::of(&server, text);
    let first = night.one();
    assert_eq!((first.outcome, first.cause.as_deref()), (FetchOutcome::New, None));
    assert_eq!(first.as_of.unwrap().to_string(), "2026-11-22");
    assert_eq!(first.remarks.len(), 5, "no type says how many there are: {:?}", first.remarks);
    assert!(night.text("blue/sources.toml").contains("[files.\"Organization.ndjson\"]\nas_of = \"2026-11-22\""));
    let before = bytes_below(&night.folder().join("blue"));
    *ill.lock().unwrap() = true;
    let second = night.one();
    assert_eq!((second.outcome, second.as_of), (FetchOutcome::Kept, first.as_of));
    assert!(second.cause.unwrap().contains("the next links loop"));
    assert_eq!(bytes_below(&night.folder().join("blue")), before);
}

#[test]
fn a_server_that_drips_takes_no_more_than_the_time_of_all_fetching() {
    let server = Upstream::start(|request, reply| match request.path.as_str() {
        "/drip.csv" => reply.drip(),
        _ => reply.send("200 OK", &[], &roster(3)),
    });
    let mut night = Night::of(
        &server,
        "[sources.a]\nkind = \"file\"\nurl = \"ORIGIN/drip.csv\"\n[sources.b]\nkind = \"file\"\nurl = \"ORIGIN/b.csv\"\n",
    );
    night.settings.fetch_time = std::time::Duration::from_millis(500);
    let [dripped, left] = night.fetch().try_into().unwrap();
    assert_eq!((dripped.outcome, left.outcome), (FetchOutcome::Absent, FetchOutcome::Absent));
    assert!(dripped.cause.unwrap().contains("took longer than"));
    let over = "the time for all fetches (fetch_minutes) is over; the source was not fetched";
    assert_eq!(left.cause.as_deref(), Some(over));
    night.settings.fetch_time = std::time::Duration::from_mins(1);
    night.settings.sources.remove("a");
    assert_eq!(night.one().outcome, FetchOutcome::New);
}
