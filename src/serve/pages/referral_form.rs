//! The form that makes a referral request from the answer: the chosen providers, and what the
//! question becomes without anything that identifies the patient.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value};

use crate::api_keys::Principal;
use crate::coverage::Coverage;
use crate::coverage::payer_class::PayerClass;
use crate::discharge::Discharge;
use crate::input::errors::FieldErrors;
use crate::need_words::phone_questions::PhoneQuestions;
use crate::phrases;
use crate::serve::http::extract::{CurrentPrincipal, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::WriteConditions;
use crate::serve::observation_records::{hospital_of, read_heard};
use crate::serve::pages::answer::selection::named;
use crate::serve::pages::answer_link::limit_label;
use crate::serve::pages::ask;
use crate::serve::pages::ask::ResolvedForm;
use crate::serve::pages::board::name_of;
use crate::serve::pages::coded_form::CodedForm;
use crate::serve::pages::form::SubmittedForm;
use crate::serve::pages::form_parsing::form_error::FormError;
use crate::serve::pages::html::{Sensitivity, html};
use crate::serve::pages::layout::{PageFrame, SiteSection};
use crate::serve::pages::session::see_other;
use crate::serve::random_bytes::random;
use crate::serve::referral_records::{add_providers, find, make, open_requests};
use crate::serve::state::AppState;
use crate::service::{Limit, Need, Service};
use crate::statements::referral_request::body::USUAL_REPLY_HOURS;
use crate::statements::referral_request::label::{LONGEST_LABEL, RequestLabel};
use crate::statements::referral_request::region::ReferralRegion;
use crate::statements::referral_request::weight_band::WeightBand;
use crate::statements::referral_request::{MOST_ASKED, ReferralId, parse, tells_of_substance_use};
use crate::text::hex::to_hex;
use crate::text::us_date::us_date;

/// The fields with one value, in the order of the body.
const ONE: [&str; 9] = ["service", "payer_class", "plan", "network", "payer", "discharge_on", "region", "unit", "label"];
/// The fields with several values, and the name of each value in the form.
const SEVERAL: [(&str, &str); 3] = [("providers", "provider"), ("needs", "need"), ("limits", "limit")];
/// The fields with a number.
const NUMBERS: [&str; 2] = ["weight_up_to", "reply_hours"];
/// The ticks.
const TICKS: [&str; 2] = ["patient_agreed", "substance_use_consent"];

/// The form.
#[derive(Debug, Template)]
#[template(path = "referral_form.html", config = "src/serve/askama.toml")]
struct ReferralFormPage {
    frame: PageFrame,
    faults: Vec<String>,
    /// Parts of the question that the request does not have, in words.
    left_out: Vec<String>,
    /// The fields that the person does not change.
    hidden: Vec<(String, String)>,
    service: &'static str,
    providers: Vec<String>,
    needs: Vec<&'static str>,
    limits: Vec<String>,
    /// The band of the weight, which providers read.
    weight: Option<String>,
    coverage: Option<String>,
    discharge_on: String,
    region: Option<String>,
    /// Whether a need tells of substance use.
    asks_for_consent: bool,
    units: Vec<(String, bool)>,
    label: String,
    /// A label that would be accepted.
    label_example: String,
    has_agreed: bool,
    has_consent: bool,
    /// The open requests for the same service, to which the providers can be added.
    open: Vec<(String, String, bool)>,
    classes: Vec<(&'static str, &'static str, bool)>,
    reply_hours: String,
}

/// Prepare a referral request
///
/// From the answer, with the selected providers.
#[utoipa::path(post, path = "/referral-requests/new", operation_id = "page_prepare_referral")]
pub(crate) async fn prepare(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    form: SubmittedForm,
) -> Result<Response, Problem> {
    let ResolvedForm { served, discharge, by_phone, .. } = match ask::read(&app, &form) {
        Ok(read) => read,
        Err(refused) => return refused.page(&app, &form),
    };
    let picked: Vec<&str> = form.all("pick").collect();
    if picked.is_empty() || picked.len() > MOST_ASKED {
        let detail = format!("Select 1 to {MOST_ASKED} providers for a referral request.");
        return ask::faulty(&app, served.base(), &form, &[FormError { field: None, ..FormError::of("", detail) }]);
    }
    let repeat = to_hex(&random::<16>()?);
    let rest = FormRest { left_out: left_out(&discharge, &by_phone), repeat: &repeat };
    show(&app, StatusCode::OK, &from_question(&discharge, &picked), Vec::new(), &rest)
}

/// What the form keeps beside the body of the request.
struct FormRest<'a> {
    left_out: Vec<String>,
    repeat: &'a str,
}

impl<'a> FormRest<'a> {
    fn of(form: &'a CodedForm) -> Self {
        Self { left_out: form.all("left_out").map(str::to_owned).collect(), repeat: form.one("repeat") }
    }
}

/// The parts of the question that a request has no field for. They are shown to the person who typed them, and kept nowhere.
fn left_out(discharge: &Discharge, by_phone: &PhoneQuestions) -> Vec<String> {
    let typed = by_phone.texts().map(str::to_owned);
    let preferred = discharge.preferred.iter().map(|need| format!("preferred: {}", need.label()));
    // These have a limit of the request.
    let in_request = ["age", "weight_lb", "doses_a_day", "drug_cost_a_day"];
    let facts = phrases::patient_facts(discharge).into_iter().filter(|(field, _)| !in_request.contains(field));
    let plan = match &discharge.coverage {
        Some(Coverage::UnknownPlan { .. }) => Some(format!("coverage: {}", phrases::coverage(discharge.coverage.as_ref()))),
        _ => None,
    };
    typed.chain(preferred).chain(facts.map(|(_, says)| says)).chain(plan).collect()
}

/// The body of a request that the question becomes.
fn from_question(discharge: &Discharge, picked: &[&str]) -> Map<String, Value> {
    let needs: Vec<&str> = discharge.required.iter().map(Need::code).collect();
    let (coverage, class) = match &discharge.coverage {
        Some(Coverage::Networks { named_by, name, .. }) => (Some((*named_by, name.as_str())), None),
        Some(Coverage::Medicare) => (None, Some(PayerClass::Medicare)),
        Some(Coverage::Medicaid(_)) => (None, Some(PayerClass::Medicaid)),
        Some(Coverage::SelfPay) => (None, Some(PayerClass::SelfPay)),
        // The name is free text.
        Some(Coverage::UnknownPlan { .. }) | None => (None, None),
    };
    let mut body = Map::new();
    body.insert("service".to_owned(), discharge.service.code().into());
    body.insert("providers".to_owned(), picked.into());
    body.insert("needs".to_owned(), needs.into());
    let limits = limits(discharge);
    let weight = discharge.patient.weight_lb.filter(|_| limits.contains(&Limit::MaxWeight.code()));
    if let Some(band) = weight.and_then(WeightBand::of) {
        body.insert("weight_up_to".to_owned(), band.end_lb().into());
    }
    body.insert("limits".to_owned(), limits.into());
    body.insert("discharge_on".to_owned(), discharge.on.to_string().into());
    if let Some((field, name)) = coverage {
        body.insert(field.to_owned(), name.into());
    }
    if let Some(class) = class {
        body.insert("payer_class".to_owned(), class.code().into());
    }
    if let Some(region) = ReferralRegion::of_zip(discharge.near.zip) {
        body.insert("region".to_owned(), region.to_string().into());
    }
    body
}

/// The limits that most providers have and this patient may exceed; never the patient's number.
fn limits(discharge: &Discharge) -> Vec<&'static str> {
    let patient = &discharge.patient;
    let is_beyond = |limit: Limit, number: Option<u32>| {
        let ordinary = limit.entry().and_then(|entry| entry.ordinary);
        number.is_some_and(|number| ordinary.is_none_or(|ordinary| !limit.allows(ordinary, number)))
    };
    let numbers = [
        (Limit::MaxWeight, patient.weight_lb),
        (Limit::MinAge, patient.age),
        (Limit::MaxAge, patient.age),
        (Limit::MaxDoses, patient.doses_a_day),
        (Limit::CostCeiling, patient.drug_cost_a_day),
    ];
    numbers.into_iter().filter(|(limit, number)| is_beyond(*limit, *number)).map(|(limit, _)| limit.code()).collect()
}

/// The fields of the form of a referral request.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the fields; the form is read by name")]
pub(crate) struct ReferralForm {
    /// The service.
    service: String,
    /// The id of a provider; may be repeated.
    provider: String,
    /// A need; may be repeated.
    need: Option<String>,
    /// A limit that matters; may be repeated.
    limit: Option<String>,
    /// The upper end of the band of 50 lb that the weight is in.
    weight_up_to: Option<String>,
    /// Who pays, as a class.
    payer_class: Option<String>,
    /// The plan.
    plan: Option<String>,
    /// The network.
    network: Option<String>,
    /// The payer.
    payer: Option<String>,
    /// The day of the discharge.
    discharge_on: String,
    /// The first three digits of the ZIP.
    region: Option<String>,
    /// The unit that asks.
    unit: Option<String>,
    /// What the board calls the request: the unit and a number.
    label: Option<String>,
    /// The id of an open request that asks the providers too, instead of a new one.
    request: Option<String>,
    /// `yes` if the patient has the list and agreed.
    patient_agreed: Option<String>,
    /// `yes` if the patient's written consent is on file.
    substance_use_consent: Option<String>,
    /// In how many hours the replies are due.
    reply_hours: Option<String>,
    /// A part of the question that the request does not have, to be shown again with an error; may be repeated. It is kept nowhere.
    left_out: Option<String>,
    /// Identifies the form, so that sending it twice makes one request.
    repeat: Option<String>,
}

/// Make a referral request
#[utoipa::path(
    post,
    path = "/referral-requests",
    operation_id = "page_make_referral",
    request_body(content = ReferralForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "The browser goes on to the request.")),
)]
pub(crate) async fn create(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    CurrentPrincipal(caller): CurrentPrincipal,
    form: CodedForm,
) -> Result<Response, Problem> {
    let several = SEVERAL.iter().map(|(_, name)| *name);
    let known: Vec<&str> =
        ONE.into_iter().chain(several).chain(TICKS).chain(NUMBERS).chain(["repeat", "request", "left_out"]).collect();
    form.check(&known)?;
    let body = body_of(&form);
    let (served, now) = (app.served()?, (app.now)().timestamp());
    if !form.one("request").is_empty() {
        return add(&app, &caller, &form, &body).await;
    }
    let raw = Value::Object(body.clone());
    match read_heard(&app, &served, |context| parse::request(&raw, context, now)) {
        Ok(details) => {
            // The form may be changed and sent again after it was sent: that is another request.
            let (content, conditions) = (raw.to_string(), WriteConditions::repeated(form.one("repeat")));
            let operation = format!("referral-requests page {content}");
            let hospital = hospital_of(&app, &caller);
            let repeat = conditions.repeat(hospital, &caller, &operation, content.as_bytes(), now.as_second());
            let request = make(&app, &caller, details, repeat).await?;
            Ok(see_other(&format!("/referral-requests/{}", request.id)))
        }
        Err(faults) => show(&app, StatusCode::UNPROCESSABLE_ENTITY, &body, in_words(&faults), &FormRest::of(&form)),
    }
}

/// Asks the selected providers by an open request.
async fn add(app: &AppState, caller: &Principal, form: &CodedForm, body: &Map<String, Value>) -> Result<Response, Problem> {
    let id: ReferralId = form.one("request").parse().map_err(|_| Problem::NoSuchReferral)?;
    let (served, now) = (app.served()?, (app.now)().timestamp());
    let service = find(&served, id)?.details.service;
    let fields = ["providers", "patient_agreed", "reply_hours"];
    let raw = fields.iter().filter_map(|name| Some(((*name).to_owned(), body.get(*name)?.clone()))).collect();
    let added = read_heard(app, &served, |context| parse::added(&Value::Object(raw), service, context, now));
    let faults = match added {
        Ok(added) => match add_providers(app, caller, (id, &added), &WriteConditions::default(), None).await {
            Ok(_) => return Ok(see_other(&format!("/referral-requests/{id}"))),
            Err(Problem::StepRefused { why }) => vec![format!("{}: {why}", name_of(&*find(&served, id)?, &(app.now)()))],
            Err(other) => return Err(other),
        },
        Err(faults) => in_words(&faults),
    };
    let chosen = Map::from_iter([("request".to_owned(), Value::from(id.to_string()))]);
    let body = body.clone().into_iter().chain(chosen).collect();
    show(app, StatusCode::UNPROCESSABLE_ENTITY, &body, faults, &FormRest::of(form))
}

/// The form as a body of the API, which is checked in one place.
fn body_of(form: &CodedForm) -> Map<String, Value> {
    let mut body = Map::new();
    for name in ONE.into_iter().filter(|name| !form.one(name).is_empty()) {
        body.insert(name.to_owned(), form.one(name).into());
    }
    for (list, name) in SEVERAL {
        body.insert(list.to_owned(), form.all(name).collect::<Vec<_>>().into());
    }
    for tick in TICKS {
        body.insert(tick.to_owned(), (form.one(tick) == "yes").into());
    }
    for name in NUMBERS {
        if let Some(number) = number_of(form.one(name)) {
            body.insert(name.to_owned(), number);
        }
    }
    body
}

/// The number that was typed; text that is none as it is, so that it is reported. `None` if nothing was typed.
pub(crate) fn number_of(typed: &str) -> Option<Value> {
    let typed = typed.trim();
    (!typed.is_empty()).then(|| typed.parse::<u32>().map_or_else(|_| Value::from(typed), Value::from))
}

fn in_words(faults: &FieldErrors) -> Vec<String> {
    faults
        .iter()
        .map(|fault| match (fault.pointer.as_str(), fault.code) {
            ("/patient_agreed", _) => "Tick that the patient has the list and agreed. Nothing is sent before.".to_owned(),
            ("/label", _) => {
                format!("Label: {}. {}.", fault.detail, capitalized(fault.hint.as_deref().unwrap_or("type a shorter one")))
            }
            (pointer, _) => format!("{}: {}", field_label(pointer), fault.detail),
        })
        .collect()
}

/// The field of the form that a fault is about.
fn field_label(pointer: &str) -> String {
    let name = pointer.trim_start_matches('/');
    let label = match name.split('/').next().unwrap_or_default() {
        "discharge_on" => "Discharge",
        "payer_class" => "Kind of payer",
        "plan" | "network" | "payer" => "Coverage",
        "providers" => "Providers",
        "needs" => "Needs",
        "limits" | "weight_up_to" => "Limits to check",
        "region" => "Region",
        "unit" => "Unit",
        "reply_hours" => "Reply due in (hours)",
        "service" => "Level of care",
        _ => name,
    };
    label.to_owned()
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn show(
    app: &AppState,
    status: StatusCode,
    body: &Map<String, Value>,
    faults: Vec<String>,
    rest: &FormRest<'_>,
) -> Result<Response, Problem> {
    let (served, now) = (app.served()?, (app.now)());
    let is_ticked = |name: &str| body.get(name).and_then(Value::as_bool).unwrap_or_default();
    let one = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let all = |name: &str| -> Vec<String> {
        let items = body.get(name).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let needs: Vec<Need> = all("needs").iter().filter_map(|code| code.parse().ok()).collect();
    let limits = Limit::ALL.into_iter().filter(|limit| all("limits").iter().any(|code| code == limit.code()));
    let fixed = ["service", "plan", "network", "payer", "discharge_on", "region"];
    let single = fixed.iter().map(|name| ((*name).to_owned(), one(name))).filter(|(_, value)| !value.is_empty());
    let several = SEVERAL.iter().flat_map(|(list, name)| all(list).into_iter().map(|value| ((*name).to_owned(), value)));
    let weight_up_to = body.get("weight_up_to").and_then(Value::as_u64);
    let weight = weight_up_to.map(|end| ("weight_up_to".to_owned(), end.to_string()));
    let band = weight_up_to.and_then(|end| WeightBand::up_to(u32::try_from(end).ok()?));
    let left_out = rest.left_out.iter().map(|says| ("left_out".to_owned(), says.clone()));
    let kept = weight.into_iter().chain(left_out).chain([("repeat".to_owned(), rest.repeat.to_owned())]);
    let example_unit = Some(one("unit")).filter(|unit| !unit.is_empty()).or_else(|| app.hospital.units.first().cloned());
    let (unit, class) = (one("unit"), one("payer_class"));
    let coverage = ["plan", "network", "payer"].iter().map(|name| one(name)).find(|name| !name.is_empty());
    let (service, request) = (one("service").parse::<Service>().ok(), one("request"));
    let same = open_requests(&served, None).into_iter().filter(|known| Some(known.details.service) == service);
    let open = same.map(|known| {
        let (id, unit) = (known.id.to_string(), known.details.unit.as_deref().map(|unit| format!(", {unit}")));
        let says = format!(
            "{}{}, discharge {}",
            name_of(&known, &now),
            unit.unwrap_or_default(),
            us_date(known.details.discharge_on)
        );
        let is_chosen = id == request;
        (id, says, is_chosen)
    });
    let hours = body.get("reply_hours").and_then(Value::as_u64).unwrap_or(USUAL_REPLY_HOURS.into());
    let page = ReferralFormPage {
        frame: PageFrame::new(app, Some(served.base()), SiteSection::Ask, "Referral request"),
        faults,
        hidden: single.chain(several).chain(kept).collect(),
        left_out: rest.left_out.clone(),
        service: one("service").parse::<Service>().map(Service::label).unwrap_or_default(),
        providers: all("providers").iter().map(|id| named(served.base(), id)).collect(),
        needs: needs.iter().map(|need| need.label()).collect(),
        limits: limits.map(limit_label).collect(),
        weight: band.map(|band| band.to_string()),
        coverage,
        discharge_on: one("discharge_on").parse().map(us_date).unwrap_or_default(),
        region: Some(one("region")).filter(|region| !region.is_empty()),
        asks_for_consent: needs.iter().any(|need| tells_of_substance_use(*need)),
        units: app.hospital.units.iter().map(|known| (known.clone(), *known == unit)).collect(),
        label: one("label"),
        label_example: RequestLabel::example(example_unit.as_deref()),
        has_agreed: is_ticked("patient_agreed"),
        has_consent: is_ticked("substance_use_consent"),
        open: open.collect(),
        classes: PayerClass::ALL.map(|known| (known.code(), known.label(), known.code() == class)).to_vec(),
        reply_hours: hours.to_string(),
    };
    html(status, &page, Sensitivity::Question)
}
