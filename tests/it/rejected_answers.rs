//! Answers that a clinician would reject, each on a directory small enough to see why the other answer is right.

use std::sync::Arc;

use jiff::civil::{Date, date};
use placement::coverage::PlanDirectory;
use placement::discharge::parse::parse;
use placement::discharge::{Discharge, Notice, ParseContext};
use placement::evidence::{Evidence, Fact};
use placement::matching::candidate::{Directory, StatedRoom};
use placement::matching::rank;
use placement::matching::report::{Match, Report};
use placement::place::{Point, Precision, ZipTable};
use placement::profile::Fraction;
use placement::provider::answer_record::{AnswerCounts, AnswerRecord};
use placement::provider::quality::{QualityMeasure, Rating, RatingGap};
use placement::provider::safety::{SafetyFact, ServedGroup};
use placement::provider::{Ccn, Position, Provider, ProviderId, ServiceLine};
use placement::service::{Limit, Service};
use serde_json::{Value, json};

use crate::folder::read;
use crate::small_directory::SmallDirectory;

const TODAY: Date = date(2026, 11, 21);
const ZIP: &str = "64108";
const MILES_A_DEGREE: f64 = 69.094;

pub(crate) fn said<T>(value: T) -> Fact<T> {
    said_on(value, Some(date(2026, 11, 1)))
}

pub(crate) fn said_on<T>(value: T, day: Option<Date>) -> Fact<T> {
    Fact::new(value, Evidence::new("its profile", day))
}

/// A Medicare-certified provider so many miles north of the patient, with what `fill` says.
pub(crate) fn place(service: Service, name: &str, miles: f64, fill: impl FnOnce(&mut ServiceLine)) -> Provider {
    let letters = name.bytes().fold(0_u32, |sum, letter| sum.wrapping_mul(31).wrapping_add(letter.into()));
    let ccn: Ccn = format!("26{:04}", letters % 10_000).parse().unwrap();
    let patient = ZipTable::curated().get(ZIP.parse().unwrap()).unwrap().point;
    let point = Point::from_degrees(patient.latitude() + miles / MILES_A_DEGREE, patient.longitude()).unwrap();
    let mut line = ServiceLine::without_facts(service);
    line.medicare = Some(said(true));
    fill(&mut line);
    Provider {
        id: ProviderId::from(&ccn),
        ccn: Some(ccn),
        npis: Vec::new(),
        name: said(name.to_owned()),
        address: None,
        phone: None,
        position: Some(said(Position { point, precision: Precision::Address })),
        ownership: None,
        business: Vec::new(),
        suspected_exclusions: Vec::new(),
        lines: vec![line],
    }
}

pub(crate) fn home(name: &str, miles: f64, fill: impl FnOnce(&mut ServiceLine)) -> Provider {
    place(Service::SkilledNursing, name, miles, fill)
}

pub(crate) fn stars(line: &mut ServiceLine, stars: u8) {
    let measure = QualityMeasure::of(line.service).unwrap();
    line.rating = Some(said(Rating { measure, tenths: stars * 10 }));
}

pub(crate) fn yes(line: &mut ServiceLine, need: &str, day: Option<Date>) {
    line.answers.insert(need.parse().unwrap(), said_on(true, day));
}

/// The question about skilled nursing on Medicare near the patient, or with other fields; and the remarks on it.
pub(crate) fn question_with(plans: &PlanDirectory, fields: &Value) -> (Discharge, Vec<Notice>) {
    let mut asked =
        json!({"service": "skilled_nursing", "near": {"zip": ZIP}, "coverage": {"program": "medicare"}, "within_miles": 50});
    asked.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    asked.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let words = ParseContext { zips: ZipTable::curated(), plans, generation: "shelf" };
    let (question, remarks) = parse(&asked, &words, TODAY).unwrap_or_else(|faults| panic!("{asked}: {faults:?}"));
    (question.discharges[0].clone(), remarks)
}

pub(crate) fn asked_of(shelf: &SmallDirectory, fields: &Value) -> Report {
    let (discharge, remarks) = question_with(shelf.plans(), fields);
    rank(&discharge, shelf, &remarks)
}

pub(crate) fn answer(places: impl Into<Vec<Provider>>, fields: &Value) -> Report {
    asked_of(&SmallDirectory::new(places.into(), PlanDirectory::default()), fields)
}

/// Name and fit of each match, in order.
pub(crate) fn order(report: &Report) -> Vec<(&str, &'static str)> {
    report.matches.iter().map(|found| (found.provider.name.value.as_str(), found.fit.code())).collect()
}

pub(crate) fn named<'a>(report: &'a Report, name: &str) -> &'a Match {
    report.matches.iter().find(|found| found.provider.name.value == name).unwrap_or_else(|| panic!("{name} is missing"))
}

pub(crate) fn is_warned(report: &Report, name: &str, code: &str) -> bool {
    named(report, name).notices.iter().any(|notice| notice.code == code)
}

pub(crate) fn questions<'a>(report: &'a Report, name: &str) -> &'a [String] {
    let called = report.call_sheet.iter().find(|entry| entry.provider.name.value == name);
    called.map_or(&[], |entry| &entry.questions)
}

#[test]
fn a_special_focus_facility_is_not_first_because_its_stars_are_withheld() {
    let report = answer(
        [
            home("Special Focus", 0.5, |line| {
                line.rating_gap = Some(said(RatingGap::Withheld));
                line.safety = vec![said(SafetyFact::SpecialFocus)];
            }),
            home("One star", 24.0, |line| stars(line, 1)),
            home("Too new", 12.0, |line| line.rating_gap = Some(said(RatingGap::TooNew))),
        ],
        &json!({}),
    );
    assert_eq!(order(&report), [("Too new", "meets"), ("One star", "meets"), ("Special Focus", "meets")]);
    assert!(is_warned(&report, "Special Focus", "special_focus_facility"));
    assert!(is_warned(&report, "Special Focus", "rating_withheld"));
    let quality = |name| named(&report, name).parts.iter().find(|part| part.part.code() == "quality").unwrap().value;
    assert_eq!([quality("Special Focus"), quality("Too new")].map(Fraction::millionths), [0, 500_000]);
}

#[test]
fn a_home_that_says_it_has_no_room_is_not_first() {
    let best = home("Full", 0.5, |line| stars(line, 5));
    let fair = home("Silent", 20.0, |line| stars(line, 2));
    let open = home("Open", 30.0, |line| {
        stars(line, 1);
        line.availability = Some(said(true));
    });
    let mut shelf = SmallDirectory::new(vec![best.clone(), fair, open], PlanDirectory::default());
    let full = StatedRoom { from: TODAY, until: date(2026, 11, 24), room: false };
    shelf.rooms.insert((best.id.clone(), Service::SkilledNursing), vec![full]);
    let report = asked_of(&shelf, &json!({}));
    assert_eq!(order(&report), [("Open", "ready"), ("Silent", "meets"), ("Full", "no_room")]);
    assert_eq!(named(&report, "Full").availability.room_from, Some(date(2026, 11, 25)));
    let later = asked_of(&shelf, &json!({"discharge_on": "2026-11-25"}));
    assert_eq!(
        order(&later)[..2],
        [("Open", "ready"), ("Full", "meets")],
        "from the day room begins it is a place like others"
    );
}

#[test]
fn of_homes_that_are_full_the_one_whose_room_begins_first_stands_first() {
    let homes = ["Friday", "Unknown", "Monday"].map(|name| home(name, 2.0, |line| line.availability = Some(said(false))));
    let mut shelf = SmallDirectory::new(homes.to_vec(), PlanDirectory::default());
    for (home, until) in [(0, date(2026, 11, 26)), (2, date(2026, 11, 22))] {
        let full = StatedRoom { from: TODAY, until, room: false };
        shelf.rooms.insert((homes[home].id.clone(), Service::SkilledNursing), vec![full]);
    }
    let expected = [("Monday", "no_room"), ("Friday", "no_room"), ("Unknown", "no_room")];
    assert_eq!(order(&asked_of(&shelf, &json!({}))), expected);
}

#[test]
fn a_childrens_hospital_is_not_for_a_person_of_eighty_two() {
    let places = || {
        let childrens = home("Children's Hospital", 0.5, |line| {
            stars(line, 5);
            line.serves = vec![said(ServedGroup::Children)];
        });
        [childrens, home("Anybody's", 9.0, |line| stars(line, 3))]
    };
    let report = answer(places(), &json!({"patient": {"age": 82}}));
    assert_eq!(order(&report), [("Anybody's", "meets"), ("Children's Hospital", "ask_provider")]);
    assert!(is_warned(&report, "Children's Hospital", "serves_some_only"));
    assert_eq!(questions(&report, "Children's Hospital")[0], "Do you take adults?");
    let chance = &named(&report, "Children's Hospital").chance;
    assert_eq!(chance.likelihood.millionths(), 100_000, "one in ten says yes");
    let silent = answer(places(), &json!({}));
    assert_eq!(order(&silent)[1], ("Children's Hospital", "ask_provider"), "the question does not say how old");
    let child = answer(places(), &json!({"patient": {"age": 9}}));
    assert_eq!(order(&child), [("Children's Hospital", "meets"), ("Anybody's", "ask_provider")]);
}

#[test]
fn a_veterans_home_is_not_for_a_patient_who_is_not_known_to_be_a_veteran() {
    let places = || {
        let veterans = home("Veterans Home", 0.5, |line| {
            stars(line, 5);
            line.serves = vec![said(ServedGroup::Veterans)];
        });
        [veterans, home("Anybody's", 9.0, |line| stars(line, 3))]
    };
    let report = answer(places(), &json!({"patient": {"age": 82}}));
    assert_eq!(order(&report), [("Anybody's", "meets"), ("Veterans Home", "ask_provider")]);
    assert!(questions(&report, "Veterans Home")[0].contains("veterans"), "{:?}", report.call_sheet);
    let veteran = answer(places(), &json!({"patient": {"age": 82, "eligible": ["veterans"]}}));
    assert_eq!(order(&veteran), [("Veterans Home", "meets"), ("Anybody's", "meets")]);
    let sister = answer(places(), &json!({"patient": {"eligible": ["religious", "residents"]}}));
    assert_eq!(order(&sister)[1], ("Veterans Home", "ask_provider"));
}

#[test]
fn a_provider_only_in_an_old_list_is_not_called_certified() {
    let gone = || home("Gone", 0.5, |line| line.safety = vec![said(SafetyFact::NotInNewestList)]);
    let places = || [gone(), home("Listed", 9.0, |_| {})];
    let report = answer(places(), &json!({}));
    assert_eq!(order(&report), [("Listed", "meets"), ("Gone", "ask_plan")]);
    assert_eq!(named(&report, "Gone").network.status.code(), "unconfirmed");
    for coverage in [Value::Null, json!({"program": "self_pay"})] {
        let report = answer(places(), &json!({"coverage": coverage}));
        assert_eq!(order(&report), [("Listed", "meets"), ("Gone", "ask_provider")]);
        assert!(questions(&report, "Gone")[0].contains("Are you open?"), "{:?}", report.call_sheet);
        assert!(is_warned(&report, "Gone", "not_in_newest_list"));
    }
}

#[test]
fn a_home_to_which_payment_is_denied_is_not_called_certified_while_it_lasts() {
    let denied = |from, until| SafetyFact::PaymentDenial { from, until };
    let report = answer(
        [
            home("Denied", 0.5, |line| line.safety = vec![said(denied(date(2026, 11, 1), date(2026, 12, 1)))]),
            home("Denied once", 9.0, |line| line.safety = vec![said(denied(date(2024, 1, 1), date(2024, 2, 1)))]),
            home("Not certified", 0.5, |line| {
                line.medicare = Some(said(false));
                line.safety = vec![said(denied(date(2026, 11, 1), date(2026, 12, 1)))];
            }),
        ],
        &json!({}),
    );
    let expected = [("Denied once", "meets"), ("Denied", "ask_plan"), ("Not certified", "out_of_network")];
    assert_eq!(order(&report), expected);
    assert_eq!(named(&report, "Not certified").network.status.code(), "not_certified");
    assert!(is_warned(&report, "Denied", "payment_denial_in_force") && is_warned(&report, "Denied once", "payment_denial"));
}

/// A ZIP of one large hospital lies where its city is, so that its rehabilitation unit is found from next door.
#[test]
fn a_rehabilitation_unit_in_the_zip_of_its_hospital_is_not_missing_near_44106() {
    let units = "CMS Certification Number (CCN),Provider Name,Address Line 1,Address Line 2,City/Town,State,ZIP Code,County/Parish,Telephone Number,CMS Region,Ownership Type,Certification Date\n\
        36T180,LAKESIDE HOSPITAL,1 EUCLID AVENUE,,CLEVELAND,OH,44195,Cuyahoga,(216) 555-0136,5,Non-profit,01/16/1984\n";
    let read = read(&[("irf_general_2026-10.csv", units)]);
    let shelf = SmallDirectory::listing(read.night.providers, read.night.listed, read.night.plans);
    let near = json!({"service": "inpatient_rehab", "near": {"zip": "44106"}, "within_miles": 5});
    let report = asked_of(&shelf, &near);
    assert_eq!(order(&report), [("LAKESIDE HOSPITAL", "meets")]);
}

#[test]
fn an_undated_answer_does_not_stand_above_the_same_answer_with_a_date() {
    for age in [date(2026, 11, 1), date(2026, 5, 1), date(2025, 12, 1)] {
        let report = answer(
            [
                home("Undated", 2.0, |line| yes(line, "inf.abx", None)),
                home("Dated", 2.0, |line| yes(line, "inf.abx", Some(age))),
                home("Silent", 2.0, |_| {}),
            ],
            &json!({"needs": ["inf.abx"]}),
        );
        assert_eq!(order(&report), [("Dated", "meets"), ("Undated", "meets"), ("Silent", "ask_provider")], "{age}");
    }
}

#[test]
fn five_stars_at_36_8_miles_do_not_stand_above_one_star_at_2_4() {
    let places = || [home("Far", 36.8, |line| stars(line, 5)), home("Near", 2.4, |line| stars(line, 1))];
    for radius in [40, 50, 100, 500] {
        let report = answer(places(), &json!({"within_miles": radius}));
        assert_eq!(order(&report), [("Near", "meets"), ("Far", "meets")], "a radius of {radius} miles reorders nobody");
    }
}

#[test]
fn who_says_nothing_does_not_stand_above_who_says_what_suits() {
    // Both state what suits this patient; one said it long ago, which must not cost it its place.
    let old = Some(date(2019, 3, 1));
    let patient = json!({"weight_lb": 180, "age": 70, "languages": ["en"], "sex": "female", "start_within_hours": 72, "drug_cost_a_day": 20});
    for what in 0..6 {
        let stating = home("Stating", 2.0, |line| match what {
            0 => drop(line.limits.insert(Limit::MaxWeight, said_on(400, old))),
            1 => drop(line.limits.insert(Limit::MaxAge, said_on(90, old))),
            2 => line.languages = Some(said_on(vec!["en".to_owned()], old)),
            3 => line.only_sex = Some(said_on(placement::provider::Sex::Female, old)),
            4 => line.start_of_care_hours = Some(said_on(48, old)),
            _ => drop(line.limits.insert(Limit::CostCeiling, said_on(100, old))),
        });
        let report = answer([home("Silent", 2.0, |_| {}), stating], &json!({"patient": patient}));
        let [first, second] = [0, 1].map(|at| &report.matches[at]);
        let (silent, stating) = (named(&report, "Silent"), named(&report, "Stating"));
        assert_eq!([first.fit.code(), second.fit.code()], ["meets", "meets"]);
        assert!(stating.worth >= silent.worth, "{what}: {} against {}", stating.worth.value(), silent.worth.value());
    }
    let known = answer(
        [home("Silent", 0.5, |line| stars(line, 5)), home("Known", 20.0, |line| yes(line, "resp.trach", old))],
        &json!({"needs": ["resp.trach"]}),
    );
    assert_eq!(order(&known), [("Known", "meets"), ("Silent", "ask_provider")]);
}

#[test]
fn an_empty_list_is_no_evidence_that_there_is_nobody() {
    let far = place(Service::HomeInfusion, "Far", 400.0, |_| {});
    let report = answer([far], &json!({"service": "home_infusion", "within_miles": null}));
    assert!(report.matches.is_empty() && report.network_gap.is_none());
    let remark = &report.remarks[0];
    assert_eq!(remark.code, "area_not_loaded");
    assert!(remark.text.contains("within 300 miles of 64108; the nearest is 400.0 miles away"), "{}", remark.text);
    let nobody = answer([], &json!({"service": "home_infusion", "within_miles": null}));
    assert_eq!((nobody.remarks[0].code, nobody.network_gap), ("service_not_loaded", None));
}

#[test]
fn a_refused_interpreter_is_shown_and_asked_about_and_keeps_nobody_out() {
    let no = |line: &mut ServiceLine| drop(line.answers.insert("lang.interpreter".parse().unwrap(), said(false)));
    let report = answer([home("Refuses", 2.0, no), home("Silent", 9.0, |_| {})], &json!({"needs": ["lang.interpreter"]}));
    assert_eq!(order(&report), [("Refuses", "ask_provider"), ("Silent", "ask_provider")]);
    assert!(report.left_out.is_empty() && is_warned(&report, "Refuses", "unlawful_refusal"));
    let notice = named(&report, "Refuses").notices.iter().find(|notice| notice.code == "unlawful_refusal").unwrap();
    assert!(notice.text.contains("may violate federal law") && notice.text.contains("45 CFR 92.201"), "{}", notice.text);
    assert!(questions(&report, "Refuses")[0].starts_with("Will you take a patient"));
}

#[test]
fn refusals_of_a_person_are_protected_and_clinical_ones_are_not() {
    let persons =
        ["sud.methadone", "sud.buprenorphine", "sud.recovery", "lang.interpreter", "beh.psych", "pop.idd", "pop.hiv"];
    for code in persons.into_iter().chain(["resp.vent", "renal.hd-onsite", "iso.contact", "wound.npwt"]) {
        let Ok(need) = code.parse::<placement::service::Need>() else { panic!("{code} is no need") };
        assert_eq!(need.entry().guarded, persons.contains(&code), "{code}");
    }
}

#[test]
fn pasrr_comes_before_any_word_of_a_refusal() {
    for need in ["beh.psych", "pop.idd"] {
        for importance in ["required", "preferred"] {
            let refuses = home("Refuses", 2.0, |line| drop(line.answers.insert(need.parse().unwrap(), said(false))));
            let needs = json!({"needs": [{"need": need, "importance": importance}]});
            let report = answer([refuses, home("Silent", 9.0, |_| {})], &needs);
            for name in ["Refuses", "Silent"] {
                assert!(is_warned(&report, name, "pasrr_needed"), "{need} {importance} {name}");
                assert!(!is_warned(&report, name, "unlawful_refusal"), "{need} {importance} {name}");
            }
        }
    }
}

#[test]
fn a_home_that_most_likely_says_yes_stands_among_those_that_meet_the_requirements() {
    // Of nursing homes 94 in 100 take more than 325 lb (Felix and others, 2016).
    let report = answer(
        [
            home("States 400 lb", 20.0, |line| drop(line.limits.insert(Limit::MaxWeight, said(400)))),
            home("Silent", 2.0, |_| {}),
        ],
        &json!({"patient": {"weight_lb": 380}}),
    );
    assert_eq!(order(&report), [("Silent", "ask_provider"), ("States 400 lb", "meets")], "it keeps its words");
    // Half of those who do not say whether they speak it do, as far as anybody knows: no published rate.
    let report = answer(
        [home("Speaks it", 20.0, |line| line.languages = Some(said(vec!["es".to_owned()]))), home("Silent", 2.0, |_| {})],
        &json!({"patient": {"languages": ["es"]}}),
    );
    assert_eq!(order(&report), [("Speaks it", "meets"), ("Silent", "ask_provider")]);
}

#[test]
fn eighty_points_and_one_chance_in_two_are_worth_forty() {
    let room = |yes, asked| {
        let room = AnswerCounts { yes, asked, ..AnswerCounts::default() };
        Some(Arc::new(AnswerRecord { room, ..AnswerRecord::default() }))
    };
    let report = answer(
        [
            home("Often full", 2.0, |line| {
                stars(line, 5);
                line.record = room(0, 8);
            }),
            home("Mostly room", 15.0, |line| {
                stars(line, 2);
                line.record = room(8, 10);
            }),
        ],
        &json!({}),
    );
    assert_eq!(order(&report), [("Mostly room", "meets"), ("Often full", "meets")]);
    // (0 + 2 x 1/2) / (8 + 2) and (8 + 2 x 1/2) / (10 + 2).
    let rooms = ["Often full", "Mostly room"].map(|name| named(&report, name).chance.room.millionths());
    assert_eq!(rooms, [100_000, 750_000]);
    for found in &report.matches {
        assert!((found.worth.value() - found.score.value() * found.chance.chance.value()).abs() < 0.001);
    }
}

#[test]
fn measures_count_as_the_policy_says() {
    use placement::provider::quality::{MeasureValue, NationalComparison, SupportingMeasure};
    type Fill = fn(&mut ServiceLine);
    let rated: fn(&mut ServiceLine, u8, Option<Date>) = |line, tenths, day| {
        let measure = QualityMeasure::of(line.service).unwrap();
        line.rating = Some(said_on(Rating { measure, tenths }, day));
    };
    let cases: [(Service, Fill, f64); 12] = [
        (Service::SkilledNursing, |line| stars(line, 4), 0.75),
        (Service::SkilledNursing, |line| line.rating_gap = Some(said(RatingGap::Withheld)), 0.0),
        (Service::SkilledNursing, |line| line.rating_gap = Some(said(RatingGap::Unexplained)), 0.25),
        (Service::SkilledNursing, |line| line.rating_gap = Some(said(RatingGap::TooSmall)), 0.5),
        (
            Service::SkilledNursing,
            |line| {
                stars(line, 5);
                line.safety = vec![said(SafetyFact::AbuseIcon)];
            },
            0.25,
        ),
        (Service::SkilledNursing, |line| line.safety = vec![said(SafetyFact::AbuseIcon)], 0.25),
        (
            Service::Hospice,
            |line| line.rating = Some(said(Rating { measure: QualityMeasure::HospiceCareIndex, tenths: 90 })),
            0.75,
        ),
        (
            Service::Hospice,
            |line| {
                line.rating = Some(said(Rating { measure: QualityMeasure::HospiceCareIndex, tenths: 90 }));
                line.measures.insert(SupportingMeasure::FamilyCaregiverStar, said(MeasureValue::Hundredths(200)));
            },
            0.5,
        ),
        (
            Service::InpatientRehab,
            |line| {
                line.rating = Some(said(Rating { measure: QualityMeasure::DischargeToCommunity, tenths: 10 }));
                let worse = MeasureValue::Compared(NationalComparison::Worse);
                line.measures.insert(SupportingMeasure::Readmission, said(worse));
            },
            0.3,
        ),
        (
            Service::LongTermAcute,
            |line| {
                line.rating = Some(said(Rating { measure: QualityMeasure::DischargeToCommunity, tenths: 5 }));
                let better = MeasureValue::Compared(NationalComparison::Better);
                line.measures.insert(SupportingMeasure::CDifficile, said(better));
            },
            0.5,
        ),
        (Service::Dialysis, |line| stars(line, 2), 0.25),
        (Service::AssistedLiving, |_| {}, 0.5),
    ];
    for (service, fill, expected) in cases {
        let comes = service == Service::Hospice;
        let radius = if comes { Value::Null } else { json!(50) };
        let report = answer([place(service, "One", 2.0, fill)], &json!({"service": service.code(), "within_miles": radius}));
        let part = report.matches[0].parts.iter().find(|part| part.part.code() == "quality").unwrap();
        assert_eq!(part.value, Fraction::new(expected), "{service}: {}", part.why);
    }
    // The newest rating of its measure is of November 2026: eighteen months before it is May 2025.
    for (day, expected) in [(Some(date(2025, 5, 1)), 1.0), (Some(date(2025, 4, 30)), 0.75), (None, 0.75)] {
        let old = home("Old", 2.0, |line| rated(line, 50, day));
        let report = answer([old, home("New", 400.0, |line| stars(line, 1))], &json!({}));
        let part = report.matches[0].parts.iter().find(|part| part.part.code() == "quality").unwrap();
        assert_eq!(part.value, Fraction::new(expected), "{day:?}");
    }
}

#[test]
fn the_shelf_holds_its_providers_under_different_ids() {
    let names = ["Special Focus", "One star", "Too new", "Full", "Silent", "Open", "Friday", "Unknown", "Monday"];
    let ids: std::collections::BTreeSet<_> = names.map(|name| Arc::new(home(name, 1.0, |_| {})).id.clone()).into();
    assert_eq!(ids.len(), names.len());
}
