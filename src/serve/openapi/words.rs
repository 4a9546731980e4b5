//! The closed vocabularies of the API as schemas: every word a field may hold, taken from the type that holds it.

use std::borrow::Cow;

use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::problems;
use crate::choice_list::{Language, Order};
use crate::coverage::Link;
use crate::matching::network::Status;
use crate::matching::{acceptance, report};
use crate::serve::piece::identity;
use crate::statement::{self, Why};
use crate::{care, evidence, place, profile, provider};

/// Declares a schema for each vocabulary: a string that is one of its words.
macro_rules! words {
    ($(#[doc = $says:literal] $name:ident: $codes:expr;)+) => {$(
        #[doc = $says]
        #[derive(Debug)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                one_of($says, $codes)
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+};
}

/// A string that is one of `codes`.
fn one_of(says: &str, codes: impl IntoIterator<Item = impl Into<Value>>) -> RefOr<Schema> {
    let word = ObjectBuilder::new().schema_type(Type::String).description(Some(says.trim()));
    word.enum_values(Some(codes)).into()
}

words! {
    /// A kind of post-acute care; `GET /v1/services` tells each in words.
    Service: care::Service::ALL.map(care::Service::code);
    /// A clinical or practical need; `GET /v1/needs` tells each in words.
    Need: care::Need::all().map(care::Need::code);
    /// A number a provider may set a bound on; `GET /v1/needs` tells each in words.
    Limit: care::Limit::ALL.map(care::Limit::code);
    /// A limit, or what else of the patient a provider answers for.
    LimitAsked: care::Limit::ALL.map(care::Limit::code).into_iter().chain(["languages", "sex"]);
    /// Whether a match must meet a need, or it only lifts one.
    Importance: ["required", "preferred"];
    /// Silence is `unknown`: it never excludes and never counts as yes.
    Answer: [evidence::Answer::Yes, evidence::Answer::No, evidence::Answer::Unknown].map(evidence::Answer::code);
    /// How well a provider fits, best first.
    Fit: report::Fit::ALL.map(report::Fit::code);
    /// What the answers to all needs come to.
    Verdict: [acceptance::Verdict::Accepts, acceptance::Verdict::Ask, acceptance::Verdict::Declines].map(acceptance::Verdict::code);
    /// Whether the plan covers the provider.
    NetworkStatus: [
        Status::InNetwork,
        Status::Unconfirmed,
        Status::PlanNotLoaded,
        Status::OutOfNetwork,
        Status::NotAsked,
    ].map(Status::code);
    /// How sure it is that the provider the payer lists is this one.
    Identity: [Link::Sure, Link::OtherLocation, Link::Probable].map(identity);
    /// The source of a listing is known to lag behind the payer's own directory.
    Confidence: ["low"];
    /// A part of a score.
    Part: profile::Part::ALL.map(profile::Part::code);
    /// How close a point stands for the thing.
    Precision: [
        place::Precision::Address,
        place::Precision::Approximate,
        place::Precision::Zip,
        place::Precision::City,
    ].map(place::Precision::code);
    /// Whether a service comes to the ZIP.
    Serves: ["serves", "does_not_serve", "not_published"];
    /// Whether a service comes to the ZIP, on a choice list.
    ComesTo: ["yes", "no", "not_published"];
    /// Whether a provider may take patients at all.
    Standing: ["open", "closed", "not_certified", "excluded_by_oig"];
    /// What was measured.
    Measure: MEASURES.map(provider::Measure::code);
    /// A patient's sex, as providers that take one sex only ask for it.
    Sex: [provider::Sex::Female, provider::Sex::Male].map(provider::Sex::code);
    /// A programme that pays.
    Program: ["medicare", "medicaid", "self_pay"];
    /// Whether the patient goes there or they come.
    WhoMoves: ["patient_travels", "provider_comes"];
    /// A language choice lists are written in.
    ListLanguage: Language::ALL.map(Language::code);
    /// What a choice list is ordered by.
    ListOrder: Order::ALL.map(Order::code);
    /// What the age of a source makes it.
    AgeStatus: ["current", "old", "undated"];
    /// Whether questions are answered.
    ReadyStatus: ["ready", "no_directory"];
    /// Whether the ledger can be written and read.
    LedgerStatus: ["open", "failing", "not_open"];
    /// Whether something said counts.
    WordStanding: ["holds", "over", "without_effect"];
    /// What a provider replied to a referral.
    Reply: [statement::Reply::Accepted, statement::Reply::Declined(Why::Other), statement::Reply::NoReply].map(statement::Reply::code);
    /// Why a referral was declined: `declines:` and a need, `limit:` and a limit, or a word.
    DeclinedFor: reasons();
    /// What became of a card.
    CardOutcome: ["accepted", "overridden"];
    /// Why a request was not answered.
    ProblemCode: problems::codes();
}

/// Every reason a referral may be declined for.
fn reasons() -> impl Iterator<Item = String> {
    let plain = [Why::NoRoom, Why::Coverage, Why::OutsideServiceArea, Why::Other, Why::NotSaid];
    let needs = care::Need::all().map(Why::Need);
    plain.into_iter().chain(needs).chain(care::Limit::ALL.map(Why::Limit)).map(Why::code)
}

/// Every measure.
const MEASURES: [provider::Measure; 4] = [
    provider::Measure::NursingHomeOverall,
    provider::Measure::HomeHealthPatientCare,
    provider::Measure::HospiceCareIndex,
    provider::Measure::DialysisFacility,
];

/// A rating under the name of its measure: `{"overall_star": 4, "source": …}`.
#[derive(Debug)]
pub struct Quality;

impl PartialSchema for Quality {
    fn schema() -> RefOr<Schema> {
        const SAYS: &str =
            "A rating under the name of its measure, and who said it: `{\"overall_star\": 4, \"source\": \"…\"}`.";
        let rating = |measure: provider::Measure| {
            let (low, high) = measure.scale_tenths();
            let scale = ObjectBuilder::new().schema_type(Type::Number);
            scale.minimum(Some(f64::from(low) / 10.0)).maximum(Some(f64::from(high) / 10.0))
        };
        let object = ObjectBuilder::new().schema_type(Type::Object).description(Some(SAYS));
        let object =
            MEASURES.into_iter().fold(object, |object, measure| object.property(measure.code(), rating(measure)));
        super::facts::said(object).into()
    }
}

impl ToSchema for Quality {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Quality")
    }
}
