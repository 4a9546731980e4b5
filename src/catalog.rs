//! One published generation of the directory: built aside, verified by hash, loaded into memory, swapped whole.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::care::Service;
use crate::coverage::Plans;
use crate::matching::{Candidate, Directory, LineKey, Search, Stated, StatedKey};
use crate::place::State;
use crate::provider::{Npi, Provider, ProviderId};

pub mod build;
pub mod generation;

use generation::{CatalogError, Manifest};

/// One generation, in memory as it was verified.
#[derive(Debug)]
pub struct Catalog {
    manifest: Manifest,
    plans: Plans,
}

/// A provider found by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameHit {
    /// Its id.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// What it offers.
    pub services: Vec<Service>,
    /// Its city; empty where no source gives an address.
    pub city: String,
    /// Its state.
    pub state: Option<State>,
}

impl Catalog {
    /// Loads the generation in `folder`, every file checked against its manifest while it is read.
    ///
    /// # Errors
    /// Names the file that is missing, damaged or not in the manifest, or the version this program cannot read.
    pub fn open(folder: &Path) -> Result<Self, CatalogError> {
        unimplemented!("{}", folder.display())
    }

    /// What the generation says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The provider of that id; an `npi:` id finds the provider that holds the NPI.
    pub fn provider_of(&self, id: &ProviderId) -> Option<Arc<Provider>> {
        unimplemented!("{id}")
    }

    /// The provider that holds `npi`.
    pub fn provider_with(&self, npi: Npi) -> Option<Arc<Provider>> {
        unimplemented!("{npi}")
    }

    /// The line of `service` that the provider of that id offers.
    pub fn line(&self, id: &ProviderId, service: Service) -> Option<LineKey> {
        unimplemented!("{id} {service}")
    }

    /// Up to `limit` providers whose name is like `typed`, small typing errors forgiven, best first.
    pub fn named(&self, typed: &str, limit: usize) -> Vec<NameHit> {
        unimplemented!("{typed} {limit}")
    }
}

impl Directory for Catalog {
    fn generation(&self) -> &str {
        &self.manifest.generation
    }

    fn holds(&self, service: Service) -> bool {
        unimplemented!("{service}")
    }

    fn plans(&self) -> &Plans {
        &self.plans
    }

    fn stated(&self, key: StatedKey) -> &Stated {
        unimplemented!("{key:?}")
    }

    fn candidates(&self, search: &Search<'_>) -> Vec<Candidate> {
        unimplemented!("{search:?}")
    }

    fn candidate(&self, line: LineKey, search: &Search<'_>) -> Option<Candidate> {
        unimplemented!("{line:?} {search:?}")
    }

    fn provider(&self, line: LineKey) -> Option<Arc<Provider>> {
        unimplemented!("{line:?}")
    }
}

/// The catalog being served: read by every request, replaced whole by a newer generation.
#[derive(Debug)]
pub struct SharedCatalog {
    index: PathBuf,
}

/// What [`SharedCatalog::reload`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reload {
    /// `current` still names the generation being served.
    Unchanged,
    /// The generation of this id is now served.
    Swapped(String),
}

impl SharedCatalog {
    /// Serves from the index folder; nothing is loaded yet.
    pub fn new(index: impl Into<PathBuf>) -> Self {
        Self { index: index.into() }
    }

    /// The generation being served; `None` before the first.
    pub fn current(&self) -> Option<Arc<Catalog>> {
        unimplemented!("{}", self.index.display())
    }

    /// Loads the generation `current` names, if it is not the one being served, and swaps it in.
    ///
    /// # Errors
    /// The new generation is damaged or unreadable; the one being served stays.
    pub fn reload(&self) -> Result<Reload, CatalogError> {
        unimplemented!("{}", self.index.display())
    }
}
