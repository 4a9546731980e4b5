//! The map: drawn here as SVG, so that no stranger's server learns where the patient is. The table says all that it says.

use std::fmt::Write;

use crate::place::{Miles, Point};
use crate::serve::pages::map::markers::RADIUS;
use crate::serve::pages::map::outlines::BoundaryKind;
use crate::serve::pages::map::projection::{CanvasPoint, FARTHEST, MIDDLE, Projection, SIDE, miles_from};
use crate::serve::pages::map::svg::{escaped, number};

pub(crate) mod markers;
pub(crate) mod outlines;
pub(crate) mod projection;
pub(crate) mod rings;
pub mod svg;

/// How many places are numbered; those after are dots.
const NUMBERED: usize = 99;

/// How many places are told to who hears the map read; the table tells all.
const TOLD: usize = 20;

/// Half the side of the map of one place, in miles: far enough to know the neighbourhood by its county lines.
const AROUND_ONE: f64 = 12.0;

/// Beyond so many miles from the centre to a side county lines are too dense to help, and are left out.
const COUNTIES_UP_TO: f64 = 200.0;

/// The strip below the square, for the scale and the credit.
const STRIP: f64 = 24.0;

/// Who drew the lines.
const CREDIT: &str = "Outlines: U.S. Census Bureau, by us-atlas";

/// A place on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct MapPin {
    /// Its rank in the answer, which is what is written on it.
    pub rank: u32,
    /// Its name, for who hears the map read.
    pub name: String,
    /// Where it is.
    pub point: Point,
}

/// A map of `pins` around `center`, with rings up to `within` where the patient travels, as an SVG element; `None` where there is
/// nothing to draw. Places over 500 miles away are counted in its description and not drawn.
pub fn svg(center: Point, within: Option<Miles>, pins: &[MapPin]) -> Option<String> {
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

/// A small map of where one place is.
pub fn of_one(name: &str, point: Point) -> String {
    let view = Projection::new(point, AROUND_ONE);
    let mut drawing = String::new();
    // A String takes whatever is written.
    let _ = write!(
        drawing,
        r##"{}<circle class="pin" cx="{x}" cy="{y}" r="7" fill="#0b4f8a" stroke="#fff" stroke-width="2"/>"##,
        draw_boundaries(&view),
        x = MIDDLE.x,
        y = MIDDLE.y,
    );
    drawing.push_str(&scale(&view));
    let title = format!("Map: where {} is", escaped(name));
    element(&title, "County and state lines around the place. The address says where it is in words.", &drawing)
}

/// How far the map reaches from its centre. A ring that no place is near is left outside, so that places near each other can be told
/// apart.
fn reach(farthest: f64, within: Option<f64>, places: usize) -> Option<f64> {
    match within {
        Some(within) if places == 0 || farthest > within / 3.0 => Some(within.max(farthest)),
        Some(_) => Some(farthest * 1.3),
        None => (places > 0).then_some(farthest * 1.05),
    }
    .map(|reach| reach.max(1.0))
}

/// What is drawn around one centre.
struct MapCanvas {
    center: Point,
    view: Projection,
    /// The radii of the rings, in miles.
    rings: Vec<f64>,
}

impl MapCanvas {
    fn drawn(&self, pins: &[&MapPin], beyond: usize) -> String {
        let spots: Vec<CanvasPoint> = pins.iter().map(|pin| self.view.spot(pin.point)).collect();
        let markers = markers::spread_markers(&spots[..spots.len().min(NUMBERED)]);
        let mut drawing = draw_boundaries(&self.view);
        for ring in &self.rings {
            drawing.push_str(&self.ring(*ring, &markers));
        }
        drawing.push_str(CENTER);
        let markers = markers.into_iter().chain(std::iter::repeat(None));
        let places: Vec<(&MapPin, CanvasPoint, Option<CanvasPoint>)> =
            pins.iter().zip(spots).zip(markers).map(|((pin, spot), marker)| (*pin, spot, marker)).collect();
        // The best is drawn last and over all others.
        places.iter().rev().for_each(|(pin, spot, marker)| drawing.push_str(&place(pin, *spot, *marker)));
        drawing.push_str(&scale(&self.view));
        let title = match pins.len() {
            0 => "Map: no place to show".to_owned(),
            1 => "Map: 1 place".to_owned(),
            several => format!("Map: {several} places"),
        };
        element(&title, &self.describe(pins, beyond), &drawing)
    }

    fn ring(&self, miles: f64, markers: &[Option<CanvasPoint>]) -> String {
        let radius = self.view.length(miles);
        let label = rings::label(radius, markers);
        format!(
            r##"<circle class="ring" cx="{x}" cy="{y}" r="{r}" fill="none" stroke="#5b6775" stroke-dasharray="4 4"/><text class="ring-label" x="{tx}" y="{ty}" text-anchor="middle" font-size="12" fill="#333c46" stroke="#fff" stroke-width="3" paint-order="stroke">{miles} mi</text>"##,
            x = MIDDLE.x,
            y = MIDDLE.y,
            r = number(radius),
            tx = number(label.x),
            ty = number(label.y + 4.0),
        )
    }

    /// The map in words.
    fn describe(&self, pins: &[&MapPin], beyond: usize) -> String {
        let mut told = String::from("The cross is the place asked for.");
        if let Some((last, others)) = self.rings.split_last() {
            let others: Vec<String> = others.iter().map(|miles| format!("{miles} and ")).collect();
            let _ = write!(told, " Rings at {}{last} miles.", others.concat());
        }
        for pin in pins.iter().take(TOLD) {
            let _ = write!(told, " {}: {}, {}.", pin.rank, escaped(&pin.name), self.direction_text(pin.point));
        }
        if pins.len() > TOLD {
            let _ = write!(told, " {} more are in the table.", pins.len() - TOLD);
        }
        if beyond > 0 {
            let _ = write!(told, " {beyond} over {FARTHEST} miles away are not drawn.");
        }
        told
    }

    /// "3.1 miles north-east".
    fn direction_text(&self, point: Point) -> String {
        let miles = self.center.miles_to(point);
        if miles.value() < 0.05 {
            return "here".to_owned();
        }
        let (east, north) = miles_from(self.center, point);
        format!("{miles} miles {}", rings::compass_direction(east, north))
    }
}

/// The centre.
const CENTER: &str = r##"<path class="center" d="M240 229v22M229 240h22" fill="none" stroke="#b3261e" stroke-width="3"/>"##;

/// Where the place is, and its number there or beside it with a line between.
fn place(pin: &MapPin, spot: CanvasPoint, marker: Option<CanvasPoint>) -> String {
    let (x, y) = (number(spot.x), number(spot.y));
    let title = format!("{}. {}", pin.rank, escaped(&pin.name));
    let Some(marker) = marker else {
        return format!(
            r##"<circle class="dot" cx="{x}" cy="{y}" r="3" fill="#0b4f8a" stroke="#fff"><title>{title}</title></circle>"##
        );
    };
    let (mx, my) = (number(marker.x), number(marker.y));
    let leader = if marker.to(spot) > 0.1 {
        format!(
            r##"<path class="leader" d="M{x} {y}L{mx} {my}" stroke="#0b4f8a"/><circle class="dot" cx="{x}" cy="{y}" r="2.5" fill="#0b4f8a"/>"##
        )
    } else {
        String::new()
    };
    // As large as fits into the circle.
    let size = match pin.rank {
        0..100 => 12,
        100..1000 => 9,
        _ => 7,
    };
    format!(
        r##"<g class="place"><title>{title}</title>{leader}<circle class="pin" cx="{mx}" cy="{my}" r="{RADIUS}" fill="#0b4f8a" stroke="#fff"/><text class="pin-number" x="{mx}" y="{ty}" text-anchor="middle" font-size="{size}" font-weight="bold" fill="#fff">{rank}</text></g>"##,
        ty = number(marker.y + f64::from(size) * 0.36),
        rank = pin.rank,
    )
}

/// The lines of the land: light between counties, strong between states and at the edge of the country.
fn draw_boundaries(view: &Projection) -> String {
    let kinds = [
        (BoundaryKind::Counties, "county", "#c5ccd4", "1"),
        (BoundaryKind::States, "state", "#7a8694", "1.6"),
        (BoundaryKind::Country, "country", "#5b6775", "1.6"),
    ];
    let mut land = format!(r##"<rect class="land" width="{SIDE}" height="{SIDE}" fill="#f7f9fb"/>"##);
    for (divides, class, color, width) in kinds {
        if divides == BoundaryKind::Counties && view.reach() > COUNTIES_UP_TO {
            continue;
        }
        let lines = outlines::all().iter().filter(|line| line.divides == divides);
        let pieces: Vec<Vec<CanvasPoint>> = lines.flat_map(|line| view.pieces(line)).collect();
        if !pieces.is_empty() {
            let _ = write!(
                land,
                r#"<path class="{class}" transform="scale(.1)" d="{}" fill="none" stroke="{color}" stroke-width="{width}" vector-effect="non-scaling-stroke"/>"#,
                svg::path(&pieces),
            );
        }
    }
    land
}

/// The scale and the credit, below the square.
fn scale(view: &Projection) -> String {
    let miles = rings::round_up_to(view.reach() / 2.0);
    let (from, to, y) = (8.0, 8.0 + view.length(miles), SIDE + 16.0);
    let unit = if (miles - 1.0).abs() < f64::EPSILON { "mile" } else { "miles" };
    format!(
        r##"<path class="scale" d="M{from} {up}V{y}H{to}V{up}" fill="none" stroke="#333c46"/><text class="scale-label" x="{after}" y="{y}" font-size="12" fill="#333c46">{miles} {unit}</text><text class="credit" x="{end}" y="{y}" text-anchor="end" font-size="10" fill="#4a5561">{CREDIT}</text>"##,
        up = y - 6.0,
        to = number(to),
        after = number(to + 6.0),
        end = SIDE - 4.0,
    )
}

fn element(title: &str, told: &str, drawing: &str) -> String {
    let height = SIDE + STRIP;
    format!(
        r#"<svg class="drawing" viewBox="0 0 {SIDE} {height}" role="img" aria-labelledby="map-title map-told"><title id="map-title">{title}</title><desc id="map-told">{told}</desc>{drawing}</svg>"#
    )
}
