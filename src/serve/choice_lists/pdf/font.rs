//! The two fonts of a list, and text measurement.

use std::sync::LazyLock;

use deunicode::deunicode_char;
use krilla::text::Font;

use crate::text::is_invisible;

/// Atkinson Hyperlegible Next, converted as described in `data/curated/fonts/README.md`.
const REGULAR: &[u8] = include_bytes!("../../../../data/curated/fonts/AtkinsonHyperlegibleNext-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../../data/curated/fonts/AtkinsonHyperlegibleNext-Bold.ttf");

/// The fonts. A unit test reads the same bytes, so this is never `None`.
pub(crate) static FACES: LazyLock<Option<FontSet>> =
    LazyLock::new(|| Some(FontSet { regular: LoadedFont::read(REGULAR)?, bold: LoadedFont::read(BOLD)? }));

/// The upright fonts in both weights.
pub(crate) struct FontSet {
    regular: LoadedFont,
    bold: LoadedFont,
}

impl FontSet {
    pub(crate) fn face(&self, bold: bool) -> &LoadedFont {
        if bold { &self.bold } else { &self.regular }
    }
}

/// One font.
pub(crate) struct LoadedFont {
    pub(crate) font: Font,
    metrics: ttf_parser::Face<'static>,
}

impl LoadedFont {
    fn read(bytes: &'static [u8]) -> Option<Self> {
        Some(Self { font: Font::new(bytes.into(), 0)?, metrics: ttf_parser::Face::parse(bytes, 0).ok()? })
    }

    /// Whether the font has the character. Glyph 0 means that it does not; the table maps U+FFFF to
    /// it.
    fn has(&self, c: char) -> bool {
        !c.is_control() && self.metrics.glyph_index(c).is_some_and(|glyph| glyph.0 != 0)
    }

    /// Whether the font has all visible characters of a text.
    pub(crate) fn has_all(&self, text: &str) -> bool {
        text.chars().all(|c| self.has(c) || c.is_whitespace() || is_invisible(c))
    }

    /// Replaces characters that the font lacks with plain letters, so that no empty box is printed.
    pub(crate) fn plain(&self, text: &str) -> String {
        let mut plain = String::with_capacity(text.len());
        for c in text.chars() {
            if self.has(c) {
                plain.push(c);
            } else if is_invisible(c) {
                // Invisible characters are dropped.
            } else if c.is_whitespace() {
                plain.push(' ');
            } else {
                let stands_for = deunicode_char(c).unwrap_or("?");
                plain.extend(stands_for.chars().filter(|c| self.has(*c)));
            }
        }
        plain
    }

    /// The width of `text` in points, without kerning, which only reduces it.
    pub(crate) fn width(&self, text: &str, size: f32) -> f32 {
        let advance = |c| self.metrics.glyph_index(c).and_then(|glyph| self.metrics.glyph_hor_advance(glyph));
        let units: u32 = text.chars().filter_map(advance).map(u32::from).sum();
        let units = f32::from(u16::try_from(units).unwrap_or(u16::MAX));
        units * size / f32::from(self.metrics.units_per_em())
    }

    /// Wraps `text` to lines of at most `width` points; at least one line. A wider word is broken.
    pub(crate) fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in self.plain(text).split_whitespace() {
            for piece in self.pieces(word, size, width) {
                let longer = |line: &String| if line.is_empty() { piece.clone() } else { format!("{line} {piece}") };
                match lines.last_mut().map(|line| (longer(line), line)) {
                    Some((longer, line)) if self.width(&longer, size) <= width => *line = longer,
                    _ => lines.push(piece),
                }
            }
        }
        lines
    }

    fn pieces(&self, word: &str, size: f32, width: f32) -> Vec<String> {
        let mut pieces = vec![String::new()];
        for c in word.chars() {
            let longer = pieces.last().map(|piece| format!("{piece}{c}")).unwrap_or_default();
            if self.width(&longer, size) > width {
                pieces.push(c.to_string());
            } else if let Some(piece) = pieces.last_mut() {
                *piece = longer;
            }
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face() -> &'static LoadedFont {
        FACES.as_ref().unwrap().face(false)
    }

    #[test]
    fn what_the_face_lacks_is_written_in_plain_letters() {
        for (text, plain) in [
            ("Peña & Łódź", "Peña & Łódź"),
            ("北京 Care", "Bei Jing  Care"),
            ("a\u{202e}b\u{0}c\u{200b}d", "abcd"),
            ("tab\there", "tab here"),
        ] {
            assert_eq!(face().plain(text), plain);
        }
    }

    #[test]
    fn lines_are_no_wider_than_the_page_and_hold_every_word() {
        let text = "The quick brown fox jumps over the lazy dog, and over ".to_owned() + &"W".repeat(90) + " too.";
        let lines = face().lines(&text, 16.0, 200.0);
        assert!(lines.len() > 4 && lines.iter().all(|line| face().width(line, 16.0) <= 200.0), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        assert_eq!(face().lines("", 16.0, 200.0), [""]);
    }
}
