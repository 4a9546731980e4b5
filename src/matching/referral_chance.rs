//! The chance that a referral succeeds, with what it is made of.

use crate::matching::chance::UsualShare;
use crate::matching::requirement::Requirement;
use crate::profile::Fraction;
use crate::provider::answer_record::AnswerCounts;

/// The chance that a referral succeeds: every open question is answered yes, and there is room. It orders telephone calls; it is not part
/// of the score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralChance {
    /// The chance that every required open question is answered yes.
    pub likelihood: Fraction,
    /// The chance that there is room.
    pub room: Fraction,
    /// The two together: what the score is multiplied with.
    pub chance: Fraction,
    /// Each open question with its recorded answers and the share it usually gets.
    pub questions: Vec<QuestionChance>,
    /// How often it had room when it was asked, in 90 days.
    pub room_counts: AnswerCounts,
    /// How often all providers of the service had room.
    pub usual_room: UsualShare,
}

/// From this chance on, in millionths, a referral without a call before it may be quicker: fewer than two are expected. Our choice,
/// not measured yet.
const REFER_FROM: u32 = 600_000;

impl ReferralChance {
    /// Whether a referral without a call before it may be quicker, at a provider whose coverage is known.
    pub fn is_enough_to_refer(&self) -> bool {
        self.chance.millionths() >= REFER_FROM
    }
}

/// One open question and how often its answer is yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionChance {
    /// What is asked.
    pub asked: Requirement,
    /// The chance of a yes.
    pub share: Fraction,
    /// The recorded answers of the provider.
    pub counts: AnswerCounts,
    /// The share of yes that is usual.
    pub usual: UsualShare,
}
