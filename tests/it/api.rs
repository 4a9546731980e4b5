//! The API, with the built-in sample.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use jiff::civil::{Date, date};
use jiff::{Timestamp, Zoned};
use placement::catalog::SharedCatalog;
use placement::catalog::generation::GenerationStore;
use placement::refresh::options::RefreshOptions;
use placement::serve::router;
use placement::serve::state::AppState;
use placement::{refresh, sample};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::seeded_random::SeededRandom;
use crate::{directories, questions};

/// The day of every question.
pub(crate) const TODAY: Date = date(2026, 11, 21);

/// The sample as a published directory, built once for all tests.
static SAMPLE: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let files = folder.path().join("files");
    sample::unpack(&files, TODAY).unwrap();
    publish(&files, &folder.path().join("index"), "2026-11-21T12:00:00Z");
    folder
});

/// Builds a directory from `files`.
pub(crate) fn publish(files: &Path, index: &Path, built_at: &str) {
    let built_at: Timestamp = built_at.parse().unwrap();
    let options = RefreshOptions::new(files, index, built_at);
    refresh::run(&options, &mut |_| {}).unwrap();
}

fn now() -> Zoned {
    "2026-11-21T13:00:00-06:00[America/Chicago]".parse().unwrap()
}

/// A server without a socket.
pub(crate) struct Api(Router);

/// An answer.
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    /// The body as text, lossily.
    pub text: String,
}

/// An application with the sample, which a test can change before serving.
pub(crate) fn sample_app() -> AppState {
    let app = AppState { now, ..AppState::new(SharedCatalog::new(SAMPLE.path().join("index"))) };
    app.catalog.reload().unwrap();
    app
}

impl Api {
    /// Serves the sample with empty caches.
    pub(crate) fn sample() -> Self {
        Self::of(&SAMPLE.path().join("index"))
    }

    /// Serves what is published in `index`, if anything.
    pub(crate) fn of(index: &Path) -> Self {
        let app = AppState { now, ..AppState::new(SharedCatalog::new(index)) };
        // A missing directory is one of the test cases.
        let _ = app.catalog.reload();
        Self(router(Arc::new(app)))
    }

    /// Serves `app`.
    pub(crate) fn new(app: AppState) -> Self {
        Self::shared(Arc::new(app))
    }

    /// Serves `app`, which the caller shares.
    pub(crate) fn shared(app: Arc<AppState>) -> Self {
        Self(router(app))
    }

    /// Serves an application that the caller shares.
    pub(crate) fn over(app: &Arc<AppState>) -> Self {
        Self(router(Arc::clone(app)))
    }

    /// The answer with its body not yet read.
    pub(crate) async fn open(&self, request: Request<Body>) -> Response<Body> {
        self.0.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.open(request).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, bytes, text }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl fmt::Display) -> Answer {
        let request = Request::post(path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn put(&self, path: &str, body: impl fmt::Display) -> Answer {
        let request = Request::put(path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// The error codes of a problem with their pointers.
    pub(crate) fn faults(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let json = self.json();
        json["errors"].as_array().unwrap().iter().map(|e| (text(&e["pointer"]), text(&e["code"]))).collect()
    }
}

/// A question for which the sample has several matches.
pub(crate) fn question() -> Value {
    json!({
        "service": "skilled_nursing",
        "near": {"zip": "64108"},
        "within_miles": 25,
        "coverage": {"program": "medicare"},
        "needs": ["inf.abx", {"need": "wound.npwt", "importance": "preferred"}],
        "include": ["left_out"]
    })
}

/// [`question`] with `changes`.
pub(crate) fn changed(changes: &Value) -> Value {
    let mut question = question();
    for (name, value) in changes.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

#[tokio::test]
async fn a_question_is_answered_with_everything_the_contract_names() {
    let answer = Api::sample().post("/v1/matches", question()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let report = answer.json();
    let names = [
        "list_id",
        "directory",
        "question",
        "matches",
        "counts",
        "left_out",
        "suggestions",
        "call_sheet",
        "network_gap",
        "remarks",
        "next_cursor",
    ];
    assert!(names.iter().all(|name| report.get(name).is_some()), "{report:#}");
    assert_eq!(report["directory"]["synthetic"], true);
    assert_eq!(report["directory"]["built_at"], "2026-11-21T12:00:00Z");
    assert_eq!(report["question"]["near"]["zip"], "64108");
    assert_eq!(report["question"]["near"]["precision"], "zip");
    assert_eq!(report["question"]["profile"], "default@2");
    assert_eq!(report["question"]["needs"][1], json!({"need": "wound.npwt", "importance": "preferred"}));

    let matches = report["matches"].as_array().unwrap();
    assert!(!matches.is_empty());
    for (at, found) in matches.iter().enumerate() {
        assert_eq!(found["rank"], at + 1);
        let thousandths = |value: &Value| (value.as_f64().unwrap() * 1000.0).round();
        let sum: f64 = found["parts"].as_array().unwrap().iter().map(|part| thousandths(&part["points"])).sum();
        assert!((sum - thousandths(&found["score"])).abs() < 0.5, "{found:#}");
        assert!(found["distance_miles"].as_f64().unwrap() <= 25.0);
        let hundredths = found["distance_miles"].as_f64().unwrap() * 100.0;
        assert!((hundredths - hundredths.round()).abs() < 1e-6, "miles are printed to the hundredth");
        for path in ["/provider/id", "/provider/name", "/network/status", "/acceptance/verdict", "/availability/answer"] {
            assert!(found.pointer(path).is_some_and(Value::is_string), "{path} of {found:#}");
        }
    }
    let listed = report["left_out"]["list"].as_array().unwrap().len();
    assert_eq!(report["counts"]["left_out"], listed);
}

#[tokio::test]
async fn several_services_are_answered_as_a_bundle() {
    let mut several = changed(&json!({"services": ["skilled_nursing", "home_health"], "needs": ["inf.abx"]}));
    several.as_object_mut().unwrap().remove("service");
    let answer = Api::sample().post("/v1/matches", several).await.json();
    let reports = answer["bundle"]["reports"].as_array().unwrap();
    assert_eq!(reports.len(), 2);
    assert_eq!(reports[1]["question"]["service"], "home_health");
    assert!(reports[1]["matches"][0]["service_area"].is_string() && reports[0]["matches"][0]["service_area"].is_null());
    assert!(["skilled_nursing", "home_health"].contains(&answer["bundle"]["weakest"].as_str().unwrap()));
}

#[tokio::test]
async fn what_is_cached_is_what_would_be_computed() {
    let cached = Api::sample();
    let point = json!({"latitude": 39.0837, "longitude": -94.5868});
    let questions = [
        question(),
        changed(&json!({"limit": 1})),
        changed(&json!({"limit": 2})),
        changed(&json!({"include": []})),
        changed(&json!({"near": point})),
        changed(&json!({"discharge_on": "2026-11-20"})),
        changed(&json!({"patient": {"weight_lb": 480}})),
        changed(&json!({"profile": {"patient_travels": {"closeness": 0.5, "quality": 0.5}}})),
        changed(&json!({"coverage": null})),
    ];
    let mut bodies = Vec::new();
    for question in &questions {
        let first = cached.post("/v1/matches", question).await;
        let again = cached.post("/v1/matches", question).await;
        let fresh = Api::sample().post("/v1/matches", question).await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.text);
        assert!(first.text == again.text && again.text == fresh.text, "{question}");
        bodies.push(fresh.text);
    }
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), questions.len(), "no two of the questions share an answer");
}

#[tokio::test]
async fn any_question_is_answered_the_same_from_the_cache() {
    let (cached, choices, random) = (Api::sample(), directories::sample().choices(), &mut SeededRandom::seeded(7));
    let questions: Vec<Value> = (0..200).map(|_| questions::question(&choices, random)).collect();
    let mut first = Vec::new();
    for question in &questions {
        first.push(cached.post("/v1/matches", question).await);
    }
    for (question, first) in questions.iter().zip(first) {
        let again = cached.post("/v1/matches", question).await;
        assert!(first.status == again.status && (first.status != StatusCode::OK || first.text == again.text), "{question}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swap_fails_no_request_and_mixes_no_answer() {
    let folder = TempDir::new().unwrap();
    let (files, index) = (folder.path().join("files"), folder.path().join("index"));
    sample::unpack(&files, TODAY).unwrap();
    publish(&files, &index, "2026-11-20T12:00:00Z");
    publish(&files, &index, "2026-11-21T12:00:00Z");
    let store = GenerationStore::new(&index);
    let generations: Vec<String> = store.list().unwrap().into_iter().map(|listed| listed.generation).collect();
    assert_eq!(generations.len(), 2);
    let app = Arc::new(AppState { now, ..AppState::new(SharedCatalog::new(&index)) });
    app.catalog.reload().unwrap();
    let api = Arc::new(Api(router(Arc::clone(&app))));

    let asking = (0..4).map(|_| {
        let api = Arc::clone(&api);
        tokio::spawn(async move {
            let mut answers = Vec::new();
            for limit in (1..=5).cycle().take(200) {
                let answer = api.post("/v1/matches", changed(&json!({"limit": limit}))).await;
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
                answers.push((limit, answer.json()["directory"]["generation"].as_str().unwrap().to_owned(), answer.text));
                tokio::task::yield_now().await;
            }
            answers
        })
    });
    let asking: Vec<_> = asking.collect();
    for swap in 0..20 {
        store.set_current(&generations[swap % 2]).unwrap();
        app.catalog.reload().unwrap();
        app.serve_newest();
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let mut answers = Vec::new();
    for asked in asking {
        answers.extend(asked.await.unwrap());
    }
    answers.sort();
    answers.dedup();
    let expected = 5 * generations.len();
    assert!(answers.len() <= expected, "one answer a question and generation, but {} of them", answers.len());
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let api = Api::sample();
    let whole = api.post("/v1/matches", changed(&json!({"limit": 1000}))).await.json();
    let ids = |report: &Value| -> Vec<Value> {
        report["matches"].as_array().unwrap().iter().map(|found| found["provider"]["id"].clone()).collect()
    };
    let (mut paged, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let page = api.post("/v1/matches", changed(&json!({"limit": 7, "cursor": cursor}))).await.json();
        paged.extend(ids(&page));
        cursor = page["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(paged, ids(&whole));
}

#[tokio::test]
async fn every_answer_carries_an_id_and_the_headers_of_its_kind() {
    let api = Api::sample();
    let with_id = |id: &str| Request::get("/livez").header("x-request-id", id).body(Body::empty()).unwrap();
    assert_eq!(api.send(with_id("Ward-7_42.a")).await.header("x-request-id"), "Ward-7_42.a");
    let long = "x".repeat(65);
    for bad in ["", "two words", "ward-7/42", "ward=7", long.as_str()] {
        let made = api.send(with_id(bad)).await.header("x-request-id").to_owned();
        assert!(made.parse::<uuid::Uuid>().is_ok_and(|id| id.get_version_num() == 7), "{made}");
    }
    for path in ["/v1/services", "/nowhere", "/livez"] {
        assert_eq!(api.get(path).await.header("x-content-type-options"), "nosniff", "{path}");
    }
    let answer = api.post("/v1/matches", question()).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.header("etag").is_empty());
    assert!(answer.header("x-directory-age-seconds").parse::<u64>().is_ok());
}

#[tokio::test]
async fn what_holds_no_question_is_not_sent_twice() {
    let api = Api::sample();
    let id = first_id(&api).await;
    for path in [
        "/v1/services",
        "/v1/needs",
        "/v1/networks",
        "/v1/directory",
        "/v1/providers?name=nursing",
        "/v1/plans?name=gold",
        &format!("/v1/providers/{id}"),
    ] {
        let first = api.get(path).await;
        assert_eq!(first.status, StatusCode::OK, "{path}: {}", first.text);
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("\"20261121T120000Z-"), "{path}: {tag}");
        for held in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let again = Request::get(path).header("if-none-match", held).body(Body::empty()).unwrap();
            let again = api.send(again).await;
            assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
            assert_eq!(again.header("etag"), tag);
        }
        let other = Request::get(path).header("if-none-match", "\"other\"").body(Body::empty()).unwrap();
        assert_eq!(api.send(other).await.text, first.text);
    }
}

async fn first_id(api: &Api) -> String {
    api.post("/v1/matches", question()).await.json()["matches"][0]["provider"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_provider_is_shown_with_who_said_what() {
    let api = Api::sample();
    let id = first_id(&api).await;
    let answer = api.get(&format!("/v1/providers/{id}")).await.json();
    let provider = &answer["provider"];
    assert_eq!(provider["id"], id);
    for fact in [&provider["name"], &provider["address"], &provider["services"][0]["medicare"]] {
        assert!(fact["value"] != Value::Null && fact["source"].is_string() && fact["others"].is_array(), "{fact:#}");
        assert!(fact.get("as_of").is_some());
    }
    let by_ccn = api.get(&format!("/v1/providers/{}", id.to_lowercase())).await;
    assert_eq!(by_ccn.json()["provider"]["id"], id);
}

#[tokio::test]
async fn providers_are_found_by_a_misspelled_name() {
    let api = Api::sample();
    let found = api.post("/v1/matches", question()).await.json();
    let provider = &found["matches"][0]["provider"];
    let mut name = provider["name"].as_str().unwrap().to_owned();
    let slip = name.char_indices().filter(|(_, c)| c.is_alphabetic()).nth(3).unwrap().0;
    name.remove(slip);
    let query = name.replace('&', "%26").replace(' ', "+");
    let hits = api.get(&format!("/v1/providers?name={query}&limit=5")).await.json();
    let hits = hits["providers"].as_array().unwrap();
    assert!(hits.iter().any(|hit| hit["id"] == provider["id"]), "{name}: {hits:#?}");
    assert!(hits.len() <= 5);
}

#[tokio::test]
async fn one_provider_is_explained_by_id_ccn_or_name() {
    let api = Api::sample();
    let found = api.post("/v1/matches", question()).await.json();
    let second = &found["matches"][1];
    let id = second["provider"]["id"].as_str().unwrap();
    for called in [id, id.trim_start_matches("ccn:"), second["provider"]["name"].as_str().unwrap()] {
        let asked = json!({"discharge": question(), "provider": called});
        let answer = api.post("/v1/explain", asked).await;
        assert_eq!(answer.status, StatusCode::OK, "{called}: {}", answer.text);
        let told = answer.json();
        assert_eq!((&told["outcome"], &told["match"]), (&json!("stands"), second), "{called}");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let visiting = changed(&json!({"service": "home_health", "within_miles": null}));
    let left = &api.post("/v1/matches", &visiting).await.json()["left_out"]["list"][0];
    let asked = json!({"discharge": visiting, "provider": left["provider"]["id"]});
    let told = api.post("/v1/explain", asked).await.json();
    assert_eq!(told["outcome"], "kept_out");
    assert_eq!(told["bars"][0]["reason"], left["reason"]);

    let told = api.post("/v1/explain", json!({"discharge": visiting, "provider": id})).await.json();
    assert_eq!((&told["outcome"], &told["offers"]), (&json!("other_service"), &json!(["skilled_nursing"])));
}

#[tokio::test]
async fn the_vocabularies_hold_every_word_a_question_may_use() {
    let api = Api::sample();
    let services = api.get("/v1/services").await.json();
    assert_eq!(services["services"].as_array().unwrap().len(), 10);
    assert!(services["services"].as_array().unwrap().iter().any(|s| s["providers"].as_u64() > Some(0)));
    let needs = api.get("/v1/needs").await.json();
    assert_eq!((needs["needs"].as_array().unwrap().len(), needs["limits"].as_array().unwrap().len()), (81, 5));
    assert!(needs["needs"].as_array().unwrap().iter().any(|need| need["guarded"] == true));
    let networks = api.get("/v1/networks").await.json();
    let network = networks["networks"][0]["network"].as_str().unwrap();
    let asked = changed(&json!({"coverage": {"network": network}}));
    assert_eq!(api.post("/v1/matches", asked).await.json()["question"]["coverage"]["networks"], json!([network]));
}

#[tokio::test]
async fn the_directory_says_what_it_was_made_from() {
    let told = Api::sample().get("/v1/directory").await.json();
    assert_eq!(told["synthetic"], true);
    assert!(told["providers"].as_u64() >= Some(300));
    let sources = told["sources"].as_array().unwrap();
    assert!(sources.len() > 8);
    for source in sources {
        let as_of: Date = source["as_of"].as_str().unwrap().parse().unwrap();
        assert_eq!(source["age_days"], (TODAY - as_of).get_days());
        assert_eq!(source["status"], "current");
        assert!(source["rows"].is_u64() && source["rejected"].is_u64() && source["dataset"].is_string());
    }
}
