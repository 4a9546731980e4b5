//! The fields of a form whose values are codes: of referral requests, of answer links, and of the
//! pages of providers.

use axum::extract::FromRequestParts;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;

use crate::input::errors::FieldErrors;
use crate::serve::http::problem::Problem;
use crate::serve::http::request_body::ArrivedBody;
use crate::serve::pages::form::is_from_here;

/// Most fields of such a form. Our choice: as many as a provider of ten services has on its page.
const MOST_FIELDS: usize = 1_200;

/// The fields in order, with their values trimmed; empty ones are left out.
#[derive(Debug, Clone, Default)]
pub(crate) struct CodedForm(Vec<(String, String)>);

impl CodedForm {
    /// Reads a body.
    ///
    /// # Errors
    /// It has too many fields.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Problem> {
        let fields = form_urlencoded::parse(body).take(MOST_FIELDS + 1);
        let fields: Vec<(String, String)> =
            fields.map(|(name, value)| (name.into_owned(), value.trim().to_owned())).collect();
        if fields.len() > MOST_FIELDS {
            return Err(Problem::TooLarge);
        }
        Ok(Self(fields.into_iter().filter(|(_, value)| !value.is_empty()).collect()))
    }

    /// Checks that every field is one of `known`.
    ///
    /// # Errors
    /// The fields that are not.
    pub(crate) fn check(&self, known: &[&str]) -> Result<(), Problem> {
        let mut faults = FieldErrors::default();
        let unknown = self.0.iter().map(|(name, _)| name.as_str()).filter(|name| !known.contains(name));
        faults.unknown_fields("", unknown, |_| None);
        if faults.is_empty() { Ok(()) } else { Err(Problem::Invalid(faults)) }
    }

    /// The first value of a field; empty if it has none.
    pub(crate) fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// Every field and value.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The values of a field.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

async fn arrived(parts: &mut Parts) -> Result<CodedForm, Problem> {
    let declared = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = declared.and_then(|value| value.split(';').next()).map(str::trim);
    if !essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
        return Err(Problem::NotAForm);
    }
    CodedForm::read(ArrivedBody::from_request_parts(parts, &()).await?.form())
}

impl<S: Send + Sync> FromRequestParts<S> for CodedForm {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if !is_from_here(&parts.headers) {
            return Err(Problem::FromElsewhere);
        }
        arrived(parts).await
    }
}

/// The form of an answer link. Its page hides its origin, and no other site knows the token in its
/// address, so the origin is not checked.
#[derive(Debug)]
pub(crate) struct LinkForm(pub(crate) CodedForm);

impl<S: Send + Sync> FromRequestParts<S> for LinkForm {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        arrived(parts).await.map(Self)
    }
}
