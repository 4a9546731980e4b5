//! Streams the resources of a document: from lines, a bundle, a list, or a single resource.

use std::io::BufRead;
use std::{fmt, io};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::refresh::input::read_budget::{LONGEST_ELEMENT, ReadBudget};

/// A resource and its URL in a bundle.
#[derive(Debug)]
pub(crate) struct RawResource {
    pub value: Map<String, Value>,
    /// `fullUrl` of its bundle entry.
    pub url: Option<String>,
    /// Its line; if the document is not in lines, its number among the resources.
    pub line: u64,
}

/// An element that is not a resource.
#[derive(Debug)]
pub(crate) struct ResourceError {
    /// Its position, as for a resource.
    pub line: u64,
    /// What is wrong, and what is lost.
    pub reason: String,
    /// Whether the rest of the document is unknown.
    pub broken: bool,
}

/// Called for each resource or error.
pub(crate) type ResourceVisitor<'a> = dyn FnMut(Result<RawResource, ResourceError>) + 'a;

/// Passes every resource of the document to `sink`.
///
/// # Errors
/// A disk error, a truncated compressed file, or a resource longer than [`LONGEST_ELEMENT`].
pub(crate) fn each(document: &mut dyn BufRead, within: &ReadBudget, sink: &mut ResourceVisitor<'_>) -> io::Result<()> {
    if in_lines(document.fill_buf()?) { lines(document, within, sink) } else { values(document, within, sink) }
}

/// Whether the first line is a complete value, so that a broken line costs only itself.
fn in_lines(beginning: &[u8]) -> bool {
    let line = beginning.iter().position(|byte| *byte == b'\n').and_then(|end| beginning.get(..end));
    line.is_some_and(|line| serde_json::from_slice::<IgnoredAny>(line).is_ok())
}

fn lines(document: &mut dyn BufRead, within: &ReadBudget, sink: &mut ResourceVisitor<'_>) -> io::Result<()> {
    let mut text = Vec::new();
    for line in 1.. {
        text.clear();
        within.renew(LONGEST_ELEMENT);
        if document.read_until(b'\n', &mut text)? == 0 {
            break;
        }
        let ends = text.ends_with(b"\n");
        let text = text.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let mut found = Vec::new();
        match read_value(&mut serde_json::Deserializer::from_slice(text), &mut |resource| found.push(resource)) {
            Ok(()) => found.into_iter().for_each(|resource| sink(Ok(RawResource { line, ..resource }))),
            Err(error) => sink(Err(ResourceError { line, reason: reason(&error), broken: !ends })),
        }
    }
    Ok(())
}

fn values(document: &mut dyn BufRead, within: &ReadBudget, sink: &mut ResourceVisitor<'_>) -> io::Result<()> {
    let mut number = 0;
    while skip_space(document)? {
        let mut take = |resource| {
            number += 1;
            within.renew(LONGEST_ELEMENT);
            sink(Ok(RawResource { line: number, ..resource }));
        };
        if let Err(error) = read_value(&mut serde_json::Deserializer::from_reader(&mut *document), &mut take) {
            if error.is_io() {
                return Err(error.into());
            }
            let reason = format!("{}, and the rest of the file is not read", reason(&error));
            sink(Err(ResourceError { line: number + 1, reason, broken: true }));
            break;
        }
    }
    Ok(())
}

/// Why a value cannot be read. A data error would quote the value, which may name a person.
fn reason(error: &serde_json::Error) -> String {
    if error.is_data() { "it is not a FHIR resource".to_owned() } else { format!("it is not JSON: {error}") }
}

/// Whether anything but whitespace is left.
fn skip_space(document: &mut dyn BufRead) -> io::Result<bool> {
    loop {
        let buffer = document.fill_buf()?;
        if buffer.is_empty() {
            return Ok(false);
        }
        let space = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if space < buffer.len() {
            document.consume(space);
            return Ok(true);
        }
        document.consume(space);
    }
}

fn read_value<'de, R: serde_json::de::Read<'de>>(
    from: &mut serde_json::Deserializer<R>,
    take: &mut dyn FnMut(RawResource),
) -> serde_json::Result<()> {
    ResourceStream(take).deserialize(from)
}

/// A resource, a bundle or a list of resources (`results` of a paging envelope is a list of either); each is passed on once it is
/// read, so that a large bundle is never held.
struct ResourceStream<'a>(&'a mut dyn FnMut(RawResource));

impl<'de> DeserializeSeed<'de> for ResourceStream<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ResourceStream<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a FHIR resource, a bundle or a list of either")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(value) = list.next_element()? {
            (self.0)(RawResource { value, url: None, line: 0 });
        }
        Ok(())
    }

    /// An object with a list of entries is a bundle: its type may come after them.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut value = Map::new();
        let mut bundle = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == "entry" {
                map.next_value_seed(EntryStream(&mut *self.0))?;
                bundle = true;
            } else if key == "results" {
                map.next_value_seed(ResourceStream(&mut *self.0))?;
                bundle = true;
            } else {
                value.insert(key, map.next_value()?);
            }
        }
        if !bundle && value.get("resourceType").is_none_or(|kind| kind != "Bundle") {
            (self.0)(RawResource { value, url: None, line: 0 });
        }
        Ok(())
    }
}

/// The entries of a bundle.
struct EntryStream<'a>(&'a mut dyn FnMut(RawResource));

impl<'de> DeserializeSeed<'de> for EntryStream<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for EntryStream<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the entries of a bundle")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(mut entry) = list.next_element::<Map<String, Value>>()? {
            let url = entry.get("fullUrl").and_then(Value::as_str).map(str::to_owned);
            let deletes = entry.get("request").and_then(|request| request.get("method")) == Some(&"DELETE".into());
            if let Some(Value::Object(value)) = entry.remove("resource").filter(|_| !deletes) {
                (self.0)(RawResource { value, url, line: 0 });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::row_counter::RowCounter;

    fn ids(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        each(&mut text.as_bytes(), &ReadBudget::counted_by(RowCounter::default()), &mut |one| {
            found.push(match one {
                Ok(resource) => format!("{}:{}", resource.line, resource.value["id"].as_str().unwrap()),
                Err(ResourceError { line, .. }) => format!("{line}!"),
            });
        })
        .unwrap();
        found
    }

    #[test]
    fn resources_come_in_lines_bundles_lists_and_alone() {
        let one = |id: &str| format!("{{\"id\":\"{id}\",\"resourceType\":\"Location\"}}");
        let (a, b, c) = (one("a"), one("b"), one("c"));
        let bundle = format!(
            "{{\"entry\":[{{\"resource\":{a}}},{{\"fullUrl\":\"urn:uuid:1\",\"resource\":{b}}},\
             {{\"request\":{{\"method\":\"DELETE\",\"url\":\"Location/c\"}}}}],\"resourceType\":\"Bundle\"}}"
        );
        for (what, text, expected) in [
            ("lines", format!("{a}\n\n{b}\r\n{c}"), vec!["1:a", "3:b", "4:c"]),
            ("a broken line", format!("{a}\n{{\"id\":\n{c}\n"), vec!["1:a", "2!", "3:c"]),
            ("a bundle", bundle.clone(), vec!["1:a", "2:b"]),
            ("a bundle over lines", bundle.replace(',', ",\n"), vec!["1:a", "2:b"]),
            ("bundles in lines", format!("{bundle}\n{c}\n"), vec!["1:a", "1:b", "2:c"]),
            ("a list", format!("[{a},\n{b}]"), vec!["1:a", "2:b"]),
            ("an envelope", format!("{{\"count\":2,\"next\":null,\"results\":[{a},{b}]}}"), vec!["1:a", "2:b"]),
            ("an envelope of a bundle", format!("{{\"results\":{bundle}}}"), vec!["1:a", "2:b"]),
            ("one", a.clone(), vec!["1:a"]),
            ("one over lines", a.replace(',', ",\n"), vec!["1:a"]),
            ("one behind another", format!("{}\n{b}", a.replace(',', ",\n")), vec!["1:a", "2:b"]),
            ("cut off", format!("[{a},{{\"id\""), vec!["1:a", "2!"]),
            ("an empty bundle", "{\"resourceType\":\"Bundle\"}".to_owned(), vec![]),
            ("too deep", format!("{a}\n{}", "[".repeat(100_000)), vec!["1:a", "2!"]),
        ] {
            assert_eq!(ids(&text), expected, "{what}");
        }
    }
}
