//! Key IDs.

use std::fmt;

/// The public part of a key, used in lists and logs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub String);

impl KeyId {
    /// The id that sessions of people have as their parent who signed in elsewhere: no key has it, because the
    /// ids of keys have eight characters and no "o".
    pub(crate) const PERSON: &str = "person";

    /// Whether it stands for people who signed in elsewhere.
    pub(crate) fn is_person(&self) -> bool {
        self.0 == Self::PERSON
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
