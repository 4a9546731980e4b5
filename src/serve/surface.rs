//! The whole surface as one table: which route there is, who may call it, who reads what it answers, and what the audit calls it.
//!
//! [`Surface`] builds the router and holds it against [`TABLE`]: a route without a row, or a row without a route, and the program does
//! not start.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};

use super::App;
use crate::access::Scope;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Anybody: it says nothing of a question or of the inside.
    Nothing,
    /// Who holds this scope.
    Scope(Scope),
    /// An EHR that signs its calls, or who holds the scope [`Scope::Match`].
    Ehr,
}

/// Who reads what a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
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
pub enum Work {
    /// Where requests are taken in: it takes milliseconds at most, whatever is asked.
    Light,
    /// All of it in the pool for long work.
    Heavy,
    /// The handler has the pool do what takes long of it, and waits itself for what is slow without being work.
    InParts,
}

/// One route.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its method. `GET` answers `HEAD` too.
    pub method: Verb,
    /// Its path, as the router spells it.
    pub path: &'static str,
    /// Who may call it.
    pub needs: Needs,
    /// Who reads what it answers.
    pub audience: Audience,
    /// Where its work is done.
    pub work: Work,
    /// What kind of thing it does, in the audit.
    pub deed: &'static str,
}

/// The methods there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Reads.
    Get,
    /// Asks or records.
    Post,
    /// Replaces.
    Put,
}

impl Verb {
    /// As HTTP spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
        }
    }
}

use Audience::{Either, Fhir, Person, Program};
use Verb::{Get, Post, Put};
use Work::{Heavy, InParts, Light};

const NOBODY: Needs = Needs::Nothing;
const READ: Needs = Needs::Scope(Scope::DirectoryRead);
const MATCH: Needs = Needs::Scope(Scope::Match);
const LIST: Needs = Needs::Scope(Scope::List);
const SPEAK: Needs = Needs::Scope(Scope::ProviderWrite);
const REPORT: Needs = Needs::Scope(Scope::OutcomeWrite);
const PAGES: Needs = Needs::Scope(Scope::Pages);
const METRICS: Needs = Needs::Scope(Scope::Metrics);

const fn row(
    method: Verb,
    path: &'static str,
    needs: Needs,
    audience: Audience,
    work: Work,
    deed: &'static str,
) -> Row {
    Row { method, path, needs, audience, work, deed }
}

/// Every route.
pub const TABLE: [Row; 46] = [
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
    row(Post, "/cds-services/placement", Needs::Ehr, Program, Heavy, "cds.card"),
    row(Post, "/cds-services/placement/feedback", Needs::Ehr, Program, Light, "cds.feedback"),
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
pub fn row_of(method: &Method, path: &str) -> Option<&'static Row> {
    static ROWS: LazyLock<HashMap<(&'static str, &'static str), &'static Row>> =
        LazyLock::new(|| TABLE.iter().map(|row| ((row.path, row.method.name()), row)).collect());
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    ROWS.get(&(path, method)).copied()
}

/// The router and the table do not say the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the surface is not as its table says: {0}")]
pub struct NotAsTheTable(String);

/// Routes as they are put together.
#[derive(Debug)]
pub(super) struct Surface {
    router: Router<Arc<App>>,
    routes: Vec<(Verb, &'static str)>,
}

impl Surface {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self { router: Router::new(), routes: Vec::new() }
    }

    /// A route that reads.
    pub(super) fn get<H: Handler<T, Arc<App>>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.route(Get, path, handler)
    }

    /// A route that asks or records.
    pub(super) fn post<H: Handler<T, Arc<App>>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.route(Post, path, handler)
    }

    /// A route that replaces.
    pub(super) fn put<H: Handler<T, Arc<App>>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.route(Put, path, handler)
    }

    fn route<H: Handler<T, Arc<App>>, T: 'static>(mut self, method: Verb, path: &'static str, handler: H) -> Self {
        self.routes.push((method, path));
        Self { router: self.router.route(path, on(method.filter(), handler)), ..self }
    }

    /// The router, if it is what the table says.
    ///
    /// # Errors
    /// Names every route without a row and every row without a route.
    pub(super) fn finish(self) -> Result<Router<Arc<App>>, NotAsTheTable> {
        let named = |(method, path): (Verb, &str)| format!("{} {path}", method.name());
        let rows: Vec<_> = TABLE.iter().map(|row| (row.method, row.path)).collect();
        let unlisted =
            self.routes.iter().filter(|route| !rows.contains(route)).map(|r| format!("{} has no row", named(*r)));
        let missing =
            rows.iter().filter(|row| !self.routes.contains(row)).map(|r| format!("{} has no route", named(*r)));
        let faults: Vec<String> = unlisted.chain(missing).collect();
        if faults.is_empty() { Ok(self.router) } else { Err(NotAsTheTable(faults.join("; "))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answers() {}

    #[test]
    fn a_route_without_a_row_and_a_row_without_a_route_do_not_start() {
        let all =
            |surface: Surface| TABLE.iter().fold(surface, |surface, row| surface.route(row.method, row.path, answers));
        assert!(all(Surface::new()).finish().is_ok());
        let unlisted = all(Surface::new()).get("/v1/everything", answers).finish().unwrap_err().to_string();
        assert!(unlisted.ends_with("its table says: GET /v1/everything has no row"), "{unlisted}");
        let missing = Surface::new().finish().unwrap_err().to_string();
        assert_eq!(missing.matches("has no route").count(), TABLE.len());
    }

    #[test]
    fn no_route_stands_in_the_table_twice() {
        for (at, row) in TABLE.iter().enumerate() {
            let twice = TABLE[..at].iter().any(|other| (other.method, other.path) == (row.method, row.path));
            assert!(!twice, "{} {}", row.method.name(), row.path);
        }
    }
}
