//! Resources by an identifier of the outside world.

use crate::provider::ProviderId;
use crate::serve::fhir::codes;
use crate::serve::fhir::context::FhirContext;
use crate::serve::fhir::filters::TokenFilter;
use crate::serve::fhir::search_params::ResourceType;
use crate::serve::fhir::view::ResourceRef;

/// The resources with an identifier. A place only has the identifiers that belong to one place.
pub(crate) fn identified(ground: FhirContext<'_>, kind: ResourceType, token: &TokenFilter) -> Vec<ResourceRef> {
    let (item, systems): (fn(u32) -> ResourceRef, &[&str]) = match kind {
        ResourceType::Organization => (ResourceRef::Provider, &[codes::CCN, codes::PROVIDER, codes::NPI]),
        ResourceType::Location => (ResourceRef::Place, &[codes::CCN, codes::PROVIDER]),
        _ => return Vec::new(),
    };
    let systems = systems.iter().filter(|system| token.system.as_deref().is_none_or(|wanted| wanted == **system));
    let records = systems.flat_map(|system| match &token.code {
        Some(code) => records_with(ground, system, code),
        None => (0..ground.catalog.record_count()).filter(|record| has_any(ground, system, *record)).collect(),
    });
    let place = |record: &u32| kind == ResourceType::Organization || ground.view.has_place(*record);
    records.filter(place).map(item).collect()
}

/// The providers with this number of a system. Several may share an NPI; an id of the directory
/// belongs to one.
fn records_with(ground: FhirContext<'_>, system: &str, code: &str) -> Vec<u32> {
    let id = match system {
        codes::CCN => format!("ccn:{code}"),
        codes::NPI => format!("npi:{code}"),
        _ => code.to_owned(),
    };
    let Ok(id) = id.parse::<ProviderId>() else { return Vec::new() };
    let mut records = ground.catalog.records_with(&id);
    if system == codes::PROVIDER {
        records.retain(|record| ground.catalog.id_at(*record).as_ref() == Some(&id));
    }
    records
}

fn has_any(ground: FhirContext<'_>, system: &str, record: u32) -> bool {
    let [ccn, npi] = ground.view.has_numbers(record);
    match system {
        codes::CCN => ccn,
        codes::NPI => npi,
        _ => true,
    }
}
