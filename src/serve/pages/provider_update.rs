//! A provider's own page: its staff state room by day, needs and limits, service area, languages
//! and the admissions line, by an invite of a hospital without an account, or with a key of the
//! provider ([`by_key`]).
//!
//! What is saved are the statements that a program sends to `/v1/providers/{id}/availability` and
//! `/statements`: the same JSON, parsed and stored by the same code.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use tokio::sync::Mutex;

use crate::api_keys::Principal;
use crate::ledger::event::LedgerEvent;
use crate::phrases;
use crate::serve::http::answer_metadata::AuditedAction;
use crate::serve::http::extract::{CurrentPrincipal, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::invite_records::append_change;
use crate::serve::pages::coded_form::{CodedForm, LinkForm};
use crate::serve::pages::link_page::{LinkToken, PIN_TURN, count_unusable_link, link_page};
use crate::serve::pages::provider_update::field_names::{last_day_asked, later_rooms, standing_values};
use crate::serve::pages::provider_update::own_statements::{OwnStatements, StandingRow};
use crate::serve::pages::provider_update::read_form::{FormFaults, check_fields, read_statements};
use crate::serve::pages::provider_update::view::{FieldSource, UpdateForm};
use crate::serve::state::AppState;
use crate::statements::provider_invite::{InviteAction, InviteState, ProviderInvite};
use crate::statements::referral_request::answer_link::{AnswerToken, LinkPin};

pub(crate) mod by_key;
pub(crate) mod field_names;
pub(crate) mod own_statements;
pub(crate) mod read_form;
pub(crate) mod view;

/// How often a form is tried again when the invite changed meanwhile.
const TRIES: usize = 5;
/// What one save records: availability, statements and the use of the invite.
const STATED_ENTRIES: usize = 3;

/// One form is saved at a time on this server, by whichever way. A form that another server saves meanwhile is found by the ledger.
static SAVE_TURN: Mutex<()> = Mutex::const_new(());

/// The page.
#[derive(Debug, Template)]
#[template(path = "provider_update.html", config = "src/serve/askama.toml")]
struct ProviderUpdatePage {
    hospital: String,
    /// Whether the staff can sign out.
    is_session: bool,
    shows: UpdateContent,
}

/// What the page shows.
#[derive(Debug)]
enum UpdateContent {
    /// The form for the PIN, and what was wrong with the last one.
    Pin { fault: Option<&'static str> },
    /// The form.
    Form(Box<UpdateForm>),
    /// What is in effect after saving.
    Saved(Box<SavedStatements>),
    /// The link cannot be used.
    Closed,
}

/// What is in effect after saving.
#[derive(Debug)]
struct SavedStatements {
    provider: String,
    version: String,
    pin: String,
    standing: Vec<StandingRow>,
    has_past_days: bool,
}

/// An invite that may be used, and its provider.
struct UsableInvite {
    token: AnswerToken,
    invite: Arc<ProviderInvite>,
    own: OwnStatements,
}

impl UsableInvite {
    fn find(app: &AppState, token: Option<AnswerToken>) -> Result<Option<Self>, Problem> {
        let served = app.served()?;
        let now = (app.now)().timestamp();
        let found = token.and_then(|token| {
            let invite = served.ledger_state().invites.by_token(&token.digest())?;
            let invite = Some(invite).filter(|invite| invite.state(now) == InviteState::Open)?;
            Some(Self { token, invite: Arc::clone(invite), own: OwnStatements::of(&served, &invite.provider)? })
        });
        Ok(found)
    }

    fn is_unlocked(&self, typed: &str) -> bool {
        let pin = self.invite.link.pin;
        pin.is_none_or(|pin| typed.parse::<LinkPin>().is_ok_and(|typed| pin.matches(&self.token, &typed)))
    }

    fn principal(&self) -> Principal {
        holder(&self.invite)
    }

    /// Stores `stated`. False if the invite, or what is stated, has changed since it was read.
    async fn save(&self, app: &AppState, stated: &OwnStatements) -> Result<bool, Problem> {
        let entries =
            vec![LedgerEvent::Availability(stated.availability.clone()), LedgerEvent::Statements(stated.statements.clone())];
        let others = (entries, Some(self.own.replaced.clone()));
        append_change(app, &self.invite, &self.principal().name, InviteAction::Saved, others, None).await
    }
}

/// The holder of the invite, as the audit log names it. No address of a client is recorded.
fn holder(invite: &ProviderInvite) -> Principal {
    Principal { name: invite.id.principal_name(), ..Principal::anyone() }
}

/// Open the page of a provider by an invite
///
/// Nothing changes. An invite that cannot be used says so in one way, whatever the cause.
#[utoipa::path(
    get,
    path = "/provider-update/{token}",
    operation_id = "page_provider_update",
    params(("token" = String, Path, description = "The token of the invite.")),
    responses((status = 404, description = "The invite cannot be used.", content((String = "text/html")))),
)]
pub(crate) async fn open(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    LinkToken(token): LinkToken,
) -> Result<Response, Problem> {
    let Some(usable) = UsableInvite::find(&app, token)? else { return closed(&app, &caller) };
    if usable.invite.link.pin.is_some() {
        return page(&app, StatusCode::OK, UpdateContent::Pin { fault: None });
    }
    by_invite(&app, &usable.invite, OPENED, standing_form(&app, &usable.own, ""))
}

/// The fields of the page. The others have the name of a service, a slash, and what they are about:
/// `skilled_nursing/room/2026-11-21`, `/need/resp.vent`, `/limit/size.max_lb`, `/zips`, `/counties`, `/languages`.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the fields; the form is read by name")]
pub(crate) struct ProviderUpdateForm {
    /// The PIN, if the invite requires one.
    pin: Option<String>,
    /// `open` with a PIN, `save`, or `confirm` that everything is still true.
    r#do: String,
    /// The version of the statements that the page showed.
    version: Option<String>,
    /// The first day of room that the page showed.
    from: Option<String>,
    /// The telephone number for admissions.
    admissions: Option<String>,
}

/// Save what a provider states of itself
#[utoipa::path(
    post,
    path = "/provider-update/{token}",
    operation_id = "page_save_provider_update",
    params(("token" = String, Path, description = "The token of the invite.")),
    request_body(content = ProviderUpdateForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 404, description = "The invite cannot be used.", content((String = "text/html"))),
        (status = 412, description = "Somebody else has saved meanwhile; the page shows both.", content((String = "text/html"))),
        (status = 422, description = "The PIN or a field is wrong.", content((String = "text/html"))),
    ),
)]
pub(crate) async fn save(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    LinkToken(token): LinkToken,
    LinkForm(form): LinkForm,
) -> Result<Response, Problem> {
    let Some(usable) = UsableInvite::find(&app, token)? else { return closed(&app, &caller) };
    let _pin_turn = if usable.invite.link.pin.is_some() { Some(PIN_TURN.lock().await) } else { None };
    let _save_turn = SAVE_TURN.lock().await;
    let action = action_of(&form);
    for _ in 0..TRIES {
        let Some(usable) = UsableInvite::find(&app, token)? else { return closed(&app, &caller) };
        let pin = form.one("pin");
        if !usable.is_unlocked(pin) {
            return missed(&app, &caller, &usable, action).await;
        }
        let has_past_days = check_fields(&form, &usable.own, app.today())?;
        let stated = match read_order(&app, &usable.own, &form) {
            Ok(Some(stated)) => stated,
            Ok(None) => return by_invite(&app, &usable.invite, action, standing_form(&app, &usable.own, pin)),
            Err(refused) => return by_invite(&app, &usable.invite, action, refused.form(&app, &usable.own, &form)),
        };
        let counted = app.daily.count_entries(&usable.principal(), &(app.now)(), STATED_ENTRIES)?;
        if usable.save(&app, &stated).await? {
            counted.keep();
            return by_invite(&app, &usable.invite, action, saved(&app, &usable.own, pin, has_past_days)?);
        }
    }
    Err(Problem::Busy)
}

/// Why a form is not saved.
enum SaveRefusal {
    /// Something else was saved since the page was opened.
    Changed,
    /// Fields are wrong.
    Faults(FormFaults),
}

impl SaveRefusal {
    /// The form with what was typed.
    fn form(&self, app: &AppState, own: &OwnStatements, form: &CodedForm) -> (StatusCode, UpdateContent) {
        let none = FormFaults::new();
        let (status, faults, notice) = match self {
            Self::Changed => (StatusCode::PRECONDITION_FAILED, &none, Some(CHANGED)),
            Self::Faults(faults) => (StatusCode::UNPROCESSABLE_ENTITY, faults, None),
        };
        // Days that the page did not show yet have what is stated.
        let mut values = later_rooms(own, last_day_asked(form, app.today()), app.today());
        values.extend(form.fields().map(|(name, value)| (name.to_owned(), value.to_owned())));
        let source = FieldSource { values: &values, faults };
        let typed = UpdateForm::new(own, app.today(), &source, form.one("pin"));
        (status, UpdateContent::Form(Box::new(UpdateForm { notice, ..typed })))
    }
}

const CHANGED: &str = "Somebody else has saved something since you opened this page. What is stated now is listed first, what you \
                       entered is in the form below. Save again to replace what is stated.";

/// The page was opened.
const OPENED: AuditedAction = AuditedAction("provider_update.open");
/// Something was to be saved.
const SAVED: AuditedAction = AuditedAction("provider_update.save");

/// What the form does, for the audit log.
fn action_of(form: &CodedForm) -> AuditedAction {
    if ["save", "confirm"].contains(&form.one("do")) { SAVED } else { OPENED }
}

/// What the form asks to store; `None` if it only opens the page.
fn read_order(app: &AppState, own: &OwnStatements, form: &CodedForm) -> Result<Option<OwnStatements>, SaveRefusal> {
    let today = app.today();
    if action_of(form) == OPENED {
        return Ok(None);
    }
    if form.one("version") != own.version() {
        return Err(SaveRefusal::Changed);
    }
    if form.one("do") == "confirm" {
        return Ok(Some(own.renewed(today)));
    }
    read_statements(form, own, today).map(Some).map_err(SaveRefusal::Faults)
}

/// The form with what is stated.
fn standing_form(app: &AppState, own: &OwnStatements, pin: &str) -> (StatusCode, UpdateContent) {
    let today = app.today();
    let values = standing_values(own, today);
    let source = FieldSource { values: &values, faults: &FormFaults::new() };
    (StatusCode::OK, UpdateContent::Form(Box::new(UpdateForm::new(own, today, &source, pin))))
}

/// What is in effect after saving, read anew.
fn saved(
    app: &AppState,
    before: &OwnStatements,
    pin: &str,
    has_past_days: bool,
) -> Result<(StatusCode, UpdateContent), Problem> {
    let own = OwnStatements::of(&*app.served()?, &before.provider.id).ok_or(Problem::NoSuchProvider)?;
    let saved = SavedStatements {
        provider: phrases::name(&own.provider),
        version: own.version(),
        pin: pin.to_owned(),
        standing: own.standing(app.today()),
        has_past_days,
    };
    Ok((StatusCode::OK, UpdateContent::Saved(Box::new(saved))))
}

/// Counts a wrong PIN. Enough of them since something was last saved lock the invite.
async fn missed(
    app: &AppState,
    caller: &Principal,
    usable: &UsableInvite,
    action: AuditedAction,
) -> Result<Response, Problem> {
    let closed = || {
        count_unusable_link(app, caller)?;
        by_invite(app, &usable.invite, action, (StatusCode::NOT_FOUND, UpdateContent::Closed))
    };
    for _ in 0..TRIES {
        let Some(current) = UsableInvite::find(app, Some(usable.token))? else { return closed() };
        let name = current.principal().name;
        if append_change(app, &current.invite, &name, InviteAction::PinMissed, (Vec::new(), None), None).await? {
            break;
        }
    }
    if UsableInvite::find(app, Some(usable.token))?.is_none() {
        return closed();
    }
    let content = UpdateContent::Pin { fault: Some("This PIN is not right.") };
    by_invite(app, &usable.invite, action, (StatusCode::UNPROCESSABLE_ENTITY, content))
}

fn closed(app: &AppState, caller: &Principal) -> Result<Response, Problem> {
    count_unusable_link(app, caller)?;
    page(app, StatusCode::NOT_FOUND, UpdateContent::Closed)
}

/// The page with the invite as its principal and what it did, for the audit log.
fn by_invite(
    app: &AppState,
    invite: &ProviderInvite,
    action: AuditedAction,
    (status, shows): (StatusCode, UpdateContent),
) -> Result<Response, Problem> {
    let mut response = page(app, status, shows)?;
    response.extensions_mut().insert(holder(invite));
    response.extensions_mut().insert(action);
    Ok(response)
}

fn page(app: &AppState, status: StatusCode, shows: UpdateContent) -> Result<Response, Problem> {
    link_page(status, &ProviderUpdatePage::new(app, shows, false))
}

impl ProviderUpdatePage {
    fn new(app: &AppState, shows: UpdateContent, is_session: bool) -> Self {
        let hospital = app.hospital.name.clone().unwrap_or_else(|| "The hospital".to_owned());
        Self { hospital, is_session, shows }
    }
}
