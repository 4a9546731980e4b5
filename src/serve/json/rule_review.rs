//! Whether a person reviewed an entry of a table of law, as an answer has it.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::evidence::legal_review::LegalReview;

/// Whether a person compared the entry with the rule as it is in force.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleReview)]
pub(crate) struct RuleReviewJson<'a> {
    /// Who; null if nobody has.
    #[schema(required)]
    reviewed_by: Option<&'a str>,
    /// When; null if nobody has.
    #[schema(required)]
    reviewed_on: Option<Date>,
    /// The day by which it must be reviewed again.
    review_by: Date,
    /// Whether that day has passed.
    is_overdue: bool,
    /// The same in words, to show with the entry.
    #[schema(examples("not reviewed by a person"))]
    says: &'a str,
}

impl<'a> RuleReviewJson<'a> {
    /// `review` with the words that say it.
    pub(crate) fn new(review: LegalReview<'a>, says: &'a str, is_overdue: bool) -> Self {
        let reviewed = review.reviewed();
        Self {
            reviewed_by: reviewed.map(|(by, _)| by),
            reviewed_on: reviewed.map(|(_, on)| on),
            review_by: review.until,
            is_overdue,
            says,
        }
    }
}
