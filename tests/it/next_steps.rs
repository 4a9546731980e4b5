//! What to do next: whom to call and what to ask, what to change in the question, and the evidence of a gap in a network.

use jiff::civil::{Date, date};
use placement::catalog::network_bitmap::NetworkBitmap;
use placement::coverage::{AffiliationTerms, Network, NetworkId, Payer, Plan, PlanDirectory, TermsId};
use placement::matching::candidate::StatedRoom;
use placement::matching::report::{Report, SuggestedChange};
use placement::provider::safety::SafetyFact;
use placement::provider::{Provider, ServiceLine};
use placement::serve::json::report::{AnswerContext, AnswerJson};
use placement::service::Service;
use serde_json::{Value, json};

use crate::matching_rules::{SURVEYED_LONG_AGO, shelf};
use crate::network_statuses::{FRESH, OLD, listed, second, whole};
use crate::rejected_answers::{answer, asked_of, home, order, place, questions, said, said_on, yes};
use crate::small_directory::{SmallDirectory, manifest};

/// The answer for a member of a plan with one network, which lists the places named on `terms`.
fn insured(places: Vec<Provider>, listing: &[&str], network: Network, terms: AffiliationTerms, fields: &Value) -> Report {
    let mut listed = NetworkBitmap::default();
    for place in places.iter().filter(|place| listing.contains(&place.name.value.as_str())) {
        listed.add(&place.id, place.lines[0].service, vec![TermsId(0)]);
    }
    let plan = Plan { name: "Larkwater Gold".to_owned(), payer: Some(0), networks: vec![NetworkId(0)] };
    let payers = vec![Payer { name: "Larkwater Mutual".to_owned() }];
    let plans = PlanDirectory { payers, plans: vec![plan], networks: vec![network], terms: vec![terms] };
    let mut asked = json!({"coverage": {"plan": "Larkwater Gold"}});
    asked.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    asked_of(&SmallDirectory::listing(places, listed, plans), &asked)
}

#[test]
fn a_gap_is_counted_only_where_a_whole_young_directory_has_nobody_who_meets_the_requirements() {
    let takes = |name, miles| home(name, miles, |line| yes(line, "resp.vent", Some(FRESH)));
    let full = || {
        let mut full = takes("Listed, full", 0.8);
        full.lines[0].availability = Some(said(false));
        full
    };
    let places = || {
        let silent = |name, miles| home(name, miles, |_| {});
        vec![full(), silent("Listed, silent", 1.0), silent("Silent", 2.0), takes("Far", 20.0), takes("Near", 9.0)]
    };
    let two = &["Listed, full", "Listed, silent"];
    let needs = json!({"needs": ["resp.vent"]});
    let asked = |network, listing: &[&str], fields| insured(places(), listing, network, listed(), fields);
    let gap = asked(whole(Some(FRESH)), two, &needs).network_gap.unwrap();
    assert_eq!(gap.checked, 5);
    let failing: Vec<(&str, u32)> = gap.failing.iter().map(|(code, count)| (code.as_str(), *count)).collect();
    assert_eq!(failing, [("ask_provider", 1), ("no_room", 1), ("out_of_network", 3)]);
    assert_eq!(gap.nearest_capable.unwrap().0.name.value, "Near", "the nearest that takes the patient and is not listed");
    for (why, network, listing, fields) in [
        ("one meets the requirements", whole(Some(FRESH)), &["Far"][..], &needs),
        ("the directory is old", whole(Some(OLD)), two, &needs),
        ("the directory has no date", whole(None), two, &needs),
        ("the directory is not whole", second(false), two, &needs),
        ("nobody was checked", whole(Some(FRESH)), &[], &json!({"within_miles": 0.5})),
    ] {
        assert_eq!(asked(network, listing, fields).network_gap, None, "{why}");
    }
    let hospice = place(Service::Hospice, "Hospice", 2.0, |line| line.medicare = Some(said(false)));
    let asked = json!({"service": "hospice", "within_miles": null});
    let hospice = insured(vec![hospice], &[], whole(Some(FRESH)), listed(), &asked);
    assert_eq!(hospice.network_gap, None, "Original Medicare pays hospice, so no network has a gap");
}

#[test]
fn who_is_out_of_network_is_not_called_and_the_plan_is_asked_of_who_is_not_confirmed() {
    let places = || vec![home("One", 2.0, |_| {})];
    let out = insured(places(), &[], whole(Some(FRESH)), listed(), &json!({}));
    assert_eq!((order(&out), out.call_sheet.len()), (vec![("One", "out_of_network")], 0));
    let old = insured(places(), &[], whole(Some(OLD)), listed(), &json!({}));
    assert!(questions(&old, "One")[0].starts_with("Are you in network for Larkwater Gold"), "{:?}", questions(&old, "One"));
    let hospice = place(Service::Hospice, "Hospice", 2.0, |line| line.medicare = None);
    let asked = json!({"service": "hospice", "within_miles": null});
    let hospice = insured(vec![hospice], &[], whole(Some(FRESH)), listed(), &asked);
    assert!(questions(&hospice, "Hospice")[0].starts_with("Are you certified for Medicare"), "{:?}", hospice.call_sheet);
}

#[test]
fn an_old_refusal_of_a_person_is_asked_about_once() {
    let refuses = home("Refuses", 2.0, |line| {
        line.answers.insert("sud.methadone".parse().unwrap(), said_on(false, Some(SURVEYED_LONG_AGO)));
    });
    let report = answer([refuses], &json!({"needs": ["sud.methadone"]}));
    let asked = questions(&report, "Refuses");
    assert_eq!(asked.len(), 2, "the need and a bed: {asked:?}");
    assert!(asked[0].starts_with("Will you take a patient"), "{asked:?}");
}

#[test]
fn a_full_home_is_asked_for_the_day_its_room_begins() {
    let report = with_rooms(&[(home("Full", 2.0, |_| {}), date(2026, 11, 21), date(2026, 11, 24))], &json!({}));
    assert_eq!(questions(&report, "Full"), ["You stated no room on Nov 21, 2026. Will you have room from Nov 25, 2026?"]);
}

/// The suggested changes of the question, in order.
fn changes(report: &Report) -> Vec<String> {
    let in_words = |change: &SuggestedChange| match change {
        SuggestedChange::WithinMiles(miles) => format!("within {miles}"),
        SuggestedChange::DischargeOn(day) => format!("on {day}"),
        SuggestedChange::Confirm(asked) => format!("confirm {}", asked.code()),
    };
    report.suggestions.iter().map(|suggestion| in_words(&suggestion.change)).collect()
}

#[test]
fn the_smallest_radius_that_gains_a_place_is_suggested() {
    let near = || home("Near", 2.0, |_| {});
    for (miles, within, suggested) in [
        (30.2, 25.0, Some("within 31")),
        (49.5, 25.0, Some("within 50")),
        (50.5, 25.0, None),
        (50.2, 25.5, None),
        (120.5, 100.0, Some("within 121")),
    ] {
        let report = answer([near(), home("Far", miles, |_| {})], &json!({"within_miles": within}));
        assert_eq!(changes(&report), Vec::from_iter(suggested), "{miles} miles");
    }
    let silent = answer([near(), home("Silent", 30.2, |_| {})], &json!({"within_miles": 25, "needs": ["resp.trach"]}));
    assert!(!changes(&silent).contains(&"within 31".to_owned()), "who must be asked is no gain");
    for (miles, suggested) in [(200.0, Some("within 200")), (251.0, None)] {
        let report = answer([home("Far", miles - 0.5, |_| {})], &json!({"within_miles": 25}));
        assert_eq!(changes(&report), Vec::from_iter(suggested), "nobody within 25 miles, one at {miles}");
    }
    for (many, suggested) in [(9, Some("within 31")), (10, None)] {
        // Half of them say that they have room.
        let room = |n: u32| n.is_multiple_of(2).then(|| said(true));
        let named = |n| home(&format!("Home {n}"), 2.0, |line| line.availability = room(n));
        let mut homes: Vec<Provider> = (0..many).map(named).collect();
        homes.push(home("Far", 30.5, |_| {}));
        assert_eq!(changes(&answer(homes, &json!({"within_miles": 25}))), Vec::from_iter(suggested), "{many} meet");
    }
}

/// The answer about homes with the days each is full.
fn with_rooms(homes: &[(Provider, Date, Date)], fields: &Value) -> Report {
    let mut shelf = shelf(homes.iter().map(|(home, ..)| home.clone()).collect::<Vec<_>>());
    for (home, from, until) in homes {
        let full = StatedRoom { from: *from, until: *until, room: false };
        shelf.rooms.insert((home.id.clone(), Service::SkilledNursing), vec![full]);
    }
    asked_of(&shelf, fields)
}

#[test]
fn a_later_day_is_suggested_within_a_fortnight_if_it_gains_more_than_it_loses() {
    let today = date(2026, 11, 21);
    let home = |name| home(name, 2.0, |_| {});
    for (until, suggested) in
        [(date(2026, 11, 24), Some("on 2026-11-25")), (date(2026, 12, 4), Some("on 2026-12-05")), (date(2026, 12, 5), None)]
    {
        assert_eq!(changes(&with_rooms(&[(home("Full"), today, until)], &json!({}))), Vec::from_iter(suggested), "{until}");
    }
    let full = || (home("Full"), today, date(2026, 11, 24));
    let soon_full = |name| (home(name), date(2026, 11, 25), date(2026, 12, 31));
    assert!(changes(&with_rooms(&[full(), soon_full("Soon full")], &json!({}))).is_empty(), "one is gained and one lost");
    let two = [full(), (home("Full too"), today, date(2026, 11, 24)), soon_full("Soon full")];
    assert_eq!(changes(&with_rooms(&two, &json!({}))), ["on 2026-11-25"]);
}

#[test]
fn room_begins_after_the_last_of_the_full_days_in_a_row() {
    let home = home("Full", 2.0, |_| {});
    let mut shelf = shelf([home.clone()]);
    let full = |from, until| StatedRoom { from, until, room: false };
    let days = vec![
        full(date(2026, 11, 21), date(2026, 11, 24)),
        full(date(2026, 11, 25), date(2026, 11, 26)),
        full(date(2026, 11, 28), date(2026, 11, 30)),
    ];
    shelf.rooms.insert((home.id, Service::SkilledNursing), days);
    for (on, fit, from) in [
        ("2026-11-21", "no_room", Some(date(2026, 11, 27))),
        ("2026-11-26", "no_room", Some(date(2026, 11, 27))),
        ("2026-11-27", "meets", None),
        ("2026-11-30", "no_room", Some(date(2026, 12, 1))),
    ] {
        let report = asked_of(&shelf, &json!({"discharge_on": on}));
        assert_eq!((order(&report), report.matches[0].availability.room_from), (vec![("Full", fit)], from), "{on}");
    }
}

#[test]
fn the_service_that_will_hold_the_patient_up_has_the_fewest_that_meet_the_requirements() {
    let agency = |name, takes: bool| {
        place(Service::HomeHealth, name, 2.0, |line| {
            if takes {
                yes(line, "resp.trach", Some(FRESH));
            }
        })
    };
    let homes = |takes: usize, all: usize| -> Vec<Provider> {
        let fill = |n: usize| {
            move |line: &mut ServiceLine| {
                if n < takes {
                    yes(line, "resp.trach", Some(FRESH));
                }
            }
        };
        (0..all).map(|n| home(&format!("Home {n}"), 2.0, fill(n))).collect()
    };
    let weakest = |homes: Vec<Provider>, agencies: Vec<Provider>| {
        let (homes, agencies) = (shelf(homes), shelf(agencies));
        let visits = asked_of(&agencies, &json!({"needs": ["resp.trach"], "service": "home_health", "within_miles": null}));
        let reports = [visits, asked_of(&homes, &json!({"needs": ["resp.trach"]}))];
        let (plans, manifest) = (PlanDirectory::default(), manifest());
        let ground = AnswerContext { manifest: &manifest, plans: &plans, told: None };
        let answer = serde_json::to_value(AnswerJson::new(&reports, true, ground)).unwrap();
        answer["bundle"]["weakest"].as_str().unwrap().to_owned()
    };
    let one = || vec![agency("One", true)];
    assert_eq!(weakest(homes(0, 3), one()), "skilled_nursing", "no home is known to take the patient");
    assert_eq!(weakest(homes(1, 1), vec![agency("One", true), agency("Two", false)]), "skilled_nursing", "fewer in all");
    assert_eq!(weakest(homes(1, 1), one()), "home_health", "of equals the first asked");
}

#[test]
fn the_end_of_a_denial_and_the_first_day_in_a_network_are_suggested() {
    let denial = SafetyFact::PaymentDenial { from: date(2026, 11, 1), until: date(2026, 11, 30) };
    let denied = answer([home("Denied", 2.0, |line| line.safety = vec![said(denial)])], &json!({}));
    assert_eq!(changes(&denied), ["on 2026-12-01"]);
    let begins = AffiliationTerms { begin: Some(date(2026, 12, 1)), ..listed() };
    let soon = insured(vec![home("Soon", 2.0, |_| {})], &["Soon"], whole(Some(FRESH)), begins, &json!({}));
    assert_eq!(changes(&soon), ["on 2026-12-01"]);
}

#[test]
fn what_gains_most_is_confirmed_first_and_names_whom_to_call_in_order() {
    let needs = ["resp.trach", "inf.abx", "wound.npwt", "rehab.stroke"];
    // Each home is silent on one need only: four on the last, three on the one before, and so on.
    let mut homes = Vec::new();
    for (at, silent) in needs.iter().enumerate() {
        for n in 0..=at {
            homes.push(home(&format!("{silent} {n}"), [8.0, 20.0, 2.0, 14.0][n], |line| {
                for need in needs.iter().filter(|need| *need != silent) {
                    yes(line, need, Some(FRESH));
                }
            }));
        }
    }
    let report = answer(homes, &json!({"needs": needs}));
    assert_eq!(changes(&report), ["confirm rehab.stroke", "confirm wound.npwt", "confirm inf.abx"]);
    for suggestion in &report.suggestions {
        let SuggestedChange::Confirm(asked) = suggestion.change else { panic!("a confirmation") };
        let silent = report.matches.iter().filter(|found| found.provider.name.value.starts_with(asked.code()));
        let called: Vec<_> = silent.map(|found| found.provider.id.clone()).collect();
        assert_eq!(suggestion.providers, called, "{}", suggestion.text);
    }
}

#[test]
fn a_wider_radius_is_suggested_only_where_fewer_than_a_thousand_are_in_reach() {
    for (many, suggested) in [(999, Some("within 31")), (1000, None)] {
        let silent = (0..many).map(|n| home(&format!("Home {n}"), 2.0, |_| {}));
        let far = home("Far", 30.5, |line| yes(line, "resp.trach", Some(FRESH)));
        let report = answer(silent.chain([far]).collect::<Vec<_>>(), &json!({"within_miles": 25, "needs": ["resp.trach"]}));
        let changes = changes(&report);
        let wider = changes.iter().find(|change| change.starts_with("within"));
        assert_eq!(wider.map(String::as_str), suggested, "{many} in reach");
    }
}
