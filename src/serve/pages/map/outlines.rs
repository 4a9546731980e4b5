//! The lines and areas of maps: borders, coasts, lakes and rivers, embedded in the program.
//!
//! The READMEs in `data/curated/outlines` and `data/curated/waters` describe the files. They are unpacked once, when the server
//! starts, and indexed by degree, so that a map looks only at what is near.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What a line separates, or what an area is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum MapLineKind {
    /// Separates two counties of one state.
    Counties,
    /// Separates two states.
    States,
    /// Separates the country from the sea, the Great Lakes and its neighbors.
    Country,
    /// A part of the sea, for maps of small areas.
    Sea,
    /// A part of a lake, for maps of small areas.
    Lake,
    /// A river.
    River,
    /// A part of the sea, for maps of large areas.
    WideSea,
    /// A part of a lake, for maps of large areas.
    WideLake,
}

impl MapLineKind {
    /// Every kind, in the order of their numbers in the files.
    const ALL: [Self; 8] =
        [Self::Counties, Self::States, Self::Country, Self::Sea, Self::Lake, Self::River, Self::WideSea, Self::WideLake];
}

/// One line, or the ring around an area, in ten-thousandths of a degree: about 11 meters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MapLine {
    /// What it is.
    pub kind: MapLineKind,
    /// Its points, east and north.
    pub points: Vec<(i32, i32)>,
    /// Its westernmost and its southernmost coordinate.
    pub low: (i32, i32),
    /// Its easternmost and its northernmost coordinate.
    pub high: (i32, i32),
}

/// A part of the globe in degrees. `west` may be below -180 and `east` above 180, where it crosses the antimeridian.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct GlobeRect {
    /// The western side.
    pub west: f64,
    /// The southern side.
    pub south: f64,
    /// The eastern side.
    pub east: f64,
    /// The northern side.
    pub north: f64,
}

impl GlobeRect {
    /// The whole degrees east and north of the squares that it touches.
    pub(crate) fn squares(self) -> impl Iterator<Item = (i32, i32)> {
        let rows = degrees(self.south, self.north);
        // Around the antimeridian.
        let columns = degrees(self.west, self.east).map(|east| (east + 180).rem_euclid(360) - 180);
        columns.flat_map(move |east| rows.clone().map(move |north| (east, north)))
    }
}

/// All lines, with the numbers of those in each square degree.
#[derive(Debug, Default)]
pub(crate) struct LineGrid {
    lines: Vec<MapLine>,
    /// By kind, and by the whole degrees east and north.
    squares: HashMap<(MapLineKind, i32, i32), Vec<u32>>,
}

const MAGIC: &[u8] = b"OUTL\x01\0\0\0";

/// The units of a degree.
const UNITS: i32 = 10_000;

static OUTLINES: &[u8] = include_bytes!("../../../../data/curated/outlines/outlines.bin");
static WATERS: &[u8] = include_bytes!("../../../../data/curated/waters/waters.bin");
static CURATED: LazyLock<LineGrid> = LazyLock::new(|| {
    let files = [OUTLINES, WATERS];
    LineGrid::new(files.into_iter().flat_map(|bytes| unpack(bytes).unwrap_or_default()).collect())
});

/// All lines. The first call unpacks them.
pub(crate) fn all() -> &'static LineGrid {
    &CURATED
}

impl LineGrid {
    fn new(lines: Vec<MapLine>) -> Self {
        let mut squares: HashMap<(MapLineKind, i32, i32), Vec<u32>> = HashMap::new();
        for (number, line) in (0..).zip(&lines) {
            for east in line.low.0.div_euclid(UNITS)..=line.high.0.div_euclid(UNITS) {
                for north in line.low.1.div_euclid(UNITS)..=line.high.1.div_euclid(UNITS) {
                    squares.entry((line.kind, east, north)).or_default().push(number);
                }
            }
        }
        Self { lines, squares }
    }

    /// The lines of `kind` that may touch `rect`, each once, in the order of the file.
    pub(crate) fn near(&self, kind: MapLineKind, rect: GlobeRect) -> impl Iterator<Item = &MapLine> {
        let mut found: Vec<u32> = Vec::new();
        for (east, north) in rect.squares() {
            found.extend(self.squares.get(&(kind, east, north)).into_iter().flatten());
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|number| self.lines.get(number as usize))
    }
}

/// The whole degrees from `low` to `high`: a circle at most.
#[expect(clippy::cast_possible_truncation, reason = "a cast saturates, and no map is wider than the globe")]
fn degrees(low: f64, high: f64) -> std::ops::Range<i32> {
    let first = low.floor() as i32;
    first..(high.floor() as i32 + 1).clamp(first, first.saturating_add(360))
}

/// Unpacks the lines in `bytes`; `None` if they do not match the format.
fn unpack(bytes: &[u8]) -> Option<Vec<MapLine>> {
    let (count, body) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
    let mut from = OutlineReader { left: body, pen: (0, 0) };
    let lines: Vec<MapLine> = (0..u32::from_le_bytes(*count)).map(|_| from.line()).collect::<Option<_>>()?;
    from.left.is_empty().then_some(lines)
}

/// The remaining bytes and the last point: each point is stored as the difference from the one before, also across lines.
struct OutlineReader<'a> {
    left: &'a [u8],
    pen: (i32, i32),
}

impl OutlineReader<'_> {
    fn line(&mut self) -> Option<MapLine> {
        let kind = *MapLineKind::ALL.get(usize::from(self.byte()?))?;
        let points: Vec<(i32, i32)> = (0..self.number()?).map(|_| self.point()).collect::<Option<_>>()?;
        let east = || points.iter().map(|point| point.0);
        let north = || points.iter().map(|point| point.1);
        let low = (east().min()?, north().min()?);
        let high = (east().max()?, north().max()?);
        Some(MapLine { kind, points, low, high })
    }

    fn point(&mut self) -> Option<(i32, i32)> {
        let (east, north) = (self.step()?, self.step()?);
        self.pen = (self.pen.0.checked_add(east)?, self.pen.1.checked_add(north)?);
        let on_globe = self.pen.0.unsigned_abs() <= 1_800_000 && self.pen.1.unsigned_abs() <= 900_000;
        on_globe.then_some(self.pen)
    }

    /// A signed number: the lowest bit is the sign.
    fn step(&mut self) -> Option<i32> {
        let number = self.number()?;
        let half = i32::try_from(number >> 1).ok()?;
        Some(if number & 1 == 1 { -half - 1 } else { half })
    }

    /// Seven bits per byte, lowest first; the eighth bit means that another byte follows.
    fn number(&mut self) -> Option<u32> {
        let mut number = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.byte()?;
            number |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.left.split_first()?;
        self.left = rest;
        Some(*first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_unpack_and_reach_from_the_aleutians_to_guam() {
        let count = |kind| all().lines.iter().filter(|line| line.kind == kind).count();
        let counts = [7834, 1231, 761, 2251, 488, 309, 2211, 864];
        assert_eq!(MapLineKind::ALL.map(count), counts, "as the READMEs beside the files say");
        for (place, east, north) in [("Guam", 144.7, 13.45), ("Puerto Rico", -66.09, 18.26), ("Adak", -176.6, 51.9)] {
            let here = GlobeRect { west: east - 0.5, south: north - 0.5, east: east + 0.5, north: north + 0.5 };
            for kind in [MapLineKind::Country, MapLineKind::Sea, MapLineKind::WideSea] {
                assert!(all().near(kind, here).next().is_some(), "{place}: {kind:?}");
            }
        }
    }

    #[test]
    fn the_grid_finds_what_a_look_at_all_finds() {
        let rect = GlobeRect { west: -181.0, south: 50.5, east: -175.2, north: 53.9 };
        for kind in MapLineKind::ALL {
            let mut near: Vec<&MapLine> = all().near(kind, rect).collect();
            let touches = |line: &&MapLine| {
                let [low, high] = [line.low, line.high].map(|(east, north)| (f64::from(east), f64::from(north)));
                let across = (low.0 <= -1_752_000.0 || high.0 >= 1_790_000.0) && high.1 >= 505_000.0 && low.1 <= 539_000.0;
                line.kind == kind && across
            };
            near.retain(touches);
            assert_eq!(near, all().lines.iter().filter(touches).collect::<Vec<_>>(), "{kind:?}");
        }
    }

    #[test]
    fn damage_gives_no_lines_and_no_panic() {
        for file in [OUTLINES, WATERS] {
            for cut in (0..file.len()).step_by(4999) {
                assert_eq!(unpack(&file[..cut]), None, "cut at {cut}");
            }
            for at in (0..file.len()).step_by(997) {
                let mut bytes = file.to_vec();
                bytes[at] ^= 0xff;
                let _ = unpack(&bytes);
            }
            let mut longer = file.to_vec();
            longer.push(0);
            assert_eq!(unpack(&longer), None);
        }
    }
}
