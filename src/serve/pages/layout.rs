//! The frame of every page: navigation, warnings about the directory, and the directory in use.

use jiff::Zoned;

use crate::catalog::Catalog;
use crate::catalog::manifest::{Manifest, SourceStatus};
use crate::serve::json::directory;
use crate::serve::state::AppState;
use crate::text::us_date::us_time;

/// A directory older than this many hours has missed two nightly refreshes. Our choice.
const OLD_HOURS: i64 = 50;

tokio::task_local! {
    /// Whether the current request has a session. Only the frame needs it, so pages do not pass it on.
    static IN_SESSION: bool;
}

/// Runs `answering` with the session state that frames made in it read.
pub(crate) async fn in_session<T>(is: bool, answering: impl Future<Output = T>) -> T {
    IN_SESSION.scope(is, answering).await
}

/// Runs `work`, which another thread does, with the session state of this request.
pub(crate) fn with_session_of_request<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let is = IN_SESSION.try_with(|is| *is).unwrap_or_default();
    move || IN_SESSION.sync_scope(is, work)
}

/// The section of the navigation that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SiteSection {
    /// The search and its answer.
    Ask,
    /// The boards of the units.
    Board,
    /// The choice lists.
    ChoiceList,
    /// The times of a prior authorization.
    PriorAuthorization,
    /// The state of the directory.
    Directory,
    /// How ranking works.
    Ranking,
    /// None of them.
    Elsewhere,
}

/// The frame of a page.
#[derive(Debug, Clone)]
pub(crate) struct PageFrame {
    /// The title of the page; the browser's title adds the program's name.
    pub title: String,
    /// Its section.
    pub section: SiteSection,
    /// The hospital's name, if set.
    pub hospital: Option<String>,
    /// Whether the hospital has a logo.
    pub has_logo: bool,
    /// Warnings that apply to everything on the page.
    pub warnings: Vec<String>,
    /// Whether the browser has a session, so that it can sign out.
    pub is_session: bool,
    /// The directory in use: "20261121T… of Nov 21, 2026, 06:00 CST, 9 hours old".
    pub directory: Option<String>,
}

impl PageFrame {
    /// The frame of a page with this title, made from `catalog`.
    pub(crate) fn new(app: &AppState, catalog: Option<&Catalog>, section: SiteSection, title: impl Into<String>) -> Self {
        let now = (app.now)();
        let manifest = catalog.map(Catalog::manifest);
        Self {
            title: title.into(),
            section,
            hospital: app.hospital.name.clone(),
            has_logo: app.hospital.logo.is_some(),
            warnings: manifest.map(|manifest| warnings(manifest, &now)).unwrap_or_default(),
            is_session: IN_SESSION.try_with(|is| *is).unwrap_or_default(),
            directory: manifest.map(|manifest| directory(manifest, &now)),
        }
    }

    /// Whether the page belongs to `section`, for `aria-current`.
    pub(crate) fn is(&self, section: &str) -> bool {
        matches!(
            (self.section, section),
            (SiteSection::Ask, "ask")
                | (SiteSection::Board, "board")
                | (SiteSection::ChoiceList, "list")
                | (SiteSection::PriorAuthorization, "prior_authorization")
                | (SiteSection::Directory, "directory")
                | (SiteSection::Ranking, "ranking")
        )
    }
}

/// A source older than this many days gets a warning on every page: CMS updates its files every three months, and a source twice as old
/// has probably stopped. Our choice.
const OLD_SOURCE_DAYS: i32 = 180;

/// How many old sources are named.
const NAMED: usize = 3;

fn warnings(manifest: &Manifest, now: &Zoned) -> Vec<String> {
    let synthetic = manifest
        .synthetic
        .then(|| "Demo data. Do not use for patient care. Every provider, payer, and network is invented.".to_owned());
    let hours = hours_old(manifest, now);
    let old = (hours > OLD_HOURS).then(|| {
        format!(
            "This directory is {} old because the nightly refresh has not updated it. Confirm coverage and beds by phone.",
            age(hours)
        )
    });
    synthetic.into_iter().chain(old).chain(old_sources(manifest, now)).collect()
}

/// The outdated sources, oldest first: a new directory is only as current as its sources.
fn old_sources(manifest: &Manifest, now: &Zoned) -> Option<String> {
    let aged = |source: &SourceStatus| Some((directory::age(source, now.date()).0?, source.source.clone()));
    let mut old: Vec<(i32, String)> = manifest.sources.iter().filter_map(aged).collect();
    old.retain(|(days, _)| *days > OLD_SOURCE_DAYS);
    old.sort_by(|(a, _), (b, _)| b.cmp(a));
    old.dedup_by(|(_, a), (_, b)| a == b);
    let named: Vec<String> = old.iter().take(NAMED).map(|(days, source)| format!("{source} ({days} days)")).collect();
    let more = old.len().checked_sub(NAMED).filter(|more| *more > 0).map(|more| format!(" and {more} more"));
    let more = more.unwrap_or_default();
    (!old.is_empty()).then(|| {
        format!("Sources more than {OLD_SOURCE_DAYS} days old: {}{more}. Their data may have changed.", named.join(", "))
    })
}

fn directory(manifest: &Manifest, now: &Zoned) -> String {
    let built = us_time(manifest.built_at, now);
    format!("{} of {built}, {} old", manifest.generation, age(hours_old(manifest, now)))
}

/// How many hours ago the directory was built.
pub(crate) fn hours_old(manifest: &Manifest, now: &Zoned) -> i64 {
    now.timestamp().duration_since(manifest.built_at).as_hours().max(0)
}

/// "less than an hour", "1 hour", "9 hours", "3 days".
pub(crate) fn age(hours: i64) -> String {
    match hours {
        0 => "less than an hour".to_owned(),
        1 => "1 hour".to_owned(),
        2..48 => format!("{hours} hours"),
        _ => format!("{} days", hours / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn ages_are_in_words() {
        for (hours, says) in [(0, "less than an hour"), (1, "1 hour"), (47, "47 hours"), (48, "2 days"), (95, "3 days")] {
            assert_eq!(age(hours), says);
        }
    }
}
