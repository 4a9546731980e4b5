//! Rules of matching at their edges: the last day that counts, the first that does not, and what is said beside an answer.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use placement::coverage::{AffiliationTerms, PlanDirectory};
use placement::evidence::Tristate;
use placement::matching::candidate::{Directory, LineId, StatedRoom};
use placement::matching::explain::{Explanation, explain};
use placement::matching::rank;
use placement::matching::report::{FitTier, Report, SuggestedChange};
use placement::place::{Miles, Precision};
use placement::profile::Fraction;
use placement::provider::quality::{MeasureValue, NationalComparison, QualityMeasure, Rating, RatingGap, SupportingMeasure};
use placement::provider::safety::{SafetyFact, ServedGroup};
use placement::provider::{OperatingStatus, Provider, ServiceArea, ServiceLine, Sex};
use placement::service::{Limit, Service};
use serde_json::{Value, json};

use crate::network_statuses::{FRESH, JUST_FRESH, OLD, World, listed, network, plainly, second, whole};
use crate::rejected_answers::{
    answer, asked_of, home, is_warned, named, order, place, question_with, questions, said, said_on, stars, yes,
};
use crate::small_directory::SmallDirectory;

/// The codes of the notices on a match as the API shows it, in order.
fn codes(found: &Value) -> Vec<&str> {
    found["match"]["notices"].as_array().unwrap().iter().map(|notice| notice["code"].as_str().unwrap()).collect()
}

/// The last day a survey counts as recent, and the day before.
pub(crate) const SURVEYED: Date = date(2024, 11, 21);
pub(crate) const SURVEYED_LONG_AGO: Date = date(2024, 11, 20);

#[test]
fn a_listing_without_a_day_or_over_90_days_old_is_marked() {
    for (day, marks) in [(Some(JUST_FRESH), vec![]), (Some(OLD), vec!["old_evidence"]), (None, vec!["undated_evidence"])] {
        let found = World::listing([plainly(0, day)]).with([whole(day)]).found();
        assert_eq!(codes(&found), marks, "{day:?}");
    }
}

#[test]
fn an_answer_over_two_years_old_is_marked_and_asked_again() {
    for (day, is_old) in [(SURVEYED, false), (SURVEYED_LONG_AGO, true)] {
        let report = answer([home("Surveyed", 2.0, |line| yes(line, "inf.abx", Some(day)))], &json!({"needs": ["inf.abx"]}));
        assert_eq!(is_warned(&report, "Surveyed", "old_evidence"), is_old, "{day}");
        let again = questions(&report, "Surveyed").iter().any(|question| question.starts_with("Is this still so"));
        assert_eq!(again, is_old, "{day}");
    }
    let undated = answer([home("Undated", 2.0, |line| yes(line, "inf.abx", None))], &json!({"needs": ["inf.abx"]}));
    assert!(is_warned(&undated, "Undated", "undated_evidence"));
}

#[test]
fn a_rating_over_90_days_old_is_marked() {
    for (day, is_old) in [(JUST_FRESH, false), (OLD, true)] {
        let rating = Rating { measure: QualityMeasure::NursingHomeOverall, tenths: 40 };
        let report = answer([home("Rated", 2.0, |line| line.rating = Some(said_on(rating, Some(day))))], &json!({}));
        assert_eq!(is_warned(&report, "Rated", "old_evidence"), is_old, "{day}");
    }
}

#[test]
fn a_position_that_is_not_exact_is_said() {
    let at = |precision: Precision| {
        let mut home = home("Placed", 2.0, |_| {});
        home.position.as_mut().unwrap().value.precision = precision;
        answer([home], &json!({}))
    };
    for precision in [Precision::Approximate, Precision::Zip, Precision::City] {
        assert!(is_warned(&at(precision), "Placed", "position_not_exact"), "{precision:?}");
    }
    assert!(!is_warned(&at(Precision::Address), "Placed", "position_not_exact"));
}

#[test]
fn whom_a_place_is_for_is_asked_only_where_it_is_not_known() {
    let veterans = || [home("Veterans Home", 2.0, |line| line.serves = vec![said(ServedGroup::Veterans)])];
    for (patient, asks) in [(json!({}), true), (json!({"eligible": ["veterans"]}), false)] {
        let report = answer(veterans(), &json!({"patient": patient}));
        let notices = &named(&report, "Veterans Home").notices;
        let notice = notices.iter().find(|notice| notice.code == "serves_some_only").unwrap();
        assert_eq!(notice.text.contains("ask whether it takes this patient"), asks, "{}", notice.text);
    }
}

#[test]
fn a_denial_of_payment_counts_on_the_day_of_discharge() {
    let denial = SafetyFact::PaymentDenial { from: date(2026, 11, 25), until: date(2026, 12, 1) };
    let denied = || [home("Denied", 2.0, |line| line.safety = vec![said(denial)])];
    for (on, fit, code) in [
        ("2026-11-24", "meets", "payment_denial"),
        ("2026-11-25", "ask_plan", "payment_denial_in_force"),
        ("2026-12-01", "ask_plan", "payment_denial_in_force"),
        ("2026-12-02", "meets", "payment_denial"),
    ] {
        let report = answer(denied(), &json!({"discharge_on": on}));
        assert_eq!(order(&report), [("Denied", fit)], "{on}");
        assert!(is_warned(&report, "Denied", code), "{on}");
    }
}

#[test]
fn safety_is_said_before_anything_else() {
    let report = answer(
        [home("Cited", 2.0, |line| {
            line.serves = vec![said(ServedGroup::Veterans)];
            line.safety = vec![said(SafetyFact::AbuseIcon)];
        })],
        &json!({}),
    );
    let codes: Vec<&str> = named(&report, "Cited").notices.iter().map(|notice| notice.code).collect();
    assert_eq!(codes, ["abuse_icon", "serves_some_only"]);
}

#[test]
fn of_two_listings_the_one_that_takes_new_patients_is_shown() {
    let refusing = AffiliationTerms { new_patients: Tristate::No, ..listed() };
    let networks = [network("Larkwater Core", true, Some(FRESH)), second(true)];
    let both = World::listing([refusing, plainly(1, Some(FRESH))]).with(networks).found();
    assert_eq!(both["match"]["network"]["network"], "Larkwater Wide");
}

#[test]
fn out_of_network_is_as_old_as_the_oldest_directory_that_does_not_list_it() {
    let found = World::new().with([whole(Some(date(2026, 10, 12))), second(true)]).found();
    assert_eq!(found["match"]["network"]["status"], "out_of_network");
    let parts = found["match"]["parts"].as_array().unwrap();
    let freshness = parts.iter().find(|part| part["part"] == "freshness").unwrap();
    assert_eq!(freshness["why"], "1 of 1 answers are dated; the oldest is 40 days old");
}

/// What one place is told of itself: the codes of what keeps it out, and the words; or its rank.
fn explained(shelf: &SmallDirectory, line: u32, fields: &Value) -> Result<u32, Vec<(String, String)>> {
    let (discharge, _) = question_with(shelf.plans(), fields);
    match explain(&discharge, shelf, LineId(line)).unwrap() {
        Explanation::Ranked { found, .. } => Ok(found.rank),
        Explanation::Excluded { bars, .. } => Err(bars.into_iter().map(|bar| (bar.reason.code(), bar.why)).collect()),
        Explanation::OtherService { .. } => panic!("it has the service"),
    }
}

pub(crate) fn shelf(places: impl Into<Vec<Provider>>) -> SmallDirectory {
    SmallDirectory::new(places.into(), PlanDirectory::default())
}

#[test]
fn a_place_right_at_the_radius_is_within_it_and_distances_are_not_rounded() {
    let places = || [home("One", 9.04, |_| {})];
    let miles = answer(places(), &json!({})).matches[0].distance.unwrap().value();
    for (radius, found) in [(miles, 1), (miles - 0.01, 0), (9.0, 0)] {
        assert_eq!(answer(places(), &json!({"within_miles": radius})).matches.len(), found, "{radius} miles");
    }
    let Err(bars) = explained(&shelf(places()), 0, &json!({"within_miles": miles - 0.01})) else { panic!("it is too far") };
    assert_eq!(bars, [("too_far".to_owned(), "just beyond 9.0 miles".to_owned())]);
}

#[test]
fn why_an_agency_does_not_come_is_said_with_its_area() {
    let agency = |miles, zips: Option<&str>| {
        shelf([place(Service::HomeHealth, "Agency", miles, |line| {
            if let Some(zip) = zips {
                line.area = ServiceArea::Zips(said(vec![zip.parse().unwrap()]));
            }
        })])
    };
    let asked = json!({"service": "home_health", "within_miles": null});
    let Err(far) = explained(&agency(40.0, None), 0, &asked) else { panic!("it does not come that far") };
    assert_eq!(far[0].0, "too_far");
    assert!(far[0].1.contains("publishes no service area and is assumed to come 25 miles"), "{}", far[0].1);
    for miles in [2.0, 40.0] {
        let Err(bars) = explained(&agency(miles, Some("64109")), 0, &asked) else { panic!("its area excludes the ZIP") };
        assert_eq!(bars[0].0, "outside_service_area", "{miles} miles");
        let counted = asked_of(&agency(miles, Some("64109")), &asked).left_out.values().sum::<u32>();
        assert_eq!(counted, u32::from(miles < 25.0), "only an agency nearby is counted");
    }
    assert_eq!(explained(&agency(40.0, Some("64108")), 0, &asked), Ok(1), "it serves the ZIP from wherever it is");
    let mut nowhere = home("Nowhere", 2.0, |_| {});
    nowhere.position = None;
    let Err(bars) = explained(&shelf([nowhere]), 0, &json!({})) else { panic!("nobody knows where it is") };
    assert_eq!(bars[0].0, "no_position");
}

#[test]
fn everything_that_keeps_a_place_out_is_told_and_it_is_counted_under_the_first() {
    let closed = home("Closed", 60.0, |line| {
        line.standing = OperatingStatus::Closed;
        line.answers.insert("resp.vent".parse().unwrap(), said(false));
        line.limits.insert(Limit::MaxWeight, said(300));
        line.only_sex = Some(said(Sex::Male));
    });
    let asked = json!({"needs": ["resp.vent"], "patient": {"weight_lb": 310, "sex": "female"}});
    let Err(bars) = explained(&shelf([closed.clone()]), 0, &asked) else { panic!("it has closed") };
    let reasons: Vec<&str> = bars.iter().map(|(reason, _)| reason.as_str()).collect();
    assert_eq!(reasons, ["closed", "too_far", "declines:resp.vent", "limit:size.max_lb", "limit:sex"]);
    let mut nearer = asked.clone();
    nearer["within_miles"] = json!(100);
    nearer["include"] = json!(["left_out"]);
    let listed = answer([closed], &nearer).left_out_list.unwrap();
    assert_eq!(listed[0].bar.reason.code(), "closed");
    let refuses = home("Refuses", 2.0, |line| {
        line.limits.insert(Limit::MaxWeight, said(300));
        line.only_sex = Some(said(Sex::Male));
    });
    let counted = answer([refuses], &nearer).left_out;
    assert_eq!(
        counted.into_keys().map(placement::matching::report::ExclusionReason::code).collect::<Vec<_>>(),
        ["limit:size.max_lb"]
    );
}

#[test]
fn those_left_out_are_listed_nearest_first() {
    let closed = |name, miles| home(name, miles, |line| line.standing = OperatingStatus::Closed);
    let places = [closed("Far", 20.0), closed("Near", 2.0), closed("Between", 9.0)];
    let listed = answer(places, &json!({"include": ["left_out"]})).left_out_list.unwrap();
    let names: Vec<&str> = listed.iter().map(|one| one.provider.name.value.as_str()).collect();
    assert_eq!(names, ["Near", "Between", "Far"]);
}

/// A home that says it has room, one that says nothing of it, one that must be asked, and one that is full.
fn of_every_tier() -> Vec<Provider> {
    let takes = |name, miles, room| {
        home(name, miles, |line| {
            yes(line, "resp.trach", Some(FRESH));
            line.availability = room;
        })
    };
    vec![
        takes("Full", 1.0, Some(said(false))),
        home("To ask", 2.0, |_| {}),
        takes("Silent", 9.0, None),
        takes("Open", 20.0, Some(said(true))),
    ]
}

#[test]
fn pages_and_explanations_give_the_ranks_of_the_whole_order() {
    let needs = json!({"needs": ["resp.trach"]});
    let whole = answer(of_every_tier(), &needs);
    let expected = [("Open", "ready"), ("Silent", "meets"), ("To ask", "ask_provider"), ("Full", "no_room")];
    assert_eq!(order(&whole), expected);
    for limit in 1..=4 {
        let (mut seen, mut cursor) = (Vec::new(), Value::Null);
        for _ in 0..=expected.len() {
            let page = answer(of_every_tier(), &json!({"needs": ["resp.trach"], "limit": limit, "cursor": cursor}));
            seen.extend(page.matches.iter().map(|found| (found.rank, found.provider.name.value.clone())));
            let Some(next) = page.next_cursor else { break };
            assert!(seen.len() < expected.len(), "nothing comes after the last page");
            cursor = json!(next);
        }
        let ranked: Vec<(u32, String)> = (1..).zip(expected.map(|(name, _)| name.to_owned())).collect();
        assert_eq!(seen, ranked, "{limit} on a page");
    }
    for found in &whole.matches {
        assert_eq!(explained(&shelf(of_every_tier()), found.line.0, &needs), Ok(found.rank), "{}", found.provider.name.value);
    }
}

#[test]
fn a_full_home_that_takes_the_patient_stands_before_one_that_must_be_asked() {
    let homes = [
        home("Must be asked", 1.0, |line| stars(line, 5)),
        home("Takes the patient", 20.0, |line| {
            stars(line, 1);
            yes(line, "resp.trach", Some(FRESH));
        }),
    ];
    let mut full = shelf(homes.clone());
    for (home, until) in homes.iter().zip([date(2026, 11, 22), date(2026, 11, 26)]) {
        let days = StatedRoom { from: date(2026, 11, 21), until, room: false };
        full.rooms.insert((home.id.clone(), Service::SkilledNursing), vec![days]);
    }
    let report = asked_of(&full, &json!({"needs": ["resp.trach"]}));
    assert_eq!(order(&report), [("Takes the patient", "no_room"), ("Must be asked", "no_room")]);
    assert!(report.suggestions.iter().all(|one| !matches!(one.change, SuggestedChange::Confirm(_))), "neither has a bed");
}

#[test]
fn a_known_negative_is_last_among_the_full_too() {
    let full = |name, miles, safety: Vec<SafetyFact>| {
        home(name, miles, |line| {
            line.availability = Some(said(false));
            line.safety = safety.into_iter().map(said).collect();
        })
    };
    let report = answer([full("Watched", 0.5, vec![SafetyFact::SpecialFocus]), full("Other", 24.0, vec![])], &json!({}));
    assert_eq!(order(&report), [("Other", "no_room"), ("Watched", "no_room")]);
}

#[test]
fn a_denial_in_force_is_last_also_where_nobody_asks_for_certification() {
    let denial = SafetyFact::PaymentDenial { from: date(2026, 11, 21), until: date(2026, 11, 21) };
    let denied = home("Denied", 0.5, |line| line.safety = vec![said(denial)]);
    let report = answer([denied, home("Other", 24.0, |_| {})], &json!({"coverage": {"program": "self_pay"}}));
    assert_eq!(order(&report), [("Other", "meets"), ("Denied", "meets")]);
}

#[test]
fn a_quality_says_in_words_what_changed_it() {
    let words = |service: Service, fill: fn(&mut ServiceLine)| {
        let report = answer([place(service, "One", 2.0, fill)], &json!({"service": service.code()}));
        report.matches[0].parts.iter().find(|part| part.part.code() == "quality").unwrap().why.clone()
    };
    let old = words(Service::SkilledNursing, |line| {
        line.rating = Some(said_on(Rating { measure: QualityMeasure::NursingHomeOverall, tenths: 40 }, None));
        line.safety = vec![said(SafetyFact::AbuseIcon)];
    });
    assert!(old.contains("counts half way to neutral") && old.contains("cited for abuse"), "{old}");
    for gap in RatingGap::ALL {
        let mut unrated = home("Unrated", 2.0, |_| {});
        unrated.lines[0].rating_gap = Some(said(gap));
        let report = answer([unrated], &json!({}));
        let part = report.matches[0].parts.iter().find(|part| part.part.code() == "quality").unwrap();
        assert!(part.why.contains(gap.label()), "{}", part.why);
    }
    let worse = words(Service::InpatientRehab, |line| {
        line.measures.insert(SupportingMeasure::Readmission, said(MeasureValue::Compared(NationalComparison::Worse)));
    });
    assert!(worse.contains("worse than the nation"), "{worse}");
}

#[test]
fn a_radius_that_is_not_given_is_that_of_the_service() {
    for (service, miles) in [
        (Service::SkilledNursing, 25.0),
        (Service::AssistedLiving, 25.0),
        (Service::Dialysis, 25.0),
        (Service::InpatientRehab, 50.0),
        (Service::HospiceInpatient, 50.0),
        (Service::LongTermAcute, 100.0),
    ] {
        let asked = json!({"service": service.code(), "within_miles": null});
        let (discharge, _) = question_with(&PlanDirectory::default(), &asked);
        assert_eq!(discharge.within.map(Miles::value), Some(miles), "{service}");
    }
}

#[test]
fn two_questions_that_differ_in_anything_have_different_lists() {
    let questions = [
        json!({}),
        json!({"within_miles": 49}),
        json!({"discharge_on": "2026-11-22"}),
        json!({"needs": ["inf.abx"]}),
        json!({"needs": [{"need": "inf.abx", "importance": "preferred"}]}),
        json!({"coverage": {"program": "medicaid", "state": "MO"}}),
        json!({"coverage": {"program": "medicaid", "state": "KS"}}),
        json!({"coverage": {"program": "self_pay"}}),
        json!({"profile": "track_record"}),
        json!({"patient": {"age": 82}}),
        json!({"patient": {"weight_lb": 82}}),
        json!({"patient": {"doses_a_day": 2}}),
        json!({"patient": {"start_within_hours": 24}}),
        json!({"patient": {"drug_cost_a_day": 24}}),
        json!({"patient": {"eligible": ["veterans"]}}),
        json!({"patient": {"eligible": ["religious"]}}),
        json!({"patient": {"sex": "male"}}),
        json!({"patient": {"languages": ["es"]}}),
        json!({"patient": {"languages": ["es", "vi"]}}),
    ];
    let lists: BTreeSet<String> = questions.iter().map(|fields| answer([], fields).list_id).collect();
    assert_eq!(lists.len(), questions.len());
    for (one, other) in [
        (json!({"languages": ["es", "vi"]}), json!({"languages": ["vi", "es"]})),
        (json!({"eligible": ["veterans", "religious"]}), json!({"eligible": ["religious", "veterans"]})),
        (json!({"age": 90}), json!({"age": 104})),
    ] {
        let [one, other] = [one, other].map(|patient| answer([], &json!({"patient": patient})).list_id);
        assert_eq!(one, other, "the same question in other words");
    }
}

#[test]
fn a_likely_place_keeps_its_words_and_is_counted_by_them() {
    let report = answer([home("Silent", 2.0, |_| {})], &json!({"patient": {"weight_lb": 380}}));
    assert_eq!(order(&report), [("Silent", "ask_provider")]);
    assert_eq!([FitTier::Meets, FitTier::AskProvider].map(|fit| report.count(fit)), [0, 1]);
}

/// The days of a fortnight, each its own question.
fn fortnight() -> impl Iterator<Item = String> {
    (21..=30).map(|day| format!("2026-11-{day}"))
}

#[test]
fn the_draw_favors_nobody_and_agencies_are_not_ordered_by_distance() {
    let agency = |name, miles| {
        place(Service::HomeHealth, name, miles, |line| {
            line.area = ServiceArea::Zips(said(vec!["64108".parse().unwrap()]));
        })
    };
    let first: BTreeSet<String> = fortnight()
        .map(|day| {
            let asked = json!({"service": "home_health", "within_miles": null, "discharge_on": day});
            answer([agency("Near", 1.0), agency("Far", 60.0)], &asked).matches[0].provider.name.value.clone()
        })
        .collect();
    assert_eq!(first.len(), 2, "one of two equals was first in every question");
}

#[test]
fn of_equals_the_nearer_is_first_where_the_patient_travels() {
    let quality_alone = json!({"patient_travels": {"quality": 1.0}});
    for day in fortnight() {
        let homes = [home("Far", 24.0, |line| stars(line, 4)), home("Near", 2.0, |line| stars(line, 4))];
        let report = answer(homes, &json!({"profile": quality_alone, "discharge_on": day}));
        assert_eq!(order(&report), [("Near", "meets"), ("Far", "meets")], "{day}");
    }
}

#[test]
fn an_answer_without_any_published_rating_says_what_orders_it() {
    let says = |report: &Report| report.remarks.iter().any(|remark| remark.code == "no_quality_measure");
    assert!(says(&answer([home("Unrated", 2.0, |_| {})], &json!({}))));
    assert!(!says(&answer([home("Unrated", 2.0, |_| {}), home("Rated", 9.0, |line| stars(line, 1))], &json!({}))));
    assert!(!says(&answer([], &json!({}))), "nobody is ordered");
}

#[test]
fn an_empty_answer_beside_places_of_the_service_is_not_called_unloaded() {
    let unloaded = |report: &Report| report.remarks.iter().any(|remark| remark.code.ends_with("_not_loaded"));
    assert!(!unloaded(&answer([home("Far", 60.0, |_| {})], &json!({}))), "the area is loaded");
    let closed = home("Closed", 2.0, |line| line.standing = OperatingStatus::Closed);
    let report = answer([closed, home("Farther", 400.0, |_| {})], &json!({}));
    assert!(!unloaded(&report) && report.matches.is_empty());
    let agency = place(Service::HomeHealth, "Closed", 400.0, |line| {
        line.area = ServiceArea::Zips(said(vec!["64108".parse().unwrap()]));
        line.standing = OperatingStatus::Closed;
    });
    let report = answer([agency], &json!({"service": "home_health", "within_miles": null}));
    assert!(!unloaded(&report) && report.matches.is_empty(), "an agency of the ZIP has closed");
}

#[test]
fn known_negatives_cap_the_measure_of_their_own_service_only() {
    let quality = |service: Service, fill: fn(&mut ServiceLine)| {
        let radius = if service == Service::HomeHealth { Value::Null } else { json!(50) };
        let report = answer([place(service, "One", 2.0, fill)], &json!({"service": service.code(), "within_miles": radius}));
        report.matches[0].parts.iter().find(|part| part.part.code() == "quality").unwrap().value
    };
    let unit = quality(Service::InpatientRehab, |line| {
        line.rating = Some(said(Rating { measure: QualityMeasure::DischargeToCommunity, tenths: 10 }));
        line.measures.insert(SupportingMeasure::Readmission, said(MeasureValue::Compared(NationalComparison::Worse)));
        line.safety = vec![said(SafetyFact::AbuseIcon)];
    });
    assert_eq!(unit, Fraction::new(0.25), "the lower of two caps");
    let lowest = quality(Service::InpatientRehab, |line| {
        line.rating = Some(said(Rating { measure: QualityMeasure::DischargeToCommunity, tenths: 0 }));
        line.measures.insert(SupportingMeasure::Readmission, said(MeasureValue::Compared(NationalComparison::Worse)));
    });
    assert_eq!(lowest, Fraction::ZERO, "a cap never lifts");
    let agency = quality(Service::HomeHealth, |line| {
        stars(line, 4);
        line.measures.insert(SupportingMeasure::Readmission, said(MeasureValue::Compared(NationalComparison::Worse)));
        line.measures.insert(SupportingMeasure::FamilyCaregiverStar, said(MeasureValue::Hundredths(100)));
    });
    assert_eq!(agency, Fraction::new(0.75), "home health is ranked by its stars alone");
}

#[test]
fn a_wider_radius_never_reorders_two_equals() {
    for day in fortnight() {
        let first = |radius: u32| {
            let homes = [home("One", 2.0, |_| {}), home("Other", 2.0, |_| {})];
            let report = answer(homes, &json!({"discharge_on": day, "within_miles": radius}));
            report.matches[0].provider.name.value.clone()
        };
        assert!((26..45).all(|radius| first(radius) == first(25)), "{day}");
    }
}

#[test]
fn a_published_chance_that_is_just_likely_enough_is_enough_and_a_guess_is_not() {
    type Fill = fn(&mut ServiceLine);
    let to_400: Fill = |line| drop(line.limits.insert(Limit::MaxWeight, said(400)));
    let spanish: Fill = |line| line.languages = Some(said(vec!["es".to_owned()]));
    for (patient, fill, likely_enough, first) in [
        (json!({"weight_lb": 380}), to_400, 0.94, "Silent"),
        (json!({"weight_lb": 380}), to_400, 0.940_001, "Says yes"),
        // One in two is a guess: no rate is published.
        (json!({"languages": ["es"]}), spanish, 0.1, "Says yes"),
    ] {
        let mut worse = home("Says yes", 45.0, |line| stars(line, 1));
        fill(&mut worse.lines[0]);
        let shelf = shelf([worse, home("Silent", 1.0, |line| stars(line, 5))]);
        let (mut discharge, remarks) = question_with(shelf.plans(), &json!({"patient": patient}));
        discharge.profile.likely_enough = Fraction::new(likely_enough);
        let report = rank(&discharge, &shelf, &remarks);
        assert_eq!(report.matches[0].provider.name.value, first, "{patient}, {likely_enough} is likely enough");
        assert_eq!(named(&report, "Silent").fit, FitTier::AskProvider, "it keeps its words");
    }
}

#[test]
fn the_same_question_to_another_directory_gives_another_list() {
    let list = |generation| {
        let mut shelf = shelf([]);
        shelf.generation = generation;
        asked_of(&shelf, &json!({})).list_id
    };
    assert_eq!(list("20261121T120000Z-1a2b3c4d"), list("20261121T120000Z-1a2b3c4d"));
    assert_ne!(list("20261121T120000Z-1a2b3c4d"), list("20261122T120000Z-1a2b3c4d"));
}
