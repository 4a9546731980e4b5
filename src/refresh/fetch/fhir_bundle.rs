//! FHIR server answers: a search page, or an outcome that reports what went wrong.

use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;
use serde_json::error::Category;

use crate::refresh::fetch::error::{FetchError, FetchFault, truncate_body};
use crate::refresh::fetch::transport::BufferedResponse;

/// The media type of FHIR resources.
pub(crate) const JSON: &str = "application/fhir+json";

/// A page of search results. For other resource types, only the type and the issues are read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SearchPage {
    #[serde(rename = "resourceType")]
    resource_type: String,
    /// Size of the whole result, if the server states it.
    pub total: Option<u64>,
    link: Vec<PageLink>,
    entry: Vec<BundleEntry>,
    issue: Vec<OutcomeIssue>,
    /// The envelope of CMS's National Provider Directory around a page: the size of the whole result, the address of the next page,
    /// and the page.
    count: Option<u64>,
    #[serde(rename = "next")]
    next_page: Option<String>,
    results: Option<EnvelopeResults>,
}

/// What an envelope holds.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum EnvelopeResults {
    Resources(Vec<Value>),
    Bundle {
        #[serde(rename = "resourceType")]
        resource_type: String,
        // FHIR omits what is empty.
        #[serde(default)]
        entry: Vec<BundleEntry>,
    },
}

/// A link to another page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PageLink {
    relation: String,
    url: String,
}

/// The link to the next page. Relations are compared without case (RFC 8288, 2.1.1).
pub(crate) fn next_of(links: &[PageLink]) -> Option<&str> {
    links.iter().find(|link| link.relation.trim().eq_ignore_ascii_case("next")).map(|link| link.url.as_str())
}

#[derive(Debug, Deserialize)]
struct BundleEntry {
    resource: Option<Value>,
}

/// One issue of an outcome.
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
    /// Whether the request failed at least in part.
    pub(crate) fn is_grave(&self) -> bool {
        matches!(self.severity.as_str(), "error" | "fatal")
    }

    /// The issue's message on one line.
    pub(crate) fn words(&self) -> String {
        let words = self.diagnostics.as_deref().or(self.details.text.as_deref());
        truncate_body(words.filter(|words| !words.trim().is_empty()).unwrap_or(&self.code))
    }
}

/// An `OperationOutcome`; only its issues are read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OperationOutcome {
    /// The issues.
    pub issue: Vec<OutcomeIssue>,
}

impl SearchPage {
    /// Parses the page in an answer.
    ///
    /// # Errors
    /// The answer is not JSON, is nested too deeply, or is not a search page.
    pub(crate) fn of(answer: &BufferedResponse) -> Result<Self, FetchError> {
        let mut page: Self = json(answer)?;
        if let Some(results) = page.results.take().filter(|_| page.resource_type.is_empty()) {
            let next = page.next_page.take().map(|url| PageLink { relation: "next".to_owned(), url });
            let entry = match results {
                EnvelopeResults::Resources(all) => all.into_iter().map(|one| BundleEntry { resource: Some(one) }).collect(),
                EnvelopeResults::Bundle { resource_type, entry } if resource_type == "Bundle" => entry,
                EnvelopeResults::Bundle { resource_type, .. } => {
                    let cause = format!("the answer is a {}, not a search page", truncate_body(&resource_type));
                    return Err(FetchFault::lasting(&answer.url, cause).into());
                }
            };
            return Ok(Self { total: page.count, link: next.into_iter().collect(), entry, ..Self::default() });
        }
        let cause = match page.resource_type.as_str() {
            "Bundle" => return Ok(page),
            "OperationOutcome" => format!("the server answered with an error: {}", complaints(&page.issue)),
            "" => "the answer is not FHIR: resourceType is missing".to_owned(),
            other => format!("the answer is a {}, not a search page", truncate_body(other)),
        };
        Err(FetchFault::lasting(&answer.url, cause).into())
    }

    /// The link to the next page.
    pub(crate) fn next(&self) -> Option<&str> {
        next_of(&self.link)
    }

    /// The resources of the page.
    pub(crate) fn resources(self) -> impl Iterator<Item = Value> {
        self.entry.into_iter().filter_map(|entry| entry.resource)
    }
}

/// A text without the byte order mark that some servers send.
pub(crate) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Parses the body of an answer as JSON.
///
/// # Errors
/// It is a web page, is cut off, is nested too deeply, or has another structure.
pub(crate) fn json<T: for<'de> Deserialize<'de>>(answer: &BufferedResponse) -> Result<T, FetchError> {
    let body = without_mark(&answer.body);
    serde_json::from_slice(body).map_err(|error| {
        let cause = if body.trim_ascii_start().starts_with(b"<") {
            "the server answered with a web page or XML instead of JSON".to_owned()
        } else if body.trim_ascii().is_empty() {
            "the answer is empty".to_owned()
        } else {
            match error.classify() {
                // serde's message names this program's types, which would not help the reader.
                Category::Data => {
                    format!("the answer is JSON with an unexpected structure at line {}", error.line())
                }
                Category::Eof => "the answer is not valid JSON: it is cut off".to_owned(),
                Category::Syntax | Category::Io => format!("the answer is not valid JSON: {error}"),
            }
        };
        FetchFault::lasting(&answer.url, cause).into()
    })
}

/// Adds the issues in the response body to the error.
pub(crate) fn explained(mut error: FetchError) -> FetchError {
    if let FetchError::Server(fault) = &mut error
        && let Ok(outcome) = serde_json::from_slice::<OperationOutcome>(without_mark(&fault.body))
        && !outcome.issue.is_empty()
    {
        fault.cause = format!("{}: {}", fault.cause, complaints(&outcome.issue));
    }
    error
}

fn complaints(issues: &[OutcomeIssue]) -> String {
    let first = issues.iter().find(|issue| issue.is_grave()).or(issues.first());
    first.map_or_else(|| "no reason given".to_owned(), OutcomeIssue::words)
}

/// `base/what`, whether or not the base ends with a slash.
///
/// # Errors
/// The base cannot have a path.
pub(crate) fn below(base: &Url, what: &str) -> Result<Url, FetchError> {
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.path_segments_mut()
        .map_err(|()| FetchError::Asked("the address cannot have a path".to_owned()))?
        .pop_if_empty()
        .push(what);
    Ok(url)
}
