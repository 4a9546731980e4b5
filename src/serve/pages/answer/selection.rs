//! Providers selected on other pages of the answer, by name, so that the user sees every provider that a list will hold.

use crate::catalog::Catalog;
use crate::matching::report::Report;
use crate::phrases;
use crate::serve::pages::form::SubmittedForm;

/// A provider selected on another page.
#[derive(Debug)]
pub(crate) struct OffPageSelection {
    /// Its id, as selected.
    pub id: String,
    /// Name and town; the id where the directory has no such provider.
    pub name: String,
}

/// The providers selected in `form` that are not on the page of `reports`, without duplicates.
pub(crate) fn elsewhere(catalog: &Catalog, form: &SubmittedForm, reports: &[Report]) -> Vec<OffPageSelection> {
    let mut ids: Vec<&str> = Vec::new();
    for id in form.all("pick") {
        let is_here = reports.iter().flat_map(|report| &report.matches).any(|found| found.provider.id.as_str() == id);
        if !is_here && !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids.into_iter().map(|id| OffPageSelection { id: id.to_owned(), name: named(catalog, id) }).collect()
}

/// Name and town of the provider with that id; the id itself if the directory has none.
pub(crate) fn named(catalog: &Catalog, id: &str) -> String {
    let provider = id.parse().ok().and_then(|id| catalog.provider_of(&id));
    provider.map_or_else(|| id.to_owned(), |provider| phrases::name_and_town(&provider))
}
