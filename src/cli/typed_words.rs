//! Decides the words of `--need`, `--prefer` and `--ask` as the form does, and reads the payer of `--plan` in everyday words.

use serde_json::{Map, Value, json};

use crate::coverage::PlanDirectory;
use crate::coverage::payer_words::{PayerReading, read_payer, unlisted_plan};
use crate::discharge::Notice;
use crate::fuzzy::list_alternatives;
use crate::input::errors::FieldErrors;
use crate::need_words::patient_fact::PatientFact;
use crate::need_words::phone_questions::PhoneQuestions;
use crate::need_words::typed_list::decide_words;
use crate::need_words::word_decision::{DOSE_REMARK, TypedWord, WordDecision, WordMeaning};
use crate::service::Need;

/// The meaning of the words in the flags.
#[derive(Debug, Clone, Default)]
pub(crate) struct FlagWords {
    /// Required needs.
    pub required: Vec<Need>,
    /// Preferred needs.
    pub preferred: Vec<Need>,
    /// Facts about the patient, each with its flag and words.
    facts: Vec<(&'static str, String, PatientFact)>,
    /// Needs that are not in the vocabulary.
    pub by_phone: PhoneQuestions,
    /// Notes on how words were read.
    pub remarks: Vec<Notice>,
    /// The errors, each at its flag.
    pub faults: FieldErrors,
}

impl FlagWords {
    /// Decides the words of the three flags.
    pub(crate) fn read(need: &[String], prefer: &[String], ask: &[String]) -> Self {
        let mut words = Self::default();
        for (flag, typed) in need.iter().map(|typed| ("--need", typed)).chain(prefer.iter().map(|typed| ("--prefer", typed)))
        {
            for word in decide_words(typed) {
                words.add(flag, word);
            }
        }
        for text in ask {
            words.keep("--ask", text, None);
        }
        words
    }

    fn add(&mut self, flag: &'static str, word: TypedWord) {
        let TypedWord { typed, decision } = word;
        match decision {
            WordDecision::Taken(need) => {
                let needs = if flag == "--need" { &mut self.required } else { &mut self.preferred };
                if !needs.contains(&need) {
                    needs.push(need);
                }
            }
            WordDecision::SetsField(fact) => {
                let text = format!("\"{typed}\" was read as {}.", fact.says());
                self.remarks.push(Notice { code: "word_sets_field", text });
                self.facts.push((flag, typed, fact));
            }
            WordDecision::Dose => {
                self.remarks.push(Notice { code: "word_is_dose", text: format!("\"{typed}\" {DOSE_REMARK}") });
            }
            WordDecision::Ambiguous(meanings) => {
                let named: Vec<String> = meanings.into_iter().map(described).collect();
                let named: Vec<&str> = named.iter().map(String::as_str).collect();
                let detail = format!("\"{typed}\" may mean {}", list_alternatives(&named).unwrap_or_default());
                let give = if named.len() == 1 { "give that code" } else { "give the code of the one you mean" };
                let hint = format!("{give}, or --ask \"{typed}\" to ask by phone");
                self.faults.add(flag, "ambiguous", detail, Some(hint));
            }
            WordDecision::Unknown { nearest } => {
                let named: Vec<String> = nearest.iter().map(|need| described(WordMeaning::Need(*need))).collect();
                let named: Vec<&str> = named.iter().map(String::as_str).collect();
                self.keep(flag, &typed, list_alternatives(&named));
            }
        }
    }

    /// Keeps a need that is not in the vocabulary as a question for the call sheet.
    fn keep(&mut self, flag: &'static str, typed: &str, nearest: Option<String>) {
        if let Err(error) = self.by_phone.keep(typed) {
            let what = if error.is_about_identity() { "a text".to_owned() } else { format!("\"{typed}\"") };
            self.faults.add(flag, "not_kept", format!("{what} is not kept: {error}"), None);
        } else if flag != "--ask" {
            let near = nearest.map_or_else(
                || " placement needs lists the needs.".to_owned(),
                |near| format!(" If you mean {near}, give that."),
            );
            let text = format!("\"{typed}\" is not in the list of needs; the call sheet asks about it.{near}");
            self.remarks.push(Notice { code: "asked_by_phone", text });
        }
    }

    /// The needs in the form of the API.
    pub(crate) fn needs(&self) -> Vec<Value> {
        let required = self.required.iter().map(|need| json!(need.code()));
        let preferred = self.preferred.iter().map(|need| json!({"need": need.code(), "importance": "preferred"}));
        required.chain(preferred).collect()
    }

    /// Adds the facts to `patient` from the flags; a fact that a flag contradicts is an error.
    pub(crate) fn fill(&mut self, patient: &mut Map<String, Value>) {
        for (said_by, typed, fact) in &self.facts {
            let value = match fact {
                PatientFact::Age(number) | PatientFact::WeightPounds(number) | PatientFact::DosesADay(number) => {
                    json!(number)
                }
                PatientFact::Sex(sex) => json!(sex.code()),
                PatientFact::Language(code) => {
                    let languages = patient.entry("languages").or_insert_with(|| json!([]));
                    if let Some(languages) = languages.as_array_mut().filter(|known| !known.contains(&json!(code))) {
                        languages.push(json!(code));
                    }
                    continue;
                }
            };
            match patient.get(fact.field()) {
                Some(known) if *known != value => {
                    let flag = format!("--{}", fact.field().replace('_', "-"));
                    let detail = format!("{said_by} says \"{typed}\", but this flag says {known}");
                    self.faults.add(flag, "conflict", detail, None);
                }
                _ => {
                    patient.insert(fact.field().to_owned(), value);
                }
            }
        }
    }
}

/// "resp.vent (Ventilator, long-term)".
fn described(meaning: WordMeaning) -> String {
    match meaning {
        WordMeaning::Need(need) => format!("{} ({})", need.code(), need.label()),
        WordMeaning::SpokenLanguage => "a spoken language (--language)".to_owned(),
    }
}

/// The payer of `coverage` from the flags as `plans` names it, with the need that comes with it and a note on how it was read. `None` if
/// it is unchanged.
pub(crate) fn read_coverage(coverage: &Value, plans: &PlanDirectory) -> Option<(Value, Option<Need>, Notice)> {
    let (by, name) = ["plan", "plan_name"].into_iter().find_map(|by| Some((by, coverage.get(by)?.as_str()?)))?;
    let not_listed = |name: &str| {
        let text = format!("This directory has no plan \"{name}\". Verify coverage with the payer.");
        Notice { code: "plan_not_listed", text }
    };
    match read_payer(name, plans) {
        PayerReading::Program(program) => {
            let text = format!("\"{name}\" was read as {}.", program.name());
            Some((program.to_json(), program.need(), Notice { code: "coverage_read_as", text }))
        }
        PayerReading::Unlisted(usual) => Some((unlisted_plan(usual), None, not_listed(usual))),
        PayerReading::Plan if by == "plan_name" => {
            let text = format!("This directory has a plan \"{name}\".");
            Some((json!({"plan": name}), None, Notice { code: "plan_is_listed", text }))
        }
        _ if by == "plan_name" => Some((unlisted_plan(name), None, not_listed(name))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(need: &[&str], prefer: &[&str], ask: &[&str]) -> FlagWords {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        FlagWords::read(&owned(need), &owned(prefer), &owned(ask))
    }

    #[test]
    fn words_are_decided_one_by_one() {
        let words = read(&["vent l, wound vac", "480 lb", "service dog"], &["wound.vac", "picc"], &["Can family stay?"]);
        assert_eq!(
            words.needs(),
            [
                json!("resp.vent"),
                json!("wound.npwt"),
                json!({"need": "wound.npwt", "importance": "preferred"}),
                json!({"need": "inf.central", "importance": "preferred"}),
            ]
        );
        assert_eq!(words.by_phone.texts().collect::<Vec<_>>(), ["service dog", "Can family stay?"]);
        assert!(words.faults.is_empty());
        let says: Vec<&str> = words.remarks.iter().map(|remark| remark.text.as_str()).collect();
        assert_eq!(
            says,
            [
                "\"480 lb\" was read as weight 480 lb.",
                "\"service dog\" is not in the list of needs; the call sheet asks about it. placement needs lists the needs.",
            ]
        );
    }

    #[test]
    fn a_word_that_may_mean_several_needs_is_an_error_with_each_of_them() {
        let words = read(&["bipap, trach"], &[], &[]);
        let faults: Vec<&str> = words.faults.iter().map(|fault| fault.detail.as_str()).collect();
        let [trach, new] = ["resp.trach", "resp.trach-new"].map(|code| described(WordMeaning::Need(code.parse().unwrap())));
        assert_eq!(faults, [format!("\"trach\" may mean {trach} or {new}")]);
        assert_eq!(words.faults.iter().next().unwrap().pointer, "--need");
    }

    #[test]
    fn facts_among_the_words_set_the_patient_and_never_contradict_a_flag() {
        let mut words = read(&["480 lb, spanish"], &[], &[]);
        let mut patient = Map::new();
        words.fill(&mut patient);
        assert_eq!(Value::Object(patient), json!({"weight_lb": 480, "languages": ["es"]}));
        let mut other = json!({"weight_lb": 300}).as_object().unwrap().clone();
        words.fill(&mut other);
        assert_eq!(words.faults.iter().next().unwrap().pointer, "--weight-lb");
    }

    #[test]
    fn a_payer_that_is_no_plan_is_read_in_everyday_words() {
        let plans = PlanDirectory::default();
        for (coverage, expected) in [
            (json!({"plan": "KanCare"}), Some(json!({"program": "medicaid", "state": "KS"}))),
            (json!({"plan": "TRICARE"}), Some(json!({"plan_name": "TRICARE", "known": false}))),
            (json!({"plan": "Acme Gold"}), None),
            (json!({"plan_name": "Acme Gold"}), Some(json!({"plan_name": "Acme Gold", "known": false}))),
            (json!({"plan_name": "Medicare"}), Some(json!({"program": "medicare"}))),
            (json!({"network": "Acme"}), None),
        ] {
            assert_eq!(read_coverage(&coverage, &plans).map(|(read, ..)| read), expected, "{coverage}");
        }
        let pending = read_coverage(&json!({"plan": "Medicaid pending MO"}), &plans).unwrap();
        assert_eq!(pending.1.map(Need::code), Some("log.pending"));
    }
}
