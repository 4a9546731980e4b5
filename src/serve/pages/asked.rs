//! From what was typed into the form to a question, or every field that is wrong with the place to mend it.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::form::Form;
use crate::catalog::Catalog;
use crate::discharge::{FieldError, Question, Remark};
use crate::serve::answer;

/// A question as it was understood.
#[derive(Debug)]
pub struct Asked {
    /// The discharge, one for the one service of the form.
    pub question: Question,
    /// What the asker should know of how it was read.
    pub remarks: Vec<Remark>,
}

/// One wrong field of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field's name, which is the id of its control; `None` where no single one is at fault.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub detail: String,
    /// How to mend it.
    pub hint: Option<String>,
}

/// Reads the question of `form` in the words of `catalog`.
///
/// # Errors
/// Every field that is wrong.
pub fn asked(form: &Form, catalog: &Catalog, today: Date) -> Result<Asked, Vec<Fault>> {
    let raw = Value::Object(raw(form));
    let read = answer::read(catalog, &raw, today);
    read.map(|(question, remarks)| Asked { question, remarks })
        .map_err(|errors| errors.into_iter().map(fault).collect())
}

fn raw(form: &Form) -> Map<String, Value> {
    let mut raw = Map::new();
    raw.insert("service".to_owned(), form.one("service").into());
    raw.insert("near".to_owned(), json!({"zip": form.one("near")}));
    if !form.one("coverage").is_empty() {
        raw.insert("coverage".to_owned(), json!({"plan": form.one("coverage")}));
    }
    let needs: Vec<&str> = form.all("need").collect();
    raw.insert("needs".to_owned(), json!(needs));
    raw
}

fn fault(error: FieldError) -> Fault {
    Fault { field: None, detail: error.detail, hint: error.hint }
}
