//! The controls for the facts of the rules about the right level of care. The style sheet shows those of the chosen levels of care.

use crate::discharge::screen_facts::ScreenFacts;
use crate::discharge::screen_values::{ScreenPayer, SkilledNeed, TherapyNeed};
use crate::screens::input_table::{ScreenInput, inputs};
use crate::screens::rule::services_of_input;
use crate::serve::pages::form::{SCREENS, SubmittedForm};
use crate::serve::pages::form_parsing::screens::LISTS;
use crate::service::Service;

/// All controls.
#[derive(Debug)]
pub(crate) struct ScreenFields {
    /// Whether the rules are asked for without facts.
    pub is_checked: bool,
    /// Whether something is filled in or wrong.
    pub is_open: bool,
    /// The controls.
    pub controls: Vec<ScreenControl>,
}

/// One control.
#[derive(Debug)]
pub(crate) struct ScreenControl {
    /// Its name, which is its id.
    pub name: &'static str,
    pub label: &'static str,
    /// The question that it answers, and how.
    pub hint: String,
    /// The services with a rule that it decides; empty for all.
    pub levels: String,
    /// What was typed, if it is typed.
    pub value: String,
    /// What can be chosen; empty if it is typed.
    pub options: Vec<ScreenOption>,
    /// Whether several can be chosen.
    pub is_list: bool,
    /// The error and how to correct it.
    pub fault: Option<String>,
}

/// One value that can be chosen.
#[derive(Debug)]
pub(crate) struct ScreenOption {
    pub value: &'static str,
    pub label: &'static str,
    pub chosen: bool,
}

impl ScreenFields {
    /// The controls with the values of `form`; `fault` finds the error of a field.
    pub(crate) fn new(form: &SubmittedForm, fault: impl Fn(&str) -> Option<String>) -> Self {
        let controls: Vec<ScreenControl> =
            inputs().iter().map(|input| ScreenControl::new(input, form, fault(&input.name))).collect();
        let is_used = |control: &ScreenControl| {
            control.fault.is_some() || !control.value.is_empty() || control.options.iter().any(|option| option.chosen)
        };
        let is_checked = !form.one(SCREENS).is_empty();
        Self { is_checked, is_open: is_checked || controls.iter().any(is_used), controls }
    }
}

impl ScreenControl {
    fn new(input: &'static ScreenInput, form: &SubmittedForm, fault: Option<String>) -> Self {
        let name = input.name.as_str();
        let given: Vec<&str> = form.all(name).collect();
        let option = |(value, label): (&'static str, &'static str)| {
            let chosen = given.contains(&value);
            ScreenOption { value, label, chosen }
        };
        let levels = services_of_input(name);
        let is_general = levels.is_empty() || levels.len() == Service::ALL.len();
        Self {
            name,
            label: &input.label,
            hint: if input.hint.is_empty() { input.question.clone() } else { format!("{} {}", input.question, input.hint) },
            levels: if is_general {
                String::new()
            } else {
                levels.iter().map(|level| level.code()).collect::<Vec<_>>().join(" ")
            },
            value: form.one(name).to_owned(),
            options: choices(name).into_iter().map(option).collect(),
            is_list: LISTS.contains(&name),
            fault,
        }
    }
}

/// What can be chosen for the input; nothing if it is typed.
fn choices(name: &str) -> Vec<(&'static str, &'static str)> {
    match name {
        "payer_class" => ScreenPayer::ALL.map(|payer| (payer.code(), payer.label())).into(),
        "skilled_need" => SkilledNeed::ALL.map(|need| (need.code(), need.label())).into(),
        "therapies" => TherapyNeed::ALL.map(|therapy| (therapy.code(), therapy.label())).into(),
        name if ScreenFacts::YES_OR_NO.contains(&name) => vec![("yes", "Yes"), ("no", "No")],
        _ => Vec::new(),
    }
}
