//! Markers drawn apart, so that each can be read: the first stands where its place is, the others as near to theirs as there is room.

use std::f64::consts::TAU;

use crate::serve::pages::map::projection::{CanvasPoint, MARGIN, SIDE};

/// The radius of a marker.
pub(crate) const RADIUS: f64 = 10.0;

/// How near the middles of two markers may come: two radii and a gap.
pub(crate) const NEAREST: f64 = 2.0 * RADIUS + 2.0;

/// How far from its place a marker is tried next, and how many directions are tried at each distance.
const STEP: f64 = 5.5;
const DIRECTIONS: u8 = 24;

/// Where the marker of each place is drawn, in the order of the places; `None` where no room is left for it.
pub(crate) fn spread_markers(places: &[CanvasPoint]) -> Vec<Option<CanvasPoint>> {
    let mut taken: Vec<CanvasPoint> = Vec::with_capacity(places.len());
    let mut drawn = Vec::with_capacity(places.len());
    for place in places {
        let free = |spot: &CanvasPoint| fits(*spot) && taken.iter().all(|other| other.to(*spot) >= NEAREST);
        let spot = around(*place).find(free);
        taken.extend(spot);
        drawn.push(spot);
    }
    drawn
}

/// The place itself, then spots farther and farther from it. The first is tried below it, where a finger points from.
fn around(place: CanvasPoint) -> impl Iterator<Item = CanvasPoint> {
    let distances = std::iter::successors(Some(STEP), |far| Some(far + STEP)).take_while(|far| *far < SIDE);
    let circle =
        move |far| (0..DIRECTIONS).map(move |at| place.towards(TAU * (0.25 + f64::from(at) / f64::from(DIRECTIONS)), far));
    std::iter::once(place).chain(distances.flat_map(circle))
}

fn fits(spot: CanvasPoint) -> bool {
    let inside = MARGIN - 1.0..=SIDE - MARGIN + 1.0;
    inside.contains(&spot.x) && inside.contains(&spot.y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::pages::map::projection::MIDDLE;

    #[test]
    fn a_hundred_places_in_one_house_are_all_drawn_and_none_over_another() {
        let drawn: Vec<CanvasPoint> = spread_markers(&[MIDDLE; 100]).into_iter().flatten().collect();
        assert_eq!(drawn.len(), 100);
        assert_eq!(drawn[0], MIDDLE);
        for (at, one) in drawn.iter().enumerate() {
            assert!(drawn[..at].iter().all(|other| other.to(*one) >= NEAREST), "{at}");
            assert!(one.to(MIDDLE) < 160.0, "{at} is drawn {} away", one.to(MIDDLE));
        }
    }

    #[test]
    fn what_stands_alone_stays() {
        let alone = [CanvasPoint { x: 20.0, y: 20.0 }, CanvasPoint { x: 43.0, y: 20.0 }, CanvasPoint { x: 460.0, y: 460.0 }];
        assert_eq!(spread_markers(&alone), alone.map(Some));
    }
}
