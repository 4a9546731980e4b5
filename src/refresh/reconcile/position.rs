//! The position of a provider: a point is accepted if it agrees with the address.

use crate::evidence::{Evidence, Fact};
use crate::place::{Miles, Point, Precision, ZipEntry, ZipTable};
use crate::provider::Position;
use crate::refresh::reconcile::precedence;
use crate::refresh::reconcile::precedence::FieldClaim;

/// A point within this distance of the ZIP's centroid is accepted; few ZIPs outside Alaska reach further. Our choice.
const NEAR: f64 = 25.0;

/// Points nearer to each other than this are the same location geocoded twice, not a conflict. Our choice.
const SAME_PLACE: f64 = 1.0;

/// The position of a provider, with rejected claims.
#[derive(Debug)]
pub(crate) struct PositionDecision {
    /// The position.
    pub fact: Fact<Position>,
    /// Claims that lie too far from the ZIP, with the distance.
    pub disbelieved: Vec<(FieldClaim<Position>, Miles)>,
    /// Two accepted claims lie over a mile apart.
    pub conflict: bool,
}

/// Takes the first accepted claim, else the ZIP's centroid, else (if the ZIP is unknown) the first claim. A point that
/// only stands for a city loses to the ZIP's centroid.
pub(crate) fn settle(
    claims: Vec<FieldClaim<Position>>,
    zip: Option<ZipEntry<'_>>,
    zips: &ZipTable,
) -> Option<PositionDecision> {
    let Some(zip) = zip else { return unchecked(claims) };
    let mut disbelieved = Vec::new();
    let mut believed = Vec::new();
    let mut of_city = Vec::new();
    for claim in claims {
        let miles = zip.point.miles_to(claim.value.point);
        let city = claim.value.precision == Precision::City;
        if miles.value() > NEAR && (city || !in_a_large_zip(zip, claim.value.point, zips)) {
            disbelieved.push((claim, miles));
        } else if city {
            of_city.push(claim);
        } else {
            believed.push(claim);
        }
    }
    let middle = Position { point: zip.point, precision: zip.precision() };
    let mut rest = believed.into_iter();
    let mut fact = match rest.next() {
        Some(FieldClaim { value, evidence, .. }) => Fact::new(value, evidence),
        None => Fact::new(middle, Evidence::new("ZIP code table", None)),
    };
    let rest: Vec<FieldClaim<Position>> = rest.collect();
    // An extract has the point without its footnote, so a source that calls the same point approximate is right.
    let approximate = Position { precision: Precision::Approximate, ..fact.value };
    if rest.iter().any(|claim| claim.value == approximate) {
        fact.value = approximate;
    }
    let apart = |claim: &FieldClaim<Position>| fact.value.point.miles_to(claim.value.point).value() > SAME_PLACE;
    let conflict = rest.iter().any(apart);
    let others = rest.into_iter().chain(of_city).chain(disbelieved.iter().map(|(claim, _)| claim.clone()));
    for FieldClaim { value, evidence, .. } in others {
        if value != fact.value && !fact.others.iter().any(|(other, _)| *other == value) {
            fact.others.push((value, evidence));
        }
    }
    Some(PositionDecision { fact, disbelieved, conflict })
}

/// There is nothing to check against: takes the most trusted claim.
fn unchecked(claims: Vec<FieldClaim<Position>>) -> Option<PositionDecision> {
    let fact = precedence::pick_fact(claims, PartialEq::eq)?;
    Some(PositionDecision { fact, disbelieved: Vec::new(), conflict: false })
}

/// Accepts a far point in a large ZIP: some ZIPs of Alaska are larger than some states. The ZIP whose centroid is nearest to
/// the point must be of the same city, or the point must be at most twice as far from its own ZIP as from that one. Our
/// choice.
fn in_a_large_zip(zip: ZipEntry<'_>, point: Point, zips: &ZipTable) -> bool {
    zips.nearest(point).is_some_and(|nearest| {
        let same_city = nearest.state == zip.state && nearest.city == zip.city;
        same_city || zip.point.miles_to(point).value() <= 2.0 * nearest.point.miles_to(point).value()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_far_point_is_believed_where_zips_are_large_and_nowhere_else() {
        let zips = ZipTable::curated();
        for (what, zip, latitude, longitude, believed) in [
            ("Cordova, 74 miles from the centroid of its ZIP", "99574", 60.5416, -145.75, true),
            ("Kodiak, where the nearest ZIP is the coast guard's", "99615", 57.801, -152.374, true),
            ("Honolulu, given for Guam", "96910", 21.3069, -157.8583, false),
            ("Columbia, given for Charleston", "29401", 34.0007, -81.0348, false),
            ("Denver, given for Carlsbad", "92011", 39.7392, -104.9903, false),
        ] {
            let zip = zips.get(zip.parse().unwrap()).unwrap();
            let point = Point::from_degrees(latitude, longitude).unwrap();
            assert!(zip.point.miles_to(point).value() > NEAR, "{what}");
            assert_eq!(in_a_large_zip(zip, point, zips), believed, "{what}");
        }
    }
}
