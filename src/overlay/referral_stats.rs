//! Counts of referral outcomes: never who was referred, and nothing for counts so small that someone could be identified.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::ledger::state::ReferralReplies;
use crate::provider::ReferralStats;
use crate::service::Service;
use crate::statements::{DeclineReason, FEWEST_OUTCOMES, OUTCOME_DAYS, ReferralReply};

/// The outcomes of one provider in the last [`OUTCOME_DAYS`] days up to `today`, if there are at least [`FEWEST_OUTCOMES`].
/// Outcomes reported under several of its ids are added up.
pub(crate) fn summarize<'a>(
    told: impl Iterator<Item = &'a ReferralReplies>,
    today: Date,
) -> BTreeMap<Service, ReferralStats> {
    let mut counted: BTreeMap<Service, ReferralStats> = BTreeMap::new();
    for (service, replies) in told.flatten() {
        let days = OUTCOME_DAYS.unsigned_abs();
        let outcomes = counted.entry(*service).or_insert(ReferralStats { took: 0, asked: 0, no_room: 0, days });
        for (_, reply) in replies.iter().filter(|(asked_on, _)| is_within_window(*asked_on, today)) {
            outcomes.asked += 1;
            outcomes.took += u32::from(*reply == ReferralReply::Accepted);
            outcomes.no_room += u32::from(*reply == ReferralReply::Declined(DeclineReason::NoRoom));
        }
    }
    counted.retain(|_, outcomes| outcomes.asked >= FEWEST_OUTCOMES);
    counted
}

/// Whether a referral made that day still counts.
pub(crate) fn is_within_window(asked_on: Date, today: Date) -> bool {
    (0..=OUTCOME_DAYS).contains(&(today - asked_on).get_days())
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn five_count_and_four_say_nothing_and_none_counts_for_ever() {
        let today = date(2026, 11, 21);
        let service = Service::SkilledNursing;
        let said = |replies: &[(Date, ReferralReply)]| {
            let replies: ReferralReplies = [(service, replies.to_vec())].into();
            summarize([&replies].into_iter(), today).get(&service).map(ToString::to_string)
        };
        let ago = |days: i64| today.checked_sub(days.days()).unwrap();
        let mut replies = vec![(ago(0), ReferralReply::Accepted); 4];
        assert_eq!(said(&replies), None);
        replies.push((ago(90), ReferralReply::Declined(DeclineReason::NoRoom)));
        assert_eq!(said(&replies).as_deref(), Some("accepted 4 of 5 referrals (90 days)"));
        replies.push((ago(90), ReferralReply::NoReply));
        assert_eq!(said(&replies).as_deref(), Some("accepted 4 of 6 referrals (90 days)"));
        replies.extend([(ago(91), ReferralReply::Accepted), (ago(-1), ReferralReply::Accepted)]);
        assert_eq!(said(&replies).as_deref(), Some("accepted 4 of 6 referrals (90 days)"), "too old, or not yet");
    }

    #[test]
    fn a_place_that_declined_for_another_reason_is_not_counted_as_full() {
        let today = date(2026, 11, 21);
        let declined = [DeclineReason::NoRoom, DeclineReason::NoRoom, DeclineReason::Coverage, DeclineReason::Other];
        let mut said = declined.map(|why| (today, ReferralReply::Declined(why))).to_vec();
        said.push((today, ReferralReply::NoReply));
        let replies: ReferralReplies = [(Service::SkilledNursing, said)].into();
        let counted = summarize([&replies].into_iter(), today)[&Service::SkilledNursing];
        assert_eq!((counted.took, counted.no_room, counted.asked), (0, 2, 5));
    }
}
