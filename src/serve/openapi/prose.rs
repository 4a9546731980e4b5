//! The little Markdown of the document's descriptions, as parts that a template can escape:
//! paragraphs, tables, `code` and **bold**.

/// A part of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProseBlock {
    /// A paragraph.
    Text(Vec<ProseSpan>),
    /// A table, with its header first.
    Table(Vec<Vec<Vec<ProseSpan>>>),
}

/// Text of one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProseSpan {
    /// Plain text.
    Plain(String),
    /// Code.
    Code(String),
    /// Bold text.
    Strong(String),
}

/// The parts of `text`, which are separated by blank lines.
pub(crate) fn blocks(text: &str) -> Vec<ProseBlock> {
    let block = |part: &str| if part.starts_with('|') { table(part) } else { ProseBlock::Text(spans(part)) };
    text.split("\n\n").map(str::trim).filter(|part| !part.is_empty()).map(block).collect()
}

fn table(part: &str) -> ProseBlock {
    let is_rule = |line: &&str| line.chars().all(|c| "|- ".contains(c));
    let row = |line: &str| line.trim_matches('|').split('|').map(|cell| spans(cell.trim())).collect();
    ProseBlock::Table(part.lines().filter(|line| !is_rule(line)).map(row).collect())
}

/// The spans of one line of text.
pub(crate) fn spans(text: &str) -> Vec<ProseSpan> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let marked = |mark: &str| rest.strip_prefix(mark).and_then(|inner| inner.split_once(mark));
        let (span, left) = if let Some((code, left)) = marked("`") {
            (ProseSpan::Code(code.to_owned()), left)
        } else if let Some((strong, left)) = marked("**") {
            (ProseSpan::Strong(strong.to_owned()), left)
        } else {
            // The first character is plain in any case, as it may be a mark without an end.
            let first = rest.chars().next().map_or(1, char::len_utf8);
            let end = rest[first..].find(['`', '*']).map_or(rest.len(), |at| at + first);
            (ProseSpan::Plain(rest[..end].to_owned()), &rest[end..])
        };
        found.push(span);
        rest = left;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let word = |span: &ProseSpan| match span {
            ProseSpan::Plain(text) => text.clone(),
            ProseSpan::Code(text) => format!("<{text}>"),
            ProseSpan::Strong(text) => format!("[{text}]"),
        };
        spans(text).iter().map(word).collect()
    }

    #[test]
    fn marks_are_read_where_they_are_pairs() {
        for (text, reads) in [
            ("plain", "plain"),
            ("Send `cursor` with **the same** question.", "Send <cursor> with [the same] question."),
            ("`{\"a\": 4}`", "<{\"a\": 4}>"),
            ("2 * 3 ` é", "2 * 3 ` é"),
            ("", ""),
        ] {
            assert_eq!(shown(text), reads);
        }
    }

    #[test]
    fn a_table_has_its_head_and_no_rule() {
        let [ProseBlock::Text(_), ProseBlock::Table(rows)] = &blocks("First.\n\n| a | b |\n| --- | --- |\n| `c` | d |")[..]
        else {
            panic!("a paragraph and a table")
        };
        assert_eq!((rows.len(), &rows[1][0]), (2, &vec![ProseSpan::Code("c".to_owned())]));
    }
}
