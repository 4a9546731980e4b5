//! What the view can do, as tables: the types of resources and the parameters each is searched by.
//!
//! The search reads them and so does the CapabilityStatement, so that it lists what is implemented and nothing else.

/// Where the definitions of Plan-Net are.
pub const PLAN_NET: &str = "http://hl7.org/fhir/us/davinci-pdex-plan-net";
/// Where the definitions of FHIR are.
pub const FHIR: &str = "http://hl7.org/fhir";

/// A type of resource the view has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
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
pub enum Compared {
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
pub enum Field {
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

impl Field {
    /// How its values are compared.
    pub fn compared(self) -> Compared {
        match self {
            Self::Name | Self::Address | Self::City | Self::State | Self::PostalCode => Compared::String,
            Self::Id
            | Self::Identifier
            | Self::OrganizationType
            | Self::PlaceType
            | Self::Category
            | Self::ServiceType
            | Self::Specialty
            | Self::Role
            | Self::PlanType
            | Self::ProductType => Compared::Token,
            Self::LastUpdated => Compared::Date,
            Self::Near => Compared::Special,
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
            | Self::Endpoint => Compared::Reference,
        }
    }

    /// The type a link leads to; `None` for what is no link, and for end points, which the view has none of.
    pub fn target(self) -> Option<Kind> {
        match self {
            Self::PartOf
            | Self::ManagedBy
            | Self::ProvidedBy
            | Self::Primary
            | Self::Participating
            | Self::Network
            | Self::AdministeredBy
            | Self::OwnedBy => Some(Kind::Organization),
            Self::NetworkArea | Self::WithinPlace | Self::At | Self::ComesTo | Self::AffiliatedAt | Self::PlanArea => {
                Some(Kind::Location)
            }
            Self::Service => Some(Kind::HealthcareService),
            _ => None,
        }
    }

    /// Whether the directory knows it of nobody. It can be searched by, because Plan-Net wants that; only `:missing=true` finds any.
    pub fn is_unknown(self) -> bool {
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
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it looks at.
    pub field: Field,
    /// Who defines it, and its name there.
    definition: (&'static str, &'static str),
}

impl Param {
    /// Where it is defined.
    pub fn definition(&self) -> String {
        let (whose, name) = self.definition;
        format!("{whose}/SearchParameter/{name}")
    }
}

const fn net(name: &'static str, field: Field, definition: &'static str) -> Param {
    Param { name, field, definition: (PLAN_NET, definition) }
}

const fn base(name: &'static str, field: Field, definition: &'static str) -> Param {
    Param { name, field, definition: (FHIR, definition) }
}

const ID: Param = base("_id", Field::Id, "Resource-id");
const LAST_UPDATED: Param = base("_lastUpdated", Field::LastUpdated, "Resource-lastUpdated");

const ORGANIZATION: [Param; 9] = [
    ID,
    LAST_UPDATED,
    base("identifier", Field::Identifier, "Organization-identifier"),
    net("name", Field::Name, "organization-name"),
    net("address", Field::Address, "organization-address"),
    net("type", Field::OrganizationType, "organization-type"),
    net("partof", Field::PartOf, "organization-partof"),
    net("coverage-area", Field::NetworkArea, "organization-coverage-area"),
    net("endpoint", Field::Endpoint, "organization-endpoint"),
];

const LOCATION: [Param; 12] = [
    ID,
    LAST_UPDATED,
    base("identifier", Field::Identifier, "Location-identifier"),
    net("address", Field::Address, "location-address"),
    net("address-city", Field::City, "location-address-city"),
    net("address-state", Field::State, "location-address-state"),
    net("address-postalcode", Field::PostalCode, "location-address-postalcode"),
    net("organization", Field::ManagedBy, "location-organization"),
    net("partof", Field::WithinPlace, "location-partof"),
    net("type", Field::PlaceType, "location-type"),
    net("endpoint", Field::Endpoint, "location-endpoint"),
    base("near", Field::Near, "Location-near"),
];

const HEALTHCARE_SERVICE: [Param; 10] = [
    ID,
    LAST_UPDATED,
    net("name", Field::Name, "healthcareservice-name"),
    net("organization", Field::ProvidedBy, "healthcareservice-organization"),
    net("location", Field::At, "healthcareservice-location"),
    net("coverage-area", Field::ComesTo, "healthcareservice-coverage-area"),
    net("service-category", Field::Category, "healthcareservice-service-category"),
    net("service-type", Field::ServiceType, "healthcareservice-service-type"),
    net("specialty", Field::Specialty, "healthcareservice-specialty"),
    net("endpoint", Field::Endpoint, "healthcareservice-endpoint"),
];

const ORGANIZATION_AFFILIATION: [Param; 10] = [
    ID,
    LAST_UPDATED,
    net("primary-organization", Field::Primary, "organizationaffiliation-primary-organization"),
    net("participating-organization", Field::Participating, "organizationaffiliation-participating-organization"),
    net("network", Field::Network, "organizationaffiliation-network"),
    net("location", Field::AffiliatedAt, "organizationaffiliation-location"),
    net("service", Field::Service, "organizationaffiliation-service"),
    net("role", Field::Role, "organizationaffiliation-role"),
    net("specialty", Field::Specialty, "organizationaffiliation-specialty"),
    net("endpoint", Field::Endpoint, "organizationaffiliation-endpoint"),
];

const INSURANCE_PLAN: [Param; 9] = [
    ID,
    LAST_UPDATED,
    net("identifier", Field::Identifier, "insuranceplan-identifier"),
    net("name", Field::Name, "insuranceplan-name"),
    net("owned-by", Field::OwnedBy, "insuranceplan-owned-by"),
    net("administered-by", Field::AdministeredBy, "insuranceplan-administered-by"),
    net("coverage-area", Field::PlanArea, "insuranceplan-coverage-area"),
    net("plan-type", Field::PlanType, "insuranceplan-plan-type"),
    net("type", Field::ProductType, "insuranceplan-type"),
];

impl Kind {
    /// Every type.
    pub const ALL: [Self; 5] = [
        Self::Organization,
        Self::Location,
        Self::HealthcareService,
        Self::OrganizationAffiliation,
        Self::InsurancePlan,
    ];

    /// The type as FHIR writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Organization => "Organization",
            Self::Location => "Location",
            Self::HealthcareService => "HealthcareService",
            Self::OrganizationAffiliation => "OrganizationAffiliation",
            Self::InsurancePlan => "InsurancePlan",
        }
    }

    /// The type of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The profiles its resources are written by.
    pub fn profiles(self) -> &'static [&'static str] {
        match self {
            Self::Organization => &["plannet-Organization", "plannet-Network"],
            Self::Location => &["plannet-Location"],
            Self::HealthcareService => &["plannet-HealthcareService"],
            Self::OrganizationAffiliation => &["plannet-OrganizationAffiliation"],
            Self::InsurancePlan => &["plannet-InsurancePlan"],
        }
    }

    /// What it is searched by.
    pub fn params(self) -> &'static [Param] {
        match self {
            Self::Organization => &ORGANIZATION,
            Self::Location => &LOCATION,
            Self::HealthcareService => &HEALTHCARE_SERVICE,
            Self::OrganizationAffiliation => &ORGANIZATION_AFFILIATION,
            Self::InsurancePlan => &INSURANCE_PLAN,
        }
    }

    /// The links its resources have: what `_include` may name.
    pub fn links(self) -> impl Iterator<Item = &'static Param> {
        self.params().iter().filter(|param| param.field.compared() == Compared::Reference)
    }

    /// The links that lead to it, each with the type it is of: what `_revinclude` may name.
    pub fn backlinks(self) -> impl Iterator<Item = (Self, &'static Param)> {
        let from = |kind: Self| kind.links().map(move |param| (kind, param));
        Self::ALL.into_iter().flat_map(from).filter(move |(_, param)| param.field.target() == Some(self))
    }
}

/// The address of a profile.
pub fn profile(name: &str) -> String {
    format!("{PLAN_NET}/StructureDefinition/{name}")
}
