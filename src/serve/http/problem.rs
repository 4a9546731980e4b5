//! Problems over HTTP, as `application/problem+json` (RFC 9457): one table with a row for each.
//!
//! If the caller can fix a problem, it says how, with every wrong field at once; otherwise it
//! reveals no internals. A handler returns a [`Problem`]; [`crate::serve::http::middleware`]
//! renders it, because only there the request id is known.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde::Serialize;

use crate::choice_list::TooLong;
use crate::input::errors::{FieldError, FieldErrors, MOST_TOLD};
use crate::ledger::error::LedgerError;
use crate::serve::http::problem::limits::{daily_limit, daily_limit_for_people, how_long, way_out, way_out_for_people};
use crate::serve::http::problem::problem_table::problems;

pub(crate) mod limits;
pub(crate) mod problem_json;
pub(crate) mod problem_table;

problems! {
    /// The body is not JSON.
    NotJson {
        /// The error of the parser, with line and column.
        what: String = "expected value at line 1 column 12".to_owned(),
    } => BAD_REQUEST, "not_json", "The body is not JSON" { detail: what.clone() }

    /// Fields or parameters are wrong; each is listed.
    Invalid(errors: FieldErrors = example_of_fields())
        => UNPROCESSABLE_ENTITY, "invalid", "The request is not valid" { detail: count_wrong("field", errors) }

    /// No route has that path.
    NoSuchRoute => NOT_FOUND, "no_such_route", "This path does not exist" {
        detail: "See the README for the paths. Send questions as POST bodies to /v1/matches.",
        people: "The address may be mistyped, or the page may have moved.",
    }

    /// The directory has no provider of that id.
    NoSuchProvider => NOT_FOUND, "no_such_provider", "The directory has no such provider" {
        detail: "A provider id is ccn: and six characters, npi: and ten digits, or fhir: or list:, a directory or table, : and its id there.",
        people: "It may have left the directory. Search for it by name.",
    }

    /// No list is recorded under that id.
    NoSuchList => NOT_FOUND, "no_such_list", "There is no list with that number" {
        detail: "The id is the 26 letters and digits printed on the list. Lists of another ledger are not found here.",
        people: "Check all 26 letters and digits of the number printed on the list.",
    }

    /// No packet is recorded under that id.
    NoSuchPacket => NOT_FOUND, "no_such_packet", "There is no packet with that number" {
        detail: "The id is the 26 letters and digits printed on the packet. The number of a choice list opens no packet.",
        people: "Check all 26 letters and digits of the number printed on the packet.",
    }

    /// No source lists the service of a packet in the area.
    NoSource {
        /// What is not loaded, as a sentence.
        what: String = "No source loaded lists home infusion. An empty answer is not evidence that there is no provider.".to_owned(),
    } => CONFLICT, "no_source", "No source covers this service there" { detail: what.clone() }

    /// No directory of the plan of a packet is loaded.
    PlanNotLoaded => CONFLICT, "plan_not_loaded", "The plan's directory is not loaded" {
        detail: "No source says who is in the plan's network, so nothing shows that it has a gap. Load the plan's directory, or ask the plan.",
    }

    /// No provider of the service is in the search area.
    NothingChecked => CONFLICT, "nothing_checked", "No provider was checked" {
        detail: "No provider of this service is in the search area, in network or not, so a packet would show nothing. Search a wider area.",
    }

    /// Somebody in network meets the question of a packet.
    NetworkMeets {
        /// How many meet it, and the first of them, as a text.
        who: String = "2 providers in network meet the question: Oak Hill Manor, Kansas City MO; Fern House, Olathe KS".to_owned(),
    } => CONFLICT, "network_meets", "The network has a provider that meets the question" {
        detail: format!("{who}. There is no gap to show. Ask them first: POST /v1/choice-lists makes the patient's list."),
        people: format!("{who}. There is no gap to show. Ask them first, or make the patient's choice list."),
    }

    /// A directory of the plan of a packet is old or has no date.
    DirectoryOld {
        /// Which, and how old, as a sentence.
        what: String = "The directory of Larkwater Choice Core is of Jul 1, 2026, over 90 days ago".to_owned(),
    } => CONFLICT, "directory_old", "The plan's directory is too old" {
        detail: format!("{what}, so it does not show who is out of network today. Load a newer one."),
    }

    /// A directory of the plan of a packet has not passed its completeness check.
    DirectoryIncomplete {
        /// The network.
        network: String = "Larkwater Choice Core".to_owned(),
    } => CONFLICT, "directory_incomplete", "The plan's directory may be incomplete" {
        detail: format!("The directory of {network} did not pass its completeness check, so absence from it does not mean out of network. GET /v1/directory says why."),
        people: format!("The directory of {network} did not pass its completeness check, so absence from it does not mean out of network. The page Directory says why."),
    }

    /// There is no teaching sheet for that service.
    NoSuchSheet => NOT_FOUND, "no_such_sheet", "There is no teaching sheet with that name" {
        detail: "A sheet is named by the code of its service, such as home_health; GET /v1/services lists the services.",
        people: "Choose a sheet from the list below “Choice lists”.",
    }

    /// The FHIR view has no such resource.
    NoSuchResource => NOT_FOUND, "no_such_resource", "The directory has no such resource" {
        detail: "The id is gone when a provider leaves the directory. Search for it again.",
    }

    /// The FHIR view has no resources of that type.
    NoSuchType => NOT_FOUND, "no_such_type", "The directory has no resources of that type" {
        detail: "See /fhir/metadata for the types.",
    }

    /// A search of the FHIR view has parameters that are wrong; each is listed.
    NotASearch(errors: FieldErrors = example_of_parameters())
        => BAD_REQUEST, "invalid", "The search is not valid" { detail: count_wrong("parameter", errors) }

    /// The caller of the FHIR view accepts no JSON.
    NotFhirJson => NOT_ACCEPTABLE, "not_acceptable", "Resources are only available as JSON" {
        detail: "Send Accept: application/fhir+json, or no Accept header.",
    }

    /// The page of a search belongs to a directory that is no longer served.
    PageGone => GONE, "page_gone", "This page of the search is no longer available" {
        detail: "A newer directory has been published. Start again from the first page.",
    }

    /// The export is of a directory that is no longer served.
    ExportGone => GONE, "export_gone", "This export is no longer available" {
        detail: "A newer directory has been published. Start another export, or read the manifest of what is published again.",
    }

    /// The route exists, the method does not.
    WrongMethod => METHOD_NOT_ALLOWED, "wrong_method", "This path does not allow that method" {
        detail: "The Allow header lists the methods of this path.",
        people: "Open this page from the search page, not by its address.",
    }

    /// The caller accepts no JSON.
    NotAcceptable => NOT_ACCEPTABLE, "not_acceptable", "Answers are only available as JSON" {
        detail: "Send Accept: application/json, or no Accept header.",
    }

    /// The caller accepts none of the formats of the answer.
    NoSuchFormat {
        /// The media types of the available formats, as a text.
        there_are: String = "application/json, text/html or application/pdf".to_owned(),
    } => NOT_ACCEPTABLE, "not_acceptable", "The answer is not available in that format" {
        detail: format!("Send Accept: {there_are}."),
    }

    /// The body did not arrive in time.
    TooSlow => REQUEST_TIMEOUT, "too_slow", "The body did not arrive in time" {
        detail: "Send the whole body within ten seconds.",
        people: NOT_WHOLE,
    }

    /// The answers of a batch were not read in time.
    ReadTooSlowly => REQUEST_TIMEOUT, "read_too_slowly", "The answers were not read in time" {
        detail: "Unread answers wait for a minute in total, and a batch ends after ten minutes. Send the rest, from this line on, as another batch.",
    }

    /// The body is larger than [`crate::serve::http::route::LARGEST_BODY`],
    /// [`crate::serve::http::route::LARGEST_CALL`] for a CDS Hooks call, or
    /// [`crate::serve::http::route::LARGEST_SAVED_ANSWER`] for a saved answer.
    TooLarge => PAYLOAD_TOO_LARGE, "too_large", "The body is too large" {
        detail: "A body or a line of a batch may have at most 64 KiB, a CDS Hooks call and a line with a saved answer at most 1 MiB, a saved answer and a file of questions at most 4 MiB.",
        people: NOT_WHOLE,
    }

    /// The batch has more lines than [`crate::serve::api::batch::MOST_LINES`] or more bytes than
    /// [`crate::serve::api::batch::LARGEST_BATCH`].
    TooMuch => PAYLOAD_TOO_LARGE, "batch_too_large", "The batch is too large" {
        detail: "A batch may have at most 10,000 lines and 16 MiB. Send the rest as another batch.",
    }

    /// The request does not name its host, or names it more than once.
    NoHost => BAD_REQUEST, "no_host", "The request must name one host" {
        detail: "Send one Host header with the name or address of the server (RFC 9112, 3.2).",
    }

    /// The body is declared as gzip but is not gzip.
    NotGzip => BAD_REQUEST, "not_gzip", "The body is not gzip" {
        detail: "Content-Encoding is gzip. Send the body as gzip, or plain without that header.",
    }

    /// The body is not declared as JSON.
    WrongType => UNSUPPORTED_MEDIA_TYPE, "wrong_content_type", "The body must be declared as JSON" {
        detail: "Send Content-Type: application/json in UTF-8, or application/x-ndjson for a batch.",
    }

    /// The body has an encoding that is not supported.
    WrongEncoding {
        /// The supported encodings: the value of Accept-Encoding.
        taken: &'static str = "gzip",
    } => UNSUPPORTED_MEDIA_TYPE, "wrong_content_encoding", "The encoding of the body is not supported" {
        detail: format!("Send it plain, or in an encoding of Accept-Encoding: {taken}."),
    }

    /// The body is not a form.
    NotAForm => UNSUPPORTED_MEDIA_TYPE, "wrong_content_type", "The body is not a form" {
        detail: "Send the form of the page, or send JSON to /v1/matches.",
        people: NOT_WHOLE,
    }

    /// A page of another site sent the form.
    FromElsewhere => FORBIDDEN, "from_elsewhere", "The form was sent by another site" {
        detail: "Forms are only accepted from the pages of this server.",
    }

    /// No credential was sent, or it is not accepted.
    Unauthorized {
        /// Why, in a sentence that reveals no internals.
        why: &'static str = "No credentials were sent.",
    } => UNAUTHORIZED, "unauthorized", "Not signed in" {
        detail: format!("{why} Send Authorization: Bearer with an API key or a token."),
        people: *why,
    }

    /// The principal may not do this.
    Forbidden {
        /// What it needs, such as `the scope match`.
        needs: Cow<'static, str> = "the scope match".into(),
    } => FORBIDDEN, "forbidden", "This is not allowed" { detail: format!("It needs {needs}.") }

    /// The principal has sent too many requests.
    TooMany {
        /// In how many seconds it may send the next.
        seconds: u64 = 2,
    } => TOO_MANY_REQUESTS, "too_many_requests", "Too many requests" {
        detail: format!("Try again in {seconds} seconds, as Retry-After says."),
        people: WAIT,
    }

    /// The principal has recorded as much as it may in a day.
    DailyLimit {
        /// What it has recorded.
        what: &'static str = "choice lists and gap packets",
        /// In how many seconds the day ends.
        seconds: u64 = 18_000,
    } => TOO_MANY_REQUESTS, "daily_limit", "The daily limit is reached" {
        detail: daily_limit(what, *seconds),
        people: daily_limit_for_people(what, *seconds),
    }

    /// A choice list would hold more places than [`crate::choice_list::MOST_PLACES`].
    ListTooLong(long: TooLong = TooLong { places: 482, services: 1, picked: false, within_miles: Some(11) })
        => UNPROCESSABLE_ENTITY, "list_too_long", "The list would be too long" {
        detail: format!("{} {}", how_long(long), way_out(long)),
        people: format!("{} {}", how_long(long), way_out_for_people(long)),
    }

    /// The request was sent to a host this program does not answer for.
    Misdirected => MISDIRECTED_REQUEST, "misdirected", "This host is not served here" {
        detail: "Use the address that is configured for the server: public_url in its settings.",
    }

    /// A CDS Hooks call lacks what a card needs.
    NoPrefetch {
        /// The missing keys of the prefetch.
        missing: Vec<&'static str> = vec!["encounter", "serviceRequest"],
    } => PRECONDITION_FAILED, "no_prefetch", "The prefetch of the call is not complete" {
        detail: format!("Send in prefetch: {}. This service never calls the FHIR server.", missing.join(", ")),
    }

    /// Another desk has recorded something since the caller read the records.
    Changed(conflict: RecordConflict = RecordConflict::default())
        => PRECONDITION_FAILED, "changed", "The records have changed" {
        detail: "Somebody else has recorded something about this provider. Compare conflict.current with conflict.yours, then send yours again with If-Match: the version in conflict.",
        people: "Somebody else has recorded something about this provider. Compare both and save again.",
    }

    /// The `Idempotency-Key` was used for another request.
    KeyReused => UNPROCESSABLE_ENTITY, "key_reused", "The Idempotency-Key was used for another request" {
        detail: "Send a new key with each new request, and the same key only with the same body.",
    }

    /// No observation has that id.
    NoSuchObservation => NOT_FOUND, "no_such_observation", "There is no such observation" {
        detail: "The id is one of GET /v1/observations. Observations of other hospitals are not found.",
        people: "It may be too old. Open the page of the provider to see its history.",
    }

    /// No referral request has that id, or it was not sent to that provider.
    NoSuchReferral => NOT_FOUND, "no_such_request", "There is no such referral request" {
        detail: "The id is the one that POST /v1/referral-requests returned; requests are kept for 90 days. Requests of other hospitals are not found.",
        people: "It may be too old: requests are kept for 90 days.",
    }

    /// No invite of that provider has that id.
    NoSuchInvite => NOT_FOUND, "no_such_invite", "There is no such invite" {
        detail: "The id is one of GET /v1/providers/{id}/invites; invites are kept for 90 days. Invites of other hospitals are not found.",
        people: "It may be too old: invites are kept for 90 days.",
    }

    /// A state of a referral request does not follow the current one.
    StepRefused {
        /// Why.
        why: String = "confirmed does not follow declined".to_owned(),
    } => CONFLICT, "step_refused", "This state cannot be recorded now" {
        detail: format!("It is refused because {why}. Read the request: next has the states that may follow."),
        people: format!("It is refused because {why}. Open the request again."),
    }

    /// No generation is loaded yet.
    NoDirectory => SERVICE_UNAVAILABLE, "no_directory", "No directory is loaded yet" {
        detail: "Run placement refresh, or wait until the first directory is loaded.",
        people: "Nothing can be found until the first directory is loaded. Your administrator loads it with: placement refresh",
    }

    /// The server was told to stop; a proxy sends requests elsewhere.
    Stopping => SERVICE_UNAVAILABLE, "stopping", "The server is stopping" {
        detail: "It still answers what arrives. Send new requests to another server.",
    }

    /// The server lets callers in by API keys alone, and has never read the ledger that has them.
    NoKeys => SERVICE_UNAVAILABLE, "no_keys", "The API keys are not known yet" {
        detail: "The ledger with the API keys cannot be opened, so nobody would be let in. See the log of the server for the cause.",
    }

    /// There is no ledger, or it cannot be written, so nothing is accepted that could not be
    /// stored.
    NoLedger => SERVICE_UNAVAILABLE, "no_ledger", "Nothing can be recorded now" {
        detail: "Lists, statements, observations and outcomes are rejected because they could not be stored. See the log of the server for the cause.",
        people: "No list can be made, because it could not be recorded. Everything else works. Tell your administrator.",
    }

    /// The program is busy.
    Busy => SERVICE_UNAVAILABLE, "busy", "The server is busy" {
        detail: "Try again in a second, as Retry-After says.",
        people: WAIT,
    }

    /// The stored list is damaged, or the ledger failed while it was read.
    ListNotRead => INTERNAL_SERVER_ERROR, "list_not_read", "The list could not be read" {
        detail: "The stored list is damaged, or the ledger failed. Look up the request id in the log of the server for the cause.",
        people: "The stored list may be damaged; no other list is shown in its place. Try again. If that fails, tell your administrator the number below.",
    }

    /// The stored packet is damaged, or the ledger failed while it was read.
    PacketNotRead => INTERNAL_SERVER_ERROR, "packet_not_read", "The packet could not be read" {
        detail: "The stored packet is damaged, or the ledger failed. Look up the request id in the log of the server for the cause.",
        people: "The stored packet may be damaged. Try again. If that fails, tell your administrator the number below.",
    }

    /// An internal error.
    Internal => INTERNAL_SERVER_ERROR, "internal", "Something went wrong" {
        detail: "Look up the request id in the log of the server for the cause.",
        people: "You did nothing wrong. Try again. If that fails, tell your administrator the number below.",
    }
}

/// What is recorded now, and what the caller wanted to record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct RecordConflict {
    /// The current version, for `If-Match`.
    pub version: String,
    /// What is recorded now, newest first.
    pub current: Vec<serde_json::Value>,
    /// What the caller wanted to record.
    pub yours: Vec<serde_json::Value>,
}

/// For a person whose form has arrived damaged.
const NOT_WHOLE: &str = "The form did not arrive completely. Try again.";
/// For a person who sends too many requests.
const WAIT: &str = "Wait a moment and try again.";

impl ProblemKind {
    /// The code of every problem, each once.
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

/// How many are wrong, and whether only some are listed.
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

/// The problem to report when the ledger could not store something. The code that converts it logs
/// the cause.
impl From<&LedgerError> for Problem {
    fn from(error: &LedgerError) -> Self {
        match error {
            LedgerError::Damaged
            | LedgerError::NotSealed
            | LedgerError::Recorded
            | LedgerError::OtherHospital
            | LedgerError::NotTold(_) => Self::Internal,
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
