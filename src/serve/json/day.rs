//! Days in JSON: `2026-11-23`.

use jiff::civil::Date;
use serde::{Serialize, Serializer};

/// A day, written without the general formatter: an answer has hundreds of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DayJson(pub Date);

impl Serialize for DayJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(day) = self;
        let (year, month, day) = match (u16::try_from(day.year()), day.month(), day.day()) {
            (Ok(year @ 0..=9999), month, day) => (year, month.unsigned_abs().into(), day.unsigned_abs().into()),
            _ => return day.serialize(serializer),
        };
        let digit = |number: u16| b'0' + u8::try_from(number % 10).unwrap_or_default();
        let numbers = [year / 100, year % 100, month, day].map(|number| [digit(number / 10), digit(number)]);
        let [century, years, months, days] = numbers;
        let text = [century[0], century[1], years[0], years[1], b'-', months[0], months[1], b'-', days[0], days[1]];
        serializer.serialize_str(str::from_utf8(&text).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_is_written_as_the_library_writes_it() {
        for day in [date(2026, 11, 23), date(2000, 1, 1), date(987, 12, 31), date(0, 2, 3), date(-44, 3, 15)] {
            assert_eq!(serde_json::to_string(&DayJson(day)).unwrap(), serde_json::to_string(&day).unwrap());
        }
    }
}
