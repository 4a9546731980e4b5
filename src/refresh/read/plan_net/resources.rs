//! Converts FHIR to the parts that are used: checks identifiers, parses dates and telephone numbers, maps specialties.

use std::fmt::Display;

use jiff::civil::Date;

use crate::evidence::Tristate;
use crate::place::{Point, Precision, Zip, ZipTable};
use crate::provider::{Address, Ccn, Npi, Phone, Position};
use crate::refresh::csv_cell;
use crate::refresh::parsed::medicare_advantage::plan_id;
use crate::refresh::read::payer_words::{ListedServices, accepts_new};
use crate::refresh::read::plan_net::fhir_types::{
    FhirAddress, FhirAffiliation, FhirConcept, FhirContact, FhirExtension, FhirIdentifier, FhirLocation, FhirOrganization,
    FhirPosition, FhirReference, HealthcareService, InsurancePlan, SubPlan,
};

/// The key under which a linked resource is kept: `Location/7`, `urn:uuid:…`, or `Location/7#2` for the resource `#2`
/// contained in `Location/7`.
pub(crate) type ResourceKey = String;

/// A part of a resource that could not be used.
#[derive(Debug)]
pub(crate) struct ResourceFault {
    /// The field.
    pub field: &'static str,
    /// Its value.
    pub value: String,
    /// Why it cannot be used.
    pub reason: String,
}

/// The faults of one resource.
pub(crate) type ResourceFaults = Vec<ResourceFault>;

/// The role of an organization in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrganizationKind {
    /// A list of providers that plans use.
    Network,
    /// Pays for care.
    Payer,
    /// Cares for patients, or may.
    Provider,
}

/// A provider, a network or a payer.
#[derive(Debug)]
pub(crate) struct PlanNetOrganization {
    pub active: bool,
    pub kind: OrganizationKind,
    pub name: Option<String>,
    pub aliases: Vec<String>,
    pub npis: Vec<Npi>,
    pub ccn: Option<Ccn>,
    /// Whether it has an identifier of any system.
    pub numbered: bool,
    pub phone: Option<Phone>,
    pub address: Option<Address>,
    pub part_of: Option<ResourceKey>,
}

/// A location of an organization, or an area it serves.
#[derive(Debug)]
pub(crate) struct PlanNetLocation {
    pub active: bool,
    pub name: Option<String>,
    pub phone: Option<Phone>,
    pub address: Option<Address>,
    pub zip: Option<Zip>,
    pub position: Option<Position>,
    /// Its outline, GeoJSON in base64.
    pub outline: Option<String>,
    pub languages: Vec<String>,
    pub new_patients: Vec<NewPatients>,
}

/// A service that an organization provides at some locations.
#[derive(Debug)]
pub(crate) struct ServiceOffering {
    pub active: bool,
    pub specialties: ListedServices,
    pub places: Vec<ResourceKey>,
    pub area: Vec<ResourceKey>,
    pub phone: Option<Phone>,
    pub languages: Vec<String>,
    pub new_patients: Vec<NewPatients>,
}

/// Whether new patients are accepted, in one network or in all.
#[derive(Debug, Clone)]
pub(crate) struct NewPatients {
    pub network: Option<ResourceKey>,
    pub taken: Tristate,
}

/// Membership of an organization in networks, by affiliation or by the role of a person there.
#[derive(Debug)]
pub(crate) struct NetworkListing {
    pub by_role: bool,
    pub active: bool,
    pub begin: Option<Date>,
    pub end: Option<Date>,
    pub provider: Option<ResourceKey>,
    /// The organization that lists it, usually the payer.
    pub owner: Option<ResourceKey>,
    pub networks: Vec<ResourceKey>,
    pub specialties: ListedServices,
    pub places: Vec<ResourceKey>,
    pub offers: Vec<ResourceKey>,
    pub new_patients: Vec<NewPatients>,
}

/// An insurance product.
#[derive(Debug)]
pub(crate) struct InsuranceProduct {
    pub active: bool,
    pub name: Option<String>,
    pub identifiers: Vec<String>,
    pub end: Option<Date>,
    pub payer: Option<ResourceKey>,
    pub networks: Vec<ResourceKey>,
    /// Its plans by name, if they name networks of their own.
    pub parts: Vec<(Option<String>, Vec<ResourceKey>)>,
}

/// Parses the parts of the resource kept under `key`.
pub(crate) struct ResourceParser<'a> {
    pub key: &'a str,
    /// The parts that could not be read.
    pub faults: ResourceFaults,
    /// Codes for services that are not understood.
    pub words: Vec<String>,
}

impl ResourceParser<'_> {
    pub(crate) fn organization(&mut self, from: FhirOrganization) -> PlanNetOrganization {
        let kind = kind(&from.kind);
        // Only the names of networks and payers are used.
        let described = kind == OrganizationKind::Provider;
        let identifiers: &[FhirIdentifier] = if described { &from.identifier } else { &[] };
        PlanNetOrganization {
            active: from.active != Some(false),
            kind,
            name: words(from.name),
            aliases: from.alias.into_iter().filter_map(|alias| words(Some(alias))).collect(),
            npis: self.npis(identifiers),
            ccn: self.ccn(identifiers),
            numbered: identifiers
                .iter()
                .any(|identifier| identifier.value.as_deref().and_then(csv_cell::non_empty).is_some()),
            phone: if described { self.phone(&from.telecom) } else { None },
            address: from.address.first().filter(|_| described).and_then(|address| self.address(address)),
            part_of: self.link(from.part_of, "Organization"),
        }
    }

    pub(crate) fn place(&mut self, from: FhirLocation) -> PlanNetLocation {
        let outline = from.extension.iter().find(|extension| extension.is("location-boundary-geojson"));
        let outline = outline.and_then(|extension| extension.value_attachment.as_ref()?.data.clone());
        let zip = from.address.as_ref().and_then(|address| address.postal_code.as_deref()?.trim().parse().ok());
        // An area has a ZIP or an outline; the rest is optional.
        let stated = from.address.as_ref().filter(|address| address.state.is_some() || outline.is_none());
        PlanNetLocation {
            active: from.status.as_deref().is_none_or(|status| status == "active"),
            name: words(from.name),
            phone: self.phone(&from.telecom),
            address: stated.and_then(|address| self.address(address)),
            zip,
            position: from.position.and_then(|position| self.position(&position)),
            outline,
            languages: self.languages(&from.communication),
            new_patients: self.new_patients(&from.extension),
        }
    }

    pub(crate) fn offer(&mut self, from: HealthcareService) -> ServiceOffering {
        ServiceOffering {
            active: from.active != Some(false),
            specialties: self.specialties(&from.specialty),
            places: self.links(from.location, "Location"),
            area: self.links(from.coverage_area, "Location"),
            phone: self.phone(&from.telecom),
            languages: self.languages(&from.communication),
            new_patients: self.new_patients(&from.extension),
        }
    }

    /// # Errors
    /// Its period cannot be read: a membership with wrong terms is worse than none.
    pub(crate) fn listing(&mut self, from: FhirAffiliation, by_role: bool) -> Result<NetworkListing, ResourceFault> {
        let named = from.extension.iter().filter(|extension| extension.is("network-reference"));
        let named = named.filter_map(|extension| extension.value_reference.clone());
        let networks = self.links(from.network.into_iter().chain(named), "Organization");
        let mut specialties = self.specialties(&from.specialty);
        // Some payers write what kind of facility it is as the code of the affiliation.
        from.code.iter().flat_map(|concept| &concept.coding).for_each(|coding| {
            specialties.take_own_code(coding.code.as_deref().unwrap_or_default());
        });
        let (provider, owner) = match from.participating_organization.filter(|_| !by_role) {
            Some(provider) => (Some(provider), from.organization),
            None => (from.organization, None),
        };
        Ok(NetworkListing {
            by_role,
            active: from.active != Some(false),
            begin: day(from.period.start, "period.start", DateBound::First)?,
            end: day(from.period.end, "period.end", DateBound::Last)?,
            provider: self.link(provider, "Organization"),
            owner: self.link(owner, "Organization"),
            networks,
            specialties,
            places: self.links(from.location, "Location"),
            offers: self.links(from.healthcare_service, "HealthcareService"),
            new_patients: self.new_patients(&from.extension),
        })
    }

    /// # Errors
    /// Its period cannot be read.
    pub(crate) fn product(&mut self, from: InsurancePlan) -> Result<InsuranceProduct, ResourceFault> {
        let part = |part: SubPlan| {
            let kind = part.kind.and_then(|kind| words(kind.text));
            let number = part.identifier.into_iter().find_map(|identifier| words(identifier.value));
            (number.or(kind), self.links(part.network, "Organization"))
        };
        // CMS writes the id of a Medicare Advantage plan as an alias in its National Provider Directory.
        let numbers = from.alias.into_iter().filter(|alias| plan_id(alias).is_some());
        let covered = from.coverage.into_iter().flat_map(|coverage| coverage.network);
        let parts = from.plan.into_iter().map(part).filter(|(_, networks)| !networks.is_empty()).collect();
        Ok(InsuranceProduct {
            active: from.status.as_deref().is_none_or(|status| status == "active"),
            name: words(from.name),
            identifiers: from
                .identifier
                .into_iter()
                .filter_map(|identifier| words(identifier.value))
                .chain(numbers)
                .collect(),
            end: day(from.period.end, "period.end", DateBound::Last)?,
            payer: self.link(from.owned_by.or(from.administered_by), "Organization"),
            networks: self.links(from.network.into_iter().chain(covered), "Organization"),
            parts,
        })
    }

    fn fault(&mut self, field: &'static str, value: &str, reason: &dyn Display) {
        self.faults.push(ResourceFault { field, value: value.to_owned(), reason: reason.to_string() });
    }

    /// The key of a link by address or identifier; `None` if there is neither.
    fn link(&self, reference: Option<FhirReference>, kind: &str) -> Option<ResourceKey> {
        let FhirReference { reference, identifier, .. } = reference?;
        let address = reference.filter(|reference| !reference.trim().is_empty());
        let by_identifier = || identifier_key(kind, identifier.system.as_deref(), identifier.value.as_deref()?);
        address.map(|address| key_of(&address, self.key)).or_else(by_identifier)
    }

    /// The keys of all links. One that is not understood has a key of no resource, so that what it leads to is missing.
    fn links(&self, references: impl IntoIterator<Item = FhirReference>, kind: &str) -> Vec<ResourceKey> {
        let link = |reference: FhirReference| {
            let named = words(reference.display.clone()).unwrap_or_else(|| "not named".to_owned());
            self.link(Some(reference), kind).unwrap_or_else(|| format!("{kind}?display={named}"))
        };
        references.into_iter().map(link).collect()
    }

    /// The services that the codes of a specialty stand for.
    fn specialties(&mut self, from: &[FhirConcept]) -> ListedServices {
        let mut listed = ListedServices::default();
        for concept in from {
            let codes = || {
                concept
                    .coding
                    .iter()
                    .filter_map(|coding| Some((coding.system.as_deref(), csv_cell::non_empty(coding.code.as_deref()?)?)))
            };
            if listed.take_codes(codes()) {
                self.words.extend(codes().next().map(|(system, code)| format!("{}|{code}", system.unwrap_or_default())));
            }
        }
        listed
    }

    fn npis(&mut self, identifiers: &[FhirIdentifier]) -> Vec<Npi> {
        let mut npis = Vec::new();
        for value in values(identifiers, is_npi) {
            match value.parse() {
                Ok(npi) if npis.contains(&npi) => {}
                Ok(npi) => npis.push(npi),
                Err(error) => self.fault("identifier (NPI)", value, &error),
            }
        }
        npis
    }

    fn ccn(&mut self, identifiers: &[FhirIdentifier]) -> Option<Ccn> {
        let value = values(identifiers, is_ccn).next()?;
        let ccn = value.replace('-', "").parse();
        ccn.map_err(|error| self.fault("identifier (CCN)", value, &error)).ok()
    }

    /// The first valid telephone number.
    fn phone(&mut self, telecom: &[FhirContact]) -> Option<Phone> {
        let phones = telecom.iter().filter(|contact| contact.system.as_deref() == Some("phone"));
        let written: Vec<&str> = phones.filter_map(|contact| contact.value.as_deref()).collect();
        let number = written.iter().find_map(|text| text.parse().ok());
        if let (None, Some(first)) = (number, written.first()) {
            self.fault("telecom", first, &"it is not a North American telephone number");
        }
        number
    }

    fn address(&mut self, from: &FhirAddress) -> Option<Address> {
        if from.state.is_none() && from.city.is_none() {
            return None;
        }
        let state = from.state.as_deref().unwrap_or_default().trim();
        let zip = from.postal_code.as_deref().unwrap_or_default().trim();
        let state = state.parse().map_err(|error| self.fault("address.state", state, &error)).ok();
        let zip = zip.parse().map_err(|error| self.fault("address.postalCode", zip, &error)).ok();
        let street = from.line.iter().filter_map(|line| words(Some(line.clone()))).collect::<Vec<_>>().join(", ");
        let of_zip = zip.and_then(|zip| ZipTable::curated().get(zip)).map(|place| place.state);
        let city = words(from.city.clone()).unwrap_or_default();
        Address { street, city, state: state.or(of_zip), zip }.unless_empty()
    }

    fn position(&mut self, from: &FhirPosition) -> Option<Position> {
        let (latitude, longitude) = (from.latitude?, from.longitude?);
        // Unset coordinates read as (0, 0), a point in the Gulf of Guinea.
        let set = latitude != 0.0 || longitude != 0.0;
        let point = Point::from_degrees(latitude, longitude).filter(|_| set);
        if point.is_none() {
            self.fault("position", &format!("{latitude}, {longitude}"), &"it is not a location in the United States");
        }
        point.map(|point| Position { point, precision: Precision::Address })
    }

    /// Languages as ISO 639-1 codes; `en-US` is `en`.
    fn languages(&mut self, from: &[FhirConcept]) -> Vec<String> {
        let mut languages = Vec::new();
        for concept in from {
            let codes: Vec<&str> = concept.coding.iter().filter_map(|coding| coding.code.as_deref()).collect();
            let short = |code: &&str| code.split('-').next().unwrap_or_default().to_ascii_lowercase();
            let language = codes.iter().map(short).find(|code| code.len() == 2);
            if let (None, Some(first)) = (&language, codes.first()) {
                self.fault("communication", first, &"it is not an ISO 639-1 language code");
            }
            languages.extend(language.filter(|code| code.bytes().all(|b| b.is_ascii_lowercase())));
        }
        languages
    }

    fn new_patients(&mut self, from: &[FhirExtension]) -> Vec<NewPatients> {
        let mut said = Vec::new();
        for extension in from.iter().filter(|extension| extension.is("newpatients")) {
            let part = |name: &str| extension.parts.iter().find(|part| part.is(name));
            let of = part("fromNetwork").map(|part| self.link(part.value_reference.clone(), "Organization"));
            // An answer for a network that is not understood is not an answer for all networks.
            if of.as_ref().is_some_and(Option::is_none) {
                continue;
            }
            let network = of.flatten();
            let code = part("acceptingPatients").and_then(|part| {
                let concept = part.value_codeable_concept.as_ref();
                let coded = concept.and_then(|concept| concept.coding.iter().find_map(|coding| coding.code.as_deref()));
                part.value_code.as_deref().or(coded)
            });
            let taken = code.map_or(Tristate::Unknown, accepts_new);
            if let Some(other) = code.filter(|_| taken == Tristate::Unknown) {
                self.fault("newpatients", other, &"unknown code");
            }
            said.push(NewPatients { network, taken });
        }
        said
    }
}

/// The key of a reference's target, in a resource kept under `owner`.
pub(crate) fn key_of(reference: &str, owner: &str) -> ResourceKey {
    let reference = reference.trim();
    if let Some(part) = reference.strip_prefix('#') {
        let owner = owner.split('#').next().unwrap_or(owner);
        return format!("{owner}#{part}");
    }
    if reference.starts_with("urn:") || reference.contains('?') {
        return reference.to_owned();
    }
    let current = reference.split("/_history/").next().unwrap_or(reference).trim_end_matches('/');
    let mut parts = current.rsplit('/');
    match (parts.next(), parts.next()) {
        (Some(id), Some(kind)) => format!("{kind}/{id}"),
        _ => current.to_owned(),
    }
}

/// The key of a link by identifier: that of the resource with this identifier.
pub(crate) fn identifier_key(kind: &str, system: Option<&str>, value: &str) -> Option<ResourceKey> {
    let value = csv_cell::non_empty(value)?;
    Some(format!("{kind}?identifier={}|{value}", system.unwrap_or_default().trim()))
}

fn kind(types: &[FhirConcept]) -> OrganizationKind {
    let has = |code: &str| types.iter().flat_map(|kind| &kind.coding).any(|coding| coding.code.as_deref() == Some(code));
    if has("ntwk") {
        OrganizationKind::Network
    } else if ["payer", "pay", "ins"].into_iter().any(has) {
        OrganizationKind::Payer
    } else {
        OrganizationKind::Provider
    }
}

fn values(identifiers: &[FhirIdentifier], of: fn(&str) -> bool) -> impl Iterator<Item = &str> {
    let right = move |identifier: &&FhirIdentifier| identifier.system.as_deref().is_some_and(of);
    identifiers.iter().filter(right).filter_map(|identifier| csv_cell::non_empty(identifier.value.as_deref()?))
}

/// Whether an identifier system is that of the NPI.
pub(crate) fn is_npi(system: &str) -> bool {
    let system = system.trim().to_ascii_lowercase();
    ["/sid/us-npi", "/namingsystem/npi", "2.16.840.1.113883.4.6"].into_iter().any(|end| system.ends_with(end))
}

/// Whether an identifier system is that of the CCN.
pub(crate) fn is_ccn(system: &str) -> bool {
    let system = system.to_ascii_lowercase();
    ["2.16.840.1.113883.4.336", "/us-ccn", "cmscertificationnumber"].into_iter().any(|end| system.ends_with(end))
}

/// Text for display; `None` if it is blank.
fn words(text: Option<String>) -> Option<String> {
    let text = text?;
    Some(csv_cell::clean_text(csv_cell::non_empty(&text)?).0.into_owned()).filter(|text| !text.is_empty())
}

/// Which day a month or a year stands for.
#[derive(Debug, Clone, Copy)]
enum DateBound {
    First,
    Last,
}

/// A FHIR date: a day, a month or a year, with or without a time.
fn day(text: Option<String>, field: &'static str, edge: DateBound) -> Result<Option<Date>, ResourceFault> {
    let Some(text) = text else { return Ok(None) };
    let of = |text: &str| {
        let mut parts = text.split('T').next()?.split('-');
        let year = parts.next()?.parse().ok()?;
        let month = parts.next().map(str::parse).transpose().ok()?;
        let date = parts.next().map(str::parse).transpose().ok()?;
        match (edge, date) {
            (_, Some(date)) => Date::new(year, month?, date).ok(),
            (DateBound::First, None) => Date::new(year, month.unwrap_or(1), 1).ok(),
            (DateBound::Last, None) => Some(Date::new(year, month.unwrap_or(12), 1).ok()?.last_of_month()),
        }
    };
    match of(text.trim()) {
        Some(day) => Ok(Some(day)),
        None => Err(ResourceFault { field, value: text, reason: "it is not a date".to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lead_to_the_same_key_however_they_are_written() {
        for (reference, key) in [
            ("Organization/17", "Organization/17"),
            ("https://payer.example/fhir/Organization/17", "Organization/17"),
            ("https://payer.example/fhir/Organization/17/_history/3", "Organization/17"),
            ("#area", "HealthcareService/9#area"),
            ("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"),
            ("Organization?identifier=1", "Organization?identifier=1"),
        ] {
            assert_eq!(key_of(reference, "HealthcareService/9"), key, "{reference}");
        }
        assert_eq!(key_of("#other", "HealthcareService/9#area"), "HealthcareService/9#other");
    }

    #[test]
    fn periods_may_be_years_and_months() {
        for (text, edge, expected) in [
            ("2026-03-05", DateBound::First, Some("2026-03-05")),
            ("2026-03-05T23:00:00-05:00", DateBound::Last, Some("2026-03-05")),
            ("2026-02", DateBound::First, Some("2026-02-01")),
            ("2028-02", DateBound::Last, Some("2028-02-29")),
            ("2026", DateBound::First, Some("2026-01-01")),
            ("2026", DateBound::Last, Some("2026-12-31")),
            ("2026-13", DateBound::Last, None),
            ("soon", DateBound::First, None),
            ("", DateBound::First, None),
        ] {
            let read = day(Some(text.to_owned()), "period.end", edge).ok().flatten();
            assert_eq!(read.map(|day| day.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_telephone_keeps_its_extension() {
        for (text, number) in [
            ("(681) 999-0947 x3487", Some("681-999-0947 ext. 3487")),
            ("843-576-5378 ext. 12", Some("843-576-5378 ext. 12")),
            ("1-602-833-4315;ext=7", Some("602-833-4315 ext. 7")),
            ("(281) 058-6643", None),
        ] {
            let mut reading = ResourceParser { key: "", faults: ResourceFaults::new(), words: Vec::new() };
            let telecom = [FhirContact { system: Some("phone".into()), value: Some(text.into()) }];
            let read = reading.phone(&telecom).map(|phone: Phone| phone.to_string());
            assert_eq!(read.as_deref(), number, "{text}");
            assert_eq!(reading.faults.is_empty(), number.is_some(), "{text}");
        }
    }
}
