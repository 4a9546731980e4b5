//! The page to ask, as a case manager fills it in.

use axum::http::StatusCode;

use crate::api::Api;
use crate::pages::{get, post};

/// A question the sample answers with ready places and others.
pub const ASKED: [(&str, &str); 4] =
    [("near", "64108"), ("service", "skilled_nursing"), ("coverage", "hmo"), ("need_words", "vent l")];

/// [`ASKED`] with `changes` made.
pub fn asked<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
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
    page.says("Skilled nursing facility within 25 miles of 64108 Kansas City MO · Larkwater Choice HMO · Ventilator, long-term");
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
        ("near", "Charleston, South Carolina", "After the comma stands a state by its two letters."),
        ("near", "Zzyzzyx", "No city of that name is known."),
        ("service", "", "Which service is needed?"),
        ("service", "spa", "There is no service \"spa\"."),
        ("coverage", "choice", "More than one plan fits that name."),
        ("coverage", "nobody's plan", "This directory holds no plan of that name."),
        ("coverage", "medicaid", "Which state's Medicaid?"),
        ("need_words", "vent", "“vent” fits several needs."),
        ("need_words", "<zzz>", "“<zzz>” is not a need of the list."),
        ("age", "ninety", "Age is a whole number from 0 to 90. 90 stands for 90 and over."),
        ("age", "-1", "Age is a whole number"),
        ("weight_lb", "1501", "Weight is a whole number from 1 to 1500."),
        ("doses_a_day", "2.5", "Doses a day is a whole number from 1 to 24."),
        ("sex", "x", "Choose female, male or not said."),
        ("language", "Spanisch", "No language is called “Spanisch”."),
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
