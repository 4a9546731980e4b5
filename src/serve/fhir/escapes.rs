//! Characters that separate values, and their escapes (FHIR R4, 3.1.1.4.5).

/// Splits a text at a character, except where a backslash escapes it.
pub(crate) fn split(text: &str, sign: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        if c == sign && !escaped {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    parts
}

/// A value without the backslashes that escape commas, bars and dollars.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let escapes = c == '\\' && chars.peek().is_some_and(|next| ['\\', ',', '|', '$'].contains(next));
        plain.extend(if escapes { chars.next() } else { Some(c) });
    }
    plain
}
