//! The headers of requests and answers.

use std::collections::BTreeMap;

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Header, Ref, RefOr, Required, Response, ResponseBuilder};

use crate::serve::http::route::{DirectoryUse, RouteAudience, RoutePolicy, RouteRate};

/// Every header of an answer, with its type and its description.
const HEADERS: [(&str, Type, &str); 9] = [
    (
        "X-Request-Id",
        Type::String,
        "The id of the request in the log of the server: the caller's own `X-Request-Id` if it is 1 to 64 letters, digits, dots, hyphens and underscores, otherwise a new one.",
    ),
    ("X-Directory-Age-Seconds", Type::Integer, "Seconds since the directory of the answer was built."),
    ("ETag", Type::String, "The version of the answer: the generation of the directory, and the version of the program."),
    ("Retry-After", Type::Integer, "In how many seconds to try again."),
    ("WWW-Authenticate", Type::String, "How to authenticate: `Bearer realm=\"placement\"`."),
    (
        "Accept-Encoding",
        Type::String,
        "The supported encodings of the body: `gzip`, or `identity` if it is read as it arrives.",
    ),
    (
        RATE_LIMIT_POLICY,
        Type::String,
        "How many requests a caller may send: `\"requests\";q=400;w=4`, 400 at once and as many again within 4 seconds (draft-ietf-httpapi-ratelimit-headers). Absent where requests are not counted, as for callers on this machine without access control.",
    ),
    (
        RATE_LIMIT,
        Type::String,
        "How many requests the caller may still send at once, and in how many seconds it has all of them again: `\"requests\";r=399;t=1`. Absent as `RateLimit-Policy` is.",
    ),
    ("Location", Type::String, "The URL of the new list, or of the page to go to."),
];

/// The headers that say what a caller may send.
pub(crate) const RATE_LIMIT_POLICY: &str = "RateLimit-Policy";
pub(crate) const RATE_LIMIT: &str = "RateLimit";

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

/// The request id, which is on every answer.
pub(crate) fn request_id() -> Ref {
    header("X-Request-Id")
}

/// Takes null out of the schemas of parameters: one that is not required is left out instead.
pub(crate) fn drop_null(operation: &mut Operation) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        if let Some(RefOr::T(Schema::Object(object))) = &mut parameter.schema
            && let SchemaType::Array(types) = &object.schema_type
            && let Some(of) = types.iter().find(|of| **of != Type::Null)
        {
            object.schema_type = SchemaType::Type(of.clone());
        }
    }
}

/// Adds the headers that `operation` takes, and those of its answers.
pub(crate) fn add(policy: &RoutePolicy, operation: &mut Operation) {
    let tells_age = policy.directory == DirectoryUse::Answered && policy.audience != RouteAudience::Person;
    for answer in operation.responses.responses.values_mut() {
        let RefOr::T(answer) = answer else { continue };
        answer.headers.insert("X-Request-Id".to_owned(), RefOr::Ref(request_id()));
        if policy.rate == RouteRate::Counted && policy.audience != RouteAudience::Person {
            for name in [RATE_LIMIT_POLICY, RATE_LIMIT] {
                answer.headers.insert(name.to_owned(), RefOr::Ref(header(name)));
            }
        }
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
    const SAYS: &str = "The ETag of the answer that the caller has; 304 without a body if it is still current.";
    let schema = ObjectBuilder::new().schema_type(Type::String);
    let parameter = ParameterBuilder::new().name("If-None-Match").parameter_in(ParameterIn::Header);
    RefOr::T(parameter.required(Required::False).description(Some(SAYS)).schema(Some(schema)).build())
}
