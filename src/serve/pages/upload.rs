//! The file that a browser uploads: one file, in the form of a page of this server.

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use multer::Multipart;

use crate::fuzzy::did_you_mean;
use crate::input::errors::FieldErrors;
use crate::serve::http::problem::Problem;
use crate::serve::http::request_body::ArrivedBody;
use crate::serve::pages::form::is_from_here;

/// The field of the file.
pub(crate) const FILE_FIELD: &str = "saved_answer";

/// The bytes of the file; empty if none was chosen. Its name is not read.
#[derive(Debug)]
pub(crate) struct UploadedFile(pub Bytes);

impl<S: Send + Sync> FromRequestParts<S> for UploadedFile {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        receive_file(parts, state, FILE_FIELD).await.map(Self)
    }
}

/// The one file of a form, in the field `wanted`.
///
/// # Errors
/// Another site sent it, it is no such form, or it has other fields.
pub(crate) async fn receive_file<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    wanted: &'static str,
) -> Result<Bytes, Problem> {
    if !is_from_here(&parts.headers) {
        return Err(Problem::FromElsewhere);
    }
    let declared = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(declared).map_err(|_| Problem::NotAForm)?;
    let body = ArrivedBody::from_request_parts(parts, state).await?.0;
    let mut form = Multipart::new(Body::from(body).into_data_stream(), boundary);
    let mut file = None;
    let mut faults = FieldErrors::default();
    while let Some(field) = form.next_field().await.map_err(|_| Problem::NotAForm)? {
        match field.name() {
            Some(name) if name == wanted && file.is_none() => {
                file = Some(field.bytes().await.map_err(|_| Problem::NotAForm)?);
            }
            Some(name) if name == wanted => faults.add(format_args!("/{wanted}"), "repeated", "send one file", None),
            name => faults.unknown_fields("", [name.unwrap_or_default()], |_| did_you_mean(&[wanted])),
        }
    }
    if faults.is_empty() { Ok(file.unwrap_or_default()) } else { Err(Problem::Invalid(faults)) }
}
