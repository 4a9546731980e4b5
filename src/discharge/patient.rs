//! The facts of the patient that limits are checked against, read. None of them identifies anybody.

use super::fields::{FieldErrors, Fields, text};
use super::{MOST_LANGUAGES, Patient};
use crate::provider::Sex;

pub(super) fn read_patient(fields: &Fields<'_>, faults: &mut FieldErrors) -> Patient {
    const KNOWN: [&str; 5] = ["age", "weight_lb", "doses_a_day", "sex", "languages"];
    let Some((value, _)) = fields.get("patient") else { return Patient::default() };
    let Some(fields) = Fields::of(value, "/patient", &KNOWN, faults) else { return Patient::default() };
    Patient {
        age: fields.whole("age", 0, 90, faults),
        weight_lb: fields.whole("weight_lb", 1, 1500, faults),
        doses_a_day: fields.whole("doses_a_day", 1, 24, faults),
        sex: read_sex(&fields, faults),
        languages: read_languages(&fields, faults),
    }
}

fn read_sex(fields: &Fields<'_>, faults: &mut FieldErrors) -> Option<Sex> {
    let (typed, pointer) = fields.text("sex", faults)?;
    match typed {
        "female" => Some(Sex::Female),
        "male" => Some(Sex::Male),
        other => {
            faults.unknown(&pointer, "no_such_sex", format!("\"{other}\" is not known"), other, ["female", "male"]);
            None
        }
    }
}

fn read_languages(fields: &Fields<'_>, faults: &mut FieldErrors) -> Vec<String> {
    let mut languages = Vec::new();
    for (value, pointer) in fields.list("languages", MOST_LANGUAGES, faults).unwrap_or_default() {
        let Some(code) = text(value, &pointer, faults) else { continue };
        if code.len() == 2 && code.bytes().all(|b| b.is_ascii_lowercase()) {
            languages.push(code.to_owned());
        } else {
            let hint = Some("two lower-case letters (ISO 639-1), such as es".to_owned());
            faults.add(&pointer, "no_such_language", "not a language code", hint);
        }
    }
    languages.sort();
    languages.dedup();
    languages
}
