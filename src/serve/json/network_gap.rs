//! The evidence of a gap in the network, as JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::matching::report::NetworkGap;
use crate::provider::Provider;
use crate::serve::json::parts::{ProviderRefJson, printed_miles};

/// The evidence that nobody in network can take the patient, as a payer wants to see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NetworkGap)]
pub(crate) struct GapJson<'a> {
    /// How many providers in reach were checked.
    checked: u32,
    /// How many of them fail for each reason: `{"out_of_network": 3, "declines:resp.vent": 6}`.
    #[schema(value_type = BTreeMap<String, u32>)]
    failing: &'a BTreeMap<String, u32>,
    /// The nearest provider out of network that takes the patient.
    #[schema(required)]
    nearest_capable: Option<NearestJson<'a>>,
}

/// The nearest provider that can take the patient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NearestCapable)]
struct NearestJson<'a> {
    /// The provider.
    provider: ProviderRefJson<'a>,
    /// Straight-line distance.
    #[schema(required)]
    distance_miles: Option<f64>,
}

impl<'a> From<&'a NetworkGap> for GapJson<'a> {
    fn from(gap: &'a NetworkGap) -> Self {
        let nearest = |(provider, miles): &'a (std::sync::Arc<Provider>, Option<_>)| NearestJson {
            provider: provider.as_ref().into(),
            distance_miles: miles.map(printed_miles),
        };
        Self { checked: gap.checked, failing: &gap.failing, nearest_capable: gap.nearest_capable.as_ref().map(nearest) }
    }
}
