//! How an outcome came to be recorded.

/// How an outcome came to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum OutcomeOrigin {
    /// It was reported by itself.
    #[default]
    Reported,
    /// A referral request recorded it, and its answers as observations.
    Request,
    /// A referral request recorded it after it had recorded that nobody replied; it replaces that.
    LateReply,
}

impl OutcomeOrigin {
    /// Every origin.
    pub const ALL: [Self; 3] = [Self::Reported, Self::Request, Self::LateReply];

    /// The code in the ledger.
    pub fn code(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Request => "request",
            Self::LateReply => "late_reply",
        }
    }
}
