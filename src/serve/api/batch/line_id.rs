//! The id that a caller gives to a line of a batch. The answer to the line has it too, so that both
//! can be joined without counting lines. It is neither stored nor logged.

use serde_json::Value;

use crate::input::errors::FieldErrors;

/// The longest id, in characters. Our choice: a UUID with a prefix.
pub(crate) const LONGEST_ID: usize = 100;

/// Takes the field `id` out of `line`, which is not a field of the question. `None` if the line has
/// none, or one that cannot be repeated, which is then among `faults`.
pub(crate) fn take(line: &mut Value, faults: &mut FieldErrors) -> Option<Value> {
    let id = line.as_object_mut()?.remove("id").filter(|id| !id.is_null())?;
    let is_usable = match &id {
        Value::Number(number) => number.is_i64() || number.is_u64(),
        Value::String(text) => (1..=LONGEST_ID).contains(&text.chars().count()) && !text.contains(char::is_control),
        _ => false,
    };
    if !is_usable {
        let detail = format!("expected a whole number, or a text of 1 to {LONGEST_ID} characters on one line");
        faults.add("/id", "not_an_id", detail, None);
    }
    Some(id).filter(|_| is_usable)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_is_a_whole_number_or_a_short_text() {
        for (id, is_usable) in [
            (json!("row 7"), true),
            (json!(7), true),
            (json!("x".repeat(LONGEST_ID)), true),
            (json!("x".repeat(LONGEST_ID + 1)), false),
            (json!(""), false),
            (json!("a\nb"), false),
            (json!(7.5), false),
            (json!(["7"]), false),
        ] {
            let (mut line, mut faults) = (json!({"id": id, "service": "hospice"}), FieldErrors::default());
            let taken = take(&mut line, &mut faults);
            assert_eq!((taken.is_some(), faults.is_empty()), (is_usable, is_usable), "{id}");
            assert_eq!(line, json!({"service": "hospice"}));
        }
        let (mut line, mut faults) = (json!({"id": null}), FieldErrors::default());
        assert!(take(&mut line, &mut faults).is_none() && faults.is_empty());
    }
}
