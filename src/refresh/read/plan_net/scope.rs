//! What an affiliation lists: services at locations.

use std::collections::BTreeSet;

use crate::refresh::parsed::plan_net::PlanNetResources;
use crate::refresh::read::plan_net::resources::{NetworkListing, ResourceKey, ServiceOffering};
use crate::service::Service;

/// Remark for affiliations whose codes name none of our services.
const FOR_OTHERS: &str = "affiliations are for other services";

/// What an affiliation lists and where: services (`None` means a service that is not stated, so every service) and locations
/// (`None` means the organization's own address).
#[derive(Debug, Default)]
pub(crate) struct AffiliationScope<'a> {
    pub at: BTreeSet<(Option<Service>, Option<&'a str>)>,
    /// Why it lists no member although nothing is missing.
    pub nobody: Option<&'static str>,
    /// The linked resource that is missing, so that a member is missing.
    pub missing: Option<&'static str>,
}

impl AffiliationScope<'_> {
    fn nobody(why: &'static str) -> Self {
        Self { nobody: Some(why), ..Self::default() }
    }
}

/// Services with the locations they are listed at.
type ListedPlaces<'a> = (Vec<Option<Service>>, &'a [ResourceKey]);

impl NetworkListing {
    /// The active offers of the listing, by key.
    pub(crate) fn offers<'a>(
        &'a self,
        directory: &'a PlanNetResources,
    ) -> impl Iterator<Item = (&'a str, &'a ServiceOffering)> {
        let active = |link: &'a ResourceKey| Some((directory.key(link), directory.offer(link).filter(|offer| offer.active)?));
        self.offers.iter().filter_map(active)
    }

    /// What the listing is for.
    pub(crate) fn wanted<'a>(&'a self, directory: &'a PlanNetResources) -> AffiliationScope<'a> {
        if self.specialties.is_for_others() {
            return AffiliationScope::nobody(FOR_OTHERS);
        }
        let lost = self.offers.iter().any(|link| directory.offer(link).is_none());
        if !lost && !self.offers.is_empty() && self.offers(directory).next().is_none() {
            return AffiliationScope::nobody("affiliations are for services that are no longer active");
        }
        let missing = lost.then_some("affiliations name services that are missing");
        if lost && self.specialties.is_silent() && self.offers(directory).next().is_none() {
            return AffiliationScope { missing, ..AffiliationScope::default() };
        }
        let mut wanted = AffiliationScope { missing, ..AffiliationScope::nobody(FOR_OTHERS) };
        for (services, places) in self.coded(directory).into_iter().filter(|(services, _)| !services.is_empty()) {
            let (spots, missing) = self.spots(places, directory);
            wanted.at.extend(services.iter().flat_map(|service| spots.iter().map(|spot| (*service, *spot))));
            if missing {
                wanted.missing = Some("affiliations name locations that are missing");
                wanted.nobody = None;
            }
        }
        if wanted.missing.is_some() {
            wanted.nobody = None;
        }
        wanted
    }

    /// The services that codes or their absence list, with the locations. A role counts only by a code of ours.
    fn coded<'a>(&'a self, directory: &'a PlanNetResources) -> Vec<ListedPlaces<'a>> {
        let own = &self.specialties;
        let own_scope = || (own.memberships(), self.places.as_slice());
        let by_offers = self.offers(directory).map(|(_, offer)| {
            let places = if self.places.is_empty() { &offer.places } else { &self.places };
            (offer.specialties.memberships(), places.as_slice())
        });
        let mut coded: Vec<ListedPlaces<'_>> = if !own.services.is_empty() {
            vec![own_scope()]
        } else if own.is_silent() {
            by_offers.collect()
        } else {
            // What it is for is not understood; its services may say it.
            by_offers.chain([own_scope()]).collect()
        };
        if coded.is_empty() {
            coded.push(own_scope());
        }
        if self.by_role {
            for (services, _) in &mut coded {
                services.retain(Option::is_some);
            }
        }
        coded
    }

    /// The locations that exist, or else those of the offers, or else the organization's own address; and whether one is
    /// missing.
    fn spots<'a>(&'a self, places: &'a [ResourceKey], directory: &'a PlanNetResources) -> (Vec<Option<&'a str>>, bool) {
        let mut named: Vec<&ResourceKey> = places.iter().collect();
        if named.is_empty() {
            named.extend(self.offers(directory).flat_map(|(_, offer)| &offer.places));
        }
        if named.is_empty() {
            return (vec![None], false);
        }
        let is_there = |link: &&'a ResourceKey| directory.place(link).is_some();
        let spots: Vec<Option<&str>> = named.iter().copied().filter(is_there).map(|link| Some(directory.key(link))).collect();
        let missing = spots.len() < named.len();
        (spots, missing)
    }
}
