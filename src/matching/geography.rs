//! Whether the patient can get to a provider, or the provider comes to the patient.

use crate::discharge::Discharge;
use crate::matching::candidate::{AreaMatch, Candidate};
use crate::matching::report::{Exclusion, ExclusionReason};
use crate::place::Miles;
use crate::provider::{Provider, ServiceLine};
use crate::service::DeliveryMode;

/// Whether a service line is reachable from the search origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reachability {
    /// The patient can get it.
    Within,
    /// An agency nearby whose published area excludes the ZIP. It is reported, since a case manager would expect it.
    AreaExcludes,
    /// Too far to be listed, even among the excluded.
    Beyond,
    /// No source gives it a position.
    Nowhere,
}

/// Distances are compared unrounded; a line right at the radius is within it.
pub(crate) fn reach(discharge: &Discharge, candidate: &Candidate) -> Reachability {
    match discharge.geography() {
        DeliveryMode::PatientTravels => by_distance(candidate.distance, discharge.within),
        DeliveryMode::ProviderComes => match candidate.serves {
            AreaMatch::Yes => Reachability::Within,
            AreaMatch::NotPublished => by_distance(candidate.distance, assumed_radius(discharge)),
            AreaMatch::No => match by_distance(candidate.distance, assumed_radius(discharge)) {
                Reachability::Within => Reachability::AreaExcludes,
                Reachability::AreaExcludes | Reachability::Beyond | Reachability::Nowhere => Reachability::Beyond,
            },
        },
    }
}

fn by_distance(distance: Option<Miles>, radius: Option<Miles>) -> Reachability {
    match (distance, radius) {
        (None, _) => Reachability::Nowhere,
        (Some(distance), Some(radius)) if distance <= radius => Reachability::Within,
        (Some(_), _) => Reachability::Beyond,
    }
}

fn assumed_radius(discharge: &Discharge) -> Option<Miles> {
    Miles::new(discharge.profile.assumed_radius)
}

/// How far offices must be looked for, so that every line that can be reached or nearly is found.
pub(crate) fn search_radius(discharge: &Discharge) -> Option<Miles> {
    match discharge.geography() {
        DeliveryMode::PatientTravels => discharge.within,
        DeliveryMode::ProviderComes => assumed_radius(discharge),
    }
}

/// What keeps a line out of reach, with its numbers; `None` when nothing does.
pub(crate) fn exclusion(
    discharge: &Discharge,
    candidate: &Candidate,
    provider: &Provider,
    line: &ServiceLine,
) -> Option<Exclusion> {
    let outside = || Exclusion {
        reason: ExclusionReason::OutsideServiceArea,
        why: format!("its service area does not include {}", discharge.near.zip),
        evidence: line.area.evidence().cloned(),
    };
    match reach(discharge, candidate) {
        Reachability::Within => None,
        Reachability::AreaExcludes => Some(outside()),
        Reachability::Nowhere => Some(Exclusion {
            reason: ExclusionReason::NoPosition,
            why: "no source says where it is".to_owned(),
            evidence: None,
        }),
        Reachability::Beyond if candidate.serves == AreaMatch::No && discharge.geography() == DeliveryMode::ProviderComes => {
            Some(outside())
        }
        Reachability::Beyond => {
            let evidence = provider.position.as_ref().map(|fact| fact.evidence.clone());
            let far = too_far(candidate.distance, search_radius(discharge));
            let why = match discharge.geography() {
                DeliveryMode::PatientTravels => far,
                DeliveryMode::ProviderComes => format!(
                    "it publishes no service area and is assumed to come {} miles; {far}",
                    discharge.profile.assumed_radius
                ),
            };
            Some(Exclusion { reason: ExclusionReason::TooFar, why, evidence })
        }
    }
}

/// "8.2 miles is beyond 5.0 miles"; where the printed numbers are equal, "just beyond 5.0 miles".
fn too_far(distance: Option<Miles>, radius: Option<Miles>) -> String {
    let in_words = |miles: Option<Miles>| miles.map(|miles| miles.to_string()).unwrap_or_default();
    let (far, radius) = (in_words(distance), in_words(radius));
    if far == radius { format!("just beyond {radius} miles") } else { format!("{far} miles is beyond {radius} miles") }
}
