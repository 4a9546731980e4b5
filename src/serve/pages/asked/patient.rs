//! The facts of the patient that limits are checked against.

use serde_json::{Map, Value};

use super::Fault;
use crate::language;
use crate::serve::pages::form::Form;

/// The patient's whole numbers: the field, what it is called, and its least and most.
const NUMBERS: [(&str, &str, u32, u32); 3] =
    [("age", "Age", 0, 90), ("weight_lb", "Weight", 1, 1500), ("doses_a_day", "Doses a day", 1, 24)];

/// The patient of `form` in the form of the API.
///
/// # Errors
/// A number that is none or out of range, a sex or a language that is not known.
pub fn patient(form: &Form) -> Result<Value, Vec<Fault>> {
    let (mut patient, mut faults) = (Map::new(), Vec::new());
    for (field, name, least, most) in NUMBERS {
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
        _ => faults.push(Fault::of("sex", "Choose female, male or not said.")),
    }
    let typed = form.all("language").flat_map(|languages| languages.split([',', ';']));
    let mut codes: Vec<&str> = Vec::new();
    for typed in typed.map(str::trim).filter(|typed| !typed.is_empty()) {
        match language::code(typed) {
            Some(code) => codes.push(code),
            None => faults.push(no_such_language(typed)),
        }
    }
    patient.insert("languages".to_owned(), codes.into());
    if faults.is_empty() { Ok(Value::Object(patient)) } else { Err(faults) }
}

fn number_fault(field: &'static str, name: &str, least: u32, most: u32) -> Fault {
    let fault = Fault::of(field, format!("{name} is a whole number from {least} to {most}."));
    if field == "age" { fault.hint("90 stands for 90 and over.") } else { fault }
}

fn no_such_language(typed: &str) -> Fault {
    let fault = Fault::of("language", format!("No language is called \u{201c}{typed}\u{201d}."));
    fault
        .hint("Type its English name or its two letters.")
        .offering(language::alike(typed).iter().map(|&name| name.into()))
}
