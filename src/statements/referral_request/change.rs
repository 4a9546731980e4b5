//! One change of a referral request, as the ledger keeps it.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::coverage::payer_class::PayerClass;
use crate::hospital_id::HospitalId;
use crate::provider::ProviderId;
use crate::service::{Limit, Need, Service};
use crate::statements::DeclineReason;
use crate::statements::observation::CoverageField;
use crate::statements::referral_request::answer_link::AnswerLink;
use crate::statements::referral_request::label::RequestLabel;
use crate::statements::referral_request::region::ReferralRegion;
use crate::statements::referral_request::weight_band::WeightBand;
use crate::statements::referral_request::{MissingInfo, ReferralId, ReferralParty, ReferralState};

/// A change of a request. The newest one is the version of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralChange {
    /// Its random id.
    pub id: ReferralId,
    /// The request.
    pub request: ReferralId,
    /// The hospital it belongs to.
    pub hospital: HospitalId,
    /// The principal that recorded it, as in the audit log; [`BY_LINK`] for a provider.
    pub principal: String,
    /// The day the request was made: all changes of a request are read for the same days.
    pub made_on: Date,
    /// When it was recorded.
    pub at: Timestamp,
    /// What changed.
    pub what: ReferralAction,
}

/// The principal of an answer by a link: the link has no name.
pub const BY_LINK: &str = "answer_link";

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferralAction {
    /// The request was made and sent.
    Made(ReferralDetails),
    /// The state of one provider.
    Moved {
        /// The provider.
        provider: ProviderId,
        /// The step.
        step: ReferralStep,
        /// Who made it.
        by: ReferralParty,
        /// For [`ReferralState::Asked`]: when the reply is due.
        reply_due: Option<Timestamp>,
    },
    /// Further providers are asked.
    ProvidersAdded {
        /// The providers; none of them was asked before.
        providers: Vec<ProviderId>,
        /// When their replies are due.
        reply_due: Timestamp,
    },
    /// The hospital no longer looks for a place by this request. Asking a provider opens it again.
    Closed,
    /// An answer link for one provider; it replaces the earlier one.
    LinkMade {
        /// The provider.
        provider: ProviderId,
        /// The link.
        link: AnswerLink,
    },
    /// The link of one provider no longer works.
    LinkRevoked {
        /// The provider.
        provider: ProviderId,
    },
    /// A wrong PIN was sent to the link of one provider.
    PinMissed {
        /// The provider.
        provider: ProviderId,
    },
}

/// A new state with its coded reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferralStep {
    /// The state.
    pub to: ReferralState,
    /// For [`ReferralState::Declined`]: why.
    pub why: Option<DeclineReason>,
    /// For [`ReferralState::NeedMore`]: what is missing.
    pub missing: Option<MissingInfo>,
}

impl ReferralStep {
    /// A state that needs no reason.
    pub fn plain(to: ReferralState) -> Self {
        Self { to, why: None, missing: None }
    }
}

/// What a request says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralDetails {
    /// The unit that asks, from the list in `hospital.toml`.
    pub unit: Option<String>,
    /// What the board calls it.
    pub label: Option<RequestLabel>,
    /// The service.
    pub service: Service,
    /// The needs.
    pub needs: Vec<Need>,
    /// The limits that matter for the patient, without the patient's numbers.
    pub limits: Vec<Limit>,
    /// Who pays, as a class.
    pub payer_class: Option<PayerClass>,
    /// The plan, network or payer by its name in the directory.
    pub coverage: Option<(CoverageField, String)>,
    /// The day of the discharge.
    pub discharge_on: Date,
    /// The region, where enough people live.
    pub region: Option<ReferralRegion>,
    /// Staff recorded that the patient's written consent under 42 CFR 2.31 is on file.
    pub has_substance_use_consent: bool,
    /// The band of the weight, where the maximum weight is a limit that matters.
    pub weight: Option<WeightBand>,
    /// When the replies are due.
    pub reply_due: Timestamp,
    /// The providers that are asked.
    pub providers: Vec<ProviderId>,
}
