//! The clinical needs: typed words separated by commas, the meanings chosen for ambiguous words, and checkboxes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::discharge::Notice;
use crate::fuzzy::list_alternatives;
use crate::need_words::decide::says_more_than;
use crate::need_words::patient_fact::PatientFact;
use crate::need_words::phone_questions::{PhoneQuestionError, PhoneQuestions};
use crate::need_words::typed_list::{decide_words, split_entries};
use crate::need_words::word_decision::{DOSE_REMARK, TypedWord, WordDecision, WordMeaning};
use crate::serve::pages::form::{MEANINGS, SubmittedForm};
use crate::serve::pages::form_parsing::form_error::{FormError, FormFix};
use crate::service::{Need, NeedSet};
use crate::text::{fold_case, printable};

/// The most needs that are read from words; no patient has that many.
const MOST_TYPED: usize = 70;

/// The choice for a word that has none of the meanings offered and is to be asked about by phone.
pub(crate) const BY_PHONE: &str = "ask";

/// The needs as they were read.
#[derive(Debug, Default)]
pub(crate) struct NeedsReading {
    required: NeedSet,
    preferred: NeedSet,
    /// Facts typed among the needs, each with its words.
    pub facts: Vec<(String, PatientFact)>,
    /// Needs that are not in the vocabulary.
    pub by_phone: PhoneQuestions,
    /// Notes on how words were read.
    pub remarks: Vec<Notice>,
    /// The errors.
    pub faults: Vec<FormError>,
    /// Whether a word was chosen to mean the language the patient speaks.
    pub asks_language: bool,
}

/// Reads the needs of `form`; `besides` is required in addition to what was typed. Typed words are required needs.
pub(crate) fn needs(form: &SubmittedForm, besides: Option<Need>) -> NeedsReading {
    let ticked = |name| form.all(name).filter_map(|code| code.parse().ok()).collect::<NeedSet>();
    let codes: BTreeSet<&str> = form.all("need").chain(form.all("prefer")).collect();
    let mut read = NeedsReading {
        required: besides.into_iter().fold(ticked("need"), NeedSet::with),
        preferred: ticked("prefer"),
        faults: codes.into_iter().filter_map(not_a_need).collect(),
        ..NeedsReading::default()
    };
    let typed = form.one("need_words");
    let count = split_entries(typed).len();
    if count > MOST_TYPED {
        let detail = format!("You entered {count} needs. The most is {MOST_TYPED}.");
        read.faults.push(FormError::of("need_words", detail).hint("Use commas only between needs."));
        return read;
    }
    let chosen = chosen(form);
    let mut asked = MEANINGS.iter();
    for TypedWord { typed, decision } in decide_words(typed) {
        match decision {
            WordDecision::Taken(need) => read.required = read.required.with(need),
            WordDecision::SetsField(fact) => read.sets_field(typed, fact),
            WordDecision::Dose => {
                let text = format!("\u{201c}{}\u{201d} {DOSE_REMARK}", printable(&typed));
                read.remarks.push(Notice { code: "word_is_dose", text });
            }
            WordDecision::Ambiguous(meanings) => {
                let choice = chosen.get(&fold_case(&typed)).copied();
                read.choose(&typed, &meanings, choice, asked.next().copied());
            }
            WordDecision::Unknown { nearest } => read.keep(&typed, &nearest),
        }
    }
    for need in (read.required & read.preferred).iter() {
        let detail = format!("{} is both required and preferred.", need.label());
        read.faults.push(FormError::of("need_words", detail).hint("Choose one."));
    }
    read
}

impl NeedsReading {
    /// The needs in the form of the API.
    pub(crate) fn to_json(&self) -> Value {
        let required = self.required.iter().map(|need| json!(need.code()));
        let preferred = self.preferred.iter().map(|need| json!({"need": need.code(), "importance": "preferred"}));
        required.chain(preferred).collect()
    }

    fn sets_field(&mut self, typed: String, fact: PatientFact) {
        let text = format!("\u{201c}{}\u{201d} was read as {}.", printable(&typed), fact.says());
        self.remarks.push(Notice { code: "word_sets_field", text });
        self.facts.push((typed, fact));
    }

    /// Reads a word that may mean several needs, with the choice made for it. Nothing else decides it, not even a checked box.
    fn choose(&mut self, typed: &str, meanings: &[WordMeaning], choice: Option<&str>, field: Option<&'static str>) {
        let meant = choice.and_then(|choice| meanings.iter().find(|meaning| meaning.code() == choice));
        match (meant, choice, field) {
            (Some(WordMeaning::Need(need)), ..) => {
                self.required = self.required.with(*need);
                if says_more_than(typed, *need) {
                    let text = format!(
                        "\u{201c}{}\u{201d} was read as {}. If it says more, ask about the rest by phone.",
                        printable(typed),
                        need.label()
                    );
                    self.remarks.push(Notice { code: "word_read_as", text });
                }
            }
            (Some(WordMeaning::SpokenLanguage), ..) => self.asks_language = true,
            (None, Some(BY_PHONE), _) => self.keep(typed, &[]),
            (None, _, Some(field)) => self.faults.push(FormError::of(field, question(typed, meanings))),
            (None, _, None) => {
                let detail =
                    format!("\u{201c}{typed}\u{201d} may mean several needs, and so may {} words before it.", MEANINGS.len());
                self.faults.push(
                    FormError::of("need_words", detail)
                        .hint("Choose for those first, or check the needs under Browse all needs."),
                );
            }
        }
    }

    /// Keeps a need that is not in the vocabulary as a question for the call sheet.
    fn keep(&mut self, typed: &str, nearest: &[Need]) {
        match self.by_phone.keep(typed) {
            Ok(()) => {
                let labels: Vec<&str> = nearest.iter().map(|need| need.label()).collect();
                let near =
                    list_alternatives(&labels).map(|near| format!(" If you mean {near}, enter that.")).unwrap_or_default();
                let typed = printable(typed);
                let text =
                    format!("\u{201c}{typed}\u{201d} is not in the list of needs; the call sheet asks about it.{near}");
                self.remarks.push(Notice { code: "asked_by_phone", text });
            }
            Err(error) if error.is_about_identity() => {
                let detail = format!("A part of the needs is not in the list of needs, and {error}.");
                self.faults.push(FormError::of("need_words", detail).hint("Nothing here may identify a patient."));
            }
            Err(error) => {
                let shown: String = typed.chars().take(PhoneQuestions::LONGEST).collect();
                let cut = if error == PhoneQuestionError::TooLong { "…" } else { "" };
                let detail = format!("\u{201c}{shown}{cut}\u{201d} is not in the list of needs, and {error}.");
                self.faults.push(FormError::of("need_words", detail));
            }
        }
    }
}

fn not_a_need(code: &str) -> Option<FormError> {
    let known = code.parse::<Need>().is_ok();
    (!known).then(|| FormError::of("need_words", format!("Need \u{201c}{code}\u{201d} does not exist.")))
}

/// The question about an ambiguous word.
fn question(typed: &str, meanings: &[WordMeaning]) -> String {
    let asks = if meanings.len() == 1 { "may mean this need. Is that right?" } else { "may mean several needs. Which one?" };
    format!("\u{201c}{typed}\u{201d} {asks}")
}

/// The checkbox that chooses the need.
pub(crate) fn offer(need: Need) -> FormFix {
    FormFix { label: need.label().to_owned(), field: "need", value: need.code().to_owned() }
}

/// The choice made for each word, by the word. A value names its word, so that a choice never applies to another word.
pub(crate) fn chosen(form: &SubmittedForm) -> BTreeMap<String, &str> {
    let fields = MEANINGS.iter().map(|field| form.one(field));
    fields.filter_map(|value| value.split_once(':')).map(|(choice, word)| (fold_case(word), choice)).collect()
}

/// The choice that the form offers for an ambiguous word.
#[derive(Debug)]
pub(crate) struct WordChoice {
    /// The name of the field.
    pub field: &'static str,
    /// The question.
    pub question: String,
    /// Whether nothing is chosen yet.
    pub is_open: bool,
    /// The options.
    pub options: Vec<WordOption>,
}

/// One meaning of a word.
#[derive(Debug)]
pub(crate) struct WordOption {
    /// The id of the control.
    pub id: String,
    /// The value that the form sends.
    pub value: String,
    /// The label.
    pub label: &'static str,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// The ambiguous words of `form`, each with its meanings and the option to ask by phone.
pub(crate) fn choices(form: &SubmittedForm) -> Vec<WordChoice> {
    let typed = form.one("need_words");
    if split_entries(typed).len() > MOST_TYPED {
        return Vec::new();
    }
    let chosen = chosen(form);
    let ambiguous = decide_words(typed).into_iter().filter_map(|word| match word.decision {
        WordDecision::Ambiguous(meanings) => Some((word.typed, meanings)),
        _ => None,
    });
    let choice = |(field, (typed, meanings)): (&&'static str, (String, Vec<WordMeaning>))| {
        let choice = chosen.get(&fold_case(&typed)).copied();
        let of_meanings = meanings.iter().map(|meaning| (meaning.code(), meaning.label()));
        let all = of_meanings.chain([(BY_PHONE, "None of these: ask by phone")]);
        let options = all.enumerate().map(|(at, (code, label))| WordOption {
            // The link in the error summary goes to the first option.
            id: if at == 0 { (*field).to_owned() } else { format!("{field}-{at}") },
            value: format!("{code}:{typed}"),
            label,
            chosen: choice == Some(code),
        });
        let options: Vec<WordOption> = options.collect();
        let is_open = options.iter().all(|option| !option.chosen);
        WordChoice { field, question: question(&typed, &meanings), is_open, options }
    };
    MEANINGS.iter().zip(ambiguous).map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, &str)]) -> NeedsReading {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        needs(&SubmittedForm::read(body.as_bytes()).unwrap(), None)
    }

    fn faults(read: &NeedsReading) -> Vec<String> {
        read.faults.iter().map(|fault| format!("{} {}", fault.field.unwrap(), fault.detail)).collect()
    }

    #[test]
    fn nothing_typed_or_checked_elsewhere_decides_a_word() {
        for fields in [
            &[("need_words", "vent l, trach")][..],
            &[("need_words", "trach"), ("need", "resp.trach")],
            &[("need_words", "trach"), ("meaning_1", "resp.vent:vent")],
            &[("need_words", "trach"), ("meaning_1", "resp.vent:trach")],
        ] {
            let asked = faults(&read(fields));
            assert_eq!(asked, ["meaning_1 \u{201c}trach\u{201d} may mean several needs. Which one?"], "{fields:?}");
        }
    }

    #[test]
    fn a_choice_follows_its_word_to_any_position() {
        let chosen = read(&[("need_words", "vent l, trach"), ("meaning_1", "resp.trach-new:Trach")]);
        assert_eq!((chosen.to_json(), faults(&chosen)), (json!(["resp.vent", "resp.trach-new"]), vec![]));
        let words = ("need_words", "dementia, trach");
        let moved = read(&[words, ("meaning_1", "resp.trach:trach"), ("meaning_2", "cog.secured:dementia")]);
        assert_eq!((moved.to_json(), faults(&moved)), (json!(["resp.trach", "cog.secured"]), vec![]));
        let none = read(&[("need_words", "trach"), ("meaning_1", "ask:trach")]);
        assert_eq!((none.to_json(), none.by_phone.texts().collect::<Vec<_>>()), (json!([]), vec!["trach"]));
        let language = read(&[("need_words", "interpreter"), ("meaning_1", "language:interpreter")]);
        assert!(language.asks_language && language.faults.is_empty());
    }

    #[test]
    fn a_need_that_is_not_in_the_vocabulary_is_kept_and_reported() {
        let kept = read(&[("need_words", "service dog, hyperbaric oxygen, wound vac")]);
        assert_eq!((kept.to_json(), faults(&kept)), (json!(["wound.npwt"]), vec![]));
        assert_eq!(kept.by_phone.texts().collect::<Vec<_>>(), ["service dog", "hyperbaric oxygen"]);
        assert_eq!(kept.remarks.len(), 2);
        assert!(kept.remarks[1].text.contains("If you mean Oxygen, standard or Oxygen, high flow, enter that."));
        let long = read(&[("need_words", &"x".repeat(61))]);
        assert!(faults(&long)[0].ends_with("and a question for the call sheet has at most 60 characters."));
        let many: Vec<String> = (0..12).map(|at| format!("zzz{at}")).collect();
        assert_eq!(read(&[("need_words", &many.join(","))]).faults.len(), 2, "more than ten are reported");
        let fact = read(&[("need_words", "480 lb")]);
        assert_eq!(fact.remarks[0].text, "\u{201c}480 lb\u{201d} was read as weight 480 lb.");
    }

    #[test]
    fn every_word_is_in_the_question_in_an_error_or_in_a_remark() {
        let many: Vec<String> = (0..14).map(|at| format!("zzz{at}")).collect();
        let ambiguous =
            "trach, vent, dementia, dialysis, oud, wound care, pain, isolation, quad, rehab, iv, oxygen, hospice, deaf";
        for list in [
            "vent l, trach, service dog, 480 lb; PT/OT\nspanish interpreter",
            ambiguous,
            &many.join(";"),
            &"long ".repeat(20),
        ] {
            let read = read(&[("need_words", list)]);
            let remarks = read.remarks.iter().map(|remark| &remark.text);
            let said: Vec<&String> = remarks.chain(read.faults.iter().map(|fault| &fault.detail)).collect();
            for word in decide_words(list) {
                let start: String = word.typed.chars().take(PhoneQuestions::LONGEST).collect();
                let found = match word.decision {
                    WordDecision::Taken(need) => read.required.contains(need),
                    _ => said.iter().any(|text| text.contains(&format!("\u{201c}{start}"))),
                };
                assert!(found, "{} of {list} was lost: {said:?}", word.typed);
            }
        }
    }

    #[test]
    fn a_need_occurs_once_and_too_many_are_one_error() {
        for (fields, expected) in [
            (&[("need_words", "vent l"), ("need", "resp.vent")][..], Ok(json!(["resp.vent"]))),
            (
                &[("need_words", "lvad"), ("prefer", "resp.vent")],
                Ok(json!(["card.lvad", {"need": "resp.vent", "importance": "preferred"}])),
            ),
            (&[("need_words", "vent l"), ("prefer", "resp.vent")], Err("is both required and preferred.")),
            (&[("need", "nothing")], Err("Need \u{201c}nothing\u{201d} does not exist.")),
        ] {
            let read = read(fields);
            match expected {
                Ok(needs) => assert_eq!((read.to_json(), faults(&read)), (needs, vec![]), "{fields:?}"),
                Err(told) => assert!(read.faults[0].detail.ends_with(told), "{fields:?}"),
            }
        }
        assert_eq!(read(&[("need_words", &"zzz, ".repeat(800))]).by_phone.texts().count(), 1);
        let typed: Vec<String> = (0..71).map(|at| format!("zzz{at}")).collect();
        let many = read(&[("need_words", &typed.join(", "))]).faults;
        assert_eq!((many.len(), many[0].detail.as_str()), (1, "You entered 71 needs. The most is 70."));
    }

    #[test]
    fn each_ambiguous_word_has_its_own_field_with_an_option_to_ask_by_phone() {
        let form = SubmittedForm::read(b"need_words=trach%2C+wound+vac%2C+dementia&meaning_2=ask%3Adementia").unwrap();
        let asked = choices(&form);
        assert_eq!(
            asked.iter().map(|choice| (choice.field, choice.is_open)).collect::<Vec<_>>(),
            [("meaning_1", true), ("meaning_2", false)]
        );
        let last = asked[1].options.last().unwrap();
        assert_eq!((last.value.as_str(), last.label, last.chosen), ("ask:dementia", "None of these: ask by phone", true));
    }
}
