//! The rules, from the tables of `data/curated/screens`.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::discharge::field_types::EligibleGroup;
use crate::discharge::screen_values::ScreenPayer;
use crate::evidence::legal_review::LegalReview;
use crate::screens::judges;
use crate::screens::judgment::{Judgment, ScreenCase};
use crate::service::Service;

/// One rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScreenRule {
    /// The name in the API.
    pub(crate) id: String,
    /// Where it is written.
    pub(crate) citation: String,
    /// The first day for which the entry is written.
    pub(crate) effective: Date,
    reviewed_on: String,
    reviewed_by: String,
    /// The day by which it must be reviewed again.
    review_by: Date,
    /// The services it is about; empty for all.
    #[serde(deserialize_with = "coded")]
    pub(crate) services: Vec<Service>,
    /// The payers it binds; empty for all.
    #[serde(deserialize_with = "coded")]
    pub(crate) payers: Vec<ScreenPayer>,
    /// Of an entry that is not judged: the youngest age it applies to.
    pub(crate) min_age: Option<u32>,
    /// The oldest.
    pub(crate) max_age: Option<u32>,
    /// The beginnings of codes of needs, one of which must be asked for.
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    /// The group of patients it applies to besides `payers`.
    #[serde(default, deserialize_with = "group")]
    pub(crate) eligible: Option<EligibleGroup>,
    /// What it asks.
    pub(crate) question: String,
    /// What decides it.
    pub(crate) inputs: Vec<String>,
    /// How it is judged.
    pub(crate) judge: RuleJudge,
    /// What would change the result.
    pub(crate) change: String,
    /// The sentences, by code.
    pub(crate) reasons: BTreeMap<String, ReasonText>,
}

/// The sentence for one result of a rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonText {
    /// Why, with placeholders.
    pub(crate) why: String,
    /// What would change it, if that differs from the rule's.
    pub(crate) change: Option<String>,
}

impl ScreenRule {
    /// Whether and when a person reviewed it.
    pub(crate) fn review(&self) -> LegalReview<'_> {
        LegalReview { by: &self.reviewed_by, on: &self.reviewed_on, until: self.review_by }
    }
}

/// How a rule is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RuleJudge {
    /// One answer decides.
    YesOrNo,
    /// Not judged: asked of a person.
    Ask,
    ThreeDayStay,
    ThirtyDays,
    BenefitDays,
    DailySkilledCare,
    PlanWaiver,
    AcoWaiver,
    TeamWaiver,
    StatusChange,
    Pasrr,
    RehabDisciplines,
    RehabIntensity,
    RehabScreen,
    RehabCondition,
    Homebound,
    HomeSkilledNeed,
    HomeFaceToFace,
    LongTermRate,
    EquipmentFaceToFace,
    PartBDrug,
    /// Judged by the entries before it.
    SameCriteria,
}

impl RuleJudge {
    /// Judges `case` by `rule`.
    pub(crate) fn judge(self, rule: &ScreenRule, case: &ScreenCase<'_>) -> Judgment {
        use judges::{home_care, hospital_levels, skilled_nursing};
        match self {
            Self::YesOrNo => judges::yes_or_no(rule.inputs.first().map_or("", String::as_str), case),
            Self::Ask | Self::SameCriteria => Judgment::unknown("ask"),
            Self::ThreeDayStay => skilled_nursing::three_day_stay(case),
            Self::ThirtyDays => skilled_nursing::thirty_days(case),
            Self::BenefitDays => skilled_nursing::benefit_days(case),
            Self::DailySkilledCare => skilled_nursing::daily_skilled_care(case),
            Self::PlanWaiver => skilled_nursing::plan_waiver(case),
            Self::AcoWaiver => skilled_nursing::aco_waiver(case),
            Self::TeamWaiver => skilled_nursing::team_waiver(case),
            Self::StatusChange => skilled_nursing::status_change(case),
            Self::Pasrr => skilled_nursing::pasrr(case),
            Self::RehabDisciplines => hospital_levels::rehab_disciplines(case),
            Self::RehabIntensity => hospital_levels::rehab_intensity(case),
            Self::RehabScreen => hospital_levels::rehab_screen(case),
            Self::RehabCondition => hospital_levels::rehab_condition(case),
            Self::LongTermRate => hospital_levels::long_term_rate(case),
            Self::Homebound => home_care::homebound(case),
            Self::HomeSkilledNeed => home_care::home_skilled_need(case),
            Self::HomeFaceToFace => home_care::home_face_to_face(case),
            Self::EquipmentFaceToFace => home_care::equipment_face_to_face(case),
            Self::PartBDrug => home_care::part_b_drug(case),
        }
    }

    /// Whether the rule is a criterion of coverage that a Medicare Advantage plan must follow.
    pub(crate) fn is_criterion(self) -> bool {
        use RuleJudge::{
            AcoWaiver, Ask, LongTermRate, Pasrr, PlanWaiver, RehabCondition, SameCriteria, StatusChange, TeamWaiver,
        };
        !matches!(
            self,
            AcoWaiver | Ask | LongTermRate | Pasrr | PlanWaiver | RehabCondition | SameCriteria | StatusChange | TeamWaiver
        )
    }
}

/// A list of codes.
fn coded<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let codes = Vec::<String>::deserialize(deserializer)?;
    let read = |code: &String| code.parse().map_err(|error| D::Error::custom(format!("{code}: {error}")));
    codes.iter().map(read).collect()
}

/// A group of patients, by its code.
fn group<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<EligibleGroup>, D::Error> {
    let code = String::deserialize(deserializer)?;
    let found = EligibleGroup::ALL.into_iter().find(|group| group.code() == code);
    found.map(Some).ok_or_else(|| D::Error::custom(format!("there is no group {code}")))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    rule: Vec<ScreenRule>,
}

/// The tables, in the order of an answer.
const TABLES: [(&str, &str); 10] = [
    ("skilled_nursing", include_str!("../../data/curated/screens/skilled_nursing.toml")),
    ("pasrr", include_str!("../../data/curated/screens/pasrr.toml")),
    ("inpatient_rehab", include_str!("../../data/curated/screens/inpatient_rehab.toml")),
    ("home_health", include_str!("../../data/curated/screens/home_health.toml")),
    ("hospice", include_str!("../../data/curated/screens/hospice.toml")),
    ("long_term_acute", include_str!("../../data/curated/screens/long_term_acute.toml")),
    ("medical_equipment", include_str!("../../data/curated/screens/medical_equipment.toml")),
    ("home_infusion", include_str!("../../data/curated/screens/home_infusion.toml")),
    ("medicare_advantage", include_str!("../../data/curated/screens/medicare_advantage.toml")),
    ("ask", include_str!("../../data/curated/screens/ask.toml")),
];

// A unit test parses the same files, so the empty default is never used.
static RULES: LazyLock<Vec<ScreenRule>> =
    LazyLock::new(|| TABLES.iter().flat_map(|(_, text)| toml::from_str::<RuleFile>(text).unwrap_or_default().rule).collect());

/// The services with a rule that the input decides, in display order; empty if every service has one.
pub(crate) fn services_of_input(name: &str) -> Vec<Service> {
    let decides = |service: Service| {
        let mut rules = RULES.iter().filter(|rule| rule.inputs.iter().any(|input| input == name));
        rules.any(|rule| rule.services.is_empty() || rule.services.contains(&service))
    };
    Service::ALL.into_iter().filter(|service| decides(*service)).collect()
}

/// Every rule, in the order of an answer.
pub(crate) fn rules() -> &'static [ScreenRule] {
    &RULES
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::discharge::screen_request::ScreensRequest;

    #[test]
    fn every_rule_has_a_citation_a_day_and_a_review_that_is_whole_or_missing() {
        let mut ids = std::collections::BTreeSet::new();
        for (table, text) in TABLES {
            let file: RuleFile = toml::from_str(text).unwrap_or_else(|error| panic!("{table}: {error}"));
            assert!(!file.rule.is_empty(), "{table}");
            for rule in file.rule {
                assert!(ids.insert(rule.id.clone()), "{} occurs twice", rule.id);
                assert!(rule.citation.contains(char::is_numeric), "{}", rule.id);
                assert!(rule.effective < rule.review_by, "{}", rule.id);
                assert_eq!(rule.reviewed_by.is_empty(), rule.reviewed_on.is_empty(), "{}", rule.id);
                assert_eq!(rule.review().reviewed().is_some(), !rule.reviewed_by.is_empty(), "{}", rule.id);
                assert!(rule.question.ends_with('?') && rule.change.ends_with('.'), "{}", rule.id);
                assert!(
                    rule.reasons.values().all(|reason| reason.why.ends_with('.') && !reason.why.contains("  ")),
                    "{}",
                    rule.id
                );
                let unknown: Vec<_> =
                    rule.inputs.iter().filter(|name| !ScreensRequest::NAMES.contains(&name.as_str())).collect();
                assert!(unknown.is_empty(), "{}: {unknown:?}", rule.id);
                assert_eq!(rule.judge == RuleJudge::YesOrNo, rule.reasons.contains_key("yes") && rule.judge.is_criterion());
            }
        }
        assert_eq!(ids.len(), rules().len());
    }

    #[test]
    fn every_input_of_a_request_decides_a_rule() {
        let used = |name: &&&str| rules().iter().any(|rule| rule.inputs.iter().any(|input| input == **name));
        let unused: Vec<_> = ScreensRequest::NAMES.iter().filter(|name| **name != "payer_class" && !used(name)).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    #[test]
    fn a_review_date_that_has_passed_is_said() {
        let rule = &rules()[0];
        assert_eq!(rule.review().words(rule.review_by), "not reviewed by a person");
        let late = rule.review().words(date(2040, 1, 1));
        assert!(late.starts_with("not reviewed by a person; the review date, ") && late.ends_with("has passed"), "{late}");
    }
}
