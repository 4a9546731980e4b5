//! What a nurse types and what the page says it understood: no word vanishes, nobody meets what was not understood, and of whom each need
//! is asked.

use axum::http::StatusCode;
use serde_json::json;

use crate::api::Api;
use crate::pages::{Page, post};
use crate::pages_ask::{asked, question_line};

async fn page_of(fields: &[(&str, &str)]) -> Page {
    post(&Api::sample(), "/", &asked(fields)).await
}

#[tokio::test]
async fn two_needs_in_one_entry_are_both_asked_about() {
    for typed in ["vent/trach", "vent trach", "vent on trach collar"] {
        let page = page_of(&[("need_words", typed)]).await;
        assert!(page.part("errors").contains("“vent” may mean several needs"), "{typed}: {}", page.part("errors"));
        let form = page.form("Find providers").with("meaning_1", "resp.vent:vent").with("meaning_2", "resp.trach:trach");
        let answered = form.press(&Api::sample(), "Find providers").await;
        assert_eq!(answered.status, StatusCode::OK, "{typed}: {}", answered.part("errors"));
        for label in ["Ventilator, long-term", "Tracheostomy care"] {
            assert!(question_line(&answered).contains(label), "{typed}: {label}");
        }
    }
}

#[tokio::test]
async fn a_dose_beside_a_need_is_told_and_the_need_is_understood() {
    for (typed, needs, dose) in [
        ("bipap at night", &["BiPAP / CPAP"][..], Some("at night")),
        ("picc, iv antibiotics q12h", &["Central line / PICC", "IV antibiotics"], Some("q12h")),
        ("iv antibiotics via picc", &["Central line / PICC", "IV antibiotics"], None),
        ("cdiff isolation", &["Contact isolation"], None),
        ("iv drug use", &["Recent substance use"], None),
        ("aphasia", &["Speech therapy"], None),
    ] {
        let page = page_of(&[("need_words", typed)]).await;
        assert_eq!(page.status, StatusCode::OK, "{typed}: {:.600}", page.text());
        for need in needs {
            assert!(question_line(&page).contains(need), "{typed}: {need}");
        }
        assert!(!page.text().contains("ask by phone:"), "{typed} is understood");
        match dose {
            Some(dose) => page.says(&format!("“{dose}” was read as a dose or schedule.")),
            None => assert!(!page.text().contains("read as a dose"), "{typed}"),
        }
    }
    let heavy = page_of(&[("need_words", "480# bariatric")]).await;
    assert!(question_line(&heavy).contains("480 lb") && question_line(&heavy).contains("Bariatric"));
}

#[tokio::test]
async fn nobody_meets_requirements_of_which_none_was_understood() {
    let page = page_of(&[("need_words", "hyperbaric oxygen"), ("near", "64108")]).await;
    assert_eq!(page.status, StatusCode::OK);
    page.says("no need was understood");
    assert!(!page.text().contains("Meets requirements"), "nothing is known to be met");
    let meant = page.form("“hyperbaric oxygen” means Oxygen, standard");
    assert_eq!(meant.value("need_words"), "Oxygen, standard");
    let chosen = meant.press(&Api::sample(), "“hyperbaric oxygen” means Oxygen, standard").await;
    assert_eq!(chosen.status, StatusCode::OK);
    assert!(!chosen.text().contains("no need was understood") && !chosen.text().contains("ask by phone:"));
    // A need beside it is understood, and is met or not.
    let both = page_of(&[("need_words", "hyperbaric oxygen, wound vac")]).await;
    assert!(!both.text().contains("no need was understood"));
}

#[tokio::test]
async fn insurance_typed_beside_the_zip_is_never_dropped() {
    for typed in ["64108 medicare", "medicaid mo, 64108", "64108 hmo"] {
        let page = page_of(&[("near", typed)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        let fault = page.part("near-fault");
        assert!(fault.contains("is insurance, not a place.") && fault.contains("Insurance"), "{typed}: {fault}");
    }
    let page = page_of(&[("near", "64108 crown hospital")]).await;
    assert_eq!(page.status, StatusCode::OK);
    page.says("“crown hospital” was not used.");
    let past = page_of(&[("on", "11/1/2026")]).await;
    past.says("discharge Nov 1, 2026, in the past");
}

#[tokio::test]
async fn what_may_name_a_patient_is_refused_and_not_repeated() {
    for (typed, told) in [
        ("John Smith MRN 1234567, vent l", "record number"),
        ("vent l, John Smith", "name of a person"),
        ("vent l, dob 1/2/1950", "birth date"),
    ] {
        let page = page_of(&[("need_words", typed)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        let fault = page.part("need_words-fault");
        assert!(fault.contains(told) && !fault.contains("Smith"), "{typed}: {fault}");
    }
}

#[tokio::test]
async fn a_need_of_a_plan_is_asked_of_the_levels_of_care_that_it_concerns() {
    let api = Api::sample();
    let services = [("service", "home_infusion"), ("service", "home_health"), ("service", "medical_equipment")];
    let needs =
        [("need_words", "iv antibiotics, picc, wound vac, interpreter"), ("meaning_1", "lang.interpreter:interpreter")];
    let page = post(&api, "/", &asked(&[&services[..], &needs[..]].concat())).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.part("errors"));
    page.says("IV antibiotics: asked of home infusion and home health");
    page.says("Wound vac: asked of home health and medical equipment");
    assert!(!page.text().contains("Interpreter / ASL: asked of"), "all are asked");
    let question =
        |services: &[&str], needs: serde_json::Value| json!({"services": services, "near": {"zip": "64108"}, "needs": needs});
    let ask = async |services: &[&str], needs: serde_json::Value| {
        let answer = api.post("/v1/matches", question(services, needs)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let reports = answer.json()["bundle"]["reports"].as_array().unwrap().clone();
        reports.iter().map(|report| report["question"]["needs"].clone()).collect::<Vec<_>>()
    };
    let three = ["home_infusion", "home_health", "medical_equipment"];
    let asked_of = ask(&three, json!(["inf.abx", "wound.npwt"])).await;
    assert_eq!(asked_of, [json!(["inf.abx"]), json!(["inf.abx", "wound.npwt"]), json!(["wound.npwt"])]);
    let none = ask(&["home_infusion", "dialysis"], json!(["wound.npwt"])).await;
    assert_eq!(none, [json!(["wound.npwt"]), json!(["wound.npwt"])], "a need that concerns none is asked of all");
    let named = json!([{"need": "wound.npwt", "services": ["home_infusion"]}]);
    assert_eq!(ask(&three, named).await, [json!(["wound.npwt"]), json!([]), json!([])], "the caller decides");
    assert_eq!(ask(&["home_infusion"], json!(["wound.npwt"])).await, [json!(["wound.npwt"])], "one alone is asked");
}
