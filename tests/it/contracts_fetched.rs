//! Fifty Medicare Advantage contracts of one server, published in every way of CMS's guide: each is fetched whole or not at all, and
//! what is fetched gives the same directory as the same data put there by a person or fetched by search pages.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use placement::refresh::fetch::plan_net::fetch;
use placement::refresh::options::RefreshOptions;
use placement::run_report::fetched::{FetchOutcome, FetchReport};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cases_payers::{advantage, agencies};
use crate::fetched_sources::{Night, bytes_below};
use crate::folder::run_when_free;
use crate::payers_fetched::{QUILLFOLD, WICKERHOWE, bundle, gzip, serving};
use crate::plan_net_server::{Resources, options, page};
use crate::scripted_server::{Reply, Request, Upstream};

const CONTRACTS: usize = 50;

/// What is wrong with a contract, by its number, and a part of the reported cause.
const FAULTS: [(usize, &str); 5] = [
    (4, "the server answered 404 Not Found"),
    (9, "the file is not a supported dataset: it is a web page"),
    (18, "the file should have 99 resources but has 4"),
    (28, "breaks off"),
    (36, "lists no file that is used"),
];

/// One contract on the server.
struct Contract {
    name: String,
    /// The path that is declared.
    address: String,
    /// The texts by path.
    shelf: Vec<(String, String)>,
    /// The paths of its data, in the order of their files.
    data: Vec<String>,
}

fn is_faulty(n: usize) -> bool {
    FAULTS.iter().any(|(faulty, _)| *faulty == n)
}

/// The resources of the bundle of those types, one a line.
fn lines(kinds: &[&str]) -> String {
    let bundle = bundle();
    let entries = bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]);
    let of_kind = entries.filter(|one| kinds.contains(&one["resourceType"].as_str().unwrap()));
    of_kind.flat_map(|one| [one.to_string(), "\n".to_owned()]).collect()
}

/// The same as a bundle.
fn bundle_of(kinds: &[&str]) -> String {
    let entry: Vec<Value> =
        lines(kinds).lines().map(|line| json!({"resource": serde_json::from_str::<Value>(line).unwrap()})).collect();
    json!({"resourceType": "Bundle", "type": "collection", "entry": entry}).to_string()
}

const KINDS: [&str; 5] = ["Organization", "OrganizationAffiliation", "HealthcareService", "Location", "InsurancePlan"];

impl Contract {
    /// The nth contract: in the machine-readable form or as FHIR, listed by an index; as a bulk export; or as one bundle.
    fn of(n: usize) -> Self {
        let name = format!("h{}", 1_000 + n);
        let plan = format!("H{}-001-000", 1_000 + n);
        let at = |file: &str| format!("/{name}/{file}");
        let (address, data): (&str, Vec<(String, String)>) = match n % 4 {
            0 => {
                let machine = |who| json!([advantage(who, &plan)]).to_string();
                let all = json!([advantage(WICKERHOWE, &plan), advantage(QUILLFOLD, &plan)]).to_string();
                let second = (at("providers-2.json.gz"), format!("\u{feff}{}", machine(QUILLFOLD)));
                ("index.json", vec![(at("providers-1.json"), machine(WICKERHOWE)), second, (at("packed/all.json"), all)])
            }
            1 => {
                ("index.json", vec![(at("packed/a.json"), bundle_of(&KINDS[..2])), (at("b.json.gz"), bundle_of(&KINDS[2..]))])
            }
            2 => ("manifest", KINDS.map(|kind| (at(&format!("{kind}.packed")), lines(&[kind]))).into()),
            _ => ("bundle.json", vec![(at("bundle.json"), bundle().to_string())]),
        };
        let urls: Vec<String> = data.iter().map(|(path, _)| format!("ORIGIN{path}")).collect();
        let mut shelf = data.clone();
        match address {
            "index.json" => shelf.push((at(address), json!({"provider_urls": urls}).to_string())),
            "manifest" => {
                let count = |text: &str| text.lines().count();
                let output: Vec<Value> = KINDS
                    .iter()
                    .zip(&data)
                    .map(|(kind, (path, text))| json!({"type": kind, "url": format!("ORIGIN{path}"), "count": count(text)}))
                    .collect();
                let manifest = json!({"transactionTime": "2026-11-19T02:00:00Z", "output": output, "error": []});
                shelf.push((at(address), manifest.to_string()));
            }
            _ => {}
        }
        let (address, data) = (at(address), data.into_iter().map(|(path, _)| path).collect());
        let mut contract = Self { name, address, shelf, data };
        if is_faulty(n) {
            contract.spoil(n);
        }
        contract
    }

    /// Makes the contract one that cannot be fetched whole.
    fn spoil(&mut self, n: usize) {
        let last = self.data.len() - 1;
        let (path, text) = &mut self.shelf[last];
        match n {
            4 => drop(self.shelf.remove(last)),
            9 => "<!DOCTYPE html><title>Find a doctor</title>".clone_into(text),
            18 => {
                let manifest = &mut self.shelf.last_mut().unwrap().1;
                *manifest = manifest.replacen("\"count\":4", "\"count\":99", 1);
                assert!(manifest.contains("99"), "{manifest}");
            }
            28 => text.truncate(text.len() - 40),
            36 => self.shelf.last_mut().unwrap().1 = json!({"provider_urls": []}).to_string(),
            _ => panic!("{path} has no fault"),
        }
    }

    /// The bytes of its files as the server sends them.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let text = |path: &String| self.shelf.iter().find(|(other, _)| other == path).map(|(_, text)| text.clone()).unwrap();
        let bytes = |path: &String| {
            if path.contains("packed") || path.contains(".gz") { gzip(&text(path)) } else { text(path).into_bytes() }
        };
        self.data.iter().enumerate().map(|(at, path)| (format!("file-{:05}.json", at + 1), bytes(path))).collect()
    }
}

/// A data folder with all contracts declared.
fn night_of(contracts: &[Contract], server: &Upstream) -> Night {
    let declared = contracts.iter().map(|contract| {
        format!("[sources.{}]\nkind = \"plan_net\"\nurl = \"ORIGIN{}\"\noptional = true\n", contract.name, contract.address)
    });
    Night::of(server, &declared.collect::<String>())
}

fn outcomes(reports: &[FetchReport], outcome: FetchOutcome) -> Vec<&str> {
    reports.iter().filter(|report| report.outcome == outcome).map(|report| report.source.as_str()).collect()
}

/// The files of the generation made from a folder with the agencies of the sample.
fn generation(from: &Path) -> BTreeMap<String, Vec<u8>> {
    let (name, table) = agencies();
    fs::write(from.join(name), table).unwrap();
    let index = TempDir::new().unwrap();
    let options = RefreshOptions::new(from, index.path(), Timestamp::from_second(1_795_300_000).unwrap());
    run_when_free(&options, &mut |_| {}).unwrap();
    let current = fs::read_to_string(index.path().join("current")).unwrap();
    let files = bytes_below(&index.path().join(current.trim())).into_iter();
    files.map(|(path, bytes)| (path.file_name().unwrap().to_str().unwrap().to_owned(), bytes)).collect()
}

#[test]
fn of_fifty_contracts_each_comes_whole_or_not_at_all() {
    let contracts: Vec<Contract> = (0..CONTRACTS).map(Contract::of).collect();
    let shelf = contracts.iter().flat_map(|contract| contract.shelf.clone()).collect();
    let server = serving(&Arc::new(Mutex::new(shelf)));
    let night = night_of(&contracts, &server);
    let good = || contracts.iter().enumerate().filter(|(n, _)| !is_faulty(*n)).map(|(_, contract)| contract);
    let names: Vec<&str> = good().map(|contract| contract.name.as_str()).collect();

    let first = night.fetch();
    assert_eq!(outcomes(&first, FetchOutcome::New), names);
    for (n, cause) in FAULTS {
        let report = first.iter().find(|report| report.source == contracts[n].name).unwrap();
        let told = report.cause.as_deref().unwrap_or_default();
        assert!(report.outcome == FetchOutcome::Absent && told.contains(cause), "{}: {told}", report.source);
        assert!(told.contains(&format!("/{}/", report.source)), "the cause names the file: {told}");
        assert!(bytes_below(&night.folder().join(&report.source)).is_empty(), "{} has files", report.source);
    }
    for contract in good() {
        let mut fetched = bytes_below(&night.folder().join(&contract.name));
        fetched.retain(|path, _| path.file_name().unwrap() != "sources.toml");
        let fetched: Vec<(String, Vec<u8>)> = fetched
            .into_iter()
            .map(|(path, bytes)| (path.file_name().unwrap().to_str().unwrap().to_owned(), bytes))
            .collect();
        assert_eq!(fetched, contract.files(), "{}", contract.name);
    }

    let asked = server.heard().len();
    let before = bytes_below(&night.folder().join(names[0]));
    let second = night.fetch();
    assert_eq!(outcomes(&second, FetchOutcome::Unchanged), names);
    assert_eq!(second.iter().filter(|report| report.outcome == FetchOutcome::Unchanged).map(|r| r.bytes).sum::<u64>(), 0);
    let is_good = |request: &Request| good().any(|contract| request.path.starts_with(&format!("/{}/", contract.name)));
    let heard = server.heard().split_off(asked);
    assert!(heard.iter().filter(|request| is_good(request)).all(|request| request.headers.contains_key("if-none-match")));
    assert_eq!(bytes_below(&night.folder().join(names[0])), before);

    // The same files, put there by a person.
    let by_hand = TempDir::new().unwrap();
    for contract in good() {
        let folder = by_hand.path().join(&contract.name);
        fs::create_dir(&folder).unwrap();
        contract.files().into_iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
        let dates = night.text(&format!("{}/sources.toml", contract.name));
        fs::write(folder.join("sources.toml"), dates).unwrap();
    }
    let (fetched, by_hand) = (generation(&night.folder()), generation(by_hand.path()));
    let differs: Vec<&String> = fetched.keys().filter(|name| fetched.get(*name) != by_hand.get(*name)).collect();
    assert!(differs.is_empty() && fetched.len() == by_hand.len() && fetched.len() > 3, "{differs:?}");
}

/// A server that answers searches from the bundle.
fn searched() -> Upstream {
    let mut resources = Resources::new();
    for line in lines(&KINDS).lines() {
        let one: Value = serde_json::from_str(line).unwrap();
        resources.entry(one["resourceType"].as_str().unwrap().to_owned()).or_default().push(one);
    }
    Upstream::start(move |request: &Request, reply: &mut Reply| reply.json(&page(&resources, request)))
}

#[test]
fn a_contract_in_files_and_one_in_search_pages_give_the_same_directory() {
    let by_search = searched();
    let night = Night::of(&by_search, "[sources.h1001]\nkind = \"plan_net\"\nurl = \"ORIGIN/fhir\"\n");
    assert_eq!(night.one().outcome, FetchOutcome::New);
    let mut expected = generation(&night.folder());
    expected.remove("manifest.json");
    for n in [1, 2, 3] {
        let contract = Contract { name: "h1001".to_owned(), ..Contract::of(n) };
        let server = serving(&Arc::new(Mutex::new(contract.shelf.iter().cloned().collect())));
        let night = night_of(&[contract], &server);
        assert_eq!(night.one().outcome, FetchOutcome::New, "{n}");
        // A manifest states its own date.
        fs::write(night.folder().join("h1001/sources.toml"), dated(&night.folder().join("h1001"))).unwrap();
        let mut found = generation(&night.folder());
        // It names the files, and with them their number.
        found.remove("manifest.json");
        let differs: Vec<&String> = expected.keys().filter(|name| expected.get(*name) != found.get(*name)).collect();
        assert!(differs.is_empty() && expected.len() == found.len(), "{n}: {differs:?}");
    }
}

/// A `sources.toml` that gives every file of a folder the day of the search pages.
fn dated(folder: &Path) -> String {
    let files = bytes_below(folder).into_keys().filter(|path| path.file_name().unwrap() != "sources.toml");
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    files.map(|path| format!("[files.\"{}\"]\nas_of = \"2026-11-22\"\n", name(&path))).collect::<Vec<_>>().concat()
}

#[test]
fn pages_in_the_envelope_of_the_national_directory_come_whole() {
    for is_bundle in [false, true] {
        let server = Upstream::start(move |request: &Request, reply: &mut Reply| {
            let kind = request.path.rsplit('/').next().unwrap();
            let second = request.query.get("page").is_some_and(|page| page == "2");
            if kind != "Organization" {
                return reply.json(&json!({"count": 0, "next": null, "previous": null, "results": []}));
            }
            let one = json!({"resourceType": kind, "id": if second { "b" } else { "a" }, "name": "Larkwater"});
            let results = if is_bundle {
                json!({"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one}]})
            } else {
                json!([one])
            };
            let next = (!second).then(|| format!("{}{}?page=2", request.origin, request.path));
            reply.json(&json!({"count": 2, "next": next, "previous": null, "results": results}));
        });
        let root = TempDir::new().unwrap();
        let fetched = fetch(&options(&server.origin, &root.path().join("payer")), &mut |_| {}).unwrap();
        let organizations = fetched.brought.iter().find(|kind| kind.kind == "Organization").unwrap();
        assert_eq!((organizations.pages, organizations.resources, organizations.uncounted), (2, 2, false), "{is_bundle}");
    }
    let short = Upstream::start(|_, reply| reply.json(&json!({"count": 2, "next": null, "previous": null, "results": []})));
    let root = TempDir::new().unwrap();
    let told = fetch(&options(&short.origin, &root.path().join("payer")), &mut |_| {}).unwrap_err().to_string();
    assert!(told.contains("2 of 2 ") && told.contains(" resources are missing"), "{told}");
}
