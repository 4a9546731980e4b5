//! The map, drawn here as SVG, so that no third party learns the patient's location. The table has the same information.

use std::fmt::Write;

use askama::Template;

use crate::place::{Miles, Point};
use crate::serve::pages::map::markers::RADIUS;
use crate::serve::pages::map::outlines::BoundaryKind;
use crate::serve::pages::map::projection::{CanvasPoint, FARTHEST, MIDDLE, Projection, SIDE, miles_from};
use crate::serve::pages::map::svg::{drawable, number, path};

pub(crate) mod markers;
pub(crate) mod outlines;
pub(crate) mod projection;
pub(crate) mod rings;
pub(crate) mod svg;

/// How many providers get a number; the rest are dots.
const NUMBERED: usize = 99;

/// How many providers the text alternative names; the table has all.
const TOLD: usize = 20;

/// Half the side of the map of one provider, in miles: enough to recognize the area by its county lines.
const AROUND_ONE: f64 = 12.0;

/// County lines are left out on maps that reach farther than this many miles from the center, because they are too dense there.
const COUNTIES_UP_TO: f64 = 200.0;

/// A provider on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct MapPin {
    /// Its rank in the answer, which is its number on the map.
    pub rank: u32,
    /// Its name, for the text alternative.
    pub name: String,
    /// Its location.
    pub point: Point,
}

/// A drawing that renders as an SVG element. Rendering escapes all text.
#[derive(Debug, Template)]
#[template(path = "map.svg", config = "src/serve/askama.toml")]
pub struct MapDrawing {
    title: String,
    /// The text alternative.
    told: String,
    boundaries: Vec<BoundaryPath>,
    rings: Vec<RingCircle>,
    /// Whether a cross marks the search location; otherwise a pin marks the one provider in the center.
    asked: bool,
    /// Best last, so that it is drawn over all others.
    places: Vec<PlaceMark>,
    scale: ScaleBar,
}

/// The lines of one kind of border.
#[derive(Debug)]
struct BoundaryPath {
    class: &'static str,
    d: String,
    color: &'static str,
    width: &'static str,
}

/// A ring and the position of its label.
#[derive(Debug)]
struct RingCircle {
    miles: f64,
    radius: f64,
    x: f64,
    y: f64,
}

/// A provider, with its number on it or beside it.
#[derive(Debug)]
struct PlaceMark {
    title: String,
    rank: u32,
    x: f64,
    y: f64,
    number: Option<NumberMark>,
}

/// The number of a provider in a circle.
#[derive(Debug)]
struct NumberMark {
    x: f64,
    y: f64,
    /// The baseline of the number.
    baseline: f64,
    /// The font size that fits into the circle.
    size: u8,
    /// Whether it is beside its provider, with a line between them.
    is_beside: bool,
}

/// The scale below the square.
#[derive(Debug)]
struct ScaleBar {
    miles: f64,
    end: f64,
    label: f64,
}

/// A map of `pins` around `center`, with rings up to `within` if the patient travels; `None` if there is nothing to draw. Providers over
/// 500 miles away are not drawn, only counted in the text alternative.
pub fn draw(center: Point, within: Option<Miles>, pins: &[MapPin]) -> Option<MapDrawing> {
    let far = |pin: &MapPin| {
        let (east, north) = miles_from(center, pin.point);
        east.abs().max(north.abs())
    };
    let near: Vec<&MapPin> = pins.iter().filter(|pin| center.miles_to(pin.point).value() <= FARTHEST).collect();
    let farthest = near.iter().map(|pin| far(pin)).fold(0.0, f64::max);
    let reach = reach(farthest, within.map(Miles::value), near.len())?;
    let rings = rings::ring_radii(reach, within.map(Miles::value));
    let sheet = MapCanvas { center, view: Projection::new(center, reach), rings };
    Some(sheet.drawn(&near, pins.len() - near.len()))
}

/// A small map of one provider.
pub fn draw_place(name: &str, point: Point) -> MapDrawing {
    let view = Projection::new(point, AROUND_ONE);
    MapDrawing {
        title: format!("Map: location of {}", drawable(name)),
        told: "County and state lines near the provider. The address is in the table.".to_owned(),
        boundaries: boundaries(&view),
        rings: Vec::new(),
        asked: false,
        places: Vec::new(),
        scale: ScaleBar::new(&view),
    }
}

/// How far the map reaches from its center, in miles. A ring far beyond all providers is left out, so that close providers stay apart.
fn reach(farthest: f64, within: Option<f64>, places: usize) -> Option<f64> {
    match within {
        Some(within) if places == 0 || farthest > within / 3.0 => Some(within.max(farthest)),
        Some(_) => Some(farthest * 1.3),
        None => (places > 0).then_some(farthest * 1.05),
    }
    .map(|reach| reach.max(1.0))
}

/// A map around one center.
struct MapCanvas {
    center: Point,
    view: Projection,
    /// The radii of the rings, in miles.
    rings: Vec<f64>,
}

impl MapCanvas {
    fn drawn(&self, pins: &[&MapPin], beyond: usize) -> MapDrawing {
        let spots: Vec<CanvasPoint> = pins.iter().map(|pin| self.view.spot(pin.point)).collect();
        let markers = markers::spread_markers(&spots[..spots.len().min(NUMBERED)]);
        let rings = self.rings.iter().map(|miles| RingCircle::new(*miles, &self.view, &markers)).collect();
        let markers = markers.into_iter().chain(std::iter::repeat(None));
        let places = pins.iter().zip(spots).zip(markers).map(|((pin, spot), marker)| PlaceMark::new(pin, spot, marker));
        let mut places: Vec<PlaceMark> = places.collect();
        places.reverse();
        MapDrawing {
            title: match pins.len() {
                0 => "Map: no providers to show".to_owned(),
                1 => "Map: 1 provider".to_owned(),
                several => format!("Map: {several} providers"),
            },
            told: self.describe(pins, beyond),
            boundaries: boundaries(&self.view),
            rings,
            asked: true,
            places,
            scale: ScaleBar::new(&self.view),
        }
    }

    /// The text alternative of the map.
    fn describe(&self, pins: &[&MapPin], beyond: usize) -> String {
        let mut told = String::from("The cross marks the search location.");
        // Writing to a String cannot fail.
        if let Some((last, others)) = self.rings.split_last() {
            let others: Vec<String> = others.iter().map(|miles| format!("{miles} and ")).collect();
            let _ = write!(told, " Rings at {}{last} miles.", others.concat());
        }
        for pin in pins.iter().take(TOLD) {
            let _ = write!(told, " {}: {}, {}.", pin.rank, drawable(&pin.name), self.direction_text(pin.point));
        }
        if pins.len() > TOLD {
            let _ = write!(told, " {} more are in the table.", pins.len() - TOLD);
        }
        if beyond > 0 {
            let _ = write!(told, " {beyond} more than {FARTHEST} miles away are not shown.");
        }
        told
    }

    /// "3.1 miles northeast".
    fn direction_text(&self, point: Point) -> String {
        let miles = self.center.miles_to(point);
        if miles.value() < 0.05 {
            return "at the search location".to_owned();
        }
        let (east, north) = miles_from(self.center, point);
        format!("{miles} miles {}", rings::compass_direction(east, north))
    }
}

impl RingCircle {
    fn new(miles: f64, view: &Projection, markers: &[Option<CanvasPoint>]) -> Self {
        let radius = view.length(miles);
        let label = rings::label(radius, markers);
        Self { miles, radius: number(radius), x: number(label.x), y: number(label.y + 4.0) }
    }
}

impl PlaceMark {
    fn new(pin: &MapPin, spot: CanvasPoint, marker: Option<CanvasPoint>) -> Self {
        let size = match pin.rank {
            0..100 => 12,
            100..1000 => 9,
            _ => 7,
        };
        let mark = |marker: CanvasPoint| NumberMark {
            x: number(marker.x),
            y: number(marker.y),
            baseline: number(marker.y + f64::from(size) * 0.36),
            size,
            is_beside: marker.to(spot) > 0.1,
        };
        let title = format!("{}. {}", pin.rank, drawable(&pin.name));
        Self { title, rank: pin.rank, x: number(spot.x), y: number(spot.y), number: marker.map(mark) }
    }
}

impl ScaleBar {
    fn new(view: &Projection) -> Self {
        let miles = rings::round_up_to(view.reach() / 2.0);
        let end = 8.0 + view.length(miles);
        Self { miles, end: number(end), label: number(end + 6.0) }
    }

    fn unit(&self) -> &'static str {
        if (self.miles - 1.0).abs() < f64::EPSILON { "mile" } else { "miles" }
    }
}

/// The boundary lines: light for counties, strong for states and the edge of the country.
fn boundaries(view: &Projection) -> Vec<BoundaryPath> {
    let kinds = [
        (BoundaryKind::Counties, "county", "#c5ccd4", "1"),
        (BoundaryKind::States, "state", "#7a8694", "1.6"),
        (BoundaryKind::Country, "country", "#5b6775", "1.6"),
    ];
    let in_sight =
        |(divides, ..): &(BoundaryKind, _, _, _)| *divides != BoundaryKind::Counties || view.reach() <= COUNTIES_UP_TO;
    let drawn = |(divides, class, color, width)| {
        let lines = outlines::all().iter().filter(|line| line.divides == divides);
        let pieces: Vec<Vec<CanvasPoint>> = lines.flat_map(|line| view.pieces(line)).collect();
        (!pieces.is_empty()).then(|| BoundaryPath { class, d: path(&pieces), color, width })
    };
    kinds.into_iter().filter(in_sight).filter_map(drawn).collect()
}
