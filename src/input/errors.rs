//! The errors of a request, each with its location; the number of reported errors is limited.

use std::fmt::Display;

use serde_json::Value;

use crate::fuzzy::{LONGEST_HINTED, did_you_mean, nearest};
use crate::input::place::escape;

/// Number of field errors reported per request; further ones are only counted. Our choice: a client
/// that corrects fifty tries again anyway.
pub const MOST_TOLD: usize = 50;
/// Longest reported JSON pointer in bytes. Deeper locations are reported as the value that contains
/// them.
pub(crate) const LONGEST_POINTER: usize = 256;
/// Up to this many known names are listed when none is similar to the one typed.
const FEW: usize = 13;

/// One field error: its location, what is wrong and a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Location as a JSON pointer (RFC 6901): `/needs/2`.
    pub pointer: String,
    /// A stable code, such as `no_such_need`.
    pub code: &'static str,
    /// What is wrong, as a sentence.
    pub detail: String,
    /// How to correct it, if known.
    pub hint: Option<String>,
}

/// The field errors of one request: the first [`MOST_TOLD`], and the number of further ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldErrors {
    told: Vec<FieldError>,
    more: usize,
}

impl FieldErrors {
    /// Whether there are no errors.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Total number of errors, including those only counted.
    pub fn len(&self) -> usize {
        self.told.len() + self.more
    }

    /// Number of errors that are only counted.
    pub fn more(&self) -> usize {
        self.more
    }

    /// The reported errors.
    pub fn reported(&self) -> &[FieldError] {
        &self.told
    }

    /// Iterates over the reported errors.
    pub fn iter(&self) -> std::slice::Iter<'_, FieldError> {
        self.told.iter()
    }

    /// Whether a further error would only be counted.
    pub(crate) fn is_full(&self) -> bool {
        self.told.len() >= MOST_TOLD
    }

    /// Adds an error.
    pub fn push(&mut self, error: FieldError) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.told.push(error);
        }
    }

    /// Adds an error, which is only built if it is reported.
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

    /// Whether there is a reported error at `pointer` or below it.
    pub(crate) fn is_any_below(&self, pointer: &str) -> bool {
        self.told.iter().any(|error| error.pointer.starts_with(pointer))
    }

    /// Sorts the errors by the order of the fields `names`, list items by index; unknown fields
    /// come first.
    #[must_use]
    pub(crate) fn in_order_of(mut self, names: &[&str]) -> Self {
        self.told.sort_by_key(|error| {
            let mut steps = error.pointer.split('/').skip(1);
            let field = steps.next().and_then(|step| names.iter().position(|name| *name == step));
            (field, steps.next().and_then(|step| step.parse::<usize>().ok()))
        });
        self
    }

    /// Returns `value` if there are no errors.
    ///
    /// # Errors
    /// The errors.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Adds an error at `at`.
    pub(crate) fn add(&mut self, at: impl Display, code: &'static str, detail: impl Into<String>, hint: Option<String>) {
        self.add_with(at, code, || (detail.into(), hint));
    }

    /// Adds an error at `at`; detail and hint are only built if it is reported.
    pub(crate) fn add_with(&mut self, at: impl Display, code: &'static str, says: impl FnOnce() -> (String, Option<String>)) {
        self.push_with(|| {
            let (detail, hint) = says();
            FieldError { pointer: at.to_string(), code, detail, hint }
        });
    }

    /// Reports an unknown name, with the most similar known ones as a hint.
    pub(crate) fn unknown<'a>(
        &mut self,
        at: impl Display,
        code: &'static str,
        detail: String,
        typed: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        self.add_with(at, code, || {
            let known: Vec<&str> = known.into_iter().collect();
            (detail, nearest_or_all(typed, &known))
        });
    }

    /// Reports the unknown fields `names` of the object at `at`. For a name too long for any field
    /// only its length is reported.
    pub(crate) fn unknown_fields<'a>(
        &mut self,
        at: impl Display,
        names: impl IntoIterator<Item = &'a str>,
        hint: impl Fn(&str) -> Option<String>,
    ) {
        for name in names {
            if let Some(long) = too_long(name, LONGEST_HINTED) {
                let detail = || (format!("unknown field (its name has {long} characters)"), None);
                self.add_with(&at, "unknown_field", detail);
            } else {
                let detail = || (format!("there is no field \"{name}\" here"), hint(name));
                self.add_with(format_args!("{at}/{}", escape(name)), "unknown_field", detail);
            }
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

/// The length of `text` in characters, if it exceeds `most`.
pub(crate) fn too_long(text: &str, most: usize) -> Option<usize> {
    // A character has at least one byte, so most texts need not be counted.
    let count = if text.len() <= most { text.len() } else { text.chars().count() };
    (count > most).then_some(count)
}

/// The error of a text longer than `most` characters, if it is.
pub(crate) fn longer_than(most: usize, text: &str, at: impl Display) -> Option<FieldError> {
    let count = too_long(text, most)?;
    let detail = format!("at most {most} characters; there are {count}");
    Some(FieldError { pointer: at.to_string(), code: "too_long", detail, hint: None })
}

/// The error of a list of `count` items where at most `most` are allowed.
pub(crate) fn too_many(at: impl Display, most: usize, count: usize) -> FieldError {
    let detail = format!("at most {most} items; there are {count}");
    FieldError { pointer: at.to_string(), code: "too_many", detail, hint: None }
}

/// The known names most similar to `typed`, or all of them if they are few.
pub(crate) fn nearest_or_all(typed: &str, known: &[&str]) -> Option<String> {
    let is_few = known.len() <= FEW && !known.is_empty();
    let alike = nearest(typed, known.iter().copied(), 3);
    did_you_mean(&alike).or_else(|| is_few.then(|| format!("one of {}", known.join(", "))))
}

/// The JSON type of `value` in words.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
