//! Which providers state something of themselves, until when, and by which invite they can renew it.
//! The program sends no mail: this page is the reminder.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::overlay::statement_terms::{REMIND_DAYS, TermState, all_terms, term_of};
use crate::phrases;
use crate::provider::ProviderId;
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::problem::Problem;
use crate::serve::invite_records::current_id;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::pages::provider::invites::{InviteRow, TermView};
use crate::serve::state::AppState;
use crate::statements::provider_invite::ProviderInvite;

/// How many providers are listed. Our choice; those left out are counted.
const MOST_LISTED: usize = 500;

#[derive(Debug, Template)]
#[template(path = "provider_reminders.html", config = "src/serve/askama.toml")]
struct RemindersPage {
    frame: PageFrame,
    days: i32,
    expired: usize,
    ends_soon: usize,
    rows: Vec<ReminderRow>,
    /// How many more there are.
    more: usize,
}

/// One provider.
#[derive(Debug)]
struct ReminderRow {
    id: String,
    name: String,
    /// `None` if it was invited and has stated nothing.
    term: Option<TermView>,
    invite: Option<InviteRow>,
}

/// Which statements of providers expire
#[utoipa::path(get, path = "/provider-statements", operation_id = "page_provider_statements")]
pub(crate) async fn page(State(app): State<Arc<AppState>>, _: StrictQuery<()>) -> Result<Response, Problem> {
    let (served, now) = (app.served()?, (app.now)());
    // The newest invite of each provider, by the id that the provider has now.
    let mut newest: BTreeMap<ProviderId, &ProviderInvite> = BTreeMap::new();
    for invite in served.ledger_state().invites.all() {
        let known = newest.entry(current_id(served.base(), &invite.provider)).or_insert(invite);
        if known.made_at < invite.made_at {
            *known = invite;
        }
    }
    let terms = all_terms(&served);
    let invited = newest.keys().filter(|own| term_of(&served, own).is_none());
    let ids = terms.iter().map(|term| (&term.provider, Some(term))).chain(invited.map(|own| (own, None)));
    let rows: Vec<ReminderRow> = ids
        .filter_map(|(own, term)| {
            let provider = served.base().provider_of(own)?;
            Some(ReminderRow {
                id: own.to_string(),
                name: phrases::name_and_town(&provider),
                term: term.map(TermView::new),
                invite: newest.get(own).map(|invite| InviteRow::new(invite, &now)),
            })
        })
        .collect();
    let count = |state: TermState| terms.iter().filter(|term| term.state == state).count();
    let page = RemindersPage {
        frame: PageFrame::new(&app, Some(served.base()), SiteSection::Directory, "Provider statements"),
        days: REMIND_DAYS,
        expired: count(TermState::Expired),
        ends_soon: count(TermState::EndsSoon),
        more: rows.len().saturating_sub(MOST_LISTED),
        rows: rows.into_iter().take(MOST_LISTED).collect(),
    };
    html(StatusCode::OK, &page, Sensitivity::Nothing)
}
