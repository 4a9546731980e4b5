//! Launches from an EHR that keeps SMART App Launch: the question is filled in, the user is signed in, and
//! nothing that is wrong opens anything.

use std::sync::Arc;

use axum::http::StatusCode;
use placement::config::server::{AccessConfig, SmartConfig};
use placement::hospital::Hospital;
use placement::ledger::Ledger;
use placement::ledger::sqlite::SqliteLedger;
use placement::oidc::launch::LaunchingEhrs;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::access::{guarded_app, nothing};
use crate::api::{Answer, Api};
use crate::api_misuse::{heard, listen_to_the_log};
use crate::authorization_double::{AuthorizationDouble, CLIENT, Misbehavior, SECRET};
use crate::cds_hooks::{HL7, SCT, bundle, goes, insured, nursing, order};
use crate::sign_in_provider::browser;

/// A server that an EHR may launch.
struct Chart {
    api: Api,
    ehr: AuthorizationDouble,
    _folder: TempDir,
}

const BACK: &str = "http://placement.mercy.example/launch/return";

impl Chart {
    async fn new() -> Self {
        let (folder, ehr) = (TempDir::new().unwrap(), AuthorizationDouble::start().await);
        let ledger: Arc<dyn Ledger> = Arc::new(SqliteLedger::open(&folder.path().join("l.sqlite")).await.unwrap());
        let secret = folder.path().join("secret");
        std::fs::write(&secret, SECRET).unwrap();
        let settings =
            SmartConfig { fhir: format!("{}/", ehr.fhir()), client_id: CLIENT.to_owned(), client_secret_file: Some(secret) };
        let ehrs = LaunchingEhrs::new(std::slice::from_ref(&settings)).unwrap();
        let access = AccessConfig { smart: vec![settings], ..AccessConfig::default() };
        let hospital = Hospital::parse("[defaults]\nzip = \"64108\"\n").unwrap();
        let app = AppState { ledger: Some(ledger), ehrs: Arc::new(ehrs), hospital, ..guarded_app(access, []) };
        let chart = Self { api: Api::new(app), ehr, _folder: folder };
        chart.holds(goes(HL7, "home"), bundle(&[nursing()]), bundle(&[insured("Medicare")]));
        chart
    }

    /// What the FHIR server has of the patient.
    fn holds(&self, encounter: Value, orders: Value, coverage: Value) {
        self.ehr.hold("Encounter/enc-1", encounter);
        self.ehr.hold("ServiceRequest?patient=pat-1&status=active", orders);
        self.ehr.hold("Coverage?patient=pat-1&status=active", coverage);
        let condition = json!({"resourceType": "Condition", "code": {"text": "Wound VAC"}});
        let other = json!({"resourceType": "Condition", "code": {"text": "CANARY syndrome"}});
        self.ehr.hold("Condition?patient=pat-1&clinical-status=active", bundle(&[condition, other]));
    }

    async fn begin(&self, from: &str, launch: &str) -> Answer {
        let query =
            form_urlencoded::Serializer::new(String::new()).extend_pairs([("iss", from), ("launch", launch)]).finish();
        nothing().and("sec-fetch-site", "cross-site").get(&self.api, &format!("/launch?{query}")).await
    }

    /// Launches and comes back.
    async fn launch(&self) -> Answer {
        let started = self.begin(&self.ehr.fhir(), "opaque-1").await;
        assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.text);
        let expected = [
            ("launch", "opaque-1"),
            ("aud", &self.ehr.fhir()),
            ("redirect_uri", BACK),
            (
                "scope",
                "launch openid fhirUser patient/Encounter.rs patient/Coverage.rs patient/ServiceRequest.rs patient/Condition.rs",
            ),
        ];
        let query = self.ehr.authorize(started.header("location"), &expected);
        browser(&started).get(&self.api, &format!("/launch/return?{query}")).await
    }

    /// The page that a launch leads to.
    async fn page(&self) -> Answer {
        let returned = self.launch().await;
        assert_eq!(returned.status, StatusCode::OK, "{}", returned.text);
        let place = returned.text.split("content=\"0; url=").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert!(place.starts_with("/answer/") && !place.contains("pat-1") && !place.contains("enc-1"), "{place}");
        browser(&returned).get(&self.api, &place).await
    }
}

#[tokio::test]
async fn a_launch_leads_to_the_ranked_answer_of_the_open_encounter() {
    listen_to_the_log();
    let chart = Chart::new().await;
    let answer = chart.page().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    for says in ["64108", "Original Medicare", "Skilled nursing", "filled in from the EHR", "Named in the EHR in words only"]
    {
        assert!(answer.text.contains(says), "{says}");
    }
    assert!(!answer.text.contains("CANARY"));
    assert_eq!(chart.ehr.read().len(), 4, "each resource is read once: {:?}", chart.ehr.read());
    let log = heard();
    for secret in ["pat-1", "enc-1", "token-of-the-ehr", "opaque-1", "CANARY syndrome"] {
        assert!(!log.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn what_was_not_understood_is_said_and_what_is_missing_is_asked() {
    let chart = Chart::new().await;
    chart.holds(goes(HL7, "home"), bundle(&[nursing(), order(SCT, "168537006")]), bundle(&[insured("Aetna")]));
    let answer = chart.page().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    for says in ["The plan in the EHR was not recognized", "Aetna", "1 order of the EHR was not recognized"] {
        assert!(answer.text.contains(says), "{says}");
    }
    // Without a service the form asks for it, with the rest filled in.
    chart.holds(goes(HL7, "home"), bundle(&[]), bundle(&[insured("Medicare")]));
    let form = chart.page().await;
    assert_eq!(form.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(form.text.contains("Choose a level of care") && form.text.contains("value=\"64108\""), "{}", form.text);
    assert!(form.text.contains("value=\"Original Medicare\""), "{}", form.text);
}

#[tokio::test]
async fn what_the_ehr_does_not_give_is_left_out() {
    let chart = Chart::new().await;
    chart.ehr.hold("Coverage?patient=pat-1&status=active", json!({"resourceType": "OperationOutcome"}));
    chart.ehr.hold("Encounter/enc-1", json!([]));
    let answer = chart.page().await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(answer.text.contains("The EHR sent no coverage"), "{}", answer.text);
}

#[tokio::test]
async fn an_ehr_of_the_first_version_is_asked_in_its_own_scopes() {
    let chart = Chart::new().await;
    let described = serde_json::from_value(json!({"capabilities": ["launch-ehr", "permission-v1"]})).unwrap();
    chart.ehr.misbehave(Misbehavior { described, ..Misbehavior::default() });
    let started = chart.begin(&chart.ehr.fhir(), "a").await;
    let scopes = "launch openid fhirUser patient/Encounter.read patient/Coverage.read patient/ServiceRequest.read \
                  patient/Condition.read";
    chart.ehr.authorize(started.header("location"), &[("scope", scopes)]);
}

/// Launches by an EHR that is not known. Returns how many were tried; each was refused.
pub(crate) async fn try_unknown_ehrs() -> usize {
    let mut tried = 0;
    let chart = Chart::new().await;
    for (from, launch) in [
        ("https://evil.example/fhir", "x"),
        ("", "x"),
        (&format!("{}.evil.example", chart.ehr.fhir())[..], "x"),
        (&format!("{}/../fhir", chart.ehr.fhir())[..], "x"),
        (&chart.ehr.fhir()[..], ""),
    ] {
        tried += 1;
        let refused = chart.begin(from, launch).await;
        assert_eq!((refused.status, refused.header("location")), (StatusCode::UNAUTHORIZED, ""), "{from}");
        assert!(!refused.text.contains("evil"), "{from}");
    }
    assert!(chart.ehr.read().is_empty());
    tried
}

/// Answers of an EHR that are wrong. Returns how many were tried; each was refused.
pub(crate) async fn try_wrong_answers_of_the_ehr() -> usize {
    let mut tried = 0;
    let chart = Chart::new().await;
    let claims = |name, claims: Value| (name, claims, json!({}), None);
    let answer = |name, answer: Value| (name, json!({}), answer, None);
    for (name, claims, answer, signed) in [
        claims("another issuer", json!({"iss": "https://evil.example"})),
        claims("another audience", json!({"aud": "another"})),
        claims("another nonce", json!({"nonce": "n"})),
        claims("no nonce", json!({"nonce": null})),
        claims("expired", json!({"exp": 1})),
        claims("nobody", json!({"sub": ""})),
        ("unsigned", json!({}), json!({}), Some("none")),
        ("signed with the public key", json!({}), json!({}), Some("public key")),
        ("signed by a stranger", json!({}), json!({}), Some("stranger")),
        answer("no ID token", json!({"id_token": null})),
        answer("no access token", json!({"access_token": null})),
        answer("an access token with a line break", json!({"access_token": "a\r\nb"})),
        answer("no encounter", json!({"encounter": null})),
        answer("no patient", json!({"patient": null})),
        answer("an encounter that leads elsewhere", json!({"encounter": "../admin"})),
        answer("a patient that leads elsewhere", json!({"patient": "1&_count=1000"})),
        answer("a patient that is a list", json!({"patient": ["pat-1"]})),
    ] {
        tried += 1;
        let (claims, answer) = (serde_json::from_value(claims).unwrap(), serde_json::from_value(answer).unwrap());
        chart.ehr.misbehave(Misbehavior { claims, answer, signed, ..Misbehavior::default() });
        let refused = chart.launch().await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{name}: {}", refused.text);
        assert!(
            refused.headers.get_all("set-cookie").iter().all(|cookie| !cookie.to_str().unwrap().contains("pls_")),
            "{name}"
        );
        assert!(chart.ehr.read().is_empty(), "{name}");
    }
    tried
}

/// Returns to a launch that another browser began. Returns how many were tried; each was refused.
pub(crate) async fn try_launches_of_another_browser() -> usize {
    let mut tried = 0;
    let chart = Chart::new().await;
    let (one, other) = (chart.begin(&chart.ehr.fhir(), "a").await, chart.begin(&chart.ehr.fhir(), "b").await);
    let (query, foreign) =
        (chart.ehr.authorize(one.header("location"), &[]), chart.ehr.authorize(other.header("location"), &[]));
    let cookie = one.header("set-cookie").split(';').next().unwrap().to_owned();
    for (name, shown, query) in [
        ("no cookie", nothing(), &query),
        ("another cookie", browser(&other), &query),
        ("another code and state", browser(&one), &foreign),
        ("the cookie of a sign-in", nothing().and("cookie", &cookie.replace("launch", "sign-in")), &query),
    ] {
        tried += 1;
        let refused = shown.get(&chart.api, &format!("/launch/return?{query}")).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{name}");
    }
    assert_eq!(browser(&one).get(&chart.api, &format!("/launch/return?{query}")).await.status, StatusCode::OK);
    let again = browser(&one).get(&chart.api, &format!("/launch/return?{query}")).await;
    assert_eq!(again.status, StatusCode::UNAUTHORIZED, "a code is used once");
    tried += 1;
    tried
}
