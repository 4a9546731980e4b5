//! Locations of invented providers: ZIPs drawn by population.

use std::collections::BTreeMap;

use crate::place::{Miles, Point, Zip, ZipEntry, ZipKind, ZipTable};
use crate::sample::rng::SampleRng;

/// Miles in one degree of latitude on a sphere of the mean Earth radius.
const MILES_PER_DEGREE: f64 = 69.093;

/// The ZIPs a sample may use.
#[derive(Debug)]
pub(crate) struct ZipPool {
    zips: Vec<ZipEntry<'static>>,
    /// Cumulative population of the ZIPs.
    people_up_to: Vec<u64>,
    /// Indices into `zips` by half-degree square.
    squares: BTreeMap<(i32, i32), Vec<usize>>,
}

impl ZipPool {
    /// All ZIPs, or those whose center is within a distance of a point.
    pub(crate) fn new(around: Option<(Point, Miles)>) -> Self {
        let inside =
            |place: &ZipEntry<'_>| around.is_none_or(|(middle, radius)| miles(place.point, middle) <= radius.value());
        let mut places = Self { zips: Vec::new(), people_up_to: Vec::new(), squares: BTreeMap::new() };
        let mut total = 0;
        let table = ZipTable::curated();
        for place in table.iter().filter(inside) {
            total += u64::from(table.people(place.zip));
            places.squares.entry(square(place.point)).or_default().push(places.zips.len());
            places.zips.push(place);
            places.people_up_to.push(total);
        }
        places
    }

    /// Draws a ZIP by population; `None` if the population is zero.
    pub(crate) fn draw(&self, chance: &mut SampleRng) -> Option<ZipEntry<'static>> {
        let person = chance.below(self.people_up_to.last().copied()?);
        let at = self.people_up_to.partition_point(|up_to| *up_to <= person);
        self.zips.get(at).copied()
    }

    /// The `count` ZIPs nearest to `point`, nearest first; fewer if there are not enough.
    pub(crate) fn nearest(&self, point: Point, count: usize) -> Vec<ZipEntry<'static>> {
        let mut found = Vec::new();
        // Six squares are three degrees: farther than any agency travels.
        for ring in 1..=6 {
            found = self.within_squares(point, ring);
            if found.len() >= count * 2 {
                break;
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.zip.cmp(&b.1.zip)));
        found.truncate(count);
        found.into_iter().map(|(_, place)| place).collect()
    }

    /// The post-office-box ZIP nearest to `point`.
    pub(crate) fn nearest_po_box(&self, point: Point) -> Option<ZipEntry<'static>> {
        let near = self.within_squares(point, 1).into_iter().filter(|(_, place)| place.kind == ZipKind::PoBox);
        near.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, place)| place)
    }

    fn within_squares(&self, point: Point, ring: i32) -> Vec<(f64, ZipEntry<'static>)> {
        let (row, column) = square(point);
        let rows = row - ring..=row + ring;
        let squares = rows.flat_map(|row| self.squares.range((row, column - ring)..=(row, column + ring)));
        let zips = squares.flat_map(|(_, zips)| zips).map(|at| self.zips[*at]);
        zips.map(|place| (miles(place.point, point), place)).collect()
    }
}

/// The center of a ZIP.
pub(crate) fn middle(zip: Zip) -> Option<Point> {
    ZipTable::curated().get(zip).map(|place| place.point)
}

/// A random point a few miles from `point`, more often near than far.
pub(crate) fn near(point: Point, chance: &mut SampleRng) -> Point {
    // Two offsets of up to 0.02 degrees each: at most 2.8 miles.
    let mut throw = || i32::try_from(chance.below(40_001)).unwrap_or(20_000) - 20_000;
    let (up, across) = (throw() + throw(), throw() + throw());
    Point::from_micro(point.latitude_micro() + up, point.longitude_micro() + across).unwrap_or(point)
}

/// Distance in miles on a flat map: accurate to a percent over a hundred miles, and identical on
/// every machine.
pub(crate) fn miles(a: Point, b: Point) -> f64 {
    let up = a.latitude() - b.latitude();
    let across = (a.longitude() - b.longitude()) * cosine(f64::midpoint(a.latitude(), b.latitude()));
    MILES_PER_DEGREE * (up * up + across * across).sqrt()
}

/// Cosine of up to 90 degrees by the first terms of its series, independent of the platform's math
/// library.
fn cosine(degrees: f64) -> f64 {
    let square = (degrees * std::f64::consts::PI / 180.0).powi(2);
    let terms = [1.0, -2.0, 24.0, -720.0, 40_320.0, -3_628_800.0];
    let series = terms.iter().fold((0.0, 1.0), |(sum, power), factor| (sum + power / factor, power * square));
    series.0
}

fn square(point: Point) -> (i32, i32) {
    (point.latitude_micro().div_euclid(500_000), point.longitude_micro().div_euclid(500_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flat_map_is_right_to_a_percent() {
        let kansas_city = Point::from_degrees(39.084, -94.585).unwrap();
        for (latitude, longitude) in [(39.9, -94.585), (39.084, -96.0), (38.3, -93.5)] {
            let other = Point::from_degrees(latitude, longitude).unwrap();
            let (flat, round) = (miles(kansas_city, other), kansas_city.miles_to(other).value());
            assert!((flat / round - 1.0).abs() < 0.01, "{flat} {round}");
        }
    }

    #[test]
    fn more_people_draw_more_providers() {
        let places = ZipPool::new(None);
        let mut chance = SampleRng::of(1, "people", 0);
        let drawn: Vec<_> = (0..10_000).filter_map(|_| places.draw(&mut chance)).collect();
        let share = |code: &str| drawn.iter().filter(|place| place.state.as_str() == code).count();
        // California has 11.7 % of the population, Wyoming 0.17 %.
        assert!((1_050..1_300).contains(&share("CA")) && (5..35).contains(&share("WY")));
    }
}
