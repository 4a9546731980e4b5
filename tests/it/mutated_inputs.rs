//! Arbitrary bytes, and valid inputs with random changes, at each place where the program reads something from outside: files of every
//! kind, FHIR resources, questions, forms and manifests. No panic, an error is an error of the input, and
//! the memory for a file is in proportion to its length.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use axum::body::Body;
use axum::http::Request;
use placement::catalog::manifest::Manifest;
use placement::refresh::validate::validate;
use placement::sample::FILES;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::api::{Api, question};
use crate::directories::shared;
use crate::folder::read_folder;
use crate::pages_ask::ASKED;
use crate::random_town::cases;
use crate::seeded_random::SeededRandom;

/// The longest input: larger ones are cut, so that a run stays short.
const LONGEST: usize = 12 << 10;
/// The longest input after changes.
const LARGEST: usize = 4 * LONGEST;
/// The lines of a file of the sample.
const LINES: usize = 8;

/// A valid input, and the name it has as a file.
struct ValidInput {
    name: String,
    bytes: Vec<u8>,
}

fn input(name: &str, text: impl Into<Vec<u8>>) -> ValidInput {
    let mut bytes: Vec<u8> = text.into();
    bytes.truncate(LONGEST);
    ValidInput { name: name.rsplit('/').next().unwrap().to_owned(), bytes }
}

/// The beginning of each file of the sample, and a small file of every other kind.
fn tables() -> Vec<ValidInput> {
    let beginning =
        |bytes: &[u8]| bytes.split_inclusive(|byte| *byte == b'\n').take(LINES).flatten().copied().collect::<Vec<u8>>();
    let mut all: Vec<ValidInput> = FILES.iter().map(|(name, bytes)| input(name, beginning(bytes))).collect();
    let small = [
        (
            "leie.csv",
            "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,REINDATE,WAIVERDATE,WVRSTATE\n,,,OAKVALE LLC,OTHER,HOME HEALTH,,1234567893,,1 ELM ST,BOISE,ID,83702,1128b8,20161020,00000000,20240601,MO\nDOE,JO,,,IND,NURSE,,0000000000,19610203,7 LN,BOISE,ID,83702,1128b8,20161020,00000000,00000000,\n",
        ),
        (
            "npi.csv",
            "NPI,Entity Type Code,Provider Organization Name (Legal Business Name),Provider Other Organization Name,Provider Other Organization Name Type Code,Provider First Line Business Practice Location Address,Provider Business Practice Location Address City Name,Provider Business Practice Location Address State Name,Provider Business Practice Location Address Postal Code,Last Update Date,NPI Deactivation Date,Other Provider Identifier_1,Other Provider Identifier Type Code_1,Healthcare Provider Taxonomy Code_1\n1234567893,2,DUNMERE,D INFUSION,3,5 QUEEN ST,CHARLESTON,SC,294011234,10/15/2026,,425003,06,251F00000X\n1999991015,1,,,,,,,,,10/15/2026,,,\n",
        ),
        ("gone.csv", "NPI,NPPES Deactivation Date\n1234567893,10/15/2026\n"),
        (
            "penalties.csv",
            "CMS Certification Number (CCN),Penalty Date,Penalty Type,Fine ID,Fine Amount,Payment Denial Start Date,Payment Denial Length in Days,Processing Date\n425003,2026-01-05,Fine,7,\"1,500.50\",,,2026-10-01\n425003,2026-01-05,Payment Denial,,,2026-02-01,30,2026-10-01\n",
        ),
        ("ratings.csv", "Provider Number,Overall Rating,Latitude,Longitude\n425003,4,32.78,-79.93\n"),
        ("same.csv", "record,provider,same,decided_by,decided_on\nnpi:1234567893,ccn:425003,yes,desk,2026-11-01\n"),
        ("crosswalk.csv", "CURRENT_CONTRACT_ID,CURRENT_PLAN_ID,CURRENT_PLAN_NAME\nH9999,001,Acme Senior (HMO)\n"),
    ];
    all.extend(small.map(|(name, text)| input(name, text)));
    all
}

/// A small JSON file of every kind.
fn documents() -> Vec<(&'static str, Value)> {
    let ndjson = FILES.iter().find(|(name, _)| *name == "plan_net.ndjson").unwrap().1;
    let resources: Vec<Value> =
        ndjson.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let mut kinds: Vec<(&str, Value)> = Vec::new();
    let mut seen = Vec::new();
    for resource in resources {
        let kind = resource["resourceType"].to_string();
        if seen.iter().filter(|other| **other == kind).count() < 2 {
            kinds.push(("acme.ndjson", resource));
            seen.push(kind);
        }
    }
    let entry: Vec<Value> = kinds.iter().map(|(_, resource)| json!({"resource": resource})).collect();
    let address =
        json!({"address": "7757 Kiln Blvd", "city": "Kansas City", "state": "MO", "zip": "64106", "phone": "8165550167"});
    kinds.extend([
        ("bundle.json", json!({"resourceType": "Bundle", "type": "collection", "entry": entry})),
        (
            "plans.json",
            json!([{"plan_id_type": "HIOS-PLAN-ID", "plan_id": "99999MO0010001", "marketing_name": "Acme", "years": [2026]}]),
        ),
        (
            "providers.json",
            json!([{"npi": "1999991015", "type": "FACILITY", "facility_name": "W", "facility_type": ["Home Health Agency"],
                "addresses": [address], "plans": [{"plan_id_type": "HIOS-PLAN-ID", "plan_id": "99999MO0010001",
                "network_tier": "PREFERRED", "years": [2026]}]}]),
        ),
        (
            "advantage.json",
            json!([{"npi": "1999991015", "type": "Facility", "facilityName": "W", "facilityType": ["251E00000X"], "lastUpdatedOn": "2026-11-01",
                "plans": [{"maPlanId": "H9999-001-000", "year": "2026", "addresses": [address], "specialty": ["251E00000X"], "accepting": "Accepting"}]}]),
        ),
        ("index.json", json!({"provider_urls": ["https://a.example/p.json"], "plan_urls": [], "formulary_urls": []})),
        (
            "manifest.json",
            json!({"transactionTime": "2026-11-01T00:00:00Z", "requiresAccessToken": false,
                "output": [{"type": "Organization", "url": "https://a.example/o.ndjson", "count": 3}]}),
        ),
        (
            "national.json",
            json!({"compression_algorithm": "zstd", "files": ["a.ndjson.zst"], "generated_at": "2026-11-01", "totals": {"Organization": 3}}),
        ),
        (
            "profiles.json",
            json!({"profiles": [{"ccn": "267001", "service": "home_health", "name": "A", "needs_yes": ["inf.abx"], "max_weight_lb": 400,
                "zips": ["64108"], "area_geojson": {"type": "Polygon", "coordinates": [[[-94.7, 39.0], [-94.5, 39.0], [-94.5, 39.2], [-94.7, 39.0]]]},
                "languages": ["es"], "as_of": "2026-11-01"}]}),
        ),
    ]);
    kinds
}

/// The small files of the shared cases.
fn shared_cases() -> Option<Vec<ValidInput>> {
    let mut folders = vec![shared("cases")?];
    let mut all = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                all.push(input(&path.file_name().unwrap().to_string_lossy(), fs::read(&path).unwrap()));
            }
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.bytes.cmp(&b.bytes)));
    Some(all)
}

/// Pieces that readers stumble over.
const PIECES: [&str; 26] = [
    "\"",
    ",",
    "\n",
    "\r\n",
    "\t",
    "|",
    ";",
    "{",
    "}",
    "[",
    "]",
    ":",
    "\\",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "é",
    "null",
    "-1",
    "1e309",
    "99999999999999999999",
    "2026-13-45",
    "#REF!",
    "NULL",
    "%00%ff",
    "\u{1f600}",
];

/// Changes some bytes.
fn changed(bytes: &[u8], other: &[u8], random: &mut SeededRandom) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(5) {
        let at = random.below(bytes.len() + 1);
        let end = (at + random.below(40)).min(bytes.len());
        match random.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, random.pick(&PIECES).bytes())),
            3 => drop(bytes.splice(at..end, random.pick(&PIECES).bytes())),
            4 => {
                let again = bytes[at..end].repeat(1 + random.below(20));
                drop(bytes.splice(at..at, again));
            }
            5 if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).unwrap(),
            6 => {
                let from = random.below(other.len() + 1);
                drop(bytes.splice(at..end, other[from..].iter().take(400).copied()));
            }
            _ => {
                let (from, to) = (random.below(bytes.len() + 1), at);
                if from < bytes.len() && to < bytes.len() {
                    bytes.swap(from, to);
                }
            }
        }
    }
    bytes.truncate(LARGEST);
    bytes
}

/// A value of any kind.
fn anything(random: &mut SeededRandom, depth: usize) -> Value {
    match random.below(if depth == 0 { 7 } else { 9 }) {
        0 => Value::Null,
        1 => json!(random.happens(50)),
        2 => json!(random.number()),
        3 => json!(-1.5e300),
        4 => json!(""),
        5 => json!(*random.pick(&PIECES)),
        6 => json!("x".repeat(random.below(300))),
        7 => (0..random.below(4)).map(|_| anything(random, depth - 1)).collect(),
        _ => (0..random.below(4))
            .map(|_| ((*random.pick(&PIECES)).to_owned(), anything(random, depth - 1)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}

/// Replaces, removes or doubles a part of a value.
fn change(value: &mut Value, random: &mut SeededRandom) {
    let deeper = !random.one_in(4);
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let key = fields.keys().nth(random.below(fields.len())).unwrap().clone();
            match random.below(8) {
                0 => drop(fields.remove(&key)),
                1 => drop(fields.insert((*random.pick(&PIECES)).to_owned(), anything(random, 2))),
                _ => change(fields.get_mut(&key).unwrap(), random),
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let at = random.below(items.len());
            match random.below(8) {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                2 => items.insert(at, anything(random, 2)),
                _ => change(&mut items[at], random),
            }
        }
        text @ Value::String(_) if deeper => {
            let bytes = changed(text.as_str().unwrap().as_bytes(), b"Organization/net", random);
            *text = json!(String::from_utf8_lossy(&bytes).chars().take(2_000).collect::<String>());
        }
        other => *other = anything(random, 3),
    }
}

/// The most memory that reading one input may take, in bytes: a fixed part for buffers, and so many times its length.
const FIXED_MEMORY: u64 = 8 << 20;
const TIMES_LENGTH: u64 = 100;

/// Reads a file as validation does and, now and then, as a refresh does, within memory in proportion to its length.
fn read_file(name: &str, bytes: &[u8], as_refresh: bool) -> Result<(), String> {
    // The first use of the built-in tables loads them.
    static TABLES: Once = Once::new();
    TABLES.call_once(|| drop(read_within("profiles.csv", FILES[0].1, true)));
    let mut read = Ok(());
    let used = allocation_counter::measure(|| read = read_within(name, bytes, as_refresh)).bytes_max;
    let most = FIXED_MEMORY + TIMES_LENGTH * bytes.len() as u64;
    assert!(used <= most, "{used} bytes of memory for {} of {name}: {}", bytes.len(), String::from_utf8_lossy(bytes));
    read
}

fn read_within(name: &str, bytes: &[u8], as_refresh: bool) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let read = catch_unwind(AssertUnwindSafe(|| {
        if let Ok(found) = validate(&path, name, jiff::civil::date(2026, 11, 21)) {
            let told = found.faults.iter().chain(&found.doubts);
            assert!(told.into_iter().all(|reject| reject.line > 0 && !reject.reason.is_empty()), "{found:?}");
            assert!(found.facts.iter().all(|kind| kind.facts.iter().all(|fact| fact.stated <= kind.count)), "{found:?}");
        }
        if as_refresh {
            let _ = read_folder(folder.path());
        }
    }));
    read.map_err(|_| format!("{name} with {}", String::from_utf8_lossy(bytes)))
}

/// Reads files with changes, each now and then with a piece of another.
fn read_changed(inputs: &[ValidInput], rounds: usize, random: &mut SeededRandom) {
    for round in 0..rounds {
        let [one, other] = [random.below(inputs.len()), random.below(inputs.len())].map(|at| &inputs[at]);
        let bytes = changed(&one.bytes, &other.bytes, random);
        assert_eq!(read_file(&one.name, &bytes, round % 8 == 0), Ok(()));
    }
}

#[test]
fn no_table_is_too_broken_to_be_read() {
    read_changed(&tables(), 1_200, &mut SeededRandom::seeded(1));
}

#[test]
fn no_file_of_a_case_is_too_broken_to_be_read() {
    if let Some(cases) = shared_cases() {
        read_changed(&cases, 1_200, &mut SeededRandom::seeded(5));
    }
}

#[test]
fn no_document_is_too_broken_to_be_read() {
    let (documents, random) = (documents(), &mut SeededRandom::seeded(2));
    for round in 0..1_600_usize {
        let (name, value) = random.pick(&documents);
        let mut value = value.clone();
        for _ in 0..=random.below(4) {
            change(&mut value, random);
        }
        let text = value.to_string();
        let bytes = if random.one_in(4) { changed(text.as_bytes(), b"{\"a\":[", random) } else { text.into_bytes() };
        assert_eq!(read_file(name, &bytes, round % 8 == 0), Ok(()));
    }
    for deep in ["[", "{\"a\":", "[{\"resourceType\":\"Bundle\",\"entry\":["] {
        assert_eq!(read_file("deep.json", deep.repeat(20_000).as_bytes(), true), Ok(()));
    }
}

/// What the program answers to a body.
fn status(runtime: &tokio::runtime::Runtime, api: &Api, path: &str, kind: &str, body: Vec<u8>) -> u16 {
    let request = Request::post(path).header("content-type", kind).body(Body::from(body)).unwrap();
    runtime.block_on(api.send(request)).status.as_u16()
}

#[test]
fn no_question_and_no_form_is_too_broken_to_be_answered() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (api, random) = (Api::sample(), &mut SeededRandom::seeded(3));
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(ASKED).finish();
    for _ in 0..500 {
        let mut asked = question();
        for _ in 0..=random.below(3) {
            change(&mut asked, random);
        }
        let text = asked.to_string();
        let bytes = if random.one_in(3) { changed(text.as_bytes(), b"\"near\":{", random) } else { text.into_bytes() };
        let path = *random.pick(&["/v1/matches", "/v1/explain", "/v1/choice-lists", "/v1/matches:batch"]);
        let answered = status(&runtime, &api, path, "application/json", bytes.clone());
        assert!(answered < 500, "{path}: {answered} for {}", String::from_utf8_lossy(&bytes));
        let body = changed(form.as_bytes(), b"&need=inf.abx&near=%F0%9F%98%80", random);
        let answered = status(&runtime, &api, "/", "application/x-www-form-urlencoded", body.clone());
        assert!(answered < 500, "{answered} for {}", String::from_utf8_lossy(&body));
    }
}

#[test]
fn no_manifest_is_too_broken_to_be_refused() {
    let (mut manifest, random) = (serde_json::to_value(Manifest::default()).unwrap(), &mut SeededRandom::seeded(4));
    manifest["generation"] = json!("20261121T060000Z-0123456789abcdef");
    for _ in 0..2_000 {
        let mut value = manifest.clone();
        for _ in 0..=random.below(3) {
            change(&mut value, random);
        }
        let text = changed(value.to_string().as_bytes(), b"{\"format\":", random);
        // Only an error, never a panic.
        let _ = serde_json::from_slice::<Manifest>(&text);
    }
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn any_bytes_are_a_file_that_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2_000), name in "[a-z]{1,8}\\.(csv|json|xlsx|gz|zip)") {
        prop_assert_eq!(read_file(&name, &bytes, true), Ok(()));
    }
}
