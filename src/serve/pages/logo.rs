//! The logo of the hospital, served from here like every part of a page.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::provider::u64_prefix;
use crate::serve::http::extract::StrictQuery;
use crate::serve::http::headers::if_none_match;
use crate::serve::http::problem::Problem;
use crate::serve::state::AppState;

/// The policy of the file if it is opened by itself: an SVG file may color itself, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'";

/// The logo of the hospital
///
/// The file that `hospital.toml` names.
#[utoipa::path(
    get,
    path = "/logo",
    operation_id = "logo",
    responses((
        status = 200,
        description = "The logo of the hospital",
        content((String = "image/png"), (String = "image/jpeg"), (String = "image/svg+xml")),
    )),
)]
pub(crate) async fn logo(
    State(app): State<Arc<AppState>>,
    _: StrictQuery<()>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let logo = app.hospital.logo.as_ref().ok_or(Problem::NoSuchRoute)?;
    let tag = format!("\"{:016x}\"", u64_prefix(&Sha256::digest(&logo.bytes)));
    let told = [(ETAG, tag.as_str()), (CACHE_CONTROL, "no-cache"), (CONTENT_TYPE, logo.media_type)];
    let mut response = if if_none_match(&headers, &tag) {
        (StatusCode::NOT_MODIFIED, told).into_response()
    } else {
        (told, logo.bytes.to_vec()).into_response()
    };
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}
