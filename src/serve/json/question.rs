//! The question as it was understood, returned in every answer: names resolved, defaults filled in.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::coverage::{Coverage, PlanDirectory};
use crate::discharge::field_types::Program;
use crate::discharge::request::NeedRequest;
use crate::discharge::{Discharge, Patient};
use crate::place::Miles;
use crate::provider::Sex;
use crate::serve::json::parts::PositionJson;
use crate::service::{Need, Service};

/// One discharge as it was understood.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuestionUnderstood)]
pub(crate) struct QuestionJson<'a> {
    /// The service.
    #[schema(value_type = Service)]
    service: &'static str,
    /// The center of the search.
    near: NearJson,
    /// How far the patient may travel; null for services that come to the patient.
    #[schema(required)]
    within_miles: Option<f64>,
    /// Who pays; null if not specified.
    #[schema(required)]
    coverage: Option<CoverageJson<'a>>,
    /// What the patient needs.
    #[schema(value_type = Vec<NeedRequest>)]
    needs: Vec<NeedJson>,
    /// The values that limits are checked against.
    patient: PatientJson<'a>,
    /// The day for which availability and network dates are checked.
    discharge_on: Date,
    /// The profile of weights, with its version.
    #[schema(examples("default@2"))]
    profile: String,
    /// Matches per page.
    limit: u32,
}

impl<'a> QuestionJson<'a> {
    /// `discharge`, with the names of its networks from `plans`.
    pub(crate) fn new(discharge: &'a Discharge, plans: &'a PlanDirectory) -> Self {
        Self {
            service: discharge.service.code(),
            near: NearJson {
                zip: discharge.near.zip.to_string(),
                state: discharge.near.state.to_string(),
                point: PositionJson::new(discharge.near.point, discharge.near.precision),
            },
            within_miles: discharge.within.map(Miles::value),
            coverage: discharge.coverage.as_ref().map(|coverage| CoverageJson::new(coverage, plans)),
            needs: needs_of(discharge),
            patient: PatientJson::from(&discharge.patient),
            discharge_on: discharge.on,
            profile: discharge.profile.to_string(),
            limit: discharge.limit,
        }
    }
}

/// The center of a search.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NearUnderstood)]
struct NearJson {
    /// The ZIP that service areas are looked up by.
    zip: String,
    /// Its state.
    state: String,
    #[serde(flatten)]
    point: PositionJson,
}

/// The needs of `discharge`, required ones first.
pub(crate) fn needs_of(discharge: &Discharge) -> Vec<NeedJson> {
    let required = discharge.required.iter().map(|need| NeedJson::Required(need.code()));
    required.chain(discharge.preferred.iter().map(NeedJson::preferred)).collect()
}

/// A need as a question writes it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum NeedJson {
    Required(&'static str),
    Preferred { need: &'static str, importance: &'static str },
}

impl NeedJson {
    fn preferred(need: Need) -> Self {
        Self::Preferred { need: need.code(), importance: "preferred" }
    }
}

/// Who pays: the one name that was given, and the networks it resolved to.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = CoverageUnderstood)]
pub(crate) struct CoverageJson<'a> {
    /// The plan, by its full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    plan: Option<&'a str>,
    /// The network, if it was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    network: Option<&'a str>,
    /// The payer, if it was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    payer: Option<&'a str>,
    /// The name of a plan that the directory does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    plan_name: Option<&'a str>,
    /// False beside `plan_name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = bool)]
    known: Option<bool>,
    /// The networks that the name resolved to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<String>)]
    networks: Option<Vec<&'a str>>,
    /// The program.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Program)]
    program: Option<&'static str>,
    /// The state whose Medicaid it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    state: Option<&'a str>,
}

impl<'a> CoverageJson<'a> {
    pub(crate) fn new(coverage: &'a Coverage, plans: &'a PlanDirectory) -> Self {
        match coverage {
            Coverage::Medicare => Self { program: Some("medicare"), ..Self::default() },
            Coverage::Medicaid(state) => Self { program: Some("medicaid"), state: Some(state.as_str()), ..Self::default() },
            Coverage::SelfPay => Self { program: Some("self_pay"), ..Self::default() },
            Coverage::UnknownPlan { name } => Self { plan_name: Some(name.as_str()), known: Some(false), ..Self::default() },
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

/// What is known of the patient; nothing identifies anybody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PatientUnderstood)]
struct PatientJson<'a> {
    /// Whole years; 90 means 90 and over.
    #[schema(required)]
    age: Option<u32>,
    /// Pounds.
    #[schema(required)]
    weight_lb: Option<u32>,
    /// Infusion doses per day.
    #[schema(required)]
    doses_a_day: Option<u32>,
    /// Within how many hours of the referral care must start.
    #[schema(required)]
    start_within_hours: Option<u32>,
    /// What the patient's medications cost a day, in whole dollars.
    #[schema(required)]
    drug_cost_a_day: Option<u32>,
    /// Groups the patient belongs to, of those that some places are for only.
    #[schema(value_type = Vec<String>)]
    eligible: Vec<&'static str>,
    /// Sex.
    #[schema(required, value_type = Option<Sex>)]
    sex: Option<&'static str>,
    /// ISO 639-1 codes; a provider must speak one of them.
    #[schema(value_type = Vec<String>)]
    languages: &'a [String],
}

impl<'a> From<&'a Patient> for PatientJson<'a> {
    fn from(patient: &'a Patient) -> Self {
        let Patient { age, weight_lb, doses_a_day, start_within_hours, drug_cost_a_day, eligible, sex, languages } = patient;
        let sex = sex.map(Sex::code);
        Self {
            age: *age,
            weight_lb: *weight_lb,
            doses_a_day: *doses_a_day,
            start_within_hours: *start_within_hours,
            drug_cost_a_day: *drug_cost_a_day,
            eligible: eligible.iter().map(|group| group.code()).collect(),
            sex,
            languages,
        }
    }
}
