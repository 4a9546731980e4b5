//! The patient's needs: vocabulary codes, required or preferred, for the services that were named or that the need concerns.

use crate::discharge::field_types::Importance;
use crate::discharge::request::NeedRequest;
use crate::input::errors::FieldErrors;
use crate::input::field::Field;
use crate::service::{Need, NeedSet, Service};

/// The requested needs of a question.
#[derive(Debug, Default)]
pub(crate) struct RequestedNeeds {
    /// Each with its importance and the services that the caller named for it.
    needs: Vec<(Need, bool, Vec<Service>)>,
    /// All services of the question.
    services: Vec<Service>,
}

impl RequestedNeeds {
    pub(crate) fn of(&self, service: Service, required: bool) -> NeedSet {
        let is_asked = |need: Need, named: &[Service]| {
            if named.is_empty() { need.asked_of(&self.services).contains(&service) } else { named.contains(&service) }
        };
        let asked = self.needs.iter().filter(|(need, r, named)| *r == required && is_asked(*need, named));
        asked.map(|(need, ..)| *need).collect()
    }
}

/// Reads the needs of a question about `services`; `services` is empty if they are unknown.
pub(crate) fn read_needs(
    needs: &Field<Vec<Field<NeedRequest>>>,
    services: &[Service],
    faults: &mut FieldErrors,
) -> RequestedNeeds {
    let mut asked = RequestedNeeds { needs: Vec::new(), services: services.to_vec() };
    for (at, item) in needs.items() {
        let Some((need, required, of)) = read_need(item, services, faults) else { continue };
        let overlaps = |other: &[Service]| of.is_empty() || other.is_empty() || of.iter().any(|s| other.contains(s));
        if asked.needs.iter().any(|(other, _, services)| *other == need && overlaps(services)) {
            faults.add(at, "repeated", format!("{need} is listed twice"), None);
        }
        asked.needs.push((need, required, of));
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
