//! Does the plan cover it?

/// What is known of a line and the patient's coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Listed, sure and current; or certified, where a programme pays.
    InNetwork,
    /// Listed but ended, not begun, of doubtful identity or from an old directory.
    Unconfirmed,
    /// The plan is known, its directory is not loaded.
    PlanNotLoaded,
    /// The plan's directory was loaded whole and does not list the line.
    OutOfNetwork,
    /// No coverage was given, or the patient pays.
    NotAsked,
}

impl Status {
    /// The word the API uses.
    pub fn code(self) -> &'static str {
        match self {
            Self::InNetwork => "in_network",
            Self::Unconfirmed => "unconfirmed",
            Self::PlanNotLoaded => "plan_not_loaded",
            Self::OutOfNetwork => "out_of_network",
            Self::NotAsked => "not_asked",
        }
    }
}
