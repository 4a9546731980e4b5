//! The rules of federal law that a packet cites, from `data/curated/gap_packets/law.toml`.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

use crate::evidence::legal_review::LegalReview;
use crate::gap_packet::plan_kind::PlanKind;

/// A rule that a packet can cite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GapRuleCode {
    /// 42 CFR 422.112(a)(1)(iii).
    MedicareAdvantageException,
    /// 42 CFR 438.206(b)(4).
    MedicaidManagedException,
    /// 45 CFR 156.230.
    MarketplaceNetwork,
    /// 42 CFR 422.116(b).
    NetworkStandards,
}

impl GapRuleCode {
    /// Every rule.
    pub(crate) const ALL: [Self; 4] =
        [Self::MedicareAdvantageException, Self::MedicaidManagedException, Self::MarketplaceNetwork, Self::NetworkStandards];

    /// The name the API uses.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::MedicareAdvantageException => "medicare_advantage_exception",
            Self::MedicaidManagedException => "medicaid_managed_exception",
            Self::MarketplaceNetwork => "marketplace_network",
            Self::NetworkStandards => "network_standards",
        }
    }
}

/// One entry of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GapRule {
    /// The rule.
    pub(crate) id: GapRuleCode,
    /// Where it is written.
    pub(crate) citation: String,
    /// The first day for which the entry is written.
    pub(crate) effective: Date,
    reviewed_on: String,
    reviewed_by: String,
    /// The day by which it must be reviewed again.
    pub(crate) review_by: Date,
    /// The kind of plan that it binds.
    pub(crate) plan_kind: PlanKind,
    /// What a packet says of it.
    pub(crate) says: String,
}

impl GapRule {
    /// Whether and when a person reviewed it.
    pub(crate) fn review(&self) -> LegalReview<'_> {
        LegalReview { by: &self.reviewed_by, on: &self.reviewed_on, until: self.review_by }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct GapLawFile {
    rule: Vec<GapRule>,
}

const TEXT: &str = include_str!("../../data/curated/gap_packets/law.toml");

// A unit test parses the same file, so the empty default is never used.
static RULES: LazyLock<Vec<GapRule>> = LazyLock::new(|| toml::from_str::<GapLawFile>(TEXT).unwrap_or_default().rule);

/// The rules that a request to a plan of this kind cites; of a plan whose kind is not known those of every kind. The standards of
/// networks are cited only to a Medicare Advantage plan.
pub(crate) fn rules_for(kind: Option<PlanKind>) -> impl Iterator<Item = &'static GapRule> {
    let cited = move |rule: &&GapRule| match kind {
        Some(kind) => rule.plan_kind == kind,
        None => rule.id != GapRuleCode::NetworkStandards,
    };
    RULES.iter().filter(cited)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_rule_has_a_citation_its_days_and_a_review_that_is_whole_or_missing() {
        let file: GapLawFile = toml::from_str(TEXT).unwrap();
        assert_eq!(file.rule.iter().map(|rule| rule.id).collect::<Vec<_>>(), GapRuleCode::ALL);
        for rule in &file.rule {
            let code = rule.id.code();
            assert!(rule.citation.contains(" CFR ") && rule.says.ends_with('.'), "{code}");
            assert!(rule.effective < rule.review_by, "{code}");
            assert_eq!(rule.reviewed_by.is_empty(), rule.reviewed_on.is_empty(), "{code}");
            assert_eq!(rule.review().reviewed().is_some(), !rule.reviewed_by.is_empty(), "{code}");
            assert!(TEXT.contains(&format!("id = \"{code}\"")), "{code}");
        }
    }

    #[test]
    fn an_expired_review_date_is_said() {
        for rule in rules_for(None) {
            assert_eq!(rule.review().words(rule.review_by), "not reviewed by a person");
            assert!(rule.review().words(date(2040, 1, 1)).ends_with("has passed"));
        }
    }

    #[test]
    fn the_rules_depend_on_the_kind_of_plan() {
        let codes = |kind| rules_for(kind).map(|rule| rule.id.code()).collect::<Vec<_>>();
        assert_eq!(codes(Some(PlanKind::MedicareAdvantage)), ["medicare_advantage_exception", "network_standards"]);
        assert_eq!(codes(Some(PlanKind::MedicaidManaged)), ["medicaid_managed_exception"]);
        assert_eq!(codes(Some(PlanKind::Marketplace)), ["marketplace_network"]);
        assert_eq!(codes(None).len(), 3);
    }
}
