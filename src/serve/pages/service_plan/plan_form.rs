//! The form of a plan: the question, and the lines of the worksheet by number. `item-1`, `item-1-label`, `item-1-amount` are an item;
//! `party-1` and what follows it are a commitment.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::input::errors::{FieldError, FieldErrors, longer_than};
use crate::input::field::InputType;
use crate::input::place::FieldPlace;
use crate::input::values::LONGEST_TEXT;
use crate::serve::http::extract::field_error;
use crate::serve::http::problem::Problem;
use crate::serve::pages::coded_form::CodedForm;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::form_parsing::form_error::sentence;
use crate::service_plan::money::Cents;
use crate::service_plan::request::{MOST_LINES, WorksheetRequest};
use crate::service_plan::worksheet::Worksheet;
use crate::service_plan::worksheet_parse::read_worksheet;

/// The fields of an item after its number, each with its name in the API.
const ITEM: [(&str, &str); 3] = [("", "item"), ("-label", "label"), ("-amount", "amount_cents")];
/// The fields of a commitment after its number.
const PARTY: [(&str, &str); 7] = [
    ("", "party"),
    ("-kind", "kind"),
    ("-amount", "amount_cents"),
    ("-item", "item"),
    ("-agreed", "agreed"),
    ("-compliance", "compliance_signed"),
    ("-outside", "outside_benefit"),
];
/// The fields of the alternative.
const ALTERNATIVE: [(&str, &str); 2] = [("days", "days"), ("day-cost", "cost_a_day_cents")];

/// The fields of a plan as they were sent.
#[derive(Debug, Clone)]
pub(crate) struct PlanForm {
    /// The question.
    pub question: SubmittedForm,
    own: BTreeMap<String, String>,
}

/// What is wrong with a line of the worksheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SheetFault {
    /// The id of the control.
    pub field: String,
    /// What is wrong, and how to correct it.
    pub detail: String,
}

impl PlanForm {
    /// Separates the worksheet from the question.
    ///
    /// # Errors
    /// Every field that is unknown, repeated or too long.
    pub(crate) fn of(form: &CodedForm) -> Result<Self, Problem> {
        let (own, others): (Vec<_>, Vec<_>) = form.fields().partition(|(name, _)| is_own(name));
        let question = form_urlencoded::Serializer::new(String::new()).extend_pairs(others).finish();
        let mut read = Self { question: SubmittedForm::read(question.as_bytes())?, own: BTreeMap::new() };
        let mut faults = FieldErrors::default();
        for (name, value) in own {
            let at = format!("/{name}");
            if let Some(error) = longer_than(LONGEST_TEXT, value, &at) {
                faults.push(error);
            } else if read.own.insert(name.to_owned(), value.to_owned()).is_some() {
                faults.push(field_error(&at, "repeated", "this field is given more than once", None));
            }
        }
        if faults.is_empty() { Ok(read) } else { Err(Problem::Invalid(faults)) }
    }

    /// The value of a field of the worksheet; empty if missing.
    pub(crate) fn one(&self, name: &str) -> &str {
        self.own.get(name).map_or("", String::as_str)
    }

    /// The numbers of the lines of a kind that have a value.
    pub(crate) fn lines(&self, kind: &str) -> Vec<usize> {
        let parts: &[(&str, &str)] = if kind == "item" { &ITEM } else { &PARTY };
        let is_used = |line: &usize| parts.iter().any(|(part, _)| self.own.contains_key(&format!("{kind}-{line}{part}")));
        (1..=MOST_LINES).filter(is_used).collect()
    }

    /// The worksheet; `None` if no line has a value.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub(crate) fn worksheet(&self) -> Result<Option<Worksheet>, Vec<SheetFault>> {
        if self.own.is_empty() {
            return Ok(None);
        }
        let mut faults = Vec::new();
        let (items, parties) = (self.lines("item"), self.lines("party"));
        let item = |line: &usize| self.object(&format!("item-{line}"), &ITEM);
        let party = |line: &usize| self.object(&format!("party-{line}"), &PARTY);
        let mut read = |objects: Vec<(Value, Vec<SheetFault>)>| -> Value {
            objects
                .into_iter()
                .map(|(object, wrong)| {
                    faults.extend(wrong);
                    object
                })
                .collect()
        };
        let mut raw = Map::new();
        raw.insert("items".to_owned(), read(items.iter().map(item).collect()));
        raw.insert("commitments".to_owned(), read(parties.iter().map(party).collect()));
        if ALTERNATIVE.iter().any(|(name, _)| self.own.contains_key(*name)) {
            let alternative = read(vec![self.object("", &ALTERNATIVE)]);
            raw.insert("alternative".to_owned(), alternative[0].clone());
        }
        let mut errors = FieldErrors::default();
        let request = WorksheetRequest::read(&Value::Object(raw), FieldPlace::ROOT, &mut errors);
        let sheet = request.map(|request| read_worksheet(&request, &mut errors));
        for error in errors {
            let field = field_of(&error.pointer, &items, &parties);
            // What is wrong with what was typed is said once.
            if faults.iter().all(|known| known.field != field) {
                faults.push(SheetFault { field, detail: in_words(&error) });
            }
        }
        if faults.is_empty() { Ok(sheet) } else { Err(faults) }
    }

    /// One line in the form of the API, and the amounts that are none.
    fn object(&self, line: &str, parts: &[(&str, &str)]) -> (Value, Vec<SheetFault>) {
        let (mut object, mut faults) = (Map::new(), Vec::new());
        for (part, name) in parts {
            let field = format!("{line}{part}");
            let Some(typed) = self.own.get(&field) else { continue };
            let value = match *name {
                "agreed" | "compliance_signed" | "outside_benefit" => json!(typed == "yes"),
                "days" => typed.parse::<u32>().map_or_else(|_| json!(typed), Value::from),
                "amount_cents" | "cost_a_day_cents" => match Cents::read(typed) {
                    Ok(amount) => amount.cents().into(),
                    Err(why) => {
                        faults.push(SheetFault { field, detail: sentence(&why.to_string()) });
                        continue;
                    }
                },
                _ => json!(typed),
            };
            object.insert((*name).to_owned(), value);
        }
        (object.into(), faults)
    }

    /// The fields as the body of a form.
    pub(crate) fn to_body(&self) -> String {
        let own = form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.own).finish();
        let parts = [self.question.to_body(), own];
        parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join("&")
    }
}

/// Whether `name` is a field of the worksheet.
fn is_own(name: &str) -> bool {
    let of_line = |kind: &str, parts: &[(&str, &str)]| {
        let rest = name.strip_prefix(kind).and_then(|rest| rest.strip_prefix('-'));
        let digits = rest.map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
        rest.and_then(|rest| rest.split_at_checked(digits)).is_some_and(|(line, part)| {
            let is_line =
                line.parse::<usize>().is_ok_and(|number| (1..=MOST_LINES).contains(&number) && number.to_string() == line);
            is_line && parts.iter().any(|(known, _)| *known == part)
        })
    };
    of_line("item", &ITEM) || of_line("party", &PARTY) || ALTERNATIVE.iter().any(|(known, _)| *known == name)
}

/// The id of the control that an error at `pointer` is about.
fn field_of(pointer: &str, items: &[usize], parties: &[usize]) -> String {
    let mut steps = pointer.split('/').skip(1);
    let (list, index, name) =
        (steps.next().unwrap_or_default(), steps.next().unwrap_or_default(), steps.next().unwrap_or_default());
    let line = |lines: &[usize]| index.parse::<usize>().ok().and_then(|at| lines.get(at).copied()).unwrap_or(1);
    let part = |parts: &[(&'static str, &str)], wanted: &str| {
        parts.iter().find(|(_, known)| *known == wanted).map_or("", |(part, _)| *part)
    };
    match list {
        "commitments" => format!("party-{}{}", line(parties), part(&PARTY, name)),
        "alternative" => part(&ALTERNATIVE, index).to_owned(),
        _ => format!("item-{}{}", line(items), part(&ITEM, name)),
    }
}

fn in_words(error: &FieldError) -> String {
    let hint = match error.code {
        // The hints of the API name its fields.
        "missing" | "out_of_range" => None,
        "compliance_not_signed" => Some("Mark that compliance has signed, or take back that it is agreed.".to_owned()),
        _ => error.hint.as_deref().map(sentence),
    };
    let detail = match (error.code, error.pointer.as_str()) {
        ("missing", "/items") => "Add at least one item with its cost.".to_owned(),
        _ => sentence(&error.detail),
    };
    [Some(detail), hint].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(body: &str) -> PlanForm {
        PlanForm::of(&CodedForm::read(body.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn lines_are_read_by_number_and_kept_whole() {
        let body = "near=64108&service=home_infusion&item-2=infusion_drug&item-2-amount=$5,000&party-4=patient&party-4-amount=1000.50&party-4-agreed=yes";
        let read = form(body);
        assert_eq!((read.question.one("near"), read.lines("item"), read.lines("party")), ("64108", vec![2], vec![4]));
        let sheet = read.worksheet().unwrap().unwrap();
        assert_eq!((sheet.total().cents(), sheet.agreed().cents(), sheet.balance().cents()), (500_000, 100_050, 399_950));
        assert_eq!(form(&read.to_body()).worksheet(), Ok(Some(sheet)));
        assert_eq!(form("near=64108").worksheet(), Ok(None));
    }

    #[test]
    fn every_fault_names_its_control() {
        let body = "item-3=infusion_drug&item-3-label=for+Jane&item-3-amount=5.5&party-2=agency&party-2-amount=500&party-2-agreed=yes\
                    &party-5-amount=1&days=500&day-cost=1";
        let faults = form(body).worksheet().unwrap_err();
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["item-3-amount", "party-5", "days", "item-3-label", "party-2-agreed"]);
        let faults = form("party-1=patient&party-1-amount=5").worksheet().unwrap_err();
        assert_eq!(faults[0].field, "item-1");
    }

    #[test]
    fn a_field_that_is_none_or_is_repeated_is_refused() {
        for body in ["item-0=x", "item-31=x", "item-01=x", "item-1-price=x", "party-1-to=x", "item-1=x&item-1=y"] {
            assert!(matches!(PlanForm::of(&CodedForm::read(body.as_bytes()).unwrap()), Err(Problem::Invalid(_))), "{body}");
        }
    }
}
