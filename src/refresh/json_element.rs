//! One element of a JSON list and its place.

use serde::Deserialize;

/// One element and its place in the list, counted from 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JsonElement<'a> {
    pub text: &'a str,
    /// Its place.
    pub at: u64,
}

impl<'a> JsonElement<'a> {
    /// The element as a `T`.
    ///
    /// # Errors
    /// Why it is none, in words.
    pub(crate) fn parse<T: Deserialize<'a>>(self) -> Result<T, String> {
        serde_json::from_str(self.text).map_err(|error| error.to_string())
    }
}
