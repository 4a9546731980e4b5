//! The search that a discharge asks of a directory.

use crate::discharge::Discharge;
use crate::matching::candidate::CandidateQuery;
use crate::matching::network::networks;
use crate::place::Miles;

/// The search for a discharge, looking as far as `horizon`.
pub(crate) fn search(discharge: &Discharge, horizon: Miles) -> CandidateQuery<'_> {
    CandidateQuery {
        service: discharge.service,
        center: discharge.near.point,
        zip: discharge.near.zip,
        horizon,
        beyond: None,
        networks: networks(discharge),
        listed_only: false,
    }
}
