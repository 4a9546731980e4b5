//! What goes wrong over HTTP, as `application/problem+json` (RFC 9457).
//!
//! The policy: what the caller can mend says how, every wrong field at once; what the caller cannot mend says nothing of the
//! inside. A handler returns a [`Problem`]; [`crate::serve::http::middleware`] prints it, because only there the request id is known.

use std::borrow::Cow;

use axum::http::StatusCode;

use crate::choice_list::TooLong;
use crate::discharge::{FieldErrors, MOST_TOLD};
use crate::ledger::error::LedgerError;
use crate::serve::http::problem::limits::{daily_limit, daily_limit_for_people, how_long, way_out, way_out_for_people};

pub(crate) mod kinds;
pub(crate) mod limits;
pub(crate) mod problem_json;

/// Why a request was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The body is not JSON, and where that shows.
    NotJson {
        /// What the reader met, with line and column.
        what: String,
    },
    /// No route has that path.
    NoSuchRoute,
    /// The directory has no provider of that id.
    NoSuchProvider,
    /// The route exists, the method does not.
    WrongMethod,
    /// The caller accepts no JSON.
    NotAcceptable,
    /// The body did not arrive in time.
    TooSlow,
    /// The answers of a batch were not taken in time.
    ReadTooSlowly,
    /// The body is larger than [`crate::serve::http::extract::LARGEST_BODY`], or [`crate::serve::http::extract::LARGEST_CALL`] of a CDS Hooks call.
    TooLarge,
    /// The batch has more lines than [`crate::serve::api::batch::MOST_LINES`] or more bytes than [`crate::serve::api::batch::LARGEST_BATCH`].
    TooMuch,
    /// The body is encoded in a way that is not taken.
    WrongEncoding {
        /// What is: the value of Accept-Encoding.
        taken: &'static str,
    },
    /// The body is declared as gzip and is none.
    NotGzip,
    /// The request does not say for which host it is, or says it more than once.
    NoHost,
    /// The body is not declared as JSON.
    WrongType,
    /// The body is not what a form of the pages sends.
    NotAForm,
    /// A page of another site sent the form.
    FromElsewhere,
    /// Fields or parameters are wrong; each is listed.
    Invalid(FieldErrors),
    /// A fault of ours.
    Internal,
    /// No generation is loaded yet.
    NoDirectory,
    /// No list is recorded under that id.
    NoSuchList,
    /// The caller accepts none of the forms of a list.
    NoSuchFormat,
    /// The ledger is not there or cannot be written, so nothing is made or taken that could not be kept.
    NoLedger,
    /// Nobody says who sends the request, or what they show is not taken.
    Unauthorized {
        /// Why, in a sentence that says nothing of the inside.
        why: &'static str,
    },
    /// Whoever sends the request may not do this.
    Forbidden {
        /// What it would need, such as `the scope match`.
        needs: Cow<'static, str>,
    },
    /// The principal has asked too much.
    TooMany {
        /// In how many seconds it may ask again.
        seconds: u64,
    },
    /// The principal has put as much into the ledger today as it may.
    DailyLimit {
        /// As much of what.
        what: &'static str,
        /// In how many seconds the day ends.
        seconds: u64,
    },
    /// A choice list would hold more places than [`crate::choice_list::MOST_PLACES`].
    ListTooLong(TooLong),
    /// The program has too much to do.
    Busy,
    /// The request was sent to a host this program does not answer for.
    Misdirected,
    /// A CDS Hooks call lacks what a card is made from.
    NoPrefetch {
        /// What is missing, by the keys of the prefetch.
        missing: Vec<&'static str>,
    },
    /// The FHIR view has no such resource.
    NoSuchResource,
    /// The FHIR view has no resources of that type.
    NoSuchType,
    /// The caller of the FHIR view accepts no JSON.
    NotFhirJson,
    /// A search of the FHIR view has parameters that are wrong; each is listed.
    NotASearch(FieldErrors),
    /// The page of a search belongs to a directory that is no longer served.
    PageGone,
    /// What the ledger keeps of a list is damaged, or the ledger failed while it was read.
    ListNotRead,
}

impl Problem {
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotJson { .. } | Self::NotASearch(_) | Self::NotGzip | Self::NoHost => StatusCode::BAD_REQUEST,
            Self::PageGone => StatusCode::GONE,
            Self::NoSuchRoute | Self::NoSuchProvider | Self::NoSuchList | Self::NoSuchResource | Self::NoSuchType => {
                StatusCode::NOT_FOUND
            }
            Self::Unauthorized { .. } => StatusCode::UNAUTHORIZED,
            Self::FromElsewhere | Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::TooMany { .. } | Self::DailyLimit { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::NoPrefetch { .. } => StatusCode::PRECONDITION_FAILED,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable | Self::NoSuchFormat | Self::NotFhirJson => StatusCode::NOT_ACCEPTABLE,
            Self::TooSlow | Self::ReadTooSlowly => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge | Self::TooMuch => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongType | Self::NotAForm | Self::WrongEncoding { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Invalid(_) | Self::ListTooLong(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Internal | Self::ListNotRead => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NoDirectory | Self::NoLedger | Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The stable code programs decide on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "not_json",
            Self::NoSuchRoute => "no_such_route",
            Self::NoSuchProvider => "no_such_provider",
            Self::WrongMethod => "wrong_method",
            Self::NotAcceptable | Self::NoSuchFormat | Self::NotFhirJson => "not_acceptable",
            Self::FromElsewhere => "from_elsewhere",
            Self::TooSlow => "too_slow",
            Self::ReadTooSlowly => "read_too_slowly",
            Self::TooLarge => "too_large",
            Self::TooMuch => "batch_too_large",
            Self::WrongType | Self::NotAForm => "wrong_content_type",
            Self::WrongEncoding { .. } => "wrong_content_encoding",
            Self::NotGzip => "not_gzip",
            Self::NoHost => "no_host",
            Self::Invalid(_) | Self::NotASearch(_) => "invalid",
            Self::Internal => "internal",
            Self::NoDirectory => "no_directory",
            Self::NoSuchList => "no_such_list",
            Self::NoLedger => "no_ledger",
            Self::ListNotRead => "list_not_read",
            Self::Unauthorized { .. } => "unauthorized",
            Self::Forbidden { .. } => "forbidden",
            Self::TooMany { .. } => "too_many_requests",
            Self::DailyLimit { .. } => "daily_limit",
            Self::ListTooLong(_) => "list_too_long",
            Self::Busy => "busy",
            Self::Misdirected => "misdirected",
            Self::NoPrefetch { .. } => "no_prefetch",
            Self::NoSuchResource => "no_such_resource",
            Self::NoSuchType => "no_such_type",
            Self::PageGone => "page_gone",
        }
    }

    /// What is wrong, in a few words.
    pub fn title(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "The body is not JSON",
            Self::NoSuchRoute => "There is nothing at this path",
            Self::NoSuchProvider => "The directory has no such provider",
            Self::WrongMethod => "This path does not take that method",
            Self::NotAcceptable => "Answers are JSON",
            Self::TooSlow => "The body did not arrive in time",
            Self::ReadTooSlowly => "The answers were not read in time",
            Self::TooLarge => "The body is too large",
            Self::TooMuch => "The batch is too large",
            Self::WrongType => "The body must be declared as JSON",
            Self::WrongEncoding { .. } => "The body is encoded in a way that is not taken",
            Self::NotGzip => "The body is not gzip",
            Self::NoHost => "The request does not name one host",
            Self::NotAForm => "This is not what the form sends",
            Self::FromElsewhere => "Another site sent this",
            Self::Invalid(_) => "The question cannot be answered as asked",
            Self::Internal => "Something went wrong here",
            Self::NoDirectory => "No directory is loaded yet",
            Self::NoSuchList => "There is no list of that number",
            Self::NoSuchFormat => "A list is JSON, HTML or PDF",
            Self::NoLedger => "Nothing can be recorded at the moment",
            Self::ListNotRead => "The list could not be read",
            Self::Unauthorized { .. } => "Nobody is signed in",
            Self::Forbidden { .. } => "This is not allowed",
            Self::TooMany { .. } => "Too many requests",
            Self::DailyLimit { .. } => "Enough has been recorded for today",
            Self::ListTooLong(_) => "The list would be too long",
            Self::Busy => "There is too much to do at this moment",
            Self::Misdirected => "This host is not served here",
            Self::NoPrefetch { .. } => "The call lacks what a card is made from",
            Self::NoSuchResource => "The directory has no such resource",
            Self::NoSuchType => "The directory has no resources of that type",
            Self::NotFhirJson => "Resources are JSON",
            Self::NotASearch(_) => "The search cannot be answered as asked",
            Self::PageGone => "The pages of this search are gone",
        }
    }

    /// What the caller can do about it.
    pub(crate) fn detail(&self) -> Cow<'static, str> {
        match self {
            Self::NotJson { what } => what.clone().into(),
            Self::NoSuchRoute => "See the README for the paths; questions are POST bodies to /v1/matches.".into(),
            Self::NoSuchProvider => "An id is ccn: and six characters, npi: and ten digits, or fhir:, a payer's directory, : and its id there.".into(),
            Self::WrongMethod => "The Allow header names the methods this path takes.".into(),
            Self::NotAcceptable => "Send Accept: application/json, or no Accept header.".into(),
            Self::TooSlow => "Send the whole body within ten seconds.".into(),
            Self::ReadTooSlowly => "Answers wait a minute in all to be read, and a batch ends after ten minutes; send the rest, from this line on, as another.".into(),
            Self::TooLarge => "A body holds at most 64 KiB, as does a line of a batch; the call of a CDS hook holds at most 1 MiB.".into(),
            Self::TooMuch => "A batch holds at most 10,000 lines and 16 MiB; send the rest as another.".into(),
            Self::WrongEncoding { taken } => format!("Send it plain, or as Accept-Encoding says: {taken}.").into(),
            Self::NotGzip => "Content-Encoding says gzip; send the body so, or plain without that header.".into(),
            Self::NoHost => "Send one Host header with the name or address that is asked (RFC 9112, 3.2).".into(),
            Self::WrongType => "Send Content-Type: application/json, in UTF-8; of a batch application/x-ndjson.".into(),
            Self::FromElsewhere => "Forms are taken from the pages of this server only.".into(),
            Self::NotAForm => "Send the form of the page, or ask /v1/matches with JSON.".into(),
            Self::Invalid(errors) if errors.len() == 1 => "One field is wrong.".into(),
            Self::Invalid(errors) => format!("{} fields are wrong{}.", errors.len(), of_those(errors)).into(),
            Self::Internal => "The request id finds the cause in the log of the server.".into(),
            Self::NoDirectory => "Run placement refresh, or wait until the first directory is read.".into(),
            Self::NoSuchList => "An id is the 26 letters and digits on the paper; a list of another ledger is not found here.".into(),
            Self::NoSuchFormat => "Send Accept: application/json, text/html or application/pdf.".into(),
            Self::NoLedger => "No list is made and nothing is taken that could not be kept. The log of the server says why.".into(),
            Self::Unauthorized { why } => format!("{why} Send Authorization: Bearer and an API key or a token.").into(),
            Self::Forbidden { needs } => format!("It needs {needs}.").into(),
            Self::TooMany { seconds } => format!("Ask again in {seconds} seconds; Retry-After says so too.").into(),
            Self::DailyLimit { what, seconds } => daily_limit(what, *seconds).into(),
            Self::ListTooLong(long) => format!("{} {}", how_long(long), way_out(long)).into(),
            Self::Busy => "Ask again in a second; Retry-After says so too.".into(),
            Self::Misdirected => "Ask at the address the program is set up for: public_url in its settings.".into(),
            Self::NoPrefetch { missing } => format!("Send in prefetch: {}. The FHIR server is never called.", missing.join(", ")).into(),
            Self::NoSuchResource => "Ids change when a provider leaves the directory; search for it again.".into(),
            Self::NoSuchType => "The types there are stand in /fhir/metadata. There are no persons and no end points in this directory.".into(),
            Self::NotFhirJson => "Send Accept: application/fhir+json, or no Accept header.".into(),
            Self::NotASearch(errors) if errors.len() == 1 => "One parameter is wrong.".into(),
            Self::NotASearch(errors) => format!("{} parameters are wrong{}.", errors.len(), of_those(errors)).into(),
            Self::PageGone => "A newer directory has been published meanwhile. Start again from the first page.".into(),
            Self::ListNotRead => "What the ledger keeps of it is damaged, or the ledger failed. The request id finds which in the log of the server.".into(),
        }
    }

    /// The same for a person in a browser, who knows nothing of paths and headers.
    pub fn detail_for_people(&self) -> Cow<'static, str> {
        match self {
            Self::NoSuchRoute => "The address may be mistyped, or the page has moved.".into(),
            Self::NoSuchProvider => "It may have left the directory since. Ask for it by name.".into(),
            Self::WrongMethod => "This page is reached from the question, not by its address.".into(),
            Self::TooSlow | Self::TooLarge | Self::NotAForm => "What the browser sent did not arrive whole. Ask again.".into(),
            Self::Internal => "It is not something you did. Ask again; if it stays, tell whoever runs placement the number below.".into(),
            Self::NoDirectory => "Nothing can be found until the first directory is loaded. Whoever runs placement starts it with: placement refresh".into(),
            Self::NoSuchList => "Compare the number with the one on the paper, all 26 letters and digits.".into(),
            Self::NoLedger => "No list is made that is not recorded. Everything else works. Tell whoever runs placement.".into(),
            Self::ListNotRead => "What is kept of it may be damaged; it is never taken for another list. Ask again; if it stays, tell whoever runs placement the number below.".into(),
            Self::Unauthorized { why } => (*why).into(),
            Self::TooMany { .. } | Self::Busy => "Wait a moment and ask again.".into(),
            Self::DailyLimit { what, seconds } => daily_limit_for_people(what, *seconds).into(),
            Self::ListTooLong(long) => format!("{} {}", how_long(long), way_out_for_people(long)).into(),
            Self::NotJson { .. }
            | Self::Forbidden { .. }
            | Self::Misdirected
            | Self::NoPrefetch { .. }
            | Self::NoSuchResource
            | Self::NoSuchType
            | Self::NotFhirJson
            | Self::NotASearch(_)
            | Self::PageGone
            | Self::NotAcceptable
            | Self::NoSuchFormat
            | Self::FromElsewhere
            | Self::WrongType
            | Self::WrongEncoding { .. }
            | Self::NotGzip
            | Self::NoHost
            | Self::TooMuch
            | Self::ReadTooSlowly
            | Self::Invalid(_) => self.detail(),
        }
    }
}

/// What `detail` says where not all of `errors` are told.
fn of_those(errors: &FieldErrors) -> String {
    if errors.more() == 0 { String::new() } else { format!("; the first {MOST_TOLD} are listed") }
}

/// What a ledger that could not keep something is to the caller. Whoever maps it writes the cause into the log.
impl From<&LedgerError> for Problem {
    fn from(error: &LedgerError) -> Self {
        match error {
            LedgerError::Damaged | LedgerError::NotSealed | LedgerError::Recorded | LedgerError::NotTold(_) => Self::Internal,
            LedgerError::Database(_)
            | LedgerError::Address(_)
            | LedgerError::Slow { .. }
            | LedgerError::NotOpen(_)
            | LedgerError::File { .. }
            | LedgerError::NotALedger { .. }
            | LedgerError::Empty { .. }
            | LedgerError::Gone { .. }
            | LedgerError::Newer { .. } => Self::NoLedger,
        }
    }
}
