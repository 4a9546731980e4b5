//! An error of a form, with the corrections offered.

/// One error of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormError {
    /// The field's name, which is the id of its control; `None` if the error has no single field.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub detail: String,
    /// How to correct it.
    pub hint: Option<String>,
    /// Corrections to choose from.
    pub offers: Vec<FormFix>,
}

/// One correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormFix {
    /// The label.
    pub label: String,
    /// The field to set; `need` is added to the checked needs.
    pub field: &'static str,
    /// The value; empty removes the field.
    pub value: String,
}

impl FormError {
    /// An error of `field` without a hint or corrections.
    pub(crate) fn of(field: &'static str, detail: impl Into<String>) -> Self {
        Self { field: Some(field), detail: detail.into(), hint: None, offers: Vec::new() }
    }

    /// The same with a hint how to correct it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with values for its field to choose from.
    #[must_use]
    pub(crate) fn offering(mut self, values: impl IntoIterator<Item = String>) -> Self {
        let field = self.field.unwrap_or_default();
        self.offers.extend(values.into_iter().map(|value| FormFix { label: value.clone(), field, value }));
        self
    }
}

/// `text` with a capital at its start and a period at its end.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
