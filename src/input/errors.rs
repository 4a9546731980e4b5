//! What is wrong with a request: every fault with its place, so many of them told one by one.

use std::fmt::Display;

use serde_json::Value;

use crate::fuzzy::{LONGEST_HINTED, did_you_mean, nearest};
use crate::input::place::escape;

/// How many wrong fields of one request are told one by one; more are only counted. Our choice: whoever mends fifty asks again.
pub const MOST_TOLD: usize = 50;
/// The longest JSON pointer that is told, in bytes: deeper places are told by the value they lie in.
pub(crate) const LONGEST_POINTER: usize = 256;
/// The most names that are all told where none of them is like the one typed.
const FEW: usize = 12;

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

    /// Whether anything is wrong at `pointer` or below it, as far as it is told.
    pub(crate) fn is_any_below(&self, pointer: &str) -> bool {
        self.told.iter().any(|error| error.pointer.starts_with(pointer))
    }

    /// The same in the order of the fields `names` of a body, the items of a list one after the other; what is not known comes first.
    #[must_use]
    pub(crate) fn in_order_of(mut self, names: &[&str]) -> Self {
        self.told.sort_by_key(|error| {
            let mut steps = error.pointer.split('/').skip(1);
            let field = steps.next().and_then(|step| names.iter().position(|name| *name == step));
            (field, steps.next().and_then(|step| step.parse::<usize>().ok()))
        });
        self
    }

    /// `value`, if nothing is wrong.
    ///
    /// # Errors
    /// What is wrong.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Adds one at `at`.
    pub(crate) fn add(&mut self, at: impl Display, code: &'static str, detail: impl Into<String>, hint: Option<String>) {
        self.add_with(at, code, || (detail.into(), hint));
    }

    /// Adds one at `at`, its detail and its hint written only where it is told.
    pub(crate) fn add_with(&mut self, at: impl Display, code: &'static str, says: impl FnOnce() -> (String, Option<String>)) {
        self.push_with(|| {
            let (detail, hint) = says();
            FieldError { pointer: at.to_string(), code, detail, hint }
        });
    }

    /// A name that is not known, with the nearest that are.
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

    /// The fields of `names` that are not known in the object at `at`. Of a name that no field could have only the length is told.
    pub(crate) fn unknown_fields<'a>(
        &mut self,
        at: impl Display,
        names: impl IntoIterator<Item = &'a str>,
        hint: impl Fn(&str) -> Option<String>,
    ) {
        for name in names {
            if let Some(long) = too_long(name, LONGEST_HINTED) {
                let detail = || (format!("there is no field here whose name has {long} characters"), None);
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

/// How many characters `text` has, where those are more than `most`.
pub(crate) fn too_long(text: &str, most: usize) -> Option<usize> {
    // Each character takes a byte at least, so that most texts need not be counted.
    let count = if text.len() <= most { text.len() } else { text.chars().count() };
    (count > most).then_some(count)
}

/// What is wrong with a text at `at` that may have at most `most` characters, if it has more.
pub(crate) fn longer_than(most: usize, text: &str, at: impl Display) -> Option<FieldError> {
    let count = too_long(text, most)?;
    let detail = format!("at most {most} characters; there are {count}");
    Some(FieldError { pointer: at.to_string(), code: "too_long", detail, hint: None })
}

/// What is wrong with a list at `at` of `count` items where at most `most` are taken.
pub(crate) fn too_many(at: impl Display, most: usize, count: usize) -> FieldError {
    let detail = format!("at most {most} are taken at once; there are {count}");
    FieldError { pointer: at.to_string(), code: "too_many", detail, hint: None }
}

/// The names most like `typed`, or all of them where they are few.
pub(crate) fn nearest_or_all(typed: &str, known: &[&str]) -> Option<String> {
    let is_few = known.len() <= FEW && !known.is_empty();
    let alike = nearest(typed, known.iter().copied(), 3);
    did_you_mean(&alike).or_else(|| is_few.then(|| format!("one of {}", known.join(", "))))
}

/// What `value` is, in words.
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
