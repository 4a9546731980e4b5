//! Round distances for rings, labels and the scale, and compass directions.

use std::f64::consts::TAU;

use crate::serve::pages::map::projection::{CanvasPoint, MARGIN, MIDDLE, SIDE};

/// Round distances, in miles.
const ROUND: [f64; 13] = [0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 150.0, 200.0, 300.0, 500.0];

/// The rings of a map that reaches `reach` miles: the search radius if it fits, and one or two round distances inside.
pub(crate) fn ring_radii(reach: f64, within: Option<f64>) -> Vec<f64> {
    let asked = within.filter(|within| *within <= reach);
    let most = asked.map_or(reach, |asked| asked * 0.7);
    let round: Vec<f64> = ROUND.into_iter().filter(|miles| *miles <= most && *miles >= reach * 0.15).collect();
    let kept = if asked.is_some() { 1 } else { 2 };
    round.into_iter().rev().take(kept).rev().chain(asked).collect()
}

/// The largest round distance up to `miles`, or the smallest of all.
pub(crate) fn round_up_to(miles: f64) -> f64 {
    ROUND.into_iter().rev().find(|round| *round <= miles).unwrap_or(ROUND[0])
}

/// The position of a ring's label: on the ring, as far from all markers as possible, preferably at the top.
pub(crate) fn label(radius: f64, markers: &[Option<CanvasPoint>]) -> CanvasPoint {
    const DIRECTIONS: u8 = 16;
    let spots = (0..DIRECTIONS).map(|at| MIDDLE.towards(TAU * (0.75 + f64::from(at) / f64::from(DIRECTIONS)), radius));
    let inside = 2.0 * MARGIN..=SIDE - 2.0 * MARGIN;
    let room = |spot: &CanvasPoint| {
        let clear = markers.iter().flatten().map(|marker| marker.to(*spot)).fold(60.0, f64::min);
        if inside.contains(&spot.x) && (MARGIN - 1.0..=SIDE - MARGIN).contains(&spot.y) { clear } else { -1.0 }
    };
    let top = MIDDLE.towards(TAU * 0.75, radius);
    spots.fold(top, |best, spot| if room(&spot) > room(&best) { spot } else { best })
}

/// The compass direction of a point: "northeast".
pub(crate) fn compass_direction(east: f64, north: f64) -> &'static str {
    // The tangent of half of 45 degrees.
    const HALF: f64 = 0.414_213_56;
    let up = north.abs() > HALF * east.abs();
    let across = east.abs() > HALF * north.abs();
    match (up, across, north > 0.0, east > 0.0) {
        (true, false, true, _) => "north",
        (true, false, false, _) => "south",
        (true, true, true, true) => "northeast",
        (true, true, true, false) => "northwest",
        (true, true, false, true) => "southeast",
        (true, true, false, false) => "southwest",
        (false, _, _, true) => "east",
        (false, _, _, false) => "west",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_round_and_end_with_the_search_radius() {
        for (reach, within, rings) in [
            (25.0, Some(25.0), vec![10.0, 25.0]),
            (50.0, Some(50.0), vec![25.0, 50.0]),
            (35.0, Some(35.0), vec![10.0, 35.0]),
            (3.0, Some(50.0), vec![1.0, 2.0]),
            (31.5, None, vec![10.0, 25.0]),
            (1.0, None, vec![0.5, 1.0]),
            (500.0, Some(500.0), vec![300.0, 500.0]),
        ] {
            assert_eq!(ring_radii(reach, within), rings, "{reach} of {within:?}");
        }
    }

    #[test]
    fn there_are_eight_directions() {
        for (east, north, named) in [
            (0.0, 1.0, "north"),
            (1.0, 1.0, "northeast"),
            (1.0, 0.1, "east"),
            (1.0, -1.0, "southeast"),
            (0.2, -1.0, "south"),
            (-1.0, -1.0, "southwest"),
            (-1.0, 0.0, "west"),
            (-1.0, 1.0, "northwest"),
        ] {
            assert_eq!(compass_direction(east, north), named);
        }
    }

    #[test]
    fn a_label_avoids_markers() {
        let top = MIDDLE.towards(TAU * 0.75, 100.0);
        assert_eq!(label(100.0, &[]), top);
        assert!(label(100.0, &[Some(top)]).to(top) > 30.0);
    }
}
