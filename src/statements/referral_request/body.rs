//! Request bodies of referral requests: their fields and bounds.
//! [`crate::statements::referral_request::parse`] checks the fields against each other.

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::coverage::payer_class::PayerClass;
use crate::input::declare::{input, vocabulary};
use crate::input::errors::FieldErrors;
use crate::input::field::InputType;
use crate::input::place::FieldPlace;
use crate::input::schema::NamedSchema;
use crate::input::values::{LONGEST_TEXT, ListOf, Text, Whole, text};
use crate::provider::ProviderId;
use crate::service::{Limit, Need, Service};
use crate::statements::DeclineReason;
use crate::statements::observation_request::LONGEST_UNIT;
use crate::statements::referral_request::answer_link::{LONGEST_LINK_HOURS, LinkPin, USUAL_LINK_HOURS};
use crate::statements::referral_request::label::LONGEST_LABEL;
use crate::statements::referral_request::region::ThreeDigits;
use crate::statements::referral_request::weight_band::{BAND_LB, HEAVIEST_LB};
use crate::statements::referral_request::{MOST_ASKED, MissingInfo, REQUEST_DAYS, ReferralState};

/// Most needs of one request. Our choice: more than a question has.
pub(crate) const MOST_NEEDS: usize = 40;
/// In how many hours a reply is due if the desk does not say. Our choice: half a working day.
pub(crate) const USUAL_REPLY_HOURS: u32 = 4;
/// The longest time for a reply, in hours: a week. Our choice.
pub(crate) const LONGEST_REPLY_HOURS: u32 = 168;

input! {
    /// A request to several providers. There is no field for anything that identifies the patient,
    /// and none for free text.
    pub(crate) struct ReferralBody as "ReferralRequestMade" {
        /// The service.
        service: Service, required("which service?", || None);
        /// The ids of the providers that are asked; each offers the service.
        providers: ListOf<ProviderId, MOST_ASKED>,
            required("which providers are asked?", || Some(r#"such as ["ccn:425003"]"#.to_owned())),
            filled("missing", "the list is empty", || None),
            distinct();
        /// The needs. Those about substance use are shown to providers only with `substance_use_consent`.
        needs: ListOf<Need, MOST_NEEDS>, distinct();
        /// The limits that matter; never the number of a patient, but see `weight_up_to`.
        limits: ListOf<Limit, { Limit::ALL.len() }>, distinct();
        /// The weight as the upper end of a band of 50 lb: 500 for 451 to 500. Only with the limit `size.max_lb`; providers read the band.
        weight_up_to: Whole<BAND_LB, HEAVIEST_LB>;
        /// Who pays, as a class.
        payer_class: PayerClass;
        /// The plan, by its name in the directory.
        plan: Text<LONGEST_TEXT>;
        /// Or the network, by its name in the directory.
        network: Text<LONGEST_TEXT>;
        /// Or the payer, by its name in the directory.
        payer: Text<LONGEST_TEXT>;
        /// The day of the discharge; today if left out.
        discharge_on: Date, note(|| format!("At most {REQUEST_DAYS} days ahead."));
        /// The first three digits of the patient's ZIP, never all five. It is left out where 20,000 people or fewer live.
        region: ThreeDigits;
        /// The unit that asks, from the list in `hospital.toml`.
        unit: Text<LONGEST_UNIT>;
        /// What the board calls the request: the unit or its initials and a number, such as "4W-3". Never a name, a date or a record number.
        label: Text<LONGEST_LABEL>;
        /// Staff recorded that the patient has the list of providers and agreed to the request. Without it nothing is sent.
        patient_agreed: bool,
            required("does the patient have the list, and agree?", || Some("true, once staff have recorded it".to_owned()));
        /// Staff recorded that the patient's written consent under 42 CFR 2.31 is on file for this request.
        substance_use_consent: bool;
        /// In how many hours the replies are due.
        reply_hours: Whole<1, LONGEST_REPLY_HOURS>, usual(USUAL_REPLY_HOURS);
    }
}

input! {
    /// A new state of the request to one provider.
    pub(crate) struct ReferralStepBody as "ReferralStepMade" {
        /// The state.
        state: ReferralState,
            required("which state?", || Some(format!("one of {}", ReferralState::ALL.map(ReferralState::code).join(", "))));
        /// Why it declined; `not_said` if left out. Only for the state `declined`.
        why: DeclineReason;
        /// What it needs to know. Only for the state `need_more`.
        missing: MissingInfo;
        /// The patient chose this provider. Only for the state `confirmed`, and required there.
        patient_chose: bool;
        /// In how many hours the reply is due. Only for the state `asked`.
        reply_hours: Whole<1, LONGEST_REPLY_HOURS>;
    }
}

input! {
    /// Further providers of a request.
    pub(crate) struct AddProvidersBody as "ReferralProvidersAdded" {
        /// The ids of the providers; each offers the service, and none was asked before.
        providers: ListOf<ProviderId, MOST_ASKED>,
            required("which providers are asked?", || Some(r#"such as ["ccn:425003"]"#.to_owned())),
            filled("missing", "the list is empty", || None),
            distinct();
        /// Staff recorded that the patient has the list of providers and agreed to these. Without it nothing is sent.
        patient_agreed: bool,
            required("does the patient have the list, and agree?", || Some("true, once staff have recorded it".to_owned()));
        /// In how many hours the replies are due.
        reply_hours: Whole<1, LONGEST_REPLY_HOURS>, usual(USUAL_REPLY_HOURS);
    }
}

input! {
    /// Closes a request without a place.
    pub(crate) struct CloseBody as "ReferralRequestClosed" {
        /// Must be true.
        close: bool, required("close the request?", || Some("true".to_owned()));
    }
}

input! {
    /// An answer link for one provider.
    pub(crate) struct AnswerLinkBody as "AnswerLinkMade" {
        /// How many hours it is valid.
        hours: Whole<1, LONGEST_LINK_HOURS>, usual(USUAL_LINK_HOURS);
        /// A PIN of 4 to 6 digits that the provider must type. Tell it by another channel than the link.
        pin: LinkPin;
    }
}

input! {
    /// Revokes an answer link.
    pub(crate) struct RevokeLinkBody as "AnswerLinkRevoked" {
        /// Must be true.
        revoke: bool, required("revoke the link?", || Some("true".to_owned()));
    }
}

vocabulary! {
    /// The state of the request to one provider.
    ReferralState as "ReferralState" of ReferralState::ALL, ReferralState::code, "no_such_state", |_| "this is not a known state".to_owned();
    /// Who pays, as a class.
    PayerClass as "PayerClass" of PayerClass::ALL, PayerClass::code, "no_such_payer_class", |_| "this is not a known class of payers".to_owned();
    /// What a provider needs to know before it can decide.
    MissingInfo as "MissingInfo" of MissingInfo::ALL, MissingInfo::code, "no_such_code", |_| "this is not a known code; free text is not recorded".to_owned();
}

/// Three digits. An error does not repeat what was typed: it may be a whole ZIP.
impl InputType for ThreeDigits {
    type Value = Self;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Self> {
        let digits = text(value, at, faults)?.parse().ok();
        if digits.is_none() {
            let hint = Some("send the first three digits of the ZIP, such as \"641\", never all five".to_owned());
            faults.add(at, "not_a_region", "a region has exactly three digits", hint);
        }
        digits
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "string", "pattern": "^[0-9]{3}$"})
    }
}

/// Four to six digits. An error does not repeat what was typed.
impl InputType for LinkPin {
    type Value = Self;

    fn read(value: &Value, at: FieldPlace, faults: &mut FieldErrors) -> Option<Self> {
        let pin = text(value, at, faults)?.parse().ok();
        if pin.is_none() {
            faults.add(at, "not_a_pin", "a PIN has 4 to 6 digits", None);
        }
        pin
    }

    fn describe(_: &mut Vec<NamedSchema>) -> Value {
        json!({"type": "string", "pattern": "^[0-9]{4,6}$"})
    }
}
