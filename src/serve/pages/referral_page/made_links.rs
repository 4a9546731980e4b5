//! Makes answer links at the desk, for one provider or for all that have none.

use std::sync::Arc;

use axum::http::HeaderMap;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::api_keys::Principal;
use crate::provider::ProviderId;
use crate::serve::api::referral_answers::new_link;
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::{SecretRequest, WriteConditions};
use crate::serve::own_address::CopiedLink;
use crate::serve::pages::answer::selection::named;
use crate::serve::pages::coded_form::CodedForm;
use crate::serve::pages::referral_form::number_of;
use crate::serve::state::AppState;
use crate::statements::referral_request::record::ReferralRequest;
use crate::statements::referral_request::{ReferralParty, ReferralState, parse};
use crate::text::us_date::us_time;

/// A new link.
#[derive(Debug)]
pub(crate) struct ShownLink {
    pub(crate) provider: String,
    pub(crate) link: CopiedLink,
    pub(crate) until: String,
    pub(crate) has_pin: bool,
}

/// New links, with the request as it is then.
#[derive(Debug)]
pub(crate) struct MadeLinks {
    pub(crate) request: Arc<ReferralRequest>,
    pub(crate) links: Vec<ShownLink>,
    /// Why the others were not made. Those that were made are shown all the same: nobody could read them later.
    pub(crate) failed: Option<Problem>,
}

/// The providers that may answer by a link and have none that is open.
pub(crate) fn without_link(request: &ReferralRequest, now: Timestamp) -> Vec<ProviderId> {
    let may_answer = |id: &ProviderId| request.check(id, ReferralState::Accepted, ReferralParty::Provider, now).is_ok();
    let without = request.providers.iter().filter(|asked| asked.open_link(now).is_none() && may_answer(&asked.provider));
    without.map(|asked| asked.provider.clone()).collect()
}

/// Makes a link for each of `providers`, by the hours and the PIN of the form.
///
/// # Errors
/// The form is wrong, or not even the first could be made.
pub(crate) async fn make_links(
    app: &AppState,
    caller: &Principal,
    (request, providers): (&Arc<ReferralRequest>, Vec<ProviderId>),
    (form, headers): (&CodedForm, &HeaderMap),
) -> Result<MadeLinks, Problem> {
    let now = (app.now)();
    let mut body = Map::new();
    if let Some(hours) = number_of(form.one("hours")) {
        body.insert("hours".to_owned(), hours);
    }
    if !form.one("pin").is_empty() {
        body.insert("pin".to_owned(), form.one("pin").into());
    }
    let (expires_at, pin) = parse::link(&Value::Object(body), now.timestamp()).map_err(Problem::Invalid)?;
    let mut made = MadeLinks { request: Arc::clone(request), links: Vec::new(), failed: None };
    let mut version = form.one("version").to_owned();
    for provider in providers {
        let (conditions, once) = (WriteConditions::after(version), SecretRequest::random()?);
        let link = new_link(app, caller, (request.id, &provider), (expires_at, pin.as_ref()), &conditions, once).await;
        let link = match link {
            Ok(link) => link,
            Err(problem) if made.links.is_empty() => return Err(problem),
            Err(problem) => {
                made.failed = Some(problem);
                break;
            }
        };
        made.links.push(ShownLink {
            provider: named(app.served()?.base(), provider.as_str()),
            link: CopiedLink::new(&app.edge, headers, &format!("/r/{}", link.token)),
            until: us_time(expires_at, &now),
            has_pin: pin.is_some(),
        });
        version = link.request.version.to_string();
        made.request = link.request;
    }
    Ok(made)
}
