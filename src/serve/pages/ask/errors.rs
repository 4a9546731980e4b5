//! The error summary at the top of the page: a link to each field, and buttons that correct it.

use crate::input::errors::MOST_TOLD;
use crate::serve::pages::form::{SubmittedForm, question_fields};
use crate::serve::pages::form_parsing::form_error::{FormError, FormFix};

/// The most correction buttons on a page: each carries the whole question. Our choice.
const MOST_WAYS_OUT: usize = 30;

/// All errors of a question.
#[derive(Debug)]
pub(crate) struct ErrorList {
    /// The heading, with the number of errors.
    pub title: String,
    /// Each of them, or the first [`MOST_TOLD`].
    pub lines: Vec<ErrorRow>,
    /// How many are not listed.
    pub more: usize,
}

/// One error.
#[derive(Debug)]
pub(crate) struct ErrorRow {
    /// The id of the control, if the error has one.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub detail: String,
    /// How to correct it.
    pub hint: Option<String>,
    /// Buttons that each send the whole question with one field changed.
    pub ways_out: Vec<FixButton>,
}

/// A button that asks the question again with one field set.
#[derive(Debug)]
pub(crate) struct FixButton {
    /// The text of the button.
    pub label: String,
    /// The fields of the question.
    pub hidden: HiddenField,
}

/// Hidden fields of a form, by name and value.
pub(crate) type HiddenField = Vec<(String, String)>;

/// The question of `form` as hidden fields, in the order of the form, so that one question is the same bytes on every page.
pub(crate) fn hidden(form: &SubmittedForm) -> HiddenField {
    let mut fields: HiddenField = form.question().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    fields.sort_by_key(|(name, _)| question_fields().position(|known| known == name));
    fields
}

/// The question of `form` and the selection, as hidden fields.
pub(crate) fn hidden_with_ticks(form: &SubmittedForm) -> HiddenField {
    let ticked = form.all("pick").map(|pick| ("pick".to_owned(), pick.to_owned()));
    hidden(form).into_iter().chain(ticked).collect()
}

impl ErrorList {
    /// The errors `faults` of `form`.
    pub(crate) fn of(form: &SubmittedForm, faults: &[FormError]) -> Self {
        let title = match faults.len() {
            1 => "There is a problem".to_owned(),
            several => format!("There are {several} problems"),
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

/// `fault` with at most `most` buttons.
fn line(form: &SubmittedForm, fault: &FormError, most: usize) -> ErrorRow {
    // Needs are offered at their field as checkboxes, because several may be meant.
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
