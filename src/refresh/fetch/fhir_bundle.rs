//! What a FHIR server answers: a page of a search, or an outcome that says what went wrong.

use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;
use serde_json::error::Category;

use crate::refresh::fetch::error::{FetchError, FetchFault, truncate_body};
use crate::refresh::fetch::transport::BufferedResponse;

/// The media type of FHIR resources.
pub(crate) const JSON: &str = "application/fhir+json";

/// A page of a search; of other resources only the type and what an outcome says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SearchPage {
    #[serde(rename = "resourceType")]
    resource_type: String,
    /// How many resources the whole search has, where the server says so.
    pub total: Option<u64>,
    link: Vec<BundleLink>,
    entry: Vec<BundleEntry>,
    issue: Vec<OutcomeIssue>,
}

#[derive(Debug, Deserialize)]
struct BundleLink {
    relation: String,
    url: String,
}

#[derive(Debug, Deserialize)]
struct BundleEntry {
    resource: Option<Value>,
}

/// One complaint of an outcome.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OutcomeIssue {
    severity: String,
    code: String,
    diagnostics: Option<String>,
    details: IssueDetails,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct IssueDetails {
    text: Option<String>,
}

impl OutcomeIssue {
    /// Whether something asked for was not done.
    pub(crate) fn is_grave(&self) -> bool {
        matches!(self.severity.as_str(), "error" | "fatal")
    }

    /// What it says, on one line that is yet to be told.
    pub(crate) fn words(&self) -> String {
        let words = self.diagnostics.as_deref().or(self.details.text.as_deref());
        truncate_body(words.filter(|words| !words.trim().is_empty()).unwrap_or(&self.code))
    }
}

/// An outcome, of which only what it complains of counts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OperationOutcome {
    /// The complaints.
    pub issue: Vec<OutcomeIssue>,
}

impl SearchPage {
    /// The page in an answer.
    ///
    /// # Errors
    /// The answer is not JSON, is too deep, or is something else than a page.
    pub(crate) fn of(answer: &BufferedResponse) -> Result<Self, FetchError> {
        let page: Self = json(answer)?;
        let cause = match page.resource_type.as_str() {
            "Bundle" => return Ok(page),
            "OperationOutcome" => format!("it answered with an outcome: {}", complaints(&page.issue)),
            "" => "the answer is not FHIR: it has no resourceType".to_owned(),
            other => format!("the answer is one {} and not a page of a search", truncate_body(other)),
        };
        Err(FetchFault::lasting(&answer.url, cause).into())
    }

    /// The link to the next page.
    pub(crate) fn next(&self) -> Option<&str> {
        self.link.iter().find(|link| link.relation == "next").map(|link| link.url.as_str())
    }

    /// The resources of the page.
    pub(crate) fn resources(self) -> impl Iterator<Item = Value> {
        self.entry.into_iter().filter_map(|entry| entry.resource)
    }
}

/// What an answer holds as JSON.
///
/// # Errors
/// It is a web page, is cut off, nests too deep, or is not of this shape.
pub(crate) fn json<T: for<'de> Deserialize<'de>>(answer: &BufferedResponse) -> Result<T, FetchError> {
    serde_json::from_slice(&answer.body).map_err(|error| {
        let cause = if answer.body.trim_ascii_start().starts_with(b"<") {
            "it answered with a web page or XML instead of JSON".to_owned()
        } else if answer.body.trim_ascii().is_empty() {
            "the answer is empty".to_owned()
        } else {
            match error.classify() {
                // What it would be in this program's own terms is of no use to who reads it.
                Category::Data => {
                    format!("the answer is JSON of another shape than it should be at line {}", error.line())
                }
                Category::Eof => "the answer is not the JSON it should be: it breaks off".to_owned(),
                Category::Syntax | Category::Io => format!("the answer is not the JSON it should be: {error}"),
            }
        };
        FetchFault::lasting(&answer.url, cause).into()
    })
}

/// The error with what the server said in its refusal.
pub(crate) fn explained(mut error: FetchError) -> FetchError {
    if let FetchError::Server(fault) = &mut error
        && let Ok(outcome) = serde_json::from_slice::<OperationOutcome>(&fault.body)
        && !outcome.issue.is_empty()
    {
        fault.cause = format!("{}: {}", fault.cause, complaints(&outcome.issue));
    }
    error
}

fn complaints(issues: &[OutcomeIssue]) -> String {
    let first = issues.iter().find(|issue| issue.is_grave()).or(issues.first());
    first.map_or_else(|| "it says nothing".to_owned(), OutcomeIssue::words)
}

/// `base/what`, whether or not the base ends in a slash.
///
/// # Errors
/// The base can have nothing below it.
pub(crate) fn below(base: &Url, what: &str) -> Result<Url, FetchError> {
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.path_segments_mut()
        .map_err(|()| FetchError::Asked("the address can have nothing below it".to_owned()))?
        .pop_if_empty()
        .push(what);
    Ok(url)
}
