//! The questions of the tour: each a query of the database, and one line that caches its answer.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use cache_examples::{City, Db, Direction, Point, count, distance};
use cache_runtime::cached;
use rusqlite::{Connection, Result, Row};
use serde::{Deserialize, Serialize};

const NAME_PLACE_POPULATION: &str = "SELECT name, latitude, longitude, population FROM city";

/// The cities nearest to a point and how many kilometres away they are, nearest first.
///
/// Kept as the very `Arc` that is returned: a hit in memory copies nothing.
#[cached(key = "nearest:{point}:{count}", timeout = "1h", ignore(db))]
pub(crate) fn nearest(db: &Db, point: Point, count: usize) -> Result<Arc<Vec<(f64, City)>>> {
    let from = point.direction();
    let mut cities = db.ask(|connection| cities(connection, NAME_PLACE_POPULATION, []))?;
    cities.sort_by_cached_key(|city| metres(from, city));
    let measured = cities.into_iter().take(count).map(|city| (from.km_to(city.place.direction()), city));
    Ok(Arc::new(measured.collect()))
}

/// The largest cities of a country, largest first.
#[cached(key = "largest:{country}:{count}", timeout = "1h", tags = ["country:{country}"], ignore(db))]
pub(crate) async fn largest(db: &Db, country: &str, count: u32) -> Result<Vec<City>> {
    let country = country.to_owned();
    db.ask_async(move |connection| {
        let question = format!("{NAME_PLACE_POPULATION} WHERE country = ? ORDER BY population DESC LIMIT ?");
        cities(connection, &question, (country, count))
    })
    .await
}

/// How far the cities of a country are from each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Distances {
    /// How many cities there are.
    pub(crate) cities: u64,
    /// The mean of the distances of all pairs.
    pub(crate) mean_km: f64,
    /// The two that are farthest from each other.
    pub(crate) farthest: (String, String, f64),
}

impl fmt::Display for Distances {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second, km) = &self.farthest;
        let (cities, mean, most) = (count(self.cities), distance(self.mean_km), distance(*km));
        write!(out, "{cities} cities, {mean} apart on average; {first} and {second} {most}")
    }
}

/// Great-circle statistics over every pair of cities of a country: for India that is seven million.
#[cached(key = "distances:{country}", timeout = "1d", tags = ["country:{country}"], ignore(db))]
pub(crate) async fn distances(db: &Db, country: &str) -> Result<Arc<Distances>> {
    let country = country.to_owned();
    let cities = db
        .ask_async(move |connection| {
            cities(connection, &format!("{NAME_PLACE_POPULATION} WHERE country = ?"), [country])
        })
        .await?;
    let computed = tokio::task::spawn_blocking(move || compare_all(&cities)).await;
    Ok(Arc::new(computed.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))))
}

fn compare_all(cities: &[City]) -> Distances {
    let directions: Vec<_> = cities.iter().map(|city| city.place.direction()).collect();
    let (mut sum, mut pairs, mut farthest) = (0.0, 0_u32, (0, 0, 0.0));
    for (first, from) in directions.iter().enumerate() {
        for (second, to) in directions.iter().enumerate().skip(first + 1) {
            let km = from.km_to(*to);
            sum += km;
            pairs += 1;
            if km > farthest.2 {
                farthest = (first, second, km);
            }
        }
    }
    let name = |index: usize| cities.get(index).map(|city| city.name.clone()).unwrap_or_default();
    Distances {
        cities: cities.len() as u64,
        mean_km: sum / f64::from(pairs.max(1)),
        farthest: (name(farthest.0), name(farthest.1), farthest.2),
    }
}

/// The time zones of a continent by the number of people in their cities, most first.
///
/// Its key is derived: the path of this function, and the continent.
#[cached(timeout = "1h", ignore(db))]
pub(crate) fn time_zones(db: &Db, continent: &str) -> Result<Vec<(String, u64)>> {
    const QUESTION: &str = "SELECT time_zone, city.population FROM city JOIN country ON iso = country
        WHERE continent = ?";
    let mut people: HashMap<String, u64> = HashMap::new();
    db.ask(|connection| {
        let mut question = connection.prepare_cached(QUESTION)?;
        let rows =
            question.query_map([continent], |row| Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?)))?;
        for row in rows {
            let (zone, population) = row?;
            *people.entry(zone).or_default() += u64::from(population);
        }
        Ok(())
    })?;
    let mut zones: Vec<_> = people.into_iter().collect();
    zones.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    Ok(zones)
}

/// The capital of a country; an `Err`, which is not stored, if there is no such country.
#[cached(key = "capital:{country}", timeout = "1h", force_refresh, ignore(db))]
pub(crate) fn capital(db: &Db, country: &str, force_refresh: bool) -> Result<String> {
    let _ = force_refresh;
    let question = "SELECT capital FROM country WHERE iso = ?";
    db.ask(|connection| connection.query_row(question, [country], |row| row.get(0)))
}

fn cities(connection: &Connection, question: &str, given: impl rusqlite::Params) -> Result<Vec<City>> {
    connection.prepare_cached(question)?.query_map(given, city)?.collect()
}

fn city(row: &Row<'_>) -> Result<City> {
    let place = Point::at(row.get("latitude")?, row.get("longitude")?);
    Ok(City { name: row.get("name")?, place, population: row.get("population")? })
}

/// A distance that can be sorted by.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most twenty million")]
fn metres(from: Direction, city: &City) -> u64 {
    (from.km_to(city.place.direction()) * 1000.0) as u64
}
