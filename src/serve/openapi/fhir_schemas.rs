//! The FHIR view in the document: its types, its parameters and, loosely, its resources. The
//! CapabilityStatement and Plan-Net describe them in full.

use std::collections::BTreeMap;

use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, Object, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Required};

use crate::serve::fhir::search_params::{CONTROLS, PAGE, ParamType, ResourceType, SearchParam};
use crate::serve::openapi::schema_builder::{bodies, given, the};

/// The values of `_format`.
const FORMATS: [&str; 4] = ["json", "application/fhir+json", "application/json", "text/json"];

bodies! {
    /// A type of resource.
    FhirType: given(Type::String, "A type of resource that the view has.").enum_values(Some(ResourceType::ALL.map(ResourceType::name))), with [];
    /// The format of an answer.
    FhirFormat: given(Type::String, "The format of an answer: JSON, by any of its names.").enum_values(Some(FORMATS)), with [];
    /// A resource.
    FhirResource: resource("A FHIR R4 resource, in the profile that its `meta` names."), with [];
    /// A page of a search.
    SearchBundle: bundle(), with [FhirResource];
    /// What went wrong.
    OperationOutcome: outcome(), with [];
}

fn resource(says: &str) -> ObjectBuilder {
    given(Type::Object, says).property("resourceType", given(Type::String, "Its type.")).required("resourceType")
}

fn bundle() -> ObjectBuilder {
    let entry = given(Type::Object, "A resource that was found or included.")
        .property("fullUrl", given(Type::String, "Its address."))
        .property("resource", the::<FhirResource>());
    resource("A page of a search.")
        .property("type", given(Type::String, "Always `searchset`."))
        .required("type")
        .property("total", given(Type::Integer, "How many were found on all pages.").minimum(Some(0)))
        .property(
            "link",
            ArrayBuilder::new()
                .items(Object::with_type(Type::Object))
                .description(Some("This page and the next, by `relation`.")),
        )
        .property("entry", ArrayBuilder::new().items(entry).description(Some("What is on the page.")))
}

fn outcome() -> ObjectBuilder {
    let issue = given(Type::Object, "One thing that is wrong.")
        .property("severity", given(Type::String, "Always `error`."))
        .required("severity")
        .property("code", given(Type::String, "The FHIR type of the issue."))
        .required("code")
        .property("details", given(Type::Object, "The code of the problem, in the system `urn:placement:problem`."))
        .property("diagnostics", given(Type::String, "What is wrong and how to fix it."));
    resource("What went wrong.").property("issue", ArrayBuilder::new().items(issue)).required("issue")
}

/// Adds the parameters of every type to the search, each with the types that have it.
pub(crate) fn add_parameters(operation: &mut Operation) {
    let mut known: BTreeMap<&str, (&SearchParam, Vec<&str>)> = BTreeMap::new();
    for kind in ResourceType::ALL {
        for param in kind.params() {
            known.entry(param.name).or_insert((param, Vec::new())).1.push(kind.name());
        }
    }
    let own = known.into_iter().map(|(name, (param, kinds))| {
        let unknown =
            if param.field.is_unknown() { " The directory does not have it: only `:missing=true` finds any." } else { "" };
        (name, format!("{} For {}.{unknown}", compared(param.field.compared()), kinds.join(", ")))
    });
    let controls = CONTROLS.into_iter().map(|name| (name, control(name)));
    let parameters = own.chain(controls).map(|(name, says)| {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query).required(Required::False);
        let text = || RefOr::from(Object::with_type(Type::String));
        let schema = if name == "_format" { RefOr::Ref(the::<FhirFormat>()) } else { text() };
        RefOr::T(parameter.description(Some(says)).schema(Some(schema)).build())
    });
    operation.parameters.get_or_insert_default().extend(parameters);
}

fn compared(how: ParamType) -> &'static str {
    match how {
        ParamType::String => "A text, matched as a prefix, or as `:exact` or `:contains` says.",
        ParamType::Token => "A code, or `system|code`.",
        ParamType::Reference => "A resource it links to, as `Type/id`.",
        ParamType::Date => "A time, such as `gt2026-11-20`.",
        ParamType::Special => "`latitude|longitude|distance|unit`, sorted by distance.",
    }
}

fn control(name: &str) -> String {
    let (usual, most) = PAGE;
    match name {
        "_count" => format!("How many on a page; {usual} if omitted, at most {most}."),
        "_cursor" => "From a link to another page.".to_owned(),
        "_format" => "Format of the answer; if omitted, the Accept header decides.".to_owned(),
        "_include" => "Includes resources that the results link to, as `Type:parameter`.".to_owned(),
        "_revinclude" => "Includes resources that link to the results, as `Type:parameter`.".to_owned(),
        _ => "Whether `total` is counted.".to_owned(),
    }
}
