//! Distances from one point to many.

use geo::Haversine;

use crate::place::{KILOMETRES_PER_MILE, Miles, Point};

/// A point that many distances are measured from: what they have in common is computed once. A wide search measures tens of
/// thousands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Center {
    latitude: f64,
    longitude: f64,
    cosine: f64,
}

impl From<Point> for Center {
    fn from(point: Point) -> Self {
        let (latitude, longitude) = (point.latitude(), point.longitude());
        Self { latitude, longitude, cosine: latitude.to_radians().cos() }
    }
}

impl Center {
    /// The distance to `other`, the same to the last bit as [`Point::miles_to`] gives.
    pub(crate) fn miles_to(&self, other: Point) -> Miles {
        let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
        let (latitude, longitude) = (other.latitude(), other.longitude());
        let cosines = self.cosine * latitude.to_radians().cos();
        let square = half(latitude - self.latitude) + cosines * half(longitude - self.longitude);
        Miles(Haversine.radius() * (2.0 * square.sqrt().asin()) / 1000.0 / KILOMETRES_PER_MILE)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_distance_is_the_same_from_a_center(
            latitudes in [-90_000_000..=90_000_000, -90_000_000..=90_000_000],
            longitudes in [-180_000_000..=180_000_000, -180_000_000..=180_000_000],
        ) {
            let [here, there] = [0, 1].map(|at| Point::from_micro(latitudes[at], longitudes[at]).unwrap());
            let near = Point::from_micro(latitudes[0], longitudes[0] / 2).unwrap();
            for other in [there, near, here] {
                prop_assert_eq!(Center::from(here).miles_to(other).value().to_bits(), here.miles_to(other).value().to_bits());
            }
        }
    }
}
