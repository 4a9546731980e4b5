//! Feedback on cards, counted. Comments are free text and may be about the patient, so they are not
//! read.

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::fuzzy::{did_you_mean, nearest};
use crate::input::errors::FieldErrors;
use crate::input::errors::too_many;
use crate::serve::cds_hooks::call::{MOST_CARDS, text};
use crate::serve::cds_hooks::card::REASONS;
use crate::serve::http::extract::field_error;

/// The fields of the body and of each of its entries (CDS Hooks 2.0, "Feedback").
const BODY: [&str; 2] = ["feedback", "extension"];
const ENTRY: [&str; 6] = ["card", "outcome", "outcomeTimestamp", "acceptedSuggestions", "overrideReason", "extension"];

/// How many cards were accepted and overridden, and why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CardFeedbackCounts {
    pub(crate) accepted: u32,
    pub(crate) overridden: u32,
    /// The codes of our own reasons, and `other` for any other one.
    pub(crate) reasons: Vec<&'static str>,
}

impl CardFeedbackCounts {
    /// Reads the body of a feedback call.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub(crate) fn read(raw: &Value) -> Result<Self, FieldErrors> {
        let Some(fields) = raw.as_object() else {
            return Err(field_error("", "wrong_type", "expected an object with feedback", None).into());
        };
        let mut faults = FieldErrors::default();
        unknown(fields, "", &BODY, &mut faults);
        let mut feedback = Self::default();
        match fields.get("feedback") {
            Some(Value::Array(entries)) if entries.len() > MOST_CARDS => {
                faults.push(too_many("/feedback", MOST_CARDS, entries.len()));
            }
            Some(Value::Array(entries)) if !entries.is_empty() => {
                for (at, entry) in entries.iter().enumerate() {
                    feedback.count(entry, &format!("/feedback/{at}"), &mut faults);
                }
            }
            None | Some(Value::Null | Value::Array(_)) => {
                faults.push(field_error("/feedback", "missing", "feedback on at least one card is missing", None));
            }
            Some(_) => faults.push(field_error("/feedback", "wrong_type", "expected a list", None)),
        }
        faults.or(feedback)
    }

    fn count(&mut self, entry: &Value, at: &str, faults: &mut FieldErrors) {
        let Some(entry) = entry.as_object() else {
            faults.push(field_error(at, "wrong_type", "expected an object", None));
            return;
        };
        unknown(entry, at, &ENTRY, faults);
        if text(entry, at, "card", faults).is_some_and(|card| card.parse::<Uuid>().is_err()) {
            let detail = "expected the uuid of a card";
            faults.push(field_error(&format!("{at}/card"), "not_a_uuid", detail, None));
        }
        if text(entry, at, "outcomeTimestamp", faults).is_some_and(|when| when.parse::<Timestamp>().is_err()) {
            let hint = Some("write it as 2026-11-21T13:00:00Z".to_owned());
            let detail = "expected a date and time with its offset from UTC";
            faults.push(field_error(&format!("{at}/outcomeTimestamp"), "not_a_time", detail, hint));
        }
        match text(entry, at, "outcome", faults) {
            Some("accepted") => self.accepted += 1,
            Some("overridden") => {
                self.overridden += 1;
                self.reasons.extend(reason(entry));
            }
            Some(_) => {
                let hint = Some("accepted or overridden".to_owned());
                faults.push(field_error(&format!("{at}/outcome"), "no_such_outcome", "there is no such outcome", hint));
            }
            None => {}
        }
    }
}

/// Reports the fields that the standard does not name.
fn unknown(fields: &Map<String, Value>, at: &str, known: &[&str], faults: &mut FieldErrors) {
    let strange = fields.keys().map(String::as_str).filter(|name| !known.contains(name));
    faults.unknown_fields(at, strange, |name| {
        let hint = did_you_mean(&nearest(name, known.iter().copied(), 1));
        hint.or_else(|| Some("put fields that the standard does not name under extension".to_owned()))
    });
}

/// The reason of an entry, if given: its code if it is one of ours.
fn reason(entry: &Map<String, Value>) -> Option<&'static str> {
    let reason = entry.get("overrideReason").filter(|reason| !reason.is_null())?;
    let code = reason.pointer("/reason/code").and_then(Value::as_str);
    let known = REASONS.iter().map(|reason| reason.code).find(|known| Some(*known) == code);
    Some(known.unwrap_or("other"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn outcomes_are_counted_and_comments_are_not_read() {
        let card = "4e0a3a1e-3283-4575-ab82-028d55fe2719";
        let at = "2026-11-21T13:00:00Z";
        let reason = |code: &str| json!({"reason": {"code": code, "system": "x"}, "userComment": "CANARY"});
        let body = json!({"feedback": [
            {"card": card, "outcome": "accepted", "outcomeTimestamp": at, "acceptedSuggestions": []},
            {"card": card, "outcome": "overridden", "outcomeTimestamp": at, "overrideReason": reason("arranged")},
            {"card": card, "outcome": "overridden", "outcomeTimestamp": at, "overrideReason": reason("CANARY")},
            {"card": card, "outcome": "overridden", "outcomeTimestamp": at},
        ]});
        let read = CardFeedbackCounts::read(&body).unwrap();
        assert_eq!(read, CardFeedbackCounts { accepted: 1, overridden: 3, reasons: vec!["arranged", "other"] });
    }
}
