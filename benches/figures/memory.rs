//! Memory of a server under mixed requests, and how much it returns afterward.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{fs, thread};

use placement::matching::candidate::Directory;
use serde_json::{Value, json};

use crate::nation::{Nation, child, end, memory_mb};
use crate::page::form;
use crate::questions;
use crate::service::{CONNECTIONS, Connection, new_ledger, started};
use crate::timing::Figure;

/// A request: method, path, accepted type, content type and body.
struct Request {
    method: &'static str,
    path: String,
    accept: &'static str,
    kind: &'static str,
    body: String,
}

/// Sends `count` requests of every route, including choice lists, and prints the peak and the
/// memory afterward.
pub(crate) fn measure(nation: &Nation, count: usize) {
    let requests = requests(nation, count);
    let ledger = new_ledger(&nation.index);
    let (server, address) = started(child("serve", &[&nation.index, &ledger]));
    let mut connection = Connection::open(&address);
    while connection.ask("GET", "/readyz", "").0 != 200 {
        thread::sleep(Duration::from_millis(1));
    }
    // A first pass fills all bounded caches (answers, decoded providers, the FHIR view).
    let pid = server.id().to_string();
    ask_all(&address, &requests);
    let before = settled(&pid);
    // Resets the peak.
    let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
    let refused = ask_all(&address, &requests);
    eprintln!("answered with an error: {refused:?}");
    let refused: usize = refused.values().sum();
    let most = memory_mb(&pid, "VmHWM");
    let after = settled(&pid);
    end(server);
    let size = format!("national size, {} mixed requests of every route, lists among them", requests.len());
    Figure {
        what: format!("peak memory of a server, {size} ({refused} answered with an error)"),
        ours: format!("{most:.0} MB"),
        limit: String::new(),
        ratio: None,
        aim: Some(("at most 400 MB".to_owned(), most <= 400.0)),
    }
    .print();
    Figure {
        what: "the same, a moment after".to_owned(),
        ours: format!("{after:.0} MB"),
        limit: format!("before them: {before:.0} MB"),
        ratio: Some(after / before),
        aim: Some(("ratio at most 1.1".to_owned(), after <= 1.1 * before)),
    }
    .print();
}

/// Memory of a server after a pause in which it can return memory.
fn settled(pid: &str) -> f64 {
    thread::sleep(Duration::from_secs(3));
    memory_mb(pid, "VmRSS")
}

/// Sends all requests over a few concurrent connections; returns the number of error answers by
/// route and status.
fn ask_all(address: &str, requests: &[Request]) -> BTreeMap<String, usize> {
    let (next, refused) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let status = send(address, request);
                    if status >= 400 {
                        let route = request.path.split(['?', ':']).next().unwrap_or_default();
                        let what = format!("{} {route}: {status}", request.method);
                        *refused.lock().expect("nobody panics").entry(what).or_default() += 1;
                    }
                }
            });
        }
    });
    refused.into_inner().expect("nobody panics")
}

/// The status of the answer, which is read to its end and discarded. One connection each, because
/// some answers are streamed.
fn send(address: &str, Request { method, path, accept, kind, body }: &Request) -> u16 {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\naccept: {accept}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).expect("a request sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    let status = answer.get(9..12).and_then(|status| std::str::from_utf8(status).ok()?.parse().ok());
    status.expect("a status")
}

const JSON: &str = "application/json";
const PAGE: &str = "text/html";
const FORM: &str = "application/x-www-form-urlencoded";

/// Requests of every route, each with a different question or provider.
fn requests(nation: &Nation, count: usize) -> Vec<Request> {
    let catalog = nation.catalog();
    let bodies = questions::bodies(&catalog, count, 23);
    let ids: Vec<String> = (0..catalog.record_count()).filter_map(|at| Some(catalog.id_at(at)?.to_string())).collect();
    let name = |at: usize| catalog.search_names("care", 1 + at % 20).pop().map(|hit| hit.name).unwrap_or_default();
    let plans = catalog.plans();
    let of = |(at, body): (usize, &Value)| {
        // Far apart, so that consecutive requests are unrelated.
        let id = |next: usize| &ids[(at * 7919 + next * 104_729) % ids.len()];
        let fhir = fhir_id(id(0));
        let get = |accept, path: String| Request { method: "GET", path, accept, kind: JSON, body: String::new() };
        let post = |path: &str, accept, kind, body| Request { method: "POST", path: path.to_owned(), accept, kind, body };
        let form_of = |more: &str| form(body) + more;
        let list = || {
            let mut discharge = body.clone();
            // A list is always complete, and refused beyond a maximum length.
            if discharge.get("within_miles").is_some() {
                discharge["within_miles"] = json!(10);
            }
            json!({"discharge": discharge}).to_string()
        };
        match at % 40 {
            0 => post("/v1/choice-lists", "application/pdf", JSON, list()),
            1 => post("/v1/choice-lists", PAGE, JSON, list()),
            2 => post("/v1/choice-lists", JSON, JSON, list()),
            3 => post("/v1/matches:batch", "application/x-ndjson", "application/x-ndjson", batch(&bodies, at)),
            4 => post("/v1/explain", JSON, JSON, json!({"discharge": body, "provider": id(0)}).to_string()),
            5 => get(JSON, format!("/v1/providers/{}", id(0))),
            6 => get(JSON, format!("/v1/providers?name={}", word(&name(at)))),
            7 => get(JSON, "/v1/directory".to_owned()),
            8 => get(JSON, "/v1/services".to_owned()),
            9 => get(JSON, "/v1/needs".to_owned()),
            10 => get(JSON, "/v1/networks".to_owned()),
            11 => get(JSON, format!("/v1/plans?name={}", word(&plans.plans[at % plans.plans.len()].name))),
            12 => get(JSON, format!("/v1/providers/{}/availability", id(0))),
            13 => get(JSON, format!("/v1/providers/{}/statements", id(0))),
            14 => get(JSON, "/cds-services".to_owned()),
            15 => post("/cds-services/placement", JSON, JSON, crate::cds_card::call(body)),
            16 => get(JSON, "/fhir/metadata".to_owned()),
            17 => get(JSON, format!("/fhir/Organization/{fhir}")),
            18 => get(JSON, "/fhir/HealthcareService?_count=50".to_owned()),
            19 => get(JSON, "/fhir/OrganizationAffiliation?_count=50".to_owned()),
            20 => get(JSON, "/openapi.json".to_owned()),
            21 => get(PAGE, "/docs".to_owned()),
            22 => get("text/plain", "/livez".to_owned()),
            23 => get(JSON, "/readyz?verbose".to_owned()),
            24 => get("text/plain", "/metrics".to_owned()),
            25 => get(PAGE, "/".to_owned()),
            26 => post("/what-about", PAGE, FORM, form_of(&format!("&provider={}", id(0)))),
            27 => post("/call-sheet", PAGE, FORM, form(body)),
            28 => post("/export/csv", "text/csv", FORM, form(body)),
            29 => post("/export/xlsx", "*/*", FORM, form(body)),
            30 => post("/choice-list", PAGE, FORM, form(body)),
            31 => get(PAGE, format!("/providers/{}", id(0))),
            32 => post("/compare", PAGE, FORM, form_of(&format!("&pick={}&pick={}", id(0), id(1)))),
            33 => get(PAGE, "/directory".to_owned()),
            34 => post("/suggest/plans", JSON, FORM, "coverage=gold".to_owned()),
            35 | 36 => post("/", PAGE, FORM, form(body)),
            _ => post("/v1/matches", JSON, JSON, body.to_string()),
        }
    };
    bodies.iter().enumerate().map(of).collect()
}

/// Ten questions, one per line.
fn batch(bodies: &[Value], at: usize) -> String {
    bodies.iter().cycle().skip(at).take(10).flat_map(|body| [body.to_string(), "\n".to_owned()]).collect()
}

/// The beginning of a name, encoded for a URL.
fn word(name: &str) -> String {
    name.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// A provider's id as written in FHIR.
fn fhir_id(id: &str) -> String {
    id.replace(':', "-")
}
