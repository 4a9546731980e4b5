//! Batches: one answer line per question line, and no line that affects another.

use std::future::poll_fn;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::{Request, Response, StatusCode};
use futures_core::Stream;
use placement::catalog::SharedCatalog;
use placement::catalog::generation::GenerationStore;
use placement::sample;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::api::{Answer, Api, TODAY, publish, question, sample_app};
use crate::cli::{Server, run_in, run_with};
use crate::seeded_random::SeededRandom;
use crate::{directories, questions};

const PATH: &str = "/v1/matches:batch";
const KIND: &str = "application/x-ndjson";
/// Longer than any step takes.
const PATIENCE: Duration = Duration::from_mins(1);

fn request(body: Body) -> Request<Body> {
    Request::post(PATH).header("content-type", KIND).body(body).unwrap()
}

async fn batch(api: &Api, lines: impl Into<Body>) -> Answer {
    api.send(request(lines.into())).await
}

/// The answers of an accepted batch.
fn answers(answer: &Answer) -> Vec<Value> {
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, KIND), "{}", answer.text);
    assert!(answer.text.is_empty() || answer.text.ends_with('\n'));
    answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Line, status and problem code of each answer.
fn short(answer: &Answer) -> Vec<(u64, u64, String)> {
    let answers = answers(answer);
    let short = |a: &Value| {
        let code = a["problem"]["code"].as_str().unwrap_or_default().to_owned();
        (a["line"].as_u64().unwrap(), a["status"].as_u64().unwrap(), code)
    };
    answers.iter().map(short).collect()
}

/// A body sent in pieces, which ends when its sender is dropped.
struct Pieces(mpsc::UnboundedReceiver<String>);

impl Stream for Pieces {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| Ok(piece.into())))
    }
}

fn pieces() -> (mpsc::UnboundedSender<String>, Body) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (sender, Body::from_stream(Pieces(receiver)))
}

/// The next answer of a batch in progress.
async fn next(answers: &mut BodyDataStream) -> Option<Value> {
    let piece = poll_fn(|context| Pin::new(&mut *answers).poll_next(context));
    let piece = timeout(PATIENCE, piece).await.expect("an answer leaves before the body ends")?.unwrap();
    Some(serde_json::from_slice(&piece).unwrap())
}

#[tokio::test]
async fn each_line_is_answered_as_the_single_call_answers_it() {
    let (api, choices, random) = (Api::sample(), directories::sample().choices(), &mut SeededRandom::seeded(60));
    let mut bodies: Vec<String> = (0..60).map(|_| questions::question(&choices, random).to_string()).collect();
    bodies.extend([
        json!({"service": "snf", "near": {"zip": "64180"}, "needs": ["wound vac"]}).to_string(),
        r#"{"service": "hospice", "service": "hospice"}"#.to_owned(),
        r#"{"service": }"#.to_owned(),
        json!({"services": ["skilled_nursing", "home_health"], "near": {"zip": "64108"}}).to_string(),
    ]);
    let answer = batch(&api, bodies.join("\n")).await;
    assert_eq!((answer.header("cache-control"), answer.header("x-request-id").is_empty()), ("no-store", false));
    assert!(answer.header("x-directory-age-seconds").parse::<u64>().is_ok());
    let lines: Vec<&str> = answer.text.lines().collect();
    assert_eq!(lines.len(), bodies.len());
    for ((at, body), line) in (1..).zip(&bodies).zip(lines) {
        let single = api.post("/v1/matches", body).await;
        if single.status == StatusCode::OK {
            assert_eq!(line, format!("{{\"line\":{at},\"status\":200,\"answer\":{}}}", single.text));
            continue;
        }
        let (mut problem, line) = (single.json(), serde_json::from_str::<Value>(line).unwrap());
        problem.as_object_mut().unwrap().remove("request_id");
        assert_eq!(line, json!({"line": at, "status": single.status.as_u16(), "problem": problem}), "{body}");
    }
}

#[tokio::test]
async fn lines_are_counted_blank_ones_too_and_a_bad_one_harms_no_other() {
    let api = Api::sample();
    let good = question().to_string();
    let long = format!("{{\"service\": \"{}\"}}", "x".repeat(70_000));
    let ok = |line: u64| (line, 200, String::new());
    let wrong = |line: u64, status: u64, code: &str| (line, status, code.to_owned());
    for (lines, expected) in [
        (String::new(), vec![]),
        ("\n\r\n  \n".to_owned(), vec![]),
        (good.clone(), vec![ok(1)]),
        (format!("{good}\r\n{good}\n"), vec![ok(1), ok(2)]),
        (format!("\n\n{good}\n\n\n{good}"), vec![ok(3), ok(6)]),
        (
            format!("{good}\n{{\n[]\n\"x\"\nnull\n{good}"),
            vec![
                ok(1),
                wrong(2, 400, "not_json"),
                wrong(3, 422, "invalid"),
                wrong(4, 422, "invalid"),
                wrong(5, 422, "invalid"),
                ok(6),
            ],
        ),
        (format!("{long}\n{good}\n{long}"), vec![wrong(1, 413, "too_large"), ok(2), wrong(3, 413, "too_large")]),
        (format!("{good} {good}\n{good}"), vec![wrong(1, 400, "not_json"), ok(2)]),
        (format!("\u{feff}{good}\n\u{0}\n{good}"), vec![ok(1), wrong(2, 400, "not_json"), ok(3)]),
        (format!("{}\n{good}", "[".repeat(60_000)), vec![wrong(1, 400, "not_json"), ok(2)]),
    ] {
        let shown: String = lines.chars().take(80).collect();
        assert_eq!(short(&batch(&api, lines).await), expected, "{shown}");
    }
    let mut bytes = b"\xff\xfe\n".to_vec();
    bytes.extend(good.as_bytes());
    assert_eq!(short(&batch(&api, bytes).await), [wrong(1, 400, "not_json"), ok(2)]);
}

#[tokio::test]
async fn a_limit_that_is_hit_is_the_last_line() {
    let api = Api::sample();
    // Empty lines count too, and cost the least.
    let told = short(&batch(&api, "\n".repeat(9_999) + "{}").await);
    assert_eq!(told, [(10_000, 422, "invalid".to_owned())]);
    let told = short(&batch(&api, "\n".repeat(9_990) + &"{}\n".repeat(510)).await);
    assert_eq!((told.len(), told.last().unwrap()), (11, &(10_001, 413, "batch_too_large".to_owned())));
    assert!(told[..10].iter().all(|(_, status, _)| *status == 422), "{told:?}");
    let told = short(&batch(&api, "\n".repeat(10_000) + "{}").await);
    assert_eq!(told, [(10_001, 413, "batch_too_large".to_owned())]);

    let line = "x".repeat(60_000) + "\n";
    let told = short(&batch(&api, line.repeat(300)).await);
    let (last, others) = told.split_last().unwrap();
    assert_eq!((last.1, last.2.as_str()), (413, "batch_too_large"));
    assert!(others.iter().all(|(_, status, code)| (*status, code.as_str()) == (400, "not_json")));
}

#[test]
fn a_client_that_sends_far_too_much_before_it_reads_is_told_so() {
    let folder = TempDir::new().unwrap();
    let server = Server::start(folder.path(), "serve --sample");
    server.wait_for("/readyz", "\"ready\"");
    let body = format!("{{}}\n{}", "x".repeat(40 * 1024 * 1024));
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nHost: {}\r\nContent-Type: {KIND}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        server.address,
        body.len()
    );
    let mut connection = TcpStream::connect(&server.address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    connection.write_all(head.as_bytes()).unwrap();
    connection.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let lines: Vec<&str> = answer.lines().filter(|line| line.starts_with("{\"line\":")).collect();
    let [first, last] = lines[..] else { panic!("{answer}") };
    assert!(first.starts_with("{\"line\":1,\"status\":422,"), "{answer}");
    assert!(last.starts_with("{\"line\":2,\"status\":413,") && last.contains("batch_too_large"), "{answer}");
}

#[tokio::test]
async fn what_is_no_batch_is_refused_whole() {
    let api = Api::sample();
    let send = async |kind: Option<&str>, accept: Option<&str>| {
        let request = kind.into_iter().fold(Request::post(PATH), |request, kind| request.header("content-type", kind));
        let request = accept.into_iter().fold(request, |request, accept| request.header("accept", accept));
        api.send(request.body(Body::from(question().to_string())).unwrap()).await.status
    };
    for (kind, accept, status) in [
        (Some(KIND), None, StatusCode::OK),
        (Some("application/jsonl"), None, StatusCode::OK),
        (Some("application/x-ndjson; charset=utf-8"), Some("*/*"), StatusCode::OK),
        (Some(KIND), Some("application/x-ndjson"), StatusCode::OK),
        (Some(KIND), Some("application/json"), StatusCode::OK),
        (Some(KIND), Some("text/html"), StatusCode::NOT_ACCEPTABLE),
        (Some("application/json"), None, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (Some("application/x-ndjson; charset=utf-16"), None, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (None, None, StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        assert_eq!(send(kind, accept).await, status, "{kind:?} {accept:?}");
    }
    let asked = Request::post(format!("{PATH}?fast=1")).header("content-type", KIND).body(Body::empty()).unwrap();
    assert_eq!(api.send(asked).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let nothing = TempDir::new().unwrap();
    assert_eq!(batch(&Api::of(nothing.path()), "{}").await.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn answers_leave_as_they_are_made_and_one_directory_makes_them_all() {
    let folder = TempDir::new().unwrap();
    let (files, index) = (folder.path().join("files"), folder.path().join("index"));
    sample::unpack(&files, TODAY).unwrap();
    publish(&files, &index, "2026-11-20T12:00:00Z");
    publish(&files, &index, "2026-11-21T12:00:00Z");
    let store = GenerationStore::new(&index);
    let app = AppState { now: sample_app().now, ..AppState::new(SharedCatalog::new(&index)) };
    app.catalog.reload().unwrap();
    let app = Arc::new(app);
    let api = Api::shared(Arc::clone(&app));

    let (sender, body) = pieces();
    let mut under_way: BodyDataStream = api.open(request(body)).await.into_body().into_data_stream();
    let line = question().to_string() + "\n";
    sender.send(line[..20].to_owned()).unwrap();
    sender.send(line[20..].to_owned()).unwrap();
    let first = next(&mut under_way).await.unwrap();
    let newest = first["answer"]["directory"]["generation"].as_str().unwrap().to_owned();
    let generations = store.list().unwrap();
    let older = generations.iter().map(|listed| listed.generation.as_str()).find(|generation| *generation != newest);
    store.set_current(older.unwrap()).unwrap();
    app.catalog.reload().unwrap();
    app.serve_newest();
    sender.send(line.clone()).unwrap();
    let second = next(&mut under_way).await.unwrap();
    assert_eq!(second["answer"], first["answer"], "the directory that was served when the batch began");
    drop(sender);
    assert_eq!(next(&mut under_way).await, None);
    let later = answers(&batch(&api, line).await);
    assert_eq!(later[0]["answer"]["directory"]["generation"], older.unwrap());
}

#[tokio::test]
async fn so_many_batches_are_answered_at_once_and_no_more() {
    let api = Api::sample();
    let mut under_way: Vec<(mpsc::UnboundedSender<String>, Response<Body>)> = Vec::new();
    let refused = loop {
        let (sender, body) = pieces();
        let answer = api.open(request(body)).await;
        if answer.status() != StatusCode::OK {
            break answer;
        }
        under_way.push((sender, answer));
    };
    assert_eq!((under_way.len(), refused.status()), (4, StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(api.post("/v1/matches", question()).await.status, StatusCode::OK, "single questions are not held up");
    // A disconnected client releases its slot, even if its body never ended.
    let (_sender, answer) = under_way.pop().unwrap();
    drop(answer);
    let free = async {
        while batch(&api, question().to_string()).await.status != StatusCode::OK {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, free).await.unwrap();
}

#[test]
fn the_command_answers_a_file_as_the_server_does() {
    let folder = TempDir::new().unwrap();
    let here = folder.path();
    assert_eq!(run_in(here, "sample --near 64108 --within-miles 30 --providers 60 files").code, 0);
    assert_eq!(run_in(here, "refresh --from files").code, 0);
    let asked = json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"program": "medicare"}});
    let single = run_with(here, "match --json", &asked.to_string());
    let good = format!("{{\"line\":1,\"status\":200,\"answer\":{}}}\n", single.out.trim_end());

    std::fs::write(here.join("good.ndjson"), format!("{asked}\n\n")).unwrap();
    let ended = run_in(here, "match --batch good.ndjson");
    assert_eq!((ended.code, ended.out.as_str(), ended.err.as_str()), (0, good.as_str(), ""));

    let ended = run_with(here, "match --batch -", &format!("{asked}\n{{\"service\": \"snf\"}}\n{asked}"));
    let lines: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let statuses: Vec<&Value> = lines.iter().map(|line| &line["status"]).collect();
    assert_eq!((ended.code, statuses), (65, vec![&json!(200), &json!(422), &json!(200)]));
    assert!(ended.err.contains("1 line is invalid"), "{}", ended.err);
    assert_eq!(lines[1]["problem"]["errors"][0]["pointer"], "/service");
    assert_eq!(lines[1]["problem"].get("request_id"), None);

    for (line, code, words) in [
        ("match --batch missing.ndjson", 66, "missing.ndjson: No such file"),
        ("match --batch good.ndjson --zip 64108", 2, "cannot be used with"),
        ("match --batch good.ndjson --medicare", 2, "cannot be used with"),
        ("match --batch good.ndjson --question -", 2, "cannot be used with"),
        ("--index nowhere match --batch good.ndjson", 66, "no directory has been published"),
    ] {
        let ended = run_in(here, line);
        assert_eq!((ended.code, ended.out.as_str()), (code, ""), "{line}: {}", ended.err);
        assert!(ended.err.contains(words), "{line}: {}", ended.err);
    }
}
