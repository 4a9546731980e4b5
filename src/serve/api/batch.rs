//! Batches: one line in, one line out (NDJSON), in the same order. `POST /v1/matches:batch` and
//! `placement match --batch` take questions; [`crate::serve::api::differences`] takes saved answers.
//!
//! The body is answered as it arrives, so that the first answer is sent before the last question
//! has arrived. What arrives is read at once even if the client reads answers slowly: a client may
//! send everything before it reads anything. Both are limited: the body by [`LARGEST_BATCH`], the
//! answers by one waiting at a time.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use crate::api_keys::Principal;
use crate::input::errors::FieldErrors;
use crate::overlay::LiveDirectory;
use crate::serve::answer_cache::CachedAnswer;
use crate::serve::answer_summary::AnswerSummary;
use crate::serve::api::batch::lines::{LineSplitter, NdjsonLine};
use crate::serve::api::batch::permits::BatchPlace;
use crate::serve::api::matches::{answer_metadata, compute_answer};
use crate::serve::http::extract::{CurrentPrincipal, StrictQuery, accepts, is_of_type};
use crate::serve::http::problem::Problem;
use crate::serve::http::problem::problem_json::ProblemJson;
use crate::serve::http::route::LARGEST_BODY;
use crate::serve::http::strict_json;
use crate::serve::openapi::body_schemas::BatchLines;
use crate::serve::state::AppState;

pub(crate) mod line_id;
pub(crate) mod lines;
pub(crate) mod permits;

/// The most lines of a batch. Our choice: answered in seconds, or in two minutes for a principal
/// with a rate limit.
pub(crate) const MOST_LINES: u64 = 10_000;
/// The largest body of a batch, in bytes. Our choice: [`MOST_LINES`] questions take 2 to 5 MB.
pub(crate) const LARGEST_BATCH: usize = 16 * 1024 * 1024;

/// How long the client may make answers wait, all waits together. Our choice: a client that reads
/// answers as they arrive causes about a second in all.
const LONGEST_WAITS: Duration = Duration::from_mins(1);
/// How long a batch may take. Our choice: the longest is sent in five minutes and answered, at the
/// rate of one principal, in two.
pub(crate) const LONGEST_ANSWER: Duration = Duration::from_mins(10);
/// How often the waits of a client are checked.
const LOOK: Duration = Duration::from_millis(250);
/// How long a client that read too slowly may take to read the reason.
const LAST_WORD: Duration = Duration::from_secs(30);
/// How long a sender may pause.
const LONGEST_SILENCE: Duration = Duration::from_secs(10);
/// How long a body may take to arrive.
const SLOWEST_BODY: Duration = Duration::from_mins(5);
/// The content types of a batch.
const TYPES: [&str; 3] = ["application/x-ndjson", "application/jsonl", "application/ndjson"];

/// Rank the providers for many discharges
///
/// One question per line in, one answer per line out, in the same order:
/// `{"line": 1, "status": 200, "answer": …}` with the answer of `POST /v1/matches`, or
/// `{"line": 2, "status": 422, "problem": …}`. A line may have an `id` beside the question, a whole
/// number or a text of at most 100 characters; the answer to it has the same `id`. It is not stored.
/// A wrong line does not end the batch. The first
/// answers are sent before the last questions have arrived. At most 10,000 lines, 64 KiB per line,
/// 16 MiB and five minutes; a batch beyond these ends with a line that has the problem.
#[utoipa::path(
    post,
    path = "/v1/matches:batch",
    operation_id = "rank_batch",
    tag = "questions",
    request_body(content((String = "application/x-ndjson"), (String = "application/jsonl"), (String = "application/ndjson")), description = "One question per line, as for `POST /v1/matches`."),
    responses((status = 200, description = "One answer per line", body = BatchLines, content_type = "application/x-ndjson")),
)]
pub(crate) async fn matches(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    request: Request,
) -> Result<Response, Problem> {
    answer_lines(&QUESTIONS, app, caller, request)
}

/// What is done with each line of a batch.
#[derive(Debug)]
pub(crate) struct LineWork {
    /// The longest line, in bytes.
    pub longest: usize,
    /// Answers one line.
    pub answer: fn(&LiveDirectory, &Value) -> Result<CachedAnswer, Problem>,
}

/// A batch of questions: a line has the limit for the body of one question.
pub(crate) const QUESTIONS: LineWork = LineWork { longest: LARGEST_BODY, answer: compute_answer };

/// The answer to a batch: `work` for each line.
///
/// # Errors
/// The content type is wrong, there is no directory, or too many batches are running.
pub(crate) fn answer_lines(
    work: &'static LineWork,
    app: Arc<AppState>,
    caller: Principal,
    request: Request,
) -> Result<Response, Problem> {
    let headers = request.headers();
    if !TYPES.iter().any(|kind| is_of_type(headers, kind)) {
        return Err(Problem::WrongType);
    }
    if !TYPES.iter().chain(&["application/json"]).any(|kind| accepts(headers, &[kind, "application/*", "*/*"])) {
        return Err(Problem::NotAcceptable);
    }
    let served = app.served()?;
    let told = answer_metadata(&served);
    let place = app.batches.place(&caller)?;
    let (arriving, arrived) = mpsc::unbounded_channel();
    let (leaving, answers) = mpsc::channel(1);
    tokio::spawn(receive(request.into_body(), work.longest, arriving));
    let batch = RunningBatch { work, app, caller, served, _place: place };
    tokio::spawn(batch.answer(arrived, leaving));
    let headers = [(CONTENT_TYPE, TYPES[0]), (CACHE_CONTROL, "no-store")];
    let mut response = (headers, Body::from_stream(BatchResponseBody(answers))).into_response();
    response.extensions_mut().insert(told);
    Ok(response)
}

/// What arrives of a batch.
enum BatchEvent {
    /// A line to answer.
    Line(NdjsonLine),
    /// From this line on nothing is answered, because of this problem.
    Ended(u64, Problem),
}

/// Receives lines until the body ends or nobody waits for them. What is beyond [`MOST_LINES`] or
/// [`LARGEST_BATCH`] is received and dropped, so that a client that sends everything before it
/// reads anything can read the answers.
async fn receive(body: Body, longest: usize, arriving: mpsc::UnboundedSender<BatchEvent>) {
    let (mut lines, mut full) = (LineSplitter::new(longest), false);
    let mut hand_on = |line: NdjsonLine| {
        if line.number <= MOST_LINES {
            return arriving.send(BatchEvent::Line(line));
        }
        if std::mem::replace(&mut full, true) {
            return Ok(());
        }
        arriving.send(BatchEvent::Ended(line.number, Problem::TooMuch))
    };
    let mut incoming = BoundedBody::new(body, LONGEST_SILENCE);
    loop {
        match incoming.piece().await {
            Ok(Some(piece)) => {
                if lines.ending_in(&piece).into_iter().try_for_each(&mut hand_on).is_err() {
                    return;
                }
            }
            Ok(None) => {
                // If nobody waits any more, nobody needs the line.
                let _ = lines.rest().map(hand_on);
                return;
            }
            Err(problem) => {
                if !full {
                    let _ = arriving.send(BatchEvent::Ended(lines.ended() + 1, problem.clone()));
                }
                // The rest is dropped as it arrives: a client whose sending is cut off never reads
                // the answers.
                if problem == Problem::TooMuch {
                    while !arriving.is_closed() && matches!(incoming.arrives().await, Ok(Some(_))) {}
                }
                return;
            }
        }
    }
}

/// A body as it arrives, limited in bytes and in time.
struct BoundedBody {
    body: BodyDataStream,
    bytes: usize,
    silence: Duration,
    deadline: Instant,
}

impl BoundedBody {
    fn new(body: Body, silence: Duration) -> Self {
        Self { body: body.into_data_stream(), bytes: 0, silence, deadline: Instant::now() + SLOWEST_BODY }
    }

    /// The next piece of a body that is not too large; `None` at its end.
    async fn piece(&mut self) -> Result<Option<Bytes>, Problem> {
        let piece = self.arrives().await?;
        self.bytes += piece.as_ref().map_or(0, Bytes::len);
        if self.bytes > LARGEST_BATCH { Err(Problem::TooMuch) } else { Ok(piece) }
    }

    /// The next piece, whatever the size of the body.
    async fn arrives(&mut self) -> Result<Option<Bytes>, Problem> {
        let until = self.deadline.min(Instant::now() + self.silence);
        let next = poll_fn(|context| Pin::new(&mut self.body).poll_next(context));
        match timeout_at(until, next).await {
            Ok(Some(Ok(piece))) => Ok(Some(piece)),
            Ok(Some(Err(_))) => Err(Problem::NotJson { what: "The body is incomplete.".to_owned() }),
            Ok(None) => Ok(None),
            Err(_) => Err(Problem::TooSlow),
        }
    }
}

/// A batch being answered: from one generation, with a slot for batches.
struct RunningBatch {
    work: &'static LineWork,
    app: Arc<AppState>,
    caller: Principal,
    served: Arc<LiveDirectory>,
    _place: BatchPlace,
}

impl BatchEvent {
    fn number(&self) -> u64 {
        match self {
            Self::Line(line) => line.number,
            Self::Ended(number, _) => *number,
        }
    }
}

impl RunningBatch {
    /// The answer to what arrived, computed in the pool for long work.
    async fn answer_to(&self, arrived: BatchEvent) -> BatchAnswer {
        let line = match arrived {
            BatchEvent::Line(line) => line,
            BatchEvent::Ended(at, problem) => return BatchAnswer::of(at, None, Err(problem)),
        };
        self.app.limits.wait_for_rate(&self.caller).await;
        let (work, served, number) = (self.work, Arc::clone(&self.served), line.number);
        let answered = self.app.heavy.run_in_turn(&self.caller, move || answer(work, &served, line)).await;
        let answer = answered.unwrap_or_else(|problem| BatchAnswer::of(number, None, Err(problem)));
        self.app.metrics.line(answer.tally.as_ref());
        answer
    }

    /// Answers the lines in order, letting others in between, until the client leaves or takes too
    /// long.
    async fn answer(self, mut arrived: mpsc::UnboundedReceiver<BatchEvent>, leaving: mpsc::Sender<Option<Bytes>>) {
        let (mut lines, mut wrong) = (0_u64, 0_u64);
        let mut reader = BatchReader { leaving: &leaving, waits: LONGEST_WAITS, deadline: Instant::now() + LONGEST_ANSWER };
        loop {
            let next = tokio::select! {
                next = arrived.recv() => next,
                // If nobody reads any more, there is nothing to wait for.
                () = leaving.closed() => return,
            };
            let Some(next) = next else { break };
            let number = next.number();
            let answer = tokio::select! {
                answer = self.answer_to(next) => answer,
                () = leaving.closed() => return,
            };
            lines += 1;
            wrong += u64::from(answer.is_wrong());
            match reader.give(answer.text.into(), || !arrived.is_closed()).await {
                TakenLine::Yes => {}
                TakenLine::Left => return tracing::info!(lines, wrong, "the client left before the end of a batch"),
                TakenLine::TooSlowly => {
                    tracing::info!(lines, wrong, "a batch was ended because its answers were not read");
                    // Frees the slot, so that others do not wait for a client that does not read.
                    drop((self, arrived));
                    let why = BatchAnswer::of(number, None, Err(Problem::ReadTooSlowly));
                    for last in [Some(why.text.into()), None] {
                        let _ = timeout(LAST_WORD, leaving.send(last)).await;
                    }
                    return;
                }
            }
        }
        let _ = leaving.send(None).await;
        tracing::info!(lines, wrong, "a batch was answered");
    }
}

/// The client that reads the answers, and how long it may still make the program wait.
struct BatchReader<'a> {
    leaving: &'a mpsc::Sender<Option<Bytes>>,
    waits: Duration,
    deadline: Instant,
}

/// The result of passing a line to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TakenLine {
    /// It is being sent.
    Yes,
    /// The client no longer reads.
    Left,
    /// The client has made the program wait for too long; the line is not sent.
    TooSlowly,
}

impl BatchReader<'_> {
    /// Passes a line to the client. Waits do not count while `is_sending` says that it still sends
    /// questions: a client may send all of them before it reads an answer, and receiving limits the
    /// time for that.
    async fn give(&mut self, line: Bytes, is_sending: impl Fn() -> bool) -> TakenLine {
        let mut sending = std::pin::pin!(self.leaving.send(Some(line)));
        loop {
            let began = Instant::now();
            let sent = timeout(LOOK, &mut sending).await;
            if !is_sending() {
                self.waits = self.waits.saturating_sub(began.elapsed());
            }
            match sent {
                Ok(Ok(())) => return TakenLine::Yes,
                Ok(Err(_)) => return TakenLine::Left,
                Err(_) if self.waits.is_zero() || Instant::now() >= self.deadline => return TakenLine::TooSlowly,
                Err(_) => {}
            }
        }
    }
}

/// The answers as a body. They end with `None`: if the sender is dropped without it, the connection
/// is aborted, so that an incomplete answer does not look complete.
pub(crate) struct BatchResponseBody(pub mpsc::Receiver<Option<Bytes>>);

/// The answers end before the last line.
#[derive(Debug, thiserror::Error)]
#[error("the batch was not answered completely")]
pub(crate) struct TruncatedBatch;

impl Stream for BatchResponseBody {
    type Item = Result<Bytes, TruncatedBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|next| match next {
            Some(answer) => answer.map(Ok),
            None => Some(Err(TruncatedBatch)),
        })
    }
}

/// One line of the answer.
#[derive(Debug)]
pub(crate) struct BatchAnswer {
    /// Its summary; `None` if the question could not be answered.
    tally: Option<AnswerSummary>,
    /// The line, including its line break.
    pub text: Vec<u8>,
}

/// Answers one line from `served`.
pub(crate) fn answer(work: &LineWork, served: &LiveDirectory, line: NdjsonLine) -> BatchAnswer {
    let (id, found) = match line.text {
        None => (None, Err(Problem::TooLarge)),
        Some(text) => answer_text(work, served, &text),
    };
    BatchAnswer::of(line.number, id, found)
}

/// The id of the line `text`, and its answer.
fn answer_text(work: &LineWork, served: &LiveDirectory, text: &[u8]) -> (Option<Value>, Result<CachedAnswer, Problem>) {
    let (mut body, repeated) = match strict_json::read(text) {
        Ok(read) => read,
        Err(error) => return (None, Err(Problem::NotJson { what: error.to_string() })),
    };
    let mut faults = FieldErrors::default();
    let id = line_id::take(&mut body, &mut faults);
    if !repeated.is_empty() {
        faults.append(repeated);
        return (id, Err(Problem::Invalid(faults)));
    }
    // An internal error in one line neither ends the batch nor ends it silently.
    let found = catch_unwind(AssertUnwindSafe(|| (work.answer)(served, &body))).unwrap_or(Err(Problem::Internal));
    let found = match found {
        Err(Problem::Invalid(others)) => {
            faults.append(others);
            Err(Problem::Invalid(faults))
        }
        _ if !faults.is_empty() => Err(Problem::Invalid(faults)),
        found => found,
    };
    (id, found)
}

/// A line that was not answered.
#[derive(Debug, Serialize)]
struct BatchLineError<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    status: u16,
    problem: ProblemJson<'a>,
}

impl BatchAnswer {
    /// Whether the question could not be answered.
    pub(crate) fn is_wrong(&self) -> bool {
        self.tally.is_none()
    }

    fn of(line: u64, id: Option<Value>, found: Result<CachedAnswer, Problem>) -> Self {
        let tally = found.as_ref().ok().map(|found| found.tally);
        let mut text = match found {
            Ok(found) => {
                let id = id.map(|id| format!("\"id\":{id},")).unwrap_or_default();
                [format!("{{\"line\":{line},{id}\"status\":200,\"answer\":").as_bytes(), &found.body, b"}"].concat()
            }
            Err(problem) => {
                let wrong = BatchLineError { line, id, status: problem.status().as_u16(), problem: problem.to_json(None) };
                serde_json::to_vec(&wrong).unwrap_or_default()
            }
        };
        text.push(b'\n');
        Self { tally, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body of pieces, some of which fail, that may never end.
    struct Pieces(Vec<Result<&'static [u8], TruncatedBatch>>, bool);

    impl Stream for Pieces {
        type Item = Result<Bytes, TruncatedBatch>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            match (self.0.is_empty(), self.1) {
                (true, true) => Poll::Pending,
                (true, false) => Poll::Ready(None),
                (false, _) => Poll::Ready(Some(self.0.remove(0).map(Bytes::from_static))),
            }
        }
    }

    #[tokio::test]
    async fn a_body_is_read_to_its_end_or_to_the_fault_in_it() {
        static MEGABYTE: [u8; 1 << 20] = [b' '; 1 << 20];
        let broken = || Problem::NotJson { what: "The body is incomplete.".to_owned() };
        for (pieces, hangs, read, ended) in [
            (vec![], false, 0, Ok(())),
            (vec![Ok(&b"{}"[..]), Ok(b"\n{}")], false, 2, Ok(())),
            (vec![Ok(b"{}"), Err(TruncatedBatch), Ok(b"{}")], false, 1, Err(broken())),
            (vec![Ok(b"{}")], true, 1, Err(Problem::TooSlow)),
            ((0..17).map(|_| Ok(&MEGABYTE[..])).collect(), false, 16, Err(Problem::TooMuch)),
        ] {
            let mut incoming = BoundedBody::new(Body::from_stream(Pieces(pieces, hangs)), Duration::from_millis(20));
            let mut count = 0;
            let end = loop {
                match incoming.piece().await {
                    Ok(Some(_)) => count += 1,
                    Ok(None) => break Ok(()),
                    Err(problem) => break Err(problem),
                }
            };
            assert_eq!((count, end), (read, ended));
        }
    }

    #[tokio::test]
    async fn a_reader_that_takes_nothing_is_waited_for_so_long_and_no_longer() {
        let far = Instant::now() + Duration::from_mins(1);
        for (waits, deadline, is_sending, taken) in [
            // All waits are used up; they do not count while it sends; the time of the whole answer
            // is over.
            (Duration::from_millis(300), far, false, Some(TakenLine::TooSlowly)),
            (Duration::from_millis(300), far, true, None),
            (Duration::from_mins(1), Instant::now(), true, Some(TakenLine::TooSlowly)),
        ] {
            let (leaving, mut answers) = mpsc::channel(1);
            let mut reader = BatchReader { leaving: &leaving, waits, deadline };
            assert_eq!(reader.give(Bytes::from_static(b"1"), || is_sending).await, TakenLine::Yes);
            let second = timeout(4 * LOOK, reader.give(Bytes::from_static(b"2"), || is_sending)).await;
            assert_eq!(second.ok(), taken, "{waits:?} {is_sending}");
            // What was passed before is complete, and there is room for the last message.
            assert_eq!(answers.recv().await.flatten().as_deref(), Some(&b"1"[..]));
            assert!(leaving.try_send(None).is_ok());
        }
        let (leaving, answers) = mpsc::channel(1);
        drop(answers);
        let mut reader = BatchReader { leaving: &leaving, waits: Duration::from_mins(1), deadline: far };
        assert_eq!(reader.give(Bytes::new(), || false).await, TakenLine::Left);
    }

    #[tokio::test]
    async fn answers_that_end_too_early_do_not_look_whole() {
        for (sent, whole) in [(vec![Some("a"), None], true), (vec![Some("a")], false), (vec![], false)] {
            let (leaving, answers) = mpsc::channel(4);
            for piece in sent {
                leaving.send(piece.map(Bytes::from)).await.unwrap();
            }
            drop(leaving);
            let body = axum::body::to_bytes(Body::from_stream(BatchResponseBody(answers)), usize::MAX).await;
            assert_eq!(body.is_ok(), whole);
        }
    }
}
