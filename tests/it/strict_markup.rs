//! A strict parser for pages and drawings: markup that a browser would repair is an error here, so
//! that injected text is detected.

/// Elements that have no end tag in HTML.
const VOID: [&str; 8] = ["br", "col", "hr", "img", "input", "link", "meta", "wbr"];

/// An element with its content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub inside: Vec<Node>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn has_class(&self, class: &str) -> bool {
        self.attribute("class").is_some_and(|classes| classes.split_whitespace().any(|known| known == class))
    }

    /// All text inside, unchanged.
    pub(crate) fn text(&self) -> String {
        let texts = self.inside.iter().map(|node| match node {
            Node::Element(element) => element.text(),
            Node::Text(text) => text.clone(),
        });
        texts.collect()
    }

    /// All text inside, with normalized white space.
    pub(crate) fn words(&self) -> String {
        self.text().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// It and all elements inside, in document order.
    pub(crate) fn all(&self) -> Vec<&Self> {
        let inside = self.inside.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        });
        std::iter::once(self).chain(inside.flat_map(Self::all)).collect()
    }

    /// Every element of that name.
    pub(crate) fn named(&self, name: &str) -> Vec<&Self> {
        self.all().into_iter().filter(|element| element.name == name).collect()
    }

    /// Every element of that class.
    pub(crate) fn classed(&self, class: &str) -> Vec<&Self> {
        self.all().into_iter().filter(|element| element.has_class(class)).collect()
    }
}

/// The single element of `text`, which may begin with a doctype.
pub(crate) fn read(text: &str) -> Result<Element, String> {
    let mut reader = Reader { text, at: 0 };
    reader.space();
    if reader.takes("<!doctype html>") {
        reader.space();
    }
    let root = reader.element()?;
    reader.space();
    if reader.at == text.len() { Ok(root) } else { Err(reader.fault("something follows the end")) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn fault(&self, what: &str) -> String {
        let near: String = self.rest().chars().take(60).collect();
        format!("{what} at {}: {near:?}", self.at)
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\n', '\t', '\r']).len();
    }

    fn takes(&mut self, what: &str) -> bool {
        let found = self.rest().starts_with(what);
        self.at += if found { what.len() } else { 0 };
        found
    }

    fn name(&mut self) -> Result<String, String> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(self.fault("no name"));
        }
        self.at += end;
        Ok(rest[..end].to_owned())
    }

    fn element(&mut self) -> Result<Element, String> {
        if !self.takes("<") {
            return Err(self.fault("no element"));
        }
        let mut element = Element { name: self.name()?, ..Element::default() };
        loop {
            let before = self.at;
            self.space();
            if self.takes("/>") {
                return Ok(element);
            }
            if self.takes(">") {
                break;
            }
            if before == self.at {
                return Err(self.fault("no space before an attribute"));
            }
            let (name, value) = self.attribute()?;
            if element.attribute(&name).is_some() {
                return Err(self.fault(&format!("{name} is given twice")));
            }
            element.attributes.push((name, value));
        }
        if !VOID.contains(&element.name.as_str()) {
            self.inside(&mut element)?;
        }
        Ok(element)
    }

    fn attribute(&mut self) -> Result<(String, String), String> {
        let name = self.name()?;
        if !self.takes("=") {
            return Ok((name, String::new()));
        }
        if !self.takes("\"") {
            return Err(self.fault("a value without quotes"));
        }
        let end = self.rest().find('"').ok_or_else(|| self.fault("a value without an end"))?;
        let value = self.decoded(&self.rest()[..end])?;
        self.at += end + 1;
        Ok((name, value))
    }

    fn inside(&mut self, element: &mut Element) -> Result<(), String> {
        loop {
            let end = self.rest().find('<').ok_or_else(|| self.fault(&format!("{} has no end", element.name)))?;
            if end > 0 {
                element.inside.push(Node::Text(self.decoded(&self.rest()[..end])?));
                self.at += end;
            }
            if self.takes("</") {
                let name = self.name()?;
                let ended = self.takes(">") && name == element.name;
                return if ended { Ok(()) } else { Err(self.fault(&format!("{} ended as {name}", element.name))) };
            }
            element.inside.push(Node::Element(self.element()?));
        }
    }

    /// `raw` with character references decoded. Characters with a special meaning are rejected.
    fn decoded(&self, raw: &str) -> Result<String, String> {
        let mut text = String::new();
        let mut rest = raw;
        while let Some(at) = rest.find(['&', '<', '>']) {
            text.push_str(&rest[..at]);
            let reference = rest[at..].split_once(';').map(|(reference, _)| reference);
            let code = reference.and_then(|name| name.strip_prefix("&#")).and_then(|number| number.parse().ok());
            let c = match reference {
                Some("&amp") => '&',
                Some("&lt") => '<',
                Some("&gt") => '>',
                Some("&quot") => '"',
                _ => code.and_then(char::from_u32).ok_or_else(|| self.fault("a bare < > or &"))?,
            };
            text.push(c);
            rest = rest[at..].split_once(';').map_or("", |(_, rest)| rest);
        }
        text.push_str(rest);
        if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(self.fault("a control character"));
        }
        Ok(text)
    }
}

#[test]
fn what_a_browser_would_repair_is_a_fault() {
    for good in [
        "<!doctype html>\n<p>a &amp; b<br>c <b class=\"x\">d</b></p>\n",
        "<svg viewBox=\"0 0 1 1\"><path d=\"M0 0\"/><title>It&#39;s</title></svg>",
    ] {
        assert!(read(good).is_ok(), "{good}: {:?}", read(good));
    }
    for bad in [
        "<p>a & b</p>",
        "<p>a < b</p>",
        "<p title='x'>a</p>",
        "<p title=x>a</p>",
        "<p><b>a</p></b>",
        "<p>a",
        "<p>a</p><p>b</p>",
        "<p title=\"a\"\"b\">c</p>",
        "<p id=\"a\" id=\"b\">c</p>",
        "<p>a<!-- b --></p>",
        "<p>a\u{0}</p>",
    ] {
        assert!(read(bad).is_err(), "{bad}");
    }
    let page = read("<p class=\"a b\">It&#39;s <b>&lt;b&gt;</b></p>").unwrap();
    assert_eq!((page.text().as_str(), page.classed("b").len(), page.named("b").len()), ("It's <b>", 1, 1));
}
