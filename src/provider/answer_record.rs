//! How often a provider answered yes, as recorded: by telephone, by itself, and by the outcomes of referrals.

use std::collections::BTreeMap;

use crate::coverage::payer_class::PayerClass;
use crate::profile::Fraction;
use crate::service::Need;

/// How many imagined answers at the usual share count beside the recorded ones. Our choice: two answers of its own weigh as much as
/// what is usual.
const USUAL_ANSWERS: u64 = 2;

/// How often one question was asked, and how often the answer was yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct AnswerCounts {
    /// How many said yes.
    pub yes: u32,
    /// Of how many.
    pub asked: u32,
    /// How many of those that said yes are old: they count half.
    pub old_yes: u32,
    /// How many of all are old.
    pub old_asked: u32,
}

impl AnswerCounts {
    /// Counts one more answer.
    pub fn add(&mut self, yes: bool, is_old: bool) {
        self.asked += 1;
        self.yes += u32::from(yes);
        self.old_asked += u32::from(is_old);
        self.old_yes += u32::from(yes && is_old);
    }

    /// Adds the counts of another record.
    pub fn join(&mut self, other: Self) {
        self.yes += other.yes;
        self.asked += other.asked;
        self.old_yes += other.old_yes;
        self.old_asked += other.old_asked;
    }

    /// Takes away the counts of a record that was joined.
    pub fn part_from(&mut self, other: Self) {
        self.yes = self.yes.saturating_sub(other.yes);
        self.asked = self.asked.saturating_sub(other.asked);
        self.old_yes = self.old_yes.saturating_sub(other.old_yes);
        self.old_asked = self.old_asked.saturating_sub(other.old_asked);
    }

    /// The chance of a yes: (yes + 2 x `usual`) / (asked + 2), where an old answer counts half.
    pub fn chance(self, usual: Fraction) -> Fraction {
        let halves = |all: u32, old: u32| u64::from(2 * all) - u64::from(old);
        let (yes, asked) = (halves(self.yes, self.old_yes), halves(self.asked, self.old_asked) + 2 * USUAL_ANSWERS);
        let millionths = 1_000_000 * yes + 2 * USUAL_ANSWERS * u64::from(usual.millionths());
        Fraction::from_millionths(u32::try_from((2 * millionths + asked) / (2 * asked)).unwrap_or(u32::MAX))
    }
}

/// What is recorded of the answers of one service line, or of all lines of a service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnswerRecord {
    /// Its answers to needs. A protected need is never in it.
    pub needs: BTreeMap<Need, AnswerCounts>,
    /// Whether it had room when it was asked.
    pub room: AnswerCounts,
}

impl AnswerRecord {
    /// Whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.needs.is_empty() && self.room.asked == 0
    }

    /// Its answers to `need`.
    pub fn need(&self, need: Need) -> AnswerCounts {
        self.needs.get(&need).copied().unwrap_or_default()
    }

    /// Adds another record.
    pub fn join(&mut self, other: &Self) {
        for (need, counts) in &other.needs {
            self.needs.entry(*need).or_default().join(*counts);
        }
        self.room.join(other.room);
    }

    /// Takes away a record that was joined.
    pub fn part_from(&mut self, other: &Self) {
        for (need, counts) in &other.needs {
            self.needs.entry(*need).or_default().part_from(*counts);
        }
        self.needs.retain(|_, counts| counts.asked > 0);
        self.room.part_from(other.room);
    }
}

/// The outcomes of the referrals of one class of payers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassOutcomes {
    /// The class.
    pub payer_class: PayerClass,
    /// How many referrals were accepted.
    pub took: u32,
    /// How many were made.
    pub asked: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(yes: u32, asked: u32) -> AnswerCounts {
        AnswerCounts { yes, asked, ..AnswerCounts::default() }
    }

    #[test]
    fn asked_three_times_with_two_yes_where_six_in_ten_are_usual_is_64_percent() {
        assert_eq!(counts(2, 3).chance(Fraction::new(0.6)), Fraction::new(0.64));
        assert_eq!(counts(0, 0).chance(Fraction::new(0.025)), Fraction::new(0.025), "nothing recorded: the usual");
        assert_eq!(counts(0, 8).chance(Fraction::HALF), Fraction::of(1, 10));
    }

    #[test]
    fn an_old_answer_counts_half() {
        let mut half_old = AnswerCounts::default();
        for is_old in [false, true, true] {
            half_old.add(true, is_old);
        }
        // Two answers' worth: (2 + 2 x 1/2) / (2 + 2).
        assert_eq!(half_old.chance(Fraction::HALF), Fraction::new(0.75));
        half_old.add(false, true);
        assert_eq!((half_old.yes, half_old.asked), (3, 4), "the counts are whole");
        assert_eq!(half_old.chance(Fraction::HALF), Fraction::of(6, 9));
    }

    #[test]
    fn what_is_joined_and_parted_from_is_as_before() {
        let need: Need = "resp.vent".parse().unwrap();
        let one = AnswerRecord { needs: [(need, counts(1, 2))].into(), room: counts(3, 4) };
        let mut sum = AnswerRecord::default();
        sum.join(&one);
        sum.join(&one);
        assert_eq!((sum.need(need), sum.room), (counts(2, 4), counts(6, 8)));
        sum.part_from(&one);
        assert_eq!(sum, one);
        sum.part_from(&one);
        assert!(sum.is_empty() && sum == AnswerRecord::default());
    }
}
