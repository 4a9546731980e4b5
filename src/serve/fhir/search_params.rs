//! The capabilities of the view as tables: the types of resources and their search parameters.
//!
//! The search and the CapabilityStatement both use them, so that the statement lists what is
//! implemented and nothing else.

/// The base URL of the definitions of Plan-Net.
pub(crate) const PLAN_NET: &str = "http://hl7.org/fhir/us/davinci-pdex-plan-net";
/// The base URL of the definitions of FHIR.
pub(crate) const FHIR: &str = "http://hl7.org/fhir";

/// A type of resource in the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ResourceType {
    /// A provider, a payer or a network.
    Organization,
    /// The location of a provider, or a ZIP code that one serves.
    Location,
    /// A service of a provider.
    HealthcareService,
    /// The membership of a provider's service in a network.
    OrganizationAffiliation,
    /// A plan.
    InsurancePlan,
    /// A person; the directory has none.
    Practitioner,
    /// The role of a person; the directory has none.
    PractitionerRole,
    /// An electronic endpoint; the directory has none.
    Endpoint,
}

/// How the values of a parameter are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParamType {
    /// As text.
    String,
    /// As a code.
    Token,
    /// As a reference to another resource.
    Reference,
    /// As a date.
    Date,
    /// In a way of its own.
    Special,
}

/// What a parameter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SearchField {
    /// The id of the resource.
    Id,
    /// When the directory was built.
    LastUpdated,
    /// An identifier of the outside world.
    Identifier,
    /// Its name.
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
    /// Its distance from a point.
    Near,
    /// The kind of place.
    PlaceType,
    /// The organization at a place.
    ManagedBy,
    /// The place a place is in, which the directory does not know.
    WithinPlace,
    /// Who offers a service.
    ProvidedBy,
    /// The place of a service.
    At,
    /// The ZIP codes that a service serves.
    ComesTo,
    /// The broad category of a service.
    Category,
    /// The service, by its code in the directory.
    ServiceType,
    /// The service as NUCC codes.
    Specialty,
    /// The payer of the network, or else the network.
    Primary,
    /// The provider in the network.
    Participating,
    /// The network.
    Network,
    /// The service that is in the network.
    Service,
    /// The place of the service in the network.
    AffiliatedAt,
    /// The role of the provider in the network.
    Role,
    /// Who administers a plan, which the directory does not know.
    AdministeredBy,
    /// The payer of a plan.
    OwnedBy,
    /// The area of a plan, which the directory does not know.
    PlanArea,
    /// The cost sharing of a plan, which the directory does not know.
    PlanType,
    /// What kind of insurance a plan is: always the code for unknown.
    ProductType,
    /// Electronic endpoints, which the directory does not know.
    Endpoint,
    /// The person in a role.
    Person,
    /// The family name of a person.
    FamilyName,
    /// The given name of a person.
    GivenName,
}

impl SearchField {
    /// How its values are compared.
    pub(crate) fn compared(self) -> ParamType {
        match self {
            Self::Name | Self::Address | Self::City | Self::State | Self::PostalCode | Self::FamilyName | Self::GivenName => {
                ParamType::String
            }
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
            | Self::Person
            | Self::Endpoint => ParamType::Reference,
        }
    }

    /// The type that a link leads to; `None` for what is not a link.
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
            Self::Endpoint => Some(ResourceType::Endpoint),
            Self::Person => Some(ResourceType::Practitioner),
            _ => None,
        }
    }

    /// Whether results can be sorted by it.
    pub(crate) fn is_sortable(self) -> bool {
        match self.compared() {
            ParamType::String | ParamType::Date => true,
            ParamType::Token => self != Self::Identifier,
            ParamType::Reference | ParamType::Special => false,
        }
    }

    /// Whether the directory never has it. Plan-Net requires the parameter; only `:missing=true`
    /// finds any.
    pub(crate) fn is_unknown(self) -> bool {
        matches!(
            self,
            Self::NetworkArea | Self::WithinPlace | Self::AdministeredBy | Self::PlanArea | Self::PlanType | Self::Endpoint
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
    /// Where it is defined, and its name there.
    definition: (&'static str, &'static str),
}

impl SearchParam {
    /// The URL of its definition.
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

const PRACTITIONER: [SearchParam; 5] = [
    ID,
    LAST_UPDATED,
    net("name", SearchField::Name, "practitioner-name"),
    net("family", SearchField::FamilyName, "practitioner-family-name"),
    net("given", SearchField::GivenName, "practitioner-given-name"),
];

const PRACTITIONER_ROLE: [SearchParam; 10] = [
    ID,
    LAST_UPDATED,
    net("practitioner", SearchField::Person, "practitionerrole-practitioner"),
    net("organization", SearchField::ProvidedBy, "practitionerrole-organization"),
    net("location", SearchField::At, "practitionerrole-location"),
    net("service", SearchField::Service, "practitionerrole-service"),
    net("network", SearchField::Network, "practitionerrole-network"),
    net("endpoint", SearchField::Endpoint, "practitionerrole-endpoint"),
    net("role", SearchField::Role, "practitionerrole-role"),
    net("specialty", SearchField::Specialty, "practitionerrole-specialty"),
];

const ENDPOINT: [SearchParam; 3] = [ID, LAST_UPDATED, net("organization", SearchField::ManagedBy, "endpoint-organization")];

impl ResourceType {
    /// Every type.
    pub(crate) const ALL: [Self; 8] = [
        Self::Organization,
        Self::Location,
        Self::HealthcareService,
        Self::OrganizationAffiliation,
        Self::InsurancePlan,
        Self::Practitioner,
        Self::PractitionerRole,
        Self::Endpoint,
    ];

    /// Its name in FHIR.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Organization => "Organization",
            Self::Location => "Location",
            Self::HealthcareService => "HealthcareService",
            Self::OrganizationAffiliation => "OrganizationAffiliation",
            Self::InsurancePlan => "InsurancePlan",
            Self::Practitioner => "Practitioner",
            Self::PractitionerRole => "PractitionerRole",
            Self::Endpoint => "Endpoint",
        }
    }

    /// The type of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The profiles of its resources.
    pub(crate) fn profiles(self) -> &'static [&'static str] {
        match self {
            Self::Organization => &["plannet-Organization", "plannet-Network"],
            Self::Location => &["plannet-Location"],
            Self::HealthcareService => &["plannet-HealthcareService"],
            Self::OrganizationAffiliation => &["plannet-OrganizationAffiliation"],
            Self::InsurancePlan => &["plannet-InsurancePlan"],
            Self::Practitioner => &["plannet-Practitioner"],
            Self::PractitionerRole => &["plannet-PractitionerRole"],
            Self::Endpoint => &["plannet-Endpoint"],
        }
    }

    /// Its search parameters.
    pub(crate) fn params(self) -> &'static [SearchParam] {
        match self {
            Self::Organization => &ORGANIZATION,
            Self::Location => &LOCATION,
            Self::HealthcareService => &HEALTHCARE_SERVICE,
            Self::OrganizationAffiliation => &ORGANIZATION_AFFILIATION,
            Self::InsurancePlan => &INSURANCE_PLAN,
            Self::Practitioner => &PRACTITIONER,
            Self::PractitionerRole => &PRACTITIONER_ROLE,
            Self::Endpoint => &ENDPOINT,
        }
    }

    /// The search parameter of that name.
    pub(crate) fn param(self, name: &str) -> Option<&'static SearchParam> {
        self.params().iter().find(|param| param.name == name)
    }

    /// Whether the directory has no resources of the type: no persons and no endpoints.
    pub(crate) fn is_absent(self) -> bool {
        matches!(self, Self::Practitioner | Self::PractitionerRole | Self::Endpoint)
    }

    /// The links of its resources: the values of `_include`.
    pub(crate) fn links(self) -> impl Iterator<Item = &'static SearchParam> {
        self.params().iter().filter(|param| param.field.compared() == ParamType::Reference)
    }

    /// The links to it, each with the type it is from: the values of `_revinclude`.
    pub(crate) fn backlinks(self) -> impl Iterator<Item = (Self, &'static SearchParam)> {
        let from = |kind: Self| kind.links().map(move |param| (kind, param));
        Self::ALL.into_iter().flat_map(from).filter(move |(_, param)| param.field.target() == Some(self))
    }
}

/// The URL of a profile.
pub(crate) fn profile(name: &str) -> String {
    format!("{PLAN_NET}/StructureDefinition/{name}")
}

/// How many resources a page has by default, and at most.
pub(crate) const PAGE: (u64, u64) = (50, 500);

/// The control parameters, which all types have.
pub(crate) const CONTROLS: [&str; 10] =
    ["_count", "_cursor", "_elements", "_format", "_include", "_pretty", "_revinclude", "_sort", "_summary", "_total"];
