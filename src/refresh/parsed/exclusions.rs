//! A business on the exclusion list.

use jiff::civil::Date;

use crate::place::State;
use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::source_record::SourceId;

/// The length to which the list cuts names, in characters.
pub(crate) const CUT: usize = 30;

/// A waiver of an exclusion: some services of the business are paid in one state, whose agency asked
/// for it (42 CFR 1001.1801).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ExclusionWaiver {
    /// The state.
    pub state: State,
    /// The day it began, if readable.
    pub since: Option<Date>,
}

/// A row about a business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExclusionRow {
    /// The business.
    pub party: ExternalProvider,
    /// The day the exclusion began; `None` if unreadable, which does not lift the exclusion.
    pub since: Option<Date>,
    /// The day it was lifted, in files of reinstatements.
    pub until: Option<Date>,
    /// Its waiver.
    pub waiver: Option<ExclusionWaiver>,
    /// The file.
    pub source: SourceId,
}
