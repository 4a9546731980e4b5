//! Will it take the patient?

/// The verdict over everything required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Every answer is yes.
    Accepts,
    /// Some are unknown, none is no.
    Ask,
    /// Some are no.
    Declines,
}

impl Verdict {
    /// The word the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Accepts => "accepts",
            Self::Ask => "ask",
            Self::Declines => "declines",
        }
    }
}
