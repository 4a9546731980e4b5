//! What the directory learns from the reply to a referral request: an outcome, and answers about
//! needs, coverage and room.

use crate::provider::ProviderId;
use crate::service::Need;
use crate::statements::observation::{ObservedAnswer, ObservedQuestion};
use crate::statements::outcome_origin::OutcomeOrigin;
use crate::statements::referral_request::ReferralState;
use crate::statements::referral_request::change::ReferralStep;
use crate::statements::referral_request::record::ReferralRequest;
use crate::statements::{DeclineReason, ReferralReply};

/// What one reply says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LearnedReply {
    /// The outcome; `None` if this asking has counted already, or it is no reply.
    pub reply: Option<(ReferralReply, OutcomeOrigin)>,
    /// Answers about the provider.
    pub answers: Vec<(ObservedQuestion, ObservedAnswer)>,
}

/// What `step` of `provider` says, before it is recorded.
///
/// An acceptance is yes to each need that the provider saw and to the plan, and counts as room. A
/// refusal for a need, the plan or room is no to that alone. Another reason counts as one asked who
/// did not accept. A refusal that corrects an acceptance also withdraws every yes that the acceptance gave.
pub fn learn(request: &ReferralRequest, provider: &ProviderId, step: ReferralStep) -> LearnedReply {
    let reply = match step.to {
        ReferralState::Accepted => ReferralReply::Accepted,
        ReferralState::Declined => ReferralReply::Declined(step.why.unwrap_or(DeclineReason::NotSaid)),
        ReferralState::NoReply => ReferralReply::NoReply,
        _ => return LearnedReply::default(),
    };
    let asked = request.asked(provider);
    // A reply that comes late takes the place of "no reply".
    let is_late = asked.is_some_and(|asked| asked.step.to == ReferralState::NoReply) && reply != ReferralReply::NoReply;
    let is_counted = !is_late && asked.is_none_or(|asked| asked.is_counted);
    let origin = if is_late { OutcomeOrigin::LateReply } else { OutcomeOrigin::Request };
    let coverage = request.details.coverage.clone().map(|(field, name)| ObservedQuestion::Coverage(field, name));
    let answers = match reply {
        ReferralReply::Accepted => {
            let needs = request.shown_needs().map(ObservedQuestion::Need);
            needs.chain(coverage).map(|asked| (asked, ObservedAnswer::Yes)).collect()
        }
        ReferralReply::Declined(why) => {
            let no = refused(request, why, coverage.clone());
            let is_correction = asked.is_some_and(|asked| is_accepted(asked.step.to));
            let given = request.shown_needs().map(ObservedQuestion::Need).chain(coverage).filter(|_| is_correction);
            let withdrawn = given.filter(|given| no.as_ref().is_none_or(|(refused, _)| refused != given));
            let withdrawn: Vec<_> = withdrawn.map(|given| (given, ObservedAnswer::Withdrawn)).collect();
            no.into_iter().chain(withdrawn).collect()
        }
        ReferralReply::NoReply => Vec::new(),
    };
    LearnedReply { reply: (!is_counted).then_some((reply, origin)), answers }
}

/// Whether the provider had accepted.
fn is_accepted(state: ReferralState) -> bool {
    matches!(state, ReferralState::Accepted | ReferralState::Confirmed)
}

fn refused(
    request: &ReferralRequest,
    why: DeclineReason,
    coverage: Option<ObservedQuestion>,
) -> Option<(ObservedQuestion, ObservedAnswer)> {
    match why {
        DeclineReason::Need(need) => {
            let was_shown = request.shown_needs().any(|shown: Need| shown == need);
            was_shown.then_some((ObservedQuestion::Need(need), ObservedAnswer::No))
        }
        DeclineReason::Coverage => coverage.map(|coverage| (coverage, ObservedAnswer::No)),
        DeclineReason::NoRoom => Some((ObservedQuestion::Room, ObservedAnswer::NoRoom(None))),
        // The provider's own number of a limit is not known.
        DeclineReason::Limit(_) | DeclineReason::OutsideServiceArea | DeclineReason::Other | DeclineReason::NotSaid => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::*;
    use crate::hospital_id::HospitalId;
    use crate::service::Service;
    use crate::statements::observation::CoverageField;
    use crate::statements::referral_request::change::{ReferralAction, ReferralChange, ReferralDetails};
    use crate::statements::referral_request::{ReferralId, ReferralParty};

    fn request() -> ReferralRequest {
        let at: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let details = ReferralDetails {
            unit: None,
            label: None,
            service: Service::SkilledNursing,
            needs: ["inf.abx", "resp.vent", "sud.methadone"].map(|code| code.parse().unwrap()).to_vec(),
            limits: Vec::new(),
            payer_class: None,
            coverage: Some((CoverageField::Plan, "Gold".to_owned())),
            discharge_on: date(2026, 11, 23),
            region: None,
            has_substance_use_consent: false,
            weight: None,
            reply_due: at,
            providers: vec![provider()],
        };
        let what = ReferralAction::Made(details);
        let (id, made_on) = (ReferralId([1; 16]), date(2026, 11, 21));
        let hospital = HospitalId::default();
        let change = ReferralChange { id, request: id, hospital, principal: "key:a".to_owned(), made_on, at, what };
        ReferralRequest::made(&change).unwrap()
    }

    fn provider() -> ProviderId {
        "ccn:260001".parse().unwrap()
    }

    fn declined(why: DeclineReason) -> LearnedReply {
        learn(&request(), &provider(), ReferralStep { why: Some(why), ..ReferralStep::plain(ReferralState::Declined) })
    }

    #[test]
    fn an_acceptance_is_yes_to_the_needs_that_were_shown_and_to_the_plan() {
        let learned = learn(&request(), &provider(), ReferralStep::plain(ReferralState::Accepted));
        assert_eq!(learned.reply, Some((ReferralReply::Accepted, OutcomeOrigin::Request)));
        let need = |code: &str| ObservedQuestion::Need(code.parse().unwrap());
        let plan = ObservedQuestion::Coverage(CoverageField::Plan, "Gold".to_owned());
        let yes = [need("inf.abx"), need("resp.vent"), plan].map(|asked| (asked, ObservedAnswer::Yes));
        assert_eq!(learned.answers, yes, "the need that was hidden was not answered");
    }

    #[test]
    fn a_refusal_is_no_to_its_reason_alone() {
        let vent = "resp.vent".parse().unwrap();
        let no = |asked| vec![(asked, ObservedAnswer::No)];
        assert_eq!(declined(DeclineReason::Need(vent)).answers, no(ObservedQuestion::Need(vent)));
        let plan = ObservedQuestion::Coverage(CoverageField::Plan, "Gold".to_owned());
        assert_eq!(declined(DeclineReason::Coverage).answers, no(plan));
        assert_eq!(declined(DeclineReason::NoRoom).answers, [(ObservedQuestion::Room, ObservedAnswer::NoRoom(None))]);
        for why in [DeclineReason::Other, DeclineReason::NotSaid, DeclineReason::OutsideServiceArea] {
            let learned = declined(why);
            let reply = (ReferralReply::Declined(why), OutcomeOrigin::Request);
            assert_eq!((learned.reply, learned.answers), (Some(reply), Vec::new()));
        }
    }

    #[test]
    fn a_corrected_acceptance_withdraws_what_it_said_yes_to() {
        let mut request = request();
        let (id, at) = (ReferralId([2; 16]), "2026-11-21T13:00:00Z".parse().unwrap());
        let step = ReferralStep::plain(ReferralState::Accepted);
        let what = ReferralAction::Moved { provider: provider(), step, by: ReferralParty::Hospital, reply_due: None };
        let (hospital, made_on) = (HospitalId::default(), date(2026, 11, 21));
        let principal = "key:a".to_owned();
        request.apply(&ReferralChange { id, request: id, hospital, principal, made_on, at, what });
        let vent: Need = "resp.vent".parse().unwrap();
        let step = ReferralStep { why: Some(DeclineReason::Need(vent)), ..ReferralStep::plain(ReferralState::Declined) };
        let need = |code: &str| ObservedQuestion::Need(code.parse().unwrap());
        let plan = ObservedQuestion::Coverage(CoverageField::Plan, "Gold".to_owned());
        assert_eq!(
            learn(&request, &provider(), step).answers,
            [
                (need("resp.vent"), ObservedAnswer::No),
                (need("inf.abx"), ObservedAnswer::Withdrawn),
                (plan, ObservedAnswer::Withdrawn)
            ]
        );
    }

    #[test]
    fn one_asking_counts_once_until_the_provider_is_asked_again() {
        let mut request = request();
        let moved = |to| {
            let (id, at) = (ReferralId([2; 16]), "2026-11-21T13:00:00Z".parse().unwrap());
            let (step, by) = (ReferralStep::plain(to), ReferralParty::Hospital);
            let what = ReferralAction::Moved { provider: provider(), step, by, reply_due: None };
            let (hospital, made_on) = (HospitalId::default(), date(2026, 11, 21));
            ReferralChange { id, request: id, hospital, principal: "key:a".to_owned(), made_on, at, what }
        };
        let again =
            |request: &ReferralRequest| learn(request, &provider(), ReferralStep::plain(ReferralState::Accepted)).reply;
        request.apply(&moved(ReferralState::NoReply));
        let accepted = |origin| Some((ReferralReply::Accepted, origin));
        assert_eq!(again(&request), accepted(OutcomeOrigin::LateReply), "it takes the place of \"no reply\"");
        request.apply(&moved(ReferralState::Accepted));
        let declined = ReferralStep { why: Some(DeclineReason::Other), ..ReferralStep::plain(ReferralState::Declined) };
        assert_eq!(learn(&request, &provider(), declined).reply, None, "it was counted as accepted");
        request.apply(&moved(ReferralState::Asked));
        assert_eq!(again(&request), accepted(OutcomeOrigin::Request));
    }
}
