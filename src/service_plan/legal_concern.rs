//! What matters in law about a line of a worksheet, from `data/curated/payment/worksheet_law.toml`.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

use crate::evidence::legal_review::LegalReview;

/// One concern.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LegalConcern {
    /// The name in the API.
    pub(crate) id: ConcernId,
    /// Where it is written.
    pub(crate) citation: String,
    /// The first day for which the entry is written.
    pub(crate) effective: Date,
    reviewed_on: String,
    reviewed_by: String,
    review_by: Date,
    /// Whether a line with it cannot be agreed before compliance has signed.
    pub(crate) needs_signature: bool,
    /// The sentence.
    pub(crate) says: String,
}

impl LegalConcern {
    /// Whether and when a person reviewed it.
    pub(crate) fn review(&self) -> LegalReview<'_> {
        LegalReview { by: &self.reviewed_by, on: &self.reviewed_on, until: self.review_by }
    }
}

/// Which concern it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConcernId {
    /// A deductible or coinsurance is waived.
    WaivedCostSharing,
    /// An agency or a supplier pays to get the case.
    PaidForTheCase,
    /// A price is reduced.
    ReducedPrice,
}

impl ConcernId {
    /// Every concern.
    pub const ALL: [Self; 3] = [Self::WaivedCostSharing, Self::PaidForTheCase, Self::ReducedPrice];

    /// The code in the API.
    pub fn code(self) -> &'static str {
        match self {
            Self::WaivedCostSharing => "waived_cost_sharing",
            Self::PaidForTheCase => "paid_for_the_case",
            Self::ReducedPrice => "reduced_price",
        }
    }

    /// Its entry in the table.
    pub(crate) fn entry(self) -> Option<&'static LegalConcern> {
        CONCERNS.iter().find(|concern| concern.id == self)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConcernFile {
    concern: Vec<LegalConcern>,
}

const TEXT: &str = include_str!("../../data/curated/payment/worksheet_law.toml");

// A unit test parses the same file, so the empty default is never used.
static CONCERNS: LazyLock<Vec<LegalConcern>> =
    LazyLock::new(|| toml::from_str::<ConcernFile>(TEXT).unwrap_or_default().concern);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_concern_has_one_entry_with_its_citation_and_review() {
        let file: ConcernFile = toml::from_str(TEXT).unwrap();
        assert_eq!(file.concern.len(), ConcernId::ALL.len());
        for id in ConcernId::ALL {
            let concern = id.entry().unwrap();
            let review = concern.review();
            assert!(concern.citation.contains("1320a-7") && concern.says.ends_with('.'), "{}", id.code());
            assert!(concern.effective < review.until && review.by.is_empty() == review.on.is_empty(), "{}", id.code());
        }
        let signed: Vec<&str> =
            ConcernId::ALL.into_iter().filter(|id| id.entry().unwrap().needs_signature).map(ConcernId::code).collect();
        assert_eq!(signed, ["waived_cost_sharing", "paid_for_the_case"]);
    }
}
