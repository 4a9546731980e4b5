//! The rules about the right level of care, as an answer has them.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::screens::ScreenEntry;
use crate::serve::json::rule_review::RuleReviewJson;
use crate::serve::openapi::enums;

/// What one rule asks about the level of care, and what is known. It says what a rule asks, never that something is covered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Screen)]
pub(crate) struct ScreenJson<'a> {
    /// The name of the rule.
    #[schema(examples("snf_three_day_stay"))]
    rule: &'a str,
    /// What it asks.
    question: &'a str,
    /// The payer it was judged for.
    #[schema(value_type = enums::ScreenPayerCode)]
    payer_class: &'static str,
    /// The result. What is missing is `unknown`, never `not_met`.
    #[schema(value_type = enums::ScreenResult)]
    status: &'static str,
    /// The code of the reason.
    #[schema(examples("too_few_days"))]
    reason: &'static str,
    /// The reason in words.
    why: &'a str,
    /// What would change the result.
    would_change: &'a str,
    /// The fields of `screens` that would decide it and are missing.
    #[schema(value_type = Vec<String>)]
    missing: &'a [&'static str],
    /// What to ask, word for word.
    ask: &'a [String],
    /// Where the rule is written.
    #[schema(examples("42 CFR 409.30(a)(1)"))]
    citation: &'a str,
    /// The first day for which the entry is written.
    effective: Date,
    /// Who reviewed the entry.
    review: RuleReviewJson<'a>,
}

impl<'a> From<&'a ScreenEntry> for ScreenJson<'a> {
    fn from(entry: &'a ScreenEntry) -> Self {
        Self {
            rule: &entry.rule.id,
            question: &entry.question,
            payer_class: entry.payer.code(),
            status: entry.status.code(),
            reason: entry.reason,
            why: &entry.why,
            would_change: &entry.change,
            missing: &entry.missing,
            ask: &entry.asks,
            citation: &entry.rule.citation,
            effective: entry.rule.effective,
            review: RuleReviewJson::new(entry.rule.review(), &entry.review, entry.is_overdue),
        }
    }
}
