//! A business on the exclusion list.

use jiff::civil::Date;

use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::source_record::SourceId;

/// The length to which the list cuts names, in characters.
pub(crate) const CUT: usize = 30;

/// A row about a business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExclusionRow {
    /// The business.
    pub party: ExternalProvider,
    /// The day the exclusion began; `None` if unreadable, which does not lift the exclusion.
    pub since: Option<Date>,
    /// The day it was lifted, in files of reinstatements.
    pub until: Option<Date>,
    /// The file.
    pub source: SourceId,
}
