//! The summary of what is wrong, on top of the page: a link to each field, and what would mend it.

use crate::input::errors::MOST_TOLD;
use crate::serve::pages::form::{QUESTION, SubmittedForm};
use crate::serve::pages::form_parsing::form_error::{FormError, FormFix};

/// How many buttons a page offers to mend a question with: each carries the whole question. Our choice.
const MOST_WAYS_OUT: usize = 30;

/// Everything wrong with a question.
#[derive(Debug)]
pub(crate) struct ErrorList {
    /// How many things.
    pub title: String,
    /// Each of them, or the first [`MOST_TOLD`].
    pub lines: Vec<ErrorRow>,
    /// How many are only counted.
    pub more: usize,
}

/// One thing that is wrong.
#[derive(Debug)]
pub(crate) struct ErrorRow {
    /// The id of the control, where one is at fault.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub detail: String,
    /// How to mend it.
    pub hint: Option<String>,
    /// The whole question with one thing set otherwise, each to be sent by one button.
    pub ways_out: Vec<FixButton>,
}

/// A button that asks the question again with one field set.
#[derive(Debug)]
pub(crate) struct FixButton {
    /// What the button says.
    pub label: String,
    /// The fields of the question.
    pub hidden: HiddenField,
}

/// Fields a form sends that nobody sees, by name and value.
pub(crate) type HiddenField = Vec<(String, String)>;

/// The question of `form` as hidden fields, in the order of the form: one question is the same bytes, whatever page it comes from.
pub(crate) fn hidden(form: &SubmittedForm) -> HiddenField {
    let mut fields: HiddenField = form.question().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    fields.sort_by_key(|(name, _)| QUESTION.iter().position(|known| known == name));
    fields
}

/// The question of `form` and what was ticked, as hidden fields.
pub(crate) fn hidden_with_ticks(form: &SubmittedForm) -> HiddenField {
    let ticked = form.all("pick").map(|pick| ("pick".to_owned(), pick.to_owned()));
    hidden(form).into_iter().chain(ticked).collect()
}

impl ErrorList {
    /// What `faults` says of `form`.
    pub(crate) fn of(form: &SubmittedForm, faults: &[FormError]) -> Self {
        let title = match faults.len() {
            1 => "One thing to mend".to_owned(),
            several => format!("{several} things to mend"),
        };
        let mut left = MOST_WAYS_OUT;
        let told = |fault| {
            let line = line(form, fault, left);
            left -= line.ways_out.len();
            line
        };
        let lines = faults.iter().take(MOST_TOLD).map(told).collect();
        Self { title, lines, more: faults.len().saturating_sub(MOST_TOLD) }
    }
}

/// `fault` with at most `most` ways out.
fn line(form: &SubmittedForm, fault: &FormError, most: usize) -> ErrorRow {
    // Needs are ticked at their field, because several may be meant.
    let offers = fault.offers.iter().filter(|offer| offer.field != "need");
    let way_out = |offer: &FormFix| FixButton {
        label: offer.label.clone(),
        hidden: hidden_with_ticks(&form.with(offer.field, &offer.value)),
    };
    ErrorRow {
        field: fault.field,
        detail: fault.detail.clone(),
        hint: fault.hint.clone(),
        ways_out: offers.take(most).map(way_out).collect(),
    }
}
