//! Every route in one table: which route there is, who may call it, who reads what it answers, and what the audit calls it.
//!
//! [`super::route_builder::RouteBuilder`] builds the router and holds it against [`TABLE`]: a route without a row, or a row without a route, and the program does
//! not start.

use std::collections::HashMap;
use std::sync::LazyLock;

use RouteAudience::{Either, Fhir, Person, Program};
use RouteMethod::{Get, Post, Put};
use RouteWork::{Heavy, InParts, Light};
use axum::http::Method;
use axum::routing::MethodFilter;

use crate::api_keys::Scope;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteAccess {
    /// Anybody: it says nothing of a question or of the inside.
    Nothing,
    /// Who holds this scope.
    Scope(Scope),
    /// An EHR that signs its calls, or who holds the scope [`Scope::Match`].
    Ehr,
}

/// Who reads what a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteAudience {
    /// A program: answers and problems are JSON.
    Program,
    /// A program that reads FHIR: a problem is an `OperationOutcome`.
    Fhir,
    /// A person in a browser: a problem is a page.
    Person,
    /// Whoever asks for a document in one of several forms; the handler reads what is accepted.
    Either,
}

/// Where the work of a route is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteWork {
    /// Where requests are taken in: it takes milliseconds at most, whatever is asked.
    Light,
    /// All of it in the pool for long work.
    Heavy,
    /// The handler has the pool do what takes long of it, and waits itself for what is slow without being work.
    InParts,
}

/// One route.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// Its method. `GET` answers `HEAD` too.
    pub method: RouteMethod,
    /// Its path, as the router spells it.
    pub path: &'static str,
    /// Who may call it.
    pub needs: RouteAccess,
    /// Who reads what it answers.
    pub audience: RouteAudience,
    /// Where its work is done.
    pub work: RouteWork,
    /// What kind of thing it does, in the audit.
    pub deed: &'static str,
}

/// The methods there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RouteMethod {
    /// Reads.
    Get,
    /// Asks or records.
    Post,
    /// Replaces.
    Put,
}

impl RouteMethod {
    /// As HTTP spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    pub(crate) fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
        }
    }
}

const NOBODY: RouteAccess = RouteAccess::Nothing;
const READ: RouteAccess = RouteAccess::Scope(Scope::DirectoryRead);
const MATCH: RouteAccess = RouteAccess::Scope(Scope::Match);
const LIST: RouteAccess = RouteAccess::Scope(Scope::List);
const SPEAK: RouteAccess = RouteAccess::Scope(Scope::ProviderWrite);
const REPORT: RouteAccess = RouteAccess::Scope(Scope::OutcomeWrite);
const PAGES: RouteAccess = RouteAccess::Scope(Scope::Pages);
const METRICS: RouteAccess = RouteAccess::Scope(Scope::Metrics);

pub(crate) const fn row(
    method: RouteMethod,
    path: &'static str,
    needs: RouteAccess,
    audience: RouteAudience,
    work: RouteWork,
    deed: &'static str,
) -> Route {
    Route { method, path, needs, audience, work, deed }
}

/// Every route.
pub const TABLE: [Route; 46] = [
    // Questions.
    row(Post, "/v1/matches", MATCH, Program, Light, "match"),
    row(Post, "/v1/matches:batch", MATCH, Either, InParts, "match.batch"),
    row(Post, "/v1/explain", MATCH, Program, Light, "explain"),
    // The patient's list.
    row(Post, "/v1/choice-lists", LIST, Either, InParts, "list.make"),
    row(Get, "/v1/choice-lists/{id}", LIST, Either, Light, "list.read"),
    // The directory.
    row(Get, "/v1/providers", READ, Program, Heavy, "directory.read"),
    row(Get, "/v1/providers/{id}", READ, Program, Light, "directory.read"),
    row(Get, "/v1/directory", READ, Program, Light, "directory.read"),
    row(Get, "/v1/services", READ, Program, Light, "directory.read"),
    row(Get, "/v1/needs", READ, Program, Light, "directory.read"),
    row(Get, "/v1/networks", READ, Program, Light, "directory.read"),
    row(Get, "/v1/plans", READ, Program, Heavy, "directory.read"),
    // What is told between nights.
    row(Get, "/v1/providers/{id}/availability", READ, Program, Light, "statement.read"),
    row(Put, "/v1/providers/{id}/availability", SPEAK, Program, Light, "statement.availability"),
    row(Get, "/v1/providers/{id}/statements", READ, Program, Light, "statement.read"),
    row(Put, "/v1/providers/{id}/statements", SPEAK, Program, Light, "statement.accepts"),
    row(Post, "/v1/outcomes", REPORT, Program, Light, "outcome"),
    // The EHR's door.
    row(Get, "/cds-services", NOBODY, Program, Light, "cds.discover"),
    row(Post, "/cds-services/placement", RouteAccess::Ehr, Program, Heavy, "cds.card"),
    row(Post, "/cds-services/placement/feedback", RouteAccess::Ehr, Program, Light, "cds.feedback"),
    // The directory as FHIR Plan-Net.
    row(Get, "/fhir/metadata", NOBODY, Fhir, Light, "fhir.capabilities"),
    row(Get, "/fhir/{type}", READ, Fhir, InParts, "fhir.search"),
    row(Get, "/fhir/{type}/{id}", READ, Fhir, InParts, "fhir.read"),
    // The document.
    row(Get, "/openapi.json", NOBODY, Program, Light, "document"),
    row(Get, "/docs", NOBODY, Person, Light, "document"),
    // For whoever keeps the program running.
    row(Get, "/livez", NOBODY, Program, Light, "health"),
    row(Get, "/readyz", NOBODY, Program, Light, "health"),
    row(Get, "/metrics", METRICS, Either, Light, "metrics"),
    // For people.
    row(Get, "/sign-in", NOBODY, Person, Light, "session.form"),
    row(Post, "/sign-in", NOBODY, Person, Light, "session.begin"),
    row(Post, "/sign-out", NOBODY, Person, Light, "session.end"),
    row(Get, "/", PAGES, Person, Light, "page"),
    row(Post, "/", PAGES, Person, Heavy, "match"),
    row(Post, "/what-about", PAGES, Person, Heavy, "explain"),
    row(Post, "/call-sheet", PAGES, Person, Heavy, "match"),
    row(Post, "/suggest/plans", PAGES, Person, Heavy, "directory.read"),
    row(Post, "/suggest/providers", PAGES, Person, Heavy, "directory.read"),
    row(Post, "/export/csv", PAGES, Person, Heavy, "export"),
    row(Post, "/export/xlsx", PAGES, Person, Heavy, "export"),
    row(Get, "/choice-list", PAGES, Person, Light, "page"),
    row(Post, "/choice-list", PAGES, Person, InParts, "list.make"),
    row(Post, "/choice-list/again", PAGES, Person, Light, "list.read"),
    row(Get, "/providers/{id}", PAGES, Person, Light, "directory.read"),
    row(Post, "/compare", PAGES, Person, Heavy, "match"),
    row(Get, "/directory", PAGES, Person, Heavy, "directory.read"),
    row(Get, "/assets/{name}", NOBODY, Person, Light, "asset"),
];

/// The row of a route, as it was matched.
pub fn find_route(method: &Method, path: &str) -> Option<&'static Route> {
    static ROWS: LazyLock<HashMap<(&'static str, &'static str), &'static Route>> =
        LazyLock::new(|| TABLE.iter().map(|row| ((row.path, row.method.name()), row)).collect());
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    ROWS.get(&(path, method)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_route_stands_in_the_table_twice() {
        for (at, row) in TABLE.iter().enumerate() {
            let twice = TABLE[..at].iter().any(|other| (other.method, other.path) == (row.method, row.path));
            assert!(!twice, "{} {}", row.method.name(), row.path);
        }
    }
}
