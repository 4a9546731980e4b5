//! The question as it was understood, echoed in every answer: names resolved, defaults filled in.

use jiff::civil::Date;
use serde::Serialize;

use super::piece::PointPiece;
use crate::care::Need;
use crate::coverage::{Coverage, Plans};
use crate::discharge::{Discharge, Patient};
use crate::place::Miles;
use crate::provider::Sex;

/// One discharge as it was understood.
#[derive(Debug, Serialize)]
pub struct QuestionPiece<'a> {
    service: &'static str,
    near: NearPiece,
    within_miles: Option<f64>,
    coverage: Option<CoveragePiece<'a>>,
    needs: Vec<NeedPiece>,
    patient: PatientPiece<'a>,
    discharge_on: Date,
    profile: String,
    limit: u32,
}

impl<'a> QuestionPiece<'a> {
    /// `discharge`, the names of its networks looked up in `plans`.
    pub fn new(discharge: &'a Discharge, plans: &'a Plans) -> Self {
        let required = discharge.required.iter().map(|need| NeedPiece::Required(need.code()));
        let preferred = discharge.preferred.iter().map(NeedPiece::preferred);
        Self {
            service: discharge.service.code(),
            near: NearPiece {
                zip: discharge.near.zip.to_string(),
                state: discharge.near.state.to_string(),
                point: PointPiece::new(discharge.near.point, discharge.near.precision),
            },
            within_miles: discharge.within.map(Miles::value),
            coverage: discharge.coverage.as_ref().map(|coverage| CoveragePiece::new(coverage, plans)),
            needs: required.chain(preferred).collect(),
            patient: PatientPiece::from(&discharge.patient),
            discharge_on: discharge.on,
            profile: discharge.profile.to_string(),
            limit: discharge.limit,
        }
    }
}

#[derive(Debug, Serialize)]
struct NearPiece {
    zip: String,
    state: String,
    #[serde(flatten)]
    point: PointPiece,
}

/// A need as a question spells it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum NeedPiece {
    Required(&'static str),
    Preferred { need: &'static str, importance: &'static str },
}

impl NeedPiece {
    fn preferred(need: Need) -> Self {
        Self::Preferred { need: need.code(), importance: "preferred" }
    }
}

/// Who pays: the one name it was given by, and the networks behind it.
#[derive(Debug, Default, Serialize)]
pub(super) struct CoveragePiece<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    networks: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
}

impl<'a> CoveragePiece<'a> {
    pub(super) fn new(coverage: &'a Coverage, plans: &'a Plans) -> Self {
        match coverage {
            Coverage::Medicare => Self { program: Some("medicare"), ..Self::default() },
            Coverage::Medicaid(state) => {
                Self { program: Some("medicaid"), state: Some(state.as_str()), ..Self::default() }
            }
            Coverage::SelfPay => Self { program: Some("self_pay"), ..Self::default() },
            Coverage::Networks { named_by, name, networks } => {
                let name_if = |field: &str| (*named_by == field).then_some(name.as_str());
                let names = networks.iter().filter_map(|key| plans.network(*key)).map(|network| network.name.as_str());
                Self {
                    plan: name_if("plan"),
                    network: name_if("network"),
                    payer: name_if("payer"),
                    networks: Some(names.collect()),
                    ..Self::default()
                }
            }
        }
    }
}

#[derive(Debug, Serialize)]
struct PatientPiece<'a> {
    age: Option<u32>,
    weight_lb: Option<u32>,
    doses_a_day: Option<u32>,
    sex: Option<&'static str>,
    languages: &'a [String],
}

impl<'a> From<&'a Patient> for PatientPiece<'a> {
    fn from(patient: &'a Patient) -> Self {
        let Patient { age, weight_lb, doses_a_day, sex, languages } = patient;
        let sex = sex.map(Sex::code);
        Self { age: *age, weight_lb: *weight_lb, doses_a_day: *doses_a_day, sex, languages }
    }
}
