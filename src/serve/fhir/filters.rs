//! The conditions of a search, parsed.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::serve::fhir::near::NearFilter;
use crate::serve::fhir::search_params::{ResourceType, SearchField};

/// A condition on one field.
#[derive(Debug)]
pub(crate) struct SearchFilter {
    /// The field.
    pub field: SearchField,
    /// The values it may have.
    pub wanted: FilterValue,
}

/// What a field must match: one of several values, or whether it has any.
#[derive(Debug)]
pub(crate) enum FilterValue {
    /// Whether it is absent.
    Missing(bool),
    /// A text, compared in this way.
    Texts(StringMatch, Vec<String>),
    /// A code.
    Tokens(Vec<TokenFilter>),
    /// A link to the resource with one of these ids.
    Links(Vec<String>),
    /// A time.
    Times(Vec<DateFilter>),
    /// A place by its distance, as the end of a chain.
    Near(NearFilter),
    /// A link to a resource that meets this condition.
    Chain(Box<SearchFilter>),
    /// A link from a resource of this type that meets this condition; the field is one of that type.
    Reverse(ResourceType, Box<SearchFilter>),
}

/// How texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StringMatch {
    /// As a prefix, without case and accents.
    Starts,
    /// Anywhere, without case and accents.
    Contains,
    /// Exactly.
    Exact,
}

/// A code to search for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenFilter {
    /// Its system; `Some("")` is none, `None` is any.
    pub system: Option<String>,
    /// The code; `None` is any of the system.
    pub code: Option<String>,
}

/// A time to search for: how the time of the resource must compare with a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateFilter {
    prefix: DatePrefix,
    from: Timestamp,
    /// The first moment after the span.
    to: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DatePrefix {
    Equal,
    NotEqual,
    After,
    Before,
    FromOn,
    UpTo,
}

impl DateFilter {
    /// Whether the moment compares so.
    pub(crate) fn holds(&self, moment: Timestamp) -> bool {
        match self.prefix {
            DatePrefix::Equal => self.from <= moment && moment < self.to,
            DatePrefix::NotEqual => moment < self.from || self.to <= moment,
            DatePrefix::After => self.to <= moment,
            DatePrefix::Before => moment < self.from,
            DatePrefix::FromOn => self.from <= moment,
            DatePrefix::UpTo => moment < self.to,
        }
    }

    /// Parses a date with its prefix.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        const PREFIXES: [(&str, DatePrefix); 9] = [
            ("eq", DatePrefix::Equal),
            // Approximately means equal: there is only one moment, when the directory was built.
            ("ap", DatePrefix::Equal),
            ("ne", DatePrefix::NotEqual),
            ("gt", DatePrefix::After),
            ("sa", DatePrefix::After),
            ("lt", DatePrefix::Before),
            ("eb", DatePrefix::Before),
            ("ge", DatePrefix::FromOn),
            ("le", DatePrefix::UpTo),
        ];
        let named = PREFIXES.iter().find_map(|(name, prefix)| Some((*prefix, text.strip_prefix(name)?)));
        let (prefix, text) = named.unwrap_or((DatePrefix::Equal, text));
        let (from, to) = span(text)?;
        Some(Self { prefix, from, to })
    }
}

/// The span of a FHIR date: a year, a month, a day, a minute, a second or less. Without a zone it
/// is in UTC.
fn span(text: &str) -> Option<(Timestamp, Timestamp)> {
    let midnight = |date: Date| date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let days = |from: Date, to: Date| Some((midnight(from)?, midnight(to)?));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    match text.len() {
        4 if digits(text) => {
            let year: i16 = text.parse().ok()?;
            days(Date::new(year, 1, 1).ok()?, Date::new(year.checked_add(1)?, 1, 1).ok()?)
        }
        7 if digits(text) => {
            let first: Date = format!("{text}-01").parse().ok()?;
            days(first, first.last_of_month().tomorrow().ok()?)
        }
        10 if digits(text) => {
            let day: Date = text.parse().ok()?;
            days(day, day.tomorrow().ok()?)
        }
        _ => moment(text),
    }
}

fn moment(text: &str) -> Option<(Timestamp, Timestamp)> {
    // A plus sign that was not encoded arrives as a space.
    let text = text.replace(' ', "+");
    let (day, time) = text.split_once('T')?;
    let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone);
    let zone = if zone.is_empty() { "Z" } else { zone };
    let (seconds, length) = match clock.len() {
        5 => (":00", jiff::SignedDuration::from_secs(60)),
        8 => ("", jiff::SignedDuration::from_secs(1)),
        10.. if clock.as_bytes().get(8) == Some(&b'.') => ("", jiff::SignedDuration::from_millis(1)),
        _ => return None,
    };
    let from: Timestamp = format!("{day}T{clock}{seconds}{zone}").parse().ok()?;
    Some((from, from.checked_add(length).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_as_wide_as_they_are_written() {
        let at: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026", Some(true)),
            ("2025", Some(false)),
            ("2026-11", Some(true)),
            ("2026-11-21", Some(true)),
            ("ne2026-11-21", Some(false)),
            ("gt2026-11-21", Some(false)),
            ("ge2026-11-21", Some(true)),
            ("gt2026-11-20", Some(true)),
            ("sa2026-11-20", Some(true)),
            ("lt2026-11-21", Some(false)),
            ("le2026-11-21", Some(true)),
            ("eb2026-11-22", Some(true)),
            ("2026-11-21T12:00", Some(true)),
            ("2026-11-21T12:00:00Z", Some(true)),
            ("2026-11-21T12:00:01Z", Some(false)),
            ("2026-11-21T07:00:00-05:00", Some(true)),
            ("2026-11-21T13:00:00 01:00", Some(true)),
            ("2026-11-21T12:00:00.000Z", Some(true)),
            ("2026-13", None),
            ("tomorrow", None),
            ("gt", None),
            ("2026-11-21T25:00:00Z", None),
            ("9999", None),
        ] {
            assert_eq!(DateFilter::parse(text).map(|time| time.holds(at)), expected, "{text}");
        }
    }
}
