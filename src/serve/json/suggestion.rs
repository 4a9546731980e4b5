//! Suggestions as JSON: what to change, and what each change adds.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::matching::report::{SuggestedChange, Suggestion};
use crate::provider::ProviderId;

/// A change of the question that adds providers that meet the requirements.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suggestion)]
pub(crate) struct SuggestionJson<'a> {
    /// The change.
    pub change: ChangeJson,
    /// What it gains.
    pub gains: GainsJson<'a>,
    /// The same in a sentence.
    pub text: &'a str,
}

/// What a change adds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Gains)]
pub(crate) struct GainsJson<'a> {
    /// How many more providers meet the requirements.
    pub meets: u32,
    /// Their ids; to confirm something, the providers to call.
    #[schema(value_type = Vec<String>)]
    pub providers: Vec<&'a str>,
}

/// The one field of the question to change, or the one thing to confirm.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Change)]
pub(crate) enum ChangeJson {
    /// A wider radius.
    WithinMiles(f64),
    /// Another day.
    DischargeOn(Date),
    /// A need or limit to ask about by telephone.
    Confirm(&'static str),
}

impl<'a> From<&'a Suggestion> for SuggestionJson<'a> {
    fn from(suggestion: &'a Suggestion) -> Self {
        let change = match suggestion.change {
            SuggestedChange::WithinMiles(miles) => ChangeJson::WithinMiles(miles),
            SuggestedChange::DischargeOn(date) => ChangeJson::DischargeOn(date),
            SuggestedChange::Confirm(asked) => ChangeJson::Confirm(asked.code()),
        };
        let providers: Vec<&str> = suggestion.providers.iter().map(ProviderId::as_str).collect();
        let meets = u32::try_from(providers.len()).unwrap_or(u32::MAX);
        Self { change, gains: GainsJson { meets, providers }, text: &suggestion.text }
    }
}
