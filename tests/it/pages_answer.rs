//! The answer page: the visible content, and the effect of every button.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::Api;
use crate::pages::{Page, get, post};
use crate::pages_ask::{ASKED, asked};
use crate::statements;

/// How many of a tier the page counts; a tier without any is not shown.
fn count(page: &Page, tier: &str) -> u32 {
    let text = page.text();
    let counts = text.split(" excluded Directory built").next().unwrap();
    let at = counts.rfind(&format!(" {tier} "));
    at.map_or(0, |at| counts[..at].rsplit(' ').next().unwrap().parse().unwrap())
}

/// How many meet the requirements, ready or not.
fn meeting(page: &Page) -> u32 {
    count(page, "Ready") + count(page, "Meets requirements")
}

/// Questions to the sample in addition to [`ASKED`].
fn questions() -> Vec<Vec<(&'static str, &'static str)>> {
    let mut questions = vec![
        ASKED.to_vec(),
        asked(&[("need_words", "lvad"), ("within", "10")]),
        asked(&[("need_words", "vent l, trach c"), ("prefer", "wound.npwt"), ("within", "5")]),
        asked(&[("need_words", ""), ("within", "1"), ("weight_lb", "480"), ("age", "71"), ("language", "Spanish")]),
        asked(&[("service", "home_health"), ("need_words", "aide")]),
        asked(&[("need_words", ""), ("start_within_hours", "24"), ("drug_cost_a_day", "350"), ("eligible", "veterans")]),
        asked(&[("service", "hospice"), ("coverage", "medicaid mo"), ("need_words", "")]),
        asked(&[("service", "dialysis"), ("coverage", ""), ("need_words", "peritoneal"), ("within", "8")]),
        asked(&[("near", "kansas city ks"), ("coverage", "self pay"), ("sex", "female")]),
    ];
    for service in ["skilled_nursing", "home_health", "hospice", "dialysis", "inpatient_rehab"] {
        for plan in ["hmo", "larkwater ppo", "vetchfold"] {
            for on in ["2026-11-21", "2026-12-20", "2026-12-29"] {
                let within = if ["home_health", "hospice"].contains(&service) { "" } else { "4" };
                questions.push(asked(&[
                    ("service", service),
                    ("coverage", plan),
                    ("need_words", ""),
                    ("on", on),
                    ("within", within),
                ]));
            }
        }
    }
    questions
}

#[tokio::test]
async fn the_answer_is_read_at_first_glance() {
    let page = post(&Api::sample(), "/", &ASKED).await;
    for said in [
        "Skilled nursing facility: 4 meet the requirements, of 102 found",
        "✓ 4 Meets requirements ☎ 34 Call to confirm",
        "Directory built 7 hours ago",
        "✓ Meets requirements 4: in network, and says yes to everything required; bed availability not reported \
         1 Dapplemere Post Acute (opens a new tab) ⚠ Cited for abuse 5931 Cooper Drive, Kansas City",
        "In network; accepts everything required; 7.0 miles away; 2 of 5 stars.",
        "Cited for abuse: CMS shows its abuse icon. (CMS Nursing Home Provider Information, Oct 29, 2026)",
        "☎ Old yes, confirm: Ventilator, long-term Feb 3, 2024, old ✓ In network Nov 15, 2026 ★★☆☆☆ 2 of 5 stars Oct 29, 2026 7.0 \
         816-555-0139",
        "Coverage: listed, Larkwater Choice Core (payer roster payer_roster, Nov 15, 2026)",
        "Skilled nursing facility · For profit - Limited Liability company · Kansas City MO",
        "Chance 50% × score 64.1 = 32.0. Score 64.1:",
        "Ventilator, long-term: no answers recorded; usual yes 2.5% (CMS-671 of late 2025",
        "☎ Ask: Ventilator, long-term",
        "Ventilator, long-term: yes (CMS-671 Long-Term Care Facility Characteristics, Feb 3, 2024, old: confirm by phone)",
        "Closeness: 32.8 of 40 (7.0 miles; one half at 15 miles) Quality: 7.5 of 30 (2 of 5 stars; cited for abuse)",
    ] {
        page.says(said);
    }
    assert!(page.attributes("href").contains(&"tel:+18165550139".to_owned()));
    assert!(page.html.contains("<svg") && page.text().contains("Numbers are ranks"));
    assert_eq!(page.html.matches("<h1").count(), 1);
}

#[tokio::test]
async fn rows_and_pins_lead_to_each_other() {
    let page = post(&Api::sample(), "/", &ASKED).await;
    let ids: BTreeSet<String> = page.attributes("id").into_iter().collect();
    let links = page.attributes("href");
    let to = |kind: &str| links.iter().filter_map(|to| to.strip_prefix(kind).map(str::to_owned)).collect::<BTreeSet<_>>();
    let (rows, pins) = (to("#rank-"), to("#pin-"));
    assert!(rows.len() > 5 && rows == pins, "{rows:?} {pins:?}");
    for rank in rows {
        assert!(ids.contains(&format!("rank-{rank}")) && ids.contains(&format!("pin-{rank}")), "{rank}");
    }
    page.says("Meets requirements Call to confirm");
}

#[tokio::test]
async fn what_ready_means_is_true_of_what_was_asked() {
    let api = Api::sample();
    for (coverage, needs, means) in [
        ("hmo", "vent l", "in network, and says yes to everything required"),
        ("hmo", "", "in network; nothing is required"),
        ("medicare", "", "Medicare-certified; nothing is required"),
        ("self pay", "", "self-pay; nothing is required"),
        ("", "vent l", "insurance not specified, and says yes to everything required"),
        ("", "", "insurance not specified; nothing is required"),
    ] {
        let page = post(&api, "/", &asked(&[("coverage", coverage), ("need_words", needs)])).await;
        page.says(&format!(": {means}; bed availability not reported 1 "));
    }
}

#[tokio::test]
async fn services_that_come_are_told_by_their_area_never_by_miles() {
    let page = post(&Api::sample(), "/", &asked(&[("service", "home_health"), ("need_words", ""), ("within", "25")])).await;
    page.says("Home health for 64108 Kansas City MO");
    page.says("Radius of 25 miles not used");
    page.says("Rank Provider Needs Coverage CMS rating Serves Phone");
    page.says("serves 64108");
    assert_eq!(page.form("Compare").value("order"), "name");
    let excluded = page.part("left-out");
    assert!(excluded.starts_with("Excluded: ") && !excluded.starts_with("Excluded: 0"), "{excluded}");
    page.says("do not serve the ZIP");
    assert_eq!(page.attributes("accesskey"), ["l"]);
}

#[tokio::test]
async fn the_hidden_question_is_the_question() {
    let api = Api::sample();
    for question in questions() {
        let page = post(&api, "/", &question).await;
        assert_eq!(page.status, StatusCode::OK, "{question:?} {:.500}", page.text());
        // Without results there is nothing to compare.
        let found = !page.text().contains("no results");
        for button in ["Find providers", "Check provider"].into_iter().chain(found.then_some("Compare")) {
            let mut form = page.form(button);
            form.action = "/".to_owned();
            form.buttons.iter_mut().for_each(|(_, action)| *action = None);
            form.fields.retain(|(name, _)| !["order", "list_language", "provider"].contains(&name.as_str()));
            let again = form.press(&api, button).await;
            assert!(again.html == page.html, "{button} {question:?} asks something else: {form:?}");
        }
    }
}

#[tokio::test]
async fn every_suggestion_gives_what_it_promised() {
    let (api, mut seen) = (Api::sample(), BTreeSet::new());
    for question in questions() {
        let page = post(&api, "/", &question).await;
        let meet = meeting(&page);
        for form in page.forms() {
            let Some((says, _)) = form.buttons.first() else { continue };
            let number = |after: &str| -> u32 {
                let rest = says.split(after).nth(1).unwrap_or_else(|| panic!("{says}"));
                rest.trim_start().split(' ').next().unwrap().parse().unwrap()
            };
            if says.starts_with("Radius ") || says.starts_with("Discharge ") {
                let changed = form.press(&api, says).await;
                assert_eq!(meeting(&changed), meet + number(": "), "{says} {question:?}");
                seen.insert(says.starts_with("Radius "));
            } else if says.starts_with("Confirm ") {
                let sheet = form.press(&api, says).await;
                assert_eq!(sheet.status, StatusCode::OK);
                let named = form.fields.iter().filter(|(name, _)| name == "call").count();
                assert_eq!(sheet.html.matches("data-label=\"What to ask\"").count(), named, "{says}");
                assert!(says.contains(&format!("with {named}")) || says.contains(&format!("the first {named} of")), "{says}");
                sheet.says("Each that says yes meets the requirements.");
                sheet.says(&format!("{named} provider"));
            }
        }
    }
    assert_eq!(seen.len(), 2, "both farther and later were suggested: {seen:?}");
}

#[tokio::test]
async fn nothing_typed_stands_in_an_address() {
    let api = Api::sample();
    let question = asked(&[("weight_lb", "487"), ("language", "Spanish"), ("prefer", "wound.npwt"), ("limit", "7")]);
    let first = post(&api, "/", &question).await;
    let picked = first.form("Compare").and("pick", "ccn:265015").and("pick", "ccn:265016");
    let wrong = post(&api, "/", &asked(&[("near", "kansas city"), ("coverage", "choice"), ("need_words", "vent")])).await;
    let about = first.form("Check provider").with("provider", "manor").press(&api, "Check provider").await;
    let sheet = picked.press(&api, "Call sheet").await;
    for page in [first, wrong, about, sheet] {
        for name in ["href", "action", "formaction", "src"] {
            for address in page.attributes(name) {
                let known = [
                    "/",
                    "/compare",
                    "/call-sheet",
                    "/choice-list",
                    "/board",
                    "/what-about",
                    "/look-up",
                    "/referral-requests/new",
                    "/gap-packet/new",
                    "/export/csv",
                    "/export/xlsx",
                    "/export/answer",
                    "/differences",
                    "/batch",
                    "/service-plan",
                    "/prior-authorizations",
                ];
                let elsewhere = ["#", "tel:+1", "/providers/", "/assets/", "/directory", "/how-ranking-works"];
                let plain = known.contains(&address.as_str()) || elsewhere.iter().any(|start| address.starts_with(start));
                assert!(plain && !address.contains(['?', '&']), "{name}={address}");
            }
        }
        assert!(page.attributes("method").iter().all(|method| method == "post"));
        assert_eq!(page.headers["cache-control"], "no-store");
        assert!(!page.html.contains(" style=") && !page.html.contains(" onclick"));
    }
}

#[tokio::test]
async fn pages_follow_each_other_and_lead_back() {
    let api = Api::sample();
    let first = post(&api, "/", &asked(&[("limit", "30")])).await;
    first.says("Providers 1 to 30 of");
    let second = first.form("Next page").press(&api, "Next page").await;
    second.says("Providers 31 to 60 of");
    second.says("Call to confirm 34:");
    let back = second.form("First page").press(&api, "First page").await;
    assert!(back.html == first.html);
}

/// The ids of the listed providers, in order.
fn listed(page: &Page) -> Vec<String> {
    let links = page.attributes("href").into_iter().filter_map(|to| Some(to.strip_prefix("/providers/")?.to_owned()));
    links.collect()
}

/// How many providers are selected, in rows and from other pages.
fn ticked(page: &Page) -> usize {
    let picks =
        page.html.split("<input").filter(|input| input.contains("type=\"checkbox\"") && input.contains("name=\"pick\""));
    picks.filter(|input| input.split('>').next().is_some_and(|tag| tag.contains(" checked"))).count()
}

#[tokio::test]
async fn ticks_are_kept_from_page_to_page() {
    let api = Api::sample();
    let first = post(&api, "/", &asked(&[("limit", "10")])).await;
    let one = listed(&first)[2].clone();
    let second = first.form("Next page").and("pick", &one).press(&api, "Next page").await;
    second.says("Providers 11 to 20 of");
    second.says("1 selected on other pages");
    let other = listed(&second)[0].clone();
    assert!(other != one);
    let both = second.form("Compare").and("pick", &other);
    assert_eq!(both.fields.iter().filter(|(name, _)| name == "pick").count(), 2);
    both.press(&api, "Call sheet").await.says("The 2 providers selected.");
    assert_eq!(both.press(&api, "Compare").await.status, StatusCode::OK);

    let third = both.press(&api, "Next page").await;
    third.says("2 selected on other pages");
    let back = third.form("First page").press(&api, "First page").await;
    back.says("1 selected on other pages");
    assert_eq!(ticked(&back), 2, "the one of this page is ticked in its row");

    let dropped = third.form("First page").with("pick", &other).press(&api, "First page").await;
    assert_eq!(ticked(&dropped), 1, "what was unticked is ticked nowhere");
    let past = post(&api, "/", &asked(&[("pick", "ccn:999999")])).await;
    past.says("1 selected on other pages ccn:999999");
}

#[tokio::test]
async fn the_call_sheet_of_a_page_holds_those_of_that_page() {
    let api = Api::sample();
    let first = post(&api, "/", &asked(&[("limit", "10")])).await;
    let second = first.form("Next page").press(&api, "Next page").await;
    let sheet = second.form("Compare").press(&api, "Call sheet").await;
    sheet.says("10 providers ranked 11 to 20.");
    sheet.says("Larkwater Choice HMO (Larkwater Mutual)");
    let back = sheet.form("Back to results").press(&api, "Back to results").await;
    assert!(back.html == second.html);
}

#[tokio::test]
async fn a_page_of_last_night_says_so_and_offers_the_first() {
    let api = Api::sample();
    let page = post(&api, "/", &asked(&[("cursor", "20-0123456789abcdef")])).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("The directory was updated after your search");
    let first = page.form("Show the first page").press(&api, "Show the first page").await;
    first.says("Providers 1 to 20 of");
}

#[tokio::test]
async fn before_the_first_directory_the_form_waits_with_what_was_typed() {
    let folder = TempDir::new().unwrap();
    let api = Api::of(&folder.path().join("index"));
    let empty = get(&api, "/").await;
    let asked = post(&api, "/", &ASKED).await;
    for page in [&empty, &asked] {
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
        page.says("No directory is loaded yet");
        page.says("placement refresh");
    }
    let form = asked.form("Find providers");
    assert_eq!(ASKED.map(|(name, _)| form.value(name)), ASKED.map(|(_, value)| value));
    assert_eq!(empty.form("Find providers").value("service"), "skilled_nursing");
}

#[tokio::test]
async fn where_nothing_is_found_the_page_says_why_and_what_to_do() {
    let api = Api::sample();
    // The sample has somebody of every service.
    let homes = crate::safety_surfaces::two_nights();
    let without = Api::of(&homes.path().join("index"));
    let wanted = [("service", "assisted_living"), ("need_words", ""), ("coverage", "")];
    let unknown = post(&without, "/", &asked(&wanted)).await;
    unknown.says("Assisted living: no results");
    unknown.says("No source loaded lists assisted living. An empty answer is not evidence that there is no provider.");
    let far = post(&api, "/", &asked(&[("near", "honolulu hi"), ("need_words", "")])).await;
    far.says("no results");
    far.says("No source loaded lists skilled nursing facility within 300 miles of 96");
    far.says("No provider for this level of care is known in the search area. Try a larger radius or another level of care.");
    let farthest = post(&api, "/", &asked(&[("near", "honolulu hi"), ("need_words", ""), ("within", "500")])).await;
    farthest.says("known within 500 miles, the largest radius. Try another level of care.");
    let comes = [("near", "honolulu hi"), ("need_words", ""), ("service", "hospice"), ("coverage", "")];
    post(&api, "/", &asked(&comes)).await.says("No provider for this level of care is known to serve 96");
    unknown.says("This directory has no providers for assisted living. Try another level of care.");
    let gap = post(&api, "/", &asked(&[("need_words", "lvad")])).await;
    gap.says("Skilled nursing facility: 38 to call, of");
    assert!(!gap.text().contains("0 Ready") && !gap.text().contains("none ready"), "an empty tier is not mentioned");
    gap.says("No one in network has confirmed yet Call the 38 in network first.");
    assert!(gap.html.contains("<details><summary>Ask the plan before they have answered</summary><form"), "calls come first");
    assert!(!gap.text().contains("Nothing in network meets"), "nobody in network was asked");
    gap.says("in network that have not said whether they take everything required");
    let comes = [("service", "home_health"), ("coverage", "vetchfold"), ("need_words", "")];
    let visiting = post(&api, "/", &asked(&comes)).await;
    if visiting.html.contains("Out of network, and accepts everything required:") {
        assert!(!visiting.text().contains("miles from the center"), "agencies that come are told without miles");
    }
}

#[tokio::test]
async fn checking_a_provider_gives_its_rank_or_why_it_is_excluded() {
    let api = Api::sample();
    let list = post(&api, "/", &asked(&[("within", "8")])).await;
    let about = |typed: &'static str| {
        let form = list.form("Check provider").with("provider", typed);
        let api = &api;
        async move { form.press(api, "Check provider").await }
    };
    let stands = about("dapplemere  post acute").await;
    stands.says("Dapplemere Post Acute is ranked 1 of");
    stands.says("Closeness:");
    stands.says("The plan was read as Larkwater Choice HMO");
    assert!(!stands.text().contains("Showing"), "the whole name was typed");
    about("dapplemere post").await.says("Showing Dapplemere Post Acute,");
    for written in ["CLOVERLEIGH NURSING AND REHABILITATION, LEVASY MO", "cloverleigh nursing and rehabilitation,levasy, mo"]
    {
        about(written).await.says("Cloverleigh Nursing and Rehabilitation, Levasy MO is not on the list");
    }
    let far = about("CLOVERLEIGH NURSING AND REHABILITATION").await;
    far.says("Cloverleigh Nursing and Rehabilitation, Levasy MO is not on the list");
    far.says("✕ No :");
    far.says("Network ✓ In network");
    assert!(far.form("Back to results").press(&api, "Back").await.html == list.html);

    let wrong = about("manor").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("The directory has no provider with that name or number. Did you mean one of these?");
    assert_eq!(wrong.form("Check provider").value("provider"), "manor");
    let offered = wrong.forms().into_iter().find(|form| form.value("provider").starts_with("ccn:")).unwrap();
    let says = offered.buttons[0].0.clone();
    let meant = offered.press(&api, &says).await;
    assert_eq!(meant.status, StatusCode::OK, "{says}");
    about("").await.says("Enter a provider name, CCN, or NPI.");
    let id = offered.value("provider").trim_start_matches("ccn:").to_owned();
    for number in [format!("CCN {id}"), format!("ccn:{id}"), id] {
        let page = list.form("Check provider").with("provider", &number).press(&api, "Check provider").await;
        assert_eq!(page.status, StatusCode::OK, "{number}");
    }
    assert_eq!((list.form("Check provider").target.as_str(), stands.form("Check provider").target.as_str()), ("_blank", ""));
}

#[tokio::test]
async fn a_call_sheet_holds_providers_and_questions() {
    let api = Api::sample();
    let list = post(&api, "/", &ASKED).await;
    let picks = listed(&list);
    let form = list.form("Compare").and("pick", &picks[0]).and("pick", &picks[6]);
    let sheet = form.press(&api, "Call sheet").await;
    sheet.says("The 2 providers selected.");
    sheet.says("816-555-0139");
    sheet.says("Will you take a patient who needs Ventilator, long-term? (Cares for a person on a mechanical ventilator");
    sheet.says("Will you have a bed on Nov 21, 2026?");
    assert_eq!(sheet.html.matches("data-label=\"What to ask\"").count(), 2);
    let all = list.form("Compare").press(&api, "Call sheet").await;
    assert_eq!(all.html.matches("data-label=\"What to ask\"").count(), 20);
    let one_gone = form.clone().and("pick", "ccn:999999").press(&api, "Call sheet").await;
    one_gone.says("2 of the 3 selected providers.");
    one_gone.says("No longer in the results: ccn:999999");
    let all_gone = list.form("Compare").and("pick", "ccn:999999").press(&api, "Call sheet").await;
    all_gone.says("No calls needed: none of the selected providers is in the results.");
    let nothing = post(&api, "/call-sheet", &asked(&[("confirm", "card.lvad")])).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    nothing.says("The item to confirm is not part of this question.");
}

#[tokio::test]
async fn selected_providers_can_be_compared() {
    let api = Api::sample();
    let list = post(&api, "/", &ASKED).await;
    let picks = listed(&list);
    let form = list.form("Compare").and("pick", &picks[0]).and("pick", &picks[1]);
    let compared = form.press(&api, "Compare").await;
    assert_eq!(compared.status, StatusCode::OK);
    let sheet = compared.form("Call sheet").press(&api, "Call sheet").await;
    sheet.says("The 2 providers selected.");
    assert!(compared.html.contains("formaction=\"/choice-list\"") && compared.html.contains("data-print"));
}

#[tokio::test]
async fn names_are_offered_while_they_are_typed() {
    let api = Api::sample();
    for (path, field, typed, offered) in [
        ("/suggest/plans", "coverage", "hmo", "Larkwater Choice HMO (Larkwater Mutual)"),
        ("/suggest/plans", "coverage", "medic", "Medicare"),
        ("/suggest/providers", "provider", "dapplem", "Dapplemere Post Acute"),
    ] {
        let page = post(&api, path, &[(field, typed)]).await;
        assert_eq!(page.headers["cache-control"], "no-store");
        assert!(page.attributes("value").contains(&offered.to_owned()), "{typed}: {}", page.html);
    }
    assert_eq!(post(&api, "/suggest/providers", &[("provider", "")]).await.html.trim(), "");
}

#[tokio::test]
async fn a_way_out_of_a_fault_is_one_press() {
    let api = Api::sample();
    for (field, typed, button, then) in [
        ("near", "kansas city", "Kansas City, MO", "Location used: Kansas City, MO, ZIP 64124"),
        ("coverage", "choice", "Larkwater Choice HMO", "Larkwater Choice HMO · Ventilator"),
        ("coverage", "medicaid", "Medicaid MO", "Missouri Medicaid"),
        ("language", "Spanich", "Spanish", "speaks Spanish"),
    ] {
        let wrong = post(&api, "/", &asked(&[(field, typed)])).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        wrong.form(button).press(&api, button).await.says(then);
    }
    let which = post(&api, "/", &asked(&[("need_words", "vent")])).await;
    let ticked = which.form("Find providers").with("meaning_1", "resp.vent-wean:vent").press(&api, "Find providers").await;
    assert_eq!(ticked.status, StatusCode::OK);
    ticked.says("Larkwater Choice HMO · Ventilator weaning");
}

#[tokio::test]
async fn the_question_is_changed_by_its_chips_and_the_selection_stays() {
    let api = Api::sample();
    let page = post(&api, "/", &asked(&[("within", "15"), ("need_words", "vent l, service dog, 480 lb")])).await;
    let one = listed(&page)[1].clone();
    let change = |what: &'static str| {
        let form = page.form("Compare").and("pick", &one).with("change", what);
        let api = &api;
        async move {
            let fields: Vec<(&str, &str)> = form.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
            post(api, "/", &fields).await
        }
    };
    for value in
        ["prefer:resp.vent", "drop:need:resp.vent", "drop:word:service dog", "drop:weight_lb", "drop:within", "drop:coverage"]
    {
        assert!(page.attributes("value").contains(&value.to_owned()), "no chip for {value}");
    }
    let preferred = change("prefer:resp.vent").await;
    assert!(preferred.attributes("value").contains(&"require:resp.vent".to_owned()));
    assert_eq!(ticked(&preferred), 1, "the selected provider stays selected");
    let form = preferred.form("Find providers");
    assert_eq!((form.value("need_words"), form.value("prefer")), ("service dog, 480 lb", "resp.vent"));
    let without = change("drop:need:resp.vent").await;
    assert!(!without.attributes("value").iter().any(|value| value.ends_with(":resp.vent")), "the need is gone");
    assert_eq!(change("drop:weight_lb").await.form("Find providers").value("need_words"), "vent l, service dog");
    assert_eq!(change("drop:within").await.form("Find providers").value("within"), "");
    assert_eq!(change("nothing:at all").await.form("Find providers").value("need_words"), "vent l, service dog, 480 lb");
}

#[tokio::test]
async fn one_tier_can_be_shown_alone() {
    let api = Api::sample();
    let page = post(&api, "/", &ASKED).await;
    let calls = count(&page, "Call to confirm") as usize;
    let alone = post(&api, "/", &asked(&[("tier", "ask_provider")])).await;
    assert_eq!(alone.html.matches("data-row").count(), calls);
    assert_eq!(alone.html.matches("badge-ask_provider").count(), calls, "no other tier is shown");
    assert_eq!(count(&alone, "Call to confirm") as usize, calls, "the counts stay");
    assert!(alone.attributes("aria-pressed").contains(&"true".to_owned()));
    assert_eq!(alone.html.matches("class=\"tier-row\"").count(), 1);
    assert!(alone.html.contains("scope=\"rowgroup\" class=\"text-ask_provider\""), "under its own heading");
    let all = alone.form("Compare").press(&api, &format!("☎ {calls} Call to confirm")).await;
    assert_eq!(all.html.matches("data-row").count(), 20, "pressed again, it shows all");
    assert_eq!(post(&api, "/", &asked(&[("tier", "nothing")])).await.html.matches("data-row").count(), 20);
}

#[tokio::test]
async fn several_levels_of_care_have_a_section_each_and_the_limiting_one_is_named() {
    let folder = TempDir::new().unwrap();
    let api = Api::new(statements::app(folder.path()).await);
    let services = [("service", "home_infusion"), ("service", "home_health"), ("service", "home_infusion")];
    let question = [("near", "64108"), ("coverage", "medicare"), ("need_words", "iv antibiotics"), ("cursor", "")];
    let fields: Vec<(&str, &str)> = services.into_iter().chain(question).collect();
    let page = post(&api, "/", &fields).await;
    assert_eq!(page.status, StatusCode::OK, "{:.500}", page.text());
    assert_eq!(page.html.matches("class=\"level-section\"").count(), 2, "each level of care once");
    let same = json!({"services": ["home_infusion", "home_health"], "near": {"zip": "64108"},
        "coverage": {"program": "medicare"}, "needs": ["inf.abx"]});
    let answer = api.post("/v1/matches", same).await.json();
    let met = |at: usize| {
        let counts = answer["bundle"]["reports"][at]["counts"].as_object().unwrap();
        let matched: u64 = counts.values().filter_map(Value::as_u64).sum();
        (counts["ready"].as_u64().unwrap() + counts["meets"].as_u64().unwrap(), matched)
    };
    assert_ne!(met(0), met(1), "one level of care limits");
    let labels = ["Home infusion", "Home health"];
    let fewest = usize::from(met(1) < met(0));
    let limiting = page.part("limiting");
    assert!(limiting.contains(labels[fewest]) && !limiting.contains(labels[1 - fewest]), "{limiting}");
    let form = page.form("Find providers");
    let sent: Vec<&str> = form.fields.iter().filter(|(name, _)| name == "service").map(|(_, value)| value.as_str()).collect();
    assert_eq!(sent, ["home_infusion", "home_health"], "the form keeps both");
    let sheets: Vec<_> = page
        .forms()
        .into_iter()
        .filter(|form| form.buttons.iter().any(|(says, _)| says == "Compare up to five selected providers (opens a new tab)"))
        .collect();
    assert_eq!(sheets.iter().map(|form| form.value("service")).collect::<Vec<_>>(), ["home_infusion", "home_health"]);
    let sheet = sheets[1].press(&api, "Call sheet").await;
    assert_eq!(sheet.status, StatusCode::OK);
    sheet.says("Home health for 64108");
    let list = page.form("Choice list for all levels of care").press(&api, "Choice list for all").await;
    assert!(
        list.html.contains("home infusion services") && list.html.contains("home health agencies"),
        "{:.500}",
        list.text()
    );
    let fewer: Vec<(&str, &str)> = fields.iter().copied().chain([("change", "drop:service:home_health")]).collect();
    post(&api, "/", &fewer).await.says("Home infusion for 64108");
    let wrong: Vec<(&str, &str)> = fields.iter().copied().chain([("service", "spa")]).collect();
    let wrong = post(&api, "/", &wrong).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.part("service-fault").contains("spa"), "{}", wrong.part("errors"));
}

#[tokio::test]
async fn a_level_of_care_that_nobody_loaded_offers_is_marked() {
    let homes = crate::safety_surfaces::two_nights();
    let page = get(&Api::of(&homes.path().join("index")), "/").await;
    page.says("Assisted living (none loaded)");
    assert!(!get(&Api::sample(), "/").await.text().contains("(none loaded)"));
}
