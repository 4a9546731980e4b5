//! The row of a change of a referral request. The format is fixed, as for every event: see
//! [`crate::ledger::rows`].

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::coverage::payer_class::PayerClass;
use crate::service::Limit;
use crate::statements::DeclineReason;
use crate::statements::observation::CoverageField;
use crate::statements::referral_request::answer_link::{AnswerLink, SaltedPin};
use crate::statements::referral_request::change::{ReferralAction, ReferralChange, ReferralDetails, ReferralStep};
use crate::statements::referral_request::label::RequestLabel;
use crate::statements::referral_request::region::{ReferralRegion, ThreeDigits};
use crate::statements::referral_request::weight_band::WeightBand;
use crate::statements::referral_request::{MissingInfo, ReferralId, ReferralParty, ReferralState};
use crate::text::hex::to_hex;

/// The group of the changes of one request of `hospital`, in the order of their numbers.
pub(crate) fn changes_of(hospital: &impl ToString, request: ReferralId) -> String {
    format!("{} referral {request}", hospital.to_string())
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredReferralChange {
    id: String,
    request: String,
    hospital: String,
    principal: String,
    made_on: Date,
    at: Timestamp,
    what: StoredAction,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StoredAction {
    Made(Box<StoredDetails>),
    Moved {
        provider: String,
        to: String,
        why: Option<StoredReason>,
        missing: Option<String>,
        by: String,
        reply_due: Option<Timestamp>,
    },
    ProvidersAdded {
        providers: Vec<String>,
        reply_due: Timestamp,
    },
    Closed,
    LinkMade {
        provider: String,
        digest: String,
        expires_at: Timestamp,
        pin: Option<(String, String)>,
    },
    LinkRevoked {
        provider: String,
    },
    PinMissed {
        provider: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredReason {
    NoRoom,
    Need(String),
    Limit(String),
    Coverage,
    OutsideServiceArea,
    Other,
    NotSaid,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredDetails {
    unit: Option<String>,
    // Absent in the rows of requests without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    service: String,
    needs: Vec<String>,
    limits: Vec<String>,
    payer_class: Option<String>,
    coverage: Option<(String, String)>,
    discharge_on: Date,
    region: Option<String>,
    substance_use_consent: bool,
    // Absent in the rows of requests without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weight_up_to: Option<u32>,
    reply_due: Timestamp,
    providers: Vec<String>,
}

impl From<&ReferralChange> for StoredReferralChange {
    fn from(change: &ReferralChange) -> Self {
        Self {
            id: change.id.to_string(),
            request: change.request.to_string(),
            hospital: change.hospital.to_string(),
            principal: change.principal.clone(),
            made_on: change.made_on,
            at: change.at,
            what: StoredAction::from(&change.what),
        }
    }
}

impl From<&ReferralAction> for StoredAction {
    fn from(action: &ReferralAction) -> Self {
        match action {
            ReferralAction::Made(details) => Self::Made(Box::new(StoredDetails::from(details))),
            ReferralAction::Moved { provider, step, by, reply_due } => Self::Moved {
                provider: provider.to_string(),
                to: step.to.code().to_owned(),
                why: step.why.map(StoredReason::from),
                missing: step.missing.map(|missing| missing.code().to_owned()),
                by: by.code().to_owned(),
                reply_due: *reply_due,
            },
            ReferralAction::ProvidersAdded { providers, reply_due } => {
                Self::ProvidersAdded { providers: providers.iter().map(ToString::to_string).collect(), reply_due: *reply_due }
            }
            ReferralAction::Closed => Self::Closed,
            ReferralAction::LinkMade { provider, link } => Self::LinkMade {
                provider: provider.to_string(),
                digest: to_hex(&link.digest),
                expires_at: link.expires_at,
                pin: link.pin.map(|pin| (to_hex(&pin.salt), to_hex(&pin.digest))),
            },
            ReferralAction::LinkRevoked { provider } => Self::LinkRevoked { provider: provider.to_string() },
            ReferralAction::PinMissed { provider } => Self::PinMissed { provider: provider.to_string() },
        }
    }
}

impl From<DeclineReason> for StoredReason {
    fn from(why: DeclineReason) -> Self {
        match why {
            DeclineReason::NoRoom => Self::NoRoom,
            DeclineReason::Need(need) => Self::Need(need.code().to_owned()),
            DeclineReason::Limit(limit) => Self::Limit(limit.code().to_owned()),
            DeclineReason::Coverage => Self::Coverage,
            DeclineReason::OutsideServiceArea => Self::OutsideServiceArea,
            DeclineReason::Other => Self::Other,
            DeclineReason::NotSaid => Self::NotSaid,
        }
    }
}

impl From<&ReferralDetails> for StoredDetails {
    fn from(details: &ReferralDetails) -> Self {
        Self {
            unit: details.unit.clone(),
            label: details.label.as_ref().map(ToString::to_string),
            service: details.service.code().to_owned(),
            needs: details.needs.iter().map(|need| need.code().to_owned()).collect(),
            limits: details.limits.iter().map(|limit| limit.code().to_owned()).collect(),
            payer_class: details.payer_class.map(|class| class.code().to_owned()),
            coverage: details.coverage.as_ref().map(|(field, name)| (field.code().to_owned(), name.clone())),
            discharge_on: details.discharge_on,
            region: details.region.map(|region| region.to_string()),
            substance_use_consent: details.has_substance_use_consent,
            weight_up_to: details.weight.map(WeightBand::end_lb),
            reply_due: details.reply_due,
            providers: details.providers.iter().map(ToString::to_string).collect(),
        }
    }
}

impl StoredReferralChange {
    pub(crate) fn read(self) -> Option<ReferralChange> {
        Some(ReferralChange {
            id: self.id.parse().ok()?,
            request: self.request.parse().ok()?,
            hospital: self.hospital.parse().ok()?,
            principal: self.principal,
            made_on: self.made_on,
            at: self.at,
            what: self.what.read()?,
        })
    }
}

impl StoredAction {
    fn read(self) -> Option<ReferralAction> {
        Some(match self {
            Self::Made(details) => ReferralAction::Made(details.read()?),
            Self::Moved { provider, to, why, missing, by, reply_due } => ReferralAction::Moved {
                provider: provider.parse().ok()?,
                step: ReferralStep {
                    to: coded(&ReferralState::ALL, ReferralState::code, &to)?,
                    why: read_optional(why, StoredReason::read)?,
                    missing: read_optional(missing, |code| coded(&MissingInfo::ALL, MissingInfo::code, &code))?,
                },
                by: coded(&ReferralParty::ALL, ReferralParty::code, &by)?,
                reply_due,
            },
            Self::ProvidersAdded { providers, reply_due } => ReferralAction::ProvidersAdded {
                providers: providers.iter().map(|id| id.parse().ok()).collect::<Option<_>>()?,
                reply_due,
            },
            Self::Closed => ReferralAction::Closed,
            Self::LinkMade { provider, digest, expires_at, pin } => {
                let pin = read_optional(pin, |(salt, digest)| {
                    Some(SaltedPin { salt: from_hex(&salt)?, digest: from_hex(&digest)? })
                })?;
                let link = AnswerLink { digest: from_hex(&digest)?, expires_at, pin };
                ReferralAction::LinkMade { provider: provider.parse().ok()?, link }
            }
            Self::LinkRevoked { provider } => ReferralAction::LinkRevoked { provider: provider.parse().ok()? },
            Self::PinMissed { provider } => ReferralAction::PinMissed { provider: provider.parse().ok()? },
        })
    }
}

impl StoredReason {
    fn read(self) -> Option<DeclineReason> {
        Some(match self {
            Self::NoRoom => DeclineReason::NoRoom,
            Self::Need(code) => DeclineReason::Need(code.parse().ok()?),
            Self::Limit(code) => DeclineReason::Limit(coded(&Limit::ALL, Limit::code, &code)?),
            Self::Coverage => DeclineReason::Coverage,
            Self::OutsideServiceArea => DeclineReason::OutsideServiceArea,
            Self::Other => DeclineReason::Other,
            Self::NotSaid => DeclineReason::NotSaid,
        })
    }
}

impl StoredDetails {
    fn read(self) -> Option<ReferralDetails> {
        let region = |text: String| ReferralRegion::of_digits(text.parse::<ThreeDigits>().ok()?.0.into());
        Some(ReferralDetails {
            unit: self.unit,
            label: read_optional(self.label, RequestLabel::from_stored)?,
            service: self.service.parse().ok()?,
            needs: self.needs.iter().map(|code| code.parse().ok()).collect::<Option<_>>()?,
            limits: self.limits.iter().map(|code| coded(&Limit::ALL, Limit::code, code)).collect::<Option<_>>()?,
            payer_class: read_optional(self.payer_class, |code| coded(&PayerClass::ALL, PayerClass::code, &code))?,
            coverage: read_optional(self.coverage, |(field, name)| {
                Some((coded(&CoverageField::ALL, CoverageField::code, &field)?, name))
            })?,
            discharge_on: self.discharge_on,
            // Where a later table counts fewer people, the region is no longer named.
            region: self.region.and_then(region),
            has_substance_use_consent: self.substance_use_consent,
            weight: read_optional(self.weight_up_to, WeightBand::up_to)?,
            reply_due: self.reply_due,
            providers: self.providers.iter().map(|id| id.parse().ok()).collect::<Option<_>>()?,
        })
    }
}

/// The value with that code.
fn coded<T: Copy>(all: &[T], code: fn(T) -> &'static str, text: &str) -> Option<T> {
    all.iter().copied().find(|known| code(*known) == text)
}

/// Reads a value that may be absent; `None` if it is there and cannot be read.
#[expect(clippy::option_option, reason = "absent and unreadable are different")]
pub(crate) fn read_optional<T, R>(stored: Option<T>, read: impl FnOnce(T) -> Option<R>) -> Option<Option<R>> {
    stored.map_or(Some(None), |stored| read(stored).map(Some))
}

pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::service::Service;

    fn change(what: ReferralAction) -> ReferralChange {
        ReferralChange {
            id: ReferralId([1; 16]),
            request: ReferralId([2; 16]),
            hospital: "mercy".parse().unwrap(),
            principal: "key:7f3kq9m2".to_owned(),
            made_on: date(2026, 11, 21),
            at: "2026-11-21T12:00:00Z".parse().unwrap(),
            what,
        }
    }

    fn details() -> ReferralDetails {
        ReferralDetails {
            unit: Some("4 West".to_owned()),
            label: RequestLabel::from_stored("4W-3".to_owned()),
            service: Service::SkilledNursing,
            needs: vec!["resp.vent".parse().unwrap()],
            limits: vec![Limit::MaxWeight],
            payer_class: Some(PayerClass::Commercial),
            coverage: Some((CoverageField::Plan, "Gold".to_owned())),
            discharge_on: date(2026, 11, 23),
            region: ReferralRegion::of_digits(641),
            has_substance_use_consent: true,
            weight: WeightBand::up_to(500),
            reply_due: "2026-11-21T16:00:00Z".parse().unwrap(),
            providers: vec!["ccn:265001".parse().unwrap()],
        }
    }

    /// Rows outlive the version that wrote them, so the format must not change.
    #[test]
    fn every_change_reads_back_and_the_format_stays() {
        let provider = || "ccn:265001".parse().unwrap();
        let moved = |to, why, missing| {
            let (step, by) = (ReferralStep { to, why, missing }, ReferralParty::Provider);
            ReferralAction::Moved { provider: provider(), step, by, reply_due: None }
        };
        let pin = Some(SaltedPin { salt: [4; 16], digest: [5; 32] });
        let link = AnswerLink { digest: [3; 32], expires_at: "2026-11-22T12:00:00Z".parse().unwrap(), pin };
        let reasons = [
            DeclineReason::NoRoom,
            DeclineReason::Need("resp.vent".parse().unwrap()),
            DeclineReason::Limit(Limit::MinAge),
            DeclineReason::Coverage,
            DeclineReason::OutsideServiceArea,
            DeclineReason::Other,
            DeclineReason::NotSaid,
        ];
        let declined = reasons.map(|why| moved(ReferralState::Declined, Some(why), None));
        let states = ReferralState::ALL.map(|to| moved(to, None, None));
        let missing = MissingInfo::ALL.map(|missing| moved(ReferralState::NeedMore, None, Some(missing)));
        let others = [
            ReferralAction::Made(details()),
            ReferralAction::LinkMade { provider: provider(), link },
            ReferralAction::ProvidersAdded {
                providers: vec![provider()],
                reply_due: "2026-11-22T16:00:00Z".parse().unwrap(),
            },
            ReferralAction::Closed,
            ReferralAction::LinkRevoked { provider: provider() },
            ReferralAction::PinMissed { provider: provider() },
        ];
        for what in declined.into_iter().chain(states).chain(missing).chain(others) {
            let change = change(what);
            let body = serde_json::to_string(&StoredReferralChange::from(&change)).unwrap();
            let read: StoredReferralChange = serde_json::from_str(&body).unwrap();
            assert_eq!(read.read(), Some(change), "{body}");
        }
        let body = serde_json::to_string(&StoredReferralChange::from(&change(ReferralAction::Made(details())))).unwrap();
        let form = r#"{"id":"01010101010101010101010101010101","request":"02020202020202020202020202020202","hospital":"mercy","principal":"key:7f3kq9m2","made_on":"2026-11-21","at":"2026-11-21T12:00:00Z","what":{"made":{"unit":"4 West","label":"4W-3","service":"skilled_nursing","needs":["resp.vent"],"limits":["size.max_lb"],"payer_class":"commercial","coverage":["plan","Gold"],"discharge_on":"2026-11-23","region":"641","substance_use_consent":true,"weight_up_to":500,"reply_due":"2026-11-21T16:00:00Z","providers":["ccn:265001"]}}}"#;
        assert_eq!(body, form);
        let earlier: StoredReferralChange = serde_json::from_str(&form.replace(r#""label":"4W-3","#, "")).unwrap();
        let ReferralAction::Made(details) = earlier.read().unwrap().what else { panic!("it makes a request") };
        assert_eq!(details.label, None, "rows of an earlier version have no label");
    }
}
