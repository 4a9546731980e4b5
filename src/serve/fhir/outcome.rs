//! A problem as an OperationOutcome.

use serde_json::{Value, json};

use crate::input::errors::{FieldError, FieldErrors};
use crate::serve::http::problem::Problem;

/// The outcome of a problem, with the request id.
pub(crate) fn outcome(problem: &Problem, request_id: &str) -> Value {
    let issues: Vec<Value> = match problem {
        Problem::Invalid(faults) | Problem::NotASearch(faults) if !faults.is_empty() => {
            faults.iter().map(fault).chain(more(faults)).collect()
        }
        other => vec![issue(kind(other), other.code(), &format!("{}. {}", other.title(), other.detail()))],
    };
    let mut outcome = json!({"resourceType": "OperationOutcome", "issue": issues});
    if let (Some(fields), Some(id)) = (outcome.as_object_mut(), resource_id(request_id)) {
        fields.insert("id".to_owned(), json!(id));
    }
    outcome
}

/// The outcome of a search that ignored parameters, because the caller asked for that.
pub(crate) fn ignored(ignored: &FieldErrors) -> Value {
    let issues = ignored.iter().map(|error| {
        let mut issue = fault(error);
        issue["severity"] = json!("warning");
        issue
    });
    json!({"resourceType": "OperationOutcome", "issue": issues.chain(more(ignored)).collect::<Vec<_>>()})
}

/// The request id, if it is valid as the id of a resource.
fn resource_id(request_id: &str) -> Option<&str> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    Some(request_id).filter(|id| (1..=64).contains(&id.len()) && id.bytes().all(fits))
}

fn issue(kind: &str, code: &str, diagnostics: &str) -> Value {
    let details = json!({"coding": [{"system": "urn:placement:problem", "code": code}]});
    json!({"severity": "error", "code": kind, "details": details, "diagnostics": diagnostics})
}

/// The issue that says how many more faults there are.
fn more(faults: &FieldErrors) -> Option<Value> {
    let said = format!("{} more parameters are not listed", faults.more());
    let mut issue = issue("informational", "more_errors", &said);
    issue["severity"] = json!("information");
    (faults.more() > 0).then_some(issue)
}

fn fault(error: &FieldError) -> Value {
    let kind = match error.code {
        "unknown_parameter" | "unknown_modifier" | "no_such_link" | "no_such_order" | "no_such_element" => "not-supported",
        "too_costly" | "too_many_values" => "too-costly",
        _ => "value",
    };
    let name = error.pointer.trim_start_matches('?');
    let hint = error.hint.as_deref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    let colon = if name.is_empty() { "" } else { ": " };
    let mut issue = issue(kind, error.code, &format!("{name}{colon}{}{hint}", error.detail));
    if let Some(fields) = issue.as_object_mut().filter(|_| !name.is_empty()) {
        fields.insert("location".to_owned(), json!([format!("http.{name}")]));
    }
    issue
}

/// The FHIR issue type of a problem.
fn kind(problem: &Problem) -> &'static str {
    match problem.status().as_u16() {
        401 => "login",
        403 => "forbidden",
        404 if *problem == Problem::NoSuchType => "not-supported",
        404 => "not-found",
        405 | 406 => "not-supported",
        408 => "timeout",
        410 => "conflict",
        413 => "too-long",
        429 => "throttled",
        500 => "exception",
        503 => "transient",
        _ => "invalid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_with_its_parameter_and_the_number_of_the_request() {
        let wrong = |pointer: &str, code: &'static str| FieldError {
            pointer: pointer.to_owned(),
            code,
            detail: "so it is".to_owned(),
            hint: Some("or so".to_owned()),
        };
        let faults = vec![wrong("?nam", "unknown_parameter"), wrong("?", "too_many_values")];
        let told = outcome(&Problem::NotASearch(faults.into_iter().collect()), "7f-1.a");
        assert_eq!(told["id"], "7f-1.a");
        assert_eq!(told["issue"][0]["location"], json!(["http.nam"]));
        assert_eq!(told["issue"][0]["diagnostics"], "nam: so it is (or so)");
        assert_eq!((&told["issue"][1]["code"], told["issue"][1].get("location")), (&json!("too-costly"), None));
        for (problem, kind) in [
            (Problem::Unauthorized { why: "No credentials were sent." }, "login"),
            (Problem::Forbidden { needs: "the scope directory:read".into() }, "forbidden"),
            (Problem::TooMany { seconds: 3 }, "throttled"),
            (Problem::Busy, "transient"),
            (Problem::Internal, "exception"),
            (Problem::PageGone, "conflict"),
        ] {
            let told = outcome(&problem, "under_scores");
            assert_eq!(told["issue"][0]["code"], kind);
            assert_eq!(told.get("id"), None, "no id of FHIR has an underscore");
        }
    }
}
