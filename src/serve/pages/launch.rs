//! A launch from the EHR (SMART App Launch): who launches is signed in, and the answer to the question of the open
//! encounter is shown. What was not understood is said on it; nothing else of the EHR is kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;

use crate::api_keys::Scope;
use crate::matching::candidate::Directory;
use crate::oidc::begun::SIGN_IN_MINUTES;
use crate::oidc::launch::LaunchedQuestion;
use crate::serve::cds_hooks::form_body;
use crate::serve::cds_hooks::request::{CallResources, EhrQuestion};
use crate::serve::http::cookies::PageCookie;
use crate::serve::http::extract::CurrentPrincipal;
use crate::serve::http::problem::Problem;
use crate::serve::kept_pages::keep_page;
use crate::serve::pages::session::{refused_sign_in, see_other};
use crate::serve::pages::sign_in_provider::{SentBack, begin_session, one_of_query, public_path};
use crate::serve::state::AppState;

/// The path to which the EHR leads back.
const RETURN: &str = "/launch/return";

/// The parameters of a launch. Others are read over.
#[derive(Debug)]
pub(crate) struct LaunchQuery {
    /// The FHIR server that launches.
    from: String,
    /// Its launch token.
    launch: String,
}

impl<S: Send + Sync> FromRequestParts<S> for LaunchQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let value = |name: &str| one_of_query(parts.uri.query().unwrap_or_default(), name).unwrap_or_default();
        Ok(Self { from: value("iss"), launch: value("launch") })
    }
}

/// Launch from an EHR
///
/// The launch URL of the program in the EHR (SMART App Launch 2.2). The browser goes to the authorization server of the
/// EHR, with a state, a nonce and a PKCE challenge.
#[utoipa::path(
    get,
    path = "/launch",
    operation_id = "begin_launch",
    params(
        ("iss" = Option<String>, Query, description = "The FHIR server that launches."),
        ("launch" = Option<String>, Query, description = "Its launch token."),
    ),
    responses((status = 303, description = "The browser goes on to the EHR.")),
)]
pub(crate) async fn begin(State(app): State<Arc<AppState>>, query: LaunchQuery) -> Result<Response, Problem> {
    let back = public_path(&app, RETURN).filter(|_| !app.ehrs.is_empty()).ok_or(Problem::NoSuchRoute)?;
    match app.ehrs.begin(&query.from, &query.launch, &back, (app.now)().timestamp()).await {
        Ok((address, cookie)) => {
            let mut response = see_other(&address);
            PageCookie::Launch.set(&app.edge, &cookie, SIGN_IN_MINUTES * 60, &mut response);
            Ok(response)
        }
        Err(failure) => refused_sign_in(&app, "", failure),
    }
}

/// Come back from an EHR
///
/// The code is exchanged for a token, with which the open encounter, its coverage, orders and conditions are read once.
/// The browser goes on to the answer.
#[utoipa::path(
    get,
    path = "/launch/return",
    operation_id = "end_launch",
    params(
        ("code" = Option<String>, Query, description = "The authorization code."),
        ("state" = Option<String>, Query, description = "The state of the launch."),
    ),
    responses((status = 303, description = "The browser goes on to another page.")),
)]
pub(crate) async fn finish(
    State(app): State<Arc<AppState>>,
    CurrentPrincipal(caller): CurrentPrincipal,
    SentBack(query): SentBack,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let back = public_path(&app, RETURN).filter(|_| !app.ehrs.is_empty()).ok_or(Problem::NoSuchRoute)?;
    let cookie = PageCookie::Launch.value(&app.edge, &headers);
    let mut response = match app.ehrs.finish(&query, cookie, &back, (app.now)().timestamp()).await {
        Ok(launched) => answer(&app, launched).await?,
        Err(failure) => {
            app.limits.count_failure(&caller.name)?;
            refused_sign_in(&app, "", failure)?
        }
    };
    PageCookie::Launch.forget(&app.edge, &mut response);
    Ok(response)
}

/// Signs the person in and leads to the answer of the question.
async fn answer(app: &Arc<AppState>, launched: LaunchedQuestion) -> Result<Response, Problem> {
    let LaunchedQuestion { name, resources, encounter } = launched;
    let session = match begin_session(app, &name, BTreeSet::from([Scope::Pages]), None).await {
        Ok(session) => session,
        Err(failure) => return refused_sign_in(app, "", failure),
    };
    let (owner, working) = (app.principal_of(&session.record), Arc::clone(app));
    let filled = app.heavy.run(&owner, move || {
        let served = working.served()?;
        let (catalog, today) = (served.base(), served.today());
        let sent = CallResources::of_launch(&resources, &encounter);
        working.note_unread_codes(sent.unread_codes(&working.hospital, &**catalog, today), today);
        let question = EhrQuestion::of(&sent, &working.hospital, &**catalog, today);
        Ok(form_body::of_launch(&question, Directory::plans(&**catalog)).to_body())
    });
    let body: Result<String, Problem> = filled.await?;
    let token = keep_page(app, &owner, body?.as_bytes()).await?;
    session.leading_to(app, &format!("/answer/{token}"))
}
