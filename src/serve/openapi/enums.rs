//! The closed vocabularies of the API as schemas: every word of a field, from the type that defines
//! them.

use std::borrow::Cow;

use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::choice_list::{document, draft, law};
use crate::coverage::{IdentityConfidence, county_standards};
use crate::discharge::screen_values;
use crate::gap_packet::network_standards::StandardsStatus;
use crate::matching::differences::DifferenceKind;
use crate::matching::report;
use crate::matching::report::AcceptanceVerdict;
use crate::matching::requirement::Requirement;
use crate::overlay::{observation_state, statement_terms};
use crate::prior_authorization;
use crate::screens::judgment;
use crate::serve::ehr_codes::UnreadKind;
use crate::serve::http::problem::ProblemKind;
use crate::service_plan::{coverage_table, legal_concern};
use crate::statements::observation::ObservedAnswer;
use crate::statements::{observation_request, provider_invite, referral_request};
use crate::{evidence, hospital, place, profile, provider, service};

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
    /// What a code of an EHR would have said.
    EhrCodeKind: UnreadKind::ALL.map(UnreadKind::code);
    /// What a rule about the level of care gives.
    ScreenResult: judgment::ScreenStatus::ALL.map(judgment::ScreenStatus::code);
    /// What a rule about a time gives.
    DeadlineResult: prior_authorization::DeadlineStatus::ALL.map(prior_authorization::DeadlineStatus::code);
    /// How a time was counted: elapsed hours; calendar days to the same hour; or to noon, the end or the close of business of the day.
    DeadlineCount: prior_authorization::clock::DueReading::ALL.map(prior_authorization::clock::DueReading::code);
    /// The payer that a rule about the level of care was judged for.
    ScreenPayerCode: screen_values::ScreenPayer::ALL.map(screen_values::ScreenPayer::code);
    /// The benefit that a rule names for an item.
    PaidByCode: coverage_table::PaidBy::ALL.iter().map(|paid| paid.code());
    /// How far a rule about an item goes.
    CoverageAnswerCode: coverage_table::CoverageAnswer::ALL.iter().map(|answer| answer.code());
    /// What matters in law about a line of a worksheet.
    ConcernCode: legal_concern::ConcernId::ALL.map(legal_concern::ConcernId::code);
    /// A limit, or another thing of the patient that a provider answers for.
    LimitAsked: service::Limit::ALL.map(service::Limit::code).into_iter().chain(Requirement::CONDITIONS.map(Requirement::code));
    /// No answer is `unknown`: it never excludes a provider and never counts as yes.
    Answer: [evidence::Tristate::Yes, evidence::Tristate::No, evidence::Tristate::Unknown].map(evidence::Tristate::code);
    /// How well a provider fits, best first.
    Fit: report::FitTier::ALL.map(report::FitTier::code);
    /// The result of the answers to all needs.
    Verdict: [AcceptanceVerdict::Accepts, AcceptanceVerdict::Ask, AcceptanceVerdict::Declines].map(AcceptanceVerdict::code);
    /// Whether the plan covers the provider.
    NetworkStatus: report::NetworkStatus::ALL.map(report::NetworkStatus::code);
    /// How certain it is that the provider in the payer's directory is this one.
    Identity: [IdentityConfidence::Sure, IdentityConfidence::OtherLocation, IdentityConfidence::Probable].map(IdentityConfidence::code);
    /// The source of a listing is known to lag behind the payer's own directory.
    Confidence: ["low"];
    /// What has changed about a provider since a saved answer.
    DifferenceCode: DifferenceKind::ALL.map(DifferenceKind::code);
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
    /// Why a choice list is a draft.
    DraftReason: draft::DraftReason::ALL.map(draft::DraftReason::code);
    /// The kind of a hospital, which decides the rules that its choice lists follow.
    HospitalKind: hospital::HospitalKind::ALL.map(hospital::HospitalKind::code);
    /// A Medicare model under which a hospital shares savings or costs.
    SharingModel: hospital::sharing::SharingModel::ALL.map(hospital::sharing::SharingModel::code);
    /// A rule of law that a choice list follows.
    ListRuleCode: law::LegalRule::ALL.map(law::LegalRule::code);
    /// What a section of a choice list or of a letter is.
    ListSectionKind: document::SectionKind::ALL.map(document::SectionKind::code);
    /// A rule of law that a network-gap packet cites.
    GapRuleId: crate::gap_packet::law::GapRuleCode::ALL.map(crate::gap_packet::law::GapRuleCode::code);
    /// What is known of the standards for the network of a Medicare Advantage plan.
    GapStandards: StandardsStatus::ALL.map(StandardsStatus::code);
    /// The type of a county in 42 CFR 422.116(c).
    CountyType: county_standards::CountyType::ALL.map(county_standards::CountyType::code);
    /// Whether a provider may take patients at all.
    Standing: ["open", "closed", "not_certified", "excluded_by_oig"];
    /// What was measured.
    Measure: MEASURES.map(provider::quality::QualityMeasure::code);
    /// Why a rating is missing.
    GapReason: provider::quality::RatingGap::ALL.map(provider::quality::RatingGap::code);
    /// A measure that is shown beside the rating.
    ShownMeasure: provider::quality::SupportingMeasure::ALL.map(provider::quality::SupportingMeasure::code);
    /// How CMS compares a provider with the nation.
    Comparison: provider::quality::NationalComparison::ALL.map(provider::quality::NationalComparison::code);
    /// What is published about safety.
    SafetyCode: provider::safety::SafetyFact::CODES;
    /// What is published about the business behind a provider.
    BusinessCode: provider::business::BusinessFact::CODES;
    /// A group of people that a place is for, to the exclusion of others.
    ServedCode: provider::safety::ServedGroup::ALL.map(provider::safety::ServedGroup::code);
    /// Whether the patient goes there or they come.
    WhoMoves: ["patient_travels", "provider_comes"];
    /// The status of a source for its age.
    AgeStatus: ["current", "old", "undated"];
    /// Whether questions are answered.
    ReadyStatus: ["ready", "no_directory", "stopping", "no_keys"];
    /// Whether the ledger can be written and read.
    LedgerStatus: ["open", "failing", "not_open"];
    /// Whether a statement is in effect.
    WordStanding: ["holds", "over", "without_effect"];
    /// What was recorded as the answer.
    RecordedAnswer: [ObservedAnswer::Value(0), ObservedAnswer::Withdrawn]
        .into_iter()
        .chain(observation_request::ANSWERS)
        .map(ObservedAnswer::code);
    /// Whether an observation counts.
    ObservationState: observation_state::ObservationState::ALL.map(observation_state::ObservationState::code);
    /// What the hospital does next about a referral request.
    NextStep: referral_request::next_step::NextStep::ALL.map(referral_request::next_step::NextStep::code);
    /// Who pays, as far as a question says it.
    UnmetPayer: crate::serve::unmet_needs::UnmetPayer::ALL.map(crate::serve::unmet_needs::UnmetPayer::code);
    /// Why no provider met a question.
    UnmetReason: crate::serve::answer_summary::NoMatchReason::ALL.map(crate::serve::answer_summary::NoMatchReason::code);
    /// Who recorded a state of a referral request.
    RecordedBy: referral_request::ReferralParty::ALL.map(referral_request::ReferralParty::code);
    /// Whether an invite can be used.
    InviteState: provider_invite::InviteState::ALL.map(provider_invite::InviteState::code);
    /// Whether the statements of a provider stand.
    StatementTermState: statement_terms::TermState::ALL.map(statement_terms::TermState::code);
    /// The feedback on a card.
    CardOutcome: ["accepted", "overridden"];
    /// Why a request was not answered.
    ProblemCode: ProblemKind::codes();
}

/// Every measure.
pub(crate) const MEASURES: [provider::quality::QualityMeasure; 5] = provider::quality::QualityMeasure::ALL;
