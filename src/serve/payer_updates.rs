//! `POST /v1/payer-updates`: what a payer needs to decide, without the patient: what each rule about the level of care gives, why this
//! level, and which providers were asked, when, and with which result. Nothing is stored.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::api_keys::{Principal, Scope};
use crate::discharge::request::MatchRequest;
use crate::input::declare::input;
use crate::input::errors::FieldErrors;
use crate::input::field::InputType;
use crate::input::place::FieldPlace;
use crate::input::values::Text;
use crate::overlay::LiveDirectory;
use crate::prior_authorization::values::RequestSpeed;
use crate::query;
use crate::serve::api::matches::answer_metadata;
use crate::serve::choice_lists::format::no_such_format;
use crate::serve::http::accept::preferred;
use crate::serve::http::auth::has_scope;
use crate::serve::http::body::rendered;
use crate::serve::http::extract::{CurrentPrincipal, StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::payer_updates::content::{PayerUpdate, UpdateSubject};
use crate::serve::payer_updates::update_json::PayerUpdateJson;
use crate::serve::referral_records::find;
use crate::serve::state::AppState;
use crate::statements::referral_request::ReferralId;
use crate::statements::referral_request::record::ReferralRequest;

#[cfg(feature = "fhir")]
pub(crate) mod claim;
pub(crate) mod content;
#[cfg(feature = "pdf")]
pub(crate) mod paper;
pub(crate) mod table;
pub(crate) mod update_json;

input! {
    /// What the update is about. There is no field for a patient.
    pub(crate) struct PayerUpdateRequest as "PayerUpdateQuestion" {
        /// The discharge, with `screens` and one service.
        discharge: MatchRequest, required("discharge is missing", || Some(DISCHARGE_HINT.to_owned()));
        /// The id of the referral request whose providers are listed. It needs the scope `referral`.
        referral_request: Text<{ ReferralId::DIGITS }>;
        /// How fast the payer must decide.
        request: RequestSpeed;
    }
    where unknown(|_| Some("this body has discharge, referral_request and request; put the question under discharge".to_owned()));
}

/// How to send the discharge.
const DISCHARGE_HINT: &str = "the same fields as the body of /v1/matches, with screens";

/// A format of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UpdateFormat {
    Json,
    Csv,
    #[cfg(feature = "pdf")]
    Pdf,
    #[cfg(feature = "fhir")]
    Claim,
}

impl UpdateFormat {
    /// Every format of this build, the default first.
    const ALL: &[Self] = &[
        Self::Json,
        Self::Csv,
        #[cfg(feature = "pdf")]
        Self::Pdf,
        #[cfg(feature = "fhir")]
        Self::Claim,
    ];

    /// The format for people: PDF, or CSV in a build without it.
    pub(crate) const PRINTED: Self = {
        #[cfg(feature = "pdf")]
        let printed = Self::Pdf;
        #[cfg(not(feature = "pdf"))]
        let printed = Self::Csv;
        printed
    };

    fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            #[cfg(feature = "pdf")]
            Self::Pdf => "application/pdf",
            #[cfg(feature = "fhir")]
            Self::Claim => crate::serve::fhir::format::CONTENT,
        }
    }

    fn requested(headers: &HeaderMap) -> Result<Self, Problem> {
        preferred(headers, Self::ALL, Self::media_type)
            .ok_or_else(|| no_such_format(Self::ALL.iter().map(|format| format.media_type())))
    }

    /// The content type, and the name under which a browser saves the file.
    pub(crate) fn headers(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Json => ("application/json", None),
            Self::Csv => ("text/csv; charset=utf-8", Some("attachment; filename=\"payer-update.csv\"")),
            #[cfg(feature = "pdf")]
            Self::Pdf => ("application/pdf", Some("attachment; filename=\"payer-update.pdf\"")),
            #[cfg(feature = "fhir")]
            Self::Claim => (crate::serve::fhir::format::CONTENT, None),
        }
    }
}

/// Write an update for a payer
///
/// What each rule about the level of care gives by what was entered, why this level, and which providers were asked, when, and with which
/// coded reason. As PDF, CSV, JSON, or a FHIR Claim in the shape of Da Vinci PAS. None of them names a patient: staff add the reference
/// number of the payer. The Claim is a shape to start from, not a submission. Nothing is stored.
#[utoipa::path(
    post,
    path = "/v1/payer-updates",
    operation_id = "write_payer_update",
    tag = "coverage",
    request_body = PayerUpdateRequest,
    responses((status = 200, description = "The update, in the format that Accept asks for", content(
        (PayerUpdateJson = "application/json"),
        (String = "text/csv"),
        (String = "application/pdf"),
        (serde_json::Value = "application/fhir+json"),
    ))),
)]
pub(crate) async fn write(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    headers: HeaderMap,
    CurrentPrincipal(caller): CurrentPrincipal,
    body: StrictJson,
) -> Result<Response, Problem> {
    let format = UpdateFormat::requested(&headers)?;
    let served = app.served()?;
    let (subject, referral) = read(&served, &caller, &body)?;
    let update = PayerUpdate::new(&app, &served, &subject, referral.as_deref());
    let bytes = file(&app, &update, format)?;
    let (content_type, saved_as) = format.headers();
    let mut response = ([(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-store"), (VARY, "accept")], bytes).into_response();
    if let Some(saved_as) = saved_as {
        response.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static(saved_as));
    }
    response.extensions_mut().insert(answer_metadata(&served));
    Ok(response)
}

/// `update` in one format.
///
/// # Errors
/// It cannot be written.
pub(crate) fn file(app: &AppState, update: &PayerUpdate, format: UpdateFormat) -> Result<Bytes, Problem> {
    #[cfg(not(feature = "pdf"))]
    let _ = app;
    Ok(match format {
        UpdateFormat::Json => rendered(&PayerUpdateJson::new(update))?,
        UpdateFormat::Csv => table::written(update)?.into(),
        #[cfg(feature = "pdf")]
        UpdateFormat::Pdf => paper::written(app, update)?.into(),
        #[cfg(feature = "fhir")]
        UpdateFormat::Claim => rendered(&claim::claim(update))?,
    })
}

/// The subject of the update, and the referral request.
fn read(
    served: &LiveDirectory,
    caller: &Principal,
    body: &StrictJson,
) -> Result<(UpdateSubject, Option<Arc<ReferralRequest>>), Problem> {
    let mut faults = FieldErrors::default();
    let Some(request) = PayerUpdateRequest::read(&body.read()?, FieldPlace::ROOT, &mut faults) else {
        return Err(Problem::Invalid(faults));
    };
    if request.referral_request.is_present() {
        has_scope(caller, Scope::Referral)?;
    }
    let referral = request.referral_request.given().and_then(|typed| {
        let found = typed.parse().ok().and_then(|id: ReferralId| find(served, id).ok());
        if found.is_none() {
            let hint = Some("send the id of a request of the last 90 days, or leave it out".to_owned());
            faults.add(request.referral_request.at, "no_such_referral", "there is no referral request with that id", hint);
        }
        found
    });
    let question = request
        .discharge
        .given()
        .and_then(|discharge| query::understood(served.base(), discharge, served.today(), &mut faults));
    let subject = question.and_then(|(question, _)| {
        let at = request.discharge.at;
        let Some(screens) = question.screens else {
            let hint = Some("send screens: {} for the rules alone".to_owned());
            faults.add(at.field("screens"), "missing", "which facts about the level of care are known?", hint);
            return None;
        };
        if question.discharges.len() > 1 {
            let hint = Some("write an update for each level of care".to_owned());
            faults.add(at.field("services"), "too_many", "an update has one service", hint);
        }
        let discharge = question.discharges.into_iter().next()?;
        Some(UpdateSubject { discharge, screens, speed: request.request.given().copied() })
    });
    if let (Some(subject), Some(referral)) = (&subject, &referral)
        && referral.details.service != subject.discharge.service
    {
        let detail = format!("the referral request is for {}", referral.details.service.label());
        let hint = Some("send the discharge for the same service".to_owned());
        faults.add(request.referral_request.at, "conflict", detail, hint);
    }
    match subject {
        Some(subject) if faults.is_empty() => Ok((subject, referral)),
        _ => Err(Problem::Invalid(faults)),
    }
}
