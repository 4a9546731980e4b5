//! Service areas as lists of ZIP codes: those whose center is within a radius or inside a GeoJSON
//! polygon.

use std::fmt;

use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{BoundingRect, Coord, Intersects, Line, LineString, Polygon};
use serde_json::{Map, Value};

use crate::place::{Miles, Point, Zip, ZipTable};

/// The most positions of an area, over all its rings. The outline of a county has a few thousand.
/// Our choice.
const MOST_CORNERS: usize = 10_000;

/// The ZIPs whose center is within `radius` of `center`, in order.
pub(crate) fn around(center: Point, radius: Miles, zips: &ZipTable) -> Vec<Zip> {
    let is_within = |point| center.may_be_within(point, radius) && center.miles_to(point) <= radius;
    zips.iter().filter(|place| is_within(place.point)).map(|place| place.zip).collect()
}

/// The ZIPs whose center is inside a GeoJSON area (RFC 7946) or on its border, in order and at
/// least one. The area is a Polygon, a MultiPolygon, a Feature of one, or a FeatureCollection of
/// such.
///
/// # Errors
/// The first fault of the area, and its location.
pub(crate) fn in_geojson(area: &Value, zips: &ZipTable) -> Result<Vec<Zip>, AreaError> {
    let mut outline = PolygonReader::default();
    outline.object(area, "")?;
    if let Some(at) = outline.polygons.iter().position(crosses_itself) {
        let which = if outline.polygons.len() > 1 { format!("polygon {}", at + 1) } else { "its border".to_owned() };
        return Err(AreaError::new("", format!("{which} crosses itself")));
    }
    let inside: Vec<Zip> = zips.iter().filter(|place| outline.holds(place.point)).map(|place| place.zip).collect();
    if inside.is_empty() {
        return Err(AreaError::new("", "it contains the center of no ZIP code"));
    }
    Ok(inside)
}

/// A fault of an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AreaError {
    /// JSON pointer into the GeoJSON; empty for the whole.
    pub pointer: String,
    /// What is wrong.
    pub reason: String,
}

impl AreaError {
    fn new(pointer: &str, reason: impl Into<String>) -> Self {
        Self { pointer: pointer.to_owned(), reason: reason.into() }
    }
}

impl fmt::Display for AreaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pointer, reason } = self;
        if pointer.is_empty() { f.write_str(reason) } else { write!(f, "{reason} (at {pointer})") }
    }
}

/// Collects the polygons of an area while reading it.
#[derive(Debug, Default)]
struct PolygonReader {
    polygons: Vec<Polygon>,
    corners: usize,
}

impl PolygonReader {
    fn object(&mut self, value: &Value, at: &str) -> Result<(), AreaError> {
        let Value::Object(object) = value else {
            return Err(AreaError::new(at, "it is not GeoJSON, which is an object with a \"type\""));
        };
        match object.get("type").and_then(Value::as_str) {
            Some("FeatureCollection") => {
                for (at, feature) in items(object, "features", at)? {
                    self.object(feature, &at)?;
                }
                Ok(())
            }
            Some("Feature") => match object.get("geometry") {
                Some(geometry) => self.object(geometry, &format!("{at}/geometry")),
                None => Err(AreaError::new(at, "the Feature has no \"geometry\"")),
            },
            Some("MultiPolygon") => {
                for (at, polygon) in items(object, "coordinates", at)? {
                    self.polygon(list(polygon, "the polygon", at)?)?;
                }
                Ok(())
            }
            Some("Polygon") => self.polygon(items(object, "coordinates", at)?),
            Some(other) => {
                let other: String = other.chars().take(40).collect();
                let reason = format!("an area must be a Polygon or a MultiPolygon; this is a {other}");
                Err(AreaError::new(at, reason))
            }
            None => Err(AreaError::new(at, "it is not GeoJSON: it has no \"type\"")),
        }
    }

    /// Reads a polygon from its rings: the outer border, then its holes.
    fn polygon<'a>(&mut self, rings: impl Iterator<Item = (String, &'a Value)>) -> Result<(), AreaError> {
        let rings = rings.map(|(at, ring)| self.ring(ring, &at)).collect::<Result<Vec<_>, _>>()?;
        let mut rings = rings.into_iter();
        let Some(border) = rings.next() else { return Ok(()) };
        let holes = rings.map(|hole| beside(hole, &border)).collect();
        self.polygons.push(Polygon::new(border, holes));
        Ok(())
    }

    fn ring(&mut self, ring: &Value, at: &str) -> Result<LineString, AreaError> {
        let corners = list(ring, "the ring", at.to_owned())?
            .map(|(at, corner)| self.corner(corner, &at))
            .collect::<Result<Vec<_>, _>>()?;
        if corners.len() < 4 {
            return Err(AreaError::new(at, format!("a ring must have at least 4 positions; this one has {}", corners.len())));
        }
        if corners.first() != corners.last() {
            return Err(AreaError::new(at, "the ring is open: its last position must equal its first"));
        }
        unwrapped(corners).map(LineString::new).ok_or_else(|| AreaError::new(at, "the ring goes around a pole"))
    }

    fn corner(&mut self, corner: &Value, at: &str) -> Result<Coord, AreaError> {
        self.corners += 1;
        if self.corners > MOST_CORNERS {
            return Err(AreaError::new("", format!("it has more than {MOST_CORNERS} positions; simplify the border")));
        }
        let degrees = |place: usize| corner.get(place).and_then(Value::as_f64);
        let (Some(x), Some(y)) = (degrees(0), degrees(1)) else {
            return Err(AreaError::new(at, "a position is [longitude, latitude] in degrees"));
        };
        if swapped(x, y) {
            let reason = format!("[{x}, {y}] has latitude and longitude swapped; in GeoJSON longitude comes first");
            return Err(AreaError::new(at, reason));
        }
        if x.abs() > 180.0 || y.abs() > 90.0 {
            let reason = format!("[{x}, {y}] is out of range: longitude is -180 to 180, latitude -90 to 90");
            return Err(AreaError::new(at, reason));
        }
        Ok(Coord { x, y })
    }

    fn holds(&self, point: Point) -> bool {
        // The bounding box excludes most points without testing the border.
        let is_in = |polygon: &Polygon, point: &geo::Point| {
            polygon.bounding_rect().is_some_and(|bounds| bounds.intersects(point)) && polygon.intersects(point)
        };
        // A ring over the antimeridian goes on beyond 180 degrees.
        let points = [0.0, TURN, -TURN].map(|turn| geo::Point::new(point.longitude() + turn, point.latitude()));
        self.polygons.iter().any(|polygon| points.iter().any(|point| is_in(polygon, point)))
    }
}

/// Once around the earth, in degrees.
const TURN: f64 = 360.0;

/// The ring without jumps at the antimeridian: a side of more than half a turn goes the other way
/// around (RFC 7946 section 3.1.9 asks for two polygons instead). `None` if it does not come back to
/// where it began.
fn unwrapped(mut corners: Vec<Coord>) -> Option<Vec<Coord>> {
    let mut before = corners.first()?.x;
    for corner in &mut corners {
        while corner.x - before > TURN / 2.0 {
            corner.x -= TURN;
        }
        while before - corner.x > TURN / 2.0 {
            corner.x += TURN;
        }
        before = corner.x;
    }
    (corners.first() == corners.last()).then_some(corners)
}

/// The hole on the same turn as the border of its polygon.
fn beside(hole: LineString, border: &LineString) -> LineString {
    let reach = |ring: &LineString| ring.bounding_rect().map(|bounds| (bounds.min().x, bounds.max().x));
    let (Some((west, east)), Some((from, to))) = (reach(border), reach(&hole)) else { return hole };
    let turn = [0.0, TURN, -TURN].into_iter().find(|turn| from + turn <= east && to + turn >= west);
    match turn {
        Some(turn) if turn != 0.0 => hole.into_iter().map(|corner| Coord { x: corner.x + turn, ..corner }).collect(),
        _ => hole,
    }
}

/// The items of the list under `name`, each with its JSON pointer.
fn items<'a>(
    object: &'a Map<String, Value>,
    name: &'static str,
    at: &str,
) -> Result<impl Iterator<Item = (String, &'a Value)>, AreaError> {
    match object.get(name) {
        Some(value) => list(value, name, format!("{at}/{name}")),
        None => Err(AreaError::new(at, format!("it has no \"{name}\""))),
    }
}

/// The items of a list that must not be empty, each with its JSON pointer.
fn list<'a>(
    value: &'a Value,
    what: &'static str,
    at: String,
) -> Result<impl Iterator<Item = (String, &'a Value)>, AreaError> {
    match value.as_array() {
        Some(items) if !items.is_empty() => {
            Ok(items.iter().enumerate().map(move |(place, item)| (format!("{at}/{place}"), item)))
        }
        Some(_) => Err(AreaError::new(&at, format!("{what} is empty"))),
        None => Err(AreaError::new(&at, format!("{what} is not a list"))),
    }
}

/// Whether a position is outside the United States as written but inside with its coordinates
/// swapped. The states and territories lie between 15 degrees south and 72 north, west of 64 west
/// or (Guam) east of 144 east.
fn swapped(x: f64, y: f64) -> bool {
    let latitude = |degrees: f64| (-15.0..=72.0).contains(&degrees);
    let longitude = |degrees: f64| (-180.0..=-64.0).contains(&degrees) || (144.0..=180.0).contains(&degrees);
    latitude(x) && longitude(y)
}

/// Whether two sides of a polygon cross. Sides are sorted from west to east, so that each is
/// compared with few others.
fn crosses_itself(polygon: &Polygon) -> bool {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    let mut sides: Vec<Line> = rings.flat_map(LineString::lines).collect();
    let west = |side: &Line| side.start.x.min(side.end.x);
    let east = |side: &Line| side.start.x.max(side.end.x);
    sides.sort_by(|a, b| west(a).total_cmp(&west(b)));
    let cross =
        |a: &Line, b: &Line| matches!(line_intersection(*a, *b), Some(LineIntersection::SinglePoint { is_proper: true, .. }));
    sides.iter().enumerate().any(|(at, side)| {
        sides[at + 1..].iter().take_while(|other| west(other) <= east(side)).any(|other| cross(side, other))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A square of half a degree around the center of Kansas City, from its south-west corner.
    fn square() -> Value {
        json!([[-94.8, 38.9], [-94.3, 38.9], [-94.3, 39.3], [-94.8, 39.3], [-94.8, 38.9]])
    }

    fn holds(area: &Value, zip: &str) -> bool {
        in_geojson(area, ZipTable::curated()).unwrap().contains(&zip.parse().unwrap())
    }

    #[test]
    fn an_area_holds_the_zips_whose_middle_lies_in_it() {
        let polygon = json!({"type": "Polygon", "coordinates": [square()]});
        let hole = json!([[-94.7, 39.0], [-94.5, 39.0], [-94.5, 39.2], [-94.7, 39.2], [-94.7, 39.0]]);
        let far = json!([[-80.4, 32.6, 3.0], [-79.7, 32.6, 3.0], [-79.7, 33.2, 3.0], [-80.4, 32.6, 3.0]]);
        let feature = json!({"type": "Feature", "properties": {}, "geometry": polygon});
        for (what, area, zip, held) in [
            ("a polygon", polygon.clone(), "64108", true),
            ("a ZIP elsewhere", polygon.clone(), "29401", false),
            ("a hole", json!({"type": "Polygon", "coordinates": [square(), hole]}), "64108", false),
            ("beside the hole", json!({"type": "Polygon", "coordinates": [square(), hole]}), "64155", true),
            ("two polygons", json!({"type": "MultiPolygon", "coordinates": [[square()], [far]]}), "29401", true),
            ("a feature", feature.clone(), "64108", true),
            ("features", json!({"type": "FeatureCollection", "features": [feature]}), "64108", true),
        ] {
            assert_eq!(holds(&area, zip), held, "{what}");
        }
        let zips = in_geojson(&polygon, ZipTable::curated()).unwrap();
        assert!(zips.is_sorted() && zips.len() > 50);
    }

    #[test]
    fn an_area_may_lie_on_both_sides_of_the_antimeridian() {
        let polygon = |west: f64, east: f64| json!({"type": "Polygon", "coordinates": [[[west, 50], [east, 50], [east, 60], [west, 60], [west, 50]]]});
        // Adak lies at 177 degrees west, Shemya at 174 east, Juneau at 134 west.
        for (what, area) in [
            ("eastward", polygon(170.0, -160.0)),
            ("westward", polygon(-160.0, 170.0)),
            (
                "cut in two",
                json!({"type": "MultiPolygon", "coordinates": [
                [[[170, 50], [180, 50], [180, 60], [170, 60], [170, 50]]],
                [[[-180, 50], [-160, 50], [-160, 60], [-180, 60], [-180, 50]]]]}),
            ),
            (
                "with a hole",
                json!({"type": "Polygon", "coordinates": [
                [[170, 50], [-160, 50], [-160, 60], [170, 60], [170, 50]],
                [[-165, 55], [-164, 55], [-164, 56], [-165, 56], [-165, 55]]]}),
            ),
        ] {
            for (zip, held) in [("99546", true), ("99801", false), ("99615", false), ("99901", false), ("64108", false)] {
                assert_eq!(holds(&area, zip), held, "{what}: {zip}");
            }
        }
        let pole = json!({"type": "Polygon", "coordinates": [[[0, 80], [120, 80], [-120, 80], [0, 80]]]});
        let wrong = in_geojson(&pole, ZipTable::curated()).unwrap_err().to_string();
        assert_eq!(wrong, "the ring goes around a pole (at /coordinates/0)");
    }

    #[test]
    fn a_radius_holds_its_edge_and_no_more() {
        let zips = ZipTable::curated();
        let place = |zip: &str| zips.get(zip.parse().unwrap()).unwrap();
        let (center, other) = (place("64108"), place("66212"));
        let miles = center.point.miles_to(other.point);
        assert!(around(center.point, miles, zips).contains(&other.zip));
        let nearer = Miles::new(miles.value() - 0.001).unwrap();
        assert!(!around(center.point, nearer, zips).contains(&other.zip));
        assert_eq!(around(center.point, Miles::new(0.0).unwrap(), zips), [center.zip]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let ring = |ring: Value| json!({"type": "Polygon", "coordinates": [ring]});
        let many: Vec<Value> = (0..=MOST_CORNERS).map(|_| json!([-94.0, 39.0])).collect();
        for (area, says) in [
            (json!([1, 2]), "it is not GeoJSON, which is an object with a \"type\""),
            (json!({"coordinates": []}), "it is not GeoJSON: it has no \"type\""),
            (
                json!({"type": "Point", "coordinates": [-94.0, 39.0]}),
                "an area must be a Polygon or a MultiPolygon; this is a Point",
            ),
            (json!({"type": "Feature"}), "the Feature has no \"geometry\""),
            (json!({"type": "Polygon"}), "it has no \"coordinates\""),
            (json!({"type": "Polygon", "coordinates": []}), "coordinates is empty (at /coordinates)"),
            (ring(json!(7)), "the ring is not a list (at /coordinates/0)"),
            (
                ring(json!([[-94.0, 39.0], [-93.0, 39.0], [-94.0, 39.0]])),
                "a ring must have at least 4 positions; this one has 3 (at /coordinates/0)",
            ),
            (
                ring(json!([[-94.0, 39.0], [-93.0, 39.0], [-93.0, 40.0], [-94.0, 40.0]])),
                "the ring is open: its last position must equal its first (at /coordinates/0)",
            ),
            (ring(json!([["west", 39.0]])), "a position is [longitude, latitude] in degrees (at /coordinates/0/0)"),
            (
                ring(json!([[-94.0, 39.0], [39.1, -94.0]])),
                "[39.1, -94.0] has latitude and longitude swapped; in GeoJSON longitude comes first (at /coordinates/0/1)",
            ),
            (
                ring(json!([[-94.0, 139.0]])),
                "[-94.0, 139.0] is out of range: longitude is -180 to 180, latitude -90 to 90 (at /coordinates/0/0)",
            ),
            (
                ring(json!([[-94.8, 38.9], [-94.3, 39.3], [-94.3, 38.9], [-94.8, 39.3], [-94.8, 38.9]])),
                "its border crosses itself",
            ),
            (
                ring(json!([[-40.0, 30.0], [-39.0, 30.0], [-39.0, 31.0], [-40.0, 30.0]])),
                "it contains the center of no ZIP code",
            ),
            (ring(json!(many)), "it has more than 10000 positions; simplify the border"),
        ] {
            let wrong = in_geojson(&area, ZipTable::curated()).unwrap_err().to_string();
            assert!(wrong.replace(".0", "").starts_with(&says.replace(".0", "")), "{wrong}\n{says}");
        }
    }
}
