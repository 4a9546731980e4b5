//! Records a state of one provider from the page of a referral request.

use serde_json::{Map, Value};

use crate::api_keys::Principal;
use crate::input::errors::FieldErrors;
use crate::provider::ProviderId;
use crate::serve::http::extract::field_error;
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::WriteConditions;
use crate::serve::pages::coded_form::CodedForm;
use crate::serve::referral_records::{ReferralRecorder, record_step};
use crate::serve::state::AppState;
use crate::statements::referral_request::record::ReferralRequest;
use crate::statements::referral_request::{ReferralState, parse};

/// Records the state that the form names.
///
/// # Errors
/// The form is incomplete or contradicts itself, or the state cannot be recorded.
pub(crate) async fn record_state(
    app: &AppState,
    caller: &Principal,
    (request, provider): (&ReferralRequest, &ProviderId),
    form: &CodedForm,
    conditions: &WriteConditions,
) -> Result<(), Problem> {
    let fields = ["state", "why", "missing", "patient_chose"].map(|name| form.one(name));
    let body = read_state(fields).map_err(|(field, code, detail)| {
        let detail = format!("Nothing was saved: {detail}.");
        Problem::Invalid(FieldErrors::from(field_error(field, code, &detail, None)))
    })?;
    let requested = parse::step(&Value::Object(body), request, (app.now)().timestamp()).map_err(Problem::Invalid)?;
    let who = ReferralRecorder::desk(caller);
    record_step(app, who, (request.id, provider), requested, conditions, None).await.map(drop)
}

/// The field, a code, and what is wrong.
type StateFault = (&'static str, &'static str, &'static str);

/// The step as a body of the API. The tick alone confirms. A tick or a reason beside another state is a contradiction, and
/// nothing is guessed.
fn read_state([state, why, missing, tick]: [&str; 4]) -> Result<Map<String, Value>, StateFault> {
    let confirmed = ReferralState::Confirmed.code();
    let has_chosen = tick == "yes";
    let state = if state.is_empty() && has_chosen { confirmed } else { state };
    if state.is_empty() {
        return Err(("state", "missing", "choose a state"));
    }
    if has_chosen && state != confirmed {
        let detail = "the patient chose this provider, so choose Confirmed, or clear the tick";
        return Err(("patient_chose", "does_not_apply", detail));
    }
    if state == confirmed && !has_chosen {
        return Err(("patient_chose", "missing", "tick that the patient chose this provider; only that confirms it"));
    }
    let mut body = Map::from_iter([("state".to_owned(), Value::from(state))]);
    if has_chosen {
        body.insert("patient_chose".to_owned(), true.into());
    }
    for (field, typed, of, detail) in [
        ("why", why, ReferralState::Declined, "a reason goes with Declined only; choose Declined, or no reason"),
        ("missing", missing, ReferralState::NeedMore, "what is needed goes with the state Needs more information only"),
    ] {
        if typed.is_empty() {
            continue;
        }
        if state != of.code() {
            return Err((field, "does_not_apply", detail));
        }
        body.insert(field.to_owned(), typed.into());
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_tick_alone_confirms_and_contradictions_are_refused() {
        let confirmed = json!({"state": "confirmed", "patient_chose": true});
        for (fields, body) in [
            (["", "", "", "yes"], Some(confirmed.clone())),
            (["confirmed", "", "", "yes"], Some(confirmed)),
            (["confirmed", "", "", ""], None),
            (["declined", "", "", "yes"], None),
            (["withdrawn", "", "", "yes"], None),
            (["", "", "", ""], None),
            (["", "no_room", "", ""], None),
            (["declined", "no_room", "", ""], Some(json!({"state": "declined", "why": "no_room"}))),
            (["declined", "", "", ""], Some(json!({"state": "declined"}))),
            (["accepted", "no_room", "", ""], None),
            (["need_more", "", "call", ""], Some(json!({"state": "need_more", "missing": "call"}))),
            (["accepted", "", "call", ""], None),
            (["accepted", "", "", ""], Some(json!({"state": "accepted"}))),
        ] {
            assert_eq!(read_state(fields).ok().map(Value::Object), body, "{fields:?}");
        }
    }
}
