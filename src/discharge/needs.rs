//! What the patient needs, read: needs of the vocabulary, required or preferred, of all services or of some.

use serde_json::Value;

use crate::discharge::MOST_NEEDS;
use crate::discharge::fields::{FieldError, FieldErrors, ObjectReader, text};
use crate::discharge::service_field::read_service;
use crate::fuzzy::{did_you_mean, nearest};
use crate::service::{Need, NeedSet, Service};

/// The needs asked, each with whether it is required and the services it is asked of.
#[derive(Debug, Default)]
pub(crate) struct RequestedNeeds(Vec<(Need, bool, Vec<Service>)>);

impl RequestedNeeds {
    pub(crate) fn of(&self, service: Service, required: bool) -> NeedSet {
        let asked_of = |services: &[Service]| services.is_empty() || services.contains(&service);
        self.0.iter().filter(|(_, r, services)| *r == required && asked_of(services)).map(|(need, ..)| *need).collect()
    }
}

pub(crate) fn read_needs(fields: &ObjectReader<'_>, services: &[Service], faults: &mut FieldErrors) -> RequestedNeeds {
    let mut asked = RequestedNeeds::default();
    for (value, pointer) in fields.list("needs", MOST_NEEDS, faults).unwrap_or_default() {
        let item = match value {
            Value::Object(_) => read_need_object(value, &pointer, services, faults),
            _ => read_need(value, &pointer, faults).map(|need| (need, true, Vec::new())),
        };
        let Some((need, required, of)) = item else { continue };
        let overlaps = |other: &[Service]| of.is_empty() || other.is_empty() || of.iter().any(|s| other.contains(s));
        if asked.0.iter().any(|(other, _, services)| *other == need && overlaps(services)) {
            faults.add(&pointer, "repeated", format!("{need} is asked twice"), None);
        }
        asked.0.push((need, required, of));
    }
    asked
}

fn read_need_object(
    value: &Value,
    pointer: &str,
    services: &[Service],
    faults: &mut FieldErrors,
) -> Option<(Need, bool, Vec<Service>)> {
    let fields = ObjectReader::from_value(value, pointer, &["need", "importance", "services"], faults)?;
    let need = if let Some((code, at)) = fields.get("need") {
        read_need(code, &at, faults)
    } else {
        faults.add(&format!("{pointer}/need"), "missing", "which need?", None);
        None
    };
    let required = match fields.text("importance", faults) {
        None | Some(("required", _)) => true,
        Some(("preferred", _)) => false,
        Some((other, at)) => {
            let detail = format!("\"{other}\" is neither required nor preferred");
            faults.unknown(&at, "no_such_importance", detail, other, ["required", "preferred"]);
            true
        }
    };
    let mut of = Vec::new();
    for (value, at) in fields.list("services", Service::ALL.len(), faults).unwrap_or_default() {
        let Some(service) = read_service(value, &at, faults) else { continue };
        if !services.contains(&service) {
            let detail = format!("{service} is not one of the services asked for");
            faults.add(&at, "does_not_apply", detail, None);
        }
        of.push(service);
    }
    Some((need?, required, of))
}

/// The need that text names.
pub(crate) fn read_need(value: &Value, pointer: &str, faults: &mut FieldErrors) -> Option<Need> {
    let code = text(value, pointer, faults)?;
    if let Ok(need) = code.parse() {
        return Some(need);
    }
    faults.push_with(|| {
        let detail = format!("there is no need \"{code}\"");
        FieldError { pointer: pointer.to_owned(), code: "no_such_need", detail, hint: did_you_mean(&alike(code)) }
    });
    None
}

/// The codes of the needs most like `typed`. People write what they say: "wound vac" is the label of wound.npwt.
fn alike(typed: &str) -> Vec<&'static str> {
    let labelled = |label: &&str| Need::all().find(|need| need.label() == *label).map(Need::code);
    let mut alike: Vec<&str> = nearest(typed, Need::all().map(Need::label), 3).iter().filter_map(labelled).collect();
    for known in nearest(typed, Need::all().map(Need::code), 3) {
        if !alike.contains(&known) {
            alike.push(known);
        }
    }
    alike.truncate(3);
    alike
}
