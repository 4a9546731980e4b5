//! One field of a request: what was read of it, and the rules by which it is read and described.

use serde_json::{Map, Value};
use utoipa::openapi::schema::ObjectBuilder;

use crate::input::errors::{FieldErrors, kind, nearest_or_all};
use crate::input::place::FieldPlace;
use crate::input::schema::{
    FieldSchema, FormSchema, NamedSchema, ValueSchema, closed_object, described, one_of, or_null, reference, with,
};

/// A type of the values of fields: it reads itself and describes itself.
pub(crate) trait InputType {
    /// What is read.
    type Value;

    /// Reads `value`, which stands at `at` and is not null; every fault is added to `faults`.
    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Self::Value>;

    /// Its schema as JSON; the named schemas that it needs are added to `schemas`.
    fn describe(schemas: &mut Vec<NamedSchema>) -> Value;
}

/// A field as it was read. The second stage of a reader works on the fields that are given, whatever is wrong with the others.
#[derive(Debug, Clone)]
pub(crate) struct Field<T> {
    /// Its place in the body.
    pub(crate) at: FieldPlace,
    state: FieldState<T>,
}

#[derive(Debug, Clone)]
enum FieldState<T> {
    /// It is left out, or null.
    Absent,
    /// It is there and cannot be read, which has been told.
    Wrong,
    /// It is there.
    Given(T),
}

impl<T> Field<T> {
    /// What `read` makes of the value at `at`.
    pub(crate) fn of(at: FieldPlace, read: Option<T>) -> Self {
        Self { at, state: read.map_or(FieldState::Wrong, FieldState::Given) }
    }

    /// Whether it is there, right or wrong.
    pub(crate) fn is_present(&self) -> bool {
        !matches!(self.state, FieldState::Absent)
    }

    /// Its value, where it is there and right.
    pub(crate) fn given(&self) -> Option<&T> {
        match &self.state {
            FieldState::Given(value) => Some(value),
            FieldState::Absent | FieldState::Wrong => None,
        }
    }

    /// Its value, or `usual` where it is left out; `None` where it is wrong.
    pub(crate) fn given_or(&self, usual: T) -> Option<T>
    where
        T: Clone,
    {
        if self.is_present() { self.given().cloned() } else { Some(usual) }
    }
}

impl<T> Field<Vec<Field<T>>> {
    /// The items of the list that are right.
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

/// How to mend a fault, where that can be said.
type HintText = fn() -> Option<String>;

impl<T: InputType> FieldRule<T> {
    /// A field that may be left out.
    pub(crate) fn new(name: &'static str, says: &'static str) -> Self {
        Self { name, says, missing: None, empty: None, usual: None, described_usual: None, note: None, is_distinct: false }
    }

    /// Must be there; where it is not, `asks` and `hint` say so.
    pub(crate) fn required(self, asks: &'static str, hint: HintText) -> Self {
        Self { missing: Some((asks, hint)), ..self }
    }

    /// A list or a text that may not be empty; where it is, `code`, `detail` and `hint` say so.
    pub(crate) fn filled(self, code: &'static str, detail: &'static str, hint: HintText) -> Self {
        Self { empty: Some((code, detail, hint)), ..self }
    }

    /// What it is where it is left out.
    pub(crate) fn usual(self, value: T::Value) -> Self
    where
        T::Value: Clone + Into<Value>,
    {
        Self { described_usual: Some(value.clone().into()), usual: Some(value), ..self }
    }

    /// What its description says besides its comment.
    pub(crate) fn note(self, note: fn() -> String) -> Self {
        Self { note: Some(note), ..self }
    }

    /// The field of `object`, which stands at `at`.
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

    /// A list that has nothing twice; the second stage says what is the same.
    pub(crate) fn distinct(self) -> Self {
        Self { is_distinct: true, ..self }
    }

    /// The schema of the field. One that may be left out may be null too, where its schema has a type of its own.
    pub(crate) fn describe(self, schemas: &mut Vec<NamedSchema>) -> FieldSchema {
        let note = self.note.map_or_else(String::new, |note| format!(" {}", note()));
        let schema = described(T::describe(schemas), &format!("{}{note}", self.says));
        let is_list = schema["type"] == "array";
        let schema = with(schema, "minItems", (is_list && self.empty.is_some()).then_some(1));
        let schema = with(schema, "uniqueItems", self.is_distinct.then_some(true));
        let schema = with(schema, "default", self.described_usual);
        let is_required = self.missing.is_some();
        FieldSchema { name: self.name, schema: if is_required { schema } else { or_null(schema) }, is_required }
    }
}

/// Whether `value` is a list of nothing or a text of nothing but space.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

/// The rules of an object whose fields are known.
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

    /// What is said of a field that is not known, in place of the nearest names.
    pub(crate) fn unknown(self, hint: fn(&str) -> Option<String>) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// What its schema says besides its fields.
    pub(crate) fn shaped(self, shape: fn(ObjectBuilder) -> ObjectBuilder) -> Self {
        Self { shape: Some(shape), ..self }
    }

    /// The schema of an object with `fields`; where it has `forms`, these are added to `schemas`, and it is one of them.
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

    /// The object that `value` is, its unknown fields told, each with the nearest names or with what is said in their place.
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
