//! Reading a JSON object field by field, collecting every fault with its place.

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::fuzzy::{LONGEST_HINTED, did_you_mean, nearest};

/// How many wrong fields of one request are told one by one; more are only counted. Our choice: whoever mends fifty asks again.
pub const MOST_TOLD: usize = 50;
/// The longest text of a question, in characters. Our choice: no name of a plan, a network or a payer is longer.
pub const LONGEST_TEXT: usize = 300;
/// The longest JSON pointer that is told, in bytes: deeper places are told by the value they lie in.
pub(crate) const LONGEST_POINTER: usize = 256;

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

/// The wrong fields of one request: the first [`MOST_TOLD`], and how many there are beyond them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldErrors {
    told: Vec<FieldError>,
    more: usize,
}

impl FieldErrors {
    /// Whether no field is wrong.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many fields are wrong, those that are only counted included.
    pub fn len(&self) -> usize {
        self.told.len() + self.more
    }

    /// How many are only counted.
    pub fn more(&self) -> usize {
        self.more
    }

    /// Those that are told.
    pub fn told(&self) -> &[FieldError] {
        &self.told
    }

    /// The same, one after the other.
    pub fn iter(&self) -> std::slice::Iter<'_, FieldError> {
        self.told.iter()
    }

    /// Whether a further one would only be counted.
    pub(crate) fn is_full(&self) -> bool {
        self.told.len() >= MOST_TOLD
    }

    /// Adds one.
    pub fn push(&mut self, error: FieldError) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.told.push(error);
        }
    }

    /// Adds one that is written only where it is told.
    pub(crate) fn push_with(&mut self, error: impl FnOnce() -> FieldError) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.told.push(error());
        }
    }

    /// Adds all of `others`.
    pub fn append(&mut self, others: Self) {
        let more = others.more;
        for error in others.told {
            self.push(error);
        }
        self.more += more;
    }

    /// The same with `start` before every pointer.
    #[must_use]
    pub fn below(mut self, start: &str) -> Self {
        for error in &mut self.told {
            error.pointer.insert_str(0, start);
        }
        self
    }

    /// Those of which `keep` says so; what is only counted stays counted.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&FieldError) -> bool) {
        self.told.retain(keep);
    }

    /// `value`, if nothing is wrong.
    ///
    /// # Errors
    /// What is wrong.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    pub(crate) fn add(&mut self, pointer: &str, code: &'static str, detail: impl Into<String>, hint: Option<String>) {
        self.push_with(|| FieldError { pointer: pointer.to_owned(), code, detail: detail.into(), hint });
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
        self.push_with(|| {
            let known: Vec<&str> = known.into_iter().collect();
            let alike = nearest(typed, known.iter().copied(), 3);
            let few = known.len() <= 12 && !known.is_empty();
            let hint = did_you_mean(&alike).or_else(|| few.then(|| format!("one of {}", known.join(", "))));
            FieldError { pointer: pointer.to_owned(), code, detail, hint }
        });
    }

    /// The fields of `names` that are not known at `pointer`. Of a name that no field could have only the length is told.
    pub(crate) fn unknown_fields<'a>(
        &mut self,
        pointer: &str,
        names: impl IntoIterator<Item = &'a str>,
        hint: impl Fn(&str) -> Option<String>,
    ) {
        for name in names {
            self.push_with(|| {
                if let Some(long) = too_long(name, LONGEST_HINTED) {
                    let detail = format!("there is no field here whose name has {long} characters");
                    return FieldError { pointer: pointer.to_owned(), code: "unknown_field", detail, hint: None };
                }
                let detail = format!("there is no field \"{name}\" here");
                let pointer = format!("{pointer}/{}", escape(name));
                FieldError { pointer, code: "unknown_field", detail, hint: hint(name) }
            });
        }
    }
}

impl From<FieldError> for FieldErrors {
    fn from(error: FieldError) -> Self {
        Self { told: vec![error], more: 0 }
    }
}

impl FromIterator<FieldError> for FieldErrors {
    fn from_iter<I: IntoIterator<Item = FieldError>>(errors: I) -> Self {
        let mut all = Self::default();
        for error in errors {
            all.push(error);
        }
        all
    }
}

impl IntoIterator for FieldErrors {
    type Item = FieldError;
    type IntoIter = std::vec::IntoIter<FieldError>;

    fn into_iter(self) -> Self::IntoIter {
        self.told.into_iter()
    }
}

impl<'a> IntoIterator for &'a FieldErrors {
    type Item = &'a FieldError;
    type IntoIter = std::slice::Iter<'a, FieldError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// How many characters `text` has, where those are more than `most`.
pub(crate) fn too_long(text: &str, most: usize) -> Option<usize> {
    // Each character takes a byte at least, so that most texts need not be counted.
    let count = if text.len() <= most { text.len() } else { text.chars().count() };
    (count > most).then_some(count)
}

/// One JSON object at its place in the question.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ObjectReader<'a> {
    pub(crate) pointer: &'a str,
    object: &'a Map<String, Value>,
}

impl<'a> ObjectReader<'a> {
    /// The object at `pointer`, its unknown fields told at once.
    pub(crate) fn from_value(value: &'a Value, pointer: &'a str, known: &[&str], faults: &mut FieldErrors) -> Option<Self> {
        let Value::Object(object) = value else {
            faults.add(pointer, "wrong_type", format!("expected an object, found {}", kind(value)), None);
            return None;
        };
        let strange = object.keys().map(String::as_str).filter(|name| !known.contains(name));
        faults.unknown_fields(pointer, strange, |name| {
            let few = known.len() <= 12 && !known.is_empty();
            did_you_mean(&nearest(name, known.iter().copied(), 3))
                .or_else(|| few.then(|| format!("one of {}", known.join(", "))))
        });
        Some(Self { pointer, object })
    }

    /// The field `name` with its pointer; `null` is the same as absent.
    pub(crate) fn get(&self, name: &str) -> Option<(&'a Value, String)> {
        let value = self.object.get(name).filter(|value| !value.is_null())?;
        Some((value, format!("{}/{name}", self.pointer)))
    }

    pub(crate) fn is_present(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn text(&self, name: &str, faults: &mut FieldErrors) -> Option<(&'a str, String)> {
        let (value, pointer) = self.get(name)?;
        text(value, &pointer, faults).map(|text| (text, pointer))
    }

    pub(crate) fn number(&self, name: &str, faults: &mut FieldErrors) -> Option<(f64, String)> {
        let (value, pointer) = self.get(name)?;
        let Some(number) = value.as_f64() else {
            faults.add(&pointer, "wrong_type", format!("expected a number, found {}", kind(value)), None);
            return None;
        };
        Some((number, pointer))
    }

    /// A whole number from `low` to `high`.
    pub(crate) fn u32_in_range(&self, name: &str, low: u32, high: u32, faults: &mut FieldErrors) -> Option<u32> {
        let (value, pointer) = self.get(name)?;
        let good = whole_number(value).filter(|number| (low..=high).contains(number));
        if good.is_none() {
            let code = if value.is_number() { "out_of_range" } else { "wrong_type" };
            faults.add(&pointer, code, format!("expected a whole number from {low} to {high}"), None);
        }
        good
    }

    pub(crate) fn yes_or_no(&self, name: &str, faults: &mut FieldErrors) -> Option<bool> {
        let (value, pointer) = self.get(name)?;
        if !value.is_boolean() {
            faults.add(&pointer, "wrong_type", format!("expected true or false, found {}", kind(value)), None);
        }
        value.as_bool()
    }

    /// A day, such as `2026-11-21`.
    pub(crate) fn day(&self, name: &str, today: Date, faults: &mut FieldErrors) -> Option<(Date, String)> {
        let (typed, pointer) = self.text(name, faults)?;
        let Some(day) = read_day(typed) else {
            let hint = Some(format!("write it as {today}"));
            faults.add(&pointer, "not_a_date", "a date is year, month and day", hint);
            return None;
        };
        Some((day, pointer))
    }

    /// The items of a list of at most `most`, each with its pointer.
    pub(crate) fn list(&self, name: &str, most: usize, faults: &mut FieldErrors) -> Option<Vec<(&'a Value, String)>> {
        let (value, pointer) = self.get(name)?;
        let Value::Array(items) = value else {
            faults.add(&pointer, "wrong_type", format!("expected a list, found {}", kind(value)), None);
            return None;
        };
        if items.len() > most {
            faults.push(too_many(&pointer, most, items.len()));
            return None;
        }
        Some(items.iter().enumerate().map(|(at, item)| (item, format!("{pointer}/{at}"))).collect())
    }
}

/// The text that `value` is, of at most [`LONGEST_TEXT`] characters.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str, faults: &mut FieldErrors) -> Option<&'a str> {
    let Value::String(text) = value else {
        faults.add(pointer, "wrong_type", format!("expected text, found {}", kind(value)), None);
        return None;
    };
    if let Some(error) = longer_than(LONGEST_TEXT, text, pointer) {
        faults.push(error);
        return None;
    }
    Some(text)
}

/// What is wrong with a text at `pointer` that may have at most `most` characters, if it has more.
pub(crate) fn longer_than(most: usize, text: &str, pointer: &str) -> Option<FieldError> {
    let count = too_long(text, most)?;
    let detail = format!("at most {most} characters; there are {count}");
    Some(FieldError { pointer: pointer.to_owned(), code: "too_long", detail, hint: None })
}

/// What is wrong with a list at `pointer` of `count` items where at most `most` are taken.
pub(crate) fn too_many(pointer: &str, most: usize, count: usize) -> FieldError {
    let detail = format!("at most {most} are taken at once; there are {count}");
    FieldError { pointer: pointer.to_owned(), code: "too_many", detail, hint: None }
}

/// The day written as `2026-11-21`. The calendar reads more: an hour, a zone, no hyphens; what would be ignored of it is refused.
pub(crate) fn read_day(typed: &str) -> Option<Date> {
    typed.parse::<Date>().ok().filter(|day| typed.len() == 10 && day.to_string() == typed)
}

/// The whole number that `value` is, however it is written: 2 and 2.0 are one number in JSON Schema.
fn whole_number(value: &Value) -> Option<u32> {
    let number = value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number))?;
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

/// A step of a JSON pointer.
pub(crate) fn escape(name: &str) -> String {
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
