//! The patient facts that limits are checked against.

use serde_json::{Map, Value};

use crate::discharge::MOST_LANGUAGES;
use crate::discharge::request::{DosesADay, PatientAge, PatientWeight};
use crate::languages;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::form_parsing::form_error::FormError;
use crate::serve::pages::form_parsing::needs;
use crate::service::Need;
use crate::text::fold_case;

/// The patient's whole numbers: field, label, minimum and maximum.
const NUMBERS: [(&str, &str, (u32, u32)); 3] = [
    ("age", "Age", PatientAge::BOUNDS),
    ("weight_lb", "Weight", PatientWeight::BOUNDS),
    ("doses_a_day", "IV doses per day", DosesADay::BOUNDS),
];

/// The patient of `form` in the form of the API.
///
/// # Errors
/// A number that is invalid or out of range, or an unknown sex or language.
pub(crate) fn patient(form: &SubmittedForm) -> Result<Value, Vec<FormError>> {
    let (mut patient, mut faults) = (Map::new(), Vec::new());
    for (field, name, (least, most)) in NUMBERS {
        let typed = form.one(field);
        match typed.parse::<u32>() {
            _ if typed.is_empty() => {}
            Ok(number) if (least..=most).contains(&number) => {
                patient.insert(field.to_owned(), number.into());
            }
            _ => faults.push(number_fault(field, name, least, most)),
        }
    }
    match form.one("sex") {
        "" => {}
        sex @ ("female" | "male") => {
            patient.insert("sex".to_owned(), sex.into());
        }
        _ => faults.push(FormError::of("sex", "Choose female, male, or not specified.")),
    }
    let typed = form.all("language").flat_map(|languages| languages.split([',', ';']));
    let typed: Vec<&str> = typed.map(str::trim).filter(|typed| !typed.is_empty()).collect();
    if typed.len() > MOST_LANGUAGES {
        let detail = format!("You entered {} languages. The most is {MOST_LANGUAGES}.", typed.len());
        faults.push(FormError::of("language", detail));
        return Err(faults);
    }
    let mut codes: Vec<&str> = Vec::new();
    for typed in typed {
        match languages::code(typed) {
            Some(code) => codes.push(code),
            None if is_signed(typed) => faults.extend(ask_for_signing(form)),
            None => faults.push(no_such_language(typed)),
        }
    }
    patient.insert("languages".to_owned(), codes.into());
    if faults.is_empty() { Ok(Value::Object(patient)) } else { Err(faults) }
}

fn number_fault(field: &'static str, name: &str, least: u32, most: u32) -> FormError {
    let fault = FormError::of(field, format!("{name} must be a whole number from {least} to {most}."));
    if field == "age" { fault.hint("Enter 90 for age 90 or older.") } else { fault }
}

/// The need for a sign language interpreter: ISO 639-1 has no sign language.
const INTERPRETER: &str = "lang.interpreter";

fn is_signed(typed: &str) -> bool {
    let typed = fold_case(typed);
    ["asl", "american sign", "sign"].contains(&typed.trim_end_matches("language").trim_end())
}

/// Explains how to enter a sign language; `None` if the need is already checked.
fn ask_for_signing(form: &SubmittedForm) -> Option<FormError> {
    if form.all("need").chain(form.all("prefer")).any(|code| code == INTERPRETER) {
        return None;
    }
    let need = INTERPRETER.parse::<Need>().ok()?;
    let mut fault = FormError::of("language", "Enter sign language as a clinical need, not as a language.");
    fault.hint = Some(format!("Select \u{201c}{}\u{201d} under Clinical needs.", need.label()));
    fault.offers.push(needs::offer(need));
    Some(fault)
}

fn no_such_language(typed: &str) -> FormError {
    let fault = FormError::of("language", format!("\u{201c}{typed}\u{201d} is not a known language."));
    fault.hint("Enter its English name or two-letter code.").offering(languages::alike(typed).iter().map(|&name| name.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_language_is_a_need_and_its_checkbox_is_offered() {
        for typed in ["ASL", "sign+language", "American+Sign+Language"] {
            let read = |more: &str| patient(&SubmittedForm::read(format!("language={typed}{more}").as_bytes()).unwrap());
            let faults = read("").unwrap_err();
            assert_eq!((faults[0].field, faults[0].offers[0].field), (Some("language"), "need"));
            assert_eq!(faults[0].offers[0].value, INTERPRETER);
            let ticked = read("&need=lang.interpreter").unwrap();
            assert_eq!(ticked["languages"], Value::Array(Vec::new()), "the need covers it");
        }
    }
}
