//! What the links of a directory lead to: a resource by its address, by an address of its bundle, by an identifier, or within
//! another resource.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::provider::u64_prefix;
use crate::refresh::parsed::plan_net::PlanNetResources;
use crate::refresh::read::plan_net::resources::{
    NetworkListing, OrganizationKind, PlanNetLocation, PlanNetOrganization, ResourceKey, ServiceOffering, identifier_key,
    is_ccn, is_npi,
};
use crate::refresh::source_record::ProviderKey;
use crate::text::fold_words;

/// Marks the key of a link by identifier.
const BY_IDENTIFIER: &str = "?identifier=";

/// Separates the key of a resource from the id of one that it contains.
const WITHIN: char = '#';

/// Whether the key is of a resource within a plan.
pub(crate) fn is_in_plan(key: &str) -> bool {
    key.contains(WITHIN) && key.starts_with("InsurancePlan/")
}

/// The digest under which the resource with an identifier is found.
pub(crate) fn identifier_digest(key: &str) -> u64 {
    // A FHIR search encodes the separator.
    u64_prefix(&Sha256::digest(key.replace("%7C", "|").replace("%7c", "|")))
}

impl PlanNetResources {
    /// Remembers the identifiers of a resource. One within another resource is found only through that one.
    pub(crate) fn identify(&mut self, kind: &str, key: &str, value: &Value) {
        if !matches!(kind, "Organization" | "Location" | "HealthcareService") {
            return;
        }
        let digests = identifiers(kind, value);
        if key.contains(WITHIN) {
            self.contained.extend((!digests.is_empty()).then(|| (key.to_owned(), digests)));
            return;
        }
        for digest in digests {
            let found = self.identified.entry(digest).or_insert_with(|| Some(key.to_owned()));
            if found.as_deref() != Some(key) {
                *found = None;
            }
        }
    }

    pub(crate) fn organization(&self, link: &str) -> Option<&PlanNetOrganization> {
        self.organizations.get(link).or_else(|| self.organizations.get(self.key(link)))
    }

    pub(crate) fn place(&self, link: &str) -> Option<&PlanNetLocation> {
        self.places.get(link).or_else(|| self.places.get(self.key(link)))
    }

    pub(crate) fn offer(&self, link: &str) -> Option<&ServiceOffering> {
        self.offers.get(link).or_else(|| self.offers.get(self.key(link)))
    }

    /// The key of a link, resolving aliases and identifiers.
    pub(crate) fn key<'a>(&'a self, link: &'a str) -> &'a str {
        if let Some(key) = self.aliases.get(link) {
            return key;
        }
        let by_identifier = || self.identified.get(&identifier_digest(link))?.as_deref();
        link.contains(BY_IDENTIFIER).then(by_identifier).flatten().unwrap_or(link)
    }

    /// The organization that is listed: the participating one or, where that is the payer or a network, the other one.
    pub(crate) fn provider_of<'a>(
        &'a self,
        listing: &'a NetworkListing,
        link: &'a str,
    ) -> Option<(&'a str, &'a PlanNetOrganization)> {
        let named = self.organization(link);
        let is_provider = |organization: &&PlanNetOrganization| organization.kind == OrganizationKind::Provider;
        if named.is_some_and(|named| !is_provider(&named))
            && let Some(owner) = listing.owner.as_deref()
            && let Some(other) = self.organization(owner).filter(is_provider)
        {
            return Some((owner, other));
        }
        named.map(|named| (link, named))
    }

    /// Makes a network that a resource contains the same as the network of the directory with its identifier or name. Nothing
    /// else can refer to a contained resource, so it is no network of its own; one in a plan stands for itself.
    pub(crate) fn unite_contained_networks(&mut self) {
        let named = self.networks_by_name();
        let same = |key: &ResourceKey, organization: &PlanNetOrganization| {
            let by_identifier = || self.contained.get(key)?.iter().find_map(|digest| self.identified.get(digest)?.clone());
            let by_name = || named.get(&fold_words(organization.name.as_deref()?))?.cloned();
            let is_provider = !organization.npis.is_empty() || organization.ccn.is_some();
            if is_provider { None } else { by_identifier().or_else(by_name) }
        };
        let contained = self.organizations.iter().filter(|(key, _)| key.contains(WITHIN));
        let united: Vec<(ResourceKey, ResourceKey)> = contained
            .filter_map(|(key, organization)| Some((key.clone(), same(key, organization)?)))
            .filter(|(key, network)| key != network)
            .collect();
        self.aliases.extend(united);
    }

    /// The networks that have a name of their own: those of the directory, then those within plans.
    fn networks_by_name(&self) -> BTreeMap<String, Option<&ResourceKey>> {
        let products = self.products.values().flat_map(|product| product.networks.iter().chain(product.part_networks()));
        let listings = self.listings.values().flat_map(|listing| &listing.networks);
        let used: BTreeSet<&str> = products.chain(listings).map(|link| self.key(link)).collect();
        let is_network = |key: &str, organization: &PlanNetOrganization| {
            organization.kind == OrganizationKind::Network || used.contains(key)
        };
        let mut named: BTreeMap<String, Option<&ResourceKey>> = BTreeMap::new();
        let (within, own): (Vec<_>, Vec<_>) = self.organizations.iter().partition(|(key, _)| key.contains(WITHIN));
        for (key, organization) in own.into_iter().filter(|(key, organization)| is_network(key, organization)) {
            let Some(name) = &organization.name else { continue };
            // Of two with one name it is not known which is meant.
            named.entry(fold_words(name)).and_modify(|known| *known = None).or_insert(Some(key));
        }
        for (key, organization) in within.into_iter().filter(|(key, _)| is_in_plan(key)) {
            named.extend(
                organization
                    .name
                    .as_ref()
                    .filter(|name| !named.contains_key(&fold_words(name)))
                    .map(|name| (fold_words(name), Some(key))),
            );
        }
        named
    }

    /// Number of missing resources that links lead to, by type.
    pub(crate) fn dangling(&self) -> BTreeMap<&'static str, u64> {
        let mut dangling: BTreeMap<&'static str, u64> = BTreeMap::new();
        let mut note = |kind: &'static str, missing: usize| *dangling.entry(kind).or_default() += missing as u64;
        let no_organization = |link: &&ResourceKey| self.organization(link).is_none();
        let no_place = |link: &&ResourceKey| self.place(link).is_none();
        for listing in self.listings.values() {
            let parties = listing.provider.iter().chain(&listing.owner).chain(&listing.networks);
            note("Organization", parties.filter(no_organization).count());
            note("Location", listing.places.iter().filter(no_place).count());
            note("HealthcareService", listing.offers.iter().filter(|link| self.offer(link).is_none()).count());
        }
        for offer in self.offers.values() {
            note("Location", offer.places.iter().chain(&offer.area).filter(no_place).count());
            let networks = offer.new_patients.iter().filter_map(|said| said.network.as_ref());
            note("Organization", networks.filter(no_organization).count());
        }
        for product in self.products.values() {
            let parts = product.parts.iter().flat_map(|(_, networks)| networks);
            let parties = product.payer.iter().chain(&product.networks).chain(parts);
            note("Organization", parties.filter(no_organization).count());
        }
        let above = self.organizations.values().filter_map(|organization| organization.part_of.as_ref());
        note("Organization", above.filter(no_organization).count());
        dangling
    }
}

/// The provider of a link by NPI or CCN.
pub(crate) fn provider_by_number(link: &str) -> Option<ProviderKey> {
    let (system, value) = link.split_once(BY_IDENTIFIER)?.1.rsplit_once('|')?;
    if is_npi(system) {
        return value.parse().ok().map(ProviderKey::Npi);
    }
    is_ccn(system).then(|| value.replace('-', "").parse().ok().map(ProviderKey::Ccn)).flatten()
}

/// The digests of a resource's identifiers. What has another structure is no identifier.
fn identifiers(kind: &str, value: &Value) -> Vec<u64> {
    let all = value.get("identifier").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let key = |identifier: &Value| {
        let text = |name: &str| identifier.get(name).and_then(Value::as_str);
        let value = identifier.get("value").filter(|value| value.is_number()).map(ToString::to_string);
        identifier_key(kind, text("system"), value.as_deref().or(text("value"))?)
    };
    all.iter().filter_map(key).map(|key| identifier_digest(&key)).collect()
}
