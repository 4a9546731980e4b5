//! The pages as operations: short, because what they answer is for people.

use utoipa::openapi::path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, Ref, Type};
use utoipa::openapi::{ContentBuilder, Object, Required, ResponseBuilder};

use crate::serve::http::routes::{Route, RouteAccess, RouteMethod};
use crate::serve::openapi::forms::{FORM, html};
use crate::serve::openapi::header_docs::header;
use crate::serve::openapi::schema_builder::{closed, given};
use crate::serve::pages::assets;
use crate::serve::pages::form::{MOST_TICKS, OTHER, QUESTION, REPEATED, longest};

/// One page.
struct PageOperation {
    /// Its operation id.
    id: &'static str,
    /// What it is, in a few words.
    summary: &'static str,
    /// What it answers with, by media type.
    answers: &'static [&'static str],
}

const HTML: &[&str] = &["text/html"];

const fn page(id: &'static str, summary: &'static str) -> PageOperation {
    PageOperation { id, summary, answers: HTML }
}

/// The page of a route; a route nobody has described is told by what the audit calls it.
fn page_of(row: &Route) -> PageOperation {
    match (row.method, row.path) {
        (RouteMethod::Get, "/") => page("page_ask", "The question, empty"),
        (RouteMethod::Post, "/") => page("page_answer", "The question and its answer"),
        (RouteMethod::Post, "/what-about") => page("page_what_about", "Why one provider stands where it stands"),
        (RouteMethod::Post, "/call-sheet") => page("page_call_sheet", "Whom to call and what to ask, for the printer"),
        (RouteMethod::Post, "/suggest/plans") => page("page_suggest_plans", "Plans while somebody types"),
        (RouteMethod::Post, "/suggest/providers") => page("page_suggest_providers", "Providers while somebody types"),
        (RouteMethod::Post, "/export/csv") => {
            PageOperation { id: "export_csv", summary: "The answer as CSV", answers: &["text/csv", "text/html"] }
        }
        (RouteMethod::Post, "/export/xlsx") => {
            PageOperation { id: "export_xlsx", summary: "The answer as a workbook", answers: &[WORKBOOK, "text/html"] }
        }
        (RouteMethod::Get, "/choice-list") => page("page_find_list", "Asks for the number of a choice list"),
        (RouteMethod::Post, "/choice-list") => page("page_make_list", "A new choice list"),
        (RouteMethod::Post, "/choice-list/again") => PageOperation {
            id: "page_list_again",
            summary: "A choice list as it was given before",
            answers: &["text/html", "application/json", "application/pdf"],
        },
        (RouteMethod::Get, "/providers/{id}") => page("page_provider", "One provider with every fact"),
        (RouteMethod::Post, "/compare") => page("page_compare", "Two to five providers side by side"),
        (RouteMethod::Get, "/directory") => {
            page("page_directory", "What the directory was made from, and what changed last night")
        }
        (RouteMethod::Get, "/sign-in") => page("page_sign_in", "Asks for a key"),
        (RouteMethod::Post, "/sign-in") => page("begin_session", "Begins a session"),
        (RouteMethod::Post, "/sign-out") => page("end_session", "Ends a session"),
        (RouteMethod::Get, "/docs") => page("page_docs", "This document, to read"),
        (RouteMethod::Get, "/assets/{name}") => PageOperation {
            id: "asset",
            summary: "What pages are drawn with",
            answers: &["text/css", "text/javascript", "image/svg+xml"],
        },
        _ => page(row.deed, row.deed),
    }
}

const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The operation of a route for people.
pub(crate) fn operation(row: &Route) -> Operation {
    let PageOperation { id, summary, answers } = page_of(row);
    let content = |media_type: &&'static str| (*media_type, ContentBuilder::new().schema(Some(html())).build());
    let response =
        answers.iter().map(content).fold(ResponseBuilder::new().description(summary), |response, (media_type, content)| {
            response.content(media_type, content)
        });
    let tag = if row.path == "/docs" { "document" } else { "pages" };
    let mut operation =
        OperationBuilder::new().tag(tag).operation_id(Some(id)).summary(Some(summary)).response("200", response);
    // A browser that is not signed in is sent to the form, and from there to the page.
    let goes_on = (row.method == RouteMethod::Get && row.needs != RouteAccess::Nothing) || row.deed.starts_with("session.");
    if goes_on {
        let elsewhere = ResponseBuilder::new().description("The browser goes on to another page.");
        operation = operation.response("303", elsewhere.header_ref("Location", header("Location")));
    }
    if row.method == RouteMethod::Post {
        let form = ContentBuilder::new().schema(Some(Ref::from_schema_name("Form"))).build();
        operation = operation
            .request_body(Some(RequestBodyBuilder::new().content(FORM, form).required(Some(Required::True)).build()));
    }
    if row.path == "/sign-in" && row.method == RouteMethod::Get {
        let to = ParameterBuilder::new().name("to").parameter_in(ParameterIn::Query).required(Required::False);
        operation = operation.parameter(to.description(Some(field_says("to"))).schema(Some(Object::with_type(Type::String))));
    }
    let in_path = |name: &str, says: &str, schema: ObjectBuilder| {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True);
        parameter.description(Some(says)).schema(Some(schema))
    };
    let text = || ObjectBuilder::new().schema_type(Type::String);
    if row.path.contains("{id}") {
        let id = text().examples(["ccn:173027"]);
        operation = operation.parameter(in_path("id", "A provider's id, such as `ccn:425003`.", id));
    }
    if row.path.contains("{name}") {
        operation = operation.parameter(in_path("name", "The file.", text().enum_values(Some(assets::names()))));
    }
    operation.build()
}

/// What forms of the pages send; each page reads the fields it knows of.
pub(crate) fn form() -> ObjectBuilder {
    let fields = QUESTION.into_iter().chain(OTHER);
    fields.fold(closed("The fields of a form of the pages."), |form, name| {
        if REPEATED.contains(&name) {
            let one = || ObjectBuilder::new().schema_type(Type::String).max_length(Some(longest(name)));
            let several = ArrayBuilder::new().items(one()).max_items(Some(MOST_TICKS));
            let either = AnyOfBuilder::new().item(one()).item(several);
            form.property(name, either.description(Some(field_says(name))))
        } else {
            form.property(name, given(Type::String, field_says(name)).max_length(Some(longest(name))))
        }
    })
}

/// What a field of a form holds.
fn field_says(name: &str) -> &'static str {
    match name {
        "near" => "A ZIP, or a city and its state.",
        "service" => "A service's code.",
        "coverage" => "A plan's name, `Medicare`, `Medicaid SC`, `self pay`; empty is not asked.",
        "need_words" => "Needs by their words, commas between them.",
        "need" => "A need's code, required.",
        "prefer" => "A need's code, preferred.",
        "age" => "Whole years.",
        "weight_lb" => "Pounds.",
        "doses_a_day" => "Infusion doses a day.",
        "sex" => "`female` or `male`.",
        "language" => "A language by name or code.",
        "on" => "The day of discharge, such as 2026-11-30.",
        "within" => "Miles.",
        "limit" => "Matches on a page.",
        "cursor" => "The page after this one.",
        "provider" => "A provider by id, number or name.",
        "pick" => "A provider's id, chosen from the answer.",
        "order" => "Of a choice list: `distance` or `name`.",
        "list_language" => "Of a choice list: `en` or `es`.",
        "id" => "The number of a choice list.",
        "as" => "The form of a choice list: `html`, `pdf` or `json`.",
        "key" => "An API key with the scope `pages`, to sign in with.",
        "to" => "The page to go to once signed in.",
        "confirm" => "A need or limit that providers are to be asked about.",
        _ => "",
    }
}
