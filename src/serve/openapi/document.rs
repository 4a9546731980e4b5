//! Puts the document together: what handlers say of themselves, and what the table of routes decides.

use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::{Components, OpenApiBuilder, Paths, Ref, RefOr};

use crate::serve::http::routes;
use crate::serve::http::routes::{Route, RouteMethod};
use crate::serve::openapi::examples::DocumentExample;
use crate::serve::openapi::problems::DocumentedRoute;
use crate::serve::openapi::{about, examples, fhir_schemas, header_docs, page_operations, problems};

/// The whole document, with these examples.
pub(crate) fn written(handlers: utoipa::openapi::OpenApi, examples: &[DocumentExample]) -> utoipa::openapi::OpenApi {
    let mut components = handlers.components.unwrap_or_default();
    components.schemas.insert("Form".to_owned(), page_operations::form().into());
    components.headers = header_docs::components();
    components.add_security_schemes_from_iter(about::security_schemes());
    let mut paths = Paths::new();
    for row in &routes::TABLE {
        let described = handlers.paths.get_path_operation(row.path, method(row.method)).cloned();
        let operation = described.unwrap_or_else(|| page_operations::operation(row));
        paths.add_path_operation(row.path, vec![method(row.method)], finished(row, operation, &mut components, examples));
    }
    OpenApiBuilder::new()
        .info(about::info())
        .servers(Some(about::servers()))
        .tags(Some(about::tags()))
        .paths(paths)
        .components(Some(components))
        .build()
}

/// `operation` with everything its row decides: who may call it, its headers, what can go wrong; and its examples.
pub(crate) fn finished(
    row: &Route,
    mut operation: Operation,
    components: &mut Components,
    examples: &[DocumentExample],
) -> Operation {
    operation.security = Some(about::security(row));
    if row.deed == "fhir.search" {
        fhir_schemas::add_parameters(&mut operation);
    }
    header_docs::add(row, &mut operation);
    for (status, (name, response)) in problems::responses(DocumentedRoute { row, operation: &operation }) {
        match operation.responses.responses.get_mut(&status) {
            // What the handler says of the status stands beside the problems of it.
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
    examples::add(examples, row.path, &mut operation);
    operation
}

pub(crate) fn method(verb: RouteMethod) -> HttpMethod {
    match verb {
        RouteMethod::Get => HttpMethod::Get,
        RouteMethod::Post => HttpMethod::Post,
        RouteMethod::Put => HttpMethod::Put,
    }
}
