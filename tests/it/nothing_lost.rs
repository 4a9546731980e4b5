//! No word of a question is lost: it stands in the question as it was understood, in a remark, or in an error.

use placement::discharge::parse::parse;
use placement::discharge::{ParseContext, Question};
use placement::matching::rank;
use placement::place::ZipTable;
use placement::serve::json::report::{AnswerContext, AnswerJson};
use placement::service::{Need, Service};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::questions::question;
use crate::random_town::{self, TODAY};
use crate::seeded_random::SeededRandom;
use crate::small_directory::{SmallDirectory, manifest};

/// The question as an answer repeats it, one for each service, and the codes of the remarks.
fn understood(asked: &Value) -> Result<(Vec<Value>, Vec<&'static str>), Vec<String>> {
    let plans = random_town::plans();
    let words = ParseContext { zips: ZipTable::curated(), plans, generation: "shelf" };
    let (question, remarks): (Question, _) = parse(asked, &words, TODAY)
        .map_err(|errors| errors.iter().map(|error| error.pointer.clone()).collect::<Vec<String>>())?;
    let shelf = SmallDirectory::new(Vec::new(), plans.clone());
    let repeat = |discharge| {
        let reports = [rank(discharge, &shelf, &remarks)];
        let ground = AnswerContext { manifest: &manifest(), plans, told: None };
        serde_json::to_value(AnswerJson::new(&reports, false, ground)).unwrap()["question"].clone()
    };
    Ok((question.discharges.iter().map(repeat).collect(), remarks.iter().map(|remark| remark.code).collect()))
}

/// Whether the service of `repeated` is asked about the need: of several services those that it concerns, if there are any.
fn is_asked_here(asked: &Value, need: &Value, repeated: &Value) -> bool {
    let code = need.get("need").unwrap_or(need).as_str().unwrap();
    let need: Need = code.parse().unwrap();
    let is_concerned = |service: &Value| {
        let service: Service = service.as_str().unwrap().parse().unwrap();
        need.entry().services.contains(&service)
    };
    let concerned: Vec<&Value> = asked["services"].as_array().into_iter().flatten().filter(|one| is_concerned(one)).collect();
    concerned.is_empty() || concerned.contains(&&repeated["service"])
}

/// What of `asked` is missing in the question as it was understood.
fn lost(asked: &Value, repeated: &Value, remarks: &[&str]) -> Vec<String> {
    let mut lost = Vec::new();
    let mut keep = |what: &str, kept: bool| {
        if !kept {
            lost.push(what.to_owned());
        }
    };
    let near = &asked["near"];
    keep("zip", near["zip"].is_null() || near["zip"] == repeated["near"]["zip"]);
    let is_point = ["latitude", "longitude"].iter().all(|side| {
        let [typed, kept] = [near, &repeated["near"]].map(|near| near[side].as_f64());
        typed.zip(kept).is_some_and(|(typed, kept)| (typed - kept).abs() < 1e-6)
    });
    keep("point", near["latitude"].is_null() || (is_point && remarks.contains(&"zip_from_point")));
    let travels = !repeated["within_miles"].is_null();
    let radius = &asked["within_miles"];
    keep("radius", radius.is_null() || !travels || radius.as_f64() == repeated["within_miles"].as_f64());
    for (field, value) in asked["coverage"].as_object().into_iter().flatten() {
        keep(field, repeated["coverage"][field] == *value);
    }
    for need in asked["needs"].as_array().into_iter().flatten().filter(|need| is_asked_here(asked, need, repeated)) {
        let is_required = need.is_string() || need["importance"] == "required";
        let kept = if is_required { need.get("need").unwrap_or(need) } else { need };
        keep(&need.to_string(), repeated["needs"].as_array().unwrap().contains(kept));
    }
    for (field, value) in asked["patient"].as_object().into_iter().flatten() {
        let kept = &repeated["patient"][field];
        let same_set = |a: &Value, b: &Value| {
            let [mut a, mut b] = [a, b].map(|list| list.as_array().cloned().unwrap_or_default());
            a.sort_by_key(Value::to_string);
            b.sort_by_key(Value::to_string);
            a == b
        };
        // 91 and more are read as 90, which stands for 90 and over.
        let aged = field == "age" && value.as_u64().is_some_and(|age| kept.as_u64() == Some(age.min(90)));
        keep(field, kept == value || aged || (value.is_array() && same_set(value, kept)));
    }
    keep("date", asked["discharge_on"].is_null() || asked["discharge_on"] == repeated["discharge_on"]);
    let profile = asked["profile"].as_str();
    keep("profile", profile.is_none_or(|name| repeated["profile"].as_str().unwrap().starts_with(name)));
    lost
}

/// Every object and every word of a vocabulary in a question, by pointer.
fn places(value: &Value, at: &str, objects: &mut Vec<String>, words: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            objects.push(at.to_owned());
            for (field, value) in fields {
                places(value, &format!("{at}/{field}"), objects, words);
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{place}"), objects, words);
            }
        }
        // Any name may be that of an unknown plan.
        Value::String(_) if !at.ends_with("/plan_name") => words.push(at.to_owned()),
        _ => {}
    }
}

proptest! {
    #![proptest_config(random_town::cases(1_000))]

    #[test]
    fn all_that_is_asked_is_in_the_question_as_it_was_understood(asked in any::<u64>()) {
        let asked = question(random_town::choices(), &mut SeededRandom::seeded(asked));
        let (repeated, remarks) = understood(&asked).unwrap();
        let services: Vec<&Value> = repeated.iter().map(|question| &question["service"]).collect();
        if let Some(several) = asked["services"].as_array() { prop_assert_eq!(services, several.iter().collect::<Vec<_>>()) } else { prop_assert_eq!(services, vec![&asked["service"]]) }
        for question in &repeated {
            prop_assert_eq!(lost(&asked, question, &remarks), Vec::<String>::new(), "{} became {}", asked, question);
        }
    }

    #[test]
    fn what_is_not_understood_is_an_error_at_its_place(asked in any::<u64>(), chance in any::<u64>()) {
        let random = &mut SeededRandom::seeded(chance);
        let mut asked = question(random_town::choices(), &mut SeededRandom::seeded(asked));
        let (mut objects, mut words) = (Vec::new(), Vec::new());
        places(&asked, "", &mut objects, &mut words);
        let at = if random.happens(50) {
            let at = random.pick(&objects).clone();
            let field = *random.pick(&["room", "Age", "zip_code", "wieght_lb", "note"]);
            asked.pointer_mut(&at).unwrap()[field] = json!("something");
            format!("{at}/{field}")
        } else {
            let at = random.pick(&words).clone();
            *asked.pointer_mut(&at).unwrap() = json!("xyzzy");
            at
        };
        let errors = understood(&asked).err();
        // An error of the whole question is at no place.
        let is_there = |pointer: &&String| {
            !pointer.is_empty()
                && (at == **pointer || at.starts_with(&format!("{pointer}/")) || pointer.starts_with(&format!("{at}/")))
        };
        let is_told = errors.iter().flatten().any(|pointer| is_there(&pointer));
        prop_assert!(is_told, "{} at {}: {:?}", asked, at, errors);
    }
}
