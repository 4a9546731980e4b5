//! Sign-in to the pages at the hospital's identity provider: the browser goes there and comes back with a code,
//! for which this server learns who it is. A session begins as with an access key.

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;

use crate::api_keys::secret::{Secret, SecretKind};
use crate::api_keys::{KeyRecord, MOST_SESSIONS, SESSION_HOURS, Scope};
use crate::hospital_id::HospitalId;
use crate::ledger::event::LedgerEvent;
use crate::oidc::begun::SIGN_IN_MINUTES;
use crate::oidc::provider_client::{LONGEST_SENT, ReturnedQuery, SignInFailure};
use crate::serve::http::cookies::PageCookie;
use crate::serve::http::extract::{CurrentPrincipal, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::pages::session::{ReturnTarget, is_session, once_more, refused_sign_in, see_other};
use crate::serve::state::AppState;

/// The path to which the identity provider leads back.
const RETURN: &str = "/sign-in/return";

/// Go to the identity provider
///
/// The browser goes to the sign-in page of the hospital, with a state, a nonce and a PKCE challenge; what it must bring
/// back is sealed in a cookie of ten minutes.
#[utoipa::path(
    get,
    path = "/sign-in/start",
    operation_id = "begin_provider_sign_in",
    params(("to" = Option<String>, Query, description = "The page to open after sign-in.")),
    responses((status = 303, description = "The browser goes on to another page.")),
)]
pub(crate) async fn begin(
    State(app): State<Arc<AppState>>,
    StrictQuery(ReturnTarget(to)): StrictQuery<ReturnTarget>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let to = if to.is_empty() { "/" } else { &to };
    if app.edge.access.is_none() || is_session(&app, &headers) {
        return Ok(see_other(to));
    }
    let (provider, back) = app.sign_in.as_ref().zip(public_path(&app, RETURN)).ok_or(Problem::NoSuchRoute)?;
    match provider.begin(to, &back, (app.now)().timestamp()).await {
        Ok((address, cookie)) => {
            let mut response = see_other(&address);
            PageCookie::SignIn.set(&app.edge, &cookie, SIGN_IN_MINUTES * 60, &mut response);
            Ok(response)
        }
        Err(failure) => refused_sign_in(&app, to, failure),
    }
}

/// Come back from the identity provider
///
/// The code is exchanged for an ID token, which is verified; the roles in a claim decide what the session opens.
#[utoipa::path(
    get,
    path = "/sign-in/return",
    operation_id = "end_provider_sign_in",
    params(
        ("code" = Option<String>, Query, description = "The authorization code."),
        ("state" = Option<String>, Query, description = "The state of the sign-in."),
    ),
    responses((status = 303, description = "The browser goes on to another page.")),
)]
pub(crate) async fn finish(
    State(app): State<Arc<AppState>>,
    CurrentPrincipal(caller): CurrentPrincipal,
    SentBack(query): SentBack,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (provider, back) = app.sign_in.as_ref().zip(public_path(&app, RETURN)).ok_or(Problem::NoSuchRoute)?;
    let now = (app.now)().timestamp();
    let cookie = PageCookie::SignIn.value(&app.edge, &headers);
    let mut response = match provider.finish(&query, cookie, &back, now).await {
        Ok(person) => match begin_session(&app, &person.name, person.scopes, person.hospital).await {
            Ok(session) => {
                let mut response = session.leading_to(&app, &person.to)?;
                match &person.sealed_id_token {
                    Some(sealed) => PageCookie::IdToken.set(&app.edge, sealed, SESSION_HOURS * 3600, &mut response),
                    None => PageCookie::IdToken.forget(&app.edge, &mut response),
                }
                response
            }
            Err(failure) => refused_sign_in(&app, &person.to, failure)?,
        },
        Err(failure) => {
            app.limits.count_failure(&caller.name)?;
            refused_sign_in(&app, "", failure)?
        }
    };
    PageCookie::SignIn.forget(&app.edge, &mut response);
    Ok(response)
}

/// A session that began.
pub(crate) struct BegunSession {
    secret: Secret,
    /// Its record.
    pub(crate) record: KeyRecord,
}

impl BegunSession {
    /// A page of this server that goes on to `path`: a redirect from another site would not carry the session.
    pub(crate) fn leading_to(self, app: &AppState, path: &str) -> Result<Response, Problem> {
        let mut response = once_more(path)?;
        PageCookie::Session.set(&app.edge, self.secret.reveal(), SESSION_HOURS * 3600, &mut response);
        // The audit log records the principal, which is known from here on.
        response.extensions_mut().insert(app.principal_of(&self.record));
        Ok(response)
    }
}

/// Begins a session of the person `name`.
///
/// # Errors
/// The ledger cannot record it, or the person has too many.
pub(crate) async fn begin_session(
    app: &AppState,
    name: &str,
    scopes: std::collections::BTreeSet<Scope>,
    named: Option<HospitalId>,
) -> Result<BegunSession, SignInFailure> {
    const NOT_NOW: SignInFailure = SignInFailure("Sign-in is not available now. Tell your administrator.");
    let now = (app.now)().timestamp();
    let is_open = |key: &&Arc<KeyRecord>| key.is_of_person() && key.label == name && key.rejection_at(now).is_none();
    if app.ledger_state().keys.values().filter(is_open).count() >= MOST_SESSIONS {
        return Err(SignInFailure("You have too many open sessions. Sign out on another computer."));
    }
    let secret = Secret::draw(SecretKind::Session).map_err(|_| NOT_NOW)?;
    let hospital = app.hospital_of_person(named).map_err(SignInFailure)?;
    let record = KeyRecord { hospital, ..KeyRecord::session_of_person(&secret, name, scopes, now) };
    app.append_event(&LedgerEvent::Key(record.clone())).await.map_err(|_| NOT_NOW)?;
    Ok(BegunSession { secret, record })
}

/// A path of this server as others reach it.
pub(crate) fn public_path(app: &AppState, path: &str) -> Option<String> {
    app.edge.public_url.as_ref().map(|url| format!("{}{path}", url.trim_end_matches('/')))
}

/// What came back in the query. Servers add parameters of their own, which are read over; one that is sent twice
/// counts as none.
#[derive(Debug)]
pub(crate) struct SentBack(pub(crate) ReturnedQuery);

impl<S: Send + Sync> FromRequestParts<S> for SentBack {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let value = |name: &str| one_of_query(query, name);
        Ok(Self(ReturnedQuery { code: value("code"), state: value("state"), issuer: value("iss"), error: value("error") }))
    }
}

/// The value of a parameter that is sent once.
pub(crate) fn one_of_query(query: &str, name: &str) -> Option<String> {
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(known, _)| known == name).map(|(_, value)| value);
    let value = values.next().filter(|value| !value.is_empty() && value.len() <= LONGEST_SENT)?;
    values.next().is_none().then(|| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_is_sent_twice_counts_as_none() {
        for (query, code) in [
            ("code=a&state=b", Some("a")),
            ("session_state=x&code=a%2Fb", Some("a/b")),
            ("code=a&code=a", None),
            ("code=", None),
            ("", None),
        ] {
            assert_eq!(one_of_query(query, "code").as_deref(), code, "{query}");
        }
    }
}
