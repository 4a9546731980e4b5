//! Days as they are stored.

use jiff::civil::Date;

/// An optional day as a number.
pub(crate) fn day_number(day: Option<Date>) -> Option<i32> {
    day.map(|day| i32::from(day.year()) << 9 | i32::from(day.month()) << 5 | i32::from(day.day()))
}

/// The inverse of [`day_number`].
pub(crate) fn day_of(number: Option<i32>) -> Option<Date> {
    let number = number?;
    let part = |value: i32| i8::try_from(value).ok();
    Date::new(i16::try_from(number >> 9).ok()?, part(number >> 5 & 15)?, part(number & 31)?).ok()
}
