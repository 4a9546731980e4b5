//! An update for a payer as JSON.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::prior_authorization::values::RequestSpeed;
use crate::screens::judgment::ScreenStatus;
use crate::serve::json::screens::ScreenJson;
use crate::serve::openapi::enums;
use crate::serve::payer_updates::content::{AskedOption, NOTICE, PayerUpdate};
use crate::service::Service;
use crate::statements::referral_request::ReferralState;

/// What a payer needs to decide, without the patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PayerUpdate)]
pub(crate) struct PayerUpdateJson<'a> {
    /// When it was written.
    written_at: Timestamp,
    /// The generation of the directory.
    generation: &'a str,
    /// Whether the directory is the invented sample.
    synthetic: bool,
    /// The hospital; null if it has not stated its name.
    #[schema(required)]
    hospital: Option<&'a str>,
    /// The level of care.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The day of the discharge.
    discharge_on: Date,
    /// The payer that the rules were judged for.
    #[schema(value_type = enums::ScreenPayerCode)]
    payer_class: &'static str,
    /// The plan; null if it was not named, or if the directory does not know it.
    #[schema(required)]
    plan: Option<&'a str>,
    /// How fast the payer must decide; null if it was not sent.
    #[schema(required, value_type = Option<RequestSpeed>)]
    request: Option<&'static str>,
    /// How many rules have which result.
    summary: String,
    /// Why this level: the rules that are met, as entered.
    why: Vec<&'a str>,
    /// What each rule gives.
    screens: Vec<ScreenJson<'a>>,
    /// The providers that were asked; null without `referral_request`.
    #[schema(required)]
    options: Option<Vec<AskedOptionJson<'a>>>,
    /// What the update is and is not, to show with it.
    notice: &'static str,
}

/// A provider that was asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AskedOption)]
struct AskedOptionJson<'a> {
    /// Its id in the directory.
    provider: &'a str,
    /// Its name; its id if it has left the directory.
    name: &'a str,
    /// When it was asked.
    asked_at: Timestamp,
    /// Where the request stands.
    #[schema(value_type = ReferralState)]
    state: &'static str,
    /// The code of why it declined or what it needs to know; `declines` for a need that is not named; null without a reason.
    #[schema(required)]
    reason: Option<&'a str>,
    /// The same in words.
    #[schema(required)]
    reason_says: Option<&'a str>,
    /// When the state changed.
    changed_at: Timestamp,
}

impl<'a> PayerUpdateJson<'a> {
    /// `update` as JSON.
    pub(crate) fn new(update: &'a PayerUpdate) -> Self {
        let options = update.options.as_ref().map(|options| options.iter().map(AskedOptionJson::from).collect());
        Self {
            written_at: update.now.timestamp(),
            generation: &update.generation,
            synthetic: update.is_synthetic,
            hospital: update.hospital.as_deref(),
            service: update.service.code(),
            discharge_on: update.discharge_on,
            payer_class: update.payer.code(),
            plan: update.plan.as_deref(),
            request: update.speed.map(RequestSpeed::code),
            summary: update.summary(),
            why: update.with_status(ScreenStatus::Met).map(|entry| entry.why.as_str()).collect(),
            screens: update.screens.iter().map(ScreenJson::from).collect(),
            options,
            notice: NOTICE,
        }
    }
}

impl<'a> From<&'a AskedOption> for AskedOptionJson<'a> {
    fn from(option: &'a AskedOption) -> Self {
        Self {
            provider: &option.provider,
            name: &option.name,
            asked_at: option.asked_at.timestamp(),
            state: option.state.code(),
            reason: option.reason.as_ref().map(|(code, _)| code.as_str()),
            reason_says: option.reason.as_ref().map(|(_, text)| text.as_str()),
            changed_at: option.changed_at.timestamp(),
        }
    }
}
