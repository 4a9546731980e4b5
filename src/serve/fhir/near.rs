//! `near`: a point and how far around it, as FHIR writes it.

use crate::place::{Miles, Point};
use crate::serve::fhir::escapes::split;

/// Kilometres in one mile, by definition.
const KILOMETRES_PER_MILE: f64 = 1.609_344;

/// How far is looked when the request does not say. FHIR leaves it to the server.
const USUAL_MILES: f64 = 25.0;

/// Half the way around the globe, which is as far as anything can be.
const FARTHEST_MILES: f64 = 12_500.0;

/// What distances are told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DistanceUnit {
    /// Kilometres.
    Kilometres,
    /// Statute miles.
    Miles,
}

impl DistanceUnit {
    /// The code of the Unified Code for Units of Measure.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Kilometres => "km",
            Self::Miles => "[mi_i]",
        }
    }

    /// What people read.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Kilometres => "km",
            Self::Miles => "mi",
        }
    }

    /// A distance in this unit, to the thousandth.
    pub(crate) fn of(self, miles: Miles) -> f64 {
        let value = match self {
            Self::Kilometres => miles.value() * KILOMETRES_PER_MILE,
            Self::Miles => miles.value(),
        };
        (value * 1000.0).round() / 1000.0
    }
}

/// A point and how far around it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct NearFilter {
    /// The point.
    pub center: Point,
    /// How far.
    pub horizon: Miles,
    /// What distances are told in.
    pub unit: DistanceUnit,
}

impl NearFilter {
    /// Reads `latitude|longitude|distance|units`, the last two or the last one of which may be missing: 25 miles, told in
    /// kilometres, and a distance without a unit is in kilometres, as FHIR wants it.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let parts = split(text, '|');
        let (latitude, longitude, distance, unit) = match parts.as_slice() {
            [latitude, longitude] => (latitude, longitude, "", ""),
            [latitude, longitude, distance] => (latitude, longitude, distance.as_str(), ""),
            [latitude, longitude, distance, unit] => (latitude, longitude, distance.as_str(), unit.as_str()),
            _ => return Err("expected latitude|longitude|distance|units"),
        };
        let degrees = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
        let center = degrees(latitude).zip(degrees(longitude));
        let center = center.and_then(|(latitude, longitude)| Point::from_degrees(latitude, longitude));
        let center = center.ok_or("expected degrees north and degrees east, such as 32.7765|-79.9311")?;
        let unit = match unit {
            "" | "km" => DistanceUnit::Kilometres,
            "mi" | "[mi_i]" | "[mi_us]" => DistanceUnit::Miles,
            _ => return Err("distances are in km or mi ([mi_i])"),
        };
        let miles = match distance {
            "" => USUAL_MILES,
            distance => {
                let distance = degrees(distance).ok_or("the distance is no number")?;
                if unit == DistanceUnit::Kilometres { distance / KILOMETRES_PER_MILE } else { distance }
            }
        };
        let horizon = Miles::new(miles.min(FARTHEST_MILES)).ok_or("the distance is less than nothing")?;
        Ok(Self { center, horizon, unit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_with_a_distance_and_a_unit() {
        for (text, expected) in [
            ("32.7765|-79.9311|10|mi", Some((10.0, "[mi_i]"))),
            ("32.7765|-79.9311|10|[mi_i]", Some((10.0, "[mi_i]"))),
            ("32.7765|-79.9311|16.09344|km", Some((10.0, "km"))),
            ("32.7765|-79.9311|16.09344", Some((10.0, "km"))),
            ("32.7765|-79.9311", Some((25.0, "km"))),
            ("32.7765|-79.9311||mi", Some((25.0, "[mi_i]"))),
            ("32.7765|-79.9311|1e300|mi", Some((12_500.0, "[mi_i]"))),
            ("32.7765", None),
            ("91|0", None),
            ("NaN|0", None),
            ("32.7765|-79.9311|-1|mi", None),
            ("32.7765|-79.9311|inf|mi", None),
            ("32.7765|-79.9311|10|furlongs", None),
            ("32.7765|-79.9311|10|mi|more", None),
        ] {
            let near = NearFilter::parse(text).ok();
            let read = near.map(|near| ((near.horizon.value() * 1e6).round() / 1e6, near.unit.code()));
            assert_eq!(read, expected, "{text}");
        }
    }
}
