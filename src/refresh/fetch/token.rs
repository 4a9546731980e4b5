//! What opens a server, and is told to nobody else.

use std::fmt;

use reqwest::header::HeaderValue;

/// A bearer token. Nothing prints it.
#[derive(Clone)]
pub struct AccessToken {
    text: String,
    header: HeaderValue,
}

impl AccessToken {
    /// The token in a text; space around it is dropped. `None` when no header could carry it.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut header = HeaderValue::from_str(&format!("Bearer {text}")).ok().filter(|_| !text.is_empty())?;
        header.set_sensitive(true);
        Some(Self { text: text.to_owned(), header })
    }

    /// The header that shows it to the server.
    pub fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// A text without the token, should somebody have repeated it there.
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
