//! Projects points onto the drawing and clips the outlines to it.
//!
//! Equirectangular about the center: a degree east has the same length everywhere as at the center, so rings are circles. The error is
//! below the width of a line at 25 miles, and little more than a marker at [`FARTHEST`].

use geo::{Coord, LineString, Simplify};

use crate::place::Point;
use crate::serve::pages::map::outlines::{GlobeRect, MapLine};

/// The side of the square map, in units of the drawing.
pub(crate) const SIDE: f64 = 480.0;

/// The free margin, so that a marker at the edge of the map is drawn whole.
pub(crate) const MARGIN: f64 = 14.0;

/// The greatest distance from the center that is drawn, in miles.
pub(crate) const FARTHEST: f64 = 500.0;

/// On a sphere with the mean Earth radius of 6371.0088 km, as for distances.
const MILES_A_DEGREE: f64 = 69.0934;

/// The tolerance for simplifying lines, in units of the drawing.
const COARSE: f64 = 0.5;

/// A point of the drawing: right and down from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CanvasPoint {
    /// Right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

impl CanvasPoint {
    /// The distance to another point.
    pub(crate) fn to(self, other: Self) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// Whether it is inside the square.
    pub(crate) fn is_inside(self) -> bool {
        (0.0..=SIDE).contains(&self.x) && (0.0..=SIDE).contains(&self.y)
    }

    /// The point at distance `far` in the direction of `angle`, in radians clockwise from the right.
    pub(crate) fn towards(self, angle: f64, far: f64) -> Self {
        Self { x: self.x + far * angle.cos(), y: self.y + far * angle.sin() }
    }
}

/// The center of the drawing.
pub(crate) const MIDDLE: CanvasPoint = CanvasPoint { x: SIDE / 2.0, y: SIDE / 2.0 };

/// Miles east and north of `center`.
pub(crate) fn miles_from(center: Point, point: Point) -> (f64, f64) {
    let east = around(point.longitude() - center.longitude());
    (east * MILES_A_DEGREE * narrowing(center), (point.latitude() - center.latitude()) * MILES_A_DEGREE)
}

/// The length of a degree east relative to the equator; never zero, even at a pole.
fn narrowing(center: Point) -> f64 {
    center.latitude().to_radians().cos().max(0.01)
}

/// A difference of longitudes, the short way around.
fn around(degrees: f64) -> f64 {
    (degrees + 540.0).rem_euclid(360.0) - 180.0
}

/// A projection about a center.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Projection {
    center: Point,
    /// Units of the drawing per mile.
    scale: f64,
}

impl Projection {
    /// A projection that reaches `miles` from `center` to each side.
    pub(crate) fn new(center: Point, miles: f64) -> Self {
        Self { center, scale: (SIDE / 2.0 - MARGIN) / miles }
    }

    /// The position of a point in the drawing.
    pub(crate) fn spot(&self, point: Point) -> CanvasPoint {
        let (east, north) = miles_from(self.center, point);
        CanvasPoint { x: MIDDLE.x + east * self.scale, y: MIDDLE.y - north * self.scale }
    }

    /// The length of `miles` in the drawing.
    pub(crate) fn length(&self, miles: f64) -> f64 {
        miles * self.scale
    }

    /// The miles from the center to a side of the square.
    pub(crate) fn reach(&self) -> f64 {
        SIDE / 2.0 / self.scale
    }

    /// The part of the globe that the drawing shows.
    pub(crate) fn rect(&self) -> GlobeRect {
        let up = self.reach() / MILES_A_DEGREE;
        let across = (up / narrowing(self.center)).min(180.0);
        let (north, east) = (self.center.latitude(), self.center.longitude());
        GlobeRect { west: east - across, south: north - up, east: east + across, north: north + up }
    }

    /// The parts of a line inside the drawing, each as its points.
    pub(crate) fn pieces(&self, line: &MapLine) -> Vec<Vec<CanvasPoint>> {
        self.drawn(line).map(|drawn| within(&drawn.simplify(COARSE))).unwrap_or_default()
    }

    /// The part of an area inside the drawing, as its border; `None` if there is none.
    pub(crate) fn area(&self, ring: &MapLine) -> Option<Vec<CanvasPoint>> {
        let drawn = self.drawn(ring)?.simplify(COARSE);
        let border: Vec<CanvasPoint> = drawn.into_inner().into_iter().map(|at| CanvasPoint { x: at.x, y: at.y }).collect();
        let border = area_within(border);
        (border.len() > 2).then_some(border)
    }

    /// A line in the drawing; `None` if it does not touch it.
    fn drawn(&self, line: &MapLine) -> Option<LineString<f64>> {
        let degrees = |units: i32| f64::from(units) / 10_000.0;
        // Measured from the west end of the line, so that no line breaks at the 180th meridian.
        let west = around(degrees(line.low.0) - self.center.longitude());
        let across = MILES_A_DEGREE * narrowing(self.center) * self.scale;
        let up = MILES_A_DEGREE * self.scale;
        let place = |(east, north): (i32, i32)| Coord {
            x: MIDDLE.x + (west + degrees(east - line.low.0)) * across,
            y: MIDDLE.y - (degrees(north) - self.center.latitude()) * up,
        };
        let (low, high) = (place(line.low), place(line.high));
        let touches = low.x <= SIDE && high.x >= 0.0 && high.y <= SIDE && low.y >= 0.0;
        touches.then(|| line.points.iter().map(|point| place(*point)).collect())
    }
}

/// The part of the area inside `border` that is inside the square (Sutherland-Hodgman), by its border.
fn area_within(mut border: Vec<CanvasPoint>) -> Vec<CanvasPoint> {
    // How far a point is inside each side of the square.
    let sides: [fn(CanvasPoint) -> f64; 4] = [|at| at.x, |at| SIDE - at.x, |at| at.y, |at| SIDE - at.y];
    for inside in sides {
        let mut kept = Vec::with_capacity(border.len());
        let Some(mut before) = border.last().copied() else { return border };
        for at in border {
            let (was, is) = (inside(before), inside(at));
            if (was >= 0.0) != (is >= 0.0) {
                let part = was / (was - is);
                kept.push(CanvasPoint { x: before.x + part * (at.x - before.x), y: before.y + part * (at.y - before.y) });
            }
            if is >= 0.0 {
                kept.push(at);
            }
            before = at;
        }
        border = kept;
    }
    border
}

/// `line` clipped to the square.
fn within(line: &LineString<f64>) -> Vec<Vec<CanvasPoint>> {
    let mut pieces: Vec<Vec<CanvasPoint>> = Vec::new();
    for step in line.lines() {
        let Some((from, to)) = cut(step.start, step.end) else { continue };
        match pieces.last_mut() {
            Some(piece) if piece.last() == Some(&from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
    }
    pieces
}

/// The part of a segment inside the square (Liang-Barsky): from the last entry to the first exit.
fn cut(from: Coord<f64>, to: Coord<f64>) -> Option<(CanvasPoint, CanvasPoint)> {
    let (right, down) = (to.x - from.x, to.y - from.y);
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    for (step, room) in [(-right, from.x), (right, SIDE - from.x), (-down, from.y), (down, SIDE - from.y)] {
        if step == 0.0 && room < 0.0 {
            return None;
        }
        if step < 0.0 {
            enters = enters.max(room / step);
        } else if step > 0.0 {
            leaves = leaves.min(room / step);
        }
    }
    let at = |part: f64| CanvasPoint { x: from.x + part * right, y: from.y + part * down };
    let end = if leaves < 1.0 { at(leaves) } else { CanvasPoint { x: to.x, y: to.y } };
    (enters < leaves).then(|| (at(enters), end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_clipped_at_the_sides() {
        let inside =
            |from: (f64, f64), to: (f64, f64)| cut(from.into(), to.into()).map(|(from, to)| ((from.x, from.y), (to.x, to.y)));
        for (from, to, cut) in [
            ((10.0, 10.0), (20.0, 30.0), Some(((10.0, 10.0), (20.0, 30.0)))),
            ((-10.0, 100.0), (10.0, 100.0), Some(((0.0, 100.0), (10.0, 100.0)))),
            ((100.0, 500.0), (100.0, -20.0), Some(((100.0, 480.0), (100.0, 0.0)))),
            ((-10.0, 10.0), (10.0, -30.0), None),
            ((-10.0, 10.0), (-10.0, 30.0), None),
        ] {
            assert_eq!(inside(from, to), cut, "{from:?} to {to:?}");
        }
    }

    #[test]
    fn areas_are_clipped_at_the_sides() {
        let spots = |border: &[(f64, f64)]| border.iter().map(|&(x, y)| CanvasPoint { x, y }).collect::<Vec<_>>();
        let corner = area_within(spots(&[(-50.0, -50.0), (100.0, -50.0), (100.0, 60.0), (-50.0, 60.0)]));
        let size = corner.iter().zip(corner.iter().cycle().skip(1)).map(|(a, b)| a.x * b.y - b.x * a.y).sum::<f64>() / 2.0;
        assert!((size - 6000.0).abs() < 1e-6, "{corner:?}");
        let around = area_within(spots(&[(-1.0, -1.0), (481.0, -1.0), (481.0, 481.0), (-1.0, 481.0)]));
        assert_eq!(around.len(), 4, "a map at sea is all water");
        assert!(area_within(spots(&[(500.0, 10.0), (600.0, 10.0), (600.0, 90.0)])).is_empty());
    }

    #[test]
    fn longitudes_wrap_the_short_way() {
        for (degrees, short) in [(0.0, 0.0), (10.0, 10.0), (350.0, -10.0), (-359.0, 1.0), (-180.0, -180.0)] {
            assert!((around(degrees) - short).abs() < 1e-9, "{degrees}");
        }
    }
}
