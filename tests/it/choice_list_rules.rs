//! The rules of law that a choice list follows, each with a case: citations by the kind of the
//! hospital, drafts, sharing arrangements, quality and resource use, fields, language help, and lists
//! of several services.

use axum::http::StatusCode;
use jiff::civil::date;
use placement::hospital::language_notice::LanguageNotice;
use placement::hospital::sharing::{SharingArrangement, SharingModel};
use placement::hospital::{FinancialInterest, Hospital, HospitalKind};
use serde_json::{Value, json};

use crate::api::question;
use crate::choice_lists::{Desk, groups, home_health, made, names, text_of};

fn of_service(service: &str) -> Value {
    json!({"discharge": {"service": service, "near": {"zip": "64108"}}})
}

fn section<'a>(list: &'a Value, kind: &str) -> Option<&'a Value> {
    list["printed"]["sections"].as_array().unwrap().iter().find(|section| section["kind"] == kind)
}

fn codes(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect()
}

fn arrangement(provider: &str, model: SharingModel) -> SharingArrangement {
    SharingArrangement { provider: provider.parse().unwrap(), model, since: date(2026, 1, 1), until: None }
}

#[tokio::test]
async fn a_list_cites_the_rules_that_hold_for_the_hospital_and_the_service() {
    const LIST: &str = "42 CFR 482.43(c)";
    const QUALITY: &str = "42 CFR 482.43(a)(8)";
    const CHOICE: &str = "42 USC 1395a";
    const CRITICAL_QUALITY: &str = "42 CFR 485.642(a)(8)";
    const LANGUAGE: &str = "45 CFR 92.11";
    let acute = Desk::new(Hospital::default()).await;
    let critical = Desk::new(Hospital { kind: HospitalKind::CriticalAccess, ..Hospital::default() }).await;
    for (desk, kind, service, rules) in [
        (&acute, "acute", "home_health", vec![LIST, QUALITY, LANGUAGE]),
        (&acute, "acute", "skilled_nursing", vec![LIST, QUALITY, LANGUAGE]),
        (&acute, "acute", "inpatient_rehab", vec![LIST, QUALITY, LANGUAGE]),
        (&acute, "acute", "long_term_acute", vec![LIST, QUALITY, LANGUAGE]),
        (&acute, "acute", "hospice", vec![LANGUAGE]),
        (&acute, "acute", "dialysis", vec![LANGUAGE]),
        (&acute, "acute", "assisted_living", vec![LANGUAGE]),
        (&critical, "critical_access", "home_health", vec![CHOICE, CRITICAL_QUALITY, LANGUAGE]),
        (&critical, "critical_access", "skilled_nursing", vec![CHOICE, CRITICAL_QUALITY, LANGUAGE]),
        (&critical, "critical_access", "hospice", vec![LANGUAGE]),
    ] {
        let list = made(desk, &of_service(service)).await;
        assert_eq!(list["hospital_kind"], kind);
        let cited: Vec<&str> =
            list["rules"].as_array().unwrap().iter().map(|rule| rule["citation"].as_str().unwrap()).collect();
        assert_eq!(cited, rules, "{kind} {service}");
        let printed = list["printed"].to_string();
        for citation in [LIST, QUALITY, CHOICE, CRITICAL_QUALITY, LANGUAGE] {
            assert_eq!(printed.contains(citation), rules.contains(&citation), "{kind} {service}: {citation}");
        }
        // No person has compared the entries with the rules, and the list says so of each.
        assert!(list["rules"].as_array().unwrap().iter().all(|rule| rule["reviewed_on"].is_null()));
        let points = &section(&list, "rules").unwrap()["blocks"][0]["points"];
        assert!(codes(points).iter().all(|point| point.ends_with("(not reviewed)")), "{points}");
    }
}

#[tokio::test]
async fn a_list_is_a_draft_until_the_hospital_has_stated_its_interests() {
    let interest = FinancialInterest { provider: "ccn:265001".parse().unwrap(), says: "It owns half.".to_owned() };
    let critical = HospitalKind::CriticalAccess;
    for (what, hospital, is_unstated) in [
        ("nothing stated", Hospital::default(), true),
        ("none", Hospital { no_interests: true, ..Hospital::default() }, false),
        ("some", Hospital { interests: vec![interest], ..Hospital::default() }, false),
        ("critical access", Hospital { kind: critical, ..Hospital::default() }, false),
    ] {
        let desk = Desk::new(hospital).await;
        for (language, mark) in [("en", "DRAFT"), ("es", "BORRADOR")] {
            let body = json!({"discharge": question(), "language": language});
            let list = made(&desk, &body).await;
            let draft = codes(&list["draft"]);
            assert_eq!(draft.contains(&"interests_not_stated"), is_unstated, "{what}: {draft:?}");
            // The texts are not reviewed, so that every list has the word across its pages.
            assert!(draft.contains(&"words_not_reviewed"));
            assert_eq!(list["printed"]["watermark"], mark);
            let page = desk.make("text/html", &body).await.text;
            assert!(page.contains(&format!("data-draft=\"{mark}\"")), "{page}");
            let reason = "The hospital has not yet said if it has a financial interest in any place.";
            assert_eq!(text_of(&page).contains(reason), is_unstated, "{what}: English stands on each list");
        }
        let list = made(&desk, &json!({"discharge": question()})).await;
        // The rules of a critical access hospital have no paragraph on interests.
        assert_eq!(section(&list, "interests").is_some(), what != "critical access", "{what}");
    }
}

#[tokio::test]
async fn sharing_arrangements_are_marked_and_the_order_stays() {
    let plain = Desk::new(Hospital::default()).await;
    let before = made(&plain, &json!({"discharge": home_health()})).await;
    let id = |at: usize| before["providers"][at]["provider"]["id"].as_str().unwrap();
    let ended = SharingArrangement { until: Some(date(2026, 11, 20)), ..arrangement(id(2), SharingModel::Team) };
    let begins = SharingArrangement { since: date(2026, 11, 22), ..arrangement(id(3), SharingModel::Team) };
    let sharing = vec![
        arrangement(id(1), SharingModel::Team),
        ended,
        begins,
        arrangement(id(1), SharingModel::Aco),
        arrangement(id(4), SharingModel::Aco),
        arrangement("ccn:999999", SharingModel::Aco),
    ];
    let desk = Desk::new(Hospital { sharing, ..Hospital::default() }).await;
    let list = made(&desk, &json!({"discharge": home_health()})).await;
    assert_eq!(names(&list), names(&before));
    let marked: Vec<Vec<&str>> =
        list["providers"].as_array().unwrap().iter().map(|listed| codes(&listed["sharing"])).collect();
    assert_eq!(marked[..5], [vec![], vec!["team", "aco"], vec![], vec![], vec!["aco"]]);
    assert!(marked[5..].iter().all(Vec::is_empty));
    let page = text_of(&desk.make("text/html", &json!({"discharge": home_health()})).await.text);
    let mark = |model: &str| page.matches(&format!("Medicare savings or costs with this place ({model}).")).count();
    assert_eq!((mark("TEAM"), mark("ACO")), (1, 2), "beside each provider");
    let told = section(&list, "sharing").unwrap().to_string();
    assert!(told.contains("TEAM") && told.contains("ACO") && told.contains("a place that we cannot find"), "{told}");
    let cites = |list: &Value| list["rules"].to_string().contains("42 CFR 512.582(a)(3)(ii)");
    assert!(cites(&list) && !cites(&before));
    assert!(section(&before, "sharing").is_none());

    // An ACO is marked by the hospital's policy: no rule is cited for it.
    let aco = Hospital { sharing: vec![arrangement(id(0), SharingModel::Aco)], ..Hospital::default() };
    let list = made(&Desk::new(aco).await, &json!({"discharge": home_health()})).await;
    assert!(!cites(&list) && section(&list, "sharing").is_some());
}

#[tokio::test]
async fn quality_and_resource_use_are_printed_in_words() {
    let desk = Desk::new(Hospital::default()).await;
    for (service, published) in [
        ("inpatient_rehab", ["readmission", "urinary_infection", "discharge_function", "medicare_spending"].as_slice()),
        ("long_term_acute", &["readmission", "bloodstream_infection", "medicare_spending"]),
        ("skilled_nursing", &["inspection_star", "staffing_star", "quality_measure_star"]),
    ] {
        let list = made(&desk, &of_service(service)).await;
        let listed = list["providers"].as_array().unwrap();
        let measures: Vec<&str> = listed
            .iter()
            .flat_map(|listed| listed["measures"].as_array().unwrap())
            .map(|measured| measured["measure"].as_str().unwrap())
            .collect();
        for measure in published {
            assert!(measures.contains(measure), "{service}: {measure}");
        }
        let printed = list["printed"].to_string();
        let spends = measures.iter().filter(|measure| **measure == "medicare_spending").count();
        assert_eq!(printed.matches("Medicare spending: ").count(), spends, "{service}");
        assert_eq!(printed.contains("The middle is 1."), spends > 0, "{service}: the scale is explained once");
        if service != "skilled_nursing" {
            assert!(printed.contains("at getting people back home."), "{service}: discharge to community");
        }
        assert!(printed.contains("medicare.gov/care-compare"));
    }
}

#[tokio::test]
async fn providers_in_network_come_first_under_a_heading() {
    let desk = Desk::new(Hospital::default()).await;
    let list = made(&desk, &json!({"discharge": home_health()})).await;
    let kinds: Vec<&str> =
        list["printed"]["sections"].as_array().unwrap().iter().map(|section| section["kind"].as_str().unwrap()).collect();
    let at = |kind: &str| kinds.iter().position(|found| *found == kind).unwrap();
    assert!(at("in_network") < at("out_of_network"), "{kinds:?}");
    let groups = groups(&list);
    assert!(groups.len() >= 2);
    for listed in groups[0].iter().map(|at| &list["providers"][*at]) {
        assert_eq!(listed["network"]["status"], "in_network", "{listed}");
    }
    let last = groups.last().unwrap();
    for listed in last.iter().map(|at| &list["providers"][*at]) {
        assert_eq!(listed["network"]["status"], "out_of_network", "{listed}");
    }
    let scope = section(&list, "scope").unwrap().to_string();
    assert!(scope.contains("may be able to help you. Not all have confirmed it."), "{scope}");
    assert!(scope.contains("come first") && scope.contains("The order does not show which one is best."), "{scope}");
    // Without coverage there is nothing to group by.
    let list = made(&desk, &of_service("home_health")).await;
    assert!(section(&list, "places").is_some() && section(&list, "in_network").is_none());
}

#[tokio::test]
async fn the_fields_to_fill_in_are_printed_empty() {
    let desk = Desk::new(Hospital::default()).await;
    let list = made(&desk, &json!({"discharge": question()})).await;
    let record = section(&list, "record").unwrap();
    let blanks = record["blocks"].as_array().unwrap().iter().find_map(|block| block.get("blanks")).unwrap();
    let labels = codes(blanks).join("|");
    for field in
        ["label", "choose", "goals", "Signature", "Name in print", "Representative", "Interpreter", "do not want", "Date"]
    {
        assert!(labels.contains(field), "{field} of {labels}");
    }
    let page = desk.make("text/html", &json!({"discharge": question()})).await.text;
    assert_eq!(page.matches("class=\"blank").count(), codes(blanks).len() + 1, "the list of fields and each field");
    assert!(!page.contains("<input") && !page.contains("<textarea"), "what is written by hand is sent nowhere");
}

#[tokio::test]
async fn the_notice_of_language_help_is_on_every_list_in_the_languages_that_have_a_text() {
    let notice = |language, reviewed| LanguageNotice { language, text: "免费帮助\u{202e}".to_owned(), reviewed };
    let reviewed = Some(("A. Reviewer".to_owned(), date(2026, 10, 1)));
    let hospital = Hospital {
        phone: Some("816-555-0100".to_owned()),
        language_notices: vec![notice("zh", reviewed), notice("vi", None)],
        ..Hospital::default()
    };
    let desk = Desk::new(hospital).await;
    for (service, language) in [("skilled_nursing", "en"), ("hospice", "es")] {
        let mut body = of_service(service);
        body["language"] = language.into();
        let list = made(&desk, &body).await;
        assert_eq!(codes(&list["language_notices"]), ["en", "es", "zh", "vi"]);
        assert!(codes(&list["draft"]).contains(&"notice_not_reviewed"));
        let notices = section(&list, "language_help").unwrap()["blocks"][0]["languages"].as_array().unwrap().clone();
        assert_eq!(notices.len(), 4);
        assert!(notices[0]["text"].as_str().unwrap().contains("Call 816-555-0100"), "{notices:?}");
        assert_eq!(notices[2], json!({"language": "zh", "text": "免费帮助"}));
        let page = desk.make("text/html", &body).await.text;
        assert!(page.contains("<p lang=\"zh\" dir=\"auto\">免费帮助</p>"), "{page}");
    }
}

#[tokio::test]
async fn a_list_of_several_services_has_a_section_for_each() {
    let desk = Desk::new(Hospital { no_interests: true, ..Hospital::default() }).await;
    let services = ["home_infusion", "home_health", "skilled_nursing"];
    let several = json!({"discharge": {"services": services, "near": {"zip": "64108"}, "within_miles": 8}});
    let list = made(&desk, &several).await;
    assert_eq!(list["service"], services[0]);
    let more = list["more_services"].as_array().unwrap();
    assert_eq!(more.iter().map(|list| list["service"].as_str().unwrap()).collect::<Vec<_>>(), services[1..]);
    for (service, of_service) in services.iter().zip([&list].into_iter().chain(more)) {
        let mut asked = json!({"discharge": {"service": service, "near": {"zip": "64108"}}});
        if *service == "skilled_nursing" {
            asked["discharge"]["within_miles"] = json!(8);
        }
        let alone = made(&desk, &asked).await;
        assert_eq!(names(of_service), names(&alone), "{service}: as on a list of its own");
        assert_eq!((&of_service["order"], &of_service["matched"]), (&alone["order"], &alone["matched"]));
        let sections = list["printed"]["sections"].as_array().unwrap();
        let about = sections.iter().filter(|section| section["service"] == *service);
        let titles: Vec<&str> = about.map(|section| section["title"].as_str().unwrap()).collect();
        assert_eq!(titles.len(), 2, "{titles:?}");
        assert!(alone["more_services"].as_array().unwrap().is_empty());
    }
    assert!(list["rules"].to_string().contains("482.43(c)"), "one service that the rule names is enough");
    assert!(section(&list, "asked").is_some());
    let title = list["printed"]["title"].as_str().unwrap();
    assert!(title.contains("home infusion services") && title.contains("skilled nursing facilities"), "{title}");
    for accept in ["text/html", "application/pdf"] {
        assert_eq!(desk.make(accept, &several).await.status, StatusCode::CREATED);
    }
    // A provider may be selected if it fits one of the services; another is refused.
    let mut picked = several.clone();
    picked["providers"] = json!([more[1]["providers"][0]["provider"]["id"]]);
    let list = made(&desk, &picked).await;
    assert_eq!(list["more_services"][1]["providers"][0]["selected"], true);
    picked["providers"] = json!(["ccn:999999"]);
    let refused = desk.make("application/json", &picked).await;
    assert_eq!(refused.faults(), [("/providers/0".to_owned(), "not_a_match".to_owned())]);
}

#[tokio::test]
async fn the_page_says_how_many_pages_will_print() {
    let desk = Desk::new(Hospital::default()).await;
    let list = made(&desk, &json!({"discharge": {"service": "skilled_nursing", "near": {"zip": "64108"}}})).await;
    let page = desk.page(&[("near", "64108"), ("service", "skilled_nursing")]).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let said = format!("The PDF prints on {} pages.", list["pages"]);
    assert!(page.text.contains(&said), "{said}: {}", page.text);
}
