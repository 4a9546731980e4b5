//! The bodies of what is told between nights and of what an EHR sends, as schemas. They are read by hand too; the same tests hold them.

use serde_json::json;
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, SchemaFormat, Type};

use crate::serve::cds_hooks::call::MOST_CARDS;
use crate::serve::http::problem::problem_json::ProblemJson;
use crate::serve::json::readiness::{ReadyInFullJson, ReadyJson};
use crate::serve::json::report::AnswerJson;
use crate::serve::openapi::enums;
use crate::serve::openapi::schema_builder::{
    bodies, closed, day, given, listed, optional, text, the, the_or_null, unread, whole, with_keyword,
};
use crate::service::Limit;
use crate::statements::parse::{MOST_BEDS, MOST_ROOMS, MOST_STATEMENTS, largest};
use crate::statements::{LONGEST_AVAILABILITY_DAYS, LONGEST_STATEMENT_DAYS, OUTCOME_DAYS};

bodies! {
    /// What a provider says of its room.
    RoomTold: rooms(), with [enums::Service];
    /// What a provider says that it takes.
    StatementsTold: statements(), with [enums::Service, enums::Need];
    /// What became of a referral.
    OutcomeTold: outcome(), with [enums::Service, enums::Reply, enums::DeclinedFor];
    /// Answers to a batch, one on each line.
    BatchLines: batch_lines(), with [BatchLine];
    /// One line of the answer to a batch.
    BatchLine: batch_line(), with [BatchAnswer, BatchProblem];
    /// A line of a question that was answered.
    BatchAnswer: batch_answer(), with [AnswerJson<'static>];
    /// A line of one that was not.
    BatchProblem: batch_problem(), with [ProblemJson<'static>];
    /// The call of a hook.
    DischargeCall: call(), with [];
    /// What became of cards.
    CardFeedback: feedback(), with [enums::CardOutcome];
    /// How many cards were told of.
    FeedbackCounted: counted(), with [];
    /// The services there are.
    CdsServices: services(), with [];
    /// How it stands with the server.
    ReadyAnswer: ready(), with [ReadyJson<'static>, ReadyInFullJson<'static>];
}

fn rooms() -> ObjectBuilder {
    let last = format!("the first day when left out, and at most {LONGEST_AVAILABILITY_DAYS} days ahead.");
    let room = closed("Whether one service has room from one day to another, both included.")
        .property("service", the::<enums::Service>())
        .required("service")
        .property("from", day("The first day; today when left out."))
        .property("until", day(&format!("The last day; {last}")))
        .property("room", given(Type::Boolean, "Whether a patient can be taken."))
        .required("room")
        .property("beds", whole(1, MOST_BEDS, "How many beds or places, where there is room. Shown, never ranked by."));
    closed("Everything a provider says of its room; no two parts of one service speak of the same day.")
        .property("availability", listed(room, MOST_ROOMS, "For which days; an empty list takes back what was said before."))
        .required("availability")
}

fn statements() -> ObjectBuilder {
    let expires = format!("The last day it holds; {LONGEST_STATEMENT_DAYS} days from today when left out, and at most.");
    let said = |says: &str| closed(says).property("service", the::<enums::Service>()).required("service");
    // Null is the same as leaving a field out.
    let nothing = || given(Type::Null, "Is not told of this.");
    let need = said("Whether patients with a need are taken.")
        .property("need", the::<enums::Need>())
        .required("need")
        .property("answer", given(Type::Boolean, "Whether they are."))
        .required("answer")
        .property("limit", nothing())
        .property("value", nothing())
        .property("expires_on", day(&expires));
    let limit = |limit: Limit| {
        let unit = limit.entry().map_or("", |entry| &entry.unit);
        let value = given(Type::Integer, &format!("The number, in {unit}."));
        said("The bound it sets.")
            .property("limit", given(Type::String, "The limit.").enum_values(Some([limit.code()])))
            .required("limit")
            .property("value", value.minimum(Some(0)).maximum(Some(largest(limit))))
            .required("value")
            .property("need", nothing())
            .property("answer", nothing())
            .property("expires_on", day(&expires))
    };
    let statement = Limit::ALL
        .into_iter()
        .fold(OneOfBuilder::new().item(need), |forms, of| forms.item(limit(of)))
        .description(Some("One thing it says: of a need or of a limit."));
    closed("Everything a provider says of what it takes; nothing of one service twice.")
        .property(
            "statements",
            listed(statement, MOST_STATEMENTS, "Each thing it says; an empty list takes back what was said before."),
        )
        .required("statements")
}

fn outcome() -> ObjectBuilder {
    const SAYS: &str = "What became of one referral. There is no field for anything about the patient.";
    closed(SAYS)
        .property("provider", text("The id of the provider that was asked."))
        .required("provider")
        .property("service", the::<enums::Service>())
        .required("service")
        .property(
            "asked_on",
            day(&format!("The day it was asked; today when left out, and at most {OUTCOME_DAYS} days ago.")),
        )
        .property("reply", the::<enums::Reply>())
        .required("reply")
        .property(
            "why",
            the_or_null::<enums::DeclinedFor>("Why it declined; `not_said` when left out. Of a reply of `declined` only."),
        )
}

fn batch_lines() -> ObjectBuilder {
    let lines = given(Type::String, "Lines of JSON, each a `BatchLine`, in the order of the questions.");
    with_keyword(lines, "contentSchema", json!({"$ref": the::<BatchLine>().ref_location}))
}

fn batch_line() -> OneOfBuilder {
    let says = "One line of the answer to a batch.";
    OneOfBuilder::new().item(the::<BatchAnswer>()).item(the::<BatchProblem>()).description(Some(says))
}

fn batch_answer() -> ObjectBuilder {
    numbered("A question that was answered.").property("answer", the::<AnswerJson<'_>>()).required("answer")
}

fn batch_problem() -> ObjectBuilder {
    numbered("A question that was not answered.").property("problem", the::<ProblemJson<'_>>()).required("problem")
}

fn numbered(says: &str) -> ObjectBuilder {
    given(Type::Object, says)
        .property("line", given(Type::Integer, "The line of the question, counted from 1, blank ones too.").minimum(Some(1)))
        .required("line")
        .property("status", given(Type::Integer, "What the question asked alone would be answered with."))
        .required("status")
}

fn call() -> ObjectBuilder {
    let context = given(Type::Object, "Which encounter is meant; none of it is read beyond that it is there.")
        .property("userId", text("Who sits at the EHR."))
        .required("userId")
        .property("patientId", text("The patient."))
        .required("patientId")
        .property("encounterId", text("The encounter."))
        .required("encounterId");
    closed("A call of the hook `encounter-discharge` (CDS Hooks 2.0).")
        .property("hook", given(Type::String, "The hook.").enum_values(Some(["encounter-discharge"])))
        .required("hook")
        .property("hookInstance", text("The id of the call."))
        .required("hookInstance")
        .property("context", context)
        .required("context")
        .property(
            "prefetch",
            optional(
                Type::Object,
                "What `GET /cds-services` asks for, as FHIR R4 resources; 412 where what is missing could have told.",
            ),
        )
        .property("fhirServer", unread("May be sent and is not read."))
        .property("fhirAuthorization", unread("May be sent and is not read."))
        .property("extension", unread("May be sent and is not read."))
}

fn feedback() -> ObjectBuilder {
    let format = |known: SchemaFormat, says: &str| given(Type::String, says).format(Some(known));
    let entry = closed("What became of one card.")
        .property("card", format(SchemaFormat::Custom("uuid".to_owned()), "The card, by its uuid."))
        .required("card")
        .property("outcome", the::<enums::CardOutcome>())
        .required("outcome")
        .property("outcomeTimestamp", format(SchemaFormat::KnownFormat(KnownFormat::DateTime), "When."))
        .required("outcomeTimestamp")
        .property(
            "overrideReason",
            unread(
                "Why it was set aside: of its `reason.code` the card's own reasons are counted, everything else as other.",
            ),
        )
        .property("acceptedSuggestions", unread("May be sent and is not read."))
        .property("extension", unread("May be sent and is not read."));
    let entries = ArrayBuilder::new()
        .items(entry)
        .min_items(Some(1))
        .max_items(Some(MOST_CARDS))
        .description(Some("The feedback on each card."));
    closed("Feedback on cards (CDS Hooks 2.0).")
        .property("feedback", entries)
        .required("feedback")
        .property("extension", unread("May be sent and is not read."))
}

fn counted() -> ObjectBuilder {
    given(Type::Object, "How many cards were told of.")
        .property("counted", given(Type::Integer, "How many.").minimum(Some(0)))
        .required("counted")
}

fn services() -> ObjectBuilder {
    let word = |says: &str| given(Type::String, says);
    let prefetch = given(Type::Object, "What to send with a call, by key: a template each.")
        .additional_properties(Some(word("A template.")));
    let service = given(Type::Object, "A service (CDS Hooks 2.0).")
        .property("hook", word("The hook it answers."))
        .required("hook")
        .property("id", word("Its id, the last step of its path."))
        .required("id")
        .property("title", word("Its name."))
        .required("title")
        .property("description", word("What it does."))
        .required("description")
        .property("prefetch", prefetch)
        .required("prefetch")
        .property("usageRequirements", word("What it needs."))
        .required("usageRequirements");
    given(Type::Object, "The services there are.")
        .property("services", ArrayBuilder::new().items(service))
        .required("services")
}

fn ready() -> AnyOfBuilder {
    let says = "How it stands: in brief, or with `?verbose` in full.";
    AnyOfBuilder::new().item(the::<ReadyJson<'_>>()).item(the::<ReadyInFullJson<'_>>()).description(Some(says))
}
