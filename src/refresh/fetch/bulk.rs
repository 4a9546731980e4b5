//! Bulk export: the server prepares files, reports when they are ready, and each is downloaded.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use reqwest::header::CONTENT_LOCATION;
use reqwest::{StatusCode, Url};
use serde::Deserialize;
use serde_json::Value;

use crate::refresh::fetch::error::{FetchError, FetchFault, asked_pause, at, truncate_body};
use crate::refresh::fetch::fhir_bundle;
use crate::refresh::fetch::fhir_bundle::{OperationOutcome, PageLink, below, without_mark};
use crate::refresh::fetch::ndjson::NdjsonWriter;
use crate::refresh::fetch::plan_net_progress::{ProgressSink, TypeCount};
use crate::refresh::fetch::transport::{HttpTransport, RequestSpec, encoding};
use crate::regular_file;

/// The media type of newline-delimited resources.
const NDJSON: &str = "application/fhir+ndjson";

/// The manifest of a finished export.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportManifest {
    pub transaction_time: Option<Timestamp>,
    #[serde(default)]
    pub requires_access_token: bool,
    pub output: Vec<ExportFile>,
    #[serde(default)]
    pub error: Vec<ExportFile>,
    #[serde(default)]
    deleted: Vec<ExportFile>,
    /// A large manifest comes in pages.
    #[serde(default)]
    pub link: Vec<PageLink>,
}

/// One file of an export.
#[derive(Debug, Deserialize)]
pub(crate) struct ExportFile {
    #[serde(rename = "type")]
    pub kind: String,
    pub url: String,
    pub count: Option<u64>,
}

/// The result of an export.
#[derive(Debug)]
pub(crate) struct BulkExport {
    /// Counts for each type.
    pub brought: Vec<TypeCount>,
    /// The time the server states for its files.
    pub moment: Option<Timestamp>,
    /// Remarks.
    pub remarks: Vec<String>,
}

/// Fetches every type that has a writer in `sheets`.
///
/// # Errors
/// The server refuses the export, the export fails, times out or reports itself incomplete, or one
/// of its files cannot be downloaded.
pub(crate) async fn bring(
    transport: &HttpTransport,
    sheets: &mut BTreeMap<&'static str, NdjsonWriter>,
    since: Option<Date>,
    scrap: &Path,
    told: &mut ProgressSink<'_>,
) -> Result<BulkExport, FetchError> {
    let status = kick_off(transport, sheets.keys().copied(), since).await?;
    let done = fetch(transport, &status, sheets, scrap, told).await;
    // The server can delete its files now, whether or not all were downloaded.
    transport.delete(&status).await;
    done
}

/// Starts the export; returns its status URL.
async fn kick_off(
    transport: &HttpTransport,
    kinds: impl Iterator<Item = &'static str>,
    since: Option<Date>,
) -> Result<Url, FetchError> {
    let mut url = below(transport.base(), "$export")?;
    url.query_pairs_mut().append_pair("_outputFormat", NDJSON).append_pair("_type", &kinds.collect::<Vec<_>>().join(","));
    if let Some(since) = since {
        url.query_pairs_mut().append_pair("_since", &format!("{since}T00:00:00Z"));
    }
    let ask = RequestSpec { prefer: Some("respond-async"), ..RequestSpec::for_a(url, fhir_bundle::JSON) };
    let begun = transport.get(&ask).await.map_err(fhir_bundle::explained)?;
    let place = begun.headers.get(CONTENT_LOCATION).and_then(|place| place.to_str().ok());
    match place.filter(|_| begun.status == StatusCode::ACCEPTED) {
        Some(place) => transport.link(&begun.url, place, "the status URL of the export"),
        None => Err(FetchFault::lasting(&begun.url, "no export was started: no 202 with a Content-Location").into()),
    }
}

async fn fetch(
    transport: &HttpTransport,
    status: &Url,
    sheets: &mut BTreeMap<&'static str, NdjsonWriter>,
    scrap: &Path,
    told: &mut ProgressSink<'_>,
) -> Result<BulkExport, FetchError> {
    let mut manifest = poll(transport, status, told).await?;
    further_pages(transport, status, &mut manifest).await?;
    let mut export = BulkExport { brought: Vec::new(), moment: manifest.transaction_time, remarks: Vec::new() };
    let get = async |output: &ExportFile| {
        let url = transport.link(status, &output.url, "an export file")?;
        let ask = RequestSpec { signed: manifest.requires_access_token, ..RequestSpec::for_a(url.clone(), NDJSON) };
        transport.save(&ask, scrap).await.map_err(fhir_bundle::explained)?;
        Ok::<Url, FetchError>(url)
    };
    for complaint in &manifest.error {
        let url = get(complaint).await?;
        export.remarks.extend(complaints(transport, &url, scrap)?);
    }
    if manifest.output.len() > transport.limits().pages {
        let cause = format!("the export has more than {} files", transport.limits().pages);
        return Err(FetchFault::lasting(status, cause).into());
    }
    let mut brought: BTreeMap<&'static str, TypeCount> = sheets.keys().map(|kind| (*kind, TypeCount::of(kind))).collect();
    for output in &manifest.output {
        let Some((sheet, brought)) = sheets.get_mut(output.kind.as_str()).zip(brought.get_mut(output.kind.as_str())) else {
            export.remarks.push(format!("the export has an unrequested file of type {}", truncate_body(&output.kind)));
            continue;
        };
        let url = get(output).await?;
        let lines = take(transport, &url, scrap, sheet, brought)?;
        if let Some(count) = output.count.filter(|count| *count > lines) {
            let cause = format!("the file should have {count} resources but has {lines}");
            return Err(FetchFault::lasting(&url, cause).into());
        }
        told.tell(&format!("{}: {lines} lines", output.kind));
    }
    if !manifest.deleted.is_empty() {
        export.remarks.push(format!("the export lists {} deletion files, which are not read", manifest.deleted.len()));
    }
    export.brought = brought.into_values().collect();
    Ok(export)
}

/// Polls the status until the files are ready.
async fn poll(transport: &HttpTransport, status: &Url, told: &mut ProgressSink<'_>) -> Result<ExportManifest, FetchError> {
    let ask = RequestSpec::for_a(status.clone(), "application/json");
    let mut pause = transport.limits().pause;
    let mut last = String::new();
    loop {
        let state = transport.get(&ask).await.map_err(fhir_bundle::explained)?;
        if state.status != StatusCode::ACCEPTED {
            return fhir_bundle::json(&state);
        }
        let progress = state.headers.get("x-progress").and_then(|text| text.to_str().ok()).map(truncate_body);
        if let Some(progress) = progress.filter(|progress| *progress != last) {
            told.tell(&format!("export: {progress}"));
            last = progress;
        }
        // At least this long, even if the server asks for no pause.
        let shortest = transport.limits().pause.min(Duration::from_secs(1));
        transport.wait(asked_pause(&state.headers).unwrap_or(pause).max(shortest)).await;
        pause = (pause * 2).min(transport.limits().longest_pause);
    }
}

/// Adds the further pages of a manifest.
async fn further_pages(transport: &HttpTransport, first: &Url, manifest: &mut ExportManifest) -> Result<(), FetchError> {
    let mut from = first.clone();
    for _ in 0..transport.limits().pages {
        let Some(next) = fhir_bundle::next_of(&manifest.link) else { return Ok(()) };
        from = transport.link(&from, next, "the next page of the manifest")?;
        let page = transport.get(&RequestSpec::for_a(from.clone(), "application/json")).await;
        let page: ExportManifest = fhir_bundle::json(&page.map_err(fhir_bundle::explained)?)?;
        manifest.output.extend(page.output);
        manifest.error.extend(page.error);
        manifest.deleted.extend(page.deleted);
        manifest.link = page.link;
    }
    Err(FetchFault::lasting(&from, "the manifest has too many pages").into())
}

/// Calls `take` for each line of a saved file. A line may be as long as one answer.
fn each_line(
    transport: &HttpTransport,
    url: &Url,
    path: &Path,
    mut take: impl FnMut(&[u8]) -> Result<(), FetchError>,
) -> Result<(), FetchError> {
    let mut file = BufReader::new(encoding::unpacked(regular_file::open(path).map_err(at(path))?).map_err(at(path))?);
    let most = transport.limits().answer_bytes;
    let mut line = Vec::new();
    let mut whole = 0;
    loop {
        line.clear();
        let read = file.by_ref().take(most + 1).read_until(b'\n', &mut line);
        let read = read.map_err(|error| encoding::fault(url, path, error))?;
        if read == 0 {
            return Ok(());
        }
        whole += read as u64;
        if whole > transport.limits().total_bytes {
            let cause = format!("the file decompresses to more than {} bytes", transport.limits().total_bytes);
            return Err(FetchFault::lasting(url, cause).into());
        }
        if line.len() as u64 > most {
            return Err(FetchFault::lasting(url, format!("a line is longer than {most} bytes")).into());
        }
        let line = fhir_bundle::without_mark(&line).trim_ascii();
        if !line.is_empty() {
            take(line)?;
        }
    }
}

/// Stores the resources of a downloaded file; returns its number of lines.
fn take(
    transport: &HttpTransport,
    url: &Url,
    path: &Path,
    sheet: &mut NdjsonWriter,
    brought: &mut TypeCount,
) -> Result<u64, FetchError> {
    let mut lines = 0;
    each_line(transport, url, path, |line| {
        lines += 1;
        let wrong = |what: &str| FetchFault::lasting(url, format!("line {lines} {what}"));
        let resource: Value =
            serde_json::from_slice(without_mark(line)).map_err(|error| wrong(&format!("is not JSON: {error}")))?;
        if resource.get("resourceType").and_then(Value::as_str) != Some(brought.kind) {
            return Err(wrong(&format!("is not a {}", brought.kind)).into());
        }
        let put = sheet.put(&resource)?.ok_or_else(|| wrong("has no id"))?;
        brought.count(put);
        Ok(())
    })?;
    brought.pages += 1;
    Ok(lines)
}

/// The distinct messages of an error file, 20 at most.
fn complaints(transport: &HttpTransport, url: &Url, path: &Path) -> Result<Vec<String>, FetchError> {
    let mut said: Vec<String> = Vec::new();
    each_line(transport, url, path, |line| {
        let outcome: OperationOutcome = serde_json::from_slice(without_mark(line)).unwrap_or_default();
        if let Some(grave) = outcome.issue.iter().find(|issue| issue.is_grave()) {
            return Err(FetchFault::lasting(url, format!("the export is incomplete: {}", grave.words())).into());
        }
        for words in outcome.issue.iter().map(|issue| format!("the export reports: {}", issue.words())) {
            if said.len() < 20 && !said.contains(&words) {
                said.push(words);
            }
        }
        Ok(())
    })?;
    Ok(said)
}
