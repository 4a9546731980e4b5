//! Towns on maps: the most populous of those in view whose name has space.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use crate::place::{Point, State, ZipKind, ZipTable};
use crate::serve::pages::map::markers::RADIUS;
use crate::serve::pages::map::outlines::GlobeRect;
use crate::serve::pages::map::projection::{CanvasPoint, Projection, SIDE};
use crate::serve::pages::map::svg::number;

/// How many towns are named at most. Our choice: more hide the pins.
const NAMED: usize = 12;

/// How many of the most populous towns in view are tried.
const TRIED: usize = 60;

/// On a map that is higher than this many degrees, only so many towns of a square degree are tried.
const WIDE: f64 = 3.0;
const FIRST_OF_SQUARE: usize = 5;

/// The height of a name, and the usual width of one of its letters.
const LETTER_HEIGHT: f64 = 14.0;
const LETTER_WIDTH: f64 = 7.2;

/// A town: its ZIPs with streets.
#[derive(Debug)]
struct Town {
    name: &'static str,
    /// The mean of the points of its ZIPs, by their people.
    point: Point,
    people: u64,
}

/// All towns, the most populous first, with the numbers of those in each square degree.
#[derive(Debug, Default)]
struct TownGrid {
    towns: Vec<Town>,
    squares: HashMap<(i32, i32), Vec<usize>>,
}

static TOWNS: LazyLock<TownGrid> = LazyLock::new(|| TownGrid::new(ZipTable::curated()));

/// A town on the map.
#[derive(Debug)]
pub(crate) struct TownMark {
    /// Its name.
    pub name: &'static str,
    /// The position of its dot.
    pub x: f64,
    /// The position of its dot.
    pub y: f64,
    /// Where its name begins or ends.
    pub label_x: f64,
    /// The baseline of its name.
    pub label_y: f64,
    /// `start` if the name is right of the dot, `end` if it is left of it.
    pub anchor: &'static str,
}

/// Makes the list of towns, so that the first map does not wait for it.
pub(crate) fn prepare() {
    LazyLock::force(&TOWNS);
}

/// The towns of `view`. A name covers no other name and none of `markers`.
pub(crate) fn towns_in(view: &Projection, markers: &[CanvasPoint]) -> Vec<TownMark> {
    let around =
        |at: &CanvasPoint| NameBox { left: at.x - RADIUS, right: at.x + RADIUS, top: at.y - RADIUS, bottom: at.y + RADIUS };
    let mut taken: Vec<NameBox> = markers.iter().map(around).collect();
    let mut named = Vec::new();
    let towns = TOWNS.near(view.rect()).map(|town| (town, view.spot(town.point)));
    for (town, spot) in towns.filter(|(_, spot)| spot.is_inside()).take(TRIED) {
        let free = |name: &NameBox| name.fits() && taken.iter().all(|other| !other.overlaps(name));
        let Some((name, anchor)) = sides(spot, town.name).into_iter().find(|(name, _)| free(name)) else { continue };
        named.push(TownMark::new(town.name, spot, &name, anchor));
        taken.push(name);
        if named.len() == NAMED {
            break;
        }
    }
    named
}

/// The space of a dot with its name right of it, or left of it.
fn sides(spot: CanvasPoint, name: &str) -> [(NameBox, &'static str); 2] {
    let letters = u32::try_from(name.chars().count()).map_or(0.0, f64::from);
    let wide = 8.0 + letters * LETTER_WIDTH;
    let high = LETTER_HEIGHT / 2.0 + 1.0;
    let beside = |left, right| NameBox { left, right, top: spot.y - high, bottom: spot.y + high };
    [(beside(spot.x - 4.0, spot.x + wide), "start"), (beside(spot.x - wide, spot.x + 4.0), "end")]
}

/// A rectangle of the drawing.
#[derive(Debug, Clone, Copy)]
struct NameBox {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl NameBox {
    fn fits(&self) -> bool {
        self.left >= 2.0 && self.right <= SIDE - 2.0 && self.top >= 2.0 && self.bottom <= SIDE - 2.0
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }
}

impl TownMark {
    fn new(name: &'static str, spot: CanvasPoint, space: &NameBox, anchor: &'static str) -> Self {
        let label = if anchor == "start" { space.left + 9.0 } else { space.right - 9.0 };
        Self { name, x: number(spot.x), y: number(spot.y), label_x: number(label), label_y: number(spot.y + 5.0), anchor }
    }
}

impl TownGrid {
    fn new(zips: &'static ZipTable) -> Self {
        // By name and state, so that towns with as many people are always in the same order.
        let mut sums: BTreeMap<(&'static str, State), (u64, f64, f64)> = BTreeMap::new();
        for zip in zips.iter().filter(|zip| zip.kind == ZipKind::Standard) {
            let people = zips.people(zip.zip);
            let sum = sums.entry((zip.city, zip.state)).or_default();
            sum.0 += u64::from(people);
            sum.1 += f64::from(people) * zip.point.latitude();
            sum.2 += f64::from(people) * zip.point.longitude();
        }
        let town = |((name, _), (people, north, east)): ((&'static str, State), (u64, f64, f64))| {
            let count = f64::from(u32::try_from(people).ok().filter(|people| *people > 0)?);
            Some(Town { name, point: Point::from_degrees(north / count, east / count)?, people })
        };
        let mut towns: Vec<Town> = sums.into_iter().filter_map(town).collect();
        towns.sort_by_key(|town| Reverse(town.people));
        let mut squares: HashMap<(i32, i32), Vec<usize>> = HashMap::new();
        for (number, town) in towns.iter().enumerate() {
            let square = (degree(town.point.longitude()), degree(town.point.latitude()));
            squares.entry(square).or_default().push(number);
        }
        Self { towns, squares }
    }

    /// The towns in and next to `rect`, the most populous first; if it is wide, only the first of each square degree.
    fn near(&self, rect: GlobeRect) -> impl Iterator<Item = &Town> {
        let most = if rect.north - rect.south > WIDE { FIRST_OF_SQUARE } else { usize::MAX };
        let mut found: Vec<usize> = Vec::new();
        for (east, north) in rect.squares() {
            found.extend(self.squares.get(&(east, north)).into_iter().flatten().take(most));
        }
        found.sort_unstable();
        found.into_iter().filter_map(|number| self.towns.get(number))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a degree of the globe")]
fn degree(degrees: f64) -> i32 {
    degrees.floor() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(latitude: f64, longitude: f64, miles: f64, markers: &[CanvasPoint]) -> Vec<&'static str> {
        let view = Projection::new(Point::from_degrees(latitude, longitude).unwrap(), miles);
        towns_in(&view, markers).iter().map(|town| town.name).collect()
    }

    #[test]
    fn the_largest_towns_around_are_named() {
        let named = names(39.08, -94.58, 25.0, &[]);
        for town in ["Kansas City", "Overland Park", "Olathe", "Lees Summit"] {
            assert!(named.contains(&town), "{named:?}");
        }
        assert!(named.len() <= NAMED);
        let rural = names(47.0, -107.0, 40.0, &[]);
        assert!(!rural.is_empty(), "a small town is one where there is no larger");
    }

    #[test]
    fn no_name_covers_a_marker_or_another_name() {
        let view = Projection::new(Point::from_degrees(40.7, -74.0).unwrap(), 15.0);
        let markers: Vec<CanvasPoint> = (0..40).map(|at| CanvasPoint { x: f64::from(at) * 12.0, y: 240.0 }).collect();
        let mut boxes = Vec::new();
        for town in towns_in(&view, &markers) {
            let spot = CanvasPoint { x: town.x, y: town.y };
            let (space, _) = sides(spot, town.name).into_iter().find(|(_, anchor)| *anchor == town.anchor).unwrap();
            assert!(space.top > 250.0 || space.bottom < 230.0, "{town:?}");
            assert!(boxes.iter().all(|other: &NameBox| !other.overlaps(&space)), "{town:?}");
            boxes.push(space);
        }
        assert!(boxes.len() > 4);
    }

    #[test]
    fn a_small_map_within_a_large_city_has_its_towns() {
        let named = names(40.66, -74.21, 4.0, &[]);
        assert!(named.contains(&"Elizabeth"), "{named:?}");
    }

    #[test]
    fn towns_with_as_many_people_are_always_in_the_same_order() {
        let order = |grid: &TownGrid| grid.towns.iter().map(|town| (town.people, town.name, town.point)).collect::<Vec<_>>();
        let once = order(&TOWNS);
        assert!(once.windows(2).any(|pair| pair[0].0 == pair[1].0), "some have as many");
        assert!(once.windows(2).all(|pair| pair[0].0 > pair[1].0 || pair[0].1 <= pair[1].1), "by name");
        for _ in 0..3 {
            assert!(order(&TownGrid::new(ZipTable::curated())) == once);
        }
    }

    #[test]
    fn nothing_is_named_at_sea() {
        assert!(names(30.0, -50.0, 100.0, &[]).is_empty());
    }
}
