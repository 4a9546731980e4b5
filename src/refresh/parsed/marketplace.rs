//! Content of marketplace files, until both plans and providers have been read.

use std::collections::{BTreeMap, BTreeSet};

use crate::refresh::directory_check::DirectoryCounts;
use crate::refresh::payer_listings::StringInterner;
use crate::refresh::source_record::SourceId;

/// The content read so far.
#[derive(Debug, Default)]
pub(crate) struct MarketplaceInput {
    /// The marketing name of each plan, by its HIOS id.
    pub names: BTreeMap<String, String>,
    /// Interned plan ids and tiers.
    pub plans: StringInterner,
    pub tiers: StringInterner,
    pub listed: Vec<PlanParticipation>,
    /// Files with a rejected entry, so that their plans' facilities are incomplete.
    pub incomplete: BTreeSet<SourceId>,
    /// What the completeness check counts of each file.
    pub counts: BTreeMap<SourceId, DirectoryCounts>,
}

/// The participation of a facility in a plan over some years.
#[derive(Debug)]
pub(crate) struct PlanParticipation {
    pub party: u32,
    pub plan: u32,
    pub tier: Option<u32>,
    pub first: i16,
    pub last: i16,
    pub source: SourceId,
}
