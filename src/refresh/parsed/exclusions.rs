//! A business of the exclusion list.

use jiff::civil::Date;

use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::source_record::SourceId;

/// Where names are cut in every file of the list, in characters.
pub(crate) const CUT: usize = 30;

/// A row about a business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExclusionRow {
    /// The business.
    pub party: ExternalProvider,
    /// The day the exclusion began; `None` where it cannot be read, which makes nobody less excluded.
    pub since: Option<Date>,
    /// The day it was lifted, in the files of reinstatements.
    pub until: Option<Date>,
    /// The file.
    pub source: SourceId,
}
