//! The controls of the worksheet, with what was typed and what is wrong with it.

use crate::serve::pages::ask::fields::FormControl;
use crate::serve::pages::service_plan::plan_form::{PlanForm, SheetFault};
use crate::service_plan::item::PlanItem;
use crate::service_plan::request::MOST_LINES;
use crate::service_plan::worksheet::{CommitmentKind, PlanParty};

/// The lines shown at first. One more than is filled in is always shown.
const ITEMS: usize = 3;
const PARTIES: usize = 5;

/// An option of a selection: the value, the label, and whether it is chosen.
pub(crate) type LineOption = (&'static str, &'static str, bool);

/// The controls of the worksheet.
#[derive(Debug)]
pub(crate) struct SheetFields {
    /// A row for each item.
    pub items: Vec<ItemFields>,
    /// A row for each commitment.
    pub parties: Vec<PartyFields>,
    /// The days of the alternative.
    pub days: FormControl,
    /// What a day costs.
    pub day_cost: FormControl,
}

/// The controls of one item.
#[derive(Debug)]
pub(crate) struct ItemFields {
    /// Its number.
    pub line: usize,
    pub options: Vec<LineOption>,
    pub item: FormControl,
    pub label: FormControl,
    pub amount: FormControl,
}

/// The controls of one commitment.
#[derive(Debug)]
pub(crate) struct PartyFields {
    /// Its number.
    pub line: usize,
    pub parties: Vec<LineOption>,
    pub party: FormControl,
    pub kinds: Vec<LineOption>,
    pub kind: FormControl,
    pub amount: FormControl,
    pub items: Vec<LineOption>,
    pub item: FormControl,
    pub agreed: TickBox,
    pub compliance: TickBox,
    pub outside: TickBox,
}

/// A checkbox and its error.
#[derive(Debug)]
pub(crate) struct TickBox {
    pub is_ticked: bool,
    pub fault: Option<String>,
}

impl SheetFields {
    /// The controls with the values of `form` and the errors `faults`.
    pub(crate) fn of(form: &PlanForm, faults: &[SheetFault]) -> Self {
        let fault = |field: &str| faults.iter().find(|fault| fault.field == field).map(|fault| fault.detail.clone());
        let control = |field: &str| FormControl { value: form.one(field).to_owned(), fault: fault(field) };
        let tick = |field: &str| TickBox { is_ticked: form.one(field) == "yes", fault: fault(field) };
        let item = |line| {
            let field = |part: &str| control(&format!("item-{line}{part}"));
            ItemFields {
                line,
                options: items(&field("").value),
                item: field(""),
                label: field("-label"),
                amount: field("-amount"),
            }
        };
        let party = |line| {
            let field = |part: &str| control(&format!("party-{line}{part}"));
            let ticked = |part: &str| tick(&format!("party-{line}{part}"));
            PartyFields {
                line,
                parties: PlanParty::ALL.map(|party| (party.code(), party.label(), party.code() == field("").value)).to_vec(),
                party: field(""),
                kinds: kinds(&field("-kind").value),
                kind: field("-kind"),
                amount: field("-amount"),
                items: items(&field("-item").value),
                item: field("-item"),
                agreed: ticked("-agreed"),
                compliance: ticked("-compliance"),
                outside: ticked("-outside"),
            }
        };
        Self {
            items: (1..=shown(&form.lines("item"), ITEMS)).map(item).collect(),
            parties: (1..=shown(&form.lines("party"), PARTIES)).map(party).collect(),
            days: control("days"),
            day_cost: control("day-cost"),
        }
    }
}

/// How many lines are shown.
fn shown(used: &[usize], least: usize) -> usize {
    used.last().map_or(least, |last| last + 1).max(least).min(MOST_LINES)
}

fn items(chosen: &str) -> Vec<LineOption> {
    PlanItem::ALL.iter().map(|item| (item.code(), item.label(), item.code() == chosen)).collect()
}

/// Every kind but `pays`, which is that of an empty field.
fn kinds(chosen: &str) -> Vec<LineOption> {
    let others = CommitmentKind::ALL.into_iter().filter(|kind| *kind != CommitmentKind::Pays);
    others.map(|kind| (kind.code(), kind.label(), kind.code() == chosen)).collect()
}
