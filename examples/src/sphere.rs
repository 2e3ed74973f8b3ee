//! Points on the globe, and how far they are from each other.

// use cache_runtime::KeyPart;
use serde::{Deserialize, Serialize};

/// The mean radius of the Earth.
const RADIUS_KM: f64 = 6371.0088;
/// Steps of a [`Point`] in one degree: about a metre each, and as exact as the data.
const STEPS: f64 = 100_000.0;

/// A point on the globe, in whole hundred-thousandths of a degree.
///
/// Whole numbers, because a point stands in a cache key, and two floats that look alike may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Point {
    latitude: i32,
    longitude: i32,
}

impl Point {
    /// The point at these degrees, north and east.
    pub fn at(latitude: f64, longitude: f64) -> Self {
        Self { latitude: steps(latitude), longitude: steps(longitude) }
    }

    /// Degrees north.
    pub fn latitude(self) -> f64 {
        f64::from(self.latitude) / STEPS
    }

    /// Degrees east.
    pub fn longitude(self) -> f64 {
        f64::from(self.longitude) / STEPS
    }

    /// Where the point lies, seen from the centre of the Earth.
    pub fn direction(self) -> Direction {
        let (latitude, longitude) = (self.latitude().to_radians(), self.longitude().to_radians());
        Direction([latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()])
    }
}

#[expect(clippy::cast_possible_truncation, reason = "at most 180 degrees: 18 million steps")]
fn steps(degrees: f64) -> i32 {
    (degrees.clamp(-180.0, 180.0) * STEPS).round() as i32
}

/// A point as a unit vector: what many distances are computed from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Direction([f64; 3]);

impl Direction {
    /// Kilometres along the great circle to `other`.
    pub fn km_to(self, other: Self) -> f64 {
        let squares = self.0.iter().zip(other.0).map(|(ours, theirs)| (ours - theirs).powi(2));
        let chord = squares.sum::<f64>().sqrt();
        2.0 * RADIUS_KM * (chord / 2.0).min(1.0).asin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn great_circle_from_berlin_to_paris_is_878_km() {
        let (berlin, paris) = (Point::at(52.52437, 13.41053), Point::at(48.85341, 2.3488));

        let km = berlin.direction().km_to(paris.direction());

        assert!((km - 877.5).abs() < 1.0, "{km}");
    }

    #[test]
    fn opposite_points_are_half_the_globe_apart() {
        let (pole, other_pole) = (Point::at(90.0, 0.0), Point::at(-90.0, 0.0));

        let km = pole.direction().km_to(other_pole.direction());

        assert!((km - std::f64::consts::PI * RADIUS_KM).abs() < 1e-6, "{km}");
    }
}
