//! The time of one rule: elapsed hours, or calendar days in the time zone of the request.

use jiff::civil::{Date, time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

use crate::prior_authorization::facts::ClockStart;
use crate::prior_authorization::rule::{AuthorizationRule, DueHour};
use crate::text::count_text::counted;

/// When a time ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DueTime {
    /// The day.
    pub(crate) on: Date,
    /// The moment; `None` where the rule names an hour that is not known here.
    pub(crate) at: Option<Zoned>,
    /// How it was counted.
    pub(crate) reading: DueReading,
}

/// How a time was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DueReading {
    ElapsedHours,
    SameHour,
    Noon,
    EndOfDay,
    CloseOfBusiness,
}

impl DueReading {
    /// Every way.
    pub(crate) const ALL: [Self; 5] = [Self::ElapsedHours, Self::SameHour, Self::Noon, Self::EndOfDay, Self::CloseOfBusiness];

    /// The code in the API.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::ElapsedHours => "elapsed_hours",
            Self::SameHour => "same_hour",
            Self::Noon => "noon",
            Self::EndOfDay => "end_of_day",
            Self::CloseOfBusiness => "close_of_business",
        }
    }

    /// What it means.
    pub(crate) fn says(self) -> &'static str {
        match self {
            Self::ElapsedHours => "Elapsed hours, also over a change of the clocks.",
            Self::SameHour => {
                "Calendar days, weekends and holidays included. The rule names no hour: this is the hour at which the count began, and the end of the day is the latest."
            }
            Self::Noon => "Noon of the day.",
            Self::EndOfDay => "The end of the day; weekends and holidays count.",
            Self::CloseOfBusiness => "Close of business of the day, which is for the office to say.",
        }
    }
}

/// The last minute of a day.
const LAST_HOUR: i8 = 23;
const LAST_MINUTE: i8 = 59;

/// When the time of `rule` ends that begins with `start`; `None` if the rule has none, or it is beyond the calendar.
pub(crate) fn due(rule: &AuthorizationRule, start: &ClockStart, zone: &TimeZone) -> Option<DueTime> {
    if let Some(hours) = rule.hours {
        let ClockStart::Moment(start) = start else { return None };
        let at = start.checked_add(SignedDuration::from_hours(hours.into())).ok()?;
        return Some(DueTime { on: at.date(), at: Some(at), reading: DueReading::ElapsedHours });
    }
    let days = rule.days?.days();
    let on = start.day().checked_add(days).ok()?;
    let at_time = |hour, minute| on.to_datetime(time(hour, minute, 0, 0)).to_zoned(zone.clone()).ok();
    let (at, reading) = match (rule.at, start) {
        // A time of day that does not occur on the last day is moved forward by the change of the clocks.
        (None, ClockStart::Moment(start)) => (start.checked_add(days).ok(), DueReading::SameHour),
        (None | Some(DueHour::EndOfDay), _) => (at_time(LAST_HOUR, LAST_MINUTE), DueReading::EndOfDay),
        (Some(DueHour::Noon), _) => (at_time(12, 0), DueReading::Noon),
        (Some(DueHour::CloseOfBusiness), _) => (None, DueReading::CloseOfBusiness),
    };
    Some(DueTime { on, at, reading })
}

impl DueTime {
    /// Whether it has passed at `now`.
    pub(crate) fn has_passed(&self, now: &Zoned) -> bool {
        self.at.as_ref().map_or_else(|| self.on < now.date(), |at| at < now)
    }

    /// "Mon, Dec 7, 2026, 14:20 CST", or the day alone.
    pub(crate) fn words(&self) -> String {
        match &self.at {
            Some(at) => at.strftime("%a, %b %-d, %Y, %H:%M %Z").to_string(),
            None => self.on.strftime("%a, %b %-d, %Y").to_string(),
        }
    }

    /// The minutes until it ends; negative once it has passed.
    pub(crate) fn minutes_left(&self, now: Timestamp) -> Option<i64> {
        let at = self.at.as_ref()?;
        Some(at.timestamp().duration_since(now).as_secs().div_euclid(60))
    }

    /// "1 day 4 hours left", "passed 20 minutes ago", "today".
    pub(crate) fn left_words(&self, now: &Zoned) -> String {
        match self.minutes_left(now.timestamp()) {
            Some(minutes) if minutes >= 0 => format!("{} left", span_words(minutes)),
            Some(minutes) => format!("passed {} ago", span_words(-minutes)),
            None => days_words(days_until(self.on, now.date())),
        }
    }
}

/// The days from `today` to `day`.
pub(crate) fn days_until(day: Date, today: Date) -> i32 {
    today.until(day).map_or(0, |span| span.get_days())
}

/// "3 days left", "today", "passed 2 days ago".
pub(crate) fn days_words(days: i32) -> String {
    let count = || counted(u64::from(days.unsigned_abs()), "day");
    match days {
        0 => "today".to_owned(),
        1.. => format!("{} left", count()),
        _ => format!("passed {} ago", count()),
    }
}

/// The two largest units of a span of minutes.
fn span_words(minutes: i64) -> String {
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let units = [(days, "day"), (hours, "hour"), (minutes, "minute")];
    let shown = units.into_iter().skip_while(|(count, _)| *count == 0).take(2).filter(|(count, _)| *count > 0);
    let words: Vec<String> = shown.map(|(count, unit)| counted(count.unsigned_abs(), unit)).collect();
    if words.is_empty() { "less than a minute".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_said_in_two_units() {
        let at: Zoned = "2026-11-30T14:20:00-06:00[America/Chicago]".parse().unwrap();
        let due = DueTime { on: at.date(), at: Some(at.clone()), reading: DueReading::ElapsedHours };
        for (now, words) in [
            ("2026-11-30T14:20:00-06:00[America/Chicago]", "less than a minute left"),
            ("2026-11-29T10:20:00-06:00[America/Chicago]", "1 day 4 hours left"),
            ("2026-11-20T14:10:00-06:00[America/Chicago]", "10 days left"),
            ("2026-11-30T14:40:00-06:00[America/Chicago]", "passed 20 minutes ago"),
            ("2026-11-30T17:20:30-06:00[America/Chicago]", "passed 3 hours 1 minute ago"),
        ] {
            assert_eq!(due.left_words(&now.parse().unwrap()), words, "{now}");
        }
        assert_eq!([days_words(0), days_words(1), days_words(-2)], ["today", "1 day left", "passed 2 days ago"]);
    }
}
