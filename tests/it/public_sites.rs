//! Loopback servers that publish real files like the public sites: a catalog with modification
//! dates, files with a date header, a payer's FHIR server. Their content can be changed between two
//! runs.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::civil::Date;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::plan_net_server::{Resources, page, resources_of};
use crate::scripted_server::{Reply, Request, Upstream};

/// The path of datasets in the CMS catalog.
const CATALOGUE: &str = "/provider-data/api/1/metastore/schemas/dataset/items";

/// The path of its files.
const RESOURCES: &str = "/provider-data/sites/default/files/resources";

/// A published file.
#[derive(Clone)]
pub(crate) struct Published {
    pub modified: Date,
    pub body: Vec<u8>,
}

impl Published {
    /// Its rows, including the header.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        let mut table = csv::ReaderBuilder::new().has_headers(false).from_reader(self.body.as_slice());
        table.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }
}

/// The published content, and unavailable paths.
#[derive(Default)]
struct PublishedSite {
    /// CMS datasets by catalog id.
    datasets: BTreeMap<String, Published>,
    /// Plain files by path.
    files: BTreeMap<String, Published>,
    /// A payer's resources.
    resources: Resources,
    /// Ids and paths that answer "service unavailable".
    down: Vec<String>,
}

/// The public sites, all on one loopback port.
pub(crate) struct Sites {
    pub server: Upstream,
    shelf: Arc<Mutex<PublishedSite>>,
}

impl Sites {
    /// Sites that publish the real files in `real`.
    pub(crate) fn of(real: &Path) -> Self {
        let read = |name: &str, modified| Published { modified, body: unpacked(&real.join(name)) };
        let day = |year, month| Date::new(year, month, 1).unwrap();
        let mut shelf = PublishedSite { resources: resources_of(&real.join("fhir_plan_net")), ..PublishedSite::default() };
        for (id, name, modified) in [
            ("4pq5-n9py", "cms/nh_provider_info_SC_2024-06.csv", day(2024, 6)),
            ("6jpm-sxkc", "cms/hh_provider_SC_2024-07.csv", day(2024, 7)),
            ("252m-zfp9", "cms/hospice_provider_data_SC_2024-05.csv.gz", day(2024, 5)),
        ] {
            shelf.datasets.insert(id.to_owned(), read(name, modified));
        }
        for (path, name, modified) in [
            ("/files/locations.csv", "cms/nh_directory_latlon_US_2024-08.csv.gz", day(2024, 5)),
            ("/files/CMS-671.csv", "cms/ltc_facility_characteristics_US_2025Q4.csv.gz", day(2025, 10)),
            (
                "/exclusions/downloadables/UPDATED.csv",
                "exclusions/leie_business_exclusions_2015-11_to_2016-12.csv",
                day(2016, 12),
            ),
        ] {
            shelf.files.insert(path.to_owned(), read(name, modified));
        }
        let shelf = Arc::new(Mutex::new(shelf));
        let served = Arc::clone(&shelf);
        Self { server: Upstream::start(move |request, reply| answer(&served.lock().unwrap(), request, reply)), shelf }
    }

    /// Publishes a newer version of a CMS dataset.
    pub(crate) fn publish(&self, id: &str, modified: Date, rows: &[Vec<String>]) {
        let mut table = csv::Writer::from_writer(Vec::new());
        for row in rows {
            table.write_record(row).unwrap();
        }
        let body = table.into_inner().unwrap();
        self.shelf().datasets.insert(id.to_owned(), Published { modified, body });
    }

    /// The currently published version of a CMS dataset.
    pub(crate) fn dataset(&self, id: &str) -> Published {
        self.shelf().datasets[id].clone()
    }

    /// Makes these ids and paths answer 503.
    pub(crate) fn take_down(&self, what: &[&str]) {
        self.shelf().down = what.iter().map(|&what| what.to_owned()).collect();
    }

    /// The paths requested after the first `before` requests.
    pub(crate) fn asked_since(&self, before: usize) -> Vec<String> {
        self.server.heard().split_off(before).into_iter().map(|request| request.path).collect()
    }

    fn shelf(&self) -> MutexGuard<'_, PublishedSite> {
        self.shelf.lock().unwrap()
    }
}

fn answer(shelf: &PublishedSite, request: &Request, reply: &mut Reply) {
    let path = request.path.as_str();
    if shelf.down.iter().any(|down| path.contains(down.as_str())) {
        return reply.send("503 Service Unavailable", &[("Retry-After", "0")], "down for maintenance");
    }
    if let Some(id) = path.strip_prefix(CATALOGUE).and_then(|rest| rest.strip_prefix('/')) {
        let Some(published) = shelf.datasets.get(id) else { return reply.send("404 Not Found", &[], "") };
        let url = format!("{}{RESOURCES}/{id}/{}.csv", request.origin, published.modified.strftime("%b%Y"));
        return reply.json(&json!({
            "@type": "dcat:Dataset",
            "identifier": id,
            "modified": published.modified.to_string(),
            "distribution": [{"@type": "dcat:Distribution", "downloadURL": url, "mediaType": "text/csv"}],
        }));
    }
    let dataset = path.strip_prefix(RESOURCES).and_then(|rest| rest.trim_start_matches('/').split_once('/'));
    let found = match dataset {
        Some((id, _)) => shelf.datasets.get(id),
        None => shelf.files.get(path),
    };
    match found {
        Some(published) => send(published, request, reply),
        None if path.starts_with("/fhir/") => reply.json(&page(&shelf.resources, request)),
        None => reply.send("404 Not Found", &[], ""),
    }
}

/// Sends a file with its date, or 304 if it has not changed since the requested date.
fn send(published: &Published, request: &Request, reply: &mut Reply) {
    let midnight = published.modified.to_zoned(TimeZone::UTC).unwrap().timestamp();
    let modified = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&midnight).unwrap();
    let headers = [("Content-Type", "text/csv"), ("Last-Modified", modified.as_str())];
    if request.headers.get("if-modified-since") == Some(&modified) {
        reply.send("304 Not Modified", &headers, "");
    } else {
        reply.send_bytes("200 OK", &headers, &published.body);
    }
}

/// The bytes of a file, decompressed.
fn unpacked(path: &Path) -> Vec<u8> {
    let file = std::fs::File::open(path).unwrap();
    let packed = path.extension().is_some_and(|ending| ending == "gz");
    let mut from: Box<dyn Read> = if packed { Box::new(flate2::read::GzDecoder::new(file)) } else { Box::new(file) };
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).unwrap();
    bytes
}
