//! The server credential, which is never logged or shown.

use std::fmt;

use reqwest::header::HeaderValue;

/// A bearer token. Its `Debug` output hides it.
#[derive(Clone)]
pub struct AccessToken {
    text: String,
    header: HeaderValue,
}

impl AccessToken {
    /// Parses a token, trimming spaces; `None` if it is not valid in a header.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut header = HeaderValue::from_str(&format!("Bearer {text}")).ok().filter(|_| !text.is_empty())?;
        header.set_sensitive(true);
        Some(Self { text: text.to_owned(), header })
    }

    /// The `Authorization` header value.
    pub fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// Replaces the token in a text with "…".
    pub fn hidden(&self, text: &str) -> String {
        text.replace(self.text.as_str(), "…")
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_line_and_nobody_reads_it() {
        assert_eq!(format!("{:?}", AccessToken::new(" abc\n").unwrap()), "Token(..)");
        assert_eq!(AccessToken::new("abc").unwrap().hidden("no, abc!"), "no, …!");
        assert!(AccessToken::new(" \n").is_none() && AccessToken::new("a\nb").is_none());
    }
}
