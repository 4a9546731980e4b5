//! What a hospital says of itself in `hospital.toml`: its name, what its case managers mostly ask, and what the law makes it tell its
//! patients. Nothing here can reach the ranking: `matching` may not import it.

use crate::care::Service;
use crate::place::Zip;
use crate::provider::ProviderId;

/// A hospital, as it describes itself. The default says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hospital {
    /// Its name, for the head of a choice list.
    pub name: Option<String>,
    /// Whom a patient calls with questions, as printed.
    pub phone: Option<String>,
    /// What the form of the first page holds before anything is typed.
    pub defaults: Defaults,
    /// Its financial interests in providers (42 CFR 482.43(c)(3)).
    pub interests: Vec<Interest>,
    /// Whether it has said that it has none; without that and without a table, a choice list says that the hospital has not said.
    pub no_interests: bool,
    /// The home health agencies that asked to be listed (42 CFR 482.43(c)(1)), where the hospital keeps that table.
    pub asked_to_be_listed: Option<Vec<ProviderId>>,
}

/// What the form holds before anything is typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Defaults {
    /// Where care should be: mostly the hospital's own ZIP.
    pub zip: Option<Zip>,
    /// The service.
    pub service: Option<Service>,
    /// Who pays, as it would be typed: a plan's name, "Medicare", "Medicaid SC".
    pub coverage: Option<String>,
}

/// One financial interest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interest {
    /// The provider.
    pub provider: ProviderId,
    /// What the interest is, in the hospital's words: "owned by Mercy Health, which also owns this hospital".
    pub says: String,
}
