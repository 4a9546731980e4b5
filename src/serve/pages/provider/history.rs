//! What a provider said to the hospital, on its page: every record of the hospital, and its withdrawal.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::overlay::LiveDirectory;
use crate::overlay::observation_state::ObservationState;
use crate::overlay::observed::{is_by_link, listener};
use crate::provider::ProviderId;
use crate::serve::http::extract::{CurrentPrincipal, ProviderPath, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::WriteConditions;
use crate::serve::list_page::MOST_LISTED;
use crate::serve::observation_records::{record, withdrawal_of};
use crate::serve::pages::ask::call_sheet::answer_form::in_words;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::session::see_other;
use crate::serve::state::AppState;
use crate::statements::observation::{ContactRole, Observation};
use crate::text::us_date::us_date;

/// One record.
#[derive(Debug)]
pub(crate) struct HistoryRow {
    pub(crate) id: String,
    pub(crate) day: String,
    pub(crate) service: &'static str,
    pub(crate) says: String,
    /// Who said so, and to whom.
    pub(crate) by: String,
    pub(crate) state: String,
    /// Whether it can be withdrawn.
    pub(crate) counts: bool,
}

/// The newest records of a provider, and how many it has.
pub(crate) fn rows(served: &LiveDirectory, own: &ProviderId) -> (Vec<HistoryRow>, usize) {
    let row = |heard: &Observation| {
        let state = ObservationState::of(served, heard);
        let unit = listener(served.ledger_state(), heard);
        let by = match heard.said_by {
            Some(role) => format!("Telephone, {} to {unit}", ContactRole::label(role)),
            None if is_by_link(heard) => format!("Answer link, to {unit}"),
            None => format!("Telephone, to {unit}"),
        };
        HistoryRow {
            id: heard.id.to_string(),
            day: us_date(heard.said_on),
            service: heard.service.label(),
            says: in_words(heard),
            by,
            state: state_in_words(state, heard),
            counts: state == ObservationState::Holds && heard.hospital == served.ledger_state().hospital,
        }
    };
    let records = served.observations_of(own);
    (records.iter().rev().take(MOST_LISTED).map(|heard| row(heard)).collect(), records.len())
}

fn state_in_words(state: ObservationState, heard: &Observation) -> String {
    match (state, heard.holds_until()) {
        (ObservationState::Holds, Some(until)) => format!("Counts through {}", us_date(until)),
        (ObservationState::Holds | ObservationState::HistoryOnly, _) => "For the record".to_owned(),
        (ObservationState::Over, _) => "No longer counts".to_owned(),
        (ObservationState::Replaced, _) => "Replaced by a later answer".to_owned(),
        (ObservationState::Withdrawn, _) => "Withdrawn".to_owned(),
        (ObservationState::WithoutEffect, _) => "No effect: the directory does not list the service".to_owned(),
    }
}

/// Withdraw what a provider said by telephone
///
/// The browser goes back to the page of the provider.
#[utoipa::path(
    post,
    path = "/providers/{id}/withdraw",
    operation_id = "page_withdraw_observation",
    params(("id" = String, Path, description = "A provider's id.")),
    responses((status = 303, description = "The browser goes back to the page of the provider.")),
)]
pub(crate) async fn withdraw(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    ProviderPath(id): ProviderPath,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let served = app.served()?;
    let observation = form.one("id").parse().map_err(|_| Problem::NoSuchObservation)?;
    let heard = withdrawal_of(&served, observation, None)?;
    let conditions = WriteConditions::after(form.one("version").to_owned());
    record(&app, &caller, vec![heard], &conditions, None).await?;
    Ok(see_other(&format!("/providers/{id}#history")))
}
