//! A change of the question that one button makes: removing a part, or making a need required or preferred.

use crate::discharge::screen_request::ScreensRequest;
use crate::need_words::patient_fact::PatientFact;
use crate::need_words::typed_list::decide_words;
use crate::need_words::word_decision::{TypedWord, WordDecision, WordMeaning};
use crate::serve::pages::form::{MEANINGS, SCREENS, SubmittedForm};
use crate::serve::pages::form_parsing::needs::{BY_PHONE, chosen};
use crate::service::Need;
use crate::text::fold_case;

/// What a typed entry means, as far as it is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
enum EntryMeaning {
    /// A need, by its code.
    Need(String),
    /// A fact of the patient.
    Fact(PatientFact),
    /// That the patient speaks the language of its field.
    SpokenLanguage,
    /// A question for the call sheet.
    Phone,
}

/// The form with the change that its button names; the same form without one. An unknown change changes nothing.
pub(crate) fn changed(form: &SubmittedForm) -> SubmittedForm {
    let plain = form.with("change", "");
    let (action, rest) = form.one("change").split_once(':').unwrap_or_default();
    let (name, value) = rest.split_once(':').unwrap_or((rest, ""));
    match (action, name, value) {
        ("prefer", need, _) if is_need(need) => without_need(plain, need).and("prefer", need),
        ("require", need, _) if is_need(need) => without_need(plain, need).and("need", need),
        ("drop", "need", need) => without_need(plain, need),
        ("drop", "word", word) => without_entries(plain, |typed, _| fold_case(typed) == fold_case(word)),
        ("drop", "service" | "eligible", value) => plain.without(name, value),
        ("drop", SCREENS, _) => plain.only(|field| field != SCREENS && !ScreensRequest::NAMES.contains(&field)),
        ("drop", "coverage", _) => plain.with("coverage", "").with("search_anyway", ""),
        ("drop", "on" | "within" | "start_within_hours" | "drug_cost_a_day", _) => plain.with(name, ""),
        ("drop", "age" | "weight_lb" | "doses_a_day" | "sex" | "language", _) => {
            let of_field = |fact: &PatientFact| form_field(*fact) == name;
            without_entries(plain.with(name, ""), |_, meaning| match meaning {
                EntryMeaning::Fact(fact) => of_field(fact),
                EntryMeaning::SpokenLanguage => name == "language",
                EntryMeaning::Need(_) | EntryMeaning::Phone => false,
            })
        }
        _ => plain,
    }
}

fn is_need(code: &str) -> bool {
    code.parse::<Need>().is_ok()
}

/// The field of the form that holds such a fact.
fn form_field(fact: PatientFact) -> &'static str {
    if matches!(fact, PatientFact::Language(_)) { "language" } else { fact.field() }
}

fn without_need(form: SubmittedForm, code: &str) -> SubmittedForm {
    let form = form.without("need", code).without("prefer", code);
    without_entries(form, |_, meaning| *meaning == EntryMeaning::Need(code.to_owned()))
}

/// The form without the typed entries for which `is_dropped` holds. What else such an entry means is kept in the fields.
fn without_entries(form: SubmittedForm, is_dropped: impl Fn(&str, &EntryMeaning) -> bool) -> SubmittedForm {
    let choices = chosen(&form);
    let meaning = |TypedWord { typed, decision }: TypedWord| {
        let meaning = match decision {
            WordDecision::Taken(need) => Some(EntryMeaning::Need(need.code().to_owned())),
            WordDecision::SetsField(fact) => Some(EntryMeaning::Fact(fact)),
            WordDecision::Dose => None,
            WordDecision::Unknown { .. } => Some(EntryMeaning::Phone),
            WordDecision::Ambiguous(_) => choices.get(&fold_case(&typed)).map(|choice| match *choice {
                BY_PHONE => EntryMeaning::Phone,
                code if code == WordMeaning::SpokenLanguage.code() => EntryMeaning::SpokenLanguage,
                code => EntryMeaning::Need(code.to_owned()),
            }),
        };
        (typed, meaning)
    };
    let words: Vec<(String, Option<EntryMeaning>)> = decide_words(form.one("need_words")).into_iter().map(meaning).collect();
    let dropped = |(typed, meaning): &(String, Option<EntryMeaning>)| {
        meaning.as_ref().is_some_and(|meaning| is_dropped(typed, meaning))
    };
    let gone: Vec<&str> = words.iter().filter(|word| dropped(word)).map(|(typed, _)| typed.as_str()).collect();
    if gone.is_empty() {
        return form;
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut fields: Vec<(&str, String)> = Vec::new();
    for word @ (typed, meaning) in &words {
        match meaning {
            _ if !gone.contains(&typed.as_str()) => {
                if !kept.contains(&typed.as_str()) {
                    kept.push(typed);
                }
            }
            _ if dropped(word) => {}
            Some(EntryMeaning::Need(code)) => fields.push(("need", code.clone())),
            Some(EntryMeaning::Fact(fact)) => fields.push((form_field(*fact), fact_value(*fact))),
            Some(EntryMeaning::SpokenLanguage | EntryMeaning::Phone) | None => {}
        }
    }
    let words = kept.join(", ");
    let form = without_choices(form.with("need_words", &words), &gone);
    fields.iter().fold(form, |form, (name, value)| form.and(name, value))
}

/// The form without the choices that were made for `words`.
fn without_choices(form: SubmittedForm, words: &[&str]) -> SubmittedForm {
    let is_for = |choice: &str| {
        let word = choice.split_once(':').map(|(_, word)| fold_case(word));
        words.iter().any(|gone| word.as_deref() == Some(&fold_case(gone)))
    };
    MEANINGS.iter().fold(form, |form, field| if is_for(form.one(field)) { form.with(field, "") } else { form })
}

/// The value of a fact in its field.
fn fact_value(fact: PatientFact) -> String {
    match fact {
        PatientFact::Age(number) | PatientFact::WeightPounds(number) | PatientFact::DosesADay(number) => number.to_string(),
        PatientFact::Sex(sex) => sex.code().to_owned(),
        PatientFact::Language(code) => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(body: &str, change: &str) -> String {
        let body = format!("{body}&change={}", change.replace(':', "%3A").replace(' ', "+"));
        let form = changed(&SubmittedForm::read(body.as_bytes()).unwrap());
        form.question().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_need_is_changed_whether_it_was_typed_checked_or_chosen() {
        for (body, change, question) in [
            ("need=resp.vent&need=wound.npwt", "drop:need:resp.vent", "need=wound.npwt"),
            ("need_words=vent l, wound vac", "drop:need:resp.vent", "need_words=wound vac"),
            ("need_words=vent l, wound vac", "prefer:wound.npwt", "need_words=vent l prefer=wound.npwt"),
            ("prefer=wound.npwt", "require:wound.npwt", "need=wound.npwt"),
            ("need=resp.vent&need_words=vent l", "prefer:resp.vent", "prefer=resp.vent"),
            ("need_words=vent l", "prefer:nothing", "need_words=vent l"),
            ("need_words=service dog, vent l", "drop:word:Service dog", "need_words=vent l"),
            ("need_words=Spanish interpreter, vent l", "drop:need:lang.interpreter", "need_words=vent l language=es"),
        ] {
            assert_eq!(after(body, change), question, "{body} {change}");
        }
        let chosen = after("need_words=trach, vent l&meaning_1=resp.trach%3Atrach", "drop:need:resp.trach");
        assert_eq!(chosen, "need_words=vent l", "the choice for a dropped word is dropped too");
    }

    #[test]
    fn a_fact_is_dropped_from_its_field_and_from_the_words() {
        for (body, change, question) in [
            ("weight_lb=480&age=82", "drop:weight_lb", "age=82"),
            ("need_words=480 lb, vent l", "drop:weight_lb", "need_words=vent l"),
            ("need_words=82 yo female", "drop:age", "sex=female"),
            ("language=Spanish", "drop:language", ""),
            (
                "need_words=interpreter, vent l&meaning_1=language%3Ainterpreter&language=Spanish",
                "drop:language",
                "need_words=vent l",
            ),
            ("eligible=veterans&eligible=religious", "drop:eligible:veterans", "eligible=religious"),
            ("service=hospice&service=dialysis", "drop:service:hospice", "service=dialysis"),
            ("coverage=Acme&search_anyway=Acme&within=5", "drop:coverage", "within=5"),
            ("screens=yes&icu_days=3&therapies=speech&age=82", "drop:screens", "age=82"),
            ("near=64108", "drop:near", "near=64108"),
        ] {
            assert_eq!(after(body, change), question, "{body} {change}");
        }
    }
}
