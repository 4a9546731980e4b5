//! Directories that payers publish as files: whatever the address is, all of them come or none, and what has not changed is not
//! sent again.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;
use placement::refresh::fetch::plan_net::fetch;
use placement::refresh::fetch::plan_net_options::{FetchMode, PlanNetFetch, PlanNetOptions};
use placement::run_report::fetched::FetchOutcome;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cases_payers::{advantage, agencies, case, standing};
use crate::fetched_sources::{Night, bytes_below};
use crate::folder::read;
use crate::plan_net_server::options;
use crate::plan_net_small::{link, links, payer};
use crate::scripted_server::{Reply, Request, Upstream};

pub(crate) const WICKERHOWE: (&str, &str) = ("ccn:267044", "1999991015");
pub(crate) const QUILLFOLD: (&str, &str) = ("ccn:267012", "1999992021");

pub(crate) fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// What a server has, by path. `ORIGIN` in a text stands for its address.
pub(crate) type SmallDirectory = Arc<Mutex<BTreeMap<String, String>>>;

/// A server of files with ETags, which sends those named `.gz` or `packed` compressed.
pub(crate) fn serving(shelf: &SmallDirectory) -> Upstream {
    let shelf = Arc::clone(shelf);
    Upstream::start(move |request, reply| {
        let Some(text) = shelf.lock().unwrap().get(&request.path).cloned() else {
            return reply.send("404 Not Found", &[], "");
        };
        answer(request, reply, &text.replace("ORIGIN", &request.origin));
    })
}

fn answer(request: &Request, reply: &mut Reply, text: &str) {
    let sum: u64 = text.bytes().fold(7, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let etag = format!("W/\"{sum:x}\"");
    if request.headers.get("if-none-match") == Some(&etag) {
        reply.send("304 Not Modified", &[("ETag", &etag)], "");
    } else if request.path.contains("packed") {
        reply.send_bytes("200 OK", &[("ETag", &etag), ("Content-Encoding", "gzip")], &gzip(text));
    } else if request.path.contains(".gz") {
        reply.send_bytes("200 OK", &[("ETag", &etag)], &gzip(text));
    } else {
        reply.send("200 OK", &[("ETag", &etag)], text);
    }
}

/// A payer of one network with a Medicare Advantage plan, as a bundle.
pub(crate) fn bundle() -> Value {
    let mut all = payer();
    for one in &mut all {
        if one["id"] == "first" {
            one["network"] = links(&["Organization/wide", "Organization/narrow"]);
            one["organization"] = link("Organization/payer");
        }
    }
    let entry: Vec<Value> = all.iter().map(|one| json!({"resource": one})).collect();
    json!({"resourceType": "Bundle", "type": "collection", "entry": entry})
}

/// Contracts in both forms, a bulk manifest and a bundle.
fn contracts() -> SmallDirectory {
    let machine = |who, plan| json!([advantage(who, plan)]).to_string();
    let split = |kind: &str| {
        let of_kind = |one: &&Value| one["resource"]["resourceType"] == kind;
        let bundle = bundle();
        let entries = bundle["entry"].as_array().unwrap().iter().filter(of_kind);
        entries.flat_map(|one| [one["resource"].to_string(), "\n".to_owned()]).collect::<String>()
    };
    let kinds = ["Organization", "OrganizationAffiliation", "HealthcareService", "Location", "InsurancePlan"];
    let output: Vec<Value> = kinds
        .iter()
        .map(|kind| json!({"type": kind, "url": format!("ORIGIN/bulk/{kind}.packed"), "count": split(kind).lines().count()}))
        .collect();
    let manifest =
        json!({"transactionTime": "2026-11-19T02:00:00Z", "requiresAccessToken": false, "output": output, "error": []});
    let mut shelf: BTreeMap<String, String> = [
        (
            "/h1111/index.json",
            json!({"provider_urls": ["ORIGIN/h1111/providers-1.json", "ORIGIN/h1111/providers-2.json.gz"]}).to_string(),
        ),
        ("/h1111/providers-1.json", machine(WICKERHOWE, "H1111-001-000")),
        ("/h1111/providers-2.json.gz", format!("\u{feff}{}", machine(QUILLFOLD, "H1111-001-000"))),
        ("/h2222/index.json", json!({"provider_urls": ["packed/bundle.json"]}).to_string()),
        ("/h2222/packed/bundle.json", bundle().to_string()),
        ("/bulk/manifest", manifest.to_string()),
        ("/h3333/fhir.json", bundle().to_string()),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .into();
    shelf.extend(kinds.map(|kind| (format!("/bulk/{kind}.packed"), split(kind))));
    Arc::new(Mutex::new(shelf))
}

const CONTRACTS: [(&str, usize); 4] =
    [("/h1111/index.json", 2), ("/h2222/index.json", 1), ("/bulk/manifest", 5), ("/h3333/fhir.json", 1)];

fn from(server: &Upstream, path: &str, into: &Path) -> PlanNetOptions {
    PlanNetOptions { base: format!("{}{path}", server.origin), ..options(&server.origin, into) }
}

fn run(options: &PlanNetOptions) -> Result<PlanNetFetch, String> {
    fetch(options, &mut |_| {}).map_err(|error| error.to_string())
}

#[test]
fn contracts_come_whole_in_every_form_and_an_unchanged_night_sends_nothing() {
    let shelf = contracts();
    let server = serving(&shelf);
    for (path, files) in CONTRACTS {
        let root = TempDir::new().unwrap();
        let into = root.path().join("payer");
        let first = run(&from(&server, path, &into)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!((first.files, first.unchanged), (files, false), "{path}");
        let before = bytes_below(root.path());
        let asked = server.heard().len();
        let again = run(&from(&server, path, &into)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(again.unchanged && again.bytes == 0, "{path}: {again:?}");
        let heard = server.heard().split_off(asked);
        assert!(heard.iter().all(|request| request.headers.contains_key("if-none-match")), "{path}: {heard:?}");
        let state = |path: &Path| path.ends_with("kept.json");
        let mut after = bytes_below(root.path());
        after.retain(|path, _| !state(path));
        assert!(after.iter().all(|(path, bytes)| before.get(path) == Some(bytes)), "{path}");
    }
}

#[test]
fn what_is_fetched_as_files_is_read_as_the_payers_directory() {
    let shelf = contracts();
    let server = serving(&shelf);
    let root = TempDir::new().unwrap();
    run(&from(&server, "/h1111/index.json", &root.path().join("h1111"))).unwrap();
    let (name, table) = agencies();
    let mut files = vec![(name.to_owned(), table.into_bytes())];
    files.extend(
        bytes_below(&root.path().join("h1111"))
            .into_iter()
            .map(|(path, bytes)| (format!("h1111/{}", path.file_name().unwrap().to_str().unwrap()), bytes)),
    );
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let read = read(&files);
    for agency in [WICKERHOWE, QUILLFOLD] {
        assert_eq!(standing(&read, agency, "H1111-001-000"), "in_network", "{:?}", read.report.remarks);
    }
    assert!(
        read.report
            .files
            .iter()
            .filter(|file| file.status.file.starts_with("h1111/"))
            .all(|file| file.status.as_of.is_some())
    );
}

#[test]
fn a_set_that_lost_a_member_keeps_the_last_one() {
    let shelf = contracts();
    let server = serving(&shelf);
    let root = TempDir::new().unwrap();
    let into = root.path().join("payer");
    run(&from(&server, "/h1111/index.json", &into)).unwrap();
    let before = bytes_below(&into);
    let change = |path: &str, text: &str| drop(shelf.lock().unwrap().insert(path.to_owned(), text.to_owned()));
    for (what, text, cause) in [
        ("gone", "", "the server answered 404 Not Found"),
        ("a web page", "<!DOCTYPE html>", "the file is not a supported dataset: it is a web page"),
        ("another file", "{\"in_network\":[]}", "the file is not a supported dataset: it lists prices"),
        (
            "broken off",
            "[{\"npi\":\"1999991015\",\"facilityName\":\"x\",\"type\":\"Facility\",\"plans\":[]},{\"npi",
            "breaks off",
        ),
    ] {
        if text.is_empty() {
            shelf.lock().unwrap().remove("/h1111/providers-1.json");
        } else {
            change("/h1111/providers-1.json", text);
        }
        let told = run(&from(&server, "/h1111/index.json", &into)).unwrap_err();
        assert!(told.contains(cause) && told.contains("/h1111/providers-1.json"), "{what}: {told}");
        assert_eq!(bytes_below(&into), before, "{what}: the folder is as it was");
    }
    for (index, cause) in [
        ("{\"provider_urls\":[]}", "lists no file that is used"),
        ("{\"provider_urls\":[7]}", "an address in the index is not a text"),
        ("{\"provider_urls\":[\"ftp://a.example/x\"]}", "is not an HTTP address"),
        ("{\"provider_urls\":[\"http://10.0.0.1/x.json\"]}", "is not encrypted"),
    ] {
        change("/h1111/index.json", index);
        let told = run(&from(&server, "/h1111/index.json", &into)).unwrap_err();
        assert!(told.contains(cause), "{index}: {told}");
        assert_eq!(bytes_below(&into), before, "{index}");
    }
}

#[test]
fn one_changed_file_is_sent_and_the_others_stay() {
    let shelf = contracts();
    let server = serving(&shelf);
    let root = TempDir::new().unwrap();
    let into = root.path().join("payer");
    run(&from(&server, "/h1111/index.json", &into)).unwrap();
    let asked = server.heard().len();
    let text = json!([advantage(WICKERHOWE, "H1111-002-000")]).to_string();
    shelf.lock().unwrap().insert("/h1111/providers-1.json".to_owned(), text.clone());
    let second = run(&from(&server, "/h1111/index.json", &into)).unwrap();
    assert_eq!((second.unchanged, second.bytes), (false, text.len() as u64), "{:?}", server.heard().split_off(asked));
    assert_eq!(std::fs::read_to_string(into.join("file-00001.json")).unwrap(), text);
    assert!(std::fs::read(into.join("file-00002.json")).unwrap().starts_with(&[0x1f, 0x8b]), "as it came");
}

#[test]
fn a_declared_contract_is_fetched_by_night() {
    let shelf = contracts();
    let server = serving(&shelf);
    let mut night = Night::of(&server, "[sources.h1111]\nkind = \"plan_net\"\nurl = \"ORIGIN/h1111/index.json\"\n");
    assert_eq!((night.one().outcome, night.one().outcome), (FetchOutcome::New, FetchOutcome::Unchanged));
    shelf.lock().unwrap().remove("/h1111/providers-2.json.gz");
    let kept = night.one();
    assert_eq!(kept.outcome, FetchOutcome::Kept);
    assert!(kept.cause.unwrap().contains("404 Not Found"));
    night.settings = Night::of(&server, "[sources.h1111]\nkind = \"plan_net\"\nurl = \"ORIGIN/page\"\n").settings;
    shelf.lock().unwrap().insert("/page".to_owned(), "<html>Find a doctor</html>".to_owned());
    let page = night.one();
    let cause = page.cause.unwrap();
    assert!(page.outcome == FetchOutcome::Kept && cause.contains("the address itself is a web page"), "{cause}");
}

/// Pages of one resource type each, as a server sends them that writes what it likes.
fn pages(how: &'static str) -> Upstream {
    Upstream::start(move |request, reply| {
        let kind = request.path.rsplit('/').next().unwrap().to_owned();
        let second = request.query.contains_key("page");
        let named = ["Organization", "organization"].contains(&kind.as_str());
        let id = if second { "b" } else { "a" };
        let entry =
            if named { json!([{"resource": {"resourceType": "Organization", "id": id, "name": "Blue"}}]) } else { json!([]) };
        let next = format!("{}{}?page=2", request.origin, request.path);
        let relation = match how {
            "Next" | "NEXT" | " next " => how,
            _ => "next",
        };
        let link = if second || !named { json!([]) } else { json!([{"relation": relation, "url": next}]) };
        let text = json!({"resourceType": "Bundle", "type": "searchset", "link": link, "entry": entry}).to_string();
        match how {
            "a mark" => reply.send("200 OK", &[], &format!("\u{feff}{text}")),
            "gzip" => reply.send_bytes("200 OK", &[("Content-Encoding", "gzip")], &gzip(&text)),
            "gzip untold" => reply.send_bytes("200 OK", &[], &gzip(&format!("\u{feff}{text}"))),
            "brotli" => reply.send("200 OK", &[("Content-Encoding", "br")], &text),
            _ => reply.send("200 OK", &[], &text),
        }
    })
}

#[test]
fn pages_are_followed_and_unpacked_however_a_server_writes_them() {
    for how in ["Next", "NEXT", " next ", "next", "a mark", "gzip", "gzip untold"] {
        let server = pages(how);
        let root = TempDir::new().unwrap();
        let fetched =
            run(&options(&server.origin, &root.path().join("payer"))).unwrap_or_else(|error| panic!("{how}: {error}"));
        assert_eq!(fetched.brought[0].resources, 2, "{how}");
    }
    let server = pages("brotli");
    let root = TempDir::new().unwrap();
    let told = run(&options(&server.origin, &root.path().join("payer"))).unwrap_err();
    assert!(told.contains("compressed as br, which was not requested"), "{told}");
}

#[test]
fn the_cases_of_a_next_relation_and_of_a_mark_are_read_whole() {
    let (Some(relation), Some(mark)) =
        (case("payer-and-input-33-next-relation-case"), case("payer-and-input-34-json-with-bom-or-gzip"))
    else {
        return;
    };
    let first: Value = serde_json::from_str(&std::fs::read_to_string(relation.join("bundle.json")).unwrap()).unwrap();
    let next = first["link"][0]["url"].as_str().unwrap().to_owned();
    let written = std::fs::read_to_string(mark.join("hex.txt")).unwrap();
    let mark: Vec<u8> = written.split_whitespace().map_while(|byte| u8::from_str_radix(byte, 16).ok()).collect();
    assert_eq!(mark, b"\xef\xbb\xbf{");
    let server = Upstream::start(move |request, reply| {
        let mut page = first.clone();
        let id = request.query.get("off").map_or("0", String::as_str);
        if request.path == "/fhir/Organization" {
            page["entry"] = json!([{"resource": {"resourceType": "Organization", "id": id, "name": "Blue"}}]);
        }
        let (_, rest) = next.split_once("/fhir/").unwrap();
        page["link"][0]["url"] = json!(format!("{}/fhir/{rest}", request.origin));
        if request.path != "/fhir/Organization" || id != "0" {
            page["link"] = json!([]);
        }
        let mut body = mark[..3].to_vec();
        body.extend(page.to_string().into_bytes());
        reply.bytes(&body);
    });
    let root = TempDir::new().unwrap();
    let fetched = run(&options(&server.origin, &root.path().join("payer"))).unwrap();
    assert_eq!((fetched.brought[0].pages, fetched.brought[0].resources), (2, 2));
}

#[test]
fn an_address_of_a_server_may_be_its_metadata_a_search_or_several() {
    let server = pages("next");
    let root = TempDir::new().unwrap();
    let several = format!("{0}/pd/organization {0}/pd/practitioner {0}/pd/location", server.origin);
    for (address, kinds, asked) in [
        (format!("{}/fhir/metadata", server.origin), 6, "/fhir/Organization"),
        (format!("{}/fhir/Practitioner", server.origin), 6, "/fhir/Organization"),
        (several, 2, "/pd/organization"),
    ] {
        let into = root.path().join(kinds.to_string());
        let fetched = run(&PlanNetOptions { base: address.clone(), ..options(&server.origin, &into) }).unwrap();
        assert_eq!((fetched.brought.len(), fetched.met), (kinds, "a FHIR server"), "{address}");
        assert!(server.heard().iter().any(|request| request.path == asked), "{address}");
    }
    for (address, words) in [
        (format!("{0}/a/index.json {0}/b/index.json", server.origin), "there are 2 addresses"),
        (format!("{}/public/#/one", server.origin), "that of a web page"),
        (format!("{}/fhir?_format=json", server.origin), "must not have a query"),
    ] {
        let told =
            run(&PlanNetOptions { base: address.clone(), ..options(&server.origin, &root.path().join("x")) }).unwrap_err();
        assert!(told.contains(words), "{address}: {told}");
    }
}

#[test]
fn lines_of_an_export_may_be_packed_and_its_manifest_in_pages() {
    let server = Upstream::start(|request, reply| match request.path.as_str() {
        "/fhir/$export" => reply.send("202 Accepted", &[("Content-Location", "/state")], ""),
        "/state" if !request.query.contains_key("page") => {
            let link = json!([{"relation": "Next", "url": "/state?page=2"}]);
            reply.json(&json!({"output": [{"type": "Organization", "url": "/one"}], "link": link}));
        }
        "/state" => reply.json(&json!({"output": [{"type": "Organization", "url": "/two"}]})),
        path => {
            let id = path.trim_start_matches('/');
            let line = format!("\u{feff}{}\n", json!({"resourceType": "Organization", "id": id, "name": "Blue"}));
            reply.send_bytes("200 OK", &[], &gzip(&line));
        }
    });
    let root = TempDir::new().unwrap();
    let fetched =
        run(&PlanNetOptions { way: FetchMode::Bulk, ..options(&server.origin, &root.path().join("payer")) }).unwrap();
    assert_eq!(fetched.brought.iter().map(|kind| kind.resources).sum::<u64>(), 2);
}
