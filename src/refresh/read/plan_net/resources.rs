//! Converts FHIR to the parts that are used: checks identifiers, parses dates and telephone numbers, maps specialties.

use std::fmt::Display;

use jiff::civil::Date;

use crate::evidence::Tristate;
use crate::place::{Point, Precision, Zip};
use crate::provider::{Address, Ccn, Npi, Phone, Position};
use crate::refresh::csv_cell;
use crate::refresh::read::plan_net::fhir_types::{
    FhirAddress, FhirAffiliation, FhirConcept, FhirContact, FhirExtension, FhirIdentifier, FhirLocation, FhirOrganization,
    FhirPosition, FhirReference, HealthcareService, InsurancePlan, SubPlan,
};
use crate::service::Service;

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

/// The services that NUCC codes map to; `None` if there is no code, empty if none is ours.
pub(crate) type ServiceSpecialties = Option<Vec<Service>>;

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
    pub specialties: ServiceSpecialties,
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
    pub specialties: ServiceSpecialties,
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
            phone: if described { self.phone(&from.telecom) } else { None },
            address: from.address.first().filter(|_| described).and_then(|address| self.address(address)),
            part_of: self.link(from.part_of),
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
            specialties: specialties(&from.specialty),
            places: self.links(from.location),
            area: self.links(from.coverage_area),
            phone: self.phone(&from.telecom),
            languages: self.languages(&from.communication),
            new_patients: self.new_patients(&from.extension),
        }
    }

    /// # Errors
    /// Its period cannot be read: a membership with wrong terms is worse than none.
    pub(crate) fn listing(&mut self, from: FhirAffiliation, by_role: bool) -> Result<NetworkListing, ResourceFault> {
        let mut networks = self.links(from.network);
        let named = from.extension.iter().filter(|extension| extension.is("network-reference"));
        let named = named.filter_map(|extension| self.link(extension.value_reference.clone()));
        networks.extend(named);
        let (provider, owner) = match from.participating_organization.filter(|_| !by_role) {
            Some(provider) => (Some(provider), from.organization),
            None => (from.organization, None),
        };
        Ok(NetworkListing {
            by_role,
            active: from.active != Some(false),
            begin: day(from.period.start, "period.start", DateBound::First)?,
            end: day(from.period.end, "period.end", DateBound::Last)?,
            provider: self.link(provider),
            owner: self.link(owner),
            networks,
            specialties: specialties(&from.specialty),
            places: self.links(from.location),
            offers: self.links(from.healthcare_service),
            new_patients: self.new_patients(&from.extension),
        })
    }

    /// # Errors
    /// Its period cannot be read.
    pub(crate) fn product(&mut self, from: InsurancePlan) -> Result<InsuranceProduct, ResourceFault> {
        let part = |part: SubPlan| {
            let kind = part.kind.and_then(|kind| words(kind.text));
            let number = part.identifier.into_iter().find_map(|identifier| words(identifier.value));
            (number.or(kind), self.links(part.network))
        };
        let parts = from.plan.into_iter().map(part).filter(|(_, networks)| !networks.is_empty()).collect();
        Ok(InsuranceProduct {
            active: from.status.as_deref().is_none_or(|status| status == "active"),
            name: words(from.name),
            identifiers: from.identifier.into_iter().filter_map(|identifier| words(identifier.value)).collect(),
            end: day(from.period.end, "period.end", DateBound::Last)?,
            payer: self.link(from.owned_by.or(from.administered_by)),
            networks: self.links(from.network),
            parts,
        })
    }

    fn fault(&mut self, field: &'static str, value: &str, reason: &dyn Display) {
        self.faults.push(ResourceFault { field, value: value.to_owned(), reason: reason.to_string() });
    }

    fn link(&self, reference: Option<FhirReference>) -> Option<ResourceKey> {
        Some(key_of(&reference?.reference?, self.key))
    }

    fn links(&self, references: Vec<FhirReference>) -> Vec<ResourceKey> {
        references.into_iter().filter_map(|reference| self.link(Some(reference))).collect()
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

    /// The first valid telephone number, without its extension.
    fn phone(&mut self, telecom: &[FhirContact]) -> Option<Phone> {
        let phones = telecom.iter().filter(|contact| contact.system.as_deref() == Some("phone"));
        let written: Vec<&str> = phones.filter_map(|contact| contact.value.as_deref()).collect();
        let number = written.iter().find_map(|text| without_extension(text).parse().ok());
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
        Some(Address { street, city: words(from.city.clone()).unwrap_or_default(), state: state?, zip: zip? })
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
            let network = part("fromNetwork").and_then(|part| self.link(part.value_reference.clone()));
            let code = part("acceptingPatients").and_then(|part| {
                let concept = part.value_codeable_concept.as_ref();
                let coded = concept.and_then(|concept| concept.coding.iter().find_map(|coding| coding.code.as_deref()));
                part.value_code.as_deref().or(coded)
            });
            let taken = match code {
                Some("newpt") => Tristate::Yes,
                Some("nopt" | "existptonly" | "existptfam") => Tristate::No,
                Some(other) => {
                    self.fault("newpatients", other, &"unknown code");
                    Tristate::Unknown
                }
                None => Tristate::Unknown,
            };
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

fn specialties(from: &[FhirConcept]) -> ServiceSpecialties {
    let codes: Vec<&str> =
        from.iter().flat_map(|concept| &concept.coding).filter_map(|coding| coding.code.as_deref()).collect();
    let offered = |service: &Service| service.taxonomy().iter().any(|code| codes.contains(code));
    (!codes.is_empty()).then(|| Service::ALL.into_iter().filter(offered).collect())
}

fn values(identifiers: &[FhirIdentifier], of: fn(&str) -> bool) -> impl Iterator<Item = &str> {
    let right = move |identifier: &&FhirIdentifier| identifier.system.as_deref().is_some_and(of);
    identifiers.iter().filter(right).filter_map(|identifier| csv_cell::non_empty(identifier.value.as_deref()?))
}

fn is_npi(system: &str) -> bool {
    system.ends_with("/sid/us-npi") || system.ends_with("2.16.840.1.113883.4.6")
}

fn is_ccn(system: &str) -> bool {
    let system = system.to_ascii_lowercase();
    ["2.16.840.1.113883.4.336", "/us-ccn", "cmscertificationnumber"].into_iter().any(|end| system.ends_with(end))
}

/// `(681) 999-0947 x3487` without the extension.
fn without_extension(phone: &str) -> &str {
    phone.split(['x', 'X', 'e', 'E', ',', ';', '#']).next().unwrap_or(phone).trim()
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
    fn a_telephone_loses_its_extension() {
        for (text, number) in [
            ("(681) 999-0947 x3487", Some("681-999-0947")),
            ("843-576-5378 ext. 12", Some("843-576-5378")),
            ("1-602-833-4315;ext=7", Some("602-833-4315")),
            ("(281) 058-6643", None),
        ] {
            let mut reading = ResourceParser { key: "", faults: ResourceFaults::new() };
            let telecom = [FhirContact { system: Some("phone".into()), value: Some(text.into()) }];
            let read = reading.phone(&telecom).map(|phone: Phone| phone.to_string());
            assert_eq!(read.as_deref(), number, "{text}");
            assert_eq!(reading.faults.is_empty(), number.is_some(), "{text}");
        }
    }
}
