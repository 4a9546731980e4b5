//! Boundary lines of counties, states and the country, embedded in the program.
//!
//! `data/curated/outlines/README.md` describes the file. It is unpacked once, for the first map.

use std::sync::LazyLock;

/// What a line separates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BoundaryKind {
    /// Two counties of one state.
    Counties,
    /// Two states.
    States,
    /// The country from the sea, the Great Lakes and its neighbors.
    Country,
}

/// One line, in ten-thousandths of a degree: about 11 meters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BoundaryLine {
    /// What it separates.
    pub divides: BoundaryKind,
    /// Its points, east and north.
    pub points: Vec<(i32, i32)>,
    /// Its westernmost and its southernmost coordinate.
    pub low: (i32, i32),
    /// Its easternmost and its northernmost coordinate.
    pub high: (i32, i32),
}

const MAGIC: &[u8] = b"OUTL\x01\0\0\0";

static PACKED: &[u8] = include_bytes!("../../../../data/curated/outlines/outlines.bin");
static CURATED: LazyLock<Vec<BoundaryLine>> = LazyLock::new(|| unpack(PACKED).unwrap_or_default());

/// All lines.
pub(crate) fn all() -> &'static [BoundaryLine] {
    &CURATED
}

/// Unpacks the lines in `bytes`; `None` if they do not match the format.
fn unpack(bytes: &[u8]) -> Option<Vec<BoundaryLine>> {
    let (count, body) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
    let mut from = OutlineReader { left: body, pen: (0, 0) };
    let lines: Vec<BoundaryLine> = (0..u32::from_le_bytes(*count)).map(|_| from.line()).collect::<Option<_>>()?;
    from.left.is_empty().then_some(lines)
}

/// The remaining bytes and the last point: each point is stored as the difference from the one before, also across lines.
struct OutlineReader<'a> {
    left: &'a [u8],
    pen: (i32, i32),
}

impl OutlineReader<'_> {
    fn line(&mut self) -> Option<BoundaryLine> {
        let divides = match self.byte()? {
            0 => BoundaryKind::Counties,
            1 => BoundaryKind::States,
            2 => BoundaryKind::Country,
            _ => return None,
        };
        let points: Vec<(i32, i32)> = (0..self.number()?).map(|_| self.point()).collect::<Option<_>>()?;
        let east = || points.iter().map(|point| point.0);
        let north = || points.iter().map(|point| point.1);
        let low = (east().min()?, north().min()?);
        let high = (east().max()?, north().max()?);
        Some(BoundaryLine { divides, points, low, high })
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
    fn the_outlines_unpack_and_reach_from_the_aleutians_to_guam() {
        let count = |divides| all().iter().filter(|line| line.divides == divides).count();
        assert_eq!(
            (count(BoundaryKind::Counties), count(BoundaryKind::States), count(BoundaryKind::Country)),
            (7834, 1231, 761),
            "as the README beside the file says"
        );
        let holds = |east: i32, north: i32| {
            all().iter().any(|line| (line.low.0..=line.high.0).contains(&east) && (line.low.1..=line.high.1).contains(&north))
        };
        for (place, east, north) in
            [("Guam", 1_447_000, 134_500), ("Puerto Rico", -660_900, 182_600), ("Attu", 1_729_000, 529_000)]
        {
            assert!(holds(east, north), "{place}");
        }
    }

    #[test]
    fn damage_gives_no_lines_and_no_panic() {
        for cut in (0..PACKED.len()).step_by(4999) {
            assert_eq!(unpack(&PACKED[..cut]), None, "cut at {cut}");
        }
        for at in (0..PACKED.len()).step_by(997) {
            let mut bytes = PACKED.to_vec();
            bytes[at] ^= 0xff;
            let _ = unpack(&bytes);
        }
        let mut longer = PACKED.to_vec();
        longer.push(0);
        assert_eq!(unpack(&longer), None);
    }
}
