//! A list for the browser and its printer: a document of its own.

use askama::Template;

use crate::choice_list::paper::{Block, Paper};
use crate::serve::problem::Problem;

/// The recorded document.
#[derive(Debug, Template)]
#[template(path = "choice_list.html", config = "src/serve/askama.toml")]
struct ListPage<'a> {
    paper: &'a Paper,
}

/// `paper` as HTML.
pub(super) fn written(paper: &Paper) -> Result<Vec<u8>, Problem> {
    let page = ListPage { paper };
    page.render().map(String::into_bytes).map_err(|error| {
        tracing::error!(%error, "a list could not be written as HTML");
        Problem::Internal
    })
}
