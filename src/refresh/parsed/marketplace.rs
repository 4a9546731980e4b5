//! What marketplace files say, until both plans and providers were read.

use std::collections::{BTreeMap, BTreeSet};

use crate::refresh::payer_listings::StringInterner;
use crate::refresh::source_record::SourceId;

/// What was read, until both kinds of file were.
#[derive(Debug, Default)]
pub(crate) struct MarketplaceInput {
    /// The marketing name of each plan, by its HIOS id.
    pub names: BTreeMap<String, String>,
    /// Plan ids and tiers, each once, by number.
    pub plans: StringInterner,
    pub tiers: StringInterner,
    pub listed: Vec<PlanParticipation>,
    /// The files of which an entry gave nothing, so that their plans' facilities are not all here.
    pub incomplete: BTreeSet<SourceId>,
}

/// A facility takes part in a plan over some years.
#[derive(Debug)]
pub(crate) struct PlanParticipation {
    pub party: u32,
    pub plan: u32,
    pub tier: Option<u32>,
    pub first: i16,
    pub last: i16,
    pub source: SourceId,
}
