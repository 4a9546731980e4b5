//! The chance that a referral succeeds, as JSON.

use serde::Serialize;
use utoipa::ToSchema;

use crate::matching::referral_chance::{QuestionChance, ReferralChance};
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
    /// Each open question with the share that usually gets a yes.
    #[schema(value_type = Vec<OpenQuestionJson>)]
    open_questions: SerializeIter<'a, QuestionChance, OpenQuestionJson<'a>>,
    /// Its referrals of 90 days that tell whether it had room.
    room_referrals: RoomReferralsJson,
}

/// One open question.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenQuestion)]
struct OpenQuestionJson<'a> {
    /// The code of the need, the limit or the condition.
    #[schema(examples("resp.vent"))]
    asked: &'static str,
    /// The usual share of yes.
    #[schema(minimum = 0, maximum = 1)]
    usual: f64,
    /// Where the share was published; null where one half stands for lack of any, or the share is the project's choice.
    #[schema(required)]
    source: Option<&'a str>,
}

/// Referrals that tell whether there was room.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoomReferrals)]
struct RoomReferralsJson {
    /// How many found room.
    had_room: u32,
    /// Of how many.
    asked: u32,
}

impl<'a> From<&'a ReferralChance> for ReferralChanceJson<'a> {
    fn from(chance: &'a ReferralChance) -> Self {
        let (had_room, asked) = chance.room_counts;
        Self {
            likelihood: chance.likelihood.value(),
            room_chance: chance.room.value(),
            chance: chance.chance.value(),
            open_questions: chance.questions[..].into(),
            room_referrals: RoomReferralsJson { had_room, asked },
        }
    }
}

impl<'a> From<&'a QuestionChance> for OpenQuestionJson<'a> {
    fn from(question: &'a QuestionChance) -> Self {
        Self { asked: question.asked.code(), usual: question.usual.value(), source: question.source }
    }
}
