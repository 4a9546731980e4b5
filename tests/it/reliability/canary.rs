//! No typed text about a patient reaches a log, a metric, a URL or a disk: five hundred requests
//! with a unique word in every place where text can be typed, then a search for these words in
//! everything the program writes.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

use axum::http::Method;
use serde_json::{Value, json};

use super::Ground;
use crate::cli::Server;

const REQUESTS: usize = 500;

/// The prefix of every word, in lower case; nothing of the program contains it.
const MARK: &str = "kanarienvogel";

/// An unknown method that contains the mark.
const METHOD: &str = "Kanarienvogel_MRN123";

/// One request.
struct Sent {
    method: &'static str,
    path: String,
    kind: &'static str,
    body: String,
}

impl Sent {
    fn get(path: String) -> Self {
        Self { method: "GET", path, kind: "text/plain", body: String::new() }
    }

    fn json(method: &'static str, path: impl Into<String>, body: impl std::fmt::Display) -> Self {
        Self { method, path: path.into(), kind: "application/json", body: body.to_string() }
    }

    fn form(path: &str, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self { method: "POST", path: path.to_owned(), kind: "application/x-www-form-urlencoded", body }
    }
}

fn question() -> Value {
    json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"program": "medicare"}})
}

/// The question with `word` as the value of a field.
fn with(field: &str, word: &Value) -> Value {
    let mut question = question();
    question[field] = word.clone();
    question
}

/// All requests that can contain a word.
fn requests(word: &str) -> Vec<Sent> {
    questions(word)
        .into_iter()
        .chain(coverage(word))
        .chain(doors(word))
        .chain(packets(word))
        .chain(files(word))
        .chain(records(word))
        .collect()
}

/// A call of an order hook with a word in every text: an order, a coverage, and their codes.
fn orders(hook: &str, word: &str) -> Value {
    let coded =
        json!({"coding": [{"system": format!("urn:{word} x"), "code": format!("{word} x"), "display": word}], "text": word});
    let order =
        json!({"resourceType": "ServiceRequest", "id": "1", "status": "draft", "code": coded, "note": [{"text": word}]});
    json!({
        "hook": hook, "hookInstance": word, word: word,
        "context": {"userId": word, "patientId": word, "selections": ["ServiceRequest/1"],
                    "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": order}]}},
        "prefetch": {"coverage": {"resourceType": "Coverage", "type": coded, "payor": [{"display": word}], "subscriberId": word}},
    })
}

/// A question with the word in every field.
fn everywhere(word: &str) -> Value {
    json!({
        "service": word, "near": {"zip": word, "city": word, "state": word}, "coverage": {"plan": word, "payer": word},
        "needs": [word, {"need": word, "importance": word}], "patient": {"languages": [word], "sex": word, "age": word},
        "discharge_on": word, "profile": {word: {word: 1}}, "cursor": word, "include": [word], word: word,
    })
}

/// Service plans, times of prior authorizations and updates for payers.
fn coverage(word: &str) -> Vec<Sent> {
    let everywhere = everywhere(word);
    vec![
        Sent::json(
            "POST",
            "/v1/service-plans",
            json!({"discharge": everywhere, "worksheet": {"items": [{"item": word, "label": word, "amount_cents": word}],
                "commitments": [{"party": word, "kind": word, "item": word, word: word}], word: word}}),
        ),
        Sent::json("POST", "/v1/service-plans", json!({"discharge": question()})),
        Sent::json(
            "POST",
            "/v1/prior-authorizations/deadlines",
            json!({"payer_class": word, "time_zone": word, "received_at": word, "paths": [word], word: word}),
        ),
        Sent::form(
            "/prior-authorizations",
            &[("payer_class", word), ("time_zone", word), ("received_at", word), (word, word)],
        ),
        Sent::json(
            "POST",
            "/v1/payer-updates",
            json!({"discharge": everywhere, "referral_request": word, "request": word, word: word}),
        ),
    ]
}

/// What an EHR and an identity provider send.
fn doors(word: &str) -> Vec<Sent> {
    let patient = json!({
        "hook": "encounter-discharge", "hookInstance": word, "fhirServer": format!("https://{word}.example"),
        "context": {"userId": word, "patientId": word, "encounterId": word},
        "prefetch": {"encounter": {"resourceType": "Encounter", "id": word, "subject": {"display": word}},
                     "patient": {"resourceType": "Patient", "name": [{"family": word}]}},
    });
    vec![
        Sent::json("POST", "/cds-services/placement", &patient),
        Sent::json("POST", "/cds-services/placement-order-select", orders("order-select", word)),
        Sent::json("POST", "/cds-services/placement-order-sign", orders("order-sign", word)),
        Sent::json("POST", "/cds-services/placement-order-sign/feedback", json!({"feedback": [{"card": word, word: word}]})),
        Sent::json("POST", "/cds-services/placement-order-select/feedback", json!({word: word})),
        Sent::form("/open", &[("handle", word)]),
        Sent::form("/open", &[("handle", word), (word, word)]),
        Sent::get(format!("/open?{word}={word}")),
        Sent::get(format!("/ehr-codes?{word}={word}")),
        Sent::get("/ehr-codes".to_owned()),
        Sent::get("/v1/ehr-codes".to_owned()),
        Sent::get(format!("/sign-in/start?to={word}")),
        Sent::get(format!("/sign-in/return?code={word}&state={word}&error={word}&{word}={word}")),
        Sent::get(format!("/launch?iss=https://{word}.example&launch={word}")),
        Sent::get(format!("/launch/return?code={word}&state={word}")),
    ]
}

/// Questions, lists, forms and look-ups that can contain a word.
fn questions(word: &str) -> Vec<Sent> {
    let everywhere = everywhere(word);
    let typed = [("near", word), ("service", "skilled_nursing"), ("coverage", word), ("need_words", word), ("on", word)];
    let asked = |more: (&'static str, &str)| {
        let fields = [("near", "64108"), ("service", "skilled_nursing"), ("coverage", "medicare")];
        fields.into_iter().chain([more]).map(|(name, value)| (name, value.to_owned())).collect::<Vec<_>>()
    };
    let form = |path: &str, more: (&'static str, &str)| {
        let fields = asked(more);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Sent::form(path, &fields)
    };
    vec![
        // Answered normally, with the word in its headers only.
        Sent::json("POST", "/v1/matches", question()),
        form("/", ("within", "25")),
        Sent::json("POST", "/v1/matches", &everywhere),
        Sent::json("POST", "/v1/matches", with("coverage", &json!({"plan": word}))),
        Sent::json("POST", "/v1/matches", with("patient", &json!({"languages": [word]}))),
        Sent::json("POST", "/v1/matches", format!("{{\"{word}\": {word}")),
        Sent::json("POST", format!("/v1/matches?zip={word}"), question()),
        Sent {
            kind: "application/x-ndjson",
            ..Sent::json("POST", "/v1/matches:batch", format!("{everywhere}\n{}\n{word}\n", question()))
        },
        form("/service-plan", ("item-1-label", word)),
        form("/service-plan/pdf", ("item-1-label", word)),
        form("/service-plan/xlsx", ("item-1-label", word)),
        form("/service-plan", ("need_words", word)),
        Sent::get(format!("/service-plan/{word}")),
        Sent::json("POST", "/v1/explain", json!({"discharge": question(), "provider": word})),
        Sent::json("POST", "/v1/explain", json!({"discharge": everywhere, "provider": word, word: word})),
        Sent::json("POST", "/v1/choice-lists", json!({"discharge": question()})),
        Sent::json("POST", "/v1/choice-lists", json!({"discharge": question(), "providers": [word], "language": word})),
        Sent::get(format!("/v1/choice-lists/{word}")),
        Sent::get(format!("/v1/teaching-sheets/{word}")),
        Sent::get(format!("/v1/teaching-sheets/hospice?language={word}")),
        Sent::get(format!("/v1/providers?name={word}")),
        Sent::get(format!("/v1/providers/{word}")),
        Sent::get(format!("/v1/plans?name={word}&{word}={word}")),
        Sent::get(format!("/{word}/{word}?{word}={word}#{word}")),
        Sent::get(format!("/fhir/Location?name={word}")),
        Sent::get(format!("/fhir/{word}/{word}")),
        Sent::json("PUT", format!("/v1/providers/{word}/availability"), json!({"note": word})),
        Sent::json("PUT", "/v1/providers/ccn:265015/statements", json!({word: word, "accepts": [word]})),
        Sent::json("POST", "/v1/outcomes", json!({"provider": word, "patient": word, "reply": word})),
        form("/call-sheet/answers", ("heard_unit", word)),
        Sent::get(format!("/call-sheet/{word}")),
        Sent::form("/providers/ccn:265015/withdraw", &[("id", word), ("version", word)]),
        form("/", ("ehr", word)),
        Sent::json("POST", "/cds-services/placement/feedback", json!({"feedback": [{"card": word, "outcome": word}]})),
        Sent::form("/", &typed),
        form("/", ("need_words", word)),
        form("/what-about", ("provider", word)),
        form("/call-sheet", ("need_words", word)),
        form("/export/csv", ("need_words", word)),
        form("/export/answer", ("need_words", word)),
        form("/referral-requests/new", ("pick", word)),
        form("/suggest/plans", ("coverage", word)),
        form("/suggest/providers", ("provider", word)),
        form("/compare", ("pick", word)),
        form("/choice-list", ("pick", word)),
        form("/choice-list", ("teaching_sheets", word)),
        Sent::get(format!("/teaching-sheets/hospice?as={word}")),
        Sent::form("/choice-list/again", &[("id", word)]),
        Sent::form("/sign-in", &[("key", word), (word, word)]),
        Sent { method: "DELETE", ..Sent::get(format!("/v1/providers/{word}")) },
        // A method made up by the caller.
        Sent { method: METHOD, ..Sent::get("/v1/services".to_owned()) },
    ]
}

/// Saved answers and files that can contain a word.
fn files(word: &str) -> Vec<Sent> {
    let saved = json!({
        "saved_answer": 1, word: word, "question": {"service": "hospice", "near": {"zip": word}, "coverage": {"plan": word}},
        "matches": [{"rank": 1, "fit": word, "worth": 1, "provider": {"id": word, "name": word}, "network": word}],
    });
    let upload = format!(
        "--XX\r\ncontent-disposition: form-data; name=\"saved_answer\"; filename=\"{word}\"\r\n\r\n{saved}\r\n--XX--\r\n"
    );
    let table = format!(
        "--XX\r\ncontent-disposition: form-data; name=\"questions\"; filename=\"{word}\"\r\n\r\n\
         ZIP,service,plan,needs,{word}\n{word},{word},{word},{word},{word}\n64108,hospice,,{word},{word}\n\r\n--XX--\r\n"
    );
    vec![
        Sent { kind: "multipart/form-data; boundary=XX", ..Sent::json("POST", "/differences", upload) },
        Sent { kind: "multipart/form-data; boundary=XX", ..Sent::json("POST", "/batch", table) },
        Sent::get(format!("/batch?{word}={word}")),
        Sent::get(format!("/batch/example.csv?{word}={word}")),
        Sent::get(format!("/batch/{word}")),
        Sent::form(&format!("/batch/{word}/delete"), &[(word, word)]),
        Sent::form(&format!("/batch/{word}/workbook"), &[(word, word)]),
        Sent::json("POST", "/v1/differences", &saved),
        Sent::json(
            "POST",
            "/v1/differences",
            json!({"question": {"service": word, word: word}, "answer": saved, word: word}),
        ),
        Sent { kind: "application/x-ndjson", ..Sent::json("POST", "/v1/differences:batch", format!("{saved}\n{word}\n")) },
    ]
}

/// Network-gap packets, made and refused, and their pages.
fn packets(word: &str) -> Vec<Sent> {
    let form = |path: &str, more: (&'static str, &str)| {
        Sent::form(path, &[("near", "64108"), ("service", "skilled_nursing"), ("coverage", "hmo"), more])
    };
    let made = json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "within_miles": 15,
        "coverage": {"plan": "Larkwater Choice HMO"}, "needs": ["nut.tpn"]});
    let unknown = with("coverage", &json!({"plan_name": word, "known": false}));
    vec![
        Sent::json("POST", "/v1/gap-packets", json!({"discharge": made})),
        Sent::json("POST", "/v1/gap-packets", json!({"discharge": unknown})),
        Sent::json(
            "POST",
            "/v1/gap-packets",
            json!({"discharge": {"service": word, word: word}, "plan_kind": word, word: word}),
        ),
        Sent::get(format!("/v1/gap-packets/{word}")),
        form("/gap-packet/new", ("need_words", word)),
        form("/gap-packet", ("plan_kind", word)),
        Sent::form("/gap-packet/again", &[("id", word), ("as", word)]),
    ]
}

/// Requests about observations and referral requests that can contain a word.
fn records(word: &str) -> Vec<Sent> {
    vec![
        Sent::json(
            "POST",
            "/v1/observations",
            json!({"observations": [{"provider": word, "plan": word, "unit": word, word: word}]}),
        ),
        Sent::json(
            "POST",
            "/v1/observations",
            json!({"observations": [{"provider": "ccn:265015", "service": "skilled_nursing", "answer": "room",
                "said_by": "admissions"}]}),
        ),
        Sent::json("POST", format!("/v1/observations/{word}/withdraw"), json!({"unit": word})),
        Sent::get(format!("/v1/observations?provider={word}")),
        Sent::get(format!("/v1/observations?provider=ccn:265015&cursor={word}")),
        Sent::json(
            "POST",
            "/v1/referral-requests",
            json!({"service": word, "providers": [word], "needs": [word], "plan": word, "region": word, "unit": word, "label": word,
                "patient_agreed": true, word: word}),
        ),
        Sent::json(
            "POST",
            "/v1/referral-requests",
            json!({"service": "skilled_nursing", "providers": ["ccn:265015"], "needs": ["resp.vent"], "region": "641",
                "patient_agreed": true}),
        ),
        Sent::get(format!("/v1/referral-requests?unit={word}")),
        Sent::get(format!("/v1/referral-requests?cursor={word}")),
        Sent::get(format!("/v1/board?unit={word}")),
        Sent::get(format!("/board?unit={word}")),
        Sent::get(format!("/board/events?unit={word}")),
        Sent::get(format!("/v1/avoidable-days?unit={word}")),
        Sent::get(format!("/v1/unmet-needs?{word}={word}")),
        Sent::get(format!("/v1/lists-made?{word}={word}")),
        Sent::get(format!("/manager/unmet-needs.csv?{word}={word}")),
        Sent::get(format!("/manager/lists-made.csv?{word}={word}")),
        Sent::get(format!("/manager?unit={word}")),
        Sent::get(format!("/manager/avoidable-days.csv?{word}={word}")),
        Sent::get(format!("/manager/avoidable-days.xlsx?{word}={word}")),
        Sent::get(format!("/manager/unmet-needs.xlsx?{word}={word}")),
        Sent::get("/manager".to_owned()),
        Sent::get(format!("/provider-statements?{word}={word}")),
        Sent::json("POST", format!("/v1/referral-requests/{word}/providers"), json!({"providers": [word], word: word})),
        Sent::json("POST", format!("/v1/referral-requests/{word}/close"), json!({"close": word})),
        Sent::get(format!("/v1/referral-requests/{word}")),
        Sent::get(format!("/referral-requests/{word}")),
        Sent::get(format!("/referral-requests/{word}/events")),
        Sent::get("/differences".to_owned()),
        Sent::get(format!("/v1/referral-requests/{word}/events")),
        Sent::json("POST", format!("/v1/referral-requests/{word}/providers/{word}"), json!({"state": word, "why": word})),
        Sent::json("POST", format!("/v1/referral-requests/{word}/providers/{word}/link"), json!({"pin": word})),
        Sent::json(
            "POST",
            format!("/v1/referral-requests/{word}/providers/{word}/link/revoke"),
            json!({"revoke": word, word: word}),
        ),
        Sent::form("/referral-requests", &[("service", word), ("unit", word), ("label", word), (word, word)]),
        Sent::form("/referral-requests", &[("service", word), ("repeat", word), ("patient_agreed", "yes")]),
        Sent::form(&format!("/referral-requests/{word}"), &[("provider", word), ("why", word)]),
        Sent::json("POST", format!("/v1/providers/{word}/invites"), json!({"days": word, "pin": word, word: word})),
        Sent::get(format!("/v1/providers/{word}/invites")),
        Sent::json("POST", format!("/v1/providers/ccn:265015/invites/{word}/revoke"), json!({"revoke": word})),
        Sent::json(
            "PUT",
            "/v1/providers/ccn:265015/statements",
            json!({"statements": [], "services": [{"service": "skilled_nursing", "zips": [word], "languages": [word], word: word}],
                "admissions": {"phone": word}}),
        ),
        Sent::form("/providers/ccn:265015/invites", &[("record", "make"), ("days", word), ("pin", word)]),
        Sent::form("/providers/ccn:265015/invites", &[("record", "revoke"), ("invite", word)]),
        Sent::form("/providers/ccn:265015/update", &[("do", "save"), ("version", word), ("admissions", word)]),
        Sent::get(format!("/providers/{word}/update")),
        Sent::form("/providers/ccn:265015/update", &[("do", "save"), (word, word)]),
        Sent::form("/providers/ccn:265015/update", &[("do", "open"), ("from", word)]),
        Sent::get(format!("/provider-update/{word}")),
        Sent::form(&format!("/provider-update/{word}"), &[("do", word), ("pin", word), ("admissions", word)]),
        Sent::get(format!("/r/{word}")),
        Sent::form(&format!("/r/{word}"), &[("answer", word), ("pin", word)]),
    ]
}

/// Sends a request, with the word also in every common header; returns the status.
fn send(server: &Server, sent: &Sent, word: &str) -> u16 {
    let Sent { method, path, kind, body } = sent;
    let path = path.split('#').next().unwrap();
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {kind}\r\n\
         Content-Length: {}\r\nUser-Agent: {word}\r\nReferer: http://localhost/?{word}\r\nX-Request-Id: {word} {word}\r\n\
         Accept-Language: {word}\r\nCookie: note={word}\r\nX-Forwarded-For: {word}\r\nTraceparent: {word}\r\n\
         If-None-Match: \"{word}\"\r\nIdempotency-Key: {word}\r\nX-{word}: {word}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer: {answer}"))
}

/// The files below `folder` that contain the mark, and the total number of files.
fn searched(folder: &Path) -> (Vec<String>, usize) {
    let (mut found, mut looked) = (Vec::new(), 0);
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            let (deeper, files) = searched(&path);
            found.extend(deeper);
            looked += files;
            continue;
        }
        looked += 1;
        let text = fs::read(&path).unwrap().to_ascii_lowercase();
        let named = path.to_string_lossy().to_lowercase().contains(MARK);
        if named || text.windows(MARK.len()).any(|window| window == MARK.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    (found, looked)
}

/// Parts of the paths about records, links, boards and files.
const RECORDED: [&str; 13] = [
    "/observations",
    "/referral-requests",
    "/r/",
    "/differences",
    "/invites",
    "/provider-update",
    "/update",
    "/board",
    "/manager",
    "/unmet-needs",
    "/avoidable-days",
    "/provider-statements",
    "/batch",
];

#[test]
fn every_route_of_records_links_boards_and_files_is_tried() {
    let tried: Vec<Sent> = requests("word");
    let is_meant = |path: &str| RECORDED.iter().any(|of| path.contains(of));
    for route in placement::serve::routes::all().filter(|route| is_meant(&route.path)) {
        let parts: Vec<&str> = route.path.split('/').collect();
        let is_tried = tried.iter().any(|sent| {
            let path = sent.path.split('?').next().unwrap();
            let sent_parts: Vec<&str> = path.split('/').collect();
            let fits = |(of, part): (&&str, &&str)| of == part || of.starts_with('{');
            let method = Method::from_bytes(sent.method.as_bytes()).unwrap();
            route.method.admits(&method) && parts.len() == sent_parts.len() && parts.iter().zip(&sent_parts).all(fits)
        });
        assert!(is_tried, "{} {}", route.method.name(), route.path);
    }
}

#[test]
fn nothing_typed_is_found_in_logs_figures_or_files() {
    let ground = Ground::new(1);
    fs::write(ground.path().join("hospital.toml"), "count_unmet_needs = true\n").unwrap();
    let server = Server::start(ground.path(), "serve --log trace --hospital hospital.toml");
    server.wait_for("/readyz", &ground.current());
    let kinds = requests("").len();
    let mut statuses = std::collections::BTreeMap::new();
    for number in 0..REQUESTS {
        let word = format!("Kanarienvogel{number:03}");
        let sent = &requests(&word)[number % kinds];
        let status = send(&server, sent, &word);
        assert!((200..500).contains(&status), "{status} for {} {}", sent.method, sent.path);
        *statuses.entry(status).or_insert(0) += 1;
    }
    assert!(statuses[&200] > 50 && statuses[&201] > 5 && statuses[&422] > 100, "{statuses:?}");

    let figures = server.ask("GET", "/metrics", "").to_lowercase();
    assert!(figures.contains("placement_http_requests_total") && !figures.contains(MARK), "{figures}");
    let ready = server.ask("GET", "/readyz?verbose", "").to_lowercase();
    assert!(ready.contains("\"ready\"") && !ready.contains(MARK), "{ready}");
    // Requested once, at the end.
    server.wait_for_log("\"route\":\"/metrics\"");
    let log = server.log().to_lowercase();
    let lines = log.lines().filter(|line| line.contains("\"message\":\"answered\"")).count();
    assert!(lines >= REQUESTS, "{lines} lines");
    let told: Vec<&str> = log.lines().filter(|line| line.contains(MARK)).collect();
    assert_eq!(told, Vec::<&str>::new());

    let (found, looked) = searched(ground.path());
    assert_eq!(found, Vec::<String>::new());
    assert!(looked > 10, "{looked} files");
    server.end();
    assert_eq!(searched(ground.path()).0, Vec::<String>::new());
    println!("{REQUESTS} requests, {lines} lines of log, {looked} files: nothing typed in any of them");
}
