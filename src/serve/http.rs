//! What every request passes through: connections, limits, authentication, middleware, bodies and
//! problems.

pub(crate) mod accept;
pub(crate) mod answer_metadata;
pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod compress;
pub(crate) mod cookies;
pub mod daily_limits;
pub(crate) mod extract;
pub(crate) mod headers;
pub mod listen;
pub(crate) mod middleware;
pub mod problem;
pub(crate) mod registered_route;
pub(crate) mod request_body;
pub mod route;
pub(crate) mod site_handler;
pub(crate) mod strict_json;
pub mod throttle;
pub(crate) mod work_pool;
pub(crate) mod write_conditions;
