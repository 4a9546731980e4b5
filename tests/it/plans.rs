//! Typed text resolved to a plan, over HTTP and on the command line: found, or offered as a choice,
//! never guessed.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use axum::http::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::api::{Api, publish};
use crate::cli::run_in;

const ROSTER: &str = "payer,plan,network,ccn,npi,service,tier,begin,end
Bellmoor Health,Bellmoor Medicare Premier PPO (H1234-001),Bellmoor PPO,265001,,skilled_nursing,,,
Bellmoor Health,Bellmoor Medicare Elite PPO (H1234-002),Bellmoor PPO,265001,,skilled_nursing,,,
Bellmoor Health,Bellmoor Medicare HMO (H1234-010),Bellmoor HMO,265003,,skilled_nursing,,,
Bellmoor Health,Silver 2000,Bellmoor PPO,265001,,skilled_nursing,,,
Larkwater Mutual,Silver 2000,Larkwater Core,265004,,skilled_nursing,,,
Larkwater Mutual,Larkwater Bronze 12345MO0010001,Larkwater Core,265004,,skilled_nursing,,,
";

/// A published directory of the sample's nursing homes and these plans.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let (from, index) = (folder.path().join("files"), folder.path().join("index"));
    fs::create_dir(&from).unwrap();
    let homes = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/sample/nursing_homes.csv");
    fs::copy(homes, from.join("nursing_homes.csv")).unwrap();
    fs::write(from.join("payer_roster.csv"), ROSTER).unwrap();
    publish(&from, &index, "2026-11-21T12:00:00Z");
    folder
});

const PREMIER: &str = "Bellmoor Medicare Premier PPO (H1234-001)";
const ELITE: &str = "Bellmoor Medicare Elite PPO (H1234-002)";
const HMO: &str = "Bellmoor Medicare HMO (H1234-010)";
const BRONZE: &str = "Larkwater Bronze 12345MO0010001";

/// Typed text, and the only plan it matches; or the plans it may match.
const TYPED: [(&str, &[&str]); 14] = [
    (PREMIER, &[PREMIER]),
    ("bellmoor elite", &[ELITE]),
    ("bellmoor medicare ppo", &[ELITE, PREMIER]),
    ("Medicare PPO Bellmoor", &[ELITE, PREMIER]),
    ("medicare", &[ELITE, HMO, PREMIER]),
    ("H1234-001", &[PREMIER]),
    ("h1234002", &[ELITE]),
    ("H1234", &[ELITE, HMO, PREMIER]),
    ("12345MO0010001", &[BRONZE]),
    ("larkwater bronze", &[BRONZE]),
    ("silver 2000", &["Silver 2000 (Bellmoor Health)", "Silver 2000 (Larkwater Mutual)"]),
    ("silver larkwater", &["Silver 2000"]),
    ("Silver 2000 (Larkwater Mutual)", &["Silver 2000"]),
    ("Larkwater Health", &[]),
];

fn question(typed: &str) -> Value {
    json!({"service": "skilled_nursing", "near": {"zip": "64108"}, "coverage": {"plan": typed}})
}

#[tokio::test]
async fn what_is_typed_names_one_plan_or_the_candidates_are_offered() {
    let api = Api::of(&FOLDER.path().join("index"));
    for (typed, plans) in TYPED {
        let answer = api.post("/v1/matches", question(typed)).await;
        if let [plan] = plans {
            assert_eq!(answer.status, StatusCode::OK, "{typed}: {}", answer.text);
            assert_eq!(answer.json()["question"]["coverage"]["plan"], *plan, "{typed}");
            continue;
        }
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}: {}", answer.text);
        let error = &answer.json()["errors"][0];
        let code = if plans.is_empty() { "no_such_coverage" } else { "ambiguous" };
        assert_eq!([&error["pointer"], &error["code"]], ["/coverage/plan", code], "{typed}");
        for plan in plans {
            assert!(error["hint"].as_str().unwrap().contains(plan), "{typed}: {}", error["hint"]);
        }
    }
}

#[tokio::test]
async fn a_search_for_plans_lists_every_candidate_with_its_payer_and_networks() {
    let api = Api::of(&FOLDER.path().join("index"));
    let found = async |typed: &str| {
        let answer = api.get(&format!("/v1/plans?name={}", typed.replace(' ', "%20"))).await;
        assert_eq!(answer.status, StatusCode::OK, "{typed}");
        answer.json()["plans"].as_array().unwrap().clone()
    };
    let names =
        |plans: &[Value]| -> Vec<String> { plans.iter().map(|plan| plan["plan"].as_str().unwrap().to_owned()).collect() };
    assert_eq!(names(&found("bellmoor medicare ppo").await)[..2], [ELITE, PREMIER]);
    assert_eq!(names(&found("H1234-010").await)[0], HMO);
    assert_eq!(names(&found("12345MO0010001").await)[0], BRONZE);
    let same = found("silver 2000").await;
    let payers: Vec<&Value> = same[..2].iter().map(|plan| &plan["payer"]).collect();
    assert_eq!(payers, ["Bellmoor Health", "Larkwater Mutual"]);
    assert_eq!(same[1]["networks"], json!(["Larkwater Core"]));
    assert_eq!(names(&found("zzzz").await), [""; 0]);
}

#[test]
fn the_command_line_refuses_an_ambiguous_plan_and_names_the_candidates() {
    let folder = FOLDER.path();
    let ask =
        |plan: &str| run_in(folder, &format!("--index index match --service skilled_nursing --zip 64108 --plan {plan}"));
    let ended = ask("H1234");
    assert_eq!((ended.code, ended.out.as_str()), (65, ""));
    for words in ["--plan", "more than one plan matches that name", PREMIER, ELITE, HMO] {
        assert!(ended.err.contains(words), "{words}: {}", ended.err);
    }
    let ended = ask("H1234-002");
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    let read_as = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(read_as.contains(&format!("The plan was read as {ELITE} (Bellmoor Health).")), "{}", ended.out);
}
