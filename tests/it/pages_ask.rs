//! The search page, filled in like by a case manager.

use axum::http::StatusCode;
use placement::service::Need;

use crate::api::Api;
use crate::pages::{Page, get, post};

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
        (
            "near",
            "APO AE 09012",
            "ZIP 09012 is in use for military post (APO/FPO/DPO) and has no place. Enter the ZIP of where",
        ),
        ("near", "64108, 66101", "Several ZIPs were entered. Which one?"),
        ("near", "Springfield, MO 01103", "ZIP 01103 is in Springfield, MA, but Springfield, MO was entered. Which one?"),
        ("near", "Pittsburg PA", "PA has no city with that name."),
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
        (
            "need_words",
            "zzz0,zzz1,zzz2,zzz3,zzz4,zzz5,zzz6,zzz7,zzz8,zzz9,zzz10",
            "“zzz10” is not in the list of needs, and at most 10",
        ),
        ("age", "ninety", "Age must be a whole number from 0 to 130. Enter 90 for age 90 or older."),
        ("age", "-1", "Age must be a whole number"),
        ("weight_lb", "1501", "Weight must be a whole number from 1 to 1500."),
        ("doses_a_day", "2.5", "IV doses per day must be a whole number from 1 to 24."),
        ("start_within_hours", "soon", "Hours to start of care must be a whole number from 1 to 720."),
        ("drug_cost_a_day", "-3", "Medication cost per day must be a whole number from 1 to 100000."),
        ("eligible", "royals", "Check veteran, religious order, or lives in the community."),
        ("sex", "x", "Choose female, male, or not specified."),
        ("language", "Spanisch", "“Spanisch” is not a known language."),
        ("language", "ASL, asl", "Enter sign language as a clinical need, not as a language."),
        ("on", "next week", "A date consists of year, month and day."),
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
        if !["service", "sex", "eligible"].contains(&field) {
            assert_eq!(page.form("Find providers").value(field), typed);
        }
    }
}

#[tokio::test]
async fn what_is_typed_is_read_as_wards_say_it() {
    for (field, typed, read) in [
        ("near", "Kansas City MO, 64108", "within 25 miles of 64108 Kansas City MO"),
        ("near", "123 Main St, Kansas City, Mo.", "within 25 miles of 64124 Kansas City MO"),
        ("near", "Kansas City, Missouri", "within 25 miles of 64124 Kansas City MO"),
        ("coverage", "Medicare Part A", "Original Medicare"),
        ("coverage", "Medicaid Missouri", "Missouri Medicaid"),
        ("coverage", "uninsured", "Self-pay"),
        ("need_words", "suboxone", "Larkwater Choice HMO · Buprenorphine"),
        ("need_words", "memory care", "Larkwater Choice HMO · Secured memory unit"),
        ("need_words", "tb", "Larkwater Choice HMO · Airborne isolation"),
        ("need_words", "480 lb, lvad", "“480 lb” was read as weight 480 lb."),
        ("need_words", "spanish", "speaks Spanish"),
        ("coverage", "MO HealthNet", "Missouri Medicaid"),
        ("coverage", "Larkwater Choice H.M.O.", "Larkwater Choice HMO"),
        ("coverage", "Larkwater Choice HMO - 2026", "Larkwater Choice HMO"),
        ("coverage", "Lark Water Choice HMO", "Larkwater Choice HMO"),
        ("age", "90", "age 90 or older"),
        ("age", "89", "age 89"),
        ("age", "95", "age 90 or older"),
        ("age", "82 yrs", "age 82"),
        ("weight_lb", "218 kg", "481 lb"),
        ("start_within_hours", "24", "care within 24 hours"),
        ("drug_cost_a_day", "350", "medications $350 a day"),
        ("eligible", "veterans", "veteran"),
        ("within", "10 miles", "within 10 miles of"),
        ("on", "12/1", "discharge Dec 1, 2026"),
        ("on", "tomorrow", "discharge Nov 22, 2026"),
    ] {
        let page = post(&Api::sample(), "/", &asked(&[(field, typed)])).await;
        assert_eq!(page.status, StatusCode::OK, "{field} {typed}: {:.600}", page.text());
        page.says(read);
    }
}

/// The chips of an answer: its question as it was understood.
pub(crate) fn question_line(page: &Page) -> &str {
    let from = page.html.find("class=\"chips\"").unwrap_or_else(|| panic!("no answer: {:.600}", page.text()));
    &page.html[from..from + page.html[from..].find("</ul>").unwrap()]
}

/// The label of a need.
fn label(code: &str) -> &'static str {
    code.parse::<Need>().unwrap().label()
}

#[tokio::test]
async fn each_word_that_may_mean_several_needs_is_asked_about_by_itself() {
    let api = Api::sample();
    for (typed, asked_about, taken) in [
        ("vent l, trach", "trach", "resp.vent"),
        ("bipap, vent", "vent", "resp.niv"),
        ("wound vac, wound care", "wound care", "wound.npwt"),
        ("memory care, dementia", "dementia", "cog.secured"),
        ("lvad, oud", "oud", "card.lvad"),
    ] {
        let page = post(&api, "/", &asked(&[("need_words", typed), ("need", taken)])).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(page.part("errors").contains("There is a problem"), "{typed}: {}", page.part("errors"));
        assert!(page.part("errors").contains(&format!("“{asked_about}” may mean several needs. Which one?")), "{typed}");
        assert!(
            page.attributes("href").contains(&"#meaning_1".to_owned())
                && page.attributes("id").contains(&"meaning_1".to_owned())
        );
        let form = page.form("Find providers");
        assert_eq!((form.value("need_words"), form.value("meaning_1")), (typed, ""), "nothing is chosen beforehand");
        let options: Vec<String> =
            page.attributes("value").into_iter().filter(|value| value.ends_with(&format!(":{asked_about}"))).collect();
        assert!(options.len() >= 3 && *options.last().unwrap() == format!("ask:{asked_about}"), "{options:?}");
        let chosen = form.clone().with("meaning_1", &options[0]).press(&api, "Find providers").await;
        assert_eq!(chosen.status, StatusCode::OK, "{typed}");
        let (code, _) = options[0].split_once(':').unwrap();
        for need in [taken, code] {
            assert!(question_line(&chosen).contains(label(need)), "{typed}: {need}");
        }
        let none = form.with("meaning_1", &format!("ask:{asked_about}")).press(&api, "Find providers").await;
        assert_eq!(none.status, StatusCode::OK, "{typed}");
        none.says(&format!("“{asked_about}” is not in the list of needs; the call sheet asks about it."));
        let chips = question_line(&none);
        assert!(chips.contains(label(taken)) && chips.matches("value=\"prefer:").count() == 1, "{typed}: one need");
        assert!(chips.contains(&format!("ask by phone: {asked_about}")), "{typed}");
    }
}

#[tokio::test]
async fn a_need_that_is_not_in_the_vocabulary_is_a_question_of_the_call_sheet() {
    let api = Api::sample();
    let page = post(&api, "/", &asked(&[("need_words", "vent l, service dog, <hyperbaric> oxygen")])).await;
    assert_eq!(page.status, StatusCode::OK);
    page.says("“service dog” is not in the list of needs; the call sheet asks about it.");
    page.says("“<hyperbaric> oxygen” is not in the list of needs");
    assert!(page.text().contains(&format!("If you mean {}", label("resp.o2"))), "the nearest needs are offered");
    let sheet = page.form("Call sheet").press(&api, "Call sheet").await;
    assert_eq!(sheet.status, StatusCode::OK);
    let calls = sheet.html.matches("data-label=\"What to ask\"").count();
    assert!(calls > 1 && sheet.text().matches("Can you meet this need: “service dog”?").count() == calls, "{calls} calls");
    assert!(!sheet.attributes("href").iter().chain(&sheet.attributes("action")).any(|address| address.contains("dog")));
}

#[tokio::test]
async fn a_plan_that_the_directory_does_not_have_is_searched_if_confirmed() {
    let api = Api::sample();
    for typed in ["nobody's plan", "choice"] {
        let page = post(&api, "/", &asked(&[("coverage", typed)])).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(page.part("errors").contains("Search anyway; coverage to be verified"), "{typed}");
        let box_of = page.attributes("id").contains(&"search_anyway".to_owned());
        assert!(box_of && page.form("Find providers").value("search_anyway").is_empty(), "{typed}: offered and not checked");
        let anyway = page.form("Search anyway").press(&api, "Search anyway").await;
        assert_eq!(anyway.status, StatusCode::OK, "{typed}");
        anyway.says(&format!("This directory has no plan “{typed}”. Verify coverage with the payer."));
        assert_eq!(anyway.form("Find providers").value("search_anyway"), typed, "the box stays checked");
        let other = anyway.form("Find providers").with("coverage", "nobody's other plan").press(&api, "Find providers").await;
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "another name is asked about again");
    }
    for (typed, name) in [("VA", "VA"), ("tricare", "TRICARE"), ("workers' comp", "Workers' compensation")] {
        let page = post(&api, "/", &asked(&[("coverage", typed)])).await;
        assert_eq!(page.status, StatusCode::OK, "{typed}");
        page.says(&format!("This directory has no plan “{name}”. Verify coverage"));
    }
}

#[tokio::test]
async fn pending_medicaid_requires_providers_that_accept_it() {
    let page = post(&Api::sample(), "/", &asked(&[("coverage", "Medicaid pending MO"), ("need_words", "")])).await;
    assert_eq!(page.status, StatusCode::OK);
    page.says("Coverage was read as Missouri Medicaid (pending).");
    assert!(question_line(&page).contains(label("log.pending")));
    let which = post(&Api::sample(), "/", &asked(&[("coverage", "Medicaid pending")])).await;
    assert_eq!(which.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(which.part("errors").contains("Which state's Medicaid?"), "{}", which.part("errors"));
}

#[tokio::test]
async fn a_fact_typed_among_the_needs_never_contradicts_its_field() {
    let page = post(&Api::sample(), "/", &asked(&[("need_words", "480 lb"), ("weight_lb", "300")])).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.part("weight_lb-fault").contains("The needs say “480 lb”"), "{}", page.part("errors"));
    let which =
        post(&Api::sample(), "/", &asked(&[("need_words", "interpreter"), ("meaning_1", "language:interpreter")])).await;
    assert!(which.part("language-fault").contains("Which language does the patient speak?"));
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
