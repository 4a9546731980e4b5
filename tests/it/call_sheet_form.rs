//! The call sheet as a form: answers are recorded by line, corrected, withdrawn, and never overwrite
//! those of another desk; with scripts off too.

use axum::http::StatusCode;
use serde_json::json;

use crate::api::Api;
use crate::observations::{UNIT, desk};
use crate::pages::{Page, get, post};

const ASKED: [(&str, &str); 5] =
    [("near", "64108"), ("service", "skilled_nursing"), ("coverage", "medicare"), ("need", "resp.vent"), ("limit", "100")];

async fn sheet(api: &Api) -> Page {
    let page = post(api, "/call-sheet", &ASKED).await;
    assert_eq!(page.status, StatusCode::OK);
    page
}

/// The value of the first attribute that begins with `before`, after `from`.
fn after<'a>(html: &'a str, from: &str, before: &str) -> &'a str {
    let rest = &html[html.find(from).unwrap_or_else(|| panic!("no {from}"))..];
    let rest = &rest[rest.find(before).unwrap_or_else(|| panic!("no {before} after {from}")) + before.len()..];
    &rest[..rest.find('"').unwrap()]
}

/// The first provider of the sheet that has a question about the need.
fn first_open(page: &Page) -> String {
    let rows = page.html.split("<tr id=\"call-").skip(1);
    let open = rows.filter(|row| row.contains("need:resp.vent=yes"));
    let row = open.into_iter().next().unwrap_or_else(|| panic!("nothing to ask: {}", page.text()));
    row[..row.find('"').unwrap()].to_owned()
}

fn row<'a>(page: &'a Page, id: &str) -> &'a str {
    let start = page.html.find(&format!("<tr id=\"call-{id}\"")).unwrap_or_else(|| panic!("no line of {id}"));
    let end = page.html[start..].find("</tr>").unwrap();
    &page.html[start..start + end]
}

fn version(page: &Page, id: &str) -> String {
    after(row(page, id), "name=\"version\"", "value=\"").to_owned()
}

async fn save(api: &Api, id: &str, version: &str, answers: &[(&str, &str)]) -> Page {
    let fixed = [("provider", id), ("version", version), ("heard_by", "admissions"), ("heard_unit", UNIT)];
    let fields: Vec<(&str, &str)> =
        ASKED.into_iter().chain([("pick", id)]).chain(fixed).chain(answers.iter().copied()).collect();
    post(api, "/call-sheet/answers", &fields).await
}

#[tokio::test]
async fn an_answer_is_saved_by_its_line_and_shown_on_the_sheet_and_in_the_next_answer() {
    let (api, _folder) = desk().await;
    let page = sheet(&api).await;
    let id = first_open(&page);
    assert_eq!(version(&page, &id), "none");
    let yes = [("heard_1", "need:resp.vent=yes"), ("heard_room", "no_room"), ("heard_day", "2026-12-24")];
    let saved = save(&api, &id, "none", &yes).await;
    assert_eq!(saved.status, StatusCode::OK, "the browser went on to the sheet");
    let line = row(&saved, &id);
    assert!(line.contains("value=\"need:resp.vent=yes\" checked") && line.contains("value=\"no_room\" checked"), "{line}");
    assert!(line.contains("Saved today"), "{line}");
    let answer = post(&api, "/", &ASKED).await.text();
    assert!(answer.contains("told to 4 West by telephone"), "{answer}");
    let provider = get(&api, &format!("/providers/{id}")).await.text();
    assert!(provider.contains("Said to the hospital") && provider.contains("Admissions to"), "{provider}");

    // Pressing Save again records nothing new.
    let again = save(&api, &id, &version(&saved, &id), &yes).await;
    assert_eq!(version(&again, &id), version(&saved, &id));
}

#[tokio::test]
async fn another_desk_is_not_overwritten_and_both_are_shown() {
    let (api, _folder) = desk().await;
    let id = first_open(&sheet(&api).await);
    save(&api, &id, "none", &[("heard_1", "need:resp.vent=yes")]).await;
    let refused = save(&api, &id, "none", &[("heard_1", "need:resp.vent=unknown"), ("heard_room", "room")]).await;
    assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED);
    let line = row(&refused, &id);
    assert!(line.contains("Saved: resp.vent: yes") && line.contains("Yours: "), "{line}");
    assert!(line.contains("value=\"room\" checked"), "what was entered is still there: {line}");
    assert!(
        line.contains("value=\"need:resp.vent=yes\" checked"),
        "what was not entered is as the other desk saved it: {line}"
    );
    let now = version(&refused, &id);
    assert_eq!(
        save(&api, &id, &now, &[("heard_1", "need:resp.vent=yes"), ("heard_room", "room")]).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn unknown_takes_an_answer_back_and_the_page_of_the_provider_withdraws_one() {
    let (api, _folder) = desk().await;
    let id = first_open(&sheet(&api).await);
    let saved = save(&api, &id, "none", &[("heard_1", "need:resp.vent=yes"), ("heard_room", "room")]).await;
    let back = save(&api, &id, &version(&saved, &id), &[("heard_1", "need:resp.vent=unknown"), ("heard_room", "room")]).await;
    assert!(row(&back, &id).contains("value=\"need:resp.vent=unknown\" checked"));
    let page = get(&api, &format!("/providers/{id}")).await;
    assert!(page.text().contains("Withdrawn") && page.text().contains("Bed: bed"), "{}", page.text());
    let (record, seen) = (after(&page.html, "name=\"id\"", "value=\""), after(&page.html, "name=\"version\"", "value=\""));
    let fields = [("id", record), ("version", seen)];
    let withdrawn = post(&api, &format!("/providers/{id}/withdraw"), &fields).await;
    assert_eq!(withdrawn.status, StatusCode::OK);
    assert!(!withdrawn.html.contains("name=\"version\""), "nothing is left to withdraw");
}

#[tokio::test]
async fn what_is_wrong_is_said_at_the_line_and_nothing_is_recorded() {
    let (api, _folder) = desk().await;
    let id = first_open(&sheet(&api).await);
    let past = [("heard_room", "no_room"), ("heard_day", "2026-11-01")];
    let refused = save(&api, &id, "none", &past).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(row(&refused, &id).contains("2026-11-01 is past"), "{}", row(&refused, &id));
    assert_eq!(version(&refused, &id), "none");
}

async fn sheet_of(api: &Api, asked: &[(&str, &str)]) -> Page {
    let page = post(api, "/call-sheet", asked).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    page
}

/// The ids of the lines that hold `text`.
fn lines_with(page: &Page, text: &str) -> Vec<String> {
    let rows = page.html.split("<tr id=\"call-").skip(1).filter(|row| row.contains(text));
    rows.map(|row| row[..row.find('"').unwrap()].to_owned()).collect()
}

#[tokio::test]
async fn a_limit_is_answered_with_a_number_that_the_next_answer_uses() {
    let (api, _folder) = desk().await;
    let asked: Vec<_> = ASKED.into_iter().chain([("weight_lb", "480")]).collect();
    let id = lines_with(&sheet_of(&api, &asked).await, "name=\"heard_max_lb\"").remove(0);
    let save = async |version: &str, limit: &str| {
        let fixed = [("pick", id.as_str()), ("provider", id.as_str()), ("version", version), ("heard_by", "admissions")];
        let answers = [("heard_1", "need:resp.vent=yes"), ("heard_max_lb", limit)];
        let fields: Vec<_> = asked.iter().copied().chain(fixed).chain(answers).collect();
        post(&api, "/call-sheet/answers", &fields).await
    };
    let verdict = async || {
        let question = json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"program": "medicare"},
            "needs": ["resp.vent"], "patient": {"weight_lb": 480}, "limit": 100});
        let answer = api.post("/v1/matches", question).await.json();
        let matches = answer["matches"].as_array().unwrap().clone();
        matches
            .iter()
            .find(|found| found["provider"]["id"] == id.as_str())
            .map(|found| found["acceptance"]["verdict"].clone())
    };
    let refused = save("none", "9999").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(row(&refused, &id).contains("role=\"alert\""), "{}", row(&refused, &id));
    assert_eq!(verdict().await, Some(json!("ask")));
    let saved = save("none", "500").await;
    assert!(row(&saved, &id).contains("Maximum weight: up to 500 lb"), "{}", row(&saved, &id));
    assert!(row(&saved, &id).contains("value=\"500\""), "it can be corrected");
    assert_eq!(verdict().await, Some(json!("accepts")), "nothing is left to ask");
    let back = save(&version(&saved, &id), "").await;
    assert!(!row(&back, &id).contains("up to 500 lb"), "nothing takes it back");
    assert_eq!(verdict().await, Some(json!("ask")));
    save(&version(&back, &id), "350").await;
    assert_eq!(verdict().await, None, "it is excluded");
}

#[tokio::test]
async fn a_yes_that_is_old_is_asked_with_a_box() {
    let (api, _folder) = desk().await;
    let needs = ["resp.vent", "resp.trach", "inf.abx", "wound.npwt", "renal.hd-onsite"];
    let mut old = 0;
    for need in needs {
        let asked = [("near", "64108"), ("service", "skilled_nursing"), ("need", need), ("within", "250"), ("limit", "200")];
        let page = sheet_of(&api, &asked).await;
        for id in lines_with(&page, "Is this still so") {
            old += 1;
            assert!(row(&page, &id).contains(&format!("need:{need}=yes")), "{}", row(&page, &id));
        }
    }
    assert!(old > 0, "the sample has old answers");
}

#[tokio::test]
async fn what_no_record_can_hold_is_named_to_be_written_down() {
    let (api, _folder) = desk().await;
    let asked: Vec<_> = ASKED.into_iter().chain([("language", "so"), ("need_words", "service dog")]).collect();
    let page = sheet_of(&api, &asked).await;
    let language = lines_with(&page, "Do you have staff or an interpreter");
    assert!(!language.is_empty());
    for id in language {
        let line = row(&page, &id);
        let by_hand = &line[line.find("class=\"by-hand\"").unwrap_or_else(|| panic!("{line}"))..];
        let by_hand = &by_hand[..by_hand.find("</p>").unwrap()];
        assert!(by_hand.contains("Language") && by_hand.contains("service dog"), "{by_hand}");
    }
}

#[tokio::test]
async fn nobody_reached_and_an_answer_are_refused_together() {
    let (api, _folder) = desk().await;
    let id = first_open(&sheet(&api).await);
    for answer in [("heard_1", "need:resp.vent=yes"), ("heard_room", "room"), ("heard_max_lb", "400")] {
        for nobody in ["no_answer", "left_message"] {
            let refused = save(&api, &id, "none", &[answer, ("heard_call", nobody)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer:?}");
            assert!(row(&refused, &id).contains("Nobody was reached"), "{}", row(&refused, &id));
            assert_eq!(version(&refused, &id), "none", "nothing is recorded");
        }
    }
    let no = save(&api, &id, "none", &[("heard_1", "need:resp.vent=no")]).await;
    let gone = after(&no.html, &format!("data-gone=\"{id}\""), "data-version=\"").to_owned();
    let refused = save(&api, &id, &gone, &[("heard_1", "need:resp.vent=no"), ("heard_call", "no_answer")]).await;
    assert!(refused.html.contains("Nobody was reached"), "a provider that is no longer in the results too");
    let id = first_open(&sheet(&api).await);
    let alone = save(&api, &id, "none", &[("heard_1", "need:resp.vent=unknown"), ("heard_call", "left_message")]).await;
    assert!(row(&alone, &id).contains("Call: left a message"), "{}", row(&alone, &id));
}

#[tokio::test]
async fn room_is_asked_in_the_words_of_each_level_of_care() {
    let (api, _folder) = desk().await;
    for (service, question, yes) in [
        ("skilled_nursing", "Will you have a bed on", "> Bed</label>"),
        ("dialysis", "Do you have a chair on", "> Chair</label>"),
        ("home_health", "Can you start care on", "> Can start</label>"),
        ("medical_equipment", "Can you deliver by", "> Can deliver</label>"),
    ] {
        let asked = [("near", "64108"), ("service", service), ("coverage", "medicare"), ("need", "inf.abx")];
        let page = sheet_of(&api, &asked).await;
        let lines = lines_with(&page, question);
        assert!(!lines.is_empty(), "{service}: {}", page.text());
        assert!(lines.iter().all(|id| row(&page, id).contains(yes)), "{service}: {}", row(&page, &lines[0]));
        assert_eq!(page.html.contains("a bed on"), service == "skilled_nursing");
    }
}

#[tokio::test]
async fn three_are_called_at_a_time_and_room_is_asked_first_where_nobody_said_it() {
    let (api, _folder) = desk().await;
    let page = sheet(&api).await;
    assert!(page.text().contains("Call first") && page.text().contains("Next 3"), "{}", page.text());
    assert!(page.text().contains("Ask for room first"), "{}", page.text());
    for group in page.html.split("<tbody>").skip(1) {
        assert!(group.matches("<tr id=").count() <= 3);
    }
}

#[tokio::test]
async fn without_a_ledger_the_sheet_is_for_print() {
    let page = sheet(&Api::sample()).await;
    assert!(!page.html.contains("/call-sheet/answers"));
}
