//! The entries of machine-readable Medicare Advantage directories, read as leniently as those of the marketplace.

use serde::Deserialize;

use crate::evidence::Tristate;
use crate::refresh::read::marketplace::entry::{MarketplaceAddress, list, text, texts, years};
use crate::refresh::read::payer_words::accepts_new;

/// A facility and the plans it participates in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AdvantageFacility {
    #[serde(default, deserialize_with = "text")]
    pub npi: String,
    #[serde(default, rename = "facilityName", deserialize_with = "text")]
    pub name: String,
    #[serde(default, rename = "facilityType", deserialize_with = "texts")]
    pub kinds: Vec<String>,
    #[serde(default, deserialize_with = "text")]
    pub last_updated_on: String,
    #[serde(default, deserialize_with = "list")]
    pub plans: Vec<AdvantageParticipation>,
}

/// A facility's participation in a plan.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AdvantageParticipation {
    #[serde(default, deserialize_with = "text")]
    pub ma_plan_id: String,
    #[serde(default, deserialize_with = "years")]
    pub year: Vec<i16>,
    #[serde(default, deserialize_with = "list")]
    pub addresses: Vec<MarketplaceAddress>,
    #[serde(default, deserialize_with = "texts")]
    pub specialty: Vec<String>,
    #[serde(default, deserialize_with = "text")]
    accepting: String,
}

impl AdvantageParticipation {
    /// Whether new patients of the plan are accepted.
    pub(crate) fn new_patients(&self) -> Tristate {
        accepts_new(&self.accepting)
    }
}
