//! Makes invites of providers and records what happens to them, for the API and the pages.

use std::sync::Arc;

use jiff::Timestamp;

use crate::api_keys::Principal;
use crate::catalog::Catalog;
use crate::ledger::event::LedgerEvent;
use crate::ledger::stored_invite::changes_of_invite;
use crate::ledger::write::{ExpectedRecord, LedgerReceipt, LedgerWrite, RepeatKey};
use crate::overlay::LiveDirectory;
use crate::provider::ProviderId;
use crate::serve::counted_write::{append_counted, check_read, find_repetition};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::SecretRequest;
use crate::serve::observation_records::hospital_of;
use crate::serve::random_bytes::random;
use crate::serve::state::AppState;
use crate::statements::provider_invite::{InviteAction, InviteChange, InviteId, ProviderInvite};
use crate::statements::referral_request::answer_link::{AnswerLink, AnswerToken, LinkPin, SaltedPin};

/// How often a change is tried again when another one came first. Our choice.
const TRIES: usize = 5;

/// Makes an invite, or finds the one that the same request made before, and returns it with its
/// token, which is stored nowhere.
///
/// # Errors
/// The directory has no such provider, the key was used for another request, the caller has reached
/// its daily limit, or the ledger is missing or failed.
pub(crate) async fn make_invite(
    app: &AppState,
    caller: &Principal,
    provider: &ProviderId,
    (expires_at, pin): (Timestamp, Option<&LinkPin>),
    SecretRequest { secret, repeat }: SecretRequest,
) -> Result<(AnswerToken, Arc<ProviderInvite>), Problem> {
    let provider = app.served()?.base().provider_of(provider).ok_or(Problem::NoSuchProvider)?.id.clone();
    let now = (app.now)();
    let token = AnswerToken::new(secret);
    let salt = random()?;
    let pin = pin.map(|pin| SaltedPin { salt, digest: token.pin_digest(&salt, pin) });
    let id = InviteId(random()?);
    let change = InviteChange {
        id,
        invite: id,
        hospital: hospital_of(app, caller).clone(),
        provider,
        principal: caller.name.clone(),
        made_on: now.date(),
        at: now.timestamp(),
        what: InviteAction::Made(AnswerLink { digest: token.digest(), expires_at, pin }),
    };
    let invite = ProviderInvite::made(&change).ok_or(Problem::Internal)?;
    let entries = [LedgerEvent::Invite(change)];
    match append_counted(app, caller, &LedgerWrite { hospital: None, entries: &entries, expected: None, repeat }).await? {
        LedgerReceipt::Written(_) => Ok((token, Arc::new(invite))),
        LedgerReceipt::Repeated(sequences) => {
            check_read(app, &sequences)?;
            let made = app.ledger_state().invites.by_token(&token.digest()).cloned();
            made.map(|made| (token, made)).ok_or(Problem::NoSuchInvite)
        }
        LedgerReceipt::KeyReused | LedgerReceipt::Changed => Err(Problem::KeyReused),
    }
}

/// The id that the provider with `id` has in the directory now: a refresh may have given it another
/// one. `id` itself if the provider has left.
pub(crate) fn current_id(catalog: &Catalog, id: &ProviderId) -> ProviderId {
    catalog.provider_of(id).map_or_else(|| id.clone(), |provider| provider.id.clone())
}

/// Whether the invite is of the provider that has the id `own` in the directory now.
fn is_invite_of(catalog: &Catalog, invite: &ProviderInvite, own: &ProviderId) -> bool {
    invite.provider == *own || current_id(catalog, &invite.provider) == *own
}

/// The invites of the provider that has the id `own` in the directory now, newest first.
pub(crate) fn invites_of<'a>(served: &'a LiveDirectory, own: &ProviderId) -> Vec<&'a Arc<ProviderInvite>> {
    served.ledger_state().invites.newest_first(|invite| is_invite_of(served.base(), invite, own))
}

/// The invite of `provider` with that id, as it is now.
///
/// # Errors
/// The hospital has none, or there is no directory.
pub(crate) fn find_invite(app: &AppState, provider: &ProviderId, id: InviteId) -> Result<Arc<ProviderInvite>, Problem> {
    let served = app.served()?;
    let own = current_id(served.base(), provider);
    let invite = app.ledger_state().invites.get(id).cloned();
    invite.filter(|invite| is_invite_of(served.base(), invite, &own)).ok_or(Problem::NoSuchInvite)
}

/// Revokes an invite. One that is revoked stays so.
///
/// # Errors
/// There is no such invite, the key was used for another request, the caller has reached its daily
/// limit, or the ledger is missing or failed.
pub(crate) async fn revoke_invite(
    app: &AppState,
    caller: &Principal,
    provider: &ProviderId,
    id: InviteId,
    repeat: Option<RepeatKey>,
) -> Result<Arc<ProviderInvite>, Problem> {
    match find_repetition(app, repeat).await? {
        Some(LedgerReceipt::KeyReused) => return Err(Problem::KeyReused),
        Some(_) => return find_invite(app, provider, id),
        None => {}
    }
    let counted = app.daily.count_entries(caller, &(app.now)(), 1)?;
    for _ in 0..TRIES {
        let invite = find_invite(app, provider, id)?;
        if invite.is_revoked {
            return Ok(invite);
        }
        if append_change(app, &invite, &caller.name, InviteAction::Revoked, (Vec::new(), None), repeat).await? {
            counted.keep();
            return find_invite(app, provider, id);
        }
    }
    Err(Problem::Busy)
}

/// Records a change of `invite` after `others`, all or nothing. False if the invite, or what `others` replace, has
/// changed since it was read, so that nothing was written.
///
/// # Errors
/// The ledger is missing or failed.
pub(crate) async fn append_change(
    app: &AppState,
    invite: &ProviderInvite,
    principal: &str,
    what: InviteAction,
    (others, replaced): (Vec<LedgerEvent>, Option<ExpectedRecord>),
    repeat: Option<RepeatKey>,
) -> Result<bool, Problem> {
    let change = InviteChange {
        id: InviteId(random()?),
        invite: invite.id,
        hospital: invite.hospital.clone(),
        provider: invite.provider.clone(),
        principal: principal.to_owned(),
        made_on: invite.made_on,
        at: (app.now)().timestamp(),
        what,
    };
    let entries: Vec<LedgerEvent> = others.into_iter().chain([LedgerEvent::Invite(change)]).collect();
    let about = changes_of_invite(&invite.hospital, invite.id);
    let own = ExpectedRecord::Newest { about, newest: Some(invite.version.to_string()) };
    let expected = Some(ExpectedRecord::All(replaced.into_iter().chain([own]).collect()));
    match app.append(&LedgerWrite { hospital: None, entries: &entries, expected, repeat }).await? {
        LedgerReceipt::Written(_) | LedgerReceipt::Repeated(_) => Ok(true),
        LedgerReceipt::Changed | LedgerReceipt::KeyReused => Ok(false),
    }
}
