//! The row of an observation. The format is fixed, as for every event: see [`crate::ledger::rows`].

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::provider::ProviderId;
use crate::service::Limit;
use crate::statements::observation::{ContactRole, CoverageField, Observation, ObservedAnswer, ObservedQuestion};

/// The group of the observations that `hospital` has of `provider`, in the order of their numbers.
pub(crate) fn group_of(hospital: &impl ToString, provider: &ProviderId) -> String {
    format!("{} {provider}", hospital.to_string())
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredObservation {
    id: String,
    hospital: String,
    unit: Option<String>,
    principal: String,
    provider: String,
    service: String,
    said_on: Date,
    said_by: Option<String>,
    asked: StoredQuestion,
    answer: StoredAnswer,
    counts_through: Date,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredQuestion {
    Need(String),
    Limit(String),
    Plan(String),
    Network(String),
    Payer(String),
    Room,
    Call,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredAnswer {
    Yes,
    No,
    Value(u32),
    Room(Option<Date>),
    NoRoom(Option<Date>),
    NoAnswer,
    LeftMessage,
    Withdrawn,
}

impl From<&Observation> for StoredObservation {
    fn from(heard: &Observation) -> Self {
        Self {
            id: heard.id.to_string(),
            hospital: heard.hospital.to_string(),
            unit: heard.unit.clone(),
            principal: heard.principal.clone(),
            provider: heard.provider.to_string(),
            service: heard.service.code().to_owned(),
            said_on: heard.said_on,
            said_by: heard.said_by.map(|role| role.code().to_owned()),
            asked: match &heard.asked {
                ObservedQuestion::Need(need) => StoredQuestion::Need(need.code().to_owned()),
                ObservedQuestion::Limit(limit) => StoredQuestion::Limit(limit.code().to_owned()),
                ObservedQuestion::Coverage(CoverageField::Plan, name) => StoredQuestion::Plan(name.clone()),
                ObservedQuestion::Coverage(CoverageField::Network, name) => StoredQuestion::Network(name.clone()),
                ObservedQuestion::Coverage(CoverageField::Payer, name) => StoredQuestion::Payer(name.clone()),
                ObservedQuestion::Room => StoredQuestion::Room,
                ObservedQuestion::Call => StoredQuestion::Call,
            },
            answer: match heard.answer {
                ObservedAnswer::Yes => StoredAnswer::Yes,
                ObservedAnswer::No => StoredAnswer::No,
                ObservedAnswer::Value(value) => StoredAnswer::Value(value),
                ObservedAnswer::Room(from) => StoredAnswer::Room(from),
                ObservedAnswer::NoRoom(through) => StoredAnswer::NoRoom(through),
                ObservedAnswer::NoAnswer => StoredAnswer::NoAnswer,
                ObservedAnswer::LeftMessage => StoredAnswer::LeftMessage,
                ObservedAnswer::Withdrawn => StoredAnswer::Withdrawn,
            },
            counts_through: heard.counts_through,
        }
    }
}

impl StoredObservation {
    pub(crate) fn read(self) -> Option<Observation> {
        let role = |code: String| ContactRole::ALL.into_iter().find(|role| role.code() == code);
        let said_by = match self.said_by {
            Some(code) => Some(role(code)?),
            None => None,
        };
        Some(Observation {
            id: self.id.parse().ok()?,
            hospital: self.hospital.parse().ok()?,
            unit: self.unit,
            principal: self.principal,
            provider: self.provider.parse().ok()?,
            service: self.service.parse().ok()?,
            said_on: self.said_on,
            said_by,
            asked: match self.asked {
                StoredQuestion::Need(code) => ObservedQuestion::Need(code.parse().ok()?),
                StoredQuestion::Limit(code) => {
                    ObservedQuestion::Limit(Limit::ALL.into_iter().find(|limit| limit.code() == code)?)
                }
                StoredQuestion::Plan(name) => ObservedQuestion::Coverage(CoverageField::Plan, name),
                StoredQuestion::Network(name) => ObservedQuestion::Coverage(CoverageField::Network, name),
                StoredQuestion::Payer(name) => ObservedQuestion::Coverage(CoverageField::Payer, name),
                StoredQuestion::Room => ObservedQuestion::Room,
                StoredQuestion::Call => ObservedQuestion::Call,
            },
            answer: match self.answer {
                StoredAnswer::Yes => ObservedAnswer::Yes,
                StoredAnswer::No => ObservedAnswer::No,
                StoredAnswer::Value(value) => ObservedAnswer::Value(value),
                StoredAnswer::Room(from) => ObservedAnswer::Room(from),
                StoredAnswer::NoRoom(through) => ObservedAnswer::NoRoom(through),
                StoredAnswer::NoAnswer => ObservedAnswer::NoAnswer,
                StoredAnswer::LeftMessage => ObservedAnswer::LeftMessage,
                StoredAnswer::Withdrawn => ObservedAnswer::Withdrawn,
            },
            counts_through: self.counts_through,
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::statements::observation::ObservationId;

    /// Rows outlive the version that wrote them, so the format must not change.
    #[test]
    fn every_answer_reads_back_and_the_format_stays() {
        let day = date(2026, 11, 21);
        let coverage = |field| ObservedQuestion::Coverage(field, "Gold Plan".to_owned());
        let questions = CoverageField::ALL.map(coverage).into_iter().chain([
            ObservedQuestion::Need("resp.vent".parse().unwrap()),
            ObservedQuestion::Limit(Limit::MaxWeight),
            ObservedQuestion::Room,
            ObservedQuestion::Call,
        ]);
        let answers = [
            ObservedAnswer::Yes,
            ObservedAnswer::No,
            ObservedAnswer::Value(350),
            ObservedAnswer::Room(None),
            ObservedAnswer::Room(Some(day)),
            ObservedAnswer::NoRoom(Some(day)),
            ObservedAnswer::NoAnswer,
            ObservedAnswer::LeftMessage,
            ObservedAnswer::Withdrawn,
        ];
        let heard = Observation {
            id: ObservationId([1; 16]),
            hospital: "mercy".parse().unwrap(),
            unit: Some("4 West".to_owned()),
            principal: "key:7f3kq9m2".to_owned(),
            provider: "ccn:265001".parse().unwrap(),
            service: crate::service::Service::ALL[0],
            said_on: day,
            said_by: Some(ContactRole::Admissions),
            asked: ObservedQuestion::Room,
            answer: ObservedAnswer::NoRoom(Some(day)),
            counts_through: day,
        };
        for asked in questions {
            for answer in answers {
                let heard = Observation { asked: asked.clone(), answer, ..heard.clone() };
                let body = serde_json::to_string(&StoredObservation::from(&heard)).unwrap();
                let read: StoredObservation = serde_json::from_str(&body).unwrap();
                assert_eq!(read.read(), Some(heard), "{body}");
            }
        }
        let body = serde_json::to_string(&StoredObservation::from(&heard)).unwrap();
        let service = heard.service.code();
        let form = format!(
            r#"{{"id":"01010101010101010101010101010101","hospital":"mercy","unit":"4 West","principal":"key:7f3kq9m2","provider":"ccn:265001","service":"{service}","said_on":"2026-11-21","said_by":"admissions","asked":"room","answer":{{"no_room":"2026-11-21"}},"counts_through":"2026-11-21"}}"#
        );
        assert_eq!(body, form);
    }
}
