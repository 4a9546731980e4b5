//! The patient's needs: vocabulary codes, required or preferred, for all services or some of them.

use crate::discharge::field_types::Importance;
use crate::discharge::request::NeedRequest;
use crate::input::errors::FieldErrors;
use crate::input::field::Field;
use crate::service::{Need, NeedSet, Service};

/// The requested needs, each with its importance and its services.
#[derive(Debug, Default)]
pub(crate) struct RequestedNeeds(Vec<(Need, bool, Vec<Service>)>);

impl RequestedNeeds {
    pub(crate) fn of(&self, service: Service, required: bool) -> NeedSet {
        let asked_of = |services: &[Service]| services.is_empty() || services.contains(&service);
        self.0.iter().filter(|(_, r, services)| *r == required && asked_of(services)).map(|(need, ..)| *need).collect()
    }
}

/// Reads the needs of a question about `services`; `services` is empty if they are unknown.
pub(crate) fn read_needs(
    needs: &Field<Vec<Field<NeedRequest>>>,
    services: &[Service],
    faults: &mut FieldErrors,
) -> RequestedNeeds {
    let mut asked = RequestedNeeds::default();
    for (at, item) in needs.items() {
        let Some((need, required, of)) = read_need(item, services, faults) else { continue };
        let overlaps = |other: &[Service]| of.is_empty() || other.is_empty() || of.iter().any(|s| other.contains(s));
        if asked.0.iter().any(|(other, _, services)| *other == need && overlaps(services)) {
            faults.add(at, "repeated", format!("{need} is listed twice"), None);
        }
        asked.0.push((need, required, of));
    }
    asked
}

fn read_need(item: &NeedRequest, services: &[Service], faults: &mut FieldErrors) -> Option<(Need, bool, Vec<Service>)> {
    let terms = match item {
        NeedRequest::Code(need) => return Some((*need, true, Vec::new())),
        NeedRequest::Terms(terms) => terms,
    };
    let mut of = Vec::new();
    for (at, service) in terms.services.items() {
        if !services.is_empty() && !services.contains(service) {
            faults.add(at, "does_not_apply", format!("{service} is not one of the services asked for"), None);
        }
        of.push(*service);
    }
    let required = terms.importance.given() != Some(&Importance::Preferred);
    Some((*terms.need.given()?, required, of))
}
