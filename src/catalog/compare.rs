//! What is different in one generation from another: who came, who is gone, whose network or stars changed.

use serde::Serialize;

use crate::catalog::Catalog;

/// What changed from one generation to another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Changes {
    /// The generation before.
    pub from: String,
    /// The generation after.
    pub to: String,
    /// Providers that are new.
    pub added: Vec<Named>,
    /// Providers that are there no more.
    pub gone: Vec<Named>,
    /// Lines that came to belong to a network; those of new providers count as added only.
    pub begun: Vec<Membership>,
    /// Lines that ceased to belong to a network; those of providers gone count as gone only.
    pub ended: Vec<Membership>,
    /// Ratings that moved.
    pub stars: Vec<StarMove>,
}

/// A provider by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// What it calls itself.
    pub name: String,
    /// The services it offers, by code.
    pub services: Vec<&'static str>,
    /// Its state, where an address is known.
    pub state: Option<&'static str>,
}

/// A line that belongs to a network on one side only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Membership {
    /// The provider's id.
    pub id: String,
    /// What it calls itself.
    pub name: String,
    /// The service, by code.
    pub service: &'static str,
    /// The network.
    pub network: String,
}

/// A rating that moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StarMove {
    /// The provider's id.
    pub id: String,
    /// What it calls itself.
    pub name: String,
    /// The service, by code.
    pub service: &'static str,
    /// The rating before, as CMS prints it; `None` had none.
    pub before: Option<String>,
    /// The rating now; `None` has none.
    pub now: Option<String>,
}

/// Compares two generations by the ids of their providers and the names of their networks.
pub fn compare(_before: &Catalog, _after: &Catalog) -> Changes {
    Changes::default()
}
