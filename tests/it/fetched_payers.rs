//! Payers' directories as declared sources: empty ones, repeated secrets and slow servers do no
//! harm.

use std::fs;
use std::sync::{Arc, Mutex};

use placement::refresh::fetch::nightly_sources::fetch;
use placement::run_report::fetched::FetchOutcome;
use serde_json::json;
use tempfile::TempDir;

use crate::fetched_sources::{Night, bytes_below};
use crate::scripted_server::{Request, Upstream};

/// A payer's server whose every list is the result of `body`.
fn payer(body: impl Fn(&Request) -> serde_json::Value + Send + Sync + 'static) -> Upstream {
    Upstream::start(move |request, reply| {
        let entry: Vec<_> = body(request).as_array().unwrap().iter().map(|one| json!({"resource": one})).collect();
        reply.json(&json!({"resourceType": "Bundle", "type": "searchset", "total": entry.len(), "entry": entry}));
    })
}

const PAYER: &str = "[sources.blue]\nkind = \"plan_net\"\nurl = \"ORIGIN/fhir\"\n";

#[test]
fn an_empty_directory_does_not_take_the_place_of_the_last_one() {
    let lacks = Arc::new(Mutex::new(""));
    let lacking = Arc::clone(&lacks);
    let server = payer(move |request| {
        let kind = request.path.rsplit('/').next().unwrap();
        let lacks = *lacking.lock().unwrap();
        if lacks == "all" || lacks == kind { json!([]) } else { json!([{"resourceType": kind, "id": "a", "name": "Blue"}]) }
    });
    let mut night = Night::of(&server, PAYER);
    *lacks.lock().unwrap() = "all";
    let none = night.one();
    assert_eq!(
        (none.outcome, none.cause.as_deref().unwrap().contains("the download is empty")),
        (FetchOutcome::Absent, true)
    );
    *lacks.lock().unwrap() = "";
    assert_eq!(night.one().outcome, FetchOutcome::New);
    let before = bytes_below(&night.folder().join("blue"));
    for (what, told) in [
        ("all", "the server no longer has Organization, OrganizationAffiliation, HealthcareService, "),
        ("OrganizationAffiliation", "the server no longer has OrganizationAffiliation, which the last fetch had"),
        ("Organization", "the server no longer has Organization, which the last fetch had"),
    ] {
        *lacks.lock().unwrap() = what;
        let one = night.one();
        let cause = one.cause.unwrap();
        assert!(one.outcome == FetchOutcome::Kept && cause.contains(told), "{what}: {cause}");
        assert_eq!(bytes_below(&night.folder().join("blue")), before, "{what}");
    }
    *lacks.lock().unwrap() = "Location";
    night.settings = Night::of(&server, &format!("{PAYER}without = [\"Location\"]\n")).settings;
    let one = night.one();
    assert_eq!(one.outcome, FetchOutcome::New, "what is not asked for is not missed: {:?}", one.cause);
}

#[test]
fn a_list_that_breaks_off_or_is_empty_does_not_take_the_place_of_the_last_one() {
    let whole = r#"[{"npi": "1234567893", "type": "FACILITY", "facility_name": "Blue Home", "plans": [{"plan_id": "1"}]},
        {"npi": "1003000126", "type": "FACILITY", "facility_name": "Red Home", "plans": [{"plan_id": "1"}]}]"#;
    let body = Arc::new(Mutex::new(whole.to_owned()));
    let sent = Arc::clone(&body);
    let server = Upstream::start(move |_, reply| reply.send("200 OK", &[], &sent.lock().unwrap().clone()));
    let night = Night::of(&server, "[sources.blue]\nkind = \"file\"\nurl = \"ORIGIN/providers.json\"\n");
    let first = night.one();
    assert_eq!((first.outcome, first.cause.as_deref()), (FetchOutcome::New, None));
    let before = bytes_below(&night.folder().join("blue"));
    let torn = &whole[..whole.find(r#"{"npi": "1003000126""#).unwrap() + 20];
    for (text, words) in [(torn, "breaks off"), ("[]", "not a supported dataset")] {
        text.clone_into(&mut body.lock().unwrap());
        let next = night.one();
        let cause = next.cause.unwrap_or_default();
        assert!(next.outcome == FetchOutcome::Kept && cause.contains(words), "{text}: {cause}");
        assert_eq!(bytes_below(&night.folder().join("blue")), before, "{text}");
    }
}

#[test]
fn a_token_that_a_server_repeats_is_told_nowhere() {
    // The repeated secret is where a cause is truncated.
    const SECRET: &str = "sesame-4711-open";
    let long = |before: usize| format!("{} {SECRET} and more {}", "x".repeat(before), "y".repeat(400));
    for before in [0, 250, 280, 290, 295, 298] {
        let server = Upstream::start(move |request, reply| {
            let outcome =
                json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "diagnostics": long(before)}]});
            let organisation = json!({"resourceType": "Organization", "id": "a", "name": long(before)});
            match request.path.as_str() {
                "/outcome/Organization" => reply.json(&outcome),
                "/type/Organization" => reply.json(&json!({"resourceType": long(before)})),
                "/bulk/$export" => {
                    let state = format!("{}/bulk/state", request.origin);
                    reply.send("202 Accepted", &[("Content-Location", &state)], "");
                }
                "/bulk/state" if request.before == 0 => {
                    reply.send("202 Accepted", &[("X-Progress", &long(before)), ("Retry-After", "0")], "");
                }
                "/bulk/state" => {
                    let file = |kind: &str, name: &str| json!({"type": kind, "url": format!("{}/{name}", request.origin)});
                    let (output, error) = ([file("Organization", "all")], [file("OperationOutcome", "said")]);
                    reply.json(&json!({"requiresAccessToken": true, "output": output, "error": error}));
                }
                "/said" => reply.send("200 OK", &[], &outcome.to_string().replace("error", "warning")),
                _ => reply.send("200 OK", &[], &organisation.to_string()),
            }
        });
        let one = |name: &str, more: &str| {
            format!("[sources.{name}]\nkind = \"plan_net\"\nurl = \"ORIGIN/{name}\"\ntoken_file = \"TOKEN\"\n{more}")
        };
        let root = TempDir::new().unwrap();
        let file = root.path().join("token");
        fs::write(&file, SECRET).unwrap();
        let text = one("outcome", "") + &one("type", "") + &one("bulk", "bulk = true\n");
        let night = Night::of(&server, &text.replace("TOKEN", file.to_str().unwrap()));
        let mut lines = String::new();
        let all = fetch(&night.settings, &night.folder(), &[], night.now, &mut |line| lines += line);
        assert_eq!(all.iter().filter(|one| one.outcome == FetchOutcome::New).count(), 1, "{all:?}");
        assert!(all.iter().any(|one| one.remarks.iter().any(|remark| remark.contains("the export reports"))), "{all:?}");
        let told = format!("{all:?}{lines}");
        assert!(!told.contains("sesa"), "{before}: {told}");
        for (path, bytes) in bytes_below(&night.folder()) {
            assert!(!String::from_utf8_lossy(&bytes).contains("sesa"), "{}", path.display());
        }
    }
}

#[test]
fn a_file_of_an_export_that_drips_ends_soon() {
    let server = Upstream::start(|request, reply| match request.path.as_str() {
        "/fhir/$export" => reply.send("202 Accepted", &[("Content-Location", "/state")], ""),
        "/state" => reply.json(&json!({"output": [{"type": "Organization", "url": "/drips"}]})),
        _ => reply.drip(),
    });
    let text = format!("{PAYER}bulk = true\nmax_stall_seconds = 1\nmax_minutes = 1\n");
    let cause = Night::of(&server, &text).one().cause.unwrap();
    assert!(cause.contains("/drips: only ") && cause.ends_with("bytes were received within 1s (after 3 tries)"), "{cause}");
}
