//! Forms and pages, as the document describes them.

use utoipa::openapi::Object;
use utoipa::openapi::schema::Type;

/// The media type of a form of the pages.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The media type of an upload.
pub(crate) const UPLOAD: &str = "multipart/form-data";

/// A page.
pub(crate) fn html() -> Object {
    Object::with_type(Type::String)
}
