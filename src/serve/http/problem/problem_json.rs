//! A problem as JSON (RFC 9457).

use std::borrow::Cow;

use axum::http::HeaderValue;
use axum::http::header::{ACCEPT_ENCODING, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::input::errors::FieldError;
use crate::serve::http::problem::{Problem, RecordConflict};
use crate::serve::openapi::enums;

/// Why a request was not answered (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemJson<'a> {
    /// The code as a URN.
    #[serde(rename = "type")]
    #[schema(examples("urn:placement:problem:invalid"))]
    pub kind: String,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong and how to fix it, as a sentence.
    #[schema(value_type = String)]
    pub detail: Cow<'static, str>,
    /// A stable code for programs.
    #[schema(value_type = enums::ProblemCode)]
    pub code: &'static str,
    /// The id of the request in the log of the server; the same as the header X-Request-Id. A line
    /// of a batch has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String)]
    pub request_id: Option<&'a str>,
    /// For a path or a provider that does not exist: similar paths or ids that do; omitted if there
    /// is none.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub near: &'a [String],
    /// For a list that would be too long: the largest whole number of miles at which all that fit
    /// can be listed, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u32)]
    pub within_miles: Option<u32>,
    /// For records that have changed: the `version` for `If-Match`, the `current` records, and `yours`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub conflict: Option<&'a RecordConflict>,
    /// Every field that is wrong, or the first 50; empty if no field is wrong.
    #[schema(max_items = 50)]
    pub errors: Vec<FieldErrorJson<'a>>,
    /// How many more fields are wrong; omitted if all are listed.
    #[serde(skip_serializing_if = "is_none")]
    #[schema(value_type = u64)]
    pub more_errors: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "called by serde")]
pub(crate) fn is_none(count: &usize) -> bool {
    *count == 0
}

/// One wrong field as the API and `--json` print it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldError)]
pub(crate) struct FieldErrorJson<'a> {
    /// Where: a JSON pointer into the body (RFC 6901), or `?` and the name of a parameter.
    #[schema(examples("/needs/2"))]
    pub pointer: &'a str,
    /// A stable code for programs.
    #[schema(examples("no_such_need"))]
    pub code: &'static str,
    /// What is wrong, as a sentence.
    pub detail: &'a str,
    /// How to fix it, if known.
    #[schema(required, examples("did you mean wound.npwt?"))]
    pub hint: Option<&'a str>,
}

impl<'a> From<&'a FieldError> for FieldErrorJson<'a> {
    fn from(error: &'a FieldError) -> Self {
        Self { pointer: &error.pointer, code: error.code, detail: &error.detail, hint: error.hint.as_deref() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        let headers = response.headers_mut();
        match &self {
            Self::Unauthorized { .. } => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"placement\""));
            }
            Self::WrongEncoding { taken } => {
                headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(taken));
            }
            Self::TooMany { seconds } | Self::DailyLimit { seconds, .. } => {
                headers.insert(RETRY_AFTER, HeaderValue::from(*seconds));
            }
            Self::Busy => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            // A standby takes over, or a database starts again, within some seconds.
            Self::NoLedger => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl Problem {
    /// The body, with the request id and what is similar to what does not exist.
    pub(crate) fn body(&self, request_id: &str, near: &[String]) -> Vec<u8> {
        let json = ProblemJson { near, ..self.to_json(Some(request_id)) };
        serde_json::to_vec(&json).unwrap_or_default()
    }

    /// The same as part of a larger answer, whose head has the request id.
    pub(crate) fn to_json<'a>(&'a self, request_id: Option<&'a str>) -> ProblemJson<'a> {
        let (errors, more_errors) = match self {
            Self::Invalid(errors) | Self::NotASearch(errors) => {
                (errors.iter().map(FieldErrorJson::from).collect(), errors.more())
            }
            _ => (Vec::new(), 0),
        };
        ProblemJson {
            kind: format!("urn:placement:problem:{}", self.code()),
            title: self.title(),
            status: self.status().as_u16(),
            detail: self.detail(),
            code: self.code(),
            request_id,
            near: &[],
            within_miles: match self {
                Self::ListTooLong(long) => long.within_miles,
                _ => None,
            },
            conflict: match self {
                Self::Changed(conflict) => Some(conflict),
                _ => None,
            },
            errors,
            more_errors,
        }
    }
}
