//! The page of a provider on several servers of one ledger, and of a provider whose id changes.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::http::StatusCode;
use placement::catalog::SharedCatalog;
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::ledger_sync::load_initial;
use placement::serve::state::AppState;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, changed, publish, sample_app};
use crate::gate_nights::{HOMES, home};
use crate::network_adequacy::{town, zip_table};
use crate::pages::{Page, get};

const HOME: &str = "ccn:265015";

/// Servers of one ledger.
async fn servers<const N: usize>(folder: &TempDir) -> [Api; N] {
    let mut apis = Vec::new();
    for _ in 0..N {
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
        apis.push(Api::new(AppState { ledger: Some(Arc::new(ledger)), ..sample_app() }));
    }
    apis.try_into().unwrap_or_else(|_| panic!("{N} servers"))
}

async fn save(api: &Api, path: &str, page: &Page, need: &str, answer: &str) -> StatusCode {
    let mut form = page.form("Save");
    path.clone_into(&mut form.action);
    form.with(&format!("skilled_nursing/need/{need}"), answer).press(api, "Save").await.status
}

async fn invited(api: &Api, provider: &str) -> Value {
    let made = api.post(&format!("/v1/providers/{provider}/invites"), json!({})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json()
}

#[tokio::test]
async fn of_two_forms_saved_on_two_servers_at_once_one_is_shown_the_other() {
    let folder = TempDir::new().unwrap();
    let [one, other] = servers(&folder).await;
    let own = format!("/providers/{HOME}/update");
    let link = invited(&one, HOME).await["path"].as_str().unwrap().to_owned();
    // The other server has not read the ledger since: its page is older than what the first has saved.
    for (first, second) in [(&own, &own), (&own, &link), (&link, &own), (&link, &link)] {
        let (here, there) = (get(&one, first).await, get(&other, &own).await);
        let there = if second == &link {
            // A write makes the other server read the invite.
            invited(&other, HOME).await;
            get(&other, &link).await
        } else {
            there
        };
        assert_eq!((here.status, there.status), (StatusCode::OK, StatusCode::OK), "{first} {second}");
        let before = stated(&one).await;
        let answer = if before.contains(&"inf.abx".to_owned()) { "no" } else { "yes" };
        assert_eq!(save(&one, first, &here, "inf.abx", answer).await, StatusCode::OK, "{first} {second}");
        let refused = save(&other, second, &there, "resp.vent", "yes").await;
        assert_eq!(
            refused,
            StatusCode::PRECONDITION_FAILED,
            "{first} {second}: the other server has not read the first form"
        );
        assert!(!stated(&one).await.contains(&"resp.vent".to_owned()), "{first} {second}: nothing is replaced unseen");
        assert_eq!(stated(&one).await, stated(&other).await);
    }
}

/// The needs that are stated with yes.
async fn stated(api: &Api) -> Vec<String> {
    let said = api.get(&format!("/v1/providers/{HOME}/statements")).await.json();
    let said = said["statements"].as_array().unwrap();
    said.iter().filter(|one| one["answer"] == true).map(|one| one["need"].as_str().unwrap().to_owned()).collect()
}

/// A directory of a home that a profile names by its NPI alone, and later by its CCN too.
fn directory(index: &Path, is_joined: bool, built_at: &str) {
    let files = TempDir::new().unwrap();
    let put = |name: &str, text: String| fs::write(files.path().join(name), text).unwrap();
    let others: String = (10..40).map(|at| home(at, 32.7)).collect();
    let row = "1234567893,skilled_nursing,Harbor Manor,resp.trach,2026-11-10,intake desk\n";
    put("profiles_2026-11-10.csv", format!("npi,service,name,needs_yes,as_of,stated_by\n{row}"));
    let own = if is_joined { home(1, 32.7) } else { String::new() };
    put("homes.csv", format!("{HOMES}{others}{own}"));
    if is_joined {
        put("ids_2026-11-10.csv", "CCN,NPI\n425001,1234567893\n".to_owned());
    }
    publish(files.path(), index, built_at);
}

#[tokio::test]
async fn an_invite_and_statements_stay_with_a_provider_whose_id_changes() {
    let folder = TempDir::new().unwrap();
    let index = folder.path().join("index");
    directory(&index, false, "2026-11-20T12:00:00Z");
    let serve = async || {
        let catalog = SharedCatalog::new(&index);
        catalog.reload().unwrap();
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
        let app = Arc::new(AppState { catalog: catalog.into(), ledger: Some(Arc::new(ledger)), ..sample_app() });
        load_initial(&app).await;
        Api::shared(app)
    };
    let (by_npi, by_ccn) = ("npi:1234567893", "ccn:425001");
    let before = serve().await;
    assert_eq!(before.get(&format!("/v1/providers/{by_ccn}")).await.status, StatusCode::NOT_FOUND);
    let invite = invited(&before, by_npi).await;
    let link = invite["path"].as_str().unwrap();
    assert_eq!(save(&before, link, &get(&before, link).await, "resp.vent", "yes").await, StatusCode::OK);
    let revoked = invited(&before, by_npi).await;

    directory(&index, true, "2026-11-21T12:00:00Z");
    let after = serve().await;
    let provider = after.get(&format!("/v1/providers/{by_npi}")).await.json();
    assert_eq!(provider["provider"]["id"], by_ccn, "one provider, with another id");
    // The lists and the reminders have the invite under the id that the provider has now.
    for id in [by_npi, by_ccn] {
        let listed = after.get(&format!("/v1/providers/{id}/invites")).await.json();
        assert_eq!(listed["invites"].as_array().unwrap().len(), 2, "{id}: {listed}");
    }
    get(&after, "/provider-statements").await.says("Open until");
    let page = get(&after, link).await;
    assert_eq!(page.status, StatusCode::OK);
    page.says("1 need accepted");
    // What is saved now takes the place of what was stated under the earlier id.
    assert_eq!(save(&after, link, &page, "inf.abx", "yes").await, StatusCode::OK);
    let said = after.get(&format!("/v1/providers/{by_ccn}/statements")).await.json();
    assert_eq!(said["statements"].as_array().unwrap().len(), 2, "{said}");
    // And an invite that was made under the earlier id is revoked under either.
    let id = revoked["invite"]["id"].as_str().unwrap();
    let gone = after.post(&format!("/v1/providers/{by_ccn}/invites/{id}/revoke"), json!({"revoke": true})).await;
    assert_eq!(gone.status, StatusCode::OK, "{}", gone.text);
    assert_eq!(get(&after, revoked["path"].as_str().unwrap()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&after, link).await.status, StatusCode::OK, "the other stays open");
}

#[tokio::test]
async fn an_agency_states_its_area_by_counties_where_the_directory_knows_their_zip_codes() {
    let parts = [
        ("64108", "29095", "Jackson County", 60),
        ("64109", "29095", "Jackson County", 60),
        ("64155", "29047", "Clay County", 30),
        ("64155", "29165", "Platte County", 10),
        ("66101", "20209", "Wyandotte County", 50),
    ];
    let with_table = town(&[("zips_2020-01-01.txt", zip_table(&parts).into_bytes())]);
    let folder = TempDir::new().unwrap();
    let catalog = SharedCatalog::new(with_table.path().join("index"));
    catalog.reload().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    let api = Api::new(AppState { catalog: catalog.into(), ledger: Some(Arc::new(ledger)), ..sample_app() });
    let question = json!({"service": "home_health", "within_miles": null, "needs": [], "near": {"zip": "64108"}});
    let report = api.post("/v1/matches", changed(&question)).await.json();
    let id = report["matches"][0]["provider"]["id"].as_str().unwrap().to_owned();
    let own = format!("/providers/{id}/update");
    let save = async |api: &Api, counties: &str, zips: &str| {
        let mut form = get(api, &own).await.form("Save");
        own.clone_into(&mut form.action);
        let form = form.with("home_health/zips", zips);
        // Without the table the page has no such field.
        let form = if counties.is_empty() { form } else { form.with("home_health/counties", counties) };
        form.press(api, "Save").await
    };
    let wrong = save(&api, "Jackson, MO; Jackson; 29999; Clay, KS", "").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.part("home_health-counties-fault").contains("Jackson; 29999; Clay, KS"), "{}", wrong.text());
    assert_eq!(save(&api, "Jackson County, Missouri; 29047", "66101").await.status, StatusCode::OK);
    let said = api.get(&format!("/v1/providers/{id}/statements")).await.json();
    let zips = said["services"][0]["zips"].clone();
    assert_eq!(zips, json!(["64108", "64109", "64155", "66101"]), "each once, and a part of a ZIP code is enough: {said}");
    let page = get(&api, &own).await;
    assert!(page.html.contains(">64108 64109 64155 66101</textarea>"), "what is saved is shown as ZIP codes");
    assert_eq!(page.form("Save").value("home_health/counties"), "");

    let beside = TempDir::new().unwrap();
    let [without] = servers(&beside).await;
    let page = get(&without, &own).await;
    assert!(page.status == StatusCode::OK && !page.html.contains("home_health/counties"), "{}", page.status);
}
