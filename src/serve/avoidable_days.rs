//! The avoidable days of the hospital, as the manager's page, the API and the exports show them.

use jiff::civil::Date;
use jiff::{ToSpan, Zoned};

use crate::overlay::LiveDirectory;
use crate::statements::referral_request::REQUEST_DAYS;
use crate::statements::referral_request::avoidable_days::{DelayClock, DelayCount, count_days};
use crate::statements::referral_request::delay::DelayReason;

/// The avoidable days of one unit, month and reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AvoidableDays {
    /// The unit; `None` for requests without one.
    pub(crate) unit: Option<String>,
    /// The first day of the month.
    pub(crate) month: Date,
    /// The last decline or wait.
    pub(crate) reason: DelayReason,
    /// The days.
    pub(crate) days: u32,
    /// The requests they are of.
    pub(crate) requests: usize,
    /// How many of these still count.
    pub(crate) running: u32,
}

/// All avoidable days that are known.
#[derive(Debug)]
pub(crate) struct DelayReport {
    /// Today at the hospital.
    pub(crate) today: Date,
    /// Requests made before this day are no longer known, so that earlier months are incomplete.
    pub(crate) known_from: Date,
    /// The name of the time zone.
    pub(crate) time_zone: String,
    /// The newest month first, then by unit, then the most days first.
    pub(crate) rows: Vec<AvoidableDays>,
}

impl DelayReport {
    /// The last day that is counted: today is not over.
    pub(crate) fn counted_through(&self) -> Date {
        self.today.yesterday().unwrap_or(self.today)
    }

    /// The days up to `now`, which is in the time zone of the hospital.
    pub(crate) fn new(served: &LiveDirectory, now: &Zoned) -> Self {
        let clock = DelayClock { zone: now.time_zone().clone(), today: now.date() };
        let counts = count_days(served.ledger_state().referrals.all().map(|request| &**request), &clock);
        let row = |((unit, month, reason), DelayCount { days, requests, running })| AvoidableDays {
            unit,
            month,
            reason,
            days,
            requests: requests.len(),
            running,
        };
        let mut rows: Vec<AvoidableDays> = counts.into_iter().map(row).collect();
        rows.sort_by(|a, b| {
            let by_month = b.month.cmp(&a.month).then_with(|| a.unit.cmp(&b.unit));
            by_month.then_with(|| b.days.cmp(&a.days)).then_with(|| a.reason.cmp(&b.reason))
        });
        let known_from = clock.today.checked_sub(REQUEST_DAYS.days()).unwrap_or(Date::MIN);
        let time_zone = now.time_zone().iana_name().unwrap_or("UTC").to_owned();
        Self { today: clock.today, known_from, time_zone, rows }
    }
}
