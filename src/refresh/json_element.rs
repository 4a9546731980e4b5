//! One element of a JSON list with its position.

use serde::Deserialize;

/// One element of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JsonElement<'a> {
    pub text: &'a str,
    /// Its position, from 0.
    pub at: u64,
}

impl<'a> JsonElement<'a> {
    /// Deserializes the element as a `T`.
    ///
    /// # Errors
    /// The deserialization error.
    pub(crate) fn parse<T: Deserialize<'a>>(self) -> Result<T, String> {
        serde_json::from_str(self.text).map_err(|error| error.to_string())
    }
}
