//! One provider on the page of a referral request.

use jiff::Zoned;

use crate::catalog::Catalog;
use crate::serve::pages::answer::selection::named;
use crate::serve::pages::answer_link::reason_label;
use crate::statements::DeclineReason;
use crate::statements::referral_request::record::{AskedProvider, ReferralRequest};
use crate::statements::referral_request::transition::next_states;
use crate::statements::referral_request::{ReferralParty, ReferralState, goes_to_compliance};
use crate::text::us_date::us_time;

/// What is shown of a provider to which nothing was sent.
pub(crate) const NOT_SENT: &str = "Not sent yet";

/// One provider.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each shows one part of the row")]
pub(crate) struct AskedRow {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Its phone number and the link to call it.
    pub(crate) phone: Option<(String, String)>,
    pub(crate) state: &'static str,
    pub(crate) reason: Option<String>,
    pub(crate) is_for_compliance: bool,
    pub(crate) clock: String,
    pub(crate) is_urgent: bool,
    pub(crate) link: Option<String>,
    pub(crate) may_link: bool,
    pub(crate) next: Vec<(&'static str, &'static str)>,
    pub(crate) may_confirm: bool,
    pub(crate) reasons: Vec<(String, String)>,
}

impl AskedRow {
    pub(crate) fn new(catalog: &Catalog, request: &ReferralRequest, asked: &AskedProvider, now: &Zoned) -> Self {
        let at = now.timestamp();
        let may = |to: ReferralState, by| request.check(&asked.provider, to, by, at).is_ok();
        let (is_sent, is_overdue) = (asked.is_sent(), asked.is_overdue(at));
        let clock = match asked.step.to {
            ReferralState::Asked if !is_sent => "no link was made, and no call is recorded".to_owned(),
            ReferralState::Asked | ReferralState::Seen if is_overdue => {
                format!("reply was due {}", us_time(asked.reply_due, now))
            }
            ReferralState::Asked | ReferralState::Seen => format!("reply due {}", us_time(asked.reply_due, now)),
            _ => format!("since {}", us_time(asked.changed_at, now)),
        };
        let why = asked.step.why.map(reason_label);
        let next = next_states(asked.step.to, ReferralParty::Hospital).filter(|to| may(*to, ReferralParty::Hospital));
        let link = asked.open_link(at).map(|link| {
            let pin = if link.pin.is_some() { ", with a PIN" } else { "" };
            format!("A link is open until {}{pin}", us_time(link.expires_at, now))
        });
        let provider = catalog.provider_of(&asked.provider);
        let phone = provider.as_ref().and_then(|provider| provider.phone.as_ref()).map(|fact| fact.value);
        Self {
            id: asked.provider.to_string(),
            name: named(catalog, asked.provider.as_str()),
            phone: phone.map(|phone| (phone.to_string(), format!("tel:+1{:010}", phone.number()))),
            state: if is_sent { asked.step.to.label() } else { NOT_SENT },
            reason: why.or_else(|| asked.step.missing.map(|missing| missing.label().to_owned())),
            is_for_compliance: asked.step.why.is_some_and(goes_to_compliance),
            clock,
            is_urgent: is_overdue || !is_sent,
            link,
            may_link: may(ReferralState::Accepted, ReferralParty::Provider),
            may_confirm: may(ReferralState::Confirmed, ReferralParty::Hospital),
            next: next.map(|state| (state.code(), step_label(state))).collect(),
            reasons: reasons(request).map(|why| (why.code(), reason_label(why))).collect(),
        }
    }
}

/// A state as the desk records it.
fn step_label(state: ReferralState) -> &'static str {
    match state {
        ReferralState::Seen => "Told by telephone, no answer yet",
        ReferralState::Asked => "Ask again",
        other => other.label(),
    }
}

/// The reasons that the desk may choose; without one it records that none was given.
fn reasons(request: &ReferralRequest) -> impl Iterator<Item = DeclineReason> {
    let needs = request.details.needs.iter().copied().map(DeclineReason::Need);
    let limits = request.details.limits.iter().copied().map(DeclineReason::Limit);
    let others = [DeclineReason::Coverage, DeclineReason::OutsideServiceArea, DeclineReason::Other];
    [DeclineReason::NoRoom].into_iter().chain(needs).chain(limits).chain(others)
}
