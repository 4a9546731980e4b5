//! Forty hostile provider names on every page and in every export: nothing executes, nothing
//! breaks, and each is displayed as in the directory.
//!
//! The same homes are published twice, with these names and with plain ones. Each page must have
//! the same elements and attributes in both cases: injected markup would add one.

use std::io::Cursor;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use calamine::Reader;
use placement::catalog::SharedCatalog;
use placement::input::values::LONGEST_TEXT;
use placement::ledger::sqlite::SqliteLedger;
use placement::serve::state::AppState;
use placement::text::printable;
use placement::text::proper_case::proper_case;
use serde_json::json;
use tempfile::TempDir;

use crate::api::{Answer, Api, publish, sample_app};
use crate::strict_markup::{Element, Node, read};

/// The longest name.
static ENDLESS: LazyLock<String> = LazyLock::new(|| "Endless ".repeat(625));

/// The names: scripts, attribute injection, syntax of other languages, bidirectional and invisible
/// characters, formulas, and characters that files cannot have.
fn names() -> Vec<&'static str> {
    vec![
        "<script>alert(1)</script>",
        "</script><script src=//evil.example/x.js></script>",
        "\"><img src=x onerror=alert(1)>",
        "' autofocus onfocus='alert(1)",
        "\" autofocus onfocus=\"alert(1)\" x=\"",
        "<svg onload=alert(1)>",
        "</title><svg/onload=alert(1)>",
        "</desc></svg><script>alert(1)</script>",
        "<math><mtext><table><mglyph><style><img src onerror=alert(1)>",
        "</textarea></option></select></table><h1>Best of all</h1>",
        "</article></main></body></html>",
        "<!-- <p> -->",
        "<![CDATA[<b>bold</b>]]>",
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>&e;",
        "{{ frame.title }} {% include \"base.html\" %} ${7*7} #{7*7} <%= 7*7 %>",
        "&lt;b&gt; &amp;amp; &#60;script&#62; &nbsp;",
        "javascript:alert(document.cookie)",
        "data:text/html,<script>alert(1)</script>",
        "../../../../etc/passwd %2e%2e%2f %00",
        "\\u003cscript\\u003e \\ud800 \\x00 \\n \\\"",
        "=HYPERLINK(\"http://evil.example\",\"Best home\")",
        "+1+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "\t=1+1",
        "=1+1\",\"=2+2",
        "Home, with \"quotes\", commas, and\na line end",
        "A\r\nSet-Cookie: stolen=1\r\n\r\n<script>",
        "BEL \u{7} ESC \u{1b}[2J DEL \u{7f} NEL \u{85}",
        "(Home) Tj ET endstream endobj 1 0 obj << /OpenAction << /S /JavaScript >> >>",
        "Harbor \u{202e}yratropeR\u{202c} House",
        "\u{202e}emoh desreveR",
        "\u{2067}\u{2066}\u{202b}Never closed",
        "Ze\u{200b}ro\u{200d} wid\u{feff}th \u{2060}home",
        "\u{5d1}\u{5d9}\u{5ea} \u{5d0}\u{5d1}\u{5d5}\u{5ea} (House) \u{627}\u{644}\u{639}\u{631}\u{628}\u{64a}\u{629}",
        "👩\u{200d}👩\u{200d}👧 🏥 \u{1f1fa}\u{1f1f8} Home",
        "Z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}\u{30b}\u{30c}\u{30d}\u{30e}\u{30f}algo",
        "Not \u{fffe} in \u{ffff} XML \u{fdd0} \u{fffd} \u{e000} \u{10ffff}",
        "' OR 1=1; DROP TABLE lists; --",
        ENDLESS.as_str(),
    ]
}

/// Whether the name has letters that change the direction of neighboring text. Characters made for that are not stored.
fn turns(name: &str) -> bool {
    name.contains(|letter: char| ('\u{590}'..='\u{6ff}').contains(&letter))
}

/// Homes around one ZIP that differ only in their names; a name without direction changes is also
/// the street and the owner.
fn homes(name: impl Fn(usize) -> String) -> Vec<u8> {
    const HEADER: [&str; 18] = [
        "CMS Certification Number (CCN)",
        "Provider Name",
        "Provider Address",
        "City/Town",
        "State",
        "ZIP Code",
        "Telephone Number",
        "Ownership Type",
        "Number of Certified Beds",
        "Provider Type",
        "Legal Business Name",
        "Special Focus Status",
        "Abuse Icon",
        "Overall Rating",
        "Latitude",
        "Longitude",
        "Geocoding Footnote",
        "Processing Date",
    ];
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(HEADER).unwrap();
    for at in 0..names().len() {
        let called = name(at);
        let beside = if turns(&called) { "PLAIN".to_owned() } else { called.clone() };
        let north = format!("{:.4}", 39.0 + f64::from(u16::try_from(at).unwrap()) * 0.004);
        file.write_record([
            &ccn(at),
            &called,
            &beside,
            "KANSAS CITY",
            "MO",
            "64108",
            "8165550100",
            &beside,
            "60",
            "Medicare and Medicaid",
            &called,
            "",
            "N",
            "4",
            &north,
            "-94.57",
            "",
            "2026-10-29",
        ])
        .unwrap();
    }
    file.into_inner().unwrap()
}

fn ccn(at: usize) -> String {
    format!("{}", 265_001 + at)
}

fn id(at: usize) -> String {
    format!("ccn:{}", ccn(at))
}

/// A server with such homes and a ledger.
struct Town {
    api: Api,
    _folder: TempDir,
}

impl Town {
    async fn hostile() -> Self {
        Self::of(homes(|at| names()[at].to_owned())).await
    }

    async fn plain() -> Self {
        // A line break within a cell is reported, so both towns have the same ones.
        let line_end = |at: usize| if names()[at].contains('\n') { "\n" } else { " " };
        Self::of(homes(|at| format!("HOME{}{at}", line_end(at)))).await
    }

    async fn of(file: Vec<u8>) -> Self {
        let folder = TempDir::new().unwrap();
        let (files, index) = (folder.path().join("files"), folder.path().join("index"));
        crate::folder::write(&files, &[("homes.csv", file)]);
        publish(&files, &index, "2026-11-21T12:00:00Z");
        let ledger = SqliteLedger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
        Self { api: Api::new(app(&index, ledger)), _folder: folder }
    }

    /// The names as in the directory.
    async fn called(&self) -> Vec<String> {
        let mut called = Vec::new();
        for at in 0..names().len() {
            let answer = self.api.get(&format!("/v1/providers/{}", id(at))).await;
            assert_eq!(answer.status, StatusCode::OK, "the row of {:?} was lost", names()[at]);
            called.push(answer.json()["provider"]["name"]["value"].as_str().unwrap().to_owned());
        }
        called
    }

    async fn form(&self, path: &str, more: &[(&str, &str)]) -> Answer {
        let asked = [("near", "64108"), ("service", "skilled_nursing"), ("need", "wound.npwt"), ("limit", "100")];
        let replaced = |(field, _): &&(&str, &str)| !more.iter().any(|(given, _)| given == field);
        let fields: Vec<(&str, &str)> = asked.iter().filter(replaced).chain(more).copied().collect();
        self.alone(path, &fields).await
    }

    async fn alone(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        let answer = self.api.send(request.body(Body::from(body)).unwrap()).await;
        if answer.status == StatusCode::SEE_OTHER { self.api.get(answer.header("location")).await } else { answer }
    }

    /// Every page that shows a name, with a label.
    async fn pages(&self) -> Vec<(String, Answer)> {
        let mut pages = vec![
            ("directory".to_owned(), self.api.get("/directory").await),
            ("answer".to_owned(), self.form("/", &[]).await),
            ("call sheet".to_owned(), self.form("/call-sheet", &[]).await),
        ];
        for at in 0..names().len() {
            pages.push((format!("provider {at}"), self.api.get(&format!("/providers/{}", id(at))).await));
            pages.push((format!("about {at}"), self.form("/what-about", &[("provider", &id(at))]).await));
        }
        for at in (0..names().len()).step_by(5) {
            let picks: Vec<String> = (at..at + 5).map(id).collect();
            let picks: Vec<(&str, &str)> = picks.iter().map(|id| ("pick", id.as_str())).collect();
            pages.push((format!("compare {at}"), self.form("/compare", &picks).await));
        }
        for order in ["distance", "name"] {
            for language in ["en", "es"] {
                let wish = [("order", order), ("list_language", language)];
                pages.push((format!("choice list {order} {language}"), self.form("/choice-list", &wish).await));
            }
        }
        pages
    }
}

fn app(index: &Path, ledger: SqliteLedger) -> AppState {
    let app = AppState { catalog: Arc::new(SharedCatalog::new(index)), ledger: Some(Arc::new(ledger)), ..sample_app() };
    app.catalog.reload().unwrap();
    app
}

/// The structure of a page: elements and attributes, without parts that data may change.
fn frame(page: &Element) -> Vec<String> {
    const DATA: [&str; 8] = ["value", "href", "title", "data-label", "aria-label", "d", "x", "y"];
    let shape = |element: &&Element| {
        let attributes = element.attributes.iter().map(|(name, value)| {
            let kept = if DATA.contains(&name.as_str()) { "" } else { value.as_str() };
            format!(" {name}={kept:?}")
        });
        format!("<{}{}>", element.name, attributes.collect::<String>())
    };
    page.all().iter().map(shape).collect()
}

/// Markup that a page must not have.
fn dangers(page: &Element) -> Vec<String> {
    let mut dangers = Vec::new();
    for element in page.all() {
        let name = element.name.as_str();
        if name == "script" && (element.attribute("src") != Some("/assets/placement.js") || !element.inside.is_empty()) {
            dangers.push(format!("a script: {element:?}"));
        }
        if ["iframe", "object", "embed", "base", "style", "math", "foreignObject", "template", "img"].contains(&name) {
            dangers.push(format!("an element {name}"));
        }
        for (attribute, value) in &element.attributes {
            if attribute.starts_with("on") || attribute == "style" || attribute == "srcdoc" {
                dangers.push(format!("an attribute {attribute}"));
            }
            let leads = ["href", "src", "action", "formaction"].contains(&attribute.as_str());
            // The number of a facility is letters and digits, whatever its name is.
            let care_compare = value.strip_prefix("https://www.medicare.gov/care-compare/details/");
            let is_number = |rest: &str| rest.chars().all(|c| c.is_ascii_alphanumeric() || "-/".contains(c));
            let is_allowed = ["/", "#", "tel:+1"].iter().any(|start| value.starts_with(start))
                || attribute == "href" && care_compare.is_some_and(is_number);
            if leads && !is_allowed || value.starts_with("//") {
                dangers.push(format!("{attribute} leads to {value}"));
            }
        }
    }
    dangers
}

/// Places where `text` is next to other text of its line without `bdi` or `dir`, by element.
fn unisolated(element: &Element, isolated: bool, text: &str, found: &mut Vec<String>) {
    // Elements without children isolate their text.
    const ALONE: [&str; 6] = ["title", "desc", "option", "textarea", "bdi", "script"];
    // Block elements do not affect text outside.
    const LINES: [&str; 11] = ["h1", "h2", "h3", "h4", "p", "li", "td", "th", "dt", "dd", "caption"];
    let isolated = isolated || ALONE.contains(&element.name.as_str()) || element.attribute("dir") == Some("auto");
    let by_itself = LINES.contains(&element.name.as_str()) && element.inside.len() == 1;
    for node in &element.inside {
        match node {
            Node::Element(inner) => unisolated(inner, isolated, text, found),
            Node::Text(words) if isolated || !words.contains(text) || by_itself && words.trim() == text => {}
            Node::Text(_) => found.push(element.name.clone()),
        }
    }
}

#[tokio::test]
async fn hostile_names_stay_names_on_every_page() {
    let (hostile, plain) = (Town::hostile().await, Town::plain().await);
    let called = hostile.called().await;
    let mut faults = Vec::new();
    for ((what, page), (_, tame)) in hostile.pages().await.into_iter().zip(plain.pages().await) {
        assert_eq!((page.status, tame.status), (StatusCode::OK, StatusCode::OK), "{what}: {}", page.text);
        let (page, tame) = match (read(&page.text), read(&tame.text)) {
            (Ok(page), Ok(tame)) => (page, tame),
            (page, tame) => {
                faults.push(format!("{what}: {:?} {:?}", page.err(), tame.err()));
                continue;
            }
        };
        faults.extend(dangers(&page).into_iter().map(|danger| format!("{what}: {danger}")));
        let (made, expected) = (frame(&page), frame(&tame));
        if let Some((made, expected)) = made.iter().zip(&expected).find(|(made, expected)| made != expected) {
            faults.push(format!("{what}: {made} instead of {expected}"));
        }
        if made.len() != expected.len() {
            faults.push(format!("{what}: {} elements instead of {}", made.len(), expected.len()));
        }
        for name in called.iter().filter(|name| turns(name)) {
            let mut places = Vec::new();
            unisolated(&page, false, name, &mut places);
            faults.extend(places.into_iter().map(|place| format!("{what}: a turned name stands bare in {place}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn each_name_reads_as_the_directory_has_it() {
    let town = Town::hostile().await;
    let called = town.called().await;
    for (name, typed) in called.iter().zip(names()) {
        let bare = |text: &str| text.split(|c: char| c.is_whitespace() || c.is_control()).collect::<String>();
        let expected = if typed.starts_with("&lt;") { "<b> & <script>".to_owned() } else { printable(typed) };
        assert_eq!(
            bare(name),
            bare(&expected),
            "only entities are decoded, and only control and direction characters are lost"
        );
        assert!(!name.chars().any(char::is_control), "{name:?}");
    }
    let on_paper: Vec<String> = called.iter().map(|name| proper_case(&printable(name))).collect();
    let called: Vec<String> = called.iter().map(|name| proper_case(name)).collect();
    for (what, page) in town.pages().await {
        let page = read(&page.text).unwrap();
        let text = page.text();
        let shown: Vec<&String> = match what.split_once(' ') {
            Some(("provider", at)) => {
                let name = &called[at.parse::<usize>().unwrap()];
                assert_eq!(page.named("h1")[0].text(), *name, "{what}");
                vec![name]
            }
            Some(("about", at)) => vec![&called[at.parse::<usize>().unwrap()]],
            Some(("compare", at)) => called.iter().skip(at.parse().unwrap()).take(5).collect(),
            Some(("choice", _)) => on_paper.iter().collect(),
            Some(("call", _)) => called.iter().collect(),
            None if what == "answer" => called.iter().collect(),
            _ => Vec::new(),
        };
        for name in shown {
            assert!(text.contains(name.as_str()), "{what} lacks {name:?}");
        }
    }
}

#[tokio::test]
async fn what_is_typed_stays_text_where_it_is_shown_again() {
    let town = Town::hostile().await;
    for name in names() {
        // Characters that no form control can hold are not typed.
        let name: String = name.chars().filter(|c| !c.is_control()).collect();
        let name = name.as_str();
        for (path, fields) in [
            ("/what-about", vec![("provider", name)]),
            ("/", vec![("coverage", name)]),
            ("/", vec![("need_words", name)]),
            ("/compare", vec![("pick", name), ("pick", "nobody")]),
            ("/choice-list/again", vec![("id", name)]),
        ] {
            let answer =
                if path == "/choice-list/again" { town.alone(path, &fields).await } else { town.form(path, &fields).await };
            assert!(answer.status != StatusCode::INTERNAL_SERVER_ERROR, "{path} {fields:?}");
            let page = read(&answer.text).unwrap_or_else(|fault| panic!("{path} {fields:?}: {fault}"));
            assert_eq!(dangers(&page), Vec::<String>::new(), "{path} {fields:?}");
        }
    }
}

#[tokio::test]
async fn options_offered_while_typing_are_options_only() {
    let town = Town::hostile().await;
    let mut offered = 0;
    for name in names() {
        let answer = town.alone("/suggest/providers", &[("provider", name)]).await;
        if name.chars().count() > LONGEST_TEXT {
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name:?}");
            continue;
        }
        assert_eq!(answer.status, StatusCode::OK, "{name:?}");
        let list = read(&format!("<datalist>{}</datalist>", answer.text)).unwrap_or_else(|fault| panic!("{name:?}: {fault}"));
        assert!(list.all().iter().skip(1).all(|element| element.name == "option"), "{name:?}: {}", answer.text);
        assert_eq!(dangers(&list), Vec::<String>::new());
        offered += list.all().len() - 1;
    }
    assert!(offered >= names().len() / 2, "most of the names find something: {offered}");
}

#[tokio::test]
async fn tables_for_other_programs_hold_the_names_and_no_formula() {
    let town = Town::hostile().await;
    let called = town.called().await;
    let file = town.form("/export/csv", &[]).await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.text);
    let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
    let rows: Vec<csv::StringRecord> = csv::Reader::from_reader(text.as_bytes())
        .records()
        .collect::<Result<_, _>>()
        .expect("every row is as wide as the head");
    assert_eq!(rows.len(), called.len());
    for cell in rows.iter().flat_map(|row| row.iter()) {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
    }
    let has = |cells: &[String], name: &str| {
        cells.iter().any(|cell| cell.trim_start_matches('\'') == name.trim_start_matches('\''))
    };
    let cells: Vec<String> = rows.iter().flat_map(|row| row.iter().map(str::to_owned)).collect();
    for name in &called {
        assert!(has(&cells, name), "the CSV lacks {name:?}");
    }

    let file = town.form("/export/xlsx", &[]).await;
    assert_eq!(file.status, StatusCode::OK);
    let mut book = calamine::Xlsx::new(Cursor::new(file.bytes)).unwrap();
    let sheet = book.sheet_names()[0].clone();
    let range = book.worksheet_range(&sheet).unwrap();
    let cells: Vec<String> = range.cells().map(|(_, _, cell)| cell.to_string()).collect();
    for name in &called {
        assert!(has(&cells, name), "the workbook lacks {name:?}");
    }
    let formulas = book.worksheet_formula(&sheet).unwrap();
    assert_eq!(formulas.cells().filter(|(_, _, formula)| !formula.is_empty()).count(), 0);
}

/// A PDF without streams and string contents (ISO 32000, 7.3.4.2): a name that ended its string
/// early would remain.
fn without_strings(pdf: &[u8]) -> String {
    let mut bare = Vec::new();
    let mut rest = pdf;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'(' {
            let mut open = 1;
            while let Some((&byte, after)) = rest.split_first().filter(|_| open > 0) {
                rest = if byte == b'\\' { &after[1..] } else { after };
                open += i32::from(byte == b'(') - i32::from(byte == b')');
            }
        } else {
            bare.push(byte);
        }
        if bare.ends_with(b"stream\n") && !bare.ends_with(b"endstream\n") {
            let end = rest.windows(9).position(|word| word == b"endstream").unwrap();
            rest = &rest[end..];
        }
    }
    String::from_utf8_lossy(&bare).into_owned()
}

#[test]
fn a_string_of_a_pdf_ends_where_its_brackets_do() {
    let read = |pdf: &str| without_strings(pdf.as_bytes());
    assert_eq!(read("<< /Title (a (b) \\) /JS) >> stream\n(/JS endstream"), "<< /Title  >> stream\nendstream");
    assert_eq!(read("(a) /JS (b)"), " /JS ", "what broke out is seen");
}

#[tokio::test]
async fn a_list_for_programs_and_one_for_paper_hold_the_names() {
    let town = Town::hostile().await;
    // Characters that change the direction or hide text are in no form of a list.
    let called: Vec<String> = town.called().await.iter().map(|name| printable(name)).collect();
    let asked = json!({"discharge": {"service": "skilled_nursing", "near": {"zip": "64108"}, "limit": 100}});
    for accept in ["application/json", "text/html", "application/pdf"] {
        let request = Request::post("/v1/choice-lists").header("content-type", "application/json").header("accept", accept);
        let answer = town.api.send(request.body(Body::from(asked.to_string())).unwrap()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{accept}: {}", answer.text);
        match accept {
            "application/json" => {
                let list = answer.json();
                let listed = list["providers"].as_array().unwrap();
                let names: Vec<&str> = listed.iter().map(|l| l["provider"]["name"].as_str().unwrap()).collect();
                assert!(called.iter().all(|name| names.contains(&name.as_str())));
            }
            "text/html" => {
                let page = read(&answer.text).unwrap();
                assert_eq!(dangers(&page), Vec::<String>::new());
                let text = page.text();
                assert!(called.iter().all(|name| text.contains(&proper_case(name))));
            }
            _ => {
                assert!(answer.bytes.starts_with(b"%PDF-"));
                let bare = without_strings(&answer.bytes);
                for word in ["/JavaScript", "/JS", "/OpenAction", "/Launch", "/URI", "/AA"] {
                    assert!(!bare.contains(word), "{word}");
                }
            }
        }
    }
}

#[test]
fn a_file_with_nul_is_no_text_and_is_refused_whole() {
    let file = String::from_utf8(homes(|at| format!("HOME {at}"))).unwrap().replace("HOME 7", "HOME \0");
    let Err(refused) = crate::folder::try_read(&[("homes.csv", file)]) else { panic!("it was read") };
    assert!(refused.to_string().contains("not text"), "{refused}");
}
