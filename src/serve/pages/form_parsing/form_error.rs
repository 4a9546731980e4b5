//! What is wrong with a form, and what is offered instead.

/// One wrong field of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormError {
    /// The field's name, which is the id of its control; `None` where no single one is at fault.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub detail: String,
    /// How to mend it.
    pub hint: Option<String>,
    /// What would mend it, for the asker to choose from.
    pub offers: Vec<FormFix>,
}

/// One thing that would mend a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormFix {
    /// What people read.
    pub label: String,
    /// The field to set; `need` is ticked besides what is ticked already.
    pub field: &'static str,
    /// What to set it to; empty leaves the field out.
    pub value: String,
}

impl FormError {
    /// What is wrong with `field`, with no way out to tell.
    pub(crate) fn of(field: &'static str, detail: impl Into<String>) -> Self {
        Self { field: Some(field), detail: detail.into(), hint: None, offers: Vec::new() }
    }

    /// The same with how to mend it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with values of its field to choose from, each called as it is.
    #[must_use]
    pub(crate) fn offering(mut self, values: impl IntoIterator<Item = String>) -> Self {
        let field = self.field.unwrap_or_default();
        self.offers.extend(values.into_iter().map(|value| FormFix { label: value.clone(), field, value }));
        self
    }
}

/// `text` with a capital at its start and a full stop at its end.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
