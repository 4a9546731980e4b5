//! From what was typed into the form to a question, or every field that is wrong with the place to mend it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::form::{Form, QUESTION};
use crate::care::{Geography, Service};
use crate::catalog::Catalog;
use crate::discharge::{FieldError, Question, Remark};
use crate::matching::Directory;
use crate::place::ZipTable;
use crate::serve::answer;

mod near;
mod needs;
mod patient;
pub(in crate::serve) mod payer;

/// A question as it was understood.
#[derive(Debug)]
pub struct Asked {
    /// The discharge, one for the one service of the form.
    pub question: Question,
    /// What the asker should know of how it was read.
    pub remarks: Vec<Remark>,
}

/// One wrong field of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field's name, which is the id of its control; `None` where no single one is at fault.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub detail: String,
    /// How to mend it.
    pub hint: Option<String>,
    /// What would mend it, for the asker to choose from.
    pub offers: Vec<Offer>,
}

/// One thing that would mend a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What people read.
    pub label: String,
    /// The field to set; `need` is ticked besides what is ticked already.
    pub field: &'static str,
    /// What to set it to; empty leaves the field out.
    pub value: String,
}

impl Fault {
    /// What is wrong with `field`, with no way out to tell.
    pub fn of(field: &'static str, detail: impl Into<String>) -> Self {
        Self { field: Some(field), detail: detail.into(), hint: None, offers: Vec::new() }
    }

    /// The same with how to mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with values of its field to choose from, each called as it is.
    #[must_use]
    pub fn offering(mut self, values: impl IntoIterator<Item = String>) -> Self {
        let field = self.field.unwrap_or_default();
        self.offers.extend(values.into_iter().map(|value| Offer { label: value.clone(), field, value }));
        self
    }
}

/// Reads the question of `form` in the words of `catalog`.
///
/// # Errors
/// Every field that is wrong, in the order of the form.
pub fn asked(form: &Form, catalog: &Catalog, today: Date) -> Result<Asked, Vec<Fault>> {
    let mut reading = Reading { form, raw: Map::new(), faults: Vec::new(), remarks: Vec::new() };
    reading.place();
    reading.service_and_reach();
    reading.payer(catalog);
    reading.needs();
    reading.patient();
    reading.rest();
    let Reading { raw, mut faults, mut remarks, .. } = reading;
    match answer::read(catalog, &Value::Object(raw), today) {
        Ok((question, read)) if faults.is_empty() => {
            remarks.extend(read);
            return Ok(Asked { question, remarks });
        }
        Ok(_) => {}
        Err(errors) => {
            let told = |fault: &Fault| faults.iter().any(|known: &Fault| known.field == fault.field);
            let of_form = |error| fault(error, form.one("cursor"));
            let more: Vec<Fault> = errors.into_iter().map(of_form).filter(|fault| !told(fault)).collect();
            faults.extend(more);
        }
    }
    faults.sort_by_key(|fault| QUESTION.iter().position(|name| Some(*name) == fault.field));
    // What is typed twice is wrong once.
    let mut told = BTreeSet::new();
    faults.retain(|fault| told.insert((fault.field, fault.detail.clone())));
    Err(faults)
}

/// A question being read: the fields as the API has them, and what is wrong so far.
#[derive(Debug)]
struct Reading<'a> {
    form: &'a Form,
    raw: Map<String, Value>,
    faults: Vec<Fault>,
    remarks: Vec<Remark>,
}

impl Reading<'_> {
    fn set(&mut self, name: &str, value: Value) {
        self.raw.insert(name.to_owned(), value);
    }

    fn place(&mut self) {
        match near::zip(self.form.one("near"), ZipTable::curated()) {
            Ok((zip, remark)) => {
                self.set("near", json!({"zip": zip}));
                self.remarks.extend(remark);
            }
            Err(fault) => self.faults.push(fault),
        }
    }

    fn service_and_reach(&mut self) {
        let service = self.form.one("service");
        if service.is_empty() {
            self.faults.push(Fault::of("service", "Which service is needed?"));
        } else {
            self.set("service", service.into());
        }
        let within = self.form.one("within");
        let comes = service.parse().is_ok_and(|service: Service| service.geography() == Geography::ProviderComes);
        match within.parse::<f64>() {
            _ if within.is_empty() => {}
            Ok(miles) if comes && miles.is_finite() => self.remarks.push(Remark {
                code: "radius_not_used",
                text: format!(
                    "The {within} miles were not used: this service comes to the patient, by its service area."
                ),
            }),
            Ok(miles) if miles.is_finite() => self.set("within_miles", miles.into()),
            _ => self.faults.push(Fault::of("within", "Miles are a number.").hint("Such as 25.")),
        }
    }

    fn payer(&mut self, catalog: &Catalog) {
        match payer::coverage(self.form.one("coverage"), catalog.plans(), self.form.one("near")) {
            Ok(coverage) => self.set("coverage", coverage),
            Err(fault) => self.faults.push(fault),
        }
    }

    fn needs(&mut self) {
        match needs::needs(self.form) {
            Ok(needs) => self.set("needs", needs),
            Err(faults) => self.faults.extend(faults),
        }
    }

    fn patient(&mut self) {
        match patient::patient(self.form) {
            Ok(patient) => self.set("patient", patient),
            Err(faults) => self.faults.extend(faults),
        }
    }

    /// What is passed on as it was typed.
    fn rest(&mut self) {
        for (field, name) in [("on", "discharge_on"), ("cursor", "cursor")] {
            let typed = self.form.one(field);
            if !typed.is_empty() {
                self.set(name, typed.into());
            }
        }
        let limit = self.form.one("limit");
        if !limit.is_empty() {
            self.set("limit", limit.parse::<u32>().map_or_else(|_| limit.into(), Value::from));
        }
    }
}

/// A fault of the question at the field of the form it came from, in the words of the form.
fn fault(error: FieldError, cursor: &str) -> Fault {
    let FieldError { pointer, code, detail, hint } = error;
    let field = match pointer.split('/').nth(1).unwrap_or_default() {
        "near" => Some("near"),
        "service" => Some("service"),
        "coverage" => Some("coverage"),
        "needs" => Some("need_words"),
        "discharge_on" => Some("on"),
        "within_miles" => Some("within"),
        _ => None,
    };
    if code == "stale_cursor" {
        let detail = if is_cursor(cursor) {
            "The directory was replaced by a newer one since you asked, so the next page no longer follows."
        } else {
            "The page number was not understood."
        };
        return Fault {
            field: None,
            detail: detail.to_owned(),
            hint: None,
            offers: vec![Offer { label: "Show the first page".to_owned(), field: "cursor", value: String::new() }],
        };
    }
    Fault { field, detail: sentence(&detail), hint: hint.as_deref().map(sentence), offers: Vec::new() }
}

/// Whether `text` is a cursor of some question: an offset, a hyphen and sixteen digits of a hash.
fn is_cursor(text: &str) -> bool {
    let well_formed = |(offset, hash): (&str, &str)| {
        offset.parse::<u32>().is_ok() && hash.len() == 16 && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
    };
    text.split_once('-').is_some_and(well_formed)
}

/// `text` with a capital at its start and a full stop at its end.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
