//! Exports: CSV and workbook, read back.

use std::io::Cursor;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use calamine::{Data, Reader, Xlsx};

use crate::api::{Answer, Api};
use crate::pages::post;
use crate::pages_ask::{ASKED, asked};

async fn exported(path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    Api::sample().send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn the_csv_holds_the_whole_result_and_opens_in_a_spreadsheet() {
    let answer = exported("/export/csv", &ASKED).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"places.csv\"");
    assert_eq!(answer.header("cache-control"), "no-store");
    let text = answer.text.strip_prefix('\u{feff}').expect("a byte order mark");
    assert!(text.lines().count() == text.matches("\r\n").count(), "every line ends with CRLF");

    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heads: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let at = |head: &str| heads.iter().position(|known| known == head).unwrap();
    let found = post(&Api::sample(), "/", &ASKED).await;
    found.says(&format!("of {} found", rows.len()));
    assert!((&rows[0][at("Rank")], &rows[0][at("Fit")]) == ("1", "Meets requirements"));
    for (rank, row) in (1..).zip(&rows) {
        assert_eq!(row[at("Rank")], format!("{rank}"));
        assert_eq!(&row[at("Service")], "Skilled nursing facility");
        assert!(row[at("Miles")].parse::<f64>().is_ok_and(|miles| miles <= 25.0), "{}", &row[at("Miles")]);
        assert_eq!(&row[at("Service area")], "");
        assert!(row[at("Score")].split_once('.').is_none_or(|(_, decimals)| decimals.len() == 1));
        assert_eq!(&row[at("Synthetic")], "invented sample");
        let number = |head: &str| row[at(head)].parse::<f64>().unwrap();
        let worth = number("Chance (%)") / 100.0 * number("Score");
        assert!((worth - number("Chance times score")).abs() < 0.2, "the order inside a tier is shown with its parts");
        assert!(row[at("Likelihood")].contains("usual yes"), "{}", &row[at("Likelihood")]);
        assert_eq!(&row[at("Room from")], "", "nobody has said to be full");
        assert!(row[at("Directory")].starts_with("20261121T120000Z-"), "{}", &row[at("Directory")]);
        let phone = &row[at("Phone")];
        assert!(phone.is_empty() || phone.len() == 12 && phone.matches('-').count() == 2, "{phone}");
        for cell in row {
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }
    assert!(rows[0][at("Network")].starts_with("in network (listed, Larkwater Choice Core"));
    assert_eq!((&rows[0][at("Needs: yes")], &rows[4][at("Needs: ask")]), ("Ventilator, long-term", "Ventilator, long-term"));
}

#[tokio::test]
async fn the_workbook_holds_the_same_and_says_what_was_asked() {
    let answer = exported("/export/xlsx", &ASKED).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"places.xlsx\"");
    let csv = exported("/export/csv", &ASKED).await.text;
    let csv = csv.strip_prefix('\u{feff}').unwrap();
    let csv: Vec<csv::StringRecord> =
        csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes()).records().map(Result::unwrap).collect();

    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(answer.bytes)).unwrap();
    assert_eq!(workbook.sheet_names(), ["Places", "About"]);
    let places = workbook.worksheet_range("Places").unwrap();
    assert_eq!(places.height(), csv.len());
    for (row, line) in places.rows().zip(&csv) {
        for (cell, text) in row.iter().zip(line) {
            assert!(matches!(cell, Data::String(_) | Data::Float(_) | Data::Empty), "{cell:?}");
            assert_eq!(cell.to_string(), text);
        }
    }
    assert!(workbook.worksheet_formula("Places").unwrap().used_cells().next().is_none());
    let about = workbook.worksheet_range("About").unwrap();
    let about: Vec<String> = about.rows().map(|row| format!("{}: {}", row[0], row[1])).collect();
    let says = |said: &str| assert!(about.iter().any(|line| line.contains(said)), "{said} is not in {about:#?}");
    says(
        "Question: Skilled nursing facility within 25 miles of 64108 Kansas City MO · Larkwater Choice HMO · Ventilator, long-term",
    );
    says("Directory: 20261121T120000Z");
    says("Directory is: invented sample");
    says("Asked on: 2026-11-21");
}

#[tokio::test]
async fn a_service_that_comes_has_an_area_and_no_miles() {
    let text = exported("/export/csv", &asked(&[("service", "home_health"), ("need_words", "")])).await.text;
    let mut reader = csv::Reader::from_reader(text.strip_prefix('\u{feff}').unwrap().as_bytes());
    let heads = reader.headers().unwrap().clone();
    let at = |head: &str| heads.iter().position(|known| known == head).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert!(rows.iter().all(|row| row[at("Miles")].is_empty()));
    assert!(rows.iter().any(|row| &row[at("Service area")] == "serves 64108"));
}

#[tokio::test]
async fn an_export_begins_at_the_first_place_whatever_page_was_shown() {
    let page = post(&Api::sample(), "/", &asked(&[("limit", "5")])).await;
    let next = page.form("Next page");
    let fields: Vec<(&str, &str)> = next.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    let whole = exported("/export/csv", &ASKED).await.text;
    assert_eq!(exported("/export/csv", &fields).await.text, whole);
}

#[tokio::test]
async fn a_question_that_is_wrong_exports_nothing_and_says_why() {
    for path in ["/export/csv", "/export/xlsx"] {
        let answer = exported(path, &asked(&[("near", "nowhere at all")])).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text.contains("City not found.") && answer.header("content-disposition").is_empty());
    }
}
