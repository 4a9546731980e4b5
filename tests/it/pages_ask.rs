//! The page to ask, as a case manager fills it in.

use axum::http::StatusCode;

use crate::api::Api;
use crate::pages::{get, post};

/// A question the sample answers with ready places and others.
pub(crate) const ASKED: [(&str, &str); 4] =
    [("near", "64108"), ("service", "skilled_nursing"), ("coverage", "hmo"), ("need_words", "vent l")];

/// [`ASKED`] with `changes` made.
pub(crate) fn asked<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = ASKED.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    kept.chain(changes.iter().copied()).filter(|(_, value)| !value.is_empty()).collect()
}

#[tokio::test]
async fn the_empty_form_starts_at_the_place_and_holds_the_usual_service() {
    let page = get(&Api::sample(), "/").await;
    assert_eq!(page.status, StatusCode::OK);
    let form = page.form("Find places");
    assert_eq!((form.action.as_str(), form.value("service"), form.value("near")), ("/", "skilled_nursing", ""));
    assert!(page.html.contains("name=\"near\" value=\"\" size=\"18\"") && page.attributes("autofocus").len() == 1);
    let names: Vec<&str> = form.fields.iter().map(|(name, _)| name.as_str()).filter(|name| *name != "need").collect();
    assert_eq!(names[..4], ["near", "service", "coverage", "need_words"], "what is typed first comes first");
}

#[tokio::test]
async fn a_few_words_are_enough_to_be_answered() {
    let page = post(&Api::sample(), "/", &ASKED).await;
    assert_eq!(page.status, StatusCode::OK);
    page.says(
        "Skilled nursing facility within 25 miles of 64108 Kansas City MO · Larkwater Choice HMO · Ventilator, long-term",
    );
    page.says("The plan was read as Larkwater Choice HMO (Larkwater Mutual).");
    assert_eq!(page.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn every_field_that_is_wrong_is_told_at_its_place_and_keeps_what_was_typed() {
    for (field, typed, told) in [
        ("near", "", "Where should care be?"),
        ("near", "6410", "A ZIP code is five digits."),
        ("near", "29400", "No ZIP 29400 is in use. Did you mean 29401"),
        ("near", "kansas city", "Several states have a city of that name."),
        ("near", "Charleston, Carolina", "After the comma stands a state, by its name or its two letters."),
        ("near", "Zzyzzyx", "No city of that name is known. Type the ZIP, or a city and its state."),
        ("service", "", "Which service is needed?"),
        ("service", "spa", "There is no service \"spa\"."),
        ("coverage", "choice", "More than one plan fits that name."),
        ("coverage", "nobody's plan", "This directory holds no plan of that name."),
        ("coverage", "medicaid", "Which state's Medicaid?"),
        ("coverage", "medicaid zz", "“zz” is not a state. Type Medicaid and the state: Medicaid SC."),
        ("coverage", "medicare and medicaid", "One payer is judged at a time. Ask with Medicare, then with Medicaid."),
        ("need_words", "vent", "“vent” fits several needs."),
        ("need_words", "dialysis", "“dialysis” fits several needs."),
        ("need_words", "ventricular", "“ventricular” may be this need. Is it?"),
        ("need_words", "zzz, zzz; ZZZ", "“zzz” is not a need of the list."),
        ("need_words", "<zzz>", "“<zzz>” is not a need of the list."),
        ("age", "ninety", "Age is a whole number from 0 to 90. 90 stands for 90 and over."),
        ("age", "-1", "Age is a whole number"),
        ("weight_lb", "1501", "Weight is a whole number from 1 to 1500."),
        ("doses_a_day", "2.5", "Doses a day is a whole number from 1 to 24."),
        ("sex", "x", "Choose female, male or not said."),
        ("language", "Spanisch", "No language is called “Spanisch”."),
        ("language", "ASL, asl", "A sign language is asked for as a need, not as a language."),
        ("on", "tomorrow", "A date is year, month and day."),
        ("on", "2031-01-01", "is more than a year from today"),
        ("within", "far", "Miles are a number."),
        ("within", "-5", "Expected more than 0 and at most 500 miles."),
    ] {
        let page = post(&Api::sample(), "/", &asked(&[(field, typed)])).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {typed}");
        assert!(page.part(&format!("{field}-fault")).contains(told), "{field} {typed}: {}", page.part("errors"));
        assert!(page.part("errors").contains("One thing to mend"), "{}", page.part("errors"));
        assert!(page.attributes("href").contains(&format!("#{field}")), "the summary leads to {field}");
        assert!(page.attributes("id").iter().filter(|id| *id == field).count() == 1);
        if !["service", "sex"].contains(&field) {
            assert_eq!(page.form("Find places").value(field), typed);
        }
    }
}

#[tokio::test]
async fn what_is_typed_is_read_as_wards_say_it() {
    for (field, typed, read) in [
        ("near", "Kansas City MO, 64108", "within 25 miles of 64108 Kansas City MO"),
        ("near", "Kansas City, Missouri", "within 25 miles of 64124 Kansas City MO"),
        ("coverage", "Medicare Part A", "Original Medicare"),
        ("coverage", "Medicaid Missouri", "Medicaid of MO"),
        ("coverage", "uninsured", "the patient pays"),
        ("need_words", "suboxone", "Larkwater Choice HMO · Buprenorphine"),
        ("need_words", "memory care", "Larkwater Choice HMO · Secured memory unit"),
        ("age", "90", "aged 90 or over"),
        ("age", "89", "aged 89"),
    ] {
        let page = post(&Api::sample(), "/", &asked(&[(field, typed)])).await;
        assert_eq!(page.status, StatusCode::OK, "{field} {typed}");
        page.says(read);
    }
}

#[tokio::test]
async fn a_sign_language_is_asked_for_by_the_tick_that_is_offered() {
    let api = Api::sample();
    let wrong = post(&api, "/", &asked(&[("language", "sign language")])).await;
    let ticked = wrong.form("Find places").and("need", "lang.interpreter").press(&api, "Find places").await;
    assert_eq!(ticked.status, StatusCode::OK);
    ticked.says("Ventilator, long-term · Interpreter / ASL");
}

#[tokio::test]
async fn a_need_ticked_twice_is_one_need() {
    let twice = asked(&[("need", "wound.npwt"), ("need", "wound.npwt")]);
    let page = post(&Api::sample(), "/", &twice).await;
    assert_eq!(page.status, StatusCode::OK);
    page.says("1 required");
}

#[tokio::test]
async fn miles_that_are_no_number_are_wrong_also_where_they_are_not_used() {
    let page = post(&Api::sample(), "/", &asked(&[("service", "home_health"), ("within", "abc")])).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.part("within-fault").contains("Miles are a number."));
}

#[tokio::test]
async fn a_page_that_is_no_page_is_told_apart_from_one_of_another_directory() {
    for (cursor, told) in [
        ("20-0123456789abcdef", "The directory was replaced by a newer one since you asked"),
        ("20", "The page number was not understood."),
        ("x-0123456789abcdef", "The page number was not understood."),
    ] {
        let page = post(&Api::sample(), "/", &asked(&[("cursor", cursor)])).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.part("errors").contains(told), "{cursor}: {}", page.part("errors"));
    }
}
