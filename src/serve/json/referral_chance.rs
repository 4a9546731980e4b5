//! The chance that a referral succeeds, as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use crate::matching::referral_chance::{QuestionChance, ReferralChance};
use crate::provider::answer_record::AnswerCounts;
use crate::serve::json::parts::SerializeIter;

/// The chance that a referral succeeds, by published rates and recorded answers. It is an order of telephone calls, never part of the
/// score, and never on the patient's list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReferralChance)]
pub(crate) struct ReferralChanceJson<'a> {
    /// The chance that every open question is answered yes; 1 where none is open.
    #[schema(minimum = 0, maximum = 1)]
    likelihood: f64,
    /// The chance that there is room; 1 where it says that it has room on the date.
    #[schema(minimum = 0, maximum = 1)]
    room_chance: f64,
    /// Likelihood times the chance of room.
    #[schema(minimum = 0, maximum = 1)]
    chance: f64,
    /// Each open question with its recorded answers and the share that usually gets a yes.
    #[schema(value_type = Vec<OpenQuestionJson>)]
    open_questions: SerializeIter<'a, QuestionChance, OpenQuestionJson<'a>>,
    /// How often it had room when it was asked by telephone or by a referral, in 90 days.
    room_record: AnswerCountsJson,
    /// The usual share of those with room.
    #[schema(minimum = 0, maximum = 1)]
    usual_room: f64,
    /// The answers of all providers of the service that it is counted from; none where one half stands for lack of any.
    usual_room_record: AnswerCountsJson,
}

/// One open question.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenQuestion)]
struct OpenQuestionJson<'a> {
    /// The code of the need, the limit or the condition.
    #[schema(examples("resp.vent"))]
    asked: &'static str,
    /// The chance of a yes.
    #[schema(minimum = 0, maximum = 1)]
    chance: f64,
    /// The recorded answers of the provider.
    record: AnswerCountsJson,
    /// The usual share of yes.
    #[schema(minimum = 0, maximum = 1)]
    usual: f64,
    /// Where the share was published; null where it is counted from recorded answers, or is the project's choice.
    #[schema(required)]
    source: Option<&'a str>,
    /// The answers of all providers of the service that the share is counted from.
    usual_record: AnswerCountsJson,
}

/// How often something was asked, and how often the answer was yes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AnswerCounts)]
pub(crate) struct AnswerCountsJson {
    /// How many said yes.
    yes: u32,
    /// Of how many.
    asked: u32,
    /// How many of those that said yes are older than 180 days: they count half.
    old_yes: u32,
    /// How many of all are older than 180 days: they count half.
    old_asked: u32,
}

impl From<AnswerCounts> for AnswerCountsJson {
    fn from(counts: AnswerCounts) -> Self {
        let AnswerCounts { yes, asked, old_yes, old_asked } = counts;
        Self { yes, asked, old_yes, old_asked }
    }
}

impl<'a> From<&'a ReferralChance> for ReferralChanceJson<'a> {
    fn from(chance: &'a ReferralChance) -> Self {
        Self {
            likelihood: chance.likelihood.value(),
            room_chance: chance.room.value(),
            chance: chance.chance.value(),
            open_questions: chance.questions[..].into(),
            room_record: chance.room_counts.into(),
            usual_room: chance.usual_room.share.value(),
            usual_room_record: chance.usual_room.counts.into(),
        }
    }
}

impl<'a> From<&'a QuestionChance> for OpenQuestionJson<'a> {
    fn from(question: &'a QuestionChance) -> Self {
        Self {
            asked: question.asked.code(),
            chance: question.share.value(),
            record: question.counts.into(),
            usual: question.usual.share.value(),
            source: question.usual.source,
            usual_record: question.usual.counts.into(),
        }
    }
}
