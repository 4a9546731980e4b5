//! Requests of maximum size: every route, every field, and inputs that are hard to parse.

use std::fmt::Write as _;

use placement::catalog::Catalog;
use placement::matching::candidate::Directory;
use serde_json::{Value, json};

use crate::questions;

/// Maximum body of a question or a form, in bytes.
const BODY: usize = 64 * 1024 - 64;
/// Maximum body of a CDS Hooks call, in bytes.
const CALL: usize = 1024 * 1024 - 64;
/// Maximum path with query, in bytes: what fits into the request headers.
const PATH: usize = 60_000;
/// The fields of forms.
const FIELDS: [&str; 24] = [
    "near",
    "service",
    "coverage",
    "need_words",
    "need",
    "prefer",
    "age",
    "weight_lb",
    "doses_a_day",
    "sex",
    "language",
    "on",
    "within",
    "limit",
    "cursor",
    "provider",
    "pick",
    "order",
    "list_language",
    "id",
    "as",
    "confirm",
    "key",
    "to",
];
/// The routes that take a form.
const FORMS: [&str; 11] = [
    "/",
    "/what-about",
    "/call-sheet",
    "/suggest/plans",
    "/suggest/providers",
    "/export/csv",
    "/export/xlsx",
    "/choice-list",
    "/choice-list/again",
    "/compare",
    "/sign-in",
];
/// The routes that take JSON.
const JSON: [(&str, &str); 8] = [
    ("POST", "/v1/matches"),
    ("POST", "/v1/explain"),
    ("POST", "/v1/choice-lists"),
    ("POST", "/v1/outcomes"),
    ("PUT", "/v1/providers/ccn:017000/availability"),
    ("PUT", "/v1/providers/ccn:017000/statements"),
    ("POST", "/cds-services/placement"),
    ("POST", "/cds-services/placement/feedback"),
];

/// One request.
pub(crate) struct Shape {
    /// Its name in the results.
    pub name: String,
    /// Its method.
    pub method: &'static str,
    /// Its path, with the query.
    pub path: String,
    /// Its headers.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// All requests, with names from `catalog`.
pub(crate) fn shapes(catalog: &Catalog) -> Vec<Shape> {
    let mut shapes = Vec::new();
    for (method, path) in JSON {
        let size = if path == "/cds-services/placement" { CALL } else { BODY };
        shapes.extend(bodies(size).into_iter().map(|(name, body)| json_shape(method, path, name, body)));
    }
    shapes.extend(matched(catalog));
    shapes.extend(calls());
    shapes.extend(forms());
    shapes.extend(queries());
    shapes.extend(heads());
    shapes
}

fn json_shape(method: &'static str, path: &str, name: &str, body: String) -> Shape {
    let headers = vec![("content-type", "application/json".to_owned())];
    Shape { name: format!("{method} {path}: {name}"), method, path: path.to_owned(), headers, body: body.into_bytes() }
}

fn get(name: &str, path: String, headers: Vec<(&'static str, String)>) -> Shape {
    let shown: String = path.chars().take(40).collect();
    Shape { name: format!("GET {shown}: {name}"), method: "GET", path, headers, body: Vec::new() }
}

/// `begin`, then as many numbered copies of `item` as fit into `size` bytes, then `end`.
fn repeated(size: usize, begin: &str, item: impl Fn(usize) -> String, end: &str) -> String {
    let mut text = begin.to_owned();
    for at in 0.. {
        let next = item(at);
        if text.len() + next.len() + end.len() > size {
            break;
        }
        text += &next;
    }
    if text.ends_with(',') {
        text.pop();
    }
    text + end
}

/// Bodies that every JSON parser must handle.
fn bodies(size: usize) -> Vec<(&'static str, String)> {
    let deep = format!("{}{}", "[".repeat(size / 2), "]".repeat(size / 2));
    let nested = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
    vec![
        ("unknown fields", repeated(size, "{", |at| format!("\"f{at}\":0,"), "}")),
        ("fields like a known one", repeated(size, "{", |at| format!("\"servic{at}\":0,"), "}")),
        ("one field over and over", repeated(size, "{", |_| "\"service\":0,".to_owned(), "}")),
        ("long names", repeated(size, "{", |at| format!("\"{}{at}\":0,", "x".repeat(500)), "}")),
        (
            "repeated below a long name",
            repeated(size, &format!("{{\"{}\":[", "x".repeat(size / 2)), |_| "{\"a\":0,\"a\":0},".to_owned(), "]}"),
        ),
        ("items below a long name", repeated(size, &format!("{{\"{}\":[", "x".repeat(size / 2)), |_| "0,".to_owned(), "]}")),
        ("deep", deep),
        ("nests", repeated(size, "{\"needs\":[", |_| format!("{nested},"), "]}")),
        ("numbers", repeated(size, "[", |_| "1e308,".to_owned(), "]")),
        ("one number", format!("{{\"limit\":{}}}", "9".repeat(size - 20))),
        ("escapes", format!("{{\"service\":\"{}\"}}", "\\u0000".repeat(size / 6 - 4))),
        ("combining marks", format!("{{\"service\":\"{}\"}}", "a\u{301}\u{302}".repeat(size / 6))),
    ]
}

/// Questions with one field of maximum size, within its bounds and beyond.
fn matched(catalog: &Catalog) -> Vec<Shape> {
    let plan = catalog.plans().plans.iter().map(|plan| plan.name.as_str()).max_by_key(|name| name.len()).unwrap_or("x");
    let like_a_plan: String = plan.chars().rev().cycle().take(64).collect();
    let many = |count: usize, item: Value| vec![item; count];
    let fields = [
        ("needs unknown", "needs", json!(many(100, json!("wound.npw")))),
        ("needs of 300 characters", "needs", json!(many(100, json!("x".repeat(300))))),
        (
            "needs as objects",
            "needs",
            json!(many(100, json!({"need": "wund", "importance": "requird", "services": many(10, json!("hospise"))}))),
        ),
        ("needs beyond the bound", "needs", json!(many(16_000, json!("x")))),
        ("services unknown", "services", json!(many(10, json!("skilled_nursng")))),
        ("services beyond the bound", "services", json!(many(16_000, json!("x")))),
        ("languages", "patient", json!({"languages": many(20, json!("zz"))})),
        ("a plan like another", "coverage", json!({"plan": like_a_plan})),
        ("a plan of many words", "coverage", json!({"plan": "hmo ppo plan gold ".repeat(16)})),
        ("a plan of short words", "coverage", json!({"plan": "a b c d e f g h ".repeat(4)})),
        ("a plan beyond the bound", "coverage", json!({"plan": "x".repeat(60_000)})),
        ("a network like another", "coverage", json!({"network": "network ".repeat(8)})),
        ("a payer like another", "coverage", json!({"payer": "payer of the ".repeat(5)})),
        ("a ZIP not in use", "near", json!({"zip": "00000"})),
        ("a point", "near", json!({"latitude": 39.099_724, "longitude": -94.578_331})),
        ("the widest circle, everybody shown", "within_miles", json!(500)),
        ("weights unknown", "profile", json!({"patient_travels": {"closenes": 1, "qualty": 2}})),
        ("a cursor", "cursor", json!("9".repeat(300))),
    ];
    let mut shapes = Vec::new();
    for (name, field, value) in fields {
        let mut question =
            json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "limit": 1000, "include": ["left_out"]});
        if field == "services" {
            question.as_object_mut().expect("an object").remove("service");
        }
        question[field] = value;
        let body = question.to_string();
        shapes.push(json_shape("POST", "/v1/matches", name, body.clone()));
        // For a batch the limit applies to each line.
        let batch = json_shape("POST", "/v1/matches:batch", name, body.clone());
        shapes.push(Shape { headers: vec![("content-type", "application/x-ndjson".to_owned())], ..batch });
        let explain = json!({"discharge": question, "provider": "care center of the home health "}).to_string();
        shapes.push(json_shape("POST", "/v1/explain", name, explain));
    }
    let all: Vec<&str> =
        ["skilled_nursing", "inpatient_rehab", "long_term_acute", "dialysis", "hospice", "home_health"].into();
    let bundle =
        json!({"services": all, "near": {"zip": "64108"}, "within_miles": 500, "limit": 1000, "include": ["left_out"]});
    shapes.push(json_shape("POST", "/v1/matches", "six services in the widest circle", bundle.to_string()));
    let named = json!({"discharge": {"service": "hospice", "near": {"zip": "64108"}}, "provider": "abcdefgh ".repeat(22)});
    shapes.push(json_shape("POST", "/v1/explain", "a name of long words", named.to_string()));
    let rooms: Vec<Value> =
        (0..100).map(|_| json!({"service": "hospise", "from": "2026-13-01", "room": 3, "bed": 1})).collect();
    shapes.push(json_shape(
        "PUT",
        "/v1/providers/ccn:017000/availability",
        "rooms",
        json!({"availability": rooms}).to_string(),
    ));
    let said: Vec<Value> = (0..700).map(|_| json!({"service": "hospise", "need": "wund", "answr": 1})).collect();
    shapes.push(json_shape(
        "PUT",
        "/v1/providers/ccn:017000/statements",
        "statements",
        json!({"statements": said}).to_string(),
    ));
    let asked = questions::bodies(catalog, 1, 3).remove(0);
    let picks: Vec<String> = (0..250).map(|at| format!("ccn:{at:06}")).collect();
    let wish = json!({"discharge": asked, "providers": picks, "order": "distence"});
    shapes.push(json_shape("POST", "/v1/choice-lists", "picks", wish.to_string()));
    shapes
}

/// CDS Hooks calls of maximum size.
fn calls() -> Vec<Shape> {
    let call = |prefetch: String| {
        format!(
            "{{\"hook\":\"encounter-discharge\",\"hookInstance\":\"a\",\"context\":{{\"userId\":\"a\",\"patientId\":\"a\",\"encounterId\":\"a\"}},\"prefetch\":{prefetch}}}"
        )
    };
    let bundle = |key: &str, resource: &str| {
        let begin = format!("{{\"{key}\":{{\"resourceType\":\"Bundle\",\"entry\":[");
        let item = |_| format!("{{\"resource\":{resource}}},");
        call(repeated(CALL - 200, &begin, item, "]}}"))
    };
    let coverage = r#"{"resourceType":"Coverage","status":"active","payor":[{"display":"Aetna Health of Missouri"}],"class":[{"type":{"coding":[{"code":"plan"}]},"name":"hmo ppo gold silver"}]}"#;
    let order = r#"{"resourceType":"ServiceRequest","status":"active","code":{"coding":[{"system":"http://snomed.info/sct","code":"1"}]}}"#;
    let codings = format!(
        "{{\"resourceType\":\"ServiceRequest\",\"code\":{{\"coding\":[{}]}}}}",
        vec!["{\"system\":\"a\",\"code\":\"b\"}"; 30_000].join(",")
    );
    [
        ("coverages", bundle("coverage", coverage)),
        ("orders", bundle("serviceRequest", order)),
        ("one order of many codes", call(format!("{{\"serviceRequest\":{codings}}}"))),
        ("places", bundle("location", r#"{"resourceType":"Location","address":{"postalCode":"00000"}}"#)),
    ]
    .into_iter()
    .map(|(name, body)| json_shape("POST", "/cds-services/placement", name, body))
    .collect()
}

/// Forms with one field of maximum size, within its bounds and beyond.
fn forms() -> Vec<Shape> {
    let form = |path: &str, name: &str, fields: &[(&str, String)]| {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
        Shape {
            name: format!("POST {path}: {name}"),
            method: "POST",
            path: path.to_owned(),
            headers,
            body: body.into_bytes(),
        }
    };
    let usual = [("near", "64108"), ("service", "skilled_nursing"), ("coverage", ""), ("within", "500"), ("limit", "1000")];
    let with = |field: &str, values: Vec<String>| -> Vec<(String, String)> {
        let others =
            usual.iter().filter(|(name, _)| *name != field).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        others.chain(values.into_iter().map(|value| (field.to_owned(), value))).collect()
    };
    let mut shapes = Vec::new();
    let mut add = |path: &str, name: &str, fields: Vec<(String, String)>| {
        let fields: Vec<(&str, String)> = fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        shapes.push(form(path, name, &fields));
    };
    for field in FIELDS {
        add("/", &format!("{field} of 60,000 letters"), with(field, vec!["x".repeat(60_000)]));
        add("/", &format!("{field} within its bound"), with(field, vec!["charlston wund ".repeat(19)]));
    }
    for path in FORMS {
        add(
            path,
            "near of 64 letters",
            with("near", vec!["charleston north kansas city saint louis springfield westt lafay".to_owned()]),
        );
        add(
            path,
            "near of many words",
            with("near", vec!["a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f".to_owned()]),
        );
        add(
            path,
            "coverage of 64 letters",
            with(
                "coverage",
                vec!["choice gold medicare advantage preferred provider plan of alaskaa".chars().take(64).collect()],
            ),
        );
        add(
            path,
            "needs that are none",
            with("need_words", vec!["wund of the leg with a pump and oxygin and feeding tub,".repeat(70)]),
        );
        add(
            path,
            "languages",
            with(
                "language",
                (0..20).map(|_| "portugese of brazil and angola and other lands of the ocean".to_owned()).collect(),
            ),
        );
        add(path, "ticks", with("need", (0..1_000).map(|at| format!("need.{at}")).collect()));
        add(path, "picks", with("pick", (0..1_000).map(|at| format!("ccn:{at:06}")).collect()));
        add(
            path,
            "a name of long words",
            with("provider", vec!["rehabilitaton, hospitl, of, kansas, citty, healthcaree, centerr, ".repeat(4)]),
        );
        add(path, "everybody", with("within", vec!["500".to_owned()]));
        add(path, "unknown fields", (0..8_000).map(|at| (format!("nea{at}"), String::new())).collect());
    }
    shapes
}

/// Long queries and paths.
fn queries() -> Vec<Shape> {
    let query = |path: &str, pair: &str| format!("{path}?{}", repeated(PATH, "", |at| format!("{pair}{at}&"), ""));
    let name = "rehabilitaton+hospitl+of+kansas+citty+healthcaree+centerr+southwestt+regionall+generall+memoriall+communitty";
    let mut shapes = vec![
        get("a name of 12 words", format!("/v1/providers?limit=100&name={name}"), Vec::new()),
        get("a name of one letter", "/v1/providers?limit=100&name=a".to_owned(), Vec::new()),
        get("a plan of 12 words", format!("/v1/plans?limit=100&name={name}"), Vec::new()),
        get("many parameters", query("/v1/providers", "nam="), Vec::new()),
        get("one parameter over and over", query("/v1/providers", "name="), Vec::new()),
        get("a long id", format!("/v1/providers/{}", "x".repeat(PATH)), Vec::new()),
        get("a long id", format!("/providers/{}", "%41".repeat(PATH / 3)), Vec::new()),
        get("a long id", format!("/v1/choice-lists/{}", "0".repeat(PATH)), Vec::new()),
        get("a long name", format!("/assets/{}", "x".repeat(PATH)), Vec::new()),
        get("no route", format!("/{}", "x/".repeat(PATH / 2)), Vec::new()),
    ];
    for kind in ["Organization", "Location", "HealthcareService", "OrganizationAffiliation", "InsurancePlan"] {
        let path = format!("/fhir/{kind}");
        let values: Vec<String> = (0..100).map(|at| format!("a{at}")).collect();
        shapes.push(get("unknown parameters", query(&path, "nam="), Vec::new()));
        shapes.push(get("values", format!("{path}?_count=500&name:contains={}", values.join(",")), Vec::new()));
        shapes.push(get("identifiers", format!("{path}?_count=500&identifier={}", values.join(",")), Vec::new()));
        shapes.push(get("values beyond the bound", query(&path, "name=a,b,c,d,e,f,g"), Vec::new()));
        shapes.push(get("links over and over", query(&path, "_include=Location:organization"), Vec::new()));
        shapes.push(get("the largest page with all links", format!("{path}?_count=500&_include={kind}:organization&_include={kind}:location&_include={kind}:network&_revinclude=OrganizationAffiliation:participating-organization"), Vec::new()));
        shapes.push(get("a long id", format!("{path}/{}", "x".repeat(PATH)), Vec::new()));
    }
    shapes
}

/// Long headers.
fn heads() -> Vec<Shape> {
    let list = |item: &str| repeated(PATH, "", |at| format!("{item}{at},"), "");
    let mut many = String::new();
    for at in 0..3_000 {
        let _ = write!(many, "a{at}=b; placement={at}; ");
    }
    vec![
        get("accepted", "/v1/services".to_owned(), vec![("accept", list("a/"))]),
        get("versions held", "/v1/services".to_owned(), vec![("if-none-match", list("\"x\"/"))]),
        get("versions held", "/v1/networks".to_owned(), vec![("if-none-match", list("\"x\"/"))]),
        get("encodings", "/v1/networks".to_owned(), vec![("accept-encoding", list("x"))]),
        get("cookies", "/".to_owned(), vec![("cookie", many)]),
        get("a key", "/v1/services".to_owned(), vec![("authorization", format!("Bearer {}", "x".repeat(PATH)))]),
        get(
            "a token",
            "/v1/services".to_owned(),
            vec![("authorization", format!("Bearer {}.{}.x", "e30".repeat(PATH / 6), "e30".repeat(PATH / 6)))],
        ),
        get("all networks", "/v1/networks".to_owned(), vec![("accept-encoding", "gzip".to_owned())]),
        get("the document", "/openapi.json".to_owned(), vec![("accept-encoding", "gzip".to_owned())]),
        get("the document", "/docs".to_owned(), vec![("accept-encoding", "gzip".to_owned())]),
        get("the directory", "/directory".to_owned(), Vec::new()),
        get("the figures", "/metrics".to_owned(), Vec::new()),
        get("the form", "/".to_owned(), Vec::new()),
    ]
}
