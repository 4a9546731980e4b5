//! Builds the document from what handlers declare and what the policies of their routes decide.

use utoipa::ToSchema;
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::{Components, OpenApi, OpenApiBuilder, Paths, Ref, RefOr, Schema};

use crate::serve::http::problem::problem_json::ProblemJson;
use crate::serve::http::registered_route::RegisteredRoute;
use crate::serve::http::route::{Route, RouteMethod};
use crate::serve::openapi::document_kind::DocumentKind;
use crate::serve::openapi::examples::DocumentExample;
#[cfg(feature = "fhir")]
use crate::serve::openapi::fhir_schemas;
use crate::serve::openapi::named_components::{keep_used, name_alternatives};
use crate::serve::openapi::problems::DocumentedRoute;
use crate::serve::openapi::{about, examples, header_docs, page_operations, problems};

/// The document of `kind` of `routes`, with these examples.
pub(crate) fn write_document(kind: DocumentKind, routes: &[RegisteredRoute], examples: &[DocumentExample]) -> OpenApi {
    let mut components = Components::new();
    components.schemas.extend(routes.iter().flat_map(|registered| registered.schemas.iter().cloned()));
    components.schemas.extend(common_schemas());
    name_alternatives(&mut components.schemas);
    components.headers = header_docs::components();
    components.add_security_schemes_from_iter(about::security_schemes());
    let mut paths = Paths::new();
    for RegisteredRoute { route, operation, .. } in routes {
        let operation = page_operations::complete(route, operation.clone());
        let is_page = operation.tags.iter().flatten().any(|tag| tag == about::PAGES);
        if is_page != (kind == DocumentKind::Pages) {
            continue;
        }
        let operation = finish_operation(route, operation, &mut components, examples);
        paths.add_path_operation(&route.path, vec![method(route.method)], operation);
    }
    if !cfg!(feature = "pdf") {
        leave_out(&mut paths, "application/pdf");
    }
    keep_used(&paths, &mut components);
    OpenApiBuilder::new()
        .info(about::info(kind))
        .servers(Some(about::servers()))
        .tags(Some(about::tags(kind)))
        .paths(paths)
        .components(Some(components))
        .build()
}

/// Schemas that no handler names.
fn common_schemas() -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = vec![("Form".to_owned(), page_operations::form().into())];
    add_schema::<ProblemJson<'_>>(&mut schemas);
    #[cfg(feature = "fhir")]
    {
        add_schema::<fhir_schemas::FhirFormat>(&mut schemas);
        add_schema::<fhir_schemas::FhirType>(&mut schemas);
        add_schema::<fhir_schemas::OperationOutcome>(&mut schemas);
    }
    schemas
}

fn add_schema<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    T::schemas(schemas);
    schemas.push((T::name().into_owned(), T::schema()));
}

/// `operation` with everything the policy of its route decides: who may call it, its headers, its
/// problems; and with its examples.
fn finish_operation(
    route: &Route,
    mut operation: Operation,
    components: &mut Components,
    examples: &[DocumentExample],
) -> Operation {
    operation.security = Some(about::security(route));
    #[cfg(feature = "fhir")]
    if operation.operation_id.as_deref() == Some("fhir_search") {
        fhir_schemas::add_parameters(&mut operation);
    }
    header_docs::add(&route.policy, &mut operation);
    header_docs::drop_null(&mut operation);
    for (status, (name, response)) in problems::responses(DocumentedRoute { route, operation: &operation }) {
        match operation.responses.responses.get_mut(&status) {
            // The handler's own description of the status comes before its problems.
            Some(RefOr::T(own)) => {
                own.description = format!("{} Or a problem: {}", own.description, response.description);
                own.content.extend(response.content);
            }
            Some(RefOr::Ref(_)) => {}
            None => {
                operation.responses.responses.insert(status, RefOr::Ref(Ref::from_response_name(&name)));
                components.responses.insert(name, RefOr::T(response));
            }
        }
    }
    examples::add(examples, &route.path, &mut operation);
    operation
}

/// Removes a format from every answer that could have it.
fn leave_out(paths: &mut Paths, media_type: &str) {
    let operations = paths.paths.values_mut().flat_map(|item| [item.get.as_mut(), item.post.as_mut(), item.put.as_mut()]);
    let responses = operations.flatten().flat_map(|operation| operation.responses.responses.values_mut());
    for response in responses {
        if let RefOr::T(response) = response {
            response.content.shift_remove(media_type);
        }
    }
}

pub(crate) fn method(verb: RouteMethod) -> HttpMethod {
    match verb {
        RouteMethod::Get => HttpMethod::Get,
        RouteMethod::Post => HttpMethod::Post,
        RouteMethod::Put => HttpMethod::Put,
    }
}
