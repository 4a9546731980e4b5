//! What the readers of all files hand over to be reconciled.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::refresh::parsed::exclusions::ExclusionRow;
use crate::refresh::parsed::marketplace::MarketplaceInput;
use crate::refresh::parsed::npi_registry::NpiRegistry;
use crate::refresh::parsed::plan_net::PlanNetResources;
use crate::refresh::parsed::same_as::SameAsDecisions;
use crate::refresh::payer_listings::PayerListings;
use crate::refresh::source_record::SourceRecords;

pub(crate) mod exclusions;
pub(crate) mod marketplace;
pub(crate) mod npi_registry;
pub(crate) mod plan_net;
pub(crate) mod same_as;

/// What rows are read into.
#[derive(Debug, Default)]
pub(crate) struct ParsedInput {
    /// What files say of providers.
    pub accounts: SourceRecords,
    /// What payers' directories say of networks.
    pub listings: PayerListings,
    /// The last day that may be today, where days yet to come should be told and count as unknown.
    pub today: Option<Date>,
    /// Hold each row of a roster against the others, which takes memory for every row.
    pub careful: bool,
    /// The resources of each Plan-Net directory, by the folder its files lie in.
    pub plan_nets: BTreeMap<String, PlanNetResources>,
    /// What marketplace files say, until both plans and providers were read.
    pub marketplace: MarketplaceInput,
    /// What the NPI registry says of organisations.
    pub registry: NpiRegistry,
    /// What the exclusion list says of businesses.
    pub exclusions: Vec<ExclusionRow>,
    /// What people decided of records that may be one provider.
    pub decisions: SameAsDecisions,
    /// Networks that a roster does not list whole, for a row of it gave nothing, with the file.
    pub incomplete: BTreeMap<String, String>,
    /// What of it should be known.
    pub remarks: Vec<String>,
}
