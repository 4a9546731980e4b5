//! A payer's server, healthy and faulty: a fetch returns exactly what it has, or nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use placement::refresh::fetch::error::FetchError;
use placement::refresh::fetch::limits::FetchLimits;
use placement::refresh::fetch::outbound::OutboundPolicy;
use placement::refresh::fetch::plan_net::fetch;
use placement::refresh::fetch::plan_net_options::{FetchMode, PlanNetFetch, PlanNetOptions};
use placement::refresh::fetch::plan_net_progress::KINDS;
use placement::refresh::fetch::token::AccessToken;
use placement::refresh::fetch::transport::TransportOptions;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::directories::real_folder;
use crate::scripted_server::{Reply, Request, Upstream};

/// The resources of HL7's sample payer; the folder must exist if `CI` is set.
pub(crate) fn sample() -> Option<PathBuf> {
    real_folder().map(|folder| folder.join("fhir_plan_net"))
}

/// Resources by type, in the order of their files.
pub(crate) type Resources = BTreeMap<String, Vec<Value>>;

/// All resources of a folder's NDJSON files, compressed ones too.
pub(crate) fn resources_of(folder: &Path) -> Resources {
    let mut all = Resources::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let Some((kind, ending)) = name.split_once('.').filter(|(_, ending)| ending.starts_with("ndjson")) else {
            continue;
        };
        let mut text = String::new();
        let file = fs::File::open(&path).unwrap();
        let mut from: Box<dyn Read> =
            if ending == "ndjson.gz" { Box::new(flate2::read::GzDecoder::new(file)) } else { Box::new(file) };
        from.read_to_string(&mut text).unwrap();
        all.insert(kind.to_owned(), text.lines().map(|line| serde_json::from_str(line).unwrap()).collect());
    }
    all
}

/// The fetched resources, by type and id.
fn by_id(resources: &Resources) -> BTreeMap<(String, String), Value> {
    let fetched = resources.iter().filter(|(kind, _)| KINDS.contains(&kind.as_str()));
    let named = |(kind, all): (&String, &Vec<Value>)| -> Vec<((String, String), Value)> {
        all.iter().map(|one| ((kind.clone(), one["id"].as_str().unwrap().to_owned()), one.clone())).collect()
    };
    fetched.flat_map(named).collect()
}

/// A search page of a healthy server.
pub(crate) fn page(resources: &Resources, request: &Request) -> Value {
    let kind = request.path.rsplit('/').next().unwrap();
    let number = |name: &str| request.query.get(name).map_or(0, |text| text.parse().unwrap());
    let (count, at): (usize, usize) = (number("_count"), number("page"));
    let none = Vec::new();
    let all: Vec<&Value> = resources.get(kind).unwrap_or(&none).iter().filter(|one| is_since(one, request)).collect();
    let entry: Vec<Value> =
        all.iter().skip(at * count).take(count).map(|one| json!({"resource": one, "search": {"mode": "match"}})).collect();
    let mut link = vec![json!({"relation": "self", "url": format!("{}{}", request.origin, request.path)})];
    if (at + 1) * count < all.len() {
        let url = format!("{}{}?_count={count}&page={}", request.origin, request.path, at + 1);
        link.push(json!({"relation": "next", "url": url}));
    }
    json!({"resourceType": "Bundle", "type": "searchset", "total": all.len(), "link": link, "entry": entry})
}

fn is_since(resource: &Value, request: &Request) -> bool {
    let day = request.query.get("_lastUpdated").map(|text| text.trim_start_matches("ge"));
    day.is_none_or(|day| resource["meta"]["lastUpdated"].as_str().unwrap() >= day)
}

/// Limits with which a test ends soon, whatever the server does.
fn tight() -> FetchLimits {
    FetchLimits {
        answer_bytes: 2 << 20,
        total_bytes: 32 << 20,
        pages: 50,
        answer_time: Duration::from_secs(10),
        answer_least: 1,
        whole_time: Duration::from_secs(30),
        tries: 3,
        pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(200),
    }
}

/// The transport options for a server on loopback.
pub(crate) fn terms() -> TransportOptions {
    let allow = vec!["127.0.0.0/8".parse().unwrap()];
    TransportOptions {
        limits: tight(),
        outbound: OutboundPolicy { allow, ..OutboundPolicy::default() },
        ..TransportOptions::default()
    }
}

pub(crate) fn options(origin: &str, into: &Path) -> PlanNetOptions {
    PlanNetOptions {
        base: format!("{origin}/fhir"),
        into: into.to_owned(),
        way: FetchMode::Pages { count: 100 },
        since: None,
        without: Vec::new(),
        terms: terms(),
        today: jiff::civil::date(2026, 11, 20),
    }
}

fn run(options: &PlanNetOptions) -> Result<PlanNetFetch, FetchError> {
    fetch(options, &mut |_| {})
}

/// All files of a folder with their bytes.
fn bytes_of(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

/// The reaction of a server to a request for a page: a changed page, or something else.
type Trick = fn(&Request, Value, &mut Reply);

/// A server that misbehaves on the second page of locations only.
fn tricky(resources: &Arc<Resources>, trick: Trick) -> Upstream {
    let resources = Arc::clone(resources);
    Upstream::start(move |request, reply| {
        let page = page(&resources, request);
        if request.path == "/fhir/Location" && request.query.get("page").is_some_and(|page| page == "1") {
            trick(request, page, reply);
        } else {
            reply.json(&page);
        }
    })
}

fn set_next(page: &mut Value, url: &str) {
    page["link"] = json!([{"relation": "next", "url": url}]);
}

#[test]
fn what_a_payer_serves_in_pages_comes_whole_whatever_small_faults_it_has() {
    let Some(folder) = sample() else { return };
    let resources = Arc::new(resources_of(&folder));
    let expected = by_id(&resources);
    let tricks: [(&str, Trick); 6] = [
        ("a good server", |_, page, reply| reply.json(&page)),
        ("resources that came before", |_, mut page, reply| {
            let again: Vec<Value> = page["entry"].as_array().unwrap().iter().take(7).cloned().collect();
            page["entry"].as_array_mut().unwrap().extend(again);
            reply.json(&page);
        }),
        ("an older version again", |_, mut page, reply| {
            let mut old = page["entry"][0].clone();
            old["resource"]["meta"]["lastUpdated"] = json!("2001-01-01T00:00:00Z");
            old["resource"]["name"] = json!("what it was called long ago");
            page["entry"].as_array_mut().unwrap().insert(0, old);
            reply.json(&page);
        }),
        ("a fault that passes", |request, page, reply| match request.before {
            0 => reply.send("503 Service Unavailable", &[("Retry-After", "0")], ""),
            1 => reply.half(&page.to_string()),
            _ => reply.json(&page),
        }),
        ("a word of warning and another type", |_, mut page, reply| {
            let issue = json!([{"severity": "warning", "code": "processing"}]);
            page["entry"]
                .as_array_mut()
                .unwrap()
                .push(json!({"resource": {"resourceType": "OperationOutcome", "issue": issue}}));
            page["entry"].as_array_mut().unwrap().push(json!({"search": {"mode": "match"}}));
            reply.json(&page);
        }),
        ("a redirect at home", |request, page, reply| match request.query.get("moved") {
            None => {
                let to = format!("{}{}?_count=100&page=1&moved=yes", request.origin, request.path);
                reply.send("307 Temporary Redirect", &[("Location", &to)], "");
            }
            Some(_) => reply.json(&page),
        }),
    ];
    for (what, trick) in tricks {
        let root = TempDir::new().unwrap();
        let into = root.path().join("payer");
        let server = tricky(&resources, trick);
        let fetched = run(&options(&server.origin, &into)).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(by_id(&resources_of(&into)), expected, "{what}");
        assert_eq!(fetched.brought.iter().map(|kind| kind.kind).collect::<Vec<_>>(), KINDS, "{what}");
        assert!(fetched.remarks.is_empty(), "{what}: {:?}", fetched.remarks);
        let day = fs::read_to_string(into.join("sources.toml")).unwrap();
        assert!(day.contains("[files.\"Location.ndjson\"]\nas_of = \"2026-11-20\""), "{day}");
        assert!(!into.join("PractitionerRole.ndjson").exists(), "nothing is no file");
    }
}

/// Each misbehavior with its error message.
const MISDEEDS: [(&str, Trick); 19] = [
    ("the last page has no next link, but 449 of 649 Location resources are missing", |_, mut page, reply| {
        page["link"] = json!([]);
        reply.json(&page);
    }),
    ("the next links loop", |request, mut page, reply| {
        set_next(&mut page, &format!("{}/fhir/Location?_count=100", request.origin));
        reply.json(&page);
    }),
    ("the next links loop", |request, mut page, reply| {
        set_next(&mut page, &format!("{}/fhir/Location?_count=100&page=1", request.origin));
        reply.json(&page);
    }),
    ("there are more than 50 pages", |request, mut page, reply| {
        let nth = request.query.get("nth").map_or(0, |nth| nth.parse::<u32>().unwrap()) + 1;
        set_next(&mut page, &format!("{}/fhir/Location?_count=100&page=1&nth={nth}", request.origin));
        reply.json(&page);
    }),
    ("the next link leads to another server, http://127.0.0.1:9", |_, mut page, reply| {
        set_next(&mut page, "http://127.0.0.1:9/fhir/Location?page=2");
        reply.json(&page);
    }),
    ("the server redirects to another server, http://127.0.0.1:9", |_, _, reply| {
        reply.send("302 Found", &[("Location", "http://127.0.0.1:9/elsewhere?secret=1")], "");
    }),
    ("the server redirects more than 5 times", |request, _, reply| {
        let hops = request.query.get("hops").map_or(0, |hops| hops.parse::<u32>().unwrap()) + 1;
        let to = format!("{}/fhir/Location?_count=100&page=1&hops={hops}", request.origin);
        reply.send("302 Found", &[("Location", &to)], "");
    }),
    ("no complete answer within 300ms (after 3 tries)", |_, _, _| std::thread::sleep(Duration::from_secs(20))),
    ("no complete answer within 300ms (after 3 tries)", |_, _, reply| reply.drip()),
    ("the server answered 500 Internal Server Error (after 3 tries)", |_, _, reply| {
        reply.send("500 Internal Server Error", &[("Retry-After", "86400")], "");
    }),
    ("the server answered 429 Too Many Requests (after 3 tries)", |_, _, reply| reply.send("429 Too Many Requests", &[], "")),
    ("the server answered 403 Forbidden: it needs a token, or rejects the one it got: no such scope", |_, _, reply| {
        let issue = json!([{"severity": "error", "code": "forbidden", "diagnostics": "no such\nscope"}]);
        reply.send("403 Forbidden", &[], &json!({"resourceType": "OperationOutcome", "issue": issue}).to_string());
    }),
    ("the answer broke off", |_, page, reply| reply.half(&page.to_string())),
    ("the server answered with a web page or XML instead of JSON", |_, _, reply| {
        reply.send("200 OK", &[("Content-Type", "text/html")], "<!DOCTYPE html><title>Sign in</title>");
    }),
    ("the server answered with an error: the database is down", |_, _, reply| {
        let issue = json!([{"severity": "error", "code": "exception", "details": {"text": "the database is down"}}]);
        reply.json(&json!({"resourceType": "OperationOutcome", "issue": issue}));
    }),
    ("the answer is not valid JSON", |_, page, reply| {
        let text = page.to_string();
        reply.send("200 OK", &[], &text[..text.len() / 2]);
    }),
    ("the answer is not valid JSON: recursion limit exceeded", |_, _, reply| {
        let deep = format!("{{\"resourceType\":\"Bundle\",\"entry\":[{{\"resource\":{}", "[".repeat(100_000));
        reply.send("200 OK", &[], &deep);
    }),
    ("the answer is longer than 2097152 bytes", |_, _, reply| reply.endless()),
    ("a resource has no id", |_, mut page, reply| {
        page["entry"][3]["resource"].as_object_mut().unwrap().remove("id");
        reply.json(&page);
    }),
];

#[test]
fn a_server_that_misbehaves_changes_nothing_and_is_told_in_a_line() {
    let Some(folder) = sample() else { return };
    let resources = Arc::new(resources_of(&folder));
    let root = TempDir::new().unwrap();
    let into = root.path().join("payer");
    let good = tricky(&resources, |_, page, reply| reply.json(&page));
    run(&options(&good.origin, &into)).unwrap();
    let before = bytes_of(&into);
    for (cause, trick) in MISDEEDS {
        let server = tricky(&resources, trick);
        let mut options = options(&server.origin, &into);
        options.terms.token = AccessToken::new("sesame-4711");
        if cause.contains("300ms") {
            options.terms.limits.answer_time = Duration::from_millis(300);
        }
        let began = Instant::now();
        let error = run(&options).expect_err(cause).to_string();
        assert!(error.contains(cause), "{cause}: {error}");
        assert!(error.starts_with(&format!("{}/fhir/Location?…: ", server.origin)), "it names what was asked for: {error}");
        assert!(error.lines().count() == 1 && !error.contains("sesame") && !error.contains("page=1"), "{error}");
        assert!(began.elapsed() < Duration::from_secs(15), "{cause}: {:?}", began.elapsed());
        assert_eq!(bytes_of(&into), before, "{cause}: the folder is as it was");
        let tried = server.heard().iter().filter(|request| request.query.contains_key("page") && request.before > 0).count();
        let again = if cause.contains("3 tries") || cause.contains("broke off") { 2 } else { 0 };
        assert_eq!(tried, again, "{cause}: asked again");
    }
    let mut left: Vec<_> =
        fs::read_dir(root.path().join(".payer.fetch")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["kept.json", "lock"], "nothing half fetched is left");
}

#[test]
fn a_fetch_ends_in_time_and_within_its_bytes_whatever_the_server_does() {
    let Some(folder) = sample() else { return };
    let resources = Arc::new(resources_of(&folder));
    let root = TempDir::new().unwrap();
    let into = root.path().join("payer");
    let good = tricky(&resources, |_, page, reply| reply.json(&page));
    for (limits, cause) in [
        (FetchLimits { total_bytes: 500_000, ..tight() }, "the fetch exceeds 500000 bytes"),
        (FetchLimits { whole_time: Duration::ZERO, ..tight() }, "the fetch took longer than 0ns"),
        (FetchLimits { pages: 3, ..tight() }, "there are more than 3 pages"),
    ] {
        let error = run(&PlanNetOptions { terms: TransportOptions { limits, ..terms() }, ..options(&good.origin, &into) })
            .unwrap_err()
            .to_string();
        assert!(error.contains(cause), "{error}");
    }
    let nobody = run(&options("http://127.0.0.1:9", &into)).unwrap_err().to_string();
    assert!(nobody.contains("http://127.0.0.1:9/fhir/") && nobody.contains("the server cannot be reached"), "{nobody}");
    assert!(!into.exists());
}

#[test]
fn what_changed_takes_the_place_of_what_was_and_the_rest_stays() {
    let Some(folder) = sample() else { return };
    let resources = Arc::new(resources_of(&folder));
    let root = TempDir::new().unwrap();
    let into = root.path().join("payer");
    let since = Some(jiff::civil::date(2026, 11, 10));
    let server = tricky(&resources, |_, page, reply| reply.json(&page));
    let first = PlanNetOptions { since, ..options(&server.origin, &into) };
    assert!(matches!(run(&first), Err(FetchError::NothingToUpdate(_))));
    run(&options(&server.origin, &into)).unwrap();

    let mut later = (*resources).clone();
    let changed = later.get_mut("Organization").unwrap();
    changed[20]["name"] = json!("Under new management");
    changed[20]["meta"]["lastUpdated"] = json!("2026-11-15T08:00:00Z");
    let mut opened = changed[21].clone();
    opened["id"] = json!("opened-yesterday");
    opened["meta"]["lastUpdated"] = json!("2026-11-21T08:00:00.000-05:00");
    changed.push(opened);
    let expected = by_id(&later);
    let server = tricky(&Arc::new(later), |_, page, reply| reply.json(&page));
    let today = jiff::civil::date(2026, 11, 22);
    let fetched = run(&PlanNetOptions { since, today, ..options(&server.origin, &into) }).unwrap();
    assert_eq!(by_id(&resources_of(&into)), expected);
    assert_eq!(fetched.brought.iter().map(|kind| kind.changed).sum::<u64>(), 2);
    assert!(
        fetched.remarks.iter().any(|remark| remark.contains("does not show what the payer deleted")),
        "{:?}",
        fetched.remarks
    );
    assert_eq!(fetched.as_of.to_string(), "2026-11-20", "it is known whole of that day only");
}

/// A difference between an exporting server and a healthy one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exports {
    Well,
    NeverReady,
    Incomplete,
    Elsewhere,
    WithErrors,
    CutOff,
    Refused,
    NotAsked,
}

fn exporting(resources: &Arc<Resources>, how: Exports) -> Upstream {
    let resources = Arc::clone(resources);
    Upstream::start(move |request, reply| {
        let at = |path: &str| format!("{}{path}", request.origin);
        match (request.method.as_str(), request.path.as_str()) {
            ("DELETE", _) => reply.send("202 Accepted", &[], ""),
            (_, "/fhir/$export") if how == Exports::Refused => {
                let issue = json!([{"severity": "error", "code": "not-supported", "diagnostics": "no bulk here"}]);
                reply.send("400 Bad Request", &[], &json!({"resourceType": "OperationOutcome", "issue": issue}).to_string());
            }
            (_, "/fhir/$export") if request.headers.get("prefer").is_none_or(|prefer| prefer != "respond-async") => {
                reply.send("400 Bad Request", &[], "");
            }
            (_, "/fhir/$export") => reply.send("202 Accepted", &[("Content-Location", &at("/jobs/1"))], ""),
            (_, "/jobs/1") if request.before < 2 || how == Exports::NeverReady => {
                reply.send("202 Accepted", &[("Retry-After", "0"), ("X-Progress", "half of it")], "");
            }
            (_, "/jobs/1") => reply.json(&manifest(&resources, how, &request.origin)),
            (_, "/jobs/errors") => {
                let severity = if how == Exports::WithErrors { "error" } else { "information" };
                let issue = json!([{"severity": severity, "code": "exception", "diagnostics": "two locations had no name"}]);
                reply.send("200 OK", &[], &format!("{}\n", json!({"resourceType": "OperationOutcome", "issue": issue})));
            }
            (_, path) => {
                let (kind, half) = path.trim_start_matches("/jobs/").split_once('/').unwrap();
                let all = &resources[kind];
                let some = if half == "1" { &all[..all.len() / 2] } else { &all[all.len() / 2..] };
                let mut lines = some.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
                if how == Exports::CutOff {
                    lines.truncate(lines.len() - 100);
                }
                reply.send("200 OK", &[], &lines);
            }
        }
    })
}

fn manifest(resources: &Resources, how: Exports, origin: &str) -> Value {
    let host = if how == Exports::Elsewhere { "http://127.0.0.1:9" } else { origin };
    let mut output = Vec::new();
    for (kind, all) in resources.iter().filter(|(kind, _)| *kind != "Endpoint") {
        let half = all.len() / 2;
        let more = usize::from(how == Exports::Incomplete);
        output.push(json!({"type": kind, "url": format!("{host}/jobs/{kind}/1"), "count": half}));
        output.push(json!({"type": kind, "url": format!("{host}/jobs/{kind}/2"), "count": all.len() - half + more}));
    }
    if how == Exports::NotAsked {
        output.push(json!({"type": "Endpoint", "url": format!("{origin}/jobs/Endpoint/1")}));
    }
    json!({"transactionTime": "2026-11-19T02:00:00Z", "request": format!("{origin}/fhir/$export"), "requiresAccessToken": true,
           "output": output, "error": [{"type": "OperationOutcome", "url": format!("{origin}/jobs/errors")}]})
}

#[test]
fn a_bulk_export_is_awaited_fetched_and_cleared_away() {
    let Some(folder) = sample() else { return };
    let resources = Arc::new(resources_of(&folder));
    let root = TempDir::new().unwrap();
    let into = root.path().join("payer");
    let bulk = |server: &Upstream| PlanNetOptions {
        way: FetchMode::Bulk,
        terms: TransportOptions { token: AccessToken::new("sesame"), ..terms() },
        ..options(&server.origin, &into)
    };
    for how in [Exports::Well, Exports::NotAsked] {
        let server = exporting(&resources, how);
        let fetched = run(&bulk(&server)).unwrap();
        assert_eq!(by_id(&resources_of(&into)), by_id(&resources));
        assert_eq!(fetched.as_of.to_string(), "2026-11-19", "the server says of when its files are");
        let said = fetched.remarks.join("\n");
        assert!(said.contains("the export reports: two locations had no name"), "{said}");
        assert_eq!(said.contains("an unrequested file of type Endpoint"), how == Exports::NotAsked, "{said}");
        let heard = server.heard();
        assert!(heard.iter().all(|request| request.headers.get("authorization").is_some_and(|by| by == "Bearer sesame")));
        let last = heard.last().unwrap();
        assert_eq!((last.method.as_str(), last.path.as_str()), ("DELETE", "/jobs/1"));
    }
    let before = bytes_of(&into);
    for (how, cause) in [
        (Exports::NeverReady, "/jobs/1: the fetch took longer than 6s"),
        (Exports::Incomplete, "the file should have 80 resources but has 79"),
        (Exports::Elsewhere, "an export file leads to another server, http://127.0.0.1:9"),
        (Exports::WithErrors, "the export is incomplete: two locations had no name"),
        (Exports::CutOff, "is not JSON"),
        (Exports::Refused, "the server answered 400 Bad Request: no bulk here"),
    ] {
        let server = exporting(&resources, how);
        let mut options = bulk(&server);
        if how == Exports::NeverReady {
            options.terms.limits.whole_time = Duration::from_secs(6);
        }
        let error = run(&options).unwrap_err().to_string();
        assert!(error.contains(cause) && error.lines().count() == 1, "{how:?}: {error}");
        assert_eq!(bytes_of(&into), before, "{how:?}: the folder is as it was");
        let cleared = server.heard().iter().any(|request| request.method == "DELETE");
        assert_eq!(cleared, how != Exports::Refused, "{how:?}");
    }
}

#[test]
fn the_command_fetches_and_ends_with_a_code_of_its_own_when_it_cannot() {
    let Some(folder) = sample() else { return };
    let resources = Arc::new(resources_of(&folder));
    let here = TempDir::new().unwrap();
    fs::write(here.path().join("token"), "sesame-4711\n").unwrap();
    fs::create_dir(here.path().join("mine")).unwrap();
    fs::write(here.path().join("mine/roster.csv"), "npi,network\n").unwrap();
    let placement = |line: &str| {
        let mut command = Command::new(cargo_bin("placement"));
        command.current_dir(here.path()).args(line.split_whitespace()).env_remove("PLACEMENT_FETCH_TOKEN");
        command.args(["--allow-net", "127.0.0.1/32"]);
        let ended = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (ended.status.code().unwrap(), text(ended.stdout), text(ended.stderr))
    };
    let good = tricky(&resources, |_, page, reply| reply.json(&page));
    let origin = &good.origin;
    let (code, out, err) =
        placement(&format!("fetch plan-net {origin}/fhir --into data/payer --token-file token --count 50"));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("1175 resources in data/payer") && out.contains("649  Location"), "{out}");
    assert!(err.contains("Location: 649 in 13 pages"), "{err}");
    assert!(good.heard().iter().all(|request| request.headers["authorization"] == "Bearer sesame-4711"));

    let ill = tricky(&resources, |_, _, reply| reply.send("404 Not Found", &[], "sesame-4711"));
    for (line, expected, words) in [
        (
            format!("fetch plan-net {}/fhir --into data/payer --token-file token", ill.origin),
            69,
            "the server answered 404 Not Found",
        ),
        ("fetch plan-net http://127.0.0.1:9/fhir --into data/payer --token-file token".to_owned(), 69, "cannot be reached"),
        ("fetch plan-net http://payer.example/fhir --into data/payer".to_owned(), 2, "is not encrypted"),
        ("fetch plan-net https://me:word@payer.example/ --into data/payer".to_owned(), 2, "--token-file"),
        (format!("fetch plan-net {origin}/fhir --into new --since 2026-01-01"), 66, "fetch the whole directory first"),
        (format!("fetch plan-net {origin}/fhir --into data/payer --without Endpoint"), 2, "unknown resource type Endpoint"),
        (format!("fetch plan-net {origin}/fhir --into data/payer --token-file none"), 66, "none: No such file"),
        (format!("fetch plan-net {origin}/fhir --into mine"), 73, "mine has roster.csv, which no fetch wrote"),
    ] {
        let (code, out, err) = placement(&line);
        assert!(code == expected && err.contains(words) && out.is_empty(), "{line}: {code} {err}");
        assert!(!err.contains("sesame") && !err.contains("word@"), "{err}");
    }
}
