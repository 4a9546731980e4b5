//! Reading a JSON object field by field, collecting every fault with its place.

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::likeness::{did_you_mean, nearest};

/// One thing wrong with a question, its place and a way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where, as a JSON pointer (RFC 6901): `/needs/2`.
    pub pointer: String,
    /// A stable code, such as `no_such_need`.
    pub code: &'static str,
    /// What is wrong, as a sentence.
    pub detail: String,
    /// How to mend it, where that can be said.
    pub hint: Option<String>,
}

/// The faults found so far.
#[derive(Debug, Default)]
pub(crate) struct Faults(pub(crate) Vec<FieldError>);

impl Faults {
    pub(crate) fn add(&mut self, pointer: &str, code: &'static str, detail: impl Into<String>, hint: Option<String>) {
        self.0.push(FieldError { pointer: pointer.to_owned(), code, detail: detail.into(), hint });
    }

    /// A name that is not known, with the nearest that are.
    pub(crate) fn unknown<'a>(
        &mut self,
        pointer: &str,
        code: &'static str,
        detail: String,
        typed: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        let known: Vec<&str> = known.into_iter().collect();
        let alike = nearest(typed, known.iter().copied(), 3);
        let few = known.len() <= 12 && !known.is_empty();
        let hint = did_you_mean(&alike).or_else(|| few.then(|| format!("one of {}", known.join(", "))));
        self.add(pointer, code, detail, hint);
    }
}

/// One JSON object at its place in the question.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub(crate) pointer: &'a str,
    object: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The object at `pointer`, its unknown fields told at once.
    pub(crate) fn of(value: &'a Value, pointer: &'a str, known: &[&str], faults: &mut Faults) -> Option<Self> {
        let Value::Object(object) = value else {
            faults.add(pointer, "wrong_type", format!("expected an object, found {}", kind(value)), None);
            return None;
        };
        for name in object.keys().filter(|name| !known.contains(&name.as_str())) {
            let at = format!("{pointer}/{}", escape(name));
            let detail = format!("there is no field \"{name}\" here");
            faults.unknown(&at, "unknown_field", detail, name, known.iter().copied());
        }
        Some(Self { pointer, object })
    }

    /// The field `name` with its pointer; `null` is the same as absent.
    pub(crate) fn get(&self, name: &str) -> Option<(&'a Value, String)> {
        let value = self.object.get(name).filter(|value| !value.is_null())?;
        Some((value, format!("{}/{name}", self.pointer)))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn text(&self, name: &str, faults: &mut Faults) -> Option<(&'a str, String)> {
        let (value, pointer) = self.get(name)?;
        text(value, &pointer, faults).map(|text| (text, pointer))
    }

    pub(crate) fn number(&self, name: &str, faults: &mut Faults) -> Option<(f64, String)> {
        let (value, pointer) = self.get(name)?;
        let Some(number) = value.as_f64() else {
            faults.add(&pointer, "wrong_type", format!("expected a number, found {}", kind(value)), None);
            return None;
        };
        Some((number, pointer))
    }

    /// A whole number from `low` to `high`.
    pub(crate) fn whole(&self, name: &str, low: u32, high: u32, faults: &mut Faults) -> Option<u32> {
        let (value, pointer) = self.get(name)?;
        let good = whole_number(value).filter(|number| (low..=high).contains(number));
        if good.is_none() {
            let code = if value.is_number() { "out_of_range" } else { "wrong_type" };
            faults.add(&pointer, code, format!("expected a whole number from {low} to {high}"), None);
        }
        good
    }

    pub(crate) fn yes_or_no(&self, name: &str, faults: &mut Faults) -> Option<bool> {
        let (value, pointer) = self.get(name)?;
        if !value.is_boolean() {
            faults.add(&pointer, "wrong_type", format!("expected true or false, found {}", kind(value)), None);
        }
        value.as_bool()
    }

    /// A day, such as `2026-11-21`.
    pub(crate) fn day(&self, name: &str, today: Date, faults: &mut Faults) -> Option<(Date, String)> {
        let (typed, pointer) = self.text(name, faults)?;
        let Some(day) = read_day(typed) else {
            let hint = Some(format!("write it as {today}"));
            faults.add(&pointer, "not_a_date", "a date is year, month and day", hint);
            return None;
        };
        Some((day, pointer))
    }

    /// The items of a list, each with its pointer.
    pub(crate) fn list(&self, name: &str, faults: &mut Faults) -> Option<Vec<(&'a Value, String)>> {
        let (value, pointer) = self.get(name)?;
        let Value::Array(items) = value else {
            faults.add(&pointer, "wrong_type", format!("expected a list, found {}", kind(value)), None);
            return None;
        };
        Some(items.iter().enumerate().map(|(at, item)| (item, format!("{pointer}/{at}"))).collect())
    }
}

pub(crate) fn text<'a>(value: &'a Value, pointer: &str, faults: &mut Faults) -> Option<&'a str> {
    let text = value.as_str();
    if text.is_none() {
        faults.add(pointer, "wrong_type", format!("expected text, found {}", kind(value)), None);
    }
    text
}

/// The day written as `2026-11-21`. The calendar reads more: an hour, a zone, no hyphens; what would be ignored of it is refused.
pub(crate) fn read_day(typed: &str) -> Option<Date> {
    typed.parse::<Date>().ok().filter(|day| typed.len() == 10 && day.to_string() == typed)
}

/// The whole number that `value` is, however it is written: 2 and 2.0 are one number in JSON Schema.
fn whole_number(value: &Value) -> Option<u32> {
    let number =
        value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole and within u32")]
    Some(number as u32)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

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
