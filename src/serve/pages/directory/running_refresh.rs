//! The refresh that is running, in words.

use jiff::{Timestamp, Zoned};

use crate::run_report::running::{RunningRefresh, RunningState};
use crate::text::count_text::counted;
use crate::text::us_date::us_time;

/// A refresh that is running, or that ended without finishing.
#[derive(Debug)]
pub(crate) struct RunningView {
    /// The class, sign and words of its state.
    pub state: (&'static str, &'static str, &'static str),
    /// When it started, and when it last wrote.
    pub times: String,
    /// The stages that are done: name and what it did.
    pub done: Vec<(String, String)>,
    /// What it does now; empty if not known.
    pub now: String,
    /// The number of the file that it reads, and how many there are.
    pub file: Option<(usize, usize)>,
    /// How many rows of it are read; `None` before the first.
    pub rows: Option<String>,
}

impl RunningView {
    /// What the page says of `state`; `None` if no refresh is running.
    pub(crate) fn new(state: RunningState, now: &Zoned) -> Option<Self> {
        let view = |words, refresh: RunningRefresh| Self {
            state: words,
            times: format!("Started {}. Last update {}.", us_time(refresh.began, now), ago(now.timestamp(), refresh.updated)),
            done: refresh.done.into_iter().map(|stage| (stage.stage, stage.what)).collect(),
            now: refresh.now,
            file: refresh.file,
            rows: (refresh.rows > 0).then(|| format!("{} read", counted(refresh.rows, "row"))),
        };
        match state {
            RunningState::None => None,
            RunningState::Running(refresh) => Some(view(("yes", "↻", "A refresh is running."), refresh)),
            RunningState::Died(refresh) => Some(view(
                (
                    "no",
                    "!",
                    "A refresh ended without finishing. The current version is unchanged. Run placement refresh again.",
                ),
                refresh,
            )),
            RunningState::Unreadable(why) => Some(Self {
                state: ("unknown", "?", "The state of the running refresh cannot be read."),
                times: format!("{why}."),
                done: Vec::new(),
                now: String::new(),
                file: None,
                rows: None,
            }),
        }
    }
}

/// "12 seconds ago", "3 minutes ago", "2 hours ago".
fn ago(now: Timestamp, then: Timestamp) -> String {
    let seconds = now.duration_since(then).as_secs().max(0).unsigned_abs();
    match seconds {
        0..60 => format!("{} ago", counted(seconds, "second")),
        60..3600 => format!("{} ago", counted(seconds / 60, "minute")),
        _ => format!("{} ago", counted(seconds / 3600, "hour")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_in_the_largest_whole_unit() {
        let then: Timestamp = "2026-11-30T10:00:00Z".parse().unwrap();
        for (seconds, says) in [(-5, "0 seconds ago"), (1, "1 second ago"), (119, "1 minute ago"), (7300, "2 hours ago")] {
            assert_eq!(ago(then + jiff::SignedDuration::from_secs(seconds), then), says);
        }
    }
}
