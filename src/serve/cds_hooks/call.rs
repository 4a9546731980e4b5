//! The envelope of a call: checks the fields that the standard names, and reports all errors at
//! once.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::fuzzy::{did_you_mean, nearest};
use crate::input::errors::FieldErrors;
use crate::serve::http::extract::field_error;

/// The fields of a call (CDS Hooks 2.0, "HTTP Request"). `fhirServer` and `fhirAuthorization` are
/// accepted and not read.
const FIELDS: [&str; 7] = ["hook", "hookInstance", "fhirServer", "fhirAuthorization", "context", "prefetch", "extension"];
/// The fields of the context of `encounter-discharge`.
const CONTEXT: [&str; 3] = ["userId", "patientId", "encounterId"];

/// The prefetch of the call `raw`; empty if there is none.
///
/// # Errors
/// Every field that is wrong.
pub(crate) fn prefetch(raw: &Value) -> Result<&Map<String, Value>, FieldErrors> {
    static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    let Some(fields) = raw.as_object() else {
        return Err(field_error("", "wrong_type", "expected an object: a CDS Hooks call", None).into());
    };
    let mut faults = FieldErrors::default();
    unknown(fields, "", &FIELDS, &mut faults);
    match text(fields, "", "hook", &mut faults) {
        None | Some(HOOK) => {}
        Some(_) => {
            let hint = format!("register this service for {HOOK}");
            faults.push(field_error("/hook", "does_not_apply", "this service does not support that hook", Some(hint)));
        }
    }
    text(fields, "", "hookInstance", &mut faults);
    match fields.get("context").filter(|value| !value.is_null()) {
        None => faults.push(field_error("/context", "missing", "context is missing", None)),
        Some(Value::Object(context)) => {
            for name in CONTEXT {
                text(context, "/context", name, &mut faults);
            }
        }
        Some(_) => faults.push(field_error("/context", "wrong_type", "expected an object", None)),
    }
    let prefetch = match fields.get("prefetch") {
        None | Some(Value::Null) => &*NONE,
        Some(Value::Object(prefetch)) => prefetch,
        Some(_) => {
            faults.push(field_error("/prefetch", "wrong_type", "expected an object with a key for each template", None));
            &*NONE
        }
    };
    faults.or(prefetch)
}

/// A text field that is required.
pub(crate) fn text<'a>(fields: &'a Map<String, Value>, at: &str, name: &str, faults: &mut FieldErrors) -> Option<&'a str> {
    let pointer = format!("{at}/{name}");
    match fields.get(name).filter(|value| !value.is_null()) {
        None => faults.push(field_error(&pointer, "missing", &format!("{name} is missing"), None)),
        Some(Value::String(text)) if text.trim().is_empty() => {
            faults.push(field_error(&pointer, "missing", &format!("{name} is empty"), None));
        }
        Some(Value::String(text)) => return Some(text),
        Some(_) => faults.push(field_error(&pointer, "wrong_type", "expected text", None)),
    }
    None
}

/// Reports the fields that the standard does not name.
pub(crate) fn unknown(fields: &Map<String, Value>, at: &str, known: &[&str], faults: &mut FieldErrors) {
    let strange = fields.keys().map(String::as_str).filter(|name| !known.contains(name));
    faults.unknown_fields(at, strange, |name| {
        let hint = did_you_mean(&nearest(name, known.iter().copied(), 1));
        hint.or_else(|| Some("put fields that the standard does not name under extension".to_owned()))
    });
}

/// How many cards one call of feedback may have. Our choice: a call of the hook is answered with
/// few.
pub(crate) const MOST_CARDS: usize = 100;

/// The supported hook.
pub(crate) const HOOK: &str = "encounter-discharge";
