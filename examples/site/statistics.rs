//! What is dear to compute: how the large cities of the world lie to each other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cache_examples::{Db, Direction, Point};
use cache_runtime::cached;
use rusqlite::{Connection, Result, Row};
use serde::{Deserialize, Serialize};

use crate::queries::continent_of;

/// From so many people on, a city counts as large.
const LARGE: u32 = 300_000;

/// How large cities lie to each other, and what it took to find out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Statistics {
    /// How many there are.
    pub(crate) cities: u64,
    /// The mean of the distances of all pairs.
    pub(crate) mean_km: f64,
    /// The two that are farthest from each other.
    pub(crate) farthest: (String, String, f64),
    /// Those whose next large city is the farthest away, with its name.
    pub(crate) loneliest: Vec<(String, String, f64)>,
    /// The people in large cities by continent, most first, each with hundredths of the first.
    pub(crate) continents: Vec<(String, u64, u64)>,
    /// How long it took.
    pub(crate) took: Duration,
    /// How often they have been computed since the program began.
    pub(crate) run: u32,
}

/// Compares every large city with every other. `force_refresh` computes although there is a value.
#[cached(key = "statistics", timeout = "1h", force_refresh, ignore(db))]
pub(crate) async fn statistics(db: &Db, force_refresh: bool) -> Result<Arc<Statistics>> {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed) + 1;
    let watch = Instant::now();
    let cities = db.ask_async(large_cities).await?;
    let computed = tokio::task::spawn_blocking(move || compare(&cities)).await;
    let computed = computed.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    Ok(Arc::new(Statistics { took: watch.elapsed(), run, ..computed }))
}

struct Large {
    name: String,
    place: Direction,
    people: u64,
    continent: &'static str,
}

fn large_cities(connection: &Connection) -> Result<Vec<Large>> {
    const LARGE_CITIES: &str = "SELECT city.name, latitude, longitude, city.population, continent
        FROM city JOIN country ON iso = city.country WHERE city.population >= ?";
    let city = |row: &Row<'_>| {
        let (place, continent): (_, String) = (Point::at(row.get(1)?, row.get(2)?), row.get(4)?);
        let continent = continent_of(&continent);
        Ok(Large {
            name: row.get(0)?,
            place: place.direction(),
            people: row.get::<_, u32>(3)?.into(),
            continent,
        })
    };
    connection.prepare_cached(LARGE_CITIES)?.query_map([LARGE], city)?.collect()
}

fn compare(cities: &[Large]) -> Statistics {
    let mut nearest = vec![(f64::INFINITY, 0); cities.len()];
    let (mut sum, mut pairs, mut farthest) = (0.0, 0_u32, (0.0, 0, 0));
    for (first, one) in cities.iter().enumerate() {
        for (second, other) in cities.iter().enumerate().skip(first + 1) {
            let km = one.place.km_to(other.place);
            sum += km;
            pairs += 1;
            if km > farthest.0 {
                farthest = (km, first, second);
            }
            for (from, to) in [(first, second), (second, first)] {
                if km < nearest[from].0 {
                    nearest[from] = (km, to);
                }
            }
        }
    }
    let name = |at: usize| cities.get(at).map(|city| city.name.clone()).unwrap_or_default();
    Statistics {
        cities: cities.len() as u64,
        mean_km: sum / f64::from(pairs.max(1)),
        farthest: (name(farthest.1), name(farthest.2), farthest.0),
        loneliest: loneliest(&nearest, name),
        continents: continents(cities),
        took: Duration::ZERO,
        run: 0,
    }
}

fn loneliest(nearest: &[(f64, usize)], name: impl Fn(usize) -> String) -> Vec<(String, String, f64)> {
    let mut ways: Vec<_> = nearest.iter().enumerate().filter(|(_, (km, _))| km.is_finite()).collect();
    ways.sort_by(|(_, one), (_, other)| other.0.total_cmp(&one.0));
    ways.into_iter().take(5).map(|(from, (km, to))| (name(from), name(*to), *km)).collect()
}

fn continents(cities: &[Large]) -> Vec<(String, u64, u64)> {
    let mut people: BTreeMap<&str, u64> = BTreeMap::new();
    for city in cities {
        *people.entry(city.continent).or_default() += city.people;
    }
    let mut people: Vec<_> = people.into_iter().collect();
    people.sort_by_key(|(_, people)| std::cmp::Reverse(*people));
    let most = people.first().map_or(1, |(_, people)| (*people).max(1));
    people.into_iter().map(|(name, people)| (name.to_owned(), people, people * 100 / most)).collect()
}
