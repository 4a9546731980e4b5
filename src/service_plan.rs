//! Several services for one patient: who may pay for each item, and what the parties agreed to pay.
//!
//! This is decision support: the coverage map says which benefit a rule names, never that something is covered. Amounts are whole cents
//! that the user typed; there are no prices here. Nothing changes a match, an order or a count.

use crate::discharge::Discharge;
use crate::discharge::screen_facts::ScreenFacts;
use crate::service_plan::item::InfusedDrug;

pub mod coverage_map;
pub(crate) mod coverage_table;
pub mod item;
pub mod item_label;
pub mod legal_concern;
pub mod money;
pub(crate) mod request;
pub mod worksheet;
pub(crate) mod worksheet_parse;

/// What is known about the drug that is infused at home.
pub(crate) fn infused_drug(discharge: &Discharge, facts: &ScreenFacts) -> InfusedDrug {
    match facts.part_b_pump_drug {
        Some(true) => InfusedDrug::PartBListed,
        _ if discharge.needs_antibiotics() => InfusedDrug::Antibiotics,
        Some(false) => InfusedDrug::NotListed,
        None => InfusedDrug::Unknown,
    }
}
