//! A file of questions and a workbook of answers. The file is read and dropped; the answers are kept in memory, sealed for the person who
//! uploaded it, until they are downloaded or for a few minutes ([`crate::serve::batch_jobs`]).

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::api_keys::Principal;
use crate::input::errors::MOST_TOLD;
use crate::ledger::page_token::PageToken;
use crate::ledger::sealed_page::SealedPage;
use crate::serve::api::batch::MOST_LINES;
use crate::serve::api::matches::answer_metadata;
use crate::serve::batch_jobs::{JobView, KEPT_MINUTES};
use crate::serve::http::extract::{CurrentPrincipal, PagePath, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::pages::batch_upload::columns::{COLUMNS, NEEDED};
use crate::serve::pages::batch_upload::job::{BatchResult, RunningUpload, usual_limit};
use crate::serve::pages::batch_upload::table::{LARGEST_FILE, QuestionTable, TableFault, read_table};
use crate::serve::pages::export::WORKBOOK;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::kept_form::FORM_GONE;
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::pages::session::see_other;
use crate::serve::pages::upload::receive_file;
use crate::serve::random_bytes::random;
use crate::serve::state::AppState;
use crate::text::count_text::{counted, thousands};

pub(crate) mod answers_workbook;
pub(crate) mod columns;
pub(crate) mod job;
pub(crate) mod row_answer;
pub(crate) mod table;

/// The field of the file.
const FILE_FIELD: &str = "questions";

/// The page: the form for a file, with what is wrong with the last one.
#[derive(Debug, Template)]
#[template(path = "batch.html", config = "src/serve/askama.toml")]
struct BatchPage {
    frame: PageFrame,
    /// After how many minutes the answers of this address were deleted, if they were.
    expired: Option<i64>,
    faults: Vec<TableFault>,
    /// How many faults are not shown.
    more: usize,
    /// The columns: heading, examples, and whether it must be there.
    columns: Vec<(&'static str, String, bool)>,
    most_rows: String,
    most_megabytes: usize,
    minutes: i64,
}

/// The page of one batch.
#[derive(Debug, Template)]
#[template(path = "batch_progress.html", config = "src/serve/askama.toml")]
struct BatchProgressPage {
    frame: PageFrame,
    /// The token, for the addresses of the buttons.
    token: String,
    done: u64,
    total: u64,
    /// The result, once it is ready.
    result: Option<ResultView>,
    minutes: i64,
}

/// The result of a batch.
#[derive(Debug)]
struct ResultView {
    counts: String,
    unread: Option<String>,
    faults: Vec<TableFault>,
    more: u64,
}

/// An uploaded file of questions.
#[derive(Debug)]
pub(crate) struct QuestionsFile(Bytes);

impl<S: Send + Sync> FromRequestParts<S> for QuestionsFile {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        receive_file(parts, state, FILE_FIELD).await.map(Self)
    }
}

/// The form of the page.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "the schema of a form that `QuestionsFile` reads")]
pub(crate) struct QuestionsForm {
    /// A CSV file or an Excel workbook with one question per row.
    #[schema(value_type = String, format = Binary)]
    questions: Vec<u8>,
}

/// Upload a file of questions
#[utoipa::path(get, path = "/batch", operation_id = "page_batch")]
pub(crate) async fn form(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    html(StatusCode::OK, &BatchPage::new(&app, "Many questions at once"), Sensitivity::Nothing)
}

/// An example of a file of questions
#[utoipa::path(
    get,
    path = "/batch/example.csv",
    operation_id = "page_batch_example",
    responses((status = 200, description = "The file", body = String, content_type = "text/csv")),
)]
pub(crate) async fn example(_: StrictQuery<()>) -> Result<Response, Problem> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let rows = [COLUMNS.map(|column| column.heading), COLUMNS.map(|of| of.examples[0]), COLUMNS.map(|of| of.examples[1])];
    for row in rows {
        writer.write_record(row).map_err(|_| Problem::Internal)?;
    }
    let file = writer.into_inner().map_err(|_| Problem::Internal)?;
    let saved_as = "attachment; filename=\"placement-questions.csv\"";
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, saved_as)], file).into_response())
}

/// Answer a file of questions
///
/// A CSV file or an Excel workbook with one question per row, at most 10,000 rows and 4 MiB. The browser goes on to a page that shows how
/// far the answers are, and where the workbook can be downloaded once.
#[utoipa::path(
    post,
    path = "/batch",
    operation_id = "page_upload_batch",
    request_body(content = QuestionsForm, content_type = "multipart/form-data"),
    responses((status = 303, description = "The browser goes on to the page of the batch.")),
)]
pub(crate) async fn upload(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    QuestionsFile(file): QuestionsFile,
) -> Result<Response, Problem> {
    let served = app.served()?;
    // A table takes memory, so only as many are read at once as batches may run.
    let place = app.batches.place(&caller)?;
    let read = move || {
        let table = read_table(&file)?;
        let usual = usual_limit(&table.rows).map_err(|fault| vec![fault])?;
        Ok((table, usual))
    };
    let (table, usual): (QuestionTable, u32) = match app.heavy.run(&caller, read).await? {
        Ok(read) => read,
        Err(faults) => return refused(&app, faults),
    };
    let token = PageToken::new(random()?);
    let job = app.batch_jobs.begin(token, &caller, table.rows.len() as u64)?;
    let metadata = answer_metadata(&served);
    let running = RunningUpload { app, caller, served, table, usual, job, token, place };
    tokio::spawn(running.run());
    let mut response = see_other(&format!("/batch/{token}"));
    response.extensions_mut().insert(metadata);
    Ok(response)
}

/// The page with what is wrong with a file.
fn refused(app: &AppState, mut faults: Vec<TableFault>) -> Result<Response, Problem> {
    let mut page = BatchPage::new(app, "The file cannot be read as questions");
    page.more = faults.len().saturating_sub(MOST_TOLD);
    faults.truncate(MOST_TOLD);
    page.faults = faults;
    html(StatusCode::UNPROCESSABLE_ENTITY, &page, Sensitivity::Question)
}

/// How far the answers to a file are
#[utoipa::path(
    get,
    path = "/batch/{token}",
    operation_id = "page_batch_progress",
    params(("token" = String, Path, description = "The token of the batch.")),
    responses((
        status = 410,
        description = "The answers were downloaded or deleted, or belong to another sign-in.",
        content((String = "text/html")),
    )),
)]
pub(crate) async fn progress(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    PagePath(token): PagePath,
) -> Result<Response, Problem> {
    let Some((token, total, view)) = find(&app, &caller, token) else { return gone(&app) };
    let (title, done, result) = match view {
        JobView::Running(done) => (format!("{done} of {} answered", counted(total, "question")), done, None),
        JobView::Ready(page) => {
            let result = app.heavy.run(&caller, opened(page, token, &caller, |result| ResultView::new(&result))).await??;
            ("The answers are ready".to_owned(), total, Some(result))
        }
        JobView::Failed(problem) => return Err(problem),
    };
    let frame = PageFrame::new(&app, app.live.catalog().as_deref(), SiteSection::Ask, title);
    let page = BatchProgressPage { frame, token: token.to_string(), done, total, result, minutes: KEPT_MINUTES };
    html(StatusCode::OK, &page, Sensitivity::Question)
}

/// Download the answers to a file
///
/// The server drops them: they can be downloaded once.
#[utoipa::path(
    post,
    path = "/batch/{token}/workbook",
    operation_id = "page_download_batch",
    params(("token" = String, Path, description = "The token of the batch.")),
    responses(
        (
            status = 200,
            description = "The workbook",
            content((
                String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            )),
        ),
        (
            status = 410,
            description = "The answers were downloaded or deleted, or belong to another sign-in.",
            content((String = "text/html")),
        ),
    ),
)]
pub(crate) async fn download(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    PagePath(token): PagePath,
    _: SubmittedForm,
) -> Result<Response, Problem> {
    let Some((token, _, view)) = find(&app, &caller, token) else { return gone(&app) };
    match view {
        JobView::Running(_) => Ok(see_other(&format!("/batch/{token}"))),
        JobView::Failed(problem) => Err(problem),
        JobView::Ready(page) => {
            let workbook = app.heavy.run(&caller, opened(page, token, &caller, |result| result.workbook)).await??;
            app.batch_jobs.remove(token, &caller);
            let saved_as = "attachment; filename=\"placement-answers.xlsx\"";
            let headers = [(CONTENT_TYPE, WORKBOOK), (CACHE_CONTROL, "no-store"), (CONTENT_DISPOSITION, saved_as)];
            Ok((headers, workbook).into_response())
        }
    }
}

/// Delete the answers to a file, or stop answering it
#[utoipa::path(
    post,
    path = "/batch/{token}/delete",
    operation_id = "page_delete_batch",
    params(("token" = String, Path, description = "The token of the batch.")),
    responses((status = 303, description = "The browser goes on to the form.")),
)]
pub(crate) async fn delete(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    PagePath(token): PagePath,
    _: SubmittedForm,
) -> Result<Response, Problem> {
    if let Some(token) = token {
        app.batch_jobs.remove(token, &caller);
    }
    Ok(see_other("/batch"))
}

/// The batch of `caller` under `token`, with its number of questions.
fn find(app: &AppState, caller: &Principal, token: Option<PageToken>) -> Option<(PageToken, u64, JobView)> {
    let token = token?;
    let (job, view) = app.batch_jobs.find(token, caller, (app.now)().timestamp().as_second())?;
    Some((token, job.total, view))
}

/// The form, which says that the answers of the address are gone.
fn gone(app: &AppState) -> Result<Response, Problem> {
    let page = BatchPage { expired: Some(KEPT_MINUTES), ..BatchPage::new(app, "Many questions at once") };
    html(FORM_GONE, &page, Sensitivity::Question)
}

/// Opens the result of `owner` in `page` and takes a part of it: work for the pool.
fn opened<T, F: FnOnce(BatchResult) -> T>(
    page: Arc<SealedPage>,
    token: PageToken,
    owner: &Principal,
    part: F,
) -> impl FnOnce() -> Result<T, Problem> + use<T, F> {
    let owner = owner.name.clone();
    move || {
        let content = page.open(token, &owner).ok_or(Problem::Internal)?;
        postcard::from_bytes(&content).map(part).map_err(|_| Problem::Internal)
    }
}

impl BatchPage {
    fn new(app: &AppState, title: &str) -> Self {
        let examples = |examples: [&'static str; 2]| {
            examples.into_iter().filter(|example| !example.is_empty()).collect::<Vec<_>>().join(" or ")
        };
        let columns =
            COLUMNS.iter().map(|column| (column.heading, examples(column.examples), NEEDED.contains(&column.field)));
        Self {
            frame: PageFrame::new(app, app.live.catalog().as_deref(), SiteSection::Ask, title),
            expired: None,
            faults: Vec::new(),
            more: 0,
            columns: columns.collect(),
            most_rows: thousands(MOST_LINES),
            most_megabytes: LARGEST_FILE >> 20,
            minutes: KEPT_MINUTES,
        }
    }
}

impl ResultView {
    fn new(result: &BatchResult) -> Self {
        let answered = format!("{} answered", counted(result.answered, "question"));
        let refused = if result.refused == 0 { String::new() } else { format!(", {} not answered", result.refused) };
        Self {
            counts: format!("{answered}{refused}."),
            unread: (result.unread > 0)
                .then(|| format!("{} not understood; the sheet Not understood lists them.", counted(result.unread, "part"))),
            faults: result.faults.clone(),
            more: result.more,
        }
    }
}
