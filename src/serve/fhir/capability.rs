//! The CapabilityStatement, generated from the tables that the search uses.

use serde_json::{Value, json};

use crate::serve::fhir::search_params::{PAGE, PLAN_NET, ParamType, ResourceType, SearchParam, profile};

/// The day the content of this statement last changed.
const DATE: &str = "2026-11-30";

/// The capabilities of the view at `base`.
pub(crate) fn statement(base: &str) -> Value {
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": DATE,
        "kind": "instance",
        "software": {"name": "placement", "version": env!("CARGO_PKG_VERSION")},
        "implementation": {"description": "The published directory of post-acute providers, read only", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "implementationGuide": [format!("{PLAN_NET}/ImplementationGuide/hl7.fhir.us.davinci-pdex-plan-net|1.1.0")],
        "rest": [{
            "mode": "server",
            "documentation": documentation(),
            "security": {"description": "An API key or a token in Authorization: Bearer, with the scope directory:read; none if the server has no access control."},
            "resource": ResourceType::ALL.map(resource),
        }],
    })
}

fn documentation() -> String {
    let (usual, most) = PAGE;
    format!(
        "The directory of the last refresh, without later statements of providers, hospital observations and outcomes. Pages hold {usual} resources unless _count says otherwise, at most {most}, \
         and are valid until the next directory is published. Parameters that are not listed are rejected. The directory has no persons and no \
         endpoints, so there is no Practitioner, PractitionerRole or Endpoint."
    )
}

fn resource(kind: ResourceType) -> Value {
    let links: Vec<String> = kind.links().map(|param| format!("{}:{}", kind.name(), param.name)).collect();
    let backlinks: Vec<String> = kind.backlinks().map(|(from, param)| format!("{}:{}", from.name(), param.name)).collect();
    let mut resource = json!({
        "type": kind.name(),
        "supportedProfile": kind.profiles().iter().map(|name| profile(name)).collect::<Vec<_>>(),
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "versioned",
        "readHistory": false,
        "conditionalRead": "not-match",
        "searchInclude": links,
        "searchRevInclude": backlinks,
        "searchParam": kind.params().iter().map(param).collect::<Vec<_>>(),
    });
    if let Some(fields) = resource.as_object_mut() {
        fields.retain(|_, value| value.as_array().is_none_or(|list| !list.is_empty()));
    }
    resource
}

fn param(param: &SearchParam) -> Value {
    let mut value = json!({"name": param.name, "definition": param.definition(), "type": compared(param.field.compared())});
    if let Some(fields) = value.as_object_mut().filter(|_| param.field.is_unknown()) {
        fields.insert("documentation".to_owned(), json!("The directory does not have it: only :missing=true finds any."));
    }
    value
}

fn compared(compared: ParamType) -> &'static str {
    match compared {
        ParamType::String => "string",
        ParamType::Token => "token",
        ParamType::Reference => "reference",
        ParamType::Date => "date",
        ParamType::Special => "special",
    }
}
