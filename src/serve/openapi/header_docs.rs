//! The headers of requests and answers.

use std::collections::BTreeMap;

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Header, Ref, RefOr, Required, Response, ResponseBuilder};

use crate::serve::http::route::{DirectoryUse, RouteAudience, RoutePolicy};

/// Every header of an answer, what it holds and what it is for.
const HEADERS: [(&str, Type, &str); 7] = [
    (
        "X-Request-Id",
        Type::String,
        "What the request is called in the log of the server: the caller's own `X-Request-Id` where it is 1 to 64 letters, digits, dots, hyphens and underscores, otherwise a new one.",
    ),
    ("X-Directory-Age-Seconds", Type::Integer, "Seconds since the directory was built that answers come from."),
    (
        "ETag",
        Type::String,
        "Which version of the answer this is: the generation of the directory, and the version of the program.",
    ),
    ("Retry-After", Type::Integer, "In how many seconds to ask again."),
    ("WWW-Authenticate", Type::String, "How to show who one is: `Bearer realm=\"placement\"`."),
    ("Accept-Encoding", Type::String, "How the body may be encoded: `gzip`, or `identity` where it is read as it arrives."),
    ("Location", Type::String, "Where to have it again."),
];

/// The headers, by name.
pub(crate) fn components() -> BTreeMap<String, RefOr<Header>> {
    let header = |(name, holds, says): (&str, Type, &str)| {
        let schema = ObjectBuilder::new().schema_type(holds);
        let header = HeaderBuilder::new().schema(Some(schema)).description(Some(says)).build();
        (name.to_owned(), RefOr::T(header))
    };
    HEADERS.into_iter().map(header).collect()
}

/// The header of that name.
pub(crate) fn header(name: &str) -> Ref {
    Ref::new(format!("#/components/headers/{name}"))
}

/// The id of the request, which is on every answer.
pub(crate) fn request_id() -> Ref {
    header("X-Request-Id")
}

/// Adds to `operation` the headers it takes, and to its answers those they have.
pub(crate) fn add(policy: &RoutePolicy, operation: &mut Operation) {
    let tells_age = policy.directory == DirectoryUse::Answered && policy.audience != RouteAudience::Person;
    for answer in operation.responses.responses.values_mut() {
        let RefOr::T(answer) = answer else { continue };
        answer.headers.insert("X-Request-Id".to_owned(), RefOr::Ref(request_id()));
        if tells_age {
            answer.headers.insert("X-Directory-Age-Seconds".to_owned(), RefOr::Ref(header("X-Directory-Age-Seconds")));
        }
        if policy.is_tagged {
            answer.headers.insert("ETag".to_owned(), RefOr::Ref(header("ETag")));
        }
    }
    if policy.is_tagged {
        operation.parameters.get_or_insert_default().push(if_none_match());
        let says = "The caller has this version already.";
        let unchanged = ResponseBuilder::new().description(says).header_ref("ETag", header("ETag"));
        let unchanged: Response = unchanged.header_ref("X-Request-Id", request_id()).build();
        operation.responses.responses.insert("304".to_owned(), RefOr::T(unchanged));
    }
}

fn if_none_match() -> RefOr<utoipa::openapi::path::Parameter> {
    const SAYS: &str = "The ETag of the answer the caller has; if it still stands, 304 without a body.";
    let schema = ObjectBuilder::new().schema_type(Type::String);
    let parameter = ParameterBuilder::new().name("If-None-Match").parameter_in(ParameterIn::Header);
    RefOr::T(parameter.required(Required::False).description(Some(SAYS)).schema(Some(schema)).build())
}
