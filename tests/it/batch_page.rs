//! A file of questions on its page, and the workbook of answers.

use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::Workbook;

use crate::api::{Answer, Api, sample_app};
use crate::pages::{Page, get, post};
use crate::pages_ask::ASKED;

/// Uploads `file` like a browser, and returns the answer without going on.
async fn upload(api: &Api, file: &[u8], from: Option<&str>) -> Answer {
    let head = "--XX\r\ncontent-disposition: form-data; name=\"questions\"; filename=\"Jane Doe.csv\"\r\n\
                content-type: text/csv\r\n\r\n";
    let body = [head.as_bytes(), file, b"\r\n--XX--\r\n"].concat();
    let request = Request::post("/batch").header("content-type", "multipart/form-data; boundary=XX");
    let request = from.into_iter().fold(request, |request, site| request.header("sec-fetch-site", site));
    api.send(request.body(Body::from(body)).unwrap()).await
}

fn shown(answer: Answer) -> Page {
    Page { status: answer.status, headers: answer.headers, html: answer.text }
}

/// Uploads `file` and waits until its answers are ready: the address of the batch, and its page.
async fn answered(api: &Api, file: &[u8]) -> (String, Page) {
    let sent = upload(api, file, Some("same-origin")).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let address = sent.header("location").to_owned();
    loop {
        let page = get(api, &address).await;
        assert_eq!((page.status, &page.headers["cache-control"]), (StatusCode::OK, &"no-store".parse().unwrap()));
        if page.text().contains("Download the workbook") {
            return (address, page);
        }
        page.says("answered");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn downloaded(api: &Api, address: &str) -> Answer {
    let request = Request::post(format!("{address}/workbook")).header("content-type", "application/x-www-form-urlencoded");
    api.send(request.body(Body::empty()).unwrap()).await
}

/// The rows of a sheet as texts, without its heading.
fn sheet(workbook: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Vec<Vec<String>> {
    assert!(workbook.worksheet_formula(name).unwrap().used_cells().next().is_none());
    let range = workbook.worksheet_range(name).unwrap();
    range.rows().skip(1).map(|row| row.iter().map(Data::to_string).collect()).collect()
}

/// The rows of all sheets.
struct Sheets {
    answers: Vec<Vec<String>>,
    questions: Vec<Vec<String>>,
    unread: Vec<Vec<String>>,
}

async fn sheets(api: &Api, file: &[u8]) -> Sheets {
    let (address, _) = answered(api, file).await;
    let answer = downloaded(api, &address).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(answer.bytes)).unwrap();
    assert_eq!(workbook.sheet_names(), ["Answers", "Questions", "Not understood", "About"]);
    Sheets {
        answers: sheet(&mut workbook, "Answers"),
        questions: sheet(&mut workbook, "Questions"),
        unread: sheet(&mut workbook, "Not understood"),
    }
}

/// The question of [`ASKED`], with `more` as another row below it.
fn file(more: &str) -> Vec<u8> {
    let cell = |name: &str| ASKED.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| *value);
    let names = ["near", "service", "coverage", "need_words", "within", "limit"];
    let row = names.map(|name| if name == "limit" { "3" } else { cell(name) }).join(",");
    format!("{}\n{row}\n{more}\n", names.join(",")).into_bytes()
}

#[tokio::test]
async fn each_row_is_answered_as_the_search_form_answers_it() {
    let api = Api::sample();
    let sheets = sheets(&api, &file("")).await;
    let page = post(&api, "/", &ASKED).await;
    assert_eq!(sheets.answers.len(), 3);
    for (rank, row) in (1..).zip(&sheets.answers) {
        assert_eq!((row[0].as_str(), row[1].as_str()), ("2", format!("{rank}").as_str()));
        assert!(page.html.contains(&format!("/providers/{}", row[11])), "{row:?}");
        assert_eq!(row[3], "Skilled nursing facility");
        assert!(!row[4].is_empty() && row[5].starts_with("in network") && !row[7].is_empty(), "{row:?}");
    }
    let [question] = &sheets.questions[..] else { panic!("{:?}", sheets.questions) };
    assert_eq!((question[0].as_str(), question[1].as_str()), ("2", "Answered"));
    page.says(&format!("of {} found", question[3]));
    assert_eq!(sheets.unread, [] as [Vec<String>; 0]);
}

#[tokio::test]
async fn a_faulty_question_names_its_row_and_column_and_ends_no_other() {
    let api = Api::sample();
    let wrong = "nowhere at all,hospice,Acme Gold,trach,far,3";
    let (_, page) = answered(&api, &file(wrong)).await;
    page.says("1 question answered, 1 not answered.");
    for said in ["Location", "Insurance", "Clinical needs", "Radius (miles)", "Or write yes in the column Search anyway"] {
        page.says(said);
    }
    let sheets = sheets(&api, &file(wrong)).await;
    assert_eq!(sheets.answers.len(), 3, "the first question is answered");
    let faulty: Vec<&Vec<String>> = sheets.questions.iter().filter(|row| row[1] == "Not answered").collect();
    assert!(faulty.iter().all(|row| row[0] == "3"));
    let columns: Vec<&str> = faulty.iter().map(|row| row[5].as_str()).collect();
    assert_eq!(columns, ["Location", "Insurance", "Clinical needs", "Radius (miles)"]);
    let needs = faulty.iter().find(|row| row[5] == "Clinical needs").unwrap();
    assert!(needs[6].contains("trach") && needs[7].starts_with("Write one of: Tracheostomy"), "{needs:?}");
}

#[tokio::test]
async fn what_is_not_understood_is_listed_and_no_other_column_is_repeated() {
    let api = Api::sample();
    let text = "ZIP,Level of care,Clinical needs,Patient name,Plan\n\
                64108,SNF,\"wound vac, service dog\",Jane Vetchfold,\"=HYPERLINK(\"\"http://x\"\")\"\n\
                64108,SNF,wound vac,John Vetchfold,\n";
    let (address, page) = answered(&api, text.as_bytes()).await;
    page.says("1 question answered, 1 not answered.");
    page.says("1 part not understood");
    let answer = downloaded(&api, &address).await;
    assert!(!answer.text.contains("Vetchfold"));
    let sheets = sheets(&api, text.replace("=HYPERLINK", "Medicare").replace("(\"\"http://x\"\")", "").as_bytes()).await;
    let unread: Vec<(&str, &str)> = sheets.unread.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    assert_eq!(unread, [("file", "Patient name"), ("2", "Clinical needs")]);
    assert!(sheets.unread[0][2].contains("2 filled cells") && sheets.unread[1][2].contains("service dog"));
    let all = format!("{:?}{:?}{:?}", sheets.answers, sheets.questions, sheets.unread);
    assert!(!all.contains("Vetchfold"));
    assert!(sheets.answers.iter().all(|row| row.iter().all(|cell| !cell.starts_with('='))));
}

#[tokio::test]
async fn a_workbook_is_read_like_a_csv_file() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, head) in (0..).zip(["Location", "Level of care", "Age", "Weight (lb)"]) {
        sheet.write_string(0, column, head).unwrap();
    }
    sheet.write_number(2, 0, 64108.0).unwrap();
    sheet.write_string(2, 1, "Skilled nursing facility; Home health").unwrap();
    sheet.write_number(2, 2, 82.0).unwrap();
    sheet.write_string(2, 3, "heavy").unwrap();
    sheet.write_number(4, 0, 64108.0).unwrap();
    sheet.write_string(4, 1, "Skilled nursing facility; Home health").unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let sheets = sheets(&Api::sample(), &bytes).await;
    let status: Vec<(&str, &str)> = sheets.questions.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    assert_eq!(status, [("3", "Not answered"), ("5", "Answered")]);
    assert_eq!(sheets.questions[0][5], "Weight (lb)");
    assert_eq!(sheets.answers.len(), 10, "five for each level of care");
    assert!(sheets.answers.iter().all(|row| row[0] == "5"));
}

#[tokio::test]
async fn a_file_that_is_no_table_of_questions_has_all_its_faults_said() {
    let api = Api::sample();
    let many = format!("ZIP,service\n{}", "64108,hospice\n".repeat(10_001));
    for (file, says) in [
        ("", vec!["No file was chosen"]),
        ("hello", vec!["Begin with the example file"]),
        (
            "Insurence,Age,age\n",
            vec![
                "Did you mean Insurance?",
                "are both Age",
                "Location is missing",
                "Level of care is missing",
                "has no question",
            ],
        ),
        ("PK\u{3}\u{4}nothing", vec!["The workbook is damaged", ".xlsx"]),
        (&many, vec!["more than 10,000 questions", "Split it"]),
        ("ZIP,service,Weight (kg)\n64108,\"hospice,98\n", vec!["Weights are in pounds", "mark in row 2 is not closed"]),
        ("ZIP,service,limit\n64108,hospice,30001\n", vec!["more than 30000 providers", "Providers to list"]),
    ] {
        let page = shown(upload(&api, file.as_bytes(), None).await);
        assert_eq!(
            (page.status, &page.headers["cache-control"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &"no-store".parse().unwrap())
        );
        for said in says {
            page.says(said);
        }
        assert!(!page.html.contains("Jane Doe"), "the name of the file is not read");
    }
    assert_eq!(upload(&api, b"ZIP,service\n", Some("cross-site")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(upload(&api, &vec![b'x'; 5 << 20], None).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let plain = post(&api, "/batch", &[("questions", "x")]).await;
    assert_eq!(plain.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn the_answers_are_downloaded_once_or_deleted() {
    let api = Api::sample();
    let (address, page) = answered(&api, &file("")).await;
    assert!(page.form("Download").action == format!("{address}/workbook") && !page.html.contains("http-equiv"));
    let answer = downloaded(&api, &address).await;
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"placement-answers.xlsx\"");
    assert_eq!(answer.header("cache-control"), "no-store");
    for again in [get(&api, &address).await, shown(downloaded(&api, &address).await)] {
        assert_eq!(again.status, StatusCode::GONE);
        again.says("Upload the file again");
    }
    let (address, page) = answered(&api, &file("")).await;
    page.form("Delete").press(&api, "Delete").await.says("Choose the file");
    assert_eq!(get(&api, &address).await.status, StatusCode::GONE);
    assert_eq!(get(&api, "/batch/expired").await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_batch_takes_a_slot_of_the_batches_and_its_page_shows_how_far_it_is() {
    let app = Arc::new(sample_app());
    let api = Api::over(&app);
    let many = format!("ZIP,service\n{}", "64108,skilled_nursing\n".repeat(2_000));
    let mut addresses = Vec::new();
    for _ in 0..4 {
        let sent = upload(&api, many.as_bytes(), None).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        addresses.push(sent.header("location").to_owned());
    }
    for file in [many.as_bytes(), &b"no table"[..]] {
        let status = upload(&api, file, None).await.status;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "without a free slot no table is read");
    }
    for address in &addresses {
        let page = get(&api, address).await;
        page.says("of 2000 answered");
        assert!(page.html.contains("<noscript><meta http-equiv=\"refresh\""), "the page reloads itself with scripts off");
        assert!(page.html.contains("max=\"2000\""));
        page.form("Stop and delete").press(&api, "Stop and delete").await.says("Choose the file");
        assert_eq!(get(&api, address).await.status, StatusCode::GONE);
    }
    // What was stopped gives its slot back.
    while !app.batches.taken().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn the_example_file_can_be_uploaded_as_it_is() {
    let api = Api::sample();
    get(&api, "/").await.says("Upload a file of questions");
    let page = get(&api, "/batch").await;
    assert!(page.attributes("href").contains(&"/batch/example.csv".to_owned()));
    let example = api.get("/batch/example.csv").await;
    assert_eq!(example.header("content-type"), "text/csv; charset=utf-8");
    let sheets = sheets(&api, &example.bytes).await;
    assert!(sheets.questions.iter().all(|row| row[1] == "Answered"), "{:?}", sheets.questions);
    assert_eq!((sheets.questions.len(), sheets.unread.len()), (2, 0));
}
