//! What resources can be searched by: their links, codes and texts.

use smallvec::SmallVec;

use crate::catalog::Catalog;
use crate::coverage::{AffiliationTerms, Network, PlanDirectory};
use crate::matching::candidate::Directory;
use crate::provider::ServiceArea;
use crate::serve::fhir::codes::FhirCode;
use crate::serve::fhir::search_params::{ResourceType, SearchField};
use crate::serve::fhir::text::SearchText;
use crate::serve::fhir::view::{FhirView, ResourceRef};
use crate::serve::fhir::{codes, ids};
use crate::service::Service;

/// One generation, and its view.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FhirContext<'a> {
    /// The generation.
    pub catalog: &'a Catalog,
    /// Its FHIR view.
    pub view: &'a FhirView,
}

impl<'a> FhirContext<'a> {
    /// The resource with that type and id.
    pub(crate) fn find(&self, kind: ResourceType, id: &str) -> Option<ResourceRef> {
        let view = self.view;
        match kind {
            ResourceType::Organization => {
                let named = || view.named(id).filter(|item| item.kind() == ResourceType::Organization);
                self.provider(id).map(ResourceRef::Provider).or_else(named)
            }
            ResourceType::Location => match id.strip_prefix("zip-") {
                Some(zip) => zip.parse().ok().and_then(|zip| view.area_of(zip)).filter(|item| self.id(*item) == id),
                None => self.provider(id).filter(|record| view.has_place(*record)).map(ResourceRef::Place),
            },
            ResourceType::HealthcareService => self.line(id).map(ResourceRef::Line),
            ResourceType::OrganizationAffiliation => {
                let (service, terms) = ids::affiliation(id)?;
                let line = self.line(service)?;
                let mut numbers = view.numbered(&self.catalog.line_terms(line)).into_iter();
                numbers.find(|number| view.digest(*number) == terms).map(|number| ResourceRef::Membership(line, number))
            }
            ResourceType::InsurancePlan => view.named(id).filter(|item| item.kind() == kind),
            ResourceType::Practitioner | ResourceType::PractitionerRole | ResourceType::Endpoint => None,
        }
    }

    fn provider(&self, id: &str) -> Option<u32> {
        let Some(known) = ids::provider(id) else {
            return self
                .view
                .named(id)
                .and_then(|item| if let ResourceRef::Provider(record) = item { Some(record) } else { None });
        };
        // An NPI finds every provider that has it; the id of a resource is the one that the
        // provider has in the directory.
        let mut records = self.catalog.records_with(&known).into_iter();
        records.find(|record| self.catalog.id_at(*record).is_some_and(|own| own == known))
    }

    fn line(&self, id: &str) -> Option<u32> {
        let (provider, service) = ids::service(id)?;
        let lines = self.view.lines_of(self.provider(provider)?).iter().copied();
        lines.into_iter().find(|line| self.view.row(*line).is_some_and(|row| row.service == service))
    }

    /// The id of a resource.
    pub(crate) fn id(&self, item: ResourceRef) -> String {
        let provider = |record: u32| self.catalog.id_at(record).map(|id| ids::of_provider(&id)).unwrap_or_default();
        let line = |line: u32| {
            let row = self.view.row(line);
            row.map(|row| ids::of_service(&provider(row.record), row.service)).unwrap_or_default()
        };
        let plans = self.plans();
        match item {
            ResourceRef::Provider(record) | ResourceRef::Place(record) => provider(record),
            ResourceRef::Line(at) => line(at),
            ResourceRef::Membership(at, number) => ids::of_affiliation(&line(at), self.view.digest(number)),
            ResourceRef::Area(at) => self.view.areas().get(at as usize).map(|zip| ids::of_area(*zip)).unwrap_or_default(),
            ResourceRef::Payer(at) => {
                plans.payers.get(at as usize).map(|payer| ids::of_payer(&payer.name)).unwrap_or_default()
            }
            ResourceRef::Network(at) => {
                plans.networks.get(at as usize).map(|network| ids::of_network(&network.name)).unwrap_or_default()
            }
            ResourceRef::Plan(at) => plans.plans.get(at as usize).map(|plan| ids::of_plan(plan, plans)).unwrap_or_default(),
        }
    }

    /// Payers, plans and networks.
    pub(crate) fn plans(&self) -> &'a PlanDirectory {
        self.catalog.plans()
    }

    /// The terms of a number. Terms of one number may differ in dates and evidence; this returns
    /// one of them.
    pub(crate) fn terms(&self, number: u32) -> Option<&'a AffiliationTerms> {
        self.plans().terms(self.view.first_key(number)?)
    }

    /// The network behind the terms of a number.
    pub(crate) fn network(&self, number: u32) -> Option<(u32, &'a Network)> {
        let key = self.terms(number)?.network;
        Some((key.0, self.plans().network(key)?))
    }

    /// The resources that `item` links to by `field`.
    pub(crate) fn links(&self, item: ResourceRef, field: SearchField) -> SmallVec<[ResourceRef; 2]> {
        let plans = self.plans();
        let mut links = SmallVec::new();
        match (item, field) {
            (ResourceRef::Network(at), SearchField::PartOf) => {
                links.extend(plans.networks.get(at as usize).and_then(|network| network.payer).map(ResourceRef::Payer));
            }
            (ResourceRef::Place(record), SearchField::ManagedBy) => links.push(ResourceRef::Provider(record)),
            (ResourceRef::Line(line), _) => self.links_of_line(line, field, &mut links),
            (ResourceRef::Membership(line, number), _) => {
                self.links_of_line(line, field, &mut links);
                links.extend(self.link_of_terms(number, field));
            }
            (ResourceRef::Plan(at), SearchField::OwnedBy) => {
                links.extend(plans.plans.get(at as usize).and_then(|plan| plan.payer).map(ResourceRef::Payer));
            }
            _ => {}
        }
        links
    }

    fn links_of_line(&self, line: u32, field: SearchField, links: &mut SmallVec<[ResourceRef; 2]>) {
        let Some(row) = self.view.row(line) else { return };
        match field {
            SearchField::ProvidedBy | SearchField::Participating => links.push(ResourceRef::Provider(row.record)),
            SearchField::At | SearchField::AffiliatedAt => {
                links.extend(self.view.has_place(row.record).then_some(ResourceRef::Place(row.record)));
            }
            SearchField::Service => links.push(ResourceRef::Line(line)),
            SearchField::ComesTo if row.has_area => {
                let provider = self.catalog.provider_at(row.record);
                let told = provider.as_ref().and_then(|provider| provider.line(row.service));
                if let Some(ServiceArea::Zips(zips)) = told.map(|line| &line.area) {
                    links.extend(zips.value.iter().filter_map(|zip| self.view.area_of(*zip)));
                }
            }
            _ => {}
        }
    }

    /// The resource that terms link to: the network, or the payer that runs it.
    pub(crate) fn link_of_terms(&self, number: u32, field: SearchField) -> Option<ResourceRef> {
        let (at, network) = self.network(number)?;
        match field {
            SearchField::Network => Some(ResourceRef::Network(at)),
            SearchField::Primary => Some(network.payer.map_or(ResourceRef::Network(at), ResourceRef::Payer)),
            _ => None,
        }
    }

    /// The codes of a resource.
    pub(crate) fn codes(&self, item: ResourceRef, field: SearchField) -> SmallVec<[FhirCode; 2]> {
        let mut codes: SmallVec<[FhirCode; 2]> = SmallVec::new();
        let service = match item {
            ResourceRef::Line(line) | ResourceRef::Membership(line, _) => self.view.row(line).map(|row| row.service),
            _ => None,
        };
        match (item, field, service) {
            (ResourceRef::Payer(_), SearchField::OrganizationType, _) => codes.push(codes::organization_type("payer")),
            (ResourceRef::Network(_), SearchField::OrganizationType, _) => codes.push(codes::organization_type("ntwk")),
            (ResourceRef::Provider(record), SearchField::OrganizationType, _) => {
                codes.extend(self.services(record).map(codes::provider_type));
                codes.sort_by_key(|code| code.code);
                codes.dedup();
            }
            (ResourceRef::Place(record), SearchField::PlaceType, _) => {
                codes.extend(self.services(record).filter_map(codes::place_type));
            }
            (ResourceRef::Plan(_), SearchField::ProductType, _) => codes.push(codes::unknown()),
            (_, SearchField::Category, Some(service)) => codes.push(codes::category(service)),
            (_, SearchField::ServiceType, Some(service)) => codes.push(codes::service_type(service)),
            (_, SearchField::Specialty, Some(service)) => codes.extend(codes::specialties(service)),
            (_, SearchField::Role, Some(service)) => codes.push(codes::role(service)),
            _ => {}
        }
        codes
    }

    fn services(&self, record: u32) -> impl Iterator<Item = Service> {
        self.view.lines_of(record).iter().filter_map(|line| self.view.row(*line)).map(|row| row.service)
    }

    /// Whether `holds` is true of any text of a resource.
    pub(crate) fn any_text(
        &self,
        item: ResourceRef,
        field: SearchField,
        holds: &mut dyn FnMut(SearchText<'_>) -> bool,
    ) -> bool {
        if field == SearchField::Name {
            return self.view.name(item).is_some_and(|name| match (item, self.view_label(item)) {
                (ResourceRef::Line(_), Some(label)) => {
                    let (text, folded) = (service_name(name.text, label), service_name(name.folded, &label.to_lowercase()));
                    holds(SearchText { text: &text, folded: &folded })
                }
                (ResourceRef::Provider(record), _) => holds(name) || self.view.aliases(record).any(holds),
                _ => holds(name),
            });
        }
        let (state, zip) = match item {
            ResourceRef::Provider(record) | ResourceRef::Place(record) => match self.view.state_and_zip(record) {
                Some((state, zip)) => (state.map(|state| state.to_string()), zip.map(|zip| zip.to_string())),
                None => return false,
            },
            ResourceRef::Area(at) => (None, self.view.areas().get(at as usize).map(ToString::to_string)),
            _ => return false,
        };
        let [street, city] = match item {
            ResourceRef::Provider(record) | ResourceRef::Place(record) => self.view.street_and_city(record),
            _ => [None, None],
        };
        let lower = state.as_ref().map(|state| state.to_lowercase());
        let state = state.as_deref().zip(lower.as_deref()).map(|(text, folded)| SearchText { text, folded });
        let zip = zip.as_deref().map(|text| SearchText { text, folded: text });
        let country = Some(SearchText { text: "US", folded: "us" });
        let parts: &[Option<SearchText<'_>>] = match field {
            SearchField::Address => &[street, city, state, zip, country],
            SearchField::City => &[city],
            SearchField::State => &[state],
            SearchField::PostalCode => &[zip],
            _ => &[],
        };
        parts.iter().flatten().any(|part| holds(*part))
    }

    fn view_label(&self, item: ResourceRef) -> Option<&'static str> {
        if let ResourceRef::Line(line) = item { self.view.row(line).map(|row| row.service.label()) } else { None }
    }
}

/// The name of a service: its provider and its label.
pub(crate) fn service_name(provider: &str, label: &str) -> String {
    format!("{provider}: {label}")
}

impl ResourceRef {
    /// The type of the resource.
    pub(crate) fn kind(self) -> ResourceType {
        match self {
            Self::Provider(_) | Self::Payer(_) | Self::Network(_) => ResourceType::Organization,
            Self::Place(_) | Self::Area(_) => ResourceType::Location,
            Self::Line(_) => ResourceType::HealthcareService,
            Self::Membership(..) => ResourceType::OrganizationAffiliation,
            Self::Plan(_) => ResourceType::InsurancePlan,
        }
    }
}
