//! The times of a prior authorization as JSON.

use jiff::Zoned;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::prior_authorization::clock::DueTime;
use crate::prior_authorization::values::{AppealPath, AuthorizationPayer, RequestSpeed, RequestedItem};
use crate::prior_authorization::{ApprovalDay, AuthorizationDeadlines, Deadline};
use crate::serve::json::rule_review::RuleReviewJson;
use crate::serve::openapi::enums;

/// What every answer says of itself.
pub(crate) const NOTICE: &str = "Times are what the cited rules ask, by what was entered. This is no legal advice and no decision \
                                 of a payer. Confirm each time with the payer.";

/// When a payer must decide, and what to do next.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PriorAuthorizationDeadlines)]
pub(crate) struct DeadlinesJson<'a> {
    /// The moment of the answer, in `time_zone`.
    #[schema(examples("2026-11-30T14:20:00-06:00"))]
    as_of: String,
    /// The time zone in which days are counted.
    time_zone: &'a str,
    /// Who decides the request.
    #[schema(value_type = AuthorizationPayer)]
    payer_class: &'static str,
    /// How fast the request must be decided; null without a request.
    #[schema(required, value_type = Option<RequestSpeed>)]
    request: Option<&'static str>,
    /// What is requested.
    #[schema(value_type = RequestedItem)]
    item: &'static str,
    /// Until when the payer must decide, each followed by what an extension would give. Empty without `received_at`. Several if a fact
    /// decides that is not known.
    decisions: Vec<DeadlineJson<'a>>,
    /// What a denial must say.
    denial_reasons: Vec<DeadlineJson<'a>>,
    /// What to do next.
    paths: Vec<AppealStepsJson<'a>>,
    /// The last day of the approval; null if it was not sent.
    #[schema(required)]
    valid_through: Option<ApprovalDayJson<'a>>,
    /// The next review; null if it was not sent.
    #[schema(required)]
    next_review_on: Option<ApprovalDayJson<'a>>,
    /// What the answer is and is not, to show with it.
    notice: &'static str,
}

/// The steps after something happened, in order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AppealSteps)]
struct AppealStepsJson<'a> {
    /// What happened.
    #[schema(value_type = AppealPath)]
    path: &'static str,
    /// The same in words.
    says: &'static str,
    /// What to do.
    steps: Vec<DeadlineJson<'a>>,
}

/// One rule with its time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleDeadline)]
struct DeadlineJson<'a> {
    /// The name of the rule.
    #[schema(examples("ma_standard"))]
    rule: &'a str,
    /// What it is about.
    title: &'a str,
    /// What it asks, and what to do.
    text: &'a str,
    /// What it gives. `possible`: the latest time if the payer extends it; `depends`: the time that holds only for one value of `missing`;
    /// `fact_missing`: send `missing` to get the time.
    #[schema(value_type = enums::DeadlineResult)]
    status: &'static str,
    /// The last day, in `time_zone`; null without a time.
    #[schema(required)]
    due_on: Option<Date>,
    /// The last moment; null without a time, or where the rule names an hour that is not known here.
    #[schema(required, examples("2026-12-07T14:20:00-06:00"))]
    due_at: Option<String>,
    /// The same in words.
    #[schema(required)]
    due_says: Option<String>,
    /// How it was counted; null without a time.
    #[schema(required, value_type = Option<enums::DeadlineCount>)]
    counted: Option<&'static str>,
    /// The same in words.
    #[schema(required)]
    counted_says: Option<&'static str>,
    /// The minutes that are left, rounded down; negative once it has passed; null without `due_at`.
    #[schema(required)]
    minutes_left: Option<i64>,
    /// What is left, in words; empty without a time.
    left_says: &'a str,
    /// The field of the request that decides it and is missing; null if none is.
    #[schema(required)]
    missing: Option<&'static str>,
    /// Where the rule is written.
    #[schema(examples("42 CFR 422.568(b)(1), 89 FR 8758"))]
    citation: &'a str,
    /// The first day for which the entry is written.
    effective: Date,
    /// Who reviewed the entry.
    review: RuleReviewJson<'a>,
}

/// A day of an approval.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApprovalDay)]
struct ApprovalDayJson<'a> {
    /// The day.
    on: Date,
    /// The days until it; negative once it has passed.
    days_left: i32,
    /// The same in words.
    left_says: &'a str,
}

/// A moment with its offset.
fn written(moment: &Zoned) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

impl<'a> DeadlinesJson<'a> {
    /// `found` as JSON.
    pub(crate) fn new(found: &'a AuthorizationDeadlines) -> Self {
        let list = |entries: &'a [Deadline]| entries.iter().map(|entry| DeadlineJson::new(entry, &found.now)).collect();
        let steps = found.paths.iter().map(|path| AppealStepsJson {
            path: path.path.code(),
            says: path.path.label(),
            steps: list(&path.steps),
        });
        Self {
            as_of: written(&found.now),
            time_zone: &found.facts.zone.name,
            payer_class: found.facts.payer.code(),
            request: found.facts.speed.map(RequestSpeed::code),
            item: found.facts.item.code(),
            decisions: list(&found.decisions),
            denial_reasons: list(&found.denial_reasons),
            paths: steps.collect(),
            valid_through: found.valid_through.as_ref().map(ApprovalDayJson::from),
            next_review_on: found.next_review_on.as_ref().map(ApprovalDayJson::from),
            notice: NOTICE,
        }
    }
}

impl<'a> DeadlineJson<'a> {
    fn new(entry: &'a Deadline, now: &Zoned) -> Self {
        let due = entry.due.as_ref();
        Self {
            rule: &entry.rule.id,
            title: &entry.rule.title,
            text: &entry.rule.text,
            status: entry.status.code(),
            due_on: due.map(|due| due.on),
            due_at: due.and_then(|due| due.at.as_ref()).map(written),
            due_says: due.map(DueTime::words),
            counted: due.map(|due| due.reading.code()),
            counted_says: due.map(|due| due.reading.says()),
            minutes_left: due.and_then(|due| due.minutes_left(now.timestamp())),
            left_says: &entry.left,
            missing: entry.missing,
            citation: &entry.rule.citation,
            effective: entry.rule.effective,
            review: RuleReviewJson::new(entry.rule.review(), &entry.review, entry.is_overdue),
        }
    }
}

impl<'a> From<&'a ApprovalDay> for ApprovalDayJson<'a> {
    fn from(day: &'a ApprovalDay) -> Self {
        Self { on: day.on, days_left: day.days_left, left_says: &day.left }
    }
}
