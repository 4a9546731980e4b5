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
    /// The parameters of a search.
    SearchForm: search_form(), with [];
    /// The files of an export.
    ExportManifestSchema: manifest(), with [];
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

fn search_form() -> ObjectBuilder {
    given(Type::Object, "Each field is a parameter of a search of the type, as in its URL.")
        .additional_properties(Some(ObjectBuilder::new().schema_type(Type::String)))
}

fn manifest() -> ObjectBuilder {
    let file = given(Type::Object, "A file of lines, each a resource.")
        .property("type", given(Type::String, "The type of its resources."))
        .required("type")
        .property("url", given(Type::String, "Its address."))
        .required("url")
        .property("count", given(Type::Integer, "How many resources it has.").minimum(Some(0)));
    given(Type::Object, "The files of an export, as in Bulk Data Access.")
        .property("transactionTime", given(Type::String, "When the directory was published."))
        .required("transactionTime")
        .property("request", given(Type::String, "What was requested."))
        .required("request")
        .property("requiresAccessToken", given(Type::Boolean, "Whether the files need the same credentials."))
        .required("requiresAccessToken")
        .property("outputFormat", given(Type::String, "Always `application/fhir+ndjson`."))
        .property("output", ArrayBuilder::new().items(file).description(Some("The files.")))
        .required("output")
        .property("error", ArrayBuilder::new().items(Object::new()).description(Some("Always empty.")))
        .required("error")
}

fn outcome() -> ObjectBuilder {
    let issue = given(Type::Object, "One thing that is wrong.")
        .property("severity", given(Type::String, "`error`, or `warning` for what a lenient search ignored."))
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
        "_elements" => "Which elements the results have, with commas between.".to_owned(),
        "_pretty" => "Whether the JSON is indented: `true` or `false`.".to_owned(),
        "_sort" => "What the results are sorted by, with commas between; `-` before a name for the reverse.".to_owned(),
        "_summary" => "Which elements: `true`, `text`, `data`, `count` for the number only, or `false`.".to_owned(),
        "_include" => "Includes resources that the results link to, as `Type:parameter`.".to_owned(),
        "_revinclude" => "Includes resources that link to the results, as `Type:parameter`.".to_owned(),
        _ => "Whether `total` is counted.".to_owned(),
    }
}
