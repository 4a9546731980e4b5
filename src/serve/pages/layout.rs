//! What every page has around it: the way to the others, what must be known of the directory, and which one it is.

use jiff::Zoned;

use crate::catalog::Catalog;
use crate::catalog::manifest::{Manifest, SourceStatus};
use crate::serve::json::directory;
use crate::serve::state::AppState;

/// A directory older than this many hours has missed two nights. Our choice.
const OLD_HOURS: i64 = 50;

tokio::task_local! {
    /// Whether the request being answered is of a session: of the frame's concern alone, so that no page need hand it on.
    static IN_SESSION: bool;
}

/// Runs `answering` so that frames made in it know whether the browser is in a session.
pub(crate) async fn in_session<T>(is: bool, answering: impl Future<Output = T>) -> T {
    IN_SESSION.scope(is, answering).await
}

/// Which of the pages linked at the top this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SiteSection {
    /// The question and its answer.
    Ask,
    /// The patient's list.
    ChoiceList,
    /// What the directory was made from.
    Directory,
    /// None of them.
    Elsewhere,
}

/// What stands around a page.
#[derive(Debug, Clone)]
pub(crate) struct PageFrame {
    /// What the page is about; the browser's title is this and the program's name.
    pub title: String,
    /// Where it belongs.
    pub section: SiteSection,
    /// The hospital's name, where it gave one.
    pub hospital: Option<String>,
    /// What must be known before anything on the page is believed.
    pub warnings: Vec<String>,
    /// Whether the browser is in a session, which can be ended.
    pub is_session: bool,
    /// Which directory the page was made from: "Directory 20261121T… of 2026-11-21 06:00, 9 hours old".
    pub directory: Option<String>,
}

impl PageFrame {
    /// A page about `title`, made from `catalog`.
    pub(crate) fn new(app: &AppState, catalog: Option<&Catalog>, section: SiteSection, title: impl Into<String>) -> Self {
        let now = (app.now)();
        let manifest = catalog.map(Catalog::manifest);
        Self {
            title: title.into(),
            section,
            hospital: app.hospital.name.clone(),
            warnings: manifest.map(|manifest| warnings(manifest, &now)).unwrap_or_default(),
            is_session: IN_SESSION.try_with(|is| *is).unwrap_or_default(),
            directory: manifest.map(|manifest| directory(manifest, &now)),
        }
    }

    /// Whether `section` is the one this page belongs to, as `aria-current` has it.
    pub(crate) fn is(&self, section: &str) -> bool {
        matches!(
            (self.section, section),
            (SiteSection::Ask, "ask") | (SiteSection::ChoiceList, "list") | (SiteSection::Directory, "directory")
        )
    }
}

/// A source older than this many days is told on every page: CMS brings its files every three months, and twice that is a source that
/// has dried up. Our choice.
const OLD_SOURCE_DAYS: i32 = 180;

/// How many old sources are named.
const NAMED: usize = 3;

fn warnings(manifest: &Manifest, now: &Zoned) -> Vec<String> {
    let synthetic = manifest.synthetic.then(|| {
        "This is the invented sample: every provider, payer and network is made up. Do not place a patient by it.".to_owned()
    });
    let hours = hours_old(manifest, now);
    let old = (hours > OLD_HOURS).then(|| {
        format!(
            "This directory is {} old: the nightly refresh has not brought a newer one. Confirm networks and beds by telephone.",
            age(hours)
        )
    });
    synthetic.into_iter().chain(old).chain(old_sources(manifest, now)).collect()
}

/// The sources that have dried up, the oldest first: a directory built tonight is no younger than what it was built from.
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
        format!("Sources half a year old and older: {}{more}. What rests on them may have changed.", named.join(", "))
    })
}

fn directory(manifest: &Manifest, now: &Zoned) -> String {
    let built = manifest.built_at.to_zoned(now.time_zone().clone()).strftime("%Y-%m-%d %H:%M").to_string();
    format!("{} of {built}, {} old", manifest.generation, age(hours_old(manifest, now)))
}

/// How many hours ago the directory was built.
pub(crate) fn hours_old(manifest: &Manifest, now: &Zoned) -> i64 {
    now.timestamp().duration_since(manifest.built_at).as_hours().max(0)
}

/// "under an hour", "1 hour", "9 hours", "3 days".
pub(crate) fn age(hours: i64) -> String {
    match hours {
        0 => "under an hour".to_owned(),
        1 => "1 hour".to_owned(),
        2..48 => format!("{hours} hours"),
        _ => format!("{} days", hours / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn ages_read_as_people_say_them() {
        for (hours, says) in [(0, "under an hour"), (1, "1 hour"), (47, "47 hours"), (48, "2 days"), (95, "3 days")] {
            assert_eq!(age(hours), says);
        }
    }
}
