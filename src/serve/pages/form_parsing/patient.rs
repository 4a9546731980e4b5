//! The patient facts that limits are checked against.

use serde_json::{Map, Value};

use crate::discharge::MOST_LANGUAGES;
use crate::discharge::field_types::EligibleGroup;
use crate::discharge::request::{DosesADay, DrugCost, PatientAge, PatientWeight, StartHours};
use crate::languages;
use crate::need_words::patient_fact::{PatientFact, read_age, read_weight};
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::form_parsing::form_error::FormError;
use crate::serve::pages::form_parsing::needs;
use crate::service::Need;
use crate::text::fold_case;

/// The patient's whole numbers: field, label, minimum and maximum.
const NUMBERS: [(&str, &str, (u32, u32)); 5] = [
    ("age", "Age", PatientAge::BOUNDS),
    ("weight_lb", "Weight", PatientWeight::BOUNDS),
    ("doses_a_day", "IV doses per day", DosesADay::BOUNDS),
    ("start_within_hours", "Hours to start of care", StartHours::BOUNDS),
    ("drug_cost_a_day", "Medication cost per day", DrugCost::BOUNDS),
];

/// The patient of `form` in the form of the API. `facts` were typed among the needs, each with its words; `asks_language` means that
/// one of those words is about the language the patient speaks.
///
/// # Errors
/// A number that is invalid or out of range, an unknown sex or language, or a fact that a field contradicts.
pub(crate) fn patient(
    form: &SubmittedForm,
    facts: &[(String, PatientFact)],
    asks_language: bool,
) -> Result<Value, Vec<FormError>> {
    let (mut patient, mut faults) = (Map::new(), Vec::new());
    for (field, name, (least, most)) in NUMBERS {
        let typed = form.one(field);
        let read = match field {
            "age" => read_age(typed),
            "weight_lb" => read_weight(typed),
            _ => typed.parse::<u32>().ok(),
        };
        match read {
            _ if typed.is_empty() => {}
            Some(number) if (least..=most).contains(&number) => {
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
    match groups(form) {
        Ok(groups) => {
            patient.insert("eligible".to_owned(), groups.into());
        }
        Err(fault) => faults.push(fault),
    }
    let mut languages = spoken(form, &mut faults);
    for (typed, fact) in facts {
        let (name, value): (_, Value) = match fact {
            PatientFact::Age(years) => ("age", (*years).into()),
            PatientFact::WeightPounds(pounds) => ("weight_lb", (*pounds).into()),
            PatientFact::DosesADay(doses) => ("doses_a_day", (*doses).into()),
            PatientFact::Sex(sex) => ("sex", sex.code().into()),
            PatientFact::Language(code) => {
                languages.push(code);
                continue;
            }
        };
        match patient.get(name) {
            Some(known) if *known != value => faults.push(said_twice(name, typed)),
            _ => {
                patient.insert(name.to_owned(), value);
            }
        }
    }
    if asks_language && languages.is_empty() && form.one("language").is_empty() {
        faults.push(FormError::of("language", "Which language does the patient speak?"));
    }
    languages.sort_unstable();
    languages.dedup();
    patient.insert("languages".to_owned(), languages.into());
    if faults.is_empty() { Ok(Value::Object(patient)) } else { Err(faults) }
}

/// The codes of the languages in the field.
fn spoken(form: &SubmittedForm, faults: &mut Vec<FormError>) -> Vec<&'static str> {
    let typed = form.all("language").flat_map(|languages| languages.split([',', ';']));
    let typed: Vec<&str> = typed.map(str::trim).filter(|typed| !typed.is_empty()).collect();
    if typed.len() > MOST_LANGUAGES {
        let detail = format!("You entered {} languages. The most is {MOST_LANGUAGES}.", typed.len());
        faults.push(FormError::of("language", detail));
        return Vec::new();
    }
    let mut codes = Vec::new();
    for typed in typed {
        match languages::code(typed) {
            Some(code) => codes.push(code),
            None if is_signed(typed) => faults.extend(ask_for_signing(form)),
            None => faults.push(no_such_language(typed)),
        }
    }
    codes
}

/// The error of a fact that was typed among the needs and contradicts its own field.
fn said_twice(name: &'static str, typed: &str) -> FormError {
    let fault = FormError::of(name, format!("The needs say \u{201c}{typed}\u{201d}, but this field has another value."));
    fault.hint("Keep one of them.")
}

/// The checked groups, each once.
fn groups(form: &SubmittedForm) -> Result<Vec<&'static str>, FormError> {
    let mut groups: Vec<&'static str> = Vec::new();
    for typed in form.all("eligible") {
        let Some(group) = EligibleGroup::ALL.map(EligibleGroup::code).into_iter().find(|code| *code == typed) else {
            return Err(FormError::of("eligible", "Check veteran, religious order, or lives in the community."));
        };
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    Ok(groups)
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
            let read =
                |more: &str| patient(&SubmittedForm::read(format!("language={typed}{more}").as_bytes()).unwrap(), &[], false);
            let faults = read("").unwrap_err();
            assert_eq!((faults[0].field, faults[0].offers[0].field), (Some("language"), "need"));
            assert_eq!(faults[0].offers[0].value, INTERPRETER);
            let ticked = read("&need=lang.interpreter").unwrap();
            assert_eq!(ticked["languages"], Value::Array(Vec::new()), "the need covers it");
        }
    }

    #[test]
    fn facts_among_the_needs_set_their_fields_and_never_contradict_them() {
        let facts =
            [("480 lb".to_owned(), PatientFact::WeightPounds(480)), ("spanish".to_owned(), PatientFact::Language("es"))];
        let read = |body: &str| patient(&SubmittedForm::read(body.as_bytes()).unwrap(), &facts, false);
        assert_eq!(read("").unwrap(), serde_json::json!({"weight_lb": 480, "eligible": [], "languages": ["es"]}));
        let both = read("weight_lb=480+lbs&language=Spanish,+French&age=95").unwrap();
        assert_eq!(both, serde_json::json!({"age": 90, "weight_lb": 480, "eligible": [], "languages": ["es", "fr"]}));
        let faults = read("weight_lb=300").unwrap_err();
        assert_eq!(faults[0].field, Some("weight_lb"));
        assert!(faults[0].detail.contains("480 lb"), "{}", faults[0].detail);
        let asked = patient(&SubmittedForm::read(b"").unwrap(), &[], true).unwrap_err();
        assert_eq!(asked[0].field, Some("language"));
    }
}
