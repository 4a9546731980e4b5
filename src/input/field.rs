//! One field of a request: the parsed value, and the rules for parsing and describing it.

use serde_json::{Map, Value};
use utoipa::openapi::schema::ObjectBuilder;

use crate::input::errors::{FieldErrors, kind, nearest_or_all};
use crate::input::place::FieldPlace;
use crate::input::schema::{
    FieldSchema, FormSchema, NamedSchema, ValueSchema, closed_object, described, one_of, or_null, reference, with,
};

/// A type of field values, with its parser and its schema.
pub(crate) trait InputType {
    /// The parsed value.
    type Value;

    /// Parses `value`, which is located at `at` and is not null; adds every error to `faults`.
    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Self::Value>;

    /// The JSON schema; named schemas that it refers to are added to `schemas`.
    fn describe(schemas: &mut Vec<NamedSchema>) -> Value;
}

/// A parsed field. The second stage uses the given fields even if others are wrong.
#[derive(Debug, Clone)]
pub(crate) struct Field<T> {
    /// Its location in the body.
    pub(crate) at: FieldPlace,
    state: FieldState<T>,
}

#[derive(Debug, Clone)]
enum FieldState<T> {
    /// Left out or null.
    Absent,
    /// Present but invalid; the error is already reported.
    Wrong,
    /// Present and valid.
    Given(T),
}

impl<T> Field<T> {
    /// Builds a field from the result of parsing the value at `at`.
    pub(crate) fn of(at: FieldPlace, read: Option<T>) -> Self {
        Self { at, state: read.map_or(FieldState::Wrong, FieldState::Given) }
    }

    /// Whether it is present, valid or not.
    pub(crate) fn is_present(&self) -> bool {
        !matches!(self.state, FieldState::Absent)
    }

    /// Its value, if present and valid.
    pub(crate) fn given(&self) -> Option<&T> {
        match &self.state {
            FieldState::Given(value) => Some(value),
            FieldState::Absent | FieldState::Wrong => None,
        }
    }

    /// Its value, or `usual` if left out; `None` if invalid.
    pub(crate) fn given_or(&self, usual: T) -> Option<T>
    where
        T: Clone,
    {
        if self.is_present() { self.given().cloned() } else { Some(usual) }
    }
}

impl<T> Field<Vec<Field<T>>> {
    /// The valid items of the list.
    pub(crate) fn items(&self) -> impl Iterator<Item = (FieldPlace, &T)> {
        self.given().into_iter().flatten().filter_map(|item| Some((item.at, item.given()?)))
    }
}

/// The rules of one field.
pub(crate) struct FieldRule<T: InputType> {
    name: &'static str,
    says: &'static str,
    missing: Option<(&'static str, HintText)>,
    empty: Option<(&'static str, &'static str, HintText)>,
    usual: Option<T::Value>,
    described_usual: Option<Value>,
    note: Option<fn() -> String>,
    is_distinct: bool,
}

/// A hint on how to correct an error, if there is one.
type HintText = fn() -> Option<String>;

impl<T: InputType> FieldRule<T> {
    /// An optional field.
    pub(crate) fn new(name: &'static str, says: &'static str) -> Self {
        Self { name, says, missing: None, empty: None, usual: None, described_usual: None, note: None, is_distinct: false }
    }

    /// Makes the field required; `asks` and `hint` describe the error.
    pub(crate) fn required(self, asks: &'static str, hint: HintText) -> Self {
        Self { missing: Some((asks, hint)), ..self }
    }

    /// Rejects an empty list or text; `code`, `detail` and `hint` describe the error.
    pub(crate) fn filled(self, code: &'static str, detail: &'static str, hint: HintText) -> Self {
        Self { empty: Some((code, detail, hint)), ..self }
    }

    /// Sets the default value.
    pub(crate) fn usual(self, value: T::Value) -> Self
    where
        T::Value: Clone + Into<Value>,
    {
        Self { described_usual: Some(value.clone().into()), usual: Some(value), ..self }
    }

    /// Appends a sentence to the description.
    pub(crate) fn note(self, note: fn() -> String) -> Self {
        Self { note: Some(note), ..self }
    }

    /// Parses this field of `object`, which is located at `at`.
    pub(crate) fn read(self, object: &Map<String, Value>, at: FieldPlace, faults: &mut FieldErrors) -> Field<T::Value> {
        let at = at.field(self.name);
        let Some(value) = object.get(self.name).filter(|value| !value.is_null()) else {
            if let Some((asks, hint)) = self.missing {
                faults.add(at, "missing", asks, hint());
            }
            return Field { at, state: self.usual.map_or(FieldState::Absent, FieldState::Given) };
        };
        let read = T::read(value, at, faults);
        match self.empty {
            Some((code, detail, hint)) if read.is_some() && is_empty(value) => {
                faults.add(at, code, detail, hint());
                Field::of(at, None)
            }
            _ => Field::of(at, read),
        }
    }

    /// Marks a list whose items are distinct; the second stage decides what counts as equal.
    pub(crate) fn distinct(self) -> Self {
        Self { is_distinct: true, ..self }
    }

    /// The schema of the field. An optional field may also be null, if its schema has a type of its
    /// own.
    pub(crate) fn describe(self, schemas: &mut Vec<NamedSchema>) -> FieldSchema {
        let note = self.note.map_or_else(String::new, |note| format!(" {}", note()));
        // In words: of a field with the keyword `default`, generators make one that must be given.
        let usual = self.described_usual.map_or_else(String::new, |usual| format!(" {usual} if left out."));
        let schema = described(T::describe(schemas), &format!("{}{note}{usual}", self.says));
        let is_list = schema["type"] == "array";
        let schema = with(schema, "minItems", (is_list && self.empty.is_some()).then_some(1));
        let schema = with(schema, "uniqueItems", self.is_distinct.then_some(true));
        let is_required = self.missing.is_some();
        FieldSchema { name: self.name, schema: if is_required { schema } else { or_null(schema) }, is_required }
    }
}

/// Whether `value` is an empty list or a blank text.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// The rules of an object with known fields.
pub(crate) struct ObjectRule<'a> {
    names: &'a [&'a str],
    hint: Option<fn(&str) -> Option<String>>,
    shape: Option<fn(ObjectBuilder) -> ObjectBuilder>,
}

impl<'n> ObjectRule<'n> {
    /// An object with fields of these names.
    pub(crate) fn new(names: &'n [&'n str]) -> Self {
        Self { names, hint: None, shape: None }
    }

    /// Sets the hint for an unknown field, in place of the most similar names.
    pub(crate) fn unknown(self, hint: fn(&str) -> Option<String>) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// Adds keywords to the schema besides its fields.
    pub(crate) fn shaped(self, shape: fn(ObjectBuilder) -> ObjectBuilder) -> Self {
        Self { shape: Some(shape), ..self }
    }

    /// The schema of an object with `fields`. If there are `forms`, they are added to `schemas` and
    /// the object is one of them.
    pub(crate) fn describe(
        &self,
        says: &str,
        fields: Vec<FieldSchema>,
        forms: &[FormSchema],
        schemas: &mut Vec<NamedSchema>,
    ) -> ValueSchema {
        if !forms.is_empty() {
            schemas.extend(forms.iter().map(|form| form.named(&fields)));
            return one_of(says, forms.iter().map(|form| reference(form.name)));
        }
        let object = closed_object(says, fields);
        match self.shape {
            Some(shape) => shape(object).into(),
            None => object.into(),
        }
    }

    /// Returns `value` as an object and reports its unknown fields, each with a hint.
    pub(crate) fn open<'a>(
        &self,
        value: &'a Value,
        at: FieldPlace,
        faults: &mut FieldErrors,
    ) -> Option<&'a Map<String, Value>> {
        let Value::Object(object) = value else {
            faults.add(at, "wrong_type", format!("expected an object, found {}", kind(value)), None);
            return None;
        };
        let strange = object.keys().map(String::as_str).filter(|name| !self.names.contains(name));
        faults.unknown_fields(at, strange, |name| match self.hint {
            Some(hint) => hint(name),
            None => nearest_or_all(name, self.names),
        });
        Some(object)
    }
}
