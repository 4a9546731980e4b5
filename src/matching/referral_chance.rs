//! The chance that a referral succeeds, with what it is made of.

use crate::matching::requirement::Requirement;
use crate::profile::Fraction;

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
    /// Each open question with the share it usually gets.
    pub questions: Vec<QuestionChance>,
    /// The referral outcomes of 90 days: how many of how many had room.
    pub room_counts: (u32, u32),
}

/// One open question and how often its answer is yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionChance {
    /// What is asked.
    pub asked: Requirement,
    /// The share of yes.
    pub usual: Fraction,
    /// Where the share was published; `None` where no rate is known and one half stands.
    pub source: Option<&'static str>,
}
