//! The order of the index: by service, then by row of latitude, then by longitude, so that a circle on the globe is a few
//! runs of adjacent lines, found by binary search.

use std::ops::RangeInclusive;

use crate::place::{Miles, Point};
use crate::service::Service;

/// The height of a row in micro-degrees: 17 miles. Rows half and twice as high were measured and are neither faster nor
/// slower.
const ROW_HEIGHT: u32 = 250_000;

/// The row of lines without a position, after all others.
const NOWHERE: u32 = 1023;

const LATITUDE_BITS: u32 = 18;
const LONGITUDE_BITS: u32 = 29;
const ROW_BITS: u32 = 10;

/// Number of blocks: one for each service and row.
pub(crate) const BLOCKS: usize = Service::ALL.len() << ROW_BITS;

/// The mean Earth radius, 6371.0088 km, in miles.
const EARTH_RADIUS: f64 = 6371.0088 / 1.609_344;

/// A margin so that rounding never loses a point on the edge: two micro-degrees, 9 inches.
const SLACK: f64 = 2e-6;

/// Service, latitude and longitude of a line in one number that sorts by location; the sort column of the index.
///
/// From the top: 4 bits service, 10 bits row, 29 bits longitude from 180 west, 18 bits latitude within the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SpatialKey(u64);

impl SpatialKey {
    /// The key of a line of `service` at `point`, or without a position.
    pub(crate) fn new(service: Service, point: Option<Point>) -> Self {
        let Some(point) = point else { return Self::of(block(service, NOWHERE), 0, 0) };
        let (latitude, longitude) = (north(point), east(point));
        Self::of(block(service, latitude / ROW_HEIGHT), longitude, latitude % ROW_HEIGHT)
    }

    fn of(block: u32, longitude: u32, within_row: u32) -> Self {
        let above = u64::from(block) << LONGITUDE_BITS | u64::from(longitude);
        Self(above << LATITUDE_BITS | u64::from(within_row))
    }

    /// The key as stored in the column.
    pub(crate) fn number(self) -> u64 {
        self.0
    }

    /// The key stored as `number` in the column.
    pub(crate) fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The block of the line, below [`BLOCKS`].
    pub(crate) fn block(self) -> usize {
        usize::try_from(self.0 >> (LATITUDE_BITS + LONGITUDE_BITS)).unwrap_or(usize::MAX)
    }

    /// The service of the line.
    pub(crate) fn service(self) -> Option<Service> {
        Service::ALL.get(self.block() >> ROW_BITS).copied()
    }

    /// The position of the line; `None` if it has none.
    pub(crate) fn point(self) -> Option<Point> {
        let bits = |from: u32, count: u32| u32::try_from(self.0 >> from & ((1 << count) - 1)).ok();
        let row = bits(LATITUDE_BITS + LONGITUDE_BITS, ROW_BITS)?;
        let latitude = row * ROW_HEIGHT + bits(0, LATITUDE_BITS)?;
        let longitude = bits(LATITUDE_BITS, LONGITUDE_BITS)?;
        Point::from_micro(latitude.checked_signed_diff(90_000_000)?, longitude.checked_signed_diff(180_000_000)?)
    }
}

/// The blocks of one service: rows from south to north, [`NOWHERE`] last.
pub(crate) fn blocks_of(service: Service) -> RangeInclusive<usize> {
    let first = (service as usize) << ROW_BITS;
    first..=first + NOWHERE as usize
}

fn block(service: Service, row: u32) -> u32 {
    (service as u32) << ROW_BITS | row
}

/// Micro-degrees from the south pole.
fn north(point: Point) -> u32 {
    point.latitude_micro().saturating_add(90_000_000).unsigned_abs()
}

/// Micro-degrees from 180 west.
fn east(point: Point) -> u32 {
    point.longitude_micro().saturating_add(180_000_000).unsigned_abs()
}

/// A band of latitudes and one or two spans of longitudes that contain every point within a horizon, with an optional hole if
/// only points beyond a distance are sought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BoundingBox {
    south: u32,
    north: u32,
    west: (u32, u32),
    /// The second span, if the first crosses the antimeridian.
    east: Option<(u32, u32)>,
    /// The part within them that need not be examined.
    hole: Option<ExcludedRing>,
}

/// A circle on the globe, slightly smaller than the requested one.
#[derive(Debug, Clone, Copy, PartialEq)]
struct ExcludedRing {
    center: Point,
    /// Its radius as an angle, in radians.
    angle: f64,
}

/// The hole is smaller by this angle, 20 feet, so that rounding never puts a point on its edge inside.
const HOLE_SLACK: f64 = 1e-6;

impl ExcludedRing {
    /// The hole within `radius` of `center`; `None` if it would be empty or contain a pole.
    fn new(center: Point, radius: Miles) -> Option<Self> {
        let angle = radius.value() / EARTH_RADIUS - HOLE_SLACK;
        let pole = center.latitude().abs() + angle.to_degrees() >= 90.0;
        (angle > 0.0 && !pole).then_some(Self { center, angle })
    }

    /// The span of longitudes for which the whole row lies in the hole.
    ///
    /// The hole is widest at one latitude and narrows away from it, so within a row it is narrowest at an edge.
    fn span(&self, row: u32) -> Option<(u32, u32)> {
        let edges = [row * ROW_HEIGHT, (row + 1) * ROW_HEIGHT];
        let half = edges.into_iter().map(|edge| self.half_width(edge)).fold(f64::INFINITY, f64::min);
        let (west, east) = (f64::from(east(self.center)) - half * 1e6, f64::from(east(self.center)) + half * 1e6);
        (half > 0.0 && west >= 0.0 && east <= AROUND).then(|| (micro(west.ceil()), micro(east)))
    }

    /// Half the width of the hole at a latitude (in micro-degrees from the south pole), as micro-degrees of longitude.
    fn half_width(&self, north: u32) -> f64 {
        let (at, center) = ((f64::from(north) / 1e6 - 90.0).to_radians(), self.center.latitude().to_radians());
        if (at - center).abs() >= self.angle {
            return 0.0;
        }
        let cosine = (self.angle.cos() - at.sin() * center.sin()) / (at.cos() * center.cos());
        cosine.clamp(-1.0, 1.0).acos().to_degrees()
    }
}

/// A full circle in micro-degrees.
const AROUND: f64 = 360e6;

impl BoundingBox {
    /// The bounds of everything within `horizon` of `center`; points not `beyond` the given distance may be skipped.
    pub(crate) fn ring(center: Point, horizon: Miles, beyond: Option<Miles>) -> Self {
        let angle = (horizon.value() / EARTH_RADIUS).min(std::f64::consts::PI);
        let height = angle.to_degrees() + SLACK;
        let (low, high) = (center.latitude() - height, center.latitude() + height);
        let whole = (0, micro(AROUND));
        let (west, east) = if low <= -90.0 || high >= 90.0 {
            (whole, None)
        } else {
            let half = (angle.sin() / center.latitude().to_radians().cos()).min(1.0).asin().to_degrees() + SLACK;
            spans(f64::from(east(center)) - half * 1e6, f64::from(self::east(center)) + half * 1e6)
        };
        let hole = beyond.and_then(|radius| ExcludedRing::new(center, radius));
        Self { south: micro((low + 90.0) * 1e6), north: micro((high + 90.0) * 1e6), west, east, hole }
    }

    /// The runs of the index to examine, in index order: the block, and the first and last key within the bounds.
    pub(crate) fn runs(&self, service: Service) -> impl Iterator<Item = (usize, RangeInclusive<SpatialKey>)> {
        let spans = [Some(self.west), self.east];
        let hole = self.hole;
        let rows = self.south / ROW_HEIGHT..=(self.north / ROW_HEIGHT).min(180_000_000 / ROW_HEIGHT);
        rows.flat_map(move |row| {
            let block = block(service, row);
            let hole = hole.and_then(|hole| hole.span(row));
            let parts = spans.into_iter().flatten().flat_map(move |span| around_hole(span, hole));
            parts.flatten().map(move |(west, east)| {
                let keys = SpatialKey::of(block, west, 0)..=SpatialKey::of(block, east, ROW_HEIGHT - 1);
                (block as usize, keys)
            })
        })
    }

    /// Whether the latitude is in the band: cheaper than the distance, and it rejects most lines of the lowest and highest
    /// rows.
    pub(crate) fn holds_latitude(&self, point: Point) -> bool {
        (self.south..=self.north).contains(&north(point))
    }
}

/// The parts of a span of longitudes outside a hole.
fn around_hole((west, east): (u32, u32), hole: Option<(u32, u32)>) -> [Option<(u32, u32)>; 2] {
    match hole.filter(|(from, to)| *from <= east && west <= *to) {
        None => [Some((west, east)), None],
        Some((from, to)) => [(west < from).then(|| (west, from - 1)), (to < east).then(|| (to + 1, east))],
    }
}

/// One span of longitudes, or two if it crosses the antimeridian; the western one first.
fn spans(west: f64, east: f64) -> ((u32, u32), Option<(u32, u32)>) {
    let end = micro(AROUND);
    if east - west >= AROUND {
        ((0, end), None)
    } else if west <= 0.0 {
        ((0, micro(east)), Some((micro(west + AROUND), end)))
    } else if east >= AROUND {
        ((0, micro(east - AROUND)), Some((micro(west), end)))
    } else {
        ((micro(west), micro(east)), None)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the globe first")]
fn micro(value: f64) -> u32 {
    value.clamp(0.0, AROUND) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> Point {
        Point::from_degrees(latitude, longitude).unwrap()
    }

    #[test]
    fn a_key_gives_back_what_it_was_made_of_and_sorts_by_place() {
        let mut before = SpatialKey::new(Service::HomeHealth, Some(at(-90.0, -180.0)));
        for service in Service::ALL {
            for point in [(-90.0, -180.0), (13.47, 144.75), (32.776_512, -79.931_123), (71.3, -156.8), (90.0, 180.0)] {
                let key = SpatialKey::new(service, Some(at(point.0, point.1)));
                assert_eq!((key.service(), key.point()), (Some(service), Some(at(point.0, point.1))));
                assert!(before <= key && key.block() < BLOCKS, "{service} {point:?}");
                before = key;
            }
            let nowhere = SpatialKey::new(service, None);
            assert_eq!((nowhere.service(), nowhere.point()), (Some(service), None));
            assert!(before < nowhere && blocks_of(service).contains(&nowhere.block()));
        }
    }

    #[test]
    fn the_bounds_hold_the_horizon_at_the_antimeridian_and_at_the_poles() {
        let miles = |miles| Miles::new(miles).unwrap();
        let looked_at = |center: Point, horizon: f64, point: Point| {
            let around = BoundingBox::ring(center, miles(horizon), None);
            let key = SpatialKey::new(Service::Dialysis, Some(point));
            around.holds_latitude(point) && around.runs(Service::Dialysis).any(|(_, keys)| keys.contains(&key))
        };
        for (center, horizon, point, expected) in [
            (at(32.8, -79.9), 25.0, at(33.1, -79.9), true),
            (at(32.8, -79.9), 25.0, at(33.3, -79.9), false),
            (at(32.8, -79.9), 25.0, at(32.8, -80.4), false),
            (at(52.0, -179.9), 25.0, at(52.0, 179.9), true),
            (at(52.0, 179.9), 25.0, at(52.0, -179.9), true),
            (at(52.0, 180.0), 25.0, at(52.0, -180.0), true),
            (at(89.9, 0.0), 25.0, at(89.9, 180.0), true),
            (at(0.0, 0.0), 13_000.0, at(-89.0, 120.0), true),
        ] {
            assert_eq!(looked_at(center, horizon, point), expected, "{center:?} {horizon} {point:?}");
        }
    }

    #[test]
    fn a_hole_leaves_out_only_what_is_not_beyond_it() {
        let miles = |miles| Miles::new(miles).unwrap();
        for (center, beyond, horizon) in [
            (at(32.8, -79.9), 50.0, 75.0),
            (at(61.2, -149.9), 100.0, 125.0),
            (at(52.0, -179.9), 25.0, 50.0),
            (at(13.47, 144.75), 5.0, 10.0),
            (at(88.0, 10.0), 100.0, 200.0),
            (at(0.0, 0.0), 0.0, 25.0),
        ] {
            let ring = BoundingBox::ring(center, miles(horizon), Some(miles(beyond)));
            let runs: Vec<_> = ring.runs(Service::Dialysis).collect();
            assert!(runs.is_sorted_by(|(_, a), (_, b)| a.end() < b.start()), "{center:?}: sorted, without duplicates");
            let (mut left_out, mut looked_at) = (0, 0);
            for north in -60_i32..=60 {
                for east in -120_i32..=120 {
                    let latitude = center.latitude_micro() + north * 50_000;
                    let Some(point) = Point::from_micro(latitude, center.longitude_micro() + east * 50_000) else {
                        continue;
                    };
                    let distance = center.miles_to(point);
                    let key = SpatialKey::new(Service::Dialysis, Some(point));
                    let found = ring.holds_latitude(point) && runs.iter().any(|(_, keys)| keys.contains(&key));
                    if distance > miles(beyond) && distance <= miles(horizon) {
                        assert!(found, "{center:?} {point:?} at {distance}");
                        looked_at += 1;
                    } else if distance <= miles(beyond) {
                        left_out += u32::from(!found);
                    }
                }
            }
            assert!(looked_at > 0, "{center:?}");
            let simple = beyond > 20.0 && center.longitude() > -179.0 && center.latitude() < 80.0;
            assert!(!simple || left_out > 100, "{center:?}: {left_out} are excluded");
        }
    }
}
