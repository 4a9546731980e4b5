//! The answer to each need or fact of a patient: yes, no or ask, with the numbers and the source.

use jiff::civil::{Date, date};
use placement::coverage::PlanDirectory;
use placement::discharge::ParseContext;
use placement::discharge::parse::parse;
use placement::evidence::{Evidence, Fact};
use placement::matching::rank;
use placement::place::ZipTable;
use placement::provider::safety::ServedGroup;
use placement::provider::{ServiceLine, Sex};
use placement::serve::json::report::{AnswerContext, AnswerJson};
use placement::service::{Limit, Service};
use serde_json::{Value, json};

use crate::network_statuses::{TODAY, facility};
use crate::small_directory::{SmallDirectory, manifest};

const LATELY: Option<Date> = Some(date(2026, 11, 1));

fn told<T>(value: T) -> Fact<T> {
    Fact::new(value, Evidence::new("its profile", LATELY))
}

/// The answer about one nursing facility, changed by `fill`, for a patient with `asks`.
fn answered(asks: &Value, fill: impl FnOnce(&mut ServiceLine)) -> Value {
    let mut line = ServiceLine::without_facts(Service::SkilledNursing);
    fill(&mut line);
    let plans = PlanDirectory::default();
    let shelf = SmallDirectory::new(vec![facility(vec![line])], plans.clone());
    let mut asked = json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "include": ["left_out"]});
    asked.as_object_mut().unwrap().extend(asks.as_object().unwrap().clone());
    let words = ParseContext { zips: ZipTable::curated(), plans: &plans, generation: "shelf" };
    let (question, remarks) = parse(&asked, &words, TODAY).unwrap_or_else(|faults| panic!("{asked}: {faults:?}"));
    let reports = [rank(&question.discharges[0], &shelf, &remarks)];
    let ground = AnswerContext { manifest: &manifest(), plans: &plans, told: None };
    serde_json::to_value(AnswerJson::new(&reports, false, ground)).unwrap()
}

/// Fit, answer, note and source of the only requirement of the only match.
fn only(report: &Value) -> [&str; 4] {
    let found = &report["matches"][0];
    let answer = &found["acceptance"]["answers"][0];
    let text = |value: &'_ Value| -> Option<String> { value.as_str().map(str::to_owned) };
    assert!(text(&found["fit"]).is_some(), "{report}");
    [&found["fit"], &answer["answer"], &answer["note"], &answer["source"]].map(|value| value.as_str().unwrap_or_default())
}

#[test]
fn limits_are_told_with_the_number_required_and_the_number_there_is() {
    type Fill = fn(&mut ServiceLine);
    let silent: Fill = |_| {};
    let to_350: Fill = |line| drop(line.limits.insert(Limit::MaxWeight, told(350)));
    let from_18: Fill = |line| drop(line.limits.insert(Limit::MinAge, told(18)));
    let two_doses: Fill = |line| drop(line.limits.insert(Limit::MaxDoses, told(2)));
    let spanish: Fill = |line| line.languages = Some(told(vec!["es".to_owned()]));
    let women: Fill = |line| line.only_sex = Some(told(Sex::Female));
    let to_100: Fill = |line| drop(line.limits.insert(Limit::CostCeiling, told(100)));
    let in_48: Fill = |line| line.start_of_care_hours = Some(told(48));
    let childrens: Fill = |line| line.serves = vec![told(ServedGroup::Children)];
    let veterans: Fill = |line| line.serves = vec![told(ServedGroup::Veterans)];
    for (patient, fill, expected) in [
        (json!({"weight_lb": 300}), to_350, ["meets", "yes", "350 lb > 300 lb", "its profile"]),
        (json!({"weight_lb": 350}), to_350, ["meets", "yes", "350 lb = 350 lb", "its profile"]),
        (json!({"weight_lb": 410}), silent, ["ask_provider", "unknown", "410 lb; no limit is stated", ""]),
        (json!({"age": 18}), from_18, ["meets", "yes", "18 years = 18 years", "its profile"]),
        (json!({"age": 12}), silent, ["ask_provider", "unknown", "12 years; no limit is stated", ""]),
        (json!({"doses_a_day": 2}), two_doses, ["meets", "yes", "2 doses per day = 2 doses per day", "its profile"]),
        (json!({"languages": ["es"]}), spanish, ["meets", "yes", "wanted es; spoken: es", "its profile"]),
        (json!({"languages": ["vi", "es"]}), spanish, ["meets", "yes", "wanted es or vi; spoken: es", "its profile"]),
        (json!({"languages": ["vi"]}), silent, ["ask_provider", "unknown", "wanted vi; spoken: not stated", ""]),
        (json!({"languages": ["en"]}), silent, ["meets", "", "", ""]),
        (json!({"weight_lb": 350}), silent, ["meets", "", "", ""]),
        (json!({"sex": "female"}), women, ["meets", "yes", "takes female patients only", "its profile"]),
        (
            json!({"drug_cost_a_day": 100}),
            to_100,
            ["meets", "yes", "100 dollars per day = 100 dollars per day", "its profile"],
        ),
        (json!({"drug_cost_a_day": 900}), silent, ["meets", "", "", ""]),
        (
            json!({"start_within_hours": 48}),
            in_48,
            ["meets", "yes", "wanted within 48 hours; starts within 48 hours", "its profile"],
        ),
        (
            json!({"start_within_hours": 24}),
            silent,
            ["ask_provider", "unknown", "wanted within 24 hours; no start of care is stated", ""],
        ),
        (json!({"start_within_hours": 48}), silent, ["meets", "", "", ""]),
        (json!({"age": 12}), childrens, ["meets", "yes", "it is for children", "its profile"]),
        (json!({"age": 18}), childrens, ["ask_provider", "unknown", "it is for children", "its profile"]),
        (json!({"age": 82}), childrens, ["ask_provider", "unknown", "it is for children", "its profile"]),
        (json!({}), veterans, ["ask_provider", "unknown", "it is for veterans", "its profile"]),
        (json!({"eligible": ["veterans"]}), veterans, ["meets", "", "", ""]),
    ] {
        assert_eq!(only(&answered(&json!({"patient": patient}), fill)), expected, "{patient}");
    }
    for (patient, fill, reason, why) in [
        (json!({"weight_lb": 410}), to_350, "limit:size.max_lb", "350 lb < 410 lb"),
        (json!({"age": 17}), from_18, "limit:age.min", "18 years > 17 years"),
        (json!({"doses_a_day": 3}), two_doses, "limit:inf.max_doses", "2 doses per day < 3 doses per day"),
        (json!({"languages": ["vi"]}), spanish, "limit:languages", "wanted vi; spoken: es"),
        (json!({"sex": "male"}), women, "limit:sex", "takes female patients only"),
        (json!({"drug_cost_a_day": 101}), to_100, "limit:med.cost_ceiling", "100 dollars per day < 101 dollars per day"),
        (
            json!({"start_within_hours": 24}),
            in_48,
            "limit:start_of_care_hours",
            "wanted within 24 hours; starts within 48 hours",
        ),
    ] {
        let report = answered(&json!({"patient": patient}), fill);
        let left_out = &report["left_out"]["list"][0];
        let read = [&left_out["reason"], &left_out["why"], &left_out["source"], &left_out["as_of"]];
        assert_eq!(read, [reason, why, "its profile", "2026-11-01"], "{patient}");
    }
}

#[test]
fn an_unlawful_refusal_is_shown_and_asked_about_and_keeps_nobody_out() {
    for (need, unlawful) in [("sud.methadone", true), ("sud.buprenorphine", true), ("resp.vent", false)] {
        let report = answered(&json!({"needs": [need]}), |line| {
            line.answers.insert(need.parse().unwrap(), told(false));
        });
        if !unlawful {
            assert_eq!(report["left_out"]["list"][0]["reason"], format!("declines:{need}"));
            continue;
        }
        let [fit, answer, note, source] = only(&report);
        assert_eq!([fit, answer, source], ["ask_provider", "no", "its profile"], "{need}");
        assert!(note.contains("may violate federal law"), "{note}");
        assert_eq!(report["matches"][0]["notices"][0]["code"], "unlawful_refusal");
        assert_eq!(report["counts"]["left_out"], 0);
        assert!(report["call_sheet"][0]["questions"][0].as_str().unwrap().starts_with("Will you take a patient"));
    }
}

#[test]
fn a_preferred_need_is_no_condition() {
    let needs = json!({"needs": [{"need": "inf.abx", "importance": "preferred"}]});
    for answer in [None, Some(false)] {
        let report = answered(&needs, |line| {
            if let Some(answer) = answer {
                line.answers.insert("inf.abx".parse().unwrap(), told(answer));
            }
        });
        let found = &report["matches"][0];
        assert_eq!([&found["fit"], &found["acceptance"]["answers"][0]["importance"]], ["meets", "preferred"]);
        let asked = report["call_sheet"][0]["questions"].as_array().unwrap();
        assert_eq!(asked.len(), 1, "a bed alone is asked for: {asked:?}");
    }
}

#[test]
fn the_freshness_of_what_an_answer_rests_on_is_a_published_part() {
    for (as_of, value, why) in [
        (Some(date(2026, 10, 22)), 1.0, "1 of 1 answers are dated; the oldest is 30 days old"),
        (Some(date(2026, 5, 8)), 0.750_746, "1 of 1 answers are dated; the oldest is 197 days old"),
        (Some(date(2025, 11, 21)), 0.5, "1 of 1 answers are dated; the oldest is 365 days old"),
        (Some(date(2016, 11, 21)), 0.5, "1 of 1 answers are dated; the oldest is 3652 days old"),
        (None, 0.5, "no dated answer"),
    ] {
        let report = answered(&json!({"needs": ["inf.abx"]}), |line| {
            line.answers.insert("inf.abx".parse().unwrap(), Fact::new(true, Evidence::new("its profile", as_of)));
        });
        let parts = report["matches"][0]["parts"].as_array().unwrap();
        let part = parts.iter().find(|part| part["part"] == "freshness").unwrap();
        assert_eq!([&part["value"], &part["why"]], [&json!(value), &json!(why)]);
        assert_eq!(part["unknown"], false, "an undated answer is known to be as good as silence");
    }
}
