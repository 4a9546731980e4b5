//! A minimal browser for tests: reads a page, finds its forms, fills them in and sends them.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};

use crate::api::Api;

/// A received page.
pub(crate) struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub html: String,
}

/// A form with the values it would send.
#[derive(Debug, Clone)]
pub(crate) struct PageForm {
    id: String,
    pub action: String,
    /// The tab it opens in; empty means the same.
    pub target: String,
    /// Hidden fields, values of the others, and checked boxes.
    pub fields: Vec<(String, String)>,
    /// The button labels, with the path of each if it differs.
    pub buttons: Vec<(String, Option<String>)>,
    /// The additional field of each button, if any.
    sends: Vec<Option<(String, String)>>,
}

/// A piece of HTML.
enum Piece {
    Tag { name: String, attributes: Vec<(String, String)> },
    Text(String),
}

/// Sends `fields` to `path`, and goes on to the page of the answer like a browser.
pub(crate) async fn post(api: &Api, path: &str, fields: &[(&str, &str)]) -> Page {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    let answer = api.send(request.body(Body::from(body)).unwrap()).await;
    if answer.status == StatusCode::SEE_OTHER {
        return get(api, answer.header("location")).await;
    }
    Page { status: answer.status, headers: answer.headers, html: answer.text }
}

pub(crate) async fn get(api: &Api, path: &str) -> Page {
    let answer = api.get(path).await;
    Page { status: answer.status, headers: answer.headers, html: answer.text }
}

impl Page {
    /// The visible text, with normalized spaces.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for piece in pieces(&self.html) {
            match piece {
                Piece::Text(said) => text.push_str(&said),
                Piece::Tag { .. } => text.push(' '),
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Asserts that the visible text contains `said`.
    #[track_caller]
    pub(crate) fn says(&self, said: &str) {
        let text = self.text();
        assert!(text.contains(said), "\"{said}\" is not in: {text:.3000}");
    }

    /// The text of the element with that id.
    pub(crate) fn part(&self, id: &str) -> String {
        let from =
            self.html.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("there is no {id} in: {:.3000}", self.text()));
        let start = self.html[..from].rfind('<').unwrap();
        let name: String = self.html[start + 1..].chars().take_while(char::is_ascii_alphanumeric).collect();
        let end = self.html[start..].find(&format!("</{name}>")).unwrap();
        let html = self.html[start..start + end].to_owned();
        Page { html, status: self.status, headers: HeaderMap::new() }.text()
    }

    /// All attributes of that name.
    pub(crate) fn attributes(&self, wanted: &str) -> Vec<String> {
        let tags = pieces(&self.html).into_iter().filter_map(|piece| match piece {
            Piece::Tag { attributes, .. } => Some(attributes),
            Piece::Text(_) => None,
        });
        tags.flatten().filter(|(name, _)| name == wanted).map(|(_, value)| value).collect()
    }

    pub(crate) fn forms(&self) -> Vec<PageForm> {
        let mut reader = FormReader::default();
        for piece in pieces(&self.html) {
            reader.read(piece);
        }
        reader.forms
    }

    /// The form with the button whose label is, or begins with, `button`.
    #[track_caller]
    pub(crate) fn form(&self, button: &str) -> PageForm {
        let mut forms = self.forms();
        let at = forms.iter().position(|form| form.buttons.iter().any(|(says, _)| says.starts_with(button)));
        forms.swap_remove(at.unwrap_or_else(|| panic!("no button says {button}: {forms:#?}")))
    }
}

impl PageForm {
    /// Presses the button with that label.
    pub(crate) async fn press(&self, api: &Api, button: &str) -> Page {
        let at = self.buttons.iter().position(|(says, _)| says.starts_with(button)).unwrap();
        let (_, action) = &self.buttons[at];
        let fields = self.fields.iter().chain(&self.sends[at]);
        let fields: Vec<(&str, &str)> = fields.map(|(name, value)| (&**name, &**value)).collect();
        post(api, action.as_ref().unwrap_or(&self.action), &fields).await
    }

    /// Sets `name` to `value` only.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.and(name, value)
    }

    /// Adds `value` to `name`.
    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

#[derive(Default)]
struct FormReader {
    forms: Vec<PageForm>,
    open: bool,
    select: Option<String>,
    /// The form of the button being parsed.
    button_of: Option<usize>,
}

impl FormReader {
    fn read(&mut self, piece: Piece) {
        match piece {
            Piece::Text(text) => {
                if let Some(form) = self.button_of {
                    let (says, _) = self.forms[form].buttons.last_mut().unwrap();
                    says.push_str(if says.is_empty() { text.trim_start() } else { &text });
                }
            }
            Piece::Tag { name, attributes } => self.tag(&name, &attributes),
        }
    }

    fn tag(&mut self, name: &str, attributes: &[(String, String)]) {
        let given = |wanted: &str| attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        let text = |wanted: &str| given(wanted).unwrap_or_default();
        // A control outside a form may belong to one by id.
        let open = self.open.then(|| self.forms.len() - 1);
        let form = given("form").map_or(open, |id| self.forms.iter().position(|form| form.id == id));
        match (name, form) {
            ("form", _) => {
                let (id, action, target) = (text("id"), text("action"), text("target"));
                self.forms.push(PageForm { id, action, target, fields: vec![], buttons: vec![], sends: vec![] });
                self.open = true;
            }
            ("/form", _) => self.open = false,
            ("/button", _) => self.button_of = None,
            ("/select", _) => self.select = None,
            ("input", Some(form)) => {
                let ticked = !["checkbox", "radio"].contains(&text("type").as_str()) || given("checked").is_some();
                if let (Some(name), true) = (given("name"), ticked) {
                    self.forms[form].fields.push((name, text("value")));
                }
            }
            ("select", Some(_)) => self.select = given("name"),
            ("option", Some(form)) => {
                if let (Some(name), Some(_)) = (&self.select, given("selected")) {
                    self.forms[form].fields.push((name.clone(), text("value")));
                }
            }
            ("button", Some(form)) => {
                self.button_of = Some(form);
                self.forms[form].buttons.push((String::new(), given("formaction")));
                self.forms[form].sends.push(given("name").map(|name| (name, text("value"))));
            }
            _ => {}
        }
    }
}

fn pieces(html: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        pieces.push(Piece::Text(plain(&rest[..start])));
        let end = start + tag_end(&rest[start..]);
        pieces.push(tag(&rest[start + 1..end]));
        rest = &rest[end + 1..];
    }
    pieces.push(Piece::Text(plain(rest)));
    pieces
}

/// The end of the tag that `html` begins with; a `>` in quotes does not end it.
fn tag_end(html: &str) -> usize {
    let mut quoted = false;
    let end = html.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == '>' && !quoted
    });
    end.unwrap_or_else(|| panic!("a tag without an end: {html:.80}")).0
}

fn tag(inside: &str) -> Piece {
    let name: String = inside.chars().take_while(|c| !c.is_whitespace() && *c != '>').collect();
    let mut attributes = Vec::new();
    let mut rest = inside[name.len()..].trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (attribute, after) = rest.split_at(end);
        if let Some(quoted) = after.strip_prefix("=\"") {
            let close = quoted.find('"').unwrap();
            attributes.push((attribute.to_owned(), plain(&quoted[..close])));
            rest = quoted[close + 1..].trim_start();
        } else {
            assert!(!after.starts_with('='), "an attribute without quotes: {inside}");
            attributes.push((attribute.to_owned(), String::new()));
            rest = after.trim_start();
        }
    }
    Piece::Tag { name, attributes }
}

fn plain(text: &str) -> String {
    let named = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&"), ("&amp;", "&")];
    named.into_iter().fold(text.to_owned(), |text, (name, sign)| text.replace(name, sign))
}
