//! The words a question may use, as JSON: services, needs and limits, networks, plans.

use serde::Serialize;

use super::piece::{DirectoryPiece, Said};
use super::report::Ground;
use crate::care::{Geography, Limit, Need, Service, vocabulary_version};
use crate::catalog::generation::Manifest;
use crate::coverage::names::search;
use crate::coverage::{Network, Plan, Plans};
use crate::discharge::default_radius;

/// The answer of `GET /v1/services`.
#[derive(Debug, Serialize)]
pub struct ServicesAnswer<'a> {
    directory: DirectoryPiece<'a>,
    services: Vec<ServiceWire>,
}

impl<'a> ServicesAnswer<'a> {
    /// Every service, and how many lines of it the directory of `manifest` holds.
    pub fn new(manifest: &'a Manifest) -> Self {
        let lines = |service: Service| manifest.lines.get(service.code()).copied().unwrap_or(0);
        let services = Service::ALL.into_iter().map(|service| ServiceWire::new(service, lines(service))).collect();
        Self { directory: manifest.into(), services }
    }
}

#[derive(Debug, Serialize)]
struct ServiceWire {
    service: &'static str,
    label: &'static str,
    who_moves: &'static str,
    default_within_miles: Option<f64>,
    taxonomy: &'static [&'static str],
    providers: u32,
}

impl ServiceWire {
    fn new(service: Service, providers: u32) -> Self {
        let who_moves = match service.geography() {
            Geography::PatientTravels => "patient_travels",
            Geography::ProviderComes => "provider_comes",
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
#[derive(Debug, Serialize)]
pub struct NeedsAnswer {
    version: u32,
    needs: Vec<NeedWire>,
    limits: Vec<LimitWire>,
}

impl NeedsAnswer {
    /// The whole vocabulary, in its order.
    pub fn whole() -> Self {
        Self {
            version: vocabulary_version(),
            needs: Need::all().map(NeedWire::from).collect(),
            limits: Limit::ALL.into_iter().map(LimitWire::from).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct NeedWire {
    need: &'static str,
    group: &'static str,
    label: &'static str,
    definition: &'static str,
    codes: &'static str,
    limit: Option<&'static str>,
    guarded: bool,
}

impl From<Need> for NeedWire {
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
        }
    }
}

#[derive(Debug, Serialize)]
struct LimitWire {
    limit: &'static str,
    label: &'static str,
    unit: &'static str,
    ordinary: Option<u32>,
}

impl From<Limit> for LimitWire {
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
#[derive(Debug, Serialize)]
pub struct NetworksAnswer<'a> {
    directory: DirectoryPiece<'a>,
    networks: Vec<NetworkWire<'a>>,
}

impl<'a> NetworksAnswer<'a> {
    /// Every network, by name.
    pub fn new(ground: Ground<'a>) -> Self {
        let networks = ground.plans.networks.iter().map(|network| NetworkWire::new(network, ground.plans)).collect();
        Self { directory: ground.manifest.into(), networks }
    }
}

#[derive(Debug, Serialize)]
struct NetworkWire<'a> {
    network: &'a str,
    payer: Option<&'a str>,
    whole: bool,
    #[serde(flatten)]
    said: Said<'a>,
}

impl<'a> NetworkWire<'a> {
    fn new(network: &'a Network, plans: &'a Plans) -> Self {
        Self {
            network: &network.name,
            payer: payer(network.payer, plans),
            whole: network.whole,
            said: (&network.evidence).into(),
        }
    }
}

fn payer(at: Option<u32>, plans: &Plans) -> Option<&str> {
    at.and_then(|at| plans.payers.get(at as usize)).map(|payer| payer.name.as_str())
}

/// The answer of `GET /v1/plans?name=`.
#[derive(Debug, Serialize)]
pub struct PlansAnswer<'a> {
    directory: DirectoryPiece<'a>,
    plans: Vec<PlanWire<'a>>,
}

impl<'a> PlansAnswer<'a> {
    /// Up to `limit` plans to choose from for what somebody has `typed`.
    pub fn new(typed: &str, limit: usize, ground: Ground<'a>) -> Self {
        let plans = ground.plans;
        let found = search(typed, plans, limit).into_iter().filter_map(|at| plans.plans.get(at));
        let found = found.map(|plan| PlanWire::new(plan, plans)).collect();
        Self { directory: ground.manifest.into(), plans: found }
    }
}

#[derive(Debug, Serialize)]
struct PlanWire<'a> {
    plan: &'a str,
    payer: Option<&'a str>,
    networks: Vec<&'a str>,
}

impl<'a> PlanWire<'a> {
    fn new(plan: &'a Plan, plans: &'a Plans) -> Self {
        let networks = plan.networks.iter().filter_map(|key| plans.network(*key));
        Self {
            plan: &plan.name,
            payer: payer(plan.payer, plans),
            networks: networks.map(|network| network.name.as_str()).collect(),
        }
    }
}
