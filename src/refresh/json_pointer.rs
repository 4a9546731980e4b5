//! The line of each value in a JSON text, so that faults can be reported by pointer and line.

use std::collections::HashMap;

use crate::input::place::escape;

/// The values of a JSON text by JSON pointer (RFC 6901).
#[derive(Debug, Default)]
pub(crate) struct JsonPointerIndex {
    lines: HashMap<String, u64>,
    /// Pointers of fields that occur twice in their object; the last occurrence counts.
    pub repeated: Vec<String>,
}

impl JsonPointerIndex {
    /// Indexes a valid JSON text down to `depth` levels.
    pub(crate) fn of(text: &str, depth: usize) -> Self {
        let mut walk = PointerScanner { text: text.as_bytes(), at: 0, line: 1, depth, found: Self::default() };
        walk.value(&mut String::new(), 0);
        let mut found = walk.found;
        // Fields inside a repeated field are not reported separately.
        let repeated = std::mem::take(&mut found.repeated);
        let within = |outer: &String, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
        found.repeated =
            repeated.iter().filter(|inner| !repeated.iter().any(|outer| within(outer, inner))).cloned().collect();
        found
    }

    /// The line of the value, or of its nearest existing parent.
    pub(crate) fn line(&self, pointer: &str) -> u64 {
        let mut pointer = pointer;
        loop {
            match (self.lines.get(pointer), pointer.rfind('/')) {
                (Some(line), _) => return *line,
                (None, Some(parent)) => pointer = &pointer[..parent],
                (None, None) => return 1,
            }
        }
    }
}

struct PointerScanner<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
    depth: usize,
    found: JsonPointerIndex,
}

impl PointerScanner<'_> {
    fn next(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip(&mut self) {
        self.line += u64::from(self.next() == Some(b'\n'));
        self.at += 1;
    }

    /// Advances to the next byte that is not white space, comma or colon.
    fn seek(&mut self) -> Option<u8> {
        while self.next().is_some_and(|byte| byte.is_ascii_whitespace() || byte == b',' || byte == b':') {
            self.skip();
        }
        self.next()
    }

    fn value(&mut self, pointer: &mut String, depth: usize) {
        let first = self.seek();
        if depth <= self.depth && self.found.lines.insert(pointer.clone(), self.line).is_some() {
            self.found.repeated.push(pointer.clone());
        }
        match first {
            Some(b'{') => self.object(pointer, depth),
            Some(b'[') => self.list(pointer, depth),
            Some(b'"') => {
                self.text();
            }
            _ => {
                while self.next().is_some_and(|byte| !b",]}".contains(&byte) && !byte.is_ascii_whitespace()) {
                    self.skip();
                }
            }
        }
    }

    fn object(&mut self, pointer: &mut String, depth: usize) {
        self.skip();
        while self.seek() == Some(b'"') {
            let name = self.text();
            self.below(pointer, &escape(&name), depth);
        }
        self.skip();
    }

    fn list(&mut self, pointer: &mut String, depth: usize) {
        self.skip();
        let mut place = 0;
        while self.seek().is_some_and(|byte| byte != b']') {
            self.below(pointer, &place.to_string(), depth);
            place += 1;
        }
        self.skip();
    }

    fn below(&mut self, pointer: &mut String, step: &str, depth: usize) {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(step);
        self.value(pointer, depth + 1);
        pointer.truncate(length);
    }

    /// Reads the quoted text at the current position.
    fn text(&mut self) -> String {
        let begin = self.at;
        self.skip();
        while self.next().is_some_and(|byte| byte != b'"') {
            self.at += usize::from(self.next() == Some(b'\\'));
            self.skip();
        }
        self.skip();
        self.text.get(begin..self.at).and_then(|text| serde_json::from_slice(text).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_found_on_its_line_and_what_stands_twice_is_told() {
        let text = "{\n \"a\": [1,\n  \"x\\\"]}\",\n  {\"b/c\": null}],\n \"d\": {\n},\n \"a\": [-1.5e3],\n\"e\":\n[[\n7]]}";
        let found = JsonPointerIndex::of(text, 2);
        for (pointer, line) in [
            ("", 1),
            ("/a/0", 7),
            ("/a/1", 3),
            ("/a/2", 4),
            ("/a/2/b~1c", 4),
            ("/d", 5),
            ("/a", 7),
            ("/e", 9),
            ("/e/0", 9),
            ("/e/0/0", 9),
            ("/e/5", 9),
            ("/none", 1),
        ] {
            assert_eq!(found.line(pointer), line, "{pointer}");
        }
        assert_eq!(found.repeated, ["/a"]);
    }
}
