//! Admits or rejects a request: authentication, authorization, rate limit, body, and a slot.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Version};
use tokio::sync::OwnedSemaphorePermit;

use crate::api_keys::Principal;
use crate::oidc::TokenAudience;
use crate::serve::hospital_sites;
use crate::serve::http::extract::admits_json;
use crate::serve::http::listen::{ClientIp, ConnectionRef, has_body};
use crate::serve::http::problem::Problem;
use crate::serve::http::route::{Route, RouteAudience, RouteBody, RouteRate};
use crate::serve::http::throttle::RateLeft;
use crate::serve::http::{auth, request_body};
use crate::serve::state::AppState;

/// The result of admission.
#[derive(Debug)]
pub(crate) struct Admission {
    /// The caller.
    pub principal: Principal,
    /// The state of its hospital; of the server, if it has several and none is known.
    pub app: Arc<AppState>,
    /// The slot the request holds while it is worked on, if it needs one; or why it is rejected.
    pub place: Result<Option<OwnedSemaphorePermit>, Problem>,
    /// Whether a body has not been read from the connection.
    pub has_unread_body: bool,
}

/// Admits `request` for `route`, or rejects it. Adds the principal to its extensions.
pub(crate) async fn admit(app: &Arc<AppState>, route: Option<&Route>, request: &mut Request) -> Admission {
    let comes_with_body = has_body(request);
    let (principal, app, place) = judge(app, route, request).await;
    // Once the body has arrived, there may be no slot, or its gzip data may be damaged; all other
    // rejections come before.
    let has_arrived = route.is_some_and(|route| matches!(route.policy.body, RouteBody::Whole(_)))
        && matches!(place, Ok(_) | Err(Problem::Busy | Problem::NotGzip));
    Admission { principal, app, place, has_unread_body: comes_with_body && !has_arrived }
}

async fn judge(
    app: &Arc<AppState>,
    route: Option<&Route>,
    request: &mut Request,
) -> (Principal, Arc<AppState>, Result<Option<OwnedSemaphorePermit>, Problem>) {
    if !names_one_host(request) {
        return (Principal::anyone(), Arc::clone(app), Err(Problem::NoHost));
    }
    use_target_host(request);
    let peer = request.extensions().get::<ClientIp>().map(|peer| peer.0);
    let tokens = route.map_or(TokenAudience::Usual, |route| route.policy.tokens);
    let caller = auth::authenticate(app, tokens, request.headers(), peer);
    let principal = caller.clone().unwrap_or_else(|_| auth::anonymous(auth::origin(app, request.headers(), peer)));
    let (principal, chosen) = hospital_sites::choose(app, route, principal, request.uri().path(), request.headers());
    let (app, refused) = match chosen {
        Ok(site) => (site, None),
        Err(problem) => (Arc::clone(app), Some(problem)),
    };
    // A path without a route counts; the router answers it.
    let Some(route) = route else {
        let counted = charge(&app, &principal, RouteRate::Counted, request);
        return (principal, app, counted.map(|()| None));
    };
    request.extensions_mut().insert(principal.clone());
    let place = match caller.and_then(|_| refused.map_or(Ok(()), Err)) {
        Ok(()) => admit_authenticated(&app, route, &principal, request).await,
        // Failed authentication is counted by itself, so that it does not lock out others at the
        // same address.
        Err(problem) => Err(app.limits.count_failure(&principal.name).err().unwrap_or(problem)),
    };
    (principal, app, place)
}

/// Charges the request to `principal`. What it may still send is added to the extensions of the
/// request.
fn charge(app: &AppState, principal: &Principal, rate: RouteRate, request: &mut Request) -> Result<(), Problem> {
    let checked = app.limits.check_rate(principal, rate);
    let left = match &checked {
        Ok(left) => *left,
        Err(Problem::TooMany { seconds }) => Some(RateLeft { requests: 0, seconds: *seconds }),
        Err(_) => None,
    };
    if let Some(left) = left {
        request.extensions_mut().insert(left);
    }
    checked.map(|_| ())
}

/// Makes the host of an absolute target the host of the request: it alone counts then, and not the
/// field (RFC 9112, 3.2.2).
fn use_target_host(request: &mut Request) {
    let Some(target) = request.uri().authority() else { return };
    let port = target.port().map(|port| format!(":{port}")).unwrap_or_default();
    if let Ok(host) = HeaderValue::from_str(&format!("{}{port}", target.host())) {
        request.headers_mut().insert(HOST, host);
    }
}

/// Whether a request names its host in one valid field (RFC 9112, 3.2). HTTP/1.0 has no such field,
/// and a request that does not arrive over a connection needs none.
fn names_one_host(request: &Request) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    let is_host = |host: &HeaderValue| host.to_str().is_ok_and(|host| host.is_empty() || host.parse::<Authority>().is_ok());
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => is_host(host),
        (Some(_), Some(_)) => false,
        (None, _) => request.version() != Version::HTTP_11 || request.extensions().get::<ConnectionRef>().is_none(),
    }
}

/// The slot of a request from a known caller, after checking its rate, its scope and Accept, and
/// receiving its body.
async fn admit_authenticated(
    app: &AppState,
    route: &Route,
    principal: &Principal,
    request: &mut Request,
) -> Result<Option<OwnedSemaphorePermit>, Problem> {
    let policy = &route.policy;
    charge(app, principal, policy.rate, request)?;
    auth::authorize(principal, policy.access)?;
    // Checked before any work is done for a program that does not accept JSON.
    if policy.audience == RouteAudience::Program && !admits_json(request.headers()) {
        return Err(Problem::NotAcceptable);
    }
    request_body::receive(request, policy.body).await?;
    app.limits.acquire_slot(policy.slot)
}
