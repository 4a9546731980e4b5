//! Amounts of money: whole cents, so that sums are exact. There is no other number here.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

use serde_json::{Value, json};

use crate::input::errors::{FieldErrors, kind};
use crate::input::field::InputType;
use crate::input::place::FieldPlace;
use crate::input::schema::NamedSchema;
use crate::text::count_text::thousands;

/// Largest amount of one line, in cents: ten million dollars, more than any stay costs. Our choice.
pub const MOST_CENTS: i64 = 1_000_000_000;

/// An amount or a balance in whole cents. A balance may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cents(i64);

impl Cents {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The amount of one line; `None` if it is not from one cent to [`MOST_CENTS`].
    pub fn new(cents: i64) -> Option<Self> {
        (1..=MOST_CENTS).contains(&cents).then_some(Self(cents))
    }

    /// The number of cents.
    pub fn cents(self) -> i64 {
        self.0
    }

    /// The amount `days` times. A line has at most ten digits and a year few days, so this cannot overflow.
    #[must_use]
    pub fn times(self, days: u32) -> Self {
        Self(self.0 * i64::from(days))
    }

    /// Reads a typed amount in dollars: "1000", "$1,000", "1,000.50".
    ///
    /// # Errors
    /// It is not such an amount, or out of bounds.
    pub fn read(typed: &str) -> Result<Self, AmountRejection> {
        let typed = typed.trim();
        let plain = typed.strip_prefix('$').unwrap_or(typed).trim_start();
        let (dollars, cents) = plain.split_once('.').unwrap_or((plain, "00"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        if !is_digits(cents) || !is_grouped(dollars) {
            return Err(AmountRejection::NotAnAmount);
        }
        if cents.len() != 2 {
            return Err(AmountRejection::CentDigits);
        }
        let digits: String = dollars.chars().filter(char::is_ascii_digit).collect();
        // More digits than fit are out of range.
        let whole = format!("{digits}{cents}").parse::<i64>().unwrap_or(i64::MAX);
        Self::new(whole).ok_or(AmountRejection::OutOfRange)
    }
}

/// Whether `dollars` has digits alone, or commas after every three of them.
fn is_grouped(dollars: &str) -> bool {
    let mut groups = dollars.split(',');
    let first = groups.next().unwrap_or_default();
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let others: Vec<&str> = groups.collect();
    is_digits(first)
        && (others.is_empty() || first.len() <= 3)
        && others.iter().all(|group| group.len() == 3 && is_digits(group))
}

/// "$1,000.00", "-$0.50".
impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        write!(f, "{sign}${}.{:02}", thousands(cents / 100), cents % 100)
    }
}

impl Add for Cents {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Cents {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::add)
    }
}

/// Why a typed amount is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountRejection {
    /// It has other characters, or its commas are elsewhere.
    #[error("an amount has dollars and cents, such as 1,000.00")]
    NotAnAmount,
    /// It has a point, and one digit or three after it.
    #[error("cents have two digits, such as 12.50")]
    CentDigits,
    /// It is nothing, or too much.
    #[error("an amount is from $0.01 to $10,000,000.00")]
    OutOfRange,
}

impl InputType for Cents {
    type Value = Self;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Self> {
        if !value.is_number() {
            let detail = format!("expected whole cents as a number, found {}", kind(value));
            faults.add(at, "wrong_type", detail, Some("write $1,000.00 as 100000".to_owned()));
            return None;
        }
        let good = whole(&value.to_string()).and_then(Self::new);
        if good.is_none() {
            let detail = format!("expected whole cents from 1 to {MOST_CENTS}");
            faults.add(at, "out_of_range", detail, Some("write $1,000.00 as 100000".to_owned()));
        }
        good
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "integer", "minimum": 1, "maximum": MOST_CENTS})
    }
}

/// The whole number of a JSON number as it is written. In JSON Schema 2 and 2.0 are the same number.
fn whole(written: &str) -> Option<i64> {
    let (whole, rest) = written.split_once('.').unwrap_or((written, "0"));
    rest.bytes().all(|digit| digit == b'0').then(|| whole.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_amounts_are_read_to_the_cent() {
        for (typed, cents) in [
            ("1000", Ok(100_000)),
            ("$1,000", Ok(100_000)),
            (" $ 1,000.50 ", Ok(100_050)),
            ("0.01", Ok(1)),
            ("1234567.89", Ok(123_456_789)),
            ("10,000,000.00", Ok(MOST_CENTS)),
            ("10,000,000.01", Err(AmountRejection::OutOfRange)),
            ("99999999999999999999", Err(AmountRejection::OutOfRange)),
            ("0", Err(AmountRejection::OutOfRange)),
            ("12.5", Err(AmountRejection::CentDigits)),
            ("12.505", Err(AmountRejection::CentDigits)),
            ("1,00", Err(AmountRejection::NotAnAmount)),
            ("1000,000", Err(AmountRejection::NotAnAmount)),
            ("-5", Err(AmountRejection::NotAnAmount)),
            ("1e3", Err(AmountRejection::NotAnAmount)),
            ("", Err(AmountRejection::NotAnAmount)),
            (".50", Err(AmountRejection::NotAnAmount)),
            ("１０", Err(AmountRejection::NotAnAmount)),
        ] {
            assert_eq!(Cents::read(typed).map(Cents::cents), cents, "{typed}");
        }
    }

    #[test]
    fn an_amount_is_shown_as_it_can_be_typed() {
        for (cents, shown) in
            [(0, "$0.00"), (1, "$0.01"), (100_000, "$1,000.00"), (-50, "-$0.50"), (-123_456_789, "-$1,234,567.89")]
        {
            assert_eq!(Cents(cents).to_string(), shown);
            if let Some(amount) = Cents::new(cents) {
                assert_eq!(Cents::read(shown), Ok(amount));
            }
        }
    }

    #[test]
    fn a_number_may_be_written_with_a_point() {
        for (value, cents) in [
            (json!(100_000), Some(100_000)),
            (json!(2.0), Some(2)),
            (json!(2.5), None),
            (json!(0), None),
            (json!(-1), None),
            (json!(1e300), None),
        ] {
            let mut faults = FieldErrors::default();
            let read = <Cents as InputType>::read(&value, FieldPlace::ROOT, &mut faults);
            assert_eq!((read.map(Cents::cents), faults.len()), (cents, usize::from(cents.is_none())), "{value}");
        }
    }
}
