//! The rules of federal law that a list follows, from `data/curated/choice_list/law.toml`, and which
//! of them hold for a list.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

use crate::hospital::HospitalKind;
use crate::service::Service;

/// A rule that a list can cite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LegalRule {
    /// 42 CFR 482.43(c).
    ListAndChoice,
    /// 42 CFR 482.43(a)(8).
    QualityData,
    /// 42 CFR 485.642(a)(8).
    CriticalAccessQualityData,
    /// 42 USC 1395a.
    FreeChoice,
    /// 42 CFR 512.582(a)(3)(ii).
    TeamSharing,
    /// 45 CFR 92.11.
    LanguageHelp,
}

impl LegalRule {
    /// Every rule.
    pub(crate) const ALL: [Self; 6] = [
        Self::ListAndChoice,
        Self::QualityData,
        Self::CriticalAccessQualityData,
        Self::FreeChoice,
        Self::TeamSharing,
        Self::LanguageHelp,
    ];

    /// The name the API uses.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::ListAndChoice => "list_and_choice",
            Self::QualityData => "quality_data",
            Self::CriticalAccessQualityData => "critical_access_quality_data",
            Self::FreeChoice => "free_choice",
            Self::TeamSharing => "team_sharing",
            Self::LanguageHelp => "language_help",
        }
    }

    /// Its citation and review.
    pub(crate) fn text(self) -> &'static RuleText {
        static MISSING: RuleText =
            RuleText { id: None, citation: String::new(), reviewed_by: String::new(), reviewed_on: String::new() };
        RULES.iter().find(|rule| rule.id == Some(self)).unwrap_or(&MISSING)
    }

    /// The rules that hold for a list of `services` by a hospital of this kind.
    pub(crate) fn of(kind: HospitalKind, services: impl IntoIterator<Item = Service>, has_team_sharing: bool) -> Vec<Self> {
        let is_post_acute = services.into_iter().any(is_post_acute);
        let by_kind: &[Self] = match kind {
            _ if !is_post_acute => &[],
            HospitalKind::Acute => &[Self::ListAndChoice, Self::QualityData],
            HospitalKind::CriticalAccess => &[Self::FreeChoice, Self::CriticalAccessQualityData],
        };
        let team = has_team_sharing.then_some(Self::TeamSharing);
        by_kind.iter().copied().chain(team).chain([Self::LanguageHelp]).collect()
    }
}

/// Whether 42 CFR 482.43(c) names the service.
fn is_post_acute(service: Service) -> bool {
    use Service::{HomeHealth, InpatientRehab, LongTermAcute, SkilledNursing};
    matches!(service, HomeHealth | SkilledNursing | InpatientRehab | LongTermAcute)
}

/// One entry of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleText {
    id: Option<LegalRule>,
    /// How the rule is cited.
    pub(crate) citation: String,
    reviewed_by: String,
    reviewed_on: String,
}

impl RuleText {
    /// The day on which a named person reviewed the entry; `None` if none has.
    pub(crate) fn reviewed_on(&self) -> Option<Date> {
        self.reviewed_on.parse().ok().filter(|_| !self.reviewed_by.is_empty())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LawFile {
    rule: Vec<RuleText>,
}

const TEXT: &str = include_str!("../../data/curated/choice_list/law.toml");

// A unit test parses the same file, so the empty default is never used.
static RULES: LazyLock<Vec<RuleText>> = LazyLock::new(|| toml::from_str::<LawFile>(TEXT).unwrap_or_default().rule);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_citation_and_a_review_that_is_whole_or_missing() {
        let file: LawFile = toml::from_str(TEXT).unwrap();
        assert_eq!(file.rule.len(), LegalRule::ALL.len());
        for rule in LegalRule::ALL {
            let text = rule.text();
            assert!(text.id == Some(rule) && text.citation.contains(char::is_numeric), "{rule:?}");
            assert_eq!(text.reviewed_by.is_empty(), text.reviewed_on.is_empty(), "{rule:?}");
            assert_eq!(text.reviewed_on().is_some(), !text.reviewed_by.is_empty(), "{rule:?}");
        }
    }

    #[test]
    fn the_rules_depend_on_the_hospital_the_services_and_its_arrangements() {
        use LegalRule::{CriticalAccessQualityData, FreeChoice, LanguageHelp, ListAndChoice, QualityData, TeamSharing};
        let (acute, critical) = (HospitalKind::Acute, HospitalKind::CriticalAccess);
        for (kind, service, team, rules) in [
            (acute, Service::HomeHealth, false, vec![ListAndChoice, QualityData, LanguageHelp]),
            (acute, Service::SkilledNursing, true, vec![ListAndChoice, QualityData, TeamSharing, LanguageHelp]),
            (acute, Service::InpatientRehab, false, vec![ListAndChoice, QualityData, LanguageHelp]),
            (acute, Service::LongTermAcute, false, vec![ListAndChoice, QualityData, LanguageHelp]),
            (acute, Service::Hospice, false, vec![LanguageHelp]),
            (acute, Service::Dialysis, false, vec![LanguageHelp]),
            (critical, Service::SkilledNursing, false, vec![FreeChoice, CriticalAccessQualityData, LanguageHelp]),
            (critical, Service::HomeInfusion, false, vec![LanguageHelp]),
        ] {
            assert_eq!(LegalRule::of(kind, [service], team), rules, "{kind:?} {service}");
        }
        let several = LegalRule::of(acute, [Service::HomeInfusion, Service::HomeHealth], false);
        assert!(several.contains(&ListAndChoice), "one service that the rule names is enough");
    }
}
