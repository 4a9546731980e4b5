//! The form: every control with its value and its error.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::coverage::names::plan_with_payer;
use crate::discharge::field_types::EligibleGroup;
use crate::hospital::HospitalDefaults;
use crate::languages;
use crate::matching::candidate::Directory;
use crate::phrases;
use crate::serve::pages::ask::autocomplete::PROGRAMS;
use crate::serve::pages::ask::screen_fields::ScreenFields;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::form_parsing::form_error::{FormError, FormFix};
use crate::serve::pages::form_parsing::needs::{WordChoice, choices};
use crate::serve::pages::form_parsing::payer::{SEARCH_ANYWAY, TO_BE_VERIFIED};
use crate::service::{Need, Service};
use crate::text::fold_case;

/// The most plans listed in the page for browsers without scripts; more would outweigh the page itself.
const PLANS_LISTED: usize = 60;

/// Every control of the form.
#[derive(Debug)]
pub(crate) struct FormFields {
    /// Whether the first control has the focus when the page opens.
    pub starts_here: bool,
    /// A ZIP or a city.
    pub near: FormControl,
    /// The services, the first of the form chosen.
    pub services: Vec<SelectOption>,
    /// The chosen service and its error.
    pub service: FormControl,
    /// The services that can be added, each with whether it is.
    pub more_services: Vec<SelectOption>,
    /// Whether one is added.
    pub is_plan: bool,
    /// The insurance.
    pub coverage: FormControl,
    /// Options of the insurance field: programs, and plans if there are few.
    pub plans: Vec<String>,
    /// The checkbox that searches with a plan that the directory does not have.
    pub anyway: Option<AnywayBox>,
    /// Needs as words.
    pub need_words: FormControl,
    /// The ambiguous words, each with its meanings to choose from.
    pub choices: Vec<WordChoice>,
    /// The needs that the words may mean.
    pub offered: Vec<FormFix>,
    /// The vocabulary of needs.
    pub groups: Vec<NeedGroup>,
    /// How many are checked there: "2 required, 1 preferred".
    pub ticked: Option<String>,
    /// The patient's numbers.
    pub age: FormControl,
    /// Pounds.
    pub weight_lb: FormControl,
    /// Infusion doses.
    pub doses_a_day: FormControl,
    /// Hours from the referral to the start of care.
    pub start_within_hours: FormControl,
    /// What the medications cost a day.
    pub drug_cost_a_day: FormControl,
    /// The groups that some places are for only, with a checkbox each.
    pub eligible: Vec<GroupBox>,
    /// The error of the groups.
    pub eligible_fault: Option<String>,
    /// Sex.
    pub sex: FormControl,
    /// Languages by name.
    pub language: FormControl,
    /// The languages there are.
    pub languages: Vec<&'static str>,
    /// The day of discharge.
    pub on: FormControl,
    /// Miles.
    pub within: FormControl,
    /// Whether a patient field is filled in or wrong.
    pub more: bool,
    /// The facts for the rules about the right level of care.
    pub screens: ScreenFields,
    /// The selected providers, which a change of the question keeps.
    pub picks: Vec<String>,
    /// How many matches a page holds, if set.
    pub limit: Option<String>,
}

/// The value of one control and its error.
#[derive(Debug, Clone, Default)]
pub(crate) struct FormControl {
    /// What was typed.
    pub value: String,
    /// The error and how to correct it.
    pub fault: Option<String>,
}

/// The checkbox that searches with a plan that the directory does not have.
#[derive(Debug)]
pub(crate) struct AnywayBox {
    /// The name that was typed.
    pub name: String,
    /// The label.
    pub label: &'static str,
    /// Whether it is checked.
    pub ticked: bool,
}

/// One option of a selection.
#[derive(Debug)]
pub(crate) struct SelectOption {
    /// The value that is sent.
    pub value: &'static str,
    /// The label, with a mark if the directory has no such provider.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// A group that some places are for only.
#[derive(Debug)]
pub(crate) struct GroupBox {
    /// Its code.
    pub code: &'static str,
    /// What the patient is.
    pub label: &'static str,
    /// Whether it is checked.
    pub checked: bool,
}

/// Needs under one heading.
#[derive(Debug)]
pub(crate) struct NeedGroup {
    /// The heading.
    pub label: &'static str,
    /// The needs.
    pub needs: Vec<NeedBox>,
}

/// One need with its two checkboxes.
#[derive(Debug)]
pub(crate) struct NeedBox {
    /// Its code.
    pub code: &'static str,
    /// The label.
    pub label: &'static str,
    /// What a "yes" means.
    pub definition: &'static str,
    /// Whether it is checked as required.
    pub required: bool,
    /// Whether it is checked as preferred.
    pub preferred: bool,
}

/// The initial values of the form.
pub(crate) fn defaults(hospital: &HospitalDefaults) -> SubmittedForm {
    let zip = hospital.zip.map(|zip| zip.to_string()).unwrap_or_default();
    let service = hospital.service.unwrap_or(Service::SkilledNursing);
    let coverage = hospital.coverage.as_deref().unwrap_or_default();
    SubmittedForm::default().with("near", &zip).with("service", service.code()).with("coverage", coverage)
}

impl FormFields {
    /// The controls with the values of `form` and the errors `faults`.
    pub(crate) fn of(form: &SubmittedForm, faults: &[FormError], catalog: Option<&Catalog>) -> Self {
        let control = |name: &str, value: String| FormControl { value, fault: told(faults, name) };
        let one = |name: &str| control(name, form.one(name).to_owned());
        let languages = control("language", form.all("language").collect::<Vec<_>>().join(", "));
        let numbers = ["age", "weight_lb", "doses_a_day", "start_within_hours", "drug_cost_a_day"].map(one);
        let others = [one("sex"), languages, one("on"), one("within")];
        let eligible = EligibleGroup::ALL.map(|group| GroupBox {
            code: group.code(),
            label: phrases::belongs_to(group.0),
            checked: form.all("eligible").any(|code| code == group.code()),
        });
        let eligible_fault = told(faults, "eligible");
        let is_used = |control: &FormControl| !control.value.is_empty() || control.fault.is_some();
        let more = numbers.iter().chain(&others).any(is_used)
            || eligible.iter().any(|group| group.checked)
            || eligible_fault.is_some();
        let [age, weight_lb, doses_a_day, start_within_hours, drug_cost_a_day] = numbers;
        let [sex, language, on, within] = others;
        let chosen = form.services();
        let (first, added) = chosen.split_first().map_or(("", &[][..]), |(first, added)| (*first, added));
        let option = |service: Service, chosen: bool| {
            let is_empty = catalog.is_some_and(|catalog| !catalog.holds(service));
            let mark = if is_empty { " (none loaded)" } else { "" };
            SelectOption { value: service.code(), label: format!("{}{mark}", service.label()), chosen }
        };
        Self {
            starts_here: false,
            near: one("near"),
            services: Service::ALL.map(|service| option(service, service.code() == first)).into(),
            more_services: Service::ALL.map(|service| option(service, added.contains(&service.code()))).into(),
            is_plan: !added.is_empty(),
            service: one("service"),
            coverage: one("coverage"),
            plans: plans(catalog),
            anyway: anyway(form, faults),
            need_words: one("need_words"),
            choices: choices(form),
            offered: offered(faults),
            groups: groups(form),
            ticked: ticked(form),
            age,
            weight_lb,
            doses_a_day,
            start_within_hours,
            drug_cost_a_day,
            eligible: eligible.into(),
            eligible_fault,
            sex,
            language,
            languages: languages::names().collect(),
            on,
            within,
            more,
            screens: ScreenFields::new(form, |name| told(faults, name)),
            picks: form.all("pick").map(str::to_owned).collect(),
            limit: Some(form.one("limit").to_owned()).filter(|limit| !limit.is_empty()),
        }
    }
}

/// All errors of the control with that name.
fn told(faults: &[FormError], name: &str) -> Option<String> {
    let of_it = faults.iter().filter(|fault| fault.field == Some(name));
    let said: Vec<&str> = of_it.flat_map(|fault| [Some(&*fault.detail), fault.hint.as_deref()]).flatten().collect();
    (!said.is_empty()).then(|| said.join(" "))
}

fn offered(faults: &[FormError]) -> Vec<FormFix> {
    let needs = faults.iter().flat_map(|fault| &fault.offers).filter(|offer| offer.field == "need");
    let mut offered: Vec<FormFix> = Vec::new();
    for offer in needs {
        if !offered.contains(offer) {
            offered.push(offer.clone());
        }
    }
    offered
}

/// The checkbox to search anyway, if it was offered or is checked for the typed name.
fn anyway(form: &SubmittedForm, faults: &[FormError]) -> Option<AnywayBox> {
    let (typed, confirmed) = (form.one("coverage"), form.one(SEARCH_ANYWAY));
    let ticked = !confirmed.is_empty() && fold_case(confirmed) == fold_case(typed);
    let offered = faults.iter().flat_map(|fault| &fault.offers).any(|offer| offer.field == SEARCH_ANYWAY);
    (ticked || offered).then(|| AnywayBox { name: typed.to_owned(), label: TO_BE_VERIFIED, ticked })
}

fn plans(catalog: Option<&Catalog>) -> Vec<String> {
    let programs = PROGRAMS.map(str::to_owned);
    let known = catalog.map(Catalog::plans).filter(|plans| plans.plans.len() <= PLANS_LISTED);
    let known = known.into_iter().flat_map(|plans| plans.plans.iter().map(|plan| plan_with_payer(plan, plans)));
    programs.into_iter().chain(known).collect()
}

fn groups(form: &SubmittedForm) -> Vec<NeedGroup> {
    let given = |name: &str, need: Need| form.all(name).any(|code| code == need.code());
    let mut groups: Vec<NeedGroup> = Vec::new();
    for need in Need::all() {
        let entry = need.entry();
        let line = NeedBox {
            code: need.code(),
            label: need.label(),
            definition: &entry.definition,
            required: given("need", need),
            preferred: given("prefer", need),
        };
        // A need that was added later is listed under its group.
        match groups.iter_mut().find(|group| group.label == entry.group) {
            Some(group) => group.needs.push(line),
            None => groups.push(NeedGroup { label: &entry.group, needs: vec![line] }),
        }
    }
    groups
}

fn ticked(form: &SubmittedForm) -> Option<String> {
    let count = |name: &str, word: &str| {
        let count = form.all(name).collect::<BTreeSet<_>>().len();
        (count > 0).then(|| format!("{count} {word}"))
    };
    let said: Vec<String> = [count("need", "required"), count("prefer", "preferred")].into_iter().flatten().collect();
    (!said.is_empty()).then(|| said.join(", "))
}
