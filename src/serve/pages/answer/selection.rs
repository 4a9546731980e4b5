//! What was ticked on other pages of the answer: named, so that no list holds a place nobody remembers choosing.

use crate::catalog::Catalog;
use crate::matching::report::Report;
use crate::phrases;
use crate::serve::pages::form::SubmittedForm;

/// A place ticked on another page.
#[derive(Debug)]
pub(crate) struct OffPageSelection {
    /// Its id, as it was ticked.
    pub id: String,
    /// Name and town; the id where the directory has no such provider.
    pub name: String,
}

/// Those ticked in `form` that are not on the page of `report`, each once.
pub(crate) fn elsewhere(catalog: &Catalog, form: &SubmittedForm, report: &Report) -> Vec<OffPageSelection> {
    let mut ids: Vec<&str> = Vec::new();
    for id in form.all("pick") {
        let is_here = report.matches.iter().any(|found| found.provider.id.as_str() == id);
        if !is_here && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids.into_iter().map(|id| OffPageSelection { id: id.to_owned(), name: named(catalog, id) }).collect()
}

/// Name and town of the provider of that id; the id where the directory has none.
pub(crate) fn named(catalog: &Catalog, id: &str) -> String {
    let provider = id.parse().ok().and_then(|id| catalog.provider_of(&id));
    provider.map_or_else(|| id.to_owned(), |provider| phrases::name_and_town(&provider))
}
