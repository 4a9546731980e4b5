//! Many hospitals in one service: which hospital a request is of, and that nobody reads, lists or changes another's records.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::http::StatusCode;
use jiff::civil::date;
use jiff::{SignedDuration, Zoned};
use placement::api_keys::KeyRecord;
use placement::api_keys::Scope;
use placement::api_keys::secret::Secret;
use placement::config::server::{AccessConfig, RateLimitConfig, ServerConfig};
use placement::hospital::Hospital;
use placement::hospital::recognition::{HospitalLookup, USUAL_CLAIM};
use placement::ledger::Ledger;
use placement::ledger::event::LedgerEvent;
use placement::ledger::packet_id::PacketId;
use placement::ledger::recorded_list::{ListRendition, RecordedList};
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::http::daily_limits::DailyLimits;
use placement::serve::http::problem::ProblemKind;
use placement::serve::http::route::{Route, RouteMethod};
use placement::serve::http::throttle::Throttle;
use placement::serve::ledger_sync::load_initial;
use placement::serve::routes;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::access::{Shown, bearer, drawn, nothing};
use crate::api::{Answer, Api, changed, question, sample_app};
use crate::statements::found;

/// One service of several hospitals, each with a key of every scope.
pub(crate) struct Service {
    pub(crate) api: Api,
    pub(crate) app: Arc<AppState>,
    ledger: Arc<dyn Ledger>,
    keys: Vec<Secret>,
    /// A key without a hospital.
    operator: Secret,
}

fn host(hospital: usize) -> String {
    format!("h{hospital}.placement.example")
}

/// The file of a hospital.
pub(crate) fn hospital(at: usize, more: &str) -> Hospital {
    let text = format!(
        "id = \"h{at}\"\nname = \"Hospital {at}\"\nhosts = [\"{}\"]\nclaim = \"H{at}\"\nunits = [\"4 West\"]\n{more}",
        host(at)
    );
    Hospital::parse(&text).unwrap()
}

impl Service {
    async fn of(ledger: Arc<dyn Ledger>, hospitals: Vec<Hospital>) -> Self {
        Self::at(sample_app().now, ledger, hospitals).await
    }

    /// With a clock.
    async fn at(now: fn() -> Zoned, ledger: Arc<dyn Ledger>, hospitals: Vec<Hospital>) -> Self {
        let mut keys = Vec::new();
        for own in &hospitals {
            let (secret, key) = drawn(&Scope::ALL);
            let expires_at = key.expires_at + SignedDuration::from_hours(1_000);
            let key = KeyRecord { hospital: Some(own.id.clone()), expires_at, ..key };
            ledger.tell(&LedgerEvent::Key(key)).await.unwrap();
            keys.push(secret);
        }
        let (operator, key) = drawn(&Scope::ALL);
        ledger.tell(&LedgerEvent::Key(key)).await.unwrap();
        let lookup = Arc::new(HospitalLookup::new(&hospitals, USUAL_CLAIM));
        let limits = RateLimitConfig { burst: NonZeroU32::new(100_000).unwrap(), ..RateLimitConfig::default() };
        let app = AppState {
            edge: ServerConfig {
                access: Some(AccessConfig::default()),
                public_url: Some("http://placement.example".to_owned()),
                ..ServerConfig::default()
            },
            limits: Arc::new(Throttle::new(&limits)),
            daily: Arc::new(DailyLimits::new(&limits)),
            ledger: Some(Arc::clone(&ledger)),
            now,
            ..sample_app()
        };
        let app = Arc::new(app.for_hospitals(hospitals, lookup));
        let api = Api::shared(Arc::clone(&app));
        load_initial(&app).await;
        Self { api, app, ledger, keys, operator }
    }

    pub(crate) async fn in_file(folder: &TempDir, hospitals: Vec<Hospital>) -> Self {
        Self::in_file_at(sample_app().now, folder, hospitals).await
    }

    /// With a clock.
    pub(crate) async fn in_file_at(now: fn() -> Zoned, folder: &TempDir, hospitals: Vec<Hospital>) -> Self {
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
        Self::at(now, Arc::new(ledger), hospitals).await
    }

    fn shown(&self, hospital: usize) -> Shown {
        bearer(self.keys[hospital].reveal())
    }

    pub(crate) async fn get(&self, hospital: usize, path: &str) -> Answer {
        self.shown(hospital).get(&self.api, path).await
    }

    pub(crate) async fn post(&self, hospital: usize, path: &str, body: &Value) -> Answer {
        self.api.send(self.shown(hospital).request("POST", path, "application/json", body.to_string())).await
    }

    async fn form(&self, hospital: usize, path: &str, body: &str) -> Answer {
        let form = "application/x-www-form-urlencoded";
        self.api.send(self.shown(hospital).request("POST", path, form, body.to_owned())).await
    }

    pub(crate) async fn matches(&self, hospital: usize) -> Value {
        let answer = self.post(hospital, "/v1/matches", &asking()).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }

    async fn heard(&self, hospital: usize, provider: &str, answer: &str) -> Value {
        let heard = json!({"provider": provider, "service": "skilled_nursing", "unit": "4 West", "said_by": "admissions", "need": "resp.vent", "answer": answer});
        let answer = self.post(hospital, "/v1/observations", &json!({"observations": [heard]})).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        answer.json()["observations"][0].clone()
    }
}

/// A question for a list.
fn asked_for_list() -> Value {
    json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"program": "medicare"}})
}

/// A question to which the providers of the sample answer differently.
fn asking() -> Value {
    changed(&json!({"needs": ["resp.vent"], "limit": 100}))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn fit(report: &Value, id: &str) -> Value {
    found(report, id).map_or(Value::Null, |found| found["fit"].clone())
}

/// A provider of which it must be asked whether it takes a ventilator.
pub(crate) fn to_ask(report: &Value) -> String {
    let matches = report["matches"].as_array().unwrap();
    text(&matches.iter().find(|found| found["fit"] == "ask_provider").unwrap()["provider"]["id"])
}

#[tokio::test]
async fn what_one_hospital_heard_neither_shows_at_another_nor_costs_it_a_cached_answer() {
    let folder = TempDir::new().unwrap();
    let service = Service::in_file(&folder, vec![hospital(0, ""), hospital(1, "")]).await;
    let before = service.matches(1).await;
    let id = to_ask(&before);
    let heard = service.heard(0, &id, "yes").await;
    assert_eq!(fit(&service.matches(0).await, &id), "meets");
    let hits = service.app.answers.served().hits;
    assert_eq!(service.matches(1).await, before);
    assert_eq!(service.app.answers.served().hits, hits + 1, "the answer is still cached");
    let records = |hospital| {
        let path = format!("/v1/observations?provider={id}");
        let service = &service;
        async move { service.get(hospital, &path).await.json()["observations"].as_array().unwrap().len() }
    };
    assert_eq!((records(0).await, records(1).await), (1, 0));
    let path = format!("/v1/observations/{}/withdraw", text(&heard["id"]));
    let refused = service.post(1, &path, &json!({})).await;
    assert_eq!((refused.status, &refused.json()["code"]), (StatusCode::NOT_FOUND, &json!("no_such_observation")));
    assert_eq!(records(0).await, 1, "nothing was withdrawn");
    assert_eq!(service.post(0, &path, &json!({})).await.status, StatusCode::CREATED);
    assert_eq!(fit(&service.matches(0).await, &id), "ask_provider");
}

#[tokio::test]
async fn what_a_provider_states_of_itself_is_everybodys_and_lies_over_what_was_heard() {
    let folder = TempDir::new().unwrap();
    let service = Service::in_file(&folder, vec![hospital(0, ""), hospital(1, "")]).await;
    let id = to_ask(&service.matches(0).await);
    service.heard(0, &id, "yes").await;
    let states = |takes: bool, key: Shown| {
        let statement = json!({"service": "skilled_nursing", "need": "resp.vent", "answer": takes});
        let body = json!({"statements": [statement]}).to_string();
        let request = key.request("PUT", &format!("/v1/providers/{id}/statements"), "application/json", body);
        service.api.send(request)
    };
    // A key of a provider needs no hospital.
    let answer = states(false, bearer(service.operator.reveal())).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    for hospital in [0, 1] {
        assert_eq!(fit(&service.matches(hospital).await, &id), Value::Null, "{hospital}");
    }
    assert_eq!(states(true, service.shown(1)).await.status, StatusCode::OK);
    for hospital in [0, 1] {
        assert_eq!(fit(&service.matches(hospital).await, &id), "meets", "{hospital}");
    }
}

#[tokio::test]
async fn the_hospital_of_a_request_is_that_of_its_key_or_host_and_never_of_a_parameter() {
    let folder = TempDir::new().unwrap();
    let service = Service::in_file(&folder, vec![hospital(0, ""), hospital(1, "")]).await;
    let ask =
        |shown: Shown, path: &str| service.api.send(shown.request("POST", path, "application/json", question().to_string()));
    let own = |at: usize| service.shown(at).and("host", &host(at));
    assert_eq!(ask(own(0), "/v1/matches").await.status, StatusCode::OK);
    let other = ask(service.shown(1).and("host", &host(0)), "/v1/matches").await;
    assert_eq!((other.status, &other.json()["code"]), (StatusCode::FORBIDDEN, &json!("forbidden")));
    assert!(other.text.contains("hospital of this host name"), "{}", other.text);
    for named in ["placement.example", &host(0), "elsewhere.example"] {
        let none = ask(bearer(service.operator.reveal()).and("host", named), "/v1/matches").await;
        assert_eq!(none.status, StatusCode::FORBIDDEN, "{named}");
        assert!(none.text.contains("--hospital"), "{}", none.text);
    }
    assert_eq!(ask(own(0), "/v1/matches?hospital=h1").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let unknown = {
        let (secret, key) = drawn(&Scope::ALL);
        let key = KeyRecord { hospital: Some("gone".parse().unwrap()), ..key };
        service.app.append_event(&LedgerEvent::Key(key)).await.unwrap();
        ask(bearer(secret.reveal()), "/v1/matches").await
    };
    assert_eq!(unknown.status, StatusCode::FORBIDDEN);
    // Pages show the hospital of the host before anybody has signed in.
    for at in [0, 1] {
        let page = nothing().and("host", &host(at)).get(&service.api, "/sign-in").await;
        assert!(page.text.contains(&format!("Hospital {at}")), "{}", page.text);
    }
    let metrics = bearer(service.operator.reveal()).get(&service.api, "/metrics").await;
    assert_eq!(metrics.status, StatusCode::OK);
    for line in ["placement_hospital_requests_total{hospital=\"h0\",status=\"2xx\"}", "hospital=\"h1\",status=\"2xx\""] {
        assert!(metrics.text.contains(line), "{line}: {}", metrics.text);
    }
}

#[tokio::test]
async fn a_person_signs_in_at_the_address_of_the_own_hospital() {
    let folder = TempDir::new().unwrap();
    let service = Service::in_file(&folder, vec![hospital(0, ""), hospital(1, "")]).await;
    let sign_in = |key: usize, at: usize| {
        let body = form_urlencoded::Serializer::new(String::new()).append_pair("key", service.keys[key].reveal()).finish();
        let request = nothing().and("host", &host(at)).request("POST", "/sign-in", "application/x-www-form-urlencoded", body);
        service.api.send(request)
    };
    let refused = sign_in(1, 0).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("another hospital"), "{}", refused.text);
    let begun = sign_in(0, 0).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let session = begun.header("set-cookie").split(';').next().unwrap().to_owned();
    let page = |at: usize| nothing().and("cookie", &session).and("host", &host(at));
    let own = page(0).get(&service.api, "/board").await;
    assert!(own.status == StatusCode::OK && own.text.contains("Hospital 0"), "{}", own.text);
    assert_eq!(page(1).get(&service.api, "/board").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn hospitals_of_one_group_share_what_they_hear_and_name_each_other() {
    let folder = TempDir::new().unwrap();
    let group = "group = \"metro\"\n";
    let service = Service::in_file(&folder, vec![hospital(0, group), hospital(1, group), hospital(2, "")]).await;
    let id = to_ask(&service.matches(0).await);
    let heard = service.heard(0, &id, "yes").await;
    let source = |report: &Value| {
        let answers = found(report, &id).unwrap()["acceptance"]["answers"].clone();
        let of_need = answers.as_array().unwrap().iter().find(|answer| answer["need"] == "resp.vent").unwrap().clone();
        of_need["source"].clone()
    };
    let other = service.matches(1).await;
    assert_eq!((fit(&other, &id), source(&other)), (json!("meets"), json!("told to Hospital 0 by telephone")));
    assert_eq!(fit(&service.matches(2).await, &id), "ask_provider", "of no group");
    let listed = service.get(1, &format!("/v1/observations?provider={id}")).await.json();
    let listed = &listed["observations"][0];
    assert_eq!((&listed["id"], &listed["unit"], &listed["hospital"]), (&heard["id"], &Value::Null, &json!("Hospital 0")));
    let path = format!("/v1/observations/{}/withdraw", text(&heard["id"]));
    assert_eq!(service.post(1, &path, &json!({})).await.status, StatusCode::NOT_FOUND, "it is not its own");
    // A withdrawal takes away what its own hospital heard, and nothing else.
    let second = service.heard(1, &id, "yes").await;
    let withdrawn = service.post(1, &format!("/v1/observations/{}/withdraw", text(&second["id"])), &json!({})).await;
    assert_eq!(withdrawn.status, StatusCode::CREATED, "{}", withdrawn.text);
    for hospital in [0, 1] {
        assert_eq!(fit(&service.matches(hospital).await, &id), "meets", "{hospital}");
    }
}

/// The records of one hospital.
struct Records {
    provider: String,
    observation: String,
    request: String,
    /// The path of the answer link.
    link: String,
    invite: String,
    /// The path of the page of the invite.
    update: String,
    list: String,
    packet: PacketId,
    /// The tokens of kept pages, by the beginning of their paths.
    pages: Vec<(&'static str, String)>,
}

impl Records {
    async fn made(service: &Service, hospital: usize) -> Self {
        let report = service.matches(hospital).await;
        let provider = text(&report["matches"][0]["provider"]["id"]);
        let observation = text(&service.heard(hospital, &provider, "yes").await["id"]);
        let body = json!({
            "service": "skilled_nursing", "providers": [provider], "needs": ["inf.abx"], "discharge_on": "2026-11-23",
            "region": "641", "unit": "4 West", "payer_class": "medicare", "patient_agreed": true,
        });
        let created = |answer: Answer| {
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
            answer.json()
        };
        let request = text(&created(service.post(hospital, "/v1/referral-requests", &body).await)["id"]);
        let link = format!("/v1/referral-requests/{request}/providers/{provider}/link");
        let link = text(&created(service.post(hospital, &link, &json!({})).await)["path"]);
        let invite = created(service.post(hospital, &format!("/v1/providers/{provider}/invites"), &json!({})).await);
        let list = created(service.post(hospital, "/v1/choice-lists", &json!({"discharge": asked_for_list()})).await);
        let packet = PacketId::draw(&["a packet"], [u8::try_from(hospital).unwrap(); 16]);
        let document = ListRendition { media_type: "application/json".to_owned(), bytes: b"{}".to_vec() };
        let id = Some(format!("h{hospital}").parse().unwrap());
        let sealed = RecordedList { made_on: date(2026, 11, 21), hospital: id, documents: vec![document] };
        service.ledger.record(packet.sealed_under(), &sealed).await.unwrap();
        let asked = "service=skilled_nursing&near=64108&coverage=hmo&need_words=vent+l";
        let mut pages = Vec::new();
        for (path, more) in [("/", ""), ("/call-sheet", "&pick=ccn:265015&pick=ccn:265001"), ("/look-up", "&provider=manor")]
        {
            let kept = service.form(hospital, path, &format!("{asked}{more}")).await;
            let place = kept.header("location").to_owned();
            assert_eq!(kept.status, StatusCode::SEE_OTHER, "{path}: {}", kept.text);
            let begins = if path == "/" { "/answer" } else { path };
            pages.push((begins, place.rsplit('/').next().unwrap().to_owned()));
        }
        let (invite, update) = (text(&invite["invite"]["id"]), text(&invite["path"]));
        Self { provider, observation, request, link, invite, update, list: text(&list["id"]), packet, pages }
    }

    /// Ids that a list of another hospital must not have.
    fn ids(&self) -> [&str; 4] {
        [&self.observation, &self.request, &self.invite, &self.list]
    }

    /// A request to `route` for these records; `None` if the table does not know the route.
    fn attempt(&self, route: &Route) -> Option<Attempt> {
        let (provider, request) = (&self.provider, &self.request);
        let page =
            |begins: &str| self.pages.iter().find(|(path, _)| *path == begins).map(|(_, token)| format!("{begins}/{token}"));
        let json = |path: String, body: Value| Some(Attempt { path, body: body.to_string(), is_form: false });
        let form = |path: String, body: String| Some(Attempt { path, body, is_form: true });
        let get = |path: String| Some(Attempt { path, body: String::new(), is_form: false });
        let of_provider = format!("/v1/referral-requests/{request}/providers/{provider}");
        match (route.method, route.path.as_str()) {
            (_, "/v1/choice-lists/{id}") => get(format!("/v1/choice-lists/{}", self.list)),
            (_, "/v1/gap-packets/{id}") => get(format!("/v1/gap-packets/{}", self.packet)),
            (_, "/choice-list/again") => form(route.path.clone(), format!("id={}&as=html", self.list)),
            (_, "/gap-packet/again") => form(route.path.clone(), format!("id={}&as=html", self.packet)),
            (_, "/v1/observations/{id}/withdraw") => {
                json(format!("/v1/observations/{}/withdraw", self.observation), json!({}))
            }
            (_, "/providers/{id}/withdraw") => form(
                format!("/providers/{provider}/withdraw"),
                format!("id={}&version={}", self.observation, self.observation),
            ),
            (_, "/v1/referral-requests/{id}") => get(format!("/v1/referral-requests/{request}")),
            (_, "/v1/referral-requests/{id}/events") => get(format!("/v1/referral-requests/{request}/events")),
            (_, "/referral-requests/{id}/events") => get(format!("/referral-requests/{request}/events")),
            // Providers are added to an open request.
            (RouteMethod::Post, "/referral-requests") => form(route.path.clone(), format!("request={request}")),
            (RouteMethod::Get, "/referral-requests/{id}") => get(format!("/referral-requests/{request}")),
            (_, "/referral-requests/{id}") => form(
                format!("/referral-requests/{request}"),
                format!("record=state&provider={provider}&state=no_reply&version=x"),
            ),
            (_, "/v1/referral-requests/{id}/close") => {
                json(format!("/v1/referral-requests/{request}/close"), json!({"close": true}))
            }
            (_, "/v1/referral-requests/{id}/providers") => {
                json(format!("/v1/referral-requests/{request}/providers"), json!({"providers": ["ccn:265015"]}))
            }
            (_, "/v1/referral-requests/{id}/providers/{provider}") => json(of_provider, json!({"state": "no_reply"})),
            (_, "/v1/referral-requests/{id}/providers/{provider}/link") => json(format!("{of_provider}/link"), json!({})),
            (_, "/v1/referral-requests/{id}/providers/{provider}/link/revoke") => {
                json(format!("{of_provider}/link/revoke"), json!({"revoke": true}))
            }
            (_, "/v1/providers/{id}/invites/{invite}/revoke") => {
                json(format!("/v1/providers/{provider}/invites/{}/revoke", self.invite), json!({"revoke": true}))
            }
            (_, "/providers/{id}/invites") => {
                form(format!("/providers/{provider}/invites"), format!("record=revoke&invite={}", self.invite))
            }
            (RouteMethod::Get, "/r/{token}") => get(self.link.clone()),
            (_, "/r/{token}") => form(self.link.clone(), "answer=decline&why=no_room".to_owned()),
            (RouteMethod::Get, "/provider-update/{token}") => get(self.update.clone()),
            (_, "/provider-update/{token}") => form(self.update.clone(), "do=save".to_owned()),
            (_, "/answer/{token}") => get(page("/answer")?),
            (_, "/call-sheet/{token}") => get(page("/call-sheet")?),
            (_, "/look-up/{token}") => get(page("/look-up")?),
            // They are kept under the same key as the pages above: the token and the owner.
            (_, "/compare/{token}") => get(page("/call-sheet")?.replace("/call-sheet/", "/compare/")),
            (_, "/service-plan/{token}") => get(page("/answer")?.replace("/answer/", "/service-plan/")),
            (_, "/batch/{token}") => get(page("/answer")?.replace("/answer/", "/batch/")),
            (_, "/batch/{token}/workbook") => {
                form(page("/answer")?.replace("/answer/", "/batch/") + "/workbook", String::new())
            }
            (_, "/batch/{token}/delete") => form(page("/answer")?.replace("/answer/", "/batch/") + "/delete", String::new()),
            _ => None,
        }
    }
}

/// One request.
struct Attempt {
    path: String,
    body: String,
    is_form: bool,
}

impl Attempt {
    async fn send(self, service: &Service, shown: &Shown, method: RouteMethod) -> Answer {
        let kind = if self.is_form { "application/x-www-form-urlencoded" } else { "application/json" };
        service.api.send(shown.request(method.name(), &self.path, kind, self.body)).await
    }
}

/// Whether a route takes the id of a record: a parameter that is not of the directory, or a problem that only records have.
fn is_of_records(route: &Route) -> bool {
    const OF_DIRECTORY: [&str; 14] = [
        "/assets/{name}",
        "/fhir/{type}",
        "/fhir/{type}/_search",
        "/fhir/{type}/{id}",
        "/fhir/export/{generation}",
        "/fhir/bulk/{generation}/{file}",
        "/v1/providers/{id}",
        "/v1/providers/{id}/availability",
        "/v1/providers/{id}/statements",
        "/providers/{id}",
        "/providers/{id}/update",
        "/v1/teaching-sheets/{service}",
        "/teaching-sheets/{service}",
        // Its lists and new records are the hospital's own.
        "/v1/providers/{id}/invites",
    ];
    let of_record = [
        ProblemKind::NoSuchList,
        ProblemKind::NoSuchPacket,
        ProblemKind::NoSuchObservation,
        ProblemKind::NoSuchReferral,
        ProblemKind::NoSuchInvite,
    ];
    let names_record = route.path.contains('{') && !OF_DIRECTORY.contains(&route.path.as_str());
    names_record || route.policy.problems.iter().any(|problem| of_record.contains(problem))
}

/// Every hospital tries every route with the records of another. Returns how many requests were sent.
async fn nobody_reaches_the_records_of_another(ledger: Arc<dyn Ledger>, hospitals: usize) -> usize {
    let service = Service::of(ledger, (0..hospitals).map(|at| hospital(at, "")).collect()).await;
    let mut all = Vec::new();
    for at in 0..hospitals {
        all.push(Records::made(&service, at).await);
    }
    let mut sent = 0;
    for (at, records) in all.iter().enumerate() {
        let others = BTreeSet::from([(at + 1) % hospitals, (at + hospitals / 2) % hospitals]);
        let before = service.get(at, &format!("/v1/referral-requests/{}", records.request)).await.text;
        for other in others.into_iter().filter(|other| *other != at) {
            // Under its own host name, and under none.
            let shown = [service.shown(other), service.shown(other).and("host", &host(other))];
            for (route, shown) in routes::all().flat_map(|route| shown.iter().map(move |shown| (route, shown))) {
                let Some(attempt) = records.attempt(route) else { continue };
                let answer = attempt.send(&service, shown, route.method).await;
                // What is deleted is looked for under the name of the caller, and the browser goes on whether or not it was there.
                let is_deleted = route.path.ends_with("/delete") && answer.status == StatusCode::SEE_OTHER;
                let is_gone = is_deleted || [StatusCode::NOT_FOUND, StatusCode::GONE].contains(&answer.status);
                assert!(is_gone, "{} {}: {} {}", route.method.name(), route.path, answer.status, answer.text);
                let length = answer.header("content-length");
                assert!(length.is_empty() || length == answer.bytes.len().to_string(), "{length} is not its length");
                sent += 1;
            }
            for path in [
                format!("/v1/observations?provider={}", records.provider),
                format!("/v1/providers/{}/invites", records.provider),
                format!("/providers/{}", records.provider),
                "/v1/referral-requests".to_owned(),
                "/v1/board".to_owned(),
                "/board".to_owned(),
                "/board/events".to_owned(),
                "/provider-statements".to_owned(),
            ] {
                let answer = service.get(other, &path).await;
                assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
                assert!(records.ids().iter().all(|id| !answer.text.contains(id)), "{path}: {}", answer.text);
                sent += 1;
            }
        }
        let after = service.get(at, &format!("/v1/referral-requests/{}", records.request)).await.text;
        assert!(before == after, "nothing of it was changed");
        let own = service.get(at, &format!("/v1/observations?provider={}", records.provider)).await.json();
        assert_eq!(own["observations"].as_array().unwrap().len(), 1, "nor withdrawn");
        for route in routes::all().filter(|route| route.method == RouteMethod::Get) {
            let is_stand_in = ["/compare/{token}", "/service-plan/{token}", "/batch/{token}"].contains(&route.path.as_str());
            let is_stream = route.path.ends_with("/events");
            let Some(attempt) = records.attempt(route).filter(|_| !is_stand_in && !is_stream) else { continue };
            let answer = attempt.send(&service, &service.shown(at), route.method).await;
            assert_eq!(answer.status, StatusCode::OK, "its own hospital opens {}: {}", route.path, answer.text);
        }
        let stream = service.get(at, "/board/events").await;
        assert!(stream.text.contains("event:"), "its key is valid: {}", stream.text);
        let counted = service.get(at, "/v1/lists-made").await.json();
        assert_eq!(counted["months"][0]["lists"], 2, "{counted}");
    }
    sent
}

#[tokio::test]
async fn every_route_of_records_is_in_the_matrix() {
    let folder = TempDir::new().unwrap();
    let service = Service::in_file(&folder, vec![hospital(0, ""), hospital(1, "")]).await;
    let records = Records::made(&service, 0).await;
    for route in routes::all() {
        let is_tried = records.attempt(route).is_some();
        assert!(is_tried || !is_of_records(route), "add {} {} to the matrix", route.method.name(), route.path);
    }
}

/// How many hospitals: 12, or 200 in the long run.
fn how_many() -> usize {
    if std::env::var_os("PLACEMENT_FULL").is_some() { 200 } else { 12 }
}

#[tokio::test]
async fn of_many_hospitals_none_reaches_the_records_of_another() {
    let folder = TempDir::new().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    let sent = nobody_reaches_the_records_of_another(Arc::new(ledger), how_many()).await;
    println!("{sent} requests of {} hospitals, SQLite", how_many());
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn of_many_hospitals_none_reaches_the_records_of_another_in_postgres() {
    use crate::ledger::postgres::{Database, server};
    if server().is_none() {
        return;
    }
    let ledger = Database::make().await.ledger().await;
    let sent = nobody_reaches_the_records_of_another(Arc::new(ledger), how_many()).await;
    println!("{sent} requests of {} hospitals, PostgreSQL", how_many());
}
