//! Maps of dots: cities as paths of SVG, drawn from the data and from nothing else.

use std::collections::BTreeSet;
use std::fmt::Write;

use cache_examples::Point;
use serde::Serialize;

/// How wide a map is drawn, in units of its own.
const WIDTH: f64 = 1000.0;
/// The largest cities have the largest dots.
const SIZES: [(u32, f64); 3] = [(3_000_000, 2.6), (500_000, 1.5), (0, 1.0)];

/// A map: its height for a width of 1000, and a path for each size of dots, the smallest first.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Map {
    height: u32,
    dots: Vec<Dots>,
}

#[derive(Debug, Clone, Serialize)]
struct Dots {
    width: f64,
    path: String,
}

/// What a map shows, in degrees.
struct Frame {
    west: f64,
    north: f64,
    /// Units in a degree of longitude, and of latitude.
    scale: (f64, f64),
    height: f64,
}

/// The world, as far as there are cities.
pub(crate) fn of_world(places: &[(Point, u32)]) -> Map {
    let scale = WIDTH / 360.0;
    let frame = Frame { west: -180.0, north: 74.0, scale: (scale, scale), height: 130.0 * scale };
    drawn(&frame, 1.7, places.iter().map(|(point, people)| (degrees(*point), *people)))
}

/// A country by its cities; one that lies on both sides of the date line is not torn apart.
pub(crate) fn of_country(places: &[(Point, u32)]) -> Map {
    let mut places: Vec<_> = places.iter().map(|(point, people)| (degrees(*point), *people)).collect();
    let (west, east) = bounds(places.iter().map(|((longitude, _), _)| *longitude));
    if east - west > 180.0 {
        for ((longitude, _), _) in &mut places {
            *longitude += if *longitude < 0.0 { 360.0 } else { 0.0 };
        }
    }
    let (west, east) = bounds(places.iter().map(|((longitude, _), _)| *longitude));
    let (south, north) = bounds(places.iter().map(|((_, latitude), _)| *latitude));
    let narrowing = f64::midpoint(south, north).to_radians().cos().max(0.2);
    let (wide, high) = (((east - west) * narrowing).max(0.5), (north - south).max(0.5));
    // A margin all around, and never more than twice as high as wide.
    let unit = (WIDTH * 0.92 / wide).min(WIDTH * 0.72 / high);
    let (middle, height) = (f64::midpoint(west, east), high * unit + WIDTH * 0.08);
    let west = middle - WIDTH / 2.0 / (unit * narrowing);
    let frame = Frame { west, north: north + WIDTH * 0.04 / unit, scale: (unit * narrowing, unit), height };
    let dot = if places.len() > 300 { 6.5 } else { 10.0 };
    drawn(&frame, dot, places.into_iter())
}

fn degrees(point: Point) -> (f64, f64) {
    (point.longitude(), point.latitude())
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)))
}

/// Dots that fall together are drawn once.
fn drawn(frame: &Frame, dot: f64, places: impl Iterator<Item = ((f64, f64), u32)>) -> Map {
    let mut spots: [BTreeSet<(i32, i32)>; 3] = Default::default();
    for ((longitude, latitude), people) in places {
        let (x, y) = ((longitude - frame.west) * frame.scale.0, (frame.north - latitude) * frame.scale.1);
        let size = SIZES.iter().position(|(at_least, _)| people >= *at_least).unwrap_or(SIZES.len() - 1);
        spots[size].insert((whole(x), whole(y)));
    }
    let paths = spots.iter().zip(SIZES).rev();
    let dots = paths.map(|(spots, (_, times))| Dots { width: dot * times, path: path(spots) }).collect();
    Map { height: whole(frame.height).unsigned_abs(), dots }
}

/// A line of no length is a dot, where lines have round ends.
fn path(spots: &BTreeSet<(i32, i32)>) -> String {
    spots.iter().fold(String::new(), |mut path, (x, y)| {
        write!(path, "M{x} {y}h0").expect("a string takes all that is written");
        path
    })
}

#[expect(clippy::cast_possible_truncation, reason = "a place on a map of some thousand units")]
fn whole(number: f64) -> i32 {
    number.round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cities_of_one_spot_are_one_dot() {
        let place = |latitude, longitude| (Point::at(latitude, longitude), 1000);

        let map = of_world(&[place(74.0, -180.0), place(74.01, -180.0), place(-20.0, 180.0)]);

        assert_eq!(map.dots[0].path, "M0 0h0M1000 261h0");
    }

    #[test]
    fn country_on_both_sides_of_the_date_line_is_whole() {
        let map = of_country(&[(Point::at(-17.0, 178.0), 1000), (Point::at(-17.0, -178.0), 1000)]);

        assert_eq!(map.dots[0].path.matches('M').count(), 2);
        assert!(map.dots[0].path.starts_with("M40 "), "{}", map.dots[0].path);
    }
}
