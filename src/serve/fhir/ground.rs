//! What a resource says that it can be searched by: its links, its codes, its texts.

use smallvec::SmallVec;

use super::codes::{self, Code};
use super::ids;
use super::table::{Field, Kind};
use super::text::Written;
use super::view::{Item, View};
use crate::catalog::Catalog;
use crate::coverage::{Network, Plans, Terms};
use crate::matching::Directory;
use crate::provider::ServiceArea;

/// One generation, and it as resources.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The generation.
    pub catalog: &'a Catalog,
    /// The same as resources.
    pub view: &'a View,
}

impl<'a> Ground<'a> {
    /// The resource of a type and an id.
    pub fn find(&self, kind: Kind, id: &str) -> Option<Item> {
        let view = self.view;
        match kind {
            Kind::Organization => {
                let named = || view.named(id).filter(|item| item.kind() == Kind::Organization);
                self.provider(id).map(Item::Provider).or_else(named)
            }
            Kind::Location => match id.strip_prefix("zip-") {
                Some(zip) => zip.parse().ok().and_then(|zip| view.area_of(zip)).filter(|item| self.id(*item) == id),
                None => self.provider(id).filter(|record| view.has_place(*record)).map(Item::Place),
            },
            Kind::HealthcareService => self.line(id).map(Item::Line),
            Kind::OrganizationAffiliation => {
                let (service, terms) = ids::affiliation(id)?;
                let line = self.line(service)?;
                let mut numbers = view.numbered(&self.catalog.terms_of(line)).into_iter();
                numbers.find(|number| view.digest(*number) == terms).map(|number| Item::Membership(line, number))
            }
            Kind::InsurancePlan => view.named(id).filter(|item| item.kind() == kind),
        }
    }

    fn provider(&self, id: &str) -> Option<u32> {
        let Some(known) = ids::provider(id) else {
            return self
                .view
                .named(id)
                .and_then(|item| if let Item::Provider(record) = item { Some(record) } else { None });
        };
        // An NPI finds whoever holds it; the id of a resource is the one the provider goes by.
        let mut records = self.catalog.records_with(&known).into_iter();
        records.find(|record| self.catalog.id_at(*record).is_some_and(|own| own == known))
    }

    fn line(&self, id: &str) -> Option<u32> {
        let (provider, service) = ids::service(id)?;
        let lines = self.view.lines_of(self.provider(provider)?).iter().copied();
        lines.into_iter().find(|line| self.view.row(*line).is_some_and(|row| row.service == service))
    }

    /// The id of a resource.
    pub fn id(&self, item: Item) -> String {
        let provider = |record: u32| self.catalog.id_at(record).map(|id| ids::of_provider(&id)).unwrap_or_default();
        let line = |line: u32| {
            let row = self.view.row(line);
            row.map(|row| ids::of_service(&provider(row.record), row.service)).unwrap_or_default()
        };
        let plans = self.plans();
        match item {
            Item::Provider(record) | Item::Place(record) => provider(record),
            Item::Line(at) => line(at),
            Item::Membership(at, number) => ids::of_affiliation(&line(at), self.view.digest(number)),
            Item::Area(at) => self.view.areas().get(at as usize).map(|zip| ids::of_area(*zip)).unwrap_or_default(),
            Item::Payer(at) => {
                plans.payers.get(at as usize).map(|payer| ids::of_payer(&payer.name)).unwrap_or_default()
            }
            Item::Network(at) => {
                plans.networks.get(at as usize).map(|network| ids::of_network(&network.name)).unwrap_or_default()
            }
            Item::Plan(at) => plans.plans.get(at as usize).map(|plan| ids::of_plan(plan, plans)).unwrap_or_default(),
        }
    }

    /// Payers, plans and networks.
    pub fn plans(&self) -> &'a Plans {
        self.catalog.plans()
    }

    /// What the terms of a number say of their network; of dates and evidence it is one of several.
    pub fn terms(&self, number: u32) -> Option<&'a Terms> {
        self.plans().terms(self.view.first_key(number)?)
    }

    /// The network behind the terms of a number.
    pub fn network(&self, number: u32) -> Option<(u32, &'a Network)> {
        let key = self.terms(number)?.network;
        Some((key.0, self.plans().network(key)?))
    }

    /// Where a resource leads to by a link.
    pub fn links(&self, item: Item, field: Field) -> SmallVec<[Item; 2]> {
        let plans = self.plans();
        let mut links = SmallVec::new();
        match (item, field) {
            (Item::Network(at), Field::PartOf) => {
                links.extend(plans.networks.get(at as usize).and_then(|network| network.payer).map(Item::Payer));
            }
            (Item::Place(record), Field::ManagedBy) => links.push(Item::Provider(record)),
            (Item::Line(line), _) => self.links_of_line(line, field, &mut links),
            (Item::Membership(line, number), _) => {
                self.links_of_line(line, field, &mut links);
                links.extend(self.link_of_terms(number, field));
            }
            (Item::Plan(at), Field::OwnedBy) => {
                links.extend(plans.plans.get(at as usize).and_then(|plan| plan.payer).map(Item::Payer));
            }
            _ => {}
        }
        links
    }

    fn links_of_line(&self, line: u32, field: Field, links: &mut SmallVec<[Item; 2]>) {
        let Some(row) = self.view.row(line) else { return };
        match field {
            Field::ProvidedBy | Field::Participating => links.push(Item::Provider(row.record)),
            Field::At | Field::AffiliatedAt => {
                links.extend(self.view.has_place(row.record).then_some(Item::Place(row.record)));
            }
            Field::Service => links.push(Item::Line(line)),
            Field::ComesTo if row.has_area => {
                let provider = self.catalog.provider_at(row.record);
                let told = provider.as_ref().and_then(|provider| provider.line(row.service));
                if let Some(ServiceArea::Zips(zips)) = told.map(|line| &line.area) {
                    links.extend(zips.value.iter().filter_map(|zip| self.view.area_of(*zip)));
                }
            }
            _ => {}
        }
    }

    /// Where terms lead to: the network, or whoever runs it.
    pub fn link_of_terms(&self, number: u32, field: Field) -> Option<Item> {
        let (at, network) = self.network(number)?;
        match field {
            Field::Network => Some(Item::Network(at)),
            Field::Primary => Some(network.payer.map_or(Item::Network(at), Item::Payer)),
            _ => None,
        }
    }

    /// The codes of a resource.
    pub fn codes(&self, item: Item, field: Field) -> SmallVec<[Code; 2]> {
        let mut codes: SmallVec<[Code; 2]> = SmallVec::new();
        let service = match item {
            Item::Line(line) | Item::Membership(line, _) => self.view.row(line).map(|row| row.service),
            _ => None,
        };
        match (item, field, service) {
            (Item::Payer(_), Field::OrganizationType, _) => codes.push(codes::organization_type("payer")),
            (Item::Network(_), Field::OrganizationType, _) => codes.push(codes::organization_type("ntwk")),
            (Item::Provider(record), Field::OrganizationType, _) => {
                codes.extend(self.services(record).map(codes::provider_type));
                codes.sort_by_key(|code| code.code);
                codes.dedup();
            }
            (Item::Place(record), Field::PlaceType, _) => {
                codes.extend(self.services(record).filter_map(codes::place_type));
            }
            (_, Field::Category, Some(service)) => codes.push(codes::category(service)),
            (_, Field::ServiceType, Some(service)) => codes.push(codes::service_type(service)),
            (_, Field::Specialty, Some(service)) => codes.extend(codes::specialties(service)),
            (_, Field::Role, Some(service)) => codes.push(codes::role(service)),
            _ => {}
        }
        codes
    }

    fn services(&self, record: u32) -> impl Iterator<Item = crate::care::Service> {
        self.view.lines_of(record).iter().filter_map(|line| self.view.row(*line)).map(|row| row.service)
    }

    /// Whether `holds` is true of any text of a resource.
    pub fn any_text(&self, item: Item, field: Field, holds: &mut dyn FnMut(Written<'_>) -> bool) -> bool {
        if field == Field::Name {
            return self.view.name(item).is_some_and(|name| match (item, self.view_label(item)) {
                (Item::Line(_), Some(label)) => {
                    let (text, folded) =
                        (service_name(name.text, label), service_name(name.folded, &label.to_lowercase()));
                    holds(Written { text: &text, folded: &folded })
                }
                _ => holds(name),
            });
        }
        let (state, zip) = match item {
            Item::Provider(record) | Item::Place(record) => match self.view.state_and_zip(record) {
                Some((state, zip)) => (Some(state.to_string()), Some(zip.to_string())),
                None => return false,
            },
            Item::Area(at) => (None, self.view.areas().get(at as usize).map(ToString::to_string)),
            _ => return false,
        };
        let [street, city] = match item {
            Item::Provider(record) | Item::Place(record) => self.view.street_and_city(record),
            _ => [None, None],
        };
        let lower = state.as_ref().map(|state| state.to_lowercase());
        let state = state.as_deref().zip(lower.as_deref()).map(|(text, folded)| Written { text, folded });
        let zip = zip.as_deref().map(|text| Written { text, folded: text });
        let country = Some(Written { text: "US", folded: "us" });
        let parts: &[Option<Written<'_>>] = match field {
            Field::Address => &[street, city, state, zip, country],
            Field::City => &[city],
            Field::State => &[state],
            Field::PostalCode => &[zip],
            _ => &[],
        };
        parts.iter().flatten().any(|part| holds(*part))
    }

    fn view_label(&self, item: Item) -> Option<&'static str> {
        if let Item::Line(line) = item { self.view.row(line).map(|row| row.service.label()) } else { None }
    }
}

/// What a service is called: its provider and what it is.
pub fn service_name(provider: &str, label: &str) -> String {
    format!("{provider}: {label}")
}

impl Item {
    /// The type of the resource.
    pub fn kind(self) -> Kind {
        match self {
            Self::Provider(_) | Self::Payer(_) | Self::Network(_) => Kind::Organization,
            Self::Place(_) | Self::Area(_) => Kind::Location,
            Self::Line(_) => Kind::HealthcareService,
            Self::Membership(..) => Kind::OrganizationAffiliation,
            Self::Plan(_) => Kind::InsurancePlan,
        }
    }
}
