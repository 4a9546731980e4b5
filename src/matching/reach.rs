//! Can the patient get there, or they to the patient?

use super::report::{Bar, Reason};
use super::{Candidate, Serves};
use crate::care::Geography;
use crate::discharge::Discharge;
use crate::place::Miles;
use crate::provider::{Provider, ServiceLine};

/// How a line lies to the middle of the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The patient can get it.
    Within,
    /// An agency nearby whose published area leaves the ZIP out: told, because a ward would expect it.
    AreaExcludes,
    /// Too far to be listed, even among those left out.
    Beyond,
    /// No source gives it a position.
    Nowhere,
}

/// Distances are compared unrounded; a line right at the radius is within it.
pub(super) fn reach(discharge: &Discharge, candidate: &Candidate) -> Reach {
    match discharge.geography() {
        Geography::PatientTravels => by_distance(candidate.distance, discharge.within),
        Geography::ProviderComes => match candidate.serves {
            Serves::Yes => Reach::Within,
            Serves::NotPublished => by_distance(candidate.distance, assumed_radius(discharge)),
            Serves::No => match by_distance(candidate.distance, assumed_radius(discharge)) {
                Reach::Within => Reach::AreaExcludes,
                Reach::AreaExcludes | Reach::Beyond | Reach::Nowhere => Reach::Beyond,
            },
        },
    }
}

fn by_distance(distance: Option<Miles>, radius: Option<Miles>) -> Reach {
    match (distance, radius) {
        (None, _) => Reach::Nowhere,
        (Some(distance), Some(radius)) if distance <= radius => Reach::Within,
        (Some(_), _) => Reach::Beyond,
    }
}

fn assumed_radius(discharge: &Discharge) -> Option<Miles> {
    Miles::new(discharge.profile.assumed_radius)
}

/// How far offices must be looked for, so that every line that can be reached or nearly is found.
pub(super) fn horizon(discharge: &Discharge) -> Option<Miles> {
    match discharge.geography() {
        Geography::PatientTravels => discharge.within,
        Geography::ProviderComes => assumed_radius(discharge),
    }
}

/// What keeps a line out of reach, with its numbers; `None` when nothing does.
pub(super) fn bar(
    discharge: &Discharge,
    candidate: &Candidate,
    provider: &Provider,
    line: &ServiceLine,
) -> Option<Bar> {
    let outside = || Bar {
        reason: Reason::OutsideServiceArea,
        why: format!("its service area does not hold {}", discharge.near.zip),
        evidence: line.area.evidence().cloned(),
    };
    match reach(discharge, candidate) {
        Reach::Within => None,
        Reach::AreaExcludes => Some(outside()),
        Reach::Nowhere => {
            Some(Bar { reason: Reason::NoPosition, why: "no source says where it is".to_owned(), evidence: None })
        }
        Reach::Beyond if candidate.serves == Serves::No && discharge.geography() == Geography::ProviderComes => {
            Some(outside())
        }
        Reach::Beyond => {
            let evidence = provider.position.as_ref().map(|fact| fact.evidence.clone());
            Some(Bar { reason: Reason::TooFar, why: too_far(candidate.distance, horizon(discharge)), evidence })
        }
    }
}

/// "8.2 miles is beyond 5.0 miles"; what differs in what is not printed is said to be just over it.
fn too_far(distance: Option<Miles>, radius: Option<Miles>) -> String {
    let in_words = |miles: Option<Miles>| miles.map(|miles| miles.to_string()).unwrap_or_default();
    let (far, radius) = (in_words(distance), in_words(radius));
    if far == radius { format!("just beyond {radius} miles") } else { format!("{far} miles is beyond {radius} miles") }
}
