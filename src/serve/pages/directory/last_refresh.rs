//! The last refresh in words: outcome, safety checks, changes and rejected data.

use jiff::{Timestamp, Zoned};

use crate::catalog::diff::changes::{
    CatalogDiff, ChangeList, LineRef, MembershipChange, NetworkChange, NetworkPresence, PhoneChange, ProviderRef,
    RatingChange, SafetyChange,
};
use crate::provider::ProviderId;
use crate::run_report::fetched::{FetchOutcome, FetchReport};
use crate::run_report::gate_check::{CheckVerdict, GateCheck};
use crate::run_report::rejects::RejectedRow;
use crate::run_report::{RefreshOutcome, RunReport};
use crate::serve::pages::directory::report::{LastReport, RejectCount};
use crate::serve::pages::layout::age;
use crate::service::Service;
use crate::text::count_text::counted;
use crate::text::proper_case::proper_case;
use crate::text::us_date::us_time;

/// How many changes of a kind are shown.
const SHOWN: usize = 10;

/// What is known of the last refresh.
#[derive(Debug)]
pub(crate) enum LastRefresh {
    /// No refresh has left a report.
    None,
    /// Its report cannot be read, and why.
    Unreadable(String),
    /// The report.
    Told(Box<RefreshView>),
}

/// A refresh.
#[derive(Debug)]
pub(crate) struct RefreshView {
    /// The class, sign and words of its outcome.
    pub end: (&'static str, &'static str, String),
    /// When it started, and how long ago.
    pub began: Option<String>,
    /// The causes of the outcome, one line each.
    pub causes: Vec<String>,
    /// The number of checks and their results.
    pub gate: Option<String>,
    /// Failed checks, then warnings: class, sign, word, finding.
    pub findings: Vec<(&'static str, &'static str, &'static str, String)>,
    /// Sources not received, and why.
    pub missing: Vec<(String, String)>,
    /// Files not used, and why.
    pub unread: Vec<(String, String)>,
    /// Whether the changes took effect: a refused or failed refresh changes nothing.
    pub published: bool,
    /// The changes from the previous directory; `None` if there was none to compare with.
    pub changes: Option<Vec<ChangeGroup>>,
    /// How much was rejected, in words.
    pub rejects: String,
    /// The rejected data by reason with the first rows; or why it cannot be read.
    pub rejected: Result<RejectCount, String>,
    /// Other remarks.
    pub remarks: Vec<String>,
}

/// Changes of one kind.
#[derive(Debug)]
pub(crate) struct ChangeGroup {
    /// "New providers".
    pub heading: &'static str,
    /// How many.
    pub count: u64,
    /// The first of them.
    pub listed: Vec<ChangeRow>,
    /// How many are not listed.
    pub more: u64,
}

/// One change.
#[derive(Debug)]
pub(crate) struct ChangeRow {
    /// The provider's page, if it has one.
    pub link: Option<String>,
    /// The provider's name, or the network's.
    pub name: String,
    /// The change.
    pub what: String,
}

impl LastRefresh {
    /// `last`, compared with the generation `serving`.
    pub(crate) fn new(last: LastReport, serving: Option<&str>, now: &Zoned) -> Self {
        match last {
            LastReport::None => Self::None,
            LastReport::Unreadable(why) => Self::Unreadable(why),
            LastReport::Told(report, rejected) => Self::Told(Box::new(RefreshView::new(*report, rejected, serving, now))),
        }
    }
}

impl RefreshView {
    fn new(report: RunReport, rejected: Result<RejectCount, String>, serving: Option<&str>, now: &Zoned) -> Self {
        let began = Some(report.began).filter(|began| *began != Timestamp::default()).map(|began| {
            let hours = now.timestamp().duration_since(began).as_hours().max(0);
            format!("{}, {} ago", us_time(began, now), age(hours))
        });
        let published = report.outcome == RefreshOutcome::Published;
        let numbers = &report.rejects;
        Self {
            end: end(&report, serving),
            began,
            causes: causes(&report),
            gate: gate(&report.checks),
            findings: findings(report.checks),
            missing: report.fetched.into_iter().filter_map(missing).collect(),
            unread: report.unread.into_iter().map(|unread| (unread.file, unread.reason)).collect(),
            rejects: format!(
                "Rejected: {} and {}. To review: {}.",
                counted(numbers.rows, "row"),
                counted(numbers.cells, "cell"),
                counted(numbers.doubts, "cell"),
            ),
            published,
            changes: report.changes.map(|changes| kinds(changes, published)),
            rejected,
            remarks: report.remarks,
        }
    }

    /// What was rejected, if it can be read and is not empty.
    pub(crate) fn listed(&self) -> Option<&RejectCount> {
        self.rejected.as_ref().ok().filter(|rejected| !rejected.first.is_empty())
    }

    /// Why the rejects cannot be read.
    pub(crate) fn unlisted(&self) -> Option<&str> {
        self.rejected.as_ref().err().map(String::as_str)
    }
}

impl RejectedRow {
    /// "nursing_homes.csv, line 12, ZIP Code".
    pub(crate) fn place(&self) -> String {
        let field = if self.field.is_empty() { String::new() } else { format!(", {}", self.field) };
        format!("{}, line {}{field}", self.file, self.line)
    }
}

fn end(report: &RunReport, serving: Option<&str>) -> (&'static str, &'static str, String) {
    let built = report.manifest.as_ref().map(|built| built.generation.as_str());
    match (report.outcome, built) {
        (RefreshOutcome::Published, Some(built)) if serving == Some(built) => {
            ("yes", "✓", format!("Published {built}, which is the current version."))
        }
        (RefreshOutcome::Published, built) => {
            let built = built.unwrap_or("a directory");
            (
                "unknown",
                "!",
                format!("Published {built}, which is not the current version: another was selected, or it is still loading."),
            )
        }
        (RefreshOutcome::DryRun, _) => ("unknown", "!", "Dry run: nothing was published.".to_owned()),
        (RefreshOutcome::Refused, _) => {
            ("no", "✗", "Stopped by the safety checks. The previous version is still in use.".to_owned())
        }
        (RefreshOutcome::Failed, _) => ("no", "✗", "Failed. The previous version is still in use.".to_owned()),
        (RefreshOutcome::Unknown, _) => ("unknown", "?", "The report does not state the outcome.".to_owned()),
    }
}

/// The causes other than a refusal, which is among the findings.
fn causes(report: &RunReport) -> Vec<String> {
    let cause = report.cause.iter().filter(|_| report.outcome != RefreshOutcome::Refused).flat_map(|cause| cause.lines());
    let forced = report.forced.iter().map(|reason| format!("Publishing was forced despite failed checks: {reason}"));
    cause.map(str::to_owned).chain(forced).collect()
}

fn gate(checks: &[GateCheck]) -> Option<String> {
    let of = |verdict| checks.iter().filter(|check| check.verdict == verdict).count();
    (!checks.is_empty()).then(|| {
        let all = counted(checks.len() as u64, "check");
        format!("{all}: {} failed, {} to review.", of(CheckVerdict::Refuse), of(CheckVerdict::Warn))
    })
}

fn findings(checks: Vec<GateCheck>) -> Vec<(&'static str, &'static str, &'static str, String)> {
    let mut findings: Vec<_> = checks
        .into_iter()
        .filter_map(|check| match check.verdict {
            CheckVerdict::Refuse => Some(("no", "✗", "Failed", check.words)),
            CheckVerdict::Warn => Some(("unknown", "!", "Review", check.words)),
            CheckVerdict::Good => None,
        })
        .collect();
    findings.sort_by_key(|(_, _, word, _)| *word);
    findings
}

fn missing(fetched: FetchReport) -> Option<(String, String)> {
    let what = match fetched.outcome {
        FetchOutcome::Kept => "not received; the last file is used",
        FetchOutcome::Absent => "not received, and there is no earlier file",
        FetchOutcome::New | FetchOutcome::Unchanged | FetchOutcome::NotDue => return None,
    };
    let cause = fetched.cause.map(|cause| format!(": {cause}")).unwrap_or_default();
    Some((fetched.source, format!("{what}{cause}")))
}

/// Links lead only to providers of the current version: not to removed ones after publishing, not to new ones otherwise.
fn kinds(changes: CatalogDiff, published: bool) -> Vec<ChangeGroup> {
    let networks = changes.networks.into_iter().map(|(name, turnover)| ChangeRow { link: None, name, what: moved(turnover) });
    let networks: Vec<ChangeRow> = networks.collect();
    let plans = changes.plans.into_iter().map(|(name, change)| ChangeRow { link: None, name, what: change.to_string() });
    let plans: Vec<ChangeRow> = plans.collect();
    let mut kinds = vec![
        linked(kind("New providers", changes.added, provider), published),
        linked(kind("Removed providers", changes.gone, provider), !published),
        kind("Services added", changes.services_begun, |line| row(line, [])),
        kind("Services ended", changes.services_ended, |line| row(line, [])),
        // A report of an older version lists them all and does not count them.
        shortened("Plans changed", changes.plans_changed.max(plans.len() as u64), plans),
        shortened("Networks changed", changes.networks_changed.max(networks.len() as u64), networks),
        kind("Joined a network", changes.begun, membership),
        kind("Left a network", changes.ended, membership),
        kind("Ratings changed", changes.stars, rating),
        kind("Safety notices that began or ended", changes.safety, safety),
        kind("Telephone numbers changed", changes.phones, phone),
        kind("Service areas changed", changes.areas, |change| detailed(&change.line, change.in_words())),
        kind("Certifications changed", changes.certifications, |change| detailed(&change.line, change.in_words())),
        kind("Answers to needs changed", changes.answers, |change| detailed(&change.line, change.in_words())),
    ];
    kinds.retain(|kind| kind.count > 0);
    kinds
}

/// "2 joined, 1 left"; "new, 2 joined, 0 left".
fn moved(NetworkChange { known, begun, ended }: NetworkChange) -> String {
    let known = match known {
        NetworkPresence::InBoth => "",
        NetworkPresence::New => "new, ",
        NetworkPresence::Gone => "gone, ",
    };
    format!("{known}{begun} joined, {ended} left")
}

fn kind<T>(heading: &'static str, changes: ChangeList<T>, row: fn(T) -> ChangeRow) -> ChangeGroup {
    shortened(heading, changes.count, changes.listed.into_iter().map(row).collect())
}

fn linked(mut kind: ChangeGroup, served: bool) -> ChangeGroup {
    for item in &mut kind.listed {
        item.link = item.link.take().filter(|_| served);
    }
    kind
}

fn shortened(heading: &'static str, count: u64, mut listed: Vec<ChangeRow>) -> ChangeGroup {
    listed.truncate(SHOWN);
    ChangeGroup { heading, count, more: count.saturating_sub(listed.len() as u64), listed }
}

fn provider(change: ProviderRef) -> ChangeRow {
    row(LineRef { id: change.id, name: change.name, ..LineRef::default() }, [])
}

fn membership(change: MembershipChange) -> ChangeRow {
    row(change.line, [change.network])
}

fn rating(change: RatingChange) -> ChangeRow {
    let [before, now] = [change.before, change.now].map(|rating| rating.unwrap_or_else(|| "no rating".to_owned()));
    row(change.line, [format!("{before} before, {now} now")])
}

fn safety(change: SafetyChange) -> ChangeRow {
    let words = change.in_words();
    row(change.line, [words])
}

fn phone(change: PhoneChange) -> ChangeRow {
    let words = change.in_words();
    row(LineRef { id: change.id, name: change.name, ..LineRef::default() }, [words])
}

fn detailed(line: &LineRef, words: String) -> ChangeRow {
    row(line.clone(), [words])
}

/// A change of a line: its service and other details.
fn row<const N: usize>(line: LineRef, more: [String; N]) -> ChangeRow {
    let id = line.id.parse::<ProviderId>().ok();
    let service = line.service.parse::<Service>().map_or(line.service, |service| service.label().to_owned());
    let what: Vec<String> = [service].into_iter().chain(more).filter(|word| !word.is_empty()).collect();
    ChangeRow { link: id.map(|id| format!("/providers/{id}")), name: proper_case(&line.name), what: what.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &str, serving: Option<&str>) -> RefreshView {
        let now = "2026-11-21T13:00:00-06:00[America/Chicago]".parse().unwrap();
        RefreshView::new(serde_json::from_str(json).unwrap(), Ok(RejectCount::default()), serving, &now)
    }

    #[test]
    fn the_outcome_is_shown_with_the_current_version() {
        let published = r#"{"outcome":"published","began":"2026-11-21T06:00:00Z","manifest":{"generation":"A"}}"#;
        for (json, serving, class, says) in [
            (published, Some("A"), "yes", "Published A, which is the current version."),
            (published, Some("B"), "unknown", "not the current version"),
            (r#"{"outcome":"refused"}"#, Some("B"), "no", "Stopped by the safety checks"),
            (r#"{"outcome":"failed"}"#, None, "no", "Failed"),
            (r#"{"outcome":"dry_run"}"#, None, "unknown", "Dry run"),
            ("{}", None, "unknown", "does not state"),
        ] {
            let (is, _, words) = told(json, serving).end;
            assert!(is == class && words.contains(says), "{json}: {is} {words}");
        }
        assert_eq!(told(published, None).began.as_deref(), Some("Nov 21, 2026, 00:00 CST, 13 hours ago"));
    }

    #[test]
    fn refusals_come_before_warnings_and_changes_are_shortened() {
        let json = r#"{"checks":[{"verdict":"warn","words":"w"},{"verdict":"good","words":"g"},{"verdict":"refuse","words":"r"}],
            "fetched":[{"source":"a","outcome":"new"},{"source":"b","outcome":"kept","cause":"it is down"}],
            "changes":{"stars":{"count":12,"listed":[{"id":"ccn:425003","name":"N","service":"dialysis","before":"3"}]},
                       "networks":{"Choice":{"begun":1,"ended":2}}}}"#;
        let told = told(json, None);
        assert_eq!(told.gate.as_deref(), Some("3 checks: 1 failed, 1 to review."));
        assert_eq!(told.findings.iter().map(|finding| finding.3.as_str()).collect::<Vec<_>>(), ["r", "w"]);
        assert_eq!(told.missing[0].1, "not received; the last file is used: it is down");
        let changes = told.changes.unwrap();
        assert_eq!(changes[0].listed[0].what, "1 joined, 2 left");
        assert_eq!((changes[1].count, changes[1].more), (12, 11));
        let moved = &changes[1].listed[0];
        assert_eq!(moved.what, "Dialysis, 3 before, no rating now");
        assert_eq!(moved.link.as_deref(), Some("/providers/ccn:425003"));
    }
}
