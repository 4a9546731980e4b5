//! What goes wrong over HTTP, as `application/problem+json` (RFC 9457): one table with a row for each problem.
//!
//! The policy: what the caller can mend says how, every wrong field at once; what the caller cannot mend says nothing of the
//! inside. A handler returns a [`Problem`]; [`crate::serve::http::middleware`] prints it, because only there the request id is known.

use std::borrow::Cow;

use axum::http::StatusCode;

use crate::choice_list::TooLong;
use crate::input::errors::{FieldError, FieldErrors, MOST_TOLD};
use crate::ledger::error::LedgerError;
use crate::serve::http::problem::limits::{daily_limit, daily_limit_for_people, how_long, way_out, way_out_for_people};
use crate::serve::http::problem::problem_table::problems;

pub(crate) mod limits;
pub(crate) mod problem_json;
pub(crate) mod problem_table;

problems! {
    /// The body is not JSON, and where that shows.
    NotJson {
        /// What the reader met, with line and column.
        what: String = "expected value at line 1 column 12".to_owned(),
    } => BAD_REQUEST, "not_json", "The body is not JSON" { detail: what.clone() }

    /// Fields or parameters are wrong; each is listed.
    Invalid(errors: FieldErrors = example_of_fields())
        => UNPROCESSABLE_ENTITY, "invalid", "The question cannot be answered as asked" { detail: count_wrong("field", errors) }

    /// No route has that path.
    NoSuchRoute => NOT_FOUND, "no_such_route", "There is nothing at this path" {
        detail: "See the README for the paths; questions are POST bodies to /v1/matches.",
        people: "The address may be mistyped, or the page has moved.",
    }

    /// The directory has no provider of that id.
    NoSuchProvider => NOT_FOUND, "no_such_provider", "The directory has no such provider" {
        detail: "An id is ccn: and six characters, npi: and ten digits, or fhir:, a payer's directory, : and its id there.",
        people: "It may have left the directory since. Ask for it by name.",
    }

    /// No list is recorded under that id.
    NoSuchList => NOT_FOUND, "no_such_list", "There is no list of that number" {
        detail: "An id is the 26 letters and digits on the paper; a list of another ledger is not found here.",
        people: "Compare the number with the one on the paper, all 26 letters and digits.",
    }

    /// The FHIR view has no such resource.
    NoSuchResource => NOT_FOUND, "no_such_resource", "The directory has no such resource" {
        detail: "Ids change when a provider leaves the directory; search for it again.",
    }

    /// The FHIR view has no resources of that type.
    NoSuchType => NOT_FOUND, "no_such_type", "The directory has no resources of that type" {
        detail: "The types there are stand in /fhir/metadata. There are no persons and no end points in this directory.",
    }

    /// A search of the FHIR view has parameters that are wrong; each is listed.
    NotASearch(errors: FieldErrors = example_of_parameters())
        => BAD_REQUEST, "invalid", "The search cannot be answered as asked" { detail: count_wrong("parameter", errors) }

    /// The caller of the FHIR view accepts no JSON.
    NotFhirJson => NOT_ACCEPTABLE, "not_acceptable", "Resources are JSON" {
        detail: "Send Accept: application/fhir+json, or no Accept header.",
    }

    /// The page of a search belongs to a directory that is no longer served.
    PageGone => GONE, "page_gone", "The pages of this search are gone" {
        detail: "A newer directory has been published meanwhile. Start again from the first page.",
    }

    /// The route exists, the method does not.
    WrongMethod => METHOD_NOT_ALLOWED, "wrong_method", "This path does not take that method" {
        detail: "The Allow header names the methods this path takes.",
        people: "This page is reached from the question, not by its address.",
    }

    /// The caller accepts no JSON.
    NotAcceptable => NOT_ACCEPTABLE, "not_acceptable", "Answers are JSON" {
        detail: "Send Accept: application/json, or no Accept header.",
    }

    /// The caller accepts none of the forms of a list.
    NoSuchFormat {
        /// The media types of those there are, as a caller reads them.
        there_are: String = "application/json, text/html or application/pdf".to_owned(),
    } => NOT_ACCEPTABLE, "not_acceptable", "The list does not come in that form" {
        detail: format!("Send Accept: {there_are}."),
    }

    /// The body did not arrive in time.
    TooSlow => REQUEST_TIMEOUT, "too_slow", "The body did not arrive in time" {
        detail: "Send the whole body within ten seconds.",
        people: NOT_WHOLE,
    }

    /// The answers of a batch were not taken in time.
    ReadTooSlowly => REQUEST_TIMEOUT, "read_too_slowly", "The answers were not read in time" {
        detail: "Answers wait a minute in all to be read, and a batch ends after ten minutes; send the rest, from this line on, as another.",
    }

    /// The body is larger than [`crate::serve::http::route::LARGEST_BODY`], or [`crate::serve::http::route::LARGEST_CALL`] of a CDS Hooks call.
    TooLarge => PAYLOAD_TOO_LARGE, "too_large", "The body is too large" {
        detail: "A body holds at most 64 KiB, as does a line of a batch; the call of a CDS hook holds at most 1 MiB.",
        people: NOT_WHOLE,
    }

    /// The batch has more lines than [`crate::serve::api::batch::MOST_LINES`] or more bytes than [`crate::serve::api::batch::LARGEST_BATCH`].
    TooMuch => PAYLOAD_TOO_LARGE, "batch_too_large", "The batch is too large" {
        detail: "A batch holds at most 10,000 lines and 16 MiB; send the rest as another.",
    }

    /// The request does not say for which host it is, or says it more than once.
    NoHost => BAD_REQUEST, "no_host", "The request does not name one host" {
        detail: "Send one Host header with the name or address that is asked (RFC 9112, 3.2).",
    }

    /// The body is declared as gzip and is none.
    NotGzip => BAD_REQUEST, "not_gzip", "The body is not gzip" {
        detail: "Content-Encoding says gzip; send the body so, or plain without that header.",
    }

    /// The body is not declared as JSON.
    WrongType => UNSUPPORTED_MEDIA_TYPE, "wrong_content_type", "The body must be declared as JSON" {
        detail: "Send Content-Type: application/json, in UTF-8; of a batch application/x-ndjson.",
    }

    /// The body is encoded in a way that is not taken.
    WrongEncoding {
        /// What is: the value of Accept-Encoding.
        taken: &'static str = "gzip",
    } => UNSUPPORTED_MEDIA_TYPE, "wrong_content_encoding", "The body is encoded in a way that is not taken" {
        detail: format!("Send it plain, or as Accept-Encoding says: {taken}."),
    }

    /// The body is not what a form of the pages sends.
    NotAForm => UNSUPPORTED_MEDIA_TYPE, "wrong_content_type", "This is not what the form sends" {
        detail: "Send the form of the page, or ask /v1/matches with JSON.",
        people: NOT_WHOLE,
    }

    /// A page of another site sent the form.
    FromElsewhere => FORBIDDEN, "from_elsewhere", "Another site sent this" {
        detail: "Forms are taken from the pages of this server only.",
    }

    /// Nobody says who sends the request, or what they show is not taken.
    Unauthorized {
        /// Why, in a sentence that says nothing of the inside.
        why: &'static str = "Nothing says who sends this.",
    } => UNAUTHORIZED, "unauthorized", "Nobody is signed in" {
        detail: format!("{why} Send Authorization: Bearer and an API key or a token."),
        people: *why,
    }

    /// Whoever sends the request may not do this.
    Forbidden {
        /// What it would need, such as `the scope match`.
        needs: Cow<'static, str> = "the scope match".into(),
    } => FORBIDDEN, "forbidden", "This is not allowed" { detail: format!("It needs {needs}.") }

    /// The principal has asked too much.
    TooMany {
        /// In how many seconds it may ask again.
        seconds: u64 = 2,
    } => TOO_MANY_REQUESTS, "too_many_requests", "Too many requests" {
        detail: format!("Ask again in {seconds} seconds; Retry-After says so too."),
        people: WAIT,
    }

    /// The principal has put as much into the ledger today as it may.
    DailyLimit {
        /// As much of what.
        what: &'static str = "choice lists",
        /// In how many seconds the day ends.
        seconds: u64 = 18_000,
    } => TOO_MANY_REQUESTS, "daily_limit", "Enough has been recorded for today" {
        detail: daily_limit(what, *seconds),
        people: daily_limit_for_people(what, *seconds),
    }

    /// A choice list would hold more places than [`crate::choice_list::MOST_PLACES`].
    ListTooLong(long: TooLong = TooLong { places: 482, picked: false, within_miles: Some(11) })
        => UNPROCESSABLE_ENTITY, "list_too_long", "The list would be too long" {
        detail: format!("{} {}", how_long(long), way_out(long)),
        people: format!("{} {}", how_long(long), way_out_for_people(long)),
    }

    /// The request was sent to a host this program does not answer for.
    Misdirected => MISDIRECTED_REQUEST, "misdirected", "This host is not served here" {
        detail: "Ask at the address the program is set up for: public_url in its settings.",
    }

    /// A CDS Hooks call lacks what a card is made from.
    NoPrefetch {
        /// What is missing, by the keys of the prefetch.
        missing: Vec<&'static str> = vec!["encounter", "serviceRequest"],
    } => PRECONDITION_FAILED, "no_prefetch", "The call lacks what a card is made from" {
        detail: format!("Send in prefetch: {}. The FHIR server is never called.", missing.join(", ")),
    }

    /// No generation is loaded yet.
    NoDirectory => SERVICE_UNAVAILABLE, "no_directory", "No directory is loaded yet" {
        detail: "Run placement refresh, or wait until the first directory is read.",
        people: "Nothing can be found until the first directory is loaded. Whoever runs placement starts it with: placement refresh",
    }

    /// The ledger is not there or cannot be written, so nothing is made or taken that could not be kept.
    NoLedger => SERVICE_UNAVAILABLE, "no_ledger", "Nothing can be recorded at the moment" {
        detail: "No list is made and nothing is taken that could not be kept. The log of the server says why.",
        people: "No list is made that is not recorded. Everything else works. Tell whoever runs placement.",
    }

    /// The program has too much to do.
    Busy => SERVICE_UNAVAILABLE, "busy", "There is too much to do at this moment" {
        detail: "Ask again in a second; Retry-After says so too.",
        people: WAIT,
    }

    /// What the ledger keeps of a list is damaged, or the ledger failed while it was read.
    ListNotRead => INTERNAL_SERVER_ERROR, "list_not_read", "The list could not be read" {
        detail: "What the ledger keeps of it is damaged, or the ledger failed. The request id finds which in the log of the server.",
        people: "What is kept of it may be damaged; it is never taken for another list. Ask again; if it stays, tell whoever runs placement the number below.",
    }

    /// A fault of ours.
    Internal => INTERNAL_SERVER_ERROR, "internal", "Something went wrong here" {
        detail: "The request id finds the cause in the log of the server.",
        people: "It is not something you did. Ask again; if it stays, tell whoever runs placement the number below.",
    }
}

/// For a person whose form is damaged.
const NOT_WHOLE: &str = "What the browser sent did not arrive whole. Ask again.";
/// For a person who comes too often.
const WAIT: &str = "Wait a moment and ask again.";

impl ProblemKind {
    /// The codes of all problems, each once.
    pub(crate) fn codes() -> Vec<&'static str> {
        let mut codes: Vec<&str> = Vec::new();
        for code in Self::ALL.iter().map(|kind| kind.example().code()) {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        codes
    }
}

impl Problem {
    /// What a person in a browser can do about it.
    pub fn detail_for_people(&self) -> Cow<'static, str> {
        self.own_words_for_people().unwrap_or_else(|| self.detail())
    }
}

/// How many of what are wrong, and whether not all of them are told.
fn count_wrong(what: &str, errors: &FieldErrors) -> String {
    let rest = if errors.more() == 0 { String::new() } else { format!("; the first {MOST_TOLD} are listed") };
    match errors.len() {
        1 => format!("One {what} is wrong."),
        many => format!("{many} {what}s are wrong{rest}."),
    }
}

fn example_of_fields() -> FieldErrors {
    FieldErrors::from(FieldError {
        pointer: "/service".to_owned(),
        code: "no_such_service",
        detail: "there is no service \"skilled_nursng\"".to_owned(),
        hint: Some("did you mean skilled_nursing?".to_owned()),
    })
}

fn example_of_parameters() -> FieldErrors {
    FieldErrors::from(FieldError {
        pointer: "?nam".to_owned(),
        code: "unknown_parameter",
        detail: "there is no such parameter".to_owned(),
        hint: Some("did you mean name?".to_owned()),
    })
}

/// What a ledger that could not keep something is to the caller. Whoever maps it writes the cause into the log.
impl From<&LedgerError> for Problem {
    fn from(error: &LedgerError) -> Self {
        match error {
            LedgerError::Damaged | LedgerError::NotSealed | LedgerError::Recorded | LedgerError::NotTold(_) => Self::Internal,
            LedgerError::Database(_)
            | LedgerError::Address(_)
            | LedgerError::NoPostgres
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
