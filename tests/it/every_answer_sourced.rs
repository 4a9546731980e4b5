//! Every answer in a report has a source and a date, or says that the source has no date.

use placement::discharge::ParseContext;
use placement::discharge::parse::parse;
use placement::matching::candidate::Directory;
use placement::matching::rank;
use placement::place::ZipTable;
use placement::serve::json::report::{AnswerContext, AnswerJson};
use serde_json::Value;

use crate::directories::{self, TODAY};
use crate::questions::{Choices, question};
use crate::random_town;
use crate::seeded_random::SeededRandom;
use crate::small_directory::{SmallDirectory, manifest};

/// Number of checked answers, and those without a source.
#[derive(Default)]
struct Walk {
    answers: usize,
    networks: usize,
    rooms: usize,
    ratings: usize,
    bars: usize,
    providers: usize,
    areas: usize,
    unsourced: Vec<String>,
}

/// Whether `said` has a source, and a date or an explicit null.
fn is_sourced(said: &Value) -> bool {
    said["source"].as_str().is_some_and(|source| !source.is_empty()) && said.get("as_of").is_some()
}

fn is_given(answer: &Value) -> bool {
    answer["answer"] == "yes" || answer["answer"] == "no"
}

impl Walk {
    fn expect(&mut self, good: bool, what: &str, at: &Value) {
        if !good {
            self.unsourced.push(format!("{what}: {at}"));
        }
    }

    fn report(&mut self, report: &Value) {
        for found in report["matches"].as_array().unwrap() {
            self.found(found);
        }
        for left_out in report["left_out"]["list"].as_array().into_iter().flatten() {
            self.bar(left_out);
            self.provider(&left_out["provider"]);
        }
        for call in report["call_sheet"].as_array().unwrap() {
            self.provider(&call["provider"]);
        }
        if let Some(nearest) = report["network_gap"].get("nearest_capable").filter(|nearest| !nearest.is_null()) {
            self.provider(&nearest["provider"]);
        }
    }

    fn found(&mut self, found: &Value) {
        self.provider(&found["provider"]);
        self.network(&found["network"]);
        for answer in found["acceptance"]["answers"].as_array().unwrap() {
            self.answers += usize::from(is_given(answer));
            self.expect(!is_given(answer) || is_sourced(answer), "answer", answer);
        }
        let room = &found["availability"];
        self.rooms += usize::from(is_given(room));
        self.expect(!is_given(room) || is_sourced(room), "availability", room);
        if !found["quality"].is_null() {
            self.ratings += 1;
            self.expect(is_sourced(&found["quality"]), "quality", &found["quality"]);
        }
        if found["service_area"] == "serves" {
            self.areas += 1;
            self.expect(is_sourced(&found["service_area_by"]), "service area", found);
        }
        let undated = |said: &Value| said["source"].is_string() && said["as_of"].is_null();
        let rests_on = found["acceptance"]["answers"].as_array().unwrap().iter().chain([&found["network"]]);
        let told = found["notices"].as_array().unwrap().iter().any(|notice| notice["code"] == "undated_evidence");
        self.expect(told == rests_on.into_iter().any(undated), "undated evidence", found);
    }

    /// A status without a source says so in words.
    fn network(&mut self, network: &Value) {
        let why = network["why"].as_str().unwrap();
        let nobody_says = match network["status"].as_str().unwrap() {
            "not_asked" => true,
            "plan_not_loaded" => why.ends_with("is not loaded"),
            "unconfirmed" => why.starts_with("no source says"),
            _ => false,
        };
        self.networks += usize::from(!nobody_says);
        self.expect(nobody_says != is_sourced(network), "network", network);
    }

    fn bar(&mut self, bar: &Value) {
        self.bars += 1;
        self.expect(is_sourced(bar), "bar", bar);
    }

    /// Each shown fact has exactly one source.
    fn provider(&mut self, provider: &Value) {
        self.providers += 1;
        let said_by = provider["said_by"].as_array().unwrap();
        for fact in ["name", "phone", "address", "position"] {
            let says = |said: &&Value| said["facts"].as_array().unwrap().iter().any(|named| named == fact);
            let sources = said_by.iter().filter(says).filter(|said| is_sourced(said)).count();
            self.expect(sources == usize::from(!provider[fact].is_null()), fact, provider);
        }
    }

    /// Asks random questions of `directory` and checks every answer.
    fn ask(&mut self, directory: &dyn Directory, choices: &Choices, questions: u64) {
        let words = ParseContext { zips: ZipTable::curated(), plans: directory.plans(), generation: directory.generation() };
        for seed in 0..questions {
            let mut asked = question(choices, &mut SeededRandom::seeded(seed));
            asked["include"] = serde_json::json!(["left_out"]);
            let (question, remarks) = parse(&asked, &words, choices.today).unwrap();
            let ground = AnswerContext { manifest: &manifest(), plans: directory.plans(), told: None };
            for discharge in &question.discharges {
                let reports = [rank(discharge, directory, &remarks)];
                self.report(&serde_json::to_value(AnswerJson::new(&reports, false, ground)).unwrap());
            }
        }
    }
}

#[test]
fn every_answer_in_a_report_names_its_source_and_date() {
    let mut walk = Walk::default();
    let known = directories::sample();
    assert_eq!(known.choices().today, TODAY);
    walk.ask(known.catalog.as_ref(), &known.choices(), 150);
    for town in 0..20 {
        let seeds: Vec<u64> = (town * 30..(town + 1) * 30).collect();
        let shelf: SmallDirectory = random_town::shelf(&seeds);
        walk.ask(&shelf, random_town::choices(), 30);
    }
    assert!(
        walk.unsourced.is_empty(),
        "{} of nobody, such as\n{}",
        walk.unsourced.len(),
        walk.unsourced[..3.min(walk.unsourced.len())].join("\n")
    );
    let seen = [walk.answers, walk.networks, walk.rooms, walk.ratings, walk.bars, walk.providers, walk.areas];
    assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
}
