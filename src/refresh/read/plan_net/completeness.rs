//! What the completeness check counts of a directory. Roles count for nothing: an agency without a listed person has none.

use crate::refresh::directory_check::DirectoryCounts;
use crate::refresh::parsed::plan_net::PlanNetResources;
use crate::refresh::read::plan_net::references::provider_by_number;
use crate::refresh::read::plan_net::resources::{NetworkListing, ResourceKey};
use crate::refresh::read::plan_net::scope::AffiliationScope;

impl PlanNetResources {
    /// The counts of the directory.
    pub(crate) fn completeness(&self) -> DirectoryCounts {
        let mut counts =
            DirectoryCounts { unreadable: self.unreadable, unknown_words: self.words.total(), ..DirectoryCounts::default() };
        for listing in self.listings.values().filter(|listing| !listing.by_role) {
            self.count(listing, &mut counts);
        }
        counts
    }

    fn count(&self, listing: &NetworkListing, counts: &mut DirectoryCounts) {
        let wanted = listing.wanted(self);
        let link = listing.provider.as_deref();
        let provider = link.and_then(|link| self.provider_of(listing, link)).map(|(_, provider)| provider);
        let numbered = link.and_then(provider_by_number).is_some();
        let offers = || listing.offers.iter().filter_map(|link| self.offer(link));
        let is_there = |link: &ResourceKey| self.place(link).is_some();
        let placed = listing.places.iter().any(is_there) || offers().any(|offer| offer.places.iter().any(is_there));
        let addressed = provider.and_then(|provider| provider.address.as_ref()?.zip).is_some();
        let matched = provider.is_some_and(|provider| !provider.npis.is_empty() || provider.ccn.is_some());
        let described = provider.is_some_and(|provider| provider.numbered && provider.name.is_some());
        let coded = !listing.specialties.services.is_empty() || offers().any(|offer| !offer.specialties.services.is_empty());
        counts.listings += 1;
        counts.with_network += u64::from(listing.networks.iter().any(|link| self.organization(link).is_some()));
        counts.with_location += u64::from(placed || addressed);
        counts.with_identifier += u64::from(matched || numbered || (described && (placed || addressed)));
        counts.with_service += u64::from(coded);
        if listing.active && !is_for_nobody(&wanted) {
            counts.lost_references += self.lost_references(listing);
        }
    }

    /// The links of a listing that lead nowhere.
    fn lost_references(&self, listing: &NetworkListing) -> u64 {
        let no_organization = |link: &&ResourceKey| self.organization(link).is_none();
        let networks = listing.networks.iter().filter(no_organization).count();
        let provider = listing.provider.iter().filter(no_organization).count();
        let unnamed = usize::from(listing.provider.is_none());
        let places = listing.places.iter().filter(|link| self.place(link).is_none()).count();
        let offers = listing.offers.iter().filter(|link| self.offer(link).is_none()).count();
        (networks + provider + unnamed + places + offers) as u64
    }
}

/// Whether a listing is for other services, or for none that is active.
fn is_for_nobody(wanted: &AffiliationScope<'_>) -> bool {
    wanted.at.is_empty() && wanted.nobody.is_some()
}
