//! The state of the middleware of a route.

use std::sync::Arc;

use axum::http::Method;
use axum::routing::MethodRouter;

use crate::serve::http::route::Route;
use crate::serve::state::AppState;

/// The state of the middleware of a route.
#[derive(Debug, Clone)]
pub(crate) struct PipelineState {
    pub app: Arc<AppState>,
    pub target: PipelineTarget,
    /// The handler of the route, to be called with the state of a hospital if the server has several.
    pub handler: Option<&'static MethodRouter<Arc<AppState>>>,
}

/// Where a request goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum PipelineTarget {
    /// To a route.
    Route(&'static Route),
    /// To no path, or to a path that does not take the method. CORS preflight requests are answered
    /// here, from the route of the announced method.
    Nowhere(RouteLookup),
}

/// Looks among the routes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RouteLookup {
    /// Finds a route by its method and its path as the router spells it.
    pub(crate) find: fn(&Method, &str) -> Option<&'static Route>,
    /// Finds paths of the API that are similar to one that does not exist.
    pub(crate) near: fn(&str) -> Vec<String>,
}

impl PipelineState {
    /// The route, if there is one.
    pub(crate) fn route(&self) -> Option<&'static Route> {
        match self.target {
            PipelineTarget::Route(route) => Some(route),
            PipelineTarget::Nowhere(_) => None,
        }
    }
}
