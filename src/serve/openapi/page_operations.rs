//! What the operations of all pages have in common: their answers are for people.

use utoipa::openapi::path::Operation;
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, Ref, Type};
use utoipa::openapi::{ContentBuilder, RefOr, Required, ResponseBuilder};

use crate::screens::input_table::input_named;
use crate::serve::http::route::{Route, RouteAccess, RouteAudience, RouteMethod};
use crate::serve::openapi::about::PAGES;
use crate::serve::openapi::forms::{FORM, html};
use crate::serve::openapi::header_docs::header;
use crate::serve::openapi::schema_builder::{closed, given};
use crate::serve::pages::form::{
    HEARD, HEARD_LIMITS, MEANINGS, MOST_TICKS, OTHER, REPEATED, SCREENS, longest, question_fields,
};

/// `operation` with what every page has: an HTML answer, a form if it is posted, and possibly a
/// redirect.
pub(crate) fn complete(route: &Route, mut operation: Operation) -> Operation {
    if route.policy.audience != RouteAudience::Person {
        return operation;
    }
    if operation.tags.as_ref().is_none_or(Vec::is_empty) {
        operation.tags = Some(vec![PAGES.to_owned()]);
    }
    let summary = operation.summary.clone().unwrap_or_default();
    let responses = &mut operation.responses.responses;
    if !responses.contains_key("200") {
        let page = ContentBuilder::new().schema(Some(html())).build();
        responses
            .insert("200".to_owned(), ResponseBuilder::new().description(summary).content("text/html", page).build().into());
    }
    // A browser that is not signed in is redirected to the sign-in page, and from there back to the
    // page.
    if route.method == RouteMethod::Get && route.policy.access != RouteAccess::Open {
        let elsewhere = ResponseBuilder::new().description("The browser is redirected to another page.").build();
        responses.insert("303".to_owned(), elsewhere.into());
    }
    if let Some(RefOr::T(elsewhere)) = responses.get_mut("303") {
        elsewhere.headers.insert("Location".to_owned(), RefOr::Ref(header("Location")));
    }
    // A page that declares its own body takes an upload.
    if route.method == RouteMethod::Post && operation.request_body.is_none() {
        let form = ContentBuilder::new().schema(Some(Ref::from_schema_name("Form"))).build();
        operation.request_body =
            Some(RequestBodyBuilder::new().content(FORM, form).required(Some(Required::True)).build().into());
    }
    operation
}

/// The fields of the forms of the pages; each page reads those it knows.
pub(crate) fn form() -> ObjectBuilder {
    let fields = question_fields().chain(OTHER);
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
        "near" => "A ZIP code, or a city and its state.",
        "service" => "A service's code; several make one plan.",
        "coverage" => "A plan's name, `Medicare`, `Medicaid SC`, `self pay`; empty if unknown.",
        "search_anyway" => "The name typed as coverage, to search with it although the directory has no such plan.",
        "need_words" => "Needs in words, separated by commas.",
        name if MEANINGS.contains(&name) => {
            "The choice for a word of `need_words` that may mean several needs: a need's code, `language` or `ask` (by phone), then a colon and the word."
        }
        "need" => "A need's code, required.",
        "prefer" => "A need's code, preferred.",
        "age" => "Whole years.",
        "weight_lb" => "Pounds.",
        "doses_a_day" => "Infusion doses per day.",
        "start_within_hours" => "Hours from the referral to the start of care.",
        "drug_cost_a_day" => "What the patient's medications cost a day, in whole dollars.",
        "eligible" => "A group the patient belongs to: `veterans`, `religious` or `residents`.",
        "sex" => "`female` or `male`.",
        "language" => "A language by name or code.",
        "on" => "The discharge date, such as 2026-11-30.",
        "within" => "The radius, in miles.",
        "limit" => "Matches per page.",
        "cursor" => "The cursor of the next page.",
        "change" => {
            "A change of the question: `drop:weight_lb`, `drop:need:resp.vent`, `prefer:resp.vent`, `require:resp.vent`."
        }
        "tier" => "The tier to show, alone: a code such as `ask_provider`.",
        "provider" => "A provider by id, number or name.",
        "pick" => "A provider's id, selected from the answer.",
        "order" => "The order of a choice list: `distance` or `name`.",
        "list_language" => "The language of a choice list: `en` or `es`.",
        "patient_asked" => {
            "`yes` if the patient asked to see the selected providers first; without it a choice list ignores the selection."
        }
        "teaching_sheets" => "`yes` for a teaching sheet about each service behind the choice list.",
        "id" => "The number of a choice list or a network-gap packet.",
        "as" if cfg!(feature = "pdf") => {
            "The format of a choice list or packet: `html`, `pdf` or `json`, of a packet also `csv`."
        }
        "as" => "The format of a choice list or packet: `html` or `json`, of a packet also `csv`.",
        "plan_kind" => {
            "The kind of the plan that a packet is for: `medicare_advantage`, `medicaid_managed`, `marketplace` or `other`."
        }
        "key" => "An API key with the scope `pages`, to sign in with.",
        "to" => "The page to go to after signing in.",
        name if HEARD.contains(&name) => {
            "A question of the call sheet and its answer: `need:resp.vent=yes`, `coverage=no`; `coverage=unknown` withdraws an answer."
        }
        name if HEARD_LIMITS.contains(&name) => {
            "What the provider says its limit is, a whole number; empty withdraws an answer."
        }
        "heard_room" => "Whether there is room: `room` or `no_room`.",
        "heard_day" => "The day room begins, or the last day without it.",
        "heard_call" => "That nobody answered: `no_answer` or `left_message`.",
        "heard_by" => "The role of the person at the provider who answered.",
        "heard_unit" => "The unit of the hospital that asked.",
        "ehr" => "What an EHR sent and was not understood, in codes.",
        "handle" => "The token of the link of a card.",
        "version" => "The version of the records that the page shows.",
        "confirm" => "A need, limit or condition to ask providers about.",
        "call" => "The id of a provider to ask about it.",
        SCREENS => "`yes` to show the rules about the right level of care.",
        // The other fields are facts for these rules.
        name => input_named(name).map_or("", |input| &input.question),
    }
}
