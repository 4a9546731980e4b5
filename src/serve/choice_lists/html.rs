//! Renders a list as a standalone HTML document.

use askama::Template;

use crate::choice_list::document::{ListBlock, ListDocument};
use crate::serve::http::problem::Problem;

/// The template of the document.
#[derive(Debug, Template)]
#[template(path = "choice_list.html", config = "src/serve/askama.toml")]
struct ChoiceListPage<'a> {
    paper: &'a ListDocument,
}

/// Renders `paper` as HTML.
pub(crate) fn written(paper: &ListDocument) -> Result<Vec<u8>, Problem> {
    let page = ChoiceListPage { paper };
    page.render().map(String::into_bytes).map_err(|error| {
        tracing::error!(%error, "a list could not be written as HTML");
        Problem::Internal
    })
}
