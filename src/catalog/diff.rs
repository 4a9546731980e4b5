//! The difference between two generations: providers, services, networks, plans and facts that were added, removed or changed.
//!
//! Providers are matched by id, networks and plans by their name with the payer's: numbers are valid within one generation
//! only. Both generations are walked once in id order. Of providers and lines, only counts and the first changes of each kind
//! are kept, however much has changed; of networks and plans, every change is kept and a report has the first. Membership is decided by the terms in force on the day each generation was built, so an ended membership is
//! reported even if still listed.

use crate::catalog::Catalog;
use crate::catalog::diff::changes::{CatalogChange, CatalogDiff};
use crate::catalog::diff::walk::walk;

pub mod changes;
pub mod plan_changes;
pub mod turnover;
pub(crate) mod walk;

/// Compares two generations.
pub fn compare(before: &Catalog, after: &Catalog) -> CatalogDiff {
    walk(before, after, None)
}

/// Compares two generations and calls `tell` for every change, provider by provider in id order.
pub fn visit_changes<'a>(before: &'a Catalog, after: &'a Catalog, tell: &'a mut dyn FnMut(CatalogChange<'_>)) -> CatalogDiff {
    walk(before, after, Some(tell))
}
