//! `POST /v1/choice-lists` and `GET /v1/choice-lists/{id}`: a list made and recorded, and the same again, to the byte.
//!
//! The id opens the list to whoever has it, so it stands in no log: [`crate::serve::http::middleware`] writes the route, never the path.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, State};
use axum::http::header::{CACHE_CONTROL, LOCATION, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::catalog::Catalog;
use crate::choice_list::{ListOptions, MOST_PICKS};
use crate::discharge::fields::too_many;
use crate::discharge::{FieldErrors, fields};
use crate::fuzzy::{did_you_mean, nearest};
use crate::ledger::list_id::ListId;
use crate::ledger::recorded_list::RecordedList;
use crate::serve::choice_lists::create::{CreatedList, make};
use crate::serve::choice_lists::format::{ListFormat, no_such_format};
use crate::serve::choice_lists::list_json::ListJson;
use crate::serve::http::answer_metadata::AnswerMetadata;
use crate::serve::http::extract::{CurrentPrincipal, StrictJson, StrictQuery, field_error};
use crate::serve::http::problem::Problem;
use crate::serve::openapi::question_schemas::ListWish;
use crate::serve::state::AppState;

pub(crate) mod create;
pub(crate) mod format;
pub(crate) mod html;
pub(crate) mod list_json;
#[cfg(feature = "pdf")]
pub(crate) mod pdf;

/// Make a choice list
///
/// Everybody who fits one discharge, or those picked, in a neutral order and in plain words. It is recorded before anybody sees it, sealed under
/// its number: only who has the number can have it again. A list must be complete, so one of more than 250 places is refused, with the radius
/// that fits, and never cut short.
#[utoipa::path(
    post,
    path = "/v1/choice-lists",
    operation_id = "make_choice_list",
    tag = "lists",
    request_body = ListWish,
    responses(
        (status = 201, description = "The list, in the form that Accept asks for", content(
            (ListJson = "application/json"),
            (String = "text/html"),
            (String = "application/pdf"),
        ), headers(("Location" = String, description = "Where to have it again.")), links(
            ("ReadChoiceList" = (operation_id = "read_choice_list", parameters(("id" = "$response.body#/id")), description = "The same list again.")),
        )),
    ),
)]
pub(crate) async fn create(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    headers: HeaderMap,
    CurrentPrincipal(caller): CurrentPrincipal,
    body: StrictJson,
) -> Result<Response, Problem> {
    let format = ListFormat::requested(&headers)?;
    let served = app.served()?;
    let raw = body.read()?;
    let (asked, mut faults) = CreateListRequest::read(&raw);
    if let Some(discharge) = asked.discharge
        && faults.is_empty()
    {
        let made = make(&app, &served, &caller, discharge, asked.wish).await?;
        return created(served.base(), made, format);
    }
    let others = match asked.discharge.cloned() {
        None => None,
        Some(discharge) => {
            let (asking, wish) = (Arc::clone(&app), asked.wish);
            Some(app.heavy.run(&caller, move || create::faults(&asking, &served, &discharge, &wish)).await?)
        }
    };
    // What cannot be read has been told, and what it would mean is not told again.
    let told: Vec<String> = faults.iter().map(|fault| fault.pointer.clone()).collect();
    if let Some(mut others) = others {
        others.retain(|other| !told.contains(&other.pointer));
        faults.append(others);
    }
    Err(Problem::Invalid(faults))
}

fn created(catalog: &Catalog, made: CreatedList, format: ListFormat) -> Result<Response, Problem> {
    let manifest = catalog.manifest();
    let told =
        AnswerMetadata { generation: manifest.generation.clone(), built_at: manifest.built_at, ..AnswerMetadata::default() };
    let mut response = document(StatusCode::CREATED, made.list, format)?;
    let place = format!("/v1/choice-lists/{}", made.id);
    response.headers_mut().insert(LOCATION, HeaderValue::from_str(&place).map_err(|_| Problem::Internal)?);
    response.extensions_mut().insert(told);
    Ok(response)
}

/// Read a choice list again
///
/// A list as it was recorded, to the byte, in the form that is accepted.
#[utoipa::path(
    get,
    path = "/v1/choice-lists/{id}",
    operation_id = "read_choice_list",
    tag = "lists",
    params(("id" = String, Path, description = "The number on the paper: 26 letters and digits, in any case, with or without hyphens; O is read as 0, I and L as 1.")),
    responses(
        (status = 200, description = "The list, in the form that Accept asks for", content(
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
    let format = ListFormat::requested(&headers)?;
    document(StatusCode::OK, recorded(&app, id).await?, format)
}

/// What the ledger keeps under `id`.
pub(crate) async fn recorded(app: &AppState, id: ListId) -> Result<RecordedList, Problem> {
    let ledger = app.ledger.as_ref().ok_or(Problem::NoLedger)?;
    let found = ledger.list(id).await.map_err(|error| {
        tracing::error!(%error, "a list could not be read");
        if ledger.is_open() { Problem::ListNotRead } else { Problem::NoLedger }
    });
    found?.ok_or(Problem::NoSuchList)
}

/// One form of `list` as a response that no cache may keep.
pub(crate) fn document(status: StatusCode, list: RecordedList, format: ListFormat) -> Result<Response, Problem> {
    // A build without the feature `pdf` records none.
    let mut documents = list.documents;
    let Some(at) = documents.iter().position(|document| document.media_type == format.media_type()) else {
        return Err(no_such_format(documents.iter().map(|document| document.media_type.as_str())));
    };
    let mut response = (status, Bytes::from(documents.swap_remove(at).bytes)).into_response();
    let headers = response.headers_mut();
    format.describe(headers);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    Ok(response)
}

/// The list a path names.
#[derive(Debug)]
pub(crate) struct ListPath(ListId);

impl<S: Send + Sync> FromRequestParts<S> for ListPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[expect(clippy::disallowed_types, reason = "wrapped here, so that its rejection never reaches a caller")]
        let text = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        text.ok().and_then(|text| text.0.parse().ok()).map(Self).ok_or(Problem::NoSuchList)
    }
}

/// The body of `POST /v1/choice-lists`.
struct CreateListRequest<'a> {
    discharge: Option<&'a Value>,
    wish: ListOptions,
}

impl<'a> CreateListRequest<'a> {
    /// What can be read of it, and every field that cannot.
    fn read(raw: &'a Value) -> (Self, FieldErrors) {
        const KNOWN: [&str; 4] = ["discharge", "providers", "order", "language"];
        let nothing = Self { discharge: None, wish: ListOptions::default() };
        let Some(fields) = raw.as_object() else {
            let hint = Some(format!("an object with {}", KNOWN.join(", ")));
            return (nothing, field_error("", "wrong_type", "expected an object", hint).into());
        };
        let mut faults = FieldErrors::default();
        let strange = fields.keys().map(String::as_str).filter(|name| !KNOWN.contains(name));
        faults.unknown_fields("", strange, |name| {
            did_you_mean(&nearest(name, KNOWN, 1)).or_else(|| Some(format!("this body holds {}", KNOWN.join(", "))))
        });
        let discharge = fields.get("discharge").filter(|value| !value.is_null());
        if discharge.is_none() {
            let hint = "the same fields as the body of /v1/matches".to_owned();
            faults.push(field_error("/discharge", "missing", "for which discharge?", Some(hint)));
        }
        let wish = ListOptions {
            order: text(fields.get("order"), "/order", &mut faults),
            language: text(fields.get("language"), "/language", &mut faults),
            picks: picks(fields.get("providers"), &mut faults),
        };
        (Self { discharge, wish }, faults)
    }
}

fn text(value: Option<&Value>, pointer: &str, faults: &mut FieldErrors) -> Option<String> {
    let value = value.filter(|value| !value.is_null())?;
    fields::text(value, pointer, faults).map(str::to_owned)
}

/// The ids of `providers`. An empty list would be a list of nobody, which no patient can be given.
fn picks(value: Option<&Value>, faults: &mut FieldErrors) -> Vec<String> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Vec::new() };
    let Some(items) = value.as_array().filter(|items| !items.is_empty()) else {
        let hint = Some("leave it away for every provider that fits".to_owned());
        faults.push(field_error("/providers", "wrong_type", "expected a list of ids, at least one", hint));
        return Vec::new();
    };
    if items.len() > MOST_PICKS {
        faults.push(too_many("/providers", MOST_PICKS, items.len()));
        return Vec::new();
    }
    let read = |(at, item): (usize, &Value)| text(Some(item), &format!("/providers/{at}"), faults);
    items.iter().enumerate().map(read).map(Option::unwrap_or_default).collect()
}
