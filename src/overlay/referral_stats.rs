//! Counts of referral outcomes: never who was referred, and nothing for counts so small that someone could be identified.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::coverage::payer_class::PayerClass;
use crate::ledger::state::ReferralReplies;
use crate::provider::ReferralStats;
use crate::provider::answer_record::ClassOutcomes;
use crate::service::Service;
use crate::statements::{FEWEST_OF_CLASS, FEWEST_OUTCOMES, OUTCOME_DAYS, ReferralReply};

/// The outcomes of one provider in the last [`OUTCOME_DAYS`] days up to `today`, if there are at least [`FEWEST_OUTCOMES`].
/// Outcomes reported under several of its ids are added up.
pub(crate) fn summarize<'a>(
    replies_of: impl Iterator<Item = &'a ReferralReplies>,
    today: Date,
) -> BTreeMap<Service, ReferralStats> {
    let mut counted: BTreeMap<Service, BTreeMap<Option<PayerClass>, (u32, u32)>> = BTreeMap::new();
    for (service, replies) in replies_of.flatten() {
        let of_service = counted.entry(*service).or_default();
        for reply in replies.iter().filter(|reply| is_within_window(reply.asked_on, today)) {
            let (took, asked) = of_service.entry(reply.payer_class).or_default();
            *took += u32::from(reply.reply == ReferralReply::Accepted);
            *asked += 1;
        }
    }
    let stats = |classes: BTreeMap<Option<PayerClass>, (u32, u32)>| {
        let (took, asked) = classes.values().fold((0, 0), |(took, asked), (t, a)| (took + t, asked + a));
        let known = classes.into_iter().filter_map(|(class, (took, asked))| {
            class.filter(|_| asked >= FEWEST_OF_CLASS).map(|payer_class| ClassOutcomes { payer_class, took, asked })
        });
        let outcomes = ReferralStats { took, asked, days: OUTCOME_DAYS.unsigned_abs(), by_class: known.collect() };
        (asked >= FEWEST_OUTCOMES).then_some(outcomes)
    };
    counted.into_iter().filter_map(|(service, classes)| Some((service, stats(classes)?))).collect()
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
    use crate::statements::DeclineReason;
    use crate::statements::outcome_origin::OutcomeOrigin;
    use crate::statements::recorded_reply::RecordedReply;

    const SERVICE: Service = Service::SkilledNursing;

    fn reply(asked_on: Date, reply: ReferralReply, payer_class: Option<PayerClass>) -> RecordedReply {
        RecordedReply { asked_on, reply, payer_class, origin: OutcomeOrigin::Reported }
    }

    #[test]
    fn five_count_and_four_say_nothing_and_none_counts_for_ever() {
        let today = date(2026, 11, 21);
        let said = |replies: &[(Date, ReferralReply)]| {
            let replies = replies.iter().map(|(day, said)| reply(*day, *said, None));
            let replies: ReferralReplies = [(SERVICE, replies.collect())].into();
            summarize([&replies].into_iter(), today).get(&SERVICE).map(ToString::to_string)
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
    fn a_class_of_payers_is_counted_by_itself_from_ten_referrals_on() {
        let today = date(2026, 11, 21);
        let of = |class, count| vec![reply(today, ReferralReply::Accepted, class); count];
        let advantage = Some(PayerClass::MedicareAdvantage);
        let mut replies = of(advantage, 9);
        replies.extend(of(Some(PayerClass::Medicaid), 1));
        replies.extend(of(None, 20));
        let counted = |replies: &[RecordedReply]| {
            let replies: ReferralReplies = [(SERVICE, replies.to_vec())].into();
            summarize([&replies].into_iter(), today)[&SERVICE].clone()
        };
        assert_eq!((counted(&replies).asked, counted(&replies).by_class), (30, [].into()));
        replies.push(reply(today, ReferralReply::NoReply, advantage));
        let class = ClassOutcomes { payer_class: PayerClass::MedicareAdvantage, took: 9, asked: 10 };
        assert_eq!(*counted(&replies).by_class, [class]);
    }
}
