//! Server-sent events of a referral request or of a board: its state at once, and again after each
//! change.
//!
//! A stream holds no work slot. It looks at the state in memory twice a second, so a change is sent as
//! soon as this server knows of it. The version of a board is computed only when the records changed
//! or a reply became due.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use jiff::Timestamp;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use crate::api_keys::Principal;
use crate::api_keys::key_id::KeyId;
use crate::overlay::LiveDirectory;
use crate::serve::board::board_version;
use crate::serve::http::problem::Problem;
use crate::serve::json::referral_request::{ReferralRequestJson, ReferralView};
use crate::serve::state::AppState;
use crate::serve::stream_slots::StreamSlot;
use crate::statements::referral_request::ReferralId;

/// How often the state is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How often something is sent, so that proxies and the server keep the connection open.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a stream lasts; the browser opens the next one by itself. Our choice.
const LONGEST: Duration = Duration::from_mins(10);

/// The stream of the request `id`.
///
/// # Errors
/// There is no such request, or too many streams are open.
pub(crate) fn events(app: Arc<AppState>, caller: &Principal, id: ReferralId) -> Result<Response, Problem> {
    app.ledger_state().referrals.get(id).ok_or(Problem::NoSuchReferral)?;
    follow(app, caller, FollowedRecords::Request(id), false)
}

/// The stream of the board of `unit`, or of all units. A caller that does not ask for a stream by its
/// Accept header, as an `EventSource` does, gets the first event alone.
///
/// # Errors
/// Too many streams are open.
pub(crate) fn board_events(
    app: Arc<AppState>,
    caller: &Principal,
    unit: Option<String>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let is_stream = headers.get(ACCEPT).is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"));
    follow(app, caller, FollowedRecords::Board(unit), !is_stream)
}

fn follow(app: Arc<AppState>, caller: &Principal, followed: FollowedRecords, ends: bool) -> Result<Response, Problem> {
    let slot = app.streams.take(caller)?;
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (caller, pace) = (caller.name.clone(), StreamPace::beginning(Instant::now()));
    let stream = ReferralEvents { app, caller, followed, ends, slot, looks, pace, board: None, sent: None };
    let headers = [(CONTENT_TYPE, "text/event-stream; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(stream)).into_response())
}

/// When a stream ends, and when something is due.
#[derive(Debug)]
struct StreamPace {
    began: Instant,
    last_sent: Instant,
}

impl StreamPace {
    fn beginning(now: Instant) -> Self {
        Self { began: now, last_sent: now }
    }

    fn sent(&mut self, now: Instant) {
        self.last_sent = now;
    }

    fn is_silent(&self, now: Instant) -> bool {
        now.duration_since(self.last_sent) >= HEARTBEAT
    }

    fn is_over(&self, now: Instant) -> bool {
        now.duration_since(self.began) >= LONGEST
    }
}

/// What a stream follows.
#[derive(Debug)]
enum FollowedRecords {
    /// One request.
    Request(ReferralId),
    /// The open requests of a unit, or of all.
    Board(Option<String>),
}

/// A board as it was last read.
struct KnownBoard {
    /// The records that it was read from. A change makes others.
    served: Arc<LiveDirectory>,
    version: String,
    /// When a reply becomes due that was not when it was read.
    next_due: Option<Timestamp>,
}

impl KnownBoard {
    fn new(served: &Arc<LiveDirectory>, unit: Option<&str>, at: Timestamp) -> Self {
        let (version, next_due) = board_version(served, unit, at);
        Self { served: Arc::clone(served), version, next_due }
    }

    /// Whether nothing can have changed since.
    fn is_current(&self, served: &Arc<LiveDirectory>, at: Timestamp) -> bool {
        Arc::ptr_eq(&self.served, served) && self.next_due.is_none_or(|due| at < due)
    }
}

/// The events of what is followed.
struct ReferralEvents {
    app: Arc<AppState>,
    /// The name of the principal.
    caller: String,
    followed: FollowedRecords,
    /// Whether it ends after the first event.
    ends: bool,
    slot: StreamSlot,
    looks: Interval,
    pace: StreamPace,
    /// The board, if it is followed.
    board: Option<KnownBoard>,
    /// What the last event was about: its version, and for a request how many providers were
    /// overdue then.
    sent: Option<(String, usize)>,
}

impl ReferralEvents {
    /// What to send now; nothing new is an empty text, and `None` ends the stream.
    fn next(&mut self, now: Instant) -> Option<String> {
        let is_ending = self.slot.is_ending() || (self.ends && self.sent.is_some());
        if is_ending || self.pace.is_over(now) || !self.is_key_valid() {
            return None;
        }
        let served = self.app.served().ok()?;
        let at = (self.app.now)().timestamp();
        let current = match &self.followed {
            FollowedRecords::Request(id) => {
                let request = served.ledger_state().referrals.get(*id)?;
                let overdue = request.providers.iter().filter(|asked| asked.is_overdue(at)).count();
                (request.version.to_string(), overdue)
            }
            FollowedRecords::Board(unit) => {
                let known = self.board.take().filter(|known| known.is_current(&served, at));
                let board = known.unwrap_or_else(|| KnownBoard::new(&served, unit.as_deref(), at));
                let version = board.version.clone();
                self.board = Some(board);
                (version, 0)
            }
        };
        if self.sent.as_ref() != Some(&current) {
            let version = current.0.clone();
            self.sent = Some(current);
            self.pace.sent(now);
            let (event, data) = match &self.followed {
                FollowedRecords::Request(id) => {
                    let view = ReferralView { served: &served, now: at };
                    let request = served.ledger_state().referrals.get(*id)?;
                    ("request", serde_json::to_string(&ReferralRequestJson::new(view, request)).ok()?)
                }
                FollowedRecords::Board(_) => ("board", serde_json::json!({ "version": version }).to_string()),
            };
            return Some(format!("id: {version}\nevent: {event}\ndata: {data}\n\n"));
        }
        if self.pace.is_silent(now) {
            self.pace.sent(now);
            return Some(": still open\n\n".to_owned());
        }
        Some(String::new())
    }
}

impl ReferralEvents {
    /// Whether the key and the session of the caller are still valid: a revoked key sees nothing more.
    fn is_key_valid(&self) -> bool {
        let Some(ids) = self.caller.strip_prefix("key:") else { return true };
        let (told, now) = (self.app.ledger_state(), (self.app.now)().timestamp());
        // The hospital, of several, follows the key.
        let key_of = |id: &str| told.keys.get(&KeyId(id.split('@').next().unwrap_or(id).to_owned()));
        ids.split('/').all(|id| key_of(id).is_some_and(|key| key.rejection_at(now).is_none()))
    }
}

impl Stream for ReferralEvents {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let now = ready!(self.looks.poll_tick(context));
            match self.next(now) {
                None => return Poll::Ready(None),
                Some(text) if text.is_empty() => {}
                Some(text) => return Poll::Ready(Some(Ok(text.into()))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_that_is_silent_sends_a_heartbeat_and_each_ends_after_ten_minutes() {
        let began = Instant::now();
        let at = |seconds: u64| began + Duration::from_secs(seconds);
        let mut pace = StreamPace::beginning(began);
        assert!(!pace.is_silent(at(14)) && pace.is_silent(at(15)));
        pace.sent(at(15));
        assert!(!pace.is_silent(at(29)) && pace.is_silent(at(30)));
        assert!(!pace.is_over(at(599)) && pace.is_over(at(600)));
    }
}
