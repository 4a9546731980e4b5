//! The texts of a list by language, from `data/curated/choice_list`, so that translators review a
//! file, not code.

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::Deserialize;

use crate::choice_list::language::Language;
use crate::choice_list::law::LegalRule;
use crate::provider::quality::QualityMeasure;
use crate::service::Service;
use crate::text::printable;

/// All texts of a list in one language, and whether a person has reviewed them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Translations {
    pub(crate) reviewed: bool,
    reviewer: String,
    reviewed_on: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) sample: String,
    pub(crate) questions: String,
    pub(crate) made: String,
    pub(crate) number: String,
    pub(crate) directory: String,
    pub(crate) draft: DraftWords,
    day: DayFormat,
    services: Services,
    pub(crate) right: Right,
    pub(crate) shows: Shows,
    pub(crate) coverage: Coverage,
    pub(crate) list: List,
    pub(crate) published: PublishedWords,
    measures: Measures,
    pub(crate) ratings: RatingWords,
    pub(crate) safety: SafetyWords,
    pub(crate) interests: Interests,
    pub(crate) asked: Asked,
    pub(crate) compare: Compare,
    pub(crate) record: Record,
    pub(crate) sharing: SharingWords,
    pub(crate) recommendation: RecommendationWords,
    pub(crate) rules: RuleWords,
    pub(crate) language_help: LanguageHelpWords,
}

/// Declares a section of the file with one text per key.
macro_rules! section {
    ($name:ident: $($key:ident)*) => {
        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            $(pub(crate) $key: String,)*
        }
    };
}

section!(Services: home_health skilled_nursing inpatient_rehab long_term_acute hospice hospice_inpatient home_infusion
    medical_equipment dialysis assisted_living);
section!(Right: title yours hospital help plan law);
section!(DraftWords: mark because short words_not_reviewed notice_not_reviewed interests_not_stated selection_only sheet_not_reviewed);
section!(Shows: title title_of travels travels_one comes may_come named_place from_zip from_place pays all all_one none picked selected
    left_out closed not_certified do_not_fit not_placed network_first by_distance by_name old);
section!(Coverage: none medicare medicaid self_pay);
section!(List: title title_of selected selected_of part plan_in plan_unknown plan_out program_in program_unknown program_out no_address
    phone no_phone miles comes may_come medicare_yes medicare_no medicare_unknown medicaid_yes medicaid_no medicaid_unknown in_network
    unconfirmed plan_not_loaded out_of_network check source said_by_place undated unsourced stars score of_day no_day no_rating interest asked);
section!(PublishedWords: readmission readmission_during_stay urinary_infection bloodstream_infection c_difficile discharge_function
    medicare_spending family_caregiver_star patient_survey_star community_discharge inspection_star staffing_star results_star better same worse source);
section!(Measures: overall_star quality_of_patient_care_star hospice_care_index five_star);
section!(RatingWords: withheld too_new too_small unexplained home_better home_same home_worse);
section!(SafetyWords: special_focus_facility special_focus_candidate abuse_icon payment_denial payment_denials_one payment_denials
    fines_one fines ownership_change no_staffing_data no_registered_nurse retirement_community not_in_newest_list source);
section!(Interests: title means some none unsaid elsewhere line);
section!(Asked: title some none unkept);
section!(Compare: title look parts results spending call);
section!(Record: title fill label choice goals signature printed_name representative interpreter declined date_time staff keep);
section!(SharingWords: title mark waiver waiver_list team team_none aco aco_none free);
section!(RecommendationWords: title places reviewed free);
section!(RuleWords: title line reviewed not_reviewed list_and_choice quality_data critical_access_quality_data free_choice team_sharing
    language_help);
section!(LanguageHelpWords: title notice call ask on_paper);

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DayFormat {
    written: String,
    months: [String; 12],
}

const ENGLISH: &str = include_str!("../../data/curated/choice_list/en.toml");
const SPANISH: &str = include_str!("../../data/curated/choice_list/es.toml");

// A unit test parses the same files, so the empty default is never used.
static IN_ENGLISH: LazyLock<Translations> = LazyLock::new(|| toml::from_str(ENGLISH).unwrap_or_default());
static IN_SPANISH: LazyLock<Translations> = LazyLock::new(|| toml::from_str(SPANISH).unwrap_or_default());

impl Translations {
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &IN_ENGLISH,
            Language::Spanish => &IN_SPANISH,
        }
    }

    /// The plural name of a service: "home health agencies".
    pub(crate) fn services(&self, service: Service) -> &str {
        match service {
            Service::HomeHealth => &self.services.home_health,
            Service::SkilledNursing => &self.services.skilled_nursing,
            Service::InpatientRehab => &self.services.inpatient_rehab,
            Service::LongTermAcute => &self.services.long_term_acute,
            Service::Hospice => &self.services.hospice,
            Service::HospiceInpatient => &self.services.hospice_inpatient,
            Service::HomeInfusion => &self.services.home_infusion,
            Service::MedicalEquipment => &self.services.medical_equipment,
            Service::Dialysis => &self.services.dialysis,
            Service::AssistedLiving => &self.services.assisted_living,
        }
    }

    pub(crate) fn measure(&self, measure: QualityMeasure) -> &str {
        match measure {
            QualityMeasure::NursingHomeOverall => &self.measures.overall_star,
            QualityMeasure::HomeHealthPatientCare => &self.measures.quality_of_patient_care_star,
            QualityMeasure::HospiceCareIndex => &self.measures.hospice_care_index,
            QualityMeasure::DialysisFacility | QualityMeasure::DischargeToCommunity => &self.measures.five_star,
        }
    }

    /// What a rule is about.
    pub(crate) fn rule(&self, rule: LegalRule) -> &str {
        match rule {
            LegalRule::ListAndChoice => &self.rules.list_and_choice,
            LegalRule::QualityData => &self.rules.quality_data,
            LegalRule::CriticalAccessQualityData => &self.rules.critical_access_quality_data,
            LegalRule::FreeChoice => &self.rules.free_choice,
            LegalRule::TeamSharing => &self.rules.team_sharing,
            LegalRule::LanguageHelp => &self.rules.language_help,
        }
    }

    /// "November 21, 2026".
    pub(crate) fn day(&self, day: Date) -> String {
        let month = usize::try_from(day.month() - 1).ok().and_then(|at| self.day.months.get(at));
        fill(
            &self.day.written,
            &[
                ("month", month.map(String::as_str).unwrap_or_default()),
                ("day", &day.day().to_string()),
                ("year", &day.year().to_string()),
            ],
        )
    }

    /// Whether the file states that a person reviewed the texts, with a name and a date.
    pub(crate) fn is_reviewed(&self) -> bool {
        self.reviewed && !self.reviewer.is_empty() && self.reviewed_on.parse::<Date>().is_ok()
    }
}

/// Replaces each `{name}` in `pattern` in one pass, so that braces in values are kept. Characters
/// in values that reverse or hide text are removed.
pub(crate) fn fill(pattern: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else { break };
        filled.extend(values.iter().find(|(known, _)| *known == name).map(|(_, value)| printable(value)));
        rest = after;
    }
    filled + rest
}

impl Language {
    /// The name of the language in that language.
    pub fn name(self) -> &'static str {
        &Translations::of(self).name
    }

    /// Whether a person has reviewed the texts. Until then every list in this language is marked
    /// DRAFT.
    pub fn reviewed(self) -> bool {
        Translations::of(self).is_reviewed()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The keys of a file, each with its placeholders.
    fn keys(text: &str) -> BTreeMap<String, Vec<String>> {
        fn walk(path: &str, value: &toml::Value, keys: &mut BTreeMap<String, Vec<String>>) {
            match value {
                toml::Value::Table(table) => {
                    for (key, value) in table {
                        walk(&format!("{path}.{key}"), value, keys);
                    }
                }
                other => {
                    let text = other.as_str().unwrap_or_default();
                    let mut names: Vec<String> =
                        text.split('{').skip(1).map(|part| part.split('}').next().unwrap().to_owned()).collect();
                    names.sort();
                    keys.insert(path.to_owned(), names);
                }
            }
        }
        let mut found = BTreeMap::new();
        walk("", &toml::Value::Table(text.parse().unwrap()), &mut found);
        found
    }

    #[test]
    fn every_language_says_everything_and_fills_in_the_same() {
        for text in [ENGLISH, SPANISH] {
            let words: Translations = toml::from_str(text).unwrap();
            assert_eq!(words.reviewed, !words.reviewer.is_empty() && words.reviewed_on.parse::<Date>().is_ok());
            assert_eq!(words.is_reviewed(), words.reviewed);
            let table: toml::Table = text.parse().unwrap();
            for (name, section) in table.iter().filter_map(|(name, value)| Some((name, value.as_table()?))) {
                assert!(section.values().all(|value| value.as_str() != Some("")), "{name}");
            }
        }
        assert_eq!(keys(ENGLISH), keys(SPANISH));
    }

    #[test]
    fn a_key_too_few_or_too_many_is_an_error() {
        for wrong in [
            ENGLISH.replace("\nkeep = ", "\nkept = "),
            format!("{ENGLISH}\nmore = \"\""),
            ENGLISH.replacen("made = ", "# ", 1),
        ] {
            assert!(toml::from_str::<Translations>(&wrong).is_err());
        }
    }

    #[test]
    fn a_brace_in_a_value_is_not_filled() {
        assert_eq!(fill("{a} of {b}.", &[("a", "{b}"), ("b", "2")]), "{b} of 2.");
        assert_eq!(fill("{a} is near.", &[("a", "\u{202e}Oak")]), "Oak is near.");
    }

    #[test]
    fn days_are_written_out() {
        let day = jiff::civil::date(2026, 3, 9);
        assert_eq!(Translations::of(Language::English).day(day), "March 9, 2026");
        assert_eq!(Translations::of(Language::Spanish).day(day), "9 de marzo de 2026");
    }
}
