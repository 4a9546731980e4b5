//! The bodies that are read by hand, as schemas: the question of a ward, and what is asked around it.
//!
//! A question is read field by field in [`crate::discharge`], so that every fault is told at once. What is read there stands here again; a
//! test tries each field and each bound of the schema on the reader.

use serde_json::json;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, OneOfBuilder, Type};

use crate::choice_list::MOST_PICKS;
use crate::discharge::{LONGEST_TEXT, MOST_LANGUAGES, MOST_NEEDS, MOST_PARTS, MOST_SHOWN, SHOWN, WIDEST};
use crate::profile::{MOST_FOR_OUTCOMES, Profile, ScoreComponent};
use crate::query::LONGEST_NAME;
use crate::serve::openapi::enums;
use crate::serve::openapi::schema_builder::{
    bodies, closed, day, given, list, optional, or_null, text, the, the_or_null, whole, with_keyword,
};
use crate::service::{DeliveryMode, Service};

bodies! {
    /// What a ward asks: one discharge.
    Question: question(), with [enums::Service, Near, Coverage, AskedNeed, Patient, OwnWeights];
    /// The middle of the search.
    Near: near(), with [];
    /// Who pays.
    Coverage: coverage(), with [];
    /// A need of the patient.
    AskedNeed: asked_need(), with [enums::Need, enums::Service, enums::Importance];
    /// What limits are checked against.
    Patient: patient(), with [enums::Sex];
    /// Weights of the caller's own.
    OwnWeights: own_weights(), with [];
    /// The body of `POST /v1/explain`.
    ProviderQuestion: provider_question(), with [Question];
    /// The body of `POST /v1/choice-lists`.
    ListWish: list_wish(), with [Question, enums::ListOrder, enums::ListLanguage];
}

fn question() -> ObjectBuilder {
    const SAYS: &str = "One discharge: what is needed, where, who pays. Exactly one of `service` and `services` is given. There is \
                        no field for a name, a birth date, a record number or free text, and a field that is not known is refused. Null is \
                        the same as leaving a field out.";
    // Not oneOf: a generator would make a type of it that has none of the fields.
    let both = json!({"required": ["service", "services"], "properties": {"service": {"type": "string"}, "services": {"type": "array"}}});
    let neither = json!({"properties": {"service": {"type": "null"}, "services": {"type": "null"}}});
    let object = closed(SAYS)
        .property("service", the_or_null::<enums::Service>("What is needed."))
        .property(
            "services",
            list(the::<enums::Service>(), "Several services for one patient, each answered by a report of its own.")
                .min_items(Some(1))
                .max_items(Some(Service::ALL.len()))
                .unique_items(true),
        )
        .property("near", the::<Near>())
        .required("near")
        .property("within_miles", radius())
        .property("coverage", the_or_null::<Coverage>("Who pays; left out, networks are not asked about."))
        .property(
            "needs",
            list(the::<AskedNeed>(), "What the patient needs; none is asked twice.")
                .max_items(Some(MOST_NEEDS))
                .unique_items(true),
        )
        .property("patient", the_or_null::<Patient>("What limits are checked against."))
        .property(
            "discharge_on",
            day("The day availability and network dates are judged on, within a year of today; today when left out."),
        )
        .property("profile", profile())
        .property("limit", whole(1, MOST_SHOWN, "How many matches a page holds.").default(Some(json!(SHOWN))))
        .property("cursor", cursor())
        .property(
            "include",
            list(
                given(Type::String, "A part of the answer.").enum_values(Some(["left_out"])),
                "What else to tell: `left_out` lists each provider that is not on the list, and why.",
            )
            .max_items(Some(MOST_PARTS)),
        );
    with_keyword(object, "not", json!({"anyOf": [both, neither]}))
}

fn radius() -> ObjectBuilder {
    const SAYS: &str = "How far the patient may travel, in miles; by default what `GET /v1/services` tells for the service. Refused where \
                        every service asked for comes to the patient.";
    optional(Type::Number, SAYS).exclusive_minimum(Some(0.0)).maximum(Some(WIDEST))
}

fn cursor() -> ObjectBuilder {
    const SAYS: &str = "The `next_cursor` of the page before, sent with the same question. Good for that question on that night's directory only.";
    optional(Type::String, SAYS).pattern(Some("^[0-9]+-[0-9a-f]{16}$"))
}

fn profile() -> OneOfBuilder {
    let named = given(Type::String, "A published profile, by name.").enum_values(Some(Profile::NAMES));
    or_null()
        .item(named)
        .item(the::<OwnWeights>())
        .description(Some("How the parts of a score weigh; `default` when left out."))
}

fn near() -> OneOfBuilder {
    let zip =
        given(Type::String, "A ZIP code in use; the last four digits are dropped.").pattern(Some("^[0-9]{5}(-?[0-9]{4})?$"));
    let degrees = |most: i32, says: &str| given(Type::Number, says).minimum(Some(-most)).maximum(Some(most));
    let point = closed("A point within 500 miles of a ZIP in use.")
        .property("latitude", degrees(90, "Degrees north."))
        .required("latitude")
        .property("longitude", degrees(180, "Degrees east; those of the mainland are negative."))
        .required("longitude");
    OneOfBuilder::new()
        .item(closed("The middle of a ZIP code.").property("zip", zip).required("zip"))
        .item(point)
        .description(Some("Where care should be: a ZIP, or a latitude and longitude."))
}

fn coverage() -> OneOfBuilder {
    let by = |field: &str, says: &str| {
        let name = text(says).max_length(Some(LONGEST_TEXT));
        closed(says).property(field, name).required(field)
    };
    let program = |codes: &[&str], says: &str| {
        let code = given(Type::String, "The programme.").enum_values(Some(codes.iter().copied()));
        closed(says).property("program", code).required("program")
    };
    let state = given(Type::String, "The two-letter postal code of the state.").pattern(Some("^[A-Za-z]{2}$"));
    OneOfBuilder::new()
        .item(by("plan", "A plan of the directory, by its name or by words that only it has."))
        .item(by("network", "A network of the directory, by its name."))
        .item(by("payer", "A payer of the directory, by its name."))
        .item(program(&["medicare", "self_pay"], "Medicare (not Medicare Advantage, which is a plan), or the patient."))
        .item(program(&["medicaid"], "The Medicaid of a state.").property("state", state).required("state"))
        .description(Some("Who pays: exactly one of a plan, a network, a payer and a programme."))
}

fn asked_need() -> OneOfBuilder {
    let object = closed("A need with how much it matters, and of which services.")
        .property("need", the::<enums::Need>())
        .required("need")
        .property("importance", the_or_null::<enums::Importance>("`required` when left out."))
        .property(
            "services",
            list(the::<enums::Service>(), "Of several services asked for, those it is asked of; all when left out.")
                .max_items(Some(Service::ALL.len())),
        );
    OneOfBuilder::new()
        .item(the::<enums::Need>())
        .item(object)
        .description(Some("A need: its code, which is required, or more about it."))
}

fn patient() -> ObjectBuilder {
    let code = given(Type::String, "Two lower-case letters (ISO 639-1).").pattern(Some("^[a-z]{2}$"));
    closed("Facts of the patient that providers set limits on. None identifies anybody.")
        .property("age", whole(0, 90, "Whole years; 90 stands for 90 and over."))
        .property("weight_lb", whole(1, 1500, "Pounds."))
        .property("doses_a_day", whole(1, 24, "Infusion doses a day."))
        .property("sex", the_or_null::<enums::Sex>("Asked of providers that take one sex only."))
        .property(
            "languages",
            list(code, "The languages the patient speaks; a provider must speak one.").max_items(Some(MOST_LANGUAGES)),
        )
}

fn own_weights() -> ObjectBuilder {
    let weights = |geography: DeliveryMode, says: &str| {
        let parts = ScoreComponent::ALL.into_iter().filter(|part| part.applies_to(geography));
        let most = |part: ScoreComponent| if part == ScoreComponent::Outcomes { MOST_FOR_OUTCOMES } else { 1.0 };
        let weight = |part| optional(Type::Number, "Its share.").minimum(Some(0.0)).maximum(Some(most(part)));
        let object = optional(Type::Object, says);
        let object = object.additional_properties(Some(AdditionalProperties::FreeForm(false)));
        parts.fold(object, |object, part| object.property(part.code(), weight(part)))
    };
    closed("Weights of the caller's own: for services the patient travels to, for those that come, or for both. Each set sums to 1.")
        .property("patient_travels", weights(DeliveryMode::PatientTravels, "Weights for services the patient travels to."))
        .property("provider_comes", weights(DeliveryMode::ProviderComes, "Weights for services that come to the patient."))
        .min_properties(Some(1))
}

fn provider_question() -> ObjectBuilder {
    const PROVIDER: &str = "A provider's id, its CCN or NPI, or its whole name. Of several with one name, the only one that offers the service is meant.";
    closed("One provider, and the discharge it is asked about, which is of one service.")
        .property("discharge", the::<Question>())
        .required("discharge")
        .property("provider", text(PROVIDER).max_length(Some(LONGEST_NAME)))
        .required("provider")
}

fn list_wish() -> ObjectBuilder {
    let id = given(Type::String, "A provider's id.");
    closed("The discharge a list is for, which is of one service, and how it is wanted.")
        .property("discharge", the::<Question>())
        .required("discharge")
        .property(
            "providers",
            list(id, "The providers to list, which must all fit; everybody who fits when left out.")
                .min_items(Some(1))
                .max_items(Some(MOST_PICKS)),
        )
        .property(
            "order",
            the_or_null::<enums::ListOrder>(
                "By default `distance` where the patient travels, `name` where the service comes.",
            ),
        )
        .property("language", the_or_null::<enums::ListLanguage>("English when left out."))
}
