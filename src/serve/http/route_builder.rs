//! Builds the router and holds it against the table of routes.

use std::sync::Arc;

use RouteMethod::{Get, Post, Put};
use axum::Router;
use axum::handler::Handler;
use axum::routing::on;

use crate::serve::http::routes::{RouteMethod, TABLE};
use crate::serve::state::AppState;

/// The router and the table do not say the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the routes are not as their table says: {0}")]
pub struct RouteTableMismatch(String);

/// Routes as they are put together.
#[derive(Debug)]
pub(crate) struct RouteBuilder {
    router: Router<Arc<AppState>>,
    routes: Vec<(RouteMethod, &'static str)>,
}

impl RouteBuilder {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self { router: Router::new(), routes: Vec::new() }
    }

    /// A route that reads.
    pub(crate) fn get<H: Handler<T, Arc<AppState>>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.route(Get, path, handler)
    }

    /// A route that asks or records.
    pub(crate) fn post<H: Handler<T, Arc<AppState>>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.route(Post, path, handler)
    }

    /// A route that replaces.
    pub(crate) fn put<H: Handler<T, Arc<AppState>>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.route(Put, path, handler)
    }

    fn route<H: Handler<T, Arc<AppState>>, T: 'static>(
        mut self,
        method: RouteMethod,
        path: &'static str,
        handler: H,
    ) -> Self {
        self.routes.push((method, path));
        Self { router: self.router.route(path, on(method.filter(), handler)), ..self }
    }

    /// The router, if it is what the table says.
    ///
    /// # Errors
    /// Names every route without a row and every row without a route.
    pub(crate) fn finish(self) -> Result<Router<Arc<AppState>>, RouteTableMismatch> {
        let named = |(method, path): (RouteMethod, &str)| format!("{} {path}", method.name());
        let rows: Vec<_> = TABLE.iter().map(|row| (row.method, row.path)).collect();
        let unlisted = self.routes.iter().filter(|route| !rows.contains(route)).map(|r| format!("{} has no row", named(*r)));
        let missing = rows.iter().filter(|row| !self.routes.contains(row)).map(|r| format!("{} has no route", named(*r)));
        let faults: Vec<String> = unlisted.chain(missing).collect();
        if faults.is_empty() { Ok(self.router) } else { Err(RouteTableMismatch(faults.join("; "))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answers() {}

    #[test]
    fn a_route_without_a_row_and_a_row_without_a_route_do_not_start() {
        let all = |routes: RouteBuilder| TABLE.iter().fold(routes, |routes, row| routes.route(row.method, row.path, answers));
        assert!(all(RouteBuilder::new()).finish().is_ok());
        let unlisted = all(RouteBuilder::new()).get("/v1/everything", answers).finish().unwrap_err().to_string();
        assert!(unlisted.ends_with("their table says: GET /v1/everything has no row"), "{unlisted}");
        let missing = RouteBuilder::new().finish().unwrap_err().to_string();
        assert_eq!(missing.matches("has no route").count(), TABLE.len());
    }
}
