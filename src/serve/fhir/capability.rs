//! The CapabilityStatement, generated from the tables that the search uses.

use serde_json::{Value, json};

use crate::serve::fhir::conditions::LONGEST_CHAIN;
use crate::serve::fhir::search_params::{PAGE, PLAN_NET, ParamType, ResourceType, SearchParam, profile};

/// The base URL of the definitions of Bulk Data Access.
const BULK_DATA: &str = "http://hl7.org/fhir/uv/bulkdata";

/// The day the content of this statement last changed.
const DATE: &str = "2026-11-30";

/// The capabilities of the view at `base`.
pub(crate) fn statement(base: &str) -> Value {
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": DATE,
        "kind": "instance",
        "instantiates": [format!("{PLAN_NET}/CapabilityStatement/plan-net")],
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
            "operation": [
                {"name": "export", "definition": format!("{BULK_DATA}/OperationDefinition/export")},
                {"name": "bulk-publish", "definition": format!("{BULK_DATA}/OperationDefinition/bulk-publish")},
            ],
        }],
    })
}

fn documentation() -> String {
    let (usual, most) = PAGE;
    format!(
        "The directory of the last refresh, without later statements of providers, hospital observations and outcomes. Pages hold {usual} resources unless _count says otherwise, at most {most}, \
         and are valid until the next directory is published. Parameters that are not listed are rejected, or ignored and named in an OperationOutcome with Prefer: handling=lenient. \
         Every reference can be chained, forward and with _has, {LONGEST_CHAIN} links deep. _sort takes every parameter that is a string or a code. \
         The directory has no persons and no endpoints: searches for Practitioner, PractitionerRole and Endpoint find nothing."
    )
}

/// Why a type has no resources.
const ABSENT: &str = "The directory has no resources of this type, so every search is empty. That does not mean that a network has none: \
                      whether it has any is not known.";

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
        if kind.is_absent() {
            fields.insert("documentation".to_owned(), json!(ABSENT));
        }
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
