//! Reads JSON and reports repeated fields: `serde_json` would keep the last one and silently drop
//! the first.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::input::errors::LONGEST_POINTER;
use crate::input::errors::{FieldError, FieldErrors};
use crate::input::place::escape;

/// Parses `text`; returns the value and every repeated field. A byte order mark before it is
/// skipped (RFC 8259, 8.1).
///
/// # Errors
/// The text is not JSON; the error has the line and column.
pub(crate) fn read(text: &[u8]) -> Result<(Value, FieldErrors), serde_json::Error> {
    let mut repeated = FieldErrors::default();
    let mut reader = serde_json::Deserializer::from_slice(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text));
    let value = DuplicateKeyCheck { at: None, repeated: &mut repeated }.deserialize(&mut reader)?;
    reader.end()?;
    Ok((value, repeated))
}

/// What some programs write before UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The location of a value: its last step, and the location of the value around it. A pointer is
/// only built to report an error, so that deeply nested values cost no more to read.
#[derive(Clone, Copy)]
struct JsonPlace<'a> {
    below: Option<&'a JsonPlace<'a>>,
    step: JsonStep<'a>,
}

#[derive(Clone, Copy)]
enum JsonStep<'a> {
    Field(&'a str),
    Item(usize),
}

impl JsonPlace<'_> {
    /// The JSON pointer, or that of the deepest value around it that is no longer than
    /// [`LONGEST_POINTER`].
    fn pointer(&self) -> String {
        let mut steps: Vec<JsonStep<'_>> =
            std::iter::successors(Some(self), |place| place.below).map(|place| place.step).collect();
        steps.reverse();
        let mut pointer = String::new();
        for step in steps {
            let step = match step {
                JsonStep::Field(name) if name.len() > LONGEST_POINTER => break,
                JsonStep::Field(name) => escape(name),
                JsonStep::Item(at) => at.to_string(),
            };
            if pointer.len() + step.len() >= LONGEST_POINTER {
                break;
            }
            pointer = format!("{pointer}/{step}");
        }
        pointer
    }
}

/// Reads one value and checks it for repeated fields.
struct DuplicateKeyCheck<'a> {
    at: Option<&'a JsonPlace<'a>>,
    repeated: &'a mut FieldErrors,
}

impl<'de> DeserializeSeed<'de> for DuplicateKeyCheck<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for DuplicateKeyCheck<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let place = JsonPlace { below: self.at, step: JsonStep::Item(list.len()) };
            match items.next_element_seed(DuplicateKeyCheck { at: Some(&place), repeated: &mut *self.repeated })? {
                Some(item) => list.push(item),
                None => return Ok(list.into()),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let place = JsonPlace { below: self.at, step: JsonStep::Field(&name) };
            let value = entries.next_value_seed(DuplicateKeyCheck { at: Some(&place), repeated: &mut *self.repeated })?;
            if map.contains_key(&name) {
                self.repeated.push_with(|| {
                    let detail = "this field is given more than once".to_owned();
                    let hint = Some("keep one of them".to_owned());
                    FieldError { pointer: place.pointer(), code: "repeated", detail, hint }
                });
            }
            map.insert(name, value);
        }
        Ok(map.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_given_twice_is_told_with_its_place() {
        for (text, pointers) in [
            (r#"{"a": 1, "b": [{"c": null}]}"#, vec![]),
            (r#"{"a": 1, "a": 2}"#, vec!["/a"]),
            (r#"{"a": [0, {"b/c": 1, "b/c": 1}], "d": 1, "d": 1, "d": 1}"#, vec!["/a/1/b~1c", "/d", "/d"]),
        ] {
            let (_, repeated) = read(text.as_bytes()).unwrap();
            assert_eq!(repeated.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), pointers, "{text}");
        }
    }

    #[test]
    fn what_is_read_is_what_serde_json_reads() {
        let text = r#"{"zip": "29401", "near": [1, -2, 3.25, 1e3, true, false, null, "\u00e9"], "deep": {"": {}}}"#;
        let (value, _) = read(text.as_bytes()).unwrap();
        assert_eq!(value, serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn what_is_not_json_says_where() {
        for text in ["", "{", "{\"a\": }", "[1,]", "{} {}", "\u{feff}\u{feff}{}", "1e999", "[[[[", "{\"a\" 1}"] {
            assert!(read(text.as_bytes()).is_err_and(|error| error.line() == 1), "{text:?}");
        }
        let deep = "[".repeat(100_000);
        assert!(read(deep.as_bytes()).is_err(), "deep nesting is rejected");
    }
}
