//! Parses the form into a question, or into errors that each name their field.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::catalog::Catalog;
use crate::discharge::{Notice, Question};
use crate::input::errors::FieldError;
use crate::matching::candidate::Directory;
use crate::need_words::phone_questions::PhoneQuestions;
use crate::place::ZipTable;
use crate::query;
use crate::serve::pages::form::{EHR_NOTE, SubmittedForm, question_fields};
use crate::serve::pages::form_parsing::form_error::{FormError, FormFix, sentence};
use crate::service::{DeliveryMode, Need, Service};

pub(crate) mod ehr_note;
pub(crate) mod form_error;
pub(crate) mod near;
pub(crate) mod needs;
pub(crate) mod patient;
pub(crate) mod payer;
pub(crate) mod reach;
pub(crate) mod screens;

/// A parsed question.
#[derive(Debug)]
pub(crate) struct FormQuestion {
    /// The question, with one discharge for each service of the form.
    pub question: Question,
    /// Notes on how the form was read.
    pub remarks: Vec<Notice>,
    /// Needs that are not in the vocabulary, to be asked about by phone.
    pub by_phone: PhoneQuestions,
}

/// Parses the question of `form` against `catalog`.
///
/// # Errors
/// Every wrong field, in the order of the form.
pub(crate) fn asked(form: &SubmittedForm, catalog: &Catalog, today: Date) -> Result<FormQuestion, Vec<FormError>> {
    let remarks = ehr_note::remarks(form.one(EHR_NOTE));
    let mut reading = FormParser { form, raw: Map::new(), faults: Vec::new(), remarks };
    reading.place(catalog);
    reading.service_and_reach();
    let besides = reading.payer(catalog);
    let by_phone = reading.needs_and_patient(besides);
    reading.rest(today);
    let FormParser { raw, mut faults, mut remarks, .. } = reading;
    match query::read(catalog, &Value::Object(raw), today) {
        Ok((question, read)) if faults.is_empty() => {
            remarks.extend(read);
            return Ok(FormQuestion { question, remarks, by_phone });
        }
        Ok(_) => {}
        Err(errors) => {
            let told = |fault: &FormError| faults.iter().any(|known: &FormError| known.field == fault.field);
            let of_form = |error| fault(error, form.one("cursor"));
            let more: Vec<FormError> = errors.into_iter().map(of_form).filter(|fault| !told(fault)).collect();
            faults.extend(more);
        }
    }
    faults.sort_by_key(|fault| question_fields().position(|name| Some(name) == fault.field));
    // A value that occurs twice is reported once.
    let mut told = BTreeSet::new();
    faults.retain(|fault| told.insert((fault.field, fault.detail.clone())));
    Err(faults)
}

/// The state of parsing: the fields in the form of the API, and the errors so far.
#[derive(Debug)]
struct FormParser<'a> {
    form: &'a SubmittedForm,
    raw: Map<String, Value>,
    faults: Vec<FormError>,
    remarks: Vec<Notice>,
}

impl FormParser<'_> {
    fn set(&mut self, name: &str, value: Value) {
        self.raw.insert(name.to_owned(), value);
    }

    fn place(&mut self, catalog: &Catalog) {
        match near::zip(self.form.one("near"), ZipTable::curated(), catalog.plans()) {
            Ok((zip, remark)) => {
                self.set("near", json!({"zip": zip}));
                self.remarks.extend(remark);
            }
            Err(fault) => self.faults.push(fault),
        }
    }

    fn service_and_reach(&mut self) {
        let services = self.form.services();
        match services[..] {
            [] => self.faults.push(FormError::of("service", "Choose a level of care.")),
            [service] => self.set("service", service.into()),
            _ => self.set("services", services.clone().into()),
        }
        let within = reach::plain_miles(self.form.one("within"));
        let comes =
            |service: &str| service.parse().is_ok_and(|service: Service| service.geography() == DeliveryMode::ProviderComes);
        let comes = !services.is_empty() && services.iter().all(|service| comes(service));
        match within.parse::<f64>() {
            _ if within.is_empty() => {}
            Ok(miles) if comes && miles.is_finite() => self.remarks.push(Notice {
                code: "radius_not_used",
                text: format!(
                    "Radius of {within} miles not used: the agency travels to the patient within its service area."
                ),
            }),
            Ok(miles) if miles.is_finite() => self.set("within_miles", miles.into()),
            _ => self.faults.push(FormError::of("within", "Enter the radius in miles as a number.").hint("Example: 25.")),
        }
    }

    /// Reads the insurance; returns the need that comes with it.
    fn payer(&mut self, catalog: &Catalog) -> Option<Need> {
        let (typed, anyway) = (self.form.one("coverage"), self.form.one(payer::SEARCH_ANYWAY));
        match payer::coverage(typed, catalog.plans(), self.form.one("near"), anyway) {
            Ok(read) => {
                self.set("coverage", read.coverage);
                self.remarks.extend(read.remark);
                read.need
            }
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    /// Reads the needs, and the patient with the facts typed among the needs; returns what to ask by phone.
    fn needs_and_patient(&mut self, besides: Option<Need>) -> PhoneQuestions {
        let read = needs::needs(self.form, besides);
        self.set("needs", read.to_json());
        match patient::patient(self.form, &read.facts, read.asks_language) {
            Ok(patient) => self.set("patient", patient),
            Err(faults) => self.faults.extend(faults),
        }
        self.remarks.extend(read.remarks);
        self.faults.extend(read.faults);
        read.by_phone
    }

    /// The date, the page and its size.
    fn rest(&mut self, today: Date) {
        let cursor = self.form.one("cursor");
        if !cursor.is_empty() {
            self.set("cursor", cursor.into());
        }
        let on = self.form.one("on");
        if !on.is_empty() {
            let read = reach::typed_day(on, today).map_or_else(|| on.to_owned(), |day| day.to_string());
            self.set("discharge_on", read.into());
        }
        // An answer for several services has no pages.
        let is_plan = self.form.services().len() > 1;
        if is_plan {
            self.raw.remove("cursor");
        }
        let limit = self.form.one("limit");
        if !limit.is_empty() {
            self.set("limit", limit.parse::<u32>().map_or_else(|_| limit.into(), Value::from));
        }
        if let Some(facts) = screens::facts(self.form, today) {
            self.set("screens", facts.into());
        }
    }
}

/// Maps an error of the question to its field of the form.
fn fault(error: FieldError, cursor: &str) -> FormError {
    let FieldError { pointer, code, detail, hint } = error;
    let field = match pointer.split('/').nth(1).unwrap_or_default() {
        "near" => Some("near"),
        "service" | "services" => Some("service"),
        "coverage" => Some("coverage"),
        "needs" => Some("need_words"),
        "discharge_on" => Some("on"),
        "within_miles" => Some("within"),
        "screens" => screens::field_at(&pointer),
        _ => None,
    };
    if code == "stale_cursor" {
        let detail = if is_cursor(cursor) {
            "The directory was updated after your search, so the next page is not available."
        } else {
            "The page number is not valid."
        };
        return FormError {
            field: None,
            detail: detail.to_owned(),
            hint: None,
            offers: vec![FormFix { label: "Show the first page".to_owned(), field: "cursor", value: String::new() }],
        };
    }
    FormError { field, detail: sentence(&detail), hint: hint.as_deref().map(sentence), offers: Vec::new() }
}

/// Whether nothing is wrong but the page of the answer, which is of another directory.
pub(crate) fn is_stale_page(faults: &[FormError]) -> bool {
    !faults.is_empty() && faults.iter().all(|fault| fault.offers.iter().any(|offer| offer.field == "cursor"))
}

/// Whether `text` has the form of a cursor: an offset, a hyphen and sixteen hexadecimal digits of a hash.
fn is_cursor(text: &str) -> bool {
    let well_formed = |(offset, hash): (&str, &str)| {
        offset.parse::<u32>().is_ok() && hash.len() == 16 && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
    };
    text.split_once('-').is_some_and(well_formed)
}
