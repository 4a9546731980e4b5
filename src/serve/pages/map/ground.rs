//! What lies below the pins of a map: water, borders and towns.

use crate::serve::pages::map::outlines;
use crate::serve::pages::map::outlines::MapLineKind;
use crate::serve::pages::map::projection::{CanvasPoint, Projection};
use crate::serve::pages::map::svg::{area_path, path};

/// County lines are left out on maps that reach farther than this many miles from the center, because they are too dense there.
const COUNTIES_UP_TO: f64 = 200.0;

/// Maps that reach farther than this many miles draw the coarse form of seas and lakes, which is exact to about a mile.
const EXACT_UP_TO: f64 = 100.0;

/// The lines or areas of one kind. Colors and widths are those of a viewer without our style sheet.
#[derive(Debug)]
pub(crate) struct GroundPath {
    /// The class of its colors.
    pub class: &'static str,
    /// The `d` of its path, in tenths of a unit.
    pub d: String,
    /// The color of an area; `none` for lines.
    pub fill: &'static str,
    /// The color of a line; `none` for areas.
    pub stroke: &'static str,
    /// The width of a line.
    pub width: &'static str,
}

/// Seas, lakes, rivers and borders in `view`, the lowest first. Borders are light for counties and strong for states.
pub(crate) fn ground(view: &Projection) -> Vec<GroundPath> {
    let [sea, lake] = if view.reach() <= EXACT_UP_TO {
        [MapLineKind::Sea, MapLineKind::Lake]
    } else {
        [MapLineKind::WideSea, MapLineKind::WideLake]
    };
    let mut drawn = vec![area(view, sea, "water"), area(view, lake, "water")];
    drawn.push(line(view, MapLineKind::River, "river", "#9dbfda", "1.2"));
    if view.reach() <= COUNTIES_UP_TO {
        drawn.push(line(view, MapLineKind::Counties, "county", "#c5ccd4", "1"));
    }
    drawn.push(line(view, MapLineKind::States, "state", "#7a8694", "1.6"));
    drawn.push(line(view, MapLineKind::Country, "country", "#5b6775", "1.6"));
    drawn.retain(|path| !path.d.is_empty());
    drawn
}

fn area(view: &Projection, kind: MapLineKind, class: &'static str) -> GroundPath {
    let borders: Vec<Vec<CanvasPoint>> = outlines::all().near(kind, view.rect()).filter_map(|ring| view.area(ring)).collect();
    GroundPath { class, d: area_path(&borders), fill: "#d3e4f1", stroke: "none", width: "0" }
}

fn line(view: &Projection, kind: MapLineKind, class: &'static str, stroke: &'static str, width: &'static str) -> GroundPath {
    let pieces: Vec<Vec<CanvasPoint>> = outlines::all().near(kind, view.rect()).flat_map(|line| view.pieces(line)).collect();
    GroundPath { class, d: path(&pieces), fill: "none", stroke, width }
}
