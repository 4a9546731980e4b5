//! Referral requests as JSON.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::coverage::payer_class::PayerClass;
use crate::overlay::LiveDirectory;
use crate::phrases;
use crate::serve::openapi::enums;
use crate::service::{Limit, Need, Service};
use crate::statements::DeclineReason;
use crate::statements::observation::CoverageField;
use crate::statements::referral_request::record::{AskedProvider, ReferralRequest};
use crate::statements::referral_request::transition::next_states;
use crate::statements::referral_request::weight_band::WeightBand;
use crate::statements::referral_request::{MissingInfo, ReferralParty, ReferralState, goes_to_compliance};

/// What a request is shown with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReferralView<'a> {
    /// For the names of the providers.
    pub(crate) served: &'a LiveDirectory,
    /// For the clocks.
    pub(crate) now: Timestamp,
}

/// A referral request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReferralRequest)]
pub(crate) struct ReferralRequestJson<'a> {
    /// Its random id. The caller keeps it.
    id: String,
    /// The unit that asks.
    #[schema(required)]
    unit: Option<&'a str>,
    /// What the board calls it.
    #[schema(required)]
    label: Option<String>,
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The needs.
    #[schema(value_type = Vec<Need>)]
    needs: Vec<&'static str>,
    /// Those of the needs that no provider sees, because no consent is recorded; an acceptance does not cover them.
    #[schema(value_type = Vec<Need>)]
    withheld_needs: Vec<&'static str>,
    /// The limits that matter.
    #[schema(value_type = Vec<Limit>)]
    limits: Vec<&'static str>,
    /// The upper end of the band of 50 lb that the weight is in; null if it was not sent.
    #[schema(required)]
    weight_up_to: Option<u32>,
    /// Who pays, as a class.
    #[schema(required, value_type = Option<PayerClass>)]
    payer_class: Option<&'static str>,
    /// The plan.
    #[schema(required)]
    plan: Option<&'a str>,
    /// The network.
    #[schema(required)]
    network: Option<&'a str>,
    /// The payer.
    #[schema(required)]
    payer: Option<&'a str>,
    /// The day of the discharge.
    discharge_on: Date,
    /// The first three digits of the ZIP; null where too few people live, or if it was not sent.
    #[schema(required)]
    region: Option<String>,
    /// Whether needs about substance use are shown to the providers.
    substance_use_consent: bool,
    /// When it was made.
    made_at: Timestamp,
    /// Whether the patient still needs a place by it: none is confirmed, and it is neither closed nor withdrawn.
    is_open: bool,
    /// Each provider that was asked.
    providers: Vec<AskedProviderJson<'a>>,
}

/// The request to one provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AskedProvider)]
pub(crate) struct AskedProviderJson<'a> {
    /// Its id in the directory.
    provider: &'a str,
    /// Its name; null if it has left the directory.
    #[schema(required)]
    name: Option<String>,
    /// Its state.
    #[schema(value_type = ReferralState)]
    state: &'static str,
    /// Why it declined.
    #[schema(required, value_type = Option<DeclineReason>)]
    why: Option<String>,
    /// What it needs to know.
    #[schema(required, value_type = Option<MissingInfo>)]
    missing: Option<&'static str>,
    /// Whether the reason goes to compliance, because refusing a person for it may be unlawful.
    for_compliance: bool,
    /// Whether a link was made, or anything else recorded, since it was asked. Until then the program has told nobody.
    is_sent: bool,
    /// When it was asked.
    asked_at: Timestamp,
    /// When its reply is due.
    reply_due: Timestamp,
    /// Whether it has not replied although its reply is due.
    is_overdue: bool,
    /// When the state changed.
    changed_at: Timestamp,
    /// Who changed it: `provider` by a link, or `hospital`.
    #[schema(value_type = enums::RecordedBy)]
    changed_by: &'static str,
    /// The answer link that may still be used, without its token; null if there is none.
    #[schema(required)]
    link: Option<OpenLinkJson>,
    /// The states that the hospital may record now.
    #[schema(value_type = Vec<ReferralState>)]
    next: Vec<&'static str>,
}

/// An answer link that may still be used.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenAnswerLink)]
pub(crate) struct OpenLinkJson {
    /// When it ends.
    expires_at: Timestamp,
    /// Whether it requires a PIN.
    has_pin: bool,
}

impl<'a> ReferralRequestJson<'a> {
    /// The request as it is at the moment of `view`.
    pub(crate) fn new(view: ReferralView<'_>, request: &'a ReferralRequest) -> Self {
        let details = &request.details;
        let coverage = |field| details.coverage.as_ref().filter(|(known, _)| *known == field).map(|(_, name)| name.as_str());
        Self {
            id: request.id.to_string(),
            unit: details.unit.as_deref(),
            label: details.label.as_ref().map(ToString::to_string),
            service: details.service.code(),
            needs: details.needs.iter().map(|need| need.code()).collect(),
            withheld_needs: request.withheld_needs().map(Need::code).collect(),
            limits: details.limits.iter().map(|limit| limit.code()).collect(),
            weight_up_to: details.weight.map(WeightBand::end_lb),
            payer_class: details.payer_class.map(PayerClass::code),
            plan: coverage(CoverageField::Plan),
            network: coverage(CoverageField::Network),
            payer: coverage(CoverageField::Payer),
            discharge_on: details.discharge_on,
            region: details.region.map(|region| region.to_string()),
            substance_use_consent: details.has_substance_use_consent,
            made_at: request.made_at,
            is_open: request.is_open(),
            providers: request.providers.iter().map(|asked| AskedProviderJson::new(view, request, asked)).collect(),
        }
    }
}

impl<'a> AskedProviderJson<'a> {
    fn new(view: ReferralView<'_>, request: &ReferralRequest, asked: &'a AskedProvider) -> Self {
        let may_follow = |to: &ReferralState| request.check(&asked.provider, *to, ReferralParty::Hospital, view.now).is_ok();
        Self {
            provider: asked.provider.as_str(),
            name: view.served.base().provider_of(&asked.provider).map(|provider| phrases::name(&provider)),
            state: asked.step.to.code(),
            why: asked.step.why.map(DeclineReason::code),
            missing: asked.step.missing.map(MissingInfo::code),
            for_compliance: asked.step.why.is_some_and(goes_to_compliance),
            is_sent: asked.is_sent(),
            asked_at: asked.asked_at,
            reply_due: asked.reply_due,
            is_overdue: asked.is_overdue(view.now),
            changed_at: asked.changed_at,
            changed_by: asked.changed_by.code(),
            link: asked
                .open_link(view.now)
                .map(|link| OpenLinkJson { expires_at: link.expires_at, has_pin: link.pin.is_some() }),
            next: next_states(asked.step.to, ReferralParty::Hospital).filter(may_follow).map(ReferralState::code).collect(),
        }
    }
}

/// The open requests.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReferralRequestList)]
pub(crate) struct ReferralListJson<'a> {
    /// Each request, oldest first; at most 100.
    pub(crate) requests: Vec<ReferralRequestJson<'a>>,
    /// Send it as `cursor` for the next page; null on the last.
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

/// A new answer link. Its token is shown this once and stored nowhere.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewAnswerLink)]
pub(crate) struct NewLinkJson {
    /// The path of the page, to append to the address of the server.
    pub(crate) path: String,
    /// The whole address, if the server knows its own.
    #[schema(required)]
    pub(crate) url: Option<String>,
    /// When it ends.
    pub(crate) expires_at: Timestamp,
    /// Whether it requires the PIN.
    pub(crate) has_pin: bool,
}
