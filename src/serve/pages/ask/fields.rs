//! The form as it is printed: every control with what was typed into it and what is wrong with that.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::coverage::names::plan_with_payer;
use crate::hospital::HospitalDefaults;
use crate::languages;
use crate::matching::candidate::Directory;
use crate::serve::pages::ask::autocomplete::PROGRAMMES;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::form_parsing::form_error::{FormError, FormFix};
use crate::service::{Need, Service};

/// At most this many plans stand in the page for who types without the script; more would be more than the page itself.
const PLANS_LISTED: usize = 60;

/// Every control of the form.
#[derive(Debug)]
pub(crate) struct FormFields {
    /// Whether the first control takes the focus when the page is opened.
    pub starts_here: bool,
    /// A ZIP or a city.
    pub near: FormControl,
    /// The services, one of them chosen.
    pub services: Vec<SelectOption>,
    /// What is wrong with the choice of a service.
    pub service: FormControl,
    /// Who pays.
    pub coverage: FormControl,
    /// What may be typed there: programmes, and plans where they are few.
    pub plans: Vec<String>,
    /// Needs by their words.
    pub need_words: FormControl,
    /// The needs that the words may mean.
    pub offered: Vec<FormFix>,
    /// The vocabulary of needs.
    pub groups: Vec<NeedGroup>,
    /// How many are ticked there: "2 required, 1 preferred".
    pub ticked: Option<String>,
    /// The patient's numbers.
    pub age: FormControl,
    /// Pounds.
    pub weight_lb: FormControl,
    /// Infusion doses.
    pub doses_a_day: FormControl,
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
    /// Whether something of the patient is filled in or wrong.
    pub more: bool,
    /// How many matches a page holds, where it was said.
    pub limit: Option<String>,
}

/// What was typed into one control, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct FormControl {
    /// What was typed.
    pub value: String,
    /// What is wrong and how to mend it.
    pub fault: Option<String>,
}

/// One of several to choose from.
#[derive(Debug)]
pub(crate) struct SelectOption {
    /// What is sent.
    pub value: &'static str,
    /// What people read.
    pub label: &'static str,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// Needs under one heading.
#[derive(Debug)]
pub(crate) struct NeedGroup {
    /// The heading.
    pub label: &'static str,
    /// The needs.
    pub needs: Vec<NeedBox>,
}

/// One need with its two ticks.
#[derive(Debug)]
pub(crate) struct NeedBox {
    /// Its code.
    pub code: &'static str,
    /// What people read.
    pub label: &'static str,
    /// What a "yes" promises.
    pub definition: &'static str,
    /// Whether it is ticked as required.
    pub required: bool,
    /// Whether it is ticked as preferred.
    pub preferred: bool,
}

/// What the form holds before anything is typed.
pub(crate) fn defaults(hospital: &HospitalDefaults) -> SubmittedForm {
    let zip = hospital.zip.map(|zip| zip.to_string()).unwrap_or_default();
    let service = hospital.service.unwrap_or(Service::SkilledNursing);
    let coverage = hospital.coverage.as_deref().unwrap_or_default();
    SubmittedForm::default().with("near", &zip).with("service", service.code()).with("coverage", coverage)
}

impl FormFields {
    /// The controls with what `form` holds and what `faults` says of it.
    pub(crate) fn of(form: &SubmittedForm, faults: &[FormError], catalog: Option<&Catalog>) -> Self {
        let control = |name: &str, value: String| FormControl { value, fault: told(faults, name) };
        let one = |name: &str| control(name, form.one(name).to_owned());
        let languages = control("language", form.all("language").collect::<Vec<_>>().join(", "));
        let patient = [one("age"), one("weight_lb"), one("doses_a_day"), one("sex"), languages, one("on"), one("within")];
        let more = patient.iter().any(|control| !control.value.is_empty() || control.fault.is_some());
        let [age, weight_lb, doses_a_day, sex, language, on, within] = patient;
        let chosen = form.one("service");
        let service = |service: Service| SelectOption {
            value: service.code(),
            label: service.label(),
            chosen: service.code() == chosen,
        };
        Self {
            starts_here: false,
            near: one("near"),
            services: Service::ALL.map(service).into(),
            service: one("service"),
            coverage: one("coverage"),
            plans: plans(catalog),
            need_words: one("need_words"),
            offered: offered(faults),
            groups: groups(form),
            ticked: ticked(form),
            age,
            weight_lb,
            doses_a_day,
            sex,
            language,
            languages: languages::names().collect(),
            on,
            within,
            more,
            limit: Some(form.one("limit").to_owned()).filter(|limit| !limit.is_empty()),
        }
    }
}

/// Everything wrong with the control of that name.
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

fn plans(catalog: Option<&Catalog>) -> Vec<String> {
    let programmes = PROGRAMMES.map(str::to_owned);
    let known = catalog.map(Catalog::plans).filter(|plans| plans.plans.len() <= PLANS_LISTED);
    let known = known.into_iter().flat_map(|plans| plans.plans.iter().map(|plan| plan_with_payer(plan, plans)));
    programmes.into_iter().chain(known).collect()
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
        match groups.last_mut().filter(|group| group.label == entry.group) {
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
