//! The map, drawn here as SVG, so that no third party learns the patient's location. The table has the same information.

use std::fmt::Write;

use askama::Template;

use crate::matching::report::FitTier;
use crate::place::{Miles, Point};
use crate::serve::pages::map::ground::{GroundPath, ground};
use crate::serve::pages::map::pins::{MapPin, PinShape, PlaceMark};
use crate::serve::pages::map::projection::{CanvasPoint, FARTHEST, MIDDLE, Projection, SIDE, miles_from};
use crate::serve::pages::map::svg::{dots_path, drawable, number};
use crate::serve::pages::map::towns::{TownMark, towns_in};

pub(crate) mod ground;
pub(crate) mod markers;
pub(crate) mod outlines;
pub mod pins;
pub(crate) mod projection;
pub(crate) mod rings;
pub(crate) mod svg;
pub(crate) mod towns;

/// How many providers get a number; the rest are dots.
const NUMBERED: usize = 99;

/// How many providers the text alternative names; the table has all.
const TOLD: usize = 20;

/// Half the side of the map of one provider, in miles: enough to recognize the area by its towns.
const AROUND_ONE: f64 = 12.0;

/// A drawing that renders as an SVG element. Rendering escapes all text.
#[derive(Debug, Template)]
#[template(path = "map.svg", config = "src/serve/askama.toml")]
pub struct MapDrawing {
    title: String,
    /// The text alternative.
    told: String,
    ground: Vec<GroundPath>,
    towns: Vec<TownMark>,
    /// The dots of the ZIPs that a provider serves; empty on the map of an answer.
    served: String,
    rings: Vec<RingCircle>,
    /// Whether a cross marks the search location; otherwise a pin marks the one provider in the center.
    asked: bool,
    /// Best last, so that it is drawn over all others.
    places: Vec<PlaceMark>,
    /// The shapes in use, with the names of their tiers, best first.
    pub(crate) legend: Vec<(PinShape, &'static str)>,
    scale: ScaleBar,
}

/// A ring and the position of its label.
#[derive(Debug)]
struct RingCircle {
    miles: f64,
    radius: f64,
    x: f64,
    y: f64,
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

/// A map of one provider, with the ZIPs that it `serves`, if that is known.
pub fn draw_place(name: &str, point: Point, serves: &[Point]) -> MapDrawing {
    let far = |zip: &Point| {
        let (east, north) = miles_from(point, *zip);
        east.abs().max(north.abs())
    };
    let farthest = serves.iter().map(far).filter(|miles| *miles <= FARTHEST).fold(0.0, f64::max);
    let view = Projection::new(point, (farthest * 1.1).max(AROUND_ONE));
    let spots: Vec<CanvasPoint> = serves.iter().map(|zip| view.spot(*zip)).filter(|spot| spot.is_inside()).collect();
    MapDrawing {
        title: format!("Map: location of {}", drawable(name)),
        told: match serves.len() {
            0 => "The provider, towns, water, and county and state lines.".to_owned(),
            _ => "The provider, a dot at each ZIP code that it serves, towns, water, and county and state lines.".to_owned(),
        },
        ground: ground(&view),
        towns: towns_in(&view, &[MIDDLE]),
        served: dots_path(&spots),
        rings: Vec::new(),
        asked: false,
        places: Vec::new(),
        legend: Vec::new(),
        scale: ScaleBar::new(&view),
    }
}

impl MapDrawing {
    /// Whether the provider of that rank is on it.
    pub(crate) fn shows(&self, rank: u32) -> bool {
        self.places.iter().any(|place| place.rank == rank)
    }
}

/// Unpacks the lines and makes the list of towns, so that the first page does not wait for it.
pub(crate) fn prepare() {
    outlines::all();
    towns::prepare();
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
        let taken: Vec<CanvasPoint> = markers.iter().flatten().copied().chain([MIDDLE]).collect();
        let towns = towns_in(&self.view, &taken);
        let markers = markers.into_iter().chain(std::iter::repeat(None));
        let places = pins.iter().zip(spots).zip(markers).map(|((pin, spot), marker)| PlaceMark::new(pin, spot, marker));
        let mut places: Vec<PlaceMark> = places.collect();
        places.reverse();
        let mut legend: Vec<(PinShape, &'static str)> = Vec::new();
        for fit in FitTier::ALL {
            legend.extend(pins.iter().find(|pin| pin.fit == fit).map(|pin| (PinShape::of(fit), pin.fit_label)));
        }
        MapDrawing {
            title: match pins.len() {
                0 => "Map: no providers to show".to_owned(),
                1 => "Map: 1 provider".to_owned(),
                several => format!("Map: {several} providers"),
            },
            told: self.describe(pins, beyond),
            ground: ground(&self.view),
            towns,
            served: String::new(),
            rings,
            asked: true,
            places,
            legend,
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
