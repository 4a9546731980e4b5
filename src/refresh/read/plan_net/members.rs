//! The members of a directory's networks: service, location, first and last day, and whether they accept new patients.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::evidence::Tristate;
use crate::place::{Zip, ZipTable};
use crate::provider::{Phone, ProviderId, u64_prefix};
use crate::refresh::area;
use crate::refresh::external_provider::ExternalProvider;
use crate::refresh::parsed::plan_net::PlanNetResources;
use crate::refresh::payer_listings::{ListedTerms, NetworkMembership, PayerListings};
use crate::refresh::read::plan_net::networks::{CountedRemarks, NetworkNumbers, short};
use crate::refresh::read::plan_net::references::provider_by_number;
use crate::refresh::read::plan_net::resources::{
    NetworkListing, NewPatients, OrganizationKind, PlanNetLocation, PlanNetOrganization, ServiceOffering,
};
use crate::refresh::read::plan_net::scope::AffiliationScope;
use crate::refresh::source_record::{ProviderKey, SourceId, SourceRecord};
use crate::service::{DeliveryMode, Service};
use crate::text::fold_case;

/// The longest id a FHIR resource has.
const LONGEST_ID: usize = 64;

/// An organization at one of its locations; without a location, at its own address.
type OrganizationSite<'a> = (&'a str, Option<&'a str>);

/// What an organization is listed for at one location, over all its listings.
#[derive(Debug, Default)]
struct SiteListing<'a> {
    services: BTreeSet<Service>,
    /// Also listed for a service that is not stated.
    open: bool,
    offers: BTreeSet<&'a str>,
    members: BTreeSet<(Option<Service>, ListedTerms)>,
}

/// Collects the members of a directory.
struct MembershipBuilder<'a> {
    directory: &'a PlanNetResources,
    networks: &'a NetworkNumbers,
    source: SourceId,
    spots: BTreeMap<OrganizationSite<'a>, SiteListing<'a>>,
    /// Members that the directory knows only by a number.
    numbered: BTreeMap<ProviderKey, BTreeSet<(Option<Service>, ListedTerms)>>,
    /// Networks with a missing member.
    partial: BTreeSet<u32>,
    told: BTreeMap<&'static str, u64>,
    /// The ZIPs of each area; `None` if it states none.
    areas: BTreeMap<&'a str, Option<Vec<Zip>>>,
}

/// Adds every member of the directory to `listings`. `label` stands for the directory in the ids of its providers.
pub(crate) fn list(
    directory: &PlanNetResources,
    label: &str,
    source: SourceId,
    networks: &NetworkNumbers,
    listings: &mut PayerListings,
) -> CountedRemarks {
    let (spots, numbered, told, areas) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let partial = BTreeSet::new();
    let mut members = MembershipBuilder { directory, networks, source, spots, numbered, partial, told, areas };
    for listing in directory.listings.values() {
        members.listing(listing);
    }
    members.hand_over(label, listings)
}

impl<'a> MembershipBuilder<'a> {
    fn tell(&mut self, what: &'static str) {
        *self.told.entry(what).or_default() += 1;
    }

    fn listing(&mut self, listing: &'a NetworkListing) {
        let directory = self.directory;
        if !listing.active {
            return self.tell("affiliations are no longer active and not used");
        }
        let wanted = listing.wanted(directory);
        if let (true, Some(why)) = (wanted.at.is_empty(), wanted.nobody) {
            return self.tell(why);
        }
        let networks = self.networks_of(listing);
        if networks.is_empty() {
            return self.tell("affiliations name no active network");
        }
        let Some(link) = listing.provider.as_deref() else {
            self.leave_open(&networks);
            return self.tell("affiliations name no organization");
        };
        let Some((link, organization)) = directory.provider_of(listing, link) else {
            if let Some(who) = provider_by_number(link) {
                return self.numbered_member(who, listing, &wanted, &networks);
            }
            self.leave_open(&networks);
            return self.tell("affiliations name an organization that is missing");
        };
        if !organization.active || organization.kind != OrganizationKind::Provider {
            return self.tell("affiliations name organizations that are closed or are not providers");
        }
        if let Some(what) = wanted.missing {
            self.leave_open(&networks);
            self.tell(what);
        }
        for (service, place) in wanted.at {
            if place.and_then(|place| directory.place(place)).is_some_and(|place| !place.active) {
                self.tell("locations of affiliations are no longer active");
                continue;
            }
            self.member(listing, (directory.key(link), place), service, &networks);
        }
    }

    /// The networks of a listing. If one is not understood or missing, no network of the directory is complete: it may be any
    /// of them.
    fn networks_of(&mut self, listing: &'a NetworkListing) -> Vec<(&'a str, u32)> {
        let directory = self.directory;
        let mut networks = Vec::new();
        let mut lost = false;
        for link in &listing.networks {
            let key = directory.key(link);
            match self.networks.numbers.get(key) {
                Some(number) => networks.push((key, *number)),
                None => lost |= directory.organization(link).is_none_or(|organization| organization.active),
            }
        }
        if lost {
            self.partial.extend(self.networks.numbers.values());
            self.tell("affiliations name a network that is missing or not understood, so no provider is out of network");
        }
        networks
    }

    /// Records that a member of these networks is missing.
    fn leave_open(&mut self, networks: &[(&str, u32)]) {
        self.partial.extend(networks.iter().map(|(_, number)| *number));
    }

    /// A member that the directory knows only by its NPI or CCN.
    fn numbered_member(
        &mut self,
        who: ProviderKey,
        listing: &NetworkListing,
        wanted: &AffiliationScope<'_>,
        networks: &[(&str, u32)],
    ) {
        let (begin, end) = (listing.begin, listing.end);
        let services: BTreeSet<Option<Service>> = wanted.at.iter().map(|(service, _)| *service).collect();
        let members = self.numbered.entry(who).or_default();
        for (link, number) in networks {
            let new_patients = new_patients(&[&listing.new_patients], link, self.directory);
            let terms = ListedTerms { begin, end, new_patients, ..ListedTerms::of(*number, self.source) };
            members.extend(services.iter().map(|service| (*service, terms)));
        }
        // The directory does not say whose the number is, so it may be that of anybody.
        self.leave_open(networks);
        self.tell("affiliations name an organization only by its number");
    }

    fn member(
        &mut self,
        listing: &'a NetworkListing,
        spot: OrganizationSite<'a>,
        service: Option<Service>,
        networks: &[(&str, u32)],
    ) {
        let directory = self.directory;
        let offers = listing.offers(directory).filter(|(_, offer)| offer.is_for(service, spot.1, directory));
        let offers: Vec<(&str, &ServiceOffering)> = offers.collect();
        let place = spot.1.and_then(|place| directory.place(place));
        let said = offers.iter().map(|(_, offer)| &offer.new_patients);
        let said: Vec<&Vec<NewPatients>> =
            said.chain(place.map(|place| &place.new_patients)).chain([&listing.new_patients]).collect();
        let listed = self.spots.entry(spot).or_default();
        listed.services.extend(service);
        listed.open |= service.is_none();
        listed.offers.extend(offers.iter().map(|(link, _)| *link));
        for (link, number) in networks {
            let new_patients = new_patients(&said, link, directory);
            let (begin, end) = (listing.begin, listing.end);
            let terms = ListedTerms { begin, end, new_patients, ..ListedTerms::of(*number, self.source) };
            listed.members.insert((service, terms));
        }
    }

    /// Builds a party for each site and adds it to `listings` with its memberships.
    fn hand_over(mut self, label: &str, listings: &mut PayerListings) -> CountedRemarks {
        let spots = std::mem::take(&mut self.spots);
        let shared = self.shared_phones(&spots);
        for (spot, listed) in spots {
            let Some(mut party) = self.party(label, spot, &listed) else { continue };
            party.phone = party.phone.filter(|phone| !shared.contains(&(spot.0, phone.without_extension())));
            let party = listings.described(party);
            for (service, terms) in listed.members {
                let terms = listings.terms(terms);
                listings.members.push(NetworkMembership { party, service, terms });
            }
        }
        for (who, members) in std::mem::take(&mut self.numbered) {
            let party = listings.known_as(who);
            for (service, terms) in members {
                let terms = listings.terms(terms);
                listings.members.push(NetworkMembership { party, service, terms });
            }
        }
        if self.directory.sources.is_empty() {
            self.told.insert(
                "networks have no affiliations, so no provider is out of network",
                self.networks.numbers.len() as u64,
            );
        }
        listings.partial.extend(&self.partial);
        let missing = self.directory.dangling();
        let missing = missing.into_iter().map(|(kind, count)| (format!("references name a missing {kind}"), count));
        self.told.into_iter().map(|(what, count)| (what.to_owned(), count)).chain(missing).collect()
    }

    /// Telephone numbers shared by several locations of an organization, such as a switchboard; they identify no location.
    fn shared_phones(&self, spots: &BTreeMap<OrganizationSite<'a>, SiteListing<'a>>) -> BTreeSet<(&'a str, Phone)> {
        let mut seen = BTreeSet::new();
        let phone = |(spot, listed): (&OrganizationSite<'a>, &SiteListing<'a>)| {
            Some((spot.0, self.phone(*spot, listed)?.without_extension()))
        };
        spots.iter().filter_map(phone).filter(|phone| !seen.insert(*phone)).collect()
    }

    /// The telephone number of the location, else of its services, else of the organization.
    fn phone(&self, spot: OrganizationSite<'a>, listed: &SiteListing<'a>) -> Option<Phone> {
        let place = spot.1.and_then(|place| self.directory.place(place)?.phone);
        let mut offers = listed.offers.iter().filter_map(|link| self.directory.offer(link));
        let offer = || offers.find_map(|offer| offer.phone);
        place.or_else(offer).or_else(|| self.directory.organization(spot.0)?.phone)
    }

    fn party(&mut self, label: &str, spot: OrganizationSite<'a>, listed: &SiteListing<'a>) -> Option<ExternalProvider> {
        let directory = self.directory;
        let organization = directory.organization(spot.0)?;
        let place = spot.1.and_then(|place| directory.place(place));
        let offers: Vec<&ServiceOffering> = listed.offers.iter().filter_map(|link| directory.offer(link)).collect();
        let address = place.map_or(organization.address.as_ref(), |place| place.address.as_ref());
        let phone = self.phone(spot, listed);
        let says = listed.services.iter().map(|service| SourceRecord {
            source: self.source,
            name: title(organization, place),
            address: address.cloned(),
            phone,
            position: place.and_then(|place| place.position),
            zips: self.area(*service, &offers),
            languages: languages(*service, &offers, place),
            ..SourceRecord::of(*service)
        });
        let says: Vec<SourceRecord> = says.collect();
        Some(ExternalProvider {
            ccn: organization.ccn.clone(),
            npis: organization.npis.clone(),
            listed_as: ProviderId::fhir(label, &id(spot)).ok(),
            names: names(organization, place),
            address: address.cloned(),
            phone,
            services: listed.services.iter().copied().collect(),
            more_services: listed.open,
            says,
        })
    }

    /// The ZIPs that the offers cover for a service. Empty if any part is unreadable: a partial area would exclude patients.
    fn area(&mut self, service: Service, offers: &[&'a ServiceOffering]) -> Vec<Zip> {
        if service.geography() == DeliveryMode::PatientTravels {
            return Vec::new();
        }
        let mut zips = BTreeSet::new();
        for link in offers.iter().filter(|offer| offer.offers(service)).flat_map(|offer| &offer.area) {
            match self.zips(link) {
                Some(more) => zips.extend(more),
                None => return Vec::new(),
            }
        }
        zips.into_iter().collect()
    }

    fn zips(&mut self, link: &'a str) -> Option<Vec<Zip>> {
        if let Some(known) = self.areas.get(link) {
            return known.clone();
        }
        let place = self.directory.place(link)?;
        let zips = match &place.outline {
            Some(outline) => inside(outline),
            None => place.zip.map(|zip| vec![zip]),
        };
        if zips.is_none() {
            self.tell("coverage areas have neither a ZIP code nor a readable outline");
        }
        self.areas.insert(link, zips.clone());
        zips
    }
}

/// The ZIPs whose centroid lies in an outline (GeoJSON in base64).
fn inside(outline: &str) -> Option<Vec<Zip>> {
    let text: String = outline.split_whitespace().collect();
    let geojson = serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()?;
    area::in_geojson(&geojson, ZipTable::curated()).ok()
}

impl ServiceOffering {
    fn offers(&self, service: Service) -> bool {
        self.specialties.is_open() || self.specialties.services.contains(&service)
    }

    /// Whether the offer can be for this service at this location.
    fn is_for(&self, service: Option<Service>, place: Option<&str>, directory: &PlanNetResources) -> bool {
        let here = place.is_none_or(|place| self.places.iter().any(|link| directory.key(link) == place));
        service.is_none_or(|service| self.offers(service)) && (self.places.is_empty() || here)
    }
}

/// Whether new patients are accepted: the answer for that network, else the general answer. One "no" is enough.
fn new_patients(said: &[&Vec<NewPatients>], network: &str, directory: &PlanNetResources) -> Tristate {
    let of = |said: &Vec<NewPatients>| {
        let is_network = |one: &&NewPatients| one.network.as_deref().is_some_and(|link| directory.key(link) == network);
        let own: Vec<Tristate> = said.iter().filter(is_network).map(|one| one.taken).collect();
        let general = said.iter().filter(|one| one.network.is_none()).map(|one| one.taken);
        if own.is_empty() { general.collect() } else { own }
    };
    let answers: Vec<Tristate> = said.iter().flat_map(|said| of(said)).collect();
    [Tristate::No, Tristate::Yes].into_iter().find(|answer| answers.contains(answer)).unwrap_or(Tristate::Unknown)
}

/// The display name of the organization at that location: the location's name if it contains the organization's.
fn title(organization: &PlanNetOrganization, place: Option<&PlanNetLocation>) -> Option<String> {
    let own = organization.name.clone();
    let here = place.and_then(|place| place.name.clone());
    match (own, here) {
        (Some(own), Some(here)) if fold_case(&here).contains(&fold_case(&own)) => Some(here),
        (own, here) => own.or(here),
    }
}

/// The languages spoken there, in order; `None` if unknown.
fn languages(service: Service, offers: &[&ServiceOffering], place: Option<&PlanNetLocation>) -> Option<Vec<String>> {
    let offers = offers.iter().filter(|offer| offer.offers(service)).flat_map(|offer| &offer.languages);
    let spoken: BTreeSet<&String> = offers.chain(place.iter().flat_map(|place| &place.languages)).collect();
    (!spoken.is_empty()).then(|| spoken.into_iter().cloned().collect())
}

/// Every distinct name it uses at that location.
fn names(organization: &PlanNetOrganization, place: Option<&PlanNetLocation>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let all = organization.name.iter().chain(place.and_then(|place| place.name.as_ref())).chain(&organization.aliases);
    for name in all {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// The id of an organization at a location, the same in every refresh: both ids, shortened by a digest if they are too long
/// together.
fn id((organization, place): OrganizationSite<'_>) -> String {
    let plain = |link: &str| {
        let fit = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '.' };
        short(link).chars().map(fit).collect::<String>()
    };
    let whole = match place {
        Some(place) => format!("{}.{}", plain(organization), plain(place)),
        None => plain(organization),
    };
    if whole.len() <= LONGEST_ID {
        return whole;
    }
    let digest = format!("{:016x}", u64_prefix(&Sha256::digest(whole.as_bytes())));
    format!("{}.{digest}", whole[..LONGEST_ID - digest.len() - 1].trim_end_matches('.'))
}
