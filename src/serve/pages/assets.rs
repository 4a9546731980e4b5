//! The style sheets, the script and the icon, embedded in the program.

use axum::extract::FromRequestParts;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::provider::u64_prefix;
use crate::serve::http::headers::if_none_match;
use crate::serve::http::problem::Problem;

/// One embedded file.
#[derive(Debug)]
pub(crate) struct Asset {
    name: &'static str,
    media_type: &'static str,
    text: &'static str,
}

const ASSETS: [Asset; 4] = [
    Asset { name: "placement.css", media_type: "text/css; charset=utf-8", text: include_str!("../assets/placement.css") },
    Asset { name: "list.css", media_type: "text/css; charset=utf-8", text: include_str!("../assets/list.css") },
    Asset {
        name: "placement.js",
        media_type: "text/javascript; charset=utf-8",
        text: include_str!("../assets/placement.js"),
    },
    Asset { name: "icon.svg", media_type: "image/svg+xml", text: include_str!("../assets/icon.svg") },
];

/// The names of the files, in the OpenAPI document.
impl PartialSchema for Asset {
    fn schema() -> RefOr<Schema> {
        let names = ASSETS.each_ref().map(|asset| asset.name);
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
    }
}

impl ToSchema for Asset {}

impl<S: Send + Sync> FromRequestParts<S> for &'static Asset {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[expect(clippy::disallowed_types, reason = "wrapped here, so that its rejection never reaches a caller")]
        let name = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        let name = name.map_err(|_| Problem::NoSuchRoute)?;
        ASSETS.iter().find(|asset| asset.name == name.0).ok_or(Problem::NoSuchRoute)
    }
}

/// A style sheet, script or icon of the pages
#[utoipa::path(
    get,
    path = "/assets/{name}",
    operation_id = "asset",
    params(("name" = inline(Asset), Path, description = "The file.")),
    responses((
        status = 200,
        description = "A style sheet, script or icon of the pages",
        content((String = "text/css"), (String = "text/javascript"), (String = "image/svg+xml")),
    )),
)]
pub(crate) async fn asset(asset: &'static Asset, headers: HeaderMap) -> Response {
    let tag = format!("\"{:016x}\"", u64_prefix(&Sha256::digest(asset.text)));
    let held = if_none_match(&headers, &tag);
    let told = [(ETAG, tag.as_str()), (CACHE_CONTROL, "no-cache"), (CONTENT_TYPE, asset.media_type)];
    if held { (StatusCode::NOT_MODIFIED, told).into_response() } else { (told, asset.text).into_response() }
}
