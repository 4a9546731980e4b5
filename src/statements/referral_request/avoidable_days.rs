//! Avoidable days: how long patients stayed after their day of discharge, and for which reason.
//!
//! An avoidable day is a whole calendar day from the day of discharge up to the day before a
//! provider was confirmed, in the time zone of the hospital. Each counts in the month it falls in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::statements::referral_request::ReferralId;
use crate::statements::referral_request::delay::DelayReason;
use crate::statements::referral_request::record::ReferralRequest;

/// What avoidable days are counted with.
#[derive(Debug, Clone)]
pub struct DelayClock {
    /// The time zone of the hospital.
    pub zone: TimeZone,
    /// Today there.
    pub today: Date,
}

impl DelayClock {
    fn day_of(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }
}

/// The avoidable days of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestDays {
    /// The day of discharge.
    pub from: Date,
    /// The day it ended, or today.
    pub until: Date,
    /// Whether it still counts.
    pub is_running: bool,
    /// Why.
    pub reason: DelayReason,
}

impl RequestDays {
    /// The days of `request` up to now.
    pub fn of(request: &ReferralRequest, clock: &DelayClock) -> Self {
        let ended_at = request.ended_at();
        let until = ended_at.map_or(clock.today, |at| clock.day_of(at));
        // What is recorded in the moment of the end, such as that others did not reply, is no cause.
        let before = request.delays.iter().filter(|delay| ended_at.is_none_or(|ended| delay.at < ended));
        // An acceptance delays only if the day of the confirmation is a later one.
        let mut caused = before.filter(|delay| delay.reason != DelayReason::Choice || clock.day_of(delay.at) < until);
        let reason = caused.next_back().map_or(DelayReason::FirstReply, |delay| delay.reason);
        Self { from: request.details.discharge_on, until, is_running: ended_at.is_none(), reason }
    }

    /// Each day: from the day of discharge up to the day before the end; none if that is no later.
    pub fn days(&self) -> impl Iterator<Item = Date> {
        let until = self.until;
        let next = |day: &Date| day.checked_add(1.day()).ok();
        std::iter::successors(Some(self.from), next).take_while(move |day| *day < until)
    }
}

/// What is counted together: unit, first day of the month, and reason.
pub type DelayKey = (Option<String>, Date, DelayReason);

/// The avoidable days of one unit, month and reason.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DelayCount {
    /// The days.
    pub days: u32,
    /// The requests they are of.
    pub requests: BTreeSet<ReferralId>,
    /// How many of these still count.
    pub running: u32,
}

/// The avoidable days of `requests`, by unit, month and reason.
pub fn count_days<'a>(
    requests: impl IntoIterator<Item = &'a ReferralRequest>,
    clock: &DelayClock,
) -> BTreeMap<DelayKey, DelayCount> {
    let mut counts: BTreeMap<DelayKey, DelayCount> = BTreeMap::new();
    for request in requests {
        let delayed = RequestDays::of(request, clock);
        for day in delayed.days() {
            let key = (request.details.unit.clone(), day.first_of_month(), delayed.reason);
            let count = counts.entry(key).or_default();
            count.days += 1;
            if count.requests.insert(request.id) {
                count.running += u32::from(delayed.is_running);
            }
        }
    }
    counts
}
