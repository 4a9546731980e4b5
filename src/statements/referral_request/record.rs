//! A referral request as the sum of its changes.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::hospital_id::HospitalId;
use crate::provider::ProviderId;
use crate::service::Need;
use crate::statements::referral_request::answer_link::{AnswerLink, MOST_WRONG_PINS};
use crate::statements::referral_request::change::{ReferralAction, ReferralChange, ReferralDetails, ReferralStep};
use crate::statements::referral_request::delay::RequestDelay;
use crate::statements::referral_request::transition::{StepRefusal, check_step};
use crate::statements::referral_request::{ReferralId, ReferralParty, ReferralState, tells_of_substance_use};

/// A request with the state of each provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralRequest {
    /// Its id.
    pub id: ReferralId,
    /// The hospital it belongs to.
    pub hospital: HospitalId,
    /// The day it was made.
    pub made_on: Date,
    /// When it was made.
    pub made_at: Timestamp,
    /// What it says.
    pub details: ReferralDetails,
    /// The providers, in the order in which they were chosen.
    pub providers: Vec<AskedProvider>,
    /// When the hospital closed it without a place.
    pub closed_at: Option<Timestamp>,
    /// Its declines and waits, in the order in which they were recorded.
    pub delays: Vec<RequestDelay>,
    /// The id of its newest change.
    pub version: ReferralId,
}

/// The request to one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedProvider {
    /// The provider, by its id in the directory.
    pub provider: ProviderId,
    /// Its state and the reason.
    pub step: ReferralStep,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// When its reply is due.
    pub reply_due: Timestamp,
    /// When the state changed.
    pub changed_at: Timestamp,
    /// Who changed it.
    pub changed_by: ReferralParty,
    /// Whether its reply since it was asked counts as an outcome already.
    pub is_counted: bool,
    /// The answer link that may still be used.
    pub link: Option<AnswerLink>,
    /// Wrong PINs sent to that link.
    pub wrong_pins: u8,
}

impl AskedProvider {
    fn asked(provider: ProviderId, at: Timestamp, reply_due: Timestamp) -> Self {
        Self {
            provider,
            step: ReferralStep::plain(ReferralState::Asked),
            asked_at: at,
            reply_due,
            changed_at: at,
            changed_by: ReferralParty::Hospital,
            is_counted: false,
            link: None,
            wrong_pins: 0,
        }
    }

    /// Whether it has not replied although the reply is due.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        matches!(self.step.to, ReferralState::Asked | ReferralState::Seen) && now >= self.reply_due
    }

    /// Whether a link was made, or anything else recorded, since it was asked. Until then nobody at the provider
    /// may know of the request.
    pub fn is_sent(&self) -> bool {
        self.step.to != ReferralState::Asked || self.link.is_some()
    }

    /// The link, if a provider may answer by it now.
    pub fn open_link(&self, now: Timestamp) -> Option<&AnswerLink> {
        self.link.as_ref().filter(|link| now < link.expires_at && self.wrong_pins < MOST_WRONG_PINS)
    }

    fn step_to(&mut self, step: ReferralStep, by: ReferralParty, at: Timestamp, reply_due: Option<Timestamp>) {
        use ReferralState::{Accepted, Asked, Declined, NeedMore, NoReply, Seen};
        self.is_counted |= matches!(step.to, Accepted | Declined | NoReply);
        if step.to == Asked {
            (self.is_counted, self.asked_at) = (false, at);
            self.reply_due = reply_due.unwrap_or(self.reply_due);
            // A link that has ended tells nobody that it is asked again.
            self.link = self.link.filter(|link| at < link.expires_at);
        }
        // A link answers once, and not after the desk has closed the question.
        let stays = match by {
            ReferralParty::Provider => step.to == Seen,
            ReferralParty::Hospital => matches!(step.to, Asked | Seen | NeedMore | NoReply),
        };
        if !stays {
            self.link = None;
        }
        (self.step, self.changed_at, self.changed_by) = (step, at, by);
    }
}

impl ReferralRequest {
    /// The request that `change` makes; `None` if it changes another one.
    pub fn made(change: &ReferralChange) -> Option<Self> {
        let ReferralAction::Made(details) = &change.what else { return None };
        let asked = |id: &ProviderId| AskedProvider::asked(id.clone(), change.at, details.reply_due);
        Some(Self {
            id: change.request,
            hospital: change.hospital.clone(),
            made_on: change.made_on,
            made_at: change.at,
            providers: details.providers.iter().map(asked).collect(),
            closed_at: None,
            delays: Vec::new(),
            details: details.clone(),
            version: change.id,
        })
    }

    /// Applies a later change.
    pub fn apply(&mut self, change: &ReferralChange) {
        self.version = change.id;
        match &change.what {
            ReferralAction::Made(_) => {}
            ReferralAction::Moved { provider, step, by, reply_due } => {
                self.move_provider(provider, *step, *by, change.at, *reply_due);
            }
            ReferralAction::ProvidersAdded { providers, reply_due } => self.add_providers(providers, change.at, *reply_due),
            ReferralAction::Closed => self.closed_at = Some(change.at),
            ReferralAction::LinkMade { provider, link } => {
                self.change_link(provider, |asked| (asked.link, asked.wrong_pins) = (Some(*link), 0));
            }
            ReferralAction::LinkRevoked { provider } => self.change_link(provider, |asked| asked.link = None),
            ReferralAction::PinMissed { provider } => {
                self.change_link(provider, |asked| asked.wrong_pins = asked.wrong_pins.saturating_add(1));
            }
        }
    }

    fn move_provider(
        &mut self,
        provider: &ProviderId,
        step: ReferralStep,
        by: ReferralParty,
        at: Timestamp,
        reply_due: Option<Timestamp>,
    ) {
        let Some(asked) = self.providers.iter_mut().find(|asked| asked.provider == *provider) else { return };
        asked.step_to(step, by, at, reply_due);
        self.delays.extend(RequestDelay::of(step, at));
        if step.to == ReferralState::Asked {
            self.closed_at = None;
        }
    }

    /// Asks those that were not asked before.
    fn add_providers(&mut self, added: &[ProviderId], at: Timestamp, reply_due: Timestamp) {
        for provider in added {
            if self.asked(provider).is_none() {
                self.providers.push(AskedProvider::asked(provider.clone(), at, reply_due));
                self.closed_at = None;
            }
        }
    }

    fn change_link(&mut self, provider: &ProviderId, change: impl FnOnce(&mut AskedProvider)) {
        if let Some(asked) = self.providers.iter_mut().find(|asked| asked.provider == *provider) {
            change(asked);
        }
    }

    /// The request to one provider.
    pub fn asked(&self, provider: &ProviderId) -> Option<&AskedProvider> {
        self.providers.iter().find(|asked| asked.provider == *provider)
    }

    /// Whether the patient still needs a place by it: none is confirmed, and the hospital has neither
    /// closed it nor withdrawn it from every provider.
    pub fn is_open(&self) -> bool {
        self.ended_at().is_none()
    }

    /// When a provider was confirmed, or the request was closed or withdrawn from every provider.
    pub fn ended_at(&self) -> Option<Timestamp> {
        let confirmed = self.providers.iter().find(|asked| asked.step.to == ReferralState::Confirmed);
        let is_withdrawn = self.providers.iter().all(|asked| asked.step.to == ReferralState::Withdrawn);
        let withdrawn = || self.providers.iter().map(|asked| asked.changed_at).max().filter(|_| is_withdrawn);
        confirmed.map(|asked| asked.changed_at).or(self.closed_at).or_else(withdrawn)
    }

    /// Whether the patient has chosen a provider of it.
    pub fn is_confirmed(&self) -> bool {
        self.providers.iter().any(|asked| asked.step.to == ReferralState::Confirmed)
    }

    /// The needs that its providers may see.
    pub fn shown_needs(&self) -> impl Iterator<Item = Need> {
        self.details.needs.iter().copied().filter(|need| !self.is_withheld(*need))
    }

    /// The needs that its providers do not see, for lack of the patient's consent.
    pub fn withheld_needs(&self) -> impl Iterator<Item = Need> {
        self.details.needs.iter().copied().filter(|need| self.is_withheld(*need))
    }

    fn is_withheld(&self, need: Need) -> bool {
        !self.details.has_substance_use_consent && tells_of_substance_use(need)
    }

    /// Checks that `by` may record the state `to` of `provider`.
    ///
    /// # Errors
    /// Why it may not.
    pub fn check(
        &self,
        provider: &ProviderId,
        to: ReferralState,
        by: ReferralParty,
        now: Timestamp,
    ) -> Result<&AskedProvider, StepRefusal> {
        let asked = self.asked(provider).ok_or(StepRefusal::NotAsked)?;
        check_step(asked.step.to, to, by)?;
        if self.is_confirmed() && asked.step.to != ReferralState::Confirmed {
            return Err(StepRefusal::OtherConfirmed);
        }
        if self.closed_at.is_some() && to != ReferralState::Asked {
            return Err(StepRefusal::Closed);
        }
        // A provider that still has time is not counted as one that did not reply.
        if to == ReferralState::NoReply && !asked.is_overdue(now) {
            return Err(StepRefusal::NotDue);
        }
        Ok(asked)
    }

    /// What else changes when `kept` is confirmed, or with `None` when the request is closed: the
    /// others are no longer asked, and those that are overdue have not replied. One to which nothing was sent
    /// could not reply.
    pub fn closing_steps(&self, kept: Option<&ProviderId>, now: Timestamp) -> Vec<(ProviderId, ReferralStep)> {
        let others = self.providers.iter().filter(|asked| Some(&asked.provider) != kept && asked.step.to.is_open());
        let closing = |asked: &AskedProvider| {
            let to = if asked.is_overdue(now) && asked.is_sent() { ReferralState::NoReply } else { ReferralState::Withdrawn };
            (asked.provider.clone(), ReferralStep::plain(to))
        };
        others.map(closing).collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;
    use crate::service::Service;
    use crate::statements::DeclineReason;
    use ReferralState::{Accepted, Asked, Confirmed, Declined, NoReply, Seen, Withdrawn};

    fn at(hours: i64) -> Timestamp {
        "2026-11-21T12:00:00Z".parse::<Timestamp>().unwrap().checked_add(hours.hours()).unwrap()
    }

    fn id(number: usize) -> ProviderId {
        format!("ccn:{:06}", 260_000 + number).parse().unwrap()
    }

    fn change(number: u8, hours: i64, what: ReferralAction) -> ReferralChange {
        ReferralChange {
            id: ReferralId([number; 16]),
            request: ReferralId([9; 16]),
            hospital: HospitalId::default(),
            principal: "key:7f3kq9m2".to_owned(),
            made_on: date(2026, 11, 21),
            at: at(hours),
            what,
        }
    }

    fn request(needs: &[&str]) -> ReferralRequest {
        let details = ReferralDetails {
            unit: None,
            label: None,
            service: Service::SkilledNursing,
            needs: needs.iter().map(|code| code.parse().unwrap()).collect(),
            limits: Vec::new(),
            payer_class: None,
            coverage: None,
            discharge_on: date(2026, 11, 23),
            region: None,
            has_substance_use_consent: false,
            weight: None,
            reply_due: at(4),
            providers: vec![id(1), id(2), id(3)],
        };
        ReferralRequest::made(&change(1, 0, ReferralAction::Made(details))).unwrap()
    }

    fn step(request: &mut ReferralRequest, number: u8, hours: i64, provider: usize, to: ReferralState, by: ReferralParty) {
        let step = ReferralStep { why: (to == Declined).then_some(DeclineReason::NoRoom), ..ReferralStep::plain(to) };
        let reply_due = (to == Asked).then(|| at(hours + 4));
        request.apply(&change(number, hours, ReferralAction::Moved { provider: id(provider), step, by, reply_due }));
    }

    fn link() -> AnswerLink {
        AnswerLink { digest: [3; 32], expires_at: at(24), pin: None }
    }

    #[test]
    fn the_clock_of_a_provider_runs_from_the_last_time_it_was_asked() {
        let mut request = request(&[]);
        let by = ReferralParty::Hospital;
        assert_eq!(request.check(&id(1), NoReply, by, at(3)), Err(StepRefusal::NotDue));
        assert!(request.check(&id(1), NoReply, by, at(4)).is_ok());
        step(&mut request, 2, 5, 1, NoReply, by);
        step(&mut request, 3, 6, 1, Asked, by);
        let asked = request.asked(&id(1)).unwrap();
        assert_eq!((asked.asked_at, asked.reply_due, asked.is_counted), (at(6), at(10), false));
        assert!(!asked.is_overdue(at(9)) && asked.is_overdue(at(10)));
    }

    #[test]
    fn a_link_answers_once_and_ends_by_time_wrong_pins_and_the_desk() {
        use ReferralParty::{Hospital, Provider};
        let made = |request: &mut ReferralRequest| {
            request.apply(&change(2, 0, ReferralAction::LinkMade { provider: id(1), link: link() }));
        };
        let is_open = |request: &ReferralRequest, now: i64| request.asked(&id(1)).unwrap().open_link(at(now)).is_some();
        let mut fresh = request(&[]);
        made(&mut fresh);
        assert!(is_open(&fresh, 23) && !is_open(&fresh, 24));
        for (to, by, stays) in [
            (Seen, Provider, true),
            (Accepted, Provider, false),
            (Declined, Provider, false),
            (ReferralState::NeedMore, Provider, false),
            (Seen, Hospital, true),
            (Accepted, Hospital, false),
            (Withdrawn, Hospital, false),
        ] {
            let mut request = fresh.clone();
            step(&mut request, 3, 1, 1, to, by);
            assert_eq!(is_open(&request, 2), stays, "{to:?} {by:?}");
        }
        let mut revoked = fresh.clone();
        revoked.apply(&change(3, 1, ReferralAction::LinkRevoked { provider: id(1) }));
        assert!(!is_open(&revoked, 2));
        let mut guessed = fresh;
        for number in 0..MOST_WRONG_PINS {
            assert!(is_open(&guessed, 2), "{number}");
            guessed.apply(&change(3 + number, 1, ReferralAction::PinMissed { provider: id(1) }));
        }
        assert!(!is_open(&guessed, 2));
        made(&mut guessed);
        assert!(is_open(&guessed, 2), "a new link has its own count");
    }

    #[test]
    fn a_confirmed_provider_closes_the_request_for_the_others() {
        let (mut request, by) = (request(&[]), ReferralParty::Hospital);
        step(&mut request, 2, 1, 1, Accepted, by);
        step(&mut request, 3, 1, 2, Accepted, by);
        let unsent = request.closing_steps(Some(&id(1)), at(5));
        assert_eq!(unsent[1].1.to, Withdrawn, "one to which nothing was sent could not reply");
        request.apply(&change(5, 1, ReferralAction::LinkMade { provider: id(3), link: link() }));
        let closing = request.closing_steps(Some(&id(1)), at(5));
        let states: Vec<_> = closing.iter().map(|(id, step)| (id.clone(), step.to)).collect();
        assert_eq!(states, [(id(2), Withdrawn), (id(3), NoReply)]);
        assert!(request.is_open());
        step(&mut request, 4, 5, 1, Confirmed, by);
        assert!(!request.is_open());
        assert_eq!(request.check(&id(3), Accepted, ReferralParty::Provider, at(6)), Err(StepRefusal::OtherConfirmed));
        assert!(request.check(&id(1), Withdrawn, by, at(6)).is_ok(), "the patient may choose again");
        assert_eq!(request.check(&id(4), Accepted, by, at(6)), Err(StepRefusal::NotAsked));
    }

    #[test]
    fn a_request_is_sent_by_a_link_or_a_recorded_call_and_anew_each_time_it_is_asked() {
        let is_sent = |request: &ReferralRequest| request.asked(&id(1)).unwrap().is_sent();
        let mut called = request(&[]);
        assert!(!is_sent(&called));
        step(&mut called, 2, 1, 1, Seen, ReferralParty::Hospital);
        assert!(is_sent(&called));
        let mut linked = request(&[]);
        linked.apply(&change(2, 0, ReferralAction::LinkMade { provider: id(1), link: link() }));
        assert!(is_sent(&linked));
        let mut revoked = linked.clone();
        revoked.apply(&change(3, 1, ReferralAction::LinkRevoked { provider: id(1) }));
        assert!(!is_sent(&revoked));
        step(&mut linked, 3, 25, 1, NoReply, ReferralParty::Hospital);
        step(&mut linked, 4, 26, 1, Asked, ReferralParty::Hospital);
        assert!(!is_sent(&linked), "the link had ended");
    }

    #[test]
    fn needs_of_substance_use_are_shown_with_consent_only() {
        let mut request = request(&["inf.abx", "sud.methadone"]);
        let shown = |request: &ReferralRequest| request.shown_needs().map(Need::code).collect::<Vec<_>>();
        assert_eq!(shown(&request), ["inf.abx"]);
        assert_eq!(request.withheld_needs().map(Need::code).collect::<Vec<_>>(), ["sud.methadone"]);
        request.details.has_substance_use_consent = true;
        assert_eq!(shown(&request), ["inf.abx", "sud.methadone"]);
        assert_eq!(request.withheld_needs().count(), 0);
    }
}
