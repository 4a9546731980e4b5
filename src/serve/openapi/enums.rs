//! The closed vocabularies of the API as schemas: every word of a field, from the type that defines
//! them.

use std::borrow::Cow;

use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::coverage::IdentityConfidence;
use crate::matching::report;
use crate::matching::report::AcceptanceVerdict;
use crate::serve::http::problem::ProblemKind;
use crate::{evidence, place, profile, provider, service};

/// Declares a schema for each vocabulary: a string that is one of its words.
macro_rules! words {
    ($(#[doc = $says:literal] $name:ident: $codes:expr;)+) => {$(
        #[doc = $says]
        #[derive(Debug)]
        pub(crate) struct $name;

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
    /// A limit, or another thing of the patient that a provider answers for.
    LimitAsked: service::Limit::ALL.map(service::Limit::code).into_iter().chain(["languages", "sex"]);
    /// No answer is `unknown`: it never excludes a provider and never counts as yes.
    Answer: [evidence::Tristate::Yes, evidence::Tristate::No, evidence::Tristate::Unknown].map(evidence::Tristate::code);
    /// How well a provider fits, best first.
    Fit: report::FitTier::ALL.map(report::FitTier::code);
    /// The result of the answers to all needs.
    Verdict: [AcceptanceVerdict::Accepts, AcceptanceVerdict::Ask, AcceptanceVerdict::Declines].map(AcceptanceVerdict::code);
    /// Whether the plan covers the provider.
    NetworkStatus: [
        report::NetworkStatus::InNetwork,
        report::NetworkStatus::Unconfirmed,
        report::NetworkStatus::PlanNotLoaded,
        report::NetworkStatus::OutOfNetwork,
        report::NetworkStatus::NotAsked,
    ].map(report::NetworkStatus::code);
    /// How certain it is that the provider in the payer's directory is this one.
    Identity: [IdentityConfidence::Sure, IdentityConfidence::OtherLocation, IdentityConfidence::Probable].map(IdentityConfidence::code);
    /// The source of a listing is known to lag behind the payer's own directory.
    Confidence: ["low"];
    /// A part of a score.
    Part: profile::ScoreComponent::ALL.map(profile::ScoreComponent::code);
    /// How close a point is to the place.
    Precision: [
        place::Precision::Address,
        place::Precision::Approximate,
        place::Precision::Zip,
        place::Precision::City,
    ].map(place::Precision::code);
    /// Whether a service that comes to the patient serves the ZIP.
    Serves: ["serves", "does_not_serve", "not_published"];
    /// Whether a service that comes to the patient serves the ZIP, on a choice list.
    ComesTo: ["yes", "no", "not_published"];
    /// Whether a provider may take patients at all.
    Standing: ["open", "closed", "not_certified", "excluded_by_oig"];
    /// The quality measure.
    Measure: MEASURES.map(provider::QualityMeasure::code);
    /// Whether the patient or the provider travels.
    WhoMoves: ["patient_travels", "provider_comes"];
    /// The status of a source for its age.
    AgeStatus: ["current", "old", "undated"];
    /// Whether questions are answered.
    ReadyStatus: ["ready", "no_directory"];
    /// Whether the ledger can be written and read.
    LedgerStatus: ["open", "failing", "not_open"];
    /// Whether a statement is in effect.
    WordStanding: ["holds", "over", "without_effect"];
    /// The feedback on a card.
    CardOutcome: ["accepted", "overridden"];
    /// Why a request was not answered.
    ProblemCode: ProblemKind::codes();
}

/// Every measure.
pub(crate) const MEASURES: [provider::QualityMeasure; 4] = [
    provider::QualityMeasure::NursingHomeOverall,
    provider::QualityMeasure::HomeHealthPatientCare,
    provider::QualityMeasure::HospiceCareIndex,
    provider::QualityMeasure::DialysisFacility,
];
