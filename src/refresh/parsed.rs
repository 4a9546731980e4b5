//! The parsed content of all files, before reconciliation.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::refresh::directory_check::DirectoryCounts;
use crate::refresh::parsed::county_files::CountyFiles;
use crate::refresh::parsed::enrollments::EnrollmentRegister;
use crate::refresh::parsed::exclusions::ExclusionRow;
use crate::refresh::parsed::file_index::FileIndex;
use crate::refresh::parsed::marketplace::MarketplaceInput;
use crate::refresh::parsed::medicare_advantage::{AdvantageDirectory, PlanNames};
use crate::refresh::parsed::npi_registry::NpiRegistry;
use crate::refresh::parsed::plan_net::PlanNetResources;
use crate::refresh::parsed::same_as::SameAsDecisions;
use crate::refresh::payer_listings::PayerListings;
use crate::refresh::source_record::SourceRecords;

pub(crate) mod county_files;
pub(crate) mod enrollments;
pub(crate) mod exclusions;
pub(crate) mod file_index;
pub(crate) mod marketplace;
pub(crate) mod medicare_advantage;
pub(crate) mod npi_registry;
pub(crate) mod plan_net;
pub(crate) mod same_as;

/// The parsed content of all files.
#[derive(Debug, Default)]
pub(crate) struct ParsedInput {
    /// Provider records from all files.
    pub records: SourceRecords,
    /// What CMS publishes by enrollment.
    pub enrollments: EnrollmentRegister,
    /// What files state of counties.
    pub counties: CountyFiles,
    /// Networks from payers' directories.
    pub listings: PayerListings,
    /// The last date that can be today; later dates are reported and count as unknown. `None`
    /// accepts all dates.
    pub today: Option<Date>,
    /// Compare each roster row with all others, which takes memory for every row.
    pub careful: bool,
    /// The resources of each Plan-Net directory, by its folder.
    pub plan_nets: BTreeMap<String, PlanNetResources>,
    /// Content of marketplace files, until both plans and providers have been read.
    pub marketplace: MarketplaceInput,
    /// Medicare Advantage directories in machine-readable form, by their folder.
    pub advantage: BTreeMap<String, AdvantageDirectory>,
    /// Names of Medicare Advantage plans and of their organizations.
    pub plan_names: PlanNames,
    /// Lists of the files that payers' directories consist of.
    pub indexes: Vec<FileIndex>,
    /// The completeness counts of each payer's directory, by the file they are shown with.
    pub checks: BTreeMap<String, DirectoryCounts>,
    /// Organizations in the NPI registry.
    pub registry: NpiRegistry,
    /// Businesses on the exclusion list.
    pub exclusions: Vec<ExclusionRow>,
    /// Human decisions about records that may be the same provider.
    pub decisions: SameAsDecisions,
    /// Networks whose roster is incomplete because a row was rejected, with the file.
    pub incomplete: BTreeMap<String, String>,
    /// Remarks.
    pub remarks: Vec<String>,
}
