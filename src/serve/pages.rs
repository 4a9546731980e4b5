//! The pages: what a case manager sees in a browser. Every page works with scripts off, and none asks another host for anything.
//!
//! A question is the body of a POST, so it stands in no URL; pages that hold one are never stored. Links to pages without a question
//! are plain. A page is a struct of ready-to-print fields with one template; nothing is decided in a template.

use crate::serve::http::route_builder::RouteBuilder;

pub(crate) mod answer;
pub(crate) mod ask;
pub(crate) mod assets;
pub(crate) mod choice_list;
pub(crate) mod compare;
pub(crate) mod directory;
pub(crate) mod export;
pub(crate) mod form;
pub(crate) mod form_parsing;
pub(crate) mod html;
pub(crate) mod layout;
pub mod map;
pub(crate) mod problem;
pub(crate) mod provider;
pub(crate) mod session;

pub(crate) use crate::serve::pages::layout::in_session;
pub(crate) use crate::serve::pages::problem::page as problem_page;
pub(crate) use crate::serve::pages::session::is_session;
pub(crate) use crate::serve::pages::session::to_sign_in;

/// Every page.
pub(crate) fn routes(builder: RouteBuilder) -> RouteBuilder {
    builder
        // The question and its answer, on one page; and what can be had of the answer.
        .get("/", ask::form)
        .post("/", ask::answer)
        .post("/what-about", ask::explain_provider::page)
        .post("/call-sheet", ask::call_sheet::page)
        .post("/suggest/plans", ask::autocomplete::plans)
        .post("/suggest/providers", ask::autocomplete::providers)
        .post("/export/csv", export::csv)
        .post("/export/xlsx", export::xlsx)
        // The patient's list.
        .get("/choice-list", choice_list::find)
        .post("/choice-list", choice_list::make)
        .post("/choice-list/again", choice_list::again)
        // The directory: one provider, several side by side, and what it was made from.
        .get("/providers/{id}", provider::page)
        .post("/compare", compare::page)
        .get("/directory", directory::page)
        // Who sits in front of the browser.
        .get("/sign-in", session::form)
        .post("/sign-in", session::begin)
        .post("/sign-out", session::end)
        // What pages are drawn with.
        .get("/assets/{name}", assets::asset)
}
