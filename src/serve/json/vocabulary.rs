//! The words a question may use, as JSON: services, needs and limits, networks, plans.

use serde::Serialize;
use utoipa::ToSchema;

use crate::catalog::manifest::Manifest;
use crate::coverage::names::search;
use crate::coverage::{Network, Plan, PlanDirectory};
use crate::discharge::default_radius;
use crate::serve::json::parts::{DirectoryJson, EvidenceJson};
use crate::serve::json::report::AnswerContext;
use crate::serve::openapi::enums;
use crate::service::{DeliveryMode, Limit, Need, Service, vocabulary_version};

/// The answer of `GET /v1/services`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServicesAnswer)]
pub(crate) struct ServicesJson<'a> {
    /// The directory it was answered from.
    directory: DirectoryJson<'a>,
    /// Every service there is.
    services: Vec<ServiceJson>,
}

impl<'a> ServicesJson<'a> {
    /// Every service, and how many providers in the directory of `manifest` offer it.
    pub(crate) fn new(manifest: &'a Manifest) -> Self {
        Self::of(&Service::ALL, manifest)
    }

    /// These services.
    pub(crate) fn of(services: &[Service], manifest: &'a Manifest) -> Self {
        let lines = |service: Service| manifest.lines.get(service.code()).copied().unwrap_or(0);
        let services = services.iter().map(|service| ServiceJson::new(*service, lines(*service))).collect();
        Self { directory: manifest.into(), services }
    }
}

/// One service.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceInWords)]
struct ServiceJson {
    /// Its code.
    #[schema(value_type = Service)]
    service: &'static str,
    /// Its label for people.
    label: &'static str,
    /// Whether reach is a distance or a service area.
    #[schema(value_type = enums::WhoMoves)]
    who_moves: &'static str,
    /// The default radius, in miles; null for services that come to the patient.
    #[schema(required)]
    default_within_miles: Option<f64>,
    /// The NUCC taxonomy codes of the service.
    #[schema(value_type = Vec<String>)]
    taxonomy: &'static [&'static str],
    /// How many providers offer it in this directory.
    providers: u32,
}

impl ServiceJson {
    fn new(service: Service, providers: u32) -> Self {
        let who_moves = match service.geography() {
            DeliveryMode::PatientTravels => "patient_travels",
            DeliveryMode::ProviderComes => "provider_comes",
        };
        Self {
            service: service.code(),
            label: service.label(),
            who_moves,
            default_within_miles: default_radius(service),
            taxonomy: service.taxonomy(),
            providers,
        }
    }
}

/// The answer of `GET /v1/needs`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NeedsAnswer)]
pub(crate) struct NeedsJson {
    /// The version of the vocabulary.
    version: u32,
    /// Every need there is.
    needs: Vec<NeedDefinitionJson>,
    /// Every limit there is.
    limits: Vec<LimitDefinitionJson>,
}

impl NeedsJson {
    /// The whole vocabulary, in its order.
    pub(crate) fn whole() -> Self {
        Self::of(Need::all(), Limit::ALL)
    }

    /// These needs and limits.
    pub(crate) fn of(needs: impl IntoIterator<Item = Need>, limits: impl IntoIterator<Item = Limit>) -> Self {
        Self {
            version: vocabulary_version(),
            needs: needs.into_iter().map(NeedDefinitionJson::from).collect(),
            limits: limits.into_iter().map(LimitDefinitionJson::from).collect(),
        }
    }
}

/// One need.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NeedInWords)]
struct NeedDefinitionJson {
    /// Its code.
    #[schema(value_type = Need)]
    need: &'static str,
    /// The heading it is listed under.
    group: &'static str,
    /// Its label for people.
    label: &'static str,
    /// What a yes means.
    definition: &'static str,
    /// The standard codes for it, for people; nothing is matched on them.
    codes: &'static str,
    /// The limit that qualifies the answer.
    #[schema(required, value_type = Option<Limit>)]
    limit: Option<&'static str>,
    /// A no is unlawful: it is shown and counted, and excludes nobody.
    guarded: bool,
    /// The levels of care that it concerns: of several services it is asked of these, and of all if none of them is requested.
    /// Empty if it concerns all.
    #[schema(value_type = Vec<Service>)]
    services: Vec<&'static str>,
}

impl From<Need> for NeedDefinitionJson {
    fn from(need: Need) -> Self {
        let entry = need.entry();
        Self {
            need: &entry.code,
            group: &entry.group,
            label: &entry.label,
            definition: &entry.definition,
            codes: &entry.codes,
            limit: entry.limit.map(Limit::code),
            guarded: entry.guarded,
            services: entry.services.iter().map(|service| service.code()).collect(),
        }
    }
}

/// One limit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LimitInWords)]
struct LimitDefinitionJson {
    /// Its code.
    #[schema(value_type = Limit)]
    limit: &'static str,
    /// Its label for people.
    label: &'static str,
    /// The unit of its number.
    unit: &'static str,
    /// Most providers accept patients within this value; beyond it a provider that has not answered
    /// is asked.
    #[schema(required)]
    ordinary: Option<u32>,
}

impl From<Limit> for LimitDefinitionJson {
    fn from(limit: Limit) -> Self {
        let entry = limit.entry();
        Self {
            limit: limit.code(),
            label: entry.map_or(limit.code(), |entry| &entry.label),
            unit: entry.map_or("", |entry| &entry.unit),
            ordinary: entry.and_then(|entry| entry.ordinary),
        }
    }
}

/// The answer of `GET /v1/networks`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NetworksAnswer)]
pub(crate) struct NetworksJson<'a> {
    /// The directory it was answered from.
    directory: DirectoryJson<'a>,
    /// Every network of the directory, by name.
    networks: Vec<NetworkEntryJson<'a>>,
}

impl<'a> NetworksJson<'a> {
    /// Every network, by name.
    pub(crate) fn new(ground: AnswerContext<'a>) -> Self {
        Self::of(ground.plans.networks.iter(), ground)
    }

    /// These networks.
    pub(crate) fn of(networks: impl IntoIterator<Item = &'a Network>, ground: AnswerContext<'a>) -> Self {
        let networks = networks.into_iter().map(|network| NetworkEntryJson::new(network, ground.plans)).collect();
        Self { directory: ground.manifest.into(), networks }
    }
}

/// One network.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Network)]
struct NetworkEntryJson<'a> {
    /// Its name.
    network: &'a str,
    /// Its payer.
    #[schema(required)]
    payer: Option<&'a str>,
    /// Whether the payer's list is complete: who is not on it is out of network.
    whole: bool,
    #[serde(flatten)]
    said: EvidenceJson<'a>,
}

impl<'a> NetworkEntryJson<'a> {
    fn new(network: &'a Network, plans: &'a PlanDirectory) -> Self {
        Self {
            network: &network.name,
            payer: payer(network.payer, plans),
            whole: network.whole,
            said: (&network.evidence).into(),
        }
    }
}

fn payer(at: Option<u32>, plans: &PlanDirectory) -> Option<&str> {
    at.and_then(|at| plans.payers.get(at as usize)).map(|payer| payer.name.as_str())
}

/// The answer of `GET /v1/plans?name=`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PlansAnswer)]
pub(crate) struct PlansJson<'a> {
    /// The directory it was answered from.
    directory: DirectoryJson<'a>,
    /// The closest names, best first.
    plans: Vec<PlanEntryJson<'a>>,
}

impl<'a> PlansJson<'a> {
    /// Up to `limit` plans that match what somebody has `typed`.
    pub(crate) fn new(typed: &str, limit: usize, ground: AnswerContext<'a>) -> Self {
        let plans = ground.plans;
        Self::of(search(typed, plans, limit).into_iter().filter_map(|at| plans.plans.get(at)), ground)
    }

    /// These plans.
    pub(crate) fn of(plans: impl IntoIterator<Item = &'a Plan>, ground: AnswerContext<'a>) -> Self {
        let plans = plans.into_iter().map(|plan| PlanEntryJson::new(plan, ground.plans)).collect();
        Self { directory: ground.manifest.into(), plans }
    }
}

/// One plan.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plan)]
struct PlanEntryJson<'a> {
    /// Its name, as a question names it.
    plan: &'a str,
    /// Its payer.
    #[schema(required)]
    payer: Option<&'a str>,
    /// Its networks.
    networks: Vec<&'a str>,
}

impl<'a> PlanEntryJson<'a> {
    fn new(plan: &'a Plan, plans: &'a PlanDirectory) -> Self {
        let networks = plan.networks.iter().filter_map(|key| plans.network(*key));
        Self {
            plan: &plan.name,
            payer: payer(plan.payer, plans),
            networks: networks.map(|network| network.name.as_str()).collect(),
        }
    }
}
