//! `POST /v1/choice-lists` makes and records a list; `GET /v1/choice-lists/{id}` returns it again,
//! byte for byte.
//!
//! Anybody who has the id can read the list, so it is never logged:
//! [`crate::serve::http::middleware`] logs the route, never the path.

use std::str::FromStr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, State};
use axum::http::header::{CACHE_CONTROL, LOCATION, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::catalog::manifest::Manifest;
use crate::choice_list::language::Language;
use crate::choice_list::{ListOptions, ListOrder, MOST_PICKS};
use crate::discharge::request::MatchRequest;
use crate::hospital_id::HospitalId;
use crate::input::declare::input;
use crate::input::errors::FieldErrors;
use crate::input::field::InputType;
use crate::input::place::FieldPlace;
use crate::input::values::ListOf;
use crate::ledger::list_id::ListId;
use crate::ledger::recorded_list::RecordedList;
use crate::provider::ProviderId;
use crate::serve::choice_lists::create::record_once;
use crate::serve::choice_lists::find_list::recorded;
use crate::serve::choice_lists::format::{ListFormat, no_such_format};
use crate::serve::choice_lists::list_json::ListJson;
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::extract::{CurrentPrincipal, StrictJson, StrictQuery};
use crate::serve::http::problem::Problem;
use crate::serve::http::write_conditions::WriteConditions;
use crate::serve::observation_records::hospital_of;
use crate::serve::state::AppState;

pub(crate) mod create;
pub(crate) mod find_list;
pub(crate) mod format;
pub(crate) mod html;
pub(crate) mod list_json;
#[cfg(feature = "pdf")]
pub(crate) mod pdf;
pub(crate) mod printed_json;

/// Why the PDF of a list does not show the hospital's logo, and what to do; `None` if it does, or if there is none.
fn logo_not_printed(app: &AppState) -> Option<String> {
    let logo = app.hospital.logo.as_ref()?;
    #[cfg(feature = "pdf")]
    return app.letterhead.picture(logo).err().map(str::to_owned);
    #[cfg(not(feature = "pdf"))]
    return Some(format!("this build writes no PDF, so its {} is shown on pages only", logo.media_type));
}

/// The hospitals whose logo the PDF of a list does not show, with the reason and what to do.
pub(crate) fn logos_not_printed(app: &AppState) -> Vec<(HospitalId, String)> {
    app.sites().into_iter().filter_map(|site| Some((site.hospital.id.clone(), logo_not_printed(site)?))).collect()
}

/// Make a choice list
///
/// All providers that fit one discharge, in network first, in a neutral order and in plain words,
/// with a section for each service. The list is recorded before it is returned, encrypted under its number: without the
/// number nobody can read it again. A list must be complete, so one of more than 250 places is
/// rejected, with the radius that fits, and never cut short.
#[utoipa::path(
    post,
    path = "/v1/choice-lists",
    operation_id = "make_choice_list",
    tag = "lists",
    params(("Idempotency-Key" = Option<String>, Header, description = "Identifies the request for 24 hours: the same request with the same key is recorded once, and gets the same secret. A UUID, or at least 20 characters."),),
    request_body = ListRequest,
    responses(
        (status = 201, description = "The list, in the format that Accept asks for", content(
            (ListJson = "application/json"),
            (String = "text/html"),
            (String = "application/pdf"),
        ), headers(("Location" = String, description = "Where to read it again.")), links(
            ("ReadChoiceList" = (operation_id = "read_choice_list", parameters(("id" = "$response.body#/id")), description = "The same list again.")),
        )),
    ),
)]
pub(crate) async fn create(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    headers: HeaderMap,
    CurrentPrincipal(caller): CurrentPrincipal,
    conditions: WriteConditions,
    body: StrictJson,
) -> Result<Response, Problem> {
    let format = ListFormat::requested(&headers, ListFormat::ALL)?;
    let served = app.served()?;
    let mut faults = FieldErrors::default();
    let request = ListRequest::read(&body.read()?, FieldPlace::ROOT, &mut faults);
    let wish = request.as_ref().map(ListRequest::options).unwrap_or_default();
    let asked = request.as_ref().and_then(|request| request.discharge.given());
    let Some(discharges) = asked.and_then(|asked| create::discharges(&served, asked, &mut faults)) else {
        return Err(Problem::Invalid(faults));
    };
    if faults.is_empty() {
        conditions.without_version()?;
        let now = (app.now)().timestamp().as_second();
        let once = conditions.with_secret(hospital_of(&app, &caller), &caller, "choice-lists", &body.0, now)?;
        let made = record_once(&app, &served, &caller, discharges, wish, once).await?;
        let place = format!("/v1/choice-lists/{}", made.id);
        return created_at(&place, served.base().manifest(), document(StatusCode::CREATED, made.list, format)?);
    }
    // Without a valid discharge nothing else can be checked. With one, all other errors of the list
    // are reported at once.
    if !faults.is_any_below("/discharge") {
        let asking = Arc::clone(&app);
        let others = app.heavy.run(&caller, move || create::faults(&asking, &served, &discharges, &wish)).await?;
        faults.append(others);
    }
    Err(Problem::Invalid(faults))
}

/// The response to a request that recorded a document: where to read it again, and what it was made from.
pub(crate) fn created_at(place: &str, manifest: &Manifest, mut response: Response) -> Result<Response, Problem> {
    response.headers_mut().insert(LOCATION, HeaderValue::from_str(place).map_err(|_| Problem::Internal)?);
    response.extensions_mut().insert(AnswerMetadata::of(manifest));
    Ok(response)
}

/// Read a choice list again
///
/// The list as it was recorded, byte for byte, in the requested format.
#[utoipa::path(
    get,
    path = "/v1/choice-lists/{id}",
    operation_id = "read_choice_list",
    tag = "lists",
    params(("id" = String, Path, description = "The number on the paper: 26 letters and digits, in any case, with or without hyphens; O is read as 0, I and L as 1.")),
    responses(
        (status = 200, description = "The list, in the format that Accept asks for", content(
            (ListJson = "application/json"),
            (String = "text/html"),
            (String = "application/pdf"),
        )),
    ),
)]
pub(crate) async fn again(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    headers: HeaderMap,
    ListPath(id): ListPath,
) -> Result<Response, Problem> {
    let format = ListFormat::requested(&headers, ListFormat::ALL)?;
    document(StatusCode::OK, recorded(&app, id).await?, format)
}

/// One format of `list` as a response that no cache may store.
pub(crate) fn document(status: StatusCode, list: RecordedList, format: ListFormat) -> Result<Response, Problem> {
    document_named(status, list, format, "choice-list")
}

/// One format of a recorded document, which browsers save as `name`, as a response that no cache may store.
pub(crate) fn document_named(
    status: StatusCode,
    list: RecordedList,
    format: ListFormat,
    name: &str,
) -> Result<Response, Problem> {
    // A build without the feature `pdf` records no PDF.
    let mut documents = list.documents;
    let Some(at) = documents.iter().position(|document| document.media_type == format.media_type()) else {
        return Err(no_such_format(documents.iter().map(|document| document.media_type.as_str())));
    };
    let mut response = (status, Bytes::from(documents.swap_remove(at).bytes)).into_response();
    let headers = response.headers_mut();
    format.describe(headers, name);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    Ok(response)
}

/// The list id in a path.
#[derive(Debug)]
pub(crate) struct ListPath(ListId);

impl<S: Send + Sync> FromRequestParts<S> for ListPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        number_in_path(parts, state).await.map(Self).ok_or(Problem::NoSuchList)
    }
}

/// The number of a document in a path; `None` if it is not a number.
pub(crate) async fn number_in_path<T: FromStr, S: Send + Sync>(parts: &mut Parts, state: &S) -> Option<T> {
    #[expect(clippy::disallowed_types, reason = "wrapped here, so that its rejection never reaches a caller")]
    let text = axum::extract::Path::<String>::from_request_parts(parts, state).await;
    text.ok().and_then(|text| text.0.parse().ok())
}

input! {
    /// The discharge of a choice list, with one service or several, and the options of the list.
    pub(crate) struct ListRequest as "ListWish" {
        /// The discharge.
        discharge: MatchRequest,
            required("discharge is missing", || Some("the same fields as the body of /v1/matches".to_owned()));
        /// The providers that the patient asked to see first, each of which fits; the full list
        /// follows them. If the full list would be too long, the list has only these, as a draft.
        providers: ListOf<ProviderId, MOST_PICKS>,
            filled("wrong_type", "expected a list of at least one id", || Some("omit it if no provider comes first".to_owned()));
        /// The order within each group of providers: by default `distance` if the patient travels,
        /// `name` if the provider comes to the patient. Of several services, those that come to the
        /// patient are always ordered by name.
        order: ListOrder;
        /// English if omitted.
        language: Language;
        /// Whether a teaching sheet for each service follows the list: one page on what the care is, who pays, what to
        /// ask, what its stars mean and how to appeal. None if omitted.
        teaching_sheets: bool;
    }
}

impl ListRequest {
    /// The options of the list, as far as they are valid.
    fn options(&self) -> ListOptions {
        let picks = self.providers.given().into_iter().flatten();
        ListOptions {
            order: self.order.given().copied(),
            language: self.language.given().copied().unwrap_or_default(),
            picks: picks.map(|pick| pick.given().cloned()).collect(),
            teaching_sheets: self.teaching_sheets.given().copied().unwrap_or_default(),
        }
    }
}
