//! Spreads markers so that each can be read: the first is at its location, the others as near to theirs as there is space.

use std::f64::consts::TAU;

use crate::serve::pages::map::projection::{CanvasPoint, MARGIN, SIDE};

/// The radius of a marker.
pub(crate) const RADIUS: f64 = 12.0;

/// The least distance between the centers of two markers: two radii and a gap.
pub(crate) const NEAREST: f64 = 2.0 * RADIUS + 2.0;

/// The step of the distance from the location, and the number of directions tried at each distance.
const STEP: f64 = 5.5;
const DIRECTIONS: u8 = 24;

/// The position of the marker for each location, in the same order; `None` if there is no space left.
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

/// The location itself, then spots farther and farther from it, starting below it.
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
    fn a_hundred_markers_at_one_point_are_all_drawn_without_overlap() {
        let drawn: Vec<CanvasPoint> = spread_markers(&[MIDDLE; 100]).into_iter().flatten().collect();
        assert_eq!(drawn.len(), 100);
        assert_eq!(drawn[0], MIDDLE);
        for (at, one) in drawn.iter().enumerate() {
            assert!(drawn[..at].iter().all(|other| other.to(*one) >= NEAREST), "{at}");
            assert!(one.to(MIDDLE) < 180.0, "{at} is drawn {} away", one.to(MIDDLE));
        }
    }

    #[test]
    fn single_markers_stay_in_place() {
        let alone = [CanvasPoint { x: 20.0, y: 20.0 }, CanvasPoint { x: 47.0, y: 20.0 }, CanvasPoint { x: 460.0, y: 460.0 }];
        assert_eq!(spread_markers(&alone), alone.map(Some));
    }
}
