//! What a provider states of itself on its page: until when it stands, and the invites by which it
//! can be kept current.

use jiff::Zoned;

use crate::overlay::LiveDirectory;
use crate::overlay::statement_terms::{StatementTerm, TermState, term_of};
use crate::provider::ProviderId;
use crate::serve::invite_records::invites_of;
use crate::serve::own_address::CopiedLink;
use crate::statements::provider_invite::{INVITE_DAYS, InviteState, ProviderInvite, USUAL_INVITE_DAYS};
use crate::text::us_date::{us_date, us_time};

/// The section.
#[derive(Debug)]
pub(crate) struct InviteSection {
    pub(crate) term: Option<TermView>,
    pub(crate) invites: Vec<InviteRow>,
    /// The days that can be chosen, and whether each is the usual one.
    pub(crate) days: Vec<(u32, bool)>,
    /// The invite that was just made. Its address is shown this once.
    pub(crate) made: Option<MadeInvite>,
    /// Why nothing was made or revoked.
    pub(crate) note: Option<String>,
}

/// Until when the statements of a provider stand.
#[derive(Debug)]
pub(crate) struct TermView {
    /// Class and sign.
    pub(crate) mark: (&'static str, &'static str),
    pub(crate) state: &'static str,
    pub(crate) said_on: String,
    pub(crate) ends_on: String,
    pub(crate) room_until: String,
}

/// One invite.
#[derive(Debug)]
pub(crate) struct InviteRow {
    pub(crate) id: String,
    pub(crate) made: String,
    pub(crate) state: String,
    pub(crate) saved: String,
    pub(crate) is_open: bool,
}

/// An invite that was just made.
#[derive(Debug)]
pub(crate) struct MadeInvite {
    pub(crate) link: CopiedLink,
    pub(crate) until: String,
    pub(crate) has_pin: bool,
}

impl TermView {
    pub(crate) fn new(term: &StatementTerm) -> Self {
        let mark = match term.state {
            TermState::Expired => ("no", "✗"),
            TermState::EndsSoon => ("unknown", "!"),
            TermState::Current => ("yes", "✓"),
        };
        Self {
            mark,
            state: TermState::label(term.state),
            said_on: us_date(term.said_on),
            ends_on: term.ends_on.map_or_else(|| "Not reported".to_owned(), us_date),
            room_until: term.room_until.map_or_else(|| "Not reported".to_owned(), us_date),
        }
    }
}

impl InviteRow {
    pub(crate) fn new(invite: &ProviderInvite, now: &Zoned) -> Self {
        let state = invite.state(now.timestamp());
        let is_open = state == InviteState::Open;
        let pin = if is_open && invite.link.pin.is_some() { ", with a PIN" } else { "" };
        Self {
            id: invite.id.to_string(),
            made: us_time(invite.made_at, now),
            state: if is_open {
                format!("Open until {}{pin}", us_time(invite.link.expires_at, now))
            } else {
                InviteState::label(state).to_owned()
            },
            saved: invite.saved_at.map_or_else(|| "Not yet used".to_owned(), |at| us_time(at, now)),
            is_open,
        }
    }
}

impl InviteSection {
    /// The section of the provider with that id in the directory.
    pub(crate) fn new(served: &LiveDirectory, own: &ProviderId, now: &Zoned) -> Self {
        let invites = invites_of(served, own);
        Self {
            term: term_of(served, own).as_ref().map(TermView::new),
            invites: invites.into_iter().map(|invite| InviteRow::new(invite, now)).collect(),
            days: INVITE_DAYS.map(|days| (days, days == USUAL_INVITE_DAYS)).into(),
            made: None,
            note: None,
        }
    }
}
