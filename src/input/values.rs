//! Field types with bounds as type parameters.

use std::marker::PhantomData;

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::input::errors::{FieldErrors, kind, longer_than, too_many};
use crate::input::field::{Field, InputType};
use crate::input::place::FieldPlace;
use crate::input::schema::NamedSchema;

/// Longest text in a question, in characters. Our choice: no name of a plan, a network or a payer
/// is longer.
pub const LONGEST_TEXT: usize = 300;

/// Reads `value` as a text of at most [`LONGEST_TEXT`] characters.
pub(crate) fn text<'a>(value: &'a Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<&'a str> {
    text_up_to(LONGEST_TEXT, value, at, faults)
}

fn text_up_to<'a>(most: usize, value: &'a Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<&'a str> {
    let Value::String(text) = value else {
        faults.add(at, "wrong_type", format!("expected text, found {}", kind(value)), None);
        return None;
    };
    if let Some(error) = longer_than(most, text, at) {
        faults.push(error);
        return None;
    }
    Some(text)
}

/// Reads `value` as a number.
pub(crate) fn number(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<f64> {
    let number = value.as_f64();
    if number.is_none() {
        faults.add(at, "wrong_type", format!("expected a number, found {}", kind(value)), None);
    }
    number
}

/// The schema of a non-blank text of at most `most` characters.
pub(crate) fn text_schema(most: usize) -> Value {
    json!({"type": "string", "pattern": "\\S", "maxLength": most})
}

/// A text of at most `MOST` characters.
#[derive(Debug)]
pub(crate) struct Text<const MOST: usize>;

impl<const MOST: usize> InputType for Text<MOST> {
    type Value = String;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<String> {
        text_up_to(MOST, value, at, faults).map(str::to_owned)
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        text_schema(MOST)
    }
}

/// A whole number from `LOW` to `HIGH`.
#[derive(Debug)]
pub(crate) struct Whole<const LOW: u32, const HIGH: u32>;

impl<const LOW: u32, const HIGH: u32> Whole<LOW, HIGH> {
    /// The smallest and the largest value.
    pub(crate) const BOUNDS: (u32, u32) = (LOW, HIGH);
}

impl<const LOW: u32, const HIGH: u32> InputType for Whole<LOW, HIGH> {
    type Value = u32;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<u32> {
        let good = whole_number(value).filter(|number| (LOW..=HIGH).contains(number));
        if good.is_none() {
            let code = if value.is_number() { "out_of_range" } else { "wrong_type" };
            faults.add(at, code, format!("expected a whole number from {LOW} to {HIGH}"), None);
        }
        good
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "integer", "minimum": LOW, "maximum": HIGH})
    }
}

/// Reads `value` as a whole number. In JSON Schema 2 and 2.0 are the same number.
fn whole_number(value: &Value) -> Option<u32> {
    let number = value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole and within u32")]
    Some(number as u32)
}

/// Degrees from -`MOST` to `MOST`, north and east positive.
#[derive(Debug)]
pub(crate) struct Degrees<const MOST: i32>;

impl<const MOST: i32> InputType for Degrees<MOST> {
    type Value = f64;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<f64> {
        let degrees = number(value, at, faults)?;
        let good = (f64::from(-MOST)..=f64::from(MOST)).contains(&degrees);
        if !good {
            faults.add(at, "out_of_range", format!("expected degrees from -{MOST} to {MOST}"), None);
        }
        good.then_some(degrees)
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "number", "minimum": -MOST, "maximum": MOST})
    }
}

impl InputType for bool {
    type Value = Self;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Self> {
        if !value.is_boolean() {
            faults.add(at, "wrong_type", format!("expected true or false, found {}", kind(value)), None);
        }
        value.as_bool()
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "boolean"})
    }
}

/// A day, such as `2026-11-21`.
impl InputType for Date {
    type Value = Self;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Self> {
        let day = read_day(text(value, at, faults)?);
        if day.is_none() {
            let hint = Some("write it as 2026-11-21".to_owned());
            faults.add(at, "not_a_date", "a date consists of year, month and day", hint);
        }
        day
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "string", "format": "date"})
    }
}

/// Parses a day in the form `2026-11-21`. The date library accepts more (times, time zones, no
/// hyphens) and ignores parts of it; those forms are rejected.
pub(crate) fn read_day(typed: &str) -> Option<Date> {
    typed.parse::<Date>().ok().filter(|day| typed.len() == 10 && day.to_string() == typed)
}

/// A list of at most `MOST` items.
#[derive(Debug)]
pub(crate) struct ListOf<T, const MOST: usize>(PhantomData<T>);

impl<T: InputType, const MOST: usize> InputType for ListOf<T, MOST> {
    type Value = Vec<Field<T::Value>>;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Self::Value> {
        let Value::Array(items) = value else {
            faults.add(at, "wrong_type", format!("expected a list, found {}", kind(value)), None);
            return None;
        };
        if items.len() > MOST {
            faults.push(too_many(at, MOST, items.len()));
            return None;
        }
        let items = items.iter().enumerate().map(|(number, item)| {
            let at = at.item(number);
            Field::of(at, T::read(item, at, faults))
        });
        Some(items.collect())
    }

    fn describe(schemas: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "array", "items": T::describe(schemas), "maxItems": MOST})
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_is_year_month_and_day_and_nothing_more() {
        assert_eq!(read_day("2026-11-22"), Some(date(2026, 11, 22)));
        for typed in [
            "2026-11-22T23:59:00",
            "2026-11-22 23:59",
            "20261122",
            "+002026-11-22",
            "-000001-01-01",
            "2026-11-22[America/Chicago]",
            "2026-11-22 ",
            "2026-1-2",
            "2026-02-30",
            "2026-W47-7",
            "",
        ] {
            assert_eq!(read_day(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_point() {
        for (value, read) in [
            (json!(2), Some(2)),
            (json!(2.0), Some(2)),
            (json!(4_294_967_295_u32), Some(u32::MAX)),
            (json!(4_294_967_296_u64), None),
            (json!(2.5), None),
            (json!(-1), None),
            (json!("2"), None),
            (json!(true), None),
        ] {
            assert_eq!(whole_number(&value), read, "{value}");
        }
    }
}
