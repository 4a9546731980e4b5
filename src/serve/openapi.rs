//! The OpenAPI document, and the page that shows it.
//!
//! The document is built from the handlers' `utoipa::path` attributes, the schemas of what they
//! read and write, and the policies of their routes: who may call them, and what can go wrong. It
//! is stored in `docs/openapi.json`, and that of the pages in `docs/openapi-pages.json`; a test keeps
//! them equal.

pub(crate) mod about;
pub(crate) mod api_document;
pub(crate) mod body_schemas;
pub(crate) mod docs_page;
pub(crate) mod document;
pub(crate) mod document_kind;
pub(crate) mod enums;
pub mod examples;
pub(crate) mod facts;
#[cfg(feature = "fhir")]
pub(crate) mod fhir_schemas;
pub(crate) mod forms;
pub(crate) mod header_docs;
pub(crate) mod named_components;
pub(crate) mod page_operations;
pub(crate) mod problems;
pub(crate) mod prose;
pub(crate) mod schema_builder;
pub(crate) mod schemas;
