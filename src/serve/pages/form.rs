//! The fields that a browser sends, in order. Unknown fields are errors.

use std::collections::BTreeMap;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::request::Parts;

use crate::discharge::MOST_SHOWN;
use crate::discharge::screen_request::ScreensRequest;
use crate::fuzzy::{did_you_mean, nearest};
use crate::input::errors::{FieldError, FieldErrors};
use crate::input::errors::{longer_than, too_many};
use crate::input::values::LONGEST_TEXT;
use crate::serve::http::extract::field_error;
use crate::serve::http::problem::Problem;
use crate::serve::http::request_body::ArrivedBody;

/// The fields of a question. All but those of [`REPEATED`] may occur only once.
pub(crate) const QUESTION: [&str; 31] = [
    "near",          // a ZIP, or a city and its state
    "service",       // a service's code; several make one plan
    "coverage",      // a plan's name, "Medicare", "Medicaid SC", "self pay"; empty: not specified
    "search_anyway", // the name typed as coverage, to search with it although no plan has it
    "need_words",    // needs as words, separated by commas
    "meaning_1", // the choice for a word that may mean several needs: a need's code, "language" or "ask", a colon, the word
    "meaning_2",
    "meaning_3",
    "meaning_4",
    "meaning_5",
    "meaning_6",
    "meaning_7",
    "meaning_8",
    "meaning_9",
    "meaning_10",
    "meaning_11",
    "meaning_12",
    "need",               // a need's code, required
    "prefer",             // a need's code, preferred
    "age",                // whole years
    "weight_lb",          // pounds
    "doses_a_day",        // infusion doses
    "start_within_hours", // hours from the referral to the start of care
    "drug_cost_a_day",    // whole dollars
    "eligible",           // a group that some places are for only: veterans, religious, residents
    "sex",                // female, male
    "language",           // a language by name or code
    "on",                 // the day of discharge, 2026-11-30
    "within",             // miles
    "limit",              // matches on a page
    "cursor",             // the cursor of the page
];

/// The field that asks for the rules about the right level of care. Their facts have fields of their own, named as in the API.
pub(crate) const SCREENS: &str = "screens";

/// The fields of a question with those of the rules about the right level of care, in the order of the form.
pub(crate) fn question_fields() -> impl Iterator<Item = &'static str> + Clone {
    QUESTION.into_iter().chain([SCREENS]).chain(ScreensRequest::NAMES.iter().copied())
}

/// The fields for the choice of a meaning, one for each word: the radio buttons of one question share a name.
pub(crate) const MEANINGS: &[&str] = QUESTION.split_at(5).1.split_at(12).0;

/// Other fields that forms of the pages send.
pub(crate) const OTHER: [&str; 40] = [
    "change",        // a change of the question that a button makes: `drop:weight_lb`, `prefer:resp.vent`
    "tier",          // the one tier to show
    "provider",      // a provider by id, number or name
    "pick",          // a provider's id, chosen from the answer
    "order",         // of a choice list: distance, name
    "list_language", // of a choice list: en, es
    "patient_asked", // of a choice list: "yes" if the patient asked to see the selected providers first
    "id",            // of a choice list or a network-gap packet
    "as",            // the form of a list or packet: html, pdf, json, csv
    "confirm",       // a need or limit to confirm with providers
    "call",          // the id of a provider to call for that
    "key",           // an API key, to sign in with
    "to",            // the page to go to once signed in
    "heard_1",       // of the call sheet: a question and its answer, `need:resp.vent=yes`, `coverage=no`, `coverage=unknown`
    "heard_2",
    "heard_3",
    "heard_4",
    "heard_5",
    "heard_6",
    "heard_7",
    "heard_8",
    "heard_9",
    "heard_10",
    "heard_11",
    "heard_12",
    "heard_max_lb", // of the call sheet: what the provider says its limit is, in the order of `Limit::ALL`
    "heard_min_age",
    "heard_max_age",
    "heard_max_doses",
    "heard_max_cost",
    "heard_room",      // room, no_room
    "heard_day",       // the day room begins, or the last day without it
    "heard_call",      // no_answer, left_message
    "heard_by",        // the role at the provider
    "heard_unit",      // the unit that asked
    "version",         // the version of the records that the page shows
    "plan_kind",       // of a network-gap packet: medicare_advantage, medicaid_managed, marketplace, other
    "teaching_sheets", // of a choice list: "yes" for a sheet about each service
    "ehr",             // what an EHR sent that was not understood, in codes
    "handle",          // the token of a card's link
];

/// The field with what an EHR sent and was not understood.
pub(crate) const EHR_NOTE: &str = "ehr";

/// The fields for answers of the call sheet, one for each question.
pub(crate) const HEARD: &[&str] = OTHER.split_at(13).1.split_at(12).0;

/// The fields for what a provider says its limits are, in the order of [`crate::service::Limit::ALL`].
pub(crate) const HEARD_LIMITS: &[&str] = OTHER.split_at(25).1.split_at(5).0;

/// Fields that may occur more than once.
pub(crate) const REPEATED: [&str; 8] = ["service", "need", "prefer", "language", "eligible", "therapies", "pick", "call"];

/// How often a repeated field may occur: as often as a page has matches at most.
pub(crate) const MOST_TICKS: usize = MOST_SHOWN as usize;

/// The longest text of `need_words`, in characters: enough for the most needs that are read, with commas.
pub(crate) const LONGEST_WORDS: usize = 4_000;

/// The most characters that may be typed into `field`.
pub(crate) fn longest(field: &str) -> usize {
    if field == "need_words" { LONGEST_WORDS } else { LONGEST_TEXT }
}

fn repeated(field: &str) -> FieldError {
    field_error(&format!("/{field}"), "repeated", "this field is given more than once", None)
}

/// The fields of a form as they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SubmittedForm(Vec<(String, String)>);

impl SubmittedForm {
    /// Reads a body.
    ///
    /// # Errors
    /// Every field that is unknown, repeated or too long.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Problem> {
        let fields: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        let known = || question_fields().chain(OTHER);
        let mut faults = FieldErrors::default();
        let mut given: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, value) in &fields {
            let Some(field) = known().find(|known| known == name) else {
                faults.unknown_fields("", [name.as_str()], |name| did_you_mean(&nearest(name, known(), 3)));
                continue;
            };
            let count = given.entry(field).and_modify(|count| *count += 1).or_insert(1);
            if *count > 1 && !REPEATED.contains(&field) {
                faults.push_with(|| repeated(field));
            }
            if let Some(error) = longer_than(longest(field), value, format_args!("/{field}")) {
                faults.push(FieldError { detail: format!("{field}: {}", error.detail), ..error });
            }
        }
        for (field, count) in given.into_iter().filter(|(field, count)| REPEATED.contains(field) && *count > MOST_TICKS) {
            let error = too_many(format_args!("/{field}"), MOST_TICKS, count);
            faults.push(FieldError { detail: format!("{field}: {}", error.detail), ..error });
        }
        if faults.is_empty() { Ok(Self(fields)) } else { Err(Problem::Invalid(faults)) }
    }

    /// The trimmed value of a field; empty if missing.
    pub(crate) fn one(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// All values of a repeated field, without empty ones.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let given = self.0.iter().filter(move |(known, _)| known == name);
        given.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// Whether the field was sent, even empty.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// The services asked for, each once.
    pub(crate) fn services(&self) -> Vec<&str> {
        let mut services: Vec<&str> = Vec::new();
        for service in self.all("service") {
            if !services.contains(&service) {
                services.push(service);
            }
        }
        services
    }

    /// The fields of the question, for a form that sends it again.
    pub(crate) fn question(&self) -> impl Iterator<Item = (&str, &str)> {
        let asked = |(name, _): &&(String, String)| question_fields().any(|field| field == name);
        let fields = self.0.iter().filter(asked).map(|(name, value)| (name.as_str(), value.trim()));
        fields.filter(|(_, value)| !value.is_empty())
    }

    /// The same with `value` added to `name`, unless it has it.
    #[must_use]
    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        if !self.all(name).any(|known| known == value) {
            self.0.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The same without `value` of `name`.
    #[must_use]
    pub(crate) fn without(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(known, given)| known != name || given.trim() != value);
        self
    }

    /// The fields whose name `is_kept`.
    #[must_use]
    pub(crate) fn only(&self, is_kept: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|(name, _)| is_kept(name)).cloned().collect())
    }

    /// The fields as the body of a form.
    pub(crate) fn to_body(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// The same with `name` set to `value` only; an empty value removes the field.
    #[must_use]
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let others = self.0.iter().filter(|(known, _)| known != name).cloned();
        let set = (!value.is_empty()).then(|| (name.to_owned(), value.to_owned()));
        Self(others.chain(set).collect())
    }
}

/// Whether a page of this server or a program other than a browser sent the request. Browsers set these headers and pages cannot change
/// them (Fetch Metadata Request Headers, W3C; RFC 6454), so no other site can make its visitors record a list here.
pub(crate) fn is_from_here(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    // Without TLS browsers send only the scheme and host of the page. "null" is a page that hides its origin.
    headers.get(ORIGIN).is_none_or(|origin| {
        let from = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
        let here = headers.get(HOST).and_then(|host| host.to_str().ok());
        from.zip(here).is_some_and(|(from, here)| from.eq_ignore_ascii_case(here))
    })
}

impl<S: Send + Sync> FromRequestParts<S> for SubmittedForm {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if !is_from_here(&parts.headers) {
            return Err(Problem::FromElsewhere);
        }
        let declared = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = declared.and_then(|value| value.split(';').next()).map(str::trim);
        if !essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
            return Err(Problem::NotAForm);
        }
        Self::read(ArrivedBody::from_request_parts(parts, state).await?.form())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_keeps_values_and_rejects_unknown_fields() {
        let form = SubmittedForm::read(b"near=+29401&need=resp.vent&need=wound.vac&age=&pick=ccn%3A425003").unwrap();
        assert_eq!(form.one("near"), "29401");
        assert_eq!(form.all("need").collect::<Vec<_>>(), ["resp.vent", "wound.vac"]);
        let asked: Vec<_> = form.question().collect();
        assert_eq!(asked, [("near", "29401"), ("need", "resp.vent"), ("need", "wound.vac")]);
        assert_eq!(form.with("near", "29403").one("near"), "29403");
        let Err(Problem::Invalid(faults)) = SubmittedForm::read(b"name=Jane&near=1&near=2") else { panic!("both are wrong") };
        assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), ["unknown_field", "repeated"]);
    }
}
