//! Lengths, lines and text for SVG. The elements are in `templates/map.svg`.

use std::fmt::Write;

use crate::serve::pages::map::projection::CanvasPoint;
use crate::text::is_steering;

/// A length in units of the drawing with one decimal: `12`, `12.5`. A value that is not finite becomes 0.
pub(crate) fn number(length: f64) -> f64 {
    let tenths = (length * 10.0).round() / 10.0;
    // Adding 0 turns -0 into 0.
    if tenths.is_finite() { tenths + 0.0 } else { 0.0 }
}

/// `text` without characters that XML does not allow and without direction marks.
pub(crate) fn drawable(text: &str) -> String {
    text.chars().filter(|c| !is_steering(*c) && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}

/// The `d` of a path through `pieces`, in tenths of a unit, so that every number is whole.
pub(crate) fn path(pieces: &[Vec<CanvasPoint>]) -> String {
    let mut d = String::new();
    for piece in pieces {
        draw(&mut d, piece);
    }
    d
}

/// The `d` of a path around areas with these borders, in tenths of a unit.
pub(crate) fn area_path(borders: &[Vec<CanvasPoint>]) -> String {
    let mut d = String::new();
    for border in borders {
        draw(&mut d, border);
        d.push('z');
    }
    d
}

/// The `d` of a dot at each of `spots`, as wide as the line of the path is.
pub(crate) fn dots_path(spots: &[CanvasPoint]) -> String {
    let mut d = String::new();
    for spot in spots {
        // Writing to a String cannot fail.
        let _ = write!(d, "M{} {}h0", tenths(spot.x), tenths(spot.y));
    }
    d
}

fn draw(d: &mut String, piece: &[CanvasPoint]) {
    let mut pen = None;
    for spot in piece {
        let at = (tenths(spot.x), tenths(spot.y));
        // Writing to a String cannot fail.
        let _ = match pen {
            None => write!(d, "M{} {}", at.0, at.1),
            Some(before) if before == at => Ok(()),
            Some((x, y)) => write!(d, "l{} {}", at.0 - x, at.1 - y),
        };
        pen = Some(at);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast saturates, and the drawing has 480 units")]
fn tenths(length: f64) -> i32 {
    (length * 10.0).round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_whole_numbers_from_point_to_point() {
        let spot = |x, y| CanvasPoint { x, y };
        let pieces = [vec![spot(1.0, 2.0), spot(1.02, 2.01), spot(0.5, 10.0)], vec![spot(7.0, 7.0), spot(8.0, 7.0)]];
        assert_eq!(path(&pieces), "M10 20l-5 80M70 70l10 0");
        assert_eq!(area_path(&pieces[1..]), "M70 70l10 0z");
        assert_eq!(dots_path(&pieces[1]), "M70 70h0M80 70h0");
        assert_eq!(number(-0.01).to_string(), "0");
    }
}
