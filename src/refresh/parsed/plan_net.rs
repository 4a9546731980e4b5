//! The resources of one Plan-Net directory.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use crate::refresh::read::payer_words::UnknownWords;
use crate::refresh::read::plan_net::resources::{
    InsuranceProduct, NetworkListing, PlanNetLocation, PlanNetOrganization, ResourceKey, ServiceOffering,
};
use crate::refresh::source_record::SourceId;

/// The resources of one directory that are used, by key.
#[derive(Debug, Default)]
pub(crate) struct PlanNetResources {
    pub organizations: BTreeMap<ResourceKey, PlanNetOrganization>,
    pub places: BTreeMap<ResourceKey, PlanNetLocation>,
    pub offers: BTreeMap<ResourceKey, ServiceOffering>,
    pub listings: BTreeMap<ResourceKey, NetworkListing>,
    pub products: BTreeMap<ResourceKey, InsuranceProduct>,
    /// Keys of resources that a bundle also lists under another address.
    pub aliases: BTreeMap<ResourceKey, ResourceKey>,
    /// The resource with an identifier, by [`identifier_digest`](crate::refresh::read::plan_net::references::identifier_digest);
    /// `None` if several have it.
    pub identified: FxHashMap<u64, Option<ResourceKey>>,
    /// The digests of the identifiers of resources within others.
    pub contained: BTreeMap<ResourceKey, Vec<u64>>,
    /// The last change of each resource: of two versions the newer is kept.
    pub stamps: FxHashMap<ResourceKey, Option<Timestamp>>,
    /// Counts of unused resource types.
    pub others: BTreeMap<String, u64>,
    /// The files that list network members.
    pub sources: BTreeSet<SourceId>,
    /// Unreadable resources; providers may be missing.
    pub unreadable: u64,
    /// Codes for services that are not understood.
    pub words: UnknownWords,
}
