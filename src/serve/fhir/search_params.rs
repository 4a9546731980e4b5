//! What the view can do, as tables: the types of resources and the parameters each is searched by.
//!
//! The search reads them and so does the CapabilityStatement, so that it lists what is implemented and nothing else.

/// Where the definitions of Plan-Net are.
pub(crate) const PLAN_NET: &str = "http://hl7.org/fhir/us/davinci-pdex-plan-net";
/// Where the definitions of FHIR are.
pub(crate) const FHIR: &str = "http://hl7.org/fhir";

/// A type of resource the view has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ResourceType {
    /// A provider, a payer or a network.
    Organization,
    /// Where a provider is, or a ZIP code that one comes to.
    Location,
    /// A service of a provider.
    HealthcareService,
    /// That a service of a provider is in a network.
    OrganizationAffiliation,
    /// A plan.
    InsurancePlan,
}

/// How the values of a parameter are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParamType {
    /// As text.
    String,
    /// As a code.
    Token,
    /// As a link to another resource.
    Reference,
    /// As a date.
    Date,
    /// In a way of its own.
    Special,
}

/// What a parameter looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SearchField {
    /// The id of the resource.
    Id,
    /// When the directory was built.
    LastUpdated,
    /// A number the outside world knows it by.
    Identifier,
    /// What it is called.
    Name,
    /// Any part of the address.
    Address,
    /// The city.
    City,
    /// The state.
    State,
    /// The ZIP code.
    PostalCode,
    /// Provider, payer or network.
    OrganizationType,
    /// The payer of a network.
    PartOf,
    /// The area of a network, which the directory does not know.
    NetworkArea,
    /// How far it is from a point.
    Near,
    /// What kind of place it is.
    PlaceType,
    /// Who is at a place.
    ManagedBy,
    /// The place a place is in, which the directory does not know.
    WithinPlace,
    /// Who offers a service.
    ProvidedBy,
    /// Where a service is.
    At,
    /// The ZIP codes a service comes to.
    ComesTo,
    /// The broad category of a service.
    Category,
    /// The service in the words of the directory.
    ServiceType,
    /// The service as NUCC codes.
    Specialty,
    /// The payer of the network, else the network.
    Primary,
    /// The provider in the network.
    Participating,
    /// The network.
    Network,
    /// The service that is in the network.
    Service,
    /// The place that is in the network.
    AffiliatedAt,
    /// What the provider is to the network.
    Role,
    /// Who administers a plan, which the directory does not know.
    AdministeredBy,
    /// The payer of a plan.
    OwnedBy,
    /// The area of a plan, which the directory does not know.
    PlanArea,
    /// The cost sharing of a plan, which the directory does not know.
    PlanType,
    /// What kind of insurance a plan is, which the directory does not know.
    ProductType,
    /// Electronic end points, which the directory does not know.
    Endpoint,
}

impl SearchField {
    /// How its values are compared.
    pub(crate) fn compared(self) -> ParamType {
        match self {
            Self::Name | Self::Address | Self::City | Self::State | Self::PostalCode => ParamType::String,
            Self::Id
            | Self::Identifier
            | Self::OrganizationType
            | Self::PlaceType
            | Self::Category
            | Self::ServiceType
            | Self::Specialty
            | Self::Role
            | Self::PlanType
            | Self::ProductType => ParamType::Token,
            Self::LastUpdated => ParamType::Date,
            Self::Near => ParamType::Special,
            Self::PartOf
            | Self::NetworkArea
            | Self::ManagedBy
            | Self::WithinPlace
            | Self::ProvidedBy
            | Self::At
            | Self::ComesTo
            | Self::Primary
            | Self::Participating
            | Self::Network
            | Self::Service
            | Self::AffiliatedAt
            | Self::AdministeredBy
            | Self::OwnedBy
            | Self::PlanArea
            | Self::Endpoint => ParamType::Reference,
        }
    }

    /// The type a link leads to; `None` for what is no link, and for end points, which the view has none of.
    pub(crate) fn target(self) -> Option<ResourceType> {
        match self {
            Self::PartOf
            | Self::ManagedBy
            | Self::ProvidedBy
            | Self::Primary
            | Self::Participating
            | Self::Network
            | Self::AdministeredBy
            | Self::OwnedBy => Some(ResourceType::Organization),
            Self::NetworkArea | Self::WithinPlace | Self::At | Self::ComesTo | Self::AffiliatedAt | Self::PlanArea => {
                Some(ResourceType::Location)
            }
            Self::Service => Some(ResourceType::HealthcareService),
            _ => None,
        }
    }

    /// Whether the directory knows it of nobody. It can be searched by, because Plan-Net wants that; only `:missing=true` finds any.
    pub(crate) fn is_unknown(self) -> bool {
        matches!(
            self,
            Self::NetworkArea
                | Self::WithinPlace
                | Self::AdministeredBy
                | Self::PlanArea
                | Self::PlanType
                | Self::ProductType
                | Self::Endpoint
        )
    }
}

/// A search parameter of a type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SearchParam {
    /// Its name.
    pub name: &'static str,
    /// What it looks at.
    pub field: SearchField,
    /// Who defines it, and its name there.
    definition: (&'static str, &'static str),
}

impl SearchParam {
    /// Where it is defined.
    pub(crate) fn definition(&self) -> String {
        let (whose, name) = self.definition;
        format!("{whose}/SearchParameter/{name}")
    }
}

const fn net(name: &'static str, field: SearchField, definition: &'static str) -> SearchParam {
    SearchParam { name, field, definition: (PLAN_NET, definition) }
}

const fn base(name: &'static str, field: SearchField, definition: &'static str) -> SearchParam {
    SearchParam { name, field, definition: (FHIR, definition) }
}

const ID: SearchParam = base("_id", SearchField::Id, "Resource-id");
const LAST_UPDATED: SearchParam = base("_lastUpdated", SearchField::LastUpdated, "Resource-lastUpdated");

const ORGANIZATION: [SearchParam; 9] = [
    ID,
    LAST_UPDATED,
    base("identifier", SearchField::Identifier, "Organization-identifier"),
    net("name", SearchField::Name, "organization-name"),
    net("address", SearchField::Address, "organization-address"),
    net("type", SearchField::OrganizationType, "organization-type"),
    net("partof", SearchField::PartOf, "organization-partof"),
    net("coverage-area", SearchField::NetworkArea, "organization-coverage-area"),
    net("endpoint", SearchField::Endpoint, "organization-endpoint"),
];

const LOCATION: [SearchParam; 12] = [
    ID,
    LAST_UPDATED,
    base("identifier", SearchField::Identifier, "Location-identifier"),
    net("address", SearchField::Address, "location-address"),
    net("address-city", SearchField::City, "location-address-city"),
    net("address-state", SearchField::State, "location-address-state"),
    net("address-postalcode", SearchField::PostalCode, "location-address-postalcode"),
    net("organization", SearchField::ManagedBy, "location-organization"),
    net("partof", SearchField::WithinPlace, "location-partof"),
    net("type", SearchField::PlaceType, "location-type"),
    net("endpoint", SearchField::Endpoint, "location-endpoint"),
    base("near", SearchField::Near, "Location-near"),
];

const HEALTHCARE_SERVICE: [SearchParam; 10] = [
    ID,
    LAST_UPDATED,
    net("name", SearchField::Name, "healthcareservice-name"),
    net("organization", SearchField::ProvidedBy, "healthcareservice-organization"),
    net("location", SearchField::At, "healthcareservice-location"),
    net("coverage-area", SearchField::ComesTo, "healthcareservice-coverage-area"),
    net("service-category", SearchField::Category, "healthcareservice-service-category"),
    net("service-type", SearchField::ServiceType, "healthcareservice-service-type"),
    net("specialty", SearchField::Specialty, "healthcareservice-specialty"),
    net("endpoint", SearchField::Endpoint, "healthcareservice-endpoint"),
];

const ORGANIZATION_AFFILIATION: [SearchParam; 10] = [
    ID,
    LAST_UPDATED,
    net("primary-organization", SearchField::Primary, "organizationaffiliation-primary-organization"),
    net("participating-organization", SearchField::Participating, "organizationaffiliation-participating-organization"),
    net("network", SearchField::Network, "organizationaffiliation-network"),
    net("location", SearchField::AffiliatedAt, "organizationaffiliation-location"),
    net("service", SearchField::Service, "organizationaffiliation-service"),
    net("role", SearchField::Role, "organizationaffiliation-role"),
    net("specialty", SearchField::Specialty, "organizationaffiliation-specialty"),
    net("endpoint", SearchField::Endpoint, "organizationaffiliation-endpoint"),
];

const INSURANCE_PLAN: [SearchParam; 9] = [
    ID,
    LAST_UPDATED,
    net("identifier", SearchField::Identifier, "insuranceplan-identifier"),
    net("name", SearchField::Name, "insuranceplan-name"),
    net("owned-by", SearchField::OwnedBy, "insuranceplan-owned-by"),
    net("administered-by", SearchField::AdministeredBy, "insuranceplan-administered-by"),
    net("coverage-area", SearchField::PlanArea, "insuranceplan-coverage-area"),
    net("plan-type", SearchField::PlanType, "insuranceplan-plan-type"),
    net("type", SearchField::ProductType, "insuranceplan-type"),
];

impl ResourceType {
    /// Every type.
    pub(crate) const ALL: [Self; 5] =
        [Self::Organization, Self::Location, Self::HealthcareService, Self::OrganizationAffiliation, Self::InsurancePlan];

    /// The type as FHIR writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Organization => "Organization",
            Self::Location => "Location",
            Self::HealthcareService => "HealthcareService",
            Self::OrganizationAffiliation => "OrganizationAffiliation",
            Self::InsurancePlan => "InsurancePlan",
        }
    }

    /// The type of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The profiles its resources are written by.
    pub(crate) fn profiles(self) -> &'static [&'static str] {
        match self {
            Self::Organization => &["plannet-Organization", "plannet-Network"],
            Self::Location => &["plannet-Location"],
            Self::HealthcareService => &["plannet-HealthcareService"],
            Self::OrganizationAffiliation => &["plannet-OrganizationAffiliation"],
            Self::InsurancePlan => &["plannet-InsurancePlan"],
        }
    }

    /// What it is searched by.
    pub(crate) fn params(self) -> &'static [SearchParam] {
        match self {
            Self::Organization => &ORGANIZATION,
            Self::Location => &LOCATION,
            Self::HealthcareService => &HEALTHCARE_SERVICE,
            Self::OrganizationAffiliation => &ORGANIZATION_AFFILIATION,
            Self::InsurancePlan => &INSURANCE_PLAN,
        }
    }

    /// The links its resources have: what `_include` may name.
    pub(crate) fn links(self) -> impl Iterator<Item = &'static SearchParam> {
        self.params().iter().filter(|param| param.field.compared() == ParamType::Reference)
    }

    /// The links that lead to it, each with the type it is of: what `_revinclude` may name.
    pub(crate) fn backlinks(self) -> impl Iterator<Item = (Self, &'static SearchParam)> {
        let from = |kind: Self| kind.links().map(move |param| (kind, param));
        Self::ALL.into_iter().flat_map(from).filter(move |(_, param)| param.field.target() == Some(self))
    }
}

/// The address of a profile.
pub(crate) fn profile(name: &str) -> String {
    format!("{PLAN_NET}/StructureDefinition/{name}")
}

/// How many resources a page holds when the request does not say, and at most.
pub(crate) const PAGE: (u64, u64) = (50, 500);

/// What may stand beside the parameters of a type.
pub(crate) const CONTROLS: [&str; 6] = ["_count", "_cursor", "_format", "_include", "_revinclude", "_total"];
