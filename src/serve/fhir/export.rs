//! The routes of an export: Bulk Data Access, and the manifest of what is published.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_LOCATION, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::api_keys::Principal;
use crate::catalog::Catalog;
use crate::serve::api::batch::permits::BatchPlace;
use crate::serve::api::batch::{BatchResponseBody, LONGEST_ANSWER};
use crate::serve::fhir::bulk::{BulkFile, ExportRequest, manifest};
use crate::serve::fhir::context::FhirContext;
use crate::serve::fhir::format::{no_parameters, prefers, takes_json};
use crate::serve::fhir::resources::version;
use crate::serve::fhir::search::PageRange;
use crate::serve::fhir::view::FhirView;
use crate::serve::fhir::{answered, base, with_view_of, written};
use crate::serve::http::extract::{CurrentPrincipal, field_error};
use crate::serve::http::headers;
use crate::serve::http::problem::Problem;
use crate::serve::openapi::fhir_schemas::ExportManifestSchema;
use crate::serve::state::AppState;

/// How long a client may take to read a piece of a file, about a megabyte. Our choice.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Start an export of all resources
///
/// Bulk Data Access, of the whole directory. Requires `Prefer: respond-async`; the manifest is at
/// the address in `Content-Location`.
#[utoipa::path(
    get,
    path = "/fhir/$export",
    operation_id = "fhir_export",
    tag = "fhir",
    params(
        ("_type" = Option<String>, Query, description = "The types, with commas between; all if omitted."),
        ("_since" = Option<String>, Query, description = "Only what was published after this moment."),
        ("_outputFormat" = Option<String>, Query, description = "Always `application/fhir+ndjson`."),
        ("Prefer" = Option<String>, Header, description = "Must be `respond-async`."),
    ),
    responses((status = 202, description = "The export is accepted", headers(("Content-Location" = String, description = "The address of its manifest.")))),
)]
pub(crate) async fn start(State(app): State<Arc<AppState>>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let query = uri.query().unwrap_or_default();
    takes_json("", &headers)?;
    let request = ExportRequest::parse(query);
    if !prefers(&headers, "respond-async") {
        let mut faults = request.err().unwrap_or_default();
        let said = "an export is answered with the address of its manifest";
        faults.push(field_error("?", "not_async", said, Some("send Prefer: respond-async".to_owned())));
        return Err(Problem::NotASearch(faults));
    }
    request.map_err(Problem::NotASearch)?;
    let catalog = app.catalog()?;
    let mark = if query.is_empty() { "" } else { "?" };
    let status = format!("{}/export/{}{mark}{query}", base(&app, &headers), catalog.manifest().generation);
    let status = HeaderValue::from_str(&status).map_err(|_| Problem::Internal)?;
    Ok(answered(&catalog, (StatusCode::ACCEPTED, [(CONTENT_LOCATION, status)])))
}

/// Read the manifest of an export
///
/// It is complete at once. After another directory is published the answer is 410.
#[utoipa::path(
    get,
    path = "/fhir/export/{generation}",
    operation_id = "fhir_export_manifest",
    tag = "fhir",
    params(
        ("generation" = String, Path, description = "The directory, as in `Content-Location`."),
        ("_type" = Option<String>, Query, description = "As in the export."),
        ("_since" = Option<String>, Query, description = "As in the export."),
        ("_outputFormat" = Option<String>, Query, description = "As in the export."),
    ),
    responses((status = 200, description = "The manifest", body = ExportManifestSchema, content_type = "application/json")),
)]
pub(crate) async fn status(
    State(app): State<Arc<AppState>>,
    CurrentPrincipal(caller): CurrentPrincipal,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    takes_json("", &headers)?;
    let query = uri.query().unwrap_or_default();
    let request = ExportRequest::parse(query).map_err(Problem::NotASearch)?;
    let [generation, _] = steps(&uri);
    let mark = if query.is_empty() { "" } else { "?" };
    let url = format!("{}/$export{mark}{query}", base(&app, &headers));
    answer_manifest(&app, &caller, &headers, request, url, Some(generation)).await
}

/// Read the manifest of what is published
///
/// The files of the directory that is served now, without an export.
#[utoipa::path(
    get,
    path = "/fhir/$bulk-publish",
    operation_id = "fhir_bulk_publish",
    tag = "fhir",
    responses((status = 200, description = "The manifest", body = ExportManifestSchema, content_type = "application/json")),
)]
pub(crate) async fn publish(
    State(app): State<Arc<AppState>>,
    CurrentPrincipal(caller): CurrentPrincipal,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    no_parameters(&uri)?;
    takes_json("", &headers)?;
    let url = format!("{}/$bulk-publish", base(&app, &headers));
    answer_manifest(&app, &caller, &headers, ExportRequest::default(), url, None).await
}

async fn answer_manifest(
    app: &Arc<AppState>,
    caller: &Principal,
    headers: &HeaderMap,
    request: ExportRequest,
    url: String,
    generation: Option<String>,
) -> Result<Response, Problem> {
    let (base, is_guarded) = (base(app, headers), app.edge.access.is_some());
    let catalog = match generation {
        Some(generation) => app.catalog_of(&generation).await?.ok_or(Problem::ExportGone)?,
        None => app.catalog()?,
    };
    let body = with_view_of(app, caller, &catalog, move |ground| {
        written(&manifest(ground, &request, &base, url, is_guarded), false)
    })
    .await?;
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")];
    Ok(answered(&catalog, (headers, body)))
}

/// Read a file of an export
///
/// One resource per line. At most four files are sent at once, two of them to one caller.
#[utoipa::path(
    get,
    path = "/fhir/bulk/{generation}/{file}",
    operation_id = "fhir_export_file",
    tag = "fhir",
    params(
        ("generation" = String, Path, description = "The directory, as in the manifest."),
        ("file" = String, Path, description = "The name of the file, as in the manifest."),
    ),
    responses((status = 200, description = "The resources", body = String, content_type = "application/fhir+ndjson")),
)]
pub(crate) async fn file(
    State(app): State<Arc<AppState>>,
    CurrentPrincipal(caller): CurrentPrincipal,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    no_parameters(&uri)?;
    let [generation, name] = steps(&uri);
    let file = BulkFile::named(&name).ok_or(Problem::NoSuchResource)?;
    let catalog = app.catalog_of(&generation).await?.ok_or(Problem::ExportGone)?;
    let tag = format!("\"{}\"", version(catalog.manifest()));
    let sent_tag = HeaderValue::from_str(&tag).map_err(|_| Problem::Internal)?;
    let kept = [(CACHE_CONTROL, HeaderValue::from_static("no-cache")), (ETAG, sent_tag)];
    if headers::if_none_match(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let place = app.batches.place(&caller)?;
    let (asking, of) = (Arc::clone(&app), Arc::clone(&catalog));
    let look = move || {
        let view = asking.fhir.of(&of);
        let pieces = file.pieces(FhirContext { catalog: &of, view: &view });
        (view, pieces)
    };
    let (view, pieces) = app.heavy.run(&caller, look).await?;
    if pieces.is_empty() {
        return Err(Problem::NoSuchResource);
    }
    let (leaving, lines) = mpsc::channel(1);
    let sending = SentFile { app, caller, catalog: Arc::clone(&catalog), view, file, _place: place };
    tokio::spawn(sending.send(pieces, leaving));
    let kind = [(CONTENT_TYPE, "application/fhir+ndjson")];
    Ok(answered(&catalog, (kind, kept, Body::from_stream(BatchResponseBody(lines)))))
}

/// The last two steps of a path after `/fhir/…/`; the second may be empty.
fn steps(uri: &Uri) -> [String; 2] {
    let mut steps = uri.path().trim_start_matches('/').split('/').skip(2).map(str::to_owned);
    [steps.next().unwrap_or_default(), steps.next().unwrap_or_default()]
}

/// A file that is being sent: from one generation, with a slot for batches.
struct SentFile {
    app: Arc<AppState>,
    caller: Principal,
    catalog: Arc<Catalog>,
    view: Arc<FhirView>,
    file: BulkFile,
    _place: BatchPlace,
}

impl SentFile {
    /// Sends the pieces in order, until the client leaves or reads too slowly. Then the connection
    /// is aborted, so that an incomplete file does not look complete.
    async fn send(self, pieces: Vec<PageRange>, leaving: mpsc::Sender<Option<Bytes>>) {
        let deadline = Instant::now() + LONGEST_ANSWER;
        for piece in pieces {
            let lines = tokio::select! {
                lines = self.lines(piece) => lines,
                () = leaving.closed() => return,
            };
            let Some(lines) = lines else { return };
            let until = deadline.min(Instant::now() + LONGEST_WAIT);
            if !matches!(timeout_at(until, leaving.send(Some(lines.into()))).await, Ok(Ok(()))) {
                return tracing::info!("a file of an export was not read to its end");
            }
        }
        // If nobody reads any more, nobody needs the end.
        let _ = timeout_at(Instant::now() + LONGEST_WAIT, leaving.send(None)).await;
    }

    /// The lines of a piece, written in the pool for long work.
    async fn lines(&self, piece: PageRange) -> Option<Vec<u8>> {
        let (catalog, view, file) = (Arc::clone(&self.catalog), Arc::clone(&self.view), self.file);
        let write = move || file.lines(FhirContext { catalog: &catalog, view: &view }, piece);
        self.app.heavy.run_in_turn(&self.caller, write).await.ok().flatten()
    }
}
