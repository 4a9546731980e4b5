//! The search page, filled in like by a case manager.

use axum::http::StatusCode;

use crate::api::Api;
use crate::pages::{get, post};

/// A question for which the sample has ready providers and others.
pub(crate) const ASKED: [(&str, &str); 4] =
    [("near", "64108"), ("service", "skilled_nursing"), ("coverage", "hmo"), ("need_words", "vent l")];

/// [`ASKED`] with `changes`.
pub(crate) fn asked<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = ASKED.into_iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    kept.chain(changes.iter().copied()).filter(|(_, value)| !value.is_empty()).collect()
}

#[tokio::test]
async fn the_empty_form_starts_at_the_place_and_holds_the_usual_service() {
    let page = get(&Api::sample(), "/").await;
    assert_eq!(page.status, StatusCode::OK);
    let form = page.form("Find providers");
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
        ("near", "", "Enter a location."),
        ("near", "6410", "A ZIP code has five digits."),
        ("near", "29400", "ZIP 29400 is not in use. Did you mean 29401"),
        ("near", "kansas city", "Several states have a city with that name."),
        ("near", "Charleston, Carolina", "Enter a state name or two-letter code after the comma."),
        ("near", "Zzyzzyx", "City not found. Enter a ZIP, or a city and state."),
        ("service", "", "Choose a level of care."),
        ("service", "spa", "There is no service \"spa\"."),
        ("coverage", "choice", "Several plans match that name."),
        ("coverage", "nobody's plan", "This directory has no plan with that name."),
        ("coverage", "medicaid", "Which state's Medicaid?"),
        ("coverage", "medicaid zz", "“zz” is not a state. Enter Medicaid and the state."),
        ("coverage", "medicare and medicaid", "Enter one payer at a time. Search with Medicare, then with Medicaid."),
        ("need_words", "vent", "“vent” matches several needs."),
        ("need_words", "dialysis", "“dialysis” matches several needs."),
        ("need_words", "ventricular", "“ventricular” may mean this need."),
        ("need_words", "zzz, zzz; ZZZ", "“zzz” is not in the list of needs."),
        ("need_words", "<zzz>", "“<zzz>” is not in the list of needs."),
        ("age", "ninety", "Age must be a whole number from 0 to 90. Enter 90 for age 90 or older."),
        ("age", "-1", "Age must be a whole number"),
        ("weight_lb", "1501", "Weight must be a whole number from 1 to 1500."),
        ("doses_a_day", "2.5", "IV doses per day must be a whole number from 1 to 24."),
        ("sex", "x", "Choose female, male, or not specified."),
        ("language", "Spanisch", "“Spanisch” is not a known language."),
        ("language", "ASL, asl", "Enter sign language as a clinical need, not as a language."),
        ("on", "tomorrow", "A date consists of year, month and day."),
        ("on", "2031-01-01", "is more than a year from today"),
        ("within", "far", "Enter the radius in miles as a number."),
        ("within", "-5", "Expected more than 0 and at most 500 miles."),
    ] {
        let page = post(&Api::sample(), "/", &asked(&[(field, typed)])).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {typed}");
        assert!(page.part(&format!("{field}-fault")).contains(told), "{field} {typed}: {}", page.part("errors"));
        assert!(page.part("errors").contains("There is a problem"), "{}", page.part("errors"));
        assert!(page.attributes("href").contains(&format!("#{field}")), "the summary leads to {field}");
        assert!(page.attributes("id").iter().filter(|id| *id == field).count() == 1);
        if !["service", "sex"].contains(&field) {
            assert_eq!(page.form("Find providers").value(field), typed);
        }
    }
}

#[tokio::test]
async fn what_is_typed_is_read_as_wards_say_it() {
    for (field, typed, read) in [
        ("near", "Kansas City MO, 64108", "within 25 miles of 64108 Kansas City MO"),
        ("near", "Kansas City, Missouri", "within 25 miles of 64124 Kansas City MO"),
        ("coverage", "Medicare Part A", "Original Medicare"),
        ("coverage", "Medicaid Missouri", "Missouri Medicaid"),
        ("coverage", "uninsured", "Self-pay"),
        ("need_words", "suboxone", "Larkwater Choice HMO · Buprenorphine"),
        ("need_words", "memory care", "Larkwater Choice HMO · Secured memory unit"),
        ("age", "90", "age 90 or older"),
        ("age", "89", "age 89"),
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
    let ticked = wrong.form("Find providers").and("need", "lang.interpreter").press(&api, "Find providers").await;
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
    assert!(page.part("within-fault").contains("Enter the radius in miles as a number."));
}

#[tokio::test]
async fn a_page_that_is_no_page_is_told_apart_from_one_of_another_directory() {
    for (cursor, told) in [
        ("20-0123456789abcdef", "The directory was updated after your search"),
        ("20", "The page number is not valid."),
        ("x-0123456789abcdef", "The page number is not valid."),
    ] {
        let page = post(&Api::sample(), "/", &asked(&[("cursor", cursor)])).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.part("errors").contains(told), "{cursor}: {}", page.part("errors"));
    }
}
