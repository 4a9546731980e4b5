//! Plans of several services: golden worksheets, the story on every surface, formats, and that no amount is a fraction of a cent.

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use calamine::{Data, Reader, Xlsx};
use serde_json::{Value, json};

use crate::api::{Answer, Api};
use crate::choice_list_pdf::poppler;
use crate::cli::run_in;
use crate::pages::{get, post};

fn curated(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/curated").join(path);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The story of the IV antibiotics.
static STORY: LazyLock<Value> = LazyLock::new(|| curated("stories/iv_antibiotics.json"));

/// The golden worksheets.
static CASES: LazyLock<Vec<Value>> =
    LazyLock::new(|| curated("quality/service_plans/worksheets.json")["cases"].as_array().unwrap().clone());

async fn plan(api: &Api, body: &Value) -> Answer {
    api.post("/v1/service-plans", body).await
}

/// A plan of one service with the worksheet.
fn with_sheet(worksheet: &Value) -> Value {
    json!({"discharge": {"service": "home_infusion", "near": {"zip": "64108"}, "limit": 1}, "worksheet": worksheet})
}

fn texts<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|item| item[field].as_str().unwrap()).collect()
}

/// What an answer has of the fields that a case expects.
fn found(sheet: &Value, expect: &Value) -> Value {
    let cents = |name: &str| sheet[name]["cents"].clone();
    let mut found = json!({});
    for (name, _) in expect.as_object().unwrap() {
        found[name] = match name.as_str() {
            "by_party" => {
                let mut parties = json!({});
                for party in sheet["by_party"].as_array().unwrap() {
                    let sums = json!([party["committed"]["cents"], party["agreed"]["cents"]]);
                    parties[party["party"].as_str().unwrap()] = sums;
                }
                parties
            }
            "overpaid_items" => sheet["overpaid_items"].clone(),
            "difference" => sheet["alternative"]["difference"]["cents"].clone(),
            "concerns" => json!(texts(&sheet["concerns"], "id")),
            name => cents(name),
        };
    }
    found
}

#[tokio::test]
async fn every_golden_worksheet_adds_up_to_the_cent() {
    let api = Api::sample();
    let mut wrong = Vec::new();
    for case in CASES.iter() {
        let answer = plan(&api, &with_sheet(&case["worksheet"])).await;
        let story = &case["story"];
        if let Some(errors) = case["errors"].as_array() {
            let pair = |error: &Value| (error[0].as_str().unwrap().to_owned(), error[1].as_str().unwrap().to_owned());
            let expected: BTreeSet<_> = errors.iter().map(pair).collect();
            let told: BTreeSet<_> = answer.faults().into_iter().collect();
            if (answer.status, &told) != (StatusCode::UNPROCESSABLE_ENTITY, &expected) {
                wrong.push(format!("{story}: {told:?}"));
            }
        } else {
            let got = found(&answer.json()["worksheet"], &case["expect"]);
            if got != case["expect"] {
                wrong.push(format!("{story}: {got}, expected {}", case["expect"]));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(CASES.len() >= 15, "{} cases", CASES.len());
}

#[tokio::test]
async fn a_line_that_matters_in_law_says_why_it_cannot_be_agreed() {
    let sheet = json!({"items": [{"item": "infusion_pump", "amount_cents": 50000}],
        "commitments": [{"party": "agency", "amount_cents": 50000, "agreed": true}]});
    let answer = plan(&Api::sample(), &with_sheet(&sheet)).await;
    let error = &answer.json()["errors"][0];
    assert_eq!(error["code"], "compliance_not_signed");
    assert!(error["detail"].as_str().unwrap().contains("42 USC 1320a-7b(b)"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("compliance_signed"), "{error}");
}

#[tokio::test]
async fn the_story_has_three_services_a_map_and_a_worksheet_that_balances() {
    let api = Api::sample();
    let answer = plan(&api, &STORY).await;
    assert_eq!((answer.status, answer.header("cache-control")), (StatusCode::OK, "no-store"));
    let told = answer.json();
    assert_eq!(texts(&told["services"], "service"), ["home_infusion", "home_health", "medical_equipment"]);
    let sheet = &told["worksheet"];
    assert_eq!((&sheet["total"]["text"], &sheet["balance"]["cents"]), (&json!("$5,000.00"), &json!(0)));
    assert!(sheet["by_party"].as_array().unwrap().iter().all(|party| party["is_agreed"] == true), "{sheet}");
    let says = "Original Medicare: ordinary IV antibiotics are generally not under LCD L33794; the drug perhaps Part D; \
                pump, supplies and nursing no.";
    assert_eq!(texts(&told["coverage_map"]["notes"], "says"), [says]);
    for row in told["coverage_map"]["rows"].as_array().unwrap() {
        assert_eq!(row["review"]["says"], "not reviewed by a person", "{row}");
        assert!(row["citation"].as_str().unwrap().contains(char::is_numeric) && row["effective"].is_string(), "{row}");
    }
    // Each service is the answer that the same question gets alone.
    let matches = api.post("/v1/matches", &STORY["discharge"]).await.json();
    let lists = |reports: &Value| -> Vec<String> { texts(reports, "list_id").into_iter().map(str::to_owned).collect() };
    assert_eq!(lists(&told["services"]), lists(&matches["bundle"]["reports"]));
    assert_eq!(told["limiting"]["service"], matches["bundle"]["weakest"]);
    for (service, report) in told["services"].as_array().unwrap().iter().zip(matches["bundle"]["reports"].as_array().unwrap())
    {
        assert_eq!(service["counts"], report["counts"]);
        let names = |list: &Value| -> Vec<Value> {
            list.as_array().unwrap().iter().map(|found| found["provider"]["id"].clone()).collect()
        };
        assert_eq!(names(&service["matches"]), names(&report["matches"]));
    }
    assert_eq!(told["common_start"]["to_ask"], json!(["home_health"]));
    assert!(told["common_start"]["first_day"].as_str() >= Some("2026-11-21"), "{}", told["common_start"]);
}

#[tokio::test]
async fn under_original_medicare_ordinary_antibiotics_are_generally_not_covered() {
    let body = json!({"discharge": {"service": "home_infusion", "near": {"zip": "64108"},
        "coverage": {"program": "medicare"}, "needs": ["inf.abx"]}});
    let map = plan(&Api::sample(), &body).await.json()["coverage_map"].clone();
    let rows: Vec<_> = map["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["item"].clone(), row["paid_by"].clone(), row["answer"].clone()))
        .collect();
    let expected = [
        ("infusion_drug", "part_d", "perhaps"),
        ("infusion_pump", "nobody_known", "generally_not"),
        ("infusion_supplies", "nobody_known", "generally_not"),
        ("infusion_nursing", "nobody_known", "generally_not"),
    ];
    assert_eq!(rows, expected.map(|(item, paid_by, answer)| (json!(item), json!(paid_by), json!(answer))));
    assert_eq!(map["payer_class"], "medicare");
    // A drug of the list of Part B is another matter.
    let mut listed = body;
    listed["discharge"]["screens"] = json!({"part_b_pump_drug": true});
    let map = plan(&Api::sample(), &listed).await.json()["coverage_map"].clone();
    assert_eq!(texts(&map["rows"], "paid_by"), ["part_b_dme", "part_b_dme", "part_b_dme", "part_b"]);
    assert_eq!(map["notes"], json!([]));
}

#[tokio::test]
async fn every_fault_of_a_plan_is_reported_at_once() {
    let body = json!({"discharge": {"service": "hospices", "near": {"zip": "64108"}, "cursor": "20-f15bb5c801130a98"},
        "worksheet": {"items": [], "sum": 1}});
    let answer = plan(&Api::sample(), &body).await;
    let told: BTreeSet<(String, String)> = answer.faults().into_iter().collect();
    for expected in [
        ("/discharge/service", "no_such_service"),
        ("/discharge/cursor", "does_not_apply"),
        ("/worksheet/sum", "unknown_field"),
        ("/worksheet/items", "missing"),
    ] {
        assert!(told.contains(&(expected.0.to_owned(), expected.1.to_owned())), "{expected:?}: {told:?}");
    }
}

async fn accepting(api: &Api, media_type: &str) -> Answer {
    let request = Request::post("/v1/service-plans").header("content-type", "application/json").header("accept", media_type);
    api.send(request.body(Body::from(STORY.to_string())).unwrap()).await
}

const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

#[tokio::test]
async fn a_plan_is_json_a_tagged_pdf_or_a_workbook() {
    let api = Api::sample();
    let pdf = accepting(&api, "application/pdf").await;
    assert_eq!((pdf.status, pdf.header("content-type")), (StatusCode::OK, "application/pdf"));
    assert!(pdf.bytes.starts_with(b"%PDF") && pdf.text.contains("pdfuaid:part") && pdf.text.contains("/MarkInfo"));
    assert!(accepting(&api, "application/pdf").await.bytes == pdf.bytes, "equal plans are equal bytes");
    if let Some(text) = poppler("pdftotext", &["-layout"], &pdf.bytes) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for says in [
            "Balance: $0.00.",
            "All of it is agreed.",
            "generally not under LCD L33794",
            "42 USC 1320a-7b(b)",
            "not reviewed by a person",
        ] {
            assert!(text.contains(says), "{says}: {text}");
        }
    }
    let sheet = accepting(&api, WORKBOOK).await;
    assert_eq!((sheet.status, sheet.header("content-type")), (StatusCode::OK, WORKBOOK));
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(sheet.bytes)).unwrap();
    let rows: Vec<Vec<Data>> = workbook.worksheet_range("Worksheet").unwrap().rows().map(<[Data]>::to_vec).collect();
    let cents = |line: &str| -> i64 {
        let of_line = rows.iter().filter(|row| row[0] == *line);
        of_line.map(|row| row[4].to_string().parse::<i64>().unwrap()).sum()
    };
    assert_eq!((cents("Item"), cents("Commitment"), cents("Party"), cents("Balance")), (500_000, 500_000, 500_000, 0));
    let map = workbook.worksheet_range("Coverage map").unwrap();
    assert!(map.rows().skip(1).all(|row| row[6] == "not reviewed by a person"));
    assert_eq!(accepting(&api, "text/csv").await.status, StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn the_command_line_tells_the_story_as_the_api_does() {
    let folder = tempfile::tempdir().unwrap();
    let ended = run_in(folder.path(), "demo --story iv-antibiotics");
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    let printed = ended.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = plan(&Api::sample(), &STORY).await.json();
    let mut expected: Vec<String> = Vec::new();
    for row in told["coverage_map"]["rows"].as_array().unwrap() {
        expected.extend(["label", "says", "ask", "citation"].map(|field| row[field].as_str().unwrap().to_owned()));
    }
    expected.extend(texts(&told["coverage_map"]["notes"], "says").into_iter().map(str::to_owned));
    expected.push(told["limiting"]["says"].as_str().unwrap().split([':', '(']).nth(1).unwrap().trim().to_owned());
    let sheet = &told["worksheet"];
    for list in ["items", "commitments"] {
        expected
            .extend(sheet[list].as_array().unwrap().iter().map(|line| line["amount"]["text"].as_str().unwrap().to_owned()));
    }
    expected.push(format!("Balance {}", sheet["balance"]["text"].as_str().unwrap()));
    expected.push("Agreed; compliance has signed".to_owned());
    for says in &expected {
        assert!(printed.contains(says.as_str()), "not printed: {says}\n{}", ended.out);
    }
    assert!(ended.out.lines().all(|line| line.chars().count() <= 120), "{}", ended.out);
    assert_eq!(run_in(folder.path(), "demo --story ghost").code, 2);
}

/// The fields of the story on the page.
const FORM: [(&str, &str); 22] = [
    ("near", "64108"),
    ("service", "home_infusion"),
    ("service", "home_health"),
    ("coverage", "Larkwater Select PPO"),
    ("need_words", "iv antibiotics"),
    ("payer_class", "medicare_advantage"),
    ("item-1", "infusion_drug"),
    ("item-1-label", "ceftriaxone 2 g daily"),
    ("item-1-amount", "$5,000"),
    ("party-1", "patient"),
    ("party-1-amount", "1000"),
    ("party-1-agreed", "yes"),
    ("party-2", "pharmacy"),
    ("party-2-kind", "reduces_price"),
    ("party-2-amount", "1,000.00"),
    ("party-3", "agency"),
    ("party-3-amount", "500"),
    ("party-4", "plan"),
    ("party-4-amount", "2500"),
    ("party-4-outside", "yes"),
    ("days", "21"),
    ("day-cost", "1800"),
];

#[tokio::test]
async fn the_page_adds_up_and_keeps_what_was_typed() {
    let api = Api::sample();
    let page = post(&api, "/service-plan", &FORM).await;
    page.says("The worksheet balances: nothing is left to pay. $4,000.00 is not agreed yet.");
    page.says("Agency pays $500.00 Not agreed; compliance must sign first");
    page.says("Original Medicare: ordinary IV antibiotics are generally not under LCD L33794");
    page.says("$37,800.00: $32,800.00 more than this plan");
    assert_eq!(page.form("Add up").value("item-1-label"), "ceftriaxone 2 g daily");
    // The same page again by its address, and the answer and the list from it.
    let list = page.form("Choice list for all levels of care");
    assert_eq!(list.value("near"), "64108");
}

#[tokio::test]
async fn the_page_marks_every_wrong_field() {
    let api = Api::sample();
    let mut fields = FORM.to_vec();
    fields.extend([("party-3-agreed", "yes"), ("item-2-amount", "12.5"), ("party-5", "charity")]);
    let page = post(&api, "/service-plan", &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let errors = page.part("errors");
    for says in ["compliance has signed", "42 USC 1320a-7b(b)", "12.50", "which item", "how much"] {
        assert!(errors.to_lowercase().contains(&says.to_lowercase()), "{says}: {errors}");
    }
    let gone = get(&api, &format!("/service-plan/{}", "A".repeat(43))).await;
    assert_eq!(gone.status, StatusCode::GONE);
}

#[tokio::test]
async fn the_files_of_the_page_are_those_of_the_api() {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(FORM).finish();
    for (path, media_type) in [("/service-plan/pdf", "application/pdf"), ("/service-plan/xlsx", WORKBOOK)] {
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        let answer = Api::sample().send(request.body(Body::from(body.clone())).unwrap()).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, media_type), "{path}");
        assert!(answer.header("content-disposition").contains("service-plan."), "{path}");
    }
}

/// The source files that hold money.
fn money_files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            money_files(&entry.unwrap().path(), found);
        }
    } else {
        found.push(path.to_owned());
    }
}

/// Whether the code of a file, without its strings and comments, has a floating-point number.
fn has_float(text: &str) -> bool {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut words = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.any(|word| word.ends_with("f32") || word.ends_with("f64"))
}

#[test]
fn no_amount_is_a_floating_point_number() {
    let mut files = Vec::new();
    for path in [
        "src/service_plan.rs",
        "src/service_plan",
        "src/query/service_plan.rs",
        "src/phrases/service_plan.rs",
        "src/serve/json/worksheet.rs",
        "src/serve/service_plans.rs",
        "src/serve/service_plans",
        "src/serve/pages/service_plan.rs",
        "src/serve/pages/service_plan",
        "src/cli/story.rs",
    ] {
        money_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(path), &mut files);
    }
    assert!(files.len() >= 17, "{files:?}");
    for file in files {
        assert!(!has_float(&fs::read_to_string(&file).unwrap()), "{}", file.display());
    }
    assert!(has_float("let a: f64 = 1.0;") && has_float("value.as_f64()") && !has_float("// f64"));
}
