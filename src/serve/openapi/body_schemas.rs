//! Bodies without a type: the lines of a batch, what an EHR sends and receives, and readiness.

use serde_json::json;
use utoipa::openapi::schema::{
    AnyOfBuilder, ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, SchemaFormat, SchemaType, Type,
};

use crate::discharge::MOST_SHOWN;
use crate::discharge::request::MatchRequest;
use crate::input::schema::with_keyword;
use crate::serve::cds_hooks::call::MOST_CARDS;
use crate::serve::http::problem::problem_json::ProblemJson;
use crate::serve::json::readiness::{ReadyInFullJson, ReadyJson};
use crate::serve::json::report::AnswerJson;
use crate::serve::json::saved_answer::{SavedMatchJson, VERSION};
use crate::serve::openapi::enums;
use crate::serve::openapi::schema_builder::{bodies, closed, given, optional, text, the, unread};
use crate::service::Service;

bodies! {
    /// Answers to a batch, one per line.
    BatchLines: batch_lines(), with [BatchLine];
    /// One line of the answer to a batch.
    BatchLine: batch_line(), with [BatchAnswer, BatchProblem];
    /// A line of the answer, for a question that was answered.
    BatchAnswer: batch_answer(), with [AnswerJson<'static>];
    /// A line of the answer, for a question that was not answered.
    BatchProblem: batch_problem(), with [ProblemJson<'static>];
    /// A saved answer, or a question with its earlier answer.
    DifferencesAsked: differences_asked(), with [SavedAnswerBody, SavedBundleBody, QuestionWithAnswerBody];
    /// A saved answer.
    SavedAnswerBody: saved_answer(), with [SavedMatchJson];
    /// Saved answers for several services.
    SavedBundleBody: saved_bundle(), with [SavedAnswerBody];
    /// A question with its earlier answer.
    QuestionWithAnswerBody: question_with_answer(), with [MatchRequest, SavedAnswerBody, SavedBundleBody];
    /// A CDS Hooks call.
    DischargeCall: call(), with [];
    /// A CDS Hooks call with selected orders.
    OrderSelectCall: order_select_call(), with [];
    /// A CDS Hooks call with orders that are to be signed.
    OrderSignCall: order_sign_call(), with [];
    /// Feedback on cards.
    CardFeedback: feedback(), with [enums::CardOutcome];
    /// How many cards were counted.
    FeedbackCounted: counted(), with [];
    /// The available services.
    CdsServices: services(), with [];
    /// The readiness of the server.
    ReadyAnswer: ready(), with [ReadyJson<'static>, ReadyInFullJson<'static>];
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

fn differences_asked() -> AnyOfBuilder {
    let says = "A saved answer, or a question with its earlier answer.";
    AnyOfBuilder::new()
        .item(the::<SavedAnswerBody>())
        .item(the::<SavedBundleBody>())
        .item(the::<QuestionWithAnswerBody>())
        .description(Some(says))
}

fn saved_answer() -> ObjectBuilder {
    let matches = ArrayBuilder::new().items(the::<SavedMatchJson>()).max_items(Some(MOST_SHOWN as usize));
    given(Type::Object, "An answer of `POST /v1/matches`. What is not compared is not read.")
        .property("question", given(Type::Object, "The question as it was understood."))
        .required("question")
        .property("matches", matches.description(Some("The first matches.")))
        .required("matches")
}

fn saved_bundle() -> ObjectBuilder {
    let reports = ArrayBuilder::new().items(the::<SavedAnswerBody>()).min_items(Some(1)).max_items(Some(Service::ALL.len()));
    let bundle = given(Type::Object, "The answers.")
        .property("reports", reports.description(Some("One for each service.")))
        .required("reports");
    let version = given(Type::Integer, "The version of the file; absent in an answer.").enum_values(Some([VERSION]));
    given(Type::Object, "A saved file, or an answer for several services.")
        .property("saved_answer", version)
        .property("bundle", bundle)
        .required("bundle")
}

fn question_with_answer() -> ObjectBuilder {
    let answer = AnyOfBuilder::new().item(the::<SavedAnswerBody>()).item(the::<SavedBundleBody>());
    closed("A question and its earlier answer, for a question that the answer does not hold completely.")
        .property("question", the::<MatchRequest>())
        .required("question")
        .property("answer", answer.description(Some("The earlier answer.")))
        .required("answer")
}

fn numbered(says: &str) -> ObjectBuilder {
    given(Type::Object, says)
        .property(
            "line",
            given(Type::Integer, "The line of the question, counted from 1, including blank lines.").minimum(Some(1)),
        )
        .required("line")
        .property("id", line_id())
        .property("status", given(Type::Integer, "The HTTP status that the question alone would get."))
        .required("status")
}

fn line_id() -> ObjectBuilder {
    let holds = SchemaType::from_iter([Type::String, Type::Integer]);
    ObjectBuilder::new().schema_type(holds).description(Some("The `id` of the question; absent if it has none."))
}

fn call() -> ObjectBuilder {
    let context = given(
        Type::Object,
        "The encounter. Its id is compared with that of orders; the other fields must be present and are not read.",
    )
    .property("userId", text("The user of the EHR."))
    .required("userId")
    .property("patientId", text("The patient."))
    .required("patientId")
    .property("encounterId", text("The encounter."))
    .required("encounterId");
    enveloped("A call of the hook `encounter-discharge` (CDS Hooks 2.0).", &["encounter-discharge"], context)
}

fn order_select_call() -> ObjectBuilder {
    let selections = ArrayBuilder::new().items(given(Type::String, "An id such as `ServiceRequest/1`."));
    let context =
        orders().property("selections", selections.description(Some("The selected orders."))).required("selections");
    enveloped("A call of `order-select` (CDS Hooks 2.0).", &["order-select"], context)
}

fn order_sign_call() -> ObjectBuilder {
    enveloped("A call of `order-sign` (CDS Hooks 2.0).", &["order-sign"], orders())
}

/// The context of a call with orders.
fn orders() -> ObjectBuilder {
    given(Type::Object, "The orders.")
        .property("userId", text("The user of the EHR."))
        .required("userId")
        .property("patientId", text("The patient."))
        .required("patientId")
        .property("encounterId", unread("The encounter: accepted and not read."))
        .property("draftOrders", given(Type::Object, "A FHIR Bundle of the orders that are not signed yet."))
        .required("draftOrders")
}

/// A call; fields that the standard does not name are read over.
fn enveloped(says: &str, hooks: &[&str], context: ObjectBuilder) -> ObjectBuilder {
    given(Type::Object, says)
        .property("hook", given(Type::String, "The hook.").enum_values(Some(hooks.to_vec())))
        .required("hook")
        .property("hookInstance", text("The id of the call."))
        .required("hookInstance")
        .property("context", context)
        .required("context")
        .property(
            "prefetch",
            optional(
                Type::Object,
                "What `GET /cds-services` asks for, as FHIR R4 resources; 412 if no card can be made without what is missing.",
            ),
        )
        .property("fhirServer", unread("Accepted and not read."))
        .property("fhirAuthorization", unread("Accepted and not read."))
        .property("extension", unread("Accepted and not read."))
}

fn feedback() -> ObjectBuilder {
    let format = |known: SchemaFormat, says: &str| given(Type::String, says).format(Some(known));
    let entry = closed("Feedback on one card.")
        .property("card", format(SchemaFormat::Custom("uuid".to_owned()), "The card, by its uuid."))
        .required("card")
        .property("outcome", the::<enums::CardOutcome>())
        .required("outcome")
        .property("outcomeTimestamp", format(SchemaFormat::KnownFormat(KnownFormat::DateTime), "The time of the feedback."))
        .required("outcomeTimestamp")
        .property(
            "overrideReason",
            unread("Why it was overridden: a `reason.code` of the card is counted as such, everything else as other."),
        )
        .property("acceptedSuggestions", unread("Accepted and not read."))
        .property("extension", unread("Accepted and not read."));
    let entries = ArrayBuilder::new()
        .items(entry)
        .min_items(Some(1))
        .max_items(Some(MOST_CARDS))
        .description(Some("The feedback on each card."));
    closed("Feedback on cards (CDS Hooks 2.0).")
        .property("feedback", entries)
        .required("feedback")
        .property("extension", unread("Accepted and not read."))
}

fn counted() -> ObjectBuilder {
    given(Type::Object, "How many cards were counted.")
        .property("counted", given(Type::Integer, "How many.").minimum(Some(0)))
        .required("counted")
}

fn services() -> ObjectBuilder {
    let word = |says: &str| given(Type::String, says);
    let prefetch = given(Type::Object, "What to send with a call: a template for each key.")
        .additional_properties(Some(word("A template.")));
    let service = given(Type::Object, "A service (CDS Hooks 2.0).")
        .property("hook", word("The hook it supports."))
        .required("hook")
        .property("id", word("Its id, the last segment of its path."))
        .required("id")
        .property("title", word("Its name."))
        .required("title")
        .property("description", word("What it does."))
        .required("description")
        .property("prefetch", prefetch)
        .required("prefetch")
        .property("usageRequirements", word("Its requirements."))
        .required("usageRequirements");
    given(Type::Object, "The available services.")
        .property("services", ArrayBuilder::new().items(service))
        .required("services")
}

fn ready() -> AnyOfBuilder {
    let says = "Readiness: in brief, or with `?verbose` in full.";
    AnyOfBuilder::new().item(the::<ReadyJson<'_>>()).item(the::<ReadyInFullJson<'_>>()).description(Some(says))
}
