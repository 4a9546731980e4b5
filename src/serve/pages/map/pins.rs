//! The pins of a map: shape and color say the tier, the number is the rank, and each is a link to the row of its provider.

use crate::matching::report::FitTier;
use crate::place::Point;
use crate::serve::pages::map::projection::CanvasPoint;
use crate::serve::pages::map::svg::{drawable, number};

/// A provider on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct MapPin {
    /// Its rank in the answer, which is its number on the map.
    pub rank: u32,
    /// Its name, for the text alternative.
    pub name: String,
    /// Its tier.
    pub fit: FitTier,
    /// The name of its tier in this answer.
    pub fit_label: &'static str,
    /// Its location.
    pub point: Point,
}

/// A provider in the drawing, with its number on it or beside it.
#[derive(Debug)]
pub(crate) struct PlaceMark {
    /// "1. Dapplemere, Meets requirements".
    pub title: String,
    /// Its rank.
    pub rank: u32,
    /// Its location.
    pub x: f64,
    /// Its location.
    pub y: f64,
    /// The shape and the class of its tier.
    pub shape: PinShape,
    /// The marker with its number; `None` for a dot.
    pub number: Option<NumberMark>,
}

/// The marker of a provider.
#[derive(Debug)]
pub(crate) struct NumberMark {
    /// Its center.
    pub x: f64,
    /// Its center.
    pub y: f64,
    /// The font size that fits.
    pub size: u8,
    /// How far below the center the baseline of the number is.
    pub baseline: f64,
    /// Whether it is beside its provider, with a line between them.
    pub is_beside: bool,
}

/// How a tier is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PinShape {
    /// The code of the tier, which is the class of its colors.
    pub code: &'static str,
    /// The `d` of its path about the point 0, 0.
    pub d: &'static str,
    /// The color of its area, for a viewer without our style sheet.
    pub fill: &'static str,
    /// The color of its border.
    pub stroke: &'static str,
    /// The color of its number.
    pub ink: &'static str,
}

impl PinShape {
    /// The shape of `fit`.
    pub(crate) fn of(fit: FitTier) -> Self {
        const DISC: &str = "M-10 0a10 10 0 1 0 20 0a10 10 0 1 0-20 0z";
        let (d, fill, stroke, ink) = match fit {
            // A disc in a ring.
            FitTier::Ready => (
                "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0zM-11 0a11 11 0 1 0 22 0a11 11 0 1 0-22 0zM-9.500 0a9.500 9.500 0 1 1 19 0a9.500 9.500 0 1 1-19 0z",
                "#12653c",
                "#fff",
                "#fff",
            ),
            FitTier::Meets => (DISC, "#12653c", "#fff", "#fff"),
            FitTier::AskProvider => ("M-9-9h18v18h-18z", "#834600", "#fff", "#fff"),
            FitTier::AskPlan => ("M0-12.500l12.500 12.500l-12.500 12.500l-12.500-12.500z", "#5a2d8a", "#fff", "#fff"),
            FitTier::NoRoom => ("M-9-9h18v18h-18z", "#fff", "#4a5563", "#1b2430"),
            FitTier::OutOfNetwork => (DISC, "#fff", "#4a5563", "#1b2430"),
        };
        Self { code: fit.code(), d, fill, stroke, ink }
    }
}

impl PlaceMark {
    /// The mark of `pin`, which is at `spot`, with its number at `marker`.
    pub(crate) fn new(pin: &MapPin, spot: CanvasPoint, marker: Option<CanvasPoint>) -> Self {
        let size = match pin.rank {
            0..100 => 12,
            100..1000 => 9,
            _ => 7,
        };
        let mark = |marker: CanvasPoint| NumberMark {
            x: number(marker.x),
            y: number(marker.y),
            baseline: number(f64::from(size) * 0.36),
            size,
            is_beside: marker.to(spot) > 0.1,
        };
        Self {
            title: format!("{}. {}, {}", pin.rank, drawable(&pin.name), pin.fit_label),
            rank: pin.rank,
            x: number(spot.x),
            y: number(spot.y),
            shape: PinShape::of(pin.fit),
            number: marker.map(mark),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_tiers_look_alike_without_color() {
        let looks = FitTier::ALL.map(|fit| {
            let shape = PinShape::of(fit);
            (shape.d, shape.fill == "#fff")
        });
        for (at, look) in looks.iter().enumerate() {
            assert!(!looks[..at].contains(look), "{:?}", FitTier::ALL[at]);
        }
    }
}
