//! Routes with their handlers, and the router built from them.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{MethodRouter, Route as AxumRoute, any};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{RefOr, Schema};
use utoipa_axum::router::UtoipaMethodRouter;

use crate::serve::http::middleware;
use crate::serve::http::middleware::pipeline_state::{PipelineState, PipelineTarget, RouteLookup};
use crate::serve::http::problem::Problem;
use crate::serve::http::route::{Route, RouteMethod, RoutePolicy};
use crate::serve::http::site_handler::answer_panic;
use crate::serve::state::AppState;

/// A route, its handler, and the handler's operation in the OpenAPI document.
pub(crate) struct RegisteredRoute {
    pub route: Route,
    pub operation: Operation,
    pub schemas: Vec<(String, RefOr<Schema>)>,
    handler: MethodRouter<Arc<AppState>>,
}

impl RegisteredRoute {
    /// The route of one handler, as `utoipa_axum::routes!` reads it from its `#[utoipa::path]`.
    pub(crate) fn new((schemas, paths, handler): UtoipaMethodRouter<Arc<AppState>>, policy: RoutePolicy) -> Self {
        let (path, item) = paths.paths.into_iter().next().unwrap_or_default();
        let (method, operation) = match (item.get, item.post, item.put) {
            (_, Some(operation), _) => (RouteMethod::Post, operation),
            (_, _, Some(operation)) => (RouteMethod::Put, operation),
            (operation, ..) => (RouteMethod::Get, operation.unwrap_or_default()),
        };
        Self { route: Route { method, path, policy }, operation, schemas, handler }
    }
}

/// The router of `routes`, each behind the middleware with its own policy.
pub(crate) fn build_router(
    app: &Arc<AppState>,
    routes: &'static [RegisteredRoute],
    known: RouteLookup,
) -> Router<Arc<AppState>> {
    let state = |target, handler| PipelineState { app: Arc::clone(app), target, handler };
    let routed = routes.iter().fold(Router::new(), |router, RegisteredRoute { route, handler, .. }| {
        let layers = middleware_layers(state(PipelineTarget::Route(route), Some(handler)));
        router.route(&route.path, handler.clone().route_layer(layers))
    });
    let nowhere = || middleware_layers(state(PipelineTarget::Nowhere(known), None));
    let routed = routed.method_not_allowed_fallback(any(|| async { Problem::WrongMethod }).layer(nowhere()));
    let without_slash = routed.clone().fallback(any(|| async { Problem::NoSuchRoute }).layer(nowhere()));
    let without_slash = without_slash.with_state(Arc::clone(app));
    routed.fallback_service(service_fn(move |request| without_slash.clone().oneshot(without_last_slash(request))))
}

/// `request` without the slash at the end of its path, which many clients add.
fn without_last_slash(mut request: Request) -> Request {
    let mut parts = request.uri().clone().into_parts();
    let Some(target) = &parts.path_and_query else { return request };
    let path = target.path().strip_suffix('/').filter(|path| !path.is_empty() && !path.ends_with('/'));
    let shorter = path.map(|path| match target.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    });
    parts.path_and_query = shorter.and_then(|shorter| PathAndQuery::try_from(shorter).ok()).or(parts.path_and_query);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}

/// The layers around a handler, outermost first. One layer of two, because the router boxes each
/// layer by itself.
fn middleware_layers(
    state: PipelineState,
) -> impl Layer<
    AxumRoute,
    Service = impl Service<Request, Response = Response, Error = Infallible, Future = impl Send> + Clone + Send + Sync + 'static,
> + Clone
+ Send
+ Sync
+ 'static {
    ServiceBuilder::new().layer(from_fn_with_state(state, middleware::run)).layer(CatchPanicLayer::custom(answer_panic))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use axum::http::header::CONTENT_TYPE;
    use utoipa_axum::routes;

    use super::*;
    use crate::catalog::SharedCatalog;
    use crate::serve::http::route::RouteAudience;

    /// Breaks
    #[utoipa::path(get, path = "/v1/broken")]
    async fn broken() {
        assert_eq!("what was typed", "the inside");
    }

    static BROKEN: LazyLock<Vec<RegisteredRoute>> =
        LazyLock::new(|| vec![RegisteredRoute::new(routes!(broken), RoutePolicy::open(RouteAudience::Program))]);

    const NO_ROUTES: RouteLookup = RouteLookup { find: |_, _| None, near: |_| Vec::new() };

    async fn ask(method: &str, path: &str) -> Response {
        let app = Arc::new(AppState::new(SharedCatalog::new("none")));
        let router = build_router(&app, &BROKEN, NO_ROUTES).with_state(app);
        let asked = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        router.oneshot(asked).await.unwrap()
    }

    #[tokio::test]
    async fn a_fault_of_ours_says_nothing_of_the_inside() {
        let answer = ask("GET", "/v1/broken").await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
        let body = to_bytes(answer.into_body(), 4096).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains("\"code\":\"internal\"") && !body.contains("typed") && !body.contains("inside"), "{body}");
    }

    #[test]
    fn only_one_slash_at_the_end_is_dropped() {
        for (sent, taken) in [
            ("/v1/needs/", "/v1/needs"),
            ("/v1/needs/?a=b/", "/v1/needs?a=b/"),
            ("http://localhost:8080/v1/needs/", "http://localhost:8080/v1/needs"),
            ("/v1/needs", "/v1/needs"),
            ("/v1/needs//", "/v1/needs//"),
            ("/", "/"),
        ] {
            let request = Request::builder().uri(sent).body(Body::empty()).unwrap();
            assert_eq!(without_last_slash(request).uri().to_string(), taken);
        }
    }

    #[tokio::test]
    async fn what_is_no_route_passes_the_middleware_too() {
        for (method, path, status) in
            [("GET", "/v1/nothing", StatusCode::NOT_FOUND), ("PUT", "/v1/broken", StatusCode::METHOD_NOT_ALLOWED)]
        {
            let answer = ask(method, path).await;
            assert_eq!(answer.status(), status, "{method} {path}");
            assert!(answer.headers().contains_key("x-request-id"), "{method} {path}");
        }
    }
}
