//! The facts of the patient that limits are checked against, read. None of them identifies anybody.

use crate::discharge::fields::{FieldErrors, ObjectReader, text};
use crate::discharge::{MOST_LANGUAGES, Patient};
use crate::provider::Sex;

pub(crate) fn read_patient(fields: &ObjectReader<'_>, faults: &mut FieldErrors) -> Patient {
    const KNOWN: [&str; 5] = ["age", "weight_lb", "doses_a_day", "sex", "languages"];
    let Some((value, _)) = fields.get("patient") else { return Patient::default() };
    let Some(fields) = ObjectReader::from_value(value, "/patient", &KNOWN, faults) else { return Patient::default() };
    Patient {
        age: fields.u32_in_range("age", 0, 90, faults),
        weight_lb: fields.u32_in_range("weight_lb", 1, 1500, faults),
        doses_a_day: fields.u32_in_range("doses_a_day", 1, 24, faults),
        sex: read_sex(&fields, faults),
        languages: read_languages(&fields, faults),
    }
}

fn read_sex(fields: &ObjectReader<'_>, faults: &mut FieldErrors) -> Option<Sex> {
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

fn read_languages(fields: &ObjectReader<'_>, faults: &mut FieldErrors) -> Vec<String> {
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
