//! The id of the hospital that a record belongs to.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Most characters of an id. Our choice.
const LONGEST: usize = 40;

/// A hospital: `id` of `hospital.toml`, or [`HospitalId::default`] where none is set. Records of
/// one hospital are neither read nor changed by another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HospitalId(Arc<str>);

impl HospitalId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for HospitalId {
    /// The hospital of an installation that names none.
    fn default() -> Self {
        Self(Arc::from("default"))
    }
}

impl FromStr for HospitalId {
    type Err = ParseHospitalIdError;

    fn from_str(text: &str) -> Result<Self, ParseHospitalIdError> {
        let named = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let good = (1..=LONGEST).contains(&text.len()) && text.bytes().all(named);
        if good { Ok(Self(Arc::from(text))) } else { Err(ParseHospitalIdError) }
    }
}

impl fmt::Display for HospitalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not an id of a hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hospital id is 1 to 40 lower-case letters, digits and hyphens")]
pub struct ParseHospitalIdError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_plain() {
        for (text, good) in [("mercy-west2", true), ("default", true), ("", false), ("Mercy", false), ("a b", false)] {
            assert_eq!(text.parse::<HospitalId>().is_ok(), good, "{text}");
        }
    }
}
