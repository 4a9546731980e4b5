//! The resources of one Plan-Net directory.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use crate::refresh::read::plan_net::resources::{
    InsuranceProduct, NetworkListing, PlanNetLocation, PlanNetOrganization, ResourceKey, ServiceOffering,
};
use crate::refresh::source_record::SourceId;

/// The resources of one directory, as far as they are used, by their keys.
#[derive(Debug, Default)]
pub(crate) struct PlanNetResources {
    pub organizations: BTreeMap<ResourceKey, PlanNetOrganization>,
    pub places: BTreeMap<ResourceKey, PlanNetLocation>,
    pub offers: BTreeMap<ResourceKey, ServiceOffering>,
    pub listings: BTreeMap<ResourceKey, NetworkListing>,
    pub products: BTreeMap<ResourceKey, InsuranceProduct>,
    /// The keys of those that a bundle also knows by another address.
    pub aliases: BTreeMap<ResourceKey, ResourceKey>,
    /// When each was last changed: of two versions the newer is kept.
    pub stamps: FxHashMap<ResourceKey, Option<Timestamp>>,
    /// How many there are of each type that is not used.
    pub others: BTreeMap<String, u64>,
    /// The files that say who is in which network.
    pub sources: BTreeSet<SourceId>,
    /// Resources that could not be read: somebody may be missing.
    pub unreadable: u64,
}
